/*
 * How likely histories are, with the first and second derivatives.
 *
 * A customer is a mixture of two fates: he stayed, or he dropped out after his last purchase. So
 * the gradient is the mean of the fates' gradients, by how likely each is, and the second
 * derivatives are the mean of theirs and the covariance of the gradients. What hangs on the
 * frequency alone is added once for all who follow one another with the same one.
 */
#include <math.h>
#include <string.h>

#include "src/score/cholesky.h"
#include "src/score/dropout.h"
#include "src/score/special.h"

enum { R, ALPHA, A, B };
_Static_assert(B + 1 == KITHI_DROPOUT_PARAMETERS, "each parameter has its place");

/* Sums over i below n of log(from + i), of 1 / (from + i) and of its square: differences of log
 * Gamma and of its derivatives, as frequencies are whole numbers. */
typedef struct rising {
    double from, logs, inverses, squares;
    uint64_t n;
} rising;

#define STEPS_MAX 64 /* beyond, the functions themselves are asked */

static void rise_to(rising *s, uint64_t n) {
    if (n < s->n) {
        *s = (rising){.from = s->from};
    }
    if (n - s->n > STEPS_MAX) {
        double from = s->from, to = s->from + (double)n;
        s->logs = kithi_log_gamma(to) - kithi_log_gamma(from);
        s->inverses = kithi_digamma(to) - kithi_digamma(from);
        s->squares = kithi_trigamma(from) - kithi_trigamma(to);
        s->n = n;
    }
    for (; s->n < n; s->n++) {
        double inverse = 1 / (s->from + (double)s->n);
        s->logs -= log(inverse);
        s->inverses += inverse;
        s->squares += inverse * inverse;
    }
}

/* A sum of logarithms of what is from 1 to FACTOR_MAX: one is taken of a product of many. */
typedef struct log_sum {
    double sum, product;
} log_sum;

#define FACTOR_MAX  1e140
#define PRODUCT_MAX 1e150

static void add_log(log_sum *s, double weight, double factor) {
    if (weight != 1) {
        s->sum += weight * log(factor);
        return;
    }
    s->product *= factor;
    if (s->product > PRODUCT_MAX) {
        s->sum += log(s->product);
        s->product = 1;
    }
}

/* Those who follow one another with the same frequency. */
typedef struct group {
    uint32_t frequency;
    bool open, may_be_gone;
    double shape;    /* of the gamma distribution of their rates: r + k x */
    double log_gone; /* of a / (b + stays - 1), the odds to drop out; -INFINITY: they can't have */
    double stayed;   /* b + stays - 1 */
    /* of those with the same last purchase, in turn: */
    double recency, inverse_last, log_last; /* of alpha + t */
    /* sums: */
    double weight, value, r, alpha, rr, ra, aa;
    double gone, unsure;           /* the chance that he is, and its variance */
    double unsure_r, unsure_alpha; /* its covariances with the gradient */
} group;

typedef struct sums {
    const kithi_dropout *model;
    rising events, stays, chances; /* from r, b and a + b on */
    group group;
    log_sum either;
    double value, weight;
    double gradient[KITHI_DROPOUT_PARAMETERS];
    double curve[KITHI_DROPOUT_PARAMETERS][KITHI_DROPOUT_PARAMETERS]; /* the lower triangle */
} sums;

/* What is left to be told of one who stayed: how many events there were since his last purchase,
 * which must be fewer than k. Logarithm, means, variances and covariance of derivatives. */
typedef struct phases {
    double log_sum, r, events, rr, r_events, events_events;
} phases;

static phases weigh_phases(const kithi_dropout *m, const kithi_repeat *c) {
    double shares[KITHI_REGULARITY_MAX], inverses = 0, squares = 0;
    phases p = {.log_sum = log(kithi_dropout_phases(m, c, shares))};
    double shape = m->r + (double)m->regularity * c->frequency;
    for (unsigned j = 0; j < m->regularity; j++) {
        p.r += shares[j] * inverses;
        p.events += shares[j] * j;
        p.rr += shares[j] * (inverses * inverses - squares);
        p.r_events += shares[j] * inverses * j;
        p.events_events += shares[j] * j * j;
        inverses += 1 / (shape + j);
        squares += 1 / ((shape + j) * (shape + j));
    }
    p.rr -= p.r * p.r;
    p.r_events -= p.r * p.events;
    p.events_events -= p.events * p.events;
    return p;
}

static void open_group(sums *s, uint32_t frequency) {
    const kithi_dropout *m = s->model;
    uint64_t stays = (uint64_t)frequency + m->at_once;
    group *g = &s->group;
    rise_to(&s->events, (uint64_t)m->regularity * frequency);
    rise_to(&s->stays, stays);
    rise_to(&s->chances, stays);
    *g = (group){.frequency = frequency, .open = true, .recency = NAN, .log_gone = -INFINITY};
    g->may_be_gone = stays > 0;
    g->shape = m->r + (double)m->regularity * frequency;
    if (g->may_be_gone) {
        g->stayed = m->b + ((double)stays - 1);
        g->log_gone = log(m->a / g->stayed);
    }
}

static void turn_to_last(group *g, const kithi_dropout *m, double recency) {
    g->recency = recency;
    g->inverse_last = 1 / (m->alpha + recency);
    g->log_last = -log(g->inverse_last);
}

#define LEAN_MAX 300 /* beyond, he is gone: exp(LEAN_MAX) is below FACTOR_MAX */

