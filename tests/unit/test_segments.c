/*
 * Segments and traits: defining them, what profiles read of them, who enters and leaves, and that
 * the store stays sound.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define DAY         (INT64_C(86400) * 1000000)

static int64_t day(int number) {
    return number * DAY;
}

static int put(fixture *f, kith_definition_kind kind, const char *name, const char *expression,
               kith_change *out) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.name = name;
    input.expression = expression;
    input.options = &options;
    input.at_us = day(1);
    return kith_definition_put(f->txn, kind, &input, out);
}

static void define(fixture *f, kith_definition_kind kind, const char *name,
                   const char *expression) {
    if (put(f, kind, name, expression, NULL) != KITH_OK) {
        fail_msg("%s: %s", name, kith_txn_error(f->txn)->message);
    }
}

static void segment(fixture *f, const char *name, const char *expression) {
    define(f, KITH_SEGMENT, name, expression);
}

static void record_at(fixture *f, const char *key, const char *city, int64_t at_us) {
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", key, at_us, NULL, "city", city, NULL),
        KITH_OK);
}

static void record(fixture *f, const char *key, const char *city) {
    record_at(f, key, city, 10 + atoi(key));
}

static void purchase(fixture *f, const char *key, int at_day) {
    char id[32];
    snprintf(id, sizeof id, "%s-%d", key, at_day);
    assert_int_equal(scratch_event(f->txn, "crm", key, "purchase", day(at_day), id, NULL, NULL),
                     KITH_OK);
}

static void settle(fixture *f, int now_day) {
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    if (kith_settle(f->txn, day(now_day), 0, &result) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    assert_int_equal(result.remaining_count, 0);
}

static void find(fixture *f, const char *key, int now_day, kith_profile *out) {
    kith_record found = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", key, &found), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, found.number, day(now_day), out), KITH_OK);
}

/* "a b": the segments that a customer is in. */
static const char *segments_of(fixture *f, const char *key, int now_day) {
    kith_profile profile = KITH_PROFILE_INIT;
    size_t cursor = 0;
    const char *name;
    f->text[0] = '\0';
    find(f, key, now_day, &profile);
    while (kith_profile_next_segment(&profile, &cursor, &name) == KITH_OK) {
        strcat(strcat(f->text, f->text[0] != '\0' ? " " : ""), name);
    }
    return f->text;
}

/* "+a@12 time": who entered (+) and left (-) what, on which day, and why; all since the last call
 * with this sequence. */
static const char *changes_since(fixture *f, uint64_t *sequence) {
    kith_transition t = KITH_TRANSITION_INIT;
    char line[128];
    f->text[0] = '\0';
    while (kith_transition_next(f->txn, sequence, &t) == KITH_OK) {
        snprintf(line, sizeof line, "%s%u%c%s@%d %s", f->text[0] != '\0' ? ", " : "", t.number,
                 t.entered ? '+' : '-', t.segment, (int)(t.at_us / DAY), kith_cause_name(t.cause));
        strcat(f->text, line);
    }
    return f->text;
}

/* Definitions */

static void test_definitions_have_versions(void **state) {
    fixture *f = *state;
    kith_definition found = KITH_DEFINITION_INIT;
    kith_change change;
    assert_int_equal(put(f, KITH_SEGMENT, "york", "city='York'", &change), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    assert_int_equal(put(f, KITH_SEGMENT, "york", "city = 'York'", &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
    assert_int_equal(put(f, KITH_SEGMENT, "york", "city = 'York' OR city = 'Ayr'", &change),
                     KITH_OK);
    assert_int_equal(change, KITH_UPDATED);
    commit(f);
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 0, &found), KITH_OK);
    assert_int_equal(found.version, 2);
    assert_string_equal(found.expression, "city = 'York' OR city = 'Ayr'");
    assert_string_equal(found.gives, "condition");
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 1, &found), KITH_OK);
    assert_string_equal(found.expression, "city = 'York'");
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 3, &found), KITH_NOT_FOUND);
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "yorc", 0, &found), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "did you mean 'york'"));
}

static void test_what_is_removed_may_be_defined_again(void **state) {
    fixture *f = *state;
    kith_definition found = KITH_DEFINITION_INIT;
    size_t cursor = 0;
    segment(f, "york", "city = 'York'");
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "york", day(2)), KITH_OK);
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "york", day(2)), KITH_NOT_FOUND);
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 0, &found), KITH_NOT_FOUND);
    assert_int_equal(kith_definition_next(f->txn, KITH_SEGMENT, &cursor, &found), KITH_DONE);
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 2, &found), KITH_OK);
    assert_true(found.removed);
    segment(f, "york", "city = 'York'");
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "york", 0, &found), KITH_OK);
    assert_int_equal(found.version, 3);
    commit(f);
}

/* A refused definition leaves no trace, and the transaction goes on. */
static void test_what_asks_for_itself_is_refused(void **state) {
    fixture *f = *state;
    kith_definition found = KITH_DEFINITION_INIT;
    record(f, "1", "York");
    segment(f, "a", "segment('b') OR city = 'York'");
    assert_int_equal(put(f, KITH_SEGMENT, "a", "segment('a')", NULL), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "'a' asks for itself"));
    segment(f, "b", "city = 'Ayr'");
    assert_int_equal(put(f, KITH_SEGMENT, "b", "NOT segment('a')", NULL), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "asks for itself: it asks for"));
    assert_int_equal(kith_definition_get(f->txn, KITH_SEGMENT, "b", 0, &found), KITH_OK);
    assert_string_equal(found.expression, "city = 'Ayr'");
    assert_int_equal(found.version, 1);
    define(f, KITH_TRAIT, "t", "count(purchase)");
    assert_int_equal(put(f, KITH_TRAIT, "t", "u + 1", NULL), KITH_OK);
    assert_int_equal(put(f, KITH_TRAIT, "u", "t + 1", NULL), KITH_INVALID);
    assert_int_equal(put(f, KITH_TRAIT, "since", "now - last(purchase.at)", NULL), KITH_INVALID);
    assert_int_equal(put(f, KITH_SEGMENT, "c", "count(purchase)", NULL), KITH_INVALID);
    assert_int_equal(put(f, KITH_SEGMENT, "c", "count(", NULL), KITH_INVALID);
    assert_int_equal(kith_txn_error(f->txn)->position, 6);
    assert_int_equal(put(f, KITH_SEGMENT, "", "city = 'Ayr'", NULL), KITH_INVALID);
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "b", 1), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "segment 'a' asks for it"));
    assert_string_equal(segments_of(f, "1", 1), "a");
    commit(f);
    assert_string_equal(segments_of(f, "1", 1), "a");
}

