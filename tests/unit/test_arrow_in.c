/*
 * Tables in: what becomes of the values of each type, and that a table which breaks Arrow's rules
 * is refused, whichever it breaks.
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kith.h"
#include "src/base/value.h"
#include "tests/unit/arrow_stand.h"
#include "tests/unit/fact_stand.h"

#define NOW_US INT64_C(1700000000000000)

/* Imports begin transactions of their own. */
static int set_up_free(void **state) {
    int code = set_up(state);
    fixture *f = *state;
    kith_txn_abort(f->txn);
    f->txn = NULL;
    return code;
}

static int import_code(fixture *f, table *made, const char *map, kith_import_report **out_report,
                       kith_error *error) {
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    struct ArrowArrayStream stream = table_stream(made);
    options.source = "crm";
    options.key_column = "id";
    options.now_us = NOW_US;
    options.map = map;
    options.batch_count = 1;
    int code = kith_import_arrow(f->store, &stream, &options, out_report, error);
    assert_non_null(stream.release);
    stream.release(&stream);
    assert_int_equal(made->live, 0);
    return code;
}

static void import(fixture *f, table *made, uint64_t added, uint64_t rejected) {
    kith_error error = KITH_ERROR_INIT;
    kith_import_report *report = NULL;
    if (import_code(f, made, NULL, &report, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    assert_string_equal(report->format, "arrow");
    assert_int_equal(report->records.added, added);
    assert_int_equal(report->rejected_count, rejected);
    kith_import_report_free(report);
}

/* What a record says, as "type:text"; "" where it says nothing. */
static const char *said(fixture *f, const char *key, const char *attribute) {
    kith_record record = KITH_RECORD_INIT;
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    size_t cursor = 0;
    char text[256];
    f->text[0] = '\0';
    assert_int_equal(kith_record_get(txn, "crm", key, &record), KITH_OK);
    while (kith_record_next_value(&record, &cursor, &value) == KITH_OK) {
        if (strcmp(value.attribute, attribute) == 0) {
            kithi_value_show(&value.value, text, sizeof text);
            snprintf(f->text, sizeof f->text, "%d:%s", (int)value.value.type, text);
        }
    }
    kith_txn_abort(txn);
    return f->text;
}

/* Keys "1", "2", "3". */
static const int32_t key_offsets[] = {0, 1, 2, 3};
static const table_column id = {"u", "id", 3, 0, 0, {NULL, key_offsets, "123"}, 3, NULL};
static const uint8_t first_and_last[] = {0x05};

typedef struct type_case {
    table_column column;
    const char *said[3]; /* NULL: its row is rejected */
} type_case;

static const int8_t bytes[] = {-1, 0, 127};
static const uint16_t shorts[] = {0, 1, 65535};
static const int32_t words[] = {INT32_MIN, 0, 7};
static const uint64_t longs[] = {0, INT64_MAX, UINT64_MAX};
static const float floats[] = {0.5f, 1, -2};
static const double reals[] = {1.5, NAN, 3};
static const int64_t decimals[] = {1990, 0, -5, -1, INT64_MAX, INT64_MAX};
static const int32_t days[] = {0, -1, 19723};
static const int64_t milliseconds[] = {-1, 86399999, 86400000};
static const int64_t seconds[] = {0, 1704067200, INT64_MAX};
static const int64_t nanoseconds[] = {-1, 1999, 1704067200000000000};
static const int64_t large_offsets[] = {0, 1, 1, 4};
static const uint8_t bits[] = {0x02};
static const char longer[] = "more than twelve bytes";
static const struct {
    int32_t size;
    char text[12];
} inlined[] = {{2, "ab"}, {12, "abcdefghijkl"}, {0, ""}};
static const struct {
    int32_t size;
    char prefix[4];
    int32_t buffer, offset;
} outlined[] = {{22, "more", 0, 0}, {4, "than", 0, 0}, {17, "than", 0, 5}};
static const int64_t view_sizes[] = {sizeof longer - 1};
static const int8_t indices[] = {1, 0, 5};
static const int32_t broken_offsets[] = {0, 1, 3, 5};
static const table_column cities = {"u", NULL, 2, 0, 0, {NULL, key_offsets, "YH"}, 3, NULL};

static const type_case cases[] = {
    {{"c", "x", 3, 0, 0, {NULL, bytes}, 2, NULL}, {"2:-1", "2:0", "2:127"}},
    {{"S", "x", 3, 0, 0, {NULL, shorts}, 2, NULL}, {"2:0", "2:1", "2:65535"}},
    {{"i", "x", 3, 1, 0, {first_and_last, words}, 2, NULL}, {"2:-2147483648", "", "2:7"}},
    {{"L", "x", 3, 0, 0, {NULL, longs}, 2, NULL},
     {"2:0", "2:9223372036854775807", "4:18446744073709551615"}},
    {{"f", "x", 3, 0, 0, {NULL, floats}, 2, NULL}, {"3:0.5", "3:1", "3:-2"}},
    {{"g", "x", 3, 0, 0, {NULL, reals}, 2, NULL}, {"3:1.5", "", "3:3"}},
    {{"d:19,2", "x", 3, 0, 0, {NULL, decimals}, 2, NULL},
     {"3:19.9", "3:-0.05", "4:1701411834604692317224639316790293299.19"}},
    {{"d:38,0,128", "x", 2, 0, 0, {NULL, decimals}, 2, NULL}, {"2:1990", "2:-5", ""}},
    {{"d:5,-2", "x", 3, 0, 0, {NULL, decimals}, 2, NULL},
     {"2:199000", "2:-500", "4:17014118346046923172246393167902932991900"}},
    {{"tdD", "x", 3, 0, 0, {NULL, days}, 2, NULL},
     {"5:1970-01-01", "5:1969-12-31", "5:2024-01-01"}},
    {{"tdm", "x", 3, 0, 0, {NULL, milliseconds}, 2, NULL},
     {"5:1969-12-31", "5:1970-01-01", "5:1970-01-02"}},
    {{"tss:", "x", 3, 0, 0, {NULL, seconds}, 2, NULL},
     {"6:1970-01-01T00:00:00Z", "6:2024-01-01T00:00:00Z", NULL}},
    {{"tsn:Europe/Paris", "x", 3, 0, 0, {NULL, nanoseconds}, 2, NULL},
     {"6:1969-12-31T23:59:59.999999Z", "6:1970-01-01T00:00:00.000001Z", "6:2024-01-01T00:00:00Z"}},
    {{"U", "x", 3, 0, 0, {NULL, large_offsets, " b c"}, 3, NULL}, {"", "", "4:b c"}},
    {{"b", "x", 3, 0, 0, {NULL, bits}, 2, NULL}, {"1:false", "1:true", "1:false"}},
    {{"vu", "x", 3, 0, 0, {NULL, inlined, NULL}, 3, NULL}, {"4:ab", "4:abcdefghijkl", ""}},
    {{"vu", "x", 3, 0, 0, {NULL, outlined, longer, view_sizes}, 4, NULL},
     {"4:more than twelve bytes", "4:than", "4:than twelve bytes"}},
    {{"c", "x", 3, 0, 0, {NULL, indices}, 2, &cities}, {"4:H", "4:Y", NULL}},
    {{"n", "x", 3, 3, 0, {NULL}, 0, NULL}, {"", "", ""}},
    {{"u", "x", 3, 0, 0, {NULL, broken_offsets, "a\xFF\xFEz\0"}, 3, NULL}, {"4:a", NULL, NULL}},
};

static void test_types(void **state) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        table_column columns[] = {id, cases[i].column};
        int64_t count = columns[1].length;
        uint64_t rejected = 0;
        table made = {.columns = columns, .column_count = 2, .length = count, .batch_count = 1};
        assert_int_equal(set_up_free(state), 0);
        fixture *f = *state;
        for (int64_t row = 0; row < count; row++) {
            rejected += cases[i].said[row] == NULL;
        }
        import(f, &made, (uint64_t)count - rejected, rejected);
        for (int64_t row = 0; row < count; row++) {
            char key[] = {(char)('1' + row), '\0'};
            if (cases[i].said[row] != NULL && strcmp(said(f, key, "x"), cases[i].said[row]) != 0) {
                fail_msg("%s, row %" PRId64 ": '%s', not '%s'", columns[1].format, row, f->text,
                         cases[i].said[row]);
            }
        }
        tear_down(state);
    }
}

