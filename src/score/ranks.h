/*
 * Who stands where in ascending order, without sorting: a count by leading digits tells in which
 * part a rank falls, and only that part is looked at again.
 */
#ifndef KITHI_SCORE_RANKS_H
#define KITHI_SCORE_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* out[i] is the value that stands at ranks[i] in ascending order, 0 being the least. Ranks are
 * below `count` and ascend, or repeat. False: memory is out. */
bool kithi_ranks(const int64_t *values, size_t count, const size_t *ranks, size_t rank_count,
                 int64_t *out);

/* The value in the middle, twice, or the two in the middle, whose mean is the median; 0 of none. */
bool kithi_middles(const int64_t *values, size_t count, int64_t out[2]);

#endif
