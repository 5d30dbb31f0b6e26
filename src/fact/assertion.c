/*
 * Decisions of people about two records. Each stands under both of them: key = record, other, time,
 * hash; value = decision and who. The one that holds for a pair is the latest; ties: unlink, then
 * the greater `by`.
 */
#include <string.h>

#include "src/base/hash.h"
#include "src/base/text.h"
#include "src/fact/assertion.h"
#include "src/fact/fact.h"
#include "src/fact/record_key.h"

#define KEY_BYTES KITHI_ASSERTION_KEY_BYTES

static int put_side(kith_txn *txn, uint32_t record, uint32_t other, int64_t at_us,
                    const uint8_t *value, size_t size) {
    uint8_t key[KEY_BYTES];
    kithi_assertion_key(key, record, other, at_us, kithi_hash64(value, size, 0));
    return kithi_put(txn, KITHI_TABLE_ASSERTION, key, sizeof key, value, size);
}

static int find_records(kith_txn *txn, const char *source_a, const char *key_a,
                        const char *source_b, const char *key_b, uint32_t *a, uint32_t *b) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_get(txn, source_a, key_a, &record);
    if (rc != KITH_OK) {
        return rc;
    }
    *a = record.number;
    rc = kith_record_get(txn, source_b, key_b, &record);
    *b = record.number;
    if (rc == KITH_OK && *a == *b) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                             "'%.60s' and '%.60s' are the same record; name two", key_a, key_b);
    }
    return rc;
}

static int check_by(kith_txn *txn, const char *by) {
    size_t size = by != NULL ? strlen(by) : 0;
    if (size == 0 || size > 255 || !kithi_text_valid(by, size)) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "a decision needs who made it: 1 to 255 bytes of UTF-8");
    }
    return KITH_OK;
}

static int assert_pair(kith_txn *txn, kithi_decision decision, uint32_t a, uint32_t b,
                       const char *by, int64_t at_us, kith_change *out_change) {
    uint8_t value[1 + 255], key[KEY_BYTES];
    size_t size = strlen(by) + 1;
    kithi_slice present;
    value[0] = (uint8_t)decision;
    memcpy(value + 1, by, size - 1);
    kithi_assertion_key(key, a, b, at_us, kithi_hash64(value, size, 0));
    kith_change change = KITH_UNCHANGED;
    int rc = kithi_get(txn, KITHI_TABLE_ASSERTION, key, sizeof key, &present);
    if (rc == KITH_NOT_FOUND) {
        change = KITH_ADDED;
        rc = put_side(txn, a, b, at_us, value, size);
        if (rc == KITH_OK) {
            rc = put_side(txn, b, a, at_us, value, size);
        }
        if (rc == KITH_OK) {
            rc = kithi_fact_note_pair(txn, a, b);
        }
    }
    if (rc == KITH_OK && out_change != NULL) {
        *out_change = change;
    }
    return rc;
}

static int decide(kith_txn *txn, kithi_decision decision, const char *source_a, const char *key_a,
                  const char *source_b, const char *key_b, const char *by, int64_t at_us,
                  kith_change *out_change) {
    uint32_t a, b;
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK) {
        rc = check_by(txn, by);
    }
    if (rc == KITH_OK) {
        rc = find_records(txn, source_a, key_a, source_b, key_b, &a, &b);
    }
    return rc == KITH_OK ? assert_pair(txn, decision, a, b, by, at_us, out_change) : rc;
}

int kith_record_link(kith_txn *txn, const char *source_a, const char *key_a, const char *source_b,
                     const char *key_b, const char *by, int64_t at_us, kith_change *out_change) {
    return decide(txn, KITHI_DECISION_LINK, source_a, key_a, source_b, key_b, by, at_us,
                  out_change);
}

int kith_record_unlink(kith_txn *txn, const char *source_a, const char *key_a, const char *source_b,
                       const char *key_b, const char *by, int64_t at_us, kith_change *out_change) {
    return decide(txn, KITHI_DECISION_UNLINK, source_a, key_a, source_b, key_b, by, at_us,
                  out_change);
}

