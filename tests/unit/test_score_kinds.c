/*
 * What each kind of score says of small stores, worked out by hand: values, reasons that add up,
 * when they change next; and what it learns, or refuses to learn, of customers who tell little.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fuzz/value_same.h"
#include "tests/unit/fact_stand.h"

#define DAY_US SCRATCH_DAY_US

/* 2024-03-28, three days before clocks go forward in Berlin; noon. */
#define NOW_DAY 19810
#define NOON(d) ((d)*DAY_US + DAY_US / 2)

static void define(fixture *f, const char *name, const char *text) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.options = &options;
    input.name = name;
    input.expression = text;
    if (kith_definition_put(f->txn, KITH_SCORE, &input, NULL) != KITH_OK) {
        fail_msg("%s: %s", name, kith_txn_error(f->txn)->message);
    }
}

static void use_zone(fixture *f, const char *zone) {
    char config[80];
    int size = snprintf(config, sizeof config, "{\"time_zone\": \"%s\"}", zone);
    assert_int_equal(kith_config_apply(f->txn, config, (size_t)size), KITH_OK);
}

static void record(fixture *f, const char *key, const char *city) {
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", key, 10, NULL, "city", city, NULL), KITH_OK);
}

/* At noon of a day; amount NULL: it has none. */
static void event(fixture *f, const char *key, const char *type, int day, const char *amount) {
    if (amount == NULL) {
        assert_int_equal(
            scratch_event(f->txn, "crm", key, type, NOON(day), NULL, NULL, "x", "1", NULL),
            KITH_OK);
        return;
    }
    assert_int_equal(
        scratch_event(f->txn, "crm", key, type, NOON(day), NULL, NULL, "amount", amount, NULL),
        KITH_OK);
}

static void order(fixture *f, const char *key, int day, const char *amount) {
    event(f, key, "order", day, amount);
}

static void find(fixture *f, const char *key, kith_profile *out) {
    kith_record found = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", key, &found), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, found.number, NOON(NOW_DAY), out), KITH_OK);
}

/* What an output, "score.output", is for a customer. */
static kith_outcome ask(fixture *f, const char *key, const char *output, int64_t now_us) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    char text[64];
    int size = snprintf(text, sizeof text, "score('%s')", output);
    options.value = true;
    find(f, key, &profile);
    assert_int_equal(kith_expression_parse(text, (size_t)size, f->txn, &options, &expression, NULL),
                     KITH_OK);
    assert_int_equal(kith_expression_evaluate(expression, &profile, now_us, &outcome), KITH_OK);
    kith_expression_free(expression);
    return outcome;
}

static double number_of(const kith_value *value) {
    assert_true(value->type == KITH_TYPE_INTEGER || value->type == KITH_TYPE_REAL);
    return value->type == KITH_TYPE_INTEGER ? (double)value->as.integer : value->as.real;
}

static double number(fixture *f, const char *key, const char *output, int64_t now_us) {
    kith_outcome outcome = ask(f, key, output, now_us);
    return number_of(&outcome.value);
}

static void expect_number(fixture *f, const char *key, const char *output, int64_t now_us,
                          double wanted) {
    double found = number(f, key, output, now_us);
    if (!(fabs(found - wanted) <= 1e-6)) {
        fail_msg("%s of %s is %.9g, not %.9g", output, key, found, wanted);
    }
}

static void expect_text(fixture *f, const char *key, const char *output, int64_t now_us,
                        const char *wanted) {
    kith_outcome outcome = ask(f, key, output, now_us);
    if (wanted == NULL) {
        assert_int_equal(outcome.value.type, KITH_TYPE_NULL);
        return;
    }
    assert_int_equal(outcome.value.type, KITH_TYPE_TEXT);
    assert_int_equal(outcome.value.as.text.size, strlen(wanted));
    assert_memory_equal(outcome.value.as.text.data, wanted, strlen(wanted));
}

