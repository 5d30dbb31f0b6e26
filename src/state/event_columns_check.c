/*
 * Whether columns of events say what the facts do. All blocks of a chunk are opened, and the events
 * of each profile in them are listed; then each profile is asked for its events.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/segment/customer.h"
#include "src/state/event_columns.h"

typedef struct property_column {
    uint32_t property;
    kithi_column column;
} property_column;

typedef struct opened_block {
    kithi_event_block block;
    kithi_chunk *struck; /* in the arena */
    property_column *properties;
    size_t count, capacity;
} opened_block;

typedef struct listed_event {
    uint32_t block, event;
} listed_event;

/* The blocks of one type, and which of their events are whose. */
typedef struct opened_type {
    opened_block *items;
    size_t count, capacity;
    listed_event *events; /* by place, in the order of the blocks */
    uint32_t *ends;       /* of the events of each place */
} opened_type;

typedef struct checker {
    kith_txn *txn;
    kithi_arena arena;
    kithi_executor *executor;
    uint32_t chunk;
    opened_type *types;
    size_t type_count;
} checker;

static int no_memory(const checker *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

static int open_properties(checker *c, const kithi_event_place *at, opened_block *out) {
    property_column found = {.property = 0};
    int rc;
    while ((rc = kithi_event_block_next(c->txn, &c->arena, at, &found.property, &found.column)) ==
           KITH_OK) {
        if (!KITHI_GROW(out->properties, out->capacity, out->count + 1)) {
            return no_memory(c);
        }
        out->properties[out->count++] = found;
        found.property++;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int open_struck(checker *c, const kithi_event_place *at, opened_block *out) {
    out->struck = kithi_arena_alloc(&c->arena, sizeof *out->struck);
    return out->struck != NULL ? kithi_event_block_struck(c->txn, at, out->struck) : no_memory(c);
}

static int open_blocks(checker *c, uint16_t type) {
    opened_type *t = &c->types[type];
    kithi_event_place at = {type, c->chunk, 0};
    kithi_event_block block;
    int rc = KITH_OK;
    while (rc == KITH_OK &&
           (rc = kithi_event_block_get(c->txn, &c->arena, &at, &block)) == KITH_OK) {
        if (!KITHI_GROW(t->items, t->capacity, t->count + 1)) {
            return no_memory(c);
        }
        t->items[t->count] = (opened_block){.block = block};
        rc = open_struck(c, &at, &t->items[t->count]);
        rc = rc == KITH_OK ? open_properties(c, &at, &t->items[t->count]) : rc;
        t->count++;
        at.block++;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Lists the events of the blocks by their place. */
static int list_events(checker *c, opened_type *t) {
    size_t all = 0;
    for (size_t i = 0; i < t->count; i++) {
        all += t->items[i].block.count;
    }
    t->events = malloc((all + 1) * sizeof *t->events);
    t->ends = calloc(KITHI_CHUNK_BITS + 1, sizeof *t->ends);
    if (t->events == NULL || t->ends == NULL) {
        return no_memory(c);
    }
    for (size_t i = 0; i < t->count; i++) {
        const opened_block *b = &t->items[i];
        for (uint32_t j = 0; j < b->block.count; j++) {
            t->ends[kithi_event_block_whose(&b->block, j) + 1] +=
                !kithi_chunk_has(b->struck, (uint16_t)j);
        }
    }
    for (size_t place = 0; place < KITHI_CHUNK_BITS; place++) {
        t->ends[place + 1] += t->ends[place];
    }
    for (size_t i = 0; i < t->count; i++) {
        const opened_block *b = &t->items[i];
        for (uint32_t j = 0; j < b->block.count; j++) {
            if (!kithi_chunk_has(b->struck, (uint16_t)j)) {
                uint32_t *at = &t->ends[kithi_event_block_whose(&b->block, j)];
                t->events[(*at)++] = (listed_event){(uint32_t)i, j};
            }
        }
    }
    return KITH_OK;
}

static int begin(checker *c, kith_txn *txn, uint32_t chunk) {
    *c = (checker){.txn = txn, .chunk = chunk};
    kithi_arena_init(&c->arena);
    c->type_count = kithi_catalog_event_type_count(kithi_txn_catalog(txn));
    c->types = calloc(c->type_count + 1, sizeof *c->types);
    int rc = c->types != NULL ? kithi_executor_of(txn, &c->executor) : no_memory(c);
    for (size_t type = 0; rc == KITH_OK && type < c->type_count; type++) {
        rc = open_blocks(c, (uint16_t)type);
        rc = rc == KITH_OK ? list_events(c, &c->types[type]) : rc;
    }
    return rc;
}

static void end(checker *c) {
    for (size_t type = 0; c->types != NULL && type < c->type_count; type++) {
        opened_type *t = &c->types[type];
        for (size_t i = 0; i < t->count; i++) {
            free(t->items[i].properties);
        }
        free(t->items);
        free(t->events);
        free(t->ends);
    }
    free(c->types);
    kithi_arena_clear(&c->arena);
}

/* What an event says of a property: no value where it says nothing. *out_said: it says something,
 * if perhaps no scalar. */
static kithi_operand property_of(const kithi_happening *event, uint32_t property, bool *out_said) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    kithi_operand value = kithi_operand_null();
    uint32_t count = 0;
    *out_said = false;
    bool whole = kithi_walk_map(&walker, &count);
    for (uint32_t i = 0; whole && i < count && !*out_said; i++) {
        uint64_t id;
        whole = kithi_walk_uint(&walker, &id) && kithi_operand_walk(&walker, &value);
        *out_said = whole && id == property;
    }
    return *out_said ? value : kithi_operand_null();
}

/* An odd place says only that there is something. */
static bool same_property(const kithi_happening *event, uint32_t property,
                          const kithi_column *column, uint32_t place) {
    bool said;
    kithi_operand fact = property_of(event, property, &said);
    kithi_operand stored = kithi_column_operand(column, place);
    if (kithi_column_is_odd(column, place)) {
        return said;
    }
    return fact.sort == stored.sort &&
           (fact.sort == KITHI_SORT_NULL ? !said : kithi_operand_order(&fact, &stored) == 0);
}

static uint32_t count_properties(const kithi_happening *event) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count = 0;
    return kithi_walk_map(&walker, &count) ? count : 0;
}

static bool same_event(const kithi_happening *fact, const opened_block *b, uint32_t event) {
    uint32_t said = 0;
    if (kithi_column_number(&b->block.times, event) != fact->at_us) {
        return false;
    }
    for (size_t i = 0; i < b->count; i++) {
        const kithi_column *column = &b->properties[i].column;
        if (!same_property(fact, b->properties[i].property, column, event)) {
            return false;
        }
        said += kithi_column_has(column, event) || kithi_column_is_odd(column, event);
    }
    return said == count_properties(fact);
}

static bool same_events(const kithi_happenings *facts, const opened_type *t, uint32_t place) {
    uint32_t first = place > 0 ? t->ends[place - 1] : 0, count = t->ends[place] - first;
    bool same = facts->count == count;
    for (uint32_t i = 0; same && i < count; i++) {
        listed_event at = t->events[first + i];
        same = same_event(&facts->items[i], &t->items[at.block], at.event);
    }
    return same;
}

static int compare_profile(checker *c, uint32_t profile, bool *out_same) {
    kithi_slice row;
    *out_same = true;
    int rc = kithi_state_row(c->txn, profile, &row);
    if (rc == KITH_NOT_FOUND) {
        return KITH_OK; /* the check of the sets tells it */
    }
    rc = rc == KITH_OK ? kithi_executor_take(c->executor, profile, row) : rc;
    for (size_t type = 0; rc == KITH_OK && *out_same && type < c->type_count; type++) {
        kithi_happenings events;
        rc = kithi_customer_events(c->executor, (int)type, &events);
        *out_same =
            rc == KITH_OK && same_events(&events, &c->types[type], profile % KITHI_CHUNK_BITS);
    }
    return rc;
}

int kithi_event_columns_compare(kith_txn *txn, uint32_t chunk, const kithi_chunk *sure,
                                uint64_t *wrong) {
    checker c;
    int rc = begin(&c, txn, chunk);
    if (rc == KITH_CORRUPT) {
        ++*wrong;
        rc = KITH_OK;
    } else {
        for (uint32_t place = kithi_chunk_next(sure, 0); rc == KITH_OK && place < KITHI_CHUNK_BITS;
             place = kithi_chunk_next(sure, place + 1)) {
            bool same;
            rc = compare_profile(&c, chunk * KITHI_CHUNK_BITS + place, &same);
            *wrong += rc == KITH_OK && !same;
        }
    }
    end(&c);
    return rc;
}
