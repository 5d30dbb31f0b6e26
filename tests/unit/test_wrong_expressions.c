/*
 * What the segment language says of what people write who know another, or know it by halves: where
 * it is wrong, and what to write instead. All is wrong in a store that knows shops' attributes, and
 * of events only purchase, with an amount, a sku and a category.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fact_stand.h"

typedef struct wrong {
    const char *text;
    int place;
    const char *words; /* of the message */
} wrong;

/* Signs of other languages, of word processors and of other keyboards. */
static const wrong signs[] = {
    {"city == 'York'", 5, "write = instead of =="},
    {"city <> 'York' && vip", 15, "write AND instead of &&"},
    {"vip || spent > 3", 4, "write OR instead of ||"},
    {"!vip", 0, "write NOT instead of !"},
    {"spent > 3;", 9, "an expression ends without ;"},
    {"spent => 3", 6, "write >= instead of =>"},
    {"city =~ 'Y'", 5, "write LIKE instead of =~"},
    {"spent: 3", 5, "write = instead of :; a time is written 2024-02-29T09:30Z"},
    {"spent ? 3", 6, "a sign that means nothing here"},
    {"email = ann@mail.example", 11, "a text stands in quotes"},
    {"phone = +442079460958", 8,
     "a number has no + before it, and a text such as '+44' stands in quotes"},
    {"city = ‘York’", 7, "write ' instead of this quote"},
    {"city = “York”", 7, "write \" instead of this quote"},
    {"spent ≥ 3", 6, "write >= instead of this sign"},
    {"count（purchase） > 3", 5, "write ( instead of this bracket"},
    {"spent > ３", 8, "write the digits 0 to 9 instead of these"},
    {"birth_date > today – 30d", 19, "write - instead of this dash"},
    {"spent > $100", 8, "an amount is written without its currency"},
    {"spent > €100", 8, "an amount is written without its currency"},
    {"spent > 100€", 11, "an amount is written without its currency"},
    {"spent > 10%", 10, "% stands in quotes only, as in LIKE 'A%'"},
    {"city LIKE %York%", 10, "% stands in quotes only, as in LIKE 'A%'"},
    {"`city` = 'York'", 0,
     "write ' instead of `; a name with blanks is written profile.'zip code'"},
    {"vip -- customers", 4,
     "an expression has no comments; between two minus signs stands a blank"},
    {"/* vip */ vip", 0, "an expression has no comments"},
    {"vip # really", 4, "an expression has no comments"},
    {"city = 'O'Brien'", 15, "within a text it is written twice, as in 'O''Brien'"},
    {"city = 'O\\'Brien'", 16, "within a text it is written twice, as in 'O''Brien'"},
    {"{\"tag\": \"vip\"}", 0,
     "write ( or [ instead of {; the JSON twin is read where it is asked for"},
};

