/*
 * Working in what a transaction wrote: which profiles are dirty now, and which are no more.
 */
#include "src/state/state.h"

/* Keeps those that are still no profile: clusters may have been worked out several times since the
 * list was last taken. */
static int keep_gone(kith_txn *txn, kithi_touched *touched) {
    size_t kept = 0;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < touched->gone_count; i++) {
        uint32_t head;
        rc = kithi_identity_head(txn, touched->gone[i], &head);
        if (rc == KITH_OK && head != touched->gone[i]) {
            touched->gone[kept++] = touched->gone[i];
        }
    }
    touched->gone_count = kept;
    return rc;
}

static int apply_touched(kith_txn *txn, kithi_touched *touched) {
    int rc = keep_gone(txn, touched);
    if (rc == KITH_OK) {
        rc = kithi_dirty_set(txn, touched->dirty, touched->dirty_count, true);
    }
    if (rc == KITH_OK) {
        rc = kithi_dirty_set(txn, touched->gone, touched->gone_count, false);
    }
    for (size_t i = 0; rc == KITH_OK && i < touched->gone_count; i++) {
        rc = kithi_state_delete(txn, touched->gone[i]);
    }
    return rc;
}

int kithi_state_apply(kith_txn *txn) {
    if (!kithi_txn_writes(txn)) {
        return KITH_OK;
    }
    int rc = kithi_identity_resolve(txn);
    kithi_touched *touched = kithi_identity_touched(txn);
    if (rc == KITH_OK && touched != NULL) {
        rc = apply_touched(txn, touched);
        kithi_identity_touched_done(txn);
    }
    return rc == KITH_OK ? rc : kithi_txn_poison(txn, rc);
}
