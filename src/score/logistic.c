#include "src/score/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/score/cholesky.h"

#define STEPS_MAX 100
#define ENOUGH    1e-8  /* of the gradient, by row */
#define LEVEL     1e-12 /* of the loss: less is what sums round off */
#define SLOW      .1    /* a step that leaves more of the gradient asks for another curve */

typedef struct newton {
    const kithi_outcomes *outcomes;
    const uint32_t *rows;
    size_t row_count, size; /* weights, the intercept too */
    double penalty;
    bool full; /* the cells of every row are all columns in their order */
    double *gradient, *curve, *step, *trial, *values;
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

/* A row of cells that may be any columns: adds what it does to the gradient and, if its curve isn't
 * 0, to the lower triangle of the curve. */
static void add_cells(newton *n, const kithi_cell *cells, double miss, double curve) {
    size_t columns = n->outcomes->column_count, count = n->outcomes->row_cells;
    double *last = n->curve + columns * n->size;
    for (size_t i = 0; i < count; i++) {
        n->gradient[cells[i].column] += miss * (double)cells[i].value;
    }
    n->gradient[columns] += miss;
    for (size_t i = 0; curve > 0 && i < count; i++) {
        double by_curve = curve * (double)cells[i].value;
        double *line = n->curve + cells[i].column * n->size;
        for (size_t j = 0; j <= i; j++) {
            line[cells[j].column] += by_curve * (double)cells[j].value;
        }
        last[cells[i].column] += by_curve;
    }
    last[columns] += curve;
}

/* The same of a row that has all columns in their order, whose values stand in `values`. */
static void add_values(newton *n, double miss, double curve) {
    const double *restrict values = n->values;
    double *restrict gradient = n->gradient;
    for (size_t i = 0; i < n->size; i++) {
        gradient[i] += miss * values[i];
    }
    for (size_t i = 0; curve > 0 && i < n->size; i++) {
        double by_curve = curve * values[i], *restrict line = n->curve + i * n->size;
        for (size_t j = 0; j <= i; j++) {
            line[j] += by_curve * values[j];
        }
    }
}

/* Its values, with 1 for the intercept, and its score. */
static double take_values(newton *n, const double *weights, const kithi_cell *cells) {
    double sums[4] = {0, 0, 0, 0}; /* so that none waits for the one before it */
    size_t columns = n->outcomes->column_count;
    for (size_t i = 0; i < columns; i++) {
        n->values[i] = (double)cells[i].value;
        sums[i % 4] += weights[i] * n->values[i];
    }
    n->values[columns] = 1;
    return weights[columns] + ((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

static double add_penalty(newton *n, const double *weights, bool curved) {
    size_t columns = n->outcomes->column_count;
    double loss = 0;
    for (size_t i = 0; i < columns; i++) {
        loss += n->penalty * weights[i] * weights[i] / 2;
        n->gradient[i] += n->penalty * weights[i];
        n->curve[i * n->size + i] += curved ? n->penalty : 0;
    }
    n->curve[columns * n->size + columns] += curved ? 1e-12 : 0;
    return loss;
}

/* Adds what one row does; its part of the loss. */
static double add_row(newton *n, const double *weights, size_t row, bool curved) {
    const kithi_cell *cells = cells_at(n->outcomes, row);
    bool happened = n->outcomes->happened[row] != 0;
    double score =
        n->full ? take_values(n, weights, cells) : kithi_logistic_score(n->outcomes, weights, row);
    double less = exp(-fabs(score)), chance = (score < 0 ? less : 1) / (1 + less);
    double curve = curved ? chance * (1 - chance) : 0, against = happened ? -score : score;
    if (n->full) {
        add_values(n, chance - happened, curve);
    } else {
        add_cells(n, cells, chance - happened, curve);
    }
    return log(1 + less) + (against > 0 ? against : 0);
}

/* The loss at these weights; its gradient is set and, if it is asked for, its curve. */
static double look_around(newton *n, const double *weights, bool curved) {
    memset(n->gradient, 0, n->size * sizeof *n->gradient);
    if (curved) {
        memset(n->curve, 0, n->size * n->size * sizeof *n->curve);
    }
    double loss = add_penalty(n, weights, curved);
    for (size_t i = 0; i < n->row_count; i++) {
        loss += add_row(n, weights, n->rows != NULL ? n->rows[i] : i, curved);
    }
    return loss;
}

/* The same, with a curve that steps can be taken by. False: it is none. */
static bool look_anew(newton *n, const double *weights, double *out_loss) {
    *out_loss = look_around(n, weights, true);
    return kithi_cholesky(n->curve, n->size);
}

static double greatest_part(const double *list, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fabs(list[i]) > most ? fabs(list[i]) : most;
    }
    return most;
}

/* Near the bottom the loss is the same but for what it rounds off, and the gradient tells. */
static bool goes_down(const newton *n, double before, double after, double norm) {
    return after < before ||
           (after <= before * (1 + LEVEL) && greatest_part(n->gradient, n->size) < norm);
}

/* Newton's step, halved until it goes down; the gradient is that of where it leads. False: none
 * does, and the weights stay. */
static bool take_step(newton *n, double *weights, double *loss) {
    memcpy(n->step, n->gradient, n->size * sizeof *n->step);
    kithi_cholesky_solve(n->curve, n->size, n->step);
    double norm = greatest_part(n->gradient, n->size);
    for (double length = 1; length > 1e-9; length /= 2) {
        for (size_t i = 0; i < n->size; i++) {
            n->trial[i] = weights[i] - length * n->step[i];
        }
        double lower = look_around(n, n->trial, false);
        if (goes_down(n, *loss, lower, norm)) {
            memcpy(weights, n->trial, n->size * sizeof *weights);
            *loss = lower;
            return true;
        }
    }
    look_around(n, weights, false);
    return false;
}

/* A curve, which takes most of the time, serves for several steps, for as long as they lead far. */
static kithi_logistic_report descend(newton *n, double *weights) {
    kithi_logistic_report report = {.steps = 0};
    bool goes_on = look_anew(n, weights, &report.loss), fresh = true;
    report.gradient_norm = greatest_part(n->gradient, n->size);
    while (goes_on && report.gradient_norm > ENOUGH * (double)n->row_count &&
           report.steps < STEPS_MAX) {
        double before = report.gradient_norm;
        bool stepped = take_step(n, weights, &report.loss);
        report.gradient_norm = greatest_part(n->gradient, n->size);
        report.steps++;
        goes_on = stepped || !fresh;
        fresh = goes_on && report.gradient_norm > SLOW * before;
        if (fresh) {
            goes_on = look_anew(n, weights, &report.loss);
        }
    }
    report.converged = report.gradient_norm <= 100 * ENOUGH * (double)n->row_count;
    return report;
}

static bool rows_are_full(const kithi_outcomes *o) {
    bool full = o->row_cells == o->column_count;
    for (size_t i = 0; full && i < o->row_count; i++) {
        for (size_t j = 0; j < o->row_cells; j++) {
            full = full && cells_at(o, i)[j].column == j;
        }
    }
    return full;
}

kithi_logistic_report kithi_logistic_fit(const kithi_outcomes *outcomes, const uint32_t *rows,
                                         size_t row_count, double penalty, double *weights) {
    size_t size = outcomes->column_count + 1;
    newton n = {.outcomes = outcomes,
                .rows = rows,
                .row_count = row_count,
                .size = size,
                .penalty = penalty,
                .full = rows_are_full(outcomes),
                .gradient = malloc(size * sizeof(double)),
                .curve = malloc(size * size * sizeof(double)),
                .step = malloc(size * sizeof(double)),
                .trial = malloc(size * sizeof(double)),
                .values = malloc(size * sizeof(double))};
    kithi_logistic_report report = {.no_memory = true};
    if (n.gradient != NULL && n.curve != NULL && n.step != NULL && n.trial != NULL &&
        n.values != NULL) {
        report = descend(&n, weights);
    }
    free(n.gradient);
    free(n.curve);
    free(n.step);
    free(n.trial);
    free(n.values);
    return report;
}
