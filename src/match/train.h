/*
 * Training: what a model learns of a pool, without labels. How likely each level is for two random
 * records (u) is counted on a sample of pairs; how likely it is for two records of one person (m)
 * is found by expectation and maximisation over the patterns of candidate pairs (Dempster, Laird
 * and Rubin 1977; Winkler 1988).
 *
 * What is drawn by chance is drawn by the ids of the records, so that the same facts give the same
 * model in every store, whatever the order in which they came.
 */
#ifndef KITHI_MATCH_TRAIN_H
#define KITHI_MATCH_TRAIN_H

#include "src/match/pairs.h"

/* Patterns and how many pairs have each, in order of the patterns. */
typedef struct kithi_patterns {
    struct kithi_pattern_count {
        uint64_t pattern;
        uint64_t count;
    } * items;
    size_t count;
} kithi_patterns;

typedef struct kithi_training {
    kithi_patterns random;     /* of random pairs */
    kithi_patterns candidates; /* of pairs that share a block */
    double candidate_share;    /* how many of those pairs were counted */
    double pair_count;         /* of all records */
    double match_count;        /* of them one person, as far as is known */
    double relative_count;     /* and relatives */
    unsigned round_count;
} kithi_training;

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_model_train(kithi_model *model, const kithi_pool *pool, const kithi_blocks *blocks,
                      unsigned threads, kithi_training *out);
void kithi_training_clear(kithi_training *training);

#endif
