/*
 * The scenarios of segments: a store that is settled and has its columns, in which then customers
 * merged and parted, bought and were tagged, a definition was replaced, and time went by.
 */
#include "tests/fault/stage.h"

#define LATER_US (SCRATCH_NOW_US + 5 * SCRATCH_DAY_US)
#define PEOPLE   12 /* of whom less than all change, so that their columns are mended */

/* The store */

static int define(kith_txn *txn, kith_definition_kind kind, const char *name,
                  const char *expression) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.options = &options;
    input.name = name;
    input.expression = expression;
    input.at_us = SCRATCH_NOW_US;
    return kith_definition_put(txn, kind, &input, NULL);
}

/* A day begins before it does in UTC, and an order lies in between: so the zone makes a difference.
 */
static int define_all(kith_txn *txn) {
    static const char config[] = "{\"time_zone\": \"Europe/Berlin\"}";
    int code = kith_config_apply(txn, config, sizeof config - 1);
    code = code == KITH_OK ? define(txn, KITH_TRAIT, "orders", "count(order LAST 30d)") : code;
    code = code == KITH_OK ? define(txn, KITH_SEGMENT, "local", "city = 'Ulm'") : code;
    code = code == KITH_OK ? define(txn, KITH_SEGMENT, "busy", "orders >= 2") : code;
    code = code == KITH_OK ? define(txn, KITH_SEGMENT, "lately", "did(order LAST 6 CALENDAR DAYS)")
                           : code;
    code =
        code == KITH_OK ? define(txn, KITH_SEGMENT, "vip", "tag('vip') OR segment('busy')") : code;
    return code;
}

static int put_person(kith_txn *txn, int number, int64_t at_us, const char *city) {
    char key[16], email[40];
    snprintf(key, sizeof key, "%d", number);
    snprintf(email, sizeof email, "p%d@mail.test", number);
    return scratch_record(txn, kith_record_put, "crm", key, at_us, NULL, "email", email, "city",
                          city, NULL);
}

static int put_order(kith_txn *txn, int number, int64_t time_us) {
    char key[16];
    snprintf(key, sizeof key, "%d", number);
    return scratch_event(txn, "crm", key, "order", time_us, NULL, NULL, "amount", "12.50", NULL);
}

static int put_tag(kith_txn *txn, int number, int64_t expires_at_us) {
    kith_tag_input tag = KITH_TAG_INPUT_INIT;
    char key[16];
    snprintf(key, sizeof key, "%d", number);
    tag.source = "crm";
    tag.key = key;
    tag.tag = "vip";
    tag.at_us = SCRATCH_NOW_US - SCRATCH_DAY_US;
    tag.expires_at_us = expires_at_us;
    return kith_tag_add(txn, &tag, NULL);
}

/* The second of two comes in later and is older: its id goes on where they merge. */
static int put_people(kith_txn *txn) {
    int code = define_all(txn);
    for (int i = 0; code == KITH_OK && i < PEOPLE; i++) {
        code = put_person(txn, i, SCRATCH_NOW_US - i * SCRATCH_DAY_US, i % 2 ? "Ulm" : "Bonn");
        code = code == KITH_OK ? put_order(txn, i, SCRATCH_NOW_US - i * SCRATCH_DAY_US) : code;
        code = code == KITH_OK ? put_order(txn, i, SCRATCH_NOW_US - 29 * SCRATCH_DAY_US) : code;
    }
    code = code == KITH_OK ? put_tag(txn, 0, SCRATCH_NOW_US + SCRATCH_DAY_US) : code;
    return code == KITH_OK
               ? kith_record_link(txn, "crm", "4", "crm", "5", "desk", SCRATCH_NOW_US, NULL)
               : code;
}

static int change_people(kith_txn *txn) {
    int code = kith_record_link(txn, "crm", "0", "crm", "1", "desk", SCRATCH_NOW_US, NULL);
    code = code == KITH_OK
               ? kith_record_unlink(txn, "crm", "4", "crm", "5", "desk", SCRATCH_NOW_US + 1, NULL)
               : code;
    code = code == KITH_OK ? put_order(txn, 2, SCRATCH_NOW_US - 7) : code;
    code = code == KITH_OK ? put_person(txn, 2, SCRATCH_NOW_US, "Jena") : code;
    return code == KITH_OK ? put_tag(txn, 3, SCRATCH_NOW_US + 4 * SCRATCH_DAY_US) : code;
}

