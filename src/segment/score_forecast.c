/* Forecasts of a customer by a score of repeat buying. */
#include <math.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_repeat.h"

#define SHARE_USUAL .8
#define DAYS_MAX    36525.0

typedef struct foreseeing {
    kith_forecast_options options;
    kith_forecast *out;
    bool found; /* the customer has orders */
} foreseeing;

static void foresee_chances(const kithi_buyers *model, const kithi_repeat *history, double time,
                            kith_forecast *out) {
    for (uint32_t n = 0; n + 1 < KITH_FORECAST_CHANCES; n++) {
        out->chances[n] = kithi_buyers_exactly(model, history, time, n);
    }
    out->chances[KITH_FORECAST_CHANCES - 1] =
        kithi_buyers_at_least(model, history, time, KITH_FORECAST_CHANCES - 1);
}

/* When, given that it is within the time: quantiles of that. */
static void foresee_next(const kithi_buyers *model, const kithi_repeat *history, double time,
                         const foreseeing *f, double unit_days) {
    double chance = kithi_buyers_at_least(model, history, time, 1),
           tail = (1 - f->options.share) / 2;
    double at[3] = {0, 0, 0};
    const double quantiles[3] = {tail, .5, 1 - tail};
    for (size_t i = 0; i < 3; i++) {
        if (!kithi_buyers_next_by(model, history, time, chance * quantiles[i], &at[i])) {
            at[i] = 0;
        }
    }
    f->out->next_early_days = at[0] * unit_days;
    f->out->next_days = at[1] * unit_days;
    f->out->next_late_days = at[2] * unit_days;
}

static void foresee_worth(const kithi_buyer *b, double unit_days, const foreseeing *f,
                          double discount) {
    kithi_worth_model model = b->fitted->model;
    kithi_worth worth;
    kithi_interval interval;
    model.plan =
        kithi_worth_plan_of(f->out->days / unit_days, KITHI_YEAR_DAYS / unit_days, discount);
    if (!b->fitted->spends || kithi_worth_of(&model, &b->worth, &worth) != KITHI_REFUSAL_NONE ||
        kithi_worth_interval(&model, &b->worth, f->options.share, &interval) !=
            KITHI_REFUSAL_NONE ||
        kithi_worth_error(&model, &b->worth, &b->fitted->buyers, &b->fitted->spend,
                          &f->out->value_error) != KITHI_REFUSAL_NONE) {
        return;
    }
    f->out->has_value = true;
    f->out->order_value = worth.order_value;
    f->out->value = worth.value;
    f->out->at_risk = worth.at_risk;
    f->out->value_low = interval.low;
    f->out->value_high = interval.high;
}

static void foresee(kithi_run *run, const kithi_plan *plan, void *context) {
    const kithi_score_repeat_settings *s = plan->score.settings;
    foreseeing *f = context;
    int64_t until = KITHI_FOR_EVER;
    kithi_buyer b;
    f->found = kithi_buyer_find(run, plan, &until, &b);
    if (!f->found) {
        return;
    }
    f->out->days = f->options.days > 0 ? f->options.days : s->horizon_days;
    const kithi_buyers *model = &b.fitted->model.buyers;
    double time = f->out->days / s->unit_days;
    f->out->alive = kithi_buyers_alive(model, &b.history);
    f->out->alive_then = kithi_buyers_staying(model, &b.history, time);
    f->out->alive_if_silent = kithi_buyers_alive_if_silent(model, &b.history, time);
    f->out->purchases = kithi_buyers_expected(model, &b.history, time);
    foresee_chances(model, &b.history, time, f->out);
    foresee_next(model, &b.history, time, f, s->unit_days);
    foresee_worth(&b, s->unit_days, f, s->discount);
}

static int check_options(kith_txn *txn, kith_forecast_options *options) {
    if (!(options->days >= 0 && options->days <= DAYS_MAX) ||
        !(options->share >= 0 && options->share < 1)) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "a forecast is for up to %.0f days, and its share is below 1",
                               DAYS_MAX);
    }
    options->share = options->share > 0 ? options->share : SHARE_USUAL;
    return KITH_OK;
}

static int check_score(kith_txn *txn, const kithi_plan *plan) {
    const char *name = plan->formula->name;
    if (plan->score.kind != &kithi_score_repeat) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "score '%.60s' is of kind %s; one of kind repeat foresees", name,
                               plan->score.kind->name);
    }
    return plan->score.fitted != NULL ? KITH_OK
                                      : kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                                                        "score '%.60s' isn't fitted yet", name);
}

static int forecast(const kith_profile *profile, const char *score, foreseeing *f) {
    kith_txn *txn = profile->txn;
    kithi_slice row = {profile->row, profile->row_bytes};
    kith_definition definition = KITH_DEFINITION_INIT;
    kithi_executor *e;
    int rc = kith_definition_get(txn, KITH_SCORE, score, 0, &definition);
    rc = rc == KITH_OK ? kithi_executor_of(txn, &e) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_formula *formula =
        kithi_catalog_find_formula(kithi_txn_catalog(txn), KITHI_CATALOG_SCORE, score);
    const kithi_plan *plan = kithi_plan_of(e->plans, KITHI_CATALOG_SCORE, formula->id);
    rc = check_score(txn, plan);
    rc = rc == KITH_OK ? kithi_executor_take(e, profile->number, row) : rc;
    rc = rc == KITH_OK ? kithi_execute_inside(e, plan, f->options.now_us, foresee, f) : rc;
    return rc == KITH_OK && !f->found
               ? kithi_error_say(kithi_txn_error(txn), KITH_NOT_FOUND, "the customer has no orders")
               : rc;
}

int kith_score_forecast(const kith_profile *profile, const char *score,
                        const kith_forecast_options *given, kith_forecast *out) {
    kith_forecast found = KITH_FORECAST_INIT;
    foreseeing f = {.options = KITH_FORECAST_OPTIONS_INIT, .out = &found};
    if (profile == NULL || profile->txn == NULL) {
        return KITH_MISUSE;
    }
    kith_error *error = kithi_txn_error(profile->txn);
    if (score == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_score_forecast: a name and a place for the forecast are "
                               "required");
    }
    int rc = kithi_txn_check_read(profile->txn);
    rc = rc == KITH_OK
             ? kithi_take(given, &f.options, sizeof f.options, "kith_score_forecast", error)
             : rc;
    rc = rc == KITH_OK ? check_options(profile->txn, &f.options) : rc;
    rc = rc == KITH_OK ? forecast(profile, score, &f) : rc;
    if (rc == KITH_OK) {
        kithi_give(out, &found, sizeof found);
    }
    return rc;
}
