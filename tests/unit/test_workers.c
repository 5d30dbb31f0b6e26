/*
 * Workers: each thing is worked on once, whoever does it; who is told hears how far all are, in the
 * end that all is done, and can end it at any time, also when the other threads did everything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kith/base.h"
#include "src/base/workers.h"

#define THINGS  7
#define ROUNDS  300
#define THREADS 4

typedef struct job {
    atomic_uint done[THINGS];
    size_t fails_at; /* THINGS: none */
} job;

static int work(void *context, size_t index) {
    job *j = context;
    atomic_fetch_add(&j->done[index], 1);
    return index >= j->fails_at ? KITH_INVALID : KITH_OK;
}

typedef struct listener {
    size_t last, calls, ends_at; /* ends_at: the call that ends it; 0: none */
} listener;

static int hear(void *context, size_t done, size_t count) {
    listener *l = context;
    assert_int_equal(l->ends_at != 0 && l->calls >= l->ends_at, 0);
    assert_true(done >= l->last && done <= count);
    l->last = done;
    return ++l->calls == l->ends_at;
}

static void test_each_is_done_once(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= THREADS; threads++) {
        job j = {.fails_at = THINGS};
        assert_int_equal(kithi_workers_run(threads, THINGS, work, &j), KITH_OK);
        for (size_t i = 0; i < THINGS; i++) {
            assert_int_equal(atomic_load(&j.done[i]), 1);
        }
    }
}

static void test_the_end_is_told(void **state) {
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t count = 1; count <= THINGS; count++) {
            job j = {.fails_at = THINGS};
            listener l = {0};
            kithi_workers_ear ear = {hear, &l};
            unsigned threads = 1 + round % THREADS;
            assert_int_equal(kithi_workers_run_told(threads, count, work, &j, &ear), KITH_OK);
            assert_int_equal(l.last, count);
        }
    }
}

static void test_who_is_told_can_end_it(void **state) {
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (size_t count = 1; count <= THINGS; count++) {
            job j = {.fails_at = THINGS};
            listener l = {.ends_at = 1};
            kithi_workers_ear ear = {hear, &l};
            int code = kithi_workers_run_told(1 + round % THREADS, count, work, &j, &ear);
            assert_int_equal(code, KITH_INTERRUPTED);
            assert_int_equal(l.calls, 1);
        }
    }
}

static void test_the_first_failure_is_told(void **state) {
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        job j = {.fails_at = round % THINGS};
        listener l = {0};
        kithi_workers_ear ear = {hear, &l};
        int code = kithi_workers_run_told(1 + round % THREADS, THINGS, work, &j, &ear);
        assert_int_equal(code, KITH_INVALID);
    }
}

static void test_nothing_to_do_is_done(void **state) {
    (void)state;
    listener l = {0};
    kithi_workers_ear ear = {hear, &l};
    assert_int_equal(kithi_workers_run_told(THREADS, 0, work, NULL, &ear), KITH_OK);
    assert_int_equal(l.calls, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_done_once),
        cmocka_unit_test(test_the_end_is_told),
        cmocka_unit_test(test_who_is_told_can_end_it),
        cmocka_unit_test(test_the_first_failure_is_told),
        cmocka_unit_test(test_nothing_to_do_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
