/*
 * Events as fact.h promises them: second copies, message ids, order, late ones, packed and just
 * landed; what is refused; and how they read.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

#define LONG_EVENTS 1000000

/* Packs all events. */
static void settle(fixture *f) {
    assert_int_equal(kith_settle(f->txn, SCRATCH_NOW_US, 0, NULL), KITH_OK);
    commit(f);
}

/* Puts an event of record "1", and says what that did. */
static kith_change put(fixture *f, const char *type, int64_t time_us, const char *id,
                       const char *note) {
    kith_change change = KITH_UNCHANGED;
    int code = scratch_event(f->txn, "crm", "1", type, time_us, id, &change, "note", note, NULL);
    if (code != KITH_OK) {
        fail_msg("%s", kith_txn_error(f->txn)->message);
    }
    return change;
}

/* The events of record 0 with from <= time < to in one line: type(note)#id@time. */
static const char *show_range(fixture *f, int64_t from_us, int64_t to_us) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    size_t at = 0;
    int code;
    f->text[0] = '\0';
    assert_int_equal(kith_event_iter_open(f->txn, 0, from_us, to_us, &iter), KITH_OK);
    while ((code = kith_event_iter_next(iter, &event)) == KITH_OK) {
        kith_field field = {NULL, {KITH_TYPE_NULL, {0}}};
        size_t cursor = 0;
        at += (size_t)snprintf(f->text + at, sizeof f->text - at, "%s%s", at > 0 ? " " : "",
                               event.type);
        while (kith_event_next_property(&event, &cursor, &field) == KITH_OK) {
            at += (size_t)snprintf(f->text + at, sizeof f->text - at, "(%.*s)",
                                   (int)field.value.as.text.size, field.value.as.text.data);
        }
        if (event.message_id != NULL) {
            at += (size_t)snprintf(f->text + at, sizeof f->text - at, "#%s", event.message_id);
        }
        at +=
            (size_t)snprintf(f->text + at, sizeof f->text - at, "@%lld", (long long)event.time_us);
    }
    assert_int_equal(code, KITH_DONE);
    assert_int_equal(kith_event_iter_next(iter, &event), KITH_DONE);
    kith_event_iter_close(iter);
    return f->text;
}

static const char *show(fixture *f) {
    return show_range(f, INT64_MIN, INT64_MAX);
}

/* Copies */

static void test_second_copies(void **state) {
    fixture *f = *state;
    for (int packed = 0; packed < 2; packed++) {
        kith_change expected = packed ? KITH_UNCHANGED : KITH_ADDED;
        assert_int_equal(put(f, "visit", 5, NULL, "a"), expected);
        assert_int_equal(put(f, "visit", 5, NULL, "b"), expected); /* other properties */
        assert_int_equal(put(f, "visit", 6, NULL, "a"), expected); /* another time */
        assert_int_equal(put(f, "order", 5, NULL, "a"), expected); /* another type */
        assert_int_equal(put(f, "visit", 5, "m1", "a"), expected); /* a message id of its own */
        assert_int_equal(put(f, "visit", 5, NULL, "a"), KITH_UNCHANGED);
        assert_int_equal(put(f, "visit", 5, "", "a"), KITH_UNCHANGED); /* an empty id is none */
        assert_int_equal(put(f, "visit", 5, "m1", "a"), KITH_UNCHANGED);
        assert_string_equal(show_range(f, 6, 7), "visit(a)@6");
        settle(f);
    }
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    assert_int_equal(stat.event_count, 5);
    assert_int_equal(stat.landed_event_count, 0);
}

/* Of two with one message id the smaller (time, type, properties) stands, packed or not, whichever
 * came first. */
