#include "src/score/spend.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/score/reach.h"
#include "src/score/special.h"

enum { P, Q, GAMMA };
_Static_assert(GAMMA + 1 == KITHI_SPEND_PARAMETERS, "each parameter has its place");

/* What hangs on the number of purchases alone, and its derivatives. */
typedef struct by_purchases {
    double purchases, log_ratio, p, q, pp, pq, qq;
} by_purchases;

static by_purchases purchases_of(const kithi_spend *m, double x) {
    double shape = m->p * x, above = kithi_digamma(shape + m->q),
           bend = kithi_trigamma(shape + m->q);
    return (by_purchases){.purchases = x,
                          .log_ratio = -kithi_log_beta(shape, m->q),
                          .p = x * (above - kithi_digamma(shape)),
                          .q = above - kithi_digamma(m->q),
                          .pp = x * x * (bend - kithi_trigamma(shape)),
                          .pq = x * bend,
                          .qq = bend - kithi_trigamma(m->q)};
}

double kithi_spend_likelihood(const kithi_spend *m, const kithi_spend_of *customers, size_t count,
                              double gradient[KITHI_SPEND_PARAMETERS],
                              double curve[KITHI_SPEND_PARAMETERS * KITHI_SPEND_PARAMETERS]) {
    by_purchases b = {.purchases = -1};
    double sum = 0, log_gamma = log(m->gamma), over = 1 / m->gamma;
    double first[KITHI_SPEND_PARAMETERS] = {0}, pp = 0, pq = 0, pg = 0, qq = 0, qg = 0, gg = 0;
    for (size_t i = 0; i < count; i++) {
        double x = customers[i].purchases, mean = customers[i].mean, w = customers[i].weight;
        double shape = m->p * x, all = m->gamma + mean * x, log_all = log(all);
        if (x != b.purchases) {
            b = purchases_of(m, x);
        }
        first[P] += w * (b.p + x * (log(mean * x) - log_all));
        first[Q] += w * (b.q + log_gamma - log_all);
        first[GAMMA] += w * (m->q * over - (shape + m->q) / all);
        pp += w * b.pp;
        pq += w * b.pq;
        pg -= w * x / all;
        qq += w * b.qq;
        qg += w * (over - 1 / all);
        gg += w * ((shape + m->q) / (all * all) - m->q * over * over);
        sum += w * (b.log_ratio + m->q * log_gamma + (shape - 1) * log(mean) + shape * log(x) -
                    (shape + m->q) * log_all);
    }
    const double second[] = {pp, pq, pg, pq, qq, qg, pg, qg, gg};
    memcpy(gradient, first, sizeof first);
    memcpy(curve, second, sizeof second);
    return sum;
}

/* Fitting */

#define STARTS     3
#define SOME_COUNT 256 /* customers who show the way */

typedef struct population {
    const kithi_spend_of *customers;
    size_t count;
} population;

static double likelihood_at(void *context, const double *parameters, double *gradient,
                            double *curve) {
    const population *p = context;
    kithi_spend model = {parameters[0], parameters[1], parameters[2]};
    return kithi_spend_likelihood(&model, p->customers, p->count, gradient, curve);
}

static double weight_of(const population *p) {
    double weight = 0;
    for (size_t i = 0; i < p->count; i++) {
        weight += p->customers[i].weight;
    }
    return weight;
}

static kithi_refusal look_over(const population *p) {
    for (size_t i = 0; i < p->count; i++) {
        const kithi_spend_of *c = &p->customers[i];
        bool valid = isfinite(c->purchases) && c->purchases >= 1 && isfinite(c->mean) &&
                     c->mean > 0 && isfinite(c->weight) && c->weight > 0;
        if (!valid) {
            return KITHI_REFUSAL_INPUT;
        }
    }
    return p->count == 0                           ? KITHI_REFUSAL_NOBODY
           : weight_of(p) < KITHI_SPEND_PARAMETERS ? KITHI_REFUSAL_FLAT
                                                   : KITHI_REFUSAL_NONE;
}

