#include "src/score/pareto.h"

#include <math.h>

#define PANELS_MAX 4
#define NATS       42 /* of an integrand's decay, behind which nothing is left of it */

/* The integral over when a customer dropped out, and what it leans to: logarithms of the rates'
 * denominators and their inverses, averaged by the integrand. */
typedef struct leaving {
    double log_chance; /* -INFINITY: he bought just now */
    double log_alpha, inverse_alpha, log_beta, inverse_beta;
} leaving;

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

static leaving leave(const kithi_pareto *m, const kithi_repeat *c) {
    leaving l = {.log_chance = -INFINITY};
    factors f = factors_of(m, c);
    double end = end_of(&f, c->age - c->recency), falls = f.near_power - 1, sum = 0;
    if (!(c->age > c->recency)) {
        return l;
    }
    int panels = panels_of((fabs(falls) + f.far_power) * end);
    double half = end / panels / 2, log_near = log(f.near), log_far = log(f.far);
    bool by_alpha = m->alpha < m->beta;
    for (int i = 0; i < panels; i++) {
        for (int j = 0; j < KITHI_QUADRATURE_POINTS; j++) {
            double w = half * (2 * i + 1 + m->quadrature.nodes[j]);
            double far = f.far + f.near * expm1(w), log_of_far = log(far);
            double part = m->quadrature.weights[j] * half *
                          exp(-falls * w - f.far_power * (log_of_far - log_far));
            double log_of_near = log_near + w, inverse_near = exp(-w) / f.near;
            sum += part;
            l.log_alpha += part * (by_alpha ? log_of_near : log_of_far);
            l.inverse_alpha += part * (by_alpha ? inverse_near : 1 / far);
            l.log_beta += part * (by_alpha ? log_of_far : log_of_near);
            l.inverse_beta += part * (by_alpha ? 1 / far : inverse_near);
        }
    }
    l.log_chance = log(m->s) - falls * log_near - f.far_power * log_far + log(sum);
    l.log_alpha /= sum;
    l.inverse_alpha /= sum;
    l.log_beta /= sum;
    l.inverse_beta /= sum;
    return l;
}

static double log_staying(const kithi_pareto *m, const kithi_repeat *c) {
    return -(m->r + c->frequency) * log(m->alpha + c->age) - m->s * log(m->beta + c->age);
}

/* What hangs on the frequency alone. */
typedef struct by_frequency {
    uint32_t frequency;
    double log_ratio, slope; /* log Gamma(r + x) / Gamma(r), and its derivative */
} by_frequency;

static by_frequency frequency_of(const kithi_pareto *m, uint32_t frequency) {
    return (by_frequency){frequency, kithi_log_gamma(m->r + frequency) - kithi_log_gamma(m->r),
                          kithi_digamma(m->r + frequency) - kithi_digamma(m->r)};
}

static double add_customer(const kithi_pareto *m, const kithi_repeat *c, const by_frequency *f,
                           double *gradient) {
    leaving l = leave(m, c);
    double stays = log_staying(m, c), either = kithi_log_add(stays, l.log_chance);
    double gone = exp(l.log_chance - either), alive = 1 - gone, shape = m->r + c->frequency;
    double alpha = m->alpha + c->age, beta = m->beta + c->age;
    gradient[0] += c->weight * (f->slope + log(m->alpha) - alive * log(alpha) - gone * l.log_alpha);
    gradient[1] += c->weight * (m->r / m->alpha - shape * (alive / alpha + gone * l.inverse_alpha));
    gradient[2] += c->weight * (log(m->beta) - alive * log(beta) + gone * (1 / m->s - l.log_beta));
    gradient[3] +=
        c->weight * (m->s / m->beta - alive * m->s / beta - gone * (m->s + 1) * l.inverse_beta);
    return c->weight * (f->log_ratio + m->r * log(m->alpha) + m->s * log(m->beta) + either);
}

double kithi_pareto_likelihood(const kithi_pareto *m, const kithi_repeat *customers, size_t count,
                               double gradient[KITHI_PARETO_PARAMETERS]) {
    by_frequency f = frequency_of(m, 0);
    double sum = 0;
    for (size_t i = 0; i < KITHI_PARETO_PARAMETERS; i++) {
        gradient[i] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (f.frequency != customers[i].frequency) {
            f = frequency_of(m, customers[i].frequency);
        }
        sum += add_customer(m, &customers[i], &f, gradient);
    }
    return sum;
}

/* What to expect */

double kithi_pareto_alive(const kithi_pareto *m, const kithi_repeat *c) {
    return 1 / (1 + exp(leave(m, c).log_chance - log_staying(m, c)));
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
