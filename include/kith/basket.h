/*
 * Baskets: what customers buy together, what goes with an item, and what a customer is likely to
 * buy next.
 *
 * Baskets are read once, from the events of a snapshot, and then asked as often as one likes: they
 * need the transaction no more. Each analysis is a function of them and its options alone, the same
 * for any number of threads. No number that comes out is NaN or infinite.
 *
 * Thread rule: kith_baskets_open() follows the transaction's. Once they are open, several threads
 * may ask the same baskets, or the same similar items, at once; rules and recommendations are
 * stepped through by one thread at a time. Things may be closed in any order.
 */
#ifndef KITH_BASKET_H
#define KITH_BASKET_H

#include "kith/profile.h"
#include "kith/segment.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits. */
#define KITH_BASKET_LINES_MAX  4000000000u         /* items of all baskets, and baskets, together */
#define KITH_BASKET_MEMORY     (UINT64_C(1) << 30) /* unless options say otherwise */
#define KITH_ITEM_MAX_BYTES    1024                /* an item's name */
#define KITH_ITEMSET_ITEMS_MAX 20                  /* items of both sides of a rule */

/* Reading baskets */

typedef struct kith_baskets_options {
    size_t size;
    const char *event; /* type of the events in which something is bought; NULL: "order", "purchase"
                          or "Order Completed", whichever the store has */
    /* Their property that holds the item: a text, or a number, which is told by its digits; of a
     * list, each of them. "items.sku" leads into what is nested. NULL: the first of "sku", "item",
     * "product_id" and "product" that the store has. */
    const char *item;
    const char *order; /* the property that holds the order's id: events of one customer that have
                          the same one are one basket. Of events without it, and where this is NULL,
                          those of the same time are */
    int64_t from_us;   /* events with from <= time < to, and not after now, count */
    int64_t to_us;
    int64_t now_us;
    const kith_expression *where; /* a condition: whose baskets count; NULL: everybody's */
    uint64_t memory_bytes;        /* the most for what is kept: 4 bytes an item of a basket, 8 a
                                     basket, 12 a customer, and the items' names; 0:
                                     KITH_BASKET_MEMORY. Reading takes up to three times as much */
    unsigned threads;             /* the most that read; 0: as many as there are processors */
    kith_progress_fn progress;    /* NULL, or told of profiles looked at ("query") */
    void *context;                /* handed to it */
} kith_baskets_options;
#define KITH_BASKETS_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(kith_baskets_options), NULL, NULL, NULL, INT64_MIN, INT64_MAX, 0, NULL, 0, 0, NULL, \
            NULL                                                                                   \
    }

typedef struct kith_baskets kith_baskets;
/**
 * Reads the baskets of all customers, or of those that a condition means, each customer once. What
 * is bought twice in a basket stands there once.
 * @param out  owned: kith_baskets_close(). It stays valid after the transaction.
 * @return KITH_OK, also where there are none; KITH_INVALID (the store has no such event type or
 *         property, or it can't be told which is meant; `where` is no condition); KITH_LIMIT (they
 * take more memory than they may); KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE; KITH_INTERRUPTED.
 */
KITH_API int kith_baskets_open(kith_txn *txn, const kith_baskets_options *options,
                               kith_baskets **out);
/** NULL is fine. */
KITH_API void kith_baskets_close(kith_baskets *baskets);

typedef struct kith_baskets_summary {
    size_t size;
    uint64_t customer_count; /* with at least one basket */
    uint64_t basket_count;   /* with at least one item */
    uint64_t item_count;     /* different ones */
    uint64_t line_count;     /* items of all baskets together */
    uint64_t left_out_count; /* values that name no item: longer than KITH_ITEM_MAX_BYTES,
                                true or false */
} kith_baskets_summary;
#define KITH_BASKETS_SUMMARY_INIT                                                                  \
    { sizeof(kith_baskets_summary), 0, 0, 0, 0, 0 }
KITH_API void kith_baskets_summarise(const kith_baskets *baskets, kith_baskets_summary *out);

