#include "src/score/dropout.h"

#include <math.h>
#include <stdlib.h>

#include "src/score/fit.h"
#include "src/score/special.h"

/* What is likely of one customer: log-likelihoods, but for what is the same whether or not he
 * dropped out. */
typedef struct fates {
    double alive, gone;                 /* gone: -INFINITY where he can't be */
    double phase[KITHI_REGULARITY_MAX]; /* alive, so many events after the last purchase: shares */
    double shape;                       /* of the gamma distribution of his rate: r + k x */
} fates;

/* Of so many events since the last purchase, which must be fewer than k, each is as likely as
 * Gamma(shape + j) / (j! Gamma(shape)) y^j, where y is the share of all time that it took. */
static double weigh_phases(const kithi_dropout *m, double y, fates *f) {
    double weight = 1, sum = 0;
    for (unsigned j = 0; j < m->regularity; j++) {
        f->phase[j] = weight;
        sum += weight;
        weight *= y * (f->shape + j) / (j + 1);
    }
    for (unsigned j = 0; j < m->regularity; j++) {
        f->phase[j] /= sum;
    }
    return sum;
}

static bool may_be_gone(const kithi_dropout *m, const kithi_repeat *c) {
    return c->frequency > 0 || m->at_once;
}

/* Chances to stay that were taken: after each purchase but, unless at once, the first. */
static uint32_t stays_of(const kithi_dropout *m, const kithi_repeat *c) {
    return c->frequency + m->at_once;
}

static fates fates_of(const kithi_dropout *m, const kithi_repeat *c) {
    fates f = {.gone = -INFINITY, .shape = m->r + (double)m->regularity * c->frequency};
    double all = m->alpha + c->age;
    f.alive = log(weigh_phases(m, (c->age - c->recency) / all, &f)) - f.shape * log(all);
    if (may_be_gone(m, c)) {
        f.gone = log(m->a / (m->b + stays_of(m, c) - 1)) - f.shape * log(m->alpha + c->recency);
    }
    return f;
}

/* Likelihood */

/* Sums over i below n of log(p + i) and of 1 / (p + i): differences of log Gamma and of its
 * derivative, as frequencies are whole numbers. */
typedef struct prefix {
    double *logs, *inverses;
} prefix;

static bool make_prefix(prefix *p, double from, size_t count) {
    p->logs = malloc((count + 1) * sizeof *p->logs);
    p->inverses = malloc((count + 1) * sizeof *p->inverses);
    if (p->logs == NULL || p->inverses == NULL) {
        return false;
    }
    p->logs[0] = p->inverses[0] = 0;
    for (size_t i = 0; i < count; i++) {
        p->logs[i + 1] = p->logs[i] + log(from + (double)i);
        p->inverses[i + 1] = p->inverses[i] + 1 / (from + (double)i);
    }
    return true;
}

static void clear_prefix(prefix *p) {
    free(p->logs);
    free(p->inverses);
}

typedef struct tables {
    prefix events, stays, chances; /* from r, b and a + b on */
} tables;

static bool make_tables(tables *t, const kithi_dropout *m, const kithi_repeat *customers,
                        size_t count) {
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        most = customers[i].frequency > most ? customers[i].frequency : most;
    }
    *t = (tables){{NULL, NULL}, {NULL, NULL}, {NULL, NULL}};
    return make_prefix(&t->events, m->r, m->regularity * most) &&
           make_prefix(&t->stays, m->b, most + 1) &&
           make_prefix(&t->chances, m->a + m->b, most + 1);
}

static void clear_tables(tables *t) {
    clear_prefix(&t->events);
    clear_prefix(&t->stays);
    clear_prefix(&t->chances);
}

/* What the phases add to the derivatives by r and alpha of one who is alive. */
static void lean_phases(const kithi_dropout *m, const fates *f, double *by_shape, double *events) {
    double inverses = 0;
    *by_shape = *events = 0;
    for (unsigned j = 0; j < m->regularity; j++) {
        *by_shape += f->phase[j] * inverses;
        *events += f->phase[j] * j;
        inverses += 1 / (f->shape + j);
    }
}

/* Adds what is likely of a customer, and its gradient. */
static double add_customer(const kithi_dropout *m, const tables *t, const kithi_repeat *c,
                           double *gradient) {
    size_t stays = stays_of(m, c), events = (size_t)m->regularity * c->frequency;
    fates f = fates_of(m, c);
    double either = kithi_log_add(f.alive, f.gone), gone = exp(f.gone - either), alive = 1 - gone;
    double all = m->alpha + c->age, last = m->alpha + c->recency, by_shape, more;
    lean_phases(m, &f, &by_shape, &more);
    gradient[0] += c->weight * (t->events.inverses[events] + log(m->alpha) -
                                alive * (log(all) - by_shape) - gone * log(last));
    gradient[1] +=
        c->weight * (m->r / m->alpha - alive * (f.shape + more) / all - gone * f.shape / last);
    gradient[2] += c->weight * (gone / m->a - t->chances.inverses[stays]);
    gradient[3] += c->weight * (t->stays.inverses[stays] - t->chances.inverses[stays] -
                                (gone > 0 ? gone / (m->b + (double)stays - 1) : 0));
    return c->weight * (t->events.logs[events] + m->r * log(m->alpha) + t->stays.logs[stays] -
                        t->chances.logs[stays] + either);
}