/* Both fates have the likelihood of the last purchase in common: (alpha + t) to the -shape. */
static void add_customer(sums *s, const kithi_repeat *c) {
    const kithi_dropout *m = s->model;
    group *g = &s->group;
    phases p = {0};
    if (c->recency != g->recency) {
        turn_to_last(g, m, c->recency);
    }
    if (m->regularity > 1) {
        p = weigh_phases(m, c);
    }
    double w = c->weight, all = m->alpha + c->age, inverse = 1 / all, last = g->inverse_last;
    double span = log(all * last), stayed = p.log_sum - g->shape * span;
    double lean = g->log_gone - stayed, more = lean > LEAN_MAX ? lean - LEAN_MAX : 0;
    double odds = exp(lean - more), alive = 1 / (1 + odds), gone = odds * alive;
    double by_r = span - p.r, by_alpha = (g->shape + p.events) * inverse - g->shape * last;
    double stays = w * alive, unsure = stays * gone, bend = g->shape * last * last;
    add_log(&s->either, w, 1 + odds);
    g->weight += w;
    g->value += w * (stayed + more - g->shape * g->log_last);
    g->r -= w * g->log_last + stays * by_r;
    g->alpha -= w * g->shape * last + stays * by_alpha;
    g->rr += stays * p.rr + unsure * by_r * by_r;
    g->ra += stays * (last - inverse - p.r_events * inverse) - w * last + unsure * by_r * by_alpha;
    g->aa += w * bend + unsure * by_alpha * by_alpha +
             stays * ((g->shape + p.events + p.events_events) * inverse * inverse - bend);
    g->gone += w * gone;
    g->unsure += unsure;
    g->unsure_r += unsure * by_r;
    g->unsure_alpha += unsure * by_alpha;
}

/* What a and b do to those who may have dropped out. */
static void add_dropouts(sums *s) {
    const group *g = &s->group;
    double a = 1 / s->model->a, b = -1 / g->stayed;
    s->gradient[A] += g->gone * a;
    s->gradient[B] += g->gone * b;
    s->curve[A][R] += g->unsure_r * a;
    s->curve[A][ALPHA] += g->unsure_alpha * a;
    s->curve[A][A] += (g->unsure - g->gone) * a * a;
    s->curve[B][R] += g->unsure_r * b;
    s->curve[B][ALPHA] += g->unsure_alpha * b;
    s->curve[B][A] += g->unsure * a * b;
    s->curve[B][B] += (g->unsure + g->gone) * b * b;
}

static void close_group(sums *s) {
    const group *g = &s->group;
    double w = g->weight;
    if (!g->open) {
        return;
    }
    s->weight += w;
    s->value += g->value + w * (s->events.logs + s->stays.logs - s->chances.logs);
    s->gradient[R] += g->r + w * s->events.inverses;
    s->gradient[ALPHA] += g->alpha;
    s->gradient[A] -= w * s->chances.inverses;
    s->gradient[B] += w * (s->stays.inverses - s->chances.inverses);
    s->curve[R][R] += g->rr - w * s->events.squares;
    s->curve[ALPHA][R] += g->ra;
    s->curve[ALPHA][ALPHA] += g->aa;
    s->curve[A][A] += w * s->chances.squares;
    s->curve[B][A] += w * s->chances.squares;
    s->curve[B][B] += w * (s->chances.squares - s->stays.squares);
    if (g->may_be_gone) {
        add_dropouts(s);
    }
}

/* What all have in common: alpha to the r. */
static void add_scale(sums *s) {
    const kithi_dropout *m = s->model;
    s->value += s->weight * m->r * log(m->alpha);
    s->gradient[R] += s->weight * log(m->alpha);
    s->gradient[ALPHA] += s->weight * m->r / m->alpha;
    s->curve[ALPHA][R] += s->weight / m->alpha;
    s->curve[ALPHA][ALPHA] -= s->weight * m->r / (m->alpha * m->alpha);
}

/* What regular buyers' gaps add, which hangs on k alone. */
static double gaps_of(const kithi_dropout *m, const kithi_repeat *customers, size_t count) {
    double sum = 0, log_factorial = kithi_log_gamma(m->regularity);
    for (size_t i = 0; m->regularity > 1 && i < count; i++) {
        const kithi_repeat *c = &customers[i];
        sum += (m->regularity - 1.0) * c->log_gaps - c->weight * c->frequency * log_factorial;
    }
    return sum;
}

double kithi_dropout_likelihood(const kithi_dropout *m, const kithi_repeat *customers, size_t count,
                                double gradient[KITHI_DROPOUT_PARAMETERS],
                                double curve[KITHI_DROPOUT_PARAMETERS * KITHI_DROPOUT_PARAMETERS]) {
    sums s = {.model = m,
              .events = {.from = m->r},
              .stays = {.from = m->b},
              .chances = {.from = m->a + m->b},
              .either = {.product = 1}};
    for (size_t i = 0; i < count; i++) {
        if (!s.group.open || s.group.frequency != customers[i].frequency) {
            close_group(&s);
            open_group(&s, customers[i].frequency);
        }
        add_customer(&s, &customers[i]);
    }
    close_group(&s);
    add_scale(&s);
    memcpy(gradient, s.gradient, sizeof s.gradient);
    kithi_symmetric(*s.curve, KITHI_DROPOUT_PARAMETERS, curve);
    return s.value + s.either.sum + log(s.either.product) + gaps_of(m, customers, count);
}