/* It is the same to the microsecond before the time that is said, and another one at it. */
static int64_t expect_change(fixture *f, const char *key, const char *output, int64_t now_us) {
    kith_outcome now = ask(f, key, output, now_us);
    assert_int_not_equal(now.next_change_at_us, INT64_MAX);
    kith_outcome before = ask(f, key, output, now.next_change_at_us - 1);
    assert_true(value_same(&now.value, &before.value));
    kith_outcome then = ask(f, key, output, now.next_change_at_us);
    assert_false(value_same(&now.value, &then.value));
    return now.next_change_at_us;
}

/* Fits what is committed, and begins anew. */
static int fit(fixture *f, const char *name, kith_error *error) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    *error = (kith_error)KITH_ERROR_INIT;
    options.now_us = NOON(NOW_DAY);
    scratch_commit(f->txn);
    int code = kith_score_fit(f->store, name, &options, NULL, error);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

static void must_fit(fixture *f, const char *name) {
    kith_error error;
    if (fit(f, name, &error) != KITH_OK) {
        fail_msg("%s: %s", name, error.message);
    }
}

/* RFM */

#define RFM                                                                                        \
    "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\", \"refund\": \"refund\", "   \
    "\"bins\": 3, \"fitted\": {\"days\": [5, 20], \"orders\": [1, 3], \"amounts\": [\"10\", "      \
    "\"99.5\"]}}"

static void test_rfm_counts_days_orders_and_net_amounts(void **state) {
    fixture *f = *state;
    int64_t now_us = NOON(NOW_DAY);
    use_zone(f, "Europe/Berlin");
    record(f, "1", "York");
    order(f, "1", NOW_DAY - 40, "80");
    order(f, "1", NOW_DAY - 3, "30");
    order(f, "1", NOW_DAY - 3, NULL);
    order(f, "1", NOW_DAY - 10, "-0.5");
    event(f, "1", "refund", NOW_DAY - 2, "10");
    order(f, "1", NOW_DAY + 1, "1000"); /* is yet to come */
    record(f, "2", "York");
    define(f, "rfm", RFM);
    expect_number(f, "1", "rfm.r", now_us, 3);
    expect_number(f, "1", "rfm.f", now_us, 2); /* an order below 0 gives back: it is none */
    expect_number(f, "1", "rfm.m", now_us, 2); /* 80 + 30 - 0.5 - 10 = 99.5 */
    expect_number(f, "1", "rfm", now_us, 322);
    assert_int_equal(ask(f, "2", "rfm", now_us).value.type, KITH_TYPE_NULL);
    /* Half an hour after midnight in Berlin is the day before in UTC. */
    int64_t change_us = expect_change(f, "1", "rfm.m", now_us);
    assert_int_equal(change_us, NOON(NOW_DAY + 1));
    assert_int_equal(expect_change(f, "1", "rfm.r", NOON(NOW_DAY + 2)),
                     (NOW_DAY + 7) * DAY_US - 2 * DAY_US / 24); /* summer time by then */
}

/* Lifecycle */

static void test_lifecycle_follows_the_customers_own_rhythm(void **state) {
    fixture *f = *state;
    int64_t now_us = NOON(NOW_DAY);
    use_zone(f, "Europe/Berlin");
    record(f, "1", "York");
    for (int i = 0; i < 5; i++) {
        order(f, "1", NOW_DAY - 2 - 10 * i, "5");
    }
    record(f, "2", "York");
    define(f, "life",
           "{\"kind\": \"lifecycle\", \"event\": \"order\", \"slowing\": 1.5, "
           "\"at_risk\": 2.5, \"lapsed\": 4}");
    expect_text(f, "2", "life", now_us, "prospect");
    expect_number(f, "1", "life.usual_gap", now_us, 10);
    expect_number(f, "1", "life.silent_days", now_us, 2);
    expect_text(f, "1", "life.next_stage", now_us, "slowing");
    int64_t change_us = expect_change(f, "1", "life", now_us);
    expect_text(f, "1", "life", change_us, "slowing");
    change_us = expect_change(f, "1", "life", change_us);
    expect_text(f, "1", "life", change_us, "at risk");
    change_us = expect_change(f, "1", "life", change_us);
    expect_text(f, "1", "life", change_us, "lapsed");
    assert_int_equal(ask(f, "1", "life", change_us).next_change_at_us, INT64_MAX);
}

