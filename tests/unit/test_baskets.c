/*
 * Baskets of a store: which events are one, whose they are, and that neither threads, nor merges,
 * nor the order in which things are closed make a difference where they shouldn't.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define HOUR_US INT64_C(3600000000)

static void buy(fixture *f, const char *key, int hour, const char *item, const char *order) {
    if (order != NULL) {
        scratch_event(f->txn, "till", key, "order", SCRATCH_NOW_US + hour * HOUR_US, NULL, NULL,
                      "sku", item, "id", order, NULL);
    } else {
        scratch_event(f->txn, "till", key, "order", SCRATCH_NOW_US + hour * HOUR_US, NULL, NULL,
                      "sku", item, NULL);
    }
}

static kith_baskets_options at_day(int days) {
    kith_baskets_options options = KITH_BASKETS_OPTIONS_INIT;
    options.now_us = SCRATCH_NOW_US + days * SCRATCH_DAY_US;
    return options;
}

static kith_baskets *read_baskets(const fixture *f, const kith_baskets_options *options) {
    kith_baskets *baskets = NULL;
    assert_int_equal(kith_baskets_open(f->txn, options, &baskets), KITH_OK);
    return baskets;
}

static kith_baskets_summary summary_of(const fixture *f, const kith_baskets_options *options) {
    kith_baskets *baskets = read_baskets(f, options);
    kith_baskets_summary summary = KITH_BASKETS_SUMMARY_INIT;
    kith_baskets_summarise(baskets, &summary);
    kith_baskets_close(baskets);
    return summary;
}

static void test_an_order_is_told_by_its_id_or_its_time(void **state) {
    fixture *f = *state;
    kith_baskets_options options = at_day(1);
    buy(f, "1", 0, "mug", "a");
    buy(f, "1", 0, "tea", "b");
    buy(f, "1", 1, "pot", "a"); /* of the first one, later */
    buy(f, "1", 0, "pen", NULL);
    buy(f, "1", 0, "ink", NULL);
    buy(f, "2", 0, "mug", "a"); /* of another customer */
    assert_int_equal(summary_of(f, &options).basket_count, 3);
    options.order = "id";
    assert_int_equal(summary_of(f, &options).basket_count, 4);
    options.order = "sku";
    assert_int_equal(summary_of(f, &options).basket_count, 6);
}

static void test_what_is_bought_twice_stands_there_once(void **state) {
    fixture *f = *state;
    const kith_baskets_options options = at_day(1);
    buy(f, "1", 0, "mug", "a");
    buy(f, "1", 0, "mug", "b");
    kith_baskets_summary summary = summary_of(f, &options);
    assert_int_equal(summary.basket_count, 1);
    assert_int_equal(summary.line_count, 1);
}

static void test_values_that_name_no_item_are_left_out(void **state) {
    fixture *f = *state;
    kith_field field = {"sku", kith_value_boolean(true)};
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    const kith_baskets_options options = at_day(1);
    input.source = "till";
    input.key = "1";
    input.type = "order";
    input.fields = &field;
    input.field_count = 1;
    static char longest[KITH_ITEM_MAX_BYTES + 1];
    memset(longest, 'x', sizeof longest);
    const kith_value values[] = {kith_value_boolean(true), kith_value_real(2.5),
                                 kith_value_text_n(longest, KITH_ITEM_MAX_BYTES + 1),
                                 kith_value_text_n(longest, KITH_ITEM_MAX_BYTES),
                                 kith_value_integer(12)};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        field.value = values[i];
        input.time_us = SCRATCH_NOW_US + (int64_t)i;
        assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_OK);
    }
    kith_baskets *baskets = read_baskets(f, &options);
    kith_baskets_summary summary = KITH_BASKETS_SUMMARY_INIT;
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    kith_baskets_summarise(baskets, &summary);
    assert_int_equal(summary.left_out_count, 2);
    assert_int_equal(summary.basket_count, 3);
    assert_int_equal(kith_baskets_find_item(baskets, "12", &item), KITH_OK);
    assert_int_equal(kith_baskets_find_item(baskets, "2.5", &item), KITH_OK);
    assert_int_equal(kith_baskets_find_item(baskets, "true", &item), KITH_NOT_FOUND);
    kith_baskets_close(baskets);
}

