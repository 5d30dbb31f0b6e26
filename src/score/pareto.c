#include "src/score/pareto.h"

#include <math.h>
#include <string.h>

#include "src/score/cholesky.h"

#define PANELS_MAX 4
#define NATS       42 /* of an integrand's decay, behind which nothing is left of it */

enum { R, ALPHA, S, BETA };
_Static_assert(BETA + 1 == KITHI_PARETO_PARAMETERS, "each parameter has its place");

/* Means over when a customer dropped out, were he gone: of the logarithm of alpha + that time, its
 * inverse, and the same of beta + that time; and of their products. */
#define LEANINGS 4
typedef struct leanings {
    double mean[LEANINGS], product[LEANINGS][LEANINGS]; /* the lower triangle */
} leanings;

/* How many panels an integrand of that decay wants. */
static int panels_of(double decay) {
    return decay > 24 ? PANELS_MAX : decay > 8 ? 2 : 1;
}

/* The integrand has two factors, each a power of a sum of what it starts from and of the time: by
 * `near`, the lesser one at first, it falls the sooner. */
typedef struct factors {
    double near, near_power, far, far_power;
} factors;

static factors factors_of(const kithi_pareto *m, const kithi_repeat *c) {
    double alpha = m->alpha + c->recency, beta = m->beta + c->recency;
    double by_alpha = m->r + c->frequency, by_beta = m->s + 1;
    return alpha < beta ? (factors){alpha, by_alpha, beta, by_beta}
                        : (factors){beta, by_beta, alpha, by_alpha};
}

/* Where the integrand ends in w = log((near + y) / near), in which the one factor falls evenly, or
 * where nothing is left of it before. */
static double end_of(const factors *f, double time) {
    double end = log1p(time / f->near), falls = f->near_power - 1;
    double by_far = log1p(expm1(NATS / f->far_power) * f->far / f->near);
    end = falls > 0 && NATS / falls < end ? NATS / falls : end;
    return by_far < end ? by_far : end;
}

static void lean(leanings *l, const double values[LEANINGS], double part) {
    for (size_t i = 0; i < LEANINGS; i++) {
        double weighed = part * values[i];
        l->mean[i] += weighed;
        for (size_t j = 0; j <= i; j++) {
            l->product[i][j] += weighed * values[j];
        }
    }
}

static void divide(leanings *l, double sum) {
    for (size_t i = 0; i < LEANINGS; i++) {
        l->mean[i] /= sum;
        for (size_t j = 0; j <= i; j++) {
            l->product[i][j] /= sum;
        }
    }
}

/* The integral over when a customer dropped out, its logarithm: -INFINITY of one who bought just
 * now. Leanings are told of others only, and unless NULL. */
static double leave(const kithi_pareto *m, const kithi_repeat *c, leanings *out) {
    factors f = factors_of(m, c);
    double end = end_of(&f, c->age - c->recency), falls = f.near_power - 1, sum = 0;
    if (!(c->age > c->recency)) {
        return -INFINITY;
    }
    int panels = panels_of((fabs(falls) + f.far_power) * end);
    double half = end / panels / 2, log_near = log(f.near), log_far = log(f.far);
    bool by_alpha = m->alpha < m->beta;
    for (int i = 0; i < panels; i++) {
        for (int j = 0; j < KITHI_QUADRATURE_POINTS; j++) {
            double w = half * (2 * i + 1 + m->quadrature.nodes[j]), more = f.near * expm1(w);
            double near = f.near + more, far = f.far + more, log_of_far = log(far);
            double part = m->quadrature.weights[j] * half *
                          exp(-falls * w - f.far_power * (log_of_far - log_far));
            sum += part;
            if (out != NULL && by_alpha) {
                lean(out, (double[]){log_near + w, 1 / near, log_of_far, 1 / far}, part);
            } else if (out != NULL) {
                lean(out, (double[]){log_of_far, 1 / far, log_near + w, 1 / near}, part);
            }
        }
    }
    if (out != NULL) {
        divide(out, sum);
    }
    return log(m->s) - falls * log_near - f.far_power * log_far + log(sum);
}

static double log_staying(const kithi_pareto *m, const kithi_repeat *c) {
    return -(m->r + c->frequency) * log(m->alpha + c->age) - m->s * log(m->beta + c->age);
}

/* What hangs on the frequency alone. */
typedef struct by_frequency {
    uint32_t frequency;
    double log_ratio, slope, bend; /* log Gamma(r + x) / Gamma(r), and its derivatives */
} by_frequency;

