/*
 * Proving identity: every component is gathered and clustered anew, with genericness worked out,
 * and compared with the member, cluster, link and generic tables. What clusters a component has
 * that awaits settle isn't asked, as its reads say so; but without a match model only one that is
 * too large may wait, and its rows are counted like all others.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/holders.h"
#include "src/identity/generic.h"
#include "src/identity/identity.h"
#include "src/identity/links.h"
#include "src/identity/verify.h"

typedef struct verifier {
    kith_txn *txn;
    kithi_component component;
    kithi_component probe; /* for counting the names of a value */
    kithi_map generic_values;
    uint8_t *done; /* a bit for each record */
    uint64_t record_count;
    /* Rows that should be there: */
    uint64_t members, cluster_rows, link_rows, identifiers, generic_rows, pending_rows;
    kithi_verify_ear ear;
} verifier;

int kithi_verify_tell(const kithi_verify_ear *ear, const char *format, ...) {
    char text[256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return ear->problem(ear->context, text);
}

static int check_listed(verifier *v, uint32_t head, uint32_t record) {
    bool listed;
    int rc = kithi_identity_lists(v->txn, head, record, &listed);
    v->cluster_rows++;
    return rc == KITH_OK && !listed
               ? kithi_verify_tell(&v->ear, "profile %u lacks its record number %u", head, record)
               : rc;
}

static int check_node(verifier *v, uint32_t node, bool several) {
    const kithi_component *c = &v->component;
    uint32_t record = c->nodes[node].record, head = c->nodes[c->cluster_of[node]].record, stored;
    int rc = kithi_identity_head(v->txn, record, &stored);
    if (rc == KITH_OK && stored != head) {
        rc = kithi_verify_tell(&v->ear, "record number %u is in profile %u, but the facts say %u",
                               record, stored, head);
    }
    v->members += head != record;
    return rc == KITH_OK && several ? check_listed(v, head, record) : rc;
}

/* A record of a component that waits: in whatever cluster it was left, that one lists it. */
static int check_waiting(verifier *v, uint32_t node) {
    kithi_component *c = &v->component;
    uint32_t record = c->nodes[node].record, head;
    kithi_link *links;
    size_t link_count;
    bool listed = true;
    int rc = kithi_identity_head(v->txn, record, &head);
    if (rc == KITH_OK && head == record) {
        rc = kithi_identity_lists(v->txn, head, record, &listed);
    }
    if (rc == KITH_OK && listed) {
        rc = check_listed(v, head, record);
    }
    if (rc == KITH_OK) {
        rc = kithi_links_of(v->txn, record, &c->arena, &links, &link_count);
    }
    if (rc == KITH_OK) {
        v->members += head != record;
        v->link_rows += link_count;
    }
    return rc;
}

static int check_links(verifier *v) {
    kithi_component *c = &v->component;
    uint8_t(*rows)[KITHI_LINK_BYTES];
    size_t *first;
    int rc = kithi_links_build(c, &c->arena, &rows, &first);
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        kithi_link *stored;
        size_t count, expected = first[i + 1] - first[i];
        rc = kithi_links_of(v->txn, c->nodes[i].record, &c->arena, &stored, &count);
        bool same = count == expected;
        for (size_t j = 0; rc == KITH_OK && same && j < count; j++) {
            uint8_t row[KITHI_LINK_BYTES];
            kithi_link_write(row, &stored[j]);
            same = memcmp(row, rows[first[i] + j], KITHI_LINK_BYTES) == 0;
        }
        v->link_rows += expected;
        if (rc == KITH_OK && !same) {
            rc = kithi_verify_tell(
                &v->ear,
                "record number %u has other links than the facts say (%zu instead of %zu, or "
                "others)",
                c->nodes[i].record, count, expected);
        }
    }
    return rc;
}

