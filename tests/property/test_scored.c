/*
 * Linking all at once and linking by each commit give the same, whenever the one or the other is
 * done; a model is a function of the records alone; comparing has no order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/identity/block_index.h"
#include "src/identity/link_all.h"
#include "src/identity/scored.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"
#include "tests/property/scored.h"
#include "tests/property/trial.h"

#define NOW_US (7 * SECOND_US)

static void resolve(stand *s, bool train, unsigned threads) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.now_us = NOW_US;
    options.train = train;
    options.threads = threads;
    if (s->problem == NULL && kith_resolve(s->store, &options, NULL, &error) != KITH_OK) {
        stand_fail(s, "kith_resolve: %s", error.message);
    }
}

/* The first half of kith_resolve(): what it may have changed awaits settle. */
static void link_all(stand *s) {
    kithi_link_options options = {.threads = 1};
    kithi_link_result result;
    kith_error error = KITH_ERROR_INIT;
    if (s->problem != NULL) {
        return;
    }
    if (kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error) != KITH_OK) {
        stand_fail(s, "begin: %s", error.message);
        return;
    }
    stand_expect(s, kithi_identity_link_all(s->txn, &options, &result), KITH_OK, "linking all");
    stand_commit(s);
}

static void settle(stand *s, uint32_t budget) {
    history_op op = {.kind = HISTORY_SETTLE, .at_us = NOW_US, .budget = budget};
    stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a settle");
    stand_commit(s);
}

static void expect_pending(stand *s, uint64_t wanted) {
    kith_stat stat = KITH_STAT_INIT;
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = NULL;
    if (s->problem == NULL && kith_txn_begin(s->store, KITH_READ, &txn, &error) == KITH_OK) {
        stand_expect(s, kith_stat_get(txn, &stat), KITH_OK, "kith_stat_get");
        if (stat.pending_record_count != wanted) {
            stand_fail(s, "%llu records await settle",
                       (unsigned long long)stat.pending_record_count);
        }
        kith_txn_abort(txn);
    }
}

static void put(stand *s, model *m, const history_op *op) {
    int wanted = model_apply(m, op);
    stand_expect(s, stand_apply(s, op, NULL), wanted, "a fact");
}

static void check(stand *s, model *m, const char *when) {
    stand_compare(s, m, NOW_US, DUMP_ALL, when);
    stand_verify(s, when);
}

/* Now and then a model with other thresholds and another cap: what linked may link no more. */
static void put_another(stand *s, uint64_t *state) {
    history other = {.seed = random_next(state)};
    if (random_one_in(state, 2)) {
        scored_put(s, &other);
    }
}

/*
 * Some facts before there is a model, then all are linked at once; the rest by their commits, some
 * of them while records still wait for settle; then once more all at once, which changes nothing.
 */
static char *bulk_equals_incremental(const history *h) {
    stand s;
    uint64_t state = h->seed;
    model *m = model_new(&h->rules);
    size_t first = random_below(&state, (uint32_t)h->count + 1), i = 0;
    stand_open(&s, &h->rules);
    for (; i < first && s.problem == NULL; i++) {
        put(&s, m, &h->ops[i]);
    }
    stand_commit(&s);
    scored_put(&s, h);
    link_all(&s);
    stand_verify(&s, "while records wait");
    for (; i < h->count && s.problem == NULL; i++) {
        put(&s, m, &h->ops[i]);
        if (random_one_in(&state, 6)) {
            stand_commit(&s);
            stand_verify(&s, "after a commit while records wait");
        }
        if (random_one_in(&state, 10)) {
            settle(&s, random_below(&state, 3));
            stand_verify(&s, "after a settle");
        }
        if (random_one_in(&state, 20)) {
            stand_commit(&s);
            put_another(&s, &state);
            link_all(&s);
        }
    }
    settle(&s, 0);
    expect_pending(&s, 0);
    check(&s, m, "after the last settle");
    resolve(&s, false, 2);
    check(&s, m, "after all were linked once more");
    model_free(m);
    return trial_end(&s);
}

static void test_bulk_equals_incremental(void **state) {
    (void)state;
    trial_run("bulk equals incremental", bulk_equals_incremental, HISTORY_CONFIGS, 500);
}

/* Whatever waits says so: what a read gives without saying that it waits is right. */
static bool waits(const lines *list, const char *line) {
    char id[KITH_ID_TEXT_BYTES], profile[KITH_ID_TEXT_BYTES + 16];
    if (sscanf(line, "%*s %32s", id) != 1) {
        return false;
    }
    snprintf(profile, sizeof profile, "profile %s ", id);
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], profile, strlen(profile)) == 0) {
            return strstr(list->items[i], "pending 1") != NULL;
        }
    }
    return false;
}

