/*
 * Baskets: what was bought together, as items by their numbers.
 */
#ifndef KITHI_SCORE_BASKETS_H
#define KITHI_SCORE_BASKETS_H

#include <stddef.h>
#include <stdint.h>

/* Borrowed. */
typedef struct kithi_baskets {
    const uint32_t *items; /* of one basket after the other; in each of them ascending, once */
    const size_t *ends;    /* of the baskets, in `items` */
    size_t count;
    uint32_t item_count; /* items are numbers below that */
} kithi_baskets;

static inline size_t kithi_basket_begin(const kithi_baskets *baskets, size_t basket) {
    return basket == 0 ? 0 : baskets->ends[basket - 1];
}

/* Of all baskets together. */
static inline size_t kithi_basket_line_count(const kithi_baskets *baskets) {
    return kithi_basket_begin(baskets, baskets->count);
}

#endif
