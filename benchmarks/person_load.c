#include "person_load.h"

#include <stdlib.h>
#include <unistd.h>

#include "kith_load.h"

#define BATCH       10000
#define MIXED_EVERY 16

size_t person_load_fields(const person_record *record, unsigned wanted,
                          kith_field fields[PERSON_FIELDS]) {
    size_t count = 0;
    for (unsigned i = 0; i < PERSON_FIELDS; i++) {
        if ((wanted & PERSON_FIELD_BIT(i)) && record->field[i][0]) {
            fields[count++] =
                (kith_field){person_field_names[i], kith_value_text(record->field[i])};
        }
    }
    return count;
}

void person_load_put(kith_txn *txn, const person_record *record, unsigned wanted) {
    kith_field fields[PERSON_FIELDS];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = person_sources[record->source];
    input.key = record->record_id;
    input.at_us = GENERATE_NOW_US;
    input.fields = fields;
    input.field_count = person_load_fields(record, wanted, fields);
    load_check(txn, kith_record_put(txn, &input, NULL), "kith_record_put");
}

static size_t held_of(uint64_t count) {
    return count / 16 < PERSON_HELD_MAX ? (size_t)count / 16 : PERSON_HELD_MAX;
}

void person_load_init(person_load *load, const bench_options *options) {
    *load = (person_load){.options = options};
    load->entities = bench_allocate(options->count, sizeof *load->entities);
    load->known = bench_allocate(held_of(options->count), sizeof *load->known);
    load->mixed = bench_allocate(held_of(options->count), sizeof *load->mixed);
}

void person_load_clear(person_load *load) {
    free(load->entities);
    free(load->known);
    free(load->mixed);
}

static persons *generate(const bench_options *options) {
    persons_options wanted = PERSONS_OPTIONS_INIT;
    wanted.count = options->count + 2 * held_of(options->count);
    wanted.seed = options->seed;
    persons *all = persons_new(&wanted);
    if (!all) {
        bench_fail("no persons can be generated");
    }
    return all;
}

void person_load_each(person_load *load, person_take_fn *take, void *context) {
    person_record record;
    size_t wanted = held_of(load->options->count);
    uint64_t spacing = load->options->count / 5 / wanted; /* more than a fifth are later ones */
    uint64_t later = 0, place = 0;
    persons *all = generate(load->options);
    load->count = load->known_count = load->mixed_count = 0;
    while (persons_next(all, &record)) {
        if (load->mixed_count < wanted && ++place % MIXED_EVERY == 0) {
            load->mixed[load->mixed_count++] = record;
            continue;
        }
        if (load->known_count < wanted && record.is_later && later++ % spacing == 0) {
            load->known[load->known_count++] = record;
            continue;
        }
        load->entities[load->count++] = record.entity;
        take(context, &record);
    }
    persons_free(all);
}

typedef struct filling {
    const person_load *load;
    kith *store;
    kith_txn *txn; /* NULL: the next record begins one */
    unsigned wanted;
} filling;

static void put(void *context, const person_record *record) {
    filling *f = context;
    if (!f->txn) {
        f->txn = load_begin(f->store, KITH_WRITE);
    }
    person_load_put(f->txn, record, f->wanted);
    if (f->load->count % BATCH == 0) {
        load_commit(f->txn);
        f->txn = NULL;
    }
}

static void resolve(kith *store) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.now_us = GENERATE_NOW_US;
    if (kith_resolve(store, &options, NULL, &error) != KITH_OK) {
        bench_fail("kith_resolve: %s", error.message);
    }
}

void person_load_fill(person_load *load, kith *store, unsigned wanted) {
    filling f = {load, store, NULL, wanted};
    int64_t started = bench_now_ns();
    person_load_each(load, put, &f);
    if (f.txn) {
        load_commit(f.txn);
    }
    bench_note("%llu records, after %.1f s", (unsigned long long)load->count,
               (double)(bench_now_ns() - started) / 1e9);
    resolve(store);
    bench_note("resolved, after %.1f s", (double)(bench_now_ns() - started) / 1e9);
}

static void make_prepared(person_load *load, const char *path) {
    char part[BENCH_PATH_BYTES];
    bench_prepared_path(load->options, ".resolved.part", part);
    unlink(part);
    kith *store = load_open(part, KITH_CREATE_NEW);
    person_load_fill(load, store, PERSON_ALL_FIELDS);
    kith_close(store);
    /* Only a finished store gets the name that a later run would trust. */
    bench_rename(part, path);
}

static void put_nowhere(void *context, const person_record *record) {
    (void)context;
    (void)record;
}

kith *person_load_prepared(person_load *load) {
    char path[BENCH_PATH_BYTES];
    kith_stat stat = KITH_STAT_INIT;
    bench_prepared_path(load->options, ".resolved.kith", path);
    if (bench_exists(path)) {
        person_load_each(load, put_nowhere, NULL);
    } else {
        make_prepared(load, path);
    }
    kith *store = load_open(path, 0);
    load_stat(store, &stat);
    if (stat.record_count != load->count) {
        bench_fail("%s has %llu records instead of %llu", path,
                   (unsigned long long)stat.record_count, (unsigned long long)load->count);
    }
    return store;
}

bool person_load_is(const person_load *load, uint32_t record, uint64_t entity) {
    return record < load->count && load->entities[record] == entity;
}
