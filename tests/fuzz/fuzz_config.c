/*
 * Any bytes as a config. One that is refused says where and leaves the definitions as they were;
 * one that is taken gives definitions that, taken as a config, change nothing.
 */
#include "tests/fuzz/target_store.h"

static char *before;

static char *definitions(kith_txn *txn) {
    char *json = NULL;
    check(kith_config_get(txn, &json) == KITH_OK);
    return json;
}

static void leave(void) {
    kith_free(before);
}

static void prepare(void) {
    if (!target_store_make()) {
        return;
    }
    kith_txn *txn = scratch_begin(target_store, KITH_READ);
    before = definitions(txn);
    kith_txn_abort(txn);
    atexit(leave);
}

static void check_refused(kith_txn *txn, int code, size_t size) {
    const kith_error *error = kith_txn_error(txn);
    check(code == KITH_INVALID && error->code == code);
    check(strncmp(error->message, "config, line ", 13) == 0);
    check(error->position >= 0 && error->position <= (int64_t)size);
    check(kith_txn_commit(txn, NULL) == KITH_MISUSE);
    txn = scratch_begin(target_store, KITH_READ);
    char *after = definitions(txn);
    check(strcmp(before, after) == 0);
    kith_free(after);
    kith_txn_abort(txn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare();
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    int code = kith_config_apply(txn, (const char *)data, size);
    if (code != KITH_OK) {
        check_refused(txn, code, size);
        return 0;
    }
    char *taken = definitions(txn);
    check(kith_config_apply(txn, taken, strlen(taken)) == KITH_OK);
    char *again = definitions(txn);
    check(strcmp(taken, again) == 0);
    kith_free(taken);
    kith_free(again);
    kith_txn_abort(txn);
    return 0;
}
