#include "src/state/event_columns.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/radix.h"
#include "src/segment/customer.h"
#include "src/state/event_part.h"

#define CHUNK_BYTES    5 /* of the key, which say of what type and chunk it is */
#define BLOCK_BYTES    9 /* which block it is, too */
#define NEARLY_FULL    (KITHI_EVENT_BLOCK_MAX - KITHI_EVENT_BLOCK_MAX / 8)
/* A longer text is odd: nobody counts by it, and it would stand twice. */
#define TEXT_BYTES_MAX 256

kithi_slice kithi_event_part_key(uint8_t key[KITHI_EVENT_PART_KEY_BYTES],
                                 const kithi_event_place *at, uint32_t part) {
    key[0] = KITHI_COLUMN_EVENTS;
    kithi_put16(key + 1, at->type);
    kithi_put16(key + 3, (uint16_t)at->chunk);
    kithi_put32(key + 5, at->block);
    kithi_put32(key + 9, part);
    return (kithi_slice){key, KITHI_EVENT_PART_KEY_BYTES};
}

/* Reading */

static int get_part(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at, uint32_t part,
                    kithi_column *out) {
    uint8_t key[KITHI_EVENT_PART_KEY_BYTES];
    return kithi_column_row_get(txn, arena, kithi_event_part_key(key, at, part), out);
}

int kithi_event_block_damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a block of events can't be read; run kith verify");
}

int kithi_event_block_get(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                          kithi_event_block *out) {
    int rc = get_part(txn, arena, at, KITHI_EVENT_PART_TIMES, &out->times);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = get_part(txn, arena, at, KITHI_EVENT_PART_PLACES, &out->places);
    out->count = out->times.count;
    bool whole = rc == KITH_OK && out->count > 0 && out->count == out->places.count &&
                 out->count <= KITHI_EVENT_BLOCK_MAX && out->times.sort == KITHI_COLUMN_TIME;
    return whole || (rc != KITH_OK && rc != KITH_NOT_FOUND) ? rc : kithi_event_block_damaged(txn);
}

int kithi_event_block_property(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                               uint16_t property, kithi_column *out) {
    return get_part(txn, arena, at, KITHI_EVENT_PART_PROPERTY + property, out);
}

int kithi_event_block_next(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                           uint32_t *property, kithi_column *out) {
    uint8_t from[KITHI_EVENT_PART_KEY_BYTES];
    kithi_cursor *cursor;
    kithi_slice key = kithi_event_part_key(from, at, KITHI_EVENT_PART_PROPERTY + *property);
    int rc = kithi_cursor_of(txn, KITHI_TABLE_COLUMN, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, NULL) : rc;
    if (rc == KITH_OK &&
        (key.size != KITHI_EVENT_PART_KEY_BYTES || memcmp(key.data, from, BLOCK_BYTES) != 0)) {
        rc = KITH_NOT_FOUND;
    }
    if (rc != KITH_OK) {
        return rc;
    }
    *property = kithi_get32(key.data + BLOCK_BYTES) - KITHI_EVENT_PART_PROPERTY;
    return kithi_event_block_property(txn, arena, at, (uint16_t)*property, out);
}

/* Making */

typedef struct waiting_event {
    int64_t at_us;
    uint16_t place;
    size_t properties, properties_size; /* in the buffer */
} waiting_event;

struct kithi_event_waiting {
    waiting_event *items;
    size_t count, capacity;
    kithi_buffer properties;
    uint32_t block_count; /* that are there */
};

static int no_memory(const kithi_event_columns *m) {
    return kithi_error_memory(kithi_txn_error(m->txn));
}

