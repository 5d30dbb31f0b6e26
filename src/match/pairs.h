/*
 * Candidate pairs of a pool: those that share a block of no more records than the cap. Each is met
 * once, in the first block that both are in, so that no set of pairs is kept.
 */
#ifndef KITHI_MATCH_PAIRS_H
#define KITHI_MATCH_PAIRS_H

#include "src/match/pool.h"

/* Blocks of 2 to `cap` records, in order of their keys. Places are those in the pool. */
typedef struct kithi_blocks {
    uint32_t cap;
    size_t count;        /* blocks */
    uint64_t *first;     /* block -> where its places begin; count + 1 of them */
    uint32_t *places;    /* ascending within a block */
    uint64_t *begins;    /* place -> where its blocks begin; pool count + 1 of them */
    uint32_t *of;        /* the blocks of a place, ascending */
    uint64_t pair_count; /* that the blocks have, repeated ones counted */
} kithi_blocks;

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_blocks_make(const kithi_model *model, const kithi_pool *pool, uint32_t cap,
                      unsigned threads, kithi_blocks *out);
void kithi_blocks_clear(kithi_blocks *blocks);

/* Whether `block` is the first that both places are in. */
bool kithi_blocks_is_first(const kithi_blocks *blocks, uint32_t a, uint32_t b, uint32_t block);

#endif
