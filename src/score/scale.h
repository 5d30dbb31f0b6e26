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

typedef struct kithi_scale {
    /* Its logarithm counts: of 1 and the value's size, with the value's sign. For what few have
     * much of, as spend, which else sets those few apart from all others. */
    bool logarithm;
    double mean, deviation; /* of all, not of a sample; deviation 0: the same for all */
} kithi_scale;

/* Learns each column's mean and deviation, of logarithms where the scale says so, from values row
 * by row, NAN where one is missing; both are 0 where all are. False: the value at `out_bad` is
 * infinite or beyond KITHI_SCALE_VALUE_MAX. */
bool kithi_scale_learn(const double *values, size_t rows, size_t columns, kithi_scale *scales,
                       size_t *out_bad);
/* Puts one row to scale, in place; all it holds is finite then, where it was finite or NAN. */
void kithi_scale_apply(double *row, size_t columns, const kithi_scale *scales);
/* The value, in its own unit, that is so many deviations from the mean. */
double kithi_scale_restore(const kithi_scale *scale, double deviations);

#endif
