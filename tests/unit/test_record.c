/*
 * Records as fact.h promises them: which version of a value stands, what a put, a patch and an
 * addition leave, what is refused, and how it reads.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

static size_t show_value(char *out, size_t size, const kith_value *value) {
    char text[KITH_TIME_TEXT_BYTES];
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        return (size_t)snprintf(out, size, "%s", value->as.boolean ? "true" : "false");
    case KITH_TYPE_INTEGER:
        return (size_t)snprintf(out, size, "%lld", (long long)value->as.integer);
    case KITH_TYPE_REAL:
        return (size_t)snprintf(out, size, "%g", value->as.real);
    case KITH_TYPE_TEXT:
        return (size_t)snprintf(out, size, "'%.*s'", (int)value->as.text.size, value->as.text.data);
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, text);
        return (size_t)snprintf(out, size, "%s", text);
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, text);
        return (size_t)snprintf(out, size, "%s", text);
    case KITH_TYPE_LIST:
        return (size_t)snprintf(out, size, "list of %zu", value->as.list.count);
    case KITH_TYPE_MAP:
        return (size_t)snprintf(out, size, "map of %zu", value->as.map.count);
    default:
        return (size_t)snprintf(out, size, "null");
    }
}

/* A record in one line: attribute=value@version, and a mark where it is not plain. */
static const char *show(fixture *f, const char *key) {
    static const char *const marks[] = {"", "+", "?", "!"};
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0, at = 0;
    int code = kith_record_get(f->txn, "crm", key, &record);
    f->text[0] = '\0';
    if (code != KITH_OK) {
        return kith_code_name(code);
    }
    while ((code = kith_record_next_value(&record, &cursor, &value)) == KITH_OK) {
        size_t left = sizeof f->text - at;
        at += (size_t)snprintf(f->text + at, left, "%s%s=", at > 0 ? " " : "", value.attribute);
        at += show_value(f->text + at, sizeof f->text - at, &value.value);
        at += (size_t)snprintf(f->text + at, sizeof f->text - at, "%s@%lld", marks[value.status],
                               (long long)value.at_us);
    }
    assert_int_equal(code, KITH_DONE);
    assert_int_equal(kith_record_next_value(&record, &cursor, &value), KITH_DONE);
    return f->text;
}

#define PUT(f, at, change, ...)                                                                    \
    assert_int_equal(                                                                              \
        scratch_record((f)->txn, kith_record_put, "crm", "1", at, change, __VA_ARGS__, NULL),      \
        KITH_OK)
#define PATCH(f, at, change, ...)                                                                  \
    assert_int_equal(                                                                              \
        scratch_record((f)->txn, kith_record_patch, "crm", "1", at, change, __VA_ARGS__, NULL),    \
        KITH_OK)
#define ADD(f, at, change, ...)                                                                    \
    assert_int_equal(                                                                              \
        scratch_record((f)->txn, kith_record_add, "crm", "1", at, change, __VA_ARGS__, NULL),      \
        KITH_OK)

/* Puts one value of the attribute `a`. */
static int put_value(fixture *f, const char *key, const char *attribute, kith_value value) {
    const kith_field field = {attribute, value};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.at_us = 1;
    input.fields = &field;
    input.field_count = 1;
    return kith_record_put(f->txn, &input, NULL);
}

static void refuse(fixture *f, const char *attribute, kith_value value, const char *words) {
    assert_int_equal(put_value(f, "refused", attribute, value), KITH_INVALID);
    const kith_error *error = kith_txn_error(f->txn);
    assert_int_equal(error->code, KITH_INVALID);
    if (strstr(error->message, words) == NULL) {
        fail_msg("\"%s\" isn't in: %s", words, error->message);
    }
    assert_string_equal(show(f, "refused"), "KITH_NOT_FOUND"); /* nothing was put */
}

/* Versions */

