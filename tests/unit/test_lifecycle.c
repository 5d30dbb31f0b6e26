/*
 * Stages of a customer by his own rhythm: which rule fires, with what numbers, and on which day he
 * gets to the next stage if he doesn't buy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/random.h"
#include "src/score/lifecycle.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* Bought on days 0, 18, 36 ... 180: every 18 days. */
static const kithi_rhythm steady = {11, 0, 180, 18};

static kithi_standing stand(const kithi_rhythm *c, int32_t today) {
    kithi_lifecycle rules = kithi_lifecycle_default();
    return kithi_lifecycle_stand(&rules, c, today);
}

static void assert_says(const kithi_standing *s, const char *words) {
    char said[128];
    assert_int_equal(kithi_standing_say(s, said, sizeof said), strlen(words));
    assert_string_equal(said, words);
}

static void assert_change(const kithi_standing *s, int32_t day, kithi_stage stage) {
    assert_true(s->changes);
    assert_int_equal(s->change_day, day);
    assert_int_equal(s->change_stage, stage);
}

static void test_silence_is_held_against_the_own_gap(void **state) {
    (void)state;
    static const struct {
        int32_t silent;
        kithi_stage stage;
        int32_t change; /* after so much silence */
        kithi_stage next;
        const char *words;
    } days[] = {
        {0, KITHI_STAGE_REGULAR, 27, KITHI_STAGE_SLOWING,
         "silent for 0 days, 0 times the usual 18"},
        {1, KITHI_STAGE_REGULAR, 27, KITHI_STAGE_SLOWING, "silent for 1 day, 0 times the usual 18"},
        {26, KITHI_STAGE_REGULAR, 27, KITHI_STAGE_SLOWING,
         "silent for 26 days, 1.4 times the usual 18"},
        {27, KITHI_STAGE_SLOWING, 45, KITHI_STAGE_AT_RISK,
         "silent for 27 days, 1.5 times the usual 18"},
        {44, KITHI_STAGE_SLOWING, 45, KITHI_STAGE_AT_RISK,
         "silent for 44 days, 2.4 times the usual 18"},
        {45, KITHI_STAGE_AT_RISK, 72, KITHI_STAGE_LAPSED,
         "silent for 45 days, 2.5 times the usual 18"},
        {71, KITHI_STAGE_AT_RISK, 72, KITHI_STAGE_LAPSED,
         "silent for 71 days, 3.9 times the usual 18"},
    };
    for (size_t i = 0; i < COUNT(days); i++) {
        kithi_standing s = stand(&steady, 180 + days[i].silent);
        assert_int_equal(s.stage, days[i].stage);
        assert_int_equal(s.silent_days, days[i].silent);
        assert_int_equal(s.usual_gap, 18000);
        assert_true(s.own_gap);
        assert_change(&s, 180 + days[i].change, days[i].next);
        assert_says(&s, days[i].words);
    }
    kithi_standing lapsed = stand(&steady, 252);
    assert_int_equal(lapsed.stage, KITHI_STAGE_LAPSED);
    assert_int_equal(lapsed.limit, 400);
    assert_int_equal(lapsed.times, 400);
    assert_false(lapsed.changes);
    assert_says(&lapsed, "silent for 72 days, 4 times the usual 18");
}

static void test_how_often_he_bought(void **state) {
    (void)state;
    kithi_rhythm none = {0, 0, 0, 0}, once = {1, 100, 100, 0}, twice = {2, 100, 130, 30},
                 often = {4, 100, 190, 30};
    kithi_standing s = stand(&none, 500);
    assert_int_equal(s.stage, KITHI_STAGE_PROSPECT);
    assert_false(s.changes);
    assert_says(&s, "never bought");
    s = stand(&once, 110);
    assert_int_equal(s.stage, KITHI_STAGE_NEW);
    assert_false(s.own_gap);
    assert_change(&s, 235, KITHI_STAGE_SLOWING); /* 1.5 times the 90 of all */
    assert_says(&s, "silent for 10 days, 0.1 times the usual 90 of all customers");
    assert_int_equal(stand(&once, 460).stage, KITHI_STAGE_LAPSED);
    assert_int_equal(stand(&twice, 140).stage, KITHI_STAGE_ACTIVE);
    assert_int_equal(stand(&often, 200).stage, KITHI_STAGE_REGULAR);
}

