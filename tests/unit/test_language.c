/*
 * The segment language: what it reads and how it writes it, its JSON twin, its numbers, and what it
 * refuses, where, and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/segment/checking.h"
#include "src/segment/parse.h"
#include "src/segment/print.h"
#include "src/segment/twin.h"
#include "src/store/txn.h"
#include "tests/unit/fact_stand.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

typedef struct reading {
    kithi_arena arena;
    kith_error error;
    kithi_buffer text;
} reading;

static void begin(reading *r) {
    kithi_arena_init(&r->arena);
    kithi_buffer_init(&r->text);
    r->error = (kith_error)KITH_ERROR_INIT;
}

static void end(reading *r) {
    kithi_arena_clear(&r->arena);
    kithi_buffer_clear(&r->text);
}

static kithi_node *parse(reading *r, const char *text, size_t size) {
    kithi_node *node = NULL;
    if (kithi_parse(text, size, &r->arena, &node, &r->error) != KITH_OK) {
        fail_msg("%.*s: %s at %d", (int)size, text, r->error.message, (int)r->error.position);
    }
    return node;
}

static const char *print(reading *r, const kithi_node *node, size_t columns) {
    kithi_buffer_reset(&r->text);
    kithi_print(node, columns, &r->text);
    kithi_buffer_append_byte(&r->text, '\0');
    assert_true(kithi_buffer_ok(&r->text));
    return (const char *)r->text.data;
}

/* Reading */

/* What is read is written so, and reading that, or its twin, gives the same. */
static void expect_written(const char *text, const char *wanted) {
    reading r;
    kithi_buffer json;
    begin(&r);
    kithi_buffer_init(&json);
    kithi_node *node = parse(&r, text, strlen(text));
    assert_string_equal(print(&r, node, 0), wanted);
    assert_true(kithi_node_equal(node, parse(&r, wanted, strlen(wanted))));
    assert_true(kithi_twin_write(node, false, &json));
    kithi_tree tree = {.arena = &r.arena, .error = &r.error};
    kithi_node *twin = kithi_twin_read(&tree, (const char *)json.data, json.size);
    if (twin == NULL || !kithi_node_equal(node, twin)) {
        fail_msg("%s: %.*s: %s", text, (int)json.size, json.data, r.error.message);
    }
    kithi_buffer_clear(&json);
    end(&r);
}

static void test_segments_are_written_in_one_form(void **state) {
    (void)state;
    static const char *const same[] = {
        "sum(purchase.amount LAST 365d) >= 10000 OR tag('vip')",
        "count(purchase LAST 365d) >= 4 AND NOT did(purchase LAST 60d)",
        "count(purchase WHERE amount > 200 AND category = 'shoes' LAST 30d) >= 3",
        "did(signup LAST 90d THEN purchase WITHIN 7d)",
        "did(cart_add LAST 7d THEN NOT purchase WITHIN 2h) AND consent('marketing', 'sms')",
        "did(purchase LAST 30d THEN return WHERE order_id = prev.order_id WITHIN 14d)",
        "count(purchase) = 1 AND first(purchase.at) < now - 90d",
        "first(purchase.channel) = 'store' AND last(purchase.channel) = 'web'",
        "last(purchase.amount) > 2 * avg(purchase.amount LAST 180d)",
        "date_part('month', birthdate) = date_part('month', today) AND score('rfm_m') >= 4",
        "did(purchase BEFORE now - 180d) AND NOT did(purchase FROM now - 180d TO now - 14d)",
        "store_id IN ('S01', 'S07') AND no_tags(['staff', 'fraud'])",
        "points('main') BETWEEN 500 AND 2000 AND NOT segment('global_holdout')",
        "regularly(purchase LAST 12 CALENDAR MONTHS, 1, MONTH, 10)",
        "bucket('spring', 0, 5000) AND vip",
        "count(purchase WHERE profile.store_id = store AND event.'Order Id' != step1.id THIS WEEK) "
        "= 0",
        "coalesce(nick, lower(name), 'x') NOT CONTAINS 'b' OR birthdate IS NOT NULL",
        "a - (b - c) * 2 / (d - -5) > 1.5",
        "(a = 1 OR b = 2) AND NOT (c = 3 AND d)",
        "profile.'zip-code' STARTS WITH '10' AND profile.now != 'it''s'",
        "did(purchase WHERE items.sku = 'a' AND event.step100.a = 3)",
        "did(signup THEN purchase WHERE prev.items.sku = step12.a AND event.prev.b = 1)",
    };
    for (size_t i = 0; i < COUNT(same); i++) {
        expect_written(same[i], same[i]);
    }
}

