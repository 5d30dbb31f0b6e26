#include "src/score/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/score/cholesky.h"

#define STEPS_MAX 100
#define ENOUGH    1e-8 /* of the gradient, by row */

typedef struct newton {
    const kithi_outcomes *outcomes;
    const uint32_t *rows;
    size_t row_count, size; /* weights, the intercept too */
    double penalty;
    double *gradient, *curve, *trial;
} newton;

double kithi_logistic_score(const double *weights, const double *values, size_t column_count) {
    double sum = weights[column_count];
    for (size_t i = 0; i < column_count; i++) {
        sum += weights[i] * values[i];
    }
    return sum;
}

static size_t row_at(const newton *n, size_t i) {
    return n->rows != NULL ? n->rows[i] : i;
}

static const double *values_at(const newton *n, size_t i) {
    return n->outcomes->values + row_at(n, i) * n->outcomes->column_count;
}

static bool happened_at(const newton *n, size_t i) {
    return n->outcomes->happened[row_at(n, i)] != 0;
}

/* log(1 + exp(x)) where neither overflows. */
static double soft_plus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double loss_of(const newton *n, const double *weights) {
    size_t columns = n->outcomes->column_count;
    double loss = 0;
    for (size_t i = 0; i < n->row_count; i++) {
        double score = kithi_logistic_score(weights, values_at(n, i), columns);
        loss += soft_plus(happened_at(n, i) ? -score : score);
    }
    for (size_t i = 0; i < columns; i++) {
        loss += n->penalty * weights[i] * weights[i] / 2;
    }
    return loss;
}

/* Adds what one row does to the lower triangle of the curve, and to the gradient. */
static void add_row(newton *n, const double *values, double miss, double curve) {
    size_t columns = n->outcomes->column_count;
    for (size_t i = 0; i < columns; i++) {
        double by_curve = curve * values[i];
        n->gradient[i] += miss * values[i];
        for (size_t j = 0; by_curve != 0 && j <= i; j++) {
            n->curve[i * n->size + j] += by_curve * values[j];
        }
        n->curve[columns * n->size + i] += by_curve;
    }
    n->gradient[columns] += miss;
    n->curve[columns * n->size + columns] += curve;
}

static double look_around(newton *n, const double *weights) {
    size_t columns = n->outcomes->column_count;
    double most = 0;
    memset(n->gradient, 0, n->size * sizeof *n->gradient);
    memset(n->curve, 0, n->size * n->size * sizeof *n->curve);
    for (size_t i = 0; i < n->row_count; i++) {
        const double *values = values_at(n, i);
        double chance = 1 / (1 + exp(-kithi_logistic_score(weights, values, columns)));
        add_row(n, values, chance - happened_at(n, i), chance * (1 - chance));
    }
    for (size_t i = 0; i < n->size; i++) {
        n->gradient[i] += i < columns ? n->penalty * weights[i] : 0;
        n->curve[i * n->size + i] += i < columns ? n->penalty : 1e-12;
        most = fabs(n->gradient[i]) > most ? fabs(n->gradient[i]) : most;
    }
    return most;
}

/* Newton's step, halved until it goes down. False: none does. */
static bool take_step(newton *n, double *weights, double *loss) {
    if (!kithi_cholesky(n->curve, n->size)) {
        return false;
    }
    kithi_cholesky_solve(n->curve, n->size, n->gradient);
    for (double length = 1; length > 1e-9; length /= 2) {
        for (size_t i = 0; i < n->size; i++) {
            n->trial[i] = weights[i] - length * n->gradient[i];
        }
        double lower = loss_of(n, n->trial);
        if (lower < *loss) {
            memcpy(weights, n->trial, n->size * sizeof *weights);
            *loss = lower;
            return true;
        }
    }
    return false;
}

static kithi_logistic_report descend(newton *n, double *weights) {
    kithi_logistic_report report = {.loss = loss_of(n, weights)};
    bool goes_on = true;
    report.gradient_norm = look_around(n, weights);
    while (goes_on && report.gradient_norm > ENOUGH * (double)n->row_count &&
           report.steps < STEPS_MAX) {
        goes_on = take_step(n, weights, &report.loss);
        report.gradient_norm = look_around(n, weights);
        report.steps++;
    }
    report.converged = report.gradient_norm <= 100 * ENOUGH * (double)n->row_count;
    return report;
}

kithi_logistic_report kithi_logistic_fit(const kithi_outcomes *outcomes, const uint32_t *rows,
                                         size_t row_count, double penalty, double *weights) {
    size_t size = outcomes->column_count + 1;
    newton n = {.outcomes = outcomes,
                .rows = rows,
                .row_count = row_count,
                .size = size,
                .penalty = penalty,
                .gradient = malloc(size * sizeof(double)),
                .curve = malloc(size * size * sizeof(double)),
                .trial = malloc(size * sizeof(double))};
    kithi_logistic_report report = {.no_memory = true};
    memset(weights, 0, size * sizeof *weights);
    if (n.gradient != NULL && n.curve != NULL && n.trial != NULL) {
        report = descend(&n, weights);
    }
    free(n.gradient);
    free(n.curve);
    free(n.trial);
    return report;
}
