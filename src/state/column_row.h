/*
 * Rows of the table of columns, and what facts say in them. The kind comes first in a key, then
 * what tells columns of a kind apart, big-endian.
 */
#ifndef KITHI_STATE_COLUMN_ROW_H
#define KITHI_STATE_COLUMN_ROW_H

#include "src/base/arena.h"
#include "src/column/column.h"
#include "src/segment/operand.h"
#include "src/store/kv.h"

typedef enum kithi_column_kind {
    KITHI_COLUMN_MADE, /* the chunk has columns: how many places were mended since they were made */
    KITHI_COLUMN_ATTRIBUTE,
    KITHI_COLUMN_EVENTS,
    KITHI_COLUMN_SCORE
} kithi_column_kind;

/* Reads one. A small row, which stands anywhere in a page, is copied into the arena to where it may
 * be read. KITH_OK; KITH_NOT_FOUND; KITH_CORRUPT; KITH_NO_MEMORY. */
int kithi_column_row_get(kith_txn *txn, kithi_arena *arena, kithi_slice key, kithi_column *out);
/* Packs one into the buffer, which is room for it, and writes it. */
int kithi_column_row_put(kith_txn *txn, kithi_slice key, const kithi_column_maker *maker,
                         kithi_buffer *room);

/* Sets what is said at a place: a scalar, or what makes it odd. */
void kithi_column_set_operand(kithi_column_maker *maker, uint32_t place,
                              const kithi_operand *value);

/* What stands at a place; of an odd one and of one without a value no value. */
kithi_operand kithi_column_operand(const kithi_column *column, uint32_t place);

#endif
