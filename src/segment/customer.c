#include "src/segment/customer.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/identity/identity.h"
#include "src/profile/row.h"

/* Values */

static int damaged(kithi_executor *e) {
    return kithi_error_set(kithi_txn_error(e->txn), KITH_CORRUPT,
                           "what is stored of profile %u can't be read; run kith check and "
                           "kith verify",
                           e->profile);
}

static bool add_value(kithi_executor *e, kithi_values *values, kithi_operand value) {
    if (value.sort == KITHI_SORT_NULL) {
        return true;
    }
    if (values->count++ == 0) {
        values->first = value;
        return true;
    }
    size_t needed = values->count - 1;
    if (needed > values->capacity) {
        size_t capacity = needed < 8 ? 8 : 2 * needed;
        kithi_operand *grown = kithi_arena_calloc(&e->arena, capacity, sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        if (values->others != NULL) {
            memcpy(grown, values->others, (needed - 1) * sizeof *grown);
        }
        values->others = grown;
        values->capacity = capacity;
    }
    values->others[needed - 1] = value;
    return true;
}

static int add_packed(kithi_executor *e, kithi_walker *walker, const char *inside,
                      kithi_values *out);

static int add_items(kithi_executor *e, kithi_walker *walker, const char *inside,
                     kithi_values *out) {
    uint32_t count;
    int rc = kithi_walk_array(walker, &count) ? KITH_OK : damaged(e);
    for (uint32_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = add_packed(e, walker, inside, out);
    }
    return rc;
}

/* A member is named by all that is left of the path, or by what stands before its next point. */
static bool leads_to(const char *inside, const char *name, size_t size, const char **out_rest) {
    if (strncmp(inside, name, size) != 0 || (inside[size] != '\0' && inside[size] != '.')) {
        return false;
    }
    *out_rest = inside[size] == '.' ? inside + size + 1 : NULL;
    return true;
}

static int add_member(kithi_executor *e, kithi_walker *walker, const char *inside,
                      kithi_values *out) {
    uint32_t count;
    int rc = kithi_walk_map(walker, &count) ? KITH_OK : damaged(e);
    for (uint32_t i = 0; rc == KITH_OK && i < count; i++) {
        const char *name, *rest;
        size_t size;
        if (!kithi_walk_text(walker, &name, &size)) {
            return damaged(e);
        }
        if (leads_to(inside, name, size, &rest)) {
            rc = add_packed(e, walker, rest, out);
        } else if (!kithi_walk_skip(walker)) {
            rc = damaged(e);
        }
    }
    return rc;
}

/* Adds what stands at the walker, or at a path in it, and moves past it. */
static int add_packed(kithi_executor *e, kithi_walker *walker, const char *inside,
                      kithi_values *out) {
    kithi_walker ahead = *walker;
    uint32_t count;
    kithi_operand value;
    if (kithi_walk_array(&ahead, &count)) {
        return add_items(e, walker, inside, out);
    }
    ahead = *walker;
    if (inside != NULL && kithi_walk_map(&ahead, &count)) {
        return add_member(e, walker, inside, out);
    }
    if (!kithi_operand_walk(walker, &value)) {
        return damaged(e);
    }
    bool added = inside != NULL || add_value(e, out, value);
    return added ? KITH_OK : kithi_error_memory(kithi_txn_error(e->txn));
}

int kithi_customer_values(kithi_executor *e, int attribute, const char *inside, kithi_values *out) {
    kithi_walker golden = e->golden;
    kithi_golden_entry entry;
    int rc = KITH_OK;
    *out = (kithi_values){.count = 0};
    while (rc == KITH_OK && attribute >= 0 && kithi_golden_next(&golden, &entry)) {
        if (entry.attribute == attribute) {
            kithi_walker packed = kithi_walker_of(entry.packed.data, entry.packed.size);
            rc = add_packed(e, &packed, inside, out);
        }
    }
    return rc;
}

/* What an event says, read once for all who ask. */
typedef struct said_property {
    uint64_t id;
    kithi_operand value;
    bool scalar; /* else it is to be read anew: a list, a map, nothing */
} said_property;

struct kithi_properties {
    uint32_t count;
    said_property items[];
};

static int read_properties(kithi_executor *e, const kithi_happening *event,
                           struct kithi_properties **out) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count;
    if (!kithi_walk_map(&walker, &count) || count > event->properties_size) {
        return damaged(e);
    }
    struct kithi_properties *said =
        kithi_arena_alloc(&e->arena, sizeof *said + count * sizeof said->items[0]);
    if (said == NULL) {
        return kithi_error_memory(kithi_txn_error(e->txn));
    }
    said->count = count;
    for (uint32_t i = 0; i < count; i++) {
        said_property *p = &said->items[i];
        if (!kithi_walk_uint(&walker, &p->id) || !kithi_operand_walk(&walker, &p->value)) {
            return damaged(e);
        }
        p->scalar = p->value.sort != KITHI_SORT_NULL;
    }
    *out = said;
    return KITH_OK;
}

/* All values of a property, read from what is stored. */
static int walk_values(kithi_executor *e, const kithi_happening *event, int property,
                       const char *inside, kithi_values *out) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count = 0;
    if (!kithi_walk_map(&walker, &count)) {
        return damaged(e);
    }
    for (uint32_t i = 0; i < count; i++) {
        uint64_t id;
        if (!kithi_walk_uint(&walker, &id)) {
            return damaged(e);
        }
        if (id == (uint64_t)property) {
            return add_packed(e, &walker, inside, out);
        }
        if (!kithi_walk_skip(&walker)) {
            return damaged(e);
        }
    }
    return KITH_OK;
}

