/*
 * From what a transaction changed to clusters: each component that a seed is of is gathered and
 * clustered anew, and the difference is written; one that is too large waits for settle.
 */
#include "src/identity/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/identity/generic.h"

static void end_touched(void *data) {
    kithi_touched *touched = data;
    free(touched->dirty);
    free(touched->gone);
    free(touched);
}

kithi_touched *kithi_identity_touched(const kith_txn *txn) {
    return kithi_txn_slot(txn, KITHI_SLOT_IDENTITY);
}

void kithi_identity_touched_done(kith_txn *txn) {
    kithi_touched *touched = kithi_identity_touched(txn);
    if (touched != NULL) {
        touched->dirty_count = 0;
        touched->gone_count = 0;
    }
}

int kithi_resolver_put_off(kithi_resolver *r, uint32_t record) {
    uint32_t head;
    int rc = kithi_resolver_set_pending(r->txn, record, true);
    if (rc == KITH_OK) {
        rc = kithi_identity_head(r->txn, record, &head);
    }
    return rc == KITH_OK ? kithi_resolver_mark_dirty(r, head) : rc;
}

/* The seeds among the records are as far as this. */
static void mark_seeds(kithi_resolver *r, const kithi_outcome *o, kithi_seed_stage stage) {
    for (size_t i = 0; i < o->count; i++) {
        uint64_t *seed = kithi_map_get(&r->seeds, o->records[i]);
        if (seed != NULL) {
            *seed = stage;
        }
    }
}

static uint64_t value_mark(const kithi_shared_value *value) {
    uint8_t key[16];
    kithi_generic_key(key, value->type, value->text, value->size);
    return kithi_get64(key) ^ kithi_get64(key + 8);
}

/* Whether a seed is known to be of a component that is too large, without gathering it once more.
 */
static int is_of_large(kithi_resolver *r, uint32_t seed, bool *out) {
    uint32_t node;
    *out = false;
    if (r->large_values.count == 0) {
        return KITH_OK;
    }
    if (r->probe.node_count > kithi_component_limit()) {
        kithi_component_reset(&r->probe);
    }
    int rc = kithi_component_load(&r->probe, seed, &node);
    size_t count =
        rc == KITH_OK && !r->probe.nodes[node].shared ? r->probe.nodes[node].value_count : 0;
    for (size_t i = 0; i < count && !*out; i++) {
        const kithi_shared_value *value = &r->probe.values[r->probe.nodes[node].values[i]];
        *out = kithi_map_get(&r->large_values, value_mark(value)) != NULL;
    }
    return rc;
}

static int note_large_values(kithi_resolver *r) {
    const kithi_component *c = &r->component;
    for (size_t i = 0; i < c->value_count; i++) {
        const kithi_shared_value *value = &c->values[i];
        if (value->gathered && !value->generic &&
            kithi_map_put(&r->large_values, value_mark(value), 0, NULL) == NULL) {
            return kithi_resolver_no_memory(r->txn);
        }
    }
    return KITH_OK;
}

/* A component that is too large waits for settle; so do the seeds that were met in it. */
static int defer(kithi_resolver *r, uint32_t seed) {
    kithi_component *c = &r->component;
    int rc = kithi_resolver_put_off(r, seed);
    rc = rc == KITH_OK ? note_large_values(r) : rc;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        uint64_t *met = kithi_map_get(&r->seeds, c->nodes[i].record);
        if (met != NULL && c->nodes[i].expanded && *met == KITHI_SEED_NEW) {
            *met = KITHI_SEED_DONE;
            rc = kithi_resolver_put_off(r, c->nodes[i].record);
        }
    }
    return rc;
}

/* Clusters the component at hand. */
static int cluster(kithi_resolver *r, kithi_outcome *out) {
    int rc = kithi_component_cluster(&r->component);
    return rc == KITH_OK ? kithi_outcome_make(&r->component, &r->component.arena, out) : rc;
}

int kithi_resolver_work_out(kithi_resolver *r, kithi_outcome *out) {
    int rc = cluster(r, out);
    rc = rc == KITH_OK ? kithi_resolver_write(r, out) : rc;
    if (rc == KITH_OK) {
        mark_seeds(r, out, KITHI_SEED_DONE);
    }
    return rc;
}

static int resolve_component(kithi_resolver *r, uint32_t seed) {
    kithi_outcome outcome;
    bool whole, large;
    int rc = is_of_large(r, seed, &large);
    if (rc != KITH_OK || large) {
        return rc == KITH_OK ? kithi_resolver_put_off(r, seed) : rc;
    }
    rc = kithi_component_gather(&r->component, seed, r->max, &whole);
    if (rc != KITH_OK) {
        return rc;
    }
    return whole ? kithi_resolver_work_out(r, &outcome) : defer(r, seed);
}

