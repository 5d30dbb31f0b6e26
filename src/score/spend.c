#include "src/score/spend.h"

#include <math.h>

#include "src/score/fit.h"
#include "src/score/special.h"

/* What hangs on the number of purchases alone. */
typedef struct by_purchases {
    double purchases, log_ratio, slope_p, slope_q;
} by_purchases;

static by_purchases purchases_of(const kithi_spend *m, double purchases) {
    double shape = m->p * purchases, above = kithi_digamma(shape + m->q);
    return (by_purchases){purchases, -kithi_log_beta(shape, m->q),
                          purchases * (above - kithi_digamma(shape)), above - kithi_digamma(m->q)};
}

double kithi_spend_likelihood(const kithi_spend *m, const kithi_spend_of *customers, size_t count,
                              double gradient[KITHI_SPEND_PARAMETERS]) {
    by_purchases b = {.purchases = -1};
    double sum = 0, log_gamma = log(m->gamma);
    gradient[0] = gradient[1] = gradient[2] = 0;
    for (size_t i = 0; i < count; i++) {
        double x = customers[i].purchases, mean = customers[i].mean, w = customers[i].weight;
        double shape = m->p * x, all = m->gamma + mean * x, log_all = log(all);
        if (x != b.purchases) {
            b = purchases_of(m, x);
        }
        gradient[0] += w * (b.slope_p + x * (log(mean * x) - log_all));
        gradient[1] += w * (b.slope_q + log_gamma - log_all);
        gradient[2] += w * (m->q / m->gamma - (shape + m->q) / all);
        sum += w * (b.log_ratio + m->q * log_gamma + (shape - 1) * log(mean) + shape * log(x) -
                    (shape + m->q) * log_all);
    }
    return sum;
}

typedef struct fitting {
    const kithi_spend_of *customers;
    size_t count;
} fitting;

static double likelihood_at(void *context, const double *parameters, double *gradient) {
    const fitting *f = context;
    kithi_spend model = {parameters[0], parameters[1], parameters[2]};
    return kithi_spend_likelihood(&model, f->customers, f->count, gradient);
}

kithi_minimum kithi_spend_fit(kithi_spend *m, const kithi_spend_of *customers, size_t count,
                              double errors[KITHI_SPEND_PARAMETERS]) {
    fitting f = {customers, count};
    double parameters[KITHI_SPEND_PARAMETERS] = {m->p, m->q, m->gamma}, weight = 0;
    for (size_t i = 0; i < count; i++) {
        weight += customers[i].weight;
    }
    kithi_minimum found =
        kithi_fit(likelihood_at, &f, weight, parameters, errors, KITHI_SPEND_PARAMETERS);
    *m = (kithi_spend){parameters[0], parameters[1], parameters[2]};
    return found;
}

double kithi_spend_expected(const kithi_spend *m, double purchases, double mean) {
    double below = m->p * purchases + m->q - 1;
    return below > 0 ? m->p * (m->gamma + purchases * mean) / below : INFINITY;
}
