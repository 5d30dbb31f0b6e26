/* Transitions: the log of who entered and left. */
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/state/members.h"

#define ROW_BYTES 32
#define ENTERED   0x80u

static const char forgotten_key[] = "forgotten";

const char *kith_cause_name(kith_cause cause) {
    static const char *const names[] = {"unknown", "fact", "time", "definition", "merge"};
    bool known = cause >= KITH_CAUSE_FACT && cause <= KITH_CAUSE_MERGE;
    return names[known ? cause : 0];
}

static void write_row(uint8_t out[ROW_BYTES], const kithi_transition *t) {
    memset(out, 0, ROW_BYTES);
    kithi_put_time(out, t->at_us);
    kithi_put32(out + 8, t->profile);
    memcpy(out + 12, t->id.bytes, sizeof t->id.bytes);
    kithi_put16(out + 28, t->segment);
    out[30] = (uint8_t)((t->entered ? ENTERED : 0) | (unsigned)t->cause);
}

static void read_row(const uint8_t *row, kithi_transition *out) {
    out->at_us = kithi_get_time(row);
    out->profile = kithi_get32(row + 8);
    memcpy(out->id.bytes, row + 12, sizeof out->id.bytes);
    out->segment = kithi_get16(row + 28);
    out->entered = (row[30] & ENTERED) != 0;
    out->cause = (kith_cause)(row[30] & ~ENTERED);
}

int kithi_transition_append(kith_txn *txn, const kithi_transition *transition) {
    uint8_t key[8], row[ROW_BYTES];
    kithi_counters *counters;
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    write_row(row, transition);
    kithi_put64(key, counters->next_transition++);
    return kithi_append(txn, KITHI_TABLE_TRANSITION, key, sizeof key, row, sizeof row);
}

static int damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a transition can't be read; run kith check");
}

int kithi_transition_each(kith_txn *txn, int (*take)(void *context, const kithi_transition *t),
                          void *context) {
    kithi_cursor *cursor;
    kithi_transition found;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_TRANSITION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    }
    while (rc == KITH_OK) {
        if (row.size != ROW_BYTES) {
            return damaged(txn);
        }
        read_row(row.data, &found);
        rc = take(context, &found);
        if (rc == KITH_OK) {
            rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kith_transition_next(kith_txn *txn, uint64_t *sequence, kith_transition *out) {
    uint8_t wanted[8];
    kithi_cursor *cursor;
    kithi_transition found;
    kithi_slice key = {wanted, sizeof wanted}, row = {NULL, 0};
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK || *sequence == UINT64_MAX) {
        return rc != KITH_OK ? rc : KITH_DONE;
    }
    kithi_put64(wanted, *sequence + 1);
    rc = kithi_cursor_of(txn, KITHI_TABLE_TRANSITION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row);
    }
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_DONE : rc;
    }
    if (key.size != sizeof wanted || row.size != ROW_BYTES) {
        return damaged(txn);
    }
    read_row(row.data, &found);
    const kithi_formula *segment =
        kithi_catalog_formula(kithi_txn_catalog(txn), KITHI_CATALOG_SEGMENT, found.segment);
    kith_transition given = {.sequence = kithi_get64(key.data),
                             .id = found.id,
                             .number = found.profile,
                             .segment = segment != NULL ? segment->name : "",
                             .entered = found.entered,
                             .cause = found.cause,
                             .at_us = found.at_us};
    *sequence = given.sequence;
    kithi_give(out, &given, sizeof given);
    return KITH_OK;
}

/* Forgetting */

int kithi_transition_forgotten(kith_txn *txn, int64_t *out_us) {
    kithi_slice row;
    int rc = kithi_get(txn, KITHI_TABLE_META, forgotten_key, strlen(forgotten_key), &row);
    *out_us = rc == KITH_OK && row.size == 8 ? kithi_get_time(row.data) : INT64_MIN;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int note_forgotten(kith_txn *txn, int64_t at_us) {
    uint8_t row[8];
    kithi_put_time(row, at_us);
    return kithi_put(txn, KITHI_TABLE_META, forgotten_key, strlen(forgotten_key), row, sizeof row);
}

/* Deletes the first, if it is among those that are to go. KITH_NOT_FOUND: none is left. */
static int forget_first(kith_txn *txn, uint64_t sequence, int64_t *latest_us) {
    kithi_cursor *cursor;
    kithi_transition found;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_TRANSITION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    }
    if (rc != KITH_OK || key.size != 8 || kithi_get64(key.data) > sequence) {
        return rc == KITH_OK ? KITH_NOT_FOUND : rc;
    }
    if (row.size == ROW_BYTES) {
        read_row(row.data, &found);
        *latest_us = found.at_us > *latest_us ? found.at_us : *latest_us;
    }
    return kithi_delete(txn, KITHI_TABLE_TRANSITION, key.data, key.size);
}

int kith_transition_trim(kith_txn *txn, uint64_t sequence, uint64_t *out_count) {
    uint64_t count = 0;
    int64_t latest_us = INT64_MIN;
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK) {
        rc = kithi_transition_forgotten(txn, &latest_us);
    }
    while (rc == KITH_OK && (rc = forget_first(txn, sequence, &latest_us)) == KITH_OK) {
        count++;
    }
    rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    if (rc == KITH_OK && count > 0) {
        rc = note_forgotten(txn, latest_us);
    }
    if (rc == KITH_OK && out_count != NULL) {
        *out_count = count;
    }
    return rc == KITH_OK || count == 0 ? rc : kithi_txn_poison(txn, rc);
}