/* 9999-12-31 is the last day that has a text. */
static void test_no_stage_changes_beyond_the_calendar(void **state) {
    fixture *f = *state;
    int64_t now_us = NOON(NOW_DAY);
    record(f, "1", "York");
    order(f, "1", NOW_DAY, "5");
    define(f, "life",
           "{\"kind\": \"lifecycle\", \"event\": \"order\", \"slowing\": 90, \"at_risk\": 100, "
           "\"lapsed\": 120, \"population_gap_days\": 30000}");
    kith_outcome outcome = ask(f, "1", "life.changes_on", now_us);
    assert_int_equal(outcome.value.type, KITH_TYPE_DATE);
    assert_int_equal(outcome.value.as.date_days, NOW_DAY + 2700000);
    define(f, "life",
           "{\"kind\": \"lifecycle\", \"event\": \"order\", \"slowing\": 100, \"at_risk\": 110, "
           "\"lapsed\": 120, \"population_gap_days\": 30000}");
    outcome = ask(f, "1", "life.changes_on", now_us);
    assert_int_equal(outcome.value.type, KITH_TYPE_NULL);
    assert_int_equal(outcome.next_change_at_us, INT64_MAX);
    assert_int_equal(kith_settle(f->txn, now_us, 0, NULL), KITH_OK);
    expect_text(f, "1", "life", now_us, "new");
    commit(f);
}

/* In St. John's, until 2011, clocks were put back at one minute past midnight. */
static void test_a_day_may_begin_twice(void **state) {
    static const int day = 13450; /* 2006-10-29 */
    fixture *f = *state;
    int64_t minute_us = DAY_US / 24 / 60, first_us = day * DAY_US + 150 * minute_us;
    use_zone(f, "America/St_Johns");
    record(f, "1", "York");
    order(f, "1", day - 2, "5");
    define(f, "life",
           "{\"kind\": \"lifecycle\", \"event\": \"order\", \"slowing\": 2, \"at_risk\": 3, "
           "\"lapsed\": 4, \"least_gap_days\": 1, \"population_gap_days\": 1}");
    expect_text(f, "1", "life", first_us - 1, "new");
    assert_int_equal(expect_change(f, "1", "life", NOON(day - 2)), first_us);
    expect_text(f, "1", "life", first_us, "slowing");
    int64_t back_us = expect_change(f, "1", "life", first_us);
    assert_int_equal(back_us, first_us + minute_us);
    expect_text(f, "1", "life", back_us, "new");
    assert_int_equal(expect_change(f, "1", "life", back_us), first_us + 60 * minute_us);
    assert_int_equal(kith_settle(f->txn, back_us + minute_us, 0, NULL), KITH_OK);
    assert_int_equal(kith_settle(f->txn, NOON(day), 0, NULL), KITH_OK);
    expect_text(f, "1", "life", NOON(day), "slowing");
    commit(f);
}

/* Repeat */

#define REPEAT                                                                                     \
    "{\"kind\": \"repeat\", \"method\": \"bg/nbd\", \"event\": \"order\", \"unit\": \"day\", "     \
    "\"horizon_days\": 39, \"fitted\": {\"parameters\": {\"r\": 0.243, \"alpha\": 4.414, \"a\": "  \
    "0.793, \"b\": 2.426}, "                                                                       \
    "\"covariances\": [1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1]}}"

/* Until a store has orders nobody has any; the rows of those who have none stay as they are. */
static void test_orders_may_be_named_before_there_are_any(void **state) {
    fixture *f = *state;
    record(f, "1", "York");
    record(f, "2", "York");
    define(f, "stage",
           "{\"kind\": \"lifecycle\", \"event\": \"order\", \"amount\": \"amount\","
           "\"refund\": \"return\"}");
    assert_int_equal(kith_settle(f->txn, NOON(NOW_DAY), 0, NULL), KITH_OK);
    order(f, "1", NOW_DAY - 1, "10");
    assert_int_equal(kith_settle(f->txn, NOON(NOW_DAY), 0, NULL), KITH_OK);
    expect_text(f, "1", "stage", NOON(NOW_DAY), "new");
    expect_text(f, "2", "stage", NOON(NOW_DAY), "prospect");
    commit(f);
    event(f, "2", "return", NOW_DAY - 1, "10");
    assert_int_equal(kith_settle(f->txn, NOON(NOW_DAY), 0, NULL), KITH_OK);
    commit(f);
}