static void test_message_ids(void **state) {
    fixture *f = *state;
    for (int packed = 0; packed < 2; packed++) {
        char id[24];
        snprintf(id, sizeof id, "m%d", packed);
        int64_t base = packed * 100;
        assert_int_equal(put(f, "order", base + 50, id, "a"), KITH_ADDED);
        if (packed) {
            settle(f);
        }
        assert_int_equal(put(f, "order", base + 60, id, "a"), KITH_IGNORED);
        assert_int_equal(put(f, "order", base + 40, id, "a"), KITH_UPDATED);
        if (packed) {
            settle(f);
        }
        assert_int_equal(put(f, "visit", base + 40, id, "a"), KITH_IGNORED);
        assert_int_equal(put(f, "cart", base + 40, id, "a"), KITH_UPDATED);
        assert_int_equal(put(f, "cart", base + 40, id, "a"), KITH_UNCHANGED);
        char expected[64];
        snprintf(expected, sizeof expected, "cart(a)#%s@%d", id, (int)base + 40);
        assert_string_equal(show_range(f, base, base + 100), expected);
    }
    commit(f);
    /* The same id on another record is another event. */
    kith_change change;
    assert_int_equal(
        scratch_event(f->txn, "crm", "2", "cart", 40, "m0", &change, "note", "a", NULL), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    commit(f);
}

/* In any order of arrival, with settling in between, the same event of two with one id stands. */
static void test_message_ids_in_any_order(void **state) {
    fixture *f = *state;
    static const char *const types[] = {"a", "b"}, *const notes[] = {"x", "y", "z"};
    char expected[64] = "";
    for (int round = 0; round < 40; round++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", round);
        for (int i = 0; i < 12; i++) {
            int pick = (i * 5 + round * 7) % 12;
            assert_int_equal(scratch_event(f->txn, "crm", key, types[pick % 2], 10 + pick % 2, "m",
                                           NULL, "note", notes[pick / 4], NULL),
                             KITH_OK);
            if ((i + round) % 5 == 0) {
                assert_int_equal(kith_settle(f->txn, SCRATCH_NOW_US, 0, NULL), KITH_OK);
            }
        }
        kith_event_iter *iter = NULL;
        kith_event event = KITH_EVENT_INIT;
        kith_field field;
        size_t cursor = 0;
        char text[64];
        assert_int_equal(kith_event_iter_open(f->txn, (uint32_t)round, INT64_MIN, INT64_MAX, &iter),
                         KITH_OK);
        assert_int_equal(kith_event_iter_next(iter, &event), KITH_OK);
        assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_OK);
        snprintf(text, sizeof text, "%s %lld %.*s", event.type, (long long)event.time_us,
                 (int)field.value.as.text.size, field.value.as.text.data);
        assert_int_equal(kith_event_iter_next(iter, &event), KITH_DONE);
        kith_event_iter_close(iter);
        if (round == 0) {
            snprintf(expected, sizeof expected, "%s", text);
        }
        assert_string_equal(text, expected);
    }
    commit(f);
}

/* Order */

static void test_late_events(void **state) {
    fixture *f = *state;
    put(f, "c", 30, NULL, "3");
    put(f, "a", 10, NULL, "1");
    settle(f);
    put(f, "b", 20, NULL, "2");
    put(f, "z", 5, NULL, "0");
    put(f, "d", 40, NULL, "4");
    static const char all[] = "z(0)@5 a(1)@10 b(2)@20 c(3)@30 d(4)@40";
    assert_string_equal(show(f), all);
    assert_string_equal(show_range(f, 10, 30), "a(1)@10 b(2)@20");
    assert_string_equal(show_range(f, 11, 31), "b(2)@20 c(3)@30");
    assert_string_equal(show_range(f, 30, 30), "");
    assert_string_equal(show_range(f, 30, 10), "");
    settle(f);
    assert_string_equal(show(f), all);
    assert_string_equal(show_range(f, 11, 31), "b(2)@20 c(3)@30");
    assert_string_equal(show_range(f, 41, 50), "");
    assert_string_equal(show_range(f, INT64_MIN, 5), "");
}

/* Whether packed in one go, in many, or not at all: one order. */
static void test_one_order(void **state) {
    fixture *f = *state;
    enum { RECORDS = 3, EVENTS = 400 };
    for (int i = 0; i < EVENTS; i++) {
        int n = i * 7919 % EVENTS; /* all, in a mixed order */
        for (int record = 0; record < RECORDS; record++) {
            char key[16], id[24], note[80];
            snprintf(key, sizeof key, "%d", record);
            snprintf(id, sizeof id, "i%d", n);
            snprintf(note, sizeof note, "%d %.*s", n, n % 40,
                     "........................................");
            assert_int_equal(scratch_event(f->txn, "crm", key, n % 3 ? "a" : "b", n / 4,
                                           n % 5 ? NULL : id, NULL, "note", note, NULL),
                             KITH_OK);
        }
        /* Record 0 is never packed, record 1 at the end, record 2 now and then. */
        if (i % 37 == 0) {
            scratch_commit(f->txn);
            f->txn = scratch_begin(f->store, KITH_WRITE);
        }
        if (i % 61 == 60) {
            assert_int_equal(kith_settle(f->txn, SCRATCH_NOW_US, 1 + (uint64_t)i % 3, NULL),
                             KITH_OK);
        }
    }
    settle(f);
    kith_event_iter *iters[RECORDS];
    for (uint32_t record = 0; record < RECORDS; record++) {
        assert_int_equal(kith_event_iter_open(f->txn, record, 0, EVENTS, &iters[record]), KITH_OK);
    }
    for (int i = 0; i < EVENTS; i++) {
        kith_event first = KITH_EVENT_INIT, other = KITH_EVENT_INIT;
        assert_int_equal(kith_event_iter_next(iters[0], &first), KITH_OK);
        assert_int_equal(first.time_us, i / 4);
        for (int record = 1; record < RECORDS; record++) {
            assert_int_equal(kith_event_iter_next(iters[record], &other), KITH_OK);
            assert_int_equal(other.properties_bytes, first.properties_bytes);
            assert_memory_equal(other.properties, first.properties, first.properties_bytes);
        }
    }
    for (int record = 0; record < RECORDS; record++) {
        kith_event none = KITH_EVENT_INIT;
        assert_int_equal(kith_event_iter_next(iters[record], &none), KITH_DONE);
        kith_event_iter_close(iters[record]);
    }
}