/* Bought every 10 days, was away for 60, and is back. */
static void test_won_back(void **state) {
    (void)state;
    kithi_rhythm back = {6, 0, 100, 60}; /* 0 10 20 30 40 100 */
    kithi_standing s = stand(&back, 105);
    assert_int_equal(s.stage, KITHI_STAGE_WON_BACK);
    assert_int_equal(s.usual_gap, 10000);
    assert_int_equal(s.times, 600);
    assert_int_equal(s.limit, 400);
    assert_says(&s, "came back after 60 days, 6 times the usual 10");
    /* He is held against what was usual before. */
    assert_change(&s, 115, KITHI_STAGE_SLOWING);
    assert_int_equal(stand(&back, 125).stage, KITHI_STAGE_AT_RISK);
    /* 4 times 10 is a return, a day less is a late order. */
    assert_int_equal(stand(&(kithi_rhythm){6, 0, 80, 40}, 80).stage, KITHI_STAGE_WON_BACK);
    assert_int_equal(stand(&(kithi_rhythm){6, 0, 79, 39}, 79).stage, KITHI_STAGE_REGULAR);
    /* With the next order he is a customer like any other. */
    assert_int_equal(stand(&(kithi_rhythm){7, 0, 110, 10}, 112).stage, KITHI_STAGE_REGULAR);
    /* Of the second order's gap the population's tells. */
    assert_int_equal(stand(&(kithi_rhythm){2, 0, 360, 360}, 361).stage, KITHI_STAGE_WON_BACK);
    assert_int_equal(stand(&(kithi_rhythm){2, 0, 359, 359}, 361).stage, KITHI_STAGE_ACTIVE);
}

static void test_rules_can_be_set(void **state) {
    (void)state;
    kithi_lifecycle rules = kithi_lifecycle_default();
    kithi_rhythm daily = {8, 0, 7, 1}, twice = {2, 0, 20, 20};
    /* Who bought daily isn't slowing after two days: a gap is a week at least. */
    assert_int_equal(kithi_lifecycle_stand(&rules, &daily, 17).stage, KITHI_STAGE_REGULAR);
    assert_int_equal(kithi_lifecycle_stand(&rules, &daily, 18).stage, KITHI_STAGE_SLOWING);
    rules.least_gap = 1000;
    assert_int_equal(kithi_lifecycle_stand(&rules, &daily, 9).stage, KITHI_STAGE_SLOWING);
    assert_int_equal(kithi_lifecycle_stand(&rules, &daily, 11).stage, KITHI_STAGE_LAPSED);
    rules.own_gaps = 2;
    rules.population_gap = 50000;
    assert_int_equal(kithi_lifecycle_stand(&rules, &twice, 20).usual_gap, 50000);
    assert_false(kithi_lifecycle_stand(&rules, &twice, 20).own_gap);
    rules.slowing = 100;
    assert_int_equal(kithi_lifecycle_stand(&rules, &twice, 70).stage, KITHI_STAGE_SLOWING);
    assert_int_equal(kithi_lifecycle_stand(&rules, &twice, 69).stage, KITHI_STAGE_ACTIVE);
}