static void test_repeat_buying_is_that_of_whole_days(void **state) {
    fixture *f = *state;
    use_zone(f, "Europe/Berlin");
    record(f, "1", "York");
    order(f, "1", NOW_DAY - 30, "5");
    order(f, "1", NOW_DAY - 30, "5"); /* of the first day: no repeat */
    order(f, "1", NOW_DAY - 8, "5");
    order(f, "1", NOW_DAY - 8, "5"); /* one purchase a day */
    define(f, "buyer", REPEAT);
    /* x = 1, t_x = 22, T = 30: r and its logarithms by hand, see Fader, Hardie and Lee 2005. */
    double x = 1, last = 22, age = 30, r = .243, alpha = 4.414, a = .793, b = 2.426;
    double alive = 1 / (1 + a / (b + x - 1) * pow((alpha + age) / (alpha + last), r + x));
    expect_number(f, "1", "buyer.alive", NOON(NOW_DAY), round(alive * 1e6) / 1e6);
    assert_int_equal(ask(f, "1", "buyer.value", NOON(NOW_DAY)).value.type, KITH_TYPE_NULL);
}

static void test_repeat_buying_changes_at_midnight_of_the_stores_zone(void **state) {
    fixture *f = *state;
    use_zone(f, "Europe/Berlin");
    record(f, "1", "York");
    order(f, "1", NOW_DAY - 30, "5");
    order(f, "1", NOW_DAY - 8, "5");
    define(f, "buyer", REPEAT);
    int64_t hour_us = DAY_US / 24;
    int64_t first_us = expect_change(f, "1", "buyer.alive", NOON(NOW_DAY));
    assert_int_equal(first_us, (NOW_DAY + 1) * DAY_US - hour_us);
    /* 2024-03-31 lasts 23 hours there. */
    int64_t short_us = expect_change(f, "1", "buyer.alive", NOON(NOW_DAY + 2));
    assert_int_equal(short_us, (NOW_DAY + 3) * DAY_US - hour_us);
    assert_int_equal(expect_change(f, "1", "buyer.alive", short_us), short_us + 23 * hour_us);
}

/* Chance */

static double shares_of(const kith_score_explanation *why) {
    double sum = 0;
    for (size_t i = 0; i < why->reason_count; i++) {
        sum += why->reasons[i]->adds ? why->reasons[i]->share : 0;
    }
    return sum;
}

static void give_crowd(fixture *f, int count) {
    static const char *const cities[] = {"York", "Ayr", "Leeds"};
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        record(f, key, i % 7 == 0 ? NULL : cities[i % 3]);
        for (int j = 0; j < i % 5 + 1; j++) {
            order(f, key, NOW_DAY - 3 - (i * 7 + j * 11) % 120, j % 2 == 0 ? "20" : "7.5");
        }
    }
}

static void test_chances_are_the_sum_of_their_reasons(void **state) {
    fixture *f = *state;
    kith_score_explanation *why = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    give_crowd(f, 90);
    define(f, "late",
           "{\"kind\": \"chance\", \"target\": \"did(order LAST 30d)\", \"features\": "
           "[\"count(order)\", \"city\", \"avg(order.amount)\"]}");
    assert_int_equal(ask(f, "1", "late", NOON(NOW_DAY)).value.type, KITH_TYPE_NULL);
    must_fit(f, "late");
    for (int i = 0; i < 90; i += 13) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        find(f, key, &profile);
        assert_int_equal(kith_score_explain(&profile, "late", NOON(NOW_DAY), &why), KITH_OK);
        assert_string_equal(why->unit, "log-odds");
        double chance = number(f, key, "late", NOON(NOW_DAY));
        assert_true(fabs(1 / (1 + exp(-shares_of(why))) - chance) < 1e-6);
        kith_score_explanation_free(why);
    }
}

