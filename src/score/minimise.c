#include "src/score/minimise.h"

#include <math.h>
#include <string.h>

#define EVALUATIONS_MAX 500
#define HALVINGS_MAX    30
#define DECREASE_ENOUGH 1e-4  /* of what the slope promises (Armijo) */
#define CURVE_ENOUGH    0.9   /* of the slope that may be left (Wolfe) */
#define ROUNDING        1e-14 /* of a value */
#define STUCK_ENOUGH    1e3   /* times what is enough: where rounding lets one no nearer */

typedef struct search {
    kithi_objective *objective;
    void *context;
    size_t count;
    double enough;
    unsigned evaluations;
    double inverse[KITHI_MINIMISE_MAX]
                  [KITHI_MINIMISE_MAX]; /* of the second derivatives, as guessed */
} search;

typedef struct point {
    double at[KITHI_MINIMISE_MAX], gradient[KITHI_MINIMISE_MAX], value;
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
    p->value = s->objective(s->context, p->at, p->gradient);
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

static void direction_of(const search *s, const point *p, double *out) {
    for (size_t i = 0; i < s->count; i++) {
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

kithi_minimum kithi_minimise(kithi_objective *objective, void *context, double enough,
                             const double *inverse, double *at, size_t count) {
    search s = {.objective = objective, .context = context, .count = count, .enough = enough};
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
    return (kithi_minimum){p.value, norm, s.evaluations,
                           isfinite(p.value) && norm <= STUCK_ENOUGH * enough};
}

/* Second derivatives */

void kithi_hessian(kithi_objective *objective, void *context, const double *at, size_t count,
                   double *out) {
    double near[KITHI_MINIMISE_MAX], above[KITHI_MINIMISE_MAX], below[KITHI_MINIMISE_MAX];
    memcpy(near, at, count * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        double step = 1e-5 * (1 + fabs(at[i]));
        near[i] = at[i] + step;
        objective(context, near, above);
        near[i] = at[i] - step;
        objective(context, near, below);
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
