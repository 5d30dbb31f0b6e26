/*
 * Queries by columns: they answer what the row executor answers for each profile, at any time, and
 * after whatever came since the columns were made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/state/column_row.h"
#include "src/state/event_part.h"
#include "tests/random.h"
#include "tests/unit/fact_stand.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define HOUR        (INT64_C(3600) * 1000000)
#define DAY         (24 * HOUR)
#define BEGIN       (INT64_C(20000) * DAY) /* 2024-10-04 */
#define NOW         (BEGIN + 200 * DAY)
#define CUSTOMERS   240
#define SEED        7

/* Each asks for something else of columns: a way to aggregate, a window, a type that doesn't fit.
 */
static const char *const expressions[] = {
    "count(buy) >= 3",
    "count(buy) = 0",
    "count(buy) BETWEEN 2 AND 4",
    "count(buy) NOT BETWEEN 2 AND 4",
    "count(buy) IN (1, 3, 5)",
    "count(buy) NOT IN (1, 3, 5)",
    "count(buy) != 2",
    "count(buy LAST 30d) >= 1",
    "count(buy LAST 2 CALENDAR WEEKS) >= 1",
    "count(buy THIS MONTH) >= 1",
    "count(buy SINCE now - 20d) >= 1",
    "count(buy BEFORE now - 100d) > 2",
    "count(buy FROM now - 90d TO now - 30d) = 1",
    "count(buy SINCE '2025-02-01') > 1",
    "count(buy WHERE amount > 50) >= 2",
    "count(buy WHERE amount > 50 AND item = 'hat') >= 1",
    "count(buy WHERE NOT (amount > 50 OR item = 'hat')) >= 1",
    "count(buy WHERE item IN ('hat', 'coat') LAST 60d) > 0",
    "count(buy WHERE item NOT IN ('hat', 'coat') LAST 60d) > 0",
    "count(buy WHERE item LIKE 'h%') > 1",
    "count(buy WHERE item IS NULL) > 0",
    "count(buy WHERE gift) > 0",
    "count(buy WHERE at > '2025-03-01') > 0",
    "count(buy WHERE item = profile.city) > 0",
    "count(buy WHERE nothing = 1) > 0",
    "count(buy.amount) > 2",
    "count(buy.item) > 2",
    "count(buy.gift) > 0",
    "sum(buy.amount) > 120",
    "sum(buy.amount) = 0",
    "sum(buy.amount LAST 90d) / count(buy LAST 90d) > 40",
    "avg(buy.amount) > 50",
    "avg(buy.amount) <= 50",
    "NOT avg(buy.amount) <= 50",
    "avg(buy.amount) IS NULL",
    "avg(buy.amount LAST 30d) IS NOT NULL",
    "min(buy.amount) < 10",
    "max(buy.amount) > 90",
    "min(buy.item) = 'coat'",
    "max(buy.item) > 'coat'",
    "first(buy.item) = 'hat' AND last(buy.item) = 'coat'",
    "first(buy.at) < now - 150d",
    "last(buy.at) > '2025-03-20'",
    "last(buy.amount) > 2 * avg(buy.amount LAST 180d)",
    "days(buy) >= 4",
    "days(buy THIS YEAR) >= 2",
    "distinct(buy.item) >= 3",
    "mode(buy.item) = 'hat'",
    "sum(buy.amount) > age",
    "sum(buy.amount) > age * 2 + 10",
    "age > count(buy) * 10",
    "joined < first(buy.at)",
    "last(buy.due) > today",
    "did(buy)",
    "NOT did(buy LAST 60d)",
    "did(see THEN buy)",
    "did(see THEN buy WITHIN 2d)",
    "did(see LAST 60d THEN buy WITHIN 7d)",
    "did(see THEN NOT buy WITHIN 3d)",
    "did(see LAST 20d THEN NOT buy)",
    "did(see THEN buy WITHIN 10d THEN see WITHIN 10d)",
    "did(see THEN buy WITHIN 10d THEN NOT see WITHIN 5d)",
    "did(see WHERE item = 'hat' THEN buy WHERE amount > 30 WITHIN 20d)",
    "did(see THEN buy WHERE item = prev.item WITHIN 20d)",
    "did(buy THEN buy WITHIN 1d)",
    "did(never)",
    "did(see THEN never)",
    "did(see THEN NOT never WITHIN 1d)",
    "city = 'York' AND count(buy) > 2 OR NOT did(see)",
    "regularly(buy LAST 120d, 1, 30d, 2)",
};

