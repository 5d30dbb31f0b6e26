#include "src/score/simulate.h"

#include <math.h>

#include "src/base/random.h"

/* Draws */

/* Above 0 and below 1. */
static double draw(uint64_t *state) {
    return kithi_random_unit(state) + 0x1p-54;
}

double kithi_draw_exponential(uint64_t *state) {
    return -log(draw(state));
}

/* Box and Muller's. */
static double draw_normal(uint64_t *state) {
    double length = sqrt(2 * kithi_draw_exponential(state));
    return length * cos(2 * M_PI * draw(state));
}

double kithi_draw_gamma(uint64_t *state, double shape) {
    if (shape < 1) {
        double above = kithi_draw_gamma(state, shape + 1);
        return above * pow(draw(state), 1 / shape);
    }
    double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(state), v = 1 + c * x;
        if (v > 0 && log(draw(state)) < x * x / 2 + d * (1 - v * v * v + 3 * log(v))) {
            return d * v * v * v;
        }
    }
}

double kithi_draw_beta(uint64_t *state, double a, double b) {
    double x = kithi_draw_gamma(state, a), y = kithi_draw_gamma(state, b);
    return x / (x + y);
}

/* Customers */

typedef struct life {
    kithi_simulated so_far;
    kithi_simulate_visit *visit;
    void *context;
} life;

/* A purchase that much later; false: that is beyond the end. */
static bool buys_after(life *l, double gap, double end) {
    kithi_repeat *h = &l->so_far.history;
    if (!(h->recency + gap <= end)) {
        return false;
    }
    h->recency += gap;
    h->log_gaps += log(gap);
    h->frequency++;
    if (l->visit != NULL) {
        l->visit(l->context, h->recency);
    }
    return true;
}

static void live_by_dropout(const kithi_dropout *m, uint64_t *state, life *l) {
    double rate = kithi_draw_gamma(state, m->r) / m->alpha;
    double leaves = kithi_draw_beta(state, m->a, m->b), age = l->so_far.history.age;
    l->so_far.alive = !(m->at_once && draw(state) < leaves);
    while (l->so_far.alive && buys_after(l, kithi_draw_gamma(state, m->regularity) / rate, age)) {
        l->so_far.alive = draw(state) >= leaves;
    }
}

static void live_by_pareto(const kithi_pareto *m, uint64_t *state, life *l) {
    double rate = kithi_draw_gamma(state, m->r) / m->alpha, age = l->so_far.history.age;
    double leaving = kithi_draw_gamma(state, m->s) / m->beta;
    double end = kithi_draw_exponential(state) / leaving;
    l->so_far.alive = end > age;
    while (buys_after(l, kithi_draw_exponential(state) / rate, l->so_far.alive ? age : end)) {
    }
}

kithi_simulated kithi_buyers_simulate(const kithi_buyers *m, uint64_t *state, double age,
                                      kithi_simulate_visit *visit, void *context) {
    life l = {.so_far = {.history = {.age = age, .weight = 1}}, .visit = visit, .context = context};
    if (m->method == KITHI_PARETO_NBD) {
        live_by_pareto(&m->pareto, state, &l);
    } else {
        live_by_dropout(&m->dropout, state, &l);
    }
    return l.so_far;
}

void kithi_spend_simulate(const kithi_spend *m, uint64_t *state, double *amounts, size_t count) {
    double rate = kithi_draw_gamma(state, m->q) / m->gamma;
    for (size_t i = 0; i < count; i++) {
        amounts[i] = kithi_draw_gamma(state, m->p) / rate;
    }
}