static void test_a_trait_must_fit_who_asks_for_it(void **state) {
    fixture *f = *state;
    define(f, KITH_TRAIT, "orders", "count(purchase)");
    segment(f, "many", "orders >= 2");
    assert_int_equal(put(f, KITH_TRAIT, "orders", "lower(city)", NULL), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "segment 'many'"));
    assert_int_equal(kith_txn_error(f->txn)->position, -1); /* it would be one of many's text */
    define(f, KITH_TRAIT, "orders", "count(purchase LAST 30d)");
}

static void test_a_config_must_fit_the_segments(void **state) {
    static const char config[] = "{\"attributes\": {\"spent\": {\"type\": \"text\"}}}";
    fixture *f = *state;
    segment(f, "rich", "spent * 2 > 1000");
    scratch_commit(f->txn);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(kith_config_apply(f->txn, config, strlen(config)), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "segment 'rich'"));
    kith_txn_abort(f->txn);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    segment(f, "rich", "spent * 2 > 500");
}

/* Reading */

static void test_profiles_read_segments_and_traits(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
    bool in;
    record(f, "1", "York");
    purchase(f, "1", 10);
    purchase(f, "1", 20);
    define(f, KITH_TRAIT, "orders", "count(purchase)");
    define(f, KITH_TRAIT, "half", "count(purchase) / 4");
    define(f, KITH_TRAIT, "nothing", "last(return.at)");
    segment(f, "buyers", "orders >= 2");
    segment(f, "local", "city = 'York'");
    segment(f, "both", "segment('buyers') AND segment('local')");
    for (int settled = 0; settled < 2; settled++) {
        assert_string_equal(segments_of(f, "1", 15), "local");
        assert_string_equal(segments_of(f, "1", 25), "buyers local both");
        find(f, "1", 25, &profile);
        assert_int_equal(kith_profile_trait(&profile, "orders", &trait), KITH_OK);
        assert_int_equal(trait.value.as.integer, 2);
        assert_int_equal(kith_profile_trait(&profile, "half", &trait), KITH_OK);
        assert_float_equal(trait.value.as.real, 0.5, 0);
        assert_int_equal(kith_profile_trait(&profile, "nothing", &trait), KITH_NOT_FOUND);
        assert_int_equal(kith_profile_in_segment(&profile, "both", &in), KITH_OK);
        assert_true(in);
        assert_int_equal(kith_profile_in_segment(&profile, "none", &in), KITH_NOT_FOUND);
        settle(f, 25);
    }
    find(f, "1", 25, &profile);
    assert_int_equal(profile.flags & KITH_PROFILE_COMPUTED, 0);
    commit(f);
}

/* Transitions */

static void test_time_moves_members_at_the_instant(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    segment(f, "recent", "count(purchase LAST 30d) >= 1");
    record(f, "1", "York");
    settle(f, 1);
    assert_string_equal(changes_since(f, &sequence), "");
    purchase(f, "1", 10);
    settle(f, 12);
    assert_string_equal(changes_since(f, &sequence), "0+recent@12 fact");
    settle(f, 39);
    assert_string_equal(changes_since(f, &sequence), "");
    settle(f, 50);
    assert_string_equal(changes_since(f, &sequence), "0-recent@40 time");
    commit(f);
    assert_string_equal(changes_since(f, &sequence), "");
}

static void test_what_happens_between_two_settles_is_told(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    segment(f, "recent", "did(purchase LAST 5d)");
    record(f, "1", "York");
    purchase(f, "1", 10); /* it is there before its time */
    purchase(f, "1", 30);
    settle(f, 1);
    settle(f, 100);
    assert_string_equal(changes_since(f, &sequence),
                        "0+recent@10 time, 0-recent@15 time, 0+recent@30 time, 0-recent@35 time");
    commit(f);
}

static void test_definitions_move_members(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    record(f, "1", "York");
    record(f, "2", "Ayr");
    settle(f, 1);
    segment(f, "local", "city = 'York'");
    segment(f, "far", "NOT segment('local')");
    settle(f, 2);
    assert_string_equal(changes_since(f, &sequence), "0+local@2 definition, 1+far@2 definition");
    segment(f, "local", "city IN ('York', 'Ayr')");
    settle(f, 3);
    assert_string_equal(changes_since(f, &sequence), "1+local@3 definition, 1-far@3 definition");
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "far", day(4)), KITH_OK);
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "local", day(4)), KITH_OK);
    assert_string_equal(segments_of(f, "1", 4), "");
    settle(f, 4);
    assert_string_equal(changes_since(f, &sequence), "0-local@4 definition, 1-local@4 definition");
    commit(f);
}

static void test_merged_profiles_leave(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    kith_change change;
    segment(f, "local", "city = 'York'");
    segment(f, "busy", "count(purchase) >= 2");
    record(f, "1", "York");
    record(f, "2", "York");
    purchase(f, "1", 1);
    purchase(f, "2", 2);
    settle(f, 5);
    assert_string_equal(changes_since(f, &sequence), "0+local@5 fact, 1+local@5 fact");
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "Zoe", day(6), &change),
                     KITH_OK);
    commit(f);
    assert_string_equal(segments_of(f, "2", 6), "local busy");
    settle(f, 7);
    assert_string_equal(changes_since(f, &sequence), "1-local@7 merge, 0+busy@7 fact");
    commit(f);
    assert_int_equal(kith_record_unlink(f->txn, "crm", "1", "crm", "2", "Zoe", day(8), &change),
                     KITH_OK);
    settle(f, 9);
    assert_string_equal(changes_since(f, &sequence), "0-busy@9 fact, 1+local@9 fact");
    commit(f);
}

