/*
 * Special functions, to nearly the precision of a double.
 */
#ifndef KITHI_SCORE_SPECIAL_H
#define KITHI_SCORE_SPECIAL_H

#include <stddef.h>

/* log Gamma(x) for x > 0. Unlike lgamma() it writes nothing that threads share. */
double kithi_log_gamma(double x);
/* The derivative of log Gamma(x) for x > 0 (Abramowitz and Stegun 6.3.5, 6.3.18). */
double kithi_digamma(double x);
/* The second one (6.4.6, 6.4.12). */
double kithi_trigamma(double x);
/* log Beta(a, b) for a, b > 0. */
double kithi_log_beta(double a, double b);
/* log(exp(a) + exp(b)), of which either may be -INFINITY. */
double kithi_log_add(double a, double b);

/*
 * The regularised incomplete beta function I_z(a, b) for a, b > 0 and 0 <= z <= 1, by the continued
 * fraction of Didonato and Morris (Numerical Recipes 6.4.5), which is quick where z is below
 * (a + 1) / (a + b + 2); beyond, 1 - I_(1-z)(b, a) is.
 */
double kithi_incomplete_beta(double a, double b, double z);

/* Nodes and weights of Gauss and Legendre's quadrature over -1 to 1. */
#define KITHI_QUADRATURE_POINTS 24
typedef struct kithi_quadrature {
    double nodes[KITHI_QUADRATURE_POINTS], weights[KITHI_QUADRATURE_POINTS];
} kithi_quadrature;
void kithi_quadrature_init(kithi_quadrature *quadrature);

#endif