static void test_slices_begin_where_they_say(void **state) {
    fixture *f = *state;
    table_column columns[] = {id, {"i", "x", 2, -1, 1, {first_and_last, words}, 2, NULL}};
    table made = {
        .columns = columns, .column_count = 2, .length = 1, .offset = 1, .batch_count = 1};
    import(f, &made, 1, 0);
    assert_string_equal(said(f, "2", "x"), "2:7");
}

static void test_rows_that_are_null_are_rejected(void **state) {
    fixture *f = *state;
    table made = {.columns = &id,
                  .column_count = 1,
                  .length = 3,
                  .validity = first_and_last,
                  .null_count = 1,
                  .batch_count = 1};
    import(f, &made, 2, 1);
}

static int note(void *context, const kith_reject *reject) {
    char *out = context;
    snprintf(out + strlen(out), 256, "%" PRIu64 " %s (%s) %.*s\n", reject->line,
             kith_reject_reason_name(reject->reason), reject->detail, (int)reject->text_bytes,
             reject->text);
    return 0;
}

static void test_rejected_rows_are_told(void **state) {
    fixture *f = *state;
    static const int32_t offsets[] = {0, 1, 1, 6};
    table_column columns[] = {{"u", "id", 3, 0, 0, {NULL, offsets, "1a, \"b"}, 3, NULL},
                              {"tss:", "seen", 3, 0, 0, {NULL, seconds}, 2, NULL}};
    table made = {.columns = columns, .column_count = 2, .length = 3, .batch_count = 1};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    struct ArrowArrayStream stream = table_stream(&made);
    options.source = "crm";
    options.key_column = "id";
    options.now_us = NOW_US;
    options.reject = note;
    options.context = f->text;
    f->text[0] = '\0';
    assert_int_equal(kith_import_arrow(f->store, &stream, &options, NULL, NULL), KITH_OK);
    stream.release(&stream);
    assert_string_equal(f->text,
                        "2 no_key (the key column \"id\" is empty or missing) "
                        ",2024-01-01T00:00:00Z\n"
                        "3 bad_value (the value of column \"seen\" is of none of the years 0000 to "
                        "9999) \"a, \"\"b\",\n");
}