static const char *pick(uint64_t *state, const char *const *from, size_t count) {
    return from[random_next(state) % count];
}

/* Of all types at once: mostly numbers, some texts that are amounts, some lists, some nothing. */
static kith_value make_amount(uint64_t *state, kith_value list[2]) {
    uint64_t kind = random_next(state) % 40;
    int64_t amount = (int64_t)(random_next(state) % 100);
    if (kind == 0) {
        return kith_value_text("12.50");
    }
    if (kind == 1) {
        list[0] = kith_value_integer(amount);
        list[1] = kith_value_integer(5);
        return (kith_value){.type = KITH_TYPE_LIST, .as.list = {list, 2}};
    }
    return kind == 2   ? kith_value_null()
           : kind == 3 ? kith_value_text("none")
                       : kith_value_integer(amount);
}

static void put_event(fixture *f, uint64_t *state, const char *key) {
    static const char *const types[] = {"buy", "buy", "see", "other"};
    static const char *const items[] = {"hat", "coat", "bag", "York"};
    kith_value list[2];
    kith_field fields[] = {{"amount", make_amount(state, list)},
                           {"item", kith_value_text(pick(state, items, COUNT(items)))},
                           {"gift", kith_value_boolean(random_next(state) % 5 == 0)},
                           {"due", kith_value_date(20000 + (int64_t)(random_next(state) % 300))}};
    kith_event_input event = KITH_EVENT_INPUT_INIT;
    event.source = "crm";
    event.key = key;
    event.type = pick(state, types, COUNT(types));
    event.time_us = BEGIN + (int64_t)(random_next(state) % (220 * 4)) * 6 * HOUR; /* many ties */
    event.fields = fields;
    event.field_count = random_next(state) % (COUNT(fields) + 1);
    assert_int_equal(kith_event_put(f->txn, &event, NULL), KITH_OK);
}

/* Pairs share an e-mail address: they are one customer of two records. */
static void put_customer(fixture *f, uint64_t *state, int number) {
    static const char *const cities[] = {"York", "Hull", "Ayr"};
    static const char *const zones[] = {"Asia/Tokyo", "America/New_York"};
    char key[32], mail[48];
    kith_field fields[5];
    kith_record_input record = KITH_RECORD_INPUT_INIT;
    snprintf(key, sizeof key, "c%d", number);
    snprintf(mail, sizeof mail, "c%d@shop.example", number / 2 * 2);
    fields[0] = (kith_field){"city", kith_value_text(pick(state, cities, COUNT(cities)))};
    fields[1] = (kith_field){"age", kith_value_integer((int64_t)(random_next(state) % 90))};
    fields[2] = (kith_field){"joined", kith_value_date(20000 + number % 200)};
    fields[3] = (kith_field){"email", kith_value_text(mail)};
    fields[4] = (kith_field){"time_zone", kith_value_text(pick(state, zones, COUNT(zones)))};
    record.source = "crm";
    record.key = key;
    record.at_us = 1;
    record.fields = fields;
    record.field_count = number % 3 == 0 ? 4 : number % 8 == 0 ? 5 : 3;
    assert_int_equal(kith_record_put(f->txn, &record, NULL), KITH_OK);
    for (uint64_t i = random_next(state) % 12; i > 0; i--) {
        put_event(f, state, key);
    }
}

static void put_shop(fixture *f, uint64_t *state) {
    for (int i = 0; i < CUSTOMERS; i++) {
        put_customer(f, state, i);
    }
}

static void settle_all(fixture *f, int64_t now_us) {
    kith_error error = KITH_ERROR_INIT;
    scratch_commit(f->txn);
    if (kith_settle_all(f->store, now_us, 0, NULL, NULL, NULL, &error) != KITH_OK) {
        fail_msg("%s", error.message);
    }
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static kith_expression *parse(fixture *f, const char *text) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_expression *made = NULL;
    options.any_name = true;
    if (kith_expression_parse(text, strlen(text), f->txn, &options, &made, &error) != KITH_OK) {
        fail_msg("%s: %s", text, error.message);
    }
    return made;
}

