/*
 * kith_export: the exact text of small stores, and that what is written reads back as what was put.
 */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "kith.h"
#include "tests/fault/scratch.h"

#define SECOND_US 1000000
#define DAY_US    ((int64_t)86400 * SECOND_US)
#define NOW_US    (20000 * DAY_US)

typedef struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    kith *store;
    char *text; /* what the last export wrote */
    size_t size;
    size_t allowed; /* bytes after which the writer stops; 0: none */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_make(f->folder);
    scratch_path(f->path, f->folder, "s.kith");
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = (uint64_t)256 << 20;
    if (kith_open(f->path, &options, &f->store, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    char lock[SCRATCH_PATH_BYTES + 8];
    snprintf(lock, sizeof lock, "%s-lock", f->path);
    kith_close(f->store);
    unlink(f->path);
    unlink(lock);
    rmdir(f->folder);
    free(f->text);
    free(f);
    return 0;
}

static int take(void *context, const char *data, size_t bytes) {
    fixture *f = context;
    f->text = realloc(f->text, f->size + bytes + 1);
    assert_non_null(f->text);
    memcpy(f->text + f->size, data, bytes);
    f->size += bytes;
    f->text[f->size] = '\0';
    return f->allowed > 0 && f->size > f->allowed;
}

static int export_code(fixture *f, kith_export_what what, kith_format format, kith_error *error) {
    free(f->text);
    f->text = calloc(1, 1);
    f->size = 0;
    return kith_export(f->store, what, format, NOW_US, take, f, error);
}

static const char *export_text(fixture *f, kith_export_what what, kith_format format) {
    kith_error error = KITH_ERROR_INIT;
    if (export_code(f, what, format, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    return f->text;
}

static kith_txn *begin(const fixture *f) {
    kith_txn *txn = NULL;
    assert_int_equal(kith_txn_begin(f->store, KITH_WRITE, &txn, NULL), KITH_OK);
    return txn;
}

static void commit(kith_txn *txn) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_txn_commit(txn, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
}

static void put(kith_txn *txn, const char *source, const char *key, const kith_field *fields,
                size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_change change;
    input.source = source;
    input.key = key;
    input.at_us = 19000 * DAY_US;
    input.fields = fields;
    input.field_count = count;
    if (kith_record_put(txn, &input, &change) != KITH_OK) {
        fail_msg("%s", kith_txn_error(txn)->message);
    }
}

static void put_event(kith_txn *txn, const char *key, const char *type, int64_t time_us,
                      const char *message_id, const kith_field *fields, size_t count) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kith_change change;
    input.source = "crm";
    input.key = key;
    input.type = type;
    input.time_us = time_us;
    input.message_id = message_id;
    input.fields = fields;
    input.field_count = count;
    if (kith_event_put(txn, &input, &change) != KITH_OK) {
        fail_msg("%s", kith_txn_error(txn)->message);
    }
}

static void make_people(const fixture *f) {
    kith_value emails[] = {kith_value_text("a@example.com"), kith_value_text("b@example.com")};
    kith_value both = {KITH_TYPE_LIST, {0}};
    both.as.list.items = emails;
    both.as.list.count = 2;
    const kith_field ann[] = {{"given_name", kith_value_text("Ann")},
                              {"note", kith_value_text("says \"hi\",\nthen leaves")},
                              {"email", both}};
    const kith_field wang[] = {{"full_name", kith_value_text("王伟")},
                               {"birth_date", kith_value_date(7000)}};
    kith_txn *txn = begin(f);
    put(txn, "crm", "1", ann, 3);
    put(txn, "erp", "a,b", wang, 2);
    commit(txn);
}

/* The lines of the text; each ends in a line feed. */
static size_t count_lines(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static json_t *line_of(const char *text, size_t number) {
    for (size_t i = 0; i < number; i++) {
        text = strchr(text, '\n') + 1;
    }
    json_error_t error;
    json_t *json = json_loadb(text, strcspn(text, "\n"), 0, &error);
    if (json == NULL) {
        fail_msg("no JSON: %s", error.text);
    }
    return json;
}

static void assert_json_text(const json_t *json, const char *name, const char *wanted) {
    const char *text = json_string_value(json_object_get(json, name));
    assert_non_null(text);
    assert_string_equal(text, wanted);
}

static void test_empty_store(void **state) {
    fixture *f = *state;
    assert_string_equal(export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV), "source,key\n");
    assert_string_equal(export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_CSV),
                        "source,key,type,time,message_id\n");
    assert_string_equal(export_text(f, KITH_EXPORT_PROFILES, KITH_FORMAT_CSV),
                        "profile_id,record_count\n");
    assert_string_equal(export_text(f, KITH_EXPORT_CLUSTERS, KITH_FORMAT_AUTO),
                        "source,key,profile_id\n");
    assert_string_equal(export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_JSONL), "");
}

