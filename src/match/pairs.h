/*
 * Candidate pairs of a pool: those that share enough blocks of no more records than the cap. Each
 * is met once, at the record that comes first, so that no set of pairs is kept.
 */
#ifndef KITHI_MATCH_PAIRS_H
#define KITHI_MATCH_PAIRS_H

#include "src/base/workers.h"
#include "src/match/pool.h"

/* A block key and the place in the pool that has it. */
typedef struct kithi_block_place {
    uint64_t key;
    uint32_t place;
} kithi_block_place;

/* All keys of all records, sorted by key, then place. */
typedef struct kithi_block_places {
    kithi_block_place *items;
    size_t count;
} kithi_block_places;

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_block_places_make(const kithi_model *model, const kithi_pool *pool, unsigned threads,
                            kithi_block_places *out);
void kithi_block_places_clear(kithi_block_places *places);
/* Sets a model's cap, and how many weak blocks are wanted, by how many pairs the blocks would
 * propose. A cap that the model has already stays. */
void kithi_block_places_limit(const kithi_block_places *places, size_t pool_count,
                              kithi_model *model);
#define KITHI_BLOCK_CAP_MIN 10
#define KITHI_BLOCK_CAP_MAX 150

/* Blocks of 2 records up to the model's cap, in order of their keys. Places are those in the pool.
 * The model is borrowed. */
typedef struct kithi_blocks {
    const kithi_model *model;
    size_t count; /* blocks */
    size_t place_count;
    uint64_t *first;     /* block -> where its places begin; count + 1 of them */
    uint32_t *places;    /* ascending within a block */
    uint64_t *begins;    /* place -> where its blocks begin; pool count + 1 of them */
    uint32_t *of;        /* the blocks of a place, ascending, each with its kind behind it */
    uint64_t pair_count; /* that the blocks have, repeated ones counted */
} kithi_blocks;

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_blocks_make(const kithi_model *model, const kithi_block_places *places, size_t pool_count,
                      kithi_blocks *out);
void kithi_blocks_clear(kithi_blocks *blocks);

/* A candidate pair: places in the pool. */
typedef struct kithi_place_pair {
    uint32_t a, b;
} kithi_place_pair;

/* Calls `take` with all candidate pairs, each once, a < b, some at a time: all of one `a` together,
 * in no order of `b`. From several threads: each of KITHI_LANES lanes has its own `a`, ascending,
 * those of a lane before those of the next, and is worked by one thread at a time. A failure of
 * `take` ends it. */
#define KITHI_LANES 64
typedef int kithi_take_pairs_fn(void *context, size_t lane, const kithi_place_pair *pairs,
                                size_t count);
int kithi_blocks_each(const kithi_blocks *blocks, unsigned threads, kithi_take_pairs_fn *take,
                      void *context, const kithi_workers_ear *ear);
/* The same with all pairs whose `a` is one of some places; a pair of two of them comes twice. */
int kithi_blocks_each_of(const kithi_blocks *blocks, const uint32_t *places, size_t count,
                         unsigned threads, kithi_take_pairs_fn *take, void *context);

#endif
