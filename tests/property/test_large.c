/*
 * A value of thousands of records waits for settle, and reads say so; many events of one record in
 * any order land and are packed right. Times are printed, not judged. KITH_HISTORIES sets the
 * number of events.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "src/identity/component.h"
#include "tests/property/trial.h"

#define CROWD        6000
#define CROWD_COMMIT 500
#define EVENTS       100000
#define EVENT_COMMIT 20000
#define NOW_US       (INT64_MAX - 1)

static double seconds(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static kith_txn *begin(stand *s, unsigned mode) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_begin(s->store, mode, &txn, &error) != KITH_OK) {
        fail_msg("begin: %s", error.message);
    }
    return txn;
}

static void commit(kith_txn *txn) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_commit(txn, &error) != KITH_OK) {
        fail_msg("commit: %s", error.message);
    }
}

static void settle(stand *s, kith_settle_result *out) {
    kith_txn *txn = begin(s, KITH_WRITE);
    assert_int_equal(kith_settle(txn, 0, 0, out), KITH_OK);
    commit(txn);
}

/* A crowd */

/* Members of a crowd share a phone and have one name; every tenth has another, and vetoes the rest.
 */
static void put_member(kith_txn *txn, uint32_t i) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    char key[16];
    kith_field fields[2] = {{"phone", kith_value_text("13912345601")},
                            {"given_name", kith_value_text(i % 10 == 9 ? "Maria" : "Jim")}};
    snprintf(key, sizeof key, "%u", i);
    input.source = "crm";
    input.key = key;
    input.at_us = (int64_t)(i * 2654435761u % CROWD);
    input.fields = fields;
    input.field_count = 2;
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

static void put_crowd(stand *s, uint32_t in_one) {
    for (uint32_t i = 0; i < CROWD;) {
        kith_txn *txn = begin(s, KITH_WRITE);
        for (uint32_t end = i + in_one; i < end && i < CROWD; i++) {
            put_member(txn, i);
        }
        commit(txn);
    }
}

static kith_stat stat_of(stand *s) {
    kith_stat stat = KITH_STAT_INIT;
    kith_txn *txn = begin(s, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    kith_txn_abort(txn);
    return stat;
}

static void assert_sound(stand *s, const char *when) {
    stand_verify(s, when);
    if (s->problem != NULL) {
        fail_msg("%s", s->problem);
    }
}

/* The profile id of each record. */
static void read_ids(stand *s, kith_id *out) {
    kith_txn *txn = begin(s, KITH_READ);
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    uint32_t number;
    int rc;
    assert_int_equal(kith_profile_iter_open(txn, 0, &iter), KITH_OK);
    while ((rc = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        size_t cursor = 0;
        while (kith_profile_next_record(&profile, &cursor, &number) == KITH_OK) {
            out[number] = profile.id;
        }
    }
    assert_int_equal(rc, KITH_DONE);
    kith_profile_iter_close(iter);
    kith_txn_abort(txn);
}

static bool is_pending(stand *s, uint32_t record) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_txn *txn = begin(s, KITH_READ);
    assert_int_equal(kith_profile_of_record(txn, record, 0, &profile), KITH_OK);
    kith_txn_abort(txn);
    return (profile.flags & KITH_PROFILE_PENDING) != 0;
}

static bool explains_pending(stand *s, uint32_t a, uint32_t b) {
    kith_explanation *explanation = NULL;
    bool told = false;
    kith_txn *txn = begin(s, KITH_READ);
    assert_int_equal(kith_explain_why(txn, a, b, &explanation), KITH_OK);
    for (size_t i = 0; i < kith_explanation_step_count(explanation); i++) {
        told = told || kith_explanation_step(explanation, i)->kind == KITH_STEP_PENDING;
    }
    kith_explanation_free(explanation);
    kith_txn_abort(txn);
    return told;
}

/* No count of records is too many for this value, so that it is the size alone that makes it wait.
 */
static const char config[] =
    "{\"identifiers\": {\"phone\": {\"limit\": 0, \"generic_at\": {\"names\": 0, \"nameless\": 0},"
    " \"veto\": [\"given_name\"]}}}";

static void test_crowd_waits_for_settle(void **state) {
    (void)state;
    stand parts, whole;
    kith_id *ids = calloc(2 * CROWD, sizeof *ids);
    double start = seconds();
    stand_open_config(&parts, config);
    put_crowd(&parts, CROWD_COMMIT);
    printf("a crowd of %d in commits of %d: %.2f s\n", CROWD, CROWD_COMMIT, seconds() - start);
    assert_true(CROWD > KITHI_COMPONENT_MAX);
    assert_true(stat_of(&parts).pending_record_count > 0);
    assert_true(is_pending(&parts, CROWD - 2));
    assert_true(explains_pending(&parts, 0, CROWD - 2));
    assert_sound(&parts, "while a crowd is pending");
    start = seconds();
    settle(&parts, NULL);
    printf("its settle: %.2f s\n", seconds() - start);
    assert_int_equal(stat_of(&parts).pending_record_count, 0);
    assert_false(is_pending(&parts, CROWD - 2));
    start = seconds();
    assert_sound(&parts, "after a crowd was settled");
    printf("its verify: %.2f s\n", seconds() - start);
    stand_open_config(&whole, config);
    put_crowd(&whole, CROWD);
    assert_true(stat_of(&whole).pending_record_count > 0);
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    assert_int_equal(kith_settle_all(whole.store, 0, 1, NULL, NULL, &result, NULL), KITH_OK);
    assert_true(result.remaining_count > 0); /* the crowd itself used the budget up */
    assert_int_equal(kith_settle_all(whole.store, 0, 0, NULL, NULL, &result, NULL), KITH_OK);
    assert_int_equal(result.remaining_count, 0);
    assert_sound(&whole, "after a crowd of one transaction was settled");
    read_ids(&parts, ids);
    read_ids(&whole, ids + CROWD);
    assert_memory_equal(ids, ids + CROWD, CROWD * sizeof *ids);
    assert_int_equal(stat_of(&parts).profile_count, stat_of(&whole).profile_count);
    assert_int_equal(stat_of(&parts).link_count, stat_of(&whole).link_count);
    assert_int_equal(stat_of(&parts).refused_link_count, stat_of(&whole).refused_link_count);
    assert_int_equal(stat_of(&parts).profile_count, 2);
    free(ids);
    stand_close(&parts);
    stand_close(&whole);
}

/* Puts one record of the crowd anew: it shares an e-mail with a newcomer and no phone with anybody.
 */
static void put_leaver(kith_txn *txn, const char *key) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_field fields[1] = {{"email", kith_value_text("leaver@mail.test")}};
    input.source = "crm";
    input.key = key;
    input.at_us = CROWD;
    input.fields = fields;
    input.field_count = 1;
    assert_int_equal(kith_record_put(txn, &input, NULL), KITH_OK);
}