/** An item that somebody has bought. Borrowed out. */
typedef struct kith_basket_item {
    size_t size;
    const char *item;
    uint64_t basket_count;   /* that have it */
    uint64_t customer_count; /* who have bought it */
    uint64_t again_count;    /* of them, in more than one basket */
    double repeat_share;     /* of the baskets that customers had behind their first one with it,
                                how many have it again; 0 where there was none */
} kith_basket_item;
#define KITH_BASKET_ITEM_INIT                                                                      \
    { sizeof(kith_basket_item), NULL, 0, 0, 0, 0 }
/** Steps through the items, in order of the bytes of their names; cursor 0 at the start. Borrowed
 * until the baskets are closed. KITH_OK; KITH_DONE. */
KITH_API int kith_baskets_next_item(const kith_baskets *baskets, size_t *cursor,
                                    kith_basket_item *out);

/** The same of one item by its name. KITH_OK; KITH_NOT_FOUND: nobody has bought it. */
KITH_API int kith_baskets_find_item(const kith_baskets *baskets, const char *item,
                                    kith_basket_item *out);

/* Association rules */

/** By what rules are ordered. The numbers are part of the interface. */
typedef enum kith_rules_order {
    KITH_RULES_BY_LIFT = 0,
    KITH_RULES_BY_CONFIDENCE = 1,
    KITH_RULES_BY_SUPPORT = 2,
    KITH_RULES_BY_LEVERAGE = 3
} kith_rules_order;

typedef struct kith_rules_options {
    size_t size;
    double min_support;      /* the least share of all baskets that have all items of a rule; more
                                than 0, at most 1. 0.01 */
    uint64_t min_count;      /* baskets instead; 0: min_support says it */
    double min_confidence;   /* 0 to 1. 0.2 */
    double min_lift;         /* 0: any. 0 */
    double max_p;            /* 0 to 1. 1: any */
    uint32_t max_items;      /* of both sides together, 2 to KITH_ITEMSET_ITEMS_MAX. 5 */
    uint32_t max_consequent; /* items of the consequent, at least 1. 1 */
    bool redundant;          /* keep redundant rules, too */
    kith_rules_order order;
    uint64_t limit;            /* the first of them in their order; 0: all */
    uint64_t memory_bytes;     /* the most for itemsets and rules, and for the work of each thread;
                                  0: KITH_BASKET_MEMORY */
    unsigned threads;          /* 0: as many as there are processors */
    kith_progress_fn progress; /* NULL, or told of items ("itemsets", then "rules") */
    void *context;
} kith_rules_options;
#define KITH_RULES_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(kith_rules_options), 0.01, 0, 0.2, 0, 1, 5, 1, false, KITH_RULES_BY_LIFT, 0, 0, 0,  \
            NULL, NULL                                                                             \
    }

/**
 * A rule: baskets with the antecedent often have the consequent, too. With n baskets, of which a
 * have the antecedent, c the consequent and b both:
 *
 *   support     b / n
 *   confidence  b / a
 *   lift        (b / n) / ((a / n) (c / n)): how many times as often as by chance they are together
 *   leverage    b / n - (a / n) (c / n)
 *   conviction  (1 - c / n) / (1 - b / a): how many times as often the rule would fail by chance.
 *               It is infinite where the rule never fails: `always` says so
 *   p           Fisher's exact test, one-sided: the chance of b or more if both had nothing to do
 *               with one another. Of a thousand such rules that are looked at, one in twenty has
 *               less than .05 all the same
 *
 * and lift lies between lift_low and lift_high at 95 %: exp(log lift -+ 1.96 s) with s^2 =
 * 1 / b - 1 / a - 1 / c + (2 lift - 1) / n, by the delta method for multinomial counts (Agresti,
 * Categorical Data Analysis, 16.1).
 */
typedef struct kith_rule {
    size_t size;
    const char *const *antecedent; /* items, in order of the bytes of their names */
    size_t antecedent_count;
    const char *const *consequent;
    size_t consequent_count;
    uint64_t antecedent_baskets, consequent_baskets, both_baskets;
    double support, confidence, lift, lift_low, lift_high, leverage;
    double conviction; /* 0 where `always` */
    bool always;       /* the confidence is 1 */
    double p;
} kith_rule;
#define KITH_RULE_INIT                                                                             \
    { sizeof(kith_rule), NULL, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, 0 }