static void test_other_forms_are_read_too(void **state) {
    (void)state;
    expect_written("TAG(\"vip\")or not x<>2", "tag('vip') OR NOT x != 2");
    expect_written("a=1 and b=2 or c=3", "a = 1 AND b = 2 OR c = 3");
    expect_written("((a = 1))", "a = 1");
    expect_written("x in [1, 2.50]", "x IN (1, 2.5)");
    expect_written("did(a WHERE items.sku = 'b' AND steps.c = 1 AND step100.d = 2)",
                   "did(a WHERE items.sku = 'b' AND event.steps.c = 1 AND event.step100.d = 2)");
    expect_written("any_tag('a', 'b')", "any_tag(['a', 'b'])");
    expect_written("d = 120m and e = 2w and f = 90s", "d = 2h AND e = 14d AND f = 90s");
    expect_written("t < 2024-02-29T10:00:00+08:00", "t < 2024-02-29T02:00:00Z");
    expect_written("\xEF\xBB\xBF"
                   "a\xC2\xA0=\xE3\x80\x80"
                   "1",
                   "a = 1"); /* blanks of other keyboards */
    expect_written("profile.'客户（级）' = 'é' AND 客户 = 1",
                   "profile.'客户（级）' = 'é' AND 客户 = 1");
    expect_written("count('purchase') > 0", "count(purchase) > 0");
    expect_written("last = 3 and last(last.at last 1d) > now",
                   "last = 3 AND last(last.at LAST 1d) > now");
}

static void test_long_expressions_are_broken(void **state) {
    (void)state;
    static const char text[] = "tag('first') AND tag('second') AND (tag('third') OR tag('fourth'))";
    reading r;
    begin(&r);
    kithi_node *node = parse(&r, text, sizeof text - 1);
    assert_string_equal(print(&r, node, 200), text);
    assert_string_equal(print(&r, node, 40),
                        "tag('first')\nAND tag('second')\nAND (tag('third') OR tag('fourth'))");
    end(&r);
}

/* Refusing */

static void test_what_is_wrong_is_said_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int place;
        const char *words;
    } table[] = {
        {"x >", 3, "expected a value or a condition, found the end"},
        {"count(purchase", 14, "expected WHERE, a window such as LAST 30d, or ), found the end"},
        {"x = 5x", 4, "neither a number nor a duration"},
        {"tag(vip)", 4, "expected a text in quotes, found vip"},
        {"a = 'open", 4, "a quote that is never closed"},
        {"foo(3)", 0, "there is no foo(); count, sum, did"},
        {"a ? b", 2, "a sign that means nothing here"},
        {"a b", 2, "expected AND, OR or the end, found b"},
        {"did(a THEN)", 10, "expected the name of an event"},
        {"x IN ()", 6, "expected a value"},
        {"x NOT 3", 6, "expected IN, BETWEEN, LIKE"},
        {"2024-13-01 = a", 0, "no such date"},
        {"count(p LAST 3)", 14, "expected CALENDAR"},
        {"count(p LAST 0d)", 13, "a duration of nothing"},
        {"a > 1.1234567", 4, "six behind the point"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        reading r;
        kithi_node *node = NULL;
        begin(&r);
        int rc = kithi_parse(table[i].text, strlen(table[i].text), &r.arena, &node, &r.error);
        if (rc != KITH_INVALID || r.error.position != table[i].place ||
            strstr(r.error.message, table[i].words) == NULL) {
            fail_msg("%s: %d at %d: %s", table[i].text, rc, (int)r.error.position, r.error.message);
        }
        assert_null(node);
        end(&r);
    }
}