/* Deletes all blocks of a type and the chunk. */
static int delete_blocks(kith_txn *txn, uint16_t type, uint32_t chunk) {
    kithi_event_place first = {type, chunk, 0};
    uint8_t from[KITHI_EVENT_PART_KEY_BYTES];
    kithi_cursor *cursor;
    kithi_slice key = kithi_event_part_key(from, &first, KITHI_EVENT_PART_TIMES);
    int rc = kithi_cursor_of(txn, KITHI_TABLE_COLUMN, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, NULL) : rc;
    while (rc == KITH_OK && key.size == KITHI_EVENT_PART_KEY_BYTES &&
           memcmp(key.data, from, CHUNK_BYTES) == 0) {
        rc = kithi_cursor_delete(cursor);
        key = (kithi_slice){from, sizeof from};
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, NULL) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Makes room in the chunk: for all of it, or for those profiles alone. */
static int clear_chunk(kithi_event_columns *m, const kithi_chunk *profiles) {
    int rc = KITH_OK;
    for (size_t type = 0; rc == KITH_OK && type < m->type_count; type++) {
        rc = profiles == NULL ? delete_blocks(m->txn, (uint16_t)type, m->chunk)
                              : kithi_event_blocks_strike(m->txn, (uint16_t)type, m->chunk,
                                                          profiles, &m->waiting[type].block_count);
    }
    return rc;
}

int kithi_event_columns_begin(kithi_event_columns *m, kith_txn *txn, uint32_t chunk,
                              const kithi_chunk *profiles) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    *m = (kithi_event_columns){.txn = txn, .chunk = chunk};
    kithi_buffer_init(&m->room);
    m->type_count = kithi_catalog_event_type_count(catalog);
    m->property_count = kithi_catalog_property_count(catalog);
    m->waiting = calloc(m->type_count + 1, sizeof *m->waiting);
    m->makers = calloc(m->property_count + 1, sizeof *m->makers);
    if (m->waiting == NULL || m->makers == NULL) {
        return no_memory(m);
    }
    for (size_t type = 0; type < m->type_count; type++) {
        kithi_buffer_init(&m->waiting[type].properties);
    }
    int rc = kithi_executor_of(txn, &m->executor);
    return rc == KITH_OK ? clear_chunk(m, profiles) : rc;
}

static void end_block(kithi_event_columns *m) {
    for (size_t id = 0; m->makers != NULL && id < m->property_count; id++) {
        if (m->makers[id].count > 0) {
            kithi_column_clear(&m->makers[id]);
        }
    }
}

void kithi_event_columns_clear(kithi_event_columns *m) {
    end_block(m);
    for (size_t type = 0; m->waiting != NULL && type < m->type_count; type++) {
        free(m->waiting[type].items);
        kithi_buffer_clear(&m->waiting[type].properties);
    }
    free(m->waiting);
    free(m->makers);
    kithi_buffer_clear(&m->room);
}

/* A block */

/* The events in order of time; those of one time as they came. malloc'ed; NULL: memory is out. */
static waiting_event *in_order(const waiting_event *events, uint32_t count) {
    uint64_t *times = malloc(((size_t)count + 1) * sizeof *times);
    uint32_t *order = malloc(((size_t)count + 1) * sizeof *order);
    waiting_event *sorted = malloc(((size_t)count + 1) * sizeof *sorted);
    bool made = times != NULL && order != NULL && sorted != NULL;
    for (uint32_t i = 0; made && i < count; i++) {
        times[i] = (uint64_t)events[i].at_us ^ UINT64_C(1) << 63; /* as unsigned ones they ascend */
    }
    made = made && kithi_radix_order(times, count, order);
    for (uint32_t i = 0; made && i < count; i++) {
        sorted[i] = events[order[i]];
    }
    free(times);
    free(order);
    if (!made) {
        free(sorted);
    }
    return made ? sorted : NULL;
}

/* The maker of a property in a block of so many events; NULL: memory is out. */
static kithi_column_maker *maker_of(kithi_event_columns *m, uint64_t property, uint32_t count) {
    kithi_column_maker *maker = &m->makers[property];
    if (maker->count == 0 && !kithi_column_begin(maker, count)) {
        kithi_column_clear(maker);
        return NULL;
    }
    return maker;
}

/* What an event says, at its place in the block. Damaged properties are told by verify. */
static int set_properties(kithi_event_columns *m, uint32_t event, uint32_t count,
                          kithi_slice packed) {
    kithi_walker walker = kithi_walker_of(packed.data, packed.size);
    uint32_t properties;
    if (!kithi_walk_map(&walker, &properties)) {
        return KITH_OK;
    }
    for (uint32_t i = 0; i < properties; i++) {
        uint64_t id;
        kithi_operand value;
        if (!kithi_walk_uint(&walker, &id) || id >= m->property_count ||
            !kithi_operand_walk(&walker, &value)) {
            break;
        }
        kithi_column_maker *maker = maker_of(m, id, count);
        if (maker == NULL) {
            return no_memory(m);
        }
        if (value.sort == KITHI_SORT_TEXT && value.as.text.size > TEXT_BYTES_MAX) {
            kithi_column_set_odd(maker, event);
        } else {
            kithi_column_set_operand(maker, event, &value);
        }
    }
    return KITH_OK;
}

static int put_part(kithi_event_columns *m, const kithi_event_place *at, uint32_t part,
                    const kithi_column_maker *maker) {
    uint8_t key[KITHI_EVENT_PART_KEY_BYTES];
    return kithi_column_row_put(m->txn, kithi_event_part_key(key, at, part), maker, &m->room);
}

