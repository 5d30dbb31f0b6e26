/*
 * Items that the same customers buy.
 *
 * Two items are alike by how many customers have bought both, whenever that was: by the cosine of
 * the two sets of customers, or by Dunning's log-likelihood ratio, which says how sure it is that
 * this is no chance. Buying an item again is told apart from that: it is counted by itself.
 */
#ifndef KITHI_SCORE_LIKENESS_H
#define KITHI_SCORE_LIKENESS_H

#include <stdbool.h>

#include "src/base/workers.h"
#include "src/score/baskets.h"

/* Borrowed. */
typedef struct kithi_customers {
    kithi_baskets baskets;     /* of one customer after the other, in order of time */
    const size_t *basket_ends; /* of the customers, in baskets */
    size_t count;
} kithi_customers;

/* What an item is to its customers. */
typedef struct kithi_item_customers {
    uint32_t customers; /* who have bought it */
    uint32_t again;     /* of them, in more than one basket */
    uint64_t chances;   /* baskets of theirs behind the first one with it, */
    uint64_t hits;      /* and how many of these have it */
} kithi_item_customers;

/* How many of those chances were hits; 0 where there was none. */
static inline double kithi_repeat_share(const kithi_item_customers *item) {
    return item->chances > 0 ? (double)item->hits / (double)item->chances : 0;
}

/* What a customer has bought. */
typedef struct kithi_bought {
    uint32_t item;
    uint32_t first;   /* the basket in which it was for the first time, from 0 on */
    uint32_t baskets; /* that have it */
} kithi_bought;

/* Of all customers, and who has bought each item. */
typedef struct kithi_purchases {
    kithi_bought *bought; /* of one customer after the other, by item */
    size_t *ends;         /* of the customers, in `bought` */
    uint32_t *who;        /* customers, item by item, ascending */
    size_t *who_ends;     /* of the items, in `who` */
    kithi_item_customers *items;
    size_t customer_count;
    uint32_t item_count;
} kithi_purchases;

/* How many bytes that takes at most. */
uint64_t kithi_purchases_bytes(const kithi_customers *customers);
/* Owned: kithi_purchases_clear(), whatever is returned. False: memory is out. There are fewer than
 * 2^32 customers. */
bool kithi_purchases_make(const kithi_customers *customers, kithi_purchases *out);
void kithi_purchases_clear(kithi_purchases *purchases);
/* The same for one customer: how many different items. `out` has room for each line. */
size_t kithi_purchases_of(const kithi_customers *customers, size_t customer, kithi_bought *out);
/* What each item is to its customers, and nothing else; `out` has a place for each. False: memory
 * is out. */
bool kithi_purchases_count(const kithi_customers *customers, kithi_item_customers *out);
/* The lines of a customer. */
size_t kithi_customer_line_count(const kithi_customers *customers, size_t customer);

typedef struct kithi_like {
    uint32_t item;
    uint32_t both;  /* customers who have bought both */
    uint32_t later; /* of them, this one in a basket behind the first one with the other */
    double cosine, likelihood_ratio;
} kithi_like;

typedef struct kithi_likes {
    kithi_like *items; /* the most alike first, of equals the smaller number */
    size_t count;
} kithi_likes;

typedef struct kithi_like_options {
    const uint32_t *items; /* of which; NULL: all */
    size_t item_count;     /* of those */
    bool by_cosine;        /* else by the likelihood ratio, of those that are together more often
                              than by chance */
    uint32_t least;        /* customers who have bought both, at least 1 */
    uint32_t limit;        /* of each item; 0: all */
    uint64_t memory_bytes; /* the most for what comes out */
    unsigned threads;      /* at least 1 */
    const kithi_workers_ear *ear; /* NULL: nobody is told */
} kithi_like_options;

/* `out` has a place for each item that is asked for; each is owned: kithi_likes_clear(), whatever
 * is returned. KITH_OK; KITH_LIMIT; KITH_NO_MEMORY; KITH_INTERRUPTED. The same for any number of
 * threads. */
int kithi_likes_find(const kithi_purchases *purchases, const kithi_like_options *options,
                     kithi_likes *out);
void kithi_likes_clear(kithi_likes *likes, size_t count);

#endif
