/*
 * Training: what a model learns of a pool, without labels. How likely each level is for two random
 * records (u) is counted on a sample of pairs; how likely it is for two records of one person (m)
 * is found by expectation and maximisation over the patterns of candidate pairs (Dempster, Laird
 * and Rubin 1977; Winkler 1988).
 */
#ifndef KITHI_MATCH_TRAIN_H
#define KITHI_MATCH_TRAIN_H

#include "src/match/count_patterns.h"

typedef struct kithi_training {
    kithi_pattern_counts counts;
    double match_count;    /* of all pairs one person, as far as is known */
    double relative_count; /* and relatives */
    unsigned round_count;
} kithi_training;

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_model_train(kithi_model *model, const kithi_pool *pool, const kithi_blocks *blocks,
                      unsigned threads, kithi_training *out);
void kithi_training_clear(kithi_training *training);

#endif
