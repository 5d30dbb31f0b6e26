/*
 * Tables out: queries and exports as Arrow streams, read by the C structs alone, and any stream as
 * an IPC stream, byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "kith.h"
#include "tests/unit/arrow_golden.h"
#include "tests/unit/arrow_stand.h"
#include "tests/unit/fact_stand.h"

#define DAY_US ((int64_t)86400 * 1000000)
#define NOW_US (20000 * DAY_US)

#define ASKED_MAX 8

/* A query of everybody, with columns. */
typedef struct question {
    kith_expression *columns[ASKED_MAX];
    size_t count;
    kith_query_options options;
} question;

static void ask(question *q, kith_txn *txn, const char *const *texts) {
    kith_expression_options value = KITH_EXPRESSION_OPTIONS_INIT;
    *q = (question){.options = KITH_QUERY_OPTIONS_INIT};
    value.value = true;
    for (; texts[q->count] != NULL; q->count++) {
        kith_error error = KITH_ERROR_INIT;
        if (kith_expression_parse(texts[q->count], strlen(texts[q->count]), txn, &value,
                                  &q->columns[q->count], &error) != KITH_OK) {
            fail_msg("%s", error.message);
        }
    }
    q->options.now_us = NOW_US;
    q->options.columns = (const kith_expression *const *)q->columns;
    q->options.column_count = q->count;
}

static void forget(question *q) {
    for (size_t i = 0; i < q->count; i++) {
        kith_expression_free(q->columns[i]);
    }
}

/* The stream of a query, which needs nothing of the question any more. */
static struct ArrowArrayStream stream_of(kith_txn *txn, const char *const *texts) {
    question q;
    struct ArrowArrayStream stream;
    ask(&q, txn, texts);
    if (kith_query_arrow(txn, &q.options, NULL, &stream) != KITH_OK) {
        fail_msg("%s", kith_txn_error(txn)->message);
    }
    forget(&q);
    return stream;
}

static struct ArrowArray next_of(struct ArrowArrayStream *stream) {
    struct ArrowArray array;
    if (stream->get_next(stream, &array) != 0) {
        fail_msg("%s", stream->get_last_error(stream));
    }
    return array;
}

static void put_people(fixture *f) {
    scratch_record(f->txn, kith_record_put, "crm", "1", 1, NULL, "given_name", "Ann", "birth_date",
                   "1980-01-02", NULL);
    scratch_record(f->txn, kith_record_put, "crm", "2", 1, NULL, "given_name", "Bob", NULL);
    kith_event_input order = KITH_EVENT_INPUT_INIT;
    kith_field total = {"total", kith_value_real(19.99)};
    order.source = "crm";
    order.key = "1";
    order.type = "order";
    order.fields = &total;
    order.field_count = 1;
    for (int i = 0; i < 3; i++) {
        order.time_us = (19000 + i) * DAY_US;
        assert_int_equal(kith_event_put(f->txn, &order, NULL), KITH_OK);
    }
}

