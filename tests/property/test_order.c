/*
 * The order in which facts come does not matter, and twice is once: any permutation of the same
 * facts, in any transactions, with settles and the same definitions anywhere among them, gives the
 * same derived state; replaying any of them changes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/trial.h"

#define NOW_US       (7 * SECOND_US)
#define PERMUTATIONS 3

static void shuffle(history_op *ops, size_t count, uint64_t *state) {
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(state, (uint32_t)i);
        history_op moved = ops[i - 1];
        ops[i - 1] = ops[j];
        ops[j] = moved;
    }
}

/* Now and then a transaction ends, a part is settled, or somebody reads. */
static void wander(stand *s, uint64_t *state) {
    history_op op = {.kind = HISTORY_SETTLE,
                     .at_us = random_below(state, WORLD_STAMPS + 2) * SECOND_US,
                     .budget = random_below(state, 4)};
    kith_profile profile = KITH_PROFILE_INIT;
    uint32_t choice = random_below(state, 8);
    if (choice == 0) {
        stand_commit(s);
    } else if (choice == 1) {
        stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a settle");
    } else if (choice == 2 && s->txn != NULL) {
        kith_profile_of_record(s->txn, 0, op.at_us, &profile);
    } else if (choice <= 4) {
        op.kind = HISTORY_READ;
        stand_apply(s, &op, NULL);
    }
}

/* Puts facts in this order; what is said about records that aren't there yet is put once more at
 * the end. */
static void put_all(stand *s, const history_op *ops, size_t count, uint64_t *state) {
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count && s->problem == NULL; i++) {
            bool decision = history_needs_record(&ops[i]);
            if (round == 0 || decision) {
                int rc = stand_apply(s, &ops[i], NULL);
                bool refused = decision && (rc == KITH_NOT_FOUND || rc == KITH_INVALID);
                stand_expect(s, refused ? KITH_OK : rc, KITH_OK, "a fact");
                wander(s, state);
            }
        }
    }
    stand_commit(s);
}

/* Puts some of the facts again: none may be new. */
static void put_again(stand *s, const history_op *ops, size_t count, uint64_t *state) {
    for (size_t i = 0; i < count && s->problem == NULL; i++) {
        kith_change change = KITH_UNCHANGED;
        if (random_one_in(state, 2)) {
            stand_apply(s, &ops[i], &change);
            if (change == KITH_ADDED || change == KITH_UPDATED) {
                stand_fail(s, "fact %zu was put a second time and gave change %d", i, (int)change);
            }
        }
    }
    stand_commit(s);
}

static void compare_with(stand *s, const lines *expected, const char *when) {
    lines found = {NULL, 0, 0};
    stand_dump(s, NOW_US, DUMP_NO_NUMBERS | DUMP_ROW_BYTES, &found);
    char *difference = lines_compare(expected, &found);
    if (difference != NULL) {
        stand_fail(s, "%s:\n%s", when, difference);
    }
    free(difference);
    lines_clear(&found);
}

/* Begins under other definitions where the given ones come among the facts. */
static char *permute(const history *h, const lines *expected, uint64_t *state) {
    history order;
    stand s;
    history_copy(&order, h);
    world_rules start = h->rules;
    if (random_one_in(state, 2)) {
        order.ops[order.count++] = (history_op){.kind = HISTORY_CONFIG, .rules = h->rules};
        start = world_random_rules(state);
    }
    start.defined = h->rules.defined && random_one_in(state, 2);
    shuffle(order.ops, order.count, state);
    stand_open(&s, &start);
    put_all(&s, order.ops, order.count, state);
    if (h->rules.defined && !start.defined) {
        stand_define(&s);
    }
    compare_with(&s, expected, "in another order");
    for (size_t i = 0; i < order.count; i++) { /* a config is no fact */
        if (order.ops[i].kind == HISTORY_CONFIG) {
            order.ops[i] = order.ops[--order.count];
        }
    }
    shuffle(order.ops, order.count, state);
    put_again(&s, order.ops, order.count, state);
    compare_with(&s, expected, "after facts were put again");
    stand_verify(&s, "in another order");
    history_clear(&order);
    return trial_end(&s);
}

static char *order_does_not_matter(const history *h) {
    stand s;
    lines expected = {NULL, 0, 0};
    uint64_t state = h->seed;
    stand_open(&s, &h->rules);
    put_all(&s, h->ops, h->count, &state);
    stand_dump(&s, NOW_US, DUMP_NO_NUMBERS | DUMP_ROW_BYTES, &expected);
    char *problem = trial_end(&s);
    for (int i = 0; i < PERMUTATIONS && problem == NULL; i++) {
        problem = permute(h, &expected, &state);
    }
    lines_clear(&expected);
    return problem;
}

static void test_order_does_not_matter(void **state) {
    (void)state;
    trial_run("order does not matter, twice is once", order_does_not_matter, HISTORY_PLAIN, 2000);
}

/* Whether they are defined before the facts come or after them. */
static void test_order_does_not_matter_to_segments(void **state) {
    (void)state;
    trial_run("order does not matter to segments and traits", order_does_not_matter,
              HISTORY_DEFINED, 500);
}

static void test_order_does_not_matter_with_scored_links(void **state) {
    (void)state;
    trial_run("order does not matter, twice is once, with scored links", order_does_not_matter,
              HISTORY_SCORED, 250);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_order_does_not_matter_to_segments),
        cmocka_unit_test(test_order_does_not_matter_with_scored_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