/* Two records buy apart; as one customer what they share is bought by one, and again. */
static void test_a_merge_makes_one_customer_and_a_split_two(void **state) {
    fixture *f = *state;
    const kith_baskets_options options = at_day(1);
    buy(f, "1", 0, "mug", NULL);
    buy(f, "2", 1, "mug", NULL);
    assert_int_equal(summary_of(f, &options).customer_count, 2);
    assert_int_equal(kith_record_link(f->txn, "till", "1", "till", "2", "me", SCRATCH_NOW_US, NULL),
                     KITH_OK);
    kith_baskets *baskets = read_baskets(f, &options);
    kith_basket_item item = KITH_BASKET_ITEM_INIT;
    assert_int_equal(kith_baskets_find_item(baskets, "mug", &item), KITH_OK);
    assert_int_equal(item.customer_count, 1);
    assert_int_equal(item.again_count, 1);
    assert_int_equal(item.basket_count, 2);
    assert_true(item.repeat_share >= 1);
    kith_baskets_close(baskets);
    assert_int_equal(
        kith_record_unlink(f->txn, "till", "1", "till", "2", "me", SCRATCH_NOW_US + 1, NULL),
        KITH_OK);
    assert_int_equal(summary_of(f, &options).customer_count, 2);
}

static void assert_same_items(const kith_baskets *a, const kith_baskets *b) {
    kith_basket_item x = KITH_BASKET_ITEM_INIT, y = KITH_BASKET_ITEM_INIT;
    size_t at_x = 0, at_y = 0;
    while (kith_baskets_next_item(a, &at_x, &x) == KITH_OK) {
        assert_int_equal(kith_baskets_next_item(b, &at_y, &y), KITH_OK);
        assert_string_equal(x.item, y.item);
        assert_int_equal(x.basket_count, y.basket_count);
        assert_int_equal(x.customer_count, y.customer_count);
    }
    assert_int_equal(kith_baskets_next_item(b, &at_y, &y), KITH_DONE);
}

static void assert_same_rules(const kith_baskets *a, const kith_baskets *b) {
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
    kith_rules *x = NULL, *y = NULL;
    kith_rule left = KITH_RULE_INIT, right = KITH_RULE_INIT;
    size_t count = 0;
    options.redundant = true;
    options.min_support = 0.001;
    options.threads = 1;
    assert_int_equal(kith_rules_open(a, &options, &x, NULL), KITH_OK);
    options.threads = 3;
    assert_int_equal(kith_rules_open(b, &options, &y, NULL), KITH_OK);
    for (; kith_rules_next(x, &left) == KITH_OK; count++) {
        assert_int_equal(kith_rules_next(y, &right), KITH_OK);
        assert_string_equal(left.antecedent[0], right.antecedent[0]);
        assert_string_equal(left.consequent[0], right.consequent[0]);
        assert_int_equal(left.both_baskets, right.both_baskets);
    }
    assert_int_equal(kith_rules_next(y, &right), KITH_DONE);
    assert_true(count > 10);
    kith_rules_close(x);
    kith_rules_close(y);
}

/* Customers of several chunks, whose items are seen first in different ones. */
static void test_any_number_of_threads_reads_the_same(void **state) {
    fixture *f = *state;
    kith_baskets_options options = at_day(1);
    for (unsigned i = 0; i < 70000; i++) {
        char key[16], item[16];
        snprintf(key, sizeof key, "%u", i);
        for (unsigned k = 0; k < 2; k++) {
            snprintf(item, sizeof item, "item %u", (i / 997 + k * 7) % 40);
            buy(f, key, 0, item, NULL);
        }
    }
    commit(f);
    options.threads = 1;
    kith_baskets *one = read_baskets(f, &options);
    options.threads = 3;
    kith_baskets *three = read_baskets(f, &options);
    assert_same_items(one, three);
    assert_same_rules(one, three);
    kith_baskets_close(one);
    kith_baskets_close(three);
}