typedef struct kith_rules_summary {
    size_t size;
    uint64_t basket_count;
    uint64_t min_count;       /* baskets that an itemset needed */
    uint64_t item_count;      /* frequent ones */
    uint64_t itemset_count;   /* frequent ones, those of one item too */
    uint64_t rule_count;      /* that are as asked for, before the limit */
    uint64_t redundant_count; /* rules that were left out for that alone */
} kith_rules_summary;
#define KITH_RULES_SUMMARY_INIT                                                                    \
    { sizeof(kith_rules_summary), 0, 0, 0, 0, 0, 0 }

typedef struct kith_rules kith_rules;
/**
 * Finds the association rules of baskets. A rule is redundant where one of the same consequent with
 * fewer items in its antecedent, or none, has at least its confidence: such rules are left out, and
 * with them those of a lift of 1 or less. Their order is by what `order` says, then by confidence,
 * support, how few items they have, and names.
 * @param out    owned: kith_rules_close().
 * @param error  NULL, or filled on failure.
 * @return KITH_OK, also where there are none; KITH_INVALID (an option is out of its range);
 *         KITH_LIMIT (itemsets or rules take more memory than they may); KITH_NO_MEMORY;
 *         KITH_MISUSE; KITH_INTERRUPTED.
 */
KITH_API int kith_rules_open(const kith_baskets *baskets, const kith_rules_options *options,
                             kith_rules **out, kith_error *error);
KITH_API void kith_rules_summarise(const kith_rules *rules, kith_rules_summary *out);
/** The next rule; borrowed until the next step. KITH_DONE after the last. */
KITH_API int kith_rules_next(kith_rules *rules, kith_rule *out);
/** NULL is fine. */
KITH_API void kith_rules_close(kith_rules *rules);

/* Similar items */

/** By what two items are alike. The numbers are part of the interface. */
typedef enum kith_similar_by {
    KITH_SIMILAR_BY_COSINE = 0, /* both / sqrt(item's customers * other's customers) */
    KITH_SIMILAR_BY_RATIO = 1   /* the log-likelihood ratio (Dunning 1993) of the four cells */
} kith_similar_by;

typedef struct kith_similar_options {
    size_t size;
    const char *const *items; /* of which; NULL: all. Or */
    size_t item_count;
    const kith_profile *customer; /* of those that a customer has bought; NULL: all */
    kith_similar_by by;
    uint32_t limit;            /* of each item; 0: all. 10 */
    uint32_t min_customers;    /* who have bought both, at least 1. 2 */
    uint64_t memory_bytes;     /* the most for what is counted; 0: KITH_BASKET_MEMORY */
    unsigned threads;          /* 0: as many as there are processors */
    kith_progress_fn progress; /* NULL, or told of items ("similar") */
    void *context;
} kith_similar_options;
#define KITH_SIMILAR_OPTIONS_INIT                                                                  \
    { sizeof(kith_similar_options), NULL, 0, NULL, KITH_SIMILAR_BY_COSINE, 10, 2, 0, 0, NULL, NULL }

/** Another item that the customers of one buy. Borrowed out. */
typedef struct kith_similar_item {
    size_t size;
    const char *item;
    const char *other;
    uint64_t item_customers, other_customers, both_customers;
    uint64_t later_customers; /* of both: the other one for the first time in a basket behind the
                                 first one with the item */
    double cosine;            /* 0 to 1 */
    double likelihood_ratio;  /* 0: as often as by chance; below 0: more seldom */
} kith_similar_item;
#define KITH_SIMILAR_ITEM_INIT                                                                     \
    { sizeof(kith_similar_item), NULL, NULL, 0, 0, 0, 0, 0, 0 }