static void commit_all(kith *store, int (*put)(kith_txn *txn)) {
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    scratch_must(put(txn) == KITH_OK, "segments", kith_txn_error(txn)->message);
    scratch_commit(txn);
}

void stage_make_segments(const char *path) {
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_error error = KITH_ERROR_INIT;
    commit_all(store, put_people);
    scratch_must(kith_settle_all(store, SCRATCH_NOW_US, 0, NULL, NULL, NULL, &error) == KITH_OK,
                 "kith_settle_all", error.message);
    commit_all(store, change_people);
    kith_close(store);
}

/* Transactions */

static int end(stage *s, kith_txn *txn, int code) {
    if (code < 0) {
        s->error = *kith_txn_error(txn);
    }
    kith_txn_abort(txn);
    return code == KITH_DONE ? KITH_OK : code;
}

static int write_in(stage *s, int (*work)(kith_txn *txn)) {
    kith_txn *txn;
    int code = kith_txn_begin(s->store, KITH_WRITE, &txn, &s->error);
    if (code != KITH_OK) {
        return code;
    }
    code = work(txn);
    return code == KITH_OK ? kith_txn_commit(txn, &s->error) : end(s, txn, code);
}

static int read_in(stage *s, int (*work)(stage *s, kith_txn *txn)) {
    kith_txn *txn;
    int code = kith_txn_begin(s->store, KITH_READ, &txn, &s->error);
    return code == KITH_OK ? end(s, txn, work(s, txn)) : code;
}

/* Scenarios */

static int settle(kith_txn *txn) {
    return kith_settle(txn, LATER_US, 0, NULL);
}

static int settle_some(kith_txn *txn) {
    return kith_settle(txn, LATER_US, 2, NULL);
}

static int run_settle(stage *s) {
    return write_in(s, settle);
}

static int run_settle_some(stage *s) {
    return write_in(s, settle_some);
}

/* The row of everyone changes with the time. */
static int run_settle_all(stage *s) {
    return kith_settle_all(s->store, LATER_US, 0, NULL, NULL, NULL, &s->error);
}

static int run_mend(stage *s) {
    return kith_settle_all(s->store, SCRATCH_NOW_US, 0, NULL, NULL, NULL, &s->error);
}

static int redefine(kith_txn *txn) {
    int code = define(txn, KITH_TRAIT, "orders", "count(order LAST 20d)");
    code = code == KITH_OK ? define(txn, KITH_SEGMENT, "new", "NOT segment('vip')") : code;
    code = code == KITH_OK ? kith_definition_remove(txn, KITH_SEGMENT, "local", LATER_US) : code;
    return code == KITH_OK ? settle(txn) : code;
}

static int run_redefine(stage *s) {
    return write_in(s, redefine);
}

static int merge(kith_txn *txn) {
    int code = kith_record_link(txn, "crm", "2", "crm", "3", "desk", SCRATCH_NOW_US, NULL);
    return code == KITH_OK ? put_person(txn, 1, 5, "Bonn") : code;
}

static int run_merge(stage *s) {
    return write_in(s, merge);
}

static int trim(kith_txn *txn) {
    return kith_transition_trim(txn, 3, NULL);
}

static int run_trim(stage *s) {
    return write_in(s, trim);
}

static int read_transitions(stage *s, kith_txn *txn) {
    kith_transition t = KITH_TRANSITION_INIT;
    uint64_t sequence = 0;
    int code;
    while ((code = kith_transition_next(txn, &sequence, &t)) == KITH_OK) {
        stage_hear(s, t.segment, strlen(t.segment));
        stage_hear(s, &t.at_us, sizeof t.at_us);
        stage_hear(s, &t.entered, sizeof t.entered);
    }
    return code;
}

static int run_transitions(stage *s) {
    return read_in(s, read_transitions);
}

static int hear_rows(stage *s, kith_query *query) {
    kith_query_row row = KITH_QUERY_ROW_INIT;
    int code;
    while ((code = kith_query_next(query, &row)) == KITH_OK) {
        stage_hear(s, &row.number, sizeof row.number);
        stage_hear(s, &row.values[0].as.integer, sizeof row.values[0].as.integer);
    }
    return code;
}

static int query(stage *s, kith_txn *txn, const kith_expression *where,
                 const kith_expression *column) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query *query = NULL;
    uint64_t count = 0;
    options.now_us = LATER_US;
    options.where = where;
    options.columns = &column;
    options.column_count = 1;
    int code = kith_query_count(txn, &options, &count);
    stage_hear(s, &count, sizeof count);
    code = code == KITH_OK ? kith_query_open(txn, &options, &query) : code;
    code = code == KITH_OK ? hear_rows(s, query) : code;
    kith_query_close(query);
    return code;
}

