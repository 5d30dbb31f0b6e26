/* JSON lines, drafts of rows, and the taking apart of Segment messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/amount.h"
#include "src/ingest/draft.h"
#include "src/ingest/export_text.h"
#include "src/ingest/jsonl.h"
#include "src/ingest/segment.h"

static kithi_row row_of(const char *text) {
    kithi_row row;
    memset(&row, 0, sizeof row);
    row.line = 1;
    row.text = text;
    row.text_bytes = strlen(text);
    return row;
}

static void assert_rejected(const char *text, kith_reject_reason reason) {
    kithi_row row = row_of(text);
    json_t *json = NULL;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_json_parse(&row, &json, &error), KITH_OK);
    assert_null(json);
    if (!row.rejected || row.reason != reason) {
        fail_msg("%.60s: not %s", text, kith_reject_reason_name(reason));
    }
    assert_true(strlen(row.detail) > 0);
    assert_null(strchr(row.detail, '\n'));
}

static void test_bad_lines(void **state) {
    (void)state;
    assert_rejected("{\"a\": 1", KITH_REJECT_SYNTAX);
    assert_rejected("{\"a\": }", KITH_REJECT_SYNTAX);
    assert_rejected("{} {}", KITH_REJECT_SYNTAX);
    assert_rejected("[1, 2]", KITH_REJECT_SYNTAX);
    assert_rejected("12", KITH_REJECT_SYNTAX);
    assert_rejected("{\"a\": \"\\u0000\"}", KITH_REJECT_ENCODING);
    assert_rejected("{\"a\": 123456789012345678901}", KITH_REJECT_BAD_VALUE);
    char deep[512] = "";
    for (int i = 0; i < KITHI_JSON_DEPTH_MAX + 1; i++) {
        strcat(deep, "{\"a\":");
    }
    strcat(deep, "1");
    for (int i = 0; i < KITHI_JSON_DEPTH_MAX + 1; i++) {
        strcat(deep, "}");
    }
    assert_rejected(deep, KITH_REJECT_SYNTAX);
    char *deeper = malloc(1 << 20);
    assert_non_null(deeper);
    memset(deeper, '[', 1 << 20);
    deeper[(1 << 20) - 1] = '\0';
    assert_rejected(deeper, KITH_REJECT_SYNTAX);
    free(deeper);
}

/* Walks */

typedef struct seen {
    char text[2048];
} seen;

static int see(void *context, const char *path, size_t path_bytes, kith_value value) {
    seen *s = context;
    kithi_buffer json;
    kithi_buffer_init(&json);
    kithi_export_json(&json, &value);
    snprintf(s->text + strlen(s->text), sizeof s->text - strlen(s->text), "%.*s=%.*s ",
             (int)path_bytes, path, (int)json.size, (const char *)json.data);
    kithi_buffer_clear(&json);
    return KITH_OK;
}

static void assert_walk(const char *text, kithi_json_shape shape, const char *expected) {
    kithi_row row = row_of(text);
    json_t *json = NULL;
    kith_error error = KITH_ERROR_INIT;
    kithi_arena arena;
    seen s = {""};
    kithi_arena_init(&arena);
    assert_int_equal(kithi_json_parse(&row, &json, &error), KITH_OK);
    assert_non_null(json);
    assert_int_equal(kithi_json_walk(json, shape, &arena, &row, see, &s), KITH_OK);
    assert_false(row.rejected);
    assert_string_equal(s.text, expected);
    json_decref(json);
    kithi_arena_clear(&arena);
}

static void test_flat_walk(void **state) {
    (void)state;
    assert_walk("{\"a\":1,\"b\":\"x\",\"c\":null,\"d\":true,\"e\":1.5}", KITHI_JSON_FLAT,
                "a=1 b=\"x\" c=null d=true e=1.5 ");
    assert_walk("{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":{}}", KITHI_JSON_FLAT, "a.b.c=1 a.d=2 ");
    assert_walk("{\"a\":[1,\"x\"],\"b\":[{\"c\":1},[2]]}", KITHI_JSON_FLAT,
                "a=[1,\"x\"] b=[\"{\\\"c\\\":1}\",\"[2]\"] ");
    assert_walk("{\"ID\":1,\"FEATURES\":[{\"N\":\"x\"},{\"N\":\"y\",\"M\":2}]}", KITHI_JSON_FLAT,
                "ID=1 N=\"x\" N=\"y\" M=2 ");
    assert_walk("{\"a\":1,\"a\":2}", KITHI_JSON_FLAT, "a=2 ");
}

