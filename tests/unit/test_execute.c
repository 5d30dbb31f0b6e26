/*
 * What expressions give for one customer at one time, and when that changes with no new fact. Each
 * table is a customer, told in lines, and questions about them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/amount.h"
#include "src/segment/executor.h"
#include "src/segment/operand.h"
#include "tests/unit/fact_stand.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static int64_t time_of(const char *text) {
    int64_t us;
    if (kith_time_parse(text, strlen(text), &us) != KITH_OK) {
        fail_msg("%s is no time", text);
    }
    return us;
}

/* Told as "purchase 2024-01-05T10:00 amount=250 category=shoes". */
static void tell_event(fixture *f, const char *key, const char *line) {
    char text[256];
    kith_field fields[8];
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    size_t count = 0;
    snprintf(text, sizeof text, "%s", line);
    char *type = strtok(text, " "), *time = strtok(NULL, " "), *word;
    while ((word = strtok(NULL, " ")) != NULL) {
        char *equals = strchr(word, '=');
        assert_non_null(equals);
        *equals = '\0';
        fields[count++] = (kith_field){word, kithi_amount_numeral(kith_value_text(equals + 1))};
    }
    input.source = "till";
    input.key = key;
    input.type = type;
    input.time_us = time_of(time);
    input.fields = fields;
    input.field_count = count;
    assert_int_equal(kith_event_put(f->txn, &input, NULL), KITH_OK);
}

static void tell_record(fixture *f, const char *key, const kith_field *fields, size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "till";
    input.key = key;
    input.at_us = 1;
    input.fields = fields;
    input.field_count = count;
    assert_int_equal(kith_record_put(f->txn, &input, NULL), KITH_OK);
}

static void find_customer(fixture *f, const char *key, kith_profile *out) {
    kith_record record = KITH_RECORD_INIT;
    assert_int_equal(kith_record_get(f->txn, "till", key, &record), KITH_OK);
    assert_int_equal(kith_profile_of_record(f->txn, record.number, 0, out), KITH_OK);
}

static kith_expression *parse(fixture *f, const char *text) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    options.value = options.any_name = true;
    if (kith_expression_parse(text, strlen(text), f->txn, &options, &expression, &error) !=
        KITH_OK) {
        fail_msg("%s: %s at %d", text, error.message, (int)error.position);
    }
    return expression;
}

static void show_value(const kith_value *value, char out[128]) {
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        strcpy(out, value->as.boolean ? "true" : "false");
        break;
    case KITH_TYPE_INTEGER:
        snprintf(out, 128, "%lld", (long long)value->as.integer);
        break;
    case KITH_TYPE_REAL:
        snprintf(out, 128, "%.6f", value->as.real);
        break;
    case KITH_TYPE_TEXT:
        snprintf(out, 128, "%.*s", (int)value->as.text.size, value->as.text.data);
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, out);
        break;
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, out);
        break;
    default:
        strcpy(out, "null");
    }
}

typedef struct question {
    const char *text, *now, *answer;
    const char *change; /* "never"; NULL: it isn't asked */
} question;

static void ask(fixture *f, const question *q) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_outcome outcome = KITH_OUTCOME_INIT;
    char shown[128], change[KITH_TIME_TEXT_BYTES] = "never";
    kith_expression *expression = parse(f, q->text);
    find_customer(f, "ann", &profile);
    assert_int_equal(kith_expression_evaluate(expression, &profile, time_of(q->now), &outcome),
                     KITH_OK);
    show_value(&outcome.value, shown);
    if (outcome.next_change_at_us != INT64_MAX) {
        kith_time_format(outcome.next_change_at_us, change);
    }
    if (strcmp(shown, q->answer) != 0) {
        fail_msg("%s at %s gives %s, not %s", q->text, q->now, shown, q->answer);
    }
    if (q->change != NULL && strcmp(change, q->change) != 0) {
        fail_msg("%s at %s changes %s, not %s", q->text, q->now, change, q->change);
    }
    kith_expression_free(expression);
}

