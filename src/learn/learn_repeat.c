/*
 * Models of repeat buying and of what is spent. How well the first one foretells is found by
 * learning it once more from what was known some time ago, and comparing.
 */
#include <stdlib.h>

#include "src/base/calendar.h"
#include "src/learn/learner.h"
#include "src/score/calibration.h"
#include "src/segment/score_repeat.h"

/* What is known of a customer. */
typedef struct known {
    kithi_repeat history;
    kithi_spend_of spent; /* purchases 0: nothing */
    int32_t first_day;
    uint32_t later; /* days with orders that came after it */
    bool paid;      /* there is an amount that isn't above 0, and so is left out */
} known;

typedef struct learning {
    kithi_learner *learner;
    const kithi_score_repeat_settings *settings;
    int64_t today;    /* that histories are up to */
    size_t fit_count; /* how many models are fitted */
} learning;

static bool sum_up(void *asker, const kithi_summary *orders, void *item) {
    const learning *g = asker;
    known *out = item;
    if (!kithi_repeat_of(orders, g->today, g->settings->unit_days, &out->history)) {
        return false;
    }
    out->first_day = orders->first_day;
    out->paid = orders->active_days < 2 || kithi_spend_of_orders(orders, &out->spent);
    return true;
}

static int no_memory(const learning *g) {
    return kithi_error_memory(kithi_txn_error(g->learner->txn));
}

/* The histories alone. */
static kithi_repeat *histories_of(const kithi_gathered *all) {
    const known *items = all->items;
    kithi_repeat *histories = malloc((all->count + 1) * sizeof *histories);
    for (size_t i = 0; histories != NULL && i < all->count; i++) {
        histories[i] = items[i].history;
    }
    return histories;
}

static kithi_repeat *compressed_of(const kithi_gathered *all, size_t *out_count) {
    kithi_repeat *histories = histories_of(all), *compressed = NULL;
    if (histories != NULL) {
        compressed = kithi_repeat_compress(histories, (uint32_t)all->count, out_count);
    }
    free(histories);
    return compressed;
}

static int tell(const learning *g, size_t done) {
    return kithi_learner_tell(g->learner, done, g->fit_count) == 0
               ? KITH_OK
               : kithi_learner_stopped(g->learner);
}

/* `done`: how many models were fitted before this one. */
static int fit_buyers(const learning *g, const kithi_gathered *all, size_t done, kithi_buyers *out,
                      kithi_fit_report *report, kithi_refusal *out_refusal) {
    size_t count;
    int rc = tell(g, done);
    kithi_repeat *histories = rc == KITH_OK ? compressed_of(all, &count) : NULL;
    if (histories == NULL) {
        return rc != KITH_OK ? rc : no_memory(g);
    }
    *out_refusal = kithi_buyers_fit(out, g->settings->method, 0, histories, count, report);
    free(histories);
    return tell(g, done + 1);
}

/* Telling */

static json_t *named(const char *const *names, const double *numbers, size_t count) {
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && i < count; i++) {
        if (json_object_set_new(object, names[i], kithi_learner_real(numbers[i])) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static int put_search(const learning *g, json_t *object, const kithi_fit_report *report,
                      const char *const *names, size_t count) {
    kithi_learner *l = g->learner;
    int rc = kithi_learner_put(l, object, "parameters", named(names, report->parameters, count));
    rc = rc == KITH_OK ? kithi_learner_put(l, object, "errors", named(names, report->errors, count))
                       : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, object, "covariances",
                                           kithi_learner_reals(report->covariances, count * count))
                       : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, object, "log_likelihood",
                                           kithi_learner_real(report->likelihood))
                       : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, object, "gradient_norm",
                                           kithi_learner_real(report->gradient_norm))
                       : rc;
    rc = rc == KITH_OK
             ? kithi_learner_put(l, object, "evaluations", json_integer(report->evaluations))
             : rc;
    return rc == KITH_OK
               ? kithi_learner_put(l, object, "converged", json_boolean(report->converged))
               : rc;
}