static void test_put_replaces(void **state) {
    fixture *f = *state;
    kith_change change;
    PUT(f, 10, &change, "city", "Ulm", "note", "x");
    assert_int_equal(change, KITH_ADDED);
    PUT(f, 10, &change, "note", "x", "city", "Ulm");
    assert_int_equal(change, KITH_UNCHANGED);
    PUT(f, 20, &change, "city", "Bonn");
    assert_int_equal(change, KITH_UPDATED);
    assert_string_equal(show(f, "1"), "city='Bonn'@20");
    PUT(f, 15, &change, "city", "Kiel", "mood", "low");
    assert_int_equal(change, KITH_IGNORED);
    assert_string_equal(show(f, "1"), "city='Bonn'@20");
    commit(f);
    PUT(f, 30, &change, "city", "Bonn");
    assert_int_equal(change, KITH_UNCHANGED); /* it says the same, later */
    assert_string_equal(show(f, "1"), "city='Bonn'@30");
    PUT(f, 40, &change, "city", NULL);
    assert_int_equal(change, KITH_UPDATED);
    assert_string_equal(show(f, "1"), "");
}

static void test_times_of_a_record(void **state) {
    fixture *f = *state;
    kith_record record = KITH_RECORD_INIT;
    PUT(f, 20, NULL, "city", "Ulm");
    PUT(f, 10, NULL, "city", "Bonn");
    PUT(f, 30, NULL, "city", "Ulm");
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &record), KITH_OK);
    assert_int_equal(record.first_seen_us, 10);
    assert_int_equal(record.at_us, 30);
    assert_string_equal(record.source, "crm");
    assert_string_equal(record.key, "1");
    assert_int_equal(scratch_event(f->txn, "crm", "2", "visit", 5, NULL, NULL, NULL), KITH_OK);
    assert_int_equal(kith_record_get(f->txn, "crm", "2", &record), KITH_OK);
    assert_true(record.first_seen_us == INT64_MAX); /* only events so far */
    assert_int_equal(record.number, 1);
}

static void test_patch_merges(void **state) {
    fixture *f = *state;
    kith_change change;
    PATCH(f, 10, &change, "city", "Ulm", "note", "x");
    assert_int_equal(change, KITH_ADDED);
    PATCH(f, 20, &change, "city", "Bonn");
    assert_int_equal(change, KITH_UPDATED);
    assert_string_equal(show(f, "1"), "city='Bonn'@20 note='x'@10");
    PATCH(f, 20, &change, "city", "Bonn");
    assert_int_equal(change, KITH_UNCHANGED);
    PATCH(f, 15, &change, "city", "Kiel", "note", "y");
    assert_int_equal(change, KITH_UPDATED); /* late, but news of the note */
    assert_string_equal(show(f, "1"), "city='Bonn'@20 note='y'@15");
    PATCH(f, 30, &change, "note", NULL);
    assert_int_equal(change, KITH_UPDATED);
    PATCH(f, 31, &change, "city", "");
    assert_string_equal(show(f, "1"), "");
    PATCH(f, 25, &change, "note", "z");
    assert_string_equal(show(f, "1"), ""); /* taken away later than that */
    commit(f);
}

static void test_add_keeps(void **state) {
    fixture *f = *state;
    kith_change change;
    PUT(f, 10, NULL, "pet", "cat", "city", "Ulm");
    ADD(f, 20, &change, "pet", "dog");
    assert_int_equal(change, KITH_UPDATED);
    assert_string_equal(show(f, "1"), "city='Ulm'@10 pet='cat'@10 pet='dog'@20");
    ADD(f, 30, &change, "pet", "cat");
    assert_int_equal(change, KITH_UNCHANGED);
    assert_string_equal(show(f, "1"), "city='Ulm'@10 pet='cat'@30 pet='dog'@20");
    PATCH(f, 25, &change, "pet", "cow"); /* below the addition of the cat */
    assert_string_equal(show(f, "1"), "city='Ulm'@10 pet='cat'@30 pet='cow'@25");
    ADD(f, 1, &change, "pet", "ant");
    assert_int_equal(change, KITH_IGNORED);
    PUT(f, 40, &change, "city", "Ulm");
    assert_string_equal(show(f, "1"), "city='Ulm'@40");
    commit(f);
}

