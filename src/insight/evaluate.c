/*
 * kith_evaluate: the figures come from counting groups, never from all pairs. Records are sorted by
 * (source, key); an entity and a profile are each told by the place of their first record in that
 * order, so that nothing depends on numbers or ids of one store.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kith/insight.h"
#include "src/fact/normalise.h"
#include "src/insight/curve.h"
#include "src/insight/quality.h"
#include "src/insight/truth.h"
#include "src/store/txn.h"

#define LISTED_MAX 1000 /* wrong pairs of a kind */
#define STEP       4096 /* records between two words of progress */

/* A record that both the truth and the store have. */
typedef struct item {
    const kithi_truth_row *row;
    kith_id profile_id;
    uint32_t record;  /* its number */
    uint32_t place;   /* in the order of (source, key) */
    uint32_t entity;  /* the place of the first record of its entity */
    uint32_t profile; /* likewise */
} item;

/* An evaluation and the memory of what it lists. */
typedef struct owned_evaluation {
    kith_evaluation public;
    kithi_arena arena;
} owned_evaluation;

typedef struct work {
    kith_txn *txn;
    const kithi_catalog *catalog;
    const char *truth_path;
    kithi_truth_waiting waiting;
    kith_error *error;
    kithi_arena arena; /* the truth's texts */
    kithi_truth_row *rows;
    size_t row_count;
    item *items;
    item **order;
    size_t count;
    owned_evaluation *out;
} work;

static int tell(const work *run, const char *phase, uint64_t done, uint64_t total) {
    kith_progress at = {sizeof at, phase, done, total, 0};
    return run->waiting.progress != NULL && run->waiting.progress(run->waiting.context, &at) != 0
               ? kithi_error_set(run->error, KITH_INTERRUPTED, "the evaluation was stopped")
               : KITH_OK;
}

/* Finding the truth's records. */

/* The record, under any source whose name differs in case at most; the exact name goes first. */
static int find_record(const work *run, const kithi_truth_row *row, kith_record *out) {
    int code = KITH_NOT_FOUND;
    if (kithi_catalog_find_source(run->catalog, row->source) != NULL) {
        code = kith_record_get(run->txn, row->source, row->key, out);
    }
    size_t count = kithi_catalog_source_count(run->catalog);
    for (size_t id = 0; id < count && code == KITH_NOT_FOUND; id++) {
        const kithi_source *source = kithi_catalog_source(run->catalog, (uint16_t)id);
        if (source != NULL && strcasecmp(source->name, row->source) == 0) {
            code = kith_record_get(run->txn, source->name, row->key, out);
        }
    }
    return code;
}

/* Imports key records by the normal form of an e-mail address, whatever its case in the file: a key
 * that the store hasn't is taken in that form. */
