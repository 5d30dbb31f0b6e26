/*
 * Explaining why not: what keeps two records apart.
 */
#include <stdio.h>
#include <string.h>

#include "src/fact/record_key.h"
#include "src/identity/generic.h"
#include "src/identity/scored.h"
#include "src/identity/teller.h"
#include "src/match/model_row.h"

typedef struct row_value {
    const kithi_attribute *attribute;
    kith_value_status status;
    const char *text;
    size_t size;
} row_value;

static int read_identifiers(kithi_teller *t, uint32_t record, row_value **out, size_t *out_count) {
    const kithi_catalog *catalog = kithi_txn_catalog(t->txn);
    kithi_slice row;
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    size_t count = 0;
    int rc = kithi_record_row(t->txn, record, &row);
    if (rc != KITH_OK) {
        return rc;
    }
    row_value *list = kithi_arena_calloc(&t->e->arena, row.size / 2 + 1, sizeof *list);
    if (list == NULL) {
        return kithi_teller_no_memory(t);
    }
    if (!kithi_row_values(row, &header, &walker)) {
        return kithi_record_damaged(t->txn, record);
    }
    while (kithi_row_next(&header, &walker, &value)) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, value.attribute);
        kithi_walker packed = kithi_walker_of(value.packed, value.packed_size);
        row_value *item = &list[count];
        if (!value.floor && attribute != NULL && attribute->identifier != NULL &&
            kithi_walk_text(&packed, &item->text, &item->size)) {
            item->attribute = attribute;
            item->status = value.status;
            count++;
        }
    }
    *out = list;
    *out_count = count;
    return KITH_OK;
}

/* What a value that both have says about why it doesn't link them; LINK: it could. */
static kith_step_kind judge(kithi_teller *t, const row_value *value) {
    if (value->status != KITH_VALUE_LIVE) {
        return value->status == KITH_VALUE_BLOCKED ? KITH_STEP_BLOCKED : KITH_STEP_INVALID;
    }
    uint8_t key[16];
    kithi_slice marker;
    kithi_generic_key(key, value->attribute, value->text, value->size);
    return kithi_get(t->txn, KITHI_TABLE_GENERIC, key, sizeof key, &marker) == KITH_OK
               ? KITH_STEP_GENERIC
               : KITH_STEP_LINK;
}

/* Shared values that don't link. */
static int tell_dead_values(kithi_teller *t, uint32_t a, uint32_t b) {
    row_value *mine, *theirs;
    size_t my_count, their_count;
    int rc = read_identifiers(t, a, &mine, &my_count);
    if (rc == KITH_OK) {
        rc = read_identifiers(t, b, &theirs, &their_count);
    }
    for (size_t i = 0; rc == KITH_OK && i < my_count; i++) {
        for (size_t j = 0; rc == KITH_OK && j < their_count; j++) {
            if (mine[i].attribute != theirs[j].attribute || mine[i].size != theirs[j].size ||
                memcmp(mine[i].text, theirs[j].text, mine[i].size) != 0) {
                continue;
            }
            kith_step step = kithi_step_of(judge(t, &mine[i]), a, b);
            if (step.kind != KITH_STEP_LINK) {
                step.type = kithi_teller_keep_text(t, mine[i].attribute->name);
                step.value = kithi_teller_keep(t, mine[i].text, mine[i].size);
                rc = kithi_teller_add(t, step);
            }
        }
    }
    return rc;
}

/* Links between the clusters of two records that a rule refused. */
static int tell_refused(kithi_teller *t, uint32_t a, uint32_t b) {
    const kithi_component *c = &t->c;
    const uint64_t *x = kithi_map_get(&c->node_of, a), *y = kithi_map_get(&c->node_of, b);
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && x != NULL && y != NULL && i < c->link_count; i++) {
        const kithi_found_link *link = &c->links[i];
        uint32_t p = c->cluster_of[link->a], q = c->cluster_of[link->b];
        uint32_t m = c->cluster_of[*x], n = c->cluster_of[*y];
        if (link->rule != KITHI_RULE_NONE && ((p == m && q == n) || (p == n && q == m))) {
            rc = kithi_teller_add_link(t, link, 0);
        }
    }
    return rc;
}