/* The identifier rows and generic marks of a record's values. */
static int check_values(verifier *v, uint32_t node) {
    const kithi_component *c = &v->component;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->nodes[node].value_count; i++) {
        const kithi_shared_value *value = &c->values[c->nodes[node].values[i]];
        bool found;
        rc = kithi_holders_has(v->txn, value->hash, c->nodes[node].record, &found);
        if (rc == KITH_OK && !found) {
            rc = kithi_verify_tell(&v->ear, "record number %u can't be found by its %s",
                                   c->nodes[node].record, value->type->name);
        }
    }
    return rc;
}

/* Also of a value that only shared records have, which no component is gathered through. A generic
 * one is met many times. */
static int check_generic(verifier *v, uint32_t index) {
    const kithi_shared_value value = v->component.values[index];
    uint8_t key[16];
    kithi_slice row;
    bool generic;
    kithi_generic_key(key, value.type, value.text, value.size);
    uint64_t mark = kithi_get64(key) ^ kithi_get64(key + 8);
    if (kithi_map_get(&v->generic_values, mark) != NULL) {
        return KITH_OK;
    }
    if (v->probe.node_count > kithi_component_limit()) {
        kithi_component_reset(&v->probe);
    }
    int rc = kithi_generic_should_be_marked(&v->probe, &value, &generic);
    if (rc == KITH_OK && generic && kithi_map_put(&v->generic_values, mark, 0, NULL) == NULL) {
        rc = kithi_error_memory(kithi_txn_error(v->txn));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    v->generic_rows += generic;
    rc = kithi_get(v->txn, KITHI_TABLE_GENERIC, key, sizeof key, &row);
    bool stored = rc == KITH_OK;
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    if (stored != generic) {
        return kithi_verify_tell(&v->ear,
                                 "a value of %s is %s generic, but the facts say otherwise",
                                 value.type->name, stored ? "marked as" : "not marked as");
    }
    return KITH_OK;
}

/* How many rows a record's values take: two values with one hash share theirs. */
static size_t count_hashes(const kithi_component *c, uint32_t node) {
    const kithi_node *n = &c->nodes[node];
    size_t count = 0;
    for (size_t i = 0; i < n->value_count; i++) {
        bool again = false;
        for (size_t j = 0; j < i && !again; j++) {
            again = c->values[n->values[j]].hash == c->values[n->values[i]].hash;
        }
        count += !again;
    }
    return count;
}

/*
 * Whether a component may await settle: one that is too large for a commit; and any of a store with
 * a match model, as linking all records at once leaves to settle whatever had or has a scored pair.
 * What it had is not stored, and so no record is asked for it.
 */
static bool may_wait(const kithi_component *c) {
    return c->model != NULL || c->node_count > kithi_component_limit();
}

/* Whether the component awaits settle: a record of it is listed as pending, and rightly so. */
static int check_pending(verifier *v, bool *out_waits) {
    const kithi_component *c = &v->component;
    bool may = may_wait(c);
    int rc = KITH_OK;
    *out_waits = false;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        bool pending;
        rc = kithi_identity_pending(v->txn, &c->nodes[i].record, 1, &pending);
        if (rc == KITH_OK && pending) {
            v->pending_rows++;
            *out_waits = may;
            rc = may ? KITH_OK
                     : kithi_verify_tell(
                           &v->ear,
                           "record number %u awaits settle, but only %zu records are connected",
                           c->nodes[i].record, c->node_count);
        }
    }
    return rc;
}

static int check_clusters(verifier *v) {
    kithi_component *c = &v->component;
    int rc = kithi_component_cluster(c);
    uint32_t *sizes =
        rc == KITH_OK ? kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *sizes) : NULL;
    if (sizes == NULL) {
        return rc != KITH_OK ? rc : kithi_error_memory(kithi_txn_error(v->txn));
    }
    for (size_t i = 0; i < c->node_count; i++) {
        sizes[c->cluster_of[i]]++;
    }
    for (uint32_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        rc = check_node(v, i, sizes[c->cluster_of[i]] > 1);
    }
    return rc == KITH_OK ? check_links(v) : rc;
}

