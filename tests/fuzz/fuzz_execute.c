/*
 * A letter for the time, and any bytes after it as an expression. What is read is asked of each
 * profile by itself and of all at once: both give the same, until the very instant that was said,
 * and the reasons that are told fit. The store is settled and has its columns; some of it has
 * changed since.
 */
#include <stdio.h>

#include "src/segment/executor.h"
#include "tests/fuzz/target_store.h"

#define PROFILES_MAX 8
#define HOUR_US      (SCRATCH_DAY_US / 24)

static kith_txn *reading;

static void leave(void) {
    kith_txn_abort(reading);
}

/* The store */

static void put_record(kith_txn *txn, const char *key, const kith_field *fields, size_t count) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.at_us = 1;
    input.fields = fields;
    input.field_count = count;
    check(kith_record_put(txn, &input, NULL) == KITH_OK);
}

static void put_event(kith_txn *txn, const char *key, const char *type, int64_t time_us,
                      const kith_field *fields, size_t count) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = "crm";
    input.key = key;
    input.type = type;
    input.time_us = time_us;
    input.fields = fields;
    input.field_count = count;
    check(kith_event_put(txn, &input, NULL) == KITH_OK);
}

/* Each customer lacks something, and says other things in other types. */
static void put_customer(kith_txn *txn, int number, const char *key) {
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
    put_record(txn, key, fields + from, count - from - without);
}

/* Several of one type are at one time, and on both sides of a change of clocks. */
static void put_events(kith_txn *txn, int number, const char *key) {
    static const char *const types[] = {"purchase", "visit", "return"};
    static const char *const skus[] = {"shoes", "Hat", "10"};
    for (int i = 0; i < number % 7 * 2; i++) {
        const kith_value items[] = {kith_value_text(skus[i % 3]), kith_value_text("belt")};
        const kith_field fields[] = {
            {"amount", i % 5 == 4 ? kith_value_text("1,234.50") : kith_value_real(i * 2.25)},
            {"sku", i % 4 == 3 ? (kith_value){KITH_TYPE_LIST, {.list = {items, 2}}}
                               : kith_value_text(skus[i % 3])},
            {"paid", i % 3 == 2 ? kith_value_null() : kith_value_boolean(i % 2)},
            {"due", kith_value_time(SCRATCH_NOW_US + i * HOUR_US)},
        };
        int64_t time_us = SCRATCH_NOW_US - (i / 2) * (number % 2 ? SCRATCH_DAY_US : HOUR_US) * 3;
        put_event(txn, key, types[i % 3], time_us, fields, (size_t)(4 - i % 2));
    }
}

static void put_marks(kith_txn *txn, int number, const char *key) {
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
    consent.at_us = SCRATCH_NOW_US - number * HOUR_US;
    points.ledger = "main";
    points.entry = key;
    points.amount_micros = (number - 3) * INT64_C(10000000);
    points.at_us = SCRATCH_NOW_US - SCRATCH_DAY_US;
    score.score = "rfm";
    score.value_micros = number * INT64_C(500000);
    score.at_us = SCRATCH_NOW_US + (number - 4) * HOUR_US;
    check(kith_tag_add(txn, &tag, NULL) == KITH_OK);
    check(kith_consent_put(txn, &consent, NULL) == KITH_OK);
    check(kith_points_put(txn, &points, NULL) == KITH_OK);
    check(kith_score_put(txn, &score, NULL) == KITH_OK);
}

static void put_customers(kith_txn *txn, int from, int to) {
    for (int i = from; i < to; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        put_customer(txn, i, key);
        put_events(txn, i, key);
        put_marks(txn, i, key);
    }
}

static void define(kith_txn *txn, kith_definition_kind kind, const char *name,
                   const char *expression) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = expression;
    check(kith_definition_put(txn, kind, &input, NULL) == KITH_OK);
}

static void prepare(void) {
    static const char config[] =
        "{\"time_zone\": \"Europe/Berlin\", \"attributes\": {\"spent\": {\"type\": \"real\"}, "
        "\"visits\": {\"type\": \"integer\"}, \"vip\": {\"type\": \"boolean\"}, "
        "\"seen\": {\"type\": \"time\"}, \"mixed\": {}, \"nick\": {}}}";
    if (!target_store_make()) {
        return;
    }
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    check(kith_config_apply(txn, config, sizeof config - 1) == KITH_OK);
    put_customers(txn, 0, 6);
    define(txn, KITH_TRAIT, "orders", "count(purchase LAST 10d)");
    define(txn, KITH_SEGMENT, "active", "did(visit LAST 5d) OR orders >= 2");
    scratch_commit(txn);
    check(kith_settle_all(target_store, SCRATCH_NOW_US, 0, NULL, NULL, NULL, NULL) == KITH_OK);
    txn = scratch_begin(target_store, KITH_WRITE);
    put_customers(txn, 4, 8); /* two of them anew */
    put_event(txn, "2", "purchase", SCRATCH_NOW_US, NULL, 0);
    scratch_commit(txn);
    reading = scratch_begin(target_store, KITH_READ);
    atexit(leave);
}

/* Asking */

typedef struct answers {
    uint32_t numbers[PROFILES_MAX];
    kith_value values[PROFILES_MAX];
    size_t count;
    size_t exact; /* who is asked in each way */
    kithi_arena arena;
    int64_t until_us; /* all are the same until then */
} answers;