static by_frequency frequency_of(const kithi_pareto *m, uint32_t frequency) {
    return (by_frequency){frequency, kithi_log_gamma(m->r + frequency) - kithi_log_gamma(m->r),
                          kithi_digamma(m->r + frequency) - kithi_digamma(m->r),
                          kithi_trigamma(m->r + frequency) - kithi_trigamma(m->r)};
}

/* A log-likelihood's derivatives; of the second ones the lower triangle. */
typedef struct derivatives {
    double first[KITHI_PARETO_PARAMETERS];
    double second[KITHI_PARETO_PARAMETERS][KITHI_PARETO_PARAMETERS];
} derivatives;

/* Of one who is there. */
static derivatives of_staying(const kithi_pareto *m, const kithi_repeat *c) {
    double alpha = m->alpha + c->age, beta = m->beta + c->age, shape = m->r + c->frequency;
    derivatives d = {.first = {-log(alpha), -shape / alpha, -log(beta), -m->s / beta}};
    d.second[ALPHA][R] = -1 / alpha;
    d.second[ALPHA][ALPHA] = shape / (alpha * alpha);
    d.second[BETA][S] = -1 / beta;
    d.second[BETA][BETA] = m->s / (beta * beta);
    return d;
}

/* Of one who is gone: means of those by when he went, to which the second ones add the covariances
 * of the first ones. */
static derivatives of_leaving(const kithi_pareto *m, const kithi_repeat *c, const leanings *l) {
    const double scales[LEANINGS] = {1, m->r + c->frequency, 1, m->s + 1};
    derivatives d = {.first = {0}};
    for (size_t i = 0; i < LEANINGS; i++) {
        d.first[i] = -scales[i] * l->mean[i];
        for (size_t j = 0; j <= i; j++) {
            double covariance = l->product[i][j] - l->mean[i] * l->mean[j];
            d.second[i][j] = scales[i] * scales[j] * covariance;
        }
    }
    d.first[S] += 1 / m->s;
    d.second[ALPHA][R] -= l->mean[ALPHA];
    d.second[ALPHA][ALPHA] += scales[ALPHA] * l->product[ALPHA][ALPHA];
    d.second[S][S] -= 1 / (m->s * m->s);
    d.second[BETA][S] -= l->mean[BETA];
    d.second[BETA][BETA] += scales[BETA] * l->product[BETA][BETA];
    return d;
}

/* Of one of whom only the chance is known that he is gone: again means and covariances. */
static void add_mixture(derivatives *out, double weight, double gone, const derivatives *left,
                        const derivatives *there) {
    for (size_t i = 0; i < KITHI_PARETO_PARAMETERS; i++) {
        double apart = left->first[i] - there->first[i];
        out->first[i] += weight * (there->first[i] + gone * apart);
        for (size_t j = 0; j <= i; j++) {
            double mean = there->second[i][j] + gone * (left->second[i][j] - there->second[i][j]);
            double covariance = gone * (1 - gone) * apart * (left->first[j] - there->first[j]);
            out->second[i][j] += weight * (mean + covariance);
        }
    }
}

static double add_customer(const kithi_pareto *m, const kithi_repeat *c, const by_frequency *f,
                           derivatives *out) {
    leanings l = {.mean = {0}};
    double leaves = leave(m, c, &l), stays = log_staying(m, c),
           either = kithi_log_add(stays, leaves);
    derivatives left = of_leaving(m, c, &l), there = of_staying(m, c);
    add_mixture(out, c->weight, exp(leaves - either), &left, &there);
    out->first[R] += c->weight * f->slope;
    out->second[R][R] += c->weight * f->bend;
    return c->weight * (f->log_ratio + either);
}

/* What all have in common: alpha to the r, and beta to the s. */
static double add_scale(const kithi_pareto *m, double weight, derivatives *out) {
    double log_alpha = log(m->alpha), log_beta = log(m->beta);
    out->first[R] += weight * log_alpha;
    out->first[ALPHA] += weight * m->r / m->alpha;
    out->first[S] += weight * log_beta;
    out->first[BETA] += weight * m->s / m->beta;
    out->second[ALPHA][R] += weight / m->alpha;
    out->second[ALPHA][ALPHA] -= weight * m->r / (m->alpha * m->alpha);
    out->second[BETA][S] += weight / m->beta;
    out->second[BETA][BETA] -= weight * m->s / (m->beta * m->beta);
    return weight * (m->r * log_alpha + m->s * log_beta);
}

