/*
 * A pool: the features of all records in memory, for what looks at all of them.
 */
#ifndef KITHI_MATCH_POOL_H
#define KITHI_MATCH_POOL_H

#include "src/match/features.h"
#include "src/store/kv.h"

typedef struct kithi_pool {
    const kithi_features **items; /* by place; in order of the records */
    uint32_t *records;            /* their numbers */
    uint64_t *marks;              /* from their ids: the same in every store */
    size_t count, capacity;
    uint8_t **blocks; /* memory of the features */
    size_t block_count, block_capacity, mark_capacity, record_capacity;
} kithi_pool;

/* Reads all records, with so many threads. Told of the progress. KITH_INTERRUPTED. */
int kithi_pool_load(kith_txn *txn, const kithi_model *model, unsigned threads,
                    kith_progress_fn progress, void *context, kithi_pool *out);
void kithi_pool_clear(kithi_pool *pool);

#endif