static int put_buyers(const learning *g, json_t *object, const kithi_fit_report *report) {
    const char *names[KITHI_BUYERS_PARAMETERS];
    kithi_buyers_names(g->settings->method, names);
    return put_search(g, object, report, names, KITHI_BUYERS_PARAMETERS);
}

/* Spending */

/* In an order that only they tell, so that sums of them are rounded alike in all stores. */
static int by_spending(const void *a, const void *b) {
    const kithi_spend_of *x = a, *y = b;
    int by_purchases = (x->purchases > y->purchases) - (x->purchases < y->purchases);
    return by_purchases != 0 ? by_purchases : (x->mean > y->mean) - (x->mean < y->mean);
}

static kithi_spend_of *spenders_of(const kithi_gathered *all, size_t *out_count,
                                   size_t *out_left_out) {
    const known *items = all->items;
    kithi_spend_of *spenders = malloc((all->count + 1) * sizeof *spenders);
    *out_count = *out_left_out = 0;
    for (size_t i = 0; spenders != NULL && i < all->count; i++) {
        *out_left_out += !items[i].paid;
        if (items[i].spent.purchases > 0) {
            spenders[(*out_count)++] = items[i].spent;
        }
    }
    if (spenders != NULL) {
        qsort(spenders, *out_count, sizeof *spenders, by_spending);
    }
    return spenders;
}

static const char *spend_refusal(kithi_refusal refusal) {
    return refusal == KITHI_REFUSAL_NOBODY ? "nobody who bought again paid anything"
                                           : kithi_refusal_text(refusal);
}

static int put_spend(const learning *g, const kithi_spend_of *spenders, size_t count,
                     size_t left_out) {
    kithi_learner *l = g->learner;
    kithi_spend model;
    kithi_fit_report report;
    json_t *spend = json_object();
    kithi_refusal refusal = kithi_spend_fit(&model, spenders, count, &report);
    int rc = spend != NULL ? KITH_OK : no_memory(g);
    rc = rc == KITH_OK ? kithi_learner_put(l, spend, "customers", json_integer((json_int_t)count))
                       : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, spend, "left_out", json_integer((json_int_t)left_out))
                       : rc;
    if (rc == KITH_OK && refusal != KITHI_REFUSAL_NONE) {
        rc = kithi_learner_put(l, spend, "refused", json_string(spend_refusal(refusal)));
    } else if (rc == KITH_OK) {
        rc = put_search(g, spend, &report, kithi_spend_names, KITHI_SPEND_PARAMETERS);
    }
    if (rc != KITH_OK) {
        json_decref(spend);
        return rc;
    }
    return kithi_learner_put(l, l->fitted, "spend", spend);
}

static int learn_spend(const learning *g, const kithi_gathered *all) {
    size_t count, left_out;
    kithi_spend_of *spenders = spenders_of(all, &count, &left_out);
    int rc = spenders != NULL ? put_spend(g, spenders, count, left_out) : no_memory(g);
    free(spenders);
    return rc == KITH_OK ? tell(g, 2) : rc;
}

/* Holdout */

/* How many days with orders each who was known then had after it: both lists are in the order of
 * the profiles. */
static void find_later(kithi_gathered *then, const kithi_gathered *now) {
    known *before = then->items;
    const known *after = now->items;
    size_t j = 0;
    for (size_t i = 0; i < then->count; i++) {
        while (j < now->count && now->profiles[j] < then->profiles[i]) {
            j++;
        }
        bool found = j < now->count && now->profiles[j] == then->profiles[i];
        before[i].later = found ? after[j].history.frequency - before[i].history.frequency : 0;
    }
}

static int by_time(double a, double b) {
    return (a > b) - (a < b);
}

/* As by_spending(). */
static int by_history(const void *a, const void *b) {
    const known *x = a, *y = b;
    int by[] = {by_time(x->history.frequency, y->history.frequency),
                by_time(x->history.recency, y->history.recency),
                by_time(x->history.age, y->history.age),
                by_time(x->history.log_gaps, y->history.log_gaps), by_time(x->later, y->later)};
    size_t i = 0;
    while (i + 1 < sizeof by / sizeof by[0] && by[i] == 0) {
        i++;
    }
    return by[i];
}