static bool has_line(const lines *list, const char *line) {
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], line) == 0) {
            return true;
        }
    }
    return false;
}

static char *what_waits_says_so(const history *h) {
    stand s;
    lines expected = {NULL, 0, 0}, found = {NULL, 0, 0};
    model *m = model_new(&h->rules);
    stand_open(&s, &h->rules);
    for (size_t i = 0; i < h->count && s.problem == NULL; i++) {
        put(&s, m, &h->ops[i]);
    }
    stand_commit(&s);
    settle(&s, 0);
    scored_put(&s, h);
    link_all(&s);
    stand_weigh(&s, m);
    model_dump(m, NOW_US, DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS, &expected);
    stand_dump(&s, NOW_US, DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS, &found);
    for (size_t i = 0; i < found.count && s.problem == NULL; i++) {
        if (!waits(&found, found.items[i]) && !has_line(&expected, found.items[i])) {
            stand_fail(&s, "it doesn't say that it waits, but the model lacks: %s", found.items[i]);
        }
    }
    lines_clear(&expected);
    lines_clear(&found);
    model_free(m);
    return trial_end(&s);
}

static void test_what_waits_says_so(void **state) {
    (void)state;
    trial_run("what waits says so", what_waits_says_so, HISTORY_PLAIN, 300);
}

/* Training */

static void make_town(stand *s, uint64_t seed, bool train, unsigned threads) {
    stand_open_config(s, NULL);
    scored_put_town(s, seed);
    resolve(s, train, threads);
    stand_verify(s, "after training");
    assert_null(s->problem);
}

static void test_a_model_is_a_function_of_the_records(void **state) {
    (void)state;
    static const unsigned threads[] = {1, 2, 5, 64};
    lines first_dump = {NULL, 0, 0};
    stand s;
    size_t size;
    make_town(&s, 0, false, 1);
    uint8_t *first = scored_read_model(&s, &size);
    stand_dump(&s, NOW_US, DUMP_NO_NUMBERS, &first_dump);
    stand_close(&s);
    for (size_t i = 0; i < 2 * sizeof threads / sizeof threads[0]; i++) {
        size_t other_size;
        lines dump = {NULL, 0, 0};
        make_town(&s, 11 * i, i % 2 != 0, threads[i / 2]);
        uint8_t *other = scored_read_model(&s, &other_size);
        assert_int_equal(size, other_size);
        assert_memory_equal(first, other, size);
        free(other);
        stand_dump(&s, NOW_US, DUMP_NO_NUMBERS, &dump);
        char *difference = lines_compare(&first_dump, &dump);
        if (difference != NULL) {
            fail_msg("%s", difference);
        }
        lines_clear(&dump);
        stand_close(&s);
    }
    lines_clear(&first_dump);
    free(first);
}

/* Trained again on the same records it is the next version, and says the same; one that is read
 * and put is the same bytes. */
static void test_training_again_changes_nothing(void **state) {
    (void)state;
    stand s;
    size_t size, other_size;
    kithi_model *own = NULL;
    kithi_buffer packed;
    make_town(&s, 3, false, 2);
    uint8_t *first = scored_read_model(&s, &size);
    resolve(&s, true, 2);
    stand_verify(&s, "after training again");
    uint8_t *other = scored_read_model(&s, &other_size);
    assert_int_equal(size, other_size);
    assert_memory_equal(first, other, size);
    assert_int_equal(kith_txn_begin(s.store, KITH_READ, &s.txn, NULL), KITH_OK);
    assert_int_equal(kithi_model_read(s.txn, 2, &own), KITH_OK);
    kithi_buffer_init(&packed);
    kithi_model_pack(own, &packed);
    assert_int_equal(packed.size, size);
    kithi_buffer_clear(&packed);
    kithi_model_free(own);
    kith_txn_abort(s.txn);
    s.txn = NULL;
    free(first);
    free(other);
    assert_null(s.problem);
    stand_close(&s);
}

