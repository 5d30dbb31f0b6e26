/*
 * Points that fade: as the formula has it, in whatever order they come.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/base/random.h"
#include "src/score/decay.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define POINT       1000000

static const kithi_point_bounds no_bounds = {INT64_MIN, INT64_MAX};

static uint64_t test_seed(void) {
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static void test_half_is_left_after_a_half_life(void **state) {
    (void)state;
    assert_int_equal(kithi_decay(100 * POINT, 30, 0), 100 * POINT);
    assert_int_equal(kithi_decay(100 * POINT, 30, 30), 50 * POINT);
    assert_int_equal(kithi_decay(100 * POINT, 30, 60), 25 * POINT);
    assert_int_equal(kithi_decay(-100 * POINT, 30, 30), -50 * POINT);
    assert_int_equal(kithi_decay(100 * POINT, 30, 15), 70710678); /* 100 / sqrt(2) */
    assert_int_equal(kithi_decay(100 * POINT, 0, 100000), 100 * POINT);
    assert_int_equal(kithi_decay(100 * POINT, 1, 30), 0);
    assert_int_equal(kithi_decay(1, 10, 10), 1); /* half of a millionth is rounded away from 0 */
    assert_int_equal(kithi_decay(-1, 10, 10), -1);
    assert_int_equal(kithi_decay(1, 10, 11), 0);
    assert_int_equal(kithi_decay(INT64_MAX, 7, 0), INT64_MAX);
    assert_int_equal(kithi_decay(INT64_MIN, 7, 0), INT64_MIN);
    assert_int_equal(kithi_decay(INT64_MIN, 7, UINT32_MAX), 0);
}

static void test_factors_are_powers_of_two(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    for (int i = 0; i < 20000; i++) {
        uint32_t half_life = 1 + (uint32_t)(kithi_random(&seed) % 2000);
        uint32_t days = (uint32_t)(kithi_random(&seed) % 5000);
        double wanted = exp2(-(double)days / half_life);
        double found = (double)kithi_decay_factor(half_life, days) / (double)KITHI_DECAY_ONE;
        if (!(fabs(found - wanted) <= 4e-16)) {
            fail_msg("half-life %u, %u days: %.17g is not %.17g", half_life, days, found, wanted);
        }
    }
    for (uint32_t days = 1; days < 3000; days++) {
        assert_true(kithi_decay_factor(365, days) < kithi_decay_factor(365, days - 1));
    }
}

#define EVENTS 400

static void draw_events(uint64_t *seed, uint32_t rules, kithi_point_event *out) {
    for (size_t i = 0; i < EVENTS; i++) {
        out[i].rule = (uint32_t)(kithi_random(seed) % rules);
        out[i].day = (int64_t)(kithi_random(seed) % 1000);
    }
}

static void shuffle_events(uint64_t *seed, kithi_point_event *events) {
    for (size_t i = EVENTS; i > 1; i--) {
        size_t other = kithi_random(seed) % i;
        kithi_point_event event = events[i - 1];
        events[i - 1] = events[other];
        events[other] = event;
    }
}

/* The parts say where a score comes from, the last one what its bounds did; the order of events
 * says nothing. */
static void test_a_score_is_the_sum_of_its_parts(void **state) {
    (void)state;
    static const kithi_point_rule rules[] = {
        {10 * POINT, 30, 0}, {-3 * POINT, 90, 20 * POINT}, {1234567, 0, 0}, {INT64_MAX, 14, 0}};
    static const kithi_point_bounds bounds[] = {
        {INT64_MIN, INT64_MAX}, {0, 100 * POINT}, {500 * POINT, INT64_MAX}};
    uint64_t seed = test_seed();
    kithi_point_event events[EVENTS];
    for (size_t i = 0; i < 60; i++) {
        uint32_t count =
            i % 2 == 0 ? 3 : 4; /* the last rule's sum is more than there are numbers */
        const kithi_point_bounds *within = &bounds[i % COUNT(bounds)];
        int64_t parts[5], again[5], sum = 0;
        draw_events(&seed, count, events);
        int64_t score = kithi_point_score(rules, count, events, EVENTS, 900, within, parts);
        assert_true(score >= within->low && score <= within->high && parts[1] >= -20 * POINT);
        for (size_t p = 0; count == 3 && p <= count; p++) {
            sum += parts[p];
        }
        assert_true(count == 4 || sum == score);
        shuffle_events(&seed, events);
        assert_true(kithi_point_score(rules, count, events, EVENTS, 900, within, again) == score);
        assert_memory_equal(parts, again, (count + 1) * sizeof *parts);
    }
    int64_t part;
    assert_true(kithi_point_score(NULL, 0, NULL, 0, 1, &bounds[2], &part) == 500 * POINT);
    assert_true(part == 500 * POINT);
}

static void test_what_is_later_does_not_count(void **state) {
    (void)state;
    static const kithi_point_rule rule = {POINT, 10, 0};
    static const kithi_point_event events[] = {{0, 5}, {0, 15}, {0, 16}};
    int64_t parts[2];
    assert_true(kithi_point_score(&rule, 1, events, 3, 15, &no_bounds, parts) == 3 * POINT / 2);
    assert_true(kithi_point_score(&rule, 1, events, 3, 4, &no_bounds, parts) == 0);
    assert_true(kithi_point_score(&rule, 1, events, 3, INT64_MIN, &no_bounds, parts) == 0);
    assert_true(kithi_point_score(&rule, 1, events, 3, INT64_MAX, &no_bounds, parts) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_is_left_after_a_half_life),
        cmocka_unit_test(test_factors_are_powers_of_two),
        cmocka_unit_test(test_a_score_is_the_sum_of_its_parts),
        cmocka_unit_test(test_what_is_later_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