static void test_no_text_holds_a_nul(void **state) {
    (void)state;
    static const char text[] = "a = 'b\0c'";
    reading r;
    kithi_node *node = NULL;
    begin(&r);
    assert_int_equal(kithi_parse(text, sizeof text - 1, &r.arena, &node, &r.error), KITH_INVALID);
    assert_int_equal(r.error.position, 6);
    end(&r);
}

static void expect_limit(const char *front, const char *piece, size_t count, const char *back) {
    reading r;
    kithi_node *node = NULL;
    begin(&r);
    kithi_buffer_append_text(&r.text, front);
    for (size_t i = 0; i < count; i++) {
        kithi_buffer_append_text(&r.text, piece);
    }
    kithi_buffer_append_text(&r.text, back);
    assert_int_equal(kithi_parse((const char *)r.text.data, r.text.size, &r.arena, &node, &r.error),
                     KITH_LIMIT);
    end(&r);
}

static void test_expressions_have_limits(void **state) {
    (void)state;
    expect_limit("", "(", 100, "a");
    expect_limit("", "NOT ", 100, "a");
    expect_limit("a", " + a", 100, " > 0");
    expect_limit("a IN (1", ", 1", 2000, ")");
    expect_limit("a", " OR a", 2000, "");
    expect_limit("did(a", " THEN a", 20, ")");
    expect_limit("a = '", "0123456789", 7000, "'");
}

/* In its one form it is longer. */
static void test_what_would_not_read_back_is_refused(void **state) {
    (void)state;
    enum { QUOTES = KITH_EXPRESSION_MAX_BYTES / 2 };
    kith_error error = KITH_ERROR_INIT;
    kith_expression *expression = NULL;
    kithi_buffer text;
    kithi_buffer_init(&text);
    kithi_buffer_append_text(&text, "a = \"");
    for (size_t i = 0; i < QUOTES; i++) {
        kithi_buffer_append_text(&text, "'");
    }
    kithi_buffer_append_text(&text, "\"");
    assert_int_equal(
        kith_expression_parse((const char *)text.data, text.size, NULL, NULL, &expression, &error),
        KITH_LIMIT);
    assert_non_null(strstr(error.message, "would have more than 65536 bytes"));
    assert_null(expression);
    kithi_buffer_clear(&text);
}

/* Twins */

static void test_twins_that_say_nothing_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *json, *words;
    } table[] = {
        {"{", "no JSON"},
        {"{\"=\": [1]}", "/=: "},
        {"{\"=\": [1, 1.5]}", "{\"number\": \"12.5\"}"},
        {"{\"sum\": {\"event\": \"a\", \"window\": 3}}", "/sum/0/window: expected"},
        {"{\"count\": {\"event\": \"a\", \"last\": \"3\"}}", "expected a duration"},
        {"{\"did\": [{\"event\": \"a\", \"not\": true}]}", "a step that follows"},
        {"{\"and\": [], \"or\": []}", "one member"},
        {"{\"nand\": [true, true]}", "/nand: no operator"},
        {"{\"not =\": [1, 2]}", "no operator"},
        {"{\"property\": \"a\", \"of\": \"next\"}", "expected \"this\""},
        {"[1]", "expected a value or an object"},
        {"{\"count\": {\"event\": \"a\", \"calendar\": \"day\"}}", "\"last\", which is missing"},
        {"{\"did\": [{\"event\": \"a\"}, {\"event\": \"b\", \"not\": 1}]}",
         "/did/1/not: expected true"},
        {"{\"<\": [{\"now\": false}, 1]}", "/</0/now: expected true"},
        {"{\"like\": [\"a\", 3]}", "/like/1: expected a text"},
        {"{\"tag\": 3}", "/tag/0: expected a text"},
        {"{\"bucket\": [\"a\", \"b\", 3]}", "/bucket/1: expected a number"},
        {"{\"regularly\": [{\"event\": \"a\"}, 1, \"moon\", 3]}",
         "/regularly/2: expected a duration"},
        {"{\"regularly\": [{\"event\": \"a\"}, 1, \"day\", \"3\"]}",
         "/regularly/3: expected a number"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        reading r;
        begin(&r);
        kithi_tree tree = {.arena = &r.arena, .error = &r.error};
        assert_null(kithi_twin_read(&tree, table[i].json, strlen(table[i].json)));
        if (tree.rc != KITH_INVALID || strstr(r.error.message, table[i].words) == NULL) {
            fail_msg("%s: %d: %s", table[i].json, tree.rc, r.error.message);
        }
        end(&r);
    }
}