/* The same versions in any order give the same record. */
static void test_any_order(void **state) {
    fixture *f = *state;
    static const struct {
        scratch_put_fn put;
        int64_t at_us;
        const char *name, *text;
    } versions[] = {
        {kith_record_put, 10, "pet", "cat"},    {kith_record_add, 20, "pet", "dog"},
        {kith_record_patch, 30, "city", "Ulm"}, {kith_record_patch, 40, "pet", NULL},
        {kith_record_add, 40, "pet", "cow"},    {kith_record_put, 25, "city", "Bonn"},
    };
    size_t count = sizeof versions / sizeof versions[0];
    char expected[256] = "";
    for (size_t round = 0; round < 720; round++) {
        size_t left[6] = {0, 1, 2, 3, 4, 5}, pick = round;
        char key[16];
        snprintf(key, sizeof key, "k%zu", round);
        for (size_t i = count; i > 0; pick /= i, i--) {
            size_t at = pick % i, chosen = left[at];
            memmove(left + at, left + at + 1, (i - at - 1) * sizeof left[0]);
            assert_int_equal(scratch_record(f->txn, versions[chosen].put, "crm", key,
                                            versions[chosen].at_us, NULL, versions[chosen].name,
                                            versions[chosen].text, NULL),
                             KITH_OK);
        }
        if (round == 0) {
            snprintf(expected, sizeof expected, "%s", show(f, key));
        }
        assert_string_equal(show(f, key), expected);
    }
    commit(f);
}

/* Of two versions of one time the content decides, whichever came first. */
static void test_ties(void **state) {
    fixture *f = *state;
    char first[64];
    PUT(f, 10, NULL, "city", "Ulm");
    PUT(f, 10, NULL, "city", "Bonn");
    snprintf(first, sizeof first, "%s", show(f, "1"));
    scratch_record(f->txn, kith_record_put, "crm", "2", 10, NULL, "city", "Bonn", NULL);
    scratch_record(f->txn, kith_record_put, "crm", "2", 10, NULL, "city", "Ulm", NULL);
    assert_string_equal(show(f, "2"), first);
}

static void test_extreme_times(void **state) {
    fixture *f = *state;
    kith_change change;
    PUT(f, INT64_MIN, &change, "city", "Ulm");
    assert_int_equal(change, KITH_ADDED);
    PUT(f, INT64_MAX - 1, &change, "city", "Bonn");
    assert_int_equal(change, KITH_UPDATED);
    PUT(f, INT64_MAX - 2, &change, "city", "Kiel");
    assert_int_equal(change, KITH_IGNORED);
    scratch_record(f->txn, kith_record_patch, "crm", "2", INT64_MIN, NULL, "city", "Ulm", NULL);
    assert_string_equal(show(f, "2"), "city='Ulm'@-9223372036854775808");
    scratch_record(f->txn, kith_record_add, "crm", "2", INT64_MIN, NULL, "note", "x", NULL);
    assert_string_equal(show(f, "2"),
                        "city='Ulm'@-9223372036854775808 note='x'@-9223372036854775808");
    commit(f);
    assert_string_equal(show(f, "1"), "city='Bonn'@9223372036854775806");
}

/* The last instant is kept for records that no source has described yet. */
static void test_the_last_instant_is_refused(void **state) {
    fixture *f = *state;
    const kith_record_input input = {
        .size = sizeof input, .source = "crm", .key = "1", .at_us = INT64_MAX};
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_INVALID);
    assert_int_equal(kith_record_patch(f->txn, &input, NULL), KITH_INVALID);
    assert_int_equal(kith_record_add(f->txn, &input, NULL), KITH_INVALID);
}

/* Values */

static void test_several_values(void **state) {
    fixture *f = *state;
    const kith_value items[] = {kith_value_text("b"), kith_value_null(), kith_value_text("a"),
                                kith_value_text(" b "), kith_value_integer(7)};
    kith_value list = {KITH_TYPE_LIST, {0}};
    list.as.list.items = items;
    list.as.list.count = 5;
    assert_int_equal(put_value(f, "1", "tag", list), KITH_OK);
    assert_string_equal(show(f, "1"), "tag=7@1 tag='a'@1 tag='b'@1");
    list.as.list.count = 0;
    assert_int_equal(put_value(f, "2", "tag", list), KITH_OK);
    assert_string_equal(show(f, "2"), "");
    /* A name that is given twice gives two values too. */
    PUT(f, 2, NULL, "x", "1", "x", "2");
    assert_string_equal(show(f, "1"), "x='1'@2 x='2'@2");
}

