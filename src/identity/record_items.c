#include "src/identity/record_items.h"

#include "src/base/bytes.h"
#include "src/store/txn.h"

int kithi_record_items(kith_txn *txn, const kithi_item_form *form, uint32_t record,
                       kithi_arena *arena, void **out, size_t *out_count) {
    uint8_t number[4];
    kithi_cursor *cursor;
    kithi_slice row;
    size_t count, taken = 0;
    kithi_put32(number, record);
    *out = NULL;
    *out_count = 0;
    int rc = kithi_values_of(txn, form->table, number, sizeof number, &cursor, &row, &count);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    char *items = kithi_arena_calloc(arena, count + 1, form->bytes);
    if (items == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    while (rc == KITH_OK && taken < count && form->read(row, items + taken * form->bytes)) {
        taken++;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &row);
    }
    *out = items;
    *out_count = taken;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