/* The numbers of the records of a record's profile that are below a bound, as text. */
static const char *profile_of(stand *s, uint32_t record, uint64_t *out_count, char text[64]) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_txn *txn = begin(s, KITH_READ);
    uint32_t number;
    size_t cursor = 0, at = 0;
    assert_int_equal(kith_profile_of_record(txn, record, 0, &profile), KITH_OK);
    *out_count = profile.record_count;
    text[0] = '\0';
    while (kith_profile_next_record(&profile, &cursor, &number) == KITH_OK && at < 32) {
        at += (size_t)snprintf(text + at, 64 - at, "%s%u", at > 0 ? " " : "", number);
    }
    kith_txn_abort(txn);
    return text;
}

/* How many records the profiles have that an iterator gives. */
static uint64_t records_of_all(stand *s) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_txn *txn = begin(s, KITH_READ);
    uint64_t count = 0;
    assert_int_equal(kith_profile_iter_open(txn, 0, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        count += profile.record_count;
    }
    kith_profile_iter_close(iter);
    kith_txn_abort(txn);
    return count;
}

/* The record that a settled crowd is named by leaves it for another, while the crowd waits. */
static void test_head_leaves_a_crowd(void **state) {
    (void)state;
    stand s;
    stand_open_config(&s, config);
    put_crowd(&s, CROWD);
    settle(&s, NULL);
    kith_txn *txn = begin(&s, KITH_WRITE);
    put_leaver(txn, "0");
    commit(txn);
    assert_sound(&s, "after the head left");
    assert_true(is_pending(&s, 1));
    txn = begin(&s, KITH_WRITE);
    put_leaver(txn, "newcomer");
    commit(txn);
    assert_sound(&s, "after a newcomer joined the head");
    assert_int_equal(records_of_all(&s), CROWD + 1);
    settle(&s, NULL);
    assert_sound(&s, "after the crowd was settled");
    assert_int_equal(stat_of(&s).profile_count, 3);
    stand_close(&s);
}

/* The record that a settled crowd is named by leaves it for a profile of a smaller number. */
static void test_head_joins_smaller(void **state) {
    (void)state;
    stand s;
    char text[64];
    uint64_t count;
    stand_open_config(&s, config);
    kith_txn *txn = begin(&s, KITH_WRITE);
    put_leaver(txn, "older");
    commit(txn);
    put_crowd(&s, CROWD);
    settle(&s, NULL);
    assert_sound(&s, "settled");
    txn = begin(&s, KITH_WRITE);
    put_leaver(txn, "0");
    commit(txn);
    assert_sound(&s, "after the head left");
    assert_int_equal(records_of_all(&s), CROWD + 1);
    assert_string_equal(profile_of(&s, 0, &count, text), "0 1");
    assert_string_equal(profile_of(&s, 1, &count, text), "0 1");
    settle(&s, NULL);
    assert_sound(&s, "after the crowd was settled");
    assert_int_equal(records_of_all(&s), CROWD + 1);
    assert_string_equal(profile_of(&s, 1, &count, text), "0 1");
    assert_int_equal(count, 2);
    stand_close(&s);
}

/* Events */