static void test_records_csv(void **state) {
    fixture *f = *state;
    make_people(f);
    const char *text = export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV);
    /* Only attributes that occur are columns; their order is that of the definitions. */
    assert_null(strstr(text, "gender"));
    assert_int_equal(strncmp(text, "source,key,", 11), 0);
    assert_non_null(strstr(text, "\"says \"\"hi\"\",\nthen leaves\""));
    assert_non_null(strstr(text, "a@example.com; b@example.com"));
    assert_non_null(strstr(text, "\nerp,\"a,b\","));
    assert_non_null(strstr(text, "1989-03-02"));
    assert_non_null(strstr(text, "王伟"));
    assert_int_equal(count_lines(text), 4); /* one inside of quotes */
}

static void test_records_json(void **state) {
    fixture *f = *state;
    make_people(f);
    const char *text = export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_JSONL);
    assert_int_equal(count_lines(text), 2);
    json_t *ann = line_of(text, 0);
    assert_int_equal(json_object_size(ann), 5);
    assert_json_text(ann, "source", "crm");
    assert_json_text(ann, "note", "says \"hi\",\nthen leaves");
    const json_t *emails = json_object_get(ann, "email");
    assert_int_equal(json_array_size(emails), 2);
    assert_string_equal(json_string_value(json_array_get(emails, 1)), "b@example.com");
    json_decref(ann);
    json_t *wang = line_of(text, 1);
    assert_json_text(wang, "key", "a,b");
    assert_json_text(wang, "birth_date", "1989-03-02");
    json_decref(wang);
}

static void test_names_of_fixed_columns(void **state) {
    fixture *f = *state;
    const kith_field fields[] = {{"source", kith_value_text("x")}, {"key", kith_value_text("y")}};
    const kith_field properties[] = {{"time", kith_value_text("noon")},
                                     {"type", kith_value_text("z")}};
    kith_txn *txn = begin(f);
    put(txn, "crm", "1", fields, 2);
    put_event(txn, "1", "visit", 5 * SECOND_US, NULL, properties, 2);
    commit(txn);
    const char *text = export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV);
    assert_int_equal(strncmp(text, "source,key,attributes.", 22), 0);
    assert_non_null(strstr(text, "attributes.key"));
    assert_non_null(strstr(text, "\ncrm,1,"));
    json_t *event = line_of(export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_JSONL), 0);
    assert_json_text(event, "type", "visit");
    assert_json_text(event, "properties.type", "z");
    assert_json_text(event, "properties.time", "noon");
    json_decref(event);
}

static void make_events(const fixture *f) {
    const kith_field inner[] = {{"sku", kith_value_text("A\"1")}, {"n", kith_value_integer(2)}};
    kith_value item = {KITH_TYPE_MAP, {0}};
    item.as.map.fields = inner;
    item.as.map.count = 2;
    kith_value items = {KITH_TYPE_LIST, {0}};
    items.as.list.items = &item;
    items.as.list.count = 1;
    const kith_field order[] = {{"revenue", kith_value_real(12.5)}, {"items", items}};
    const kith_field page[] = {{"path", kith_value_text("/")}, {"first", kith_value_boolean(true)}};
    kith_txn *txn = begin(f);
    put_event(txn, "2", "order", 19001 * DAY_US, "m-1", order, 2);
    put_event(txn, "2", "page", 19000 * DAY_US + 1, NULL, page, 2);
    put_event(txn, "1", "order", 19002 * DAY_US, NULL, order, 1);
    commit(txn);
}