static void test_types(void **state) {
    fixture *f = *state;
    const char *json =
        "{\"attributes\": {\"i\": {\"type\": \"integer\"}, \"r\": {\"type\": \"real\"},"
        " \"b\": {\"type\": \"boolean\"}, \"d\": {\"type\": \"date\"}, \"t\": {\"type\": \"time\"},"
        " \"x\": {\"type\": \"text\"}}}";
    assert_int_equal(kith_config_apply(f->txn, json, strlen(json)), KITH_OK);
    static const struct {
        const char *attribute, *text, *expected;
    } cases[] = {
        {"i", " 42 ", "i=42@1"},
        {"i", "4x", "i='4x'?@1"},
        {"r", "2.5", "r=2.5@1"},
        {"r", "much", "r='much'?@1"},
        {"b", "Yes", "b=true@1"},
        {"b", "0", "b=false@1"},
        {"b", "perhaps", "b='perhaps'?@1"},
        {"d", "2024-02-29", "d=2024-02-29@1"},
        {"d", "2023-02-29", "d='2023-02-29'?@1"},
        {"d", "1969-12-31T23:59:59Z", "d=1969-12-31@1"},
        {"t", "1970-01-01T00:00:01Z", "t=1970-01-01T00:00:01Z@1"},
        {"t", "soon", "t='soon'?@1"},
        {"x", "  two words\t", "x='two words'@1"},
        {"free", "12", "free='12'@1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(put_value(f, "1", cases[i].attribute, kith_value_text(cases[i].text)),
                         KITH_OK);
        assert_string_equal(show(f, "1"), cases[i].expected);
        PUT(f, 1, NULL, "note", NULL);
        assert_int_equal(
            scratch_record(f->txn, kith_record_put, "crm", "1", 1 + (int64_t)i, NULL, NULL),
            KITH_OK);
        kith_txn_abort(f->txn);
        f->txn = scratch_begin(f->store, KITH_WRITE);
        assert_int_equal(kith_config_apply(f->txn, json, strlen(json)), KITH_OK);
    }
    assert_int_equal(put_value(f, "a", "x", kith_value_integer(5)), KITH_OK);
    assert_string_equal(show(f, "a"), "x='5'@1");
    assert_int_equal(put_value(f, "b", "d", kith_value_time(-1)), KITH_OK);
    assert_string_equal(show(f, "b"), "d=1969-12-31@1");
    assert_int_equal(put_value(f, "c", "free", kith_value_boolean(true)), KITH_OK);
    assert_string_equal(show(f, "c"), "free=true@1");
    assert_int_equal(put_value(f, "d", "free", kith_value_time(1500000)), KITH_OK);
    assert_string_equal(show(f, "d"), "free=1970-01-01T00:00:01.500000Z@1");
    commit(f);
}

static void test_statuses(void **state) {
    fixture *f = *state;
    PUT(f, 1, NULL, "email", " Ann@Mail.TEST ", "email", "ann at home", "email", "info@mail.test",
        "city", "Ulm");
    assert_string_equal(show(f, "1"), "city='Ulm'@1 email='ann at home'?@1 "
                                      "email='ann@mail.test'+@1 email='info@mail.test'!@1");
    commit(f);
}