static int parse(kith_txn *txn, const char *text, kith_expression **out) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.value = true;
    return kith_expression_parse(text, strlen(text), txn, &options, out,
                                 (kith_error *)(uintptr_t)kith_txn_error(txn));
}

static int run_query_in(stage *s, kith_txn *txn) {
    kith_expression *where = NULL, *column = NULL;
    int code = parse(
        txn, "city = 'Bonn' AND NOT (segment('busy') AND did(order LAST 6 CALENDAR DAYS))", &where);
    code = code == KITH_OK ? parse(txn, "sum(order.amount)", &column) : code;
    code = code == KITH_OK ? query(s, txn, where, column) : code;
    kith_expression_free(where);
    kith_expression_free(column);
    return code;
}

static int run_query(stage *s) {
    return read_in(s, run_query_in);
}

static int hear_rfm(stage *s, const kith_rfm_result *result) {
    kith_rfm_customer customer = KITH_RFM_CUSTOMER_INIT;
    size_t cursor = 0;
    int code;
    stage_hear(s, &result->spent_micros, sizeof result->spent_micros);
    while ((code = kith_rfm_next(result, &cursor, &customer)) == KITH_OK) {
        stage_hear(s, customer.id.bytes, sizeof customer.id.bytes);
        stage_hear(s, customer.segment, strlen(customer.segment));
        stage_hear(s, &customer.spent_micros, sizeof customer.spent_micros);
    }
    return code;
}

static int run_rfm_in(stage *s, kith_txn *txn) {
    kith_rfm_options options = KITH_RFM_OPTIONS_INIT;
    kith_rfm_result *result = NULL;
    kith_expression *where = NULL;
    options.now_us = LATER_US;
    int code = parse(txn, "city = 'Bonn' OR segment('busy')", &where);
    options.where = where;
    code = code == KITH_OK ? kith_rfm(txn, &options, &result) : code;
    code = code == KITH_OK ? hear_rfm(s, result) : code;
    kith_rfm_free(result);
    kith_expression_free(where);
    return code;
}

static int run_rfm(stage *s) {
    return read_in(s, run_rfm_in);
}

static int explain(stage *s, kith_txn *txn) {
    kith_profile profile = KITH_PROFILE_INIT;
    kith_reason *reason = NULL;
    int code = kith_profile_of_record(txn, 0, LATER_US, &profile);
    code = code == KITH_OK ? kith_segment_explain(&profile, "vip", LATER_US, &reason) : code;
    if (code == KITH_OK) {
        stage_hear(s, reason->text, strlen(reason->text));
        stage_hear(s, &reason->next_change_at_us, sizeof reason->next_change_at_us);
    }
    kith_reason_free(reason);
    return code;
}

static int run_explain(stage *s) {
    return read_in(s, explain);
}

static int run_verify(stage *s) {
    uint64_t problems = 0;
    int code = kith_verify(s->store, LATER_US, NULL, &problems, &s->error);
    stage_hear(s, &problems, sizeof problems);
    return code;
}

const scenario stage_segment_scenarios[] = {
    {"segments, settle", run_settle, SCENARIO_WRITES | SCENARIO_SEGMENTS},
    {"segments, settle some", run_settle_some, SCENARIO_WRITES | SCENARIO_SEGMENTS},
    {"segments, columns", run_settle_all, SCENARIO_WRITES | SCENARIO_STEPS | SCENARIO_SEGMENTS},
    {"segments, columns mended", run_mend, SCENARIO_WRITES | SCENARIO_STEPS | SCENARIO_SEGMENTS},
    {"segments, redefine", run_redefine, SCENARIO_WRITES | SCENARIO_SEGMENTS},
    {"segments, merge", run_merge, SCENARIO_WRITES | SCENARIO_SEGMENTS},
    {"segments, trim", run_trim, SCENARIO_WRITES | SCENARIO_SEGMENTS},
    {"segments, transitions", run_transitions, SCENARIO_SEGMENTS},
    {"segments, query", run_query, SCENARIO_SEGMENTS},
    {"segments, rfm", run_rfm, SCENARIO_SEGMENTS},
    {"segments, explain", run_explain, SCENARIO_SEGMENTS},
    {"segments, verify", run_verify, SCENARIO_SEGMENTS},
};
const size_t stage_segment_scenario_count =
    sizeof stage_segment_scenarios / sizeof stage_segment_scenarios[0];