static int put_heads(kithi_event_columns *m, const kithi_event_place *at,
                     const waiting_event *events, uint32_t count) {
    kithi_column_maker times, places;
    bool made = kithi_column_begin(&times, count);
    made = kithi_column_begin(&places, count) && made;
    for (uint32_t i = 0; made && i < count; i++) {
        kithi_column_set_number(&times, i, KITHI_COLUMN_TIME, events[i].at_us);
        kithi_column_set_number(&places, i, KITHI_COLUMN_NUMBER, events[i].place);
    }
    int rc = made ? put_part(m, at, KITHI_EVENT_PART_TIMES, &times) : no_memory(m);
    rc = rc == KITH_OK ? put_part(m, at, KITHI_EVENT_PART_PLACES, &places) : rc;
    kithi_column_clear(&times);
    kithi_column_clear(&places);
    return rc;
}

static int put_properties(kithi_event_columns *m, const kithi_event_place *at,
                          const waiting_event *events, uint32_t count,
                          const kithi_buffer *properties) {
    int rc = KITH_OK;
    for (uint32_t i = 0; rc == KITH_OK && i < count; i++) {
        kithi_slice packed = {properties->data + events[i].properties, events[i].properties_size};
        rc = set_properties(m, i, count, packed);
    }
    for (size_t id = 0; rc == KITH_OK && id < m->property_count; id++) {
        if (m->makers[id].count > 0) {
            rc = put_part(m, at, (uint32_t)(KITHI_EVENT_PART_PROPERTY + id), &m->makers[id]);
        }
    }
    end_block(m);
    return rc;
}

static int put_block(kithi_event_columns *m, const kithi_event_place *at,
                     const waiting_event *events, uint32_t count, const kithi_buffer *properties) {
    waiting_event *sorted = in_order(events, count);
    int rc = sorted != NULL ? put_heads(m, at, sorted, count) : no_memory(m);
    rc = rc == KITH_OK ? put_properties(m, at, sorted, count, properties) : rc;
    free(sorted);
    return rc;
}

/* Writes all that wait of a type, in blocks of those that came one after another. */
static int put_waiting(kithi_event_columns *m, uint16_t type) {
    struct kithi_event_waiting *w = &m->waiting[type];
    int rc = KITH_OK;
    for (size_t from = 0; rc == KITH_OK && from < w->count; from += KITHI_EVENT_BLOCK_MAX) {
        size_t left = w->count - from;
        uint32_t count = left < KITHI_EVENT_BLOCK_MAX ? (uint32_t)left : KITHI_EVENT_BLOCK_MAX;
        kithi_event_place at = {type, m->chunk, w->block_count++};
        rc = put_block(m, &at, w->items + from, count, &w->properties);
    }
    w->count = 0;
    kithi_buffer_reset(&w->properties);
    return rc;
}

/* Profiles */

static bool wait(struct kithi_event_waiting *w, uint16_t place, const kithi_happening *event) {
    if (!KITHI_GROW(w->items, w->capacity, w->count + 1)) {
        return false;
    }
    w->items[w->count] =
        (waiting_event){event->at_us, place, w->properties.size, event->properties_size};
    w->count++;
    kithi_buffer_append(&w->properties, event->properties, event->properties_size);
    return kithi_buffer_ok(&w->properties);
}

/* What was read of the events is gone with the first write, so all wait before any is written. */
int kithi_event_columns_take(kithi_event_columns *m, uint32_t profile, kithi_slice row) {
    int rc = kithi_executor_take(m->executor, profile, row);
    for (size_t type = 0; rc == KITH_OK && type < m->type_count; type++) {
        kithi_happenings events;
        rc = kithi_customer_events(m->executor, (int)type, &events);
        for (size_t i = 0; rc == KITH_OK && i < events.count; i++) {
            bool waits =
                wait(&m->waiting[type], (uint16_t)(profile % KITHI_CHUNK_BITS), &events.items[i]);
            rc = waits ? KITH_OK : no_memory(m);
        }
    }
    for (size_t type = 0; rc == KITH_OK && type < m->type_count; type++) {
        if (m->waiting[type].count >= NEARLY_FULL) {
            rc = put_waiting(m, (uint16_t)type);
        }
    }
    return rc;
}

int kithi_event_columns_put(kithi_event_columns *m) {
    int rc = KITH_OK;
    for (size_t type = 0; rc == KITH_OK && type < m->type_count; type++) {
        rc = put_waiting(m, (uint16_t)type);
    }
    return rc;
}
