/*
 * RFM as rfm.h promises it: who is scored, shops of few customers, what is refused, and how long a
 * result lasts. Its numbers are compared with those of each customer in tests/property.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define NOW_US SCRATCH_NOW_US

static kith_rfm_options options_at(int64_t now_us) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    options.now_us = now_us;
    return options;
}

static void put(fixture *f, const char *key, int days_ago, const char *amount) {
    scratch_event(f->txn, "crm", key, "order", NOW_US - days_ago * SCRATCH_DAY_US, NULL, NULL,
                  "amount", amount, NULL);
}

static kith_rfm_result *ask(fixture *f, const kith_rfm_options *options) {
    kith_rfm_result *result = NULL;
    int code = kith_rfm(f->txn, options, &result);
    if (code != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    return result;
}

static kith_rfm_customer next(const kith_rfm_result *result, size_t *cursor) {
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    assert_int_equal(kith_rfm_next(result, cursor, &customer), KITH_OK);
    return customer;
}

static void expect_refused(fixture *f, const kith_rfm_options *options, const char *said) {
    kith_rfm_result *result = NULL;
    assert_int_equal(kith_rfm(f->txn, options, &result), KITH_INVALID);
    assert_null(result);
    if (strstr(kith_txn_error(f->txn)->message, said) == NULL) {
        fail_msg("'%s' doesn't say '%s'", kith_txn_error(f->txn)->message, said);
    }
}

static void test_who_is_scored(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    size_t cursor = 0;
    scratch_record(f->txn, kith_record_put, "crm", "nobody", 1, NULL, "city", "Ulm", NULL);
    put(f, "ann", 40, "10");
    put(f, "ann", 3, "2.50");
    put(f, "ann", -1, "1000"); /* tomorrow's doesn't count yet */
    put(f, "bob", 10, "7");
    put(f, "bob", 5, "-3");
    kith_rfm_result *result = ask(f, &options);
    assert_string_equal(result->event, "order");
    assert_string_equal(result->amount, "amount");
    assert_null(result->refund);
    assert_int_equal(result->today_days, NOW_US / SCRATCH_DAY_US);
    assert_int_equal(result->customer_count, 2);
    assert_int_equal(result->without_orders_count, 1);
    assert_int_equal(result->order_count, 3);
    assert_true(result->spent_micros == 16500000);
    kith_rfm_customer ann = next(result, &cursor), bob = next(result, &cursor);
    assert_int_equal(ann.days, 3);
    assert_int_equal(ann.order_count, 2);
    assert_true(ann.spent_micros == 12500000);
    assert_int_equal(bob.days, 10);
    assert_int_equal(bob.order_count, 1);
    assert_true(bob.spent_micros == 4000000);
    assert_int_equal(kith_rfm_next(result, &cursor, &bob), KITH_DONE);
    kith_rfm_free(result);
}

static void test_nobody_one_and_equals(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    put(f, "ann", 3, "5");
    options.now_us = NOW_US - 100 * SCRATCH_DAY_US;
    kith_rfm_result *nobody = ask(f, &options);
    assert_int_equal(nobody->customer_count, 0);
    assert_int_equal(nobody->segments[0]->customer_count, 0);
    assert_true(nobody->segments[0]->median_days == 0);
    assert_int_equal(nobody->day_cuts[0], 0);
    assert_int_equal(nobody->grid[24].customer_count, 0);
    kith_rfm_free(nobody);
    options.now_us = NOW_US;
    kith_rfm_result *one = ask(f, &options);
    size_t cursor = 0;
    kith_rfm_customer ann = next(one, &cursor);
    assert_string_equal(ann.segment, "new");
    assert_string_equal(ann.tier, "platinum");
    assert_int_equal(one->tiers[0]->customer_count, 1);
    assert_true(one->tiers[0]->least_spent_micros == 5000000);
    kith_rfm_free(one);
    put(f, "bob", 3, "5");
    put(f, "cid", 3, "5.00");
    kith_rfm_result *equals = ask(f, &options);
    cursor = 0;
    for (int i = 0; i < 3; i++) {
        kith_rfm_customer each = next(equals, &cursor);
        assert_true(each.r == 5 && each.f == 1 && each.m == 1);
        assert_string_equal(each.tier, "platinum");
    }
    kith_rfm_free(equals);
}

static void test_orders_without_amounts(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    put(f, "ann", 3, "nothing");
    put(f, "bob", 3, "0");
    put(f, "cid", 3, "1");
    kith_rfm_result *result = ask(f, &options);
    assert_int_equal(result->customer_count, 3);
    assert_int_equal(result->without_amounts_count, 2);
    assert_int_equal(result->tiers[3]->customer_count, 2); /* who spent nothing is in the last */
    kith_rfm_free(result);
}

