/*
 * A store that a target tries its inputs on: made with the first of them, gone with the process.
 */
#ifndef KITH_TESTS_FUZZ_TARGET_STORE_H
#define KITH_TESTS_FUZZ_TARGET_STORE_H

#include "tests/fault/scratch.h"
#include "tests/fuzz/target.h"

static char target_folder[SCRATCH_PATH_BYTES];
static kith *target_store;

static void target_store_leave(void) {
    kith_close(target_store);
    scratch_remove(target_folder);
}

/* True: it was made now. What a target then registers with atexit() is left before the store is. */
static inline bool target_store_make(void) {
    char path[SCRATCH_PATH_BYTES];
    if (target_store != NULL) {
        return false;
    }
    scratch_make(target_folder);
    scratch_path(path, target_folder, "store.kith");
    target_store = scratch_open(path, KITH_CREATE_NEW);
    atexit(target_store_leave);
    return true;
}

#endif
