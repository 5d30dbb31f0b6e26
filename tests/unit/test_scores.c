/*
 * Scores: defining models, fitting them to customers, and what they say of one and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define DAY (INT64_C(86400) * 1000000)

static int64_t day(int number) {
    return number * DAY;
}

static int put(fixture *f, kith_definition_kind kind, const char *name, const char *text,
               kith_change *out) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = text;
    input.at_us = day(1);
    return kith_definition_put(f->txn, kind, &input, out);
}

static void define(fixture *f, kith_definition_kind kind, const char *name, const char *text) {
    if (put(f, kind, name, text, NULL) != KITH_OK) {
        fail_msg("%s: %s", name, kith_txn_error(f->txn)->message);
    }
}

static void score(fixture *f, const char *name, const char *text) {
    define(f, KITH_SCORE, name, text);
}

/* That it is refused, with these words. */
static void refuse(fixture *f, const char *name, const char *text, const char *words) {
    assert_int_equal(put(f, KITH_SCORE, name, text, NULL), KITH_INVALID);
    if (strstr(kith_txn_error(f->txn)->message, words) == NULL) {
        fail_msg("'%s' isn't in: %s", words, kith_txn_error(f->txn)->message);
    }
}

static void record(fixture *f, const char *key, const char *city) {
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", key, 10, NULL, "city", city, NULL), KITH_OK);
}

static void order(fixture *f, const char *key, int at_day, const char *amount) {
    char id[32];
    snprintf(id, sizeof id, "%s-%d", key, at_day);
    assert_int_equal(
        scratch_event(f->txn, "crm", key, "order", day(at_day), id, NULL, "amount", amount, NULL),
        KITH_OK);
}

static void settle(fixture *f, int now_day) {
    if (kith_settle(f->txn, day(now_day), 0, NULL) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
}

static void find(fixture *f, const char *key, int now_day, kith_profile *out) {
    kith_record found = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", key, &found), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, found.number, day(now_day), out), KITH_OK);
}

/* What an expression gives for a customer, as people read it; "" where there is no value. */
static const char *ask(fixture *f, const char *key, const char *text, int now_day) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_expression *expression = NULL;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.value = true;
    find(f, key, now_day, &profile);
    if (kith_expression_parse(text, strlen(text), f->txn, &options, &expression, &error) !=
        KITH_OK) {
        fail_msg("%s: %s", text, error.message);
    }
    assert_int_equal(kith_expression_evaluate(expression, &profile, day(now_day), &outcome),
                     KITH_OK);
    kith_expression_free(expression);
    f->text[0] = '\0';
    if (outcome.value.type == KITH_TYPE_TEXT) {
        snprintf(f->text, sizeof f->text, "%.*s", (int)outcome.value.as.text.size,
                 outcome.value.as.text.data);
    } else if (outcome.value.type == KITH_TYPE_REAL) {
        snprintf(f->text, sizeof f->text, "%.6f", outcome.value.as.real);
    } else if (outcome.value.type == KITH_TYPE_INTEGER) {
        snprintf(f->text, sizeof f->text, "%lld", (long long)outcome.value.as.integer);
    } else if (outcome.value.type == KITH_TYPE_BOOLEAN) {
        strcpy(f->text, outcome.value.as.boolean ? "true" : "false");
    }
    return f->text;
}

/* Fits a score to what is committed, and begins anew. */
static int fit(fixture *f, const char *name, int now_day, kith_fit_report **out,
               kith_error *error) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    options.now_us = day(now_day);
    scratch_commit(f->txn);
    int code = kith_score_fit(f->store, name, &options, out, error);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    return code;
}

#define SIZES                                                                                      \
    "{\"kind\": \"rules\", \"rules\": ["                                                           \
    "{\"name\": \"big\", \"when\": \"sum(order.amount LAST 365d) > 1000\"},"                       \
    "{\"name\": \"small\", \"when\": \"count(order LAST 365d) >= 2\"}],"                           \
    "\"otherwise\": \"consumer\"}"

#define TIERS                                                                                      \
    "{\"kind\": \"tiers\", \"value\": \"sum(order.amount)\", \"tiers\": ["                         \
    "{\"name\": \"gold\", \"top_percent\": 25}, {\"name\": \"silver\", \"top_percent\": 50},"      \
    "{\"name\": \"bronze\", \"least\": 9}], \"otherwise\": \"none\"}"