static void test_things_are_closed_in_any_order(void **state) {
    fixture *f = *state;
    kith_baskets_options options = at_day(1);
    kith_similar_options any = KITH_SIMILAR_OPTIONS_INIT;
    kith_rules *rules = NULL;
    kith_similar *similar = NULL;
    kith_recommendations *next = NULL;
    kith_rule rule = KITH_RULE_INIT;
    kith_similar_item pair = KITH_SIMILAR_ITEM_INIT;
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    size_t cursor = 0;
    any.min_customers = 1;
    buy(f, "1", 0, "mug", NULL);
    buy(f, "1", 0, "tea", NULL);
    buy(f, "2", 0, "pen", NULL);
    kith_baskets *baskets = read_baskets(f, &options);
    assert_int_equal(kith_rules_open(baskets, NULL, &rules, NULL), KITH_OK);
    assert_int_equal(kith_similar_open(baskets, &any, &similar, NULL), KITH_OK);
    assert_int_equal(kith_recommendations_open(similar, NULL, &next, NULL), KITH_OK);
    kith_baskets_close(baskets);
    assert_int_equal(kith_similar_next(similar, &cursor, &pair), KITH_OK);
    assert_string_equal(pair.other, "tea");
    kith_similar_close(similar);
    assert_int_equal(kith_rules_next(rules, &rule), KITH_OK);
    assert_true(rule.always && rule.conviction == 0 && rule.lift == 2);
    kith_rules_close(rules);
    assert_int_equal(kith_recommendations_next(next, &made), KITH_OK);
    assert_string_equal(made.item, "mug");
    kith_recommendations_close(next);
    kith_baskets_close(NULL);
    kith_rules_close(NULL);
    kith_similar_close(NULL);
    kith_recommendations_close(NULL);
}

static void test_wrong_use_is_told(void **state) {
    fixture *f = *state;
    kith_error error = KITH_ERROR_INIT;
    kith_rules *rules = NULL;
    kith_similar *similar = NULL;
    kith_baskets *baskets = NULL;
    kith_baskets_options options = at_day(1);
    assert_int_equal(kith_baskets_open(f->txn, &options, &baskets), KITH_INVALID);
    buy(f, "1", 0, "mug", NULL);
    assert_int_equal(kith_baskets_open(f->txn, &options, NULL), KITH_MISUSE);
    baskets = read_baskets(f, &options);
    assert_int_equal(kith_rules_open(NULL, NULL, &rules, &error), KITH_MISUSE);
    assert_int_equal(kith_rules_open(baskets, NULL, NULL, &error), KITH_MISUSE);
    assert_int_equal(kith_similar_open(NULL, NULL, &similar, &error), KITH_MISUSE);
    assert_int_equal(kith_recommendations_open(NULL, NULL, NULL, &error), KITH_MISUSE);
    kith_rules_options wrong = KITH_RULES_OPTIONS_INIT;
    wrong.min_support = NAN;
    assert_int_equal(kith_rules_open(baskets, &wrong, &rules, &error), KITH_INVALID);
    wrong.min_support = 0.1;
    wrong.min_lift = INFINITY;
    assert_int_equal(kith_rules_open(baskets, &wrong, &rules, &error), KITH_INVALID);
    assert_null(rules);
    kith_baskets_close(baskets);
}

/* The least share is kept to where it can't be written exactly. */
static void test_the_least_support_is_a_share(void **state) {
    fixture *f = *state;
    const kith_baskets_options options = at_day(1);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        buy(f, key, 0, i < 7 ? "mug" : "tea", NULL);
    }
    kith_baskets *baskets = read_baskets(f, &options);
    static const struct {
        double share;
        uint64_t count;
    } known[] = {{0.001, 1},  {0.007, 7}, {0.0071, 8}, {0.01, 10},
                 {0.029, 29}, {1, 1000},  {1e-9, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        kith_rules_options asked = KITH_RULES_OPTIONS_INIT;
        kith_rules_summary summary = KITH_RULES_SUMMARY_INIT;
        kith_rules *rules = NULL;
        asked.min_support = known[i].share;
        assert_int_equal(kith_rules_open(baskets, &asked, &rules, NULL), KITH_OK);
        kith_rules_summarise(rules, &summary);
        assert_int_equal(summary.min_count, known[i].count);
        kith_rules_close(rules);
    }
    kith_baskets_close(baskets);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_order_is_told_by_its_id_or_its_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_bought_twice_stands_there_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_values_that_name_no_item_are_left_out, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_merge_makes_one_customer_and_a_split_two, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_any_number_of_threads_reads_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_things_are_closed_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_use_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_least_support_is_a_share, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
