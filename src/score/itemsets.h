/*
 * Frequent itemsets: items that at least so many baskets have together.
 *
 * Items go by their ranks: the rarest frequent one is 0, of equally rare ones that of the smaller
 * number comes first. An itemset is an ascending list of ranks, and all of them stand in trees: one
 * for each item, of those that begin with it. What comes out is the same for any number of threads.
 */
#ifndef KITHI_SCORE_ITEMSETS_H
#define KITHI_SCORE_ITEMSETS_H

#include "src/base/workers.h"
#include "src/score/baskets.h"

#define KITHI_ITEMSET_MAX 20 /* items */

typedef struct kithi_itemset_options {
    uint32_t least;        /* baskets that have it, at least 1 */
    uint32_t most_items;   /* of an itemset, 1 to KITHI_ITEMSET_MAX */
    uint64_t memory_bytes; /* the most for what is kept, and again for the work of each thread */
    unsigned threads;      /* at least 1 */
    const kithi_workers_ear *ear; /* NULL: nobody is told */
} kithi_itemset_options;

/* An itemset, by its last item. Its kids have one more each, in order of their last ones. */
typedef struct kithi_itemset {
    uint32_t rank;
    uint32_t support;   /* baskets that have it */
    uint32_t first_kid; /* its place among the tree's sets */
    uint32_t kid_count;
} kithi_itemset;

/* The first set is of one item alone. */
typedef struct kithi_itemset_tree {
    kithi_itemset *sets;
    size_t count;
} kithi_itemset_tree;

typedef struct kithi_itemsets {
    uint32_t *items;           /* by their ranks */
    kithi_itemset_tree *trees; /* likewise */
    uint32_t item_count;       /* that are frequent */
    uint64_t count;            /* of itemsets */
    uint64_t bytes;            /* that they take */
} kithi_itemsets;

/* Owned: kithi_itemsets_clear(), whatever is returned. KITH_OK; KITH_LIMIT: they take more memory
 * than they may; KITH_NO_MEMORY; KITH_INTERRUPTED. There are fewer than 2^32 lines. */
int kithi_itemsets_mine(const kithi_baskets *baskets, const kithi_itemset_options *options,
                        kithi_itemsets *out);
void kithi_itemsets_clear(kithi_itemsets *itemsets);

/* How many baskets have these, by ascending ranks; 0: they aren't frequent. */
uint32_t kithi_itemsets_support(const kithi_itemsets *itemsets, const uint32_t *ranks,
                                size_t count);

#endif
