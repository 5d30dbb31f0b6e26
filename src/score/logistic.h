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

/* What a row holds in one column. */
typedef struct kithi_cell {
    uint32_t column;
    float value;
} kithi_cell;

/* Borrowed. Columns should have been put to a like scale, as all are punished alike. All rows have
 * as many cells, in order of their columns; a column that a row has no cell of is 0 there, and a
 * cell of 0 says nothing. So customers who are each of one of many kinds take little room and time,
 * however many kinds there are. */
typedef struct kithi_outcomes {
    const kithi_cell *cells; /* row by row */
    const uint8_t *happened;
    size_t row_count, row_cells, column_count;
} kithi_outcomes;

typedef struct kithi_logistic_report {
    double loss;          /* minus the log-likelihood, and the penalty */
    double gradient_norm; /* its greatest part */
    unsigned steps;
    bool converged;
    bool no_memory; /* all else says nothing */
} kithi_logistic_report;

/* Finds `weights`: one a column and, behind them, the intercept, which isn't punished. They are
 * looked for from what is in there, noughts or what was found for nearly the same rows, and come
 * out the same wherever that is. The penalty is half its factor by the sum of their squares, more
 * than 0. `rows` lists which rows count; NULL: all. */
kithi_logistic_report kithi_logistic_fit(const kithi_outcomes *outcomes, const uint32_t *rows,
                                         size_t row_count, double penalty, double *weights);
/* The logarithm of the odds for the cells of one row. */
double kithi_logistic_score(const kithi_outcomes *outcomes, const double *weights, size_t row);
/* The chance with such a logarithm of its odds, and back: minus the logarithm of the chance of what
 * happened. Neither overflows. */
double kithi_logistic_chance(double score);
double kithi_logistic_loss(double score, bool happened);

/* The area under the ROC curve: the chance that of one who did and one who didn't the first has the
 * higher score; ties count half. NAN where there aren't both. Reorders both lists alike. */
double kithi_auc(double *scores, uint8_t *happened, size_t count);

#endif
