/*
 * Gathering a component: from one record over the values it shares, the decisions about it and the
 * pairs that are heavy enough, to all that these lead to.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/fact/holders.h"
#include "src/identity/component.h"
#include "src/identity/generic.h"
#include "src/identity/scored.h"
#include "src/match/model_row.h"

static int no_memory(kithi_component *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

static int read_generic(kithi_component *c, size_t index) {
    bool generic = false;
    int rc = c->use_markers ? kithi_generic_is_marked(c->txn, &c->values[index], &generic)
                            : kithi_generic_should_be_marked(c, &c->values[index], &generic);
    c->values[index].generic = generic;
    return rc;
}

/* Nodes that are in the component, not only loaded to count names. */
typedef struct queue {
    uint32_t *nodes;
    size_t count, capacity, at;
} queue;

static bool enqueue(kithi_component *c, queue *q, uint32_t node) {
    if (c->nodes[node].expanded) {
        return true;
    }
    if (!KITHI_GROW(q->nodes, q->capacity, q->count + 1)) {
        return false;
    }
    c->nodes[node].expanded = true;
    q->nodes[q->count++] = node;
    return true;
}

/* Looks up who else has a value and takes them in. */
static int gather_value(kithi_component *c, queue *q, uint32_t index, size_t max) {
    kithi_holders holders;
    uint32_t record;
    size_t count = 0, taken = 0;
    c->values[index].gathered = true;
    int rc = read_generic(c, index);
    if (rc != KITH_OK || c->values[index].generic) {
        return rc;
    }
    rc = kithi_holders_all(c->txn, c->values[index].hash, &holders, &record, &count);
    size_t room = max > 0 && count > max ? max + 1 : count; /* beyond max it ends */
    uint32_t *nodes = rc == KITH_OK ? kithi_arena_calloc(&c->arena, room + 1, sizeof *nodes) : NULL;
    if (rc == KITH_OK && nodes == NULL) {
        return no_memory(c);
    }
    while (rc == KITH_OK && taken < count && (max == 0 || q->count <= max)) {
        uint32_t node;
        rc = kithi_component_load(c, record, &node);
        if (rc == KITH_OK) {
            const kithi_shared_value *v = &c->values[index];
            if (!c->nodes[node].shared && kithi_node_has(c, node, v->type, v->text, v->size)) {
                nodes[taken++] = node;
                rc = enqueue(c, q, node) ? KITH_OK : no_memory(c);
            }
            rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
        }
    }
    c->values[index].nodes = nodes;
    c->values[index].node_count = taken;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static kithi_decided_pair pair_of(const kithi_component *c, uint32_t a, uint32_t b,
                                  kithi_decision decision) {
    kithi_decided_pair pair = {.a = a, .b = b, .decision = decision};
    const kith_id *x = &c->nodes[a].id, *y = &c->nodes[b].id;
    bool swap = memcmp(x->bytes, y->bytes, sizeof x->bytes) > 0;
    memcpy(pair.ids, swap ? y->bytes : x->bytes, sizeof x->bytes);
    memcpy(pair.ids + sizeof x->bytes, swap ? x->bytes : y->bytes, sizeof x->bytes);
    return pair;
}

static int gather_decisions(kithi_component *c, queue *q, uint32_t node) {
    kithi_assertion assertion;
    uint64_t other = 0;
    uint32_t record = c->nodes[node].record;
    int rc;
    while ((rc = kithi_assertion_next(c->txn, record, &other, &assertion)) == KITH_OK) {
        uint32_t to;
        rc = kithi_component_load(c, assertion.other, &to);
        if (rc == KITH_OK && !KITHI_GROW(c->pairs, c->pair_capacity, c->pair_count + 1)) {
            rc = no_memory(c);
        }
        if (rc == KITH_OK && assertion.decision == KITHI_DECISION_LINK && !enqueue(c, q, to)) {
            rc = no_memory(c);
        }
        if (rc != KITH_OK) {
            return rc;
        }
        if (record < assertion.other || assertion.decision == KITHI_DECISION_UNLINK) {
            c->pairs[c->pair_count++] = pair_of(c, node, to, assertion.decision);
        }
    }
    return rc == KITH_DONE ? KITH_OK : rc;
}

/* Pairs are noted once, where the one of the smaller record is expanded, if both come to be of the
 * component. */
static int gather_scored(kithi_component *c, queue *q, uint32_t node) {
    kithi_scored *pairs;
    size_t count;
    uint32_t record = c->nodes[node].record;
    int rc = kithi_scored_of(c->txn, record, &c->arena, &pairs, &count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint32_t to;
        if (pairs[i].weight < c->model->known_at) {
            continue;
        }
        rc = kithi_component_load(c, pairs[i].other, &to);
        if (rc == KITH_NOT_FOUND) {
            return kithi_scored_astray(c->txn, pairs[i].other);
        }
        if (rc != KITH_OK || c->nodes[to].shared) {
            continue;
        }
        bool links = pairs[i].weight >= c->model->link_at;
        if ((links && !enqueue(c, q, to)) ||
            !KITHI_GROW(c->weighed, c->weighed_capacity, c->weighed_count + 1)) {
            return no_memory(c);
        }
        if (record < pairs[i].other) {
            c->weighed[c->weighed_count++] =
                (kithi_weighed_pair){node, to, pairs[i].weight, pairs[i].pattern};
        }
    }
    return rc;
}

static int expand(kithi_component *c, queue *q, uint32_t node, size_t max) {
    int rc = gather_decisions(c, q, node);
    if (rc == KITH_OK && c->model != NULL && !c->nodes[node].shared) {
        rc = gather_scored(c, q, node);
    }
    for (size_t i = 0; rc == KITH_OK && i < c->nodes[node].value_count; i++) {
        uint32_t value = c->nodes[node].values[i];
        if (!c->nodes[node].shared && !c->values[value].gathered) {
            rc = gather_value(c, q, value, max);
        }
    }
    return rc;
}

/* Keeps only the gathered nodes, in order of their records; renumbered[i] is where node i is then.
 */
static int keep_nodes(kithi_component *c, const queue *q, uint32_t *renumbered) {
    uint32_t *records = kithi_arena_calloc(&c->arena, q->count + 1, sizeof *records);
    kithi_node *kept = kithi_arena_calloc(&c->arena, q->count + 1, sizeof *kept);
    if (records == NULL || kept == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < q->count; i++) {
        records[i] = c->nodes[q->nodes[i]].record;
    }
    qsort(records, q->count, sizeof *records, kithi_compare_u32);
    for (size_t i = 0; i < q->count; i++) {
        uint64_t old = *kithi_map_get(&c->node_of, records[i]);
        renumbered[old] = (uint32_t)i;
        kept[i] = c->nodes[old];
    }
    memcpy(c->nodes, kept, q->count * sizeof *kept);
    c->node_count = q->count;
    kithi_map_reset(&c->node_of);
    for (size_t i = 0; i < q->count; i++) {
        if (kithi_map_put(&c->node_of, records[i], i, NULL) == NULL) {
            return no_memory(c);
        }
    }
    return KITH_OK;
}

static void renumber_values(kithi_component *c, const uint32_t *renumbered) {
    for (size_t i = 0; i < c->value_count; i++) {
        for (size_t j = 0; j < c->values[i].node_count; j++) {
            c->values[i].nodes[j] = renumbered[c->values[i].nodes[j]];
        }
    }
}

/* Each pair once, and only those of which both are kept. */
static void renumber_pairs(kithi_component *c, const uint32_t *renumbered) {
    size_t kept = 0;
    for (size_t i = 0; i < c->pair_count; i++) {
        kithi_decided_pair pair = c->pairs[i];
        pair.a = renumbered[pair.a];
        pair.b = renumbered[pair.b];
        if (pair.a != UINT32_MAX && pair.b != UINT32_MAX && pair.a < pair.b) {
            c->pairs[kept++] = pair;
        }
    }
    c->pair_count = kept;
}

static void renumber_weighed(kithi_component *c, const uint32_t *renumbered) {
    size_t kept = 0;
    for (size_t i = 0; i < c->weighed_count; i++) {
        kithi_weighed_pair pair = c->weighed[i];
        pair.a = renumbered[pair.a];
        pair.b = renumbered[pair.b];
        if (pair.a != UINT32_MAX && pair.b != UINT32_MAX) {
            c->weighed[kept++] = pair;
        }
    }
    c->weighed_count = kept;
}

static int keep_gathered(kithi_component *c, const queue *q) {
    uint32_t *renumbered = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *renumbered);
    if (renumbered == NULL) {
        return no_memory(c);
    }
    memset(renumbered, 0xff, c->node_count * sizeof *renumbered);
    int rc = keep_nodes(c, q, renumbered);
    if (rc == KITH_OK) {
        renumber_values(c, renumbered);
        renumber_pairs(c, renumbered);
        renumber_weighed(c, renumbered);
    }
    return rc;
}

int kithi_component_gather(kithi_component *c, uint32_t record, size_t max, bool *out_whole) {
    queue q = {NULL, 0, 0, 0};
    uint32_t node;
    kithi_component_reset(c);
    *out_whole = true;
    int rc = kithi_model_of(c->txn, &c->model);
    if (rc == KITH_OK) {
        rc = kithi_component_load(c, record, &node);
    }
    if (rc == KITH_OK && !enqueue(c, &q, node)) {
        rc = no_memory(c);
    }
    while (rc == KITH_OK && q.at < q.count && *out_whole) {
        rc = expand(c, &q, q.nodes[q.at++], max);
        *out_whole = max == 0 || q.count <= max;
    }
    if (rc == KITH_OK && *out_whole) {
        rc = keep_gathered(c, &q);
    }
    free(q.nodes);
    return rc;
}