/* A former identifier no longer links. */
static void test_former_identifiers(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    PUT(f, 1, NULL, "email", "old@mail.test");
    scratch_record(f->txn, kith_record_put, "crm", "2", 1, NULL, "email", "old@mail.test", NULL);
    commit(f);
    assert_int_equal(
        kith_profile_find(f->txn, "email", "old@mail.test", SCRATCH_NOW_US, &profile, NULL),
        KITH_OK);
    assert_int_equal(profile.record_count, 2);
    assert_int_equal(
        kith_profile_find(f->txn, "email", "old@mail.test", SCRATCH_NOW_US, NULL, NULL),
        KITH_MISUSE);
    PUT(f, 2, NULL, "email", "new@mail.test");
    commit(f);
    assert_int_equal(
        kith_profile_find(f->txn, "email", "old@mail.test", SCRATCH_NOW_US, &profile, NULL),
        KITH_OK);
    assert_int_equal(profile.record_count, 1);
    assert_int_equal(profile.number, 1);
    PATCH(f, 3, NULL, "email", NULL);
    commit(f);
    assert_int_equal(
        kith_profile_find(f->txn, "email", "new@mail.test", SCRATCH_NOW_US, &profile, NULL),
        KITH_NOT_FOUND);
}

/* Refusals */

static void test_bad_text(void **state) {
    fixture *f = *state;
    refuse(f, "a", kith_value_text("\xff"), "not valid UTF-8");
    refuse(f, "a", kith_value_text("\xed\xa0\x80"), "not valid UTF-8"); /* half a surrogate pair */
    refuse(f, "a", kith_value_text("\xc0\xaf"), "not valid UTF-8");     /* longer than need be */
    refuse(f, "a", kith_value_text_n("a\0b", 3), "NUL");
    refuse(f, "email", kith_value_text("\xff@mail.test"), "not valid UTF-8");
    refuse(f, NULL, kith_value_text("x"), "needs a name");
    refuse(f, "a", kith_value_real((double)NAN), "finite");
    refuse(f, "a", kith_value_real((double)INFINITY), "finite");
    refuse(f, "a", (kith_value){(kith_type)77, {0}}, "no known type");
    refuse(f, "a", kith_value_date((int64_t)1 << 40), "");
}

/* What holds for a value holds for those inside of it. */
static void test_bad_text_inside(void **state) {
    fixture *f = *state;
    const kith_value bad_texts[] = {kith_value_text("\xff"), kith_value_text_n("a\0b", 3),
                                    kith_value_real((double)NAN)};
    const kith_field bad_names[] = {{"\xff", {KITH_TYPE_NULL, {0}}}, {NULL, {KITH_TYPE_NULL, {0}}}};
    kith_value outer = {KITH_TYPE_LIST, {0}}, inner = {KITH_TYPE_LIST, {0}};
    outer.as.list.items = &inner;
    outer.as.list.count = 1;
    for (size_t i = 0; i < sizeof bad_texts / sizeof bad_texts[0]; i++) {
        inner.as.list.items = &bad_texts[i];
        inner.as.list.count = 1;
        refuse(f, "a", outer, "'a'");
    }
    inner.type = KITH_TYPE_MAP;
    inner.as.map.count = 1;
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
        inner.as.map.fields = &bad_names[i];
        refuse(f, "a", inner, "'a'");
    }
}

static void test_bad_keys(void **state) {
    fixture *f = *state;
    char key[KITH_KEY_MAX_BYTES + 2];
    memset(key, 'k', sizeof key);
    key[KITH_KEY_MAX_BYTES + 1] = '\0';
    static const struct {
        const char *source, *key;
    } cases[] = {{NULL, "1"}, {"", "1"}, {"crm", NULL}, {"crm", ""}, {"crm", "\xff"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            scratch_record(f->txn, kith_record_put, cases[i].source, cases[i].key, 1, NULL, NULL),
            KITH_INVALID);
        assert_int_equal(
            scratch_event(f->txn, cases[i].source, cases[i].key, "t", 1, NULL, NULL, NULL),
            KITH_INVALID);
    }
    assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, NULL),
                     KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "1025 bytes"));
    assert_string_equal(show(f, key), "KITH_NOT_FOUND");
    key[KITH_KEY_MAX_BYTES] = '\0';
    assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "a", "b", NULL),
                     KITH_OK);
    assert_string_equal(show(f, key), "a='b'@1");
    commit(f);
}

