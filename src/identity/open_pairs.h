/*
 * Open pairs: pairs of records of two profiles that a person should decide on. Either their weight
 * is between what is kept and what links, or a rule refused their link, by the score or by an
 * identifier. Those whose profiles a person linked or kept apart already, and heavy ones that only
 * await settle, are not open.
 */
#ifndef KITHI_IDENTITY_OPEN_PAIRS_H
#define KITHI_IDENTITY_OPEN_PAIRS_H

#include "src/identity/links.h"
#include "src/identity/scored.h"

typedef struct kithi_open_pair {
    uint32_t a, b;           /* records, a < b */
    uint32_t head_a, head_b; /* the numbers of their profiles */
    int32_t weight;
    uint64_t pattern;
    kithi_rule rule; /* that refused the link; NONE: it weighs too little to link */
    uint16_t detail; /* attribute id that broke the rule */
} kithi_open_pair;

/* The pair of profiles, as one number. */
static inline uint64_t kithi_open_pair_profiles(const kithi_open_pair *pair) {
    uint32_t least = pair->head_a < pair->head_b ? pair->head_a : pair->head_b;
    uint32_t other = pair->head_a < pair->head_b ? pair->head_b : pair->head_a;
    return (uint64_t)least << 32 | other;
}

/* Hands all open pairs to `take`, whose failure ends it: one scan of the scored pairs, and one of
 * the links. Memory: what the decisions of people need. */
int kithi_open_pairs_each(kith_txn *txn, const kithi_model *model,
                          int (*take)(void *context, const kithi_open_pair *pair), void *context);

#endif
