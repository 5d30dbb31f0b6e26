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
    double *gradient, *curve, *step, *trial;
} newton;

static const kithi_cell *cells_at(const kithi_outcomes *o, size_t row) {
    return o->cells + row * o->row_cells;
}

double kithi_logistic_score(const kithi_outcomes *o, const double *weights, size_t row) {
    const kithi_cell *cells = cells_at(o, row);
    double sum = weights[o->column_count];
    for (size_t i = 0; i < o->row_cells; i++) {
        sum += weights[cells[i].column] * (double)cells[i].value;
    }
    return sum;
}

double kithi_logistic_chance(double score) {
    double less = exp(-fabs(score));
    return (score < 0 ? less : 1) / (1 + less);
}

double kithi_logistic_loss(double score, bool happened) {
    double against = happened ? -score : score;
    return log1p(exp(-fabs(score))) + (against > 0 ? against : 0);
}

/* Adds what one row does to the lower triangle of the curve, and to the gradient. */
static void add_row(newton *n, const kithi_cell *cells, double miss, double curve) {
    size_t columns = n->outcomes->column_count;
    double *last = n->curve + columns * n->size;
    for (size_t i = 0; i < n->outcomes->row_cells; i++) {
        double value = (double)cells[i].value, by_curve = curve * value;
        double *line = n->curve + cells[i].column * n->size;
        n->gradient[cells[i].column] += miss * value;
        for (size_t j = 0; j <= i; j++) {
            line[cells[j].column] += by_curve * (double)cells[j].value;
        }
        last[cells[i].column] += by_curve;
    }
    n->gradient[columns] += miss;
    last[columns] += curve;
}

static double add_penalty(newton *n, const double *weights) {
    size_t columns = n->outcomes->column_count;
    double loss = 0;
    for (size_t i = 0; i < columns; i++) {
        loss += n->penalty * weights[i] * weights[i] / 2;
        n->gradient[i] += n->penalty * weights[i];
        n->curve[i * n->size + i] += n->penalty;
    }
    n->curve[columns * n->size + columns] += 1e-12;
    return loss;
}

/* The loss at these weights; its gradient and curve are set. */
static double look_around(newton *n, const double *weights) {
    const kithi_outcomes *o = n->outcomes;
    memset(n->gradient, 0, n->size * sizeof *n->gradient);
    memset(n->curve, 0, n->size * n->size * sizeof *n->curve);
    double loss = add_penalty(n, weights);
    for (size_t i = 0; i < n->row_count; i++) {
        size_t row = n->rows != NULL ? n->rows[i] : i;
        bool happened = o->happened[row] != 0;
        double score = kithi_logistic_score(o, weights, row);
        double chance = kithi_logistic_chance(score);
        loss += kithi_logistic_loss(score, happened);
        add_row(n, cells_at(o, row), chance - happened, chance * (1 - chance));
    }
    return loss;
}

static double greatest_part(const double *list, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fabs(list[i]) > most ? fabs(list[i]) : most;
    }
    return most;
}

/* Newton's step, halved until it goes down. False: none does, and the weights stay. */
static bool take_step(newton *n, double *weights, double *loss) {
    memcpy(n->step, n->gradient, n->size * sizeof *n->step);
    if (!kithi_cholesky(n->curve, n->size)) {
        return false;
    }
    kithi_cholesky_solve(n->curve, n->size, n->step);
    for (double length = 1; length > 1e-9; length /= 2) {
        for (size_t i = 0; i < n->size; i++) {
            n->trial[i] = weights[i] - length * n->step[i];
        }
        double lower = look_around(n, n->trial);
        if (lower < *loss) {
            memcpy(weights, n->trial, n->size * sizeof *weights);
            *loss = lower;
            return true;
        }
    }
    look_around(n, weights);
    return false;
}

static kithi_logistic_report descend(newton *n, double *weights) {
    kithi_logistic_report report = {.loss = look_around(n, weights)};
    bool goes_on = true;
    report.gradient_norm = greatest_part(n->gradient, n->size);
    while (goes_on && report.gradient_norm > ENOUGH * (double)n->row_count &&
           report.steps < STEPS_MAX) {
        goes_on = take_step(n, weights, &report.loss);
        report.gradient_norm = greatest_part(n->gradient, n->size);
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
                .step = malloc(size * sizeof(double)),
                .trial = malloc(size * sizeof(double))};
    kithi_logistic_report report = {.no_memory = true};
    if (n.gradient != NULL && n.curve != NULL && n.step != NULL && n.trial != NULL) {
        report = descend(&n, weights);
    }
    free(n.gradient);
    free(n.curve);
    free(n.step);
    free(n.trial);
    return report;
}
