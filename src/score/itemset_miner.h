/*
 * Finding the itemsets that begin with one item.
 *
 * Only baskets that have the item count for them, and only what stands behind it there. So these
 * are numbered anew, and so on with each further item, as long as they are sparse (Uno's occurrence
 * deliver). Once they are dense enough a set is kept as a bitmap of the baskets that lack it:
 * dEclat (Zaki and Gouda 2003), whose sets get smaller with each item, and which knows early that
 * too few are left.
 */
#ifndef KITHI_SCORE_ITEMSET_MINER_H
#define KITHI_SCORE_ITEMSET_MINER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "src/score/itemsets.h"

/* Baskets with what may stand in an itemset. */
typedef struct kithi_itemset_rows {
    const uint32_t *entries; /* row by row, ascending, with KITHI_ITEMSET_END behind each */
    const uint32_t *ranks;   /* of the numbers that stand there; NULL: they are ranks */
    const uint32_t *places;  /* in `entries`, where each number stands: number by number */
    const uint32_t *ends;    /* of the numbers, in `places` */
} kithi_itemset_rows;
#define KITHI_ITEMSET_END UINT32_MAX

/* What all miners share. */
typedef struct kithi_itemset_mine {
    const kithi_itemset_options *options;
    uint32_t item_count;
    atomic_uint_fast64_t kept_bytes; /* by all of them */
    pthread_t leader;                /* the thread that tells how far all are */
    atomic_bool stopped;
    atomic_size_t done; /* trees */
} kithi_itemset_mine;

typedef struct kithi_itemset_miner {
    kithi_itemset_mine *mine;
    kithi_itemset_tree tree; /* at hand */
    size_t capacity;
    uint32_t *counts;    /* by number: all 0 between two items */
    uint32_t *touched;   /* numbers whose count isn't */
    uint64_t work_bytes; /* in use */
    uint32_t looks;
} kithi_itemset_miner;

/* False: memory is out. It is cleared in either case. */
bool kithi_itemset_miner_init(kithi_itemset_miner *miner, kithi_itemset_mine *mine);
void kithi_itemset_miner_clear(kithi_itemset_miner *miner);
/* The tree of an item, which becomes `out`, owned; also of what could not be done. What
 * kithi_itemsets_mine() returns. */
int kithi_itemset_miner_run(kithi_itemset_miner *miner, const kithi_itemset_rows *rows,
                            uint32_t item, kithi_itemset_tree *out);

#endif