static void test_events_csv(void **state) {
    fixture *f = *state;
    make_events(f);
    /* Properties stand in the order of their names, whichever event came first. */
    assert_string_equal(export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_CSV),
                        "source,key,type,time,message_id,first,items,path,revenue\n"
                        "crm,2,page,2022-01-08T00:00:00.000001Z,,true,,/,\n"
                        "crm,2,order,2022-01-09T00:00:00Z,m-1,,\"[{\"\"sku\"\":"
                        "\"\"A\\\"\"1\"\",\"\"n\"\":2}]\",,12.5\n"
                        "crm,1,order,2022-01-10T00:00:00Z,,,,,12.5\n");
}

static void test_events_json(void **state) {
    fixture *f = *state;
    make_events(f);
    const char *text = export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_JSONL);
    assert_int_equal(count_lines(text), 3);
    json_t *order = line_of(text, 1);
    assert_json_text(order, "message_id", "m-1");
    assert_true(json_real_value(json_object_get(order, "revenue")) == 12.5);
    const json_t *item = json_array_get(json_object_get(order, "items"), 0);
    assert_json_text(item, "sku", "A\"1");
    assert_int_equal(json_integer_value(json_object_get(item, "n")), 2);
    json_decref(order);
    json_t *page = line_of(text, 0);
    assert_true(json_is_true(json_object_get(page, "first")));
    assert_null(json_object_get(page, "message_id"));
    json_decref(page);
}

static void test_profiles(void **state) {
    fixture *f = *state;
    const kith_field ann[] = {{"given_name", kith_value_text("Ann")}};
    const kith_field total[] = {{"revenue", kith_value_real(0.1)}};
    const kith_field more[] = {{"revenue", kith_value_integer(30)}};
    kith_change change;
    kith_txn *txn = begin(f);
    put(txn, "crm", "1", ann, 1);
    put(txn, "crm", "2", NULL, 0);
    put(txn, "crm", "3", ann, 1);
    put_event(txn, "1", "order", 19000 * DAY_US, NULL, total, 1);
    put_event(txn, "2", "order", 19001 * DAY_US, NULL, more, 1);
    put_event(txn, "2", "order", NOW_US + DAY_US, NULL, more, 1); /* not yet */
    assert_int_equal(kith_record_link(txn, "crm", "1", "crm", "2", "test", 1, &change), KITH_OK);
    commit(txn);
    const char *text = export_text(f, KITH_EXPORT_PROFILES, KITH_FORMAT_CSV);
    assert_int_equal(count_lines(text), 3);
    const char *header = "profile_id,record_count,given_name,order.count,order.first,order.last,"
                         "order.sum.revenue\n";
    assert_int_equal(strncmp(text, header, strlen(header)), 0);
    assert_non_null(strstr(text, ",2,Ann,2,2022-01-08T00:00:00Z,2022-01-09T00:00:00Z,30.1\n"));
    assert_non_null(strstr(text, ",1,Ann,,,,\n"));
    text = export_text(f, KITH_EXPORT_PROFILES, KITH_FORMAT_JSONL);
    json_t *profile = line_of(text, 0);
    assert_int_equal(json_integer_value(json_object_get(profile, "order.count")), 2);
    assert_true(fabs(json_real_value(json_object_get(profile, "order.sum.revenue")) - 30.1) < 1e-9);
    json_decref(profile);
}

static void define(kith_txn *txn, kith_definition_kind kind, const char *name, const char *text) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = text;
    if (kith_definition_put(txn, kind, &input, NULL) != KITH_OK) {
        fail_msg("%s", kith_txn_error(txn)->message);
    }
}

