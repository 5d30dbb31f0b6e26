#include "src/match/similar.h"

#define PREFIX_MAX 4 /* letters of a common beginning that count */

/* Of both texts, the letters that have an equal one near; as many here as there. */
typedef struct matches {
    uint64_t pattern;
    uint64_t text;
} matches;

/* Each letter of the text takes the first free one in the pattern. `found` says where the equal
 * ones are; the window of those near enough moves along. */
static matches match(size_t pattern_count, const uint64_t *found, size_t count) {
    size_t longer = pattern_count > count ? pattern_count : count;
    size_t reach = longer < 4 ? 0 : longer / 2 - 1;
    uint64_t window = (UINT64_C(2) << reach) - 1, free = UINT64_MAX, text = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t near = (found[i] & window) & free;
        free ^= near & (0 - near);
        text |= (uint64_t)(near != 0) << i;
        window = window + window + (i < reach);
    }
    return (matches){~free, text};
}

typedef struct order {
    uint32_t matched; /* letters */
    uint32_t moved;   /* those of them that aren't the same, each text's taken in its order */
} order;

static order compare_order(matches matched, const uint64_t *found) {
    order out = {0, 0};
    for (; matched.text != 0; out.matched++) {
        uint64_t lowest = matched.pattern & (0 - matched.pattern);
        out.moved += (found[__builtin_ctzll(matched.text)] & lowest) == 0;
        matched.pattern ^= lowest;
        matched.text &= matched.text - 1;
    }
    return out;
}

static uint32_t common_prefix(const uint64_t *found, size_t count) {
    uint32_t prefix = 0;
    while (prefix < PREFIX_MAX && prefix < count && (found[prefix] >> prefix & 1) != 0) {
        prefix++;
    }
    return prefix;
}

/* The formula of similar.h over one denominator; with 64 letters all of it is below 2^30. */
static int weigh(uint32_t n, uint32_t m, uint32_t matched, uint32_t halved, uint32_t prefix) {
    uint32_t whole = 3 * matched * n * m;
    uint32_t jaro = matched * matched * (n + m) + (matched - halved) * n * m;
    return (int)(((10 - prefix) * jaro + prefix * whole) * (KITHI_SIMILAR_EQUAL / 10) / whole);
}

void kithi_jaro_begin(kithi_jaro *pattern, const char *text, size_t size) {
    kithi_positions_make(text, size, &pattern->positions);
}

int kithi_jaro_winkler_with(const kithi_jaro *pattern, const char *b, size_t b_size) {
    uint64_t found[KITHI_POSITIONS_MAX];
    size_t pattern_count = pattern->positions.count;
    size_t count = kithi_positions_find(&pattern->positions, b, b_size, found);
    order letters = compare_order(match(pattern_count, found, count), found);
    if (letters.matched == 0) {
        return pattern_count == 0 && count == 0 ? KITHI_SIMILAR_EQUAL : 0;
    }
    return weigh((uint32_t)pattern_count, (uint32_t)count, letters.matched, letters.moved / 2,
                 common_prefix(found, count));
}

int kithi_jaro_winkler(const char *a, size_t a_size, const char *b, size_t b_size) {
    kithi_jaro pattern;
    kithi_jaro_begin(&pattern, a, a_size);
    return kithi_jaro_winkler_with(&pattern, b, b_size);
}

uint32_t kithi_letters_of(const char *text, size_t size) {
    uint32_t letters = 0;
    for (size_t i = 0; i < size && size <= KITHI_POSITIONS_MAX; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return 0;
        }
        letters |= UINT32_C(1) << (text[i] & 31);
    }
    return letters;
}

/* Letters of a text that have an equal one in another, at most. */
static uint32_t most_matched(const kithi_spelling *text, uint32_t others) {
    return (uint32_t)text->size - (uint32_t)__builtin_popcount(text->letters & ~others);
}

/* What the likeness is at most: letters that both have match, in their order. */
static int most_alike(const kithi_spelling *a, const kithi_spelling *b) {
    uint32_t mine = most_matched(a, b->letters), theirs = most_matched(b, a->letters);
    uint32_t matched = mine < theirs ? mine : theirs, prefix = 0;
    while (prefix < PREFIX_MAX && prefix < a->size && prefix < b->size &&
           a->text[prefix] == b->text[prefix]) {
        prefix++;
    }
    return matched > 0 ? weigh((uint32_t)a->size, (uint32_t)b->size, matched, 0, prefix) : 0;
}

int kithi_jaro_winkler_from(const kithi_spelling *a, const kithi_spelling *b, int least) {
    if (a->letters != 0 && b->letters != 0 && most_alike(a, b) < least) {
        return 0;
    }
    int likeness = kithi_jaro_winkler(a->text, a->size, b->text, b->size);
    return likeness >= least ? likeness : 0;
}