/* Nothing is written of a table that is refused, and each column may be the wrong one. */
static void refuse(fixture *f, table *made, const char *word) {
    kith_error error = KITH_ERROR_INIT;
    kith_stat stat = KITH_STAT_INIT;
    int code = import_code(f, made, NULL, NULL, &error);
    if (code != KITH_INVALID || strstr(error.message, word) == NULL) {
        fail_msg("%s: '%s' does not say '%s'", kith_code_name(code), error.message, word);
    }
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    assert_int_equal(stat.record_count, 0);
    kith_txn_abort(txn);
}

static void test_broken_tables_are_refused(void **state) {
    fixture *f = *state;
    static const int32_t falling[] = {0, 3, 1, 3}, negative[] = {-1, 1, 2, 3};
    static const struct {
        int32_t size;
        char prefix[4];
        int32_t buffer, offset;
    } beyond[] = {{22, "more", 0, 1}, {22, "more", 1, 0}, {-1, "", 0, 0}, {22, "more", 0, -1}};
    const struct {
        table_column column;
        const char *word;
    } broken[] = {
        {{"l", "x", -1, 0, 0, {NULL, seconds}, 2, NULL}, "length or offset"},
        {{"l", "x", 3, 0, -1, {NULL, seconds}, 2, NULL}, "length or offset"},
        {{"l", "x", INT64_MAX, 0, INT64_MAX, {NULL, seconds}, 2, NULL}, "length or offset"},
        {{"l", "x", 3, 4, 0, {NULL, seconds}, 2, NULL}, "count of nulls"},
        {{"l", "x", 3, 1, 0, {NULL, seconds}, 2, NULL}, "doesn't say which"},
        {{"l", "x", 2, 0, 0, {NULL, seconds}, 2, NULL}, "shorter than the table"},
        {{"l", "x", 3, 0, 0, {NULL, NULL}, 2, NULL}, "values are missing"},
        {{"l", "x", 3, 0, 0, {NULL, seconds}, 3, NULL}, "number of buffers"},
        {{"u", "x", 3, 0, 0, {NULL, key_offsets}, 2, NULL}, "number of buffers"},
        {{"u", "x", 3, 0, 0, {NULL, falling, "abc"}, 3, NULL}, "don't ascend"},
        {{"u", "x", 3, 0, 0, {NULL, negative, "abc"}, 3, NULL}, "don't ascend"},
        {{"u", "x", 3, 0, 0, {NULL, key_offsets, NULL}, 3, NULL}, "texts are missing"},
        {{"vu", "x", 3, 0, 0, {NULL, outlined}, 2, NULL}, "number of buffers"},
        {{"vu", "x", 3, 0, 0, {NULL, outlined, longer, NULL}, 4, NULL}, "outside of its buffers"},
        {{"vu", "x", 3, 0, 0, {NULL, outlined, NULL, view_sizes}, 4, NULL}, "outside of its"},
        {{"vu", "x", 3, 0, 0, {NULL, &beyond[0], longer, view_sizes}, 4, NULL}, "outside of its"},
        {{"vu", "x", 3, 0, 0, {NULL, &beyond[1], longer, view_sizes}, 4, NULL}, "outside of its"},
        {{"+l", "x", 3, 0, 0, {NULL, words}, 2, NULL}, "isn't imported, a list"},
        {{"z", "x", 3, 0, 0, {NULL, key_offsets, "abc"}, 3, NULL}, "isn't imported, binary"},
        {{"tDs", "x", 3, 0, 0, {NULL, seconds}, 2, NULL}, "isn't imported, a duration"},
        {{"ttu", "x", 3, 0, 0, {NULL, seconds}, 2, NULL}, "isn't imported, a time of day"},
        {{"d:39,2", "x", 3, 0, 0, {NULL, decimals}, 2, NULL}, "isn't imported, a decimal"},
        {{"tsx:", "x", 3, 0, 0, {NULL, seconds}, 2, NULL}, "isn't imported, a type that kith"},
        {{"", "x", 3, 0, 0, {NULL, seconds}, 2, NULL}, "isn't imported, a type that kith"},
        {{NULL, "x", 3, 0, 0, {NULL, seconds}, 2, NULL}, "isn't imported, a type that kith"},
        {{"g", "x", 3, 0, 0, {NULL, seconds}, 2, &cities}, "a dictionary of no plain type"},
        {{"l", "\xFF", 3, 0, 0, {NULL, seconds}, 2, NULL}, "name is no valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        table_column columns[] = {broken[i].column, id};
        table made = {.columns = columns, .column_count = 2, .length = 3, .batch_count = 1};
        refuse(f, &made, broken[i].word);
    }
    table rows = {.columns = &id, .column_count = 1, .length = -1, .batch_count = 1};
    refuse(f, &rows, "length or offset");
    rows =
        (table){.columns = &id, .column_count = 1, .length = 3, .null_count = 1, .batch_count = 1};
    refuse(f, &rows, "doesn't say which");
}

static void test_a_column_that_is_left_out_may_be_of_any_type(void **state) {
    fixture *f = *state;
    table_column columns[] = {id, {"+l", "x", 3, 0, 0, {NULL, words}, 2, NULL}};
    table made = {.columns = columns, .column_count = 2, .length = 3, .batch_count = 1};
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(import_code(f, &made, "x=", NULL, &error), KITH_OK);
    assert_string_equal(said(f, "1", "id"), "");
}

/* Its second batch fails: what the first one held is in the store. */
static void test_a_stream_that_fails(void **state) {
    fixture *f = *state;
    table made = {.columns = &id, .column_count = 1, .length = 3, .batch_count = 2, .fail_at = 2};
    kith_error error = KITH_ERROR_INIT;
    kith_import_report *report = NULL;
    assert_int_equal(import_code(f, &made, NULL, &report, &error), KITH_IO);
    assert_non_null(strstr(error.message, "the line went dead; the first 3 rows are in the store"));
    assert_int_equal(report->records.added, 3);
    kith_import_report_free(report);
}

static void test_wrong_use(void **state) {
    fixture *f = *state;
    table made = {.columns = &id, .column_count = 1, .length = 3, .batch_count = 1};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    struct ArrowArrayStream stream = table_stream(&made);
    options.source = "crm";
    options.encoding = "UTF-8";
    assert_int_equal(kith_import_arrow(f->store, &stream, &options, NULL, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "encoding: "));
    options.encoding = NULL;
    options.format = KITH_FORMAT_CSV;
    assert_int_equal(kith_import_arrow(f->store, &stream, &options, NULL, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "format: "));
    options.format = KITH_FORMAT_ARROW;
    assert_int_equal(kith_import(f->store, "x.arrows", &options, NULL, &error), KITH_MISUSE);
    assert_non_null(strstr(error.message, "kith_import_arrow()"));
    stream.release(&stream);
    options.format = KITH_FORMAT_AUTO;
    assert_int_equal(kith_import_arrow(f->store, &stream, &options, NULL, &error), KITH_MISUSE);
    assert_int_equal(kith_import_arrow(f->store, NULL, &options, NULL, &error), KITH_MISUSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test_setup_teardown(test_slices_begin_where_they_say, set_up_free, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_that_are_null_are_rejected, set_up_free,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_rejected_rows_are_told, set_up_free, tear_down),
        cmocka_unit_test_setup_teardown(test_broken_tables_are_refused, set_up_free, tear_down),
        cmocka_unit_test_setup_teardown(test_a_column_that_is_left_out_may_be_of_any_type,
                                        set_up_free, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_that_fails, set_up_free, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_use, set_up_free, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
