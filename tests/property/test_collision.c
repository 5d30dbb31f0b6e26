/*
 * Hashes that collide cost time and nothing else: with hashes cut to two bits the store equals the
 * model as before, and two people whose e-mails have one hash are two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/hash.h"
#include "tests/property/trial.h"

#define FEW_HASHES 0x3u
#define ONE_HASH   0x0u

static uint64_t hash_mask = UINT64_MAX;

/* Instead of the library's, which keeps all bits. */
uint64_t kithi_hash_kept(uint64_t hash) {
    return hash & hash_mask;
}

static void compare(stand *s, model *m, uint64_t *state, const char *when) {
    stand_compare(s, m, random_below(state, WORLD_STAMPS + 2) * SECOND_US, DUMP_LOOSE_TIES, when);
    stand_verify(s, when);
}

static char *store_equals_model(const history *h) {
    return trial_equals_model(h, compare, DUMP_LOOSE_TIES);
}

static void test_collisions_change_nothing(void **state) {
    (void)state;
    hash_mask = FEW_HASHES;
    trial_run("collisions change nothing", store_equals_model, HISTORY_CONFIGS | HISTORY_STEPS,
              2000);
    trial_run("nor with scored links", store_equals_model,
              HISTORY_CONFIGS | HISTORY_STEPS | HISTORY_SCORED, 200);
    hash_mask = UINT64_MAX;
}

/* What is said at one time of one record has one place; each finds the next that is free. */
static void test_marks_with_one_hash(void **state) {
    (void)state;
    stand s;
    hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    history_op record = {.kind = HISTORY_PUT, .key = 1, .at_us = SECOND_US};
    assert_int_equal(stand_apply(&s, &record, NULL), KITH_OK);
    for (int round = 0; round < 2; round++) {
        for (uint8_t amount = 0; amount < WORLD_AMOUNTS; amount++) {
            history_op tag = {.kind = HISTORY_TAG,
                              .key = 1,
                              .at_us = SECOND_US,
                              .amount = amount,
                              .expires_at_us = INT64_MAX};
            kith_change change;
            assert_int_equal(stand_apply(&s, &tag, &change), KITH_OK);
            assert_int_equal(change, round == 0 ? KITH_ADDED : KITH_UNCHANGED);
        }
    }
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(s.txn, &stat), KITH_OK);
    assert_int_equal(stat.mark_count, WORLD_AMOUNTS);
    stand_commit(&s);
    stand_verify(&s, "marks with one hash");
    assert_null(s.problem);
    stand_close(&s);
    hash_mask = UINT64_MAX;
}

static void put(stand *s, uint8_t key, uint8_t email_a, uint8_t email_b) {
    history_op op = {.kind = HISTORY_ADD, .key = key, .at_us = SECOND_US, .field_count = 1};
    op.fields[0] = (history_field){WORLD_EMAIL, 2, {email_a, email_b}};
    assert_int_equal(stand_apply(s, &op, NULL), KITH_OK);
}

static void assert_found(stand *s, const char *email, const char *key, size_t count) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_record record = KITH_RECORD_INIT;
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    size_t found = 0;
    assert_int_equal(kith_txn_begin(s->store, KITH_READ, &txn, &error), KITH_OK);
    assert_int_equal(kith_record_get(txn, world_sources[0], key, &record), KITH_OK);
    assert_int_equal(kith_profile_find(txn, "email", email, 0, &profile, &found), KITH_OK);
    assert_int_equal(profile.number, record.number);
    assert_int_equal(found, count);
    kith_txn_abort(txn);
}

/* Two e-mails with one hash: nobody is merged, and each of the two is found by their own. */
static void test_two_emails_with_one_hash(void **state) {
    (void)state;
    stand s;
    hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    put(&s, 1, 0, 1); /* one e-mail, written in two ways */
    put(&s, 2, 2, 2);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    assert_found(&s, "bob@mail.cn", "2", 1);
    stand_verify(&s, "two e-mails with one hash");
    assert_null(s.problem);
    stand_close(&s);
    hash_mask = UINT64_MAX;
}

/* One record loses one of two values that have one hash: it is still found by the other. */
static void test_one_of_two_values_goes(void **state) {
    (void)state;
    stand s;
    kith_profile profile = KITH_PROFILE_INIT;
    hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    put(&s, 1, 0, 2);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    assert_found(&s, "bob@mail.cn", "1", 1);
    history_op op = {.kind = HISTORY_PUT, .key = 1, .at_us = 2 * SECOND_US, .field_count = 1};
    op.fields[0] = (history_field){WORLD_EMAIL, 1, {0}};
    assert_int_equal(stand_apply(&s, &op, NULL), KITH_OK);
    assert_int_equal(kith_profile_find(s.txn, "email", "bob@mail.cn", 0, &profile, NULL),
                     KITH_NOT_FOUND);
    stand_commit(&s);
    assert_found(&s, "ann@mail.cn", "1", 1);
    stand_verify(&s, "one value went");
    assert_null(s.problem);
    stand_close(&s);
    hash_mask = UINT64_MAX;
}