/* All pairs of the town, with and without a least weight. */
static void test_comparing_has_no_order(void **state) {
    (void)state;
    stand s;
    kithi_pool pool;
    const kithi_model *own = NULL;
    make_town(&s, 5, false, 2);
    assert_int_equal(kith_txn_begin(s.store, KITH_READ, &s.txn, NULL), KITH_OK);
    assert_int_equal(kithi_model_of(s.txn, &own), KITH_OK);
    assert_int_equal(kithi_pool_load(s.txn, own, 1, NULL, NULL, &pool), KITH_OK);
    for (size_t i = 0; i < pool.count; i++) {
        for (size_t j = 0; j < i; j++) {
            uint64_t pattern = 0, turned = 0;
            int32_t least = INT32_MIN / 2;
            int32_t a = kithi_pair_weight(own, pool.items[i], pool.items[j], least, &pattern);
            int32_t b = kithi_pair_weight(own, pool.items[j], pool.items[i], least, &turned);
            int32_t c = kithi_pair_weight(own, pool.items[i], pool.items[j], a, &turned);
            assert_int_equal(a, b);
            assert_int_equal(a, c);
            assert_true(pattern == turned);
            assert_true(kithi_pair_weight(own, pool.items[i], pool.items[j], a + 1, &turned) <= a);
        }
    }
    printf("%zu records\n", pool.count);
    kithi_pool_clear(&pool);
    kith_txn_abort(s.txn);
    s.txn = NULL;
    stand_close(&s);
}

/* Where names are defined to be numbers they are nobody's. */
static void test_numbers_are_no_names(void **state) {
    (void)state;
    static const char config[] = "{\"attributes\": {\"given_name\": {\"type\": \"integer\"}, "
                                 "\"city\": {\"type\": \"integer\"}}}";
    stand s;
    const kithi_model *own = NULL;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    kithi_features *features = (kithi_features *)(void *)room;
    kith_field fields[] = {{"given_name", {KITH_TYPE_INTEGER, {.integer = 42}}},
                           {"city", {KITH_TYPE_INTEGER, {.integer = 44}}}};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    stand_open_config(&s, config);
    assert_int_equal(kith_txn_begin(s.store, KITH_WRITE, &s.txn, NULL), KITH_OK);
    input.source = "crm";
    input.key = "42";
    input.at_us = SECOND_US;
    input.fields = fields;
    input.field_count = sizeof fields / sizeof fields[0];
    assert_int_equal(kith_record_put(s.txn, &input, NULL), KITH_OK);
    input.key = "43";
    assert_int_equal(kith_record_put(s.txn, &input, NULL), KITH_OK);
    stand_commit(&s);
    resolve(&s, false, 1);
    assert_null(s.problem);
    assert_int_equal(kith_txn_begin(s.store, KITH_READ, &s.txn, NULL), KITH_OK);
    assert_int_equal(kithi_model_of(s.txn, &own), KITH_OK);
    assert_int_equal(kithi_features_read(s.txn, own, 0, features), KITH_OK);
    for (size_t i = 0; i < own->comparison_count; i++) {
        size_t wanted = strcmp(own->comparisons[i].name, "address") == 0;
        assert_int_equal(kithi_features_of(features, i).count, wanted);
    }
    kith_txn_abort(s.txn);
    s.txn = NULL;
    stand_close(&s);
}

/* Rows about a record that isn't there stop the commit that meets them, and say what to do. */

static void put_name(stand *s, uint8_t key, int64_t at, uint8_t family) {
    history_op op = {.kind = HISTORY_PUT, .key = key, .at_us = at * SECOND_US, .field_count = 3};
    op.fields[0] = (history_field){WORLD_GIVEN_NAME, 1, {0}};
    op.fields[1] = (history_field){WORLD_FAMILY_NAME, 1, {family}};
    op.fields[2] = (history_field){WORLD_BIRTH_DATE, 1, {0}};
    stand_expect(s, stand_apply(s, &op, NULL), KITH_OK, "a record");
}

static void misplace_pair(stand *s) {
    kithi_scored pair = {77, 20 * KITHI_BIT, 0};
    uint8_t number[4] = {0, 0, 0, 1}, row[KITHI_SCORED_BYTES];
    kithi_scored_write(row, &pair);
    assert_int_equal(kithi_put_one(s->txn, KITHI_TABLE_SCORED, number, 4, row, sizeof row, NULL),
                     KITH_OK);
}

static void misplace_key(stand *s) {
    const kithi_model *own = NULL;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)], keys[KITHI_BLOCK_KEYS_MAX];
    kithi_features *features = (kithi_features *)(void *)room;
    assert_int_equal(kithi_model_of(s->txn, &own), KITH_OK);
    assert_int_equal(kithi_features_read(s->txn, own, 1, features), KITH_OK);
    assert_true(kithi_block_keys(own, features, keys) > 0);
    kithi_block_entry entry = {keys[0], 77};
    assert_int_equal(kithi_block_index_add(s->txn, &entry, 1), KITH_OK);
}