static void test_rules_are_checked(void **state) {
    (void)state;
    kithi_lifecycle good = kithi_lifecycle_default();
    assert_true(kithi_lifecycle_is_valid(&good));
    for (int i = 0; i < 8; i++) {
        kithi_lifecycle bad = good;
        switch (i) {
        case 0:
            bad.slowing = 0;
            break;
        case 1:
            bad.at_risk = bad.slowing;
            break;
        case 2:
            bad.lapsed = bad.at_risk - 1;
            break;
        case 3:
            bad.lapsed = KITHI_TIMES_MAX + 1;
            break;
        case 4:
            bad.own_gaps = 0;
            break;
        case 5:
            bad.least_gap = 0;
            break;
        case 6:
            bad.population_gap = KITHI_GAP_MAX + 1;
            break;
        default:
            bad.population_gap = -1;
            break;
        }
        assert_false(kithi_lifecycle_is_valid(&bad));
    }
}

static void test_words_are_cut(void **state) {
    (void)state;
    char said[12];
    kithi_standing s = stand(&steady, 225);
    assert_int_equal(kithi_standing_say(&s, said, sizeof said),
                     strlen("silent for 45 days, 2.5 times the usual 18"));
    assert_string_equal(said, "silent for ");
}

/* On the day that is foretold, and on none before, he is in the stage that is foretold. */
static void test_what_is_foretold_holds(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    kithi_lifecycle rules = kithi_lifecycle_default();
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 500; round++) {
        kithi_rhythm c = {.active_days = (uint32_t)(kithi_random(&seed) % 8), .first_day = -50};
        int32_t days = c.active_days < 2 ? 0 : (int32_t)(c.active_days + kithi_random(&seed) % 400);
        c.last_day = c.first_day + days;
        c.last_gap = c.active_days < 2 ? 0
                     : c.active_days == 2
                         ? days
                         : 1 + (int32_t)(kithi_random(&seed) %
                                         (uint64_t)(days - (int32_t)c.active_days + 2));
        kithi_standing before = kithi_lifecycle_stand(&rules, &c, c.last_day);
        for (int32_t today = c.last_day; today < c.last_day + 1700; today++) {
            kithi_standing now = kithi_lifecycle_stand(&rules, &c, today);
            bool foretold = before.changes && today == before.change_day;
            assert_int_equal(now.stage, foretold ? before.change_stage : before.stage);
            assert_true(!now.changes || now.change_day > today);
            before = now;
        }
        assert_false(before.changes);
    }
}

static void test_days_at_the_ends_of_the_calendar(void **state) {
    (void)state;
    kithi_rhythm early = {2, INT32_MIN, INT32_MAX, INT32_MAX}, late = {1, INT32_MAX, INT32_MAX, 0};
    kithi_standing s = stand(&early, INT32_MIN);
    assert_int_equal(s.silent_days, 0);
    assert_true(s.usual_gap <= KITHI_GAP_MAX);
    s = stand(&late, INT32_MAX);
    assert_int_equal(s.stage, KITHI_STAGE_NEW);
    assert_false(s.changes);
    s = stand(&(kithi_rhythm){3, INT32_MIN, INT32_MIN + 20, 10}, INT32_MAX);
    assert_int_equal(s.stage, KITHI_STAGE_LAPSED);
    assert_int_equal(s.silent_days, INT32_MAX);
}

static void test_names(void **state) {
    (void)state;
    static const char *const names[] = {"prospect", "new",     "active", "regular",
                                        "slowing",  "at risk", "lapsed", "won back"};
    for (int i = 0; i < KITHI_STAGES; i++) {
        assert_string_equal(kithi_stage_name((kithi_stage)i), names[i]);
    }
    assert_null(kithi_stage_name(KITHI_STAGES));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence_is_held_against_the_own_gap),
        cmocka_unit_test(test_how_often_he_bought),
        cmocka_unit_test(test_won_back),
        cmocka_unit_test(test_rules_can_be_set),
        cmocka_unit_test(test_rules_are_checked),
        cmocka_unit_test(test_words_are_cut),
        cmocka_unit_test(test_what_is_foretold_holds),
        cmocka_unit_test(test_days_at_the_ends_of_the_calendar),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
