/*
 * A zone is read while each allocation, and each operation on its file, fails in turn: it is told
 * which of the two it was, nothing is given and nothing is lost.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "src/base/zone.h"
#include "tests/fault/faults.h"
#include "tests/fault/scratch.h"
#include "tests/tzif_file.h"

#define NAME "Zone"

/* A table and a rule: all that is ever allocated for a zone. */
static void write_zone(char folder[SCRATCH_PATH_BYTES]) {
    static const int64_t times[] = {1000, 2000, 3000};
    static const uint8_t kinds[] = {1, 0, 1};
    static const int32_t offsets[] = {3600, 7200};
    const tzif_plan plan = {'2', 3, times, kinds, 2, offsets, "CET-1CEST,M3.5.0,M10.5.0/3"};
    char path[SCRATCH_PATH_BYTES];
    uint8_t bytes[TZIF_BYTES_MAX];
    scratch_make(folder);
    scratch_path(path, folder, NAME);
    scratch_write(path, bytes, tzif_make(&plan, bytes));
}

/* Returns how many failures were told; qsort() of the C library knows to do without memory. */
static int fail_each(const char *folder, fault_kind kind, int wanted) {
    int told = 0;
    bool came = true;
    for (uint64_t at = 1; came; at++) {
        kithi_zone *zone = NULL;
        int64_t live = fault_live_allocations();
        fault_arm(&(fault_plan){kind, at, false, EIO, FAULT_FAILS});
        int code = kithi_zone_load_from(folder, NAME, &zone);
        fault_disarm();
        came = fault_count() > 0;
        assert_true(code == KITH_OK || (came && code == wanted));
        assert_true((zone != NULL) == (code == KITH_OK));
        kithi_zone_free(zone);
        assert_int_equal(fault_live_allocations(), live);
        told += code != KITH_OK;
    }
    return told;
}

static void test_allocations(void **state) {
    char folder[SCRATCH_PATH_BYTES];
    (void)state;
    write_zone(folder);
    /* The file, the zone, its table and its rule. */
    assert_int_equal(fail_each(folder, FAULT_ALLOCATION, KITH_NO_MEMORY), 4);
    scratch_remove(folder);
}

static void test_operations(void **state) {
    char folder[SCRATCH_PATH_BYTES];
    (void)state;
    write_zone(folder);
    assert_int_equal(fail_each(folder, FAULT_OPERATION, KITH_IO), 2); /* open and read */
    scratch_remove(folder);
}

static void test_utc(void **state) {
    kithi_zone *zone = NULL;
    (void)state;
    fault_arm(&(fault_plan){FAULT_ALLOCATION, 1, false, ENOMEM, FAULT_FAILS});
    assert_int_equal(kithi_zone_load("UTC", &zone), KITH_NO_MEMORY);
    fault_disarm();
    assert_null(zone);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocations),
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_utc),
    };
    return cmocka_run_group_tests_name("zones", tests, NULL, NULL);
}