static void test_nested_walk(void **state) {
    (void)state;
    assert_walk("{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":2}", KITHI_JSON_NESTED,
                "a={\"b\":[1,{\"c\":null}]} d=2 ");
}

static void test_long_names(void **state) {
    (void)state;
    char name[700];
    char text[2048];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, "{\"%s\":{\"%s\":1}}", name, name);
    kithi_row row = row_of(text);
    json_t *json = NULL;
    kith_error error = KITH_ERROR_INIT;
    kithi_arena arena;
    seen s = {""};
    kithi_arena_init(&arena);
    assert_int_equal(kithi_json_parse(&row, &json, &error), KITH_OK);
    assert_int_equal(kithi_json_walk(json, KITHI_JSON_FLAT, &arena, &row, see, &s), KITH_OK);
    assert_true(row.rejected);
    assert_int_equal(row.reason, KITH_REJECT_TOO_LONG);
    json_decref(json);
    kithi_arena_clear(&arena);
}

/* Drafts */

static void test_numerals(void **state) {
    (void)state;
    static const struct {
        const char *text;
        kith_type type;
        double number;
    } cases[] = {
        {"0", KITH_TYPE_INTEGER, 0},
        {"12", KITH_TYPE_INTEGER, 12},
        {"-7", KITH_TYPE_INTEGER, -7},
        {"3.5", KITH_TYPE_REAL, 3.5},
        {"3.50", KITH_TYPE_TEXT, 0}, /* a number would not give the text back */
        {"-0", KITH_TYPE_TEXT, 0},
        {"3.14159265358979323846", KITH_TYPE_TEXT, 0},
        {"12345678.1234567890", KITH_TYPE_TEXT, 0},
        {"0.1", KITH_TYPE_REAL, 0.1},
        {"-0.25", KITH_TYPE_REAL, -0.25},
        {"28.404255319148938", KITH_TYPE_REAL, 28.404255319148938},
        {"007", KITH_TYPE_TEXT, 0},
        {"+1", KITH_TYPE_TEXT, 0},
        {"1e5", KITH_TYPE_TEXT, 0},
        {"1.", KITH_TYPE_TEXT, 0},
        {".5", KITH_TYPE_TEXT, 0},
        {"1.2.3", KITH_TYPE_TEXT, 0},
        {"-", KITH_TYPE_TEXT, 0},
        {"", KITH_TYPE_TEXT, 0},
        {"2024-01-02", KITH_TYPE_TEXT, 0},
        {"1234567890123456789", KITH_TYPE_TEXT, 0},
        {"999999999999999999", KITH_TYPE_INTEGER, 999999999999999999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kith_value value = kithi_amount_numeral(kith_value_text(cases[i].text));
        if (value.type != cases[i].type) {
            fail_msg("\"%s\" is of type %d", cases[i].text, (int)value.type);
        }
        double number = value.type == KITH_TYPE_INTEGER ? (double)value.as.integer : value.as.real;
        if (value.type != KITH_TYPE_TEXT && number != cases[i].number) {
            fail_msg("\"%s\" is %.17g", cases[i].text, number);
        }
    }
}

static void test_trim(void **state) {
    (void)state;
    kith_value value = kithi_draft_trim(kith_value_text("\t\u3000 a b \u00A0\u3000\n"));
    assert_int_equal(value.as.text.size, 3);
    assert_memory_equal(value.as.text.data, "a b", 3);
    value = kithi_draft_trim(kith_value_text(" \u3000"));
    assert_int_equal(value.as.text.size, 0);
}

/* Adds "column=value" pairs to a draft and shows its fields. */
static void assert_draft(const char *const *pairs, size_t count, const char *expected) {
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    kithi_mapping mapping;
    kithi_draft draft;
    kith_error error = KITH_ERROR_INIT;
    seen s = {""};
    assert_int_equal(kithi_mapping_init(&mapping, KITHI_MAPPING_TRAITS, &options, &error), KITH_OK);
    kithi_draft_init(&draft, &mapping);
    for (int round = 0; round < 2; round++) { /* a draft that was used is as good as new */
        kithi_draft_reset(&draft);
        for (size_t i = 0; i < count; i++) {
            const char *equals = strchr(pairs[i], '=');
            uint32_t column = 0;
            assert_int_equal(kithi_mapping_column(&mapping, pairs[i], (size_t)(equals - pairs[i]),
                                                  &column, &error),
                             KITH_OK);
            assert_true(kithi_draft_add(&draft, column, kith_value_text(equals + 1)));
        }
    }
    for (size_t i = 0; i < draft.field_count; i++) {
        see(&s, draft.fields[i].name, strlen(draft.fields[i].name), draft.fields[i].value);
    }
    assert_string_equal(s.text, expected);
    kithi_draft_clear(&draft);
    kithi_mapping_clear(&mapping);
}

static void test_draft_lists(void **state) {
    (void)state;
    static const char *const phones[] = {"Phone=1", "Mobile=2", "tel=3", "Email= ", "phone=4"};
    assert_draft(phones, 5, "phone=[\"1\",\"2\",\"3\",\"4\"] ");
    static const char *const names[] = {"NAME_LAST=Smith", "NAME_LAST=Jones", "NAME_LAST=Muir"};
    assert_draft(names, 3, "family_name=\"Smith\" name_last=[\"Jones\",\"Muir\"] ");
}

/* Segment */

static void read_message(const char *text, kithi_row *row, kithi_segment_message *out,
                         kithi_arena *arena, json_t **json) {
    kith_error error = KITH_ERROR_INIT;
    *row = row_of(text);
    kithi_arena_reset(arena);
    assert_int_equal(kithi_json_parse(row, json, &error), KITH_OK);
    assert_non_null(*json);
    assert_int_equal(kithi_segment_read(*json, 77, arena, row, out), KITH_OK);
}

static void test_segment_messages(void **state) {
    (void)state;
    kithi_arena arena;
    kithi_row row;
    kithi_segment_message m;
    json_t *json = NULL;
    kithi_arena_init(&arena);
    read_message(
        "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":12,\"anonymousId\":\" a \","
        "\"timestamp\":\"2024-02-29T00:00:00Z\",\"messageId\":\"m1\",\"properties\":{\"x\":1}}",
        &row, &m, &arena, &json);
    assert_false(row.rejected);
    assert_string_equal(m.event, "Order Completed");
    assert_string_equal(m.user_id, "12");
    assert_string_equal(m.anonymous_id, "a");
    assert_string_equal(m.key, "12");
    assert_string_equal(m.message_id, "m1");
    assert_int_equal(m.time_us, INT64_C(1709164800000000));
    assert_non_null(m.properties);
    json_decref(json);
    read_message(
        "{\"type\":\"page\",\"anonymousId\":\"a\",\"userId\":\"\",\"sentAt\":\"1970-01-02\"}", &row,
        &m, &arena, &json);
    assert_false(row.rejected);
    assert_null(m.user_id);
    assert_string_equal(m.key, "a");
    assert_string_equal(m.event, "page");
    assert_int_equal(m.time_us, INT64_C(86400000000));
    json_decref(json);
    read_message("{\"type\":\"identify\",\"userId\":\"u\"}", &row, &m, &arena, &json);
    assert_false(row.rejected);
    assert_int_equal(m.time_us, 77);
    json_decref(json);
    kithi_arena_clear(&arena);
}

static void test_segment_rejects(void **state) {
    (void)state;
    static const struct {
        const char *text;
        kith_reject_reason reason;
    } cases[] = {
        {"{}", KITH_REJECT_BAD_VALUE},
        {"{\"type\":\"sing\",\"userId\":\"u\"}", KITH_REJECT_BAD_VALUE},
        {"{\"type\":\"identify\"}", KITH_REJECT_NO_KEY},
        {"{\"type\":\"identify\",\"userId\":{}}", KITH_REJECT_BAD_VALUE},
        {"{\"type\":\"track\",\"userId\":\"u\"}", KITH_REJECT_BAD_VALUE},
        {"{\"type\":\"group\",\"userId\":\"u\"}", KITH_REJECT_BAD_VALUE},
        {"{\"type\":\"alias\",\"userId\":\"u\"}", KITH_REJECT_NO_KEY},
        {"{\"type\":\"page\",\"userId\":\"u\",\"timestamp\":\"soon\"}", KITH_REJECT_BAD_TIME},
        {"{\"type\":\"page\",\"userId\":\"u\",\"properties\":[1]}", KITH_REJECT_BAD_VALUE},
    };
    kithi_arena arena;
    kithi_arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kithi_row row;
        kithi_segment_message m;
        json_t *json = NULL;
        read_message(cases[i].text, &row, &m, &arena, &json);
        if (!row.rejected || row.reason != cases[i].reason) {
            fail_msg("%s: not %s", cases[i].text, kith_reject_reason_name(cases[i].reason));
        }
        json_decref(json);
    }
    kithi_arena_clear(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_lines),       cmocka_unit_test(test_flat_walk),
        cmocka_unit_test(test_nested_walk),     cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_numerals),        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_draft_lists),     cmocka_unit_test(test_segment_messages),
        cmocka_unit_test(test_segment_rejects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