static void ask_all(fixture *f, const char *const *events, size_t event_count,
                    const question *questions, size_t count) {
    for (size_t i = 0; i < event_count; i++) {
        tell_event(f, "ann", events[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ask(f, &questions[i]);
    }
}

static const char *const purchases[] = {
    "purchase 2024-01-05T10:00 amount=250 category=shoes channel=store",
    "purchase 2024-02-10T12:30 amount=99.5 category=hats channel=web",
    "purchase 2024-02-20T08:00 amount=310 category=shoes channel=web",
    "purchase 2024-03-01T00:00 amount=12.25 category=socks channel=web",
};

static void test_counts_and_sums_over_windows(void **state) {
    static const question questions[] = {
        {"count(purchase)", "2024-03-02", "4", "never"},
        {"count(purchase)", "2024-02-15", "2", "2024-02-20T08:00:00Z"},
        {"count(purchase)", "2023-01-01", "0", "2024-01-05T10:00:00Z"},
        {"count(purchase LAST 30d)", "2024-03-02", "3", "2024-03-11T12:30:00Z"},
        {"count(purchase LAST 30d) >= 3", "2024-03-02", "true", "2024-03-11T12:30:00Z"},
        {"count(purchase LAST 30d) >= 2", "2024-03-02", "true", "2024-03-21T08:00:00Z"},
        {"count(purchase LAST 30d) > 0", "2024-03-02", "true", "2024-03-31T00:00:00Z"},
        {"count(purchase LAST 30d) > 0", "2024-05-01", "false", "never"},
        {"count(purchase WHERE amount > 200 AND category = 'shoes' LAST 60d)", "2024-03-02", "2",
         "2024-03-05T10:00:00Z"},
        {"sum(purchase.amount)", "2024-03-02", "671.750000", "never"},
        {"sum(purchase.amount LAST 365d) >= 600", "2024-03-02", "true", "2025-01-04T10:00:00Z"},
        {"sum(purchase.amount LAST 1d)", "2024-02-01", "0", "2024-02-10T12:30:00Z"},
        {"avg(purchase.amount)", "2024-03-02", "167.937500", "never"},
        {"avg(purchase.amount LAST 1d)", "2024-02-01", "null", "2024-02-10T12:30:00Z"},
        {"min(purchase.amount)", "2024-03-02", "12.250000", "never"},
        {"max(purchase.amount LAST 30d)", "2024-03-02", "310", "2024-03-21T08:00:00Z"},
        {"first(purchase.channel)", "2024-03-02", "store", "never"},
        {"last(purchase.channel)", "2024-03-02", "web", "never"},
        {"mode(purchase.channel)", "2024-03-02", "web", "never"},
        {"mode(purchase.category LAST 22d)", "2024-03-02", "hats", "2024-03-03T12:30:00Z"},
        {"distinct(purchase.category)", "2024-03-02", "3", "never"},
        {"distinct(purchase.category)", "2024-02-12", "2", "2024-03-01T00:00:00Z"},
        {"days(purchase)", "2024-03-02", "4", "never"},
        {"count(returns)", "2024-03-02", "0", "never"},
        {"last(purchase.amount) > 2 * avg(purchase.amount LAST 180d)", "2024-02-21", "false", NULL},
        {"first(purchase.at)", "2024-03-02", "2024-01-05T10:00:00Z", "never"},
    };
    ask_all(*state, purchases, COUNT(purchases), questions, COUNT(questions));
}

static void test_windows_end_where_they_say(void **state) {
    static const question questions[] = {
        /* (now - D, now] */
        {"count(purchase LAST 1d)", "2024-01-05T10:00", "1", "2024-01-06T10:00:00Z"},
        {"count(purchase LAST 1d)", "2024-01-06T09:59:59.999999", "1", "2024-01-06T10:00:00Z"},
        {"count(purchase LAST 1d)", "2024-01-06T10:00", "0", "2024-02-10T12:30:00Z"},
        {"count(purchase THIS MONTH)", "2024-02-25", "2", "2024-03-01T00:00:00Z"},
        {"count(purchase THIS MONTH)", "2024-03-01", "1", "2024-04-01T00:00:00Z"},
        {"count(purchase THIS YEAR)", "2024-12-31T23:59:59", "4", "2025-01-01T00:00:00Z"},
        {"count(purchase THIS WEEK)", "2024-02-21", "1", "2024-02-26T00:00:00Z"},
        {"count(purchase THIS DAY)", "2024-02-20T09:00", "1", "2024-02-21T00:00:00Z"},
        {"count(purchase LAST 1 CALENDAR MONTH)", "2024-03-15", "2", "2024-04-01T00:00:00Z"},
        {"count(purchase LAST 2 CALENDAR MONTHS)", "2024-03-15", "3", "2024-05-01T00:00:00Z"},
        {"count(purchase LAST 1 CALENDAR YEAR)", "2024-03-15", "0", "2025-01-01T00:00:00Z"},
        {"count(purchase THIS DAY)", "2024-03-15", "0", "never"},
        {"count(purchase LAST 2 CALENDAR DAYS) >= 1", "2024-03-15", "false", "never"},
        {"count(purchase SINCE 2024-02-10)", "2024-03-15", "3", "never"},
        {"count(purchase BEFORE 2024-02-10)", "2024-03-15", "1", "never"},
        {"count(purchase FROM 2024-02-10 TO 2024-03-01)", "2024-03-15", "2", "never"},
        {"count(purchase FROM 2024-02-10 TO 2024-03-01T00:00:01Z)", "2024-03-15", "3", "never"},
        {"count(purchase SINCE now - 10d)", "2024-03-01", "2", "2024-03-01T08:00:00.000001Z"},
        {"count(purchase BEFORE now - 10d)", "2024-03-01", "2", "2024-03-01T08:00:00.000001Z"},
        {"count(purchase FROM now - 30d TO now - 10d)", "2024-03-01", "1",
         "2024-03-01T08:00:00.000001Z"},
        {"count(purchase SINCE first(purchase.at) + 30d)", "2024-03-15", "3", "never"},
        {"count(purchase SINCE last(returns.at))", "2024-03-15", "0", "never"},
    };
    ask_all(*state, purchases, COUNT(purchases), questions, COUNT(questions));
}

static void test_comparisons_with_now_cross_at_the_instant(void **state) {
    static const question questions[] = {
        {"first(purchase.at) < now - 90d", "2024-03-02", "false", "2024-04-04T10:00:00.000001Z"},
        {"first(purchase.at) <= now - 90d", "2024-03-02", "false", "2024-04-04T10:00:00Z"},
        {"now - last(purchase.at) > 60d", "2024-03-02", "false", "2024-04-30T00:00:00.000001Z"},
        {"now - last(purchase.at) >= 60d", "2024-03-02", "false", "2024-04-30T00:00:00Z"},
        {"now = 2024-04-01T12:00", "2024-03-02", "false", "2024-04-01T12:00:00Z"},
        {"now = 2024-04-01T12:00", "2024-04-01T12:00", "true", "2024-04-01T12:00:00.000001Z"},
        {"now != 2024-04-01T12:00", "2024-04-01T12:00", "false", "2024-04-01T12:00:00.000001Z"},
        {"now BETWEEN 2024-04-01 AND 2024-05-01", "2024-03-02", "false", "2024-04-01T00:00:00Z"},
        {"now BETWEEN 2024-04-01 AND 2024-05-01", "2024-04-02", "true",
         "2024-05-01T00:00:00.000001Z"},
        {"now NOT BETWEEN 2024-04-01 AND 2024-05-01", "2024-06-02", "true", "never"},
        {"now > 2024-04-01", "2024-04-01", "false", "2024-04-01T00:00:00.000001Z"},
        {"today = 2024-04-01", "2024-03-02", "false", "2024-04-01T00:00:00Z"},
        {"today > 2024-04-01", "2024-04-01T23:00", "false", "2024-04-02T00:00:00Z"},
        {"today - 2024-03-01 >= 7d", "2024-03-02", "false", "2024-03-08T00:00:00Z"},
        {"date_part('month', today) = 5", "2024-03-02", "false", "2024-05-01T00:00:00Z"},
        {"date_part('hour', now)", "2024-03-02T10:20", "10", "2024-03-02T11:00:00Z"},
        {"date_part('hour', now - 30m)", "2024-03-02T10:20", "9", "2024-03-02T10:30:00Z"},
        {"date_part('month', 2024-05-17)", "2024-03-02", "5", "never"},
        {"date_part('weekday', last(purchase.at))", "2024-03-02", "5", "never"},
        {"now", "2024-03-02", "2024-03-02T00:00:00Z", "2024-03-02T00:00:00.000001Z"},
    };
    ask_all(*state, purchases, COUNT(purchases), questions, COUNT(questions));
}

static void test_sequences(void **state) {
    static const char *const events[] = {
        "signup 2024-01-01T00:00",
        "purchase 2024-01-05T00:00 order_id=A1",
        "purchase 2024-02-01T00:00 order_id=A2",
        "return 2024-02-10T00:00 order_id=A1",
        "return 2024-02-12T00:00 order_id=A2",
        "cart_add 2024-03-01T10:00",
        "cart_add 2024-03-02T10:00",
        "purchase 2024-03-02T11:00 order_id=A3",
        "a 2024-04-01T00:00 x=1",
        "b 2024-04-02T00:00 x=2",
        "c 2024-04-03T00:00 x=1",
        "loan 2024-04-05T00:00 due=2024-04-10 fee=5 fine=2",
        "loan 2024-04-06T00:00 due=2024-04-13T00:00Z",
    };
    static const question questions[] = {
        {"did(signup)", "2024-03-05", "true", "never"},
        {"did(signup LAST 90d)", "2024-03-05", "true", "2024-03-31T00:00:00Z"},
        {"did(signup THEN purchase WITHIN 7d)", "2024-03-05", "true", "never"},
        {"did(signup THEN purchase WITHIN 4d)", "2024-03-05", "true", "never"},
        {"did(signup THEN purchase WITHIN 3d)", "2024-03-05", "false", "never"},
        {"did(signup THEN purchase WITHIN 7d)", "2024-01-02", "false", "2024-01-05T00:00:00Z"},
        {"did(purchase THEN return WHERE order_id = prev.order_id WITHIN 14d)", "2024-03-05",
         "true", "never"},
        {"did(purchase THEN return WHERE order_id = prev.order_id WITHIN 10d)", "2024-03-05",
         "false", "never"},
        {"did(purchase LAST 30d THEN return WHERE order_id = prev.order_id WITHIN 14d)",
         "2024-02-15", "true", "2024-03-02T00:00:00Z"},
        {"did(cart_add THEN NOT purchase WITHIN 2h)", "2024-03-01T11:00", "false",
         "2024-03-01T12:00:00Z"},
        {"did(cart_add THEN NOT purchase WITHIN 2h)", "2024-03-01T12:00", "true", "never"},
        {"did(cart_add LAST 1d THEN NOT purchase WITHIN 2h)", "2024-03-01T12:00", "true",
         "2024-03-02T10:00:00Z"},
        {"did(cart_add SINCE 2024-03-02 THEN NOT purchase WITHIN 2h)", "2024-03-02T10:30", "false",
         "never"},
        {"did(cart_add THEN NOT purchase)", "2024-03-01T11:00", "true", "2024-03-02T11:00:00Z"},
        {"did(a THEN b THEN c WHERE x = step1.x)", "2024-05-01", "true", "never"},
        {"did(a THEN b THEN c WHERE x = prev.x)", "2024-05-01", "false", "never"},
        {"did(a THEN c WHERE x = prev.x AND x = 1)", "2024-05-01", "true", "never"},
        {"did(a THEN c WHERE x = 2 AND x = prev.x)", "2024-05-01", "false", "never"},
        {"did(a THEN c WHERE at < now - 5d AND x = prev.x)", "2024-04-04", "false",
         "2024-04-08T00:00:00.000001Z"},
        {"did(a THEN c WHERE at < now - 5d AND x = prev.x)", "2024-04-09", "true", "never"},
        {"did(a THEN b WHERE at < prev.at + 1d)", "2024-05-01", "false", "never"},
        {"did(loan THEN loan WHERE due - prev.due > 2d)", "2024-05-01", "true", "never"},
        {"did(loan THEN loan WHERE due - prev.due > 4d)", "2024-05-01", "false", "never"},
        {"did(loan THEN loan WHERE 3d = due - prev.due)", "2024-05-01", "true", "never"},
        {"did(loan WHERE due - fee > 2d)", "2024-05-01", "false", "never"},
        {"did(loan WHERE fee - fine > 2)", "2024-05-01", "true", "never"},
        {"did(loan WHERE fee - fine > 2d)", "2024-05-01", "false", "never"},
        {"did(a THEN a)", "2024-05-01", "false", "never"},
        {"did(c THEN a)", "2024-05-01", "false", "never"},
    };
    ask_all(*state, events, COUNT(events), questions, COUNT(questions));
}

static void test_regularly(void **state) {
    static const char *const events[] = {
        "purchase 2024-01-10T00:00",
        "purchase 2024-02-10T00:00",
        "purchase 2024-03-10T00:00",
        "purchase 2024-03-11T00:00",
    };
    static const question questions[] = {
        {"regularly(purchase LAST 90d, 1, 30d, 3)", "2024-03-15", "true", "2024-04-09T00:00:00Z"},
        {"regularly(purchase LAST 90d, 2, 30d, 1)", "2024-03-15", "true", "2024-06-08T00:00:00Z"},
        {"regularly(purchase LAST 90d, 2, 30d, 2)", "2024-03-15", "false", "never"},
        {"regularly(purchase FROM 2024-01-01 TO now, 1, 1s, 5)", "2024-03-15", "false", "never"},
        {"regularly(purchase LAST 3 CALENDAR MONTHS, 1, MONTH, 3)", "2024-04-15", "true",
         "2024-05-01T00:00:00Z"},
    };
    ask_all(*state, events, COUNT(events), questions, COUNT(questions));
}

static void test_what_is_missing(void **state) {
    static const question questions[] = {
        {"city = 'York'", "2024-03-02", "false", "never"},
        {"city != 'York'", "2024-03-02", "true", "never"},
        {"NOT city = 'York'", "2024-03-02", "true", "never"},
        {"city IS NULL", "2024-03-02", "true", "never"},
        {"city IS NOT NULL", "2024-03-02", "false", "never"},
        {"city IN ('York')", "2024-03-02", "false", "never"},
        {"city NOT IN ('York')", "2024-03-02", "true", "never"},
        {"city LIKE '%'", "2024-03-02", "false", "never"},
        {"city NOT LIKE '%'", "2024-03-02", "true", "never"},
        {"coalesce(city, 'nowhere')", "2024-03-02", "nowhere", "never"},
        {"length(city)", "2024-03-02", "null", "never"},
        {"points('main')", "2024-03-02", "0", "never"},
        {"score('churn') > 0", "2024-03-02", "false", "never"},
        {"sum(purchase.amount) / count(returns)", "2024-03-02", "null", "never"},
        {"sum(purchase.amount) / count(returns) > 1", "2024-03-02", "false", "never"},
        {"count(purchase WHERE gift)", "2024-03-02", "0", "never"},
        {"count(purchase WHERE NOT gift)", "2024-03-02", "4", "never"},
        {"count(purchase WHERE size IS NULL)", "2024-03-02", "4", "never"},
        {"NOT last(returns.at) > now - 60d", "2024-03-02", "true", "never"},
    };
    ask_all(*state, purchases, COUNT(purchases), questions, COUNT(questions));
}

/* A list stands for its items; a text beside a number is read as one. */
static void test_attributes(void **state) {
    static const question questions[] = {
        {"colour = 'red'", "2024-03-02", "true", "never"},
        {"colour = 'blue'", "2024-03-02", "true", "never"},
        {"colour != 'blue'", "2024-03-02", "false", "never"},
        {"colour IN ('green')", "2024-03-02", "false", "never"},
        {"shoe_size >= 42", "2024-03-02", "true", "never"},
        {"shoe_size = '42'", "2024-03-02", "true", "never"},
        {"nickname = 'Zo\xc3\xab'", "2024-03-02", "true", "never"},
        {"nickname = 'zo\xc3\xab'", "2024-03-02", "false", "never"},
        {"lower(nickname) = 'zo\xc3\xab'", "2024-03-02", "true", "never"},
        {"nickname ILIKE 'ZO_'", "2024-03-02", "true", "never"},
        {"nickname LIKE 'Z%'", "2024-03-02", "true", "never"},
        {"nickname STARTS WITH 'Zo'", "2024-03-02", "true", "never"},
        {"nickname ENDS WITH '\xc3\xab'", "2024-03-02", "true", "never"},
        {"nickname CONTAINS 'x'", "2024-03-02", "false", "never"},
        {"length(nickname)", "2024-03-02", "3", "never"},
        {"age(birth_date)", "2024-02-28", "23", "2024-02-29T00:00:00Z"},
        {"age(birth_date) >= 30", "2024-03-02", "false", "2030-03-01T00:00:00Z"},
        {"age(birth_date) >= 18", "2024-03-02", "true", "never"},
        {"birth_date < 2001-01-01", "2024-03-02", "true", "never"},
        {"date_part('month', birth_date) = date_part('month', today)", "2024-03-02", "false",
         "2025-02-01T00:00:00Z"},
        {"member = 'true'", "2024-03-02", "true", "never"},
        {"member >= 'true'", "2024-03-02", "false", "never"}, /* conditions have no order */
        {"member BETWEEN 'false' AND 'true'", "2024-03-02", "false", "never"},
        {"place.town = 'Ayr'", "2024-03-02", "true", "never"},
        {"place.shire = 'Ayr'", "2024-03-02", "false", "never"},
    };
    static const kith_field place[] = {{"town", {KITH_TYPE_TEXT, {.text = {"Ayr", 3}}}}};
    fixture *f = *state;
    kith_value colours[] = {kith_value_text("red"), kith_value_text("blue")};
    kith_field fields[] = {{"nickname", kith_value_text("Zoe\xcc\x88")},
                           {"shoe_size", kith_value_text("42")},
                           {"birth_date", kith_value_text("2000-02-29")},
                           {"colour", kith_value_null()},
                           {"place", kith_value_null()},
                           {"member", kith_value_boolean(true)}};
    fields[3].value.type = KITH_TYPE_LIST;
    fields[3].value.as.list.items = colours;
    fields[3].value.as.list.count = COUNT(colours);
    fields[4].value.type = KITH_TYPE_MAP;
    fields[4].value.as.map.fields = place;
    fields[4].value.as.map.count = COUNT(place);
    tell_record(f, "ann", fields, COUNT(fields));
    ask_all(f, NULL, 0, questions, COUNT(questions));
}

static void test_calendars_go_by_the_customers_clock(void **state) {
    static const char *const events[] = {
        "purchase 2024-03-31T21:30", /* 23:30 in Berlin, on the last day of March */
        "purchase 2024-03-31T22:30", /* 00:30 on the next */
    };
    static const question questions[] = {
        {"count(purchase THIS MONTH)", "2024-04-01T10:00", "1", "2024-04-30T22:00:00Z"},
        {"days(purchase)", "2024-04-01T10:00", "2", "never"},
        {"age(birth_date) >= 18", "2024-04-01T10:00", "true", "never"},
        {"today", "2024-03-31T22:30", "2024-04-01", "2024-04-01T22:00:00Z"},
        {"date_part('hour', first(purchase.at))", "2024-04-01T10:00", "23", "never"},
        {"count(purchase SINCE 2024-04-01)", "2024-04-01T10:00", "1", "never"},
    };
    fixture *f = *state;
    kith_field fields[] = {{"time_zone", kith_value_text("Europe/Berlin")},
                           {"birth_date", kith_value_text("2000-02-29")}};
    kithi_zone *known = NULL;
    if (kithi_zone_load("Europe/Berlin", &known) != KITH_OK) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    kithi_zone_free(known);
    tell_record(f, "ann", fields, COUNT(fields));
    ask_all(f, events, COUNT(events), questions, COUNT(questions));
}

static void test_joined_conditions_change_when_they_come_out_otherwise(void **state) {
    static const question questions[] = {
        {"count(purchase LAST 30d) >= 1 AND NOT did(purchase LAST 10d)", "2024-03-02", "false",
         "2024-03-11T00:00:00Z"},
        {"count(purchase LAST 30d) >= 1 AND NOT did(purchase LAST 10d)", "2024-03-12", "true",
         "2024-03-31T00:00:00Z"},
        {"count(purchase LAST 20d) >= 2 OR count(purchase LAST 30d) >= 1", "2024-03-02", "true",
         "2024-03-31T00:00:00Z"},
        {"did(purchase BEFORE now-180d) AND NOT did(purchase FROM now-180d TO now-14d) AND "
         "did(purchase LAST 14d)",
         "2024-03-02", "false", "never"},
        {"count(purchase) >= 4 AND city = 'York'", "2024-01-01", "false", "never"},
        {"count(purchase WHERE at > now - 30d) >= 1", "2024-03-02", "true", "2024-03-31T00:00:00Z"},
    };
    ask_all(*state, purchases, COUNT(purchases), questions, COUNT(questions));
}

/* What hangs on the clock alone and never changes is searched so far, and no further. */
static void test_looking_ahead_has_an_end(void **state) {
    static const struct {
        const char *text;
        int64_t least_us;
    } questions[] = {
        {"date_part('hour', now) < 24", KITH_EXPRESSION_YEARS_AHEAD * 365 * SCRATCH_DAY_US},
        {"date_part('minute', now) >= 0 OR today < 1970-01-01",
         KITH_EXPRESSION_INSTANTS_AHEAD * 60 * SCRATCH_SECOND_US},
    };
    fixture *f = *state;
    const int64_t now_us = time_of("2024-03-02");
    tell_record(f, "ann", NULL, 0);
    for (size_t i = 0; i < COUNT(questions); i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        kith_outcome outcome = KITH_OUTCOME_INIT;
        kith_expression *expression = parse(f, questions[i].text);
        find_customer(f, "ann", &profile);
        assert_int_equal(kith_expression_evaluate(expression, &profile, now_us, &outcome), KITH_OK);
        assert_true(outcome.truth);
        assert_true(outcome.next_change_at_us >= now_us + questions[i].least_us);
        assert_true(outcome.next_change_at_us < INT64_MAX);
        kith_expression_free(expression);
    }
}

/* Who wants the value alone has it, and nothing is asked anew for when it changes: `until` is the
 * first event that leaves, though it makes no difference to the condition. */
static void test_who_wants_the_value_pays_for_no_looking_ahead(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    kithi_executor executor;
    kithi_outcome exact, quick;
    const int64_t now_us = time_of("2024-03-02");
    for (size_t i = 0; i < COUNT(purchases); i++) {
        tell_event(f, "ann", purchases[i]);
    }
    kith_expression *expression = parse(f, "count(purchase LAST 30d) >= 2");
    find_customer(f, "ann", &profile);
    kithi_slice row = {profile.row, profile.row_bytes};
    assert_int_equal(kithi_executor_init(&executor, f->txn), KITH_OK);
    assert_int_equal(kithi_executor_take(&executor, profile.number, row), KITH_OK);
    assert_int_equal(kithi_execute(&executor, expression, now_us, true, &exact), KITH_OK);
    assert_int_equal(kithi_execute(&executor, expression, now_us, false, &quick), KITH_OK);
    assert_true(exact.value.as.boolean && quick.value.as.boolean);
    assert_int_equal(exact.until_us, time_of("2024-03-21T08:00"));
    assert_int_equal(quick.until_us, time_of("2024-03-11T12:30"));
    kithi_executor_clear(&executor);
    kith_expression_free(expression);
}

/* Events of all records of a customer count, in one order. */
static void test_several_records(void **state) {
    static const question questions[] = {
        {"count(purchase)", "2024-03-02", "5", "never"},
        {"first(purchase.channel)", "2024-03-02", "phone", "never"},
        {"sum(purchase.amount)", "2024-03-02", "681.750000", "never"},
    };
    fixture *f = *state;
    kith_field fields[] = {{"loyalty_id", kith_value_text("L-77")}};
    tell_record(f, "ann", fields, 1);
    tell_record(f, "anna", fields, 1);
    tell_event(f, "anna", "purchase 2024-01-01T10:00 amount=10 channel=phone");
    ask_all(f, purchases, COUNT(purchases), questions, COUNT(questions));
}

#define TABLE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TABLE(test_counts_and_sums_over_windows),
        TABLE(test_windows_end_where_they_say),
        TABLE(test_comparisons_with_now_cross_at_the_instant),
        TABLE(test_sequences),
        TABLE(test_regularly),
        TABLE(test_what_is_missing),
        TABLE(test_attributes),
        TABLE(test_calendars_go_by_the_customers_clock),
        TABLE(test_joined_conditions_change_when_they_come_out_otherwise),
        TABLE(test_looking_ahead_has_an_end),
        TABLE(test_who_wants_the_value_pays_for_no_looking_ahead),
        TABLE(test_several_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
