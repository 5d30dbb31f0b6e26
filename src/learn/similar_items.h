/*
 * Inside of similar items: of each item that was asked for, those that are alike.
 */
#ifndef KITHI_LEARN_SIMILAR_ITEMS_H
#define KITHI_LEARN_SIMILAR_ITEMS_H

#include "src/learn/basket.h"

struct kith_similar {
    kith_baskets *baskets;
    kith_similar_by by;
    uint32_t *items; /* which were asked for; NULL: all */
    size_t item_count;
    kithi_likes *likes; /* of each */
    size_t *ends;       /* of each item's, among all pairs */
};

/* Those of an item; NULL: it wasn't asked for. */
const kithi_likes *kithi_similar_of(const kith_similar *similar, uint32_t item);

#endif