/* The first and the last moment there are hold events like any other. INT64_MAX is no moment: it
 * means never. */
static void test_extreme_times(void **state) {
    fixture *f = *state;
    put(f, "first", INT64_MIN, NULL, "a");
    put(f, "last", INT64_MAX - 1, "m", "z");
    put(f, "middle", 0, NULL, "m");
    assert_int_equal(scratch_event(f->txn, "crm", "1", "never", INT64_MAX, NULL, NULL, NULL),
                     KITH_INVALID);
    static const char all[] = "first(a)@-9223372036854775808 middle(m)@0 "
                              "last(z)#m@9223372036854775806";
    for (int packed = 0; packed < 2; packed++) {
        kith_profile profile = KITH_PROFILE_INIT;
        uint64_t count = 0;
        assert_string_equal(show(f), all);
        commit(f);
        assert_int_equal(kith_profile_of_record(f->txn, 0, INT64_MAX, &profile), KITH_OK);
        assert_int_equal(profile.event_count, 3);
        assert_int_equal(kith_profile_count_events(&profile, NULL, INT64_MIN, INT64_MAX, &count),
                         KITH_OK);
        assert_int_equal(count, 3);
        assert_int_equal(kith_profile_of_record(f->txn, 0, 0, &profile), KITH_OK);
        assert_int_equal(profile.event_count, 2);
        assert_int_equal(kith_profile_of_record(f->txn, 0, INT64_MIN, &profile), KITH_OK);
        assert_int_equal(profile.event_count, 1);
        assert_int_equal(put(f, "last", INT64_MAX - 1, "m", "z"), KITH_UNCHANGED);
        assert_int_equal(put(f, "first", INT64_MIN, NULL, "a"), KITH_UNCHANGED);
        assert_int_equal(kith_settle(f->txn, INT64_MAX, 0, NULL), KITH_OK);
        commit(f);
    }
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    assert_int_equal(stat.event_count, 3);
    assert_int_equal(stat.landed_event_count, 0);
}

/* Refusals and limits */

static int put_value(fixture *f, const char *name, kith_value value) {
    const kith_field field = {name, value};
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "crm";
    input.key = "1";
    input.type = "visit";
    input.fields = &field;
    input.field_count = 1;
    return kith_event_put(f->txn, &input, NULL);
}

static void refuse(fixture *f, const char *name, kith_value value, const char *words) {
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(put_value(f, name, value), KITH_INVALID);
    const kith_error *error = kith_txn_error(f->txn);
    if (strstr(error->message, words) == NULL) {
        fail_msg("\"%s\" isn't in: %s", words, error->message);
    }
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &record), KITH_NOT_FOUND);
}

