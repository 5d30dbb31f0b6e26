/*
 * Columns: of golden values and of events, for a chunk of 64 Ki profile numbers at a time. A chunk
 * has columns of all that is known of its profiles, or none yet. They say what the rows and the
 * events of those profiles do, but for the stale ones (members.h), and for dirty ones.
 */
#ifndef KITHI_STATE_MADE_COLUMNS_H
#define KITHI_STATE_MADE_COLUMNS_H

#include "src/state/state.h"

/* Whether a chunk has columns. */
int kithi_columns_made(kith_txn *txn, uint32_t chunk, bool *out);
/* Makes the columns of a chunk, or mends what they say of those who are stale, unless they are
 * damaged; nobody in it is stale then. */
int kithi_columns_make(kith_txn *txn, uint32_t chunk);
/* The first chunk from *chunk on that has none, or in which many are stale. KITH_NOT_FOUND. */
int kithi_columns_next(kith_txn *txn, uint32_t *chunk);

/* For verify: compares what columns say of profiles that are not stale with their rows and facts,
 * and counts what differs. */
int kithi_columns_check(kith_txn *txn, uint64_t *out_wrong);

#endif
