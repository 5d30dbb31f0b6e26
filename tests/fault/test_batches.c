/*
 * An import of several transactions that fails in the middle, at every store operation and every
 * allocation in turn: what was committed stays, the report and the message say how much that is,
 * and the same import, run again, ends where an undisturbed one ends.
 *
 *   test_batches [plan [n]]     plays a part of it
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/fault/faults.h"
#include "tests/fault/scratch.h"

#define ROWS       23
#define MANY_ROWS  20000 /* more than a store of SMALL_MAP holds */
#define SMALL_MAP  ((uint64_t)4 << 20)
#define BATCH      4
#define POINTS_MAX 100000u

static struct {
    char folder[SCRATCH_PATH_BYTES];
    char store[SCRATCH_PATH_BYTES];
    char people[SCRATCH_PATH_BYTES];
    uint8_t *bytes; /* of an empty store */
    size_t size;
    uint64_t whole; /* what is exported after an undisturbed import */
} set;

/* What an import came to. */
typedef struct outcome {
    int code;
    kith_error error;
    uint64_t rows, added, unchanged; /* as reported */
    bool reported;
} outcome;

static outcome import(kith *store, const char *file) {
    outcome out = {.error = KITH_ERROR_INIT};
    kith_import_options options = KITH_IMPORT_OPTIONS_INIT;
    kith_import_report *report = NULL;
    options.source = "shop";
    options.now_us = SCRATCH_NOW_US;
    options.batch_count = strcmp(file, set.people) == 0 ? BATCH : 0;
    out.code = kith_import(store, file, &options, &report, &out.error);
    out.reported = report != NULL;
    if (report != NULL) {
        out.rows = report->row_count;
        out.added = report->records.added;
        out.unchanged = report->records.unchanged;
    }
    kith_import_report_free(report);
    return out;
}

static int hash_bytes(void *context, const char *data, size_t bytes) {
    uint64_t *sum = context;
    for (size_t i = 0; i < bytes; i++) {
        *sum = (*sum ^ (uint8_t)data[i]) * UINT64_C(0x100000001b3);
    }
    return 0;
}

static uint64_t hash_records(kith *store) {
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    kith_error error = KITH_ERROR_INIT;
    int code = kith_export(store, KITH_EXPORT_RECORDS, KITH_FORMAT_CSV, SCRATCH_NOW_US, hash_bytes,
                           &sum, &error);
    scratch_must(code == KITH_OK, "kith_export", error.message);
    return sum;
}

/* How many rows are in the store: they must be the first ones. */
static uint64_t count_first_rows(kith *store) {
    kith_record record = KITH_RECORD_INIT;
    kith_stat stat = KITH_STAT_INIT;
    kith_txn *txn = scratch_begin(store, KITH_READ);
    uint64_t count = 0;
    char key[16] = "0";
    while (kith_record_get(txn, "shop", key, &record) == KITH_OK) {
        snprintf(key, sizeof key, "%d", (int)++count);
    }
    assert_int_equal(kith_stat_get(txn, &stat), KITH_OK);
    assert_int_equal(stat.record_count, count);
    kith_txn_abort(txn);
    return count;
}

static void put_up(void) {
    scratch_unlink(set.store);
    scratch_write(set.store, set.bytes, set.size);
}

static void prepare(void) {
    char text[ROWS * 64] = "id,given_name,email\n";
    scratch_make(set.folder);
    scratch_path(set.store, set.folder, "store.kith");
    scratch_path(set.people, set.folder, "people.csv");
    for (int i = 0; i < ROWS; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%d,Name%d,p%d@mail.test\n", i, i, i % 9);
    }
    scratch_write_text(set.people, text);
    kith_close(scratch_open(set.store, KITH_CREATE_NEW));
    set.bytes = scratch_read(set.store, &set.size);
    kith *store = scratch_open(set.store, 0);
    outcome good = import(store, set.people);
    scratch_must(good.code == KITH_OK && good.rows == ROWS && good.added == ROWS, "import",
                 good.error.message);
    set.whole = hash_records(store);
    kith_close(store);
}

