/*
 * The public begin and commit: a commit first brings identity and dirty marks up to date, once for
 * all that was written.
 */
#include "src/segment/plans.h"
#include "src/state/state.h"

int kith_txn_begin(kith *store, unsigned mode, kith_txn **out, kith_error *error) {
    if (store == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "kith_txn_begin: a store is required");
    }
    return kithi_txn_begin(store, mode, out, error);
}

int kith_txn_commit(kith_txn *txn, kith_error *error) {
    int rc = kithi_txn_writes(txn) ? kithi_txn_check_write(txn) : KITH_OK;
    if (rc == KITH_OK) {
        rc = kithi_state_apply(txn);
    }
    if (rc != KITH_OK) {
        kithi_error_copy(error, kith_txn_error(txn));
        kith_txn_abort(txn);
        return rc;
    }
    return kithi_txn_commit(txn, error);
}

/* A type that is declared may not fit a segment that asks for the attribute. */
static int check_plans(kith_txn *txn) {
    const kithi_plans *plans;
    int rc = kithi_plans_of(txn, &plans);
    return rc == KITH_OK ? rc : kithi_txn_poison(txn, rc);
}

/* What an earlier config of the transaction made of the values is decided before the next one, as a
 * read in between would: so no read changes what follows. */
int kith_config_apply(kith_txn *txn, const char *json, size_t json_bytes) {
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK && kithi_txn_rules_changed(txn)) {
        rc = kithi_state_apply(txn);
    }
    rc = rc == KITH_OK ? kithi_config_apply(txn, json, json_bytes) : rc;
    return rc == KITH_OK ? check_plans(txn) : rc;
}