/* What goes on is the id, whatever number it has: the older of two came later here. */
static void test_the_id_that_goes_on_stays_in(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    kith_change change;
    segment(f, "local", "city = 'York'");
    record_at(f, "new", "York", 200);
    record_at(f, "old", "York", 100);
    settle(f, 5);
    assert_string_equal(changes_since(f, &sequence), "0+local@5 fact, 1+local@5 fact");
    assert_int_equal(kith_record_link(f->txn, "crm", "new", "crm", "old", "Zoe", day(6), &change),
                     KITH_OK);
    settle(f, 7);
    assert_string_equal(changes_since(f, &sequence), "0-local@7 merge");
    record_at(f, "old", "Ayr", day(7));
    settle(f, 8);
    assert_string_equal(changes_since(f, &sequence), "0-local@8 fact");
    assert_int_equal(kith_record_unlink(f->txn, "crm", "new", "crm", "old", "Zoe", day(8), &change),
                     KITH_OK);
    settle(f, 9);
    assert_string_equal(changes_since(f, &sequence), "0+local@9 fact");
    assert_string_equal(segments_of(f, "new", 9), "local");
    assert_string_equal(segments_of(f, "old", 9), "");
    commit(f);
}

/* Who is merged and parted again before anybody settles was there all the time. */
static void test_a_merge_that_is_taken_back_at_once_is_no_news(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0;
    kith_change change;
    segment(f, "local", "city = 'York'");
    record(f, "1", "York");
    record(f, "2", "York");
    settle(f, 5);
    changes_since(f, &sequence);
    commit(f);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "Zoe", day(6), &change),
                     KITH_OK);
    commit(f);
    assert_int_equal(kith_record_unlink(f->txn, "crm", "1", "crm", "2", "Zoe", day(8), &change),
                     KITH_OK);
    commit(f);
    settle(f, 9);
    assert_string_equal(changes_since(f, &sequence), "");
    commit(f);
}

static void test_settle_in_steps(void **state) {
    fixture *f = *state;
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    char key[16];
    uint64_t sequence = 0;
    size_t count = 0;
    kith_transition t = KITH_TRANSITION_INIT;
    segment(f, "all", "TRUE");
    for (int i = 0; i < 50; i++) {
        snprintf(key, sizeof key, "%d", i);
        record(f, key, "York");
    }
    for (int i = 0; i < 50; i++) {
        assert_int_equal(kith_settle(f->txn, day(1), 1, &result), KITH_OK);
        assert_int_equal(result.remaining_count, 49 - i);
        commit(f);
    }
    while (kith_transition_next(f->txn, &sequence, &t) == KITH_OK) {
        count++;
    }
    assert_int_equal(count, 50);
}

static void test_transitions_are_trimmed(void **state) {
    fixture *f = *state;
    uint64_t sequence = 0, count;
    segment(f, "all", "TRUE");
    record(f, "1", "York");
    record(f, "2", "York");
    settle(f, 1);
    assert_int_equal(kith_transition_trim(f->txn, 1, &count), KITH_OK);
    assert_int_equal(count, 1);
    assert_string_equal(changes_since(f, &sequence), "1+all@1 fact");
    assert_string_equal(changes_since(f, &(uint64_t){UINT64_MAX}), "");
    assert_int_equal(kith_transition_trim(f->txn, UINT64_MAX, &count), KITH_OK);
    assert_int_equal(count, 1);
    commit(f);
    record(f, "3", "York");
    settle(f, 2);
    assert_string_equal(changes_since(f, &sequence), "2+all@2 fact");
    assert_int_equal(sequence, 3);
}

/* History */

/* "1-2 +2 -0 =2": the days of each period, who entered and left in it, how many were in it at its
 * end; those of definitions (!) and of merges (m) where there are some. */
static const char *history_of(fixture *f, const char *name, kith_period by) {
    kith_segment_history_options options = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    char line[96];
    options.by = by;
    if (kith_segment_history_read(f->txn, name, &options, &history) != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    f->text[0] = '\0';
    for (size_t i = 0; i < history->period_count; i++) {
        const kith_segment_period *p = history->periods[i];
        snprintf(line, sizeof line, "%s%d-%d +%d -%d =%d", i > 0 ? ", " : "",
                 (int)(p->from_us / DAY), (int)(p->to_us / DAY), (int)p->entered_count,
                 (int)p->left_count, (int)p->member_count);
        strcat(f->text, line);
        if (p->redefined_count > 0) {
            snprintf(line, sizeof line, " !%d", (int)p->redefined_count);
            strcat(f->text, line);
        }
        if (p->merged_count > 0) {
            snprintf(line, sizeof line, " m%d", (int)p->merged_count);
            strcat(f->text, line);
        }
    }
    kith_segment_history_free(history);
    return f->text;
}

static kith_segment_history *read_history(fixture *f, const char *name) {
    kith_segment_history *history = NULL;
    assert_int_equal(kith_segment_history_read(f->txn, name, NULL, &history), KITH_OK);
    return history;
}

/* "0 1-4 fact time": the profile, from when until when (* : not known), and why. */
static const char *stays_of(fixture *f, const char *key, int now_day, const char *name) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_stay_iter *iter = NULL;
    kith_stay stay = KITH_STAY_INIT;
    char from[16], to[16], line[160];
    find(f, key, now_day, &profile);
    assert_int_equal(kith_stay_iter_open(&profile, name, &iter), KITH_OK);
    f->text[0] = '\0';
    while (kith_stay_iter_next(iter, &stay) == KITH_OK) {
        bool begun = stay.entered_at_us != INT64_MIN, ended = stay.left_at_us != INT64_MAX;
        snprintf(from, sizeof from, begun ? "%d" : "*", (int)(stay.entered_at_us / DAY));
        snprintf(to, sizeof to, ended ? "%d" : "*", (int)(stay.left_at_us / DAY));
        snprintf(line, sizeof line, "%s%s %s-%s %s %s", f->text[0] != '\0' ? ", " : "",
                 stay.segment, from, to, begun ? kith_cause_name(stay.entered_by) : "?",
                 ended ? kith_cause_name(stay.left_by) : "?");
        strcat(f->text, line);
    }
    kith_stay_iter_close(iter);
    return f->text;
}