/* Amounts' size, which gamma's goes by: in logarithms, so that a few great ones don't rule. */
static double typical_mean(const population *p) {
    double sum = 0;
    for (size_t i = 0; i < p->count; i++) {
        sum += p->customers[i].weight * log(p->customers[i].mean);
    }
    return exp(sum / weight_of(p));
}

static size_t pick_some(const population *p, kithi_spend_of *out) {
    size_t picked = p->count < SOME_COUNT ? p->count : SOME_COUNT;
    for (size_t i = 0; i < picked; i++) {
        out[i] = p->customers[(2 * i + 1) * p->count / (2 * picked)];
    }
    return picked;
}

kithi_refusal kithi_spend_fit(kithi_spend *out, const kithi_spend_of *customers, size_t count,
                              kithi_fit_report *report) {
    population all = {customers, count};
    kithi_spend_of picked[SOME_COUNT];
    kithi_refusal refusal = look_over(&all);
    *report = (kithi_fit_report){.likelihood = 0};
    if (refusal != KITHI_REFUSAL_NONE) {
        return refusal;
    }
    population some = {picked, pick_some(&all, picked)};
    double typical = typical_mean(&all);
    const double starts[STARTS][KITHI_MINIMISE_MAX] = {
        {4, 3, typical}, {1, 2, typical}, {20, 8, typical / 2}};
    const kithi_fit_people people[] = {{&some, weight_of(&some)}, {&all, weight_of(&all)}};
    kithi_fit fit = {.likelihood = likelihood_at,
                     .people = people,
                     .people_count = sizeof people / sizeof people[0],
                     .count = KITHI_SPEND_PARAMETERS,
                     .starts = starts,
                     .starts_count = STARTS};
    refusal = kithi_fit_search(&fit, report);
    if (refusal != KITHI_REFUSAL_NONE) {
        return refusal;
    }
    if (report->parameters[1] <= 1) {
        return KITHI_REFUSAL_INFINITE_MEAN;
    }
    *out = (kithi_spend){report->parameters[0], report->parameters[1], report->parameters[2]};
    return KITHI_REFUSAL_NONE;
}

/* What to expect */

double kithi_spend_expected(const kithi_spend *m, double purchases, double mean) {
    double below = m->p * purchases + m->q - 1;
    return below > 0 ? m->p * (m->gamma + purchases * mean) / below : INFINITY;
}

double kithi_spend_at_most(const kithi_spend *m, double purchases, double mean, double orders,
                           double amount) {
    double scale = m->gamma + purchases * mean;
    return amount > 0 ? kithi_incomplete_beta(m->p * orders, m->p * purchases + m->q,
                                              amount / (scale + amount))
                      : 0;
}

#define WIDE 200 /* a logarithm of amounts: nothing is so far off */

typedef struct asked {
    const kithi_spend *model;
    double purchases, mean, orders;
} asked;

static double at_most(const void *context, double log_amount) {
    const asked *a = context;
    return kithi_spend_at_most(a->model, a->purchases, a->mean, a->orders, exp(log_amount));
}

/* Between places that are widened until the chance lies there. */
static double amount_by(const asked *a, double chance) {
    const kithi_spend *m = a->model;
    double shape = m->p * a->purchases + m->q;
    double typical = log((m->gamma + a->purchases * a->mean) * m->p * a->orders / shape);
    double low = typical - 1, high = typical + 1;
    while (at_most(a, low) >= chance && low > typical - WIDE) {
        low -= typical - low;
    }
    while (at_most(a, high) < chance && high < typical + WIDE) {
        high += high - typical;
    }
    return exp(kithi_reach(at_most, a, chance, low, high));
}

kithi_interval kithi_spend_interval(const kithi_spend *m, double purchases, double mean,
                                    double orders, double share) {
    asked a = {m, purchases, mean, orders};
    double aside = (1 - share) / 2;
    return (kithi_interval){amount_by(&a, aside) / orders, amount_by(&a, 1 - aside) / orders};
}