static void test_misuse(void **state) {
    fixture *f = *state;
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_put(f->txn, NULL, NULL), KITH_MISUSE);
    input.source = "crm";
    input.key = "1";
    input.field_count = 1; /* of none */
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_MISUSE);
    input.field_count = 0;
    input.size = 4;
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_MISUSE);
    assert_int_equal(kith_record_get(f->txn, NULL, "1", &record), KITH_MISUSE);
    assert_int_equal(kith_record_get(f->txn, "crm", NULL, &record), KITH_MISUSE);
    assert_int_equal(kith_record_get_number(f->txn, 0, &record), KITH_NOT_FOUND);
    assert_int_equal(kith_record_get_number(f->txn, UINT32_MAX, &record), KITH_NOT_FOUND);
    PUT(f, 1, NULL, "a", "b"); /* and the transaction goes on */
}

/* Limits */

static char *long_text(size_t size) {
    char *text = malloc(size + 1);
    assert_non_null(text);
    memset(text, 'v', size);
    text[size] = '\0';
    return text;
}

static void test_long_values(void **state) {
    fixture *f = *state;
    char *text = long_text(KITH_VALUE_MAX_BYTES + 1);
    refuse(f, "a", kith_value_text(text), "65536 bytes");
    refuse(f, "email", kith_value_text(text), "65536 bytes");
    text[KITH_VALUE_MAX_BYTES] = '\0';
    assert_int_equal(put_value(f, "1", "a", kith_value_text(text)), KITH_OK);
    assert_int_equal(put_value(f, "2", "email", kith_value_text(text)), KITH_OK);
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &record), KITH_OK);
    assert_int_equal(kith_record_next_value(&record, &cursor, &value), KITH_OK);
    assert_int_equal(value.value.as.text.size, KITH_VALUE_MAX_BYTES);
    cursor = 0;
    assert_int_equal(kith_record_get(f->txn, "crm", "2", &record), KITH_OK);
    assert_int_equal(kith_record_next_value(&record, &cursor, &value), KITH_OK);
    assert_int_equal(value.status, KITH_VALUE_INVALID); /* kept, but it never links */
    commit(f);
    free(text);
}

/* A value that is a list or a map has the same limit. */
static void test_long_structures(void **state) {
    fixture *f = *state;
    char *text = long_text(KITH_VALUE_MAX_BYTES - 100);
    const kith_field fields[] = {{"a", kith_value_text(text)}, {"b", kith_value_text(text)}};
    kith_value map = {KITH_TYPE_MAP, {0}};
    map.as.map.fields = fields;
    map.as.map.count = 2;
    refuse(f, "a", map, "65536 bytes");
    map.as.map.count = 1;
    assert_int_equal(put_value(f, "1", "a", map), KITH_OK);
    assert_string_equal(show(f, "1"), "a=map of 1@1");
    free(text);
}

/* A record grows to its limit and no further; the transaction goes on, and what was there stays. */
static void test_long_records(void **state) {
    fixture *f = *state;
    char *text = long_text(KITH_VALUE_MAX_BYTES);
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0, before = 0, after = 0;
    int code = KITH_OK;
    while (code == KITH_OK && before < 100) {
        text[0] = (char)('A' + before);
        code = scratch_record(f->txn, kith_record_add, "crm", "1", 1, NULL, "a", text, NULL);
        before += code == KITH_OK;
    }
    assert_int_equal(code, KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "1 MiB"));
    assert_int_equal(before, 15);
    assert_int_equal(scratch_record(f->txn, kith_record_add, "crm", "2", 1, NULL, "a", "b", NULL),
                     KITH_OK);
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &record), KITH_OK);
    assert_true(record.row_bytes <= KITH_RECORD_MAX_BYTES);
    while (kith_record_next_value(&record, &cursor, &value) == KITH_OK) {
        after++;
    }
    assert_int_equal(after, before);
    commit(f);
    free(text);
}

static void test_many_values(void **state) {
    fixture *f = *state;
    static kith_value items[4098];
    static char texts[4098][8];
    kith_value list = {KITH_TYPE_LIST, {0}};
    for (size_t i = 0; i < 4098; i++) {
        snprintf(texts[i], sizeof texts[i], "%zu", i);
        items[i] = kith_value_text(texts[i]);
    }
    list.as.list.items = items;
    list.as.list.count = 4097;
    refuse(f, "a", list, "more than 4096 values");
    list.as.list.count = 4096;
    assert_int_equal(put_value(f, "1", "a", list), KITH_OK);
    assert_int_equal(scratch_record(f->txn, kith_record_add, "crm", "1", 2, NULL, "b", "1", NULL),
                     KITH_INVALID);
    assert_non_null(
        strstr(kith_txn_error(f->txn)->message, "would have more than 4096 values or 1 MiB"));
    commit(f);
}