/* Bought on day 3 and 5, in for two days each; settled on days 4 and 9. */
static void test_a_history_has_no_gaps(void **state) {
    fixture *f = *state;
    segment(f, "fresh", "did(purchase LAST 2d)");
    record(f, "1", "York");
    record(f, "2", "Ayr");
    purchase(f, "1", 3);
    purchase(f, "2", 5);
    settle(f, 4);
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_DAY), "4-5 +1 -0 =1");
    settle(f, 9);
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_DAY),
                        "4-5 +1 -0 =1, 5-6 +1 -1 =1, 6-7 +0 -0 =1, 7-8 +0 -1 =0, 8-9 +0 -0 =0, "
                        "9-10 +0 -0 =0");
    /* 1970-01-01 was a Thursday. */
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_WEEK), "4-11 +2 -2 =0");
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_MONTH), "0-31 +2 -2 =0");
    assert_string_equal(stays_of(f, "1", 9, "fresh"), "fresh 4-5 fact time");
    assert_string_equal(stays_of(f, "2", 9, NULL), "fresh 5-7 time time");
    commit(f);
}

/* Settled for day 20, then for day 4 once there is a segment: what leaves it on day 5 is told by
 * the next settle, and until then the history doesn't go beyond day 4. */
static void test_a_history_ends_where_somebody_is_due(void **state) {
    fixture *f = *state;
    record(f, "1", "York");
    purchase(f, "1", 3);
    settle(f, 20);
    segment(f, "fresh", "did(purchase LAST 2d)");
    settle(f, 4);
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_DAY), "4-5 +1 -0 =1 !1");
    kith_segment_history *history = read_history(f, "fresh");
    assert_true(history->settled_us == day(5) - 1);
    kith_segment_history_free(history);
    settle(f, 20);
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_WEEK),
                        "4-11 +1 -1 =0 !1, 11-18 +0 -0 =0, 18-25 +0 -0 =0");
    commit(f);
}

static void test_a_part_of_a_history(void **state) {
    fixture *f = *state;
    kith_segment_history_options options = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    segment(f, "fresh", "did(purchase LAST 2d)");
    for (int i = 0; i < 8; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        record(f, key, "York");
        purchase(f, key, 3 + i);
    }
    settle(f, 2);
    settle(f, 20);
    options.from_us = day(5) + 1;
    options.to_us = day(7);
    assert_int_equal(kith_segment_history_read(f->txn, "fresh", &options, &history), KITH_OK);
    assert_int_equal(history->period_count, 2);
    assert_int_equal(history->periods[0]->from_us, day(5));
    assert_int_equal(history->periods[0]->member_count, 2);
    assert_int_equal(history->periods[1]->member_count, 2);
    assert_int_equal(history->periods[1]->to_us, day(7));
    assert_int_equal(history->begins_us, day(3));
    assert_int_equal(history->settled_us, day(20));
    assert_int_equal(history->member_count, 0);
    assert_false(history->forgotten);
    kith_segment_history_free(history);
}

static void test_a_history_begins_with_the_first_settle(void **state) {
    fixture *f = *state;
    record(f, "1", "York");
    record(f, "2", "Ayr");
    segment(f, "none", "FALSE");
    kith_segment_history *history = read_history(f, "none");
    assert_int_equal(history->begins_us, INT64_MAX);
    assert_int_equal(history->period_count, 0);
    assert_int_equal(history->dirty_count, 2);
    kith_segment_history_free(history);
    settle(f, 3);
    assert_string_equal(history_of(f, "none", KITH_PERIOD_DAY), "3-4 +0 -0 =0");
    segment(f, "york", "city = 'York'");
    settle(f, 5);
    assert_string_equal(history_of(f, "york", KITH_PERIOD_DAY), "5-6 +1 -0 =1 !1");
    segment(f, "york", "city = 'Ayr'");
    settle(f, 6);
    assert_string_equal(history_of(f, "york", KITH_PERIOD_DAY), "5-6 +1 -0 =1 !1, 6-7 +1 -1 =1 !2");
    assert_int_equal(kith_definition_remove(f->txn, KITH_SEGMENT, "york", day(6)), KITH_OK);
    settle(f, 7);
    assert_string_equal(history_of(f, "york", KITH_PERIOD_DAY),
                        "5-6 +1 -0 =1 !1, 6-7 +1 -1 =1 !2, 7-8 +0 -1 =0 !1");
    assert_string_equal(stays_of(f, "2", 7, "york"), "york 6-7 definition definition");
    commit(f);
}

static void test_histories_of_those_who_are_merged(void **state) {
    fixture *f = *state;
    segment(f, "all", "TRUE");
    record(f, "1", "York");
    record(f, "2", "York");
    settle(f, 3);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "ann", day(4), NULL),
                     KITH_OK);
    /* Until a settle tells it nothing has changed. */
    assert_string_equal(history_of(f, "all", KITH_PERIOD_DAY), "3-4 +2 -0 =2");
    settle(f, 5);
    assert_string_equal(history_of(f, "all", KITH_PERIOD_DAY),
                        "3-4 +2 -0 =2, 4-5 +0 -0 =2, 5-6 +0 -1 =1 m1");
    assert_string_equal(stays_of(f, "2", 5, NULL), "all 3-5 fact merge, all 3-* fact ?");
    assert_int_equal(kith_record_unlink(f->txn, "crm", "1", "crm", "2", "ann", day(6), NULL),
                     KITH_OK);
    settle(f, 7);
    assert_string_equal(stays_of(f, "1", 7, NULL), "all 3-* fact ?");
    assert_string_equal(stays_of(f, "2", 7, NULL), "all 3-5 fact merge, all 7-* fact ?");
    commit(f);
}

