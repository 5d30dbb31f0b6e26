/*
 * Columns of what rows say: of each attribute, and of each output of a score that is kept, a column
 * for each chunk of profiles in which somebody has it.
 */
#ifndef KITHI_STATE_ROW_COLUMNS_H
#define KITHI_STATE_ROW_COLUMNS_H

#include "src/state/column_row.h"
#include "src/state/members.h"

/* A column of a chunk that has some; KITH_NOT_FOUND: nobody in it has the attribute. */
int kithi_golden_column(kith_txn *txn, kithi_arena *arena, uint16_t attribute, uint32_t chunk,
                        kithi_column *out);
/* The same of an output of a score. */
int kithi_score_column(kith_txn *txn, kithi_arena *arena, uint16_t score, uint8_t output,
                       uint32_t chunk, kithi_column *out);

/* Making those of a chunk, or mending those that are there: of attributes
 * (KITHI_COLUMN_ATTRIBUTE), or of scores (KITHI_COLUMN_SCORE). */
typedef struct kithi_row_columns {
    kith_txn *txn;
    kithi_column_kind kind;
    uint32_t chunk, places;
    /* By what they are of: the id of an attribute, or the number of an output. */
    kithi_column_maker **makers; /* NULL: nobody has it, or nothing is mended */
    size_t count;
    kithi_column *stored; /* to be mended; NULL: they are made anew */
    bool *said;           /* by the row at hand */
    kithi_arena arena;
} kithi_row_columns;

int kithi_row_columns_begin(kithi_row_columns *making, kith_txn *txn, kithi_column_kind kind,
                            uint32_t chunk);
/* Those that are there, until all rows that changed are taken in: no write before. */
int kithi_row_columns_mend(kithi_row_columns *making, kith_txn *txn, kithi_column_kind kind,
                           uint32_t chunk);
/* Takes in the row of a profile of the chunk. */
int kithi_row_columns_take(kithi_row_columns *making, uint32_t profile, kithi_slice row);
/* Writes them, in place of those that are there; of those that are mended the ones that changed. */
int kithi_row_columns_put(kithi_row_columns *making);
/* Instead of writing: counts the columns that are there and say something else of somebody. */
int kithi_row_columns_compare(kithi_row_columns *making, const kithi_chunk *sure, uint64_t *wrong);
/* Also where it could not begin. */
void kithi_row_columns_clear(kithi_row_columns *making);

#endif
