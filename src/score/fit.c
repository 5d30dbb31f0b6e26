#include "src/score/fit.h"

#include <math.h>

#include "src/score/cholesky.h"

#define LOG_MAX 14 /* beyond, a parameter has run away */

typedef struct fitting {
    kithi_likelihood *likelihood;
    void *context;
    double weight;
    size_t count;
} fitting;

static double unlikelihood(void *context, const double *at, double *gradient) {
    const fitting *f = context;
    double parameters[KITHI_MINIMISE_MAX];
    for (size_t i = 0; i < f->count; i++) {
        if (!(fabs(at[i]) <= LOG_MAX)) {
            return INFINITY;
        }
        parameters[i] = exp(at[i]);
    }
    double likelihood = f->likelihood(f->context, parameters, gradient);
    for (size_t i = 0; i < f->count; i++) {
        gradient[i] *= -parameters[i] / f->weight;
    }
    return -likelihood / f->weight;
}

/* A variance is what the inverse of the curve has on its diagonal. */
static void find_errors(fitting *f, const double *at, double *errors) {
    double curve[KITHI_MINIMISE_MAX * KITHI_MINIMISE_MAX];
    kithi_hessian(unlikelihood, f, at, f->count, curve);
    bool sharp = kithi_cholesky(curve, f->count);
    for (size_t i = 0; i < f->count; i++) {
        double column[KITHI_MINIMISE_MAX] = {0};
        column[i] = 1;
        if (sharp) {
            kithi_cholesky_solve(curve, f->count, column);
        }
        errors[i] = sharp ? exp(at[i]) * sqrt(column[i] / f->weight) : NAN;
    }
}

kithi_minimum kithi_fit(kithi_likelihood *likelihood, void *context, double weight,
                        double *parameters, double *errors, size_t count) {
    fitting f = {likelihood, context, weight, count};
    double at[KITHI_MINIMISE_MAX];
    for (size_t i = 0; i < count; i++) {
        at[i] = log(parameters[i]);
    }
    kithi_minimum found = kithi_minimise(unlikelihood, &f, at, count);
    find_errors(&f, at, errors);
    for (size_t i = 0; i < count; i++) {
        parameters[i] = exp(at[i]);
    }
    found.value *= -weight;
    return found;
}