int kithi_happening_values(kithi_executor *e, const kithi_happening *event, int property,
                           const char *inside, kithi_values *out) {
    *out = (kithi_values){.count = 0};
    if (property < 0) {
        return KITH_OK;
    }
    int rc = *event->said != NULL ? KITH_OK : read_properties(e, event, event->said);
    for (uint32_t i = 0; rc == KITH_OK && i < (*event->said)->count; i++) {
        const said_property *p = &(*event->said)->items[i];
        if (p->id == (uint64_t)property) {
            if (inside != NULL || !p->scalar) {
                return walk_values(e, event, property, inside, out);
            }
            out->first = p->value;
            out->count = 1;
            return KITH_OK;
        }
    }
    return rc;
}

/* Events */

typedef struct gathering {
    kithi_executor *executor;
    kithi_happening *items;
    size_t count, capacity;
} gathering;

static int gather_record(gathering *g, uint32_t record) {
    kithi_events events;
    kithi_event event;
    kith_txn *txn = g->executor->txn;
    int rc = kithi_events_open(txn, record, INT64_MIN, INT64_MAX, false, &events);
    if (rc != KITH_OK) {
        return rc;
    }
    while (rc == KITH_OK && (rc = kithi_events_next(&events, &event)) == KITH_OK) {
        if (!KITHI_GROW(g->items, g->capacity, g->count + 1)) {
            rc = kithi_error_memory(kithi_txn_error(txn));
            break;
        }
        uint64_t identity = 0; /* what tells events of one time apart is asked between records */
        if (g->executor->record_count > 1) {
            identity = kithi_event_identity(kithi_txn_catalog(txn), &event);
        }
        g->items[g->count++] = (kithi_happening){.at_us = event.time_us,
                                                 .type = event.type,
                                                 .identity = identity,
                                                 .properties = event.properties,
                                                 .properties_size = event.properties_size};
    }
    kithi_events_close(&events);
    return rc == KITH_DONE ? KITH_OK : rc;
}

static kithi_event event_of(const kithi_happening *happening) {
    kithi_event event = {.time_us = happening->at_us,
                         .type = happening->type,
                         .identity = happening->identity,
                         .properties = happening->properties,
                         .properties_size = happening->properties_size};
    return event;
}

/* In the one order of events, whichever records they are of. */
static bool precedes(const kithi_executor *e, const kithi_happening *a, const kithi_happening *b) {
    if (a->at_us != b->at_us) {
        return a->at_us < b->at_us;
    }
    kithi_event left = event_of(a), right = event_of(b);
    return kithi_event_compare(kithi_txn_catalog(e->txn), &left, &right) < 0;
}

/* Merges two runs. */
static bool merge(const kithi_executor *e, kithi_happening *items, size_t middle, size_t count) {
    kithi_happening *left = malloc(middle * sizeof *left);
    size_t i = 0, j = middle, at = 0;
    if (left == NULL) {
        return false;
    }
    memcpy(left, items, middle * sizeof *left);
    while (i < middle) {
        bool right = j < count && precedes(e, &items[j], &left[i]);
        items[at++] = right ? items[j++] : left[i++];
    }
    free(left);
    return true;
}

static int gather(gathering *g) {
    kithi_executor *e = g->executor;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < e->record_count; i++) {
        size_t middle = g->count;
        rc = gather_record(g, e->records[i]);
        if (rc == KITH_OK && middle > 0 && middle < g->count &&
            !merge(e, g->items, middle, g->count)) {
            rc = kithi_error_memory(kithi_txn_error(e->txn));
        }
    }
    return rc;
}

/* Parts them by type, each in its order. */
static const kithi_happenings *part_by_type(kithi_executor *e, const gathering *g) {
    size_t types = kithi_catalog_event_type_count(kithi_txn_catalog(e->txn));
    kithi_happenings *lists = kithi_arena_calloc(&e->arena, types + 1, sizeof *lists);
    kithi_happening *items = kithi_arena_calloc(&e->arena, g->count + 1, sizeof *items);
    size_t *next = kithi_arena_calloc(&e->arena, types + 1, sizeof *next);
    struct kithi_properties **said = kithi_arena_calloc(&e->arena, g->count + 1, sizeof(void *));
    if (lists == NULL || items == NULL || next == NULL || said == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < g->count; i++) {
        lists[g->items[i].type < types ? g->items[i].type : types].count++;
    }
    for (size_t type = 0, at = 0; type <= types; at += lists[type++].count) {
        next[type] = at;
        lists[type].items = items + at;
    }
    for (size_t i = 0; i < g->count; i++) {
        size_t type = g->items[i].type < types ? g->items[i].type : types;
        items[next[type]] = g->items[i];
        items[next[type]++].said = &said[i];
    }
    return lists;
}

int kithi_customer_events(kithi_executor *e, int type, kithi_happenings *out) {
    *out = (kithi_happenings){NULL, 0};
    if (type < 0 || (size_t)type >= kithi_catalog_event_type_count(kithi_txn_catalog(e->txn))) {
        return KITH_OK; /* also one that is known since, to a later snapshot */
    }
    if (e->types == NULL) {
        gathering g = {.executor = e};
        int rc = gather(&g);
        e->types = rc == KITH_OK ? part_by_type(e, &g) : NULL;
        free(g.items);
        if (e->types == NULL) {
            return rc != KITH_OK ? rc : kithi_error_memory(kithi_txn_error(e->txn));
        }
    }
    *out = e->types[type];
    return KITH_OK;
}
