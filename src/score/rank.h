/*
 * Scores in order, and what that order tells: who comes first, how far up a score is among all, and
 * how much better than chance the first ones are. Scores are finite.
 */
#ifndef KITHI_SCORE_RANK_H
#define KITHI_SCORE_RANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where each score stands in their descending order: out[0] is the place of the highest. Equal ones
 * stay in the order of their places. False: memory is out. */
bool kithi_rank(const double *scores, uint32_t count, uint32_t *out);
/* The same for those only of whom `is_out` says 0, at most `most`: how many there are, or -1 where
 * memory is out. `out` has room for all. */
int64_t kithi_rank_candidates(const double *scores, const uint8_t *is_out, uint32_t count,
                              uint32_t most, uint32_t *out);

/* Cut points: of each percent from the top the least score that belongs to it. A percent that is no
 * whole number of customers is rounded up, and who has the same score as the last belongs to it
 * too. */
#define KITHI_CUTS 100
/* False: memory is out. `count` is at least 1. */
bool kithi_cuts_find(const double *scores, uint32_t count, double out[KITHI_CUTS]);
/* The least percent from the top that a score belongs to, 1 to 100; those below all are in the
 * last. */
unsigned kithi_cuts_top(const double cuts[KITHI_CUTS], double score);

/* What is gained by taking those with the highest scores, where it is known whom it happened to. */
typedef struct kithi_lift {
    uint32_t taken;
    double happened; /* to so many of them; who ties with the last one counts by their chance */
    double share;    /* of those taken whom it happened to */
    double lift;     /* that by the share of all; 0 where it happened to nobody */
    double reached;  /* the share that they are of all whom it happened to; 0 as well */
} kithi_lift;
/* False: memory is out. At most all are taken. */
bool kithi_lift_find(const double *scores, const uint8_t *happened, uint32_t count, uint32_t taken,
                     kithi_lift *out);

#endif