double kithi_pareto_likelihood(const kithi_pareto *m, const kithi_repeat *customers, size_t count,
                               double gradient[KITHI_PARETO_PARAMETERS],
                               double curve[KITHI_PARETO_PARAMETERS * KITHI_PARETO_PARAMETERS]) {
    by_frequency f = frequency_of(m, 0);
    derivatives d = {.first = {0}};
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (f.frequency != customers[i].frequency) {
            f = frequency_of(m, customers[i].frequency);
        }
        sum += add_customer(m, &customers[i], &f, &d);
    }
    sum += add_scale(m, kithi_repeat_weight(customers, count), &d);
    memcpy(gradient, d.first, sizeof d.first);
    kithi_symmetric(*d.second, KITHI_PARETO_PARAMETERS, curve);
    return sum;
}

/* What to expect */

double kithi_pareto_alive(const kithi_pareto *m, const kithi_repeat *c) {
    return 1 / (1 + exp(leave(m, c, NULL) - log_staying(m, c)));
}

/* What is known of one who is alive, or of a new one. */
typedef struct prospect {
    double alive, shape, alpha, beta;
} prospect;

static prospect prospect_of(const kithi_pareto *m, const kithi_repeat *c) {
    if (c == NULL) {
        return (prospect){1, m->r, m->alpha, m->beta};
    }
    return (prospect){kithi_pareto_alive(m, c), m->r + c->frequency, m->alpha + c->age,
                      m->beta + c->age};
}

/* How long he is expected to be there in that time, in closed form; where s is next to 1 it is a
 * logarithm. */
static double stay_of(const kithi_pareto *m, const prospect *p, double time) {
    double span = log1p(time / p->beta), falls = m->s - 1;
    return p->beta * (fabs(falls * span) < 1e-12 ? span : -expm1(-falls * span) / falls);
}

double kithi_pareto_expected(const kithi_pareto *m, const kithi_repeat *c, double time) {
    prospect p = prospect_of(m, c);
    return time > 0 ? p.alive * p.shape / p.alpha * stay_of(m, &p, time) : 0;
}

double kithi_pareto_staying(const kithi_pareto *m, const kithi_repeat *c, double time) {
    prospect p = prospect_of(m, c);
    return time > 0 ? p.alive * exp(-m->s * log1p(time / p.beta)) : p.alive;
}

static double at_least_within(const prospect *p, double time, uint32_t purchases) {
    return purchases == 1 ? -expm1(-p->shape * log1p(time / p->alpha))
                          : kithi_incomplete_beta(purchases, p->shape, time / (p->alpha + time));
}

/* Between which times, up to a last one, it turns from impossible to sure that a customer who stays
 * makes so many purchases: time / (alpha + time) is beta distributed then. */
typedef struct turn {
    double begin, end;
} turn;

#define TURN_DEVIATIONS 12

static double time_of(const prospect *p, double share, double last) {
    double time = share < 1 ? p->alpha * share / (1 - share) : last;
    return time < last ? time : last;
}

static turn turn_of(const prospect *p, double last, uint32_t purchases) {
    double all = p->shape + purchases, mean = purchases / all;
    double reach = TURN_DEVIATIONS * sqrt(mean * (1 - mean) / (all + 1)) + NATS / all;
    return (turn){time_of(p, fmax(mean - reach, 0), last), time_of(p, mean + reach, last)};
}

/* Over when he drops out, in v = log((beta + time) / beta), in which the density falls evenly.
 * Before the turn he can't have made them, after it he has. */
double kithi_pareto_at_least(const kithi_pareto *m, const kithi_repeat *c, double time,
                             uint32_t purchases) {
    prospect p = prospect_of(m, c);
    if (!(time > 0)) {
        return 0;
    }
    turn t = turn_of(&p, time, purchases);
    double begin = log1p(t.begin / p.beta), end = log1p(t.end / p.beta),
           last = log1p(time / p.beta);
    int panels = purchases == 1 ? PANELS_MAX / 2 : PANELS_MAX;
    double half = (end - begin) / panels / 2;
    double sum = exp(-m->s * last) * at_least_within(&p, time, purchases) -
                 exp(-m->s * end) * expm1(-m->s * (last - end));
    for (int i = 0; i < panels; i++) {
        for (int j = 0; j < KITHI_QUADRATURE_POINTS; j++) {
            double v = begin + half * (2 * i + 1 + m->quadrature.nodes[j]);
            sum += m->quadrature.weights[j] * half * m->s * exp(-m->s * v) *
                   at_least_within(&p, p.beta * expm1(v), purchases);
        }
    }
    return p.alive * fmin(sum, 1);
}
