/*
 * Cut points: a whole crowd of numbers in bins that hold about as many each, and in top shares.
 * Whoever has the same number is in the same bin. Once made, cuts tell the bin of any number.
 */
#ifndef KITHI_SCORE_CUTS_H
#define KITHI_SCORE_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_BINS_MIN 2
#define KITHI_BINS_MAX 10

/* Bins 1 to `bins`; a number is in the first one whose cut isn't below it, or in the last, which
 * has none. */
typedef struct kithi_cuts {
    unsigned bins;
    int64_t at[KITHI_BINS_MAX - 1]; /* they never descend */
} kithi_cuts;

/*
 * Makes the cuts of `bins` bins. Cut k stands where k/bins of the way from the least to the largest
 * is done in ascending order: at (count - 1) k / bins, between two of the numbers in proportion
 * (what statistics calls a quantile of type 7). It is rounded up to what the numbers are counted
 * in: `unit`, or the tenth, hundredth ... of it that all of them are whole in; and a cut at the
 * largest number is put at the next smaller one there is. So the least number is in the first bin,
 * and the largest in the last, unless all are equal, who are in the first.
 * Of nobody all cuts are 0. `unit` is a power of 10. False: memory is out.
 */
bool kithi_cuts_make(const int64_t *values, size_t count, unsigned bins, int64_t unit,
                     kithi_cuts *out);

static inline unsigned kithi_cuts_bin(const kithi_cuts *cuts, int64_t value) {
    unsigned bin = 1;
    for (unsigned i = 0; i + 1 < cuts->bins; i++) {
        bin += value > cuts->at[i];
    }
    return bin;
}

/* The least number above this one that is in another bin; INT64_MAX: there is none. */
int64_t kithi_cuts_next(const kithi_cuts *cuts, int64_t value);

/*
 * Tiers: top shares, the best first. A tier and those before it take in as many as their shares
 * come to, rounded down, though at least one, and whoever has as much as the last of them; but
 * nobody who has nothing.
 */
#define KITHI_TIERS_MAX   16
#define KITHI_SHARE_WHOLE 1000000

typedef struct kithi_tiers {
    size_t count;
    int64_t from[KITHI_TIERS_MAX]; /* the least that is in each; above 0 */
} kithi_tiers;

/* `shares` are millionths of the crowd, each of those behind the ones before it, and come to
 * KITHI_SHARE_WHOLE at most. False: memory is out. */
bool kithi_tiers_make(const int64_t *values, size_t count, const uint32_t *shares,
                      size_t share_count, kithi_tiers *out);

/* Which tier, from 0 on; tiers->count: none. */
static inline size_t kithi_tiers_place(const kithi_tiers *tiers, int64_t value) {
    size_t place = 0;
    while (place < tiers->count && value < tiers->from[place]) {
        place++;
    }
    return place;
}

#endif
