/*
 * Proving what scored links come from: the match models can be read, the index holds the block keys
 * that the records have under the one in force, and the scored pairs are those that comparing all
 * records anew gives. So that is done once more in memory: at most 1 KB a record, and as long as
 * kith_resolve() compares. Without a model both tables are empty.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "src/base/bytes.h"
#include "src/base/workers.h"
#include "src/identity/block_index.h"
#include "src/identity/link_all.h"
#include "src/identity/scored.h"
#include "src/identity/verify.h"
#include "src/match/model_row.h"

typedef struct proof {
    kith_txn *txn;
    const kithi_verify_ear *ear;
    const kithi_model *model; /* in force */
    kithi_pool pool;
    kithi_block_places places; /* in the order of the index, as the pool is in that of records */
    kithi_blocks blocks;
    kithi_pool_pairs pairs;
    size_t place;                   /* the next one that the index should have */
    uint64_t lacking, excess;       /* rows */
    uint32_t lacking_of, excess_of; /* the record of the first such row */
} proof;

/* The models */

static int check_model(proof *p, kithi_slice key) {
    kithi_model *model = NULL;
    uint32_t version = key.size == 4 ? kithi_get32(key.data) : 0;
    int rc = version > 0 ? kithi_model_read(p->txn, version, &model) : KITH_CORRUPT;
    kithi_model_free(model);
    return rc == KITH_CORRUPT
               ? kithi_verify_tell(p->ear, "match model %" PRIu32 " can't be read", version)
               : rc;
}