static void test_histories_after_transitions_are_forgotten(void **state) {
    fixture *f = *state;
    kith_segment_history *history;
    segment(f, "all", "TRUE");
    segment(f, "fresh", "did(purchase LAST 2d)");
    record(f, "1", "York");
    purchase(f, "1", 3);
    settle(f, 3);
    record(f, "2", "York");
    settle(f, 4);
    assert_int_equal(kith_transition_trim(f->txn, 2, NULL), KITH_OK);
    settle(f, 8);
    history = read_history(f, "all");
    assert_true(history->forgotten);
    assert_int_equal(history->begins_us, day(3));
    kith_segment_history_free(history);
    assert_string_equal(stays_of(f, "1", 8, NULL), "fresh *-5 ? time, all *-* ? ?");
    assert_string_equal(history_of(f, "fresh", KITH_PERIOD_DAY),
                        "3-4 +0 -0 =1, 4-5 +0 -0 =1, 5-6 +0 -1 =0, 6-7 +0 -0 =0, 7-8 +0 -0 =0, "
                        "8-9 +0 -0 =0");
    commit(f);
}

static void test_histories_that_are_refused(void **state) {
    fixture *f = *state;
    kith_segment_history_options options = KITH_SEGMENT_HISTORY_OPTIONS_INIT;
    kith_segment_history *history = NULL;
    kith_stay_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    segment(f, "york", "city = 'York'");
    record(f, "1", "York");
    settle(f, 1);
    assert_int_equal(kith_segment_history_read(f->txn, "yorc", NULL, &history), KITH_NOT_FOUND);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "did you mean 'york'"));
    find(f, "1", 1, &profile);
    assert_int_equal(kith_stay_iter_open(&profile, "yorc", &iter), KITH_NOT_FOUND);
    options.by = (kith_period)4;
    assert_int_equal(kith_segment_history_read(f->txn, "york", &options, &history), KITH_MISUSE);
    options.by = KITH_PERIOD_DAY;
    settle(f, KITH_SEGMENT_PERIODS_MAX + 1);
    assert_int_equal(kith_segment_history_read(f->txn, "york", &options, &history), KITH_LIMIT);
    options.by = KITH_PERIOD_MONTH;
    assert_int_equal(kith_segment_history_read(f->txn, "york", &options, &history), KITH_OK);
    kith_segment_history_free(history);
    assert_null(iter);
}

/* Queries */

static kith_expression *parse(fixture *f, const char *text, bool value) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    options.value = value;
    options.any_name = true;
    if (kith_expression_parse(text, strlen(text), f->txn, &options, &expression, &error) !=
        KITH_OK) {
        fail_msg("%s: %s", text, error.message);
    }
    return expression;
}

/* "0 2": the numbers of who is meant; counting gives as many. */
static const char *meant(fixture *f, const char *text, int now_day) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query;
    kith_expression *where = parse(f, text, false);
    uint64_t count, found = 0;
    int rc;
    f->text[0] = '\0';
    options.now_us = day(now_day);
    options.where = where;
    assert_int_equal(kith_query_open(f->txn, &options, &query), KITH_OK);
    while ((rc = kith_query_next(query, &row)) == KITH_OK) {
        snprintf(f->text + strlen(f->text), 16, "%s%u", found++ > 0 ? " " : "", row.number);
    }
    assert_int_equal(rc, KITH_DONE);
    kith_query_close(query);
    assert_int_equal(kith_query_count(f->txn, &options, &count), KITH_OK);
    assert_int_equal(count, found);
    kith_expression_free(where);
    return f->text;
}

/* The same by asking each. */
static const char *meant_one_by_one(fixture *f, const char *text, int now_day) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    kith_profile_iter *iter;
    kith_expression *where = parse(f, text, false);
    f->text[0] = '\0';
    assert_int_equal(kith_profile_iter_open(f->txn, day(now_day), &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        assert_int_equal(kith_expression_evaluate(where, &profile, day(now_day), &outcome),
                         KITH_OK);
        if (outcome.truth) {
            snprintf(f->text + strlen(f->text), 16, "%s%u", f->text[0] != '\0' ? " " : "",
                     profile.number);
        }
    }
    kith_profile_iter_close(iter);
    kith_expression_free(where);
    return f->text;
}

static void test_queries_are_exact_at_any_time(void **state) {
    fixture *f = *state;
    segment(f, "local", "city = 'York'");
    segment(f, "recent", "did(purchase LAST 10d)");
    record(f, "0", "York");
    record(f, "1", "Ayr");
    record(f, "2", "York");
    purchase(f, "1", 5);
    purchase(f, "2", 20);
    for (int step = 0; step < 4; step++) {
        assert_string_equal(meant(f, "segment('local')", 8), "0 2");
        assert_string_equal(meant(f, "NOT segment('local')", 8), "1");
        assert_string_equal(meant(f, "segment('recent')", 8), "1");
        assert_string_equal(meant(f, "segment('recent')", 15), "");
        assert_string_equal(meant(f, "segment('recent')", 25), "2");
        assert_string_equal(meant(f, "segment('recent') OR segment('local')", 8), "0 1 2");
        assert_string_equal(meant(f, "segment('recent') AND segment('local')", 25), "2");
        assert_string_equal(meant(f, "segment('recent') AND city = 'Ayr'", 8), "1");
        assert_string_equal(meant(f, "segment('none')", 8), "");
        assert_string_equal(meant(f, "NOT segment('none')", 8), "0 1 2");
        assert_string_equal(meant(f, "count(purchase) = 0", 8), "0 2");
        assert_string_equal(meant(f, "TRUE", 8), "0 1 2");
        if (step == 1) {
            commit(f);
        } else {
            settle(f, step == 0 ? 8 : 25);
        }
    }
    record(f, "0", "Ayr");
    assert_string_equal(meant(f, "segment('local')", 25), "2");
    record(f, "3", "York");
    assert_string_equal(meant(f, "segment('local')", 25), "2 3");
    commit(f);
}

static void tag(fixture *f, const char *key, int at_day, bool remove) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.tag = "vip";
    input.at_us = day(at_day);
    assert_int_equal((remove ? kith_tag_remove : kith_tag_add)(f->txn, &input, NULL), KITH_OK);
}

static void consent(fixture *f, const char *key, int at_day, bool granted) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.purpose = "news";
    input.granted = granted;
    input.at_us = day(at_day);
    assert_int_equal(kith_consent_put(f->txn, &input, NULL), KITH_OK);
}

