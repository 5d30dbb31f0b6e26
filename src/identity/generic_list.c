/* The generic values of a store, told from their marks, which are hashes: a record that has the
 * value shows its text. */
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/holders.h"
#include "src/identity/generic.h"
#include "src/identity/identity.h"

int kithi_generic_each(kith_txn *txn, int (*take)(void *context, const uint8_t mark[16]),
                       void *context) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_GENERIC, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL) : rc;
    while (rc == KITH_OK && key.size == KITHI_GENERIC_MARK_BYTES) {
        rc = take(context, key.data);
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Looks for the marked value among those of a record. */
static int find_value(kith_txn *txn, uint32_t number, const uint8_t mark[16],
                      kithi_generic_value *out) {
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    int rc = kith_record_get_number(txn, number, &record);
    while (rc == KITH_OK && (rc = kith_record_next_value(&record, &cursor, &value)) == KITH_OK) {
        uint8_t key[KITHI_GENERIC_MARK_BYTES];
        if (value.status != KITH_VALUE_LIVE || value.value.type != KITH_TYPE_TEXT) {
            continue;
        }
        const kithi_attribute *type =
            kithi_catalog_find_attribute(kithi_txn_catalog(txn), value.attribute);
        if (type != NULL && type->identifier != NULL) {
            kithi_generic_key(key, type, value.value.as.text.data, value.value.as.text.size);
            if (memcmp(key, mark, sizeof key) == 0) {
                out->type = value.attribute;
                out->text = value.value.as.text.data;
                out->size = value.value.as.text.size;
                return KITH_OK;
            }
        }
    }
    return rc == KITH_DONE ? KITH_NOT_FOUND : rc;
}

int kithi_generic_find(kith_txn *txn, const uint8_t mark[16], kithi_generic_value *out) {
    kithi_holders holders;
    uint32_t record;
    int rc = kithi_holders_all(txn, kithi_get64(mark), &holders, &record, &out->record_count);
    while (rc == KITH_OK) {
        rc = find_value(txn, record, mark, out);
        if (rc != KITH_NOT_FOUND) {
            return rc;
        }
        rc = kithi_holders_next(&holders, &record);
    }
    return rc;
}
