#include "src/score/dropout.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "src/score/special.h"

/* What is likely of one customer: log-likelihoods, but for what is the same whether or not he
 * dropped out. */
typedef struct fates {
    double alive, gone;                 /* gone: -INFINITY where he can't be */
    double phase[KITHI_REGULARITY_MAX]; /* alive, so many events after the last purchase: shares */
    double shape;                       /* of the gamma distribution of his rate: r + k x */
} fates;

double kithi_dropout_phases(const kithi_dropout *m, const kithi_repeat *c,
                            double shares[KITHI_REGULARITY_MAX]) {
    double shape = m->r + (double)m->regularity * c->frequency;
    double y = (c->age - c->recency) / (m->alpha + c->age), weight = 1, sum = 0;
    for (unsigned j = 0; j < m->regularity; j++) {
        shares[j] = weight;
        sum += weight;
        weight *= y * (shape + j) / (j + 1);
    }
    for (unsigned j = 0; j < m->regularity; j++) {
        shares[j] /= sum;
    }
    return sum;
}

static bool may_be_gone(const kithi_dropout *m, const kithi_repeat *c) {
    return c->frequency > 0 || m->at_once;
}

/* Chances to stay that were taken: after each purchase but, unless at once, the first. */
static double stays_of(const kithi_dropout *m, const kithi_repeat *c) {
    return (double)c->frequency + m->at_once;
}

static fates fates_of(const kithi_dropout *m, const kithi_repeat *c) {
    fates f = {.gone = -INFINITY, .shape = m->r + (double)m->regularity * c->frequency};
    f.alive = log(kithi_dropout_phases(m, c, f.phase)) - f.shape * log(m->alpha + c->age);
    if (may_be_gone(m, c)) {
        f.gone = log(m->a / (m->b + (stays_of(m, c) - 1))) - f.shape * log(m->alpha + c->recency);
    }
    return f;
}

/* What to expect */

/* What is known of one who is alive, or of a new one. */
typedef struct prospect {
    double alive;
    double scale;    /* of his rate: alpha + T */
    double dropouts; /* b and the times he stayed */
    fates fates;
} prospect;

static prospect prospect_of(const kithi_dropout *m, const kithi_repeat *c) {
    prospect p = {.alive = 1, .scale = m->alpha, .dropouts = m->b};
    if (c == NULL) {
        p.fates.shape = m->r;
        p.fates.phase[0] = 1;
        return p;
    }
    p.fates = fates_of(m, c);
    p.alive = 1 / (1 + exp(p.fates.gone - p.fates.alive));
    p.scale += c->age;
    p.dropouts += stays_of(m, c);
    return p;
}

double kithi_dropout_alive(const kithi_dropout *m, const kithi_repeat *c) {
    return kithi_dropout_staying(m, c, 0);
}

/* What a customer who is there does in a time. */
typedef struct outlook {
    double purchases, stays; /* how many, and the chance that he is still there then */
} outlook;

/* From a phase on, in a time that takes the share z of all time up to then. */
typedef struct horizon {
    unsigned phase;
    double shape, scale; /* of his rate */
    double time, z;
    double first_chance; /* to stay for any of it */
} horizon;

/* Many events of one whose rate is well known are as good as a flow. */
#define FLOW_EVENTS 2e5
#define FLOW_SHAPE  50
#define FLOW_REACH  14 /* deviations, beyond which nothing is left */
#define FLOW_NATS   60 /* and of what falls evenly */

#define NEAR_ONE                                                                                   \
    4e-6 /* where a is 1 a logarithm takes the place of a power, which rounds off there */

/* Of so many purchases, were he to stay: how many he makes, and whether he stays after all. They
 * are sums and products of chances to stay in closed form. */
static outlook after_purchases(const kithi_dropout *m, double b, double purchases) {
    double stays = kithi_log_beta(m->a, b + purchases) - kithi_log_beta(m->a, b);
    double all = m->a + b - 1, above = m->a - 1;
    if (fabs(above) < NEAR_ONE) {
        return (outlook){b * (kithi_digamma(b + purchases) - kithi_digamma(b)), exp(stays)};
    }
    return (outlook){(all - (all + purchases) * exp(stays)) / above, exp(stays)};
}

/* By the trapezoidal rule over the logarithm of his rate, which converges quickly as the density
 * falls to nothing on both sides. */
static outlook flow(const kithi_dropout *m, double b, const horizon *h) {
    double top = h->shape / h->scale * h->time, deviation = 1 / sqrt(h->shape), weights = 0;
    outlook sum = {0, 0};
    for (double u = -FLOW_REACH * deviation; u < FLOW_REACH * deviation; u += deviation / 4) {
        double weight = exp(h->shape * (u - expm1(u)));
        double events = top * exp(u) + h->phase - (m->regularity - 1) / 2.;
        outlook then = after_purchases(m, b, fmax(events, 0) / m->regularity);
        weights += weight;
        sum.purchases += weight * then.purchases;
        sum.stays += weight * then.stays;
    }
    return (outlook){h->first_chance * sum.purchases / weights,
                     h->first_chance * sum.stays / weights};
}

#define RESCALE     1e200
#define COUNTED_MAX 100000 /* events; beyond, chances are integrated over */

/* More events than that, of one whose rate is little known: the chance of so many is smooth there,
 * as it is a power of them that wanes. */