static int tell_shared(kithi_teller *t, uint32_t record) {
    uint32_t node;
    int rc = kithi_component_load(&t->c, record, &node);
    if (rc != KITH_OK || !t->c.nodes[node].shared) {
        return rc;
    }
    kith_step step = kithi_step_of(KITH_STEP_SHARED, record, record);
    for (size_t i = 0; i < t->c.nodes[node].value_count; i++) {
        const kithi_attribute *type = t->c.values[t->c.nodes[node].values[i]].type;
        step.type = type->identifier->unique && step.type == NULL
                        ? kithi_teller_keep_text(t, type->name)
                        : step.type;
    }
    return kithi_teller_add(t, step);
}

static int tell_unlinked(kithi_teller *t, uint32_t a, uint32_t b) {
    kithi_assertion assertion;
    uint64_t other = b;
    int rc = kithi_assertion_next(t->txn, a, &other, &assertion);
    if (rc != KITH_OK || assertion.other != b || assertion.decision != KITHI_DECISION_UNLINK) {
        return rc == KITH_DONE ? KITH_OK : rc;
    }
    kith_step step = kithi_step_of(KITH_STEP_UNLINKED, a, b);
    step.type = kithi_teller_keep_text(t, "assertion");
    step.value = kithi_teller_keep(t, assertion.by, assertion.by_size);
    return kithi_teller_add(t, step);
}

static int tell_pending(kithi_teller *t, uint32_t a, uint32_t b) {
    uint32_t records[2] = {a, b};
    bool pending;
    int rc = kithi_identity_pending(t->txn, records, 2, &pending);
    if (rc == KITH_OK && pending) {
        kith_step step = kithi_step_of(KITH_STEP_PENDING, a, b);
        rc = kithi_teller_add(t, step);
    }
    return rc;
}

/* *out_model is NULL where there is none. */
static int weigh(kithi_teller *t, uint32_t a, uint32_t b, const kithi_model **out_model,
                 kithi_scored *out, bool *out_kept) {
    int rc = kithi_model_of(t->txn, out_model);
    if (rc != KITH_OK || *out_model == NULL) {
        return rc;
    }
    rc = kithi_scored_weigh(t->txn, *out_model, a, b, out);
    return rc == KITH_OK ? kithi_scored_has(t->txn, a, b, out_kept) : rc;
}

/* How many bits the two have, unless a scored link between them was told: then that says it. */
static int tell_bits(kithi_teller *t, uint32_t a, uint32_t b) {
    const kithi_model *model = NULL;
    kithi_scored pair = {.weight = 0};
    bool kept = false;
    char text[96];
    int rc = weigh(t, a, b, &model, &pair, &kept);
    if (rc != KITH_OK || model == NULL || (pair.weight >= model->link_at && kept)) {
        return rc;
    }
    bool weak = pair.weight < model->link_at;
    kith_step step = kithi_step_of(weak ? KITH_STEP_WEAK : KITH_STEP_UNCOMPARED, a, b);
    step.type = kithi_teller_keep_text(t, "score");
    step.bits = kithi_bits(pair.weight);
    step.bits_needed = kithi_bits(model->link_at);
    int size =
        snprintf(text, sizeof text, "%.2f bits, a link needs %.2f", step.bits, step.bits_needed);
    if (weak && size > 0) {
        snprintf(text + size, sizeof text - (size_t)size, ": %.2f are lacking",
                 step.bits_needed - step.bits);
    }
    step.detail = kithi_teller_keep_text(t, text);
    return kithi_teller_add(t, step);
}

static int tell_nothing(kithi_teller *t, uint32_t a, uint32_t b) {
    return t->e->count == 0 ? kithi_teller_add(t, kithi_step_of(KITH_STEP_NOTHING, a, b)) : KITH_OK;
}

static int tell_own_shared(kithi_teller *t, uint32_t a, uint32_t b) {
    int rc = tell_shared(t, a);
    return rc == KITH_OK ? tell_shared(t, b) : rc;
}

int kithi_tell_why_not(kithi_teller *t, uint32_t a, uint32_t b) {
    static int (*const tellers[])(kithi_teller * t, uint32_t a, uint32_t b) = {
        tell_unlinked,   tell_pending, tell_refused, tell_dead_values,
        tell_own_shared, tell_nothing, tell_bits,
    };
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < sizeof tellers / sizeof tellers[0]; i++) {
        rc = tellers[i](t, a, b);
    }
    return rc;
}
