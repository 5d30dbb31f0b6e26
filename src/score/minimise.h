/*
 * The least value of a smooth function of a few numbers, by a line search (Nocedal and Wright,
 * Numerical Optimization): in Newton's direction where second derivatives are given and it leads to
 * a bottom (3.3), else in that of BFGS (6.1).
 */
#ifndef KITHI_SCORE_MINIMISE_H
#define KITHI_SCORE_MINIMISE_H

#include <stdbool.h>
#include <stddef.h>

#define KITHI_MINIMISE_MAX 8 /* numbers */

/* Gives the value at a point, the gradient there and, unless NULL, the second derivatives row by
 * row. Where there is none it gives INFINITY. */
typedef double kithi_objective(void *context, const double *at, double *gradient, double *curve);

typedef struct kithi_smooth {
    kithi_objective *objective;
    void *context;
    size_t count; /* of numbers */
    bool curved;  /* it gives second derivatives; else it isn't asked for them */
} kithi_smooth;

typedef struct kithi_minimum {
    double value;
    double gradient_norm; /* its greatest part */
    unsigned evaluations;
    bool converged;                                        /* to a gradient of next to nothing */
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX]; /* where it is given */
} kithi_minimum;

/* From `at`, which becomes where the minimum is: where no part of the gradient is more than
 * `enough`, or where rounding hides what is lower. `inverse` is what one holds the inverse of the
 * second derivatives to be, row by row; NULL: nothing is known of it. */
kithi_minimum kithi_minimise(const kithi_smooth *smooth, double enough, const double *inverse,
                             double *at);

/* The matrix of second derivatives at a point, row by row, by differences of gradients. */
void kithi_hessian(const kithi_smooth *smooth, const double *at, double *out);

#endif
