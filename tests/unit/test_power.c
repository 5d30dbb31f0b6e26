/*
 * How large a control group has to be: as R has it, and as trials that are drawn show.
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
#include "src/score/power.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

static kithi_power_options asking(double base_rate, double lift, uint32_t audience) {
    kithi_power_options options = KITHI_POWER_OPTIONS_INIT;
    options.base_rate = base_rate;
    options.lift = lift;
    options.audience = audience;
    return options;
}

static void test_quantiles_of_the_normal_distribution(void **state) {
    (void)state;
    assert_near(kithi_normal_quantile(.5), 0, 1e-15);
    assert_near(kithi_normal_quantile(.975), 1.959963984540054, 1e-12);
    assert_near(kithi_normal_quantile(.8), .8416212335729143, 1e-12);
    assert_near(kithi_normal_quantile(1e-10), -6.361340902404056, 1e-12);
}

/* What the manual of R's power.prop.test shows, for groups of one size. */
static void test_power_is_as_r_has_it(void **state) {
    (void)state;
    assert_near(kithi_power_of(.5, .75, 50, 50, .05), .740, .0005);
    assert_true(kithi_power_of(.5, .75, 76, 76, .05) < .9); /* 76.7 in each are wanted */
    assert_true(kithi_power_of(.5, .75, 77, 77, .05) > .9);
}

/* None that is smaller tells; and where none is found, none at all does. */
static void test_the_least_control_group_is_the_least(void **state) {
    (void)state;
    static const double rates[] = {.02, .3, .5, .8};
    int told = 0;
    for (size_t i = 0; i < COUNT(rates) * 200; i++) {
        double base_rate = rates[i % COUNT(rates)], lift = i % 8 < 4 ? .24 : -.24;
        kithi_power_options options = asking(base_rate, lift, (uint32_t)(2 + i * i / 60));
        kithi_power_plan plan;
        bool found = kithi_power_find(&options, &plan) == KITHI_POWER_TELLS;
        uint32_t least = 1, half = options.audience / 2;
        while (least <= half && kithi_power_of(base_rate, base_rate * (1 + lift), least,
                                               options.audience - least, .05) < .8) {
            least++;
        }
        assert_int_equal(found, least <= half);
        assert_int_equal(plan.control, found ? least : half);
        told += found;
    }
    assert_true(told > 200 && told < 700);
}

/* What can't be told has a least lift that can, and nothing less can. */
static void test_the_least_lift_is_the_least(void **state) {
    (void)state;
    static const double rates[] = {.001, .03, .5, .9};
    static const double lifts[] = {.001, -.001};
    for (size_t i = 0; i < COUNT(rates) * COUNT(lifts); i++) {
        kithi_power_options options = asking(rates[i / 2], lifts[i % 2], 20000);
        kithi_power_plan plan;
        assert_int_equal(kithi_power_find(&options, &plan), KITHI_POWER_TOO_FEW);
        assert_true(plan.least_lift != 0 && signbit(plan.least_lift) == signbit(options.lift));
        options.lift = plan.least_lift;
        assert_int_equal(kithi_power_find(&options, &plan), KITHI_POWER_TELLS);
        options.lift *= 1 - 1e-9;
        assert_int_equal(kithi_power_find(&options, &plan), KITHI_POWER_TOO_FEW);
    }
}

/* The larger the audience, the less of it has to be left alone. */
static void test_larger_audiences_give_less(void **state) {
    (void)state;
    double before = .51;
    for (uint32_t audience = 20000; audience < 2000000000; audience *= 3) {
        kithi_power_options options = asking(.05, .2, audience);
        kithi_power_plan plan;
        assert_int_equal(kithi_power_find(&options, &plan), KITHI_POWER_TELLS);
        double share = (double)plan.control / audience;
        assert_true(share < before && plan.control + plan.treated == audience);
        assert_true(plan.buckets >= 1 && plan.buckets / 10000. >= share);
        before = share;
    }
    assert_true(before < 1e-5);
}

