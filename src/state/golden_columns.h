/*
 * Columns of golden values: of each attribute, a chunk of 64 Ki profile numbers a row, as the rows
 * of those profiles say, but for the stale ones (members.h). A chunk has columns of all attributes,
 * or none yet.
 */
#ifndef KITHI_STATE_GOLDEN_COLUMNS_H
#define KITHI_STATE_GOLDEN_COLUMNS_H

#include "src/column/column.h"
#include "src/state/members.h"

/* Whether a chunk has columns. */
int kithi_columns_made(kith_txn *txn, uint32_t chunk, bool *out);
/* A column of a chunk that has some; KITH_NOT_FOUND: nobody in it has the attribute. */
int kithi_columns_get(kith_txn *txn, uint16_t attribute, uint32_t chunk, kithi_column *out);
/* Makes the columns of a chunk anew; nobody in it is stale then. */
int kithi_columns_make(kith_txn *txn, uint32_t chunk);
/* The first chunk from *chunk on that has none, or in which many are stale. KITH_NOT_FOUND. */
int kithi_columns_next(kith_txn *txn, uint32_t *chunk);

/* For verify: makes the columns of all chunks that have some once more, and counts those that say
 * something else of a profile that isn't stale. */
int kithi_columns_check(kith_txn *txn, uint64_t *out_wrong);

#endif
