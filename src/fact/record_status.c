/*
 * Statuses of values that are there when definitions change. What a value is was decided when it
 * was put: whether it was accepted as an identifier, and in what form, are facts. Whether it is
 * blocked is a rule over that form, and so follows from the definitions in force.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/holders.h"
#include "src/fact/normalise.h"
#include "src/fact/record_key.h"

/* Gives an identifier the status that the definitions now in force give it; true if that is another
 * one. What was put before its attribute became an identifier type is looked at for the first time.
 */
static bool restate(const kith_txn *txn, kithi_row_value *value) {
    const kithi_attribute *attribute =
        kithi_catalog_attribute(kithi_txn_catalog(txn), value->attribute);
    kithi_walker walker = kithi_walker_of(value->packed, value->packed_size);
    const char *text;
    size_t size, normal_size;
    char normal[KITHI_IDENTIFIER_MAX_BYTES];
    kith_value_status before = value->status;
    if (value->floor || before == KITH_VALUE_INVALID || attribute == NULL ||
        attribute->identifier == NULL || !kithi_walk_is_text(&walker) ||
        !kithi_walk_text(&walker, &text, &size)) {
        return false;
    }
    if (before == KITH_VALUE_PLAIN) {
        value->status = kithi_identifier_status(txn, attribute, text, size, normal, &normal_size);
        bool same_form = value->status != KITH_VALUE_INVALID && normal_size == size &&
                         memcmp(normal, text, size) == 0;
        value->status = same_form ? value->status : KITH_VALUE_INVALID;
    } else {
        bool blocked = kithi_identifier_blocked(attribute->identifier, text, size);
        value->status = blocked ? KITH_VALUE_BLOCKED : KITH_VALUE_LIVE;
    }
    return value->status != before;
}

static int move_identifier(kith_txn *txn, uint32_t record, const kithi_row_value *value, bool put) {
    const kithi_attribute *attribute =
        kithi_catalog_attribute(kithi_txn_catalog(txn), value->attribute);
    kithi_walker walker = kithi_walker_of(value->packed, value->packed_size);
    const char *text = "";
    size_t size = 0;
    kithi_walk_text(&walker, &text, &size);
    uint64_t hash = kithi_identifier_hash(attribute, text, size);
    return put ? kithi_holders_add(txn, hash, record) : kithi_holders_remove(txn, hash, record);
}

/* A row at work, copied since writing may move what LMDB lent. */
typedef struct restated_row {
    uint32_t record;
    kithi_buffer bytes;
    kithi_row_header header;
    kithi_row_value *values;
    size_t count;
    bool changed;
} restated_row;

static int no_memory(kith_txn *txn) {
    return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
}

/* Restates the values; identifiers that are no longer live leave the table of them. */
static int restate_values(kith_txn *txn, restated_row *r) {
    kithi_walker walker;
    int rc = KITH_OK;
    if (!kithi_row_values((kithi_slice){r->bytes.data, r->bytes.size}, &r->header, &walker)) {
        return kithi_txn_poison(txn, kithi_record_damaged(txn, r->record));
    }
    while (rc == KITH_OK && kithi_row_next(&r->header, &walker, &r->values[r->count])) {
        kithi_row_value *value = &r->values[r->count++];
        kith_value_status before = value->status;
        if (restate(txn, value)) {
            r->changed = true;
            rc = before == KITH_VALUE_LIVE ? move_identifier(txn, r->record, value, false) : rc;
        }
    }
    return rc == KITH_OK && !kithi_walker_done(&walker)
               ? kithi_txn_poison(txn, kithi_record_damaged(txn, r->record))
               : rc;
}

/* Puts all identifiers that are live, not only those that came to be: two values with one hash
 * share an entry. */
static int put_live(kith_txn *txn, const restated_row *r) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < r->count; i++) {
        if (!r->values[i].floor && r->values[i].status == KITH_VALUE_LIVE) {
            rc = move_identifier(txn, r->record, &r->values[i], true);
        }
    }
    return rc;
}

static int write_restated(kith_txn *txn, const restated_row *r) {
    uint8_t number[4];
    kithi_buffer written;
    kithi_buffer_init(&written);
    kithi_put32(number, r->record);
    kithi_row_write(&written, &r->header, r->values, r->count);
    int rc = kithi_buffer_ok(&written) ? kithi_put(txn, KITHI_TABLE_RECORD, number, sizeof number,
                                                   written.data, written.size)
                                       : no_memory(txn);
    kithi_buffer_clear(&written);
    return rc;
}

static int reclassify_row(kith_txn *txn, uint32_t record, kithi_slice stored) {
    restated_row r = {.record = record};
    kithi_buffer_init(&r.bytes);
    kithi_buffer_append(&r.bytes, stored.data, stored.size);
    r.values = calloc(stored.size / 2 + 1, sizeof *r.values);
    int rc =
        r.values != NULL && kithi_buffer_ok(&r.bytes) ? restate_values(txn, &r) : no_memory(txn);
    if (rc == KITH_OK && r.changed) {
        rc = put_live(txn, &r);
    }
    if (rc == KITH_OK && r.changed) {
        rc = write_restated(txn, &r);
    }
    if (rc == KITH_OK && r.changed) {
        rc = kithi_fact_note_row(txn, record, (kithi_slice){r.bytes.data, r.bytes.size});
    }
    free(r.values);
    kithi_buffer_clear(&r.bytes);
    return rc;
}

int kithi_fact_reclassify(kith_txn *txn) {
    kithi_counters *counters;
    int rc = kithi_txn_counters(txn, &counters);
    for (uint64_t record = 0; rc == KITH_OK && record < counters->next_record; record++) {
        kithi_slice row;
        rc = kithi_record_row(txn, (uint32_t)record, &row);
        if (rc == KITH_OK) {
            rc = reclassify_row(txn, (uint32_t)record, row);
        } else if (rc == KITH_NOT_FOUND) {
            rc = KITH_OK;
        }
    }
    return rc;
}

int kithi_record_is_classified(kith_txn *txn, uint32_t record, bool *out) {
    kithi_slice row;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    *out = true;
    int rc = kithi_record_row(txn, record, &row);
    if (rc == KITH_OK && !kithi_row_values(row, &header, &walker)) {
        rc = kithi_record_damaged(txn, record);
    }
    while (rc == KITH_OK && *out && kithi_row_next(&header, &walker, &value)) {
        *out = !restate(txn, &value);
    }
    return rc;
}
