/*
 * A column of the table of edit distances at a time, as two masks of its steps up and down (Myers
 * 1999); neighbours that are exchanged as in Hyyro (2003).
 */
#include "src/base/text.h"
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

static size_t common_beginning(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t size = 0;
    while (size < a_size && size < b_size && a[size] == b[size]) {
        size++;
    }
    return size;
}

static size_t common_end(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t size = 0;
    while (size < a_size && size < b_size && a[a_size - size - 1] == b[b_size - size - 1]) {
        size++;
    }
    return size;
}

/* Of texts of ASCII that are compared whole. What both begin or end with costs nothing. What is
 * left differs at both ends: it is two edits apart, or more, unless it is one letter, or two
 * exchanged. Above `max` it may be any number above. */
static unsigned edits_of_ascii(const char *a, size_t a_size, const char *b, size_t b_size,
                               unsigned max) {
    size_t beginning = common_beginning(a, a_size, b, b_size);
    a += beginning, a_size -= beginning;
    b += beginning, b_size -= beginning;
    size_t end = common_end(a, a_size, b, b_size);
    a_size -= end, b_size -= end;
    size_t fewer = a_size < b_size ? a_size : b_size, more = a_size < b_size ? b_size : a_size;
    if (fewer == 0 || more == 1 || more - fewer > max || (more > 2 && max < 2)) {
        return (unsigned)more;
    }
    return edits(a, a_size, b, b_size, true);
}

static bool is_short_ascii(const char *text, size_t size) {
    return size <= KITHI_POSITIONS_MAX && kithi_text_is_ascii(text, size);
}

unsigned kithi_damerau(const char *a, size_t a_size, const char *b, size_t b_size, unsigned max) {
    bool ascii = is_short_ascii(a, a_size) && is_short_ascii(b, b_size);
    unsigned distance =
        ascii ? edits_of_ascii(a, a_size, b, b_size, max) : edits(a, a_size, b, b_size, true);
    return distance <= max ? distance : max + 1;
}