/* Values that two calls gave; one of a text is of the transaction. */
static bool is_same(const kith_value *a, const kith_value *b) {
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case KITH_TYPE_TEXT:
        return a->as.text.size == b->as.text.size &&
               memcmp(a->as.text.data, b->as.text.data, a->as.text.size) == 0;
    case KITH_TYPE_NULL:
        return true;
    case KITH_TYPE_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case KITH_TYPE_DATE:
        return a->as.date_days == b->as.date_days;
    case KITH_TYPE_TIME:
        return a->as.time_us == b->as.time_us;
    default: /* the bits of a real are compared */
        return a->as.integer == b->as.integer;
    }
}

#define END_US (INT64_MAX / 4) /* what is reckoned from a time beyond it may be no time */

/* A text is kept: it stands in the executor's room. */
static kith_value value_of(const kithi_outcome *outcome, kithi_arena *arena) {
    kith_value value = kithi_operand_value(&outcome->value);
    if (value.type == KITH_TYPE_TEXT) {
        value.as.text.data = kithi_arena_copy(arena, value.as.text.data, value.as.text.size);
        check(value.as.text.data != NULL);
    }
    return value;
}

/* The same by the public way, which says to the microsecond until when; and its reasons. */
static void check_exactly(const kith_expression *expression, const kith_profile *profile,
                          int64_t now_us, const kith_value *value, int64_t until_us) {
    kith_outcome outcome = KITH_OUTCOME_INIT;
    kith_reason *reason = NULL;
    check(kith_expression_evaluate(expression, profile, now_us, &outcome) == KITH_OK);
    check(is_same(&outcome.value, value));
    check(outcome.next_change_at_us >= until_us);
    if (expression->condition) {
        check(kith_expression_explain(expression, profile, now_us, &reason) == KITH_OK);
        check(reason->truth == outcome.truth);
        check(reason->next_change_at_us == outcome.next_change_at_us);
        kith_reason_free(reason);
    }
}

/* What it gives now, which it gives until the very instant. */
static void ask_profile(const kith_expression *expression, const kith_profile *profile,
                        int64_t now_us, answers *out) {
    kithi_executor *executor;
    kithi_outcome outcome, then;
    kithi_slice row = {profile->row, profile->row_bytes};
    check(kithi_executor_of(reading, &executor) == KITH_OK);
    check(kithi_executor_take(executor, profile->number, row) == KITH_OK);
    check(kithi_execute(executor, expression, now_us, false, &outcome) == KITH_OK);
    check(outcome.until_us > now_us);
    int64_t last_us = outcome.until_us < END_US ? outcome.until_us - 1 : END_US;
    out->values[out->count] = value_of(&outcome, &out->arena);
    check(kithi_execute(executor, expression, last_us, false, &then) == KITH_OK);
    kith_value value = value_of(&then, &out->arena);
    check(is_same(&value, &out->values[out->count]));
    if (out->count == out->exact) {
        check_exactly(expression, profile, now_us, &value, outcome.until_us);
    }
    out->until_us = outcome.until_us < out->until_us ? outcome.until_us : out->until_us;
    out->numbers[out->count++] = profile->number;
}

static void ask_profiles(const kith_expression *expression, int64_t now_us, answers *out) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    out->count = 0;
    out->until_us = INT64_MAX;
    check(kith_profile_iter_open(reading, now_us, &iter) == KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        check(out->count < PROFILES_MAX);
        ask_profile(expression, &profile, now_us, out);
    }
    kith_profile_iter_close(iter);
}

/* All at once: those for whom the condition holds, or all with what is asked about them. */
static void ask_all(const kith_expression *expression, int64_t now_us, const answers *expected) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query = NULL;
    uint64_t count = 0, given = 0;
    options.now_us = now_us;
    options.where = expression->condition ? expression : NULL;
    options.columns = &expression;
    options.column_count = 1;
    check(kith_query_count(reading, &options, &count) == KITH_OK);
    check(kith_query_open(reading, &options, &query) == KITH_OK);
    for (size_t i = 0; i < expected->count; i++) {
        if (!expression->condition || expected->values[i].as.boolean) {
            check(kith_query_next(query, &row) == KITH_OK);
            check(row.number == expected->numbers[i]);
            check(is_same(&row.values[0], &expected->values[i]));
            given++;
        }
    }
    check(kith_query_next(query, &row) == KITH_DONE);
    check(count == given);
    kith_query_close(query);
}

/* 'm' is the time at which the store was settled; others are hours, days and years beside it, just
 * before the full hour or after it. */
static int64_t time_of(uint8_t letter) {
    int step = letter - 'm';
    int64_t unit_us = step % 3 == 0 ? HOUR_US : step % 3 == 1 ? SCRATCH_DAY_US : 1;
    int64_t far = step > 20 || step < -20 ? 30 : 1;
    return SCRATCH_NOW_US + step * unit_us * far;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    answers found;
    prepare();
    options.value = options.any_name = true;
    if (size > 0 && kith_expression_parse((const char *)data + 1, size - 1, reading, &options,
                                          &expression, NULL) == KITH_OK) {
        int64_t now_us = time_of(data[0]);
        found.exact = size % (PROFILES_MAX - 1);
        kithi_arena_init(&found.arena);
        ask_profiles(expression, now_us, &found);
        ask_all(expression, now_us, &found);
        if (expression->condition && found.until_us != INT64_MAX) {
            ask_all(expression, found.until_us - 1, &found);
        }
        kithi_arena_clear(&found.arena);
        kith_expression_free(expression);
        kith_txn_reset(reading);
        check(kith_txn_renew(reading) == KITH_OK);
    }
    return 0;
}
