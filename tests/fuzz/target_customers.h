/*
 * Customers that a target asks about: each lacks something, and says other things in other types.
 */
#ifndef KITH_TESTS_FUZZ_TARGET_CUSTOMERS_H
#define KITH_TESTS_FUZZ_TARGET_CUSTOMERS_H

#include "tests/fuzz/target_store.h"

#define TARGET_HOUR_US (SCRATCH_DAY_US / 24)
#define TARGET_CONFIG                                                                              \
    "{\"time_zone\": \"Europe/Berlin\", \"attributes\": {\"spent\": {\"type\": \"real\"}, "        \
    "\"visits\": {\"type\": \"integer\"}, \"vip\": {\"type\": \"boolean\"}, "                      \
    "\"seen\": {\"type\": \"time\"}, \"mixed\": {}, \"nick\": {}}}"

static inline void target_put_record(kith_txn *txn, const char *key, const kith_field *fields,
                                     size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.at_us = 1;
    input.fields = fields;
    input.field_count = count;
    check(kith_record_put(txn, &input, NULL) == KITH_OK);
}

static inline void target_put_event(kith_txn *txn, const char *key, const char *type,
                                    int64_t time_us, const kith_field *fields, size_t count) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.type = type;
    input.time_us = time_us;
    input.fields = fields;
    input.field_count = count;
    check(kith_event_put(txn, &input, NULL) == KITH_OK);
}

static inline void target_put_customer(kith_txn *txn, int number, const char *key) {
    static const char *const cities[] = {"York", "york", "Ayr", "Caf\xc3\xa9", "12.50"};
    static const char *const zones[] = {"Europe/Berlin", "Asia/Kolkata", "Nowhere/Else"};
    const kith_value both[] = {kith_value_text(cities[number % 5]), kith_value_integer(number)};
    const kith_field fields[] = {
        {"city", kith_value_text(cities[number % 5])},
        {"spent", kith_value_real(number * 12.5 - 25)},
        {"visits", kith_value_integer(number % 4)},
        {"vip", kith_value_boolean(number % 2 == 0)},
        {"birth_date", kith_value_date(3652 * number + 59)},
        {"seen", kith_value_time(SCRATCH_NOW_US - number * SCRATCH_DAY_US)},
        {"mixed", number % 3 == 0   ? kith_value_text("2024-03-31")
                  : number % 3 == 1 ? kith_value_integer(number)
                                    : kith_value_boolean(true)},
        {"nick", (kith_value){KITH_TYPE_LIST, {.list = {both, 2}}}},
        {"time_zone", kith_value_text(zones[number % 3])},
    };
    size_t count = sizeof fields / sizeof fields[0];
    size_t from = (size_t)number % 3, without = (size_t)number % 4;
    target_put_record(txn, key, fields + from, count - from - without);
}

/* Several of one type are at one time, and on both sides of a change of clocks. */
static inline void target_put_events(kith_txn *txn, int number, const char *key) {
    static const char *const types[] = {"purchase", "visit", "return"};
    static const char *const skus[] = {"shoes", "Hat", "10"};
    for (int i = 0; i < number % 7 * 2; i++) {
        const kith_value items[] = {kith_value_text(skus[i % 3]), kith_value_text("belt")};
        const kith_field fields[] = {
            {"amount", i % 5 == 4 ? kith_value_text("1,234.50") : kith_value_real(i * 2.25)},
            {"sku", i % 4 == 3 ? (kith_value){KITH_TYPE_LIST, {.list = {items, 2}}}
                               : kith_value_text(skus[i % 3])},
            {"paid", i % 3 == 2 ? kith_value_null() : kith_value_boolean(i % 2)},
            {"due", kith_value_time(SCRATCH_NOW_US + i * TARGET_HOUR_US)},
        };
        int64_t time_us =
            SCRATCH_NOW_US - (i / 2) * (number % 2 ? SCRATCH_DAY_US : TARGET_HOUR_US) * 3;
        target_put_event(txn, key, types[i % 3], time_us, fields, (size_t)(4 - i % 2));
    }
}

static inline void target_put_marks(kith_txn *txn, int number, const char *key) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    kith_consent_input consent = KITH_CONSENT_INPUT_INIT;
    kith_points_input points = KITH_POINTS_INPUT_INIT;
    kith_score_input score = KITH_SCORE_INPUT_INIT;
    tag.source = consent.source = points.source = score.source = "crm";
    tag.key = consent.key = points.key = score.key = key;
    tag.tag = number % 2 ? "vip" : "staff";
    tag.at_us = SCRATCH_NOW_US - 2 * SCRATCH_DAY_US;
    tag.expires_at_us = number % 3 ? SCRATCH_NOW_US + number * SCRATCH_DAY_US : INT64_MAX;
    consent.purpose = "news";
    consent.channel = number % 3 ? "sms" : NULL;
    consent.granted = number % 4 != 0;
    consent.at_us = SCRATCH_NOW_US - number * TARGET_HOUR_US;
    points.ledger = "main";
    points.entry = key;
    points.amount_micros = (number - 3) * INT64_C(10000000);
    points.at_us = SCRATCH_NOW_US - SCRATCH_DAY_US;
    score.score = "rfm";
    score.value_micros = number * INT64_C(500000);
    score.at_us = SCRATCH_NOW_US + (number - 4) * TARGET_HOUR_US;
    check(kith_tag_add(txn, &tag, NULL) == KITH_OK);
    check(kith_consent_put(txn, &consent, NULL) == KITH_OK);
    check(kith_points_put(txn, &points, NULL) == KITH_OK);
    check(kith_score_put(txn, &score, NULL) == KITH_OK);
}

static inline void target_put_customers(kith_txn *txn, int from, int to) {
    for (int i = from; i < to; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        target_put_customer(txn, i, key);
        target_put_events(txn, i, key);
        target_put_marks(txn, i, key);
    }
}

static inline void target_define(kith_txn *txn, kith_definition_kind kind, const char *name,
                                 const char *expression) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = expression;
    check(kith_definition_put(txn, kind, &input, NULL) == KITH_OK);
}

/* 'm' is the time at which the store was settled; others are hours, days and years beside it, just
 * before the full hour or after it. */
static inline int64_t target_time(uint8_t letter) {
    int step = letter - 'm';
    int64_t unit_us = step % 3 == 0 ? TARGET_HOUR_US : step % 3 == 1 ? SCRATCH_DAY_US : 1;
    int64_t far = step > 20 || step < -20 ? 30 : 1;
    return SCRATCH_NOW_US + step * unit_us * far;
}

#endif