/* Numbers, dates and durations as they are written elsewhere. */
static const wrong numbers[] = {
    {"spent > 1,000", 10, "a number has no commas, such as 1000000"},
    {"spent > 1,500", 9, "a number has no commas, such as 1000000"},
    {"spent > 1e5", 8, "a number is written in full, such as 100000 or 0.001"},
    {"spent > 1_000", 8, "a number is written in digits only, such as 1000000"},
    {"spent > .5", 8, "a number begins with a digit, such as 0.5"},
    {"spent > +5", 8, "a number has no + before it, and a text such as '+44' stands in quotes"},
    {"spent > -(5)", 9, "what is no number is subtracted from something, as in 0 - (a + b)"},
    {"spent > 1.1234567", 8, "a number has at most 31 digits, and at most six behind the point"},
    {"spent > 12345678901234567890123456789012", 8,
     "a number has at most 31 digits, and at most six behind the point"},
    {"zip = 01234", 6, "a number has no 0 before it; a code such as '007' stands in quotes"},
    {"zip = 10115", 6, "expected a text, found a number; a text stands in quotes"},
    {"spent = '10'", 8, "expected a number, found a text; a number has no quotes"},
    {"birth_date > 31.12.1990", 13,
     "a date is written 2024-02-29; the signs of a sum have blanks around them"},
    {"birth_date > 12/31/1990", 13,
     "a date is written 2024-02-29; the signs of a sum have blanks around them"},
    {"birth_date > 1990-1-5", 13,
     "a date is written 2024-02-29; the signs of a sum have blanks around them"},
    {"birth_date > 19901231", 13, "a date is written 2024-02-29, a time 2024-02-29T09:30Z"},
    {"birth_date > 2023-02-29", 13,
     "it is written 2024-02-29, 2024-02-29T09:30Z or 2024-02-29T09:30:00+08:00"},
    {"birth_date > '31.31.1990'", 13, "those are written 2024-02-29 and 2024-02-29T09:30Z"},
    {"birth_date > DATE '1990-12-31'", 18,
     "a date is written 2024-02-29, a time 2024-02-29T09:30Z"},
    {"birth_date > date('1990-12-31')", 13,
     "a date is written 2024-02-29, a time 2024-02-29T09:30Z"},
    {"last(purchase.at) > 2024-02-29 10:00", 33,
     "write = instead of :; a time is written 2024-02-29T09:30Z"},
    {"last(purchase.at) > 2024-02-29T25:00Z", 20,
     "it is written 2024-02-29, 2024-02-29T09:30Z or 2024-02-29T09:30:00+08:00"},
    {"now - last(purchase.at) > 60", 26, "a duration is written 90s, 15m, 2h, 30d or 2w"},
    {"last(purchase.at) > 60d", 20,
     "expected a time, found a duration; the time so long ago is now - 30d"},
    {"last(purchase.at) > now - 60", 20,
     "a time - a number has no meaning; a duration is written 30d"},
    {"birth_date + 30 > today", 0, "a date + a number has no meaning; a duration is written 30d"},
    {"last(purchase.at) > 60 days", 23, "durations are written 90s, 15m, 2h, 30d, 2w"},
    {"today - birth_date > 18 years", 24,
     "months and years are counted by the calendar, as in LAST 3 CALENDAR MONTHS"},
    {"last(purchase.at) > now - interval '60 days'", 35,
     "durations are written 90s, 15m, 2h, 30d, 2w"},
};