/* Behind the aggregates, in order of the definitions, whoever has a value first. */
static void test_what_definitions_say(void **state) {
    fixture *f = *state;
    const kith_field total[] = {{"total", kith_value_integer(30)}};
    kith_txn *txn = begin(f);
    put(txn, "crm", "1", NULL, 0);
    put(txn, "crm", "2", NULL, 0);
    put_event(txn, "2", "order", 19000 * DAY_US, NULL, total, 1);
    define(txn, KITH_TRAIT, "orders", "count(order)");
    define(txn, KITH_TRAIT, "gone", "count(order)");
    define(txn, KITH_SCORE, "stage", "{\"kind\":\"lifecycle\",\"event\":\"order\"}");
    define(txn, KITH_SCORE, "size",
           "{\"kind\":\"rules\",\"rules\":[{\"name\":\"big\",\"when\":\"sum(order.total) > 20\"}],"
           "\"otherwise\":\"small\"}");
    define(txn, KITH_SEGMENT, "buyers", "score('size') = 'big'");
    define(txn, KITH_SEGMENT, "nobody", "FALSE");
    define(txn, KITH_SEGMENT, "removed", "TRUE");
    assert_int_equal(kith_definition_remove(txn, KITH_SEGMENT, "removed", 0), KITH_OK);
    assert_int_equal(kith_definition_remove(txn, KITH_TRAIT, "gone", 0), KITH_OK);
    commit(txn);
    const char *text = export_text(f, KITH_EXPORT_PROFILES, KITH_FORMAT_CSV);
    const char *behind = strstr(text, "order.sum.total,");
    assert_non_null(behind);
    const char *header = "order.sum.total,trait.orders,score.stage.stage,score.stage.usual_gap,"
                         "score.size.name,segment.buyers,segment.nobody\n";
    assert_int_equal(strncmp(behind, header, strlen(header)), 0);
    assert_non_null(strstr(text, ",0,prospect,,small,false,false\n"));
    assert_non_null(strstr(text, ",30.0,1,lapsed,90,big,true,false\n"));
    json_t *buyer = line_of(export_text(f, KITH_EXPORT_PROFILES, KITH_FORMAT_JSONL), 1);
    assert_int_equal(json_integer_value(json_object_get(buyer, "trait.orders")), 1);
    assert_json_text(buyer, "score.size.name", "big");
    assert_true(json_is_true(json_object_get(buyer, "segment.buyers")));
    assert_true(json_is_false(json_object_get(buyer, "segment.nobody")));
    json_decref(buyer);
}

static void test_clusters(void **state) {
    fixture *f = *state;
    kith_change change;
    kith_txn *txn = begin(f);
    put(txn, "crm", "1", NULL, 0);
    put(txn, "crm", "2", NULL, 0);
    put(txn, "crm", "3", NULL, 0);
    assert_int_equal(kith_record_link(txn, "crm", "1", "crm", "3", "test", 1, &change), KITH_OK);
    commit(txn);
    const char *text = export_text(f, KITH_EXPORT_CLUSTERS, KITH_FORMAT_JSONL);
    json_t *rows[3];
    const char *ids[3];
    for (size_t i = 0; i < 3; i++) {
        kith_id id;
        rows[i] = line_of(text, i);
        ids[i] = json_string_value(json_object_get(rows[i], "profile_id"));
        assert_non_null(ids[i]);
        assert_int_equal(kith_id_parse(ids[i], &id), KITH_OK);
    }
    assert_string_equal(ids[0], ids[2]);
    assert_string_not_equal(ids[0], ids[1]);
    for (size_t i = 0; i < 3; i++) {
        json_decref(rows[i]);
    }
}

