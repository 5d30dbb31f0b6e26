/*
 * Buy till you die, where a customer may drop out at any time: Pareto/NBD (Schmittlein, Morrison
 * and Colombo 1987). Purchases of one who is alive are a Poisson process of a gamma distributed
 * rate (r, alpha), lifetimes exponential of a gamma distributed rate (s, beta).
 *
 * The chance to be gone is an integral over when; by quadrature it needs no hypergeometric function
 * and no difference of great numbers.
 */
#ifndef KITHI_SCORE_PARETO_H
#define KITHI_SCORE_PARETO_H

#include <stdbool.h>

#include "src/score/repeat.h"
#include "src/score/special.h"

typedef struct kithi_pareto {
    double r, alpha, s, beta;
    kithi_quadrature quadrature;
} kithi_pareto;
#define KITHI_PARETO_PARAMETERS 4

/* The log-likelihood of all, with its first and second derivatives by r, alpha, s and beta, these
 * row by row. */
double kithi_pareto_likelihood(const kithi_pareto *model, const kithi_repeat *customers,
                               size_t count, double out_gradient[KITHI_PARETO_PARAMETERS],
                               double out_curve[KITHI_PARETO_PARAMETERS * KITHI_PARETO_PARAMETERS]);

/* The chance that a customer hasn't dropped out. */
double kithi_pareto_alive(const kithi_pareto *model, const kithi_repeat *customer);
/* How many purchases are to be expected in a time from now on; of a new customer (NULL) after the
 * first one. */
double kithi_pareto_expected(const kithi_pareto *model, const kithi_repeat *customer, double time);
/* The chance that he is still there after that time, whatever he bought meanwhile. */
double kithi_pareto_staying(const kithi_pareto *model, const kithi_repeat *customer, double time);
/* The chance that there are at least so many (1 or more) in that time. */
double kithi_pareto_at_least(const kithi_pareto *model, const kithi_repeat *customer, double time,
                             uint32_t purchases);

#endif
