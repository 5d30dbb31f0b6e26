#include "src/identity/component.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/base/order.h"
#include "src/base/value.h"
#include "src/fact/holders.h"
#include "src/fact/record_key.h"
#include "src/identity/generic.h"
#include "src/identity/scored.h"
#include "src/match/model_row.h"

static int no_memory(kithi_component *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

bool kithi_is_name_attribute(const kithi_attribute *attribute) {
    return strcmp(attribute->name, "given_name") == 0;
}

static void add_veto_attribute(kithi_component *c, uint16_t id) {
    for (size_t i = 0; i < c->veto_attribute_count; i++) {
        if (c->veto_attributes[i] == id) {
            return;
        }
    }
    if (c->veto_attribute_count < sizeof c->veto_attributes / sizeof c->veto_attributes[0]) {
        c->veto_attributes[c->veto_attribute_count++] = id;
    }
}

void kithi_component_init(kithi_component *c, kith_txn *txn, bool use_markers) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    memset(c, 0, sizeof *c);
    c->txn = txn;
    c->use_markers = use_markers;
    kithi_arena_init(&c->arena);
    kithi_map_init(&c->node_of);
    kithi_map_init(&c->value_of);
    kithi_map_init(&c->persona_of);
    for (size_t i = 0; i < kithi_catalog_attribute_count(catalog); i++) {
        const kithi_attribute *type = kithi_catalog_attribute(catalog, (uint16_t)i);
        const kithi_identifier_rules *rules = type != NULL ? type->identifier : NULL;
        for (size_t j = 0; rules != NULL && j < rules->veto_count; j++) {
            const kithi_attribute *by = kithi_catalog_attribute(catalog, rules->veto[j]);
            if (by != NULL && !kithi_is_name_attribute(by)) {
                add_veto_attribute(c, by->id);
            }
        }
    }
}

void kithi_component_reset(kithi_component *c) {
    kithi_arena_reset(&c->arena);
    kithi_map_reset(&c->node_of);
    kithi_map_reset(&c->value_of);
    kithi_map_reset(&c->persona_of);
    c->node_count = c->value_count = c->persona_count = c->pair_count = c->link_count = 0;
    c->weighed_count = 0;
    c->cluster_of = NULL;
}

void kithi_component_clear(kithi_component *c) {
    kithi_arena_clear(&c->arena);
    kithi_map_clear(&c->node_of);
    kithi_map_clear(&c->value_of);
    kithi_map_clear(&c->persona_of);
    free(c->nodes);
    free(c->values);
    free(c->value_next);
    free(c->personas);
    free(c->pairs);
    free(c->links);
    free(c->weighed);
}

/* Loading a record */

/* What one row says that identity looks at. */
typedef struct shown {
    const char *given, *family, *full;
    size_t given_size, family_size, full_size;
    const kith_value **values; /* by veto attribute */
} shown;

static void take_first(const kithi_row_value *value, const char **text, size_t *size) {
    kithi_walker walker = kithi_walker_of(value->packed, value->packed_size);
    if (*text == NULL && !kithi_walk_text(&walker, text, size)) {
        *text = NULL;
    }
}

static bool take_veto_value(kithi_component *c, const kithi_row_value *value, shown *s) {
    for (size_t i = 0; i < c->veto_attribute_count; i++) {
        if (c->veto_attributes[i] == value->attribute && s->values[i] == NULL) {
            kith_value *copy = kithi_arena_alloc(&c->arena, sizeof *copy);
            kithi_walker walker = kithi_walker_of(value->packed, value->packed_size);
            if (copy == NULL || !kithi_walk_value(&walker, &c->arena, copy)) {
                return false;
            }
            if (copy->type == KITH_TYPE_TEXT) {
                copy->as.text.data =
                    kithi_arena_copy(&c->arena, copy->as.text.data, copy->as.text.size);
                if (copy->as.text.data == NULL) {
                    return false;
                }
            }
            s->values[i] = copy;
        }
    }
    return true;
}

static bool take_shown(kithi_component *c, const kithi_attribute *attribute,
                       const kithi_row_value *value, shown *s) {
    if (strcmp(attribute->name, "given_name") == 0) {
        take_first(value, &s->given, &s->given_size);
    } else if (strcmp(attribute->name, "family_name") == 0) {
        take_first(value, &s->family, &s->family_size);
    } else if (strcmp(attribute->name, "full_name") == 0) {
        take_first(value, &s->full, &s->full_size);
    }
    return take_veto_value(c, value, s);
}

