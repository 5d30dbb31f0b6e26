/*
 * A letter for the time, and any bytes after it as the definition of a score. What is taken is kept
 * in a form that reads back as itself, and what it says of each profile holds together.
 */
#include "tests/fuzz/target_customers.h"
/* which needs check() */
#include "tests/fuzz/score_checks.h"

#define PROFILES 8

static void prepare(void) {
    if (!target_store_make()) {
        return;
    }
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    check(kith_config_apply(txn, TARGET_CONFIG, strlen(TARGET_CONFIG)) == KITH_OK);
    target_put_customers(txn, 0, PROFILES);
    target_define(txn, KITH_TRAIT, "orders", "count(purchase LAST 10d)");
    target_define(txn, KITH_SEGMENT, "active", "did(visit LAST 5d) OR orders >= 2");
    scratch_commit(txn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    prepare();
    if (size == 0) {
        return 0;
    }
    char *text = strndup((const char *)data + 1, size - 1);
    check(text != NULL);
    kith_txn *txn = scratch_begin(target_store, KITH_WRITE);
    if (score_check_put(txn, text)) {
        score_check_kept(txn);
        score_check_profiles(txn, target_time(data[0]));
    }
    kith_txn_abort(txn);
    free(text);
    return 0;
}
