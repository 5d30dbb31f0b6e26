/*
 * What the headers promise of calls in general: iterators end where what they walk over changes,
 * what is refused leaves nothing, an answer has its text, texts are whole, shared values are
 * counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/text.h"
#include "tests/unit/fact_stand.h"

#define NOW_US 1000

static int put(fixture *f, const char *key, const char *attribute, const char *text) {
    return scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, attribute, text, NULL);
}

static int put_event(fixture *f, const char *key, int64_t at_us) {
    return scratch_event(f->txn, "crm", key, "order", at_us, NULL, NULL, "amount", "1", NULL);
}

static uint32_t number_of(fixture *f, const char *key) {
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "crm", key, &record), KITH_OK);
    return record.number;
}

static void assert_says(const kith_txn *txn, int code, const char *words) {
    const kith_error *error = kith_txn_error(txn);
    assert_int_equal(error->code, code);
    if (strstr(error->message, words) == NULL) {
        fail_msg("\"%s\" isn't in: %s", words, error->message);
    }
}

/* Iterators */

typedef struct iterators {
    kith_record_iter *records;
    kith_event_iter *events;
    kith_profile_iter *profiles;
} iterators;

static void open_all(fixture *f, iterators *all) {
    assert_int_equal(kith_record_iter_open(f->txn, &all->records), KITH_OK);
    assert_int_equal(kith_event_iter_open(f->txn, number_of(f, "a"), 0, NOW_US, &all->events),
                     KITH_OK);
    assert_int_equal(kith_profile_iter_open(f->txn, NOW_US, &all->profiles), KITH_OK);
}

static void step_all(iterators *all, int records, int events, int profiles) {
    kith_record record = KITH_RECORD_INIT;
    kith_event event = KITH_EVENT_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    assert_int_equal(kith_record_iter_next(all->records, &record), records);
    assert_int_equal(kith_event_iter_next(all->events, &event), events);
    assert_int_equal(kith_profile_iter_next(all->profiles, &profile), profiles);
}

static void close_all(iterators *all) {
    kith_record_iter_close(all->records);
    kith_event_iter_close(all->events);
    kith_profile_iter_close(all->profiles);
}

static void put_three(fixture *f) {
    for (int i = 0; i < 3; i++) {
        assert_int_equal(put(f, (const char *[]){"a", "b", "c"}[i], "city", "Ulm"), KITH_OK);
        assert_int_equal(put_event(f, "a", i), KITH_OK);
    }
}

static void test_writes_end_iterators(void **state) {
    fixture *f = *state;
    iterators all;
    put_three(f);
    open_all(f, &all);
    step_all(&all, KITH_OK, KITH_OK, KITH_OK);
    assert_int_equal(put(f, "a", "city", "Ulm"), KITH_OK); /* as it stands: nothing is written */
    step_all(&all, KITH_OK, KITH_OK, KITH_OK);
    assert_int_equal(put_event(f, "b", 7), KITH_OK); /* no record changes */
    step_all(&all, KITH_OK, KITH_MISUSE, KITH_MISUSE);
    assert_says(f->txn, KITH_MISUSE, "wrote since these profiles were opened");
    close_all(&all);
    open_all(f, &all);
    assert_int_equal(put(f, "c", "city", "Bonn"), KITH_OK);
    step_all(&all, KITH_MISUSE, KITH_OK, KITH_MISUSE);
    close_all(&all);
    open_all(f, &all);
    assert_int_equal(kith_settle(f->txn, NOW_US, 0, NULL), KITH_OK);
    step_all(&all, KITH_OK, KITH_MISUSE, KITH_MISUSE);
    close_all(&all);
}

static void test_a_reset_ends_iterators(void **state) {
    fixture *f = *state;
    iterators all;
    put_three(f);
    scratch_commit(f->txn);
    f->txn = scratch_begin(f->store, KITH_READ);
    open_all(f, &all);
    step_all(&all, KITH_OK, KITH_OK, KITH_OK);
    kith_txn_reset(f->txn);
    step_all(&all, KITH_MISUSE, KITH_MISUSE, KITH_MISUSE);
    assert_int_equal(kith_txn_renew(f->txn), KITH_OK);
    step_all(&all, KITH_MISUSE, KITH_MISUSE, KITH_MISUSE);
    assert_says(f->txn, KITH_MISUSE, "reset since these profiles were opened");
    close_all(&all);
    open_all(f, &all);
    step_all(&all, KITH_OK, KITH_OK, KITH_OK);
    close_all(&all);
}

