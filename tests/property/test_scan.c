/*
 * Queries give just those profiles for whom the condition holds when each is asked by itself, and
 * what is asked about each is the same: before a store is settled, after, with its columns, when
 * some of it changed since, and at any time.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/segment/executor.h"
#include "tests/property/naive_segment.h"
#include "tests/property/trial.h"

#define STORES            4
#define HISTORIES_A_STORE 2000
#define CUSTOMERS_LEAST   150
#define CUSTOMERS_MORE    350
#define RETURNING_MAX     40 /* whose facts come twice, and differ */
#define EXPRESSIONS       40 /* a store */
#define COLUMNS_MAX       3
#define TIMES             3 /* that it is asked at, each time that something was done to it */

/* An expression, and what the profiles give for it one by one. */
typedef struct asked {
    kith_expression *expression;
    char *text;
    bool condition;
    naive_value *values; /* of each profile */
} asked;

typedef struct place {
    uint64_t state;
    naive_town town;
    stand s;
    asked list[EXPRESSIONS];
    size_t count;
    uint32_t *numbers; /* of the profiles, ascending */
    size_t profile_count, capacity;
    const char *when;
} place;

/* Expressions */

static void make_one(place *p, kithi_arena *arena, kith_txn *txn) {
    asked *one = &p->list[p->count];
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    size_t customer = random_below(&p->state, (uint32_t)p->town.customer_count);
    naive_maker maker = {.state = &p->state,
                         .arena = arena,
                         .origin_us = p->town.origin_us,
                         .grid_us = p->town.grid_us,
                         .id = &p->town.customers[customer].id};
    options.value = options.any_name = true;
    one->text = naive_write(naive_make(&maker));
    if (kith_expression_parse(one->text, strlen(one->text), txn, &options, &one->expression,
                              NULL) != KITH_OK) {
        free(one->text); /* a few don't fit what was declared */
        return;
    }
    one->condition = strcmp(kith_expression_gives(one->expression), "condition") == 0;
    one->values = calloc(p->capacity, sizeof *one->values);
    assert_non_null(one->values);
    p->count++;
}

static void make_expressions(place *p) {
    kithi_arena arena;
    kith_txn *txn;
    kithi_arena_init(&arena);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &txn, NULL), KITH_OK);
    for (int i = 0; i < EXPRESSIONS; i++) {
        make_one(p, &arena, txn);
    }
    kith_txn_abort(txn);
    kithi_arena_clear(&arena);
}

static void free_expressions(place *p) {
    for (size_t i = 0; i < p->count; i++) {
        kith_expression_free(p->list[i].expression);
        free(p->list[i].values);
        free(p->list[i].text);
    }
    p->count = 0;
}

/* One by one */

static void ask_profile(place *p, kithi_executor *executor, const kith_profile *profile,
                        int64_t now_us) {
    kithi_slice row = {profile->row, profile->row_bytes};
    assert_int_equal(kithi_executor_take(executor, profile->number, row), KITH_OK);
    for (size_t i = 0; i < p->count; i++) {
        kithi_outcome outcome;
        assert_int_equal(kithi_execute(executor, p->list[i].expression, now_us, false, &outcome),
                         KITH_OK);
        kith_value value = kithi_operand_value(&outcome.value);
        p->list[i].values[p->profile_count] = naive_value_of(&value);
    }
    p->numbers[p->profile_count++] = profile->number;
}

static void ask_profiles(place *p, kith_txn *txn, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    kithi_executor executor;
    p->profile_count = 0;
    assert_int_equal(kithi_executor_init(&executor, txn), KITH_OK);
    assert_int_equal(kith_profile_iter_open(txn, now_us, &iter), KITH_OK);
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        assert_true(p->profile_count < p->capacity);
        ask_profile(p, &executor, &profile, now_us);
    }
    kith_profile_iter_close(iter);
    kithi_executor_clear(&executor);
}

/* All at once */

static void fail_at(const place *p, const asked *one, int64_t now_us, const char *problem) {
    char now[KITH_TIME_TEXT_BYTES];
    kith_time_format(now_us, now);
    fail_msg("%s, now %s: %s\n  %s", p->when, now, problem, one->text);
}

static bool holds(const asked *one, size_t at) {
    return one->values[at].sort == NAIVE_BOOLEAN && one->values[at].number != 0;
}

static void compare_row(const place *p, const asked *one, const kith_query_row *row, size_t at,
                        const asked *const *columns, size_t column_count, int64_t now_us) {
    char problem[300], expected[128], found[128];
    if (at == p->profile_count || row->number != p->numbers[at]) {
        snprintf(problem, sizeof problem, "profile %u is given, where %u is next", row->number,
                 at < p->profile_count ? p->numbers[at] : UINT32_MAX);
        fail_at(p, one, now_us, problem);
    }
    for (size_t i = 0; i < column_count; i++) {
        naive_value value = naive_value_of(&row->values[i]);
        if (!naive_equal(&value, &columns[i]->values[at])) {
            naive_show(&columns[i]->values[at], expected);
            naive_show(&value, found);
            snprintf(problem, sizeof problem, "for profile %u this gives %s instead of %s",
                     row->number, found, expected);
            fail_at(p, columns[i], now_us, problem);
        }
    }
}