static void test_sums_stop_at_the_largest_number(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    for (int i = 1; i <= 4; i++) {
        put(f, "ann", i, "9000000000000");
        put(f, "bob", i, "-9000000000000");
        put(f, "cid", i, "9000000000000");
    }
    put(f, "bob", 5, "1");
    kith_rfm_result *result = ask(f, &options);
    size_t cursor = 0;
    assert_true(next(result, &cursor).spent_micros == INT64_MAX);
    assert_true(next(result, &cursor).spent_micros == INT64_MIN);
    assert_true(result->spent_micros == INT64_MAX - 1); /* two of the one end, one of the other */
    kith_rfm_free(result);
}

static void test_threads_make_no_difference(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    char key[16], amount[16];
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "c%d", i);
        snprintf(amount, sizeof amount, "%d.25", i * 7 % 100);
        put(f, key, i % 90, amount);
    }
    scratch_commit(f->txn);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    options.threads = 1;
    kith_rfm_result *one = ask(f, &options);
    options.threads = 4;
    kith_rfm_result *four = ask(f, &options);
    assert_memory_equal(one->grid, four->grid, 25 * sizeof *one->grid);
    for (size_t i = 0; i < one->segment_count; i++) {
        assert_memory_equal(one->segments[i], four->segments[i], sizeof *one->segments[i]);
    }
    kith_rfm_free(one);
    kith_rfm_free(four);
}

static void test_what_is_refused(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    kith_expression *value = NULL;
    kith_expression_options expression = KITH_EXPRESSION_OPTIONS_INIT;
    expect_refused(f, &options, "which events are orders? name one: the store has none");
    scratch_event(f->txn, "crm", "ann", "visit", NOW_US, NULL, NULL, "page", "home", NULL);
    expect_refused(f, &options, "which events are orders? name one of visit");
    options.event = "visit";
    expect_refused(f, &options, "which property says what an order came to? name one of page");
    put(f, "ann", 3, "5");
    scratch_event(f->txn, "crm", "ann", "Order Completed", NOW_US, NULL, NULL, NULL);
    options = options_at(NOW_US);
    expect_refused(f, &options, "The store has 'order' and 'Order Completed': name one");
    options.event = "ordre";
    expect_refused(f, &options, "did you mean 'order'?");
    options.event = "order";
    options.amount = "amont";
    expect_refused(f, &options, "did you mean 'amount'?");
    options.amount = NULL;
    options.refund = "zzz";
    expect_refused(f, &options, "the store has no event 'zzz'; it has");
    options.refund = NULL;
    options.bins = 1;
    expect_refused(f, &options, "2 to 10 bins, not 1");
    options.bins = 0;
    expression.value = true;
    assert_int_equal(kith_expression_parse("count(order)", 12, f->txn, &expression, &value, NULL),
                     KITH_OK);
    options.where = value;
    expect_refused(f, &options, "asks for a condition, this gives a number");
    kith_expression_free(value);
    assert_int_equal(kith_rfm(f->txn, &options, NULL), KITH_MISUSE);
}

static int stop(void *context, const kith_progress *progress) {
    assert_string_equal(progress->phase, "query");
    ++*(int *)context;
    return 1;
}

static void test_progress_may_stop_it(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    kith_rfm_result *result = NULL;
    int told = 0;
    put(f, "ann", 3, "5");
    options.progress = stop;
    options.context = &told;
    assert_int_equal(kith_rfm(f->txn, &options, &result), KITH_INTERRUPTED);
    assert_null(result);
    assert_int_equal(told, 1);
}

static void test_customers_end_with_a_write_and_numbers_stay(void **state) {
    fixture *f = *state;
    kith_rfm_options options = options_at(NOW_US);
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    size_t cursor = 0;
    put(f, "ann", 3, "5");
    kith_rfm_result *result = ask(f, &options);
    put(f, "ann", 2, "5");
    assert_int_equal(kith_rfm_next(result, &cursor, &customer), KITH_MISUSE);
    scratch_commit(f->txn);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(result->customer_count, 1);
    assert_string_equal(result->segments[0]->name, "champions");
    kith_rfm_free(result);
    kith_rfm_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_is_scored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_one_and_equals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_orders_without_amounts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sums_stop_at_the_largest_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads_make_no_difference, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_progress_may_stop_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_customers_end_with_a_write_and_numbers_stay, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