static int take_known_key(work *run, kithi_truth_row *row) {
    char form[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size = 0;
    kith_record record = KITH_RECORD_INIT;
    if (kithi_normalise(KITHI_NORMALISE_EMAIL, "", row->key, strlen(row->key), form, &size) !=
            KITH_OK ||
        find_record(run, row, &record) != KITH_NOT_FOUND) {
        return KITH_OK;
    }
    row->key = kithi_arena_copy(&run->arena, form, size);
    return row->key != NULL ? KITH_OK : kithi_error_memory(run->error);
}

static int compare_rows(const void *a, const void *b) {
    const kithi_truth_row *left = a;
    const kithi_truth_row *right = b;
    int order = strcasecmp(left->source, right->source);
    order = order != 0 ? order : strcmp(left->key, right->key);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

static bool is_same_record(const kithi_truth_row *a, const kithi_truth_row *b) {
    return strcasecmp(a->source, b->source) == 0 && strcmp(a->key, b->key) == 0;
}

/* Sorts the rows and drops copies; a record can't be of two entities. */
static int sort_rows(work *run) {
    size_t kept = 0;
    for (size_t i = 0; i < run->row_count; i++) {
        if (take_known_key(run, &run->rows[i]) != KITH_OK) {
            return KITH_NO_MEMORY;
        }
    }
    if (run->row_count > 0) {
        qsort(run->rows, run->row_count, sizeof *run->rows, compare_rows);
    }
    for (size_t i = 0; i < run->row_count; i++) {
        const kithi_truth_row *row = &run->rows[i];
        const kithi_truth_row *last = kept > 0 ? &run->rows[kept - 1] : NULL;
        if (last == NULL || !is_same_record(last, row)) {
            run->rows[kept++] = *row;
        } else if (strcmp(last->entity, row->entity) != 0) {
            return kithi_error_set(run->error, KITH_INVALID,
                                   "line %" PRIu64 " of '%s' gives %s:%s another entity than line "
                                   "%" PRIu64,
                                   row->line, run->truth_path, row->source, row->key, last->line);
        }
    }
    run->row_count = kept;
    return KITH_OK;
}

static int cannot_read(const work *run, const kithi_truth_row *row, int code) {
    const kith_error *said = kith_txn_error(run->txn);
    if (said->code == code) {
        kithi_error_copy(run->error, said);
        return code;
    }
    return kithi_error_set(run->error, code, "cannot read record %s:%s, %s", row->source, row->key,
                           kith_code_name(code));
}

/* Looks a row of the truth up, and keeps it where the store has the record. */
static int find_item(work *run, const kithi_truth_row *row) {
    kith_record record = KITH_RECORD_INIT;
    item *found = &run->items[run->count];
    int code = find_record(run, row, &record);
    if (code == KITH_NOT_FOUND) {
        return KITH_OK;
    }
    if (code == KITH_OK) {
        code = kith_profile_id_of_record(run->txn, record.number, &found->profile_id);
    }
    if (code != KITH_OK) {
        return cannot_read(run, row, code);
    }
    found->row = row;
    found->record = record.number;
    found->place = (uint32_t)run->count;
    run->order[run->count++] = found;
    return KITH_OK;
}

static int find_items(work *run) {
    if (run->row_count > UINT32_MAX) {
        return kithi_error_set(run->error, KITH_LIMIT, "'%s' has too many rows", run->truth_path);
    }
    run->items = calloc(run->row_count + 1, sizeof *run->items);
    run->order = calloc(run->row_count + 1, sizeof *run->order);
    if (run->items == NULL || run->order == NULL) {
        return kithi_error_memory(run->error);
    }
    int code = KITH_OK;
    for (size_t i = 0; code == KITH_OK && i < run->row_count; i++) {
        if (i % STEP == 0) {
            code = tell(run, "records", i, run->row_count);
        }
        if (code == KITH_OK) {
            code = find_item(run, &run->rows[i]);
        }
    }
    run->out->public.record_count = run->count;
    run->out->public.missing_count = run->row_count - run->count;
    return code;
}

/* Numbering entities and profiles. */

static int compare_numbers(uint32_t a, uint32_t b) {
    return (a > b) - (a < b);
}

static int by_entity_text(const void *a, const void *b) {
    const item *left = *(item *const *)a;
    const item *right = *(item *const *)b;
    int order = strcmp(left->row->entity, right->row->entity);
    return order != 0 ? order : compare_numbers(left->place, right->place);
}

static int by_profile_id(const void *a, const void *b) {
    const item *left = *(item *const *)a;
    const item *right = *(item *const *)b;
    int order = memcmp(&left->profile_id, &right->profile_id, sizeof left->profile_id);
    return order != 0 ? order : compare_numbers(left->place, right->place);
}

static int by_profile(const void *a, const void *b) {
    const item *left = *(item *const *)a;
    const item *right = *(item *const *)b;
    int order = compare_numbers(left->profile, right->profile);
    order = order != 0 ? order : compare_numbers(left->entity, right->entity);
    return order != 0 ? order : compare_numbers(left->place, right->place);
}

static int by_entity(const void *a, const void *b) {
    const item *left = *(item *const *)a;
    const item *right = *(item *const *)b;
    int order = compare_numbers(left->entity, right->entity);
    order = order != 0 ? order : compare_numbers(left->profile, right->profile);
    return order != 0 ? order : compare_numbers(left->place, right->place);
}

static void sort_items(work *run, int (*compare)(const void *, const void *)) {
    if (run->count > 0) {
        qsort(run->order, run->count, sizeof *run->order, compare);
    }
}

static void number_entities(work *run) {
    sort_items(run, by_entity_text);
    for (size_t i = 0; i < run->count; i++) {
        item *at = run->order[i];
        const item *last = i > 0 ? run->order[i - 1] : NULL;
        bool same = last != NULL && strcmp(last->row->entity, at->row->entity) == 0;
        at->entity = same ? last->entity : at->place;
        run->out->public.entity_count += !same;
    }
}

static void number_profiles(work *run) {
    sort_items(run, by_profile_id);
    for (size_t i = 0; i < run->count; i++) {
        item *at = run->order[i];
        const item *last = i > 0 ? run->order[i - 1] : NULL;
        bool same =
            last != NULL && memcmp(&last->profile_id, &at->profile_id, sizeof at->profile_id) == 0;
        at->profile = same ? last->profile : at->place;
        run->out->public.profile_count += !same;
    }
}

/* Counting. */

static uint64_t pairs_of(uint64_t count) {
    return count > 0 ? count * (count - 1) / 2 : 0;
}

/* The group that an item is in, and the part of it: profile and entity, or the other way round. */
typedef uint32_t (*part_fn)(const item *at);

static uint32_t entity_of(const item *at) {
    return at->entity;
}

static uint32_t profile_of(const item *at) {
    return at->profile;
}

static size_t run_end(const work *run, size_t begin, size_t end, part_fn part) {
    size_t at = begin;
    while (at < end && part(run->order[at]) == part(run->order[begin])) {
        at++;
    }
    return at;
}

/* What one walk over groups and their parts sums up; items are sorted by (group, part). */
typedef struct sums {
    uint64_t group_pairs; /* pairs within a group */
    uint64_t part_pairs;  /* pairs within a part */
    double shares;        /* over all records: the share of its group that is in its part */
} sums;

static sums count_groups(const work *run, part_fn group, part_fn part) {
    sums total = {0, 0, 0};
    for (size_t begin = 0; begin < run->count;) {
        size_t end = run_end(run, begin, run->count, group);
        uint64_t group_size = end - begin;
        total.group_pairs += pairs_of(group_size);
        while (begin < end) {
            size_t part_end = run_end(run, begin, end, part);
            double part_size = (double)(part_end - begin);
            total.part_pairs += pairs_of(part_end - begin);
            total.shares += part_size * part_size / (double)group_size;
            begin = part_end;
        }
    }
    return total;
}

/* Listing wrong pairs: of one group, in different parts. */

typedef struct pair_list {
    const kith_wrong_pair **pairs;
    size_t count, limit;
    kithi_arena *arena;
    bool failed;
} pair_list;

static const char *copy_text(pair_list *list, const char *text) {
    char *copy = kithi_arena_copy(list->arena, text, strlen(text));
    list->failed = list->failed || copy == NULL;
    return copy;
}

static void list_pair(pair_list *list, const item *a, const item *b) {
    const item *first = a->place < b->place ? a : b;
    const item *second = first == a ? b : a;
    kith_wrong_pair *pair = kithi_arena_alloc(list->arena, sizeof *pair);
    if (pair == NULL) {
        list->failed = true;
        return;
    }
    *pair = (kith_wrong_pair){
        sizeof *pair,
        copy_text(list, first->row->source),
        copy_text(list, first->row->key),
        copy_text(list, second->row->source),
        copy_text(list, second->row->key),
        copy_text(list, first->row->entity),
        copy_text(list, second->row->entity),
    };
    list->pairs[list->count++] = pair;
}

/* All pairs of a group whose parts differ: each step lists one, so the limit bounds the work. */
static void list_group(const work *run, size_t begin, size_t end, part_fn part, pair_list *list) {
    for (size_t left = begin; left < end;) {
        size_t left_end = run_end(run, left, end, part);
        for (; left < left_end; left++) {
            for (size_t right = left_end; right < end; right++) {
                if (list->count == list->limit || list->failed) {
                    return;
                }
                list_pair(list, run->order[left], run->order[right]);
            }
        }
    }
}

static int list_pairs(const work *run, part_fn group, part_fn part, uint64_t count,
                      const kith_wrong_pair *const **out, size_t *out_listed) {
    pair_list list = {.limit = count < LISTED_MAX ? (size_t)count : LISTED_MAX,
                      .arena = &run->out->arena};
    if (list.limit == 0) {
        return KITH_OK;
    }
    list.pairs = kithi_arena_calloc(list.arena, list.limit, sizeof *list.pairs);
    if (list.pairs == NULL) {
        return kithi_error_memory(run->error);
    }
    for (size_t begin = 0; begin < run->count && list.count < list.limit && !list.failed;) {
        size_t end = run_end(run, begin, run->count, group);
        list_group(run, begin, end, part, &list);
        begin = end;
    }
    *out = list.pairs;
    *out_listed = list.count;
    return list.failed ? kithi_error_memory(run->error) : KITH_OK;
}

static int compare_clusters(work *run) {
    kith_evaluation *out = &run->out->public;
    number_entities(run);
    number_profiles(run);

    sort_items(run, by_profile);
    sums found = count_groups(run, profile_of, entity_of);
    out->found_pair_count = found.group_pairs;
    out->right_pair_count = found.part_pairs;
    out->over_merge_count = found.group_pairs - found.part_pairs;
    int code = list_pairs(run, profile_of, entity_of, out->over_merge_count, &out->over_merges,
                          &out->over_listed);
    if (code != KITH_OK) {
        return code;
    }
    sort_items(run, by_entity);
    sums truth = count_groups(run, entity_of, profile_of);
    out->true_pair_count = truth.group_pairs;
    out->under_merge_count = truth.group_pairs - truth.part_pairs;
    out->pairwise =
        kithi_quality_of(kithi_ratio((double)found.part_pairs, (double)found.group_pairs),
                         kithi_ratio((double)found.part_pairs, (double)truth.group_pairs));
    out->bcubed = kithi_quality_of(kithi_ratio(found.shares, (double)run->count),
                                   kithi_ratio(truth.shares, (double)run->count));
    return list_pairs(run, entity_of, profile_of, out->under_merge_count, &out->under_merges,
                      &out->under_listed);
}

/* The threshold curve, by the entities as they are numbered. */
static int draw_curve(work *run) {
    kithi_entities entities = {NULL, 0};
    for (size_t i = 0; i < run->count; i++) {
        size_t needed = (size_t)run->items[i].record + 1;
        entities.count = needed > entities.count ? needed : entities.count;
    }
    entities.of = malloc((entities.count + 1) * sizeof *entities.of);
    if (entities.of == NULL) {
        return kithi_error_memory(run->error);
    }
    for (size_t i = 0; i < entities.count; i++) {
        entities.of[i] = KITHI_ENTITY_UNKNOWN;
    }
    for (size_t i = 0; i < run->count; i++) {
        entities.of[run->items[i].record] = run->items[i].entity;
    }
    int code = kithi_curve_make(run->txn, &entities, &run->out->arena, &run->out->public);
    free(entities.of);
    if (code != KITH_OK) {
        kithi_error_copy(run->error, kith_txn_error(run->txn));
    }
    return code;
}

static int evaluate(work *run) {
    int code = kithi_truth_load(run->truth_path, &run->waiting, &run->arena, &run->rows,
                                &run->row_count, run->error);
    if (code == KITH_OK) {
        code = sort_rows(run);
    }
    if (code == KITH_OK) {
        code = find_items(run);
    }
    if (code == KITH_OK) {
        code = tell(run, "pairs", 0, 0);
    }
    if (code == KITH_OK) {
        code = compare_clusters(run);
    }
    if (code == KITH_OK) {
        code = tell(run, "pairs", run->out->public.found_pair_count, 0);
    }
    return code == KITH_OK ? draw_curve(run) : code;
}

int kith_evaluate(kith *store, const char *truth_path, kith_progress_fn progress, void *context,
                  kith_evaluation **out, kith_error *error) {
    if (store == NULL || truth_path == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "an evaluation needs a store and a truth file");
    }
    work run = {.truth_path = truth_path, .waiting = {progress, context}, .error = error};
    kithi_arena_init(&run.arena);
    run.out = calloc(1, sizeof *run.out);
    if (run.out == NULL) {
        return kithi_error_memory(error);
    }
    run.out->public.size = sizeof run.out->public;
    kithi_arena_init(&run.out->arena);
    int code = kith_txn_begin(store, KITH_READ, &run.txn, error);
    if (code == KITH_OK) {
        run.catalog = kithi_txn_catalog(run.txn);
        code = evaluate(&run);
    }
    kith_txn_abort(run.txn);
    free(run.order);
    free(run.items);
    free(run.rows);
    kithi_arena_clear(&run.arena);
    if (code != KITH_OK) {
        kith_evaluation_free(&run.out->public);
        return code;
    }
    *out = &run.out->public;
    return KITH_OK;
}

void kith_evaluation_free(kith_evaluation *evaluation) {
    if (evaluation != NULL) {
        owned_evaluation *owned = (owned_evaluation *)evaluation;
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}