static void test_a_query_is_a_table(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {
        "given_name", "count(order)",         "sum(order.total)", "did(order)",
        "birth_date", "now - last(order.at)", "last(order.at)",   NULL};
    static const char *const formats[] = {"u", "u", "l", "d:38,6", "b", "tdD", "tDu", "tsu:UTC"};
    struct ArrowSchema schema;
    put_people(f);
    struct ArrowArrayStream stream = stream_of(f->txn, asked);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, 8);
    assert_string_equal(schema.children[0]->name, "profile_id");
    for (int i = 0; i < 8; i++) {
        assert_string_equal(schema.children[i]->format, formats[i]);
        assert_true(i == 0 || strcmp(schema.children[i]->name, asked[i - 1]) == 0);
    }
    schema.release(&schema);
    assert_null(schema.release);

    struct ArrowArray rows = next_of(&stream);
    assert_int_equal(rows.length, 2);
    assert_true(column_text_is(rows.children[1], 0, "Ann"));
    assert_int_equal(column_integer(rows.children[2], 0), 3);
    assert_int_equal(column_decimal(rows.children[3], 0), 59970000);
    assert_true(column_boolean(rows.children[4], 0));
    assert_int_equal(column_date(rows.children[5], 0), 3653);
    assert_int_equal(column_integer(rows.children[6], 0), NOW_US - 19002 * DAY_US);
    assert_int_equal(column_integer(rows.children[7], 0), 19002 * DAY_US);
    assert_int_equal(column_integer(rows.children[2], 1), 0);
    assert_false(column_boolean(rows.children[4], 1));
    assert_true(column_is_null(rows.children[5], 1) && column_is_null(rows.children[7], 1));
    assert_int_equal(rows.children[5]->null_count, 1);
    assert_null(rows.children[1]->buffers[0]);
    rows.release(&rows);
    struct ArrowArray end = next_of(&stream);
    assert_null(end.release);
    stream.release(&stream);
}

/* What an expression means tells its column's type, whatever the facts. */
static void test_types(void **state) {
    fixture *f = *state;
    static const struct {
        const char *expression, *format;
    } cases[] = {
        {"count(order)", "l"},
        {"distinct(order.total)", "l"},
        {"days(order)", "l"},
        {"age(birth_date)", "l"},
        {"length(given_name)", "l"},
        {"count(order) / 2", "d:38,6"},
        {"avg(order.total)", "d:38,6"},
        {"max(order.total)", "u"},
        {"max(order.total) + 0", "d:38,6"},
        {"max(order.at)", "tsu:UTC"},
        {"1 = 1", "b"},
        {"null", "u"},
        {"today", "tdD"},
        {"now", "tsu:UTC"},
        {"orders", "l"},
        {"spent", "d:38,6"},
    };
    kith_definition_input trait = {.size = sizeof trait, .at_us = 1};
    put_people(f);
    trait.name = "orders";
    trait.expression = "count(order)";
    assert_int_equal(kith_definition_put(f->txn, KITH_TRAIT, &trait, NULL), KITH_OK);
    trait.name = "spent";
    trait.expression = "sum(order.total)";
    assert_int_equal(kith_definition_put(f->txn, KITH_TRAIT, &trait, NULL), KITH_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *asked[] = {cases[i].expression, NULL};
        struct ArrowSchema schema;
        struct ArrowArrayStream stream = stream_of(f->txn, asked);
        assert_int_equal(stream.get_schema(&stream, &schema), 0);
        if (strcmp(schema.children[1]->format, cases[i].format) != 0) {
            fail_msg("%s is %s", cases[i].expression, schema.children[1]->format);
        }
        schema.release(&schema);
        stream.release(&stream);
    }
}

static void test_batches_and_columns_outlive_all(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {"given_name", NULL};
    put_people(f);
    struct ArrowArrayStream stream = stream_of(f->txn, asked);
    struct ArrowArray rows = next_of(&stream);
    stream.release(&stream);
    commit(f);
    struct ArrowArray moved = *rows.children[1];
    rows.children[1]->release = NULL;
    rows.release(&rows);
    assert_true(column_text_is(&moved, 0, "Ann") && column_text_is(&moved, 1, "Bob"));
    moved.release(&moved);
    assert_null(moved.release);
}

static void check_ended(struct ArrowArrayStream *stream, const char *word) {
    struct ArrowArray array;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(stream->get_next(stream, &array), EINVAL);
        assert_non_null(strstr(stream->get_last_error(stream), word));
    }
    stream->release(stream);
}

