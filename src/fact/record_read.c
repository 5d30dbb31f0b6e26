/*
 * Reading records: by key, by number, one after another; and their values.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/fact/record_key.h"

static int view_of(kith_txn *txn, uint32_t number, kithi_slice row, kith_record *out) {
    kithi_row_header header;
    const kithi_source *source = NULL;
    kith_record view;
    if (kithi_row_read_header(row, &header)) {
        source = kithi_catalog_source(kithi_txn_catalog(txn), header.source);
    }
    if (source == NULL) {
        return kithi_record_damaged(txn, number);
    }
    view.number = number;
    view.id = header.id;
    view.source = source->name;
    view.key = header.key;
    view.first_seen_us = header.first_seen_us;
    view.at_us = header.at_us;
    view.txn = txn;
    view.row = row.data;
    view.row_bytes = row.size;
    kithi_give(out, &view, sizeof view);
    return KITH_OK;
}

int kith_record_get_number(kith_txn *txn, uint32_t number, kith_record *out) {
    kithi_slice row;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_record_row(txn, number, &row);
    }
    if (rc == KITH_NOT_FOUND) {
        return kithi_record_missing(txn, number);
    }
    return rc == KITH_OK ? view_of(txn, number, row, out) : rc;
}

int kith_record_get(kith_txn *txn, const char *source, const char *key, kith_record *out) {
    uint32_t number;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && (source == NULL || key == NULL)) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                             "kith_record_get: source and key are required");
    }
    if (rc == KITH_OK) {
        rc = kithi_record_number(txn, source, key, &number);
    }
    if (rc == KITH_NOT_FOUND) {
        return kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                               "no record '%.60s' of source '%.60s'", key, source);
    }
    return rc == KITH_OK ? kith_record_get_number(txn, number, out) : rc;
}

int kith_record_next_value(const kith_record *record, size_t *cursor, kith_record_value *out) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    kith_record_value found;
    kithi_slice row = {record->row, record->row_bytes};
    if (!kithi_row_values(row, &header, &walker)) {
        return kithi_record_damaged(record->txn, record->number);
    }
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    do {
        if (!kithi_row_next(&header, &walker, &value)) {
            return kithi_walker_done(&walker) ? KITH_DONE
                                              : kithi_record_damaged(record->txn, record->number);
        }
    } while (value.floor);
    const kithi_attribute *attribute =
        kithi_catalog_attribute(kithi_txn_catalog(record->txn), value.attribute);
    kithi_walker packed = kithi_walker_of(value.packed, value.packed_size);
    if (attribute == NULL ||
        !kithi_walk_value(&packed, kithi_txn_arena(record->txn), &found.value)) {
        return kithi_record_damaged(record->txn, record->number);
    }
    found.attribute = attribute->name;
    found.at_us = value.version.at_us;
    found.status = value.status;
    kithi_give(out, &found, sizeof found);
    *cursor = (size_t)(walker.at - start);
    return KITH_OK;
}

struct kith_record_iter {
    kithi_watch watch;
    kithi_cursor *cursor;
    bool started;
};

int kith_record_iter_open(kith_txn *txn, kith_record_iter **out) {
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    kith_record_iter *iter = calloc(1, sizeof *iter);
    if (iter == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    iter->watch = kithi_watch_begin(txn, KITHI_WATCH(KITHI_TABLE_RECORD));
    rc = kithi_cursor_open(txn, KITHI_TABLE_RECORD, &iter->cursor);
    if (rc != KITH_OK) {
        free(iter);
        return rc;
    }
    *out = iter;
    return KITH_OK;
}

int kith_record_iter_next(kith_record_iter *iter, kith_record *out) {
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    int rc = kithi_watch_check(&iter->watch, "records");
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(iter->cursor, iter->started ? KITHI_SEEK_NEXT : KITHI_SEEK_FIRST, &key,
                           &row);
    iter->started = true;
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_DONE : rc;
    }
    return view_of(iter->watch.txn, key.size == 4 ? kithi_get32(key.data) : 0, row, out);
}

void kith_record_iter_close(kith_record_iter *iter) {
    if (iter != NULL) {
        kithi_cursor_close(iter->cursor);
        free(iter);
    }
}
