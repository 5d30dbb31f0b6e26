#include "src/score/special.h"

#include <math.h>

double kithi_log_gamma(double x) {
    int sign;
    return lgamma_r(x, &sign);
}

/* By recurrence up to where the asymptotic series is precise. */
double kithi_digamma(double x) {
    double below = 0;
    for (; x < 10; x++) {
        below += 1 / x;
    }
    double y = 1 / (x * x);
    double series =
        y * (1. / 12 -
             y * (1. / 120 - y * (1. / 252 - y * (1. / 240 - y * (1. / 132 - y * 691. / 32760)))));
    return log(x) - 0.5 / x - series - below;
}

double kithi_trigamma(double x) {
    double below = 0;
    for (; x < 10; x++) {
        below += 1 / (x * x);
    }
    double y = 1 / (x * x);
    double series =
        y *
        (1. / 6 - y * (1. / 30 - y * (1. / 42 - y * (1. / 30 - y * (5. / 66 - y * 691. / 2730)))));
    return (1 + 0.5 / x + series) / x + below;
}

double kithi_log_beta(double a, double b) {
    return kithi_log_gamma(a) + kithi_log_gamma(b) - kithi_log_gamma(a + b);
}

double kithi_log_add(double a, double b) {
    double most = a > b ? a : b, least = a > b ? b : a;
    return most == -INFINITY ? most : most + log1p(exp(least - most));
}

/* The incomplete beta function */

#define FRACTIONS_MAX 10000
#define TINY          1e-300 /* instead of a nought below a fraction */

static double keep_off_nought(double x) {
    return fabs(x) < TINY ? TINY : x;
}

/* Lentz's way to go along the fraction. */
static double fraction(double a, double b, double z) {
    double c = 1, d = 1 / keep_off_nought(1 - (a + b) * z / (a + 1)), value = d;
    for (int i = 1; i <= FRACTIONS_MAX; i++) {
        double even = i * (b - i) * z / ((a + 2 * i - 1) * (a + 2 * i));
        double odd = -(a + i) * (a + b + i) * z / ((a + 2 * i) * (a + 2 * i + 1));
        d = 1 / keep_off_nought(1 + even * d);
        c = keep_off_nought(1 + even / c);
        value *= c * d;
        d = 1 / keep_off_nought(1 + odd * d);
        c = keep_off_nought(1 + odd / c);
        double step = c * d;
        value *= step;
        if (fabs(step - 1) < 1e-16) {
            break;
        }
    }
    return value;
}

double kithi_incomplete_beta(double a, double b, double z) {
    if (z <= 0 || z >= 1) {
        return z >= 1;
    }
    double front = exp(a * log(z) + b * log1p(-z) - kithi_log_beta(a, b));
    return z < (a + 1) / (a + b + 2) ? front * fraction(a, b, z) / a
                                     : 1 - front * fraction(b, a, 1 - z) / b;
}

/* Quadrature */

/* Legendre's polynomial of the degree, and its derivative. */
static double legendre(int degree, double x, double *out_slope) {
    double now = 1, before = 0;
    for (int i = 0; i < degree; i++) {
        double next = ((2 * i + 1) * x * now - i * before) / (i + 1);
        before = now;
        now = next;
    }
    *out_slope = degree * (x * now - before) / (x * x - 1);
    return now;
}

/* Nodes are where the polynomial is nought: Newton gets there in a few steps. */
void kithi_quadrature_init(kithi_quadrature *q) {
    for (int i = 0; i < KITHI_QUADRATURE_POINTS; i++) {
        double x = cos(M_PI * (i + 0.75) / (KITHI_QUADRATURE_POINTS + 0.5)), slope = 1;
        for (int step = 0; step < 8; step++) {
            double value = legendre(KITHI_QUADRATURE_POINTS, x, &slope);
            x -= value / slope;
        }
        legendre(KITHI_QUADRATURE_POINTS, x, &slope);
        q->nodes[i] = x;
        q->weights[i] = 2 / ((1 - x * x) * slope * slope);
    }
}
