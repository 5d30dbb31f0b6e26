/*
 * Buy till you die as a score: whether a customer is still there, how much is to be expected of the
 * customer, and what that is worth.
 *
 *   {"kind": "repeat", "method": "mbg/nbd", "event": "order", "amount": "total",
 *    "unit": "week", "horizon_days": 365, "discount_percent": 10}
 */
#include "src/segment/score_repeat.h"

#include <math.h>
#include <string.h>

#include "src/segment/run.h"
#include "src/segment/score_features.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define METHOD_USUAL   KITHI_MBG_NBD
#define HORIZON_USUAL  365
#define DISCOUNT_USUAL 10
#define MICROS         1e6
#define SHARE          .8 /* of intervals */

#define PARAMETER_LEAST 1e-8
#define PARAMETER_MOST  1e8
#define RATE_MOST       100 /* purchases in a unit of time */

typedef enum output { ALIVE, PURCHASES, ORDER_VALUE, VALUE, AT_RISK, NEXT_DAYS, OUTPUTS } output;

static const kithi_score_output outputs[OUTPUTS] = {
    [ALIVE] = {"alive", KITHI_SORT_NUMBER, true, "the chance that the customer still buys here"},
    [PURCHASES] = {"purchases", KITHI_SORT_NUMBER, true,
                   "days with orders that are to be expected up to the horizon"},
    [ORDER_VALUE] = {"order_value", KITHI_SORT_NUMBER, true,
                     "what such a day is expected to bring"},
    [VALUE] = {"value", KITHI_SORT_NUMBER, true,
               "customer lifetime value: what all of them are expected to bring, discounted"},
    [AT_RISK] = {"at_risk", KITHI_SORT_NUMBER, true,
                 "the part of the value that is lost if the customer is: value * (1 - alive)"},
    [NEXT_DAYS] = {"next_days", KITHI_SORT_NUMBER, false,
                   "days until the next order, if there is one: as likely sooner as later"},
};

/* Settings */

static int unit_of(const char *name) {
    return strcmp(name, "day") == 0 ? 1 : strcmp(name, "week") == 0 ? 7 : -1;
}

static int method_of(const char *name) {
    kithi_buyers_method method;
    return kithi_buyers_find(name, strlen(name), &method) ? (int)method : -1;
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    kithi_score_repeat_settings *s = kithi_score_room(r, 1, sizeof *s);
    int method = METHOD_USUAL, unit = unit_of("week");
    double discount = DISCOUNT_USUAL;
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    s->horizon_days = HORIZON_USUAL;
    int rc = kithi_score_read_orders(r, root);
    rc = rc == KITH_OK ? kithi_json_choice(&r->json, root, "method", method_of,
                                           "expected \"mbg/nbd\", \"bg/nbd\", \"pareto/nbd\", "
                                           "\"mbg/cnbd\" or \"bg/cnbd\"",
                                           &method)
                       : rc;
    rc = rc == KITH_OK ? kithi_json_choice(&r->json, root, "unit", unit_of,
                                           "expected \"day\" or \"week\"", &unit)
                       : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, root, "horizon_days", 1, 36525, &s->horizon_days)
                       : rc;
    rc = rc == KITH_OK ? kithi_json_real(&r->json, root, "discount_percent", 0, 1000, &discount)
                       : rc;
    s->method = (kithi_buyers_method)method;
    s->unit_days = unit;
    s->discount = discount / 100;
    return rc;
}

/* Fitted */

const char *const kithi_spend_names[KITHI_SPEND_PARAMETERS] = {"p", "q", "gamma"};

void kithi_buyers_names(kithi_buyers_method method, const char *out[KITHI_BUYERS_PARAMETERS]) {
    for (size_t i = 0; i < KITHI_BUYERS_PARAMETERS; i++) {
        out[i] = kithi_buyers_parameter(method, i);
    }
}

/* No customers are such that a fit ends beyond; nor could it be reckoned with in any time. */
static bool can_be(const double *parameters, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!(parameters[i] >= PARAMETER_LEAST && parameters[i] <= PARAMETER_MOST)) {
            return false;
        }
    }
    return true;
}

static int read_buyers(kithi_score_reader *r, json_t *object, kithi_score_repeat_fitted *out) {
    const kithi_score_repeat_settings *s = r->model->settings;
    double parameters[KITHI_BUYERS_PARAMETERS];
    int64_t regularity = 1;
    const char *names[KITHI_BUYERS_PARAMETERS];
    kithi_buyers_names(s->method, names);
    int rc =
        kithi_score_read_named(r, object, "parameters", names, KITHI_BUYERS_PARAMETERS, parameters);
    rc = rc == KITH_OK ? kithi_score_read_numbers(r, object, "covariances",
                                                  KITHI_BUYERS_PARAMETERS * KITHI_BUYERS_PARAMETERS,
                                                  out->buyers.covariances)
                       : rc;
    rc = rc == KITH_OK
             ? kithi_json_integer(&r->json, object, "regularity", KITHI_REGULARITY_MAX, &regularity)
             : rc;
    if (rc == KITH_OK &&
        (!can_be(parameters, KITHI_BUYERS_PARAMETERS) ||
         parameters[0] > RATE_MOST * parameters[1] ||
         !kithi_buyers_init(&out->model.buyers, s->method, (unsigned)regularity, parameters))) {
        rc = kithi_json_refuse(&r->json, "these parameters are none of that method");
    }
    return rc;
}

