/*
 * Logistic regression with an L2 penalty: the chance of an outcome by what is known of a customer.
 * By Newton's method, which for as few columns as customers have is the quickest, and ends at the
 * one minimum there is.
 */
#ifndef KITHI_SCORE_LOGISTIC_H
#define KITHI_SCORE_LOGISTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed. Columns should have been put to a like scale, as all are punished alike. */
typedef struct kithi_outcomes {
    const double *values; /* row by row */
    const uint8_t *happened;
    size_t row_count, column_count;
} kithi_outcomes;

typedef struct kithi_logistic_report {
    double loss;          /* minus the log-likelihood, and the penalty */
    double gradient_norm; /* its greatest part */
    unsigned steps;
    bool converged;
    bool no_memory; /* all else says nothing */
} kithi_logistic_report;

/* Finds `weights`: one a column and, behind them, the intercept, which isn't punished. The penalty
 * is half its factor by the sum of their squares, more than 0. `rows` lists which rows count; NULL:
 * all. */
kithi_logistic_report kithi_logistic_fit(const kithi_outcomes *outcomes, const uint32_t *rows,
                                         size_t row_count, double penalty, double *weights);
/* The logarithm of the odds for one row. */
double kithi_logistic_score(const double *weights, const double *values, size_t column_count);

/* The area under the ROC curve: the chance that of one who did and one who didn't the first has the
 * higher score; ties count half. NAN where there aren't both. Reorders both lists alike. */
double kithi_auc(double *scores, uint8_t *happened, size_t count);

#endif