static outlook integrate_rest(const kithi_dropout *m, double b, const horizon *h) {
    kithi_quadrature quadrature;
    double wanes = h->scale / (h->scale + h->time), begin = log(COUNTED_MAX + .5);
    double end = log((h->shape + FLOW_REACH * sqrt(h->shape) + FLOW_NATS) / wanes);
    double panels = ceil(2 * (end - begin)), half = (end - begin) / panels / 2;
    double scale = h->shape * log(wanes) - kithi_log_gamma(h->shape);
    outlook sum = {0, 0};
    kithi_quadrature_init(&quadrature);
    for (double i = 0; i < panels; i++) {
        for (int j = 0; j < KITHI_QUADRATURE_POINTS; j++) {
            double log_events = begin + half * (2 * i + 1 + quadrature.nodes[j]);
            double events = exp(log_events);
            /* log Gamma(shape + events) - log Gamma(1 + events), and events over their logarithm */
            double chance = scale + (h->shape - 1) * log(events + h->shape / 2) +
                            events * log1p(-wanes) + log_events;
            double weight = quadrature.weights[j] * half * exp(chance);
            double purchases = (events + h->phase - (m->regularity - 1) / 2.) / m->regularity;
            outlook then = after_purchases(m, b, purchases);
            sum.purchases += weight * then.purchases;
            sum.stays += weight * then.stays;
        }
    }
    return (outlook){h->first_chance * sum.purchases, h->first_chance * sum.stays};
}

/*
 * The events of a Poisson process of a gamma rate are negative binomial, and the n-th purchase
 * happens at event k n - phase if he stayed n - 1 times before, for which the chance is a ratio of
 * beta functions. So it is a sum of what is positive over the number of events; its terms grow to a
 * top and then fall, in the end by z each.
 */
static outlook count_events(const kithi_dropout *m, double b, const horizon *h) {
    double term = 1, scale = h->shape * log1p(-h->z), stays = h->first_chance, purchases = 0;
    outlook sum = {0, stays}, rest = {0, 0};
    uint64_t next = m->regularity - h->phase, bought = 0;
    for (uint64_t i = 1;; i++) {
        if (i > COUNTED_MAX && h->shape <= FLOW_SHAPE) {
            rest = integrate_rest(m, b, h);
            break;
        }
        double ratio = h->z * (h->shape + (double)i - 1) / (double)i;
        term *= ratio;
        if (i == next) {
            purchases += stays;
            stays *= (b + (double)bought) / (m->a + b + (double)bought);
            bought++;
            next += m->regularity;
        }
        sum.purchases += term * purchases;
        sum.stays += term * stays;
        if (sum.purchases > RESCALE) {
            term /= RESCALE;
            sum.purchases /= RESCALE;
            sum.stays /= RESCALE;
            scale += log(RESCALE);
        }
        if (ratio < 1 && term * (purchases + 1) <= 1e-17 * (1 - ratio) * sum.purchases) {
            break;
        }
    }
    return (outlook){sum.purchases * exp(scale) + rest.purchases,
                     sum.stays * exp(scale) + rest.stays};
}

static outlook look_ahead(const kithi_dropout *m, const kithi_repeat *c, double time) {
    prospect p = prospect_of(m, c);
    /* A new one of a model in which he may drop out at once stays first. */
    bool stays_first = c == NULL && m->at_once;
    horizon h = {.scale = p.scale, .time = time, .z = time / (p.scale + time)};
    outlook sum = {0, 0};
    h.first_chance = stays_first ? m->b / (m->a + m->b) : 1;
    if (!(time > 0)) {
        return (outlook){0, p.alive * h.first_chance};
    }
    for (unsigned j = 0; j < m->regularity; j++) {
        h.phase = j;
        h.shape = p.fates.shape + j;
        if (p.fates.phase[j] > 0) {
            double b = p.dropouts + stays_first, events = h.shape * time / p.scale;
            bool flows = events > FLOW_EVENTS && h.shape > FLOW_SHAPE;
            outlook part = flows ? flow(m, b, &h) : count_events(m, b, &h);
            sum.purchases += p.fates.phase[j] * part.purchases;
            sum.stays += p.fates.phase[j] * part.stays;
        }
    }
    return (outlook){p.alive * sum.purchases, p.alive * fmin(sum.stays, 1)};
}

double kithi_dropout_expected(const kithi_dropout *m, const kithi_repeat *c, double time) {
    return time > 0 ? look_ahead(m, c, time).purchases : 0;
}

double kithi_dropout_staying(const kithi_dropout *m, const kithi_repeat *c, double time) {
    return look_ahead(m, c, time).stays;
}

double kithi_dropout_at_least(const kithi_dropout *m, const kithi_repeat *c, double time,
                              uint32_t purchases) {
    prospect p = prospect_of(m, c);
    double z = time / (p.scale + time), sum = 0, n = purchases - 1.0;
    if (!(time > 0)) {
        return 0;
    }
    double stays = c == NULL && m->at_once ? n + 1 : n;
    double chance =
        exp(kithi_log_beta(m->a, p.dropouts + stays) - kithi_log_beta(m->a, p.dropouts));
    for (unsigned j = 0; j < m->regularity; j++) {
        double events = (double)m->regularity * purchases - j;
        sum += p.fates.phase[j] > 0
                   ? p.fates.phase[j] * kithi_incomplete_beta(events, p.fates.shape + j, z)
                   : 0;
    }
    return p.alive * fmin(chance * sum, 1);
}