/* Points */

static void test_points_fade_by_half_and_stay_within_bounds(void **state) {
    fixture *f = *state;
    kith_score_explanation *why = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    use_zone(f, "America/New_York");
    record(f, "1", "York");
    event(f, "1", "visit", NOW_DAY - 14, NULL);
    event(f, "1", "visit", NOW_DAY, NULL);
    define(f, "heat",
           "{\"kind\": \"points\", \"rules\": [{\"name\": \"visits\", \"events\": \"visit\", "
           "\"points\": 8, \"half_life_days\": 14}, {\"name\": \"city\", \"when\": \"city = "
           "'York'\", \"points\": -3.5}], \"most\": 8}");
    expect_number(f, "1", "heat", NOON(NOW_DAY), 8); /* 8 + 4 - 3.5 is above */
    expect_number(f, "1", "heat", NOON(NOW_DAY + 14), 4 + 2 - 3.5);
    assert_int_equal(expect_change(f, "1", "heat", NOON(NOW_DAY + 14)),
                     (NOW_DAY + 15) * DAY_US + 4 * DAY_US / 24);
    find(f, "1", &profile);
    assert_int_equal(kith_score_explain(&profile, "heat", NOON(NOW_DAY), &why), KITH_OK);
    assert_true(fabs(shares_of(why) - 8) < 1e-9);
    kith_score_explanation_free(why);
}

static void test_points_of_many_events_stop_at_what_numbers_hold(void **state) {
    fixture *f = *state;
    record(f, "1", "York");
    for (int i = 0; i < 10000; i++) {
        char id[16];
        snprintf(id, sizeof id, "v%d", i);
        assert_int_equal(scratch_event(f->txn, "crm", "1", "visit", NOON(NOW_DAY - 1) + i, id, NULL,
                                       "x", "1", NULL),
                         KITH_OK);
    }
    define(f, "heat",
           "{\"kind\": \"points\", \"rules\": [{\"name\": \"visits\", \"events\": "
           "\"visit\", \"points\": 1000000000}]}");
    assert_true(number(f, "1", "heat", NOON(NOW_DAY)) > 9.2e12);
}

/* Tiers and clusters */

static void test_clusters_are_the_nearest_centers(void **state) {
    fixture *f = *state;
    for (int i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        record(f, key, "York");
        order(f, key, NOW_DAY - 5, i < 30 ? (i % 2 == 0 ? "1" : "2") : "1000");
    }
    record(f, "none", "York");
    define(f, "group",
           "{\"kind\": \"clusters\", \"clusters\": 2, \"of\": \"did(order)\", "
           "\"features\": [\"sum(order.amount)\"]}");
    must_fit(f, "group");
    int64_t now_us = NOON(NOW_DAY);
    assert_true(number(f, "0", "group.number", now_us) == number(f, "29", "group.number", now_us));
    assert_true(number(f, "0", "group.number", now_us) != number(f, "30", "group.number", now_us));
    assert_int_equal(ask(f, "none", "group", now_us).value.type, KITH_TYPE_NULL);
    assert_true(number(f, "35", "group.distance", now_us) < 1e-6);
}

/* Those who tell little: each kind gives a value, or says why it can't be fitted. */

