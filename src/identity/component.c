#include "src/identity/component.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/base/value.h"
#include "src/fact/record_key.h"

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
