/*
 * What the tests of records and events start from: a store in a folder of its own, with a write
 * transaction open.
 */
#ifndef KITH_TEST_FACT_STAND_H
#define KITH_TEST_FACT_STAND_H

#include "tests/fault/scratch.h"

typedef struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    kith *store;
    kith_txn *txn; /* a write transaction */
    char text[8192];
} fixture;

static inline int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    scratch_make(f->folder);
    scratch_path(f->path, f->folder, "store.kith");
    f->store = scratch_open(f->path, KITH_CREATE_NEW);
    f->txn = scratch_begin(f->store, KITH_WRITE);
    *state = f;
    return 0;
}

static inline int tear_down(void **state) {
    fixture *f = *state;
    kith_txn_abort(f->txn);
    kith_close(f->store);
    scratch_remove(f->folder);
    free(f);
    return 0;
}

/* Commits what was put, finds the store sound, and begins anew. */
static inline void commit(fixture *f) {
    scratch_commit(f->txn);
    kith_close(f->store);
    assert_int_equal(scratch_problems(f->path), 0);
    f->store = scratch_open(f->path, 0);
    f->txn = scratch_begin(f->store, KITH_WRITE);
}

#endif
