#include "src/score/worth.h"

#include <math.h>

#include "src/score/reach.h"

#define MONTHS 12 /* of a year */

kithi_worth_plan kithi_worth_plan_of(double horizon, double year, double yearly_rate) {
    double months = fmin(fmax(round(MONTHS * horizon / year), 1), 100 * MONTHS);
    double period = horizon / months;
    return (kithi_worth_plan){(unsigned)months, period, expm1(log1p(yearly_rate) * period / year)};
}

typedef struct purchases {
    double expected, discounted;
} purchases;

static purchases purchases_of(const kithi_buyers *m, const kithi_worth_plan *plan,
                              const kithi_repeat *c) {
    purchases sum = {0, 0};
    double worth = 1;
    for (unsigned i = 1; i <= plan->periods; i++) {
        double now = kithi_buyers_expected(m, c, i * plan->period);
        worth /= 1 + plan->rate;
        sum.discounted += worth * fmax(now - sum.expected, 0);
        sum.expected = now;
    }
    return sum;
}

kithi_refusal kithi_worth_of(const kithi_worth_model *m, const kithi_worth_customer *c,
                             kithi_worth *out) {
    double order_value = kithi_spend_expected(&m->spend, c->purchases, c->mean);
    if (!isfinite(order_value)) {
        return KITHI_REFUSAL_INFINITE_MEAN;
    }
    purchases bought = purchases_of(&m->buyers, &m->plan, c->history);
    double value = bought.discounted * order_value;
    double gone = 1 - kithi_buyers_alive(&m->buyers, c->history);
    *out = (kithi_worth){bought.expected, order_value, value, value * gone};
    return KITHI_REFUSAL_NONE;
}

/* The standard error */

#define STEP 1e-4 /* of a logarithm of a parameter */

/* The value where one of the parameters, those of buyers first, is that much off. */
static double value_beside(const kithi_worth_model *m, const kithi_worth_customer *c,
                           size_t parameter, double by) {
    kithi_worth_model beside = *m;
    double p[KITHI_BUYERS_PARAMETERS];
    kithi_worth worth = {.value = NAN};
    kithi_buyers_parameters(&m->buyers, p);
    if (parameter < KITHI_BUYERS_PARAMETERS) {
        p[parameter] *= exp(by);
    }
    beside.spend.p *= parameter == KITHI_BUYERS_PARAMETERS ? exp(by) : 1;
    beside.spend.q *= parameter == KITHI_BUYERS_PARAMETERS + 1 ? exp(by) : 1;
    beside.spend.gamma *= parameter == KITHI_BUYERS_PARAMETERS + 2 ? exp(by) : 1;
    kithi_buyers_init(&beside.buyers, m->buyers.method, kithi_buyers_regularity(&m->buyers), p);
    kithi_worth_of(&beside, c, &worth);
    return worth.value;
}

static double variance_of(const double *slopes, const double *covariances, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            sum += slopes[i] * slopes[j] * covariances[i * count + j];
        }
    }
    return sum;
}

kithi_refusal kithi_worth_error(const kithi_worth_model *m, const kithi_worth_customer *c,
                                const kithi_fit_report *buyers, const kithi_fit_report *spend,
                                double *out) {
    double slopes[KITHI_BUYERS_PARAMETERS + KITHI_SPEND_PARAMETERS];
    for (size_t i = 0; i < KITHI_BUYERS_PARAMETERS + KITHI_SPEND_PARAMETERS; i++) {
        slopes[i] = (value_beside(m, c, i, STEP) - value_beside(m, c, i, -STEP)) / (2 * STEP);
        if (!isfinite(slopes[i])) {
            return KITHI_REFUSAL_INFINITE_MEAN;
        }
    }
    double variance =
        variance_of(slopes, buyers->covariances, KITHI_BUYERS_PARAMETERS) +
        variance_of(slopes + KITHI_BUYERS_PARAMETERS, spend->covariances, KITHI_SPEND_PARAMETERS);
    *out = sqrt(fmax(variance, 0));
    return KITHI_REFUSAL_NONE;
}

/* The interval */

#define BINS_MAX      256
#define BIN_SHARE     16   /* a bin of purchases is that part of them wide */
#define CHANCE_ENOUGH 1e-9 /* of more purchases: none are looked for */

/* How likely it is that he makes about so many purchases. */
typedef struct future {
    const kithi_worth_model *model;
    const kithi_worth_customer *customer;
    double discount; /* by which an order's worth is less, on average */
    double none;     /* the chance that he buys no more */
    size_t count;
    double orders[BINS_MAX], chances[BINS_MAX];
} future;

static void foresee(future *f) {
    const kithi_worth_plan *plan = &f->model->plan;
    double time = plan->periods * plan->period, least;
    uint32_t n = 1;
    double more = kithi_buyers_at_least(&f->model->buyers, f->customer->history, time, n);
    f->none = 1 - more;
    for (f->count = 0; f->count < BINS_MAX && more > CHANCE_ENOUGH; f->count++) {
        uint32_t width = n < BIN_SHARE ? 1 : n / BIN_SHARE;
        least = more;
        more = kithi_buyers_at_least(&f->model->buyers, f->customer->history, time, n + width);
        f->orders[f->count] = n + (width - 1) / 2.;
        f->chances[f->count] = fmax(least - more, 0);
        n += width;
    }
}

static double brings_at_most(const void *context, double log_value) {
    const future *f = context;
    const kithi_worth_customer *c = f->customer;
    double amount = exp(log_value) / f->discount, sum = f->none;
    for (size_t i = 0; i < f->count; i++) {
        sum += f->chances[i] > 0
                   ? f->chances[i] * kithi_spend_at_most(&f->model->spend, c->purchases, c->mean,
                                                         f->orders[i], amount)
                   : 0;
    }
    return sum;
}

/* Between values that are widened until the chance lies there. */
static double value_by(const future *f, double chance, double typical) {
    double low = log(typical) - 1, high = log(typical) + 1, step = 1;
    if (f->none >= chance) {
        return 0;
    }
    while (brings_at_most(f, low) >= chance && step < 512) {
        low -= step *= 2;
    }
    step = 1;
    while (brings_at_most(f, high) < chance && step < 512) {
        high += step *= 2;
    }
    return exp(kithi_reach(brings_at_most, f, chance, low, high));
}

kithi_refusal kithi_worth_interval(const kithi_worth_model *m, const kithi_worth_customer *c,
                                   double share, kithi_interval *out) {
    future f = {.model = m, .customer = c};
    double order_value = kithi_spend_expected(&m->spend, c->purchases, c->mean);
    if (!isfinite(order_value)) {
        return KITHI_REFUSAL_INFINITE_MEAN;
    }
    purchases bought = purchases_of(&m->buyers, &m->plan, c->history);
    *out = (kithi_interval){0, 0};
    if (bought.discounted > 0) {
        f.discount = bought.discounted / bought.expected;
        foresee(&f);
        out->low = value_by(&f, (1 - share) / 2, f.discount * order_value);
        out->high = value_by(&f, (1 + share) / 2, f.discount * order_value);
    }
    return KITHI_REFUSAL_NONE;
}