static void points(fixture *f, const char *key, int at_day, int amount) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    char entry[16];
    snprintf(entry, sizeof entry, "%d", at_day);
    input.source = "crm";
    input.key = key;
    input.ledger = "main";
    input.entry = entry;
    input.amount_micros = INT64_C(1000000) * amount;
    input.at_us = day(at_day);
    assert_int_equal(kith_points_put(f->txn, &input, NULL), KITH_OK);
}

static bool explained(fixture *f, const char *key, int as_of_day, const char *name) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_reason *reason = NULL;
    find(f, key, 40, &profile);
    assert_int_equal(kith_segment_explain(&profile, name, day(as_of_day), &reason), KITH_OK);
    bool truth = reason->truth;
    kith_reason_free(reason);
    return truth;
}

/* What was set and taken back, granted and withdrawn, earned and spent, and what came in late:
 * each instant is told as it was, whatever arrived after it and whatever was settled since. */
static void test_the_past_is_told_from_the_facts(void **state) {
    fixture *f = *state;
    segment(f, "buys", "did(purchase LAST 5d)");
    segment(f, "vip", "tag('vip')");
    segment(f, "news", "consent('news')");
    segment(f, "rich", "points('main') >= 10");
    record(f, "0", "York");
    record(f, "1", "York");
    purchase(f, "0", 3);
    tag(f, "0", 3, false);
    consent(f, "0", 3, true);
    points(f, "0", 3, 12);
    settle(f, 4);
    tag(f, "0", 6, true);
    consent(f, "0", 6, false);
    points(f, "0", 6, -5);
    commit(f);
    settle(f, 20);
    purchase(f, "0", 30);
    tag(f, "1", 31, false);
    for (int step = 0; step < 3; step++) {
        for (size_t i = 0; i < 4; i++) {
            static const char *const names[] = {"buys", "vip", "news", "rich"};
            char test[32];
            snprintf(test, sizeof test, "segment('%s')", names[i]);
            assert_string_equal(meant(f, test, 2), "");
            assert_string_equal(meant(f, test, 5), "0");
            assert_string_equal(meant(f, test, 9), "");
            assert_false(explained(f, "0", 2, names[i]));
            assert_true(explained(f, "0", 5, names[i]));
            assert_false(explained(f, "0", 9, names[i]));
        }
        assert_string_equal(meant(f, "segment('buys') OR segment('vip')", 32), "0 1");
        if (step == 1) {
            commit(f);
        } else {
            settle(f, 40);
        }
    }
    assert_string_equal(meant(f, "segment('buys')", 16), "");
    purchase(f, "1", 15); /* it comes in late */
    assert_string_equal(meant(f, "segment('buys')", 16), "1");
    commit(f);
}

/* Attributes are kept as they are now, and so is who belongs to whom. */
static void test_attributes_and_merges_of_the_past_are_today_s(void **state) {
    fixture *f = *state;
    record(f, "0", "York");
    record(f, "1", "Ayr");
    purchase(f, "1", 5);
    settle(f, 6);
    assert_string_equal(meant(f, "city = 'York'", 6), "0");
    assert_int_equal(
        scratch_record(f->txn, kith_record_put, "crm", "0", day(8), NULL, "city", "Hull", NULL),
        KITH_OK);
    assert_string_equal(meant(f, "city = 'York'", 6), "");
    assert_string_equal(meant(f, "city = 'Hull'", 6), "0");
    assert_int_equal(kith_record_link(f->txn, "crm", "0", "crm", "1", "ann", day(9), NULL),
                     KITH_OK);
    assert_string_equal(meant(f, "did(purchase)", 6), "0");
    commit(f);
}

static const char *const column_conditions[] = {
    "city = 'York'",
    "city != 'York'",
    "city IN ('Ayr', 'Hull')",
    "city NOT IN ('Ayr')",
    "city LIKE 'Y%'",
    "city ILIKE 'y%'",
    "city CONTAINS 'u'",
    "city > 'B'",
    "city IS NULL",
    "city IS NOT NULL",
    "age = 30",
    "age != 30",
    "age < 30",
    "age <= 30",
    "age > 30.5",
    "age >= 31",
    "age BETWEEN 20 AND 30",
    "age NOT BETWEEN 20 AND 30",
    "age IN (20, 31, 25.5)",
    "joined > 2020-01-01",
    "joined = 2020-01-02",
    "joined < 2020-01-02T10:00",
    "joined > '2020-01-01'",
    "member",
    "NOT member",
    "member = TRUE",
    "member != FALSE",
    "nobody = 1",
    "nobody != 1",
    "nobody IS NULL",
    "age > 20 AND city = 'York' AND NOT member",
    "age * 2 > 50 OR city = 'Ayr'",
    "age > -1000000000000",
    "age < 99999999999999999999",
};

static void put_varied_people(fixture *f) {
    static const char config[] =
        "{\"attributes\": {\"joined\": {\"type\": \"date\"}, \"member\": {\"type\": "
        "\"boolean\"}, \"age\": {\"type\": \"real\"}}}";
    static const char *const cities[] = {"York", "Ayr", "Hull", "", "Z\xc3\xbcrich"};
    char key[16], age[16], joined[16];
    assert_int_equal(kith_config_apply(f->txn, config, strlen(config)), KITH_OK);
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "%d", i);
        snprintf(age, sizeof age, i % 7 == 0 ? "" : i % 11 == 0 ? "old" : "%d.5", 15 + i % 20);
        snprintf(joined, sizeof joined, "2020-01-0%d", 1 + i % 3);
        assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "city",
                                        cities[i % 5], "age", age, "joined", joined, "member",
                                        i % 3 == 0 ? "yes" : "no", NULL),
                         KITH_OK);
    }
}

/* Columns say the same as the customers one by one, also of those that changed since. */
static void test_columns_answer_as_customers_do(void **state) {
    fixture *f = *state;
    kith_error error = KITH_ERROR_INIT;
    char first[sizeof f->text];
    put_varied_people(f);
    for (int step = 0; step < 3; step++) {
        for (size_t i = 0; i < COUNT(column_conditions); i++) {
            snprintf(first, sizeof first, "%s", meant(f, column_conditions[i], 5));
            assert_string_equal(meant_one_by_one(f, column_conditions[i], 5), first);
        }
        if (step == 0) {
            scratch_commit(f->txn);
            assert_int_equal(kith_settle_all(f->store, day(5), 0, NULL, NULL, NULL, &error),
                             KITH_OK);
            f->txn = scratch_begin(f->store, KITH_WRITE);
        } else {
            record(f, "7", "York");
            record(f, "100", "Ayr");
            settle(f, 5);
        }
        commit(f);
    }
}

