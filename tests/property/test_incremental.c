/*
 * Incremental equals recomputed: whatever was settled when, a read at any time gives what the facts
 * give, and a row says rightly until when it holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/property/defined.h"
#include "tests/property/trial.h"

#define READS       4
#define ITER_ROUNDS 2

static int64_t random_now(uint64_t *state) {
    static const int64_t shifts[] = {-1, 0, 1, SECOND_US / 2};
    return random_below(state, WORLD_STAMPS + 3) * SECOND_US + shifts[random_below(state, 4)];
}

/* Settled rows, and what a store with no row at all computes. */
static void compare_stores(stand *settled, stand *bare, int64_t now_us) {
    lines expected = {NULL, 0, 0}, found = {NULL, 0, 0};
    stand_dump(bare, now_us, DUMP_NO_EXPLAIN, &expected);
    stand_dump(settled, now_us, DUMP_NO_EXPLAIN, &found);
    char *difference = lines_compare(&expected, &found);
    if (difference != NULL) {
        stand_fail(settled, "read at %lldus after settles:\n%s", (long long)now_us, difference);
    }
    free(difference);
    lines_clear(&expected);
    lines_clear(&found);
}

static void dump_marks(const kith_profile *profile, lines *out) {
    kith_tag tag = KITH_TAG_INIT;
    kith_consent consent = KITH_CONSENT_INIT;
    kith_points points = KITH_POINTS_INIT;
    kith_score score = KITH_SCORE_INIT;
    size_t cursor = 0;
    while (kith_profile_next_tag(profile, &cursor, &tag) == KITH_OK) {
        lines_add(out, "tag %s at %lld", tag.name, (long long)tag.at_us);
    }
    for (cursor = 0; kith_profile_next_consent(profile, &cursor, &consent) == KITH_OK;) {
        lines_add(out, "consent %s %d", consent.purpose, consent.granted);
    }
    for (cursor = 0; kith_profile_next_points(profile, &cursor, &points) == KITH_OK;) {
        lines_add(out, "points %s %lld", points.ledger, (long long)points.balance_micros);
    }
    for (cursor = 0; kith_profile_next_score(profile, &cursor, &score) == KITH_OK;) {
        lines_add(out, "score %s %lld", score.name, (long long)score.value_micros);
    }
}

/* The profile of a record without what tells how it was read. */
static void dump_one(stand *s, kith_txn *txn, uint32_t number, int64_t now_us, lines *out,
                     int64_t *out_next_us) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_golden golden = KITH_GOLDEN_INIT;
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    char text[128];
    stand_expect(s, kith_profile_of_record(txn, number, now_us, &profile), KITH_OK, "a profile");
    lines_add(out, "events %llu next %lld", (unsigned long long)profile.event_count,
              s->defined ? 0 : (long long)profile.next_change_at_us);
    while (kith_profile_next_value(&profile, &cursor, &golden) == KITH_OK) {
        world_show_value(&golden.value, text, sizeof text);
        lines_add(out, "%s %s %u %lld", golden.attribute, text, golden.record,
                  (long long)golden.at_us);
    }
    cursor = 0;
    while (kith_profile_next_aggregate(&profile, &cursor, &aggregate) == KITH_OK) {
        size_t at = 0;
        lines_add(out, "%s %llu %lld", aggregate.event_type, (unsigned long long)aggregate.count,
                  (long long)aggregate.last_us);
        while (kith_aggregate_next_property(&aggregate, &at, &sum) == KITH_OK) {
            lines_add(out, "%s.%s %lld", aggregate.event_type, sum.property,
                      (long long)sum.sum_micros);
        }
    }
    dump_marks(&profile, out);
    defined_dump_profile(&profile, "", out);
    lines_sort(out);
    *out_next_us = profile.next_change_at_us;
}

static bool is_same(stand *s, kith_txn *txn, uint32_t number, int64_t a_us, int64_t b_us,
                    int64_t *out_next_us) {
    lines a = {NULL, 0, 0}, b = {NULL, 0, 0};
    int64_t ignored;
    dump_one(s, txn, number, a_us, &a, out_next_us);
    dump_one(s, txn, number, b_us, &b, &ignored);
    char *difference = lines_compare(&a, &b);
    bool same = difference == NULL;
    free(difference);
    lines_clear(&a);
    lines_clear(&b);
    return same;
}

/* Just before next_change_at nothing has changed yet; at it something has. */
static void check_next_change(stand *s, int64_t now_us) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_record record = KITH_RECORD_INIT;
    if (s->problem != NULL) {
        return;
    }
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    for (uint32_t i = 0; kith_record_get_number(txn, i, &record) == KITH_OK; i++) {
        int64_t next_us, ignored;
        is_same(s, txn, i, now_us, now_us, &next_us);
        if (next_us == INT64_MAX) {
            continue;
        }
        if (next_us <= now_us || !is_same(s, txn, i, now_us, next_us - 1, &ignored)) {
            stand_fail(s, "record %u changes before next_change_at %lld, read at %lld", i,
                       (long long)next_us, (long long)now_us);
        }
        /* Of segments and traits it is known that nothing changes before, not that something does.
         */
        if (!s->defined && is_same(s, txn, i, now_us, next_us, &ignored)) {
            stand_fail(s, "record %u doesn't change at next_change_at %lld", i, (long long)next_us);
        }
    }
    kith_txn_abort(txn);
}

