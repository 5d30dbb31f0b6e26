/*
 * Columns of golden values: of each attribute a column for each chunk of profiles, in which
 * somebody has it.
 */
#ifndef KITHI_STATE_GOLDEN_COLUMNS_H
#define KITHI_STATE_GOLDEN_COLUMNS_H

#include "src/state/column_row.h"
#include "src/state/members.h"

/* A column of a chunk that has some; KITH_NOT_FOUND: nobody in it has the attribute. */
int kithi_golden_column(kith_txn *txn, kithi_arena *arena, uint16_t attribute, uint32_t chunk,
                        kithi_column *out);

/* Making those of a chunk, or mending those that are there. */
typedef struct kithi_golden_columns {
    kith_txn *txn;
    uint32_t chunk, places;
    kithi_column_maker **makers; /* by attributes; NULL: nobody has it, or nothing is mended */
    size_t attribute_count;
    kithi_column *stored; /* by attributes, to be mended; NULL: they are made anew */
    bool *said;           /* by attributes: by the row at hand */
    kithi_arena arena;
} kithi_golden_columns;

int kithi_golden_columns_begin(kithi_golden_columns *making, kith_txn *txn, uint32_t chunk);
/* Those that are there, until all rows that changed are taken in: no write before. */
int kithi_golden_columns_mend(kithi_golden_columns *making, kith_txn *txn, uint32_t chunk);
/* Takes in the row of a profile of the chunk. */
int kithi_golden_columns_take(kithi_golden_columns *making, uint32_t profile, kithi_slice row);
/* Writes them, in place of those that are there; of those that are mended the ones that changed. */
int kithi_golden_columns_put(kithi_golden_columns *making);
/* Instead of writing: counts the columns that are there and say something else of somebody. */
int kithi_golden_columns_compare(kithi_golden_columns *making, const kithi_chunk *sure,
                                 uint64_t *wrong);
/* Also where it could not begin. */
void kithi_golden_columns_clear(kithi_golden_columns *making);

#endif
