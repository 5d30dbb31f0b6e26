/*
 * Queries: who is meant by an expression, how many they are, and what is asked about each.
 *
 * Answers are exact at any `now_us`, whether or not the store is settled: what settled sets and
 * rows don't say for sure is worked out from the facts, in the reader's snapshot. So settled stores
 * answer fast, and others answer the same. Thread rule: the transaction's.
 *
 * A past `now_us` asks who was meant then: by the events, tags, consents, points and scores up to
 * it, whenever they arrived. What was overwritten isn't kept: attributes, who belongs to whom and
 * definitions are today's, and so are customers who weren't known yet.
 */
#ifndef KITH_QUERY_H
#define KITH_QUERY_H

#include "kith/arrow.h"
#include "kith/segment.h"
#include "kith/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_query_options {
    size_t size;
    int64_t now_us;
    /* A condition, borrowed until the query is closed; NULL: every profile. */
    const kith_expression *where;
    /* What is asked about each; borrowed until the query is closed. */
    const kith_expression *const *columns;
    size_t column_count;       /* at most KITH_QUERY_COLUMNS_MAX */
    uint64_t limit;            /* the most profiles; 0: all */
    kith_progress_fn progress; /* NULL, or told of profiles looked at ("query") */
    void *context;             /* handed to it */
    unsigned threads;          /* the most that work at it; 0: as many as there are processors. The
                                  answer is the same for any number */
    uint32_t sample;           /* so many buckets of KITH_SAMPLE_BUCKETS; 0: all */
    const char *salt;          /* of the sample, borrowed for the call; NULL: KITH_SAMPLE_SALT */
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
/** The next profile; borrowed until the next step. KITH_DONE after the last. After KITH_INTERRUPTED
 * it may be called again, and goes on where it was stopped. */
KITH_API int kith_query_next(kith_query *query, kith_query_row *out);
/** NULL is fine. */
KITH_API void kith_query_close(kith_query *query);

/**
 * Opens a query as an Arrow stream (kith/arrow.h has the types of its columns): "profile_id", a
 * text, and the columns that are asked for. What an expression gives is told by
 * kith_expression_gives(); of "any" the column is a text, so `max(order.total) + 0` asks for a
 * number. A value that isn't of its column's type, such as a text that was kept where a number
 * should be, is null.
 *
 * The stream reads from the transaction: read it before that ends, is reset or writes. After that
 * get_next fails with EINVAL and says so; releasing it is fine at any time.
 * @param options  what they point to is borrowed for the call; `context`, for `progress`, until the
 *                 stream is released.
 * @param names    of the columns, one for each, borrowed for the call; NULL, or NULL for one: as
 * its expression is written. No two are the same.
 * @param out      filled on success: whoever holds it calls its release.
 * @return as kith_query_open(); KITH_INVALID also of two columns of one name. Thread rule: the
 *         stream's functions are called as those of the transaction; arrays that it gave may be
 *         released in any thread.
 */
KITH_API int kith_query_arrow(kith_txn *txn, const kith_query_options *options,
                              const char *const *names, struct ArrowArrayStream *out);

/**
 * How many profiles are meant; columns and limit make no difference.
 * @return as kith_query_open(), and KITH_INTERRUPTED.
 */
KITH_API int kith_query_count(kith_txn *txn, const kith_query_options *options,
                              uint64_t *out_count);

typedef struct kith_overlap_options {
    size_t size;
    int64_t now_us;
    const kith_expression *const *conditions; /* borrowed for the call */
    size_t condition_count;                   /* 1 to KITH_OVERLAP_MAX */
    unsigned threads;                         /* as of a query */
    kith_progress_fn progress;                /* NULL, or told of profiles looked at ("query") */
    void *context;                            /* handed to it */
} kith_overlap_options;
#define KITH_OVERLAP_OPTIONS_INIT                                                                  \
    { sizeof(kith_overlap_options), 0, NULL, 0, 0, NULL, NULL }
#define KITH_OVERLAP_MAX 64