/* Many events whose identities are all the same, three of each time, so that blocks begin and end
 * with equal ones. */

#define EVENTS 600

static kith_change put_event(stand *s, uint32_t place) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kith_change change = KITH_IGNORED;
    char message[16];
    kith_field field = {"place", kith_value_integer(place)};
    snprintf(message, sizeof message, "message %u", place);
    input.source = world_sources[0];
    input.key = "1";
    input.type = world_event_types[place % WORLD_EVENT_TYPES];
    input.time_us = place / 3;
    input.message_id = place % 2 == 0 ? message : NULL;
    input.fields = &field;
    input.field_count = 1;
    assert_int_equal(kith_event_put(s->txn, &input, &change), KITH_OK);
    return change;
}

static void assert_all_events(stand *s) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    kith_field field;
    bool seen[EVENTS] = {false};
    uint32_t count = 0;
    assert_int_equal(kith_event_iter_open(s->txn, 0, INT64_MIN, INT64_MAX, &iter), KITH_OK);
    for (; kith_event_iter_next(iter, &event) == KITH_OK; count++) {
        size_t cursor = 0;
        assert_int_equal(event.time_us, count / 3);
        assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_OK);
        assert_int_equal(field.value.as.integer / 3, event.time_us);
        assert_false(seen[field.value.as.integer]);
        seen[field.value.as.integer] = true;
    }
    assert_int_equal(count, EVENTS);
    kith_event_iter_close(iter);
}

static void test_many_events_with_one_hash(void **state) {
    (void)state;
    stand s;
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = SECOND_US};
    hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    for (uint32_t i = 0; i < EVENTS; i++) {
        if (i % 50 == 0) {
            assert_int_equal(stand_apply(&s, &settle, NULL), KITH_OK);
            stand_commit(&s);
            stand_verify(&s, "between events with one hash");
            assert_int_equal(stand_apply(&s, &settle, NULL), KITH_OK);
        }
        assert_int_equal(put_event(&s, i * 7919 % EVENTS), KITH_ADDED);
    }
    assert_all_events(&s);
    assert_int_equal(stand_apply(&s, &settle, NULL), KITH_OK);
    assert_all_events(&s);
    for (uint32_t i = 0; i < EVENTS; i++) {
        assert_int_equal(put_event(&s, i), KITH_UNCHANGED);
    }
    stand_commit(&s);
    stand_verify(&s, "after events with one hash");
    assert_null(s.problem);
    stand_close(&s);
    hash_mask = UINT64_MAX;
}

/* Two packed events of one time share an index entry; one is replaced, and a second copy of the
 * other is still known. */
static void test_one_of_two_packed_events_goes(void **state) {
    (void)state;
    stand s;
    kith_change change = KITH_ADDED;
    history_op settle = {.kind = HISTORY_SETTLE, .at_us = SECOND_US};
    history_op one = {.kind = HISTORY_EVENT, .key = 1, .at_us = 4 * SECOND_US, .message = 1};
    history_op other = one;
    other.message = 2;
    hash_mask = ONE_HASH;
    stand_open_config(&s, NULL);
    assert_int_equal(stand_apply(&s, &one, NULL), KITH_OK);
    assert_int_equal(stand_apply(&s, &other, NULL), KITH_OK);
    assert_int_equal(stand_apply(&s, &settle, NULL), KITH_OK);
    one.at_us = 2 * SECOND_US;
    assert_int_equal(stand_apply(&s, &one, &change), KITH_OK);
    assert_int_equal(change, KITH_UPDATED);
    assert_int_equal(stand_apply(&s, &other, &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
    stand_commit(&s);
    stand_verify(&s, "one of two events with one hash was replaced");
    assert_null(s.problem);
    stand_close(&s);
    hash_mask = UINT64_MAX;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_with_one_hash),
        cmocka_unit_test(test_two_emails_with_one_hash),
        cmocka_unit_test(test_one_of_two_values_goes),
        cmocka_unit_test(test_many_events_with_one_hash),
        cmocka_unit_test(test_one_of_two_packed_events_goes),
        cmocka_unit_test(test_collisions_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
