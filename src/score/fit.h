/*
 * Greatest likelihood: parameters that are all positive are looked for in logarithms, by the mean
 * log-likelihood, whose size doesn't hang on how many customers there are.
 */
#ifndef KITHI_SCORE_FIT_H
#define KITHI_SCORE_FIT_H

#include "src/score/minimise.h"

/* The log-likelihood of all at these parameters, and its gradient. NAN: it can't be had. */
typedef double kithi_likelihood(void *context, const double *parameters, double *gradient);

/* From `parameters`, which become the likeliest; `weight` is how many customers there are. `errors`
 * gets standard errors, by the curve at the top: NAN where it is too flat to tell. The value is the
 * log-likelihood of all. */
kithi_minimum kithi_fit(kithi_likelihood *likelihood, void *context, double weight,
                        double *parameters, double *errors, size_t count);

#endif
