/*
 * A column of the table of edit distances at a time, as two masks of its steps up and down (Myers
 * 1999); neighbours that are exchanged as in Hyyro (2003).
 */
#include "src/match/similar.h"

static unsigned edits(const char *a, size_t a_size, const char *b, size_t b_size, bool exchanges) {
    kithi_positions pattern;
    uint64_t found[KITHI_POSITIONS_MAX];
    kithi_positions_make(a, a_size, &pattern);
    size_t count = kithi_positions_find(&pattern, b, b_size, found);
    if (pattern.count == 0) {
        return (unsigned)count;
    }
    uint64_t last = UINT64_C(1) << (pattern.count - 1);
    uint64_t up = UINT64_MAX, down = 0, level = 0, before = 0;
    unsigned distance = (unsigned)pattern.count;
    for (size_t i = 0; i < count; i++) {
        uint64_t equal = found[i];
        uint64_t exchanged = exchanges ? (~level & equal) << 1 & before : 0;
        level = (((equal & up) + up) ^ up) | equal | down | exchanged;
        uint64_t right_up = down | ~(level | up);
        uint64_t right_down = level & up;
        distance += (right_up & last) != 0;
        distance -= (right_down & last) != 0;
        right_up = right_up << 1 | 1;
        up = right_down << 1 | ~(level | right_up);
        down = right_up & level;
        before = equal;
    }
    return distance;
}

unsigned kithi_levenshtein(const char *a, size_t a_size, const char *b, size_t b_size) {
    return edits(a, a_size, b, b_size, false);
}

unsigned kithi_damerau(const char *a, size_t a_size, const char *b, size_t b_size, unsigned max) {
    unsigned distance = edits(a, a_size, b, b_size, true);
    return distance <= max ? distance : max + 1;
}
