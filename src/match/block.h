/*
 * Block keys: records that share one are compared, others aren't. A key is a hash of a block rule
 * and of the one or two things that a record says of its ingredients, so that most pairs of one
 * person share one even where something is misspelt, moved or missing, and few strangers do. Which
 * keys a record has is a pure function of its features and of the model's rules.
 */
#ifndef KITHI_MATCH_BLOCK_H
#define KITHI_MATCH_BLOCK_H

#include "src/match/features.h"

#define KITHI_BLOCK_KEYS_MAX 64 /* of a record, those of the first rules; more add nothing */
#define KITHI_BLOCK_KEY_BITS 40 /* two keys that fall together only cost comparisons */

/*
 * A weak key is shared by many strangers. In a large store two records that share weak keys only
 * must share two of them (kithi_model.weak_least). Keys say what they are in their lowest bit.
 */
static inline bool kithi_block_key_is_strong(uint64_t key) {
    return (key & 1) != 0;
}

/* Whether what two records share is enough to compare them. */
static inline bool kithi_block_keys_suffice(const kithi_model *m, size_t weak, size_t strong) {
    return strong > 0 || weak >= m->weak_least;
}

/* The different keys of a record, ascending. `out` has KITHI_BLOCK_KEYS_MAX; returns how many. */
size_t kithi_block_keys(const kithi_model *model, const kithi_features *features, uint64_t *out);

#endif
