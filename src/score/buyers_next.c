/*
 * When a customer buys next: where the chance that he has bought reaches a share. It is looked for
 * over logarithms of 1 + time, in which quick and slow buyers look alike.
 */
#include <math.h>

#include "src/score/buyers.h"
#include "src/score/reach.h"

#define EARLY_CHANCE .1
#define LATE_CHANCE  .9

typedef struct waiting {
    const kithi_buyers *model;
    const kithi_repeat *customer;
} waiting;

static double bought_by(const void *context, double log_time) {
    const waiting *w = context;
    return kithi_buyers_at_least(w->model, w->customer, expm1(log_time), 1);
}

static double time_by(const waiting *w, double horizon, double chance) {
    double found = expm1(kithi_reach(bought_by, w, chance, 0, log1p(horizon)));
    return found < horizon ? found : horizon;
}

bool kithi_buyers_next_by(const kithi_buyers *m, const kithi_repeat *c, double horizon,
                          double chance, double *out) {
    waiting w = {m, c};
    if (!(chance > 0 && kithi_buyers_at_least(m, c, horizon, 1) >= chance)) {
        return false;
    }
    *out = time_by(&w, horizon, chance);
    return true;
}

kithi_next_purchase kithi_buyers_next(const kithi_buyers *m, const kithi_repeat *c,
                                      double horizon) {
    waiting w = {m, c};
    double reached = kithi_buyers_at_least(m, c, horizon, 1);
    kithi_next_purchase next = {reached, horizon, horizon, horizon};
    if (reached > 0) {
        next.early = time_by(&w, horizon, EARLY_CHANCE * reached);
        /* In order, too, where a chance is next to nothing and times are no more than rounding. */
        next.median = fmax(time_by(&w, horizon, reached / 2), next.early);
        next.late = fmax(time_by(&w, horizon, LATE_CHANCE * reached), next.median);
    }
    return next;
}