static void test_refusals(void **state) {
    fixture *f = *state;
    kith_value list = {KITH_TYPE_LIST, {0}}, map = {KITH_TYPE_MAP, {0}};
    const kith_value bad = kith_value_text("\xff");
    const kith_field nameless = {NULL, {KITH_TYPE_NULL, {0}}},
                     broken = {"\xff", {KITH_TYPE_NULL, {0}}};
    refuse(f, "a", bad, "not valid UTF-8");
    refuse(f, "a", kith_value_text_n("x\0y", 3), "NUL");
    refuse(f, "a", kith_value_real((double)NAN), "finite");
    refuse(f, "a", kith_value_real(-(double)INFINITY), "finite");
    refuse(f, "a", (kith_value){(kith_type)42, {0}}, "no known type");
    refuse(f, NULL, kith_value_integer(1), "needs a name");
    refuse(f, "", kith_value_integer(1), "1 to 255 bytes");
    refuse(f, "a\nb", kith_value_integer(1), "control characters");
    list.as.list.items = &bad;
    list.as.list.count = 1;
    refuse(f, "a", list, "not valid UTF-8");
    map.as.map.count = 1;
    map.as.map.fields = &nameless;
    refuse(f, "a", map, "without a name");
    map.as.map.fields = &broken;
    refuse(f, "a", map, "not valid UTF-8");
    assert_int_equal(scratch_event(f->txn, "crm", "1", NULL, 1, NULL, NULL, NULL), KITH_INVALID);
    assert_int_equal(scratch_event(f->txn, "crm", "1", "", 1, NULL, NULL, NULL), KITH_INVALID);
    assert_int_equal(scratch_event(f->txn, "crm", "1", "t", 1, "\xff", NULL, NULL), KITH_INVALID);
    assert_int_equal(kith_event_put(f->txn, NULL, NULL), KITH_MISUSE);
    put(f, "visit", 1, NULL, "goes on");
    commit(f);
}

static void test_long_message_ids(void **state) {
    fixture *f = *state;
    char id[KITH_KEY_MAX_BYTES + 2];
    memset(id, 'm', sizeof id);
    id[KITH_KEY_MAX_BYTES + 1] = '\0';
    assert_int_equal(scratch_event(f->txn, "crm", "1", "t", 1, id, NULL, NULL), KITH_INVALID);
    id[KITH_KEY_MAX_BYTES] = '\0';
    assert_int_equal(put(f, "t", 1, id, "x"), KITH_ADDED);
    assert_int_equal(put(f, "t", 1, id, "x"), KITH_UNCHANGED);
    settle(f);
    assert_int_equal(put(f, "t", 1, id, "x"), KITH_UNCHANGED);
    assert_non_null(strstr(show(f), id));
}

/* An event may hold much more than a block does; and a MiB is the end. */
static void test_long_events(void **state) {
    fixture *f = *state;
    char *text = malloc(KITH_EVENT_MAX_BYTES + 1);
    assert_non_null(text);
    memset(text, 'x', KITH_EVENT_MAX_BYTES);
    text[KITH_EVENT_MAX_BYTES] = '\0';
    refuse(f, "a", kith_value_text(text), "1 MiB");
    assert_int_equal(put_value(f, "a", kith_value_text_n(text, KITH_EVENT_MAX_BYTES - 16)),
                     KITH_OK);
    put(f, "t", -1, NULL, "before");
    put(f, "t", 1, NULL, "after");
    for (int packed = 0; packed < 2; packed++) {
        kith_event_iter *iter = NULL;
        kith_event event = KITH_EVENT_INIT;
        kith_field field;
        size_t cursor = 0;
        assert_int_equal(kith_event_iter_open(f->txn, 0, 0, 1, &iter), KITH_OK);
        assert_int_equal(kith_event_iter_next(iter, &event), KITH_OK);
        assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_OK);
        assert_int_equal(field.value.as.text.size, KITH_EVENT_MAX_BYTES - 16);
        assert_memory_equal(field.value.as.text.data, text, field.value.as.text.size);
        assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_DONE);
        kith_event_iter_close(iter);
        settle(f);
    }
    free(text);
}

