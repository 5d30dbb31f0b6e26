/* Levels of what is compared by how near it is: numbers and places. */
#include "src/base/bytes.h"
#include "src/match/levels.h"
#include "src/match/sphere.h"

static const uint8_t *bytes_of(const kithi_term_list *list, const kithi_term *term) {
    return (const uint8_t *)list->text + term->at;
}

static uint64_t size_of(int64_t number) {
    return number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
}

/* Whether two numbers differ by no more than one part in so many of the larger. */
static bool is_within(int64_t p, int64_t q, uint64_t parts) {
    uint64_t x = size_of(p), y = size_of(q), larger = x > y ? x : y;
    bool same_sign = (p < 0) == (q < 0);
    return same_sign && larger - (x > y ? y : x) <= larger / parts;
}

unsigned kithi_level_number(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                            const kithi_term *y) {
    int64_t p = (int64_t)kithi_get64(bytes_of(a, x)), q = (int64_t)kithi_get64(bytes_of(b, y));
    if (p == q) {
        return 5;
    }
    return is_within(p, q, 100) ? 4 : is_within(p, q, 20) ? 3 : is_within(p, q, 5) ? 2 : 1;
}

static kithi_point point_of(const kithi_term_list *list, const kithi_term *term) {
    const uint8_t *bytes = bytes_of(list, term);
    return (kithi_point){(int32_t)kithi_get32(bytes), (int32_t)kithi_get32(bytes + 4)};
}

unsigned kithi_level_geo(const kithi_term_list *a, const kithi_term *x, const kithi_term_list *b,
                         const kithi_term *y) {
    static const uint32_t metres[] = {100, 1000, 10000, 50000};
    kithi_point p = point_of(a, x), q = point_of(b, y);
    unsigned level = 5;
    for (size_t i = 0; i < sizeof metres / sizeof metres[0]; i++, level--) {
        if (kithi_points_within(p, q, metres[i])) {
            return level;
        }
    }
    return 1;
}
