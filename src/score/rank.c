#include "src/score/rank.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/radix.h"

/* A number that is the lower, the higher the score is. */
static uint64_t descending_bits(double score) {
    uint64_t bits;
    score += 0; /* minus nought is nought */
    memcpy(&bits, &score, sizeof bits);
    return (bits & KITHI_SIGN_BIT) != 0 ? bits : ~(bits | KITHI_SIGN_BIT);
}

bool kithi_rank(const double *scores, uint32_t count, uint32_t *out) {
    uint64_t *numbers = calloc((size_t)count + 1, sizeof *numbers);
    for (uint32_t i = 0; numbers != NULL && i < count; i++) {
        numbers[i] = descending_bits(scores[i]);
    }
    bool ranked = numbers != NULL && kithi_radix_order(numbers, count, out);
    free(numbers);
    return ranked;
}

int64_t kithi_rank_candidates(const double *scores, const uint8_t *is_out, uint32_t count,
                              uint32_t most, uint32_t *out) {
    uint32_t kept = 0;
    if (!kithi_rank(scores, count, out)) {
        return -1;
    }
    for (uint32_t i = 0; i < count && kept < most; i++) {
        if (is_out[out[i]] == 0) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

/* Cuts */

bool kithi_cuts_find(const double *scores, uint32_t count, double out[KITHI_CUTS]) {
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    bool ranked = order != NULL && kithi_rank(scores, count, order);
    for (uint64_t i = 1; ranked && i <= KITHI_CUTS; i++) {
        out[i - 1] = scores[order[(i * count + KITHI_CUTS - 1) / KITHI_CUTS - 1]];
    }
    free(order);
    return ranked;
}

unsigned kithi_cuts_top(const double cuts[KITHI_CUTS], double score) {
    unsigned low = 0, high = KITHI_CUTS - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (score >= cuts[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low + 1;
}

/* Lift */

static double count_taken(const double *scores, const uint8_t *happened, const uint32_t *order,
                          uint32_t count, uint32_t taken) {
    double sum = 0;
    for (uint32_t i = 0, end; i < taken; i = end) {
        double here = 0;
        for (end = i; end < count && scores[order[end]] == scores[order[i]]; end++) {
            here += happened[order[end]] != 0;
        }
        sum += end <= taken ? here : here * (taken - i) / (end - i);
    }
    return sum;
}

bool kithi_lift_find(const double *scores, const uint8_t *happened, uint32_t count, uint32_t taken,
                     kithi_lift *out) {
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    bool ranked = order != NULL && kithi_rank(scores, count, order);
    if (ranked) {
        taken = taken < count ? taken : count;
        double all = count_taken(scores, happened, order, count, count);
        *out = (kithi_lift){.taken = taken,
                            .happened = count_taken(scores, happened, order, count, taken)};
        out->share = taken > 0 ? out->happened / taken : 0;
        out->lift = all > 0 ? out->share * count / all : 0;
        out->reached = all > 0 ? out->happened / all : 0;
    }
    free(order);
    return ranked;
}