static uint32_t *laters_of(const kithi_gathered *then) {
    const known *items = then->items;
    uint32_t *laters = malloc((then->count + 1) * sizeof *laters);
    for (size_t i = 0; laters != NULL && i < then->count; i++) {
        laters[i] = items[i].later;
    }
    return laters;
}

static json_t *group_of(const kithi_calibration_group *group) {
    return json_pack("{s:f, s:f, s:I}", "predicted", group->expected, "actual", group->actual,
                     "customers", (json_int_t)group->customers);
}

static json_t *groups_of(const kithi_calibration *c) {
    json_t *groups = json_array();
    for (size_t i = 0; groups != NULL && i < KITHI_CALIBRATION_GROUPS; i++) {
        if (json_array_append_new(groups, group_of(&c->groups[i])) != 0) {
            json_decref(groups);
            return NULL;
        }
    }
    return groups;
}

static int put_calibration(const learning *g, json_t *holdout, const kithi_calibration *c) {
    kithi_learner *l = g->learner;
    int rc = kithi_learner_put(l, holdout, "groups", groups_of(c));
    rc = rc == KITH_OK
             ? kithi_learner_put(l, holdout, "predicted", kithi_learner_real(c->all.expected))
             : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, holdout, "actual", kithi_learner_real(c->all.actual))
                       : rc;
    rc = rc == KITH_OK ? kithi_learner_put(l, holdout, "mean_error", kithi_learner_real(c->error))
                       : rc;
    return rc == KITH_OK ? kithi_learner_put(l, holdout, "mean_alive", kithi_learner_real(c->alive))
                         : rc;
}

static int calibrate(const learning *then, const kithi_gathered *before, double time,
                     json_t *holdout) {
    kithi_buyers model;
    kithi_fit_report report;
    kithi_refusal refusal = KITHI_REFUSAL_NONE;
    int rc = fit_buyers(then, before, then->fit_count - 1, &model, &report, &refusal);
    if (rc != KITH_OK || refusal != KITHI_REFUSAL_NONE) {
        return rc != KITH_OK ? rc
                             : kithi_learner_put(then->learner, holdout, "refused",
                                                 json_string(kithi_refusal_text(refusal)));
    }
    kithi_repeat *histories = histories_of(before);
    uint32_t *later = laters_of(before);
    if (histories == NULL || later == NULL) {
        rc = no_memory(then);
    } else {
        kithi_calibration c = kithi_buyers_calibrate(&model, histories, later, before->count, time);
        rc = put_buyers(then, holdout, &report);
        rc = rc == KITH_OK ? put_calibration(then, holdout, &c) : rc;
    }
    free(histories);
    free(later);
    return rc;
}

/* Half of the days that are known are foretold from the others, where nothing else is asked. */
static int64_t holdout_days(const learning *g, const kithi_gathered *all) {
    const known *items = all->items;
    int64_t first = g->today;
    for (size_t i = 0; i < all->count; i++) {
        first = items[i].first_day < first ? items[i].first_day : first;
    }
    return g->learner->options.holdout_days > 0 ? g->learner->options.holdout_days
                                                : (g->today - first) / 2;
}

static int end_of_day(const learning *g, int64_t day, int64_t *out_us) {
    kithi_executor *e;
    int rc = kithi_executor_of(g->learner->txn, &e);
    *out_us = rc == KITH_OK ? kithi_calendar_date_start(e->store_zone, day + 1) - 1 : 0;
    return rc;
}

/* Of all customers: whom `where` means may have been others then. */
static int gather_later(const learning *g, kithi_gathered *before) {
    kithi_learner everybody = *g->learner;
    learning now = *g;
    kithi_gathered after = {.items = NULL};
    everybody.where = NULL;
    int rc = kithi_learner_gather_orders(&everybody, g->learner->options.now_us, sizeof(known),
                                         sum_up, &now, &after);
    if (rc == KITH_OK) {
        find_later(before, &after);
    }
    kithi_gathered_clear(&after);
    return rc;
}

