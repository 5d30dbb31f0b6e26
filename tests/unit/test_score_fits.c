/*
 * Fitting beside others: it can be stopped at any step and then leaves nothing, a dry run writes
 * nothing, others may write meanwhile, and a definition that they changed is not overwritten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/fact_stand.h"

#define DAY_US    SCRATCH_DAY_US
#define CUSTOMERS 600

static const struct {
    const char *name, *text;
} kinds[] = {
    {"life", "{\"kind\": \"lifecycle\", \"event\": \"order\"}"},
    {"tier", "{\"kind\": \"tiers\", \"value\": \"sum(order.amount)\", \"tiers\": [{\"name\": "
             "\"gold\", \"top_percent\": 10}]}"},
    {"rfm", "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\"}"},
    {"buyer", "{\"kind\": \"repeat\", \"event\": \"order\", \"amount\": \"amount\"}"},
    {"late", "{\"kind\": \"chance\", \"target\": \"did(order LAST 30d)\", \"features\": "
             "[\"count(order)\", \"city\"]}"},
    {"like", "{\"kind\": \"lookalike\", \"seed\": \"city = 'York'\", \"features\": "
             "[\"count(order)\", \"sum(order.amount)\"]}"},
    {"group", "{\"kind\": \"clusters\", \"clusters\": [2, 3], \"features\": [\"count(order)\", "
              "\"sum(order.amount)\"]}"},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static int define(kith_txn *txn, const char *name, const char *text) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    input.name = name;
    input.expression = text;
    return kith_definition_put(txn, KITH_SCORE, &input, NULL);
}

static void put_order(kith_txn *txn, const char *key, int number, int days_ago) {
    char id[32], amount[16];
    snprintf(id, sizeof id, "%s-%d", key, number);
    snprintf(amount, sizeof amount, "%d", 5 + number * 7 % 40);
    assert_int_equal(scratch_event(txn, "crm", key, "order", SCRATCH_NOW_US - days_ago * DAY_US, id,
                                   NULL, "amount", amount, NULL),
                     KITH_OK);
}

/* Some buy on, some have stopped, some bought once. */
static void put_customer(kith_txn *txn, int number) {
    static const char *const cities[] = {"York", "Ayr", "Leeds"};
    static const int gaps[] = {3, 8, 15, 40};
    char key[16];
    int begin = 90 + number * 37 % 300, gap = gaps[number % 4], end = number % 3 * begin / 3;
    snprintf(key, sizeof key, "%d", number);
    scratch_record(txn, kith_record_put, "crm", key, 10, NULL, "city", cities[number * 5 % 7 % 3],
                   NULL);
    for (int i = 0, day = begin; day >= end && (i == 0 || number % 5 != 0); i++) {
        put_order(txn, key, i, day);
        day -= 1 + (i * 13 + number) % (2 * gap);
    }
}

static int make(void **state) {
    set_up(state);
    fixture *f = *state;
    for (int i = 0; i < CUSTOMERS; i++) {
        put_customer(f->txn, i);
    }
    for (size_t i = 0; i < KINDS; i++) {
        assert_int_equal(define(f->txn, kinds[i].name, kinds[i].text), KITH_OK);
    }
    scratch_commit(f->txn);
    f->txn = NULL;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    kith_close(f->store);
    assert_int_equal(scratch_problems(f->path), 0);
    f->store = scratch_open(f->path, 0);
    return tear_down(state);
}

static uint32_t version_of(fixture *f, const char *name) {
    kith_definition found = KITH_DEFINITION_INIT;
    kith_txn *txn = scratch_begin(f->store, KITH_READ);
    int code = kith_definition_get(txn, KITH_SCORE, name, 0, &found);
    kith_txn_abort(txn);
    return code == KITH_OK ? found.version : 0;
}

/* Told of each step. */
typedef struct ear {
    fixture *f;
    const char *name;
    unsigned calls, stop_at; /* 0: it isn't stopped */
    int (*act)(struct ear *ear);
} ear;

static int hear(void *context, const kith_progress *progress) {
    ear *e = context;
    assert_true(strcmp(progress->phase, "read") == 0 || strcmp(progress->phase, "fit") == 0);
    e->calls++;
    if (e->act != NULL && e->calls == 1) {
        assert_int_equal(e->act(e), KITH_OK);
    }
    return e->calls == e->stop_at;
}

static int fit(ear *e, bool dry_run, kith_error *error) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    *error = (kith_error)KITH_ERROR_INIT;
    e->calls = 0;
    options.now_us = SCRATCH_NOW_US;
    options.threads = 1;
    options.dry_run = dry_run;
    options.progress = hear;
    options.context = e;
    return kith_score_fit(e->f->store, e->name, &options, NULL, error);
}