static void test_many_properties(void **state) {
    fixture *f = *state;
    static kith_field fields[1001];
    static char names[1001][16];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    for (int i = 0; i < 1001; i++) {
        snprintf(names[i], sizeof names[i], "p%d", i);
        fields[i] = (kith_field){names[i], kith_value_integer(i)};
    }
    input.source = "crm";
    input.key = "1";
    input.type = "visit";
    input.fields = fields;
    input.field_count = 1001;
    assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_INVALID);
    input.field_count = 1000;
    assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_OK);
    settle(f);
    kith_change change;
    assert_int_equal(kith_event_put(f->txn, &input, &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
}

/* Properties */

/* The order in which they are given is nothing; of one name the last holds; null is none. */
static void test_properties(void **state) {
    fixture *f = *state;
    kith_change change;
    assert_int_equal(scratch_event(f->txn, "crm", "1", "t", 1, NULL, NULL, "b", "2", "a", "0", "a",
                                   "1", "c", NULL, NULL),
                     KITH_OK);
    assert_string_equal(show(f), "t(1)(2)@1");
    assert_int_equal(
        scratch_event(f->txn, "crm", "1", "t", 1, NULL, &change, "a", "1", "b", "2", NULL),
        KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
    settle(f);
    assert_int_equal(
        scratch_event(f->txn, "crm", "1", "t", 1, NULL, &change, "b", "2", "a", "1", NULL),
        KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED);
}

static void test_values_of_all_types(void **state) {
    fixture *f = *state;
    const kith_value items[] = {kith_value_integer(INT64_MIN), kith_value_text("")};
    kith_field inside = {"k", kith_value_real(-0.5)};
    kith_field fields[] = {
        {"a", kith_value_boolean(true)},   {"b", kith_value_integer(INT64_MAX)},
        {"c", kith_value_real(1e300)},     {"d", kith_value_date(-1)},
        {"e", kith_value_time(INT64_MIN)}, {"f", {KITH_TYPE_LIST, {0}}},
        {"g", {KITH_TYPE_MAP, {0}}},       {"h", kith_value_text("\xE5\xBA\x97")},
    };
    size_t count = sizeof fields / sizeof fields[0];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    fields[5].value.as.list.items = items;
    fields[5].value.as.list.count = 2;
    fields[6].value.as.map.fields = &inside;
    fields[6].value.as.map.count = 1;
    input.source = "crm";
    input.key = "1";
    input.type = "t";
    input.fields = fields;
    input.field_count = count;
    assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_OK);
    settle(f);
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    kith_field field;
    size_t cursor = 0;
    assert_int_equal(kith_event_iter_open(f->txn, 0, INT64_MIN, INT64_MAX, &iter), KITH_OK);
    assert_int_equal(kith_event_iter_next(iter, &event), KITH_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_OK);
        assert_string_equal(field.name, fields[i].name);
        assert_int_equal(field.value.type, fields[i].value.type);
        if (i > 0 && i < 5) {
            assert_int_equal(field.value.as.integer, fields[i].value.as.integer);
        }
    }
    assert_int_equal(field.value.as.text.size, 3);
    assert_int_equal(kith_event_next_property(&event, &cursor, &field), KITH_DONE);
    kith_event_iter_close(iter);
}

/* Reading */

static void test_iterators(void **state) {
    fixture *f = *state;
    kith_event_iter *a = NULL, *b = NULL;
    kith_event event = KITH_EVENT_INIT;
    assert_int_equal(kith_event_iter_open(f->txn, 7, INT64_MIN, INT64_MAX, &a), KITH_OK);
    assert_int_equal(kith_event_iter_next(a, &event), KITH_DONE); /* no such record has no events */
    kith_event_iter_close(a);
    kith_event_iter_close(NULL);
    for (int i = 0; i < 100; i++) {
        put(f, "t", i, NULL, "x");
    }
    settle(f);
    /* Two at once step alone. */
    assert_int_equal(kith_event_iter_open(f->txn, 0, 0, 100, &a), KITH_OK);
    assert_int_equal(kith_event_iter_open(f->txn, 0, 50, 100, &b), KITH_OK);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(kith_event_iter_next(a, &event), KITH_OK);
        assert_int_equal(event.time_us, i);
        assert_int_equal(kith_event_iter_next(b, &event), KITH_OK);
        assert_int_equal(event.time_us, 50 + i);
    }
    assert_int_equal(kith_event_iter_next(b, &event), KITH_DONE);
    assert_int_equal(kith_event_iter_next(a, &event), KITH_OK);
    kith_event_iter_close(a);
    kith_event_iter_close(b);
}

/* An unknown record is made by its first event. */
static void test_event_makes_record(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    put(f, "visit", 9, NULL, "x");
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &record), KITH_OK);
    assert_int_equal(kith_record_next_value(&record, &cursor, &value), KITH_DONE);
    commit(f);
    assert_int_equal(kith_profile_of_record(f->txn, 0, 9, &profile), KITH_OK);
    assert_int_equal(profile.event_count, 1);
    assert_int_equal(kith_profile_of_record(f->txn, 0, 8, &profile), KITH_OK);
    assert_int_equal(profile.event_count, 0); /* it is to come */
}

/* A million events on one record, in a mixed order and twice, in transactions as an import makes
 * them. */
