/*
 * Working in what a transaction wrote: which profiles are dirty now, and which are no more.
 */
#include <string.h>

#include "src/state/members.h"

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

/* Who is no profile any more has no row and is in no set. */
static int depart(kith_txn *txn, uint32_t profile, kithi_member_changes *changes) {
    kithi_slice row;
    int rc = kithi_state_row(txn, profile, &row);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    rc = kithi_members_depart(txn, profile, row, changes);
    return rc == KITH_OK ? kithi_state_delete(txn, profile) : rc;
}

/*
 * Memberships are told by id. Where a number goes by another one now, as an older record came in or
 * the oldest left, its row is none of its own: whoever has that id goes on from it. A row that is
 * in no segment has nothing to go on from.
 */
static int depart_if_other(kith_txn *txn, uint32_t profile, kithi_member_changes *changes) {
    kithi_slice row;
    kithi_state_header header;
    kith_id id;
    int rc = kithi_state_row(txn, profile, &row);
    if (rc != KITH_OK || !kithi_state_read_header(row, &header) ||
        kithi_state_segments(row, &header).size == 0) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    rc = kithi_identity_id(txn, profile, &id);
    return rc == KITH_OK && memcmp(&id, &header.id, sizeof id) != 0 ? depart(txn, profile, changes)
                                                                    : rc;
}

static int depart_all(kith_txn *txn, const kithi_touched *touched) {
    kithi_member_changes changes;
    int rc = KITH_OK;
    kithi_members_init(&changes);
    for (size_t i = 0; rc == KITH_OK && i < touched->gone_count; i++) {
        rc = depart(txn, touched->gone[i], &changes);
        rc = rc == KITH_OK ? kithi_members_apply_many(txn, &changes) : rc;
    }
    for (size_t i = 0; rc == KITH_OK && i < touched->dirty_count; i++) {
        rc = depart_if_other(txn, touched->dirty[i], &changes);
        rc = rc == KITH_OK ? kithi_members_apply_many(txn, &changes) : rc;
    }
    rc = rc == KITH_OK ? kithi_members_apply(txn, &changes) : rc;
    kithi_members_clear(&changes);
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
    return rc == KITH_OK ? depart_all(txn, touched) : rc;
}

/* Every profile has a row to be made anew, and so changes what it is in, if at all. */
static int apply_formulas(kith_txn *txn) {
    int rc = kithi_txn_formulas_changed(txn) ? kithi_dirty_set_all(txn) : KITH_OK;
    if (rc == KITH_OK) {
        kithi_txn_set_formulas_changed(txn, false);
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
    rc = rc == KITH_OK ? apply_formulas(txn) : rc;
    return rc == KITH_OK ? rc : kithi_txn_poison(txn, rc);
}
