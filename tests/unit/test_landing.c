/*
 * Landing tables as src/store/landing.h promises them: whether an entry has moved or not can't be
 * seen by reading; no table grows beyond its bound; nothing is lost or doubled by a move.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/fact/holders.h"
#include "src/store/txn.h"
#include "tests/unit/fact_stand.h"

#define VALUES     50000 /* each held by two records: above the bound of what may land */
#define BATCH      20000
#define LANDED_MAX (65536 + 1024)

static uint64_t hash_of(uint32_t value) {
    return kithi_hash64(&value, sizeof value, 1);
}

/* The holders of a value in one line. */
static const char *show(fixture *f, uint32_t value) {
    kithi_holders holders;
    uint32_t record;
    size_t at = 0, count = 0, shown = 0;
    f->text[0] = '\0';
    int rc = kithi_holders_first(f->txn, hash_of(value), &holders, &record);
    if (rc == KITH_OK) {
        assert_int_equal(kithi_holders_count(&holders, &count), KITH_OK);
    }
    for (; rc == KITH_OK; rc = kithi_holders_next(&holders, &record), shown++) {
        at += (size_t)snprintf(f->text + at, sizeof f->text - at, "%s%u", at ? " " : "", record);
    }
    assert_int_equal(rc, KITH_NOT_FOUND);
    assert_int_equal(shown, count);
    return f->text;
}

static void commit_entries(fixture *f) {
    kith_error error = KITH_ERROR_INIT;
    assert_int_equal(kithi_txn_commit(f->txn, &error), KITH_OK);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

static uint64_t landed(fixture *f) {
    uint64_t count;
    assert_int_equal(kithi_count(f->txn, KITHI_TABLE_IDENTIFIER_LANDED, &count), KITH_OK);
    return count;
}

static uint64_t in_all(fixture *f) {
    uint64_t count;
    assert_int_equal(kithi_landing_count(f->txn, KITHI_TABLE_IDENTIFIER, &count), KITH_OK);
    return count;
}

/* Every value gets the holder `first` + 2 times its number. */
static void add_holders(fixture *f, uint32_t first) {
    for (uint32_t value = 0; value < VALUES; value++) {
        assert_int_equal(kithi_holders_add(f->txn, hash_of(value), 2 * value + first), KITH_OK);
        if (value % BATCH == BATCH - 1) {
            commit_entries(f);
            assert_true(landed(f) <= LANDED_MAX);
        }
    }
    commit_entries(f);
}

static void test_moved_or_not(void **state) {
    fixture *f = *state;
    add_holders(f, 1);
    assert_int_equal(landed(f), VALUES);
    add_holders(f, 0);
    assert_true(landed(f) <= LANDED_MAX && landed(f) >= 65536);
    assert_int_equal(in_all(f), 2 * VALUES);
    for (uint32_t value = 0; value < VALUES; value++) {
        char expected[32];
        snprintf(expected, sizeof expected, "%u %u", 2 * value, 2 * value + 1);
        assert_string_equal(show(f, value), expected);
    }
    assert_string_equal(show(f, VALUES), "");
}

static void test_twice_is_once(void **state) {
    fixture *f = *state;
    add_holders(f, 0);
    add_holders(f, 1);
    add_holders(f, 0);
    assert_int_equal(in_all(f), 2 * VALUES);
    assert_int_equal(kithi_landing_drain(f->txn), KITH_OK);
    assert_int_equal(landed(f), 0);
    add_holders(f, 1);
    assert_int_equal(landed(f), 0);
    assert_int_equal(in_all(f), 2 * VALUES);
}

static void test_removed_wherever_it_is(void **state) {
    fixture *f = *state;
    bool has;
    add_holders(f, 0);
    add_holders(f, 1);
    for (uint32_t value = 0; value < VALUES; value += 2) {
        assert_int_equal(kithi_holders_remove(f->txn, hash_of(value), 2 * value), KITH_OK);
        assert_int_equal(kithi_holders_has(f->txn, hash_of(value), 2 * value, &has), KITH_OK);
        assert_false(has);
        assert_int_equal(kithi_holders_has(f->txn, hash_of(value), 2 * value + 1, &has), KITH_OK);
        assert_true(has);
    }
    assert_int_equal(in_all(f), 2 * VALUES - VALUES / 2);
    assert_int_equal(kithi_holders_remove(f->txn, hash_of(0), 0), KITH_OK);
    assert_int_equal(in_all(f), 2 * VALUES - VALUES / 2);
}

/* The same through the front door: keys and identifiers of records, before and after they move. */
static void test_records_are_found(void **state) {
    fixture *f = *state;
    kith_profile profile = KITH_PROFILE_INIT;
    for (int settled = 0; settled < 2; settled++) {
        for (int i = 0; i < 20000; i++) {
            char key[16];
            snprintf(key, sizeof key, "L%d", i);
            if (settled == 0) {
                assert_int_equal(scratch_record(f->txn, kith_record_put, "crm", key, i, NULL,
                                                "loyalty_id", key, NULL),
                                 KITH_OK);
            } else {
                kith_record record = KITH_RECORD_INIT;
                assert_int_equal(kith_record_get(f->txn, "crm", key, &record), KITH_OK);
                assert_int_equal(record.number, i);
                assert_int_equal(
                    kith_profile_find(f->txn, "loyalty_id", key, SCRATCH_NOW_US, &profile, NULL),
                    KITH_OK);
            }
        }
        if (settled == 0) {
            commit(f);
            assert_int_equal(landed(f), 20000);
            assert_int_equal(kith_settle(f->txn, SCRATCH_NOW_US, 0, NULL), KITH_OK);
            assert_int_equal(landed(f), 0);
            commit(f);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_moved_or_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_twice_is_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_removed_wherever_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_records_are_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
