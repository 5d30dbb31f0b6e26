/*
 * Linking all records at once: the index of block keys and the scored pairs are made anew in
 * memory, by all processors, and written sorted. What comes out is what the changes would have
 * given one by one.
 */
#ifndef KITHI_IDENTITY_LINK_ALL_H
#define KITHI_IDENTITY_LINK_ALL_H

#include "kith/identity.h"
#include "src/match/model.h"
#include "src/match/pairs.h"

typedef struct kithi_link_options {
    bool train;        /* learn a new model, even where there is one */
    const char *model; /* NULL, or one as JSON that is put in force instead of learning one */
    unsigned threads;
    kith_progress_fn progress;
    void *context;
} kithi_link_options;

typedef struct kithi_link_result {
    uint64_t record_count;
    uint64_t compared_count; /* pairs */
    uint64_t scored_count;   /* of them kept */
    uint32_t model_version;
    bool trained;
} kithi_link_result;

/* In one write transaction. The records whose clusters may change await settle from then on. */
int kithi_identity_link_all(kith_txn *txn, const kithi_link_options *options,
                            kithi_link_result *out);

/* scored_pairs.c: the pairs of a pool, in memory. */

typedef struct kithi_pool_pair {
    uint32_t a, b; /* places in the pool, a < b */
    int32_t weight;
    uint64_t pattern;
} kithi_pool_pair;

typedef struct kithi_pool_pairs {
    kithi_pool_pair *items; /* in order of a, then b */
    size_t count;
    uint64_t compared_count;
} kithi_pool_pairs;

/* All pairs that weigh enough to be kept. The ear may be NULL. */
int kithi_pool_pairs_make(const kithi_model *model, const kithi_pool *pool,
                          const kithi_blocks *blocks, unsigned threads,
                          const kithi_workers_ear *ear, kithi_pool_pairs *out);
void kithi_pool_pairs_clear(kithi_pool_pairs *pairs);

#endif