/**
 * Of each two conditions, how many profiles both of them mean: such as segment('a') and tag('b').
 * Exact, as queries are, and counted in one pass.
 * @param out_counts  condition_count rows of as many counts: in row a, column b those of a and b,
 * on the diagonal those of one alone. Set only on success.
 * @return KITH_OK; KITH_INVALID (one is no condition, there are none or too many);
 *         KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE; KITH_INTERRUPTED.
 */
KITH_API int kith_query_overlap(kith_txn *txn, const kith_overlap_options *options,
                                uint64_t *out_counts);

/* Counting tags */

/** A tag that somebody has. Borrowed out. */
typedef struct kith_tag_count {
    size_t size;
    const char *name;
    uint64_t profile_count; /* who have it, at least one */
} kith_tag_count;
#define KITH_TAG_COUNT_INIT                                                                        \
    { sizeof(kith_tag_count), NULL, 0 }

typedef struct kith_tag_counts kith_tag_counts;
/**
 * Counts for each tag who has it at a time.
 * @param out  owned: kith_tag_counts_close(). It stays valid after the transaction.
 * @return KITH_OK; KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_tag_counts_open(kith_txn *txn, int64_t now_us, kith_tag_counts **out);
/** The next tag, in order of the bytes of their names; borrowed until it is closed. KITH_DONE after
 * the last. */
KITH_API int kith_tag_counts_next(kith_tag_counts *counts, kith_tag_count *out);
/** NULL is fine. */
KITH_API void kith_tag_counts_close(kith_tag_counts *counts);

/* Tagging those who are meant */

/** All borrowed in. */
typedef struct kith_tag_where_options {
    size_t size;
    const char *where; /* a condition, such as segment('lapsed'), as text or, where
                          expression->json, as its JSON twin; required */
    const kith_expression_options *expression; /* how it is read; NULL: as they are initialised */
    int64_t now_us;                            /* when it is asked */
    const kith_tag_input *tag; /* what each is tagged with, but for whom; required */
    bool remove;               /* the tag is removed instead */
    bool dry_run;              /* nothing is written: the report says what would be */
    uint32_t batch_count;      /* of those who are tagged, in a transaction; 0: 10,000 */
    kith_progress_fn progress; /* NULL, or told of "query", and then of "tag" */
    void *context;             /* handed to it */
} kith_tag_where_options;
#define KITH_TAG_WHERE_OPTIONS_INIT                                                                \
    { sizeof(kith_tag_where_options), NULL, NULL, 0, NULL, false, false, 0, NULL, NULL }

/** What became of those who are meant. */
typedef struct kith_tag_where_report {
    size_t size;
    uint64_t matched_count;   /* who are meant */
    uint64_t added_count;     /* of them: who were tagged, or lost the tag */
    uint64_t unchanged_count; /* of them: who had the very same tag then, or none to lose */
} kith_tag_where_report;
#define KITH_TAG_WHERE_REPORT_INIT                                                                 \
    { sizeof(kith_tag_where_report), 0, 0, 0 }

/**
 * Tags everybody whom a condition means, by the rules of kith_tag_add() and at the record that
 * gives the profile its id. Who is meant is found first, in one snapshot; then they are tagged, in
 * transactions of their own. Nothing is written about those who at the tag's at_us have it already,
 * with the same value, origin, confidence, expiry and `by`, or of whom none is there to be removed:
 * so running it again, after a stop too, only does what is left. Call it while the thread holds no
 * write transaction on the store.
 * @param out_report  NULL is fine. Once who is meant is known: what is in the store, whatever is
 *                    returned; of a dry run what would be.
 * @param error       NULL, or filled on failure; `position` is the offset in the condition, or -1.
 * @return KITH_OK; KITH_INVALID (the condition, the tag); KITH_LIMIT; KITH_INTERRUPTED;
 *         KITH_NO_MEMORY; KITH_MISUSE; what kith_txn_begin() and kith_txn_commit() return.
 */
KITH_API int kith_tag_where(kith *store, const kith_tag_where_options *options,
                            kith_tag_where_report *out_report, kith_error *error);

#ifdef __cplusplus
}
#endif
#endif