static int read_spend(kithi_score_reader *r, json_t *object, kithi_score_repeat_fitted *out) {
    double parameters[KITHI_SPEND_PARAMETERS];
    int rc = kithi_score_read_named(r, object, "parameters", kithi_spend_names,
                                    KITHI_SPEND_PARAMETERS, parameters);
    rc = rc == KITH_OK ? kithi_score_read_numbers(r, object, "covariances",
                                                  KITHI_SPEND_PARAMETERS * KITHI_SPEND_PARAMETERS,
                                                  out->spend.covariances)
                       : rc;
    if (rc == KITH_OK && !(can_be(parameters, KITHI_SPEND_PARAMETERS) && parameters[1] > 1)) {
        rc = kithi_json_refuse_member(&r->json, "parameters",
                                      "expected numbers above 0, the second one above 1");
    }
    out->model.spend = (kithi_spend){parameters[0], parameters[1], parameters[2]};
    out->spends = true;
    return rc;
}

static int read_fitted(kithi_score_reader *r, json_t *object) {
    const kithi_score_repeat_settings *s = r->model->settings;
    kithi_score_repeat_fitted *fitted = kithi_score_room(r, 1, sizeof *fitted);
    json_t *spend = json_object_get(object, "spend");
    if (fitted == NULL) {
        return KITH_NO_MEMORY;
    }
    fitted->model.plan = kithi_worth_plan_of(s->horizon_days / s->unit_days,
                                             KITHI_YEAR_DAYS / s->unit_days, s->discount);
    int rc = read_buyers(r, object, fitted);
    if (rc == KITH_OK && spend != NULL && !json_is_object(spend)) {
        rc = kithi_json_refuse_member(&r->json, "spend", "expected an object");
    }
    if (rc == KITH_OK && json_object_get(spend, "parameters") != NULL) {
        kithi_json_enter(&r->json, "spend");
        rc = read_spend(r, spend, fitted);
        kithi_json_leave(&r->json);
    }
    r->model->fitted = fitted;
    return rc;
}

/* A customer */

bool kithi_repeat_of(const kithi_summary *orders, int64_t today, double unit_days,
                     kithi_repeat *out) {
    if (orders->orders == 0) {
        return false;
    }
    uint32_t repeats = orders->active_days - 1;
    /* Where clocks were just put back over midnight, the day before it is the last one again. */
    int64_t now = orders->last_day > today ? orders->last_day : today;
    *out = (kithi_repeat){
        .frequency = repeats,
        .recency = (double)((int64_t)orders->last_day - orders->first_day) / unit_days,
        .age = (double)(now - orders->first_day) / unit_days,
        .log_gaps = (double)orders->log_gaps / KITHI_LOG_ONE - repeats * log(unit_days),
        .weight = 1,
    };
    return true;
}

bool kithi_spend_of_orders(const kithi_summary *orders, kithi_spend_of *out) {
    int64_t micros = orders->spent_micros - orders->first_day_spent_micros;
    if (orders->active_days < 2 || micros <= 0) {
        return false;
    }
    double purchases = orders->active_days - 1;
    *out = (kithi_spend_of){purchases, (double)micros / MICROS / purchases, 1};
    return true;
}

bool kithi_buyer_find(kithi_run *run, const kithi_plan *plan, int64_t *until, kithi_buyer *out) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    const kithi_summary *orders = kithi_run_orders(run, plan->score.orders, until);
    out->fitted = plan->score.fitted;
    out->spent = (kithi_spend_of){0, 0, 1};
    if (out->fitted == NULL || orders->orders == 0 ||
        !kithi_repeat_of(orders, kithi_run_day(run, until), s->unit_days, &out->history)) {
        return false;
    }
    kithi_spend_of_orders(orders, &out->spent);
    out->worth = (kithi_worth_customer){&out->history, out->spent.purchases, out->spent.mean};
    return true;
}

static double horizon_of(const kithi_plan *plan) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    return s->horizon_days / s->unit_days;
}

static kithi_operand number_of(double value) {
    kithi_operand made = kithi_operand_number(0);
    return kithi_decimal_of_real(value, &made.as.number) ? made : kithi_operand_null();
}