static void test_the_forms_of_twins_are_one(void **state) {
    (void)state;
    static const struct {
        const char *json, *text;
    } table[] = {
        {"\xEF\xBB\xBF{\"tag\": \"vip\"}", "tag('vip')"},
        {"{\"regularly\": [{\"event\": \"a\"}, 1, \"months\", 3]}", "regularly(a, 1, MONTH, 3)"},
        {"{\"not in\": [{\"attribute\": \"a\"}, {\"number\": \"-1.50\"}]}", "a NOT IN (-1.5)"},
        {"{\"today\": true}", "today"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        reading r;
        begin(&r);
        kithi_tree tree = {.arena = &r.arena, .error = &r.error};
        const kithi_node *node = kithi_twin_read(&tree, table[i].json, strlen(table[i].json));
        assert_int_equal(tree.rc, KITH_OK);
        assert_string_equal(print(&r, node, 0), table[i].text);
        assert_true(kithi_node_equal(node, parse(&r, table[i].text, strlen(table[i].text))));
        end(&r);
    }
}

static void expect_wrong_twin(const char *json, kith_txn *txn, int place, const char *words) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    options.json = true;
    int rc = kith_expression_parse(json, strlen(json), txn, &options, &expression, &error);
    if (rc != KITH_INVALID || error.position != place || strstr(error.message, words) == NULL) {
        fail_msg("%s: %d at %d: %s", json, rc, (int)error.position, error.message);
    }
}

static void test_what_is_no_json_has_a_place(void **state) {
    (void)state;
    expect_wrong_twin("{\"tag\" \"vip\"}", NULL, 11, "no JSON");
    expect_wrong_twin("", NULL, 0, "no JSON");
    expect_wrong_twin("\"a\\u0000b\"", NULL, 9, "a NUL stands in no text");
    expect_wrong_twin("\xEF\xBB\xBF{,}", NULL, 4, "no JSON");
    expect_wrong_twin("{\"tag\": \"vip\"} x", NULL, 15, "no JSON");
}

static void test_other_things_in_twins_have_a_path(void **state) {
    fixture *f = *state;
    expect_wrong_twin("{\"tags\": \"vip\"}", f->txn, -1, "/tags: no operator");
    expect_wrong_twin("{\"and\": [true, {\"attribute\": \"citi\"}]}", f->txn, -1,
                      "/and/1: the store has no attribute 'citi'; did you mean 'city'?");
    expect_wrong_twin("{\"and\": [true, {\"not like\": [3, \"a\"]}]}", f->txn, -1,
                      "/and/1/not like/0: expected a text, found a number");
    expect_wrong_twin("{\"did\": [{\"event\": \"a\"}]}", f->txn, -1,
                      "/did/0: the store has no event");
    expect_wrong_twin("{\"<\": [{\"sum\": {\"event\": \"a\"}}, 3]}", NULL, -1,
                      "/</0/sum: of which property");
    expect_wrong_twin(
        "{\"did\": {\"event\": \"a\", \"where\": {\"or\": [{\"tag\": \"b\"}, true]}}}", NULL, -1,
        "/did/0/where/or/0/tag: inside WHERE");
    expect_wrong_twin("{\"did\": {\"event\": \"a\", \"from\": {\"now\": true}, \"to\": 3}}", NULL,
                      -1, "/did/0/to: expected a date or a time");
    expect_wrong_twin("{\"did\": {\"event\": \"a\", \"since\": {\"lower\": 3}}}", NULL, -1,
                      "/did/0/since/lower/0: expected a text");
    expect_wrong_twin("{\"did\": {\"event\": \"a\", \"before\": 3}}", NULL, -1,
                      "/did/0/before: expected");
    expect_wrong_twin("{\"regularly\": [{\"event\": \"a\", \"last\": \"9d\"}, -1, \"day\", 3]}",
                      NULL, -1, "/regularly/1: expected a whole number");
    expect_wrong_twin("3", NULL, -1, "expected a condition, found a number");
}

