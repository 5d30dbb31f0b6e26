/*
 * Features to a like scale: how far a value is from the mean, in standard deviations, so that none
 * counts for more by its unit. A value that is missing becomes the mean; a feature that is the same
 * for all says nothing and becomes 0.
 */
#ifndef KITHI_SCORE_SCALE_H
#define KITHI_SCORE_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#define KITHI_SCALE_VALUE_MAX 1e100 /* of a value, either sign: squares stay finite */

/* Learns each column's mean and standard deviation (of all, not of a sample) from values row by
 * row, NAN where one is missing: both 0 where all are. False: the value at `out_bad` is infinite or
 * beyond KITHI_SCALE_VALUE_MAX. */
bool kithi_scale_learn(const double *values, size_t rows, size_t columns, double *means,
                       double *deviations, size_t *out_bad);
/* Puts one row to scale, in place; all it holds is finite then, where it was finite or NAN. */
void kithi_scale_apply(double *row, size_t columns, const double *means, const double *deviations);

#endif