static void give_orders(fixture *f) {
    record(f, "1", "York");
    record(f, "2", "York");
    record(f, "3", "Ayr");
    record(f, "4", "Ayr");
    order(f, "1", 100, "700");
    order(f, "1", 110, "800");
    order(f, "2", 100, "5");
    order(f, "2", 120, "7");
    order(f, "3", 130, "9");
}

/* Definitions */

static void test_definitions_are_read_with_care(void **state) {
    fixture *f = *state;
    give_orders(f);
    refuse(f, "s", "{", "line 1 column");
    refuse(f, "s", "[]", "expected an object");
    refuse(f, "s", "{\"kind\": \"ruled\"}", "expected the kind of score: repeat, lifecycle, rfm");
    refuse(f, "s", "{\"kind\": \"rfm\", \"event\": \"ordr\", \"amount\": \"total\"}",
           "no event 'ordr'; did you mean 'order'");
    refuse(f, "s", "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amont\"}",
           "no property 'amont'; did you mean 'amount'");
    refuse(f, "s", "{\"kind\": \"rules\"}", "missing: a list of rules");
    refuse(f, "s", "{\"kind\": \"rules\", \"rules\": [], \"wrong\": 1}", "unknown key");
    refuse(f, "s", "{\"kind\": \"rules\", \"rules\": []}", "expected a list of 1 to 64");
    refuse(f, "s", "{\"kind\": \"rules\", \"rules\": [{\"name\": \"a\"}]}", "needs \"name\"");
    refuse(f, "s", "{\"kind\": \"rules\", \"rules\": [{\"name\": \"a\", \"when\": \"did(ordr)\"}]}",
           "did you mean 'order'");
    refuse(f, "s", "{\"kind\": \"rules\", \"rules\": [{\"name\": \"a\", \"when\": \"city\"}]}",
           "in \"city\"");
    refuse(f, "s", "{\"kind\": \"lifecycle\", \"event\": \"order\", \"refund\": \"order\"}",
           "refund: expected other events");
    refuse(f, "s",
           "{\"kind\": \"points\", \"rules\": [{\"name\": \"a\", \"events\": \"order.amount\", "
           "\"points\": 1}]}",
           "but no property");
    refuse(f, "a.b", SIZES, "has no point");
    refuse(
        f, "s",
        "{\"kind\": \"rules\", \"rules\": [{\"name\": \"a\", \"when\": \"score('s') IS NULL\"}]}",
        "score 's' asks for itself");
    refuse(f, "s",
           "{\"kind\": \"tiers\", \"value\": \"now - last(order.at)\", "
           "\"tiers\": [{\"name\": \"a\", \"top_percent\": 1}]}",
           "can't move with the time");
    commit(f);
}

static void refuse_tiers(fixture *f, const char *tiers, const char *words) {
    snprintf(f->text, sizeof f->text,
             "{\"kind\": \"tiers\", \"value\": \"count(order)\", \"tiers\": [%s]}", tiers);
    refuse(f, "s", f->text, words);
}

static void test_each_tier_can_be_reached(void **state) {
    fixture *f = *state;
    give_orders(f);
    refuse_tiers(f, "{\"name\": \"a\", \"least\": 5}, {\"name\": \"b\", \"least\": 9}",
                 "the best tier comes first");
    refuse_tiers(f, "{\"name\": \"a\", \"least\": 5}, {\"name\": \"b\", \"least\": 5}",
                 "\"least\" must fall");
    refuse_tiers(f,
                 "{\"name\": \"a\", \"top_percent\": 5}, {\"name\": \"b\", \"least\": 1}, "
                 "{\"name\": \"c\", \"top_percent\": 5}",
                 "\"top_percent\" must rise");
    commit(f);
}

/* That this, as what was learnt, is refused. */
static void refuse_fitted(fixture *f, const char *settings, const char *fitted, const char *words) {
    snprintf(f->text, sizeof f->text, "{%s, \"fitted\": %s}", settings, fitted);
    refuse(f, "s", f->text, words);
}