/* In a debug build too. */
static void test_reset_leaves_a_writer(void **state) {
    fixture *f = *state;
    assert_int_equal(put(f, "a", "city", "Ulm"), KITH_OK);
    kith_txn_reset(f->txn);
    assert_int_equal(put(f, "b", "city", "Ulm"), KITH_OK);
    commit(f);
    number_of(f, "a");
}

/* Refused puts */

static kith_stat stat_of(fixture *f) {
    kith_stat stat = KITH_STAT_INIT;
    assert_int_equal(kith_stat_get(f->txn, &stat), KITH_OK);
    return stat;
}

static void assert_defined(fixture *f, const kith_stat *before) {
    kith_stat now = stat_of(f);
    assert_int_equal(now.source_count, before->source_count);
    assert_int_equal(now.attribute_count, before->attribute_count);
    assert_int_equal(now.event_type_count, before->event_type_count);
    char *json = NULL;
    assert_int_equal(kith_config_get(f->txn, &json), KITH_OK);
    assert_null(strstr(json, "fresh"));
    kith_free(json);
}

static int put_fields(fixture *f, const char *source, const kith_field *fields, size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = source;
    input.key = "1";
    input.at_us = 1;
    input.fields = fields;
    input.field_count = count;
    return kith_record_put(f->txn, &input, NULL);
}

static int put_properties(fixture *f, const kith_field *fields, size_t count) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "fresh";
    input.key = "1";
    input.type = "fresh_type";
    input.fields = fields;
    input.field_count = count;
    return kith_event_put(f->txn, &input, NULL);
}

static void test_a_refused_put_defines_nothing(void **state) {
    fixture *f = *state;
    const kith_field broken[] = {{"fresh_a", kith_value_text("x")},
                                 {"fresh_b", kith_value_text("\xff")}};
    const kith_field named[] = {{"fresh_a", kith_value_text("x")}, {"", kith_value_text("x")}};
    assert_int_equal(put(f, "a", "known", "x"), KITH_OK);
    for (int round = 0; round < 2; round++) { /* of a catalog of the transaction's own, and not */
        kith_stat before = stat_of(f);
        assert_int_equal(put_fields(f, "fresh", broken, 2), KITH_INVALID);
        assert_int_equal(put_fields(f, "fresh", named, 2), KITH_INVALID);
        assert_int_equal(put_fields(f, "\xff", broken, 1), KITH_INVALID);
        assert_int_equal(put_properties(f, broken, 2), KITH_INVALID);
        assert_int_equal(put_properties(f, named, 2), KITH_INVALID);
        assert_defined(f, &before);
        commit(f);
        assert_defined(f, &before);
    }
    assert_int_equal(put_fields(f, "fresh", broken, 1), KITH_OK); /* a name is as good as new */
    assert_int_equal(put_properties(f, broken, 1), KITH_OK);
    commit(f);
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "fresh", "1", &record), KITH_OK);
    assert_string_equal(record.source, "fresh");
}

/* More refused names than a store has room for. */
static void test_refused_names_use_nothing_up(void **state) {
    fixture *f = *state;
    for (int i = 0; i < 5000; i++) {
        char name[32];
        snprintf(name, sizeof name, "name_%d", i);
        const kith_field fields[] = {{name, kith_value_text("x")}, {"b", kith_value_text("\xff")}};
        assert_int_equal(put_fields(f, "crm", fields, 2), KITH_INVALID);
        assert_int_equal(put_properties(f, fields, 2), KITH_INVALID);
    }
    assert_int_equal(put(f, "a", "at_last", "x"), KITH_OK);
}

/* Answers have their text */

#define ASKS(call, words)                                                                          \
    do {                                                                                           \
        assert_int_equal(kith_profile_find(f->txn, "nothing", "x", NOW_US, &profile, NULL),        \
                         KITH_INVALID); /* an older text */                                        \
        assert_int_equal(call, KITH_NOT_FOUND);                                                    \
        assert_says(f->txn, KITH_NOT_FOUND, words);                                                \
    } while (0)

