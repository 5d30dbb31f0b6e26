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
 * must share two of them (kithi_model.weak_least), where all that join a name with where somebody
 * lives count as one, since a city and the area of its postcode say the same twice. Keys say what
 * they are in their lowest bits.
 */
typedef enum kithi_block_kind {
    KITHI_BLOCK_WEAK,
    KITHI_BLOCK_STRONG,
    KITHI_BLOCK_PLACED /* weak, of a name and where somebody lives */
} kithi_block_kind;
#define KITHI_BLOCK_KIND_BITS 2

static inline kithi_block_kind kithi_block_kind_of(uint64_t key) {
    return (kithi_block_kind)(key & ((1u << KITHI_BLOCK_KIND_BITS) - 1));
}

/* What two records share, key by key: how many weak ones and whether others. 0: nothing. */
typedef uint8_t kithi_block_share;
#define KITHI_SHARE_STRONG 0x80u
#define KITHI_SHARE_PLACED 0x40u
#define KITHI_SHARE_WEAK   0x3Fu

static inline kithi_block_share kithi_block_share_add(kithi_block_share share,
                                                      kithi_block_kind kind) {
    if (kind == KITHI_BLOCK_STRONG) {
        return share | KITHI_SHARE_STRONG;
    }
    bool counted = kind == KITHI_BLOCK_PLACED && (share & KITHI_SHARE_PLACED);
    bool full = (share & KITHI_SHARE_WEAK) == KITHI_SHARE_WEAK;
    share |= kind == KITHI_BLOCK_PLACED ? KITHI_SHARE_PLACED : 0;
    return counted || full ? share : (kithi_block_share)(share + 1);
}

/* Whether it is enough to compare them. */
static inline bool kithi_block_share_suffices(const kithi_model *m, kithi_block_share share) {
    return (share & KITHI_SHARE_STRONG) || (share & KITHI_SHARE_WEAK) >= m->weak_least;
}

/* The different keys of a record, ascending. `out` has KITHI_BLOCK_KEYS_MAX; returns how many. */
size_t kithi_block_keys(const kithi_model *model, const kithi_features *features, uint64_t *out);

#endif