static void test_what_was_learnt_is_read_with_care(void **state) {
    static const char *const chance =
        "\"kind\": \"chance\", \"target\": \"did(order)\", \"features\": [\"city\"]";
    static const char *const buyers = "\"kind\": \"repeat\", \"event\": \"order\"";
    static const char *const tiers =
        "\"kind\": \"tiers\", \"value\": \"count(order)\", \"tiers\": ["
        "{\"name\": \"a\", \"top_percent\": 5}, {\"name\": \"b\", \"top_percent\": 9}]";
    fixture *f = *state;
    char rising[1024] = "{\"features\": [{\"missing\": 0.5}], \"weights\": [1, 1], \"cuts\": [0";
    give_orders(f);
    refuse_fitted(f, chance, "[]", "expected an object");
    refuse_fitted(f, chance, "{\"features\": [1]}", "expected an object for each feature");
    refuse_fitted(f, chance, "{\"features\": [{\"kind\": \"level\", \"levels\": \"York\"}]}",
                  "levels: expected a list");
    refuse_fitted(f, chance, "{\"features\": [{\"kind\": \"level\", \"levels\": [[\"York\", 2]]}]}",
                  "shares, from 0 to 1");
    for (int i = 1; i < 100; i++) {
        strcat(rising, ", 1");
    }
    refuse_fitted(f, chance, strcat(rising, "]}"), "cuts: expected cuts that don't rise");
    refuse_fitted(f, buyers,
                  "{\"parameters\": {\"r\": 1, \"alpha\": 1, \"a\": 1, \"b\": 1}, \"covariances\": "
                  "[1,0,0,0, 0,1,0,0, 0,0,1,0, 0,0,0,1], \"spend\": [1]}",
                  "spend: expected an object");
    refuse_fitted(f, tiers, "{\"least\": [\"5\", \"6\"]}",
                  "least: expected values that don't rise");
    commit(f);
}

static void test_scores_have_versions_and_users(void **state) {
    fixture *f = *state;
    kith_definition found = KITH_DEFINITION_INIT;
    kith_change change;
    give_orders(f);
    assert_int_equal(put(f, KITH_SCORE, "size", SIZES, &change), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    assert_int_equal(put(f, KITH_SCORE, "size", SIZES, &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
    define(f, KITH_SEGMENT, "big", "score('size') = 'big'");
    assert_int_equal(put(f, KITH_SEGMENT, "wrong", "score('size.width') = 'big'", NULL),
                     KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "no output 'width'; it has name"));
    assert_int_equal(put(f, KITH_SEGMENT, "wrong", "score('size') > 3", NULL), KITH_INVALID);
    assert_int_equal(kith_definition_remove(f->txn, KITH_SCORE, "size", day(2)), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "segment 'big' asks for it"));
    assert_int_equal(kith_definition_get(f->txn, KITH_SCORE, "size", 0, &found), KITH_OK);
    assert_int_equal(found.version, 1);
    assert_string_equal(found.gives, "text");
    commit(f);
}

static void test_scores_tell_their_outputs(void **state) {
    fixture *f = *state;
    kith_score_about about = KITH_SCORE_ABOUT_INIT;
    size_t cursor = 0;
    give_orders(f);
    score(f, "size", SIZES);
    assert_int_equal(kith_score_next_output(f->txn, "size", &cursor, &about), KITH_OK);
    assert_string_equal(about.output, "name");
    assert_string_equal(about.gives, "text");
    assert_string_equal(about.what, "of the first rule that holds");
    assert_true(about.kept);
    assert_int_equal(kith_score_next_output(f->txn, "size", &cursor, &about), KITH_DONE);
    cursor = 0;
    assert_int_equal(kith_score_next_output(f->txn, "sise", &cursor, &about), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "did you mean 'size'"));
}

static void test_scores_tell_whether_they_learn(void **state) {
    fixture *f = *state;
    kith_score_model model = KITH_SCORE_MODEL_INIT;
    kith_error error = KITH_ERROR_INIT;
    give_orders(f);
    score(f, "size", SIZES);
    score(f, "tier", TIERS);
    assert_int_equal(kith_score_model_get(f->txn, "size", &model), KITH_OK);
    assert_string_equal(model.kind, "rules");
    assert_false(model.learns || model.learnt);
    assert_int_equal(kith_score_model_get(f->txn, "tier", &model), KITH_OK);
    assert_true(model.learns && !model.learnt);
    assert_int_equal(fit(f, "tier", 200, NULL, &error), KITH_OK);
    assert_int_equal(kith_score_model_get(f->txn, "tier", &model), KITH_OK);
    assert_true(model.learns && model.learnt);
    assert_int_equal(kith_score_model_get(f->txn, "tear", &model), KITH_NOT_FOUND);
}

/* Saying */

static void test_rules_name_customers_by_the_first_that_holds(void **state) {
    fixture *f = *state;
    give_orders(f);
    score(f, "size", SIZES);
    assert_string_equal(ask(f, "1", "score('size')", 200), "big");
    assert_string_equal(ask(f, "2", "score('size.name')", 200), "small");
    assert_string_equal(ask(f, "3", "score('size')", 200), "consumer");
    assert_string_equal(ask(f, "1", "score('size') = 'big'", 200), "true");
    assert_string_equal(ask(f, "1", "score('size')", 600), "consumer");
    commit(f);
}