static void test_a_stream_ends_with_its_transaction(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {"given_name", NULL};
    put_people(f);
    struct ArrowArrayStream written = stream_of(f->txn, asked);
    scratch_record(f->txn, kith_record_put, "crm", "3", 1, NULL, "given_name", "Cy", NULL);
    check_ended(&written, "wrote since");
    struct ArrowArrayStream first = stream_of(f->txn, asked), second = stream_of(f->txn, asked),
                            third = stream_of(f->txn, asked);
    second.release(&second);
    commit(f);
    check_ended(&first, "has ended");
    check_ended(&third, "has ended");

    kith_txn *reader = scratch_begin(f->store, KITH_READ);
    struct ArrowArrayStream reset = stream_of(reader, asked);
    kith_txn_reset(reader);
    check_ended(&reset, "was reset");
    assert_int_equal(kith_txn_renew(reader), KITH_OK);
    struct ArrowArrayStream renewed = stream_of(reader, asked);
    struct ArrowArray rows = next_of(&renewed);
    assert_int_equal(rows.length, 3);
    rows.release(&rows);
    kith_txn_abort(reader);
    renewed.release(&renewed);
}

static void test_names_are_told_apart(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {"given_name", "count(order)", NULL};
    static const char *const same[] = {"x", "x"};
    static const char *const id[] = {"profile_id", NULL};
    static const char *const broken[] = {"\xFF", NULL};
    static const char *const own[] = {NULL, "n"};
    question q;
    struct ArrowArrayStream stream;
    struct ArrowSchema schema;
    put_people(f);
    ask(&q, f->txn, asked);
    assert_int_equal(kith_query_arrow(f->txn, &q.options, same, &stream), KITH_INVALID);
    assert_non_null(strstr(kith_txn_error(f->txn)->message, "two columns are called 'x'"));
    assert_int_equal(kith_query_arrow(f->txn, &q.options, id, &stream), KITH_INVALID);
    assert_int_equal(kith_query_arrow(f->txn, &q.options, broken, &stream), KITH_INVALID);
    assert_int_equal(kith_query_arrow(f->txn, &q.options, own, NULL), KITH_MISUSE);
    assert_int_equal(kith_query_arrow(f->txn, &q.options, own, &stream), KITH_OK);
    forget(&q);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_string_equal(schema.children[1]->name, "given_name");
    assert_string_equal(schema.children[2]->name, "n");
    schema.release(&schema);
    stream.release(&stream);
}

/* Exports */

static struct ArrowArrayStream export_of(kith *store, kith_export_what what) {
    kith_error error = KITH_ERROR_INIT;
    struct ArrowArrayStream stream;
    if (kith_export_arrow(store, what, NOW_US, &stream, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    return stream;
}

static const char *format_of(const struct ArrowSchema *schema, const char *name, int64_t *out_at) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (strcmp(schema->children[i]->name, name) == 0) {
            *out_at = i;
            return schema->children[i]->format;
        }
    }
    return "none";
}

static void test_columns_of_exports_are_of_the_types_of_their_values(void **state) {
    fixture *f = *state;
    static const struct {
        const char *name, *format;
    } expected[] = {
        {"whole", "l"}, {"real", "g"},       {"both", "g"},  {"large", "u"},
        {"flag", "b"},  {"when", "tsu:UTC"}, {"mixed", "u"}, {"several", "u"},
    };
    kith_value items[] = {kith_value_integer(1), kith_value_integer(2)};
    kith_value several = {KITH_TYPE_LIST, {0}};
    several.as.list.items = items;
    several.as.list.count = 2;
    const kith_field first[] = {
        {"whole", kith_value_integer(INT64_MAX)}, {"real", kith_value_real(1.5)},
        {"both", kith_value_integer(1)},          {"large", kith_value_integer(INT64_MAX)},
        {"flag", kith_value_boolean(true)},       {"when", kith_value_time(5)},
        {"mixed", kith_value_text("x")},          {"several", several}};
    const kith_field second[] = {{"both", kith_value_real(0.5)},
                                 {"large", kith_value_real(0.5)},
                                 {"mixed", kith_value_boolean(false)}};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "crm";
    input.key = "1";
    input.at_us = 1;
    input.fields = first;
    input.field_count = sizeof first / sizeof first[0];
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_OK);
    input.key = "2";
    input.fields = second;
    input.field_count = sizeof second / sizeof second[0];
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_OK);
    commit(f);

    struct ArrowSchema schema;
    int64_t at = 0;
    struct ArrowArrayStream stream = export_of(f->store, KITH_EXPORT_RECORDS);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        assert_string_equal(format_of(&schema, expected[i].name, &at), expected[i].format);
    }
    struct ArrowArray rows = next_of(&stream);
    assert_int_equal(rows.length, 2);
    format_of(&schema, "large", &at);
    assert_true(column_text_is(rows.children[at], 0, "9223372036854775807"));
    assert_true(column_text_is(rows.children[at], 1, "0.5"));
    format_of(&schema, "several", &at);
    assert_true(column_text_is(rows.children[at], 0, "1; 2"));
    assert_true(column_is_null(rows.children[at], 1));
    format_of(&schema, "both", &at);
    assert_true(column_real(rows.children[at], 0) == 1.0 &&
                column_real(rows.children[at], 1) == 0.5);
    rows.release(&rows);
    schema.release(&schema);
    stream.release(&stream);
}