static void test_nothing_found_is_said(void **state) {
    fixture *f = *state;
    kith_record record = KITH_RECORD_INIT;
    kith_profile profile = KITH_PROFILE_INIT, ann = KITH_PROFILE_INIT;
    kith_golden golden = KITH_GOLDEN_INIT;
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_explanation *explanation = NULL;
    kith_id id = {{0}};
    assert_int_equal(put(f, "a", "city", "Ulm"), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, number_of(f, "a"), NOW_US, &ann), KITH_OK);
    ASKS(kith_record_get(f->txn, "crm", "z", &record), "no record 'z'");
    ASKS(kith_record_get_number(f->txn, 99, &record), "no record number 99");
    ASKS(kith_profile_find(f->txn, "email", "a@b.co", NOW_US, &profile, NULL), "nobody has");
    ASKS(kith_profile_get(f->txn, &id, NOW_US, &profile), "this id");
    ASKS(kith_profile_of_record(f->txn, 99, NOW_US, &profile), "no record number 99");
    ASKS(kith_profile_id_of_record(f->txn, 99, &id), "no record number 99");
    ASKS(kith_profile_value(&ann, "email", &golden), "no value");
    ASKS(kith_profile_value(&ann, "no such attribute", &golden), "no value");
    ASKS(kith_profile_aggregate(&ann, "order", &aggregate), "no events");
    ASKS(kith_explain_why(f->txn, 0, 99, &explanation), "no record number 99");
    ASKS(kith_explain_why(f->txn, 99, 0, &explanation), "no record number 99");
    ASKS(kith_explain_how(f->txn, 99, &explanation), "no record number 99");
    ASKS(kith_record_link(f->txn, "crm", "a", "crm", "z", "me", 1, NULL), "no record 'z'");
    ASKS(kith_record_unlink(f->txn, "crm", "z", "crm", "a", "me", 1, NULL), "no record 'z'");
}

/* Texts */

static void mend(const char *text, const char *wanted) {
    char copy[64];
    snprintf(copy, sizeof copy, "%s", text);
    kithi_text_mend(copy);
    assert_string_equal(copy, wanted);
}

static void test_no_text_is_no_value(void **state) {
    (void)state;
    assert_int_equal(kith_value_text(NULL).type, KITH_TYPE_NULL);
    assert_int_equal(kith_value_text("").type, KITH_TYPE_TEXT);
}

static void test_mend(void **state) {
    (void)state;
    mend("", "");
    mend("plain", "plain");
    mend("é中😀", "é中😀");
    mend("\xc3' is", "' is");   /* half of é */
    mend("a\xe4\xb8 b", "a b"); /* two of three bytes of 中 */
    mend("\xf0\x9f\x98", "");   /* three of four */
    mend("a\xff"
         "b\x80",
         "a?b?");                /* no part of anything */
    mend("\xed\xa0\x80", "???"); /* a surrogate */
    mend("x\xc3\xc3\xa9\xe4", "xé");
}

static void test_messages_are_whole(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    char type[3 * 100 + 2] = "x"; /* so that byte 60 is inside of a character */
    for (int i = 0; i < 100; i++) {
        strcat(type, "中");
    }
    assert_int_equal(kith_profile_find(f->txn, type, "x", NOW_US, &profile, NULL), KITH_INVALID);
    const char *message = kith_txn_error(f->txn)->message;
    assert_true(kithi_text_valid(message, strlen(message)));
    assert_non_null(strstr(message, "中' is no identifier type"));
}

static int look_at_reject(void *context, const kith_reject *reject) {
    int *count = context;
    assert_true(kithi_text_valid(reject->detail, strlen(reject->detail)));
    assert_true(kithi_text_valid(reject->text, reject->text_bytes));
    ++*count;
    return 0;
}

