#include "src/score/ranks.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 12
#define DIGITS     ((size_t)1 << DIGIT_BITS)

#define NOWHERE UINT32_MAX

/* Values between two bounds, and how many of them have each leading digit. */
typedef struct part {
    const int64_t *values;
    size_t count;
    int64_t least;
    unsigned shift; /* what is behind the digit */
    size_t digits[DIGITS];
    uint32_t groups[DIGITS]; /* which of the groups that are looked at again; NOWHERE: none */
} part;

/* Ranks within a part, of which `before` values stand before it. */
typedef struct question {
    const size_t *ranks;
    size_t count, before;
    int64_t *out;
} question;

/* Ranks of one digit, and where its values are put to be looked at again. */
typedef struct group {
    question question;
    size_t digit;
    size_t begin, end;
} group;

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
    memset(p->groups, 0xff, sizeof p->groups);
    for (size_t i = 0; i < p->count; i++) {
        p->digits[digit_of(p, p->values[i])]++;
    }
}

static bool find(const int64_t *values, size_t count, const question *asked);

/* Parts the question by the digits that its ranks fall on; there is room for a group for each. */
static size_t part_question(part *p, const question *all, group *groups) {
    size_t digit = 0, before = all->before, group_count = 0;
    for (size_t i = 0; i < all->count;) {
        while (all->ranks[i] >= before + p->digits[digit]) {
            before += p->digits[digit++];
        }
        size_t end = i + 1;
        while (end < all->count && all->ranks[end] < before + p->digits[digit]) {
            end++;
        }
        p->groups[digit] = (uint32_t)group_count;
        groups[group_count++] =
            (group){.question = {all->ranks + i, end - i, before, all->out + i}, .digit = digit};
        i = end;
    }
    return group_count;
}

/* Nothing is behind the digit: it is the value. */
static void answer(const part *p, const group *g) {
    for (size_t i = 0; i < g->question.count; i++) {
        g->question.out[i] = (int64_t)((uint64_t)p->least + g->digit);
    }
}

/* Puts the values of the groups together, in one pass. */
static void gather(const part *p, group *groups, int64_t *room) {
    for (size_t i = 0; i < p->count; i++) {
        uint32_t which = p->groups[digit_of(p, p->values[i])];
        if (which != NOWHERE) {
            room[groups[which].end++] = p->values[i];
        }
    }
}

static bool look_again(const part *p, group *groups, size_t group_count) {
    size_t begin = 0;
    for (size_t i = 0; i < group_count; i++) {
        groups[i].begin = groups[i].end = begin;
        begin += p->digits[groups[i].digit];
    }
    int64_t *room = malloc((begin + 1) * sizeof *room);
    bool found = room != NULL;
    if (found) {
        gather(p, groups, room);
    }
    for (size_t i = 0; found && i < group_count; i++) {
        const group *g = &groups[i];
        found = find(room + g->begin, g->end - g->begin, &g->question);
    }
    free(room);
    return found;
}

static bool find_in_part(part *p, const question *asked) {
    group *groups = malloc((asked->count + 1) * sizeof *groups);
    bool found = groups != NULL;
    size_t group_count = found ? part_question(p, asked, groups) : 0;
    for (size_t i = 0; p->shift == 0 && i < group_count; i++) {
        answer(p, &groups[i]);
    }
    found = found && (p->shift == 0 || look_again(p, groups, group_count));
    free(groups);
    return found;
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