/* What regular buyers' gaps add, which hangs on k alone. */
static double gaps_of(const kithi_dropout *m, const kithi_repeat *c) {
    return (m->regularity - 1.0) * c->log_gaps -
           c->weight * c->frequency * kithi_log_gamma(m->regularity);
}

bool kithi_dropout_likelihood(const kithi_dropout *m, const kithi_repeat *customers, size_t count,
                              double *out, double gradient[KITHI_DROPOUT_PARAMETERS]) {
    tables t;
    bool made = make_tables(&t, m, customers, count);
    *out = 0;
    for (size_t i = 0; i < KITHI_DROPOUT_PARAMETERS; i++) {
        gradient[i] = 0;
    }
    for (size_t i = 0; made && i < count; i++) {
        *out += add_customer(m, &t, &customers[i], gradient) + gaps_of(m, &customers[i]);
    }
    clear_tables(&t);
    return made;
}

/* Fitting */

typedef struct fitting {
    kithi_dropout model;
    const kithi_repeat *customers;
    size_t count;
    bool no_memory;
} fitting;

static void set_parameters(kithi_dropout *m, const double *parameters) {
    m->r = parameters[0];
    m->alpha = parameters[1];
    m->a = parameters[2];
    m->b = parameters[3];
}

static double likelihood_at(void *context, const double *parameters, double *gradient) {
    fitting *f = context;
    double likelihood;
    set_parameters(&f->model, parameters);
    if (!kithi_dropout_likelihood(&f->model, f->customers, f->count, &likelihood, gradient)) {
        f->no_memory = true;
        return NAN;
    }
    return likelihood;
}

bool kithi_dropout_fit(kithi_dropout *m, const kithi_repeat *customers, size_t count,
                       kithi_minimum *out, double errors[KITHI_DROPOUT_PARAMETERS]) {
    fitting f = {.model = *m, .customers = customers, .count = count};
    double parameters[KITHI_DROPOUT_PARAMETERS] = {m->r, m->alpha, m->a, m->b};
    *out = kithi_fit(likelihood_at, &f, kithi_repeat_weight(customers, count), parameters, errors,
                     KITHI_DROPOUT_PARAMETERS);
    set_parameters(m, parameters);
    return !f.no_memory;
}

/* What to expect */

double kithi_dropout_alive(const kithi_dropout *m, const kithi_repeat *c) {
    fates f = fates_of(m, c);
    return 1 / (1 + exp(f.gone - f.alive));
}

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

#define TERMS_MAX 50000000
#define RESCALE   1e200

/*
 * Purchases from a phase on: the events of a Poisson process of a gamma rate are negative binomial,
 * and the n-th purchase happens at event k n - phase if he stayed n - 1 times before, for which the
 * chance is a ratio of beta functions. So it is a sum of what is positive over the number of
 * events; its terms grow to a top and then fall, in the end by z each.
 */
static double expected_from(const kithi_dropout *m, const prospect *p, unsigned phase, double z,
                            double first_chance) {
    double shape = p->fates.shape + phase, b = p->dropouts;
    double term = 1, scale = shape * log1p(-z), chance = first_chance, purchases = 0, sum = 0;
    uint64_t next = m->regularity - phase, bought = 0;
    for (uint64_t i = 1; i < TERMS_MAX; i++) {
        double ratio = z * (shape + (double)i - 1) / (double)i;
        term *= ratio;
        if (i == next) {
            purchases += chance;
            chance *= (b + (double)bought) / (m->a + b + (double)bought);
            bought++;
            next += m->regularity;
        }
        sum += term * purchases;
        if (sum > RESCALE) {
            term /= RESCALE;
            sum /= RESCALE;
            scale += log(RESCALE);
        }
        if (ratio < 1 && term * (purchases + 1) < 1e-17 * (1 - ratio) * sum) {
            break;
        }
    }
    return sum * exp(scale);
}

double kithi_dropout_expected(const kithi_dropout *m, const kithi_repeat *c, double time) {
    prospect p = prospect_of(m, c);
    double z = time / (p.scale + time), sum = 0;
    /* A new one of a model in which he may drop out at once stays first. */
    bool stays_first = c == NULL && m->at_once;
    double first = stays_first ? m->b / (m->a + m->b) : 1;
    p.dropouts += stays_first;
    if (!(time > 0)) {
        return 0;
    }
    for (unsigned j = 0; j < m->regularity; j++) {
        if (p.fates.phase[j] > 0) {
            sum += p.fates.phase[j] * expected_from(m, &p, j, z, first);
        }
    }
    return p.alive * sum;
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
    return p.alive * chance * sum;
}
