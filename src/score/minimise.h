/*
 * The least value of a smooth function of a few numbers: Newton's method with a line search, in
 * which second derivatives that lead to no bottom get a ridge (Nocedal and Wright, Numerical
 * Optimization, 3.4).
 */
#ifndef KITHI_SCORE_MINIMISE_H
#define KITHI_SCORE_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>

#define KITHI_MINIMISE_MAX 4 /* numbers */

/* Gives the value at a point, the gradient and, row by row, the second derivatives there. Where
 * there is none it gives INFINITY. */
typedef double kithi_objective(void *context, const double *at, double *gradient, double *curve);

typedef struct kithi_minimum {
    double value;
    double gradient_norm;                                  /* its greatest part */
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX]; /* second derivatives */
    unsigned evaluations;
    bool converged; /* to a gradient of next to nothing */
} kithi_minimum;

/* From `at`, which becomes where the minimum is: where no part of the gradient is more than
 * `enough`, or where rounding hides what is lower. */
kithi_minimum kithi_minimise(kithi_objective *objective, void *context, double enough, double *at,
                             size_t count);

#endif
