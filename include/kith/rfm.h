/*
 * RFM: how recently, how often and for how much each customer bought, at any time; scores from 1 to
 * 5 for each, the named segments that they make, and tiers by value.
 *
 * An order is an event of one type; its amount is a property. An amount below 0 is a refund, and so
 * is an event of the refund type, if one is named. Of each customer with orders up to `now_us`:
 *  - R, recency: days since the last order, by the calendar of the store's time zone;
 *  - F, frequency: how many orders, those of one day each for itself, unpaid ones too;
 *  - M, monetary value: what the orders came to, less refunds.
 *
 * Scores. With n bins, cut k stands at (customers - 1) * k / n in ascending order, between two
 * customers in proportion (a quantile of type 7). It is rounded up to a whole day or order, and of
 * amounts to the unit, tenth, hundredth ... that all of them are whole in; and a cut at the largest
 * number there is is put at the next smaller one. Who isn't above the first cut is in the first
 * bin, and so on: F and M are scored 1 to n, R n to 1. So customers with equal numbers always have
 * equal scores, and the smallest and the largest number the outermost ones; where all are equal
 * they are in the first bin.
 *
 * Segments are ranges of scores, in fifths (a score of another number of bins is in the fifth that
 * the middle of its bin is in); the first that fits is taken:
 *
 *   champions           R 4-5  F 4-5  M 4-5
 *   loyal               R 3-5  F 3-5  M 3-5
 *   cant_lose           R 1-2  F 4-5  M 4-5
 *   at_risk             R 1-2  F 3-5
 *   new                 R 5    F 1
 *   promising           R 4    F 1
 *   potential_loyalist  R 4-5
 *   need_attention      R 3    F 2-5
 *   about_to_sleep      R 2-3  F 1-2
 *   hibernating         R 1    F 1-2  M 3-5
 *   lost                R 1    F 1-2  M 1-2
 *
 * Tiers are top shares by M: platinum the first 1 % of the customers, gold the next 4 %, silver the
 * next 15 %, bronze the rest. A tier and those before it take in as many as their shares come to,
 * rounded down, though at least one, and whoever has as much as the last of them; nobody with 0 or
 * less is above bronze.
 */
#ifndef KITH_RFM_H
#define KITH_RFM_H

#include "kith/query.h"

#ifdef __cplusplus
extern "C" {
#endif

#define KITH_RFM_BINS_MAX 10

typedef struct kith_rfm_options {
    size_t size;
    int64_t now_us;     /* as of when */
    const char *event;  /* what orders are; NULL: the one of "order", "purchase", "Order Completed"
                           that the store has */
    const char *amount; /* the property of their amounts; NULL: the first of "amount", "total",
                           "revenue", "value" that the store has */
    const char *refund; /* events that give money back, whichever sign their amount has; NULL: there
                           are none */
    unsigned bins;      /* 2 to KITH_RFM_BINS_MAX; 0: 5 */
    const kith_expression *where; /* a condition, borrowed for the call: who is compared with one
                                     another; NULL: everybody */
    unsigned threads;             /* as of a query */
    kith_progress_fn progress;    /* NULL, or told of profiles looked at ("query") */
    void *context;                /* handed to it */
} kith_rfm_options;
#define KITH_RFM_OPTIONS_INIT                                                                      \
    { sizeof(kith_rfm_options), 0, NULL, NULL, NULL, 0, NULL, 0, NULL, NULL }

/** Customers who are in one segment or tier. Medians are those of the middle one, or between the
 * two in the middle; 0 of nobody. */
typedef struct kith_rfm_group {
    size_t size;
    const char *name;
    uint64_t customer_count, order_count;
    int64_t spent_micros; /* all sums of amounts stop at the largest number there is */
    double median_days, median_orders;
    int64_t median_spent_micros;
    int64_t least_spent_micros; /* of a tier: who has as much is in it, or above; INT64_MIN of the
                                   last one, and of segments */
} kith_rfm_group;

/** Customers with one score for R and one for F. It never changes. */
typedef struct kith_rfm_cell {
    uint64_t customer_count;
    int64_t spent_micros;
} kith_rfm_cell;

/** Owned: kith_rfm_free(). All but kith_rfm_next() is fine after the transaction, too. */
typedef struct kith_rfm_result {
    size_t size;
    const char *event, *amount, *refund; /* which were taken; refund may be NULL */
    int64_t today_days; /* the date that recency is counted to, in the store's time zone */
    unsigned bins;
    uint64_t customer_count;        /* who have orders: they are scored */
    uint64_t without_orders_count;  /* who are meant, and have none */
    uint64_t without_amounts_count; /* who are scored, and of whose orders none has an amount but 0
                                     */
    uint64_t order_count;
    int64_t spent_micros;
    /* bins - 1 each, ascending; all 0 where there is no customer. */
    const int64_t *day_cuts, *order_cuts, *spent_cuts_micros;
    const kith_rfm_group *const *segments; /* in the order above */
    size_t segment_count;
    const kith_rfm_group *const *tiers; /* best first */
    size_t tier_count;
    const kith_rfm_cell *grid; /* bins rows, of R from 1 on, of bins cells, of F from 1 on */
} kith_rfm_result;

/**
 * Works all of it out, at any time, whether or not the store is settled; of a past time as queries
 * are (query.h).
 * @param out  owned. Set only on success.
 * @return KITH_OK, also where there is no customer; KITH_INVALID (no such event or property, or
 *         none is named and it can't be told which; the bins; `where` is no condition);
 *         KITH_INTERRUPTED; KITH_CORRUPT; KITH_IO; KITH_NO_MEMORY; KITH_MISUSE. Thread rule: the
 *         transaction's.
 */
KITH_API int kith_rfm(kith_txn *txn, const kith_rfm_options *options, kith_rfm_result **out);

/** A customer who is scored. The id is a copy; texts are borrowed from the result. */
typedef struct kith_rfm_customer {
    size_t size;
    kith_id id;
    uint32_t number; /* of the profile */
    int64_t days;    /* since the last order */
    uint64_t order_count;
    int64_t spent_micros;
    unsigned r, f, m;
    const char *segment, *tier;
} kith_rfm_customer;
#define KITH_RFM_CUSTOMER_INIT                                                                     \
    { sizeof(kith_rfm_customer), {{0}}, 0, 0, 0, 0, 0, 0, 0, NULL, NULL }

/**
 * Steps through the customers, in order of their profiles' numbers; cursor 0 at the start. Only
 * while the transaction is there: a write of it, a settle too, ends that, and so does
 * kith_txn_reset().
 * @return KITH_OK; KITH_DONE; KITH_MISUSE; KITH_CORRUPT.
 */
KITH_API int kith_rfm_next(const kith_rfm_result *result, size_t *cursor, kith_rfm_customer *out);
/** NULL is fine. */
KITH_API void kith_rfm_free(kith_rfm_result *result);

#ifdef __cplusplus
}
#endif
#endif
