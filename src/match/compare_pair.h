/*
 * Comparing two records under a model: the pattern of their levels, and what it weighs.
 */
#ifndef KITHI_MATCH_COMPARE_PAIR_H
#define KITHI_MATCH_COMPARE_PAIR_H

#include "src/match/features.h"
#include "src/match/levels.h"

#define KITHI_PATTERN_BITS 4 /* of a comparison's level in a pattern */

static inline unsigned kithi_pattern_level(uint64_t pattern, size_t comparison) {
    return (unsigned)(pattern >> (comparison * KITHI_PATTERN_BITS)) & 0xF;
}

/* The levels of all comparisons, four bits each, the first lowest. */
uint64_t kithi_pattern_of(const kithi_model *model, const kithi_features *a,
                          const kithi_features *b);

/* The weight of a pattern: without regard to how frequent what is shared is, and without the prior.
 */
int32_t kithi_pattern_weight(const kithi_model *model, kithi_rival rival, uint64_t pattern);

/* What is added for how frequent the terms are that a comparison found in both; 0 where its level
 * doesn't say so. */
int32_t kithi_frequency_weight(const kithi_model *model, size_t comparison, const kithi_features *a,
                               const kithi_features *b);

/*
 * The log odds that two records are one person: the lesser of both sums. Where they are surely less
 * than `least` it ends early, with KITHI_WEIGHT_LESS.
 */
int32_t kithi_pair_weight(const kithi_model *model, const kithi_features *a,
                          const kithi_features *b, int32_t least, uint64_t *out_pattern);
#define KITHI_WEIGHT_LESS INT32_MIN

/* Whether two records differ in what a person has one of in a way that, as the model has learnt,
 * one person's hardly ever do: a level that speaks against it with KITHI_CONTRADICTION bits or
 * more. */
bool kithi_features_contradict(const kithi_model *model, const kithi_features *a,
                               const kithi_features *b);
#define KITHI_CONTRADICTION (6 * KITHI_BIT)

#endif