/* Words where others stand. */
static const wrong words[] = {
    {"city EQUALS 'York'", 5, "expected AND, OR or the end, found EQUALS; write = instead"},
    {"city STARTSWITH 'Y'", 5,
     "expected AND, OR or the end, found STARTSWITH; write STARTS WITH instead"},
    {"city REGEXP '^Y'", 5,
     "there are patterns of LIKE only, of which % is any text and _ a character"},
    {"spent GREATER THAN 3", 6,
     "expected AND, OR or the end, found GREATER; write > or >= instead"},
    {"birth_date BEFORE 1990-01-01", 11,
     "< compares; a window stands in the brackets, as in count(purchase LAST 30d)"},
    {"city ISNULL", 5, "expected AND, OR or the end, found ISNULL; write IS NULL instead"},
    {"city IS 'York'", 8, "expected NULL behind IS (= and IN compare values), found 'York'"},
    {"city IS NOT IN ('York')", 12,
     "expected NULL behind IS NOT (!= and NOT IN compare values), found IN"},
    {"city NOT = 'York'", 9, "write !=, or NOT before all of the condition"},
    {"city NOT 'York'", 9, "NOT stands before all of a condition"},
    {"city = 'York' OR 'Leeds'", 17, "one of several values is asked for by IN ('a', 'b')"},
    {"city IN 'York'", 8, "expected a list such as ('a', 'b'), found 'York'"},
    {"city IN ('York' 'Leeds')", 16, "expected ) or a comma, found 'Leeds'"},
    {"city IN ()", 9, "expected a value or a condition, found )"},
    {"spent BETWEEN 3 TO 5", 16, "expected AND, found TO"},
    {"18 <= spent < 30", 12,
     "of several comparisons each is written in full, with AND between; or use BETWEEN"},
    {"city STARTS 'Y'", 12, "expected WITH, found 'Y'"},
    {"city LIKE York", 10, "expected a text in quotes, found York"},
    {"SELECT * FROM customers WHERE vip", 14,
     "an expression is only what stands behind WHERE in SQL"},
    {"WHERE vip", 6, "an expression is only what stands behind WHERE in SQL"},
    {"given name = 'x'", 6,
     "a name of several words stands in quotes, as in did('Order Completed') or profile.'zip "
     "code'"},
    {"spent 3", 6, "between the two a sign such as = is missing"},
    {"AND vip", 4, "AND and OR join two conditions, and one of them is missing"},
    {"vip AND AND vip", 12, "AND and OR join two conditions, and one of them is missing"},
    {"vip AND", 7, "expected a value or a condition, found the end"},
    {"NOT", 3, "expected a value or a condition, found the end"},
    {"(vip", 4, "expected ), found the end"},
    {"vip)", 3, "expected AND, OR or the end, as no ( is open, found )"},
    {"spent >", 7, "expected a value or a condition, found the end"},
    {"= 3", 0, "expected a value or a condition, found ="},
    {"vip = NOT vip", 10, "NOT stands before all of a condition"},
    {"spent > 3 XOR vip", 10, "write a AND NOT b OR b AND NOT a instead"},
    {"AND", 0, "AND and OR join two conditions, and one of them is missing"},
    {"in ('a')", 0, "what is looked for in a list stands before it, as in city IN ('a', 'b')"},
    {"birth_date LIKE '1990%'", 0,
     "parts of it are numbers, as in date_part('year', birth_date) = 1990"},
    {"\"city = 'York'\"", 0, "quotes make a text of what stands in them"},
};

/* Words with brackets, and what stands in them. */
static const wrong calls[] = {
    {"average(purchase.amount) > 3", 0, "there is no average(); did you mean avg()?"},
    {"cuont(purchase) > 3", 0, "there is no cuont(); did you mean count()?"},
    {"upper(city) = 'YORK'", 0,
     "there is no upper(); lower() is there, and ILIKE takes no notice of case"},
    {"month(birth_date) = 3", 0, "parts of dates are written date_part('month', birth_date)"},
    {"now() > birth_date", 0, "there is no now(); now and today stand without brackets"},
    {"isnull(city)", 0, "IS NULL asks for a missing value, coalesce(a, b) stands in for it"},
    {"datediff(now, birth_date) > 3d", 0,
     "times are subtracted, as in now - first(purchase.at) > 90d"},
    {"if(vip, 1, 0)", 0, "count, sum, did, tag, segment and other words take brackets"},
    {"count(*) > 3", 6, "expected the name of an event, found *"},
    {"count(distinct purchase.sku) > 3", 15,
     "distinct is a word of its own, as in distinct(purchase.sku)"},
    {"count purchase > 3", 6, "such a word takes brackets, as in count(purchase)"},
    {"tag 'vip'", 4, "such a word takes brackets, as in count(purchase)"},
    {"tag(vip)", 4, "expected a text in quotes, found vip"},
    {"did()", 4, "expected the name of an event, found )"},
    {"did(not purchase)", 8, "NOT stands before all of a condition"},
    {"did(signup THEN did(purchase))", 19,
     "events stand here by their names, as in did(signup THEN purchase)"},
    {"did(purchase) THEN did(purchase)", 14,
     "a sequence stands in brackets, as in did(signup THEN purchase WITHIN 7d)"},
    {"did(purchase THEN)", 17, "expected the name of an event, found )"},
    {"did(purchase.amount)", 4, "did asks for events, not for a property of them"},
    {"did(purchase THEN NOT purchase THEN purchase)", 22, "THEN NOT ends a sequence"},
    {"did(purchase WHERE tag('x'))", 19,
     "inside WHERE stand properties of the event and attributes of the profile"},
    {"did(purchase WHERE amount > prev.amount)", 28,
     "prev is the step before, and this is the first"},
    {"did(purchase WHERE step1.amount > 3)", 19, "step1, step2, ... are the steps before this one"},
    {"sum(purchase) > 3", 0, "of which property? It is written with a point: sum(purchase.amount)"},
    {"sum(purchase.at) > 3", 0, "times can't be added up"},
    {"age(3) > 3", 4, "a date is written 2024-02-29, a time 2024-02-29T09:30Z"},
    {"lower(3) = 'a'", 6, "expected a text, found a number; a text stands in quotes"},
    {"date_part('moon', today) = 3", 10,
     "expected 'year', 'quarter', 'month', 'week', 'day', 'weekday', 'day_of_year', 'hour' or "
     "'minute'"},
    {"date_part('month') = 3", 0, "it is written date_part('month', time)"},
    {"date_part('month', 3) = 3", 19, "a date is written 2024-02-29, a time 2024-02-29T09:30Z"},
    {"score(city) > 3", 6, "expected a name in quotes"},
    {"bucket('x', 0, 10001)", 15, "expected a whole number from 0 to 10000"},
    {"bucket('x', 0)", 0, "it is written bucket('salt', 0, 5000)"},
    {"bucket('x', 5000, 0)", 18, "the buckets go from the lower number up to the higher one"},
    {"sum(purchase.amount + 1) > 3", 20,
     "of an event one property is taken, as in 2 * sum(purchase.amount)"},
    {"tag('a', 'b')", 0, "it is written tag('name')"},
    {"consent('a', 'b', 'c')", 0,
     "it is written consent('purpose') or consent('purpose', 'channel')"},
    {"segment('a', 'b')", 0, "it is written segment('name')"},
    {"coalesce(city, 3) = 'x'", 15, "expected a text, found a number; a text stands in quotes"},
};

