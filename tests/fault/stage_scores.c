/*
 * The scenarios of scores: a store of customers who bought often, once, or no more, with models of
 * all kinds that are fitted and rows that are settled, in which some then bought and merged.
 */
#include "tests/fault/stage.h"

#define PEOPLE   60
#define LATER_US (SCRATCH_NOW_US + 5 * SCRATCH_DAY_US)

typedef struct model {
    const char *name, *text;
} model;

static const model models[] = {
    {"size",
     "{\"kind\": \"rules\", \"rules\": [{\"name\": \"big\", \"when\": \"sum(order.amount) > "
     "90\"}], \"otherwise\": \"small\"}"},
    {"heat", "{\"kind\": \"points\", \"rules\": [{\"name\": \"buys\", \"events\": \"order\", "
             "\"points\": 5, \"half_life_days\": 14}]}"},
    {"life", "{\"kind\": \"lifecycle\", \"event\": \"order\"}"},
    {"tier", "{\"kind\": \"tiers\", \"value\": \"sum(order.amount)\", \"tiers\": [{\"name\": "
             "\"gold\", \"top_percent\": 10}]}"},
    {"rfm", "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\"}"},
    {"buyer", "{\"kind\": \"repeat\", \"event\": \"order\", \"amount\": \"amount\", "
              "\"horizon_days\": 30}"},
    {"keen", "{\"kind\": \"repeat\", \"method\": \"bg/nbd\", \"event\": \"order\"}"},
    {"late", "{\"kind\": \"chance\", \"target\": \"did(order LAST 90d)\", \"features\": "
             "[\"count(order)\", \"city\"]}"},
    {"group", "{\"kind\": \"clusters\", \"clusters\": 2, \"features\": [\"count(order)\", "
              "\"sum(order.amount)\"]}"},
};
#define MODELS (sizeof models / sizeof models[0])

/* The store */

static int define(kith_txn *txn, const model *m) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = m->name;
    input.expression = m->text;
    return kith_definition_put(txn, KITH_SCORE, &input, NULL);
}

static int put_order(kith_txn *txn, const char *key, int number, int days_ago) {
    char amount[16];
    snprintf(amount, sizeof amount, "%d", 5 + number * 7 % 40);
    return scratch_event(txn, "crm", key, "order", SCRATCH_NOW_US - days_ago * SCRATCH_DAY_US, NULL,
                         NULL, "amount", amount, NULL);
}

static int put_person(kith_txn *txn, int number) {
    static const char *const cities[] = {"York", "Ayr", "Leeds"};
    static const int gaps[] = {3, 8, 15, 40};
    char key[16];
    int begin = 90 + number * 37 % 300, gap = gaps[number % 4], end = number % 3 * begin / 3;
    snprintf(key, sizeof key, "%d", number);
    int code = scratch_record(txn, kith_record_put, "crm", key, 10, NULL, "city",
                              cities[number * 5 % 7 % 3], NULL);
    for (int i = 0, day = begin; code == KITH_OK && day >= end && (i == 0 || number % 5 != 0);
         i++) {
        code = put_order(txn, key, i, day);
        day -= 1 + (i * 13 + number) % (2 * gap);
    }
    return code;
}

static int fit(kith *store, const char *score, int64_t now_us, bool dry_run, kith_fit_report **out,
               kith_error *error) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    options.now_us = now_us;
    options.threads = 1;
    options.dry_run = dry_run;
    return kith_score_fit(store, score, &options, out, error);
}

static void fit_all(kith *store) {
    for (size_t i = 2; i < MODELS; i++) {
        kith_error error = KITH_ERROR_INIT;
        int code = fit(store, models[i].name, SCRATCH_NOW_US, false, NULL, &error);
        scratch_must(code == KITH_OK, models[i].name, error.message);
    }
}

void stage_make_scores(const char *path) {
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    for (int i = 0; i < PEOPLE; i++) {
        scratch_must(put_person(txn, i) == KITH_OK, "a person", kith_txn_error(txn)->message);
    }
    for (size_t i = 0; i < MODELS; i++) {
        scratch_must(define(txn, &models[i]) == KITH_OK, models[i].name,
                     kith_txn_error(txn)->message);
    }
    scratch_commit(txn);
    fit_all(store);
    scratch_must(kith_settle_all(store, SCRATCH_NOW_US, 0, NULL, NULL, NULL, &error) == KITH_OK,
                 "kith_settle_all", error.message);
    txn = scratch_begin(store, KITH_WRITE);
    put_order(txn, "3", 4, 0);
    kith_record_link(txn, "crm", "4", "crm", "5", "desk", SCRATCH_NOW_US, NULL);
    scratch_commit(txn);
    kith_close(store);
}

/* Scenarios */

static int end(stage *s, kith_txn *txn, int code) {
    if (code < 0) {
        s->error = *kith_txn_error(txn);
    }
    kith_txn_abort(txn);
    return code == KITH_DONE ? KITH_OK : code;
}

