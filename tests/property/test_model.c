/*
 * After each commit, and inside a transaction, the store holds what the naive model works out from
 * the list of facts: clusters, ids, golden values with their provenance, aggregates at any time,
 * events in order, refused links, finds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/property/trial.h"

/* Everything at one time, and the profiles in the past and in the future. */
static void compare_at_times(stand *s, model *m, uint64_t *state, const char *when) {
    int64_t now_us = random_below(state, WORLD_STAMPS + 2) * SECOND_US;
    stand_compare(s, m, now_us, DUMP_ALL, when);
    stand_compare(s, m, -SECOND_US, DUMP_NO_EXPLAIN, "in the past");
    stand_compare(s, m, INT64_MAX - 5 * SECOND_US, DUMP_NO_EXPLAIN, "in the future");
}

static char *store_equals_model(const history *h) {
    return trial_equals_model(h, compare_at_times, DUMP_ALL);
}

static void test_store_equals_model_with_scored_links(void **state) {
    (void)state;
    trial_run("the store equals the model, with scored links", store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_SCORED, 300);
}

static void test_store_equals_model(void **state) {
    (void)state;
    trial_run("the store equals the model", store_equals_model, HISTORY_CONFIGS | HISTORY_STEPS,
              3000);
}

static void test_store_with_segments_equals_model(void **state) {
    (void)state;
    trial_run("the store equals the model, with segments", store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_DEFINED, 500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_equals_model),
        cmocka_unit_test(test_store_with_segments_equals_model),
        cmocka_unit_test(test_store_equals_model_with_scored_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