/* Windows. */
static const wrong windows[] = {
    {"count(purchase LAST 30 days) > 3", 23, "durations are written 90s, 15m, 2h, 30d, 2w"},
    {"count(purchase LAST 30days) > 3", 20, "durations are written 90s, 15m, 2h, 30d, 2w"},
    {"count(purchase LAST 1 month) > 3", 22,
     "months and years are counted by the calendar, as in LAST 3 CALENDAR MONTHS"},
    {"count(purchase LAST 1y) > 3", 20,
     "months and years are counted by the calendar, as in LAST 3 CALENDAR MONTHS"},
    {"count(purchase LAST 0d) > 3", 20, "a duration of nothing"},
    {"count(purchase LAST MONTH) > 3", 20,
     "by the calendar it is LAST 1 CALENDAR MONTHS or THIS MONTH"},
    {"count(purchase LAST -3d) > 3", 20,
     "expected a duration such as 90s, 15m, 2h, 30d or 2w, found -"},
    {"count(purchase LAST 0 CALENDAR DAYS) > 1", 20,
     "a whole number from 1 to 10000 is expected before CALENDAR"},
    {"count(purchase LAST 3 CALENDAR FORTNIGHTS) > 1", 31,
     "expected DAYS, WEEKS, MONTHS or YEARS, found FORTNIGHTS"},
    {"count(purchase THIS DECADE) > 1", 20, "expected DAY, WEEK, MONTH or YEAR, found DECADE"},
    {"count(purchase IN LAST 30d) > 3", 15,
     "a window stands in the brackets, as in count(purchase LAST 30d)"},
    {"count(purchase, LAST 30d) > 3", 14,
     "expected WHERE, a window such as LAST 30d, or ), found ,"},
    {"count(purchase) LAST 30d > 3", 16,
     "a window stands in the brackets, as in count(purchase LAST 30d)"},
    {"count(purchase LAST 30d WHERE amount > 3) > 3", 24,
     "WHERE stands in the brackets and before the window, as in count(purchase WHERE amount > 200 "
     "LAST 30d)"},
    {"count(purchase > 200) > 3", 15,
     "what is asked of events stands behind WHERE, as in count(purchase WHERE amount > 200)"},
    {"count(purchase AND amount > 3) > 3", 15,
     "what is asked of events stands behind WHERE, as in count(purchase WHERE amount > 200)"},
    {"count(purchase BETWEEN 2024-01-01 AND 2024-02-01) > 1", 15,
     "a window is written FROM 2024-01-01 TO 2024-02-01"},
    {"count(purchase FROM 2024-01-01) > 1", 30,
     "expected TO (a window without an end is written SINCE), found )"},
    {"count(purchase SINCE 30d) > 1", 21, "the time so long ago is now - 30d"},
    {"count(purchase SINCE yesterday) > 1", 21,
     "the store has no attribute 'yesterday'; it is written today - 1d"},
    {"did(purchase THEN purchase WITHIN 7 days)", 34,
     "expected a duration such as 90s, 15m, 2h, 30d or 2w, found 7"},
    {"regularly(purchase, 1, 30d, 3)", 0,
     "its events need a window with two ends: LAST or FROM ... TO"},
    {"regularly(purchase LAST 90d, 1, monthly, 3)", 32,
     "expected DAY, WEEK, MONTH, YEAR or a duration such as 30d, found monthly"},
    {"regularly(purchase LAST 90d, 1.5, 30d, 3)", 29, "expected a whole number from 1 on"},
};

