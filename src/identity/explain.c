/*
 * Explaining: why two records are one customer or not, and how a profile came to be.
 */
#include "src/identity/teller.h"

/* What a transaction wrote is worked in before anything is told. */
static int find_heads(kith_txn *txn, uint32_t a, uint32_t b, bool *out_same) {
    uint32_t head_a, head_b;
    kith_record present = KITH_RECORD_INIT;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc == KITH_OK) {
        rc = kith_record_get_number(txn, b, &present);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(txn, a, &head_a);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(txn, b, &head_b);
    }
    if (rc == KITH_OK) {
        *out_same = head_a == head_b;
    }
    return rc;
}

static int tell_why(kithi_teller *t, uint32_t record_a, uint32_t record_b) {
    const uint64_t *a = kithi_map_get(&t->c.node_of, record_a),
                   *b = kithi_map_get(&t->c.node_of, record_b);
    if (!t->e->same) {
        return kithi_tell_why_not(t, record_a, record_b);
    }
    return record_a != record_b && a != NULL && b != NULL
               ? kithi_tell_paths(t, (uint32_t)*a, (uint32_t)*b)
               : KITH_OK;
}

static int check_place(kith_txn *txn, kith_explanation **out) {
    return out != NULL ? KITH_OK
                       : kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                                         "a place for the explanation is required");
}

int kith_explain_why(kith_txn *txn, uint32_t record_a, uint32_t record_b, kith_explanation **out) {
    kithi_teller t = {0};
    bool same;
    int rc = check_place(txn, out);
    rc = rc == KITH_OK ? find_heads(txn, record_a, record_b, &same) : rc;
    if (rc == KITH_OK) {
        rc = kithi_teller_begin(&t, txn, record_a);
    }
    if (rc == KITH_OK) {
        t.e->same = same;
        rc = tell_why(&t, record_a, record_b);
    }
    return kithi_teller_end(&t, rc, out);
}

/* The links that the cluster's unions were by, or those of its records that were refused. */
static int tell_links(kithi_teller *t, uint32_t cluster, bool refused) {
    const kithi_component *c = &t->c;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->link_count; i++) {
        const kithi_found_link *link = &c->links[i];
        bool mine = c->cluster_of[link->a] == cluster || c->cluster_of[link->b] == cluster;
        if (mine && (link->rule != KITHI_RULE_NONE) == refused) {
            rc = kithi_teller_add_link(t, link, 0);
        }
    }
    return rc;
}

int kith_explain_how(kith_txn *txn, uint32_t record, kith_explanation **out) {
    kithi_teller t = {0};
    int rc = check_place(txn, out);
    rc = rc == KITH_OK ? kithi_txn_check_read(txn) : rc;
    if (rc == KITH_OK) {
        rc = kithi_identity_resolve(txn);
    }
    if (rc == KITH_OK) {
        rc = kithi_teller_begin(&t, txn, record);
    }
    if (rc == KITH_OK) {
        t.e->same = true;
        uint32_t cluster = t.c.cluster_of[*kithi_map_get(&t.c.node_of, record)];
        rc = tell_links(&t, cluster, false);
        rc = rc == KITH_OK ? tell_links(&t, cluster, true) : rc;
    }
    return kithi_teller_end(&t, rc, out);
}