static uint64_t hash_value(const kith_value *value, uint64_t seed) {
    int64_t number = 0;
    switch (value->type) {
    case KITH_TYPE_TEXT:
        return kithi_hash64(value->as.text.data, value->as.text.size, seed);
    case KITH_TYPE_BOOLEAN:
        number = value->as.boolean;
        break;
    case KITH_TYPE_LIST:
    case KITH_TYPE_MAP:
        break;
    default:
        number = value->as.integer; /* or the bits of what is as large */
    }
    return kithi_hash64(&number, sizeof number, seed + value->type);
}

static uint64_t persona_hash(const kithi_component *c, const kithi_name *name, const shown *s) {
    uint64_t hash = kithi_name_hash(name);
    for (size_t i = 0; i < c->veto_attribute_count; i++) {
        const kith_value *value = s->values[i];
        hash = value != NULL ? hash_value(value, hash + 1) : kithi_hash64("", 0, hash);
    }
    return hash;
}

static bool same_value(const kith_value *a, const kith_value *b) {
    if (a == NULL || b == NULL || a->type != b->type) {
        return a == b;
    }
    return kithi_value_compare(a, b) == 0;
}

static bool same_persona(const kithi_component *c, const kithi_persona *p, const kithi_name *name,
                         const shown *s) {
    if (!kithi_names_equal(&p->name, name)) {
        return false;
    }
    for (size_t i = 0; i < c->veto_attribute_count; i++) {
        if (!same_value(p->values[i], s->values[i])) {
            return false;
        }
    }
    return true;
}

/* Finds or makes the persona; one whose hash another has taken stays on its own, which costs only
 * speed. */
static int intern_persona(kithi_component *c, const shown *s, uint32_t *out) {
    kithi_name name;
    bool added;
    kithi_name_make(s->given, s->given_size, s->family, s->family_size, s->full, s->full_size,
                    &name);
    uint64_t *slot =
        kithi_map_put(&c->persona_of, persona_hash(c, &name, s), c->persona_count, &added);
    if (slot == NULL) {
        return no_memory(c);
    }
    if (!added && same_persona(c, &c->personas[*slot], &name, s)) {
        *out = (uint32_t)*slot;
        return KITH_OK;
    }
    if (!KITHI_GROW(c->personas, c->persona_capacity, c->persona_count + 1)) {
        return no_memory(c);
    }
    *out = (uint32_t)c->persona_count;
    c->personas[c->persona_count++] = (kithi_persona){.name = name, .values = s->values};
    return KITH_OK;
}

/* The index of a value, made where it is new. Several with one hash are chained. */
static int intern_value(kithi_component *c, const kithi_attribute *type, const char *text,
                        size_t size, uint32_t *out) {
    uint64_t hash = kithi_identifier_hash(type, text, size);
    bool added;
    uint64_t *slot = kithi_map_put(&c->value_of, hash, c->value_count, &added);
    if (slot == NULL) {
        return no_memory(c);
    }
    uint32_t next = UINT32_MAX;
    if (!added) {
        next = (uint32_t)*slot;
        for (uint32_t i = next; i != UINT32_MAX; i = c->value_next[i]) {
            const kithi_shared_value *v = &c->values[i];
            if (v->type == type && v->size == size && memcmp(v->text, text, size) == 0) {
                *out = i;
                return KITH_OK;
            }
        }
    }
    size_t next_capacity = c->value_capacity;
    if (!KITHI_GROW(c->value_next, next_capacity, c->value_count + 1) ||
        !KITHI_GROW(c->values, c->value_capacity, c->value_count + 1)) {
        return no_memory(c);
    }
    const char *copy = kithi_arena_copy(&c->arena, text, size);
    if (copy == NULL) {
        return no_memory(c);
    }
    *out = (uint32_t)c->value_count;
    *slot = c->value_count;
    c->value_next[c->value_count] = next;
    c->values[c->value_count++] =
        (kithi_shared_value){.type = type, .text = copy, .size = size, .hash = hash};
    return KITH_OK;
}

static bool is_shared(const kithi_component *c, const kithi_node *node) {
    for (size_t i = 0; i < node->value_count; i++) {
        const kithi_attribute *type = c->values[node->values[i]].type;
        for (size_t j = 0; type->identifier->unique && j < i; j++) {
            if (c->values[node->values[j]].type == type) {
                return true;
            }
        }
    }
    return false;
}

/* Indexes of a node's live values while they are read. */
typedef struct index_list {
    uint32_t *items;
    size_t count, capacity;
} index_list;

