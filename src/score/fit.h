/*
 * Greatest likelihood: parameters that are all positive are looked for in logarithms, by the mean
 * log-likelihood, whose size doesn't hang on how many customers there are.
 *
 * From several starts a few customers show the way, everybody is asked from the best place on. What
 * is no maximum is refused: a search that did not converge, a parameter that ran away to zero or
 * infinity, a top that is too flat to tell a parameter.
 */
#ifndef KITHI_SCORE_FIT_H
#define KITHI_SCORE_FIT_H

#include "src/score/minimise.h"
#include "src/score/refusal.h"

/* The log-likelihood of all at these parameters, its gradient and, row by row, its second
 * derivatives. NAN: it can't be had. */
typedef double kithi_likelihood(void *context, const double *parameters, double *gradient,
                                double *curve);

/* Whom a likelihood is of. */
typedef struct kithi_fit_people {
    void *context;
    double weight; /* how many they are */
} kithi_fit_people;

typedef struct kithi_fit {
    kithi_likelihood *likelihood;
    const kithi_fit_people *people;             /* a few customers, maybe more, all of them */
    size_t people_count;                        /* 2 or more: each shows the way to the next */
    size_t count;                               /* of parameters */
    const double (*starts)[KITHI_MINIMISE_MAX]; /* the first has the size that is to be expected */
    size_t starts_count;
} kithi_fit;

/* How a search went. Of one that was refused it tells where it ended, and errors and covariances
 * are 0. */
typedef struct kithi_fit_report {
    double parameters[KITHI_MINIMISE_MAX];
    double likelihood;    /* of all, the natural logarithm */
    double gradient_norm; /* the greatest part, of the mean by the logarithm of a parameter */
    unsigned evaluations; /* of the likelihood of all */
    unsigned starts;      /* from which all were asked */
    bool converged;
    size_t runaway;                    /* the parameter that ran away, if one did */
    double errors[KITHI_MINIMISE_MAX]; /* standard errors */
    double covariances[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX]; /* of the logarithms, row by
                                                                     row, count by count */
} kithi_fit_report;

/* The report is filled whatever the answer is. */
kithi_refusal kithi_fit_search(const kithi_fit *fit, kithi_fit_report *out);

#endif
