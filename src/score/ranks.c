#include "src/score/ranks.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 12
#define DIGITS     ((size_t)1 << DIGIT_BITS)

/* Values between two bounds, and how many of them have each leading digit. */
typedef struct part {
    const int64_t *values;
    size_t count;
    int64_t least;
    unsigned shift; /* what is behind the digit */
    size_t digits[DIGITS];
} part;

/* Ranks within a part, of which `before` values stand before it. */
typedef struct question {
    const size_t *ranks;
    size_t count, before;
    int64_t *out;
} question;

static size_t digit_of(const part *p, int64_t value) {
    return (size_t)(((uint64_t)value - (uint64_t)p->least) >> p->shift);
}

static void count_digits(part *p) {
    int64_t most = p->values[0];
    p->least = most;
    for (size_t i = 1; i < p->count; i++) {
        p->least = p->values[i] < p->least ? p->values[i] : p->least;
        most = p->values[i] > most ? p->values[i] : most;
    }
    uint64_t span = (uint64_t)most - (uint64_t)p->least;
    unsigned bits = span > 0 ? 64 - (unsigned)__builtin_clzll(span) : 0;
    p->shift = bits > DIGIT_BITS ? bits - DIGIT_BITS : 0;
    memset(p->digits, 0, sizeof p->digits);
    for (size_t i = 0; i < p->count; i++) {
        p->digits[digit_of(p, p->values[i])]++;
    }
}

static bool find(const int64_t *values, size_t count, const question *asked);

/* Looks for ranks among the values of one digit. */
static bool find_inside(const part *p, size_t digit, const question *asked) {
    size_t count = 0;
    if (p->shift == 0) {
        for (size_t i = 0; i < asked->count; i++) {
            asked->out[i] = (int64_t)((uint64_t)p->least + digit);
        }
        return true;
    }
    int64_t *inside = malloc(p->digits[digit] * sizeof *inside);
    for (size_t i = 0; inside != NULL && i < p->count; i++) {
        if (digit_of(p, p->values[i]) == digit) {
            inside[count++] = p->values[i];
        }
    }
    bool found = inside != NULL && find(inside, count, asked);
    free(inside);
    return found;
}

static bool find_in_part(const part *p, const question *all) {
    size_t digit = 0, before = all->before;
    for (size_t i = 0; i < all->count;) {
        while (all->ranks[i] >= before + p->digits[digit]) {
            before += p->digits[digit++];
        }
        size_t end = i + 1;
        while (end < all->count && all->ranks[end] < before + p->digits[digit]) {
            end++;
        }
        question some = {all->ranks + i, end - i, before, all->out + i};
        if (!find_inside(p, digit, &some)) {
            return false;
        }
        i = end;
    }
    return true;
}

static bool find(const int64_t *values, size_t count, const question *asked) {
    part *p = malloc(sizeof *p);
    if (p == NULL) {
        return false;
    }
    p->values = values;
    p->count = count;
    count_digits(p);
    bool found = find_in_part(p, asked);
    free(p);
    return found;
}

bool kithi_ranks(const int64_t *values, size_t count, const size_t *ranks, size_t rank_count,
                 int64_t *out) {
    question all = {ranks, rank_count, 0, out};
    return rank_count == 0 || find(values, count, &all);
}

bool kithi_middles(const int64_t *values, size_t count, int64_t out[2]) {
    size_t ranks[2] = {count > 0 ? (count - 1) / 2 : 0, count / 2};
    out[0] = out[1] = 0;
    return count == 0 || kithi_ranks(values, count, ranks, 2, out);
}