/* What the failed import says is what is in the store. */
static void assert_told(const outcome *failed, uint64_t stored, bool may_lack_report) {
    char words[96];
    snprintf(words, sizeof words, "the first %d rows are in the store: run it again to go on",
             (int)stored);
    assert_int_equal(stored % BATCH, stored == ROWS ? ROWS % BATCH : 0);
    assert_int_equal(failed->error.code, failed->code);
    if ((strstr(failed->error.message, words) != NULL) != (stored > 0)) {
        fail_msg("%d rows are in, and it says: %s", (int)stored, failed->error.message);
    }
    if (failed->reported || !may_lack_report) {
        assert_int_equal(failed->reported, stored > 0);
        assert_int_equal(failed->rows, stored);
        assert_int_equal(failed->added, stored);
    }
}

static void assert_goes_on(kith *store, uint64_t stored) {
    outcome again = import(store, set.people);
    if (again.code != KITH_OK) {
        fail_msg("the second import: %s", again.error.message);
    }
    assert_int_equal(again.rows, ROWS);
    assert_int_equal(again.added, ROWS - stored);
    assert_int_equal(again.unchanged, stored);
    assert_true(hash_records(store) == set.whole);
}

/* One import with one fault. False: the fault did not come, as there were fewer calls. */
static bool play(const fault_plan *plan) {
    put_up();
    kith *store = scratch_open(set.store, 0);
    fault_arm(plan);
    outcome out = import(store, set.people);
    fault_disarm();
    bool came = fault_count() > 0;
    assert_true(came || out.code == KITH_OK);
    kith_close(store); /* some faults leave a handle that has to be opened anew */
    store = scratch_open(set.store, 0);
    uint64_t stored = count_first_rows(store);
    if (out.code == KITH_OK) {
        assert_int_equal(stored, ROWS);
    } else {
        assert_told(&out, stored, plan->for_ever);
    }
    assert_goes_on(store, stored);
    kith_close(store);
    return came;
}

static void play_plan(fault_kind kind, bool for_ever, int error) {
    uint64_t point = 1;
    for (fault_plan plan = {kind, point, for_ever, error, FAULT_FAILS}; play(&plan); plan.at++) {
        assert_true(++point < POINTS_MAX);
    }
    assert_int_equal(scratch_problems(set.store), 0);
    printf("%llu points\n", (unsigned long long)point);
}

static void test_an_operation_fails(void **state) {
    (void)state;
    play_plan(FAULT_OPERATION, false, EIO);
}

static void test_the_disk_is_full_from_then_on(void **state) {
    (void)state;
    play_plan(FAULT_OPERATION, true, ENOSPC);
}

static void test_an_allocation_fails(void **state) {
    (void)state;
    play_plan(FAULT_ALLOCATION, false, ENOMEM);
}

static void test_no_memory_from_then_on(void **state) {
    (void)state;
    play_plan(FAULT_ALLOCATION, true, ENOMEM);
}

static void write_many(const char *path) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("id,given_name,email\n", file);
    for (int i = 0; i < MANY_ROWS; i++) {
        fprintf(file, "%d,Name%d,p%d@mail.test\n", i, i, i);
    }
    assert_int_equal(fclose(file), 0);
}

static void test_a_store_that_is_full_goes_on_in_a_larger_one(void **state) {
    (void)state;
    char many[SCRATCH_PATH_BYTES];
    kith *store = NULL;
    kith_error error = KITH_ERROR_INIT;
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    options.map_size_bytes = SMALL_MAP;
    scratch_path(many, set.folder, "many.csv");
    write_many(many);
    put_up();
    assert_int_equal(kith_open(set.store, &options, &store, &error), KITH_OK);
    outcome out = import(store, many);
    kith_close(store);
    store = scratch_open(set.store, 0);
    uint64_t stored = count_first_rows(store);
    assert_int_equal(out.code, KITH_FULL);
    assert_true(stored > 0 && stored < MANY_ROWS && out.reported);
    assert_int_equal(out.rows, stored);
    out = import(store, many);
    assert_int_equal(out.code, KITH_OK);
    assert_int_equal(out.unchanged, stored);
    assert_int_equal(out.added, MANY_ROWS - stored);
    assert_int_equal(count_first_rows(store), MANY_ROWS);
    kith_close(store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_operation_fails),
        cmocka_unit_test(test_the_disk_is_full_from_then_on),
        cmocka_unit_test(test_an_allocation_fails),
        cmocka_unit_test(test_no_memory_from_then_on),
        cmocka_unit_test(test_a_store_that_is_full_goes_on_in_a_larger_one),
    };
    fault_spare_jansson(true);
    prepare();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(set.bytes);
    scratch_remove(set.folder);
    return failed;
}