int kithi_resolver_begin(kithi_resolver *r, kith_txn *txn, size_t max) {
    memset(r, 0, sizeof *r);
    r->txn = txn;
    r->max = max;
    kithi_component_init(&r->component, txn, true);
    kithi_component_init(&r->probe, txn, true);
    kithi_map_init(&r->seeds);
    kithi_map_init(&r->seen_values);
    kithi_map_init(&r->large_values);
    r->touched = kithi_identity_touched(txn);
    if (r->touched == NULL) {
        r->touched = calloc(1, sizeof *r->touched);
        if (r->touched == NULL) {
            return kithi_resolver_no_memory(txn);
        }
        kithi_txn_set_slot(txn, KITHI_SLOT_IDENTITY, r->touched, end_touched);
    }
    return KITH_OK;
}

void kithi_resolver_end(kithi_resolver *r) {
    kithi_component_clear(&r->component);
    kithi_component_clear(&r->probe);
    kithi_map_clear(&r->seeds);
    kithi_map_clear(&r->seen_values);
    kithi_map_clear(&r->large_values);
    free(r->order);
}

static int resolve_seeds(kithi_resolver *r) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < r->count; i++) {
        if (*kithi_map_get(&r->seeds, r->order[i]) == KITHI_SEED_NEW) {
            rc = resolve_component(r, r->order[i]);
        }
    }
    return rc;
}

static int part_seed(kithi_resolver *r, uint32_t seed) {
    kithi_outcome outcome;
    bool waits, whole = false;
    int rc = kithi_identity_pending(r->txn, &seed, 1, &waits);
    if (rc == KITH_OK && !waits) {
        rc = kithi_component_gather(&r->component, seed, r->max, &whole);
    }
    if (rc != KITH_OK || !whole) {
        return rc;
    }
    rc = cluster(r, &outcome);
    if (rc == KITH_OK) {
        mark_seeds(r, &outcome, KITHI_SEED_PARTED);
        rc = kithi_resolver_part_from_waiting(r, &outcome);
    }
    return rc;
}

/* Where records wait, those that were clustered may have left them, and with them the number under
 * which they wait. */
static int part_seeds(kithi_resolver *r) {
    uint64_t waiting;
    int rc = kithi_count(r->txn, KITHI_TABLE_PENDING, &waiting);
    for (size_t i = 0; rc == KITH_OK && waiting > 0 && i < r->count; i++) {
        if (*kithi_map_get(&r->seeds, r->order[i]) != KITHI_SEED_PARTED) {
            rc = part_seed(r, r->order[i]);
        }
    }
    return rc;
}

int kithi_identity_resolve(kith_txn *txn) {
    const kithi_changes *changes = kithi_fact_changes(txn);
    bool rules = kithi_txn_rules_changed(txn);
    if (!rules && (changes == NULL || (changes->record_count == 0 && changes->pair_count == 0))) {
        return KITH_OK;
    }
    kithi_resolver r;
    int rc = kithi_resolver_begin(&r, txn, kithi_component_limit());
    if (rc == KITH_OK && changes != NULL) {
        rc = kithi_resolver_seed_changes(&r, changes);
    }
    if (rc == KITH_OK && changes != NULL) {
        rc = kithi_resolver_score_changes(&r, changes);
    }
    if (rc == KITH_OK &&
        rules) { /* after the changes, as these marked values that may be blocked now */
        rc = kithi_resolver_clear_generic(txn);
    }
    if (rc == KITH_OK && rules) {
        kithi_component_reset(&r.probe); /* it may hold values as they were classified before */
        kithi_map_reset(&r.seen_values);
        kithi_fact_changes_scored(txn);
        rc = kithi_resolver_seed_all(&r);
    }
    if (rc == KITH_OK && rules && kithi_fact_changes(txn) != NULL) {
        /* values that came to be blocked aren't compared any more */
        rc = kithi_resolver_score_changes(&r, kithi_fact_changes(txn));
    }
    if (rc == KITH_OK) {
        rc = resolve_seeds(&r);
    }
    if (rc == KITH_OK) {
        rc = part_seeds(&r);
    }
    kithi_resolver_end(&r);
    if (rc != KITH_OK) {
        return kithi_txn_poison(txn, rc);
    }
    kithi_txn_rules_applied(txn);
    kithi_fact_changes_done(txn);
    return KITH_OK;
}