/* The public calls */

static void test_wrong_calls_are_told(void **state) {
    fixture *f = *state;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kith_expression_parse(NULL, 0, NULL, NULL, &expression, &error), KITH_MISUSE);
    assert_int_equal(kith_expression_parse("a", 1, NULL, NULL, NULL, &error), KITH_MISUSE);
    options.size = 1;
    assert_int_equal(kith_expression_parse("a", 1, NULL, &options, &expression, &error),
                     KITH_MISUSE);
    options.size = sizeof options;
    assert_int_equal(kith_expression_parse("a >", 3, f->txn, &options, &expression, NULL),
                     KITH_INVALID);
    assert_int_equal(kith_expression_parse("a = '\xFF'", 7, NULL, NULL, &expression, &error),
                     KITH_INVALID);
    assert_int_equal(error.position, 5);
    assert_null(expression);
    kith_expression_free(NULL);
}

static void test_what_expressions_give(void **state) {
    (void)state;
    static const struct {
        const char *text, *gives;
    } table[] = {
        {"vip", "any"},
        {"NULL", "null"},
        {"vip = 1", "condition"},
        {"count(a) * 2", "number"},
        {"lower(city)", "text"},
        {"today", "date"},
        {"now - 3d", "time"},
        {"now - today", "duration"},
        {"first(a.at)", "time"},
        {"last(a.b)", "any"},
        {"coalesce(NULL, 3)", "number"},
        {"coalesce(a, 3)", "any"},
    };
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.value = true;
    for (size_t i = 0; i < COUNT(table); i++) {
        kith_expression *expression = NULL;
        assert_int_equal(kith_expression_parse(table[i].text, strlen(table[i].text), NULL, &options,
                                               &expression, NULL),
                         KITH_OK);
        assert_string_equal(kith_expression_gives(expression), table[i].gives);
        kith_expression_free(expression);
    }
}

static void expect_forms(const kith_expression *expression, size_t columns, const char *wanted,
                         bool pretty, const char *wanted_json) {
    char *text = NULL, *json = NULL;
    assert_int_equal(kith_expression_text(expression, columns, &text), KITH_OK);
    assert_int_equal(kith_expression_json(expression, pretty, &json), KITH_OK);
    assert_string_equal(text, wanted);
    assert_string_equal(json, wanted_json);
    kith_free(text);
    kith_free(json);
}

static void test_expressions_are_written_as_either(void **state) {
    (void)state;
    static const char text[] = "tag('vip')or not x";
    kith_expression *expression = NULL;
    assert_int_equal(kith_expression_parse(text, sizeof text - 1, NULL, NULL, &expression, NULL),
                     KITH_OK);
    expect_forms(expression, 0, "tag('vip') OR NOT x", false,
                 "{\"or\":[{\"tag\":[\"vip\"]},{\"not\":{\"attribute\":\"x\"}}]}");
    expect_forms(expression, 10, "tag('vip')\nOR NOT x", true,
                 "{\n  \"or\": [\n    {\n      \"tag\": [\n        \"vip\"\n      ]\n    },\n"
                 "    {\n      \"not\": {\n        \"attribute\": \"x\"\n      }\n    }\n  ]\n}");
    kith_expression_free(expression);
}

/* Numbers */

static void expect_number(kithi_decimal number, bool ok, const char *wanted) {
    char shown[KITHI_DECIMAL_TEXT_BYTES] = "none";
    if (ok) {
        kithi_decimal_format(number, shown);
    }
    assert_string_equal(shown, wanted);
}