static void expect_refused_commit(stand *s, void (*misplace)(stand *s)) {
    kith_error error = KITH_ERROR_INIT;
    char first[256];
    assert_int_equal(kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error), KITH_OK);
    misplace(s);
    stand_commit(s);
    assert_null(s->problem);
    assert_true(stand_count_problems(s, first) > 0);
    put_name(s, 1, 9, 1);
    assert_int_equal(kith_txn_commit(s->txn, &error), KITH_CORRUPT);
    s->txn = NULL;
    assert_non_null(strstr(error.message, "kith resolve makes them anew"));
    resolve(s, false, 1);
    stand_verify(s, "after linking all anew");
    assert_null(s->problem);
}

static void test_rows_about_nobody(void **state) {
    (void)state;
    stand s;
    stand_open_config(&s, NULL);
    put_name(&s, 0, 1, 0);
    put_name(&s, 1, 1, 0);
    put_name(&s, 2, 1, 2);
    stand_commit(&s);
    resolve(&s, false, 1);
    stand_verify(&s, "before any damage");
    assert_null(s.problem);
    expect_refused_commit(&s, misplace_pair);
    expect_refused_commit(&s, misplace_key);
    put_name(&s, 1, 9, 1);
    stand_commit(&s);
    stand_verify(&s, "once more");
    assert_null(s.problem);
    stand_close(&s);
}

/* Small and stopped */

static void test_stores_of_few_records(void **state) {
    (void)state;
    for (uint8_t count = 0; count < 4; count++) {
        stand s;
        stand_open_config(&s, NULL);
        for (uint8_t i = 0; i < count; i++) {
            history_op op = {.kind = HISTORY_PUT, .key = i, .at_us = SECOND_US, .field_count = 2};
            op.fields[0] = (history_field){WORLD_GIVEN_NAME, 1, {0}};
            op.fields[1] = (history_field){WORLD_FAMILY_NAME, 1, {0}};
            stand_expect(&s, stand_apply(&s, &op, NULL), KITH_OK, "a record");
        }
        stand_commit(&s);
        resolve(&s, false, 0);
        resolve(&s, true, 0);
        stand_verify(&s, "after resolving");
        assert_null(s.problem);
        stand_close(&s);
    }
}

#define MANY                                                                                       \
    20000 /* records; features are made of so many at a time that it is asked on the way           \
           */

typedef struct stopping {
    const char *phase;
    bool came;
} stopping;

static int stop_at(void *context, const kith_progress *at) {
    stopping *stop = context;
    stop->came = strcmp(at->phase, stop->phase) == 0;
    return stop->came;
}

static void put_many(stand *s) {
    char key[16];
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error), KITH_OK);
    for (int i = 0; i < MANY; i++) {
        kith_record_input input = KITH_RECORD_INPUT_INIT;
        snprintf(key, sizeof key, "%d", i);
        kith_field fields[] = {{"given_name", kith_value_text(key)}};
        input.source = "crm";
        input.key = key;
        input.at_us = SECOND_US;
        input.fields = fields;
        input.field_count = 1;
        assert_int_equal(kith_record_put(s->txn, &input, NULL), KITH_OK);
    }
    stand_commit(s);
}

/* What is stopped says so, and leaves nothing. */
static void test_stopped_on_the_way(void **state) {
    (void)state;
    static const char *const phases[] = {"features", "train", "compare", "write"};
    stand s;
    stand_open_config(&s, NULL);
    put_many(&s);
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
        kith_error error = KITH_ERROR_INIT;
        stopping stop = {phases[i], false};
        options.progress = stop_at;
        options.context = &stop;
        assert_int_equal(kith_resolve(s.store, &options, NULL, &error), KITH_INTERRUPTED);
        assert_true(stop.came);
        assert_int_equal(error.code, KITH_INTERRUPTED);
        assert_non_null(strstr(error.message, "stopped"));
        stand_verify(&s, phases[i]);
        assert_null(s.problem);
    }
    stand_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores_of_few_records),
        cmocka_unit_test(test_numbers_are_no_names),
        cmocka_unit_test(test_rows_about_nobody),
        cmocka_unit_test(test_stopped_on_the_way),
        cmocka_unit_test(test_a_model_is_a_function_of_the_records),
        cmocka_unit_test(test_training_again_changes_nothing),
        cmocka_unit_test(test_comparing_has_no_order),
        cmocka_unit_test(test_what_waits_says_so),
        cmocka_unit_test(test_bulk_equals_incremental),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