/* One put gives half of what a record may come to. */
static void test_long_puts(void **state) {
    fixture *f = *state;
    kith_value items[8], list = {KITH_TYPE_LIST, {0}};
    char *texts[8];
    for (size_t i = 0; i < 8; i++) {
        texts[i] = long_text(KITH_VALUE_MAX_BYTES);
        texts[i][0] = (char)('A' + i);
        items[i] = kith_value_text(texts[i]);
    }
    list.as.list.items = items;
    list.as.list.count = KITH_PUT_MAX_BYTES / KITH_VALUE_MAX_BYTES; /* each takes a little more */
    refuse(f, "a", list, "is given more than 4096 values or 512 KiB");
    list.as.list.count--;
    assert_int_equal(put_value(f, "1", "a", list), KITH_OK);
    for (size_t i = 0; i < 8; i++) {
        free(texts[i]);
    }
    commit(f);
}

static void test_deep_values(void **state) {
    fixture *f = *state;
    kith_value levels[40];
    levels[0] = kith_value_integer(1);
    for (int i = 1; i < 40; i++) {
        levels[i] = (kith_value){KITH_TYPE_LIST, {0}};
        levels[i].as.list.items = &levels[i - 1];
        levels[i].as.list.count = 1;
    }
    refuse(f, "a", levels[39], "nested too deep");
    assert_int_equal(put_value(f, "1", "a", levels[20]), KITH_OK);
    assert_string_equal(show(f, "1"), "a=list of 1@1");
}

/* Reading */

static void test_iterator(void **state) {
    fixture *f = *state;
    kith_record record = KITH_RECORD_INIT;
    kith_record_iter *iter = NULL;
    assert_int_equal(kith_record_iter_open(f->txn, &iter), KITH_OK);
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_DONE);
    kith_record_iter_close(iter);
    kith_record_iter_close(NULL);
    for (int i = 0; i < 300; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", 300 - i);
        scratch_record(f->txn, kith_record_put, i % 2 ? "crm" : "shop", key, 1, NULL, NULL);
    }
    assert_int_equal(kith_record_iter_open(f->txn, &iter), KITH_OK);
    for (uint32_t i = 0; i < 300; i++) {
        kith_record other = KITH_RECORD_INIT;
        assert_int_equal(kith_record_iter_next(iter, &record), KITH_OK);
        assert_int_equal(record.number, i);
        assert_int_equal(kith_record_get(f->txn, record.source, record.key, &other), KITH_OK);
        assert_int_equal(other.number, i);
        assert_memory_equal(&other.id, &record.id, sizeof record.id);
        assert_int_equal(kith_record_get_number(f->txn, i, &other), KITH_OK);
        assert_string_equal(other.key, record.key);
    }
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_DONE);
    assert_int_equal(kith_record_iter_next(iter, &record), KITH_DONE);
    kith_record_iter_close(iter);
}

/* An id is a function of source and key, the same in every store. */
static void test_ids(void **state) {
    fixture *f = *state;
    char text[KITH_ID_TEXT_BYTES];
    kith_record a = KITH_RECORD_INIT, b = KITH_RECORD_INIT;
    kith_id parsed;
    PUT(f, 1, NULL, "city", "Ulm");
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &a), KITH_OK);
    kith_id first = a.id;
    kith_close(f->store);
    kith_txn_abort(f->txn);
    scratch_unlink(f->path);
    f->store = scratch_open(f->path, KITH_CREATE_NEW);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    scratch_record(f->txn, kith_record_put, "other", "1", 1, NULL, NULL);
    PUT(f, 9, NULL, "city", "Bonn");
    assert_int_equal(kith_record_get(f->txn, "crm", "1", &a), KITH_OK);
    assert_int_equal(kith_record_get(f->txn, "other", "1", &b), KITH_OK);
    assert_memory_equal(&a.id, &first, sizeof first);
    assert_memory_not_equal(&b.id, &first, sizeof first);
    kith_id_format(&a.id, text);
    assert_int_equal(kith_id_parse(text, &parsed), KITH_OK);
    assert_memory_equal(&parsed, &first, sizeof first);
    assert_int_equal(kith_id_parse("xyz", &parsed), KITH_INVALID);
    text[31] = 'g';
    assert_int_equal(kith_id_parse(text, &parsed), KITH_INVALID);
}

