#include "three_fields.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate_hash.h"
#include "kith_load.h"
#include "naive_names.h"
#include "person_load.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"
#include "src/match/pairs.h"

#define PERSONS_MAX        100000
#define AHEAD              8 /* pairs */
#define PERSON_USUAL_BYTES 256
#define CACHE_LINE_BYTES   64
#define PAIRS_AT_LEAST     4e6
#define WANTED                                                                                     \
    (PERSON_FIELD_BIT(PERSON_GIVEN_NAME) | PERSON_FIELD_BIT(PERSON_FAMILY_NAME) |                  \
     PERSON_FIELD_BIT(PERSON_BIRTH_DATE))
#define FIELDS       3
#define CONFIG_BYTES 1024

/* A person as the naive way has it: small letters, with their sizes. */
typedef struct plain_person {
    uint8_t sizes[FIELDS];
    char text[FIELDS][PERSON_FIELD_BYTES];
} plain_person;

typedef struct pair_list {
    uint64_t count;
    kithi_place_pair *items;
} pair_list;

typedef struct three_fields {
    bench_options options; /* with the number of persons for a count */
    uint64_t wanted_pairs;
    person_load load;
    kith *store;
    kith_txn *txn;
    const kithi_model *model; /* in force */
    kithi_pool pool;
    plain_person *plain;
    pair_list random, blocked;
    int64_t sum; /* of all results, so that none is left out as unused */
} three_fields;

/* One way of comparing, and where it reads what it knows of a person. */
typedef struct way {
    int64_t (*weigh)(const three_fields *all, uint32_t a, uint32_t b);
    const void *(*place)(const three_fields *all, uint32_t person);
} way;

/* As `kith resolve` does it: ends where the sum can't reach what is kept any more. */
static int64_t weigh_kith(const three_fields *all, uint32_t a, uint32_t b) {
    uint64_t pattern = 0;
    return kithi_pair_weight(all->model, all->pool.items[a], all->pool.items[b],
                             all->model->keep_at, &pattern);
}

/* As learning does it: all levels, whatever they are. */
static int64_t levels_kith(const three_fields *all, uint32_t a, uint32_t b) {
    return (int64_t)kithi_pattern_of(all->model, all->pool.items[a], all->pool.items[b]);
}

static int weigh_name(const plain_person *a, const plain_person *b, unsigned field) {
    if (a->sizes[field] == 0 || b->sizes[field] == 0) {
        return 0;
    }
    int alike =
        naive_jaro_winkler(a->text[field], a->sizes[field], b->text[field], b->sizes[field]);
    return alike == 1000 ? 8 : alike >= 920 ? 5 : alike >= 880 ? 2 : -4;
}

static int64_t weigh_naively(const three_fields *all, uint32_t i, uint32_t j) {
    const plain_person *a = &all->plain[i], *b = &all->plain[j];
    int weight = weigh_name(a, b, 0) + weigh_name(a, b, 1);
    if (a->sizes[2] > 0 && b->sizes[2] > 0) {
        weight += strcmp(a->text[2], b->text[2]) == 0 ? 12 : -5;
    }
    return weight;
}

static const void *place_kith(const three_fields *all, uint32_t person) {
    return all->pool.items[person];
}

static const void *place_naive(const three_fields *all, uint32_t person) {
    return &all->plain[person];
}

static const way way_of_linking = {weigh_kith, place_kith};
static const way way_of_learning = {levels_kith, place_kith};
static const way way_of_anybody = {weigh_naively, place_naive};

/* What is compared */

static void take_plain(void *context, const person_record *record) {
    static const person_field fields[FIELDS] = {PERSON_GIVEN_NAME, PERSON_FAMILY_NAME,
                                                PERSON_BIRTH_DATE};
    three_fields *all = context;
    plain_person *out = &all->plain[all->load.count - 1];
    for (size_t i = 0; i < FIELDS; i++) {
        const char *text = record->field[fields[i]];
        out->sizes[i] = (uint8_t)strlen(text);
        for (size_t at = 0; text[at]; at++) {
            out->text[i][at] = (char)tolower((unsigned char)text[at]);
        }
    }
}

/* Switches off what is compared of other fields by default. */
static void configure(kith *store) {
    char json[CONFIG_BYTES];
    const char *separator = "{\"match\": {\"comparisons\": {";
    size_t used = 0;
    for (const kithi_standard *at = kithi_standards; at->attribute; at++) {
        if (at->kind != KITHI_KIND_NAME && at->kind != KITHI_KIND_DATE) {
            used += (size_t)snprintf(json + used, sizeof json - used, "%s\"%s\": false", separator,
                                     at->attribute);
            separator = ", ";
        }
    }
    snprintf(json + used, sizeof json - used, "}}}");
    kith_txn *txn = load_begin(store, KITH_WRITE);
    load_check(txn, kith_config_apply(txn, json, strlen(json)), "kith_config_apply");
    load_commit(txn);
}

static void load_persons(three_fields *all) {
    char path[BENCH_PATH_BYTES];
    person_load_init(&all->load, &all->options);
    all->store = load_open(bench_path(&all->options, "fields.kith", path), KITH_CREATE_NEW);
    configure(all->store);
    person_load_fill(&all->load, all->store, WANTED);
    all->plain = bench_allocate(all->load.count, sizeof *all->plain);
    person_load_each(&all->load, take_plain, all);
    all->txn = load_begin(all->store, KITH_READ);
    load_check(all->txn, kithi_model_of(all->txn, &all->model), "kithi_model_of");
    load_check(all->txn, kithi_pool_load(all->txn, all->model, 1, NULL, NULL, &all->pool),
               "kithi_pool_load");
    if (all->pool.count != all->load.count) {
        bench_fail("%zu records have features, of %llu", all->pool.count,
                   (unsigned long long)all->load.count);
    }
}