static kithi_decimal number_of(const char *text) {
    kithi_decimal number;
    assert_int_equal(kithi_decimal_read(text, strlen(text), &number), strlen(text));
    return number;
}

static void test_numbers_are_exact(void **state) {
    (void)state;
    kithi_decimal out;
    bool ok = kithi_decimal_add(number_of("0.1"), number_of("0.2"), &out);
    expect_number(out, ok, "0.3");
    ok = kithi_decimal_multiply(number_of("19.99"), number_of("3"), &out);
    expect_number(out, ok, "59.97");
    ok = kithi_decimal_divide(number_of("1"), number_of("3"), &out);
    expect_number(out, ok, "0.333333");
    ok = kithi_decimal_divide(number_of("2"), -number_of("3"), &out);
    expect_number(out, ok, "-0.666667");
    ok = kithi_decimal_divide(number_of("0.000001"), number_of("2"), &out); /* half to even */
    expect_number(out, ok, "0");
    ok = kithi_decimal_divide(number_of("0.000003"), number_of("2"), &out);
    expect_number(out, ok, "0.000002");
    ok = kithi_decimal_divide(number_of("1"), 0, &out);
    expect_number(out, ok, "none");
    ok = kithi_decimal_of_real(19.99, &out);
    expect_number(out, ok, "19.99");
    ok = kithi_decimal_of_real(1e300, &out);
    expect_number(out, ok, "none");
    kithi_decimal large = number_of("9999999999999999999999999999999");
    ok = kithi_decimal_add(large, number_of("1"), &out);
    expect_number(out, ok, "none");
    ok = kithi_decimal_multiply(large, large, &out);
    expect_number(out, ok, "none");
    expect_number(large, true, "9999999999999999999999999999999");
    kithi_decimal half = number_of("1000000000000000");
    ok = kithi_decimal_multiply(half, half, &out);
    expect_number(out, ok, "1000000000000000000000000000000");
    ok = kithi_decimal_multiply(-number_of("0.5"), large, &out);
    expect_number(out, ok, "-4999999999999999999999999999999.5");
    ok = kithi_decimal_divide(large, number_of("2"), &out);
    expect_number(out, ok, "4999999999999999999999999999999.5");
    ok = kithi_decimal_divide(large, -large, &out);
    expect_number(out, ok, "-1");
    ok = kithi_decimal_divide(large, number_of("0.5"), &out);
    expect_number(out, ok, "none");
}

/* Checking */

static int check(fixture *f, reading *r, const char *text, bool any_name) {
    kithi_checking asked = {
        .catalog = kithi_txn_catalog(f->txn), .any_name = any_name, .condition = true};
    kithi_tree tree = {.arena = &r->arena, .error = &r->error};
    return kithi_check(&tree, parse(r, text, strlen(text)), &asked);
}

static void define_names(fixture *f) {
    static const char config[] =
        "{\"attributes\": {\"spent\": {\"type\": \"real\"}, \"vip\": {\"type\": \"boolean\"}}}";
    const kith_field field = {"amount", kith_value_integer(3)};
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "shop";
    input.key = "1";
    input.type = "purchase";
    input.fields = &field;
    input.field_count = 1;
    assert_int_equal(kith_config_apply(f->txn, config, sizeof config - 1), KITH_OK);
    assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_OK);
}

static void test_names_and_sorts_that_fit(void **state) {
    fixture *f = *state;
    static const char *const fine[] = {
        "spent >= 10.5 AND vip AND birth_date < 2000-01-01 AND NOT city = 'York'",
        "birth_date BETWEEN '1990-01-01' AND today - 365d",
        "sum(purchase.amount WHERE amount > profile.spent LAST 30d) > 2 * spent",
        "first(purchase.at) - now < 3d OR last(purchase.amount) = 'any'",
        "coalesce(city, state, 'none') LIKE 'Y%' AND age(birth_date) >= 18",
        "did(purchase LAST 30d THEN purchase WHERE amount > prev.amount AND at > step1.at + 2h)",
        "vip = TRUE AND (spent > 3) != FALSE",
        "did(purchase THEN purchase WHERE amount - prev.amount > 2d)",
        "did(purchase WHERE 12h <= amount - amount AND amount - amount BETWEEN 1d AND 2d)",
        "did(purchase WHERE amount - amount + 1d > 3d AND amount - amount > 3)",
    };
    define_names(f);
    for (size_t i = 0; i < COUNT(fine); i++) {
        reading r;
        begin(&r);
        if (check(f, &r, fine[i], false) != KITH_OK) {
            fail_msg("%s: %s at %d", fine[i], r.error.message, (int)r.error.position);
        }
        end(&r);
    }
}