bool kithi_assertion_read(kithi_slice key, kithi_slice value, kithi_assertion *out) {
    if (key.size != KEY_BYTES || value.size < 2) {
        return false;
    }
    out->other = kithi_get32(key.data + 4);
    out->at_us = kithi_get_time(key.data + 8);
    out->decision = (kithi_decision)value.data[0];
    out->by = (const char *)value.data + 1;
    out->by_size = value.size - 1;
    return out->decision == KITHI_DECISION_LINK || out->decision == KITHI_DECISION_UNLINK;
}

/* Whether a decision of the same pair holds against the one before it. */
static bool prevails(const kithi_assertion *a, const kithi_assertion *b) {
    if (a->at_us != b->at_us) {
        return a->at_us > b->at_us;
    }
    if (a->decision != b->decision) {
        return a->decision == KITHI_DECISION_UNLINK;
    }
    size_t common = a->by_size < b->by_size ? a->by_size : b->by_size;
    int order = memcmp(a->by, b->by, common);
    return order != 0 ? order > 0 : a->by_size > b->by_size;
}

int kithi_assertion_next(kith_txn *txn, uint32_t record, uint64_t *other, kithi_assertion *out) {
    uint64_t all;
    int rc = kithi_count(txn, KITHI_TABLE_ASSERTION, &all);
    if (rc != KITH_OK || all == 0 || *other >= KITHI_ASSERTION_NOBODY) {
        return rc == KITH_OK ? KITH_DONE : rc;
    }
    uint8_t wanted[KEY_BYTES];
    kithi_cursor *cursor;
    kithi_assertion_key(wanted, record, (uint32_t)*other, INT64_MIN, 0);
    kithi_slice key = {wanted, sizeof wanted}, value = {NULL, 0};
    rc = kithi_cursor_of(txn, KITHI_TABLE_ASSERTION, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &value);
    }
    bool found = false;
    while (rc == KITH_OK && key.size == KEY_BYTES && memcmp(key.data, wanted, 4) == 0 &&
           !kithi_assertion_is_mark(key)) {
        kithi_assertion row;
        if (!kithi_assertion_read(key, value, &row)) {
            return kithi_error_set(
                kithi_txn_error(txn), KITH_CORRUPT,
                "a decision about record number %u can't be read; run kith check", record);
        }
        if (found && row.other != out->other) {
            break;
        }
        if (!found || prevails(&row, out)) {
            *out = row;
        }
        found = true;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &value);
    }
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    if (!found) {
        return KITH_DONE;
    }
    *other = (uint64_t)out->other + 1;
    return KITH_OK;
}

/* From the first mark of a record to the next record. */
static int skip_marks(kithi_cursor *cursor, kithi_slice *key, kithi_slice *value) {
    uint8_t next[KEY_BYTES];
    uint32_t record = kithi_get32(key->data);
    if (record == UINT32_MAX) { /* nobody's, so damaged; and there is no next one */
        return KITH_NOT_FOUND;
    }
    kithi_assertion_key(next, record + 1, 0, INT64_MIN, 0);
    *key = (kithi_slice){next, sizeof next};
    return kithi_cursor_seek(cursor, KITHI_SEEK_FROM, key, value);
}

int kithi_decided_each(kith_txn *txn, int (*take)(void *context, uint32_t a, uint32_t b),
                       void *context) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, value = {NULL, 0};
    uint64_t last = 0; /* no pair: a record is not decided on with itself */
    int rc = kithi_cursor_open(txn, KITHI_TABLE_ASSERTION, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &value);
    while (rc == KITH_OK) {
        kithi_assertion row;
        if (kithi_assertion_is_mark(key)) {
            rc = skip_marks(cursor, &key, &value);
            continue;
        }
        if (!kithi_assertion_read(key, value, &row)) {
            rc = kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                                 "a decision can't be read; run kith check");
            break;
        }
        uint64_t pair = kithi_get64(key.data);
        if (pair != last && kithi_get32(key.data) < row.other) {
            rc = take(context, kithi_get32(key.data), row.other);
        }
        last = pair;
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &value) : rc;
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
