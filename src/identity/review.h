/*
 * Choosing from the open pairs: the best of the queue, or those that would teach most. Both are
 * handed one pair after another and keep what may still be chosen.
 */
#ifndef KITHI_IDENTITY_REVIEW_H
#define KITHI_IDENTITY_REVIEW_H

#include "src/identity/open_pairs.h"

/* A pair that may be chosen. */
typedef struct kithi_choice {
    kithi_open_pair pair;
    kith_id ids[2]; /* of both records, the smaller first */
    bool swapped;   /* the smaller is that of b */
    uint64_t alike; /* suggestions: how many pairs have its pattern */
} kithi_choice;

typedef struct kithi_choices {
    kith_txn *txn;
    int32_t link_at;
    size_t limit;
    kithi_choice *items;
    size_t count, capacity;
    bool full;          /* the best: no less than the last of `limit` items is of use */
    kithi_map patterns; /* suggestions: pattern -> place in items */
} kithi_choices;

void kithi_choices_init(kithi_choices *choices, kith_txn *txn, int32_t link_at, size_t limit);
void kithi_choices_clear(kithi_choices *choices);

/* The heaviest of each pair of profiles, in order: at most `limit` items once it is ended. */
int kithi_best_add(kithi_choices *choices, const kithi_open_pair *pair);
void kithi_best_end(kithi_choices *choices);

/* Of each pattern the pair that is nearest to what links, in order of what it would teach. */
int kithi_suggestions_add(kithi_choices *choices, const kithi_open_pair *pair);
int kithi_suggestions_end(kithi_choices *choices);

#endif