/* A permutation of 0 .. count - 1: the step shares no factor with any count used here. */
static uint64_t place_of(uint64_t i, uint64_t count) {
    return (i * 7368787u + 12345) % count;
}

static void put_event(kith_txn *txn, uint64_t place, kith_change expected) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kith_change change = KITH_IGNORED;
    char message[24];
    kith_field fields[1] = {{"amount", kith_value_integer((int64_t)(place % 100))}};
    snprintf(message, sizeof message, "m%" PRIu64, place);
    input.source = "crm";
    input.key = "1";
    input.type = place % 3 == 0 ? "visit" : "order";
    input.time_us = (int64_t)(place / 2) * 1000;
    input.message_id = place % 2 == 0 ? message : NULL;
    input.fields = fields;
    input.field_count = 1;
    assert_int_equal(kith_event_put(txn, &input, &change), KITH_OK);
    assert_int_equal(change, expected);
}

static void put_events(stand *s, uint64_t count, uint64_t parts) {
    for (uint64_t part = 0, i = 0; part < parts; part++) {
        kith_txn *txn = NULL;
        for (uint64_t end = count * (part + 1) / parts; i < end; i++) {
            txn = txn != NULL ? txn : begin(s, KITH_WRITE);
            put_event(txn, place_of(i, count), KITH_ADDED);
            if ((i + 1) % EVENT_COMMIT == 0 || i + 1 == end) {
                commit(txn);
                txn = NULL;
            }
        }
        settle(s, NULL);
    }
}

static void assert_in_order(kith_txn *txn, uint64_t count) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    uint64_t read = 0;
    int64_t last_us = INT64_MIN;
    int rc;
    assert_int_equal(kith_event_iter_open(txn, 0, INT64_MIN, INT64_MAX, &iter), KITH_OK);
    while ((rc = kith_event_iter_next(iter, &event)) == KITH_OK) {
        assert_int_equal(event.time_us, (int64_t)(read / 2) * 1000);
        assert_true(event.time_us >= last_us);
        last_us = event.time_us;
        read++;
    }
    assert_int_equal(rc, KITH_DONE);
    assert_int_equal(read, count);
    kith_event_iter_close(iter);
}

static void assert_aggregates(kith_txn *txn, uint64_t count) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_aggregate visits = KITH_AGGREGATE_INIT, orders = KITH_AGGREGATE_INIT;
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    uint64_t expected_visits = (count + 2) / 3, near = 0;
    int64_t expected_sum = 0;
    size_t cursor = 0;
    for (uint64_t place = 0; place < count; place++) {
        expected_sum += place % 3 == 0 ? 0 : (int64_t)(place % 100) * SECOND_US;
    }
    assert_int_equal(kith_profile_of_record(txn, 0, NOW_US, &profile), KITH_OK);
    assert_int_equal(profile.event_count, count);
    assert_int_equal(kith_profile_aggregate(&profile, "visit", &visits), KITH_OK);
    assert_int_equal(kith_profile_aggregate(&profile, "order", &orders), KITH_OK);
    assert_int_equal(visits.count, expected_visits);
    assert_int_equal(orders.count, count - expected_visits);
    assert_int_equal(kith_aggregate_next_property(&orders, &cursor, &sum), KITH_OK);
    assert_int_equal(sum.sum_micros, expected_sum);
    assert_int_equal(kith_profile_count_events(&profile, NULL, 1000, 5000, &near), KITH_OK);
    assert_int_equal(near, 8);
}

static void assert_no_second_copies(stand *s, uint64_t count) {
    kith_txn *txn = begin(s, KITH_WRITE);
    for (uint64_t i = 0; i < 1000; i++) {
        put_event(txn, place_of(i * 97 % count, count), KITH_UNCHANGED);
    }
    commit(txn);
}

/* Settled in `parts` pieces: late events go into blocks that are there already. */
static void check_events(uint64_t count, uint64_t parts) {
    stand s;
    double start = seconds();
    stand_open_config(&s, NULL);
    put_events(&s, count, parts);
    printf("%" PRIu64 " events on one record, settled %" PRIu64 " times: %.2f s\n", count, parts,
           seconds() - start);
    kith_txn *txn = begin(&s, KITH_READ);
    start = seconds();
    assert_in_order(txn, count);
    assert_aggregates(txn, count);
    kith_txn_abort(txn);
    printf("reading them twice: %.2f s\n", seconds() - start);
    assert_int_equal(stat_of(&s).landed_event_count, 0);
    assert_int_equal(stat_of(&s).event_count, count);
    assert_no_second_copies(&s, count);
    assert_sound(&s, "after many events");
    stand_close(&s);
}

static void test_many_events(void **state) {
    (void)state;
    uint64_t count = trial_count(EVENTS);
    count = count < 1000 ? 1000 : count;
    check_events(count / 10, 1);
    check_events(count, 1);
    check_events(count, 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowd_waits_for_settle),
        cmocka_unit_test(test_head_leaves_a_crowd),
        cmocka_unit_test(test_head_joins_smaller),
        cmocka_unit_test(test_many_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