/* Decisions */

static void test_decisions(void **state) {
    fixture *f = *state;
    kith_change change;
    char by[257];
    kith_profile profile = KITH_PROFILE_INIT;
    memset(by, 'b', sizeof by);
    by[256] = '\0';
    PUT(f, 1, NULL, "city", "Ulm");
    scratch_record(f->txn, kith_record_put, "crm", "2", 1, NULL, NULL);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "none", "ann", 1, NULL),
                     KITH_NOT_FOUND);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "1", "ann", 1, NULL),
                     KITH_INVALID);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "", 1, NULL), KITH_INVALID);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", NULL, 1, NULL), KITH_INVALID);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", by, 1, NULL), KITH_INVALID);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "\xff", 1, NULL),
                     KITH_INVALID);
    by[255] = '\0';
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", by, 1, &change), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    assert_int_equal(kith_record_link(f->txn, "crm", "2", "crm", "1", by, 1, &change), KITH_OK);
    assert_int_equal(change, KITH_UNCHANGED); /* a pair has no order */
    commit(f);
    assert_int_equal(kith_profile_of_record(f->txn, 1, SCRATCH_NOW_US, &profile), KITH_OK);
    assert_int_equal(profile.record_count, 2);
    /* At one time the unlink stands; the latest stands over all. */
    assert_int_equal(kith_record_unlink(f->txn, "crm", "2", "crm", "1", "a", 1, &change), KITH_OK);
    assert_int_equal(change, KITH_ADDED);
    commit(f);
    assert_int_equal(kith_profile_of_record(f->txn, 1, SCRATCH_NOW_US, &profile), KITH_OK);
    assert_int_equal(profile.record_count, 1);
    assert_int_equal(kith_record_link(f->txn, "crm", "1", "crm", "2", "a", INT64_MAX, NULL),
                     KITH_OK);
    assert_int_equal(kith_record_unlink(f->txn, "crm", "1", "crm", "2", "a", INT64_MIN, NULL),
                     KITH_OK);
    commit(f);
    assert_int_equal(kith_profile_of_record(f->txn, 1, SCRATCH_NOW_US, &profile), KITH_OK);
    assert_int_equal(profile.record_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void test_status_names(void **state) {
    (void)state;
    assert_string_equal(kith_value_status_name(KITH_VALUE_PLAIN), "plain");
    assert_string_equal(kith_value_status_name(KITH_VALUE_LIVE), "live");
    assert_string_equal(kith_value_status_name(KITH_VALUE_INVALID), "invalid");
    assert_string_equal(kith_value_status_name(KITH_VALUE_BLOCKED), "blocked");
    assert_string_equal(kith_value_status_name((kith_value_status)99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_names),
        TEST(test_put_replaces),
        TEST(test_times_of_a_record),
        TEST(test_patch_merges),
        TEST(test_add_keeps),
        TEST(test_any_order),
        TEST(test_ties),
        TEST(test_extreme_times),
        TEST(test_the_last_instant_is_refused),
        TEST(test_several_values),
        TEST(test_types),
        TEST(test_statuses),
        TEST(test_former_identifiers),
        TEST(test_bad_text),
        TEST(test_bad_text_inside),
        TEST(test_bad_keys),
        TEST(test_misuse),
        TEST(test_long_values),
        TEST(test_long_structures),
        TEST(test_long_records),
        TEST(test_many_values),
        TEST(test_long_puts),
        TEST(test_deep_values),
        TEST(test_iterator),
        TEST(test_ids),
        TEST(test_decisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