static void compare_rows(const place *p, kith_txn *txn, const kith_query_options *options,
                         const asked *one, const asked *const *columns) {
    kith_query *query = NULL;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    size_t at = 0;
    int rc;
    assert_int_equal(kith_query_open(txn, options, &query), KITH_OK);
    while ((rc = kith_query_next(query, &row)) == KITH_OK) {
        while (at < p->profile_count && !holds(one, at)) {
            at++;
        }
        compare_row(p, one, &row, at, columns, options->column_count, options->now_us);
        at++;
    }
    assert_int_equal(rc, KITH_DONE);
    for (; at < p->profile_count; at++) {
        if (holds(one, at)) {
            fail_at(p, one, options->now_us, "not all are given");
        }
    }
    kith_query_close(query);
}

static void compare_count(const place *p, kith_txn *txn, const kith_query_options *options,
                          const asked *one) {
    uint64_t count = 0, expected = 0;
    for (size_t i = 0; i < p->profile_count; i++) {
        expected += holds(one, i);
    }
    assert_int_equal(kith_query_count(txn, options, &count), KITH_OK);
    if (count != expected) {
        fail_at(p, one, options->now_us, "they are not as many as there are");
    }
}

static void query(place *p, kith_txn *txn, const asked *one, int64_t now_us) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    const asked *columns[COLUMNS_MAX];
    const kith_expression *expressions[COLUMNS_MAX];
    options.now_us = now_us;
    options.where = one->expression;
    options.columns = expressions;
    options.column_count = random_below(&p->state, COLUMNS_MAX + 1);
    for (size_t i = 0; i < options.column_count; i++) {
        columns[i] = &p->list[random_below(&p->state, (uint32_t)p->count)];
        expressions[i] = columns[i]->expression;
    }
    compare_count(p, txn, &options, one);
    compare_rows(p, txn, &options, one, columns);
}

static int64_t choose_time(place *p) {
    int64_t time_us = naive_make_time(&p->state, p->town.origin_us, p->town.grid_us);
    return random_one_in(&p->state, 6)
               ? time_us + (int64_t)random_below(&p->state, 800) * DAY_US - 60 * DAY_US
               : time_us;
}

static void compare(place *p, const char *when) {
    kith_txn *txn;
    p->when = when;
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &txn, NULL), KITH_OK);
    for (int i = 0; i < TIMES; i++) {
        int64_t now_us = choose_time(p);
        ask_profiles(p, txn, now_us);
        for (size_t j = 0; j < p->count; j++) {
            if (p->list[j].condition) {
                query(p, txn, &p->list[j], now_us);
            }
        }
        kith_txn_reset(txn);
        assert_int_equal(kith_txn_renew(txn), KITH_OK);
    }
    kith_txn_abort(txn);
}

/* What is done to a store */

static void put(place *p, const naive_town *town) {
    kith_txn *txn;
    assert_int_equal(kith_txn_begin(p->s.store, KITH_WRITE, &txn, NULL), KITH_OK);
    assert_int_equal(naive_town_put(town, txn, &p->state), KITH_OK);
    assert_int_equal(kith_txn_commit(txn, NULL), KITH_OK);
}

/* Others say what some customers had said, and have done other things. */
static void put_again(place *p) {
    naive_town town;
    naive_town_make(&town, random_next(&p->state), 1 + random_below(&p->state, RETURNING_MAX));
    put(p, &town);
    naive_town_clear(&town);
}

static void settle(place *p, uint64_t budget) {
    assert_int_equal(kith_settle_all(p->s.store, choose_time(p), budget, NULL, NULL, NULL, NULL),
                     KITH_OK);
}

static void find_ids(place *p) {
    kith_txn *txn;
    kith_profile *profiles = calloc(p->town.customer_count, sizeof *profiles);
    assert_non_null(profiles);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &txn, NULL), KITH_OK);
    assert_int_equal(naive_town_find(&p->town, txn, profiles), KITH_OK);
    kith_txn_abort(txn);
    free(profiles);
}

static void open_place(place *p, uint64_t seed) {
    char config[512];
    *p = (place){.state = seed};
    size_t customers = CUSTOMERS_LEAST + random_below(&p->state, CUSTOMERS_MORE);
    naive_town_make(&p->town, seed, customers);
    naive_town_config(&p->town, config);
    stand_open_config(&p->s, config);
    assert_null(p->s.problem);
    p->capacity = (customers + RETURNING_MAX) * NAIVE_RECORDS_MAX;
    p->numbers = calloc(p->capacity, sizeof *p->numbers);
    assert_non_null(p->numbers);
    put(p, &p->town);
    find_ids(p);
    make_expressions(p);
}

static void close_place(place *p) {
    free_expressions(p);
    free(p->numbers);
    naive_town_clear(&p->town);
    stand_close(&p->s);
}

static void play(uint64_t seed) {
    place p;
    char first[256];
    open_place(&p, seed);
    compare(&p, "nothing settled");
    settle(&p, 0);
    compare(&p, "all settled");
    put_again(&p);
    compare(&p, "some changed since");
    settle(&p, 1 + random_below(&p.state, 30));
    compare(&p, "some of these settled");
    settle(&p, 0);
    compare(&p, "all settled again");
    put_again(&p);
    settle(&p, 0);
    compare(&p, "and again");
    if (stand_count_problems(&p.s, first) > 0) {
        fail_msg("verify tells: %s", first);
    }
    close_place(&p);
}

static void test_queries_give_those_for_whom_it_holds(void **state) {
    (void)state;
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count_long(STORES, HISTORIES_A_STORE);
    if (!naive_zones_known()) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    printf("queries give those for whom it holds: KITH_SEED=%" PRIu64 ", %u stores\n", seed,
           wanted);
    for (unsigned i = 0; i < wanted; i++) {
        printf("\rKITH_SEED=%" PRIu64 " KITH_HISTORIES=1 ", seed + i);
        fflush(stdout);
        play(seed + i);
    }
    printf("\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_give_those_for_whom_it_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