static const struct {
    const char *name, *text;
} kinds[] = {
    {"life", "{\"kind\": \"lifecycle\", \"event\": \"order\"}"},
    {"tier", "{\"kind\": \"tiers\", \"value\": \"sum(order.amount)\", \"tiers\": [{\"name\": "
             "\"gold\", \"top_percent\": 10}]}"},
    {"rfm", "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\"}"},
    {"mbg", "{\"kind\": \"repeat\", \"method\": \"mbg/nbd\", \"event\": \"order\", \"amount\": "
            "\"amount\"}"},
    {"bg", "{\"kind\": \"repeat\", \"method\": \"bg/nbd\", \"event\": \"order\"}"},
    {"pareto", "{\"kind\": \"repeat\", \"method\": \"pareto/nbd\", \"event\": \"order\"}"},
    {"cnbd", "{\"kind\": \"repeat\", \"method\": \"mbg/cnbd\", \"event\": \"order\"}"},
    {"chance", "{\"kind\": \"chance\", \"target\": \"did(order LAST 9d)\", \"features\": "
               "[\"count(order)\", \"city\"]}"},
    {"like", "{\"kind\": \"lookalike\", \"seed\": \"did(order)\", \"features\": [\"city\", "
             "\"sum(order.amount)\"]}"},
    {"group",
     "{\"kind\": \"clusters\", \"clusters\": [2, 4], \"features\": [\"sum(order.amount)\", "
     "{\"value\": \"count(order)\", \"logarithm\": true}]}"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static void expect_finite(fixture *f, const char *name) {
    kith_score_explanation *why = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_profile_iter *iter = NULL;
    assert_int_equal(kith_profile_iter_open(f->txn, NOON(NOW_DAY), &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        assert_int_equal(kith_score_explain(&profile, name, NOON(NOW_DAY), &why), KITH_OK);
        for (size_t i = 0; i < why->output_count; i++) {
            const char *value = why->outputs[i]->value;
            assert_true(value == NULL || (strcmp(value, "nan") != 0 && strcmp(value, "inf") != 0));
        }
        for (size_t i = 0; i < why->reason_count; i++) {
            assert_true(isfinite(why->reasons[i]->share));
            assert_null(strstr(why->reasons[i]->text, "nan"));
        }
        kith_score_explanation_free(why);
    }
    kith_profile_iter_close(iter);
}

static void fit_kinds(fixture *f, const char *what) {
    for (size_t i = 0; i < KINDS; i++) {
        kith_error error;
        define(f, kinds[i].name, kinds[i].text);
        int code = fit(f, kinds[i].name, &error);
        printf("  %s: %s %s\n", what, kinds[i].name, code == KITH_OK ? "is learnt" : error.message);
        assert_true(code == KITH_OK || code == KITH_INVALID);
        assert_true(code == KITH_OK || strstr(error.message, "can't be fitted: ") != NULL);
        expect_finite(f, kinds[i].name);
    }
    commit(f);
}

static void test_nobody_is_there(void **state) {
    fit_kinds(*state, "nobody");
}

static void test_one_customer_without_orders(void **state) {
    record(*state, "1", "York");
    fit_kinds(*state, "no orders");
}

static void test_one_customer(void **state) {
    record(*state, "1", "York");
    order(*state, "1", NOW_DAY - 90, "5");
    order(*state, "1", NOW_DAY - 20, "5");
    fit_kinds(*state, "one customer");
}

static void give_alike(fixture *f, int orders, int day, const char *amount) {
    for (int i = 0; i < 40; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        record(f, key, "York");
        for (int j = 0; j < orders; j++) {
            order(f, key, day - 7 * j, amount);
        }
    }
}

static void test_all_bought_once(void **state) {
    give_alike(*state, 1, NOW_DAY - 60, "5");
    fit_kinds(*state, "once");
}

static void test_all_bought_today(void **state) {
    give_alike(*state, 1, NOW_DAY, "5");
    fit_kinds(*state, "T = 0");
}

static void test_all_are_alike(void **state) {
    give_alike(*state, 4, NOW_DAY - 3, "5");
    fit_kinds(*state, "alike");
}

static void test_nothing_was_spent(void **state) {
    give_alike(*state, 3, NOW_DAY - 30, "0");
    fit_kinds(*state, "zero spend");
}

static void test_amounts_are_missing_or_below_zero(void **state) {
    give_alike(*state, 2, NOW_DAY - 30, NULL);
    give_alike(*state, 3, NOW_DAY - 40, "-7.25");
    give_alike(*state, 1, NOW_DAY - 50, "n/a");
    fit_kinds(*state, "odd amounts");
}

static void test_someone_buys_each_day_for_a_century(void **state) {
    fixture *f = *state;
    give_alike(f, 2, NOW_DAY - 30, "5");
    record(f, "often", "York");
    for (int i = 0; i < 19000; i++) {
        char id[16];
        snprintf(id, sizeof id, "o%d", i);
        assert_int_equal(scratch_event(f->txn, "crm", "often", "order", NOON(NOW_DAY - i), id, NULL,
                                       "amount", "1e12", NULL),
                         KITH_OK);
    }
    fit_kinds(f, "each day");
}

/* The names of levels and features are texts of any length and any letters. */
static void test_odd_texts_are_learnt(void **state) {
    fixture *f = *state;
    char longest[2001];
    for (size_t i = 0; i < 1000; i++) {
        memcpy(longest + 2 * i, "\xc3\xa9", 2);
    }
    longest[2000] = '\0';
    const char *const cities[] = {longest, "\"quoted\\\"", "a\nb", "\xf0\x9f\x98\x80"};
    for (int i = 0; i < 80; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        record(f, key, cities[i % 4]);
        order(f, key, NOW_DAY - (i % 4 == 0 || i % 5 == 0 ? 5 : 50), i % 2 == 0 ? "5" : "9");
    }
    fit_kinds(f, "odd texts");
    define(f, "wordy",
           "{\"kind\": \"clusters\", \"clusters\": 2, \"features\": [\"sum(order.amount) + "
           "length('\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3"
           "\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9')\"]}");
    must_fit(f, "wordy");
}

/* Times and days that no store has. */
static void test_fits_at_any_time(void **state) {
    fixture *f = *state;
    static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    static const uint32_t holdouts[] = {0, 1, UINT32_MAX};
    give_crowd(f, 60);
    for (size_t i = 0; i < KINDS; i++) {
        define(f, kinds[i].name, kinds[i].text);
    }
    define(f, "ahead",
           "{\"kind\": \"chance\", \"target\": \"did(order)\", \"ahead_days\": 36525, "
           "\"features\": [\"city\"]}");
    scratch_commit(f->txn);
    for (size_t i = 0; i < KINDS + 1; i++) {
        for (size_t j = 0; j < 6 * 3; j++) {
            kith_fit_options options = KITH_FIT_OPTIONS_INIT;
            kith_error error = KITH_ERROR_INIT;
            options.now_us = times[j / 3];
            options.holdout_days = holdouts[j % 3];
            options.dry_run = true;
            int code = kith_score_fit(f->store, i < KINDS ? kinds[i].name : "ahead", &options, NULL,
                                      &error);
            assert_true(code == KITH_OK || code == KITH_INVALID || code == KITH_MISUSE);
            assert_true(code == KITH_OK || error.message[0] != '\0');
        }
    }
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_rfm_counts_days_orders_and_net_amounts),
        TEST(test_lifecycle_follows_the_customers_own_rhythm),
        TEST(test_no_stage_changes_beyond_the_calendar),
        TEST(test_a_day_may_begin_twice),
        TEST(test_orders_may_be_named_before_there_are_any),
        TEST(test_repeat_buying_is_that_of_whole_days),
        TEST(test_repeat_buying_changes_at_midnight_of_the_stores_zone),
        TEST(test_chances_are_the_sum_of_their_reasons),
        TEST(test_points_fade_by_half_and_stay_within_bounds),
        TEST(test_points_of_many_events_stop_at_what_numbers_hold),
        TEST(test_clusters_are_the_nearest_centers),
        TEST(test_nobody_is_there),
        TEST(test_one_customer_without_orders),
        TEST(test_one_customer),
        TEST(test_all_bought_once),
        TEST(test_all_bought_today),
        TEST(test_all_are_alike),
        TEST(test_nothing_was_spent),
        TEST(test_amounts_are_missing_or_below_zero),
        TEST(test_someone_buys_each_day_for_a_century),
        TEST(test_odd_texts_are_learnt),
        TEST(test_fits_at_any_time),
    };
    return cmocka_run_group_tests_name("score kinds", tests, NULL, NULL);
}
