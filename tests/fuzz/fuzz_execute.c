/*
 * A letter for the time, and any bytes after it as an expression. What is read is asked of each
 * profile by itself and of all at once: both give the same, until the very instant that was said,
 * and the reasons that are told fit. The store is settled and has its columns; some of it has
 * changed since.
 */
#include <stdio.h>

#include "src/segment/executor.h"
#include "tests/fuzz/target_customers.h"
#include "tests/fuzz/value_same.h"

#define PROFILES_MAX 8

static kith_txn *reading;

static void leave(void) {
    kith_txn_abort(reading);
}

static void prepare(void) {
    if (!target_store_make()) {
        return;
    }
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    check(kith_config_apply(txn, TARGET_CONFIG, strlen(TARGET_CONFIG)) == KITH_OK);
    target_put_customers(txn, 0, 6);
    target_define(txn, KITH_TRAIT, "orders", "count(purchase LAST 10d)");
    target_define(txn, KITH_SEGMENT, "active", "did(visit LAST 5d) OR orders >= 2");
    scratch_commit(txn);
    check(kith_settle_all(target_store, SCRATCH_NOW_US, 0, NULL, NULL, NULL, NULL) == KITH_OK);
    txn = scratch_begin(target_store, KITH_WRITE);
    target_put_customers(txn, 4, 8); /* two of them anew */
    target_put_event(txn, "2", "purchase", SCRATCH_NOW_US, NULL, 0);
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
    check(value_same(&outcome.value, value));
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
    check(value_same(&value, &out->values[out->count]));
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
            check(value_same(&row.values[0], &expected->values[i]));
            given++;
        }
    }
    check(kith_query_next(query, &row) == KITH_DONE);
    check(count == given);
    kith_query_close(query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    answers found;
    prepare();
    options.value = options.any_name = true;
    if (size > 0 && kith_expression_parse((const char *)data + 1, size - 1, reading, &options,
                                          &expression, NULL) == KITH_OK) {
        int64_t now_us = target_time(data[0]);
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
