/*
 * Insight: how good are the clusters? Compares them with known truth, and with copies of records
 * that it corrupts.
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
 * @param progress  NULL, or told of bytes of the "truth", "records" of it that were looked up,
 * "pairs".
 * @param context   handed to it
 * @return KITH_OK; KITH_NOT_FOUND (no such file); KITH_INVALID (columns, or a bad row: the line is
 * in the message); KITH_INTERRUPTED.
 */
KITH_API int kith_evaluate(kith *store, const char *truth_path, kith_progress_fn progress,
                           void *context, kith_evaluation **out, kith_error *error);
KITH_API void kith_evaluation_free(kith_evaluation *evaluation);

/* Self-audit: how good is the match model on this very data, without known truth? */

#define KITH_AUDIT_SHARE 0.005 /* of the records that are copied */

typedef struct kith_audit_options {
    size_t size;
    double share;              /* of the records, 0 to 1; 0: KITH_AUDIT_SHARE */
    kith_progress_fn progress; /* NULL, or told of "records", "copies", "blocks" */
    void *context;             /* handed to it */
} kith_audit_options;
#define KITH_AUDIT_OPTIONS_INIT                                                                    \
    { sizeof(kith_audit_options), 0, NULL, NULL }

/** Copies, and what became of them. Where link_count is 0 there is no precision to measure, and
 * where copy_count is 0 no recall: the figure is then 1, and the command prints none. It never
 * changes. */
typedef struct kith_audit_count {
    uint64_t copy_count;
    uint64_t found_count; /* of them those that would be linked to their original's profile */
    uint64_t link_count;  /* profiles that they would be linked to, of all copies */
    uint64_t right_count; /* of these the original's */
    kith_quality quality; /* precision: right of all links; recall: found of all copies */
} kith_audit_count;

/** The copies that have one kind of error, maybe beside others. */
typedef struct kith_audit_error {
    size_t size;
    const char *name; /* "typing error", "value missing", ... */
    kith_audit_count count;
} kith_audit_error;

/** An attribute that the model compares. */
typedef struct kith_audit_attribute {
    size_t size;
    const char *attribute;
    uint64_t record_count;   /* that have it */
    uint64_t value_count;    /* of all records; equal values of one record are one */
    uint64_t distinct_count; /* of these that differ, in more than case, accents and width */
    uint64_t top_count;      /* how often the most frequent one is there */
    const char *top_value;   /* it, in lower case; NULL: less than a hundredth of all */
    double completeness;     /* record_count of all records */
    double uniqueness;       /* distinct_count of value_count */
} kith_audit_attribute;

/** Owned: kith_audit_result_free(). */
typedef struct kith_audit_result {
    size_t size;
    uint32_t model_version;
    uint64_t record_count;
    kith_audit_count all;
    uint64_t identified_count; /* copies that still share an identifier with their original */
    uint64_t compared_count;   /* records that copies were compared with */
    size_t error_count, attribute_count;
    const kith_audit_error *const *errors;
    const kith_audit_attribute *const *attributes;
    uint64_t unlinkable_count; /* records that say too little: even their like is no link */
    uint32_t block_cap;
    uint64_t block_count;         /* values of block keys */
    uint64_t dropped_block_count; /* of more records than the cap: they propose nothing */
    uint64_t largest_block_count; /* records of the largest */
} kith_audit_result;

/**
 * Plants corrupted copies of some records in memory and looks where the match model would link
 * them. Nothing is written. It takes the share of the records that say something the model
 * compares, at least 200 and at most 20,000, as hashes of their ids decide; so the same facts give
 * the same figures, in whatever order they came.
 *
 * Each copy gets one error, half of them a second, a quarter a third, of different kinds. Of those
 * that its values allow each is drawn by its rate: a typing error in a name or an address (one
 * Latin letter replaced, left out, doubled, or exchanged with the next; 30 parts), a value missing
 * (20), the initial for the given name (10), given and family name swapped (5), day and month
 * swapped (5), one digit of the date wrong (10), the address of another record (10), another e-mail
 * (5), another phone (5).
 *
 * A copy is compared with all that share a block with it, as a record would be that is put, and is
 * linked to a profile with a record of which its weight is that of a link, if it is as likely as
 * not one person with a third of its records. Links by equal identifiers are no part of it: how
 * many copies they would find is in identified_count. The records of a person whom the store has
 * under several profiles count as wrong links: precision is rather better than it says.
 *
 * All is read in one snapshot, while others may write. Memory: 8 bytes for each value that is
 * compared, and little more.
 * @param options  NULL: as they are initialised.
 * @return KITH_OK; KITH_NOT_FOUND (the store has no match model yet); KITH_INVALID (the share);
 *         KITH_INTERRUPTED; KITH_NO_MEMORY; KITH_MISUSE (no place for the result, or options of a
 *         newer kith); what kith_txn_begin() returns.
 */
KITH_API int kith_audit(kith *store, const kith_audit_options *options, kith_audit_result **out,
                        kith_error *error);
KITH_API void kith_audit_result_free(kith_audit_result *result);

#ifdef __cplusplus
}
#endif
#endif