static void test_queries_give_what_is_asked_about_each(void **state) {
    fixture *f = *state;
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query;
    record(f, "0", "York");
    record(f, "1", "Ayr");
    purchase(f, "1", 5);
    define(f, KITH_TRAIT, "orders", "count(purchase)");
    kith_expression *columns[] = {parse(f, "city", true), parse(f, "orders * 2", true)};
    options.now_us = day(9);
    options.columns = (const kith_expression *const *)columns;
    options.column_count = 2;
    options.limit = 2;
    assert_int_equal(kith_query_open(f->txn, &options, &query), KITH_OK);
    assert_int_equal(kith_query_next(query, &row), KITH_OK);
    assert_int_equal(kith_query_next(query, &row), KITH_OK);
    assert_int_equal(row.number, 1);
    assert_memory_equal(row.values[0].as.text.data, "Ayr", 3);
    assert_int_equal(row.values[1].as.integer, 2);
    assert_int_equal(kith_query_next(query, &row), KITH_DONE);
    kith_query_close(query);
    options.where = columns[0];
    assert_int_equal(kith_query_open(f->txn, &options, &query), KITH_INVALID);
    kith_expression_free(columns[0]);
    kith_expression_free(columns[1]);
}

/* Explaining */

/* A line a part: depth, truth, text, its values, distance, the day of its change. */
static void write_reason(fixture *f, const kith_reason *reason, int depth) {
    char line[256];
    snprintf(line, sizeof line, "%*s%c %s", 2 * depth, "", reason->truth ? '+' : '-', reason->text);
    strcat(f->text, line);
    for (size_t i = 0; i < reason->value_count; i++) {
        const kith_reason_value *value = reason->values[i];
        snprintf(line, sizeof line, "; %s: %s", value->text,
                 value->value != NULL ? value->value : "nothing");
        strcat(f->text, line);
    }
    if (reason->distance != NULL) {
        strcat(strcat(f->text, "; "), reason->distance);
    }
    if (reason->next_change_at_us != INT64_MAX) {
        snprintf(line, sizeof line, "; until %d", (int)(reason->next_change_at_us / DAY));
        strcat(f->text, line);
    }
    strcat(f->text, "\n");
    for (size_t i = 0; i < reason->part_count; i++) {
        write_reason(f, reason->parts[i], depth + 1);
    }
}

static void test_a_segment_is_explained(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_reason *reason = NULL;
    segment(f, "local", "city = 'York'");
    segment(f, "regular",
            "count(purchase LAST 30d) >= 3 AND NOT did(return) AND (segment('local') OR "
            "last(purchase.amount) > 5)");
    record(f, "1", "Ayr");
    purchase(f, "1", 10);
    purchase(f, "1", 20);
    find(f, "1", 25, &profile);
    assert_int_equal(kith_segment_explain(&profile, "regular", day(25), &reason), KITH_OK);
    f->text[0] = '\0';
    write_reason(f, reason, 0);
    assert_string_equal(
        f->text, "- count(purchase LAST 30d) >= 3 AND NOT did(return) AND (segment('local') OR "
                 "last(purchase.amount) > 5)\n"
                 "  - count(purchase LAST 30d) >= 3; count(purchase LAST 30d): 2; 2 of 3\n"
                 "  + NOT did(return)\n"
                 "    - did(return)\n"
                 "  - segment('local') OR last(purchase.amount) > 5\n"
                 "    - segment('local')\n"
                 "      - city = 'York'; city: Ayr\n"
                 "    - last(purchase.amount) > 5; last(purchase.amount): nothing\n");
    kith_reason_free(reason);
    purchase(f, "1", 22);
    find(f, "1", 25, &profile);
    kith_expression *rich = parse(f, "count(purchase) * 2 < 10.5", false);
    assert_int_equal(kith_expression_explain(rich, &profile, day(25), &reason), KITH_OK);
    f->text[0] = '\0';
    write_reason(f, reason, 0);
    assert_string_equal(f->text, "+ count(purchase) * 2 < 10.5; count(purchase) * 2: 6; "
                                 "4.5 short of 10.5\n");
    kith_reason_free(reason);
    kith_expression_free(rich);
    assert_int_equal(kith_segment_explain(&profile, "none", day(25), &reason), KITH_NOT_FOUND);
}

static int stop_once(void *context, const kith_progress *progress) {
    bool *stopped = context;
    bool first = !*stopped;
    assert_string_equal(progress->phase, "query");
    *stopped = true;
    return first;
}

static void test_a_query_that_was_stopped_goes_on(void **state) {
    fixture *f = *state;
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query;
    bool stopped = false;
    uint64_t count;
    record(f, "0", "York");
    record(f, "1", "Ayr");
    kith_expression *where = parse(f, "city = 'Ayr'", false);
    options.where = where;
    options.progress = stop_once;
    options.context = &stopped;
    assert_int_equal(kith_query_open(f->txn, &options, &query), KITH_OK);
    assert_int_equal(kith_query_next(query, &row), KITH_INTERRUPTED);
    assert_int_equal(kith_query_next(query, &row), KITH_OK);
    assert_int_equal(row.number, 1);
    assert_int_equal(kith_query_next(query, &row), KITH_DONE);
    kith_query_close(query);
    stopped = false;
    assert_int_equal(kith_query_count(f->txn, &options, &count), KITH_INTERRUPTED);
    kith_expression_free(where);
}

static int stop_third(void *context, const kith_progress *progress) {
    (void)progress;
    return ++*(int *)context == 3;
}

/* A sequence that looks back has as many ways as there are combinations of events: work on one
 * customer can be stopped in the midst of it. */
