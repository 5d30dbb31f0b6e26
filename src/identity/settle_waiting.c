/*
 * Records that wait, since their component is too large for a commit or since all were linked at
 * once: their components are clustered, with no limit to their size.
 */
#include <stdlib.h>

#include "src/base/bytes.h"
#include "src/identity/generic.h"
#include "src/identity/settle_ahead.h"

#define AHEAD_MAX 8192 /* records whose components are worked out ahead together */
#define AHEAD_MIN 2

static int first_pending(kith_txn *txn, uint32_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_PENDING, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    if (rc == KITH_OK) {
        *out = kithi_get32(key.data);
    }
    return rc;
}

/* A value that very many link by: is it generic by all of them? */
static int ask_large_value(kithi_resolver *r, const kithi_shared_value *value, bool *out_generic) {
    uint8_t key[16];
    kithi_generic generic;
    kithi_component_reset(&r->probe);
    int rc = kithi_value_is_generic(&r->probe, value->type, value->text, value->size, 0, &generic);
    if (rc != KITH_OK || generic != KITHI_GENERIC_YES) {
        return rc;
    }
    *out_generic = true;
    kithi_generic_key(key, value->type, value->text, value->size);
    return kithi_put(r->txn, KITHI_TABLE_GENERIC, key, sizeof key, NULL, 0);
}

/* What no commit asked of the values of the component at hand. */
static int ask_large_values(kithi_resolver *r, bool *out_generic) {
    const kithi_component *c = &r->component;
    int rc = KITH_OK;
    *out_generic = false;
    for (size_t i = 0; rc == KITH_OK && i < c->value_count; i++) {
        if (c->values[i].node_count > kithi_component_limit()) {
            rc = ask_large_value(r, &c->values[i], out_generic);
        }
    }
    return rc;
}

/* Others that wait on, as the budget may end here, don't do so under a number of these. */
int kithi_resolver_settled(kithi_resolver *r, const kithi_outcome *outcome) {
    uint64_t waiting = 0;
    int rc = kithi_count(r->txn, KITHI_TABLE_PENDING, &waiting);
    return rc == KITH_OK && waiting > 0 ? kithi_resolver_part_from_waiting(r, outcome) : rc;
}

static int settle_gathered(kithi_resolver *r) {
    kithi_outcome outcome;
    int rc = kithi_resolver_work_out(r, &outcome);
    return rc == KITH_OK ? kithi_resolver_settled(r, &outcome) : rc;
}

/* The component at hand was held together by a value that is generic: each part is clustered. */
static int settle_parts(kithi_resolver *r) {
    const kithi_component *c = &r->component;
    int rc = KITH_OK;
    bool whole;
    kithi_map_reset(&r->seeds);
    r->count = 0;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        rc = kithi_resolver_add_seed(r, c->nodes[i].record);
    }
    for (size_t i = 0; rc == KITH_OK && i < r->count; i++) {
        if (*kithi_map_get(&r->seeds, r->order[i]) == KITHI_SEED_NEW) {
            rc = kithi_component_gather(&r->component, r->order[i], 0, &whole);
            rc = rc == KITH_OK ? settle_gathered(r) : rc;
        }
    }
    return rc;
}

static int settle_component(kithi_resolver *r, uint32_t record) {
    bool whole, generic = false;
    int rc = kithi_component_gather(&r->component, record, 0, &whole);
    if (rc == KITH_OK) {
        rc = ask_large_values(r, &generic);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    return generic ? settle_parts(r) : settle_gathered(r);
}

/* Up to `most` records that wait, ascending. */
static int list_pending(kith_txn *txn, size_t most, uint32_t *out, size_t *out_count) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_PENDING, &cursor);
    *out_count = 0;
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    while (rc == KITH_OK && *out_count < most) {
        out[(*out_count)++] = kithi_get32(key.data);
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* By several threads, as long as that gets on: what is large is left. */
static int settle_ahead(kithi_resolver *r, const kithi_readers *readers, uint64_t budget,
                        uint64_t *done) {
    uint32_t *waiting = malloc(AHEAD_MAX * sizeof *waiting);
    int rc = waiting != NULL ? KITH_OK : kithi_resolver_no_memory(r->txn);
    bool moves = true;
    while (rc == KITH_OK && moves) {
        uint64_t room = budget == 0 ? AHEAD_MAX : budget - *done;
        uint64_t before = *done;
        size_t count = 0;
        rc = list_pending(r->txn, room < AHEAD_MAX ? (size_t)room : AHEAD_MAX, waiting, &count);
        if (rc == KITH_OK && count >= AHEAD_MIN) {
            rc = kithi_settle_ahead(r, readers, waiting, count, done);
        }
        moves = *done > before;
    }
    free(waiting);
    return rc;
}

int kithi_identity_settle(kith_txn *txn, const kithi_readers *readers, uint64_t budget,
                          uint64_t *out_done) {
    kithi_resolver r;
    uint32_t record;
    *out_done = 0;
    int rc = kithi_resolver_begin(&r, txn, 0);
    if (rc == KITH_OK && readers->count > 1) {
        rc = settle_ahead(&r, readers, budget, out_done);
    }
    while (rc == KITH_OK && (budget == 0 || *out_done < budget)) {
        rc = first_pending(txn, &record);
        if (rc == KITH_OK) {
            rc = settle_component(&r, record);
            (*out_done)++;
        }
    }
    kithi_resolver_end(&r);
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return kithi_txn_poison(txn, rc);
    }
    return KITH_OK;
}
