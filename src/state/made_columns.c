#include "src/state/made_columns.h"

#include "src/base/bytes.h"
#include "src/state/event_columns.h"
#include "src/state/row_columns.h"

#define KEY_BYTES   3
#define MADE_BYTES  4
#define STALE_SHARE 16u /* a chunk is mended when one in so many is stale */

static void made_key(uint8_t out[KEY_BYTES], uint32_t chunk) {
    out[0] = KITHI_COLUMN_MADE;
    kithi_put16(out + 1, (uint16_t)chunk);
}

/* How many places were mended since they were made. KITH_NOT_FOUND: the chunk has none, or a row
 * that doesn't say it. */
static int get_made(kith_txn *txn, uint32_t chunk, uint32_t *out_mended) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    made_key(key, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, key, sizeof key, &row);
    bool said = rc == KITH_OK && row.size == MADE_BYTES;
    *out_mended = said ? kithi_get32(row.data) : 0;
    return rc == KITH_OK && !said ? KITH_NOT_FOUND : rc;
}

static int put_made(kith_txn *txn, uint32_t chunk, uint32_t mended) {
    uint8_t key[KEY_BYTES], row[MADE_BYTES];
    made_key(key, chunk);
    kithi_put32(row, mended);
    int rc = kithi_put(txn, KITHI_TABLE_COLUMN, key, sizeof key, row, sizeof row);
    return rc == KITH_OK ? kithi_members_empty(txn, KITHI_SET_STALE, chunk) : rc;
}

