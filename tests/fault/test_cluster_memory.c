/*
 * Clusters when memory is out: the n-th allocation fails, for every n until none does. What comes
 * then is a refusal, nothing is left behind, and the next try finds what it should.
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
#include "src/score/cluster_words.h"
#include "src/score/silhouette.h"
#include "tests/fault/faults.h"

#define POINTS     300
#define DIMENSIONS 2
#define CLUSTERS   3 /* that are named: a fault in the first name counts as one in the last */

static double values[POINTS * DIMENSIONS];

static kithi_cluster_refusal choose(void) {
    kithi_cluster_options options = KITHI_CLUSTER_OPTIONS_INIT;
    kithi_points points = {values, POINTS, DIMENSIONS};
    kithi_cluster_choice choice;
    options.restarts = 2;
    kithi_cluster_refusal refusal = kithi_cluster_choose(&points, 2, 4, &options, &choice);
    if (refusal == KITHI_CLUSTER_FINE) {
        assert_int_equal(choice.trial_count, 3);
        kithi_cluster_choice_clear(&choice);
    } else {
        assert_null(choice.best.centers);
    }
    return refusal;
}

static void test_choosing_is_refused(void **state) {
    (void)state;
    uint64_t seed = 1, at = 0, failed;
    for (size_t i = 0; i < POINTS * DIMENSIONS; i++) {
        values[i] = kithi_random_unit(&seed);
    }
    do {
        fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        int64_t live = fault_live_allocations();
        fault_arm(&plan);
        kithi_cluster_refusal refusal = choose();
        fault_disarm();
        failed = fault_count();
        assert_int_equal(refusal, failed > 0 ? KITHI_CLUSTER_NO_MEMORY : KITHI_CLUSTER_FINE);
        assert_int_equal(fault_live_allocations(), live);
    } while (failed > 0);
    print_message("%llu allocations\n", (unsigned long long)at - 1);
    assert_true(at > 30);
}

static void test_names_are_refused(void **state) {
    (void)state;
    static const kithi_cluster_feature features[] = {
        {"a name that is rather long", NULL, NULL, NULL, {false, 0, 1}},
        {"another that is no shorter", NULL, NULL, NULL, {false, 0, 1}},
    };
    static const double centers[CLUSTERS][2] = {{1, 2}, {2, 1}, {-1, -2}};
    kithi_cluster_trait traits[CLUSTERS * 2];
    kithi_cluster_name names[CLUSTERS];
    uint64_t at = 0, failed;
    for (size_t i = 0; i < CLUSTERS; i++) {
        kithi_cluster_traits(features, 2, centers[i], traits + i * 2);
    }
    do {
        fault_plan plan = {.kind = FAULT_ALLOCATION, .at = ++at};
        fault_arm(&plan);
        bool named = kithi_cluster_names(features, traits, 2, CLUSTERS, names);
        fault_disarm();
        failed = fault_count();
        assert_int_equal(named, failed == 0);
    } while (failed > 0);
    assert_true(at > 1);
    assert_string_equal(names[0].text, "very high another that is no shorter");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choosing_is_refused),
        cmocka_unit_test(test_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
