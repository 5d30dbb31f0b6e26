/*
 * The comparisons of src/match/similar.h as their definitions say them, letter by letter, to
 * hold the quick ones against.
 */
#ifndef KITH_TESTS_NAIVE_SIMILAR_H
#define KITH_TESTS_NAIVE_SIMILAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/text.h"

#define NAIVE_LETTERS_MAX 64

typedef struct naive_letters {
    int32_t at[NAIVE_LETTERS_MAX];
    int count;
} naive_letters;

typedef struct naive_fraction {
    int64_t over, under;
} naive_fraction;

static inline naive_letters naive_decode(const char *text, size_t size) {
    naive_letters out = {{0}, 0};
    for (size_t at = 0; at < size && out.count < NAIVE_LETTERS_MAX;) {
        out.at[out.count++] = kithi_text_next(text, size, &at);
    }
    return out;
}

static inline int naive_least(int a, int b) {
    return a < b ? a : b;
}

static inline naive_fraction naive_sum(naive_fraction a, naive_fraction b) {
    return (naive_fraction){a.over * b.under + b.over * a.under, a.under * b.under};
}

static inline naive_fraction naive_product(naive_fraction a, naive_fraction b) {
    return (naive_fraction){a.over * b.over, a.under * b.under};
}

/* Collects the letters that match, in the order of each text; returns how many. */
static inline int naive_match(const naive_letters *a, const naive_letters *b, naive_letters *of_a,
                              naive_letters *of_b) {
    int longer = a->count > b->count ? a->count : b->count;
    int reach = longer / 2 - 1 > 0 ? longer / 2 - 1 : 0;
    bool taken[NAIVE_LETTERS_MAX] = {false};
    *of_a = *of_b = (naive_letters){{0}, 0};
    for (int i = 0; i < a->count; i++) {
        for (int j = 0; j < b->count; j++) {
            bool near = i - j <= reach && j - i <= reach;
            if (near && !taken[j] && a->at[i] == b->at[j]) {
                taken[j] = true;
                of_a->at[of_a->count++] = a->at[i];
                break;
            }
        }
    }
    for (int j = 0; j < b->count; j++) {
        if (taken[j]) {
            of_b->at[of_b->count++] = b->at[j];
        }
    }
    return of_a->count;
}

static inline int naive_jaro_winkler(const char *a_text, size_t a_size, const char *b_text,
                                     size_t b_size) {
    naive_letters a = naive_decode(a_text, a_size), b = naive_decode(b_text, b_size), of_a, of_b;
    if (a.count == 0 && b.count == 0) {
        return 1000;
    }
    int matched = naive_match(&a, &b, &of_a, &of_b), moved = 0, prefix = 0;
    if (matched == 0) {
        return 0;
    }
    for (int i = 0; i < matched; i++) {
        moved += of_a.at[i] != of_b.at[i];
    }
    while (prefix < naive_least(4, naive_least(a.count, b.count)) && a.at[prefix] == b.at[prefix]) {
        prefix++;
    }
    naive_fraction jaro = naive_product(
        naive_sum(naive_sum((naive_fraction){matched, a.count}, (naive_fraction){matched, b.count}),
                  (naive_fraction){matched - moved / 2, matched}),
        (naive_fraction){1, 3});
    naive_fraction missing = {jaro.under - jaro.over, jaro.under};
    naive_fraction bonus = naive_product((naive_fraction){prefix, 10}, missing);
    naive_fraction all = naive_sum(jaro, bonus);
    return (int)(all.over * 1000 / all.under);
}

/* The whole table of edit distances; `exchanges`: neighbours exchanged count one. */
static inline unsigned naive_edits(const char *a_text, size_t a_size, const char *b_text,
                                   size_t b_size, bool exchanges) {
    naive_letters a = naive_decode(a_text, a_size), b = naive_decode(b_text, b_size);
    int cost[NAIVE_LETTERS_MAX + 1][NAIVE_LETTERS_MAX + 1];
    for (int i = 0; i <= a.count; i++) {
        for (int j = 0; j <= b.count; j++) {
            if (i == 0 || j == 0) {
                cost[i][j] = i + j;
                continue;
            }
            int replaced = cost[i - 1][j - 1] + (a.at[i - 1] != b.at[j - 1]);
            int added = naive_least(cost[i - 1][j], cost[i][j - 1]) + 1;
            cost[i][j] = naive_least(replaced, added);
            if (exchanges && i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] &&
                a.at[i - 2] == b.at[j - 1]) {
                cost[i][j] = naive_least(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return (unsigned)cost[a.count][b.count];
}

#endif
