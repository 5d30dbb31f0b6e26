#include "src/identity/link_all.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/identity/block_index.h"
#include "src/identity/identity.h"
#include "src/identity/links.h"
#include "src/identity/resolve.h"
#include "src/identity/scored.h"
#include "src/match/model_json.h"
#include "src/match/model_row.h"
#include "src/match/train.h"

#define SLICE             65536 /* entries that are handed to the index at a time */
#define OUTGROWN_TIMES    4
#define LEARNT_FROM_LEAST 2 /* records: of one there is no pair */

typedef struct linking {
    kith_txn *txn;
    const kithi_link_options *options;
    kithi_link_result *result;
    kithi_model *model; /* owned */
    kithi_pool pool;
    kithi_block_places places;
    kithi_blocks blocks;
    kithi_pool_pairs pairs;
} linking;

static int fail(linking *l, int rc) {
    kith_error *error = kithi_txn_error(l->txn);
    if (rc == KITH_INTERRUPTED) {
        return kithi_error_set(error, rc, "linking was stopped; nothing of it is in the store");
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(error) : rc;
}

static int tell(linking *l, const char *phase, uint64_t done, uint64_t total) {
    kith_progress at = {sizeof at, phase, done, total, 0};
    kith_progress_fn progress = l->options->progress;
    return progress != NULL && progress(l->options->context, &at) != 0 ? KITH_INTERRUPTED : KITH_OK;
}

/* In memory */

static int train(linking *l) {
    kithi_training training;
    kithi_block_places_limit(&l->places, l->pool.count, l->model);
    int rc = kithi_blocks_make(l->model, &l->places, l->pool.count, &l->blocks);
    if (rc == KITH_OK) {
        rc = kithi_model_train(l->model, &l->pool, &l->blocks, l->options->threads, &training);
    }
    if (rc == KITH_OK) {
        kithi_training_clear(&training);
        rc = kithi_model_put(l->txn, l->model);
        l->result->trained = rc == KITH_OK;
    }
    return rc;
}

static int begin_model(linking *l) {
    const kithi_catalog *catalog = kithi_txn_catalog(l->txn);
    size_t wanted = kithi_model_comparisons_wanted(catalog);
    if (wanted > KITHI_COMPARISONS_MAX) {
        return kithi_error_set(kithi_txn_error(l->txn), KITH_INVALID,
                               "the definitions ask for %zu comparisons, and a match model has at "
                               "most %d; switch some off under \"match\", such as "
                               "\"comparisons\": {\"tax_id\": false}",
                               wanted, KITHI_COMPARISONS_MAX);
    }
    l->model = kithi_model_new(catalog);
    return l->model != NULL ? KITH_OK : KITH_NO_MEMORY;
}

static int import_model(linking *l) {
    const char *json = l->options->model;
    int rc = kithi_model_parse(l->txn, json, strlen(json), &l->model);
    if (rc != KITH_OK) {
        return rc;
    }
    l->model->given = true;
    return kithi_model_put(l->txn, l->model);
}

/* A model that few of the records taught knows little of the others. */
static bool is_outgrown(const kithi_model *model, uint64_t record_count) {
    return !model->given && model->record_count < record_count / OUTGROWN_TIMES;
}

static int choose_model(linking *l) {
    uint32_t version = kithi_catalog_model(kithi_txn_catalog(l->txn));
    uint64_t record_count;
    if (l->options->model != NULL) {
        return import_model(l);
    }
    if (version == 0 || l->options->train) {
        return begin_model(l);
    }
    int rc = kithi_count(l->txn, KITHI_TABLE_RECORD, &record_count);
    rc = rc == KITH_OK ? kithi_model_read(l->txn, version, &l->model) : rc;
    if (rc == KITH_OK && is_outgrown(l->model, record_count)) {
        kithi_model_free(l->model);
        l->model = NULL;
        rc = begin_model(l);
    }
    return rc;
}

static int load(linking *l) {
    const kithi_link_options *o = l->options;
    int rc = choose_model(l);
    if (rc == KITH_OK) {
        rc = kithi_pool_load(l->txn, l->model, o->threads, o->progress, o->context, &l->pool);
    }
    l->result->record_count = l->pool.count;
    return rc == KITH_OK ? kithi_block_places_make(l->model, &l->pool, o->threads, &l->places) : rc;
}

static int tell_compared(void *context, size_t done, size_t count) {
    return tell(context, "compare", done, count);
}

static int compare(linking *l) {
    bool trains = l->model->version == 0; /* it is of no store yet */
    int rc = tell(l, trains ? "train" : "compare", 0, 0);
    if (rc == KITH_OK) {
        rc = trains ? train(l) : kithi_blocks_make(l->model, &l->places, l->pool.count, &l->blocks);
    }
    rc = rc == KITH_OK && trains ? tell(l, "compare", 0, 0) : rc;
    if (rc == KITH_OK) {
        const kithi_workers_ear ear = {tell_compared, l};
        rc = kithi_pool_pairs_make(l->model, &l->pool, &l->blocks, l->options->threads, &ear,
                                   &l->pairs);
    }
    l->result->model_version = l->model->version;
    l->result->compared_count = l->pairs.compared_count;
    l->result->scored_count = l->pairs.count;
    return rc;
}

/* Into the store */

/* Rows of the index and of both sides of pairs. */
static int tell_written(linking *l, uint64_t done) {
    return tell(l, "write", done, l->places.count + 2 * l->pairs.count);
}

static int write_index(linking *l) {
    kithi_block_entry *slice = malloc(SLICE * sizeof *slice);
    int rc = slice != NULL ? kithi_block_index_clear(l->txn) : KITH_NO_MEMORY;
    for (size_t at = 0; rc == KITH_OK && at < l->places.count;) {
        size_t count = 0;
        while (count < SLICE && at < l->places.count) {
            slice[count].key = l->places.items[at].key;
            slice[count++].record = l->pool.records[l->places.items[at++].place];
        }
        rc = kithi_block_index_load(l->txn, slice, count);
        rc = rc == KITH_OK ? tell_written(l, at) : rc;
    }
    free(slice);
    return rc;
}

/* A record whose links may be others now waits for settle: one of a pair that is heavy
 * enough to link, or that was. Lighter pairs are asked about only where such a one is. */
static int await_settle(linking *l, uint8_t *waiting) {
    kithi_resolver r;
    int rc = kithi_resolver_begin(&r, l->txn, 0);
    for (size_t i = 0; rc == KITH_OK && i < l->pool.count; i++) {
        if (waiting[i / 8] & (1u << (i % 8))) {
            rc = kithi_resolver_put_off(&r, l->pool.records[i]);
        }
    }
    kithi_resolver_end(&r);
    return rc;
}

static void mark(uint8_t *bits, size_t at) {
    bits[at / 8] |= (uint8_t)(1u << (at % 8));
}

static size_t place_of(const linking *l, uint32_t record) {
    size_t low = 0, high = l->pool.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->pool.records[middle] < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Marks the records that scored pairs link now, or would if nothing refused them. */
static int mark_linked(linking *l, uint8_t *waiting) {
    kithi_cursor *cursor;
    kithi_link link;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_cursor_open(l->txn, KITHI_TABLE_LINK, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    while (rc == KITH_OK) {
        size_t at = place_of(l, kithi_get32(key.data));
        bool scored = !kithi_link_read(row, &link) || link.type == KITHI_LINK_SCORE;
        if (scored && at < l->pool.count) {
            mark(waiting, at);
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Each pair stands under both records: first where each record's begin, then by a counting sort all
 * in order of the records; those of one record come in order of the others. */
static int write_pairs(linking *l, uint8_t *waiting) {
    size_t count = l->pool.count;
    uint64_t *at = calloc(count + 2, sizeof *at);
    kithi_scored *rows = malloc((2 * l->pairs.count + 1) * sizeof *rows);
    int rc = at != NULL && rows != NULL ? kithi_clear(l->txn, KITHI_TABLE_SCORED) : KITH_NO_MEMORY;
    for (size_t i = 0; rc == KITH_OK && i < l->pairs.count; i++) {
        at[l->pairs.items[i].a + 2]++;
        at[l->pairs.items[i].b + 2]++;
    }
    for (size_t i = 2; rc == KITH_OK && i < count + 2; i++) {
        at[i] += at[i - 1];
    }
    /* Pairs are in order of a, then b: a record's lesser partners come before its greater ones. */
    for (size_t i = 0; rc == KITH_OK && i < l->pairs.count; i++) {
        const kithi_pool_pair *p = &l->pairs.items[i];
        rows[at[p->b + 1]++] = (kithi_scored){l->pool.records[p->a], p->weight, p->pattern};
    }
    for (size_t i = 0; rc == KITH_OK && i < l->pairs.count; i++) {
        const kithi_pool_pair *p = &l->pairs.items[i];
        rows[at[p->a + 1]++] = (kithi_scored){l->pool.records[p->b], p->weight, p->pattern};
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        for (uint64_t j = at[i]; rc == KITH_OK && j < at[i + 1]; j++) {
            if (rows[j].weight >= l->model->link_at) {
                mark(waiting, i);
            }
            rc = kithi_scored_append(l->txn, l->pool.records[i], &rows[j]);
        }
        if (rc == KITH_OK && i % SLICE == 0) {
            rc = tell_written(l, l->places.count + at[i]);
        }
    }
    free(at);
    free(rows);
    return rc;
}

static int write_all(linking *l) {
    uint8_t *waiting = calloc(l->pool.count / 8 + 1, 1);
    int rc = waiting != NULL ? tell(l, "write", 0, 0) : KITH_NO_MEMORY;
    rc = rc == KITH_OK ? write_index(l) : rc;
    rc = rc == KITH_OK ? mark_linked(l, waiting) : rc;
    rc = rc == KITH_OK ? write_pairs(l, waiting) : rc;
    rc = rc == KITH_OK ? await_settle(l, waiting) : rc;
    free(waiting);
    return rc;
}

int kithi_identity_link_all(kith_txn *txn, const kithi_link_options *options,
                            kithi_link_result *out) {
    linking l = {.txn = txn, .options = options, .result = out};
    memset(out, 0, sizeof *out);
    int rc = kithi_identity_resolve(txn);
    rc = rc == KITH_OK ? load(&l) : rc;
    if (rc == KITH_OK && (l.model->version > 0 || l.pool.count >= LEARNT_FROM_LEAST)) {
        rc = compare(&l);
        rc = rc == KITH_OK ? write_all(&l) : rc;
    }
    kithi_model_free(l.model);
    kithi_pool_clear(&l.pool);
    kithi_block_places_clear(&l.places);
    kithi_blocks_clear(&l.blocks);
    kithi_pool_pairs_clear(&l.pairs);
    return rc == KITH_OK ? rc : kithi_txn_poison(txn, fail(&l, rc));
}
