/*
 * Chances are learnt while each allocation fails in turn: it is said that memory is out, nothing is
 * lost, and a customer who couldn't be taken up can be given again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/score/chance.h"
#include "tests/fault/faults.h"

#define CUSTOMERS 200

static void fail_at(uint64_t at) {
    fault_arm(&(fault_plan){FAULT_ALLOCATION, at, false, ENOMEM, FAULT_FAILS});
}

static bool begin(kithi_cases *cases) {
    return kithi_cases_init(cases, 2) &&
           kithi_cases_name(cases, 0, "orders", KITHI_FEATURE_NUMBER) &&
           kithi_cases_name(cases, 1, "city", KITHI_FEATURE_LEVEL);
}

static bool add(kithi_cases *cases, int i) {
    kith_value values[] = {i % 7 == 0 ? kith_value_null() : kith_value_integer(i),
                           kith_value_integer(i % 40)};
    return kithi_cases_add(cases, values, i % 3 == 0);
}

/* Each customer is added with one failure, and then again, without one where it was told. */
static void test_customers_can_be_given_again(void **state) {
    (void)state;
    int64_t live = fault_live_allocations();
    kithi_cases cases;
    int told = 0;
    fail_at(1);
    assert_false(begin(&cases));
    fault_disarm();
    kithi_cases_clear(&cases);
    assert_true(begin(&cases));
    for (int i = 0; i < CUSTOMERS; i++) {
        fail_at(1);
        bool added = add(&cases, i);
        fault_disarm();
        assert_int_equal(added, fault_count() == 0);
        assert_true(added || add(&cases, i));
        told += !added;
    }
    assert_true(told > 3);
    assert_int_equal(cases.count, CUSTOMERS);
    assert_int_equal(cases.features[0].missing, CUSTOMERS / 7 + 1);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(cases.features[1].levels[i].count, CUSTOMERS / 40);
    }
    kithi_cases_clear(&cases);
    assert_int_equal(fault_live_allocations(), live);
}

static void test_learning_without_memory_is_refused(void **state) {
    (void)state;
    bool came = true;
    int told = 0;
    for (uint64_t at = 1; came; at++) {
        int64_t live = fault_live_allocations();
        kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
        kithi_chance_report report;
        kithi_chance chance;
        kithi_cases cases;
        assert_true(begin(&cases));
        for (int i = 0; i < CUSTOMERS; i++) {
            assert_true(add(&cases, i));
        }
        fail_at(at);
        kithi_chance_refusal refusal = kithi_chance_fit(&cases, &options, &chance, &report, NULL);
        fault_disarm();
        came = fault_count() > 0;
        assert_true(refusal == KITHI_CHANCE_FITS || (came && refusal == KITHI_CHANCE_NO_MEMORY));
        assert_true((chance.weights != NULL) == (refusal == KITHI_CHANCE_FITS));
        told += refusal != KITHI_CHANCE_FITS;
        kithi_chance_clear(&chance);
        kithi_cases_clear(&cases);
        assert_int_equal(fault_live_allocations(), live);
    }
    assert_true(told > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_customers_can_be_given_again),
        cmocka_unit_test(test_learning_without_memory_is_refused),
    };
    return cmocka_run_group_tests_name("chances", tests, NULL, NULL);
}