/* Whom a query names are those for whom the expression holds, one by one. */
static void check_expression(fixture *f, kith_txn *txn, const char *text, int64_t now_us) {
    kith_expression *where = parse(f, text);
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_profile profile = KITH_PROFILE_INIT;
    kith_profile_iter *all;
    kith_query *query;
    options.where = where;
    options.now_us = now_us;
    assert_int_equal(kith_query_open(txn, &options, &query), KITH_OK);
    assert_int_equal(kith_profile_iter_open(txn, now_us, &all), KITH_OK);
    int rc = kith_query_next(query, &row);
    while (kith_profile_iter_next(all, &profile) == KITH_OK) {
        kith_outcome outcome = KITH_OUTCOME_INIT;
        assert_int_equal(kith_expression_evaluate(where, &profile, now_us, &outcome), KITH_OK);
        bool named = rc == KITH_OK && row.number == profile.number;
        if (named != outcome.value.as.boolean) {
            fail_msg("%s: profile %u is %s, day %d", text, profile.number,
                     named ? "named" : "not named", (int)((now_us - BEGIN) / DAY));
        }
        rc = named ? kith_query_next(query, &row) : rc;
    }
    assert_int_equal(rc, KITH_DONE);
    kith_profile_iter_close(all);
    kith_query_close(query);
    kith_expression_free(where);
}

static void check_all(fixture *f, kith_txn *txn) {
    static const int64_t times[] = {NOW, NOW + 9 * DAY + HOUR, NOW - 70 * DAY, BEGIN - DAY};
    for (size_t i = 0; i < COUNT(expressions); i++) {
        for (size_t j = 0; j < COUNT(times); j++) {
            check_expression(f, txn, expressions[i], times[j]);
        }
    }
}

static uint64_t count_both(fixture *f, kith_txn *txn, const char *a, const char *b) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    char text[512];
    uint64_t count = 0;
    snprintf(text, sizeof text, "(%s) AND (%s)", a, b);
    kith_expression *both = parse(f, text);
    options.where = both;
    options.now_us = NOW;
    assert_int_equal(kith_query_count(txn, &options, &count), KITH_OK);
    kith_expression_free(both);
    return count;
}

/* Of each two conditions it is counted whom both mean, whichever way. */
static void check_overlap(fixture *f, kith_txn *txn, unsigned threads) {
    enum { ASKED = 5 };
    kith_overlap_options options = KITH_OVERLAP_OPTIONS_INIT;
    kith_expression *conditions[ASKED];
    uint64_t counts[ASKED * ASKED];
    for (size_t i = 0; i < ASKED; i++) {
        conditions[i] = parse(f, expressions[i * 7]);
    }
    options.now_us = NOW;
    options.threads = threads;
    options.conditions = (const kith_expression *const *)conditions;
    options.condition_count = ASKED;
    assert_int_equal(kith_query_overlap(txn, &options, counts), KITH_OK);
    for (size_t a = 0; a < ASKED; a++) {
        for (size_t b = 0; b < ASKED; b++) {
            assert_int_equal(counts[a * ASKED + b],
                             count_both(f, txn, expressions[a * 7], expressions[b * 7]));
        }
        kith_expression_free(conditions[a]);
    }
}

static void test_columns_say_what_rows_do(void **state) {
    fixture *f = *state;
    uint64_t seed = SEED;
    put_shop(f, &seed);
    settle_all(f, NOW);
    check_all(f, f->txn);
    check_overlap(f, f->txn, 1);
}

/* Facts that came since are asked of whom they are about. */
static void test_columns_and_later_facts(void **state) {
    fixture *f = *state;
    uint64_t seed = SEED + 1;
    char key[32];
    put_shop(f, &seed);
    settle_all(f, NOW);
    for (int i = 0; i < CUSTOMERS; i += 24) {
        snprintf(key, sizeof key, "c%d", i);
        put_event(f, &seed, key);
    }
    put_customer(f, &seed, CUSTOMERS);
    check_all(f, f->txn);
    check_overlap(f, f->txn, 0);
    assert_int_equal(kith_settle(f->txn, NOW + DAY, 0, NULL), KITH_OK);
    check_all(f, f->txn);
    commit(f);
    settle_all(f, NOW + DAY);
    check_all(f, f->txn);
}