static void test_an_export_outlives_the_store(void **state) {
    fixture *f = *state;
    put_people(f);
    commit(f);
    struct ArrowArrayStream events = export_of(f->store, KITH_EXPORT_EVENTS);
    struct ArrowArrayStream unread = export_of(f->store, KITH_EXPORT_PROFILES);
    scratch_record(f->txn, kith_record_put, "crm", "3", 1, NULL, "given_name", "Cy", NULL);
    scratch_commit(f->txn);
    kith_close(f->store);
    struct ArrowArray rows = next_of(&events);
    assert_int_equal(rows.length, 3);
    assert_int_equal(column_integer(rows.children[3], 2), 19002 * DAY_US);
    assert_true(column_is_null(rows.children[4], 0));
    events.release(&events);
    unread.release(&unread);
    assert_true(column_text_is(rows.children[2], 0, "order"));
    rows.release(&rows);
    f->store = scratch_open(f->path, 0);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static void test_an_empty_store_has_columns_and_no_rows(void **state) {
    fixture *f = *state;
    static const char *const formats[] = {"u", "u", "u", "tsu:UTC", "u"};
    struct ArrowSchema schema;
    struct ArrowArrayStream stream = export_of(f->store, KITH_EXPORT_EVENTS);
    assert_int_equal(stream.get_schema(&stream, &schema), 0);
    assert_int_equal(schema.n_children, 5);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(schema.children[i]->format, formats[i]);
    }
    struct ArrowArray none = next_of(&stream);
    assert_null(none.release);
    schema.release(&schema);
    stream.release(&stream);
    assert_int_equal(kith_export_arrow(f->store, (kith_export_what)9, 0, &stream, NULL),
                     KITH_MISUSE);
}

static void test_long_texts_end_a_batch_early(void **state) {
    fixture *f = *state;
    size_t size = KITH_VALUE_MAX_BYTES;
    char *text = malloc(size + 1);
    char key[16];
    assert_non_null(text);
    memset(text, 'x', size);
    text[size] = '\0';
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "%d", i);
        scratch_record(f->txn, kith_record_put, "crm", key, 1, NULL, "note", text, NULL);
    }
    free(text);
    commit(f);
    struct ArrowArrayStream stream = export_of(f->store, KITH_EXPORT_RECORDS);
    struct ArrowArray rows = next_of(&stream);
    assert_int_equal(rows.length, 256);
    rows.release(&rows);
    rows = next_of(&stream);
    assert_int_equal(rows.length, 44);
    rows.release(&rows);
    stream.release(&stream);
}

/* The IPC stream format */

typedef struct taken {
    uint8_t bytes[4096];
    size_t size, allowed; /* allowed 0: all */
} taken;

