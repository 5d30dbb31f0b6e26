#include "src/score/fit.h"

#include <math.h>
#include <string.h>

#include "src/score/cholesky.h"

#define LOG_MAX     14   /* from the first start: nobody looks beyond */
#define LOG_AWAY    8    /* beyond, a parameter has run away */
#define ERROR_MAX   5    /* of a logarithm: with more a parameter may be anything */
#define FLAT_ENOUGH 1e-9 /* a mean log-likelihood's gradient at the top */
#define NEAR_ENOUGH 1e-3 /* and where some customers are asked only */

typedef struct objective {
    const kithi_fit *fit;
    const kithi_fit_people *people;
} objective;

static double distance(const kithi_fit *f, const double *at, size_t i) {
    return fabs(at[i] - log(f->starts[0][i]));
}

/* So far off nobody looks, so that nothing is known of the slope. */
static double nowhere(const kithi_fit *f, double *gradient, double *curve) {
    for (size_t i = 0; i < f->count; i++) {
        gradient[i] = NAN;
    }
    for (size_t i = 0; i < f->count * f->count; i++) {
        curve[i] = NAN;
    }
    return INFINITY;
}

static double unlikelihood(void *context, const double *at, double *gradient, double *curve) {
    const objective *o = context;
    size_t n = o->fit->count;
    double parameters[KITHI_MINIMISE_MAX] = {0};
    for (size_t i = 0; i < n; i++) {
        if (!(distance(o->fit, at, i) <= LOG_MAX)) {
            return nowhere(o->fit, gradient, curve);
        }
        parameters[i] = exp(at[i]);
    }
    double likelihood = o->fit->likelihood(o->people->context, parameters, gradient, curve);
    for (size_t i = 0; i < n; i++) {
        gradient[i] *= -parameters[i] / o->people->weight;
    }
    for (size_t i = 0; i < n * n; i++) {
        curve[i] *= -parameters[i / n] * parameters[i % n] / o->people->weight;
        curve[i] += i / n == i % n ? gradient[i / n] : 0;
    }
    return -likelihood / o->people->weight;
}

typedef struct end {
    double at[KITHI_MINIMISE_MAX];
    kithi_minimum found;
} end;

static end search_from(const objective *o, const double *at, double enough) {
    end e;
    memcpy(e.at, at, sizeof e.at);
    e.found = kithi_minimise(unlikelihood, (void *)o, enough, e.at, o->fit->count);
    return e;
}

static end search_start(const objective *o, size_t start, double enough) {
    double at[KITHI_MINIMISE_MAX] = {0};
    for (size_t i = 0; i < o->fit->count; i++) {
        at[i] = log(o->fit->starts[start][i]);
    }
    return search_from(o, at, enough);
}

/* Where, of all starts, the way leads to the most, as a few customers tell; from there on with more
 * of them. */
static end find_way(const objective *all) {
    const kithi_fit *f = all->fit;
    objective some = {f, f->people};
    end best = search_start(&some, 0, NEAR_ENOUGH);
    for (size_t i = 1; i < f->starts_count; i++) {
        end e = search_start(&some, i, NEAR_ENOUGH);
        best = e.found.value < best.found.value ? e : best;
    }
    while (++some.people < all->people) {
        end e = search_from(&some, best.at, NEAR_ENOUGH);
        best = e.found.converged ? e : best;
    }
    return search_from(all, best.at, FLAT_ENOUGH);
}

static size_t farthest(const kithi_fit *f, const double *at) {
    size_t most = 0;
    for (size_t i = 1; i < f->count; i++) {
        most = distance(f, at, i) > distance(f, at, most) ? i : most;
    }
    return most;
}

static bool is_maximum(const kithi_fit *f, const end *e) {
    return e->found.converged && distance(f, e->at, farthest(f, e->at)) <= LOG_AWAY;
}

/* From the way that was found; where it leads nowhere, from every start. The lowest of all ends
 * counts, also if it is none to be had: beside it a maximum would be a lesser one. */
static end search_all(const objective *all, kithi_fit_report *out) {
    const kithi_fit *f = all->fit;
    end best = {.found = {.value = INFINITY}};
    for (size_t i = 0; i <= f->starts_count && (i == 0 || !is_maximum(f, &best)); i++) {
        end e = i == 0 ? find_way(all) : search_start(all, i - 1, FLAT_ENOUGH);
        best = i == 0 || e.found.value < best.found.value ? e : best;
        out->evaluations += e.found.evaluations;
        out->starts++;
    }
    return best;
}

/* Covariances are the inverse of the curve at the top. False: it is none, or too flat a one. */
static bool find_covariances(const objective *all, const end *e, kithi_fit_report *out) {
    size_t n = all->fit->count;
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX];
    double inverse[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX] = {0};
    memcpy(curve, e->found.curve, sizeof curve);
    if (!kithi_cholesky(curve, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        inverse[i * n + i] = 1;
        kithi_cholesky_solve(curve, n, inverse + i * n);
        if (!(inverse[i * n + i] / all->people->weight <= ERROR_MAX * ERROR_MAX)) {
            return false;
        }
    }
    for (size_t i = 0; i < n * n; i++) {
        out->covariances[i] = inverse[i] / all->people->weight;
    }
    for (size_t i = 0; i < n; i++) {
        out->errors[i] = exp(e->at[i]) * sqrt(out->covariances[i * n + i]);
    }
    return true;
}

kithi_refusal kithi_fit_search(const kithi_fit *f, kithi_fit_report *out) {
    objective all = {f, &f->people[f->people_count - 1]};
    memset(out, 0, sizeof *out);
    end best = search_all(&all, out);
    for (size_t i = 0; i < f->count; i++) {
        out->parameters[i] = exp(best.at[i]);
    }
    if (!isfinite(best.found.value)) {
        return KITHI_REFUSAL_NOT_CONVERGED;
    }
    out->likelihood = -best.found.value * all.people->weight;
    out->gradient_norm = best.found.gradient_norm;
    out->converged = is_maximum(f, &best);
    out->runaway = farthest(f, best.at);
    if (distance(f, best.at, out->runaway) > LOG_AWAY) {
        return KITHI_REFUSAL_RAN_AWAY;
    }
    if (!out->converged) {
        return KITHI_REFUSAL_NOT_CONVERGED;
    }
    return find_covariances(&all, &best, out) ? KITHI_REFUSAL_NONE : KITHI_REFUSAL_FLAT;
}
