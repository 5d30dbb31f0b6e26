/*
 * What training learns from: the patterns of pairs of a pool, and how many pairs have each. Counted
 * are all pairs of a few records, which are random ones, and a sample of the candidate pairs.
 *
 * What is drawn by chance is drawn by the ids of the records, so that the same facts give the same
 * counts in every store, whatever the order in which they came.
 */
#ifndef KITHI_MATCH_COUNT_PATTERNS_H
#define KITHI_MATCH_COUNT_PATTERNS_H

#include "src/match/pairs.h"

/* In order of the patterns. */
typedef struct kithi_patterns {
    struct kithi_pattern_count {
        uint64_t pattern;
        uint64_t count;
    } * items;
    size_t count;
} kithi_patterns;

typedef struct kithi_pattern_counts {
    kithi_patterns random;     /* of random pairs */
    kithi_patterns candidates; /* of pairs that share a block */
    double candidate_share;    /* how many of those pairs were counted */
    double pair_count;         /* of all records */
} kithi_pattern_counts;

/* KITH_OK; KITH_NO_MEMORY, and nothing to clear. */
int kithi_patterns_count_all(const kithi_model *model, const kithi_pool *pool,
                             const kithi_blocks *blocks, unsigned threads,
                             kithi_pattern_counts *out);
void kithi_pattern_counts_clear(kithi_pattern_counts *counts);

#endif