/* Names, and types that do not fit. */
static const wrong names[] = {
    {"spend > 3", 0, "the store has no attribute 'spend'; did you mean 'spent'?"},
    {"City = 'York'", 0, "the store has no attribute 'City'; did you mean 'city'?"},
    {"city = York", 7, "the store has no attribute 'York'; a text stands in quotes"},
    {"did(purchas)", 4, "the store has no event 'purchas'; did you mean 'purchase'?"},
    {"did(order)", 4, "the store has no event 'order'"},
    {"sum(purchase.amuont) > 3", 4, "the store has no property 'amuont'; did you mean 'amount'?"},
    {"did(purchase WHERE category = shoes)", 30,
     "the store has no property 'shoes'; a text stands in quotes"},
    {"did(purchase WHERE city = 'York')", 19, "what the profile has is written profile.city"},
    {"purchase > 3", 0, "events are asked for by did(purchase) or count(purchase)"},
    {"purchase.amount > 3", 0,
     "of events it is asked which: last(purchase.amount), sum(purchase.amount)"},
    {"tag = 'vip'", 0, "such a word takes brackets, as in count(purchase) or tag('vip')"},
    {"vip = yes", 6, "the store has no attribute 'yes'; it is written TRUE"},
    {"city = NULL", 7, "nothing equals NULL; whether a value is missing is asked by IS NULL"},
    {"NULL != city", 0, "nothing equals NULL; whether a value is missing is asked by IS NULL"},
    {"\"Zip Code\" = 5", 13,
     "quotes make a text, a name with blanks is written profile.'zip code', in WHERE event.'order "
     "id'"},
    {"\"city\" = 'York'", 0,
     "both sides are texts, as quotes make one; without them this is the attribute 'city'"},
    {"'York' != \"city\"", 10, "without them this is the attribute 'city'"},
    {"'city' IN ('York', 'Leeds')", 0, "without them this is the attribute 'city'"},
    {"'city' BETWEEN 'A' AND 'M'", 0, "without them this is the attribute 'city'"},
    {"\"city\" LIKE 'Y%'", 0, "without them this is the attribute 'city'"},
    {"'city' STARTS WITH 'Y'", 0, "without them this is the attribute 'city'"},
    {"did(purchase WHERE \"category\" = 'shoes')", 19,
     "without them this is the property 'category'"},
    {"\"Zip Code\" = '5'", 0,
     "both sides are texts, as quotes make one; a name has none, and one with blanks is written "
     "profile.'zip code'"},
    {"did(purchase) > 3", 16, "expected a condition, found a number; count(purchase) is a number"},
    {"vip = 1", 6, "expected a condition, found a number; a condition is TRUE or FALSE"},
    {"vip > TRUE", 0, "conditions have no order; = and != compare them"},
    {"spent AND vip", 0, "a value is compared, as in spent > 0"},
    {"NOT spent", 4, "a value is compared, as in spent > 0"},
    {"city + 1 > 3", 0, "a text + a number has no meaning"},
    {"spent LIKE 'a'", 0, "expected a text, found a number"},
    {"profile.'' = 3", 8, "an empty name"},
    {"event.amount = 3", 0, "what an event has is asked for inside WHERE"},
    {"spent", 0, "a value is compared, as in spent > 0"},
};