static int check_component(verifier *v, uint32_t record) {
    kithi_component *c = &v->component;
    bool whole, waits = false;
    int rc = kithi_component_gather(c, record, 0, &whole);
    for (uint32_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        v->done[c->nodes[i].record / 8] |= (uint8_t)(1u << (c->nodes[i].record % 8));
        v->identifiers += count_hashes(c, i);
        rc = check_values(v, i);
    }
    for (uint32_t i = 0; rc == KITH_OK && i < c->value_count; i++) {
        rc = check_generic(v, i);
    }
    if (rc == KITH_OK) {
        rc = check_pending(v, &waits);
    }
    for (uint32_t i = 0; rc == KITH_OK && waits && i < c->node_count; i++) {
        rc = check_waiting(v, i);
    }
    return rc == KITH_OK && !waits ? check_clusters(v) : rc;
}

/* Whether a value is blocked is written beside it, so that it is no question of each read. */
static int check_statuses(verifier *v, uint32_t record) {
    bool classified = true;
    int rc = kithi_record_is_classified(v->txn, record, &classified);
    return rc == KITH_OK && !classified
               ? kithi_verify_tell(
                     &v->ear,
                     "record number %u has a value of another status than the definitions say",
                     record)
               : rc;
}

static int check_record(verifier *v, uint32_t record) {
    bool done = (v->done[record / 8] & (1u << (record % 8))) != 0;
    int rc = check_statuses(v, record);
    if (rc == KITH_OK && !done) {
        rc = check_component(v, record);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int check_count(verifier *v, kithi_table table, uint64_t expected, const char *what) {
    uint64_t stored;
    int rc = table == KITHI_TABLE_IDENTIFIER ? kithi_landing_count(v->txn, table, &stored)
                                             : kithi_count(v->txn, table, &stored);
    if (rc == KITH_OK && stored != expected) {
        rc = kithi_verify_tell(&v->ear, "%llu %s are stored, but the facts give %llu",
                               (unsigned long long)stored, what, (unsigned long long)expected);
    }
    return rc;
}

static int check_all(verifier *v) {
    int rc = KITH_OK;
    for (uint64_t record = 0; rc == KITH_OK && record < v->record_count; record++) {
        rc = check_record(v, (uint32_t)record);
        if (rc == KITH_OK && record % 1024 == 0) {
            rc = v->ear.progress(v->ear.context, record, v->record_count);
        }
    }
    if (rc == KITH_OK) {
        rc = check_count(v, KITHI_TABLE_IDENTIFIER, v->identifiers, "identifiers");
    }
    if (rc == KITH_OK) {
        rc = check_count(v, KITHI_TABLE_GENERIC, v->generic_rows, "generic values");
    }
    if (rc == KITH_OK) {
        rc = check_count(v, KITHI_TABLE_MEMBER, v->members, "member rows");
    }
    if (rc == KITH_OK) {
        rc = check_count(v, KITHI_TABLE_CLUSTER, v->cluster_rows, "cluster rows");
    }
    if (rc == KITH_OK) {
        rc = check_count(v, KITHI_TABLE_LINK, v->link_rows, "link rows");
    }
    return rc == KITH_OK ? check_count(v, KITHI_TABLE_PENDING, v->pending_rows, "pending rows")
                         : rc;
}

int kithi_identity_verify(kith_txn *txn, int (*problem)(void *context, const char *text),
                          int (*progress)(void *context, uint64_t done, uint64_t total),
                          void *context) {
    kithi_counters *counters;
    verifier v = {.txn = txn, .ear = {problem, progress, context}};
    int rc = kithi_txn_counters(txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    v.record_count = counters->next_record;
    v.done = calloc(v.record_count / 8 + 1, 1);
    if (v.done == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_component_init(&v.component, txn, false);
    kithi_component_init(&v.probe, txn, false);
    kithi_map_init(&v.generic_values);
    rc = kithi_scored_verify(txn, &v.ear);
    rc = rc == KITH_OK ? check_all(&v) : rc;
    kithi_component_clear(&v.component);
    kithi_component_clear(&v.probe);
    kithi_map_clear(&v.generic_values);
    free(v.done);
    return rc;
}