typedef struct kith_similar kith_similar;
/**
 * Finds what else the customers of items buy, whenever that is: those whom two items have in common
 * make them alike. By the likelihood ratio only items count that are together more often than by
 * chance. Whether the same item is bought again is told by kith_baskets_next_item().
 * @param out    owned: kith_similar_close(). It keeps the baskets.
 * @param error  NULL, or filled on failure.
 * @return KITH_OK; KITH_NOT_FOUND (no basket has such an item); KITH_INVALID; KITH_LIMIT;
 *         KITH_NO_MEMORY; KITH_MISUSE; KITH_INTERRUPTED.
 */
KITH_API int kith_similar_open(const kith_baskets *baskets, const kith_similar_options *options,
                               kith_similar **out, kith_error *error);
/** Steps through the pairs: of one item after the other, as they were asked for or else by their
 * names, the most alike first; cursor 0 at the start. KITH_OK; KITH_DONE. */
KITH_API int kith_similar_next(const kith_similar *similar, size_t *cursor, kith_similar_item *out);
/** NULL is fine. */
KITH_API void kith_similar_close(kith_similar *similar);

/* Recommendations: what a customer is likely to buy next */

typedef struct kith_recommend_options {
    size_t size;
    const kith_profile *customer; /* NULL: of nobody, only of `items` */
    const char *const *items;     /* that lie in the basket at hand, beside what the customer has
                                     bought before; those that no basket has say nothing */
    size_t item_count;
    uint32_t limit;        /* of those to be bought again, and of new ones, each; 0: all. 10 */
    uint32_t reason_limit; /* items that speak for a new one: 0: all. 3 */
} kith_recommend_options;
#define KITH_RECOMMEND_OPTIONS_INIT                                                                \
    { sizeof(kith_recommend_options), NULL, NULL, 0, 10, 3 }

/** An item of the customer's that speaks for a new one. It never changes. */
typedef struct kith_recommend_reason {
    const char *item;
    double part; /* of the score; the parts of all reasons sum up to it */
} kith_recommend_reason;

/** What may be bought next. Borrowed out. */
typedef struct kith_recommendation {
    size_t size;
    const char *item;
    bool repeat;  /* it was bought before */
    double score; /* of a repeat, 0 to 1: how likely the next basket has it. Of a new one: the sum
                     of how alike it is to each item of the customer's. The two can't be compared */
    uint64_t basket_count;                /* of a repeat: the customer's baskets that have it, */
    uint64_t later_count;                 /* and those behind the first one */
    const kith_recommend_reason *reasons; /* of a new one, the strongest first */
    size_t reason_count;
} kith_recommendation;
#define KITH_RECOMMENDATION_INIT                                                                   \
    { sizeof(kith_recommendation), NULL, false, 0, 0, 0, NULL, 0 }

/*
 * A repeat's score is (h + 5 r) / (l + 5): of the l baskets behind the customer's first one with
 * the item h have it again, and r is the item's repeat_share: what is usual counts as much as five
 * baskets.
 */
#define KITH_RECOMMEND_USUAL 5

typedef struct kith_recommendations kith_recommendations;
/**
 * Recommends items: what the customer has bought before and is likely to buy again, and then new
 * ones that are alike to what was bought (Deshpande and Karypis 2004), by the measure of `similar`.
 * So that has to be of all items, or of the customer's and those at hand; its limit is how many
 * each of them speaks for. To a customer of whom nothing is known, what most customers have bought
 * is recommended, its score being the share of them, with no reasons.
 * @param out    owned: kith_recommendations_close(). It keeps the baskets.
 * @param error  NULL, or filled on failure.
 * @return KITH_OK; KITH_INVALID; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_recommendations_open(const kith_similar *similar,
                                       const kith_recommend_options *options,
                                       kith_recommendations **out, kith_error *error);
/** The next one: repeats, then new ones, the highest score first, ties by name. KITH_DONE after the
 * last. */
KITH_API int kith_recommendations_next(kith_recommendations *recommendations,
                                       kith_recommendation *out);
/** NULL is fine. */
KITH_API void kith_recommendations_close(kith_recommendations *recommendations);

#ifdef __cplusplus
}
#endif
#endif
