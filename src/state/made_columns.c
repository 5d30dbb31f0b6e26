#include "src/state/made_columns.h"

#include "src/base/bytes.h"
#include "src/state/event_columns.h"
#include "src/state/golden_columns.h"

#define KEY_BYTES   3
#define STALE_SHARE 16u /* a chunk is made anew when one in so many is stale */

static void made_key(uint8_t out[KEY_BYTES], uint32_t chunk) {
    out[0] = KITHI_COLUMN_MADE;
    kithi_put16(out + 1, (uint16_t)chunk);
}

int kithi_columns_made(kith_txn *txn, uint32_t chunk, bool *out) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    made_key(key, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, key, sizeof key, &row);
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
    kithi_golden_columns golden;
    kithi_event_columns events;
} making;

static int take_in(void *context, uint32_t profile, kithi_slice row) {
    making *m = context;
    int rc = kithi_golden_columns_take(&m->golden, profile, row);
    return rc == KITH_OK ? kithi_event_columns_take(&m->events, profile, row) : rc;
}

static int put_all(making *m, uint32_t chunk) {
    uint8_t key[KEY_BYTES];
    kith_txn *txn = m->golden.txn;
    made_key(key, chunk);
    int rc = kithi_golden_columns_put(&m->golden);
    rc = rc == KITH_OK ? kithi_event_columns_put(&m->events) : rc;
    rc = rc == KITH_OK ? kithi_put(txn, KITHI_TABLE_COLUMN, key, sizeof key, NULL, 0) : rc;
    return rc == KITH_OK ? kithi_members_empty(txn, KITHI_SET_STALE, chunk) : rc;
}

int kithi_columns_make(kith_txn *txn, uint32_t chunk) {
    making m = {.events = {.txn = NULL}};
    int rc = kithi_golden_columns_begin(&m.golden, txn, chunk);
    rc = rc == KITH_OK ? kithi_event_columns_begin(&m.events, txn, chunk) : rc;
    rc = rc == KITH_OK ? each_row(txn, chunk, take_in, &m) : rc;
    rc = rc == KITH_OK ? put_all(&m, chunk) : rc;
    kithi_golden_columns_clear(&m.golden);
    kithi_event_columns_clear(&m.events);
    return rc;
}

static int wants_columns(kith_txn *txn, uint32_t chunk, bool *out) {
    uint32_t all, stale;
    bool made;
    int rc = kithi_columns_made(txn, chunk, &made);
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_PROFILES, chunk, &all) : rc;
    rc = rc == KITH_OK ? kithi_members_size(txn, KITHI_SET_STALE, chunk, &stale) : rc;
    if (rc == KITH_OK) {
        *out = all > 0 && (!made || stale > all / STALE_SHARE);
    }
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

static int take_golden(void *context, uint32_t profile, kithi_slice row) {
    return kithi_golden_columns_take(context, profile, row);
}

static int check_golden(kith_txn *txn, uint32_t chunk, const kithi_chunk *sure, uint64_t *wrong) {
    kithi_golden_columns made;
    int rc = kithi_golden_columns_begin(&made, txn, chunk);
    rc = rc == KITH_OK ? each_row(txn, chunk, take_golden, &made) : rc;
    rc = rc == KITH_OK ? kithi_golden_columns_compare(&made, sure, wrong) : rc;
    kithi_golden_columns_clear(&made);
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
    rc = check_golden(txn, chunk, &sure, wrong);
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
