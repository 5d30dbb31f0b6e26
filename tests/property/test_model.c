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
static void compare_at_times(stand *s, model *m, uint64_t *state) {
    int64_t now_us = random_below(state, WORLD_STAMPS + 2) * SECOND_US;
    stand_compare(s, m, now_us, DUMP_ALL, "after a commit");
    stand_compare(s, m, -SECOND_US, DUMP_NO_EXPLAIN, "in the past");
    stand_compare(s, m, INT64_MAX - 5 * SECOND_US, DUMP_NO_EXPLAIN, "in the future");
}

static void step(stand *s, model *m, const history_op *op, uint64_t *state) {
    switch (op->kind) {
    case HISTORY_COMMIT:
        stand_commit(s);
        model_commit(m);
        compare_at_times(s, m, state);
        break;
    case HISTORY_ABORT:
        stand_abort(s);
        model_abort(m);
        break;
    case HISTORY_READ:
        stand_compare(s, m, op->at_us, DUMP_ALL, "inside a transaction");
        break;
    default:
        stand_expect(s, stand_apply(s, op, NULL), model_apply(m, op), "an operation");
    }
}

static char *store_equals_model(const history *h) {
    stand s;
    uint64_t state = h->seed;
    model *m = model_new(&h->rules);
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        step(&s, m, &h->ops[i], &state);
    }
    stand_commit(&s);
    compare_at_times(&s, m, &state);
    model_free(m);
    return trial_end(&s);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_equals_model),
        cmocka_unit_test(test_store_equals_model_with_scored_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
