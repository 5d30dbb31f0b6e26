#include "src/score/minimise.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "src/score/cholesky.h"

#define EVALUATIONS_MAX 500
#define HALVINGS_MAX    30
#define RIDGES_MAX      15
#define RIDGE_LEAST     1e-10 /* of the greatest second derivative; then ten times as much each */
#define STEP_MAX        2     /* by which a number changes at once */
#define DECREASE_ENOUGH 1e-4  /* of what the slope promises (Armijo) */
#define ROUNDING        1e-14 /* of a value */
#define STUCK_ENOUGH    1e3   /* times what is enough: where rounding lets one no nearer */

typedef struct search {
    kithi_objective *objective;
    void *context;
    size_t count;
    unsigned evaluations;
} search;

typedef struct point {
    double at[KITHI_MINIMISE_MAX], gradient[KITHI_MINIMISE_MAX], value;
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX];
} point;

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static double greatest(const double *a, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fabs(a[i]) > most ? fabs(a[i]) : most;
    }
    return most;
}

static void evaluate(search *s, point *p) {
    p->value = s->objective(s->context, p->at, p->gradient, p->curve);
    s->evaluations++;
    if (isnan(p->value)) {
        p->value = INFINITY;
    }
}

/* The factor of a curve with a ridge. False: it is that of no bottom yet. */
static bool raise_curve(const double *curve, size_t count, double ridge, double *out) {
    memcpy(out, curve, count * count * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out[i * count + i] += ridge;
    }
    return kithi_cholesky(out, count);
}

/* Down to the bottom of the curve, or of one with the least ridge that has a bottom. */
static bool direction_of(const search *s, const point *p, double *out) {
    double factor[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX], ridge = 0;
    double first = RIDGE_LEAST * greatest(p->curve, s->count * s->count);
    bool bottom = false;
    for (int i = 0; i < RIDGES_MAX && !bottom; i++) {
        bottom = raise_curve(p->curve, s->count, ridge, factor);
        ridge = i == 0 ? first : 10 * ridge;
    }
    for (size_t i = 0; i < s->count; i++) {
        out[i] = -p->gradient[i];
    }
    if (bottom) {
        kithi_cholesky_solve(factor, s->count, out);
    }
    double most = greatest(out, s->count);
    for (size_t i = 0; i < s->count && most > STEP_MAX; i++) {
        out[i] *= STEP_MAX / most;
    }
    return bottom;
}

/* Whether a step goes down enough. Where values differ by rounding alone the slope tells it: the
 * approximate condition of Hager and Zhang (2005). */
static bool goes_down(const search *s, const point *from, const point *to, const double *direction,
                      double length, double slope) {
    if (to->value <= from->value + DECREASE_ENOUGH * length * slope) {
        return true;
    }
    return to->value <= from->value + ROUNDING * fabs(from->value) &&
           dot(to->gradient, direction, s->count) <= (2 * DECREASE_ENOUGH - 1) * slope;
}

/* A point that is lower, by halving. False: there is none in sight. */
static bool find_lower(search *s, const point *from, const double *direction, point *out) {
    double slope = dot(from->gradient, direction, s->count), length = 1;
    for (int i = 0; i < HALVINGS_MAX && s->evaluations < EVALUATIONS_MAX; i++) {
        for (size_t j = 0; j < s->count; j++) {
            out->at[j] = from->at[j] + length * direction[j];
        }
        evaluate(s, out);
        if (goes_down(s, from, out, direction, length, slope)) {
            return true;
        }
        length /= 2;
    }
    return false;
}

/* Whether what is lower yet is hidden by rounding. */
static bool is_hidden(const search *s, const point *p, const double *direction) {
    return -dot(p->gradient, direction, s->count) <= DBL_EPSILON * fabs(p->value);
}

/* False: it led nowhere. */
static bool take_step(search *s, point *p) {
    double direction[KITHI_MINIMISE_MAX];
    point next;
    if (!direction_of(s, p, direction) || is_hidden(s, p, direction) ||
        !find_lower(s, p, direction, &next)) {
        return false;
    }
    bool moves = p->value - next.value > ROUNDING * fabs(p->value) ||
                 greatest(next.gradient, s->count) < greatest(p->gradient, s->count) / 2;
    *p = next;
    return moves;
}

kithi_minimum kithi_minimise(kithi_objective *objective, void *context, double enough, double *at,
                             size_t count) {
    search s = {.objective = objective, .context = context, .count = count};
    point p = {.value = INFINITY};
    bool moves = true;
    memcpy(p.at, at, count * sizeof *at);
    evaluate(&s, &p);
    while (moves && isfinite(p.value) && greatest(p.gradient, count) > enough &&
           s.evaluations < EVALUATIONS_MAX) {
        moves = take_step(&s, &p);
    }
    memcpy(at, p.at, count * sizeof *at);
    kithi_minimum found = {.value = p.value, .evaluations = s.evaluations};
    found.gradient_norm = greatest(p.gradient, count);
    found.converged = isfinite(p.value) && found.gradient_norm <= STUCK_ENOUGH * enough;
    memcpy(found.curve, p.curve, count * count * sizeof *p.curve);
    return found;
}