/* A settle with no budget leaves nothing for one at the same time. */
static void check_settled(stand *s, int64_t now_us) {
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    history_op op = {.kind = HISTORY_SETTLE, .at_us = now_us};
    stand_apply(s, &op, NULL);
    if (s->problem == NULL) {
        stand_expect(s, kith_settle(s->txn, now_us, 0, &result), KITH_OK, "a second settle");
        if (result.settled_count != 0 || result.remaining_count != 0) {
            stand_fail(s, "a second settle at one time settled %llu profiles and left %llu",
                       (unsigned long long)result.settled_count,
                       (unsigned long long)result.remaining_count);
        }
    }
    stand_commit(s);
}

static void settle_somehow(stand *s, uint64_t *state) {
    history_op op = {
        .kind = HISTORY_SETTLE, .at_us = random_now(state), .budget = random_below(state, 6)};
    if (random_one_in(state, 3)) {
        stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a settle");
    }
}

static char *incremental_equals_recomputed(const history *h) {
    stand settled, bare;
    uint64_t state = h->seed;
    stand_open(&settled, &h->rules);
    stand_open(&bare, &h->rules);
    for (size_t i = 0; i < h->count && settled.problem == NULL; i++) {
        int rc = stand_apply(&settled, &h->ops[i], NULL);
        stand_expect(&settled, stand_apply(&bare, &h->ops[i], NULL), rc, "the same fact");
        settle_somehow(&settled, &state);
        if (random_one_in(&state, 8)) {
            stand_commit(&settled);
            stand_commit(&bare);
            compare_stores(&settled, &bare, random_now(&state));
        }
    }
    stand_commit(&settled);
    stand_commit(&bare);
    for (int i = 0; i < READS; i++) {
        int64_t now_us = random_now(&state);
        compare_stores(&settled, &bare, now_us);
        check_next_change(&settled, now_us);
        if (i % ITER_ROUNDS == 1) {
            check_settled(&settled, random_now(&state));
        }
    }
    stand_verify(&settled, "after settles");
    free(trial_end(&bare));
    return trial_end(&settled);
}

static void test_incremental_equals_recomputed(void **state) {
    (void)state;
    trial_run("incremental equals recomputed, with segments", incremental_equals_recomputed,
              HISTORY_CONFIGS | HISTORY_DEFINED, 400);
    trial_run("incremental equals recomputed", incremental_equals_recomputed, HISTORY_CONFIGS,
              1000);
    trial_run("incremental equals recomputed, with scored links", incremental_equals_recomputed,
              HISTORY_CONFIGS | HISTORY_SCORED, 200);
}

/* A clean row that holds is read as it stands; one that is dirty, due or of a later time is
 * computed. */
static void test_rows_are_used(void **state) {
    (void)state;
    stand s;
    kith_profile profile = KITH_PROFILE_INIT;
    history_op event = {.kind = HISTORY_EVENT, .key = 1, .at_us = 5 * SECOND_US};
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = 3 * SECOND_US};
    stand_open_config(&s, NULL);
    stand_apply(&s, &event, NULL);
    stand_apply(&s, &settle, NULL);
    assert_int_equal(kith_profile_of_record(s.txn, 0, 3 * SECOND_US, &profile), KITH_OK);
    assert_int_equal(profile.flags, 0);
    assert_int_equal(profile.next_change_at_us, 5 * SECOND_US);
    assert_int_equal(kith_profile_of_record(s.txn, 0, 5 * SECOND_US - 1, &profile), KITH_OK);
    assert_int_equal(profile.flags, 0);
    assert_int_equal(kith_profile_of_record(s.txn, 0, 5 * SECOND_US, &profile), KITH_OK);
    assert_int_equal(profile.flags, KITH_PROFILE_COMPUTED);
    assert_int_equal(profile.event_count, 1);
    assert_int_equal(kith_profile_of_record(s.txn, 0, 3 * SECOND_US - 1, &profile), KITH_OK);
    assert_int_equal(profile.flags, KITH_PROFILE_COMPUTED);
    settle.at_us = 5 * SECOND_US;
    stand_apply(&s, &settle, NULL);
    assert_int_equal(kith_profile_of_record(s.txn, 0, INT64_MAX - 1, &profile), KITH_OK);
    assert_int_equal(profile.flags, 0);
    event.at_us = SECOND_US;
    stand_apply(&s, &event, NULL);
    assert_int_equal(kith_profile_of_record(s.txn, 0, 6 * SECOND_US, &profile), KITH_OK);
    assert_int_equal(profile.flags, KITH_PROFILE_COMPUTED);
    assert_int_equal(profile.event_count, 2);
    stand_commit(&s);
    stand_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_used),
        cmocka_unit_test(test_incremental_equals_recomputed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