/* Several outputs are of one calculation. */
typedef struct memo {
    bool known;
    kithi_repeat history; /* that it is of */
    kithi_spend_of spent;
    kithi_refusal refusal;
    kithi_worth worth;
} memo;

static bool is_of(const memo *m, const kithi_buyer *b) {
    return m->known && m->history.frequency == b->history.frequency &&
           m->history.recency == b->history.recency && m->history.age == b->history.age &&
           m->history.log_gaps == b->history.log_gaps && m->spent.purchases == b->spent.purchases &&
           m->spent.mean == b->spent.mean;
}

static kithi_operand value_of(kithi_run *run, const kithi_plan *plan, const kithi_buyer *b,
                              output which) {
    memo *m = b->fitted->spends ? kithi_run_memo(run, plan) : NULL;
    if (m == NULL) {
        return kithi_operand_null();
    }
    if (!is_of(m, b)) {
        m->refusal = kithi_worth_of(&b->fitted->model, &b->worth, &m->worth);
        m->history = b->history;
        m->spent = b->spent;
        m->known = true;
    }
    if (m->refusal != KITHI_REFUSAL_NONE) {
        return kithi_operand_null();
    }
    return number_of(which == ORDER_VALUE ? m->worth.order_value
                     : which == VALUE     ? m->worth.value
                                          : m->worth.at_risk);
}

static kithi_operand run_repeat(kithi_run *run, const kithi_plan *plan, size_t which,
                                int64_t *until) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    kithi_buyer b;
    if (!kithi_buyer_find(run, plan, until, &b)) {
        return kithi_operand_null();
    }
    const kithi_buyers *model = &b.fitted->model.buyers;
    switch ((output)which) {
    case ALIVE:
        return number_of(kithi_buyers_alive(model, &b.history));
    case PURCHASES:
        return number_of(kithi_buyers_expected(model, &b.history, horizon_of(plan)));
    case NEXT_DAYS:
        return number_of(kithi_buyers_next(model, &b.history, horizon_of(plan)).median *
                         s->unit_days);
    default:
        return value_of(run, plan, &b, (output)which);
    }
}

/* Telling */

static void tell_next(const kithi_plan *plan, const kithi_buyer *b, kithi_score_telling *t) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    kithi_next_purchase next =
        kithi_buyers_next(&b->fitted->model.buyers, &b->history, horizon_of(plan));
    if (!isfinite(next.chance + next.median + next.early + next.late)) {
        return;
    }
    kithi_score_tell(t, "buys again within %.0f days by a chance of %.0f %%", s->horizon_days,
                     100 * next.chance);
    kithi_score_tell(t, "if so, within %.0f days half of the time, %.0f to %.0f days in 80 %%",
                     next.median * s->unit_days, next.early * s->unit_days,
                     next.late * s->unit_days);
}

static void tell_worth(const kithi_buyer *b, kithi_score_telling *t) {
    const kithi_score_repeat_fitted *f = b->fitted;
    kithi_interval interval;
    double error;
    if (kithi_worth_interval(&f->model, &b->worth, SHARE, &interval) == KITHI_REFUSAL_NONE &&
        isfinite(interval.low + interval.high)) {
        kithi_score_tell(t, "what all of them bring is %.2f to %.2f in 80 %%", interval.low,
                         interval.high);
    }
    if (kithi_worth_error(&f->model, &b->worth, &f->buyers, &f->spend, &error) ==
            KITHI_REFUSAL_NONE &&
        isfinite(error)) {
        kithi_score_tell(t, "the standard error of the value is %.2f", error);
    }
}

static void tell_repeat(kithi_run *run, const kithi_plan *plan, kithi_score_telling *t,
                        int64_t *until) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    kithi_buyer b;
    if (!kithi_buyer_find(run, plan, until, &b)) {
        kithi_score_tell(t, plan->score.fitted == NULL ? "it isn't fitted yet"
                                                       : "there are no orders");
        return;
    }
    double days = s->unit_days;
    kithi_score_tell(t, "bought on %u day%s, first %.0f and last %.0f days ago",
                     b.history.frequency + 1, b.history.frequency == 0 ? "" : "s",
                     b.history.age * days, (b.history.age - b.history.recency) * days);
    tell_next(plan, &b, t);
    if (b.fitted->spends) {
        tell_worth(&b, t);
    }
}

const kithi_score_kind kithi_score_repeat = {
    .name = "repeat",
    .outputs = outputs,
    .output_count = OUTPUTS,
    .memo_bytes = sizeof(memo),
    .learns = true,
    .keys = (const char *const[]){"method", "event", "amount", "refund", "unit", "horizon_days",
                                  "discount_percent", NULL},
    .read = read_settings,
    .read_fitted = read_fitted,
    .run = run_repeat,
    .tell = tell_repeat,
};