static void test_each_step_can_be_the_last(void **state) {
    kith_error error;
    for (size_t i = 0; i < KINDS; i++) {
        ear e = {.f = *state, .name = kinds[i].name};
        int code = KITH_INTERRUPTED;
        for (e.stop_at = 1; code == KITH_INTERRUPTED; e.stop_at++) {
            assert_int_equal(version_of(e.f, e.name), 1);
            code = fit(&e, false, &error);
            assert_true(code == KITH_OK || error.message[0] != '\0');
        }
        if (code != KITH_OK) {
            fail_msg("%s: %s", e.name, error.message);
        }
        printf("%s: %u steps\n", e.name, e.calls);
        assert_true(e.calls > 0);
        assert_int_equal(version_of(e.f, e.name), 2);
    }
}

static void test_a_dry_run_writes_nothing(void **state) {
    kith_error error;
    for (size_t i = 0; i < KINDS; i++) {
        ear e = {.f = *state, .name = kinds[i].name};
        kith_fit_options options = KITH_FIT_OPTIONS_INIT;
        kith_fit_report *report = NULL;
        options.now_us = SCRATCH_NOW_US;
        options.dry_run = true;
        assert_int_equal(kith_score_fit(e.f->store, e.name, &options, &report, &error), KITH_OK);
        assert_int_equal(report->version, 2);
        assert_int_equal(report->change, KITH_UPDATED);
        assert_int_equal(version_of(e.f, e.name), 1);
        kith_fit_report_free(report);
    }
}

static int write_in(ear *e, int (*work)(kith_txn *txn, const char *name)) {
    kith_txn *txn = scratch_begin(e->f->store, KITH_WRITE);
    int code = work(txn, e->name);
    scratch_commit(txn);
    return code;
}

static int define_anew(kith_txn *txn, const char *name) {
    return define(txn, name, "{\"kind\": \"lifecycle\", \"event\": \"order\", \"lapsed\": 9}");
}

static int change(ear *e) {
    return write_in(e, define_anew);
}

static int remove_it(kith_txn *txn, const char *name) {
    return kith_definition_remove(txn, KITH_SCORE, name, 1);
}

static int take_away(ear *e) {
    return write_in(e, remove_it);
}

static int buy(kith_txn *txn, const char *name) {
    (void)name;
    put_order(txn, "1", 999, 0);
    return KITH_OK;
}

static int buy_meanwhile(ear *e) {
    return write_in(e, buy);
}

static void test_what_was_defined_meanwhile_stays(void **state) {
    for (size_t i = 0; i < KINDS; i++) {
        kith_error error;
        ear e = {.f = *state, .name = kinds[i].name, .act = change};
        assert_int_equal(fit(&e, false, &error), KITH_BUSY);
        assert_non_null(strstr(error.message, "defined anew while it was fitted"));
        assert_int_equal(version_of(e.f, e.name), 2);
    }
}

static void test_what_was_removed_meanwhile_stays_so(void **state) {
    kith_error error;
    ear e = {.f = *state, .name = "rfm", .act = take_away};
    assert_int_equal(fit(&e, false, &error), KITH_NOT_FOUND);
    assert_int_equal(version_of(e.f, e.name), 0);
}

static void test_facts_may_come_in_meanwhile(void **state) {
    kith_error error;
    ear e = {.f = *state, .name = "buyer", .act = buy_meanwhile};
    assert_int_equal(fit(&e, false, &error), KITH_OK);
    assert_int_equal(version_of(e.f, e.name), 2);
}

/* Another thread */

typedef struct writer {
    fixture *f;
    atomic_bool stop;
    unsigned commits;
} writer;

static void *write_on(void *context) {
    writer *w = context;
    while (!atomic_load(&w->stop)) {
        kith_txn *txn = scratch_begin(w->f->store, KITH_WRITE);
        char key[16], id[16];
        snprintf(key, sizeof key, "%u", w->commits % 20);
        snprintf(id, sizeof id, "w%u", w->commits);
        scratch_event(txn, "crm", key, "order", SCRATCH_NOW_US - w->commits, id, NULL, "amount",
                      "3", NULL);
        if (w->commits % 5 == 0) {
            kith_settle(txn, SCRATCH_NOW_US, 20, NULL);
        }
        scratch_commit(txn);
        w->commits++;
    }
    return NULL;
}

static void test_another_thread_may_write(void **state) {
    writer w = {.f = *state};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
    int code = KITH_OK;
    kith_error error;
    for (size_t i = 0; i < 3 * KINDS && code == KITH_OK; i++) {
        ear e = {.f = *state, .name = kinds[i % KINDS].name};
        code = fit(&e, false, &error);
    }
    atomic_store(&w.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (code != KITH_OK) {
        fail_msg("%s", error.message);
    }
    printf("%u commits meanwhile\n", w.commits);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, end)
    const struct CMUnitTest tests[] = {
        TEST(test_each_step_can_be_the_last),        TEST(test_a_dry_run_writes_nothing),
        TEST(test_what_was_defined_meanwhile_stays), TEST(test_what_was_removed_meanwhile_stays_so),
        TEST(test_facts_may_come_in_meanwhile),      TEST(test_another_thread_may_write),
    };
    return cmocka_run_group_tests_name("score fits", tests, NULL, NULL);
}