/* Each anew under another name, with what was learnt. */
static int define_twins(kith_txn *txn) {
    int code = KITH_OK;
    for (size_t i = 0; code == KITH_OK && i < MODELS; i++) {
        kith_definition found = KITH_DEFINITION_INIT;
        char name[32];
        snprintf(name, sizeof name, "%s twin", models[i].name);
        code = kith_definition_get(txn, KITH_SCORE, models[i].name, 0, &found);
        code = code == KITH_OK ? define(txn, &(model){name, found.expression}) : code;
    }
    return code;
}

static int settle(kith_txn *txn) {
    return kith_settle(txn, LATER_US, 0, NULL);
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

static int run_define(stage *s) {
    return write_in(s, define_twins);
}

static int run_settle(stage *s) {
    return write_in(s, settle);
}

/* As others are now than when it was fitted, it is learnt anew. */
static int run_fit(stage *s, const char *score) {
    kith_fit_report *report = NULL;
    int code = fit(s->store, score, LATER_US, false, &report, &s->error);
    if (code == KITH_OK) {
        stage_hear(s, report->fitted, strlen(report->fitted));
    }
    kith_fit_report_free(report);
    return code;
}

static int run_fit_life(stage *s) {
    return run_fit(s, "life");
}
static int run_fit_tier(stage *s) {
    return run_fit(s, "tier");
}
static int run_fit_rfm(stage *s) {
    return run_fit(s, "rfm");
}
static int run_fit_keen(stage *s) {
    return run_fit(s, "keen");
}
static int run_fit_late(stage *s) {
    return run_fit(s, "late");
}
static int run_fit_group(stage *s) {
    return run_fit(s, "group");
}

static void hear_why(stage *s, const kith_score_explanation *why) {
    for (size_t i = 0; i < why->output_count; i++) {
        const char *value = why->outputs[i]->value;
        stage_hear(s, value, value != NULL ? strlen(value) : 0);
    }
    for (size_t i = 0; i < why->reason_count; i++) {
        stage_hear(s, why->reasons[i]->text, strlen(why->reasons[i]->text));
    }
}

static int explain(stage *s, kith_txn *txn, uint32_t record) {
    kith_profile profile = KITH_PROFILE_INIT;
    int code = kith_profile_of_record(txn, record, LATER_US, &profile);
    for (size_t i = 0; code == KITH_OK && i < MODELS; i++) {
        kith_score_explanation *why = NULL;
        code = kith_score_explain(&profile, models[i].name, LATER_US, &why);
        if (code == KITH_OK) {
            hear_why(s, why);
        }
        kith_score_explanation_free(why);
    }
    return code;
}

/* Of one who changed, and of one who didn't. */
static int run_explain(stage *s) {
    kith_txn *txn;
    int code = kith_txn_begin(s->store, KITH_READ, &txn, &s->error);
    if (code != KITH_OK) {
        return code;
    }
    code = explain(s, txn, 3);
    return end(s, txn, code == KITH_OK ? explain(s, txn, 6) : code);
}

static int read_rows(stage *s, kith_txn *txn) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    int code = kith_profile_iter_open(txn, SCRATCH_NOW_US, &iter);
    while (code == KITH_OK && (code = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        kith_score_value value = KITH_SCORE_VALUE_INIT;
        size_t cursor = 0;
        while ((code = kith_profile_next_score_value(&profile, &cursor, &value)) == KITH_OK) {
            stage_hear(s, value.output, strlen(value.output));
        }
        code = code == KITH_DONE ? KITH_OK : code;
    }
    kith_profile_iter_close(iter);
    return code;
}

static int run_read(stage *s) {
    kith_txn *txn;
    int code = kith_txn_begin(s->store, KITH_READ, &txn, &s->error);
    return code == KITH_OK ? end(s, txn, read_rows(s, txn)) : code;
}

static int run_verify(stage *s) {
    uint64_t problems = 0;
    int code = kith_verify(s->store, LATER_US, NULL, &problems, &s->error);
    stage_hear(s, &problems, sizeof problems);
    return code;
}

const scenario stage_score_scenarios[] = {
    {"scores, define", run_define, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, settle", run_settle, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit lifecycle", run_fit_life, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit tiers", run_fit_tier, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit rfm", run_fit_rfm, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit repeat", run_fit_keen, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit chance", run_fit_late, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, fit clusters", run_fit_group, SCENARIO_WRITES | SCENARIO_SCORES},
    {"scores, explain", run_explain, SCENARIO_SCORES},
    {"scores, read", run_read, SCENARIO_SCORES},
    {"scores, verify", run_verify, SCENARIO_SCORES},
};
const size_t stage_score_scenario_count =
    sizeof stage_score_scenarios / sizeof stage_score_scenarios[0];