static int set_up_names(void **state) {
    static const char config[] =
        "{\"attributes\": {\"spent\": {\"type\": \"real\"}, \"vip\": {\"type\": \"boolean\"},"
        " \"zip\": {\"type\": \"text\"}}}";
    int failed = set_up(state);
    fixture *f = *state;
    if (failed != 0) {
        return failed;
    }
    assert_int_equal(kith_config_apply(f->txn, config, sizeof config - 1), KITH_OK);
    assert_int_equal(scratch_event(f->txn, "shop", "1", "purchase", 0, NULL, NULL, "amount", "3",
                                   "sku", "a", "category", "b", NULL),
                     KITH_OK);
    return 0;
}

static void expect_wrong(fixture *f, const wrong *table, size_t count) {
    for (size_t i = 0; i < count; i++) {
        kith_expression *expression = NULL;
        kith_error error = KITH_ERROR_INIT;
        const char *text = table[i].text;
        int rc = kith_expression_parse(text, strlen(text), f->txn, NULL, &expression, &error);
        if (rc != KITH_INVALID || error.position != table[i].place ||
            strstr(error.message, table[i].words) == NULL) {
            fail_msg("%s: %d at %d: %s", text, rc, (int)error.position, error.message);
        }
        assert_null(expression);
    }
}

#define EXPECT_WRONG(state, table) expect_wrong(*(state), table, sizeof table / sizeof table[0])

static void test_signs_of_others(void **state) {
    EXPECT_WRONG(state, signs);
}

static void test_too_deep_says_how_deep_it_may_be(void **state) {
    static const char says[] = "too deep: more than 64 parts stand within one another";
    kith_expression *expression = NULL;
    kith_error error = KITH_ERROR_INIT;
    char text[] = "(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((TRUE";
    (void)state;
    assert_int_equal(strcspn(text, "T"), 65);
    assert_int_equal(kith_expression_parse(text, strlen(text), NULL, NULL, &expression, &error),
                     KITH_LIMIT);
    assert_memory_equal(error.message, says, strlen(says));
}

static void test_numbers_and_dates_of_others(void **state) {
    EXPECT_WRONG(state, numbers);
}

static void test_words_of_others(void **state) {
    EXPECT_WRONG(state, words);
}

static void test_calls(void **state) {
    EXPECT_WRONG(state, calls);
}

static void test_windows(void **state) {
    EXPECT_WRONG(state, windows);
}

static void test_names_and_types(void **state) {
    EXPECT_WRONG(state, names);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_too_deep_says_how_deep_it_may_be),
        cmocka_unit_test_setup_teardown(test_signs_of_others, set_up_names, tear_down),
        cmocka_unit_test_setup_teardown(test_numbers_and_dates_of_others, set_up_names, tear_down),
        cmocka_unit_test_setup_teardown(test_words_of_others, set_up_names, tear_down),
        cmocka_unit_test_setup_teardown(test_calls, set_up_names, tear_down),
        cmocka_unit_test_setup_teardown(test_windows, set_up_names, tear_down),
        cmocka_unit_test_setup_teardown(test_names_and_types, set_up_names, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