static void test_scores_stand_in_rows_and_move_segments(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_score_value value = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0;
    bool in;
    give_orders(f);
    score(f, "size", SIZES);
    define(f, KITH_SEGMENT, "big", "score('size') = 'big'");
    settle(f, 200);
    find(f, "1", 200, &profile);
    assert_int_equal(kith_profile_next_score_value(&profile, &cursor, &value), KITH_OK);
    assert_string_equal(value.score, "size");
    assert_string_equal(value.output, "name");
    assert_memory_equal(value.value.as.text.data, "big", 3);
    assert_int_equal(kith_profile_next_score_value(&profile, &cursor, &value), KITH_DONE);
    assert_int_equal(kith_profile_in_segment(&profile, "big", &in), KITH_OK);
    assert_true(in);
    assert_int_equal(profile.next_change_at_us, day(100) + day(365)); /* 800 are left then */
    settle(f, 500);
    find(f, "1", 500, &profile);
    assert_int_equal(kith_profile_in_segment(&profile, "big", &in), KITH_OK);
    assert_false(in);
    commit(f);
}

static void test_a_score_goes_before_one_of_another_system(void **state) {
    fixture *f = *state;
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    give_orders(f);
    input.source = "crm";
    input.key = "1";
    input.score = "size";
    input.value_micros = 7000000;
    input.at_us = day(50);
    assert_int_equal(kith_score_put(f->txn, &input, NULL), KITH_OK);
    assert_string_equal(ask(f, "1", "score('size')", 200), "7");
    score(f, "size", SIZES);
    assert_string_equal(ask(f, "1", "score('size')", 200), "big");
    assert_int_equal(kith_definition_remove(f->txn, KITH_SCORE, "size", day(2)), KITH_OK);
    assert_string_equal(ask(f, "1", "score('size')", 200), "7");
    commit(f);
}

static void test_a_score_may_ask_for_another(void **state) {
    fixture *f = *state;
    give_orders(f);
    score(f, "size", SIZES);
    score(f, "care",
          "{\"kind\": \"rules\", \"rules\": [{\"name\": \"call\", \"when\": \"score('size') = "
          "'big'\"}]}");
    assert_string_equal(ask(f, "1", "score('care')", 200), "call");
    assert_string_equal(ask(f, "2", "score('care')", 200), "");
    refuse(
        f, "size",
        "{\"kind\": \"rules\", \"rules\": [{\"name\": \"a\", \"when\": \"score('care') = 'b'\"}]}",
        "asks for itself");
    commit(f);
}

static void test_explaining_says_what_led_to_it(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_score_explanation *why = NULL;
    give_orders(f);
    score(f, "size", SIZES);
    find(f, "1", 200, &profile);
    assert_int_equal(kith_score_explain(&profile, "size", day(200), &why), KITH_OK);
    assert_string_equal(why->kind, "rules");
    assert_int_equal(why->output_count, 1);
    assert_string_equal(why->outputs[0]->value, "big");
    assert_int_equal(why->reason_count, 1);
    assert_string_equal(why->reasons[0]->text, "sum(order.amount LAST 365d) > 1000");
    kith_score_explanation_free(why);
    assert_int_equal(kith_score_explain(&profile, "sise", day(200), &why), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "did you mean 'size'"));
}

/* Learning */