static void test_names_and_sorts_that_do_not(void **state) {
    fixture *f = *state;
    static const struct {
        const char *text;
        int place;
        const char *words;
    } table[] = {
        {"spend > 3", 0, "no attribute 'spend'; did you mean 'spent'?"},
        {"vip AND did(purchas)", 12, "no event 'purchas'; did you mean 'purchase'?"},
        {"sum(purchase.amuont) > 3", 4, "did you mean 'amount'?"},
        {"spent = 'three'", 8, "expected a number, found a text"},
        {"birth_date > '31.31.1990'", 13, "is none"},
        {"birth_date > 3", 13, "expected a date, found a number"},
        {"spent", 0, "expected a condition, found a number"},
        {"spent + birth_date > 3", 0, "a number + a date has no meaning"},
        {"city = NULL", 7, "IS NULL"},
        {"vip > TRUE", 0, "no order"},
        {"count(purchase WHERE tag('x')) > 1", 21, "inside WHERE"},
        {"did(purchase WHERE amount > prev.amount)", 28, "this is the first"},
        {"sum(purchase) > 3", 0, "of which property"},
        {"did(purchase.amount)", 4, "not for a property"},
        {"did(purchase THEN NOT purchase THEN purchase)", 22, "THEN NOT ends"},
        {"bucket('x', 0, 10001)", 15, "from 0 to 10000"},
        {"date_part('moon', today) = 3", 10, "'quarter'"},
        {"regularly(purchase, 1, 30d, 3)", 0, "two ends"},
        {"did(purchase WHERE amount + amount > 2d)", 37, "expected a number, found a duration"},
        {"did(purchase WHERE amount - profile.spent > 2d)", 44,
         "expected a number, found a duration"},
    };
    define_names(f);
    for (size_t i = 0; i < COUNT(table); i++) {
        reading r;
        begin(&r);
        int rc = check(f, &r, table[i].text, false);
        if (rc != KITH_INVALID || r.error.position != table[i].place ||
            strstr(r.error.message, table[i].words) == NULL) {
            fail_msg("%s: %d at %d: %s", table[i].text, rc, (int)r.error.position, r.error.message);
        }
        end(&r);
    }
    reading r;
    begin(&r);
    assert_int_equal(check(f, &r, "nobody_has_it > 3 AND did(nothing_yet)", true), KITH_OK);
    end(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments_are_written_in_one_form),
        cmocka_unit_test(test_other_forms_are_read_too),
        cmocka_unit_test(test_long_expressions_are_broken),
        cmocka_unit_test(test_what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(test_no_text_holds_a_nul),
        cmocka_unit_test(test_expressions_have_limits),
        cmocka_unit_test(test_what_would_not_read_back_is_refused),
        cmocka_unit_test(test_twins_that_say_nothing_are_refused),
        cmocka_unit_test(test_the_forms_of_twins_are_one),
        cmocka_unit_test(test_what_is_no_json_has_a_place),
        cmocka_unit_test_setup_teardown(test_other_things_in_twins_have_a_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_calls_are_told, set_up, tear_down),
        cmocka_unit_test(test_what_expressions_give),
        cmocka_unit_test(test_expressions_are_written_as_either),
        cmocka_unit_test(test_numbers_are_exact),
        cmocka_unit_test_setup_teardown(test_names_and_sorts_that_fit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_and_sorts_that_do_not, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