static int take_live(kithi_component *c, const kithi_attribute *type, const kithi_row_value *value,
                     uint32_t record, index_list *list) {
    kithi_walker packed = kithi_walker_of(value->packed, value->packed_size);
    const char *text;
    size_t size;
    if (!kithi_walk_text(&packed, &text, &size)) {
        return kithi_record_damaged(c->txn, record);
    }
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return no_memory(c);
    }
    return intern_value(c, type, text, size, &list->items[list->count++]);
}

static int take_value(kithi_component *c, const kithi_row_value *value, uint32_t record, shown *s,
                      index_list *live) {
    const kithi_attribute *attribute =
        kithi_catalog_attribute(kithi_txn_catalog(c->txn), value->attribute);
    if (value->floor || attribute == NULL) {
        return KITH_OK;
    }
    if (attribute->identity && !take_shown(c, attribute, value, s)) {
        return no_memory(c);
    }
    return attribute->identifier != NULL && value->status == KITH_VALUE_LIVE
               ? take_live(c, attribute, value, record, live)
               : KITH_OK;
}

static int keep_live(kithi_component *c, const index_list *live, kithi_node *node) {
    node->value_count = live->count;
    node->values = kithi_arena_calloc(&c->arena, live->count + 1, sizeof *node->values);
    if (node->values == NULL) {
        return no_memory(c);
    }
    if (live->count > 0) {
        memcpy(node->values, live->items, live->count * sizeof *live->items);
    }
    return KITH_OK;
}

static uint32_t distinct_source(const kithi_component *c, uint16_t id) {
    const kithi_source *source = kithi_catalog_source(kithi_txn_catalog(c->txn), id);
    return source != NULL && source->distinct ? id : KITHI_NOT_DISTINCT;
}

static int read_row(kithi_component *c, kithi_slice row, kithi_node *node) {
    kithi_row_header header;
    kithi_row_value value;
    kithi_walker walker;
    shown s = {0};
    index_list live = {NULL, 0, 0};
    s.values = kithi_arena_calloc(&c->arena, c->veto_attribute_count + 1, sizeof *s.values);
    int rc = s.values != NULL ? KITH_OK : no_memory(c);
    if (rc == KITH_OK && !kithi_row_values(row, &header, &walker)) {
        rc = kithi_record_damaged(c->txn, node->record);
    }
    while (rc == KITH_OK && kithi_row_next(&header, &walker, &value)) {
        rc = take_value(c, &value, node->record, &s, &live);
    }
    if (rc == KITH_OK) {
        node->id = header.id;
        node->first_seen_us = header.first_seen_us;
        node->distinct_source = distinct_source(c, header.source);
        rc = keep_live(c, &live, node);
    }
    free(live.items);
    return rc == KITH_OK ? intern_persona(c, &s, &node->persona) : rc;
}

int kithi_component_load(kithi_component *c, uint32_t record, uint32_t *out_node) {
    const uint64_t *known = kithi_map_get(&c->node_of, record);
    if (known != NULL) {
        *out_node = (uint32_t)*known;
        return KITH_OK;
    }
    kithi_slice row;
    kithi_node node = {.record = record};
    int rc = kithi_record_row(c->txn, record, &row);
    if (rc == KITH_OK) {
        rc = read_row(c, row, &node);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    node.shared = is_shared(c, &node);
    if (!KITHI_GROW(c->nodes, c->node_capacity, c->node_count + 1) ||
        kithi_map_put(&c->node_of, record, c->node_count, NULL) == NULL) {
        return no_memory(c);
    }
    *out_node = (uint32_t)c->node_count;
    c->nodes[c->node_count++] = node;
    return KITH_OK;
}

int kithi_node_compare(const kithi_node *a, const kithi_node *b) {
    if (a->first_seen_us != b->first_seen_us) {
        return a->first_seen_us < b->first_seen_us ? -1 : 1;
    }
    return memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

bool kithi_node_has(const kithi_component *c, uint32_t node, const kithi_attribute *type,
                    const char *text, size_t size) {
    for (size_t i = 0; i < c->nodes[node].value_count; i++) {
        const kithi_shared_value *v = &c->values[c->nodes[node].values[i]];
        if (v->type == type && v->size == size && memcmp(v->text, text, size) == 0) {
            return true;
        }
    }
    return false;
}

static int read_generic(kithi_component *c, size_t index) {
    bool generic = false;
    int rc = c->use_markers ? kithi_generic_is_marked(c->txn, &c->values[index], &generic)
                            : kithi_generic_should_be_marked(c, &c->values[index], &generic);
    c->values[index].generic = generic;
    return rc;
}

/* Gathering */

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