/* Reals come back as the same bits, whatever decimal point the host's locale has. */
static void test_numbers(void **state) {
    static const double reals[] = {
        0.1, 1.0 / 3, 1e21, -2.5e-7, 3, 1e15 + 0.3, 5e-324, 1.7976931348623157e308, 49.9};
    fixture *f = *state;
    char names[sizeof reals / sizeof reals[0]][8];
    kith_field fields[sizeof reals / sizeof reals[0] + 2];
    size_t count = sizeof reals / sizeof reals[0];
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "r%zu", i);
        fields[i] = (kith_field){names[i], kith_value_real(reals[i])};
    }
    fields[count] = (kith_field){"low", kith_value_integer(INT64_MIN)};
    fields[count + 1] = (kith_field){"high", kith_value_integer(INT64_MAX)};
    kith_txn *txn = begin(f);
    put_event(txn, "1", "numbers", SECOND_US, NULL, fields, count + 2);
    commit(txn);
    static const char *const locales[] = {"C", "de_DE.UTF-8"};
    for (size_t l = 0; l < 2; l++) {
        bool there = setlocale(LC_NUMERIC, locales[l]) != NULL;
        const char *text = export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_JSONL);
        setlocale(LC_NUMERIC, "C");
        if (!there) {
            continue;
        }
        json_t *event = line_of(text, 0);
        for (size_t i = 0; i < count; i++) {
            const json_t *real = json_object_get(event, names[i]);
            assert_true(json_is_real(real));
            assert_true(json_real_value(real) == reals[i]);
        }
        assert_true(json_integer_value(json_object_get(event, "low")) == INT64_MIN);
        assert_true(json_integer_value(json_object_get(event, "high")) == INT64_MAX);
        json_decref(event);
        assert_non_null(strstr(text, "0.1,"));
        assert_non_null(strstr(text, "49.9"));
        assert_non_null(strstr(text, "3.0,"));
    }
}

static void test_control_characters(void **state) {
    fixture *f = *state;
    const kith_field fields[] = {{"note", kith_value_text("a\tb\x01\\\"\r\n")}};
    kith_txn *txn = begin(f);
    put_event(txn, "1", "odd", SECOND_US, NULL, fields, 1);
    commit(txn);
    json_t *event = line_of(export_text(f, KITH_EXPORT_EVENTS, KITH_FORMAT_JSONL), 0);
    assert_json_text(event, "note", "a\tb\x01\\\"\r\n");
    json_decref(event);
}

static void test_many_rows_come_in_pieces(void **state) {
    fixture *f = *state;
    kith_txn *txn = begin(f);
    for (int i = 0; i < 5000; i++) {
        char key[64];
        snprintf(key, sizeof key, "a-key-of-some-length-%06d", i);
        put(txn, "crm", key, NULL, 0);
    }
    commit(txn);
    assert_int_equal(count_lines(export_text(f, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV)), 5001);
    size_t whole = f->size;
    kith_error error = KITH_ERROR_INIT;
    f->allowed = 1;
    assert_int_equal(export_code(f, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV, &error),
                     KITH_INTERRUPTED);
    assert_int_equal(error.code, KITH_INTERRUPTED);
    assert_true(f->size > 0 && f->size < whole);
}

static void test_twice_is_the_same(void **state) {
    static const kith_export_what all[] = {KITH_EXPORT_RECORDS, KITH_EXPORT_EVENTS,
                                           KITH_EXPORT_PROFILES, KITH_EXPORT_CLUSTERS};
    fixture *f = *state;
    make_people(f);
    make_events(f);
    for (size_t i = 0; i < 8; i++) {
        kith_format format = i < 4 ? KITH_FORMAT_CSV : KITH_FORMAT_JSONL;
        char *first = strdup(export_text(f, all[i % 4], format));
        assert_string_equal(first, export_text(f, all[i % 4], format));
        free(first);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_empty_store),        TEST(test_records_csv),
        TEST(test_records_json),       TEST(test_names_of_fixed_columns),
        TEST(test_events_csv),         TEST(test_events_json),
        TEST(test_profiles),           TEST(test_what_definitions_say),
        TEST(test_clusters),           TEST(test_numbers),
        TEST(test_control_characters), TEST(test_many_rows_come_in_pieces),
        TEST(test_twice_is_the_same),
    };
    return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