static void test_rejects_are_whole(void **state) {
    fixture *f = *state;
    char path[SCRATCH_PATH_BYTES];
    int count = 0;
    size_t at = 0, size = 200 + 3 * 40000;
    char *text = malloc(size + 64);
    assert_non_null(text);
    at += (size_t)sprintf(text, "x"); /* the column's name is cut at 100 bytes */
    for (int i = 0; i < 50; i++) {
        at += (size_t)sprintf(text + at, "中");
    }
    at += (size_t)sprintf(text + at, ",b\n,");
    for (int i = 0; i < 30000; i++) { /* the row at 64 KiB */
        at += (size_t)sprintf(text + at, "中");
    }
    at += (size_t)sprintf(text + at, "\n");
    scratch_path(path, f->folder, "rows.csv");
    scratch_write(path, text, at);
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    options.source = "crm";
    text[1 + 150] = '\0';
    options.key_column = text;
    options.reject = look_at_reject;
    options.context = &count;
    scratch_commit(f->txn);
    assert_int_equal(kith_import(f->store, path, &options, NULL, NULL), KITH_OK);
    assert_int_equal(count, 1);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    free(text);
}

/* Values that many share */

static void test_sharers_are_counted(void **state) {
    enum { SHARERS = 1500 };
    fixture *f = *state;
    kith_profile found = KITH_PROFILE_INIT;
    size_t count = 0;
    for (int i = 0; i < SHARERS; i++) { /* too many names: the value links nobody */
        char key[16], name[16];
        snprintf(key, sizeof key, "%d", i);
        snprintf(name, sizeof name, "%c%c%c", 'A' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676);
        assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "email",
                                        "sharers@shop.example", "given_name", name, NULL),
                         KITH_OK);
    }
    kith_stat stat = stat_of(f);
    assert_int_equal(
        kith_profile_find(f->txn, "email", "sharers@shop.example", NOW_US, &found, &count),
        KITH_OK);
    assert_int_equal(count, stat.profile_count);
    assert_true(count > 1000);
    assert_int_equal(found.number, 0);
}

/* Settling a store */

static int stop(void *context, const kith_progress *progress) {
    kith_progress *last = context;
    *last = *progress;
    return 1;
}

static void test_settle_all(void **state) {
    fixture *f = *state;
    kith_settle_result result = KITH_SETTLE_RESULT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_progress last;
    put_three(f);
    assert_int_equal(kith_settle_all(f->store, NOW_US, 0, NULL, NULL, &result, &error),
                     KITH_MISUSE); /* this thread is writing */
    assert_int_equal(result.settled_count, 0);
    scratch_commit(f->txn);
    assert_int_equal(kith_settle_all(f->store, NOW_US, 2, NULL, NULL, &result, &error), KITH_OK);
    assert_int_equal(result.settled_count, 2);
    assert_int_equal(result.remaining_count, 1);
    assert_int_equal(kith_settle_all(f->store, NOW_US, 0, stop, &last, &result, &error),
                     KITH_INTERRUPTED);
    assert_non_null(strstr(error.message, "run it again"));
    assert_int_equal(result.settled_count, 1); /* it is durable */
    assert_string_equal(last.phase, "settle");
    assert_int_equal(last.done, 1);
    assert_int_equal(last.total, 1);
    assert_int_equal(kith_settle_all(f->store, NOW_US, 0, NULL, NULL, NULL, NULL), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    assert_int_equal(stat_of(f).dirty_profile_count, 0);
}

/* Rows are looked at for the time they are read at too. */
static void test_verify_at_a_time(void **state) {
    fixture *f = *state;
    uint64_t count = 1;
    put_three(f);
    assert_int_equal(kith_settle(f->txn, 1, 0, NULL), KITH_OK);
    scratch_commit(f->txn);
    for (int64_t now_us = -1; now_us < 5; now_us++) {
        assert_int_equal(kith_verify(f->store, now_us, NULL, &count, NULL), KITH_OK);
        assert_int_equal(count, 0);
    }
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_writes_end_iterators),
        TEST(test_a_reset_ends_iterators),
        TEST(test_reset_leaves_a_writer),
        TEST(test_a_refused_put_defines_nothing),
        TEST(test_refused_names_use_nothing_up),
        TEST(test_nothing_found_is_said),
        cmocka_unit_test(test_mend),
        cmocka_unit_test(test_no_text_is_no_value),
        TEST(test_messages_are_whole),
        TEST(test_rejects_are_whole),
        TEST(test_sharers_are_counted),
        TEST(test_settle_all),
        TEST(test_verify_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