static void test_one_long_customer_can_be_stopped(void **state) {
    static const char asked[] =
        "did(purchase THEN purchase THEN purchase WHERE prev.at > step1.at + 400d)";
    fixture *f = *state;
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query;
    uint64_t count;
    int calls = 0;
    record(f, "0", "York");
    for (int i = 1; i <= 200; i++) {
        purchase(f, "0", i);
    }
    kith_expression *where = parse(f, asked, false);
    options.now_us = day(300);
    options.where = where;
    options.progress = stop_third;
    options.context = &calls;
    assert_int_equal(kith_query_count(f->txn, &options, &count), KITH_INTERRUPTED);
    assert_int_equal(kith_query_count(f->txn, &options, &count), KITH_OK);
    assert_int_equal(count, 0);
    calls = 0;
    options.where = NULL;
    options.columns = (const kith_expression *const *)&where;
    options.column_count = 1;
    assert_int_equal(kith_query_open(f->txn, &options, &query), KITH_OK);
    assert_int_equal(kith_query_next(query, &row), KITH_INTERRUPTED);
    assert_int_equal(kith_query_next(query, &row),
                     KITH_OK); /* who it was stopped at isn't left out */
    assert_int_equal(row.number, 0);
    assert_int_equal(kith_query_next(query, &row), KITH_DONE);
    kith_query_close(query);
    kith_expression_free(where);
    segment(f, "long", asked);
    commit(f);
    kith_txn_abort(f->txn);
    f->txn = NULL;
    calls = 0;
    assert_int_equal(kith_settle_all(f->store, day(300), 0, stop_third, &calls, NULL, &error),
                     KITH_INTERRUPTED);
    assert_int_equal(calls, 3);
    assert_int_equal(kith_settle_all(f->store, day(300), 0, stop_third, &calls, NULL, &error),
                     KITH_OK);
    assert_int_equal(kith_txn_begin(f->store, KITH_WRITE, &f->txn, &error), KITH_OK);
}

/* Of what an earlier snapshot doesn't know, nobody has anything in it. */
static void test_expressions_of_later_names(void **state) {
    fixture *f = *state;
    static const char config[] = "{\"attributes\": {\"visits\": {\"type\": \"integer\"}}}";
    static const char *const asked[] = {"visits", "count(purchase)"};
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_expression_options values = KITH_EXPRESSION_OPTIONS_INIT;
    const kith_expression *columns[COUNT(asked)];
    kith_expression *made[COUNT(asked)];
    kith_query *query = NULL;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    struct ArrowArrayStream stream;
    record(f, "1", "York");
    commit(f);
    kith_txn *earlier = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_config_apply(f->txn, config, strlen(config)), KITH_OK);
    purchase(f, "1", 2);
    values.value = true;
    for (size_t i = 0; i < COUNT(asked); i++) {
        assert_int_equal(
            kith_expression_parse(asked[i], strlen(asked[i]), f->txn, &values, &made[i], NULL),
            KITH_OK);
        columns[i] = made[i];
    }
    options.now_us = day(3);
    options.columns = columns;
    options.column_count = COUNT(columns);
    assert_int_equal(kith_query_open(earlier, &options, &query), KITH_OK);
    assert_int_equal(kith_query_next(query, &row), KITH_OK);
    assert_int_equal(row.values[0].type, KITH_TYPE_NULL);
    assert_int_equal(row.values[1].as.integer, 0);
    kith_query_close(query);
    assert_int_equal(kith_query_arrow(earlier, &options, NULL, &stream), KITH_OK);
    stream.release(&stream);
    kith_txn_abort(earlier);
    for (size_t i = 0; i < COUNT(asked); i++) {
        kith_expression_free(made[i]);
    }
}

static void *parse_in_a_thread(void *store) {
    static const char text[] = "segment('york')";
    kith_txn *txn = scratch_begin(store, KITH_READ);
    kith_expression *made = NULL;
    if (kith_expression_parse(text, strlen(text), txn, NULL, &made, NULL) == KITH_OK) {
        kith_expression_free(made);
    }
    kith_txn_abort(txn);
    return made;
}

/* Readers that come at once to a store that was just opened share what they make of its
 * definitions. */
static void test_definitions_are_read_by_threads_at_once(void **state) {
    fixture *f = *state;
    segment(f, "york", "city = 'York'");
    for (int round = 0; round < 50; round++) {
        pthread_t threads[4];
        commit(f);
        for (size_t i = 0; i < COUNT(threads); i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, parse_in_a_thread, f->store), 0);
        }
        for (size_t i = 0; i < COUNT(threads); i++) {
            void *made;
            assert_int_equal(pthread_join(threads[i], &made), 0);
            assert_non_null(made);
        }
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_definitions_have_versions),
        TEST(test_what_is_removed_may_be_defined_again),
        TEST(test_what_asks_for_itself_is_refused),
        TEST(test_a_trait_must_fit_who_asks_for_it),
        TEST(test_a_config_must_fit_the_segments),
        TEST(test_profiles_read_segments_and_traits),
        TEST(test_time_moves_members_at_the_instant),
        TEST(test_what_happens_between_two_settles_is_told),
        TEST(test_definitions_move_members),
        TEST(test_merged_profiles_leave),
        TEST(test_the_id_that_goes_on_stays_in),
        TEST(test_a_merge_that_is_taken_back_at_once_is_no_news),
        TEST(test_settle_in_steps),
        TEST(test_transitions_are_trimmed),
        TEST(test_a_history_has_no_gaps),
        TEST(test_a_history_ends_where_somebody_is_due),
        TEST(test_a_part_of_a_history),
        TEST(test_a_history_begins_with_the_first_settle),
        TEST(test_histories_of_those_who_are_merged),
        TEST(test_histories_after_transitions_are_forgotten),
        TEST(test_histories_that_are_refused),
        TEST(test_queries_are_exact_at_any_time),
        TEST(test_the_past_is_told_from_the_facts),
        TEST(test_attributes_and_merges_of_the_past_are_today_s),
        TEST(test_a_segment_is_explained),
        TEST(test_columns_answer_as_customers_do),
        TEST(test_queries_give_what_is_asked_about_each),
        TEST(test_a_query_that_was_stopped_goes_on),
        TEST(test_one_long_customer_can_be_stopped),
        TEST(test_expressions_of_later_names),
        TEST(test_definitions_are_read_by_threads_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
