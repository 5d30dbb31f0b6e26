/*
 * Queries: who is meant by an expression, how many they are, and what is asked about each.
 *
 * Answers are exact at any `now_us`, whether or not the store is settled: what settled sets and
 * rows don't say for sure is worked out from the facts, in the reader's snapshot. So settled stores
 * answer fast, and others answer the same. Thread rule: the transaction's.
 */
#ifndef KITH_QUERY_H
#define KITH_QUERY_H

#include "kith/segment.h"
#include "kith/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_query_options {
    size_t size;
    int64_t now_us;
    const kith_expression *where; /* a condition; NULL: every profile */
    /* What is asked about each; borrowed until the query is closed. */
    const kith_expression *const *columns;
    size_t column_count;       /* at most KITH_QUERY_COLUMNS_MAX */
    uint64_t limit;            /* the most profiles; 0: all */
    kith_progress_fn progress; /* NULL, or told of profiles looked at ("query") */
    void *context;             /* handed to it */
    unsigned threads;          /* the most that work at it; 0: as many as there are processors. The
                                  answer is the same for any number */
    uint32_t sample;           /* so many buckets of KITH_SAMPLE_BUCKETS; 0: all */
    const char *salt;          /* of the sample; NULL: KITH_SAMPLE_SALT */
} kith_query_options;
#define KITH_QUERY_OPTIONS_INIT                                                                    \
    { sizeof(kith_query_options), 0, NULL, NULL, 0, 0, NULL, NULL, 0, 0, NULL }
#define KITH_QUERY_COLUMNS_MAX 256
/*
 * A sample takes those in the first buckets: it is `where AND bucket(salt, 0, sample)`. So it is
 * the same customers each time and on every machine, one of 20 % has all of one of 10 %, and one of
 * another salt is drawn anew, without regard to the first.
 */
#define KITH_SAMPLE_BUCKETS    10000
#define KITH_SAMPLE_SALT       "sample"

/** A profile that is meant. Borrowed out. */
typedef struct kith_query_row {
    size_t size;
    kith_id id;
    uint32_t number;
    const kith_value *values; /* one for each column: as kith_expression_evaluate() gives them */
} kith_query_row;
#define KITH_QUERY_ROW_INIT                                                                        \
    { sizeof(kith_query_row), {{0}}, 0, NULL }

typedef struct kith_query kith_query;
/**
 * Opens a query: its profiles come in order of their numbers. Close it before the transaction ends.
 * A write of the transaction, a settle too, ends it, and so does kith_txn_reset(): its next step is
 * then KITH_MISUSE.
 * @param out  owned: kith_query_close().
 * @return KITH_OK; KITH_INVALID (`where` is no condition); KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_query_open(kith_txn *txn, const kith_query_options *options, kith_query **out);
/** The next profile; borrowed until the next step. KITH_DONE after the last; KITH_INTERRUPTED. */
KITH_API int kith_query_next(kith_query *query, kith_query_row *out);
/** NULL is fine. */
KITH_API void kith_query_close(kith_query *query);

/**
 * How many profiles are meant; columns and limit make no difference.
 * @return as kith_query_open(), and KITH_INTERRUPTED.
 */
KITH_API int kith_query_count(kith_txn *txn, const kith_query_options *options,
                              uint64_t *out_count);

#ifdef __cplusplus
}
#endif
#endif