/* Columns in which some changed are mended, again and again, and made anew once in a while. */
static void test_columns_that_are_mended(void **state) {
    fixture *f = *state;
    uint64_t seed = SEED + 3, problems;
    put_shop(f, &seed);
    settle_all(f, NOW);
    for (int round = 0; round < 12; round++) {
        for (int i = round; i < CUSTOMERS; i += 7) {
            char key[32];
            snprintf(key, sizeof key, "c%d", i);
            if (random_next(&seed) % 3 == 0) {
                put_customer(f, &seed, i);
            }
            put_event(f, &seed, key);
        }
        put_customer(f, &seed, CUSTOMERS + round);
        settle_all(f, NOW);
        assert_int_equal(kith_verify(f->store, NOW, NULL, &problems, NULL), KITH_OK);
        assert_int_equal(problems, 0);
        for (size_t i = (size_t)round; i < COUNT(expressions); i += 4) {
            check_expression(f, f->txn, expressions[i], NOW);
        }
    }
}

/* Damages a row of the columns, of events one of that part. False: there is none. */
static bool damage_columns(kith_txn *txn, uint8_t kind, uint32_t part) {
    kithi_cursor *cursor;
    uint8_t first = kind;
    kithi_slice key = {&first, 1}, row;
    assert_int_equal(kithi_cursor_of(txn, KITHI_TABLE_COLUMN, &cursor), KITH_OK);
    int rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row);
    while (rc == KITH_OK && key.data[0] == kind) {
        uint8_t name[16], bytes[64] = {0};
        assert_in_range(key.size, 1, sizeof name);
        memcpy(name, key.data, key.size);
        if (kind != KITHI_COLUMN_EVENTS || kithi_get32(key.data + 9) == part) {
            memcpy(bytes, row.data, row.size < sizeof bytes ? row.size : sizeof bytes);
            bytes[1] ^= 0x55;
            assert_int_equal(
                kithi_put(txn, KITHI_TABLE_COLUMN, name, key.size, bytes, sizeof bytes), KITH_OK);
            return true;
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    return false;
}

/* Columns that are damaged are made anew with the next ones that change, instead of mended. */
static void test_damaged_columns_are_made_anew(void **state) {
    static const struct {
        uint8_t kind;
        uint32_t part;
    } rows[] = {
        {KITHI_COLUMN_MADE, 0},
        {KITHI_COLUMN_ATTRIBUTE, 0},
        {KITHI_COLUMN_EVENTS, KITHI_EVENT_PART_TIMES},
        {KITHI_COLUMN_EVENTS, KITHI_EVENT_PART_STRUCK},
    };
    fixture *f = *state;
    uint64_t seed = SEED + 4, problems;
    put_shop(f, &seed);
    settle_all(f, NOW);
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int round = 0; round < 2; round++) { /* first it is mended, so that some are struck */
            for (int j = round; j < CUSTOMERS; j += 9) {
                char key[32];
                snprintf(key, sizeof key, "c%d", j);
                put_event(f, &seed, key);
            }
            if (round == 1) {
                assert_true(damage_columns(f->txn, rows[i].kind, rows[i].part));
            }
            settle_all(f, NOW);
        }
        assert_int_equal(kith_verify(f->store, NOW, NULL, &problems, NULL), KITH_OK);
        assert_int_equal(problems, 0);
        check_expression(f, f->txn, expressions[0], NOW);
    }
}