static uint32_t draw(uint64_t *seed, double rate, uint32_t count) {
    uint32_t happened = 0;
    for (uint32_t i = 0; i < count; i++) {
        happened += kithi_random_unit(seed) < rate;
    }
    return happened;
}

static bool is_seen(double control, double treated, double in_control, double in_treated) {
    double both = (in_control + in_treated) / (control + treated);
    double error = sqrt(both * (1 - both) * (1 / control + 1 / treated));
    return fabs(in_control / control - in_treated / treated) > kithi_normal_quantile(.975) * error;
}

/* Of trials that are drawn as planned four of five see the lift, and one of twenty sees one where
 * there is none. */
static void test_trials_see_what_was_planned(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    kithi_power_options options = asking(.1, .3, 8000);
    kithi_power_plan plan;
    int seen = 0, imagined = 0, trials = 2000;
    print_message("seed %llu\n", (unsigned long long)seed);
    assert_int_equal(kithi_power_find(&options, &plan), KITHI_POWER_TELLS);
    assert_true(plan.control > 500 && plan.control < 2000);
    for (int i = 0; i < trials; i++) {
        uint32_t in_control = draw(&seed, .1, plan.control);
        seen += is_seen(plan.control, plan.treated, in_control, draw(&seed, .13, plan.treated));
        imagined += is_seen(plan.control, plan.treated, in_control, draw(&seed, .1, plan.treated));
    }
    assert_near(seen / (double)trials, .8, .04);
    assert_near(imagined / (double)trials, .05, .02);
}

static void test_what_makes_no_sense_is_refused(void **state) {
    (void)state;
    static const struct {
        kithi_power_options options;
        kithi_power_refusal refusal;
    } cases[] = {
        {{0, .1, .05, .8, 1000}, KITHI_POWER_BAD_RATE},
        {{1, -.1, .05, .8, 1000}, KITHI_POWER_BAD_RATE},
        {{(double)NAN, .1, .05, .8, 1000}, KITHI_POWER_BAD_RATE},
        {{.5, 0, .05, .8, 1000}, KITHI_POWER_BAD_LIFT},
        {{.5, 1.1, .05, .8, 1000}, KITHI_POWER_BAD_LIFT},
        {{.5, -1.1, .05, .8, 1000}, KITHI_POWER_BAD_LIFT},
        {{.5, (double)NAN, .05, .8, 1000}, KITHI_POWER_BAD_LIFT},
        {{.5, .1, 0, .8, 1000}, KITHI_POWER_BAD_ERROR},
        {{.5, .1, .05, 1, 1000}, KITHI_POWER_BAD_ERROR},
        {{.5, .1, .05, .02, 1000}, KITHI_POWER_BAD_ERROR},
        {{.5, .1, .05, .8, 0}, KITHI_POWER_TOO_FEW},
        {{.5, .1, .05, .8, 1}, KITHI_POWER_TOO_FEW},
        {{.5, .1, .05, .8, 2}, KITHI_POWER_TOO_FEW},
        {{.5, 1, .05, .8, 3}, KITHI_POWER_TOO_FEW},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_power_plan plan;
        assert_int_equal(kithi_power_find(&cases[i].options, &plan), cases[i].refusal);
        assert_int_equal(plan.control + plan.treated, cases[i].options.audience);
        assert_true(isfinite(plan.least_lift) && plan.buckets <= 5000);
        assert_true(kithi_power_refusal_text(cases[i].refusal)[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_of_the_normal_distribution),
        cmocka_unit_test(test_power_is_as_r_has_it),
        cmocka_unit_test(test_the_least_control_group_is_the_least),
        cmocka_unit_test(test_the_least_lift_is_the_least),
        cmocka_unit_test(test_larger_audiences_give_less),
        cmocka_unit_test(test_trials_see_what_was_planned),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
