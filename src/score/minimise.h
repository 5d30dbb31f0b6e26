/*
 * The least value of a smooth function of a few numbers: BFGS with a line search (Nocedal and
 * Wright, Numerical Optimization, 6.1).
 */
#ifndef KITHI_SCORE_MINIMISE_H
#define KITHI_SCORE_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>

#define KITHI_MINIMISE_MAX 8 /* numbers */

/* Gives the value at a point, and the gradient there. Where there is none it gives INFINITY. */
typedef double kithi_objective(void *context, const double *at, double *gradient);

typedef struct kithi_minimum {
    double value;
    double gradient_norm; /* its greatest part */
    unsigned evaluations;
    bool converged; /* to a gradient of next to nothing */
} kithi_minimum;

/* From `at`, which becomes where the minimum is: where no part of the gradient is more than
 * `enough`, or where rounding hides what is lower. `inverse` is what one holds the inverse of the
 * second derivatives to be, row by row; NULL: nothing is known of it. */
kithi_minimum kithi_minimise(kithi_objective *objective, void *context, double enough,
                             const double *inverse, double *at, size_t count);

/* The matrix of second derivatives at a point, row by row, by differences of gradients. */
void kithi_hessian(kithi_objective *objective, void *context, const double *at, size_t count,
                   double *out);

#endif