/* A date begins when the customer's calendar comes to it, also as what an event says. */
static void test_dates_of_events_in_their_zone(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {"last(buy.due) <= now", "min(buy.due) > now - 1h",
                                        "now - max(buy.due) >= 0d"};
    static const char *const zones[] = {"Asia/Tokyo", "America/New_York", "UTC"};
    for (size_t i = 0; i < COUNT(zones); i++) {
        kith_field zone = {"time_zone", kith_value_text(zones[i])};
        kith_field due = {"due", kith_value_date(20200)};
        kith_record_input record = KITH_RECORD_INPUT_INIT;
        kith_event_input event = KITH_EVENT_INPUT_INIT;
        record.source = event.source = "crm";
        record.key = event.key = zones[i];
        record.at_us = 1;
        record.fields = &zone;
        record.field_count = event.field_count = 1;
        event.type = "buy";
        event.time_us = BEGIN;
        event.fields = &due;
        assert_int_equal(kith_record_put(f->txn, &record, NULL), KITH_OK);
        assert_int_equal(kith_event_put(f->txn, &event, NULL), KITH_OK);
    }
    settle_all(f, BEGIN + DAY);
    for (size_t i = 0; i < COUNT(asked); i++) {
        for (int hour = -12; hour <= 12; hour += 3) {
            check_expression(f, f->txn, asked[i], NOW + hour * HOUR);
        }
    }
}

/* A reader has more threads, where there is more than a chunk. */
static int hear_progress(void *context, const kith_progress *progress) {
    uint64_t *told = context;
    assert_true(progress->done >= *told && progress->done <= progress->total);
    *told = progress->done;
    return 0;
}

static int stop_second(void *context, const kith_progress *progress) {
    (void)progress;
    return ++*(int *)context == 2;
}

/* One of several threads hears that it is enough; all stop, and can begin anew. */
static void check_stopped(kith_txn *txn, const kith_query_options *asked, uint64_t expected) {
    for (unsigned threads = 1; threads <= 4; threads++) {
        kith_query_options options = *asked;
        int calls = 0;
        uint64_t count;
        options.progress = stop_second;
        options.context = &calls;
        options.threads = threads;
        assert_int_equal(kith_query_count(txn, &options, &count), KITH_INTERRUPTED);
        assert_string_equal(kith_txn_error(txn)->message, "the query was stopped");
        assert_int_equal(calls, 2);
        assert_int_equal(kith_query_count(txn, &options, &count), KITH_OK);
        assert_int_equal(count, expected);
    }
}

static void test_several_chunks(void **state) {
    fixture *f = *state;
    static const char *const asked[] = {"count(buy) > 0", "did(buy LAST 10d)", "city = 'York'",
                                        "NOT did(buy THEN buy WHERE item = prev.item)"};
    uint64_t seed = SEED + 2;
    char key[32];
    for (int i = 0; i < 70000; i++) {
        kith_field city = {"city", kith_value_text(i % 3 == 0 ? "York" : "Hull")};
        kith_record_input record = KITH_RECORD_INPUT_INIT;
        snprintf(key, sizeof key, "c%d", i);
        record.source = "crm";
        record.key = key;
        record.at_us = 1;
        record.fields = &city;
        record.field_count = 1;
        assert_int_equal(kith_record_put(f->txn, &record, NULL), KITH_OK);
        if (i % 7 == 0) {
            put_event(f, &seed, key);
        }
    }
    settle_all(f, NOW);
    kith_txn *reader = scratch_begin(f->store, KITH_READ);
    for (size_t i = 0; i < COUNT(asked); i++) {
        kith_query_options options = KITH_QUERY_OPTIONS_INIT;
        kith_expression *where = parse(f, asked[i]);
        uint64_t counts[3] = {0};
        options.where = where;
        options.now_us = NOW;
        options.progress = hear_progress;
        for (unsigned threads = 0; threads < 3; threads++) {
            uint64_t told = 0;
            options.context = &told;
            options.threads = threads == 2 ? 7 : threads;
            assert_int_equal(kith_query_count(reader, &options, &counts[threads]), KITH_OK);
        }
        assert_true(counts[0] > 0);
        assert_int_equal(counts[0], counts[1]);
        assert_int_equal(counts[0], counts[2]);
        check_stopped(reader, &options, counts[0]);
        kith_expression_free(where);
        check_expression(f, reader, asked[i], NOW);
    }
    check_overlap(f, reader, 3);
    kith_txn_abort(reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns_say_what_rows_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_columns_and_later_facts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_columns_that_are_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_columns_are_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dates_of_events_in_their_zone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_chunks, set_up, tear_down),
    };
    printf("seed %d\n", SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