static int take(void *context, const char *data, size_t bytes) {
    taken *t = context;
    assert_true(t->size + bytes <= sizeof t->bytes);
    memcpy(t->bytes + t->size, data, bytes);
    t->size += bytes;
    return t->allowed > 0 && t->size > t->allowed;
}

/* Three rows, the second to the fourth of what the buffers hold. */
static const uint8_t some[] = {0x0D}; /* the second is null */
static const int32_t offsets[] = {0, 2, 5, 5, 9};
static const uint8_t flags[] = {0x15};
static const int64_t moments[] = {9, 1704067200000000, 0, -1};
static const int64_t amounts[] = {9, 0, 19990000, 0, 0, 0, -1, -1};
static const table_column plain[] = {
    {"u", "name", 3, 1, 1, {some, offsets, "..Ann王."}, 3, NULL},
    {"b", "flag", 3, 0, 1, {NULL, flags}, 2, NULL},
    {"tsu:UTC", "when", 3, -1, 1, {some, moments}, 2, NULL},
    {"d:38,6", "amount", 3, -1, 1, {NULL, amounts}, 2, NULL},
};

static table plain_table(void) {
    return (table){.columns = plain, .column_count = 4, .length = 3, .batch_count = 2};
}

static void test_the_bytes_of_an_ipc_stream(void **state) {
    taken t = {.size = 0};
    kith_error error = KITH_ERROR_INIT;
    table made = plain_table();
    struct ArrowArrayStream stream = table_stream(&made);
    char *hex;
    (void)state;
    if (kith_arrow_write(&stream, take, &t, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    stream.release(&stream);
    assert_int_equal(made.live, 0);
    hex = calloc(t.size + 1, 2);
    assert_non_null(hex);
    for (size_t i = 0; i < t.size; i++) {
        sprintf(hex + 2 * i, "%02x", t.bytes[i]);
    }
    assert_string_equal(hex, golden);
    free(hex);
}

static int write_code(table *made, taken *t, const char *word) {
    kith_error error = KITH_ERROR_INIT;
    struct ArrowArrayStream stream = table_stream(made);
    int code = kith_arrow_write(&stream, take, t, &error);
    stream.release(&stream);
    assert_int_equal(made->live, 0);
    if (strstr(error.message, word) == NULL) {
        fail_msg("'%s' does not say '%s'", error.message, word);
    }
    return code;
}

static void test_what_is_not_written_is_refused(void **state) {
    static const table_column odd[] = {{"+l", "lists", 0, 0, 0, {NULL}, 1, NULL}};
    static const table_column coded[] = {{"i", "coded", 0, 0, 0, {NULL}, 2, &plain[0]}};
    taken t = {.size = 0};
    table made = {.columns = odd, .column_count = 1};
    (void)state;
    assert_int_equal(write_code(&made, &t, "\"lists\" is of a type that isn't written, a list"),
                     KITH_INVALID);
    made.columns = coded;
    assert_int_equal(write_code(&made, &t, "a dictionary"), KITH_INVALID);
    assert_int_equal(t.size, 0);
    made = plain_table();
    t.allowed = 1;
    assert_int_equal(write_code(&made, &t, "stopped by its writer"), KITH_INTERRUPTED);
    t = (taken){.size = 0};
    made.fail_at = 2;
    assert_int_equal(write_code(&made, &t, "the line went dead"), KITH_IO);
    assert_int_equal(kith_arrow_write(NULL, take, &t, NULL), KITH_MISUSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_query_is_a_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_batches_and_columns_outlive_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_ends_with_its_transaction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_columns_of_exports_are_of_the_types_of_their_values,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_export_outlives_the_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_empty_store_has_columns_and_no_rows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_long_texts_end_a_batch_early, set_up, tear_down),
        cmocka_unit_test(test_the_bytes_of_an_ipc_stream),
        cmocka_unit_test(test_what_is_not_written_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
