/*
 * Insight: how good are the clusters? Compares them with known truth.
 */
#ifndef KITH_INSIGHT_H
#define KITH_INSIGHT_H

#include "kith/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Precision, recall and their harmonic mean, 0 to 1. It never changes. */
typedef struct kith_quality {
    double precision, recall, f1;
} kith_quality;

/** A pair that is wrong: records of two entities in one profile, or of one entity in two. */
typedef struct kith_wrong_pair {
    size_t size;
    const char *source_a, *key_a, *source_b, *key_b;
    const char *entity_a, *entity_b;
} kith_wrong_pair;

/** What linking all scored pairs from a threshold on would find, each pair for itself. */
typedef struct kith_curve_point {
    size_t size;
    double threshold_bits;
    uint64_t pair_count; /* scored pairs of two records of the truth, of so many bits or more */
    uint64_t right_pair_count; /* of them true ones */
    kith_quality quality;      /* recall: of all true pairs, scored or not */
} kith_curve_point;

/** Owned: kith_evaluation_free(). */
typedef struct kith_evaluation {
    size_t size;
    uint64_t record_count;  /* of the truth that the store has */
    uint64_t missing_count; /* of the truth that it hasn't; left out of every figure */
    uint64_t entity_count;
    uint64_t profile_count;
    uint64_t true_pair_count, found_pair_count, right_pair_count;
    kith_quality pairwise;
    /* B-cubed: Bagga and Baldwin, "Algorithms for scoring coreference chains", 1998. */
    kith_quality bcubed;
    uint64_t over_merge_count,
        under_merge_count; /* wrong pairs; at most 1,000 of each are listed */
    size_t over_listed, under_listed;
    const kith_wrong_pair *const *over_merges, *const *under_merges;
    /* What follows is 0 and NULL where the store has no match model. */
    uint32_t model_version;       /* of the one in force */
    double link_at_bits;          /* its threshold */
    uint64_t unscored_pair_count; /* true pairs that it knows nothing of: the two have no block in
                                     common, or too few bits to be kept */
    size_t curve_count;
    const kith_curve_point *const
        *curve; /* from the least that is kept to 20 bits, in steps of 2 */
} kith_evaluation;

/**
 * Compares the profiles with a CSV file of columns source, key, entity (in any order; also
 * DATA_SOURCE, RECORD_ID, CLUSTER_ID), parted by commas, semicolons, tabs or bars. Sources are
 * compared without regard to case; a key that is an e-mail address and that the store hasn't is
 * taken in its normal form, as imports key records by it. Precision of no found pairs is 1, recall
 * of no true pairs is 1.
 * @return KITH_OK; KITH_NOT_FOUND (no such file); KITH_INVALID (columns, or a bad row: the line is
 * in the message).
 */
KITH_API int kith_evaluate(kith *store, const char *truth_path, kith_evaluation **out,
                           kith_error *error);
KITH_API void kith_evaluation_free(kith_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