static void test_events_put_while_they_are_read(void **state) {
    fixture *f = *state;
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    for (int64_t i = 0; i < 40; i++) {
        put(f, "order", i, NULL, "x");
    }
    assert_int_equal(kith_event_iter_open(f->txn, 0, INT64_MIN, INT64_MAX, &iter), KITH_OK);
    assert_int_equal(kith_event_iter_next(iter, &event), KITH_OK);
    assert_int_equal(put(f, "order", 0, NULL, "x"), KITH_UNCHANGED);
    assert_int_equal(kith_event_iter_next(iter, &event), KITH_OK);
    assert_int_equal(put(f, "order", 100, NULL, "x"), KITH_ADDED);
    assert_int_equal(kith_event_iter_next(iter, &event), KITH_MISUSE);
    kith_event_iter_close(iter);
    commit(f);
}

/* Enough events, in no order, that some are packed before anybody settles; whether one is can't be
 * seen. */
static void test_many_before_settle(void **state) {
    enum { COUNT = 200, STEP = 77 };
    fixture *f = *state;
    uint64_t count = 0;
    for (int i = 0; i < COUNT; i++) {
        char id[24];
        for (int j = 0; j <= i; j++) { /* the newest, and those before it once more */
            int64_t n = (int64_t)j * STEP % COUNT;
            snprintf(id, sizeof id, "%lld", (long long)n);
            assert_int_equal(put(f, "order", 1000 + n, n % 2 ? id : NULL, "x"),
                             j == i ? KITH_ADDED : KITH_UNCHANGED);
        }
    }
    commit(f);
    for (int64_t n = 1; n < COUNT; n += 2) { /* of one message id the earliest stands */
        char id[24];
        snprintf(id, sizeof id, "%lld", (long long)n);
        assert_int_equal(put(f, "order", 2000 + n, id, "x"), KITH_IGNORED);
        assert_int_equal(put(f, "order", n, id, "x"), KITH_UPDATED);
        assert_int_equal(put(f, "order", n, id, "x"), KITH_UNCHANGED);
    }
    commit(f);
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    int64_t last = INT64_MIN;
    assert_int_equal(kith_event_iter_open(f->txn, 0, 0, INT64_MAX, &iter), KITH_OK);
    for (; kith_event_iter_next(iter, &event) == KITH_OK; count++) {
        assert_true(event.time_us > last);
        assert_int_equal(event.time_us % 2, event.message_id != NULL);
        assert_int_equal(event.time_us < 1000, event.message_id != NULL);
        last = event.time_us;
    }
    kith_event_iter_close(iter);
    assert_int_equal(count, COUNT);
    settle(f);
    assert_int_equal(put(f, "order", 1, "1", "x"), KITH_UNCHANGED);
    assert_int_equal(put(f, "order", 1000, NULL, "x"), KITH_UNCHANGED);
}

static void test_a_million_events(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    if (getenv("KITH_LONG") == NULL) {
        print_message("[  SKIPPED ] a million events take some seconds: set KITH_LONG=1\n");
        skip();
    }
    for (int64_t i = 0; i < LONG_EVENTS; i++) {
        int64_t n = i * 7919 % LONG_EVENTS;
        char id[24];
        snprintf(id, sizeof id, "%lld", (long long)n);
        assert_int_equal(put(f, "order", n, n % 2 ? id : NULL, "x"), KITH_ADDED);
        if (i % 20000 == 19999) {
            assert_int_equal(
                i % 100000 == 99999 ? kith_settle(f->txn, LONG_EVENTS, 0, NULL) : KITH_OK, KITH_OK);
            scratch_commit(f->txn);
            f->txn = scratch_begin(f->store, KITH_WRITE);
        }
    }
    for (int64_t n = 0; n < LONG_EVENTS; n += 97) {
        char id[24];
        snprintf(id, sizeof id, "%lld", (long long)n);
        assert_int_equal(put(f, "order", n, n % 2 ? id : NULL, "x"), KITH_UNCHANGED);
    }
    settle(f);
    assert_int_equal(kith_profile_of_record(f->txn, 0, LONG_EVENTS, &profile), KITH_OK);
    assert_int_equal(profile.event_count, LONG_EVENTS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_second_copies),
        TEST(test_message_ids),
        TEST(test_message_ids_in_any_order),
        TEST(test_late_events),
        TEST(test_one_order),
        TEST(test_extreme_times),
        TEST(test_refusals),
        TEST(test_long_message_ids),
        TEST(test_long_events),
        TEST(test_many_properties),
        TEST(test_properties),
        TEST(test_values_of_all_types),
        TEST(test_iterators),
        TEST(test_event_makes_record),
        TEST(test_events_put_while_they_are_read),
        TEST(test_many_before_settle),
        TEST(test_a_million_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