static void draw_random(three_fields *all) {
    uint64_t count = all->wanted_pairs, seed = all->options.seed;
    all->random.items = bench_allocate(count, sizeof *all->random.items);
    all->random.count = count;
    for (uint64_t i = 0; i < count; i++) {
        all->random.items[i].a = (uint32_t)(generate_hash(seed, 2 * i) % all->load.count);
        all->random.items[i].b = (uint32_t)(generate_hash(seed, 2 * i + 1) % all->load.count);
    }
}

static int take_pairs(void *context, size_t lane, const kithi_place_pair *pairs, size_t count) {
    three_fields *all = context;
    (void)lane;
    for (size_t i = 0; i < count && all->blocked.count < all->wanted_pairs; i++) {
        all->blocked.items[all->blocked.count++] = pairs[i];
    }
    return KITH_OK;
}

/* In the order in which `kith resolve` compares them. */
static void gather_blocked(three_fields *all) {
    kithi_block_places places = {NULL, 0};
    kithi_blocks blocks;
    all->blocked.items = bench_allocate(all->wanted_pairs, sizeof *all->blocked.items);
    load_check(all->txn, kithi_block_places_make(all->model, &all->pool, 1, &places),
               "kithi_block_places_make");
    load_check(all->txn, kithi_blocks_make(all->model, &places, all->pool.count, &blocks),
               "kithi_blocks_make");
    load_check(all->txn, kithi_blocks_each(&blocks, 1, take_pairs, all, NULL), "kithi_blocks_each");
    kithi_blocks_clear(&blocks);
    kithi_block_places_clear(&places);
    if (all->blocked.count == 0) {
        bench_fail("no two persons share a block");
    }
}

/* Measuring */

/* Persons stand anywhere in memory: as in `kith resolve`, they are asked for before their turn. */
static void look_ahead(const three_fields *all, const way *by, const kithi_place_pair *pair) {
    const char *a = by->place(all, pair->a), *b = by->place(all, pair->b);
    for (size_t i = 0; i < PERSON_USUAL_BYTES; i += CACHE_LINE_BYTES) {
        __builtin_prefetch(a + i);
        __builtin_prefetch(b + i);
    }
}

static double measure(three_fields *all, const pair_list *pairs, const way *by) {
    int64_t sum = 0, started = bench_processor_ns();
    for (uint64_t i = 0; i < pairs->count; i++) {
        if (i + AHEAD < pairs->count) {
            look_ahead(all, by, &pairs->items[i + AHEAD]);
        }
        sum += by->weigh(all, pairs->items[i].a, pairs->items[i].b);
    }
    all->sum += sum;
    return (double)pairs->count * 1e9 / (double)(bench_processor_ns() - started);
}

static void add_row(three_fields *all, bench_table *table, const char *question,
                    const pair_list *pairs, const way *by) {
    unsigned rounds = all->options.rounds;
    double *ours = bench_allocate(rounds, sizeof *ours);
    double *peers = bench_allocate(rounds, sizeof *peers);
    for (unsigned i = 0; i < rounds; i++) {
        ours[i] = measure(all, pairs, by);
        peers[i] = measure(all, pairs, &way_of_anybody);
    }
    double own = bench_median(ours, rounds), peer = bench_median(peers, rounds);
    bench_table_row(table,
                    &(bench_row){question, "/s", own, "naive C", peer, own / peer,
                                 by == &way_of_linking ? BENCH_KITH_AT_LEAST : BENCH_NO_TARGET,
                                 PAIRS_AT_LEAST});
    free(ours);
    free(peers);
}

static void clear(three_fields *all) {
    kithi_pool_clear(&all->pool);
    kith_txn_abort(all->txn);
    kith_close(all->store);
    person_load_clear(&all->load);
    free(all->plain);
    free(all->random.items);
    free(all->blocked.items);
}

void three_fields_measure(const bench_options *options, bench_table *table) {
    three_fields all = {.options = *options, .wanted_pairs = options->count};
    all.options.count = options->count < PERSONS_MAX ? options->count : PERSONS_MAX;
    load_persons(&all);
    draw_random(&all);
    gather_blocked(&all);
    add_row(&all, table, "two names and a birth date, random pairs", &all.random, &way_of_linking);
    add_row(&all, table, "the same, pairs that share a block", &all.blocked, &way_of_linking);
    add_row(&all, table, "random pairs, to the last comparison", &all.random, &way_of_learning);
    add_row(&all, table, "pairs that share a block, to the last", &all.blocked, &way_of_learning);
    bench_table_remark(table,
                       "Two names and a birth date: of %llu generated persons; the model has a "
                       "comparison of both names and one of the dates, no others.",
                       (unsigned long long)all.load.count);
    bench_table_remark(
        table, "kith compares words in any order, nicknames, initials, sounds, slips, parts "
               "of dates, and adds how frequent a shared name is. It ends");
    bench_table_remark(table,
                       "where the weight can't suffice any more, as in kith resolve, or (to the "
                       "last) tells all levels, as in learning. %llu pairs share a block.",
                       (unsigned long long)all.blocked.count);
    bench_table_remark(table,
                       "naive C: Jaro-Winkler of the given names, of the family names, and whether "
                       "the dates are equal: it does less. Sum of all: %lld.",
                       (long long)all.sum);
    clear(&all);
}