static void test_tiers_hold_top_shares(void **state) {
    fixture *f = *state;
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_definition found = KITH_DEFINITION_INIT;
    kith_change change;
    give_orders(f);
    score(f, "tier", TIERS);
    assert_string_equal(ask(f, "1", "score('tier')", 200), ""); /* it isn't fitted */
    assert_int_equal(fit(f, "tier", 200, &report, &error), KITH_OK);
    assert_int_equal(report->version, 2);
    assert_int_equal(report->customer_count, 4);
    assert_non_null(strstr(report->fitted, "\"1500\""));
    kith_fit_report_free(report);
    assert_string_equal(ask(f, "1", "score('tier')", 200), "gold");
    assert_string_equal(ask(f, "2", "score('tier')", 200), "silver");
    assert_string_equal(ask(f, "3", "score('tier')", 200), "bronze");
    assert_string_equal(ask(f, "4", "score('tier')", 200), "none");
    /* The same definition keeps what was learnt; another one begins anew. */
    assert_int_equal(put(f, KITH_SCORE, "tier", TIERS, &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
    assert_int_equal(fit(f, "tier", 200, &report, &error), KITH_OK);
    assert_int_equal(report->change, KITH_UNCHANGED);
    kith_fit_report_free(report);
    assert_int_equal(kith_definition_get(f->txn, KITH_SCORE, "tier", 0, &found), KITH_OK);
    assert_int_equal(found.version, 2);
    commit(f);
}

static void test_fitting_is_refused_where_it_can_not_be(void **state) {
    fixture *f = *state;
    kith_error error = KITH_ERROR_INIT;
    give_orders(f);
    score(f, "size", SIZES);
    score(f, "tier",
          "{\"kind\": \"tiers\", \"value\": \"max(order.amount BEFORE 1970-01-02)\", "
          "\"tiers\": [{\"name\": \"gold\", \"top_percent\": 25}]}");
    assert_int_equal(fit(f, "none", 200, NULL, &error), KITH_NOT_FOUND);
    assert_int_equal(fit(f, "size", 200, NULL, &error), KITH_INVALID);
    assert_non_null(strstr(error.message, "has nothing to learn"));
    assert_int_equal(fit(f, "tier", 200, NULL, &error), KITH_INVALID);
    assert_non_null(strstr(error.message, "nobody has a number"));
}

/* A definition that nobody keeps is fitted all the same, and is whole with what it learnt. */
static void test_a_definition_is_tried_before_it_is_kept(void **state) {
    fixture *f = *state;
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_definition found = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    give_orders(f);
    scratch_commit(f->txn);
    options.now_us = day(200);
    options.definition = TIERS;
    assert_int_equal(kith_score_fit(f->store, NULL, &options, &report, &error), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    assert_null(report->score);
    assert_int_equal(kith_definition_next(f->txn, KITH_SCORE, &cursor, &found), KITH_DONE);
    score(f, "tier", report->definition);
    kith_fit_report_free(report);
    assert_string_equal(ask(f, "1", "score('tier')", 200), "gold");
    assert_int_equal(kith_score_fit(f->store, "tier", &options, &report, &error), KITH_MISUSE);
    commit(f);
}

static void test_drift_says_what_a_refit_changed(void **state) {
    fixture *f = *state;
    kith_drift_options options = KITH_DRIFT_OPTIONS_INIT;
    kith_drift drift = KITH_DRIFT_INIT;
    kith_error error = KITH_ERROR_INIT;
    give_orders(f);
    score(f, "tier", TIERS);
    options.now_us = day(400);
    assert_int_equal(kith_score_drift(f->txn, "tier", &options, &drift), KITH_NOT_FOUND);
    assert_int_equal(fit(f, "tier", 200, NULL, &error), KITH_OK);
    assert_int_equal(kith_score_drift(f->txn, "tier", &options, &drift), KITH_OK);
    assert_int_equal(drift.from_version, 1);
    assert_int_equal(drift.to_version, 2);
    assert_int_equal(drift.customer_count, 4);
    assert_int_equal(drift.changed_count, 4); /* it said nothing before it was fitted */
    order(f, "4", 300, "9000");
    assert_int_equal(fit(f, "tier", 400, NULL, &error), KITH_OK);
    assert_int_equal(kith_score_drift(f->txn, "tier", &options, &drift), KITH_OK);
    assert_int_equal(drift.from_version, 2);
    assert_string_equal(drift.output, "name");
    assert_int_equal(drift.changed_count, 2); /* 1 and 4 were gold, now 4 alone is, and 2 bronze */
    assert_true(drift.stability_index > .1);
    commit(f);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_definitions_are_read_with_care),
        TEST(test_each_tier_can_be_reached),
        TEST(test_what_was_learnt_is_read_with_care),
        TEST(test_scores_have_versions_and_users),
        TEST(test_scores_tell_their_outputs),
        TEST(test_scores_tell_whether_they_learn),
        TEST(test_rules_name_customers_by_the_first_that_holds),
        TEST(test_scores_stand_in_rows_and_move_segments),
        TEST(test_a_score_goes_before_one_of_another_system),
        TEST(test_a_score_may_ask_for_another),
        TEST(test_explaining_says_what_led_to_it),
        TEST(test_tiers_hold_top_shares),
        TEST(test_fitting_is_refused_where_it_can_not_be),
        TEST(test_a_definition_is_tried_before_it_is_kept),
        TEST(test_drift_says_what_a_refit_changed),
    };
    return cmocka_run_group_tests_name("scores", tests, NULL, NULL);
}
