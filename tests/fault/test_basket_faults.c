/*
 * Baskets are read and analysed while each allocation fails in turn: it is told, nothing is given
 * and nothing is lost; and where it doesn't matter the answer is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fault/faults.h"
#include "tests/fault/scratch.h"

#define CUSTOMERS 12
#define ITEMS     7

typedef struct answer {
    uint64_t rules, pairs, recommendations;
    double sum; /* of all scores and lifts */
} answer;

static kith_txn *begin(kith *store) {
    kith_txn *txn = NULL;
    kith_error error = KITH_ERROR_INIT;
    return kith_txn_begin(store, KITH_READ, &txn, &error) == KITH_OK ? txn : NULL;
}

/* Two orders of each customer, with the items that its number's bits tell. */
static void fill(kith *store) {
    kith_txn *txn = scratch_begin(store, KITH_WRITE);
    for (unsigned i = 0; i < 2 * CUSTOMERS; i++) {
        for (unsigned item = 0; item < ITEMS; item++) {
            char key[16], sku[16];
            snprintf(key, sizeof key, "%u", i / 2);
            snprintf(sku, sizeof sku, "item %u", item);
            if (((i * 37 + 11) >> item & 1) != 0) {
                assert_int_equal(scratch_event(txn, "shop", key, "order",
                                               SCRATCH_NOW_US - i * 3600000000, NULL, NULL, "sku",
                                               sku, NULL),
                                 KITH_OK);
            }
        }
    }
    scratch_commit(txn);
}

static int ask_rules(const kith_baskets *baskets, answer *out, kith_error *error) {
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
    kith_rules *rules = NULL;
    kith_rule rule = KITH_RULE_INIT;
    options.min_count = 2;
    options.max_consequent = 3;
    options.threads = 1;
    int code = kith_rules_open(baskets, &options, &rules, error);
    while (code == KITH_OK && kith_rules_next(rules, &rule) == KITH_OK) {
        out->rules++;
        out->sum += rule.lift;
    }
    kith_rules_close(rules);
    return code;
}

static int ask_next(const kith_similar *similar, const kith_profile *customer, answer *out,
                    kith_error *error) {
    static const char *const items[] = {"item 1", "unheard of"};
    kith_recommend_options options = KITH_RECOMMEND_OPTIONS_INIT;
    kith_recommendations *all = NULL;
    kith_recommendation made = KITH_RECOMMENDATION_INIT;
    options.customer = customer;
    options.items = items;
    options.item_count = 2;
    int code = kith_recommendations_open(similar, &options, &all, error);
    while (code == KITH_OK && kith_recommendations_next(all, &made) == KITH_OK) {
        out->recommendations++;
        out->sum += made.score;
    }
    kith_recommendations_close(all);
    return code;
}

static int ask_similar(const kith_baskets *baskets, const kith_profile *customer, bool of_customer,
                       answer *out, kith_error *error) {
    kith_similar_options options = KITH_SIMILAR_OPTIONS_INIT;
    kith_similar *similar = NULL;
    kith_similar_item pair = KITH_SIMILAR_ITEM_INIT;
    size_t cursor = 0;
    options.customer = of_customer ? customer : NULL;
    options.threads = 1;
    int code = kith_similar_open(baskets, &options, &similar, error);
    while (code == KITH_OK && kith_similar_next(similar, &cursor, &pair) == KITH_OK) {
        out->pairs++;
        out->sum += pair.cosine;
    }
    code = code == KITH_OK ? ask_next(similar, customer, out, error) : code;
    kith_similar_close(similar);
    return code;
}

static int ask_all(kith_txn *txn, const kith_baskets_options *options, answer *out,
                   kith_error *error) {
    kith_profile customer = KITH_PROFILE_INIT;
    kith_baskets *baskets = NULL;
    int code = kith_profile_of_record(txn, 3, SCRATCH_NOW_US, &customer);
    code = code == KITH_OK ? kith_baskets_open(txn, options, &baskets) : code;
    if (code != KITH_OK) {
        *error = *kith_txn_error(txn);
        return code;
    }
    code = ask_rules(baskets, out, error);
    code = code == KITH_OK ? ask_similar(baskets, &customer, false, out, error) : code;
    code = code == KITH_OK ? ask_similar(baskets, &customer, true, out, error) : code;
    kith_baskets_close(baskets);
    return code;
}

static int ask(kith *store, answer *out, kith_error *error) {
    kith_baskets_options options = KITH_BASKETS_OPTIONS_INIT;
    kith_txn *txn = begin(store);
    *out = (answer){0, 0, 0, 0};
    if (txn == NULL) {
        error->code = KITH_NO_MEMORY;
        return KITH_NO_MEMORY;
    }
    options.now_us = SCRATCH_NOW_US;
    options.threads = 1;
    int code = ask_all(txn, &options, out, error);
    kith_txn_abort(txn);
    return code;
}

static void assert_same(const answer *a, const answer *b) {
    assert_int_equal(a->rules, b->rules);
    assert_int_equal(a->pairs, b->pairs);
    assert_int_equal(a->recommendations, b->recommendations);
    assert_true(a->sum == b->sum);
}

static void test_allocations(void **state) {
    (void)state;
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    scratch_make(folder);
    scratch_path(path, folder, "store.kith");
    kith *store = scratch_open(path, KITH_CREATE_NEW);
    kith_error error = KITH_ERROR_INIT;
    answer good, made;
    uint64_t told = 0;
    bool came = true;
    fill(store);
    assert_int_equal(ask(store, &good, &error), KITH_OK); /* and what is kept for later is there */
    assert_true(good.rules > 10 && good.pairs > 10 && good.recommendations > 10);
    for (uint64_t at = 1; came; at++) {
        int64_t live = fault_live_allocations();
        fault_arm(&(fault_plan){FAULT_ALLOCATION, at, false, 0, FAULT_FAILS});
        int code = ask(store, &made, &error);
        fault_disarm();
        came = fault_count() > 0;
        assert_true(code == KITH_OK || (came && code == KITH_NO_MEMORY && error.code == code));
        if (code == KITH_OK) {
            assert_same(&made, &good);
        }
        assert_int_equal(fault_live_allocations(), live);
        told += code != KITH_OK;
    }
    printf("%llu failed allocations were told\n", (unsigned long long)told);
    assert_true(told > 30);
    kith_close(store);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_allocations)};
    return cmocka_run_group_tests_name("baskets", tests, NULL, NULL);
}
