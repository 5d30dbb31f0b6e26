#include "src/score/minimise.h"

#include <math.h>
#include <string.h>

#include "src/score/cholesky.h"

#define EVALUATIONS_MAX 500
#define HALVINGS_MAX    30
#define DECREASE_ENOUGH 1e-4  /* of what the slope promises (Armijo) */
#define CURVE_ENOUGH    0.9   /* of the slope that may be left (Wolfe) */
#define ROUNDING        1e-14 /* of a value */
#define STUCK_ENOUGH    1e3   /* times what is enough: where rounding lets one no nearer */

typedef struct search {
    const kithi_smooth *smooth;
    size_t count;
    double enough;
    unsigned evaluations;
    double inverse[KITHI_MINIMISE_MAX]
                  [KITHI_MINIMISE_MAX]; /* of the second derivatives, as guessed */
} search;

typedef struct point {
    double at[KITHI_MINIMISE_MAX], gradient[KITHI_MINIMISE_MAX], value;
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX]; /* where it is given */
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
    const kithi_smooth *f = s->smooth;
    p->value = f->objective(f->context, p->at, p->gradient, f->curved ? p->curve : NULL);
    s->evaluations++;
    if (isnan(p->value)) {
        p->value = INFINITY;
    }
}

static void forget_curves(search *s) {
    memset(s->inverse, 0, sizeof s->inverse);
    for (size_t i = 0; i < s->count; i++) {
        s->inverse[i][i] = 1;
    }
}

/* Newton's. False: the curve isn't given, or is that of no bottom. */
static bool point_to_bottom(const search *s, const point *p, double *out) {
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX];
    memcpy(curve, p->curve, s->count * s->count * sizeof *curve);
    if (!s->smooth->curved || !kithi_cholesky(curve, s->count)) {
        return false;
    }
    for (size_t i = 0; i < s->count; i++) {
        out[i] = -p->gradient[i];
    }
    kithi_cholesky_solve(curve, s->count, out);
    return true;
}

static void direction_of(const search *s, const point *p, double *out) {
    bool found = point_to_bottom(s, p, out);
    for (size_t i = 0; i < s->count && !found; i++) {
        out[i] = -dot(s->inverse[i], p->gradient, s->count);
    }
}

static void step_to(const search *s, const point *from, const double *direction, double length,
                    point *out) {
    for (size_t i = 0; i < s->count; i++) {
        out->at[i] = from->at[i] + length * direction[i];
    }
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

/* A point that is lower, and where the slope is less: by widening and halving. False: there is none
 * in sight. */
static bool find_lower(search *s, const point *from, const double *direction, point *out) {
    double slope = dot(from->gradient, direction, s->count);
    double least = 0, most = INFINITY, length = 1;
    bool found = false;
    for (int i = 0; i < HALVINGS_MAX && s->evaluations < EVALUATIONS_MAX; i++) {
        step_to(s, from, direction, length, out);
        evaluate(s, out);
        bool lower = goes_down(s, from, out, direction, length, slope);
        if (!lower) {
            most = length;
        } else if (dot(out->gradient, direction, s->count) < CURVE_ENOUGH * slope) {
            least = length;
        } else {
            return true;
        }
        found = lower;
        length = most == INFINITY ? 2 * length : (least + most) / 2;
    }
    return found;
}

/* Learns of the curve from what the gradient did over a step. */
static void learn(search *s, const point *from, const point *to) {
    double step[KITHI_MINIMISE_MAX], change[KITHI_MINIMISE_MAX], moved[KITHI_MINIMISE_MAX];
    size_t n = s->count;
    for (size_t i = 0; i < n; i++) {
        step[i] = to->at[i] - from->at[i];
        change[i] = to->gradient[i] - from->gradient[i];
    }
    double curve = dot(step, change, n);
    if (!(curve > 0)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        moved[i] = dot(s->inverse[i], change, n);
    }
    double scale = (1 + dot(change, moved, n) / curve) / curve;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            s->inverse[i][j] +=
                scale * step[i] * step[j] - (moved[i] * step[j] + step[i] * moved[j]) / curve;
        }
    }
}

static bool is_flat(const search *s, const point *p) {
    return greatest(p->gradient, s->count) <= s->enough;
}

/* Where the learnt curve leads nowhere, straight down may still. */
static bool take_step(search *s, point *p, bool *fresh) {
    double direction[KITHI_MINIMISE_MAX];
    point next;
    direction_of(s, p, direction);
    if (dot(direction, p->gradient, s->count) >= 0 || !find_lower(s, p, direction, &next)) {
        bool again = !*fresh;
        forget_curves(s);
        *fresh = true;
        return again;
    }
    learn(s, p, &next);
    *fresh = false;
    bool moves = p->value - next.value > ROUNDING * fabs(p->value) ||
                 greatest(next.gradient, s->count) < greatest(p->gradient, s->count) / 2;
    *p = next;
    return moves;
}

kithi_minimum kithi_minimise(const kithi_smooth *smooth, double enough, const double *inverse,
                             double *at) {
    size_t count = smooth->count;
    search s = {.smooth = smooth, .count = count, .enough = enough};
    point p = {.value = INFINITY};
    bool fresh = inverse == NULL, moves = true;
    memcpy(p.at, at, count * sizeof *at);
    forget_curves(&s);
    for (size_t i = 0; inverse != NULL && i < count; i++) {
        memcpy(s.inverse[i], inverse + i * count, count * sizeof *inverse);
    }
    evaluate(&s, &p);
    while (moves && isfinite(p.value) && !is_flat(&s, &p) && s.evaluations < EVALUATIONS_MAX) {
        moves = take_step(&s, &p, &fresh);
    }
    memcpy(at, p.at, count * sizeof *at);
    double norm = greatest(p.gradient, count);
    kithi_minimum found = {
        p.value, norm, s.evaluations, isfinite(p.value) && norm <= STUCK_ENOUGH * enough, {0}};
    if (smooth->curved) {
        memcpy(found.curve, p.curve, count * count * sizeof *p.curve);
    }
    return found;
}

/* Second derivatives */

void kithi_hessian(const kithi_smooth *f, const double *at, double *out) {
    double near[KITHI_MINIMISE_MAX], above[KITHI_MINIMISE_MAX], below[KITHI_MINIMISE_MAX];
    size_t count = f->count;
    memcpy(near, at, count * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        double step = 1e-5 * (1 + fabs(at[i]));
        near[i] = at[i] + step;
        f->objective(f->context, near, above, NULL);
        near[i] = at[i] - step;
        f->objective(f->context, near, below, NULL);
        near[i] = at[i];
        for (size_t j = 0; j < count; j++) {
            out[i * count + j] = (above[j] - below[j]) / (2 * step);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            double mean = (out[i * count + j] + out[j * count + i]) / 2;
            out[i * count + j] = out[j * count + i] = mean;
        }
    }
}