static int gather_holdout(const learning *g, learning *then, const kithi_gathered *all,
                          kithi_gathered *before) {
    int64_t until_us;
    int rc = end_of_day(g, then->today, &until_us);
    rc = rc == KITH_OK ? kithi_learner_gather_orders(g->learner, until_us, sizeof(known), sum_up,
                                                     then, before)
                       : rc;
    if (rc == KITH_OK && g->learner->where != NULL) {
        rc = gather_later(g, before);
    } else if (rc == KITH_OK) {
        find_later(before, all);
    }
    if (rc == KITH_OK && before->count > 0) {
        qsort(before->items, before->count, sizeof(known), by_history);
    }
    return rc;
}

static int put_holdout(const learning *g, const kithi_gathered *all, int64_t days, json_t *out) {
    learning then = *g;
    kithi_gathered before = {.items = NULL};
    then.today = g->today - days;
    int rc = kithi_learner_put(g->learner, out, "days", json_integer(days));
    rc = rc == KITH_OK ? gather_holdout(g, &then, all, &before) : rc;
    rc = rc == KITH_OK ? kithi_learner_put(g->learner, out, "customers",
                                           json_integer((json_int_t)before.count))
                       : rc;
    rc = rc == KITH_OK ? calibrate(&then, &before, (double)days / g->settings->unit_days, out) : rc;
    kithi_gathered_clear(&before);
    return rc;
}

static int learn_holdout(const learning *g, const kithi_gathered *all, int64_t days) {
    json_t *holdout = json_object();
    int rc = holdout != NULL ? KITH_OK : no_memory(g);
    rc = rc == KITH_OK && days > 0 ? put_holdout(g, all, days, holdout) : rc;
    if (rc != KITH_OK) {
        json_decref(holdout);
        return rc;
    }
    return kithi_learner_put(g->learner, g->learner->fitted, "holdout", holdout);
}

/* All */

static int refuse(const learning *g, kithi_refusal refusal, const kithi_fit_report *report) {
    static const char instead[] =
        "another method may fit, and a score of kind lifecycle needs none";
    const char *why = kithi_refusal_text(refusal);
    if (refusal == KITHI_REFUSAL_RAN_AWAY) {
        return kithi_learner_refuse(g->learner, "%s (%s); %s", why,
                                    kithi_buyers_parameter(g->settings->method, report->runaway),
                                    instead);
    }
    return refusal == KITHI_REFUSAL_FLAT ? kithi_learner_refuse(g->learner, "%s; %s", why, instead)
                                         : kithi_learner_refuse(g->learner, "%s", why);
}

static int learn_buyers(const learning *g, const kithi_gathered *all) {
    kithi_buyers model;
    kithi_fit_report report;
    kithi_refusal refusal = KITHI_REFUSAL_NONE;
    int rc = fit_buyers(g, all, 0, &model, &report, &refusal);
    if (rc == KITH_OK && refusal != KITHI_REFUSAL_NONE) {
        rc = refuse(g, refusal, &report);
    }
    rc = rc == KITH_OK ? put_buyers(g, g->learner->fitted, &report) : rc;
    return rc == KITH_OK ? kithi_learner_put(g->learner, g->learner->fitted, "regularity",
                                             json_integer(kithi_buyers_regularity(&model)))
                         : rc;
}

static int learn_all(learning *g, const kithi_gathered *all) {
    bool spends = g->learner->plan->score.orders->amount != NULL;
    int64_t days = holdout_days(g, all);
    g->learner->customer_count = all->count;
    g->fit_count = 1 + (size_t)spends + (days > 0);
    int rc = learn_buyers(g, all);
    rc = rc == KITH_OK && spends ? learn_spend(g, all) : rc;
    return rc == KITH_OK ? learn_holdout(g, all, days) : rc;
}

int kithi_learn_repeat(kithi_learner *l) {
    learning g = {.learner = l, .settings = l->plan->score.settings};
    kithi_gathered all = {.items = NULL};
    int rc = kithi_learner_day(l, l->options.now_us, &g.today);
    rc = rc == KITH_OK
             ? kithi_learner_gather_orders(l, l->options.now_us, sizeof(known), sum_up, &g, &all)
             : rc;
    rc = rc == KITH_OK ? learn_all(&g, &all) : rc;
    kithi_gathered_clear(&all);
    return rc;
}