int kithi_columns_made(kith_txn *txn, uint32_t chunk, bool *out) {
    uint32_t mended;
    int rc = get_made(txn, chunk, &mended);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Calls for each row of the chunk. What it is given is gone when it has written. */
typedef int take_row(void *context, uint32_t profile, kithi_slice row);

static int each_row(kith_txn *txn, uint32_t chunk, take_row *take, void *context) {
    uint8_t from[4];
    kithi_cursor *cursor;
    int rc = KITH_OK;
    for (uint64_t profile = (uint64_t)chunk * KITHI_CHUNK_BITS; rc == KITH_OK; profile++) {
        kithi_slice key = {from, sizeof from}, row = {NULL, 0};
        if (profile > UINT32_MAX) {
            break;
        }
        kithi_put32(from, (uint32_t)profile);
        rc = kithi_cursor_of(txn, KITHI_TABLE_STATE, &cursor);
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row) : rc;
        if (rc != KITH_OK || kithi_get32(key.data) / KITHI_CHUNK_BITS != chunk) {
            break;
        }
        profile = kithi_get32(key.data);
        rc = take(context, (uint32_t)profile, row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Making */

typedef struct making {
    kithi_row_columns golden, scores;
    kithi_event_columns events;
} making;

static int take_said(void *context, uint32_t profile, kithi_slice row) {
    return kithi_row_columns_take(context, profile, row);
}

static int take_events(void *context, uint32_t profile, kithi_slice row) {
    return kithi_event_columns_take(context, profile, row);
}

static int take_in(void *context, uint32_t profile, kithi_slice row) {
    making *m = context;
    int rc = take_said(&m->golden, profile, row);
    rc = rc == KITH_OK ? take_said(&m->scores, profile, row) : rc;
    return rc == KITH_OK ? take_events(&m->events, profile, row) : rc;
}

static int make_all(kith_txn *txn, uint32_t chunk) {
    making m = {.scores = {.txn = NULL}, .events = {.txn = NULL}};
    int rc = kithi_row_columns_begin(&m.golden, txn, KITHI_COLUMN_ATTRIBUTE, chunk);
    rc = rc == KITH_OK ? kithi_row_columns_begin(&m.scores, txn, KITHI_COLUMN_SCORE, chunk) : rc;
    rc = rc == KITH_OK ? kithi_event_columns_begin(&m.events, txn, chunk, NULL) : rc;
    rc = rc == KITH_OK ? each_row(txn, chunk, take_in, &m) : rc;
    rc = rc == KITH_OK ? kithi_row_columns_put(&m.golden) : rc;
    rc = rc == KITH_OK ? kithi_row_columns_put(&m.scores) : rc;
    rc = rc == KITH_OK ? kithi_event_columns_put(&m.events) : rc;
    kithi_row_columns_clear(&m.golden);
    kithi_row_columns_clear(&m.scores);
    kithi_event_columns_clear(&m.events);
    rc = rc == KITH_OK ? kithi_members_empty(txn, KITHI_SET_RESCORED, chunk) : rc;
    return rc == KITH_OK ? put_made(txn, chunk, 0) : rc;
}

/* Mending */

/* Calls for the row of each of some profiles of the chunk. */
static int each_row_of(kith_txn *txn, uint32_t chunk, const kithi_chunk *profiles, take_row *take,
                       void *context) {
    int rc = KITH_OK;
    for (uint32_t i = kithi_chunk_next(profiles, 0); rc == KITH_OK && i < KITHI_CHUNK_BITS;
         i = kithi_chunk_next(profiles, i + 1)) {
        kithi_slice row;
        uint32_t profile = chunk * KITHI_CHUNK_BITS + i;
        rc = kithi_state_row(txn, profile, &row);
        rc = rc == KITH_OK ? take(context, profile, row) : rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

static int mend_golden(kith_txn *txn, uint32_t chunk, const kithi_chunk *profiles) {
    kithi_row_columns golden;
    int rc = kithi_row_columns_mend(&golden, txn, KITHI_COLUMN_ATTRIBUTE, chunk);
    rc = rc == KITH_OK ? each_row_of(txn, chunk, profiles, take_said, &golden) : rc;
    rc = rc == KITH_OK ? kithi_row_columns_put(&golden) : rc;
    kithi_row_columns_clear(&golden);
    return rc;
}

static int mend_events(kith_txn *txn, uint32_t chunk, const kithi_chunk *profiles) {
    kithi_event_columns events;
    int rc = kithi_event_columns_begin(&events, txn, chunk, profiles);
    rc = rc == KITH_OK ? each_row_of(txn, chunk, profiles, take_events, &events) : rc;
    rc = rc == KITH_OK ? kithi_event_columns_put(&events) : rc;
    kithi_event_columns_clear(&events);
    return rc;
}

/* KITH_NOT_FOUND: there is nothing that is worth mending. Where as many were mended as there are,
 * about half of what stands in blocks is struck out. */
static int mend(kith_txn *txn, uint32_t chunk) {
    kithi_chunk stale;
    uint32_t all = 0, mended = 0;
    int rc = get_made(txn, chunk, &mended);
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_PROFILES, chunk, &all) : rc;
    rc = rc == KITH_OK ? kithi_members_chunk_whole(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    uint32_t count = kithi_chunk_count(&stale);
    if (mended >= all || count >= all - mended) {
        return KITH_NOT_FOUND;
    }
    rc = mend_golden(txn, chunk, &stale);
    rc = rc == KITH_OK ? mend_events(txn, chunk, &stale) : rc;
    return rc == KITH_OK ? put_made(txn, chunk, mended + count) : rc;
}

/* Whether so many of a set are in a chunk that its columns are to be mended. */
static int are_many(kith_txn *txn, uint32_t set, uint32_t chunk, bool *out) {
    uint32_t all = 0, in = 0;
    int rc = kithi_members_size(txn, KITHI_SET_PROFILES, chunk, &all);
    rc = rc == KITH_OK ? kithi_members_size(txn, set, chunk, &in) : rc;
    *out = rc == KITH_OK && all > 0 && in > all / STALE_SHARE;
    return rc;
}

/* Scores change all together, at midnight: their columns are made anew. */
static int rescore(kith_txn *txn, uint32_t chunk) {
    kithi_row_columns scores;
    int rc = kithi_row_columns_begin(&scores, txn, KITHI_COLUMN_SCORE, chunk);
    rc = rc == KITH_OK ? each_row(txn, chunk, take_said, &scores) : rc;
    rc = rc == KITH_OK ? kithi_row_columns_put(&scores) : rc;
    kithi_row_columns_clear(&scores);
    return rc == KITH_OK ? kithi_members_empty(txn, KITHI_SET_RESCORED, chunk) : rc;
}

/* What is damaged is made anew, too: nothing of it is needed for that. */
static int mend_or_make(kith_txn *txn, uint32_t chunk) {
    int rc = mend(txn, chunk);
    return rc == KITH_NOT_FOUND || rc == KITH_CORRUPT ? make_all(txn, chunk) : rc;
}

int kithi_columns_make(kith_txn *txn, uint32_t chunk) {
    bool made = false, stale = false, rescored = false;
    int rc = kithi_columns_made(txn, chunk, &made);
    rc = rc == KITH_OK ? are_many(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    rc = rc == KITH_OK && (!made || stale) ? mend_or_make(txn, chunk) : rc;
    rc = rc == KITH_OK ? are_many(txn, KITHI_SET_RESCORED, chunk, &rescored) : rc;
    return rc == KITH_OK && rescored ? rescore(txn, chunk) : rc;
}

static int wants_columns(kith_txn *txn, uint32_t chunk, bool *out) {
    uint32_t all = 0;
    bool made = false, stale = false, rescored = false;
    int rc = kithi_columns_made(txn, chunk, &made);
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_PROFILES, chunk, &all) : rc;
    rc = rc == KITH_OK ? are_many(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    rc = rc == KITH_OK ? are_many(txn, KITHI_SET_RESCORED, chunk, &rescored) : rc;
    *out = all > 0 && (!made || stale || rescored);
    return rc;
}

int kithi_columns_next(kith_txn *txn, uint32_t *chunk) {
    kithi_counters *counters;
    bool wanted = false;
    int rc = kithi_txn_counters(txn, &counters);
    while (rc == KITH_OK && (uint64_t)*chunk * KITHI_CHUNK_BITS < counters->next_record) {
        rc = wants_columns(txn, *chunk, &wanted);
        if (rc != KITH_OK || wanted) {
            return rc;
        }
        ++*chunk;
    }
    return rc == KITH_OK ? KITH_NOT_FOUND : rc;
}

/* Checking */

/* Of the profiles of a chunk but for those of a set. */
static int check_said(kith_txn *txn, uint32_t chunk, kithi_column_kind kind, uint32_t but,
                      uint64_t *wrong) {
    kithi_row_columns made = {.txn = NULL};
    kithi_chunk sure, other;
    int rc = kithi_members_chunk(txn, KITHI_SET_PROFILES, chunk, &sure);
    rc = rc == KITH_OK ? kithi_members_chunk(txn, but, chunk, &other) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_chunk_andnot(&sure, &other);
    rc = kithi_row_columns_begin(&made, txn, kind, chunk);
    rc = rc == KITH_OK ? each_row(txn, chunk, take_said, &made) : rc;
    rc = rc == KITH_OK ? kithi_row_columns_compare(&made, &sure, wrong) : rc;
    kithi_row_columns_clear(&made);
    return rc;
}

static int check_chunk(kith_txn *txn, uint32_t chunk, uint64_t *wrong) {
    kithi_chunk sure, other;
    int rc = kithi_members_chunk(txn, KITHI_SET_PROFILES, chunk, &sure);
    rc = rc == KITH_OK ? kithi_members_chunk(txn, KITHI_SET_STALE, chunk, &other) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_chunk_andnot(&sure, &other);
    rc = check_said(txn, chunk, KITHI_COLUMN_ATTRIBUTE, KITHI_SET_STALE, wrong);
    rc = rc == KITH_OK ? check_said(txn, chunk, KITHI_COLUMN_SCORE, KITHI_SET_RESCORED, wrong) : rc;
    rc = rc == KITH_OK ? kithi_dirty_chunk(txn, chunk, &other) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_chunk_andnot(&sure, &other);
    return kithi_event_columns_compare(txn, chunk, &sure, wrong);
}

int kithi_columns_check(kith_txn *txn, uint64_t *out_wrong) {
    kithi_counters *counters;
    bool made = false;
    *out_wrong = 0;
    int rc = kithi_txn_counters(txn, &counters);
    for (uint64_t first = 0; rc == KITH_OK && first < counters->next_record;
         first += KITHI_CHUNK_BITS) {
        uint32_t chunk = (uint32_t)(first / KITHI_CHUNK_BITS);
        rc = kithi_columns_made(txn, chunk, &made);
        if (rc == KITH_OK && made) {
            rc = check_chunk(txn, chunk, out_wrong);
        }
    }
    return rc;
}
