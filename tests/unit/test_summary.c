/*
 * The summary of a customer's orders: what it counts, and that the summaries of two spans that
 * follow one another join to the one of both.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/profile/summary.h"
#include "tests/random.h"

#define ONE   INT64_C(1000000)
#define CASES 20000
#define MOST  12

static void assert_same(const kithi_summary *a, const kithi_summary *b) {
    assert_int_equal(a->orders, b->orders);
    assert_int_equal(a->active_days, b->active_days);
    assert_int_equal(a->paid_orders, b->paid_orders);
    assert_int_equal(a->refund_count, b->refund_count);
    assert_int_equal(a->last_gap, b->last_gap);
    assert_int_equal(a->first_day, b->first_day);
    assert_int_equal(a->last_day, b->last_day);
    assert_true(a->spent_micros == b->spent_micros);
    assert_true(a->first_day_spent_micros == b->first_day_spent_micros);
    assert_true(a->refunded_micros == b->refunded_micros);
    assert_true(a->log_gaps == b->log_gaps);
    assert_true(a->squares == b->squares);
}

static void test_what_is_counted(void **state) {
    (void)state;
    kithi_summary s = {0};
    kithi_summary_refund(&s, 1 * ONE); /* of what was bought before the store was begun */
    kithi_summary_add(&s, 100, 0);
    kithi_summary_add(&s, 100, 5 * ONE);
    kithi_summary_add(&s, 100, 7 * ONE);
    kithi_summary_add(&s, 110, -2 * ONE);
    kithi_summary_add(&s, 120, 3 * ONE);
    kithi_summary_refund(&s, -3 * ONE);
    kithi_summary_add(&s, 121, 4 * ONE);
    assert_int_equal(s.orders, 5);
    assert_int_equal(s.paid_orders, 4);
    assert_int_equal(s.refund_count, 3);
    assert_int_equal(s.active_days, 3);
    assert_int_equal(s.last_gap, 1);
    assert_int_equal(s.first_day, 100);
    assert_int_equal(s.last_day, 121);
    assert_true(s.spent_micros == 19 * ONE);
    assert_true(s.first_day_spent_micros == 12 * ONE);
    assert_true(s.refunded_micros == 6 * ONE);
    assert_true(kithi_summary_net_micros(&s) == 13 * ONE);
    assert_true(s.squares == (kithi_squares)(25 + 49 + 9 + 16) * ONE * ONE);
    assert_true(fabs((double)s.log_gaps / KITHI_LOG_ONE - log(20)) < 1e-9);
}

static void test_clocks_that_are_put_back_make_no_new_day(void **state) {
    (void)state;
    kithi_summary s = {0};
    kithi_summary_add(&s, 100, ONE);
    kithi_summary_add(&s, 99, ONE);
    kithi_summary_add(&s, 100, ONE);
    assert_int_equal(s.active_days, 1);
    assert_int_equal(s.last_day, 100);
    assert_int_equal(s.orders, 3);
    assert_true(s.first_day_spent_micros == 3 * ONE);
}

static void test_logarithms(void **state) {
    (void)state;
    assert_true(kithi_summary_log(0) == 0);
    assert_true(kithi_summary_log(1) == 0);
    for (uint64_t days = 2; days <= UINT32_MAX; days += 1 + days / 1000) {
        double wanted = log((double)days) * KITHI_LOG_ONE;
        double found = (double)kithi_summary_log((uint32_t)days);
        if (fabs(found - wanted) > .500001) {
            fail_msg("ln(%llu) is %.2f steps of 2^-32 off", (unsigned long long)days,
                     found - wanted);
        }
    }
}

static void test_sums_stop_at_the_largest_number(void **state) {
    (void)state;
    kithi_summary s = {0}, other = {0};
    for (int i = 0; i < 9; i++) {
        kithi_summary_add(&s, i, INT64_MAX);
        kithi_summary_refund(&s, INT64_MIN);
    }
    assert_true(s.spent_micros == INT64_MAX);
    assert_true(s.refunded_micros == INT64_MAX);
    assert_true(s.squares == ~(kithi_squares)0);
    assert_true(kithi_summary_net_micros(&s) == 0);
    kithi_summary_add(&other, 100, 1);
    kithi_summary joined = kithi_summary_join(&s, &other);
    assert_true(joined.squares == s.squares);
    assert_true(joined.spent_micros == INT64_MAX);
}

typedef struct happening {
    int32_t day;
    int64_t micros;
    bool refund;
} happening;

static size_t draw(uint64_t *seed, happening out[MOST]) {
    size_t count = random_next(seed) % (MOST + 1);
    int32_t day = (int32_t)(random_next(seed) % 3) - 1;
    for (size_t i = 0; i < count; i++) {
        int64_t most = random_next(seed) % 8 == 0 ? INT64_MAX : 50 * ONE;
        day += random_next(seed) % 2 == 0 ? 0 : (int32_t)(random_next(seed) % 40);
        out[i] = (happening){day, (int64_t)(random_next(seed) % (uint64_t)most) - 5 * ONE,
                             random_next(seed) % 6 == 0};
        out[i].micros = random_next(seed) % 5 == 0 ? 0 : out[i].micros;
    }
    return count;
}

static kithi_summary sum_up(const happening *all, size_t count) {
    kithi_summary s = {0};
    for (size_t i = 0; i < count; i++) {
        if (all[i].refund) {
            kithi_summary_refund(&s, all[i].micros);
        } else {
            kithi_summary_add(&s, all[i].day, all[i].micros);
        }
    }
    return s;
}

static void test_joining_is_adding_all(void **state) {
    (void)state;
    uint64_t seed = 20061231;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        happening all[MOST];
        size_t count = draw(&seed, all);
        kithi_summary whole = sum_up(all, count);
        for (size_t cut = 0; cut <= count; cut++) {
            kithi_summary before = sum_up(all, cut), after = sum_up(all + cut, count - cut);
            kithi_summary joined = kithi_summary_join(&before, &after);
            assert_same(&joined, &whole);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_counted),
        cmocka_unit_test(test_clocks_that_are_put_back_make_no_new_day),
        cmocka_unit_test(test_logarithms),
        cmocka_unit_test(test_sums_stop_at_the_largest_number),
        cmocka_unit_test(test_joining_is_adding_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
