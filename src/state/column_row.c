#include "src/state/column_row.h"

#include <string.h>

#include "src/base/error.h"
#include "src/store/txn.h"

static int align(kith_txn *txn, kithi_arena *arena, kithi_slice *row) {
    if ((uintptr_t)row->data % sizeof(uint64_t) == 0) {
        return KITH_OK;
    }
    uint8_t *copy = kithi_arena_alloc(arena, row->size);
    if (copy == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    memcpy(copy, row->data, row->size);
    row->data = copy;
    return KITH_OK;
}

int kithi_column_row_get(kith_txn *txn, kithi_arena *arena, kithi_slice key, kithi_column *out) {
    kithi_slice row;
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, key.data, key.size, &row);
    rc = rc == KITH_OK ? align(txn, arena, &row) : rc;
    if (rc == KITH_OK && !kithi_column_read(row.data, row.size, out)) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                             "a column can't be read; run kith verify");
    }
    return rc;
}

int kithi_column_row_put(kith_txn *txn, kithi_slice key, const kithi_column_maker *maker,
                         kithi_buffer *room) {
    kithi_buffer_reset(room);
    if (!kithi_column_pack(maker, room)) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    return kithi_put(txn, KITHI_TABLE_COLUMN, key.data, key.size, room->data, room->size);
}

void kithi_column_set_operand(kithi_column_maker *maker, uint32_t place,
                              const kithi_operand *value) {
    switch (value->sort) {
    case KITHI_SORT_NUMBER:
        if (value->as.number == (int64_t)value->as.number) {
            kithi_column_set_number(maker, place, KITHI_COLUMN_NUMBER, (int64_t)value->as.number);
            return;
        }
        break;
    case KITHI_SORT_BOOLEAN:
        kithi_column_set_number(maker, place, KITHI_COLUMN_BOOLEAN, value->as.boolean);
        return;
    case KITHI_SORT_DATE:
        kithi_column_set_number(maker, place, KITHI_COLUMN_DATE, value->as.date_days);
        return;
    case KITHI_SORT_TIME:
        kithi_column_set_number(maker, place, KITHI_COLUMN_TIME, value->as.us);
        return;
    case KITHI_SORT_TEXT:
        kithi_column_set_text(maker, place, value->as.text.data, value->as.text.size);
        return;
    default:
        break;
    }
    kithi_column_set_odd(maker, place); /* a list, a map, a number beyond all */
}

kithi_operand kithi_column_operand(const kithi_column *column, uint32_t place) {
    size_t size;
    if (!kithi_column_has(column, place)) {
        return kithi_operand_null();
    }
    if (column->sort == KITHI_COLUMN_TEXT) {
        const char *text =
            kithi_column_text(column, (uint32_t)kithi_column_code(column, place), &size);
        return kithi_operand_text(text, size);
    }
    int64_t number = kithi_column_number(column, place);
    switch (column->sort) {
    case KITHI_COLUMN_BOOLEAN:
        return kithi_operand_boolean(number != 0);
    case KITHI_COLUMN_DATE:
        return kithi_operand_date(number);
    case KITHI_COLUMN_TIME:
        return kithi_operand_time(number, 0);
    default:
        return kithi_operand_number(number);
    }
}