static int check_models(proof *p) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_open(p->txn, KITHI_TABLE_MODEL, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    while (rc == KITH_OK) {
        rc = check_model(p, key);
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL) : rc;
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* The same once more, in memory */

static int hear_progress(void *context, const kith_progress *at) {
    const proof *p = context;
    return p->ear->progress(p->ear->context, at->done, at->total);
}

static int make_anew(proof *p) {
    unsigned threads = kithi_workers_available();
    int rc = kithi_pool_load(p->txn, p->model, threads, hear_progress, p, &p->pool);
    if (rc == KITH_OK) {
        rc = kithi_block_places_make(p->model, &p->pool, threads, &p->places);
    }
    if (rc == KITH_OK) {
        rc = kithi_blocks_make(p->model, &p->places, p->pool.count, &p->blocks);
    }
    if (rc == KITH_OK) {
        rc = kithi_pool_pairs_make(p->model, &p->pool, &p->blocks, threads, NULL, &p->pairs);
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(p->txn)) : rc;
}

static int tell_rows(proof *p, const char *what) {
    int rc = KITH_OK;
    if (p->lacking > 0) {
        rc = kithi_verify_tell(p->ear,
                               "%" PRIu64 " %s are missing, the first of them of record number "
                               "%" PRIu32,
                               p->lacking, what, p->lacking_of);
    }
    if (rc == KITH_OK && p->excess > 0) {
        rc = kithi_verify_tell(p->ear,
                               "%" PRIu64 " %s are stored that the facts don't give, the first of "
                               "them of record number %" PRIu32,
                               p->excess, what, p->excess_of);
    }
    p->lacking = p->excess = 0;
    return rc;
}

static void note_lacking(proof *p, uint32_t record) {
    p->lacking_of = p->lacking++ == 0 ? record : p->lacking_of;
}

static void note_excess(proof *p, uint32_t record) {
    p->excess_of = p->excess++ == 0 ? record : p->excess_of;
}

/* The index of block keys */

static kithi_block_entry next_entry(const proof *p) {
    const kithi_block_place *at = &p->places.items[p->place];
    return (kithi_block_entry){at->key, p->pool.records[at->place]};
}

static bool comes_before(kithi_block_entry a, kithi_block_entry b) {
    return a.key != b.key ? a.key < b.key : a.record < b.record;
}

static int take_entry(void *context, kithi_block_entry stored) {
    proof *p = context;
    while (p->place < p->places.count && comes_before(next_entry(p), stored)) {
        note_lacking(p, next_entry(p).record);
        p->place++;
    }
    if (p->place == p->places.count || comes_before(stored, next_entry(p))) {
        note_excess(p, stored.record);
    } else {
        p->place++;
    }
    return KITH_OK;
}

static int check_index(proof *p) {
    int rc = kithi_block_index_each(p->txn, take_entry, p);
    for (; rc == KITH_OK && p->place < p->places.count; p->place++) {
        note_lacking(p, next_entry(p).record);
    }
    return rc == KITH_OK ? tell_rows(p, "block keys") : rc;
}

/* The scored pairs: each stands under both records. */

/* A row of the table, or one that should be there. */
typedef struct side {
    uint32_t record;
    kithi_scored pair;
} side;

static int compare_sides(const void *a, const void *b) {
    const side *x = a, *y = b;
    if (x->record != y->record) {
        return x->record < y->record ? -1 : 1;
    }
    if (x->pair.other != y->pair.other) {
        return x->pair.other < y->pair.other ? -1 : 1;
    }
    if (x->pair.weight != y->pair.weight) {
        return x->pair.weight < y->pair.weight ? -1 : 1;
    }
    return (x->pair.pattern > y->pair.pattern) - (x->pair.pattern < y->pair.pattern);
}

static side *list_sides(const proof *p) {
    side *sides = malloc((2 * p->pairs.count + 1) * sizeof *sides);
    for (size_t i = 0; sides != NULL && i < p->pairs.count; i++) {
        const kithi_pool_pair *pair = &p->pairs.items[i];
        uint32_t a = p->pool.records[pair->a], b = p->pool.records[pair->b];
        sides[2 * i] = (side){a, {b, pair->weight, pair->pattern}};
        sides[2 * i + 1] = (side){b, {a, pair->weight, pair->pattern}};
    }
    if (sides != NULL) {
        qsort(sides, 2 * p->pairs.count, sizeof *sides, compare_sides);
    }
    return sides;
}

/* Rows come in the order of the sides. */
static int read_side(kithi_cursor *cursor, kithi_seek seek, side *out, bool *out_readable) {
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_cursor_seek(cursor, seek, &key, &row);
    if (rc == KITH_OK) {
        *out_readable = key.size == 4 && kithi_scored_read(row, &out->pair);
        out->record = *out_readable ? kithi_get32(key.data) : UINT32_MAX;
    }
    return rc;
}

static int compare_rows(proof *p, kithi_cursor *cursor, const side *sides) {
    side stored;
    bool readable;
    size_t at = 0, count = 2 * p->pairs.count;
    int rc = read_side(cursor, KITHI_SEEK_FIRST, &stored, &readable);
    while (rc == KITH_OK) {
        while (readable && at < count && compare_sides(&sides[at], &stored) < 0) {
            note_lacking(p, sides[at++].record);
        }
        if (!readable || at == count || compare_sides(&stored, &sides[at]) != 0) {
            note_excess(p, stored.record);
        } else {
            at++;
        }
        rc = read_side(cursor, KITHI_SEEK_NEXT, &stored, &readable);
    }
    while (rc == KITH_NOT_FOUND && at < count) {
        note_lacking(p, sides[at++].record);
    }
    return rc == KITH_NOT_FOUND ? tell_rows(p, "scored pairs") : rc;
}

static int check_pairs(proof *p) {
    kithi_cursor *cursor = NULL;
    side *sides = list_sides(p);
    int rc = sides != NULL ? kithi_cursor_open(p->txn, KITHI_TABLE_SCORED, &cursor)
                           : kithi_error_memory(kithi_txn_error(p->txn));
    rc = rc == KITH_OK ? compare_rows(p, cursor, sides) : rc;
    kithi_cursor_close(cursor);
    free(sides);
    return rc;
}

int kithi_scored_verify(kith_txn *txn, const kithi_verify_ear *ear) {
    proof p = {.txn = txn, .ear = ear};
    int rc = check_models(&p);
    rc = rc == KITH_OK ? kithi_model_of(txn, &p.model) : rc;
    if (rc == KITH_OK && p.model != NULL) {
        rc = make_anew(&p);
    }
    rc = rc == KITH_OK ? check_index(&p) : rc;
    rc = rc == KITH_OK ? check_pairs(&p) : rc;
    kithi_pool_clear(&p.pool);
    kithi_block_places_clear(&p.places);
    kithi_blocks_clear(&p.blocks);
    kithi_pool_pairs_clear(&p.pairs);
    return rc;
}
