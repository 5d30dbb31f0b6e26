/*
 * Reading events: the packed ones of a record merged with those that have just landed.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/sized.h"
#include "src/fact/event.h"

static int compare_landed(const void *a, const void *b) {
    const kithi_landed *x = a, *y = b;
    if (x->time_us != y->time_us) {
        return x->time_us < y->time_us ? -1 : 1;
    }
    if (x->identity != y->identity) {
        return x->identity < y->identity ? -1 : 1;
    }
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static bool add_landed(kithi_landed **list, size_t *count, size_t *capacity, kithi_landed item) {
    if (!KITHI_GROW(*list, *capacity, *count + 1)) {
        return false;
    }
    (*list)[(*count)++] = item;
    return true;
}

/* Two events may share time and identity (a crafted hash): their bytes decide then, as everywhere.
 */
static int order_equals(kith_txn *txn, kithi_landed *list, size_t count) {
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && list[j - 1].time_us == list[j].time_us &&
                           list[j - 1].identity == list[j].identity;
             j--) {
            kithi_event a, b;
            int rc = kithi_landed_get(txn, &list[j - 1], &a);
            if (rc == KITH_OK) {
                rc = kithi_landed_get(txn, &list[j], &b);
            }
            if (rc != KITH_OK) {
                return rc;
            }
            if (kithi_event_compare(kithi_txn_catalog(txn), &a, &b) <= 0) {
                break;
            }
            kithi_landed moved = list[j];
            list[j] = list[j - 1];
            list[j - 1] = moved;
        }
    }
    return KITH_OK;
}

int kithi_landed_get(kith_txn *txn, const kithi_landed *landed, kithi_event *out) {
    uint32_t record;
    uint64_t before;
    int rc = kithi_log_get(txn, landed->sequence, &record, &before, out);
    out->identity = landed->identity;
    return rc;
}

int kithi_landed_load(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                      kithi_landed **out, size_t *out_count) {
    kithi_chain chain;
    kithi_landed *list = NULL;
    size_t count = 0, capacity = 0;
    int rc = kithi_chain_get(txn, record, &chain);
    for (uint64_t next = chain.last; rc == KITH_OK && next != 0;) {
        kithi_event event;
        kithi_landed item = {.sequence = next};
        rc = kithi_chain_step(txn, record, &next, &event);
        if (rc != KITH_OK || event.time_us < from_us || event.time_us >= to_us) {
            continue;
        }
        item.time_us = event.time_us;
        item.identity = kithi_event_identity(kithi_txn_catalog(txn), &event);
        if (!add_landed(&list, &count, &capacity, item)) {
            rc = kithi_error_memory(kithi_txn_error(txn));
        }
    }
    if (rc == KITH_OK && count > 1) {
        qsort(list, count, sizeof *list, compare_landed);
        rc = order_equals(txn, list, count);
    }
    if (rc != KITH_OK) {
        free(list);
        return rc;
    }
    *out = list;
    *out_count = count;
    return KITH_OK;
}

static bool is_of(const kithi_events *events, kithi_slice key) {
    return key.size == KITHI_EVENT_KEY_BYTES && kithi_get32(key.data) == events->record;
}

/* Takes the block at the cursor, which stands on this key, if it is the record's and begins before
 * the end. Only then it is read. */
static int enter_block(kithi_events *events, kithi_slice key) {
    kithi_slice content = {NULL, 0};
    events->has_packed = false;
    if (!is_of(events, key) || kithi_get_time(key.data + 4) >= events->to_us) {
        return KITH_OK;
    }
    events->last_us = kithi_get_time(key.data + 4);
    int rc = kithi_cursor_seek(events->cursor, KITHI_SEEK_HERE, &key, &content);
    events->block = kithi_walker_of(content.data, content.size);
    events->has_packed = rc == KITH_OK;
    return rc;
}

/* Finds the first block that may hold an event of the range. */
static int first_block(kithi_events *events) {
    uint8_t wanted[KITHI_EVENT_KEY_BYTES];
    kithi_block_key(wanted, events->record, events->from_us, 0);
    kithi_slice key = {wanted, sizeof wanted};
    int rc = kithi_cursor_seek(events->cursor, KITHI_SEEK_BEFORE, &key, NULL);
    if (rc == KITH_OK && !is_of(events, key)) {
        rc = kithi_cursor_seek(events->cursor, KITHI_SEEK_NEXT, &key, NULL);
    } else if (rc == KITH_NOT_FOUND) {
        rc = kithi_cursor_seek(events->cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    if (rc == KITH_OK) {
        return enter_block(events, key);
    }
    events->has_packed = false;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int next_block(kithi_events *events) {
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_seek(events->cursor, KITHI_SEEK_NEXT, &key, NULL);
    if (rc == KITH_OK) {
        return enter_block(events, key);
    }
    events->has_packed = false;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Moves to the next packed event of the range; has_packed says whether there is one. */
static int next_packed(kithi_events *events) {
    while (events->has_packed) {
        if (kithi_walker_done(&events->block)) {
            int rc = next_block(events);
            if (rc != KITH_OK) {
                return rc;
            }
        } else if (!kithi_block_next(&events->block, &events->last_us, &events->packed)) {
            return kithi_event_damaged(events->txn, events->record);
        } else if (events->packed.time_us >= events->to_us) {
            events->has_packed = false;
        } else if (events->packed.time_us >= events->from_us) {
            return KITH_OK;
        }
    }
    return KITH_OK;
}

int kithi_events_open(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                      bool own_cursor, kithi_events *out) {
    *out = (kithi_events){.txn = txn,
                          .record = record,
                          .from_us = from_us,
                          .to_us = to_us,
                          .owns_cursor = own_cursor};
    int rc = kithi_landed_load(txn, record, from_us, to_us, &out->landed, &out->landed_count);
    if (rc == KITH_OK) {
        rc = own_cursor ? kithi_cursor_open(txn, KITHI_TABLE_EVENT, &out->cursor)
                        : kithi_cursor_of(txn, KITHI_TABLE_EVENT, &out->cursor);
    }
    if (rc == KITH_OK) {
        rc = first_block(out);
    }
    if (rc == KITH_OK) {
        rc = next_packed(out);
    }
    if (rc != KITH_OK) {
        kithi_events_close(out);
    }
    return rc;
}

int kithi_events_next(kithi_events *events, kithi_event *out) {
    bool landed = events->landed_at < events->landed_count;
    kithi_event event;
    if (!landed && !events->has_packed) {
        return KITH_DONE;
    }
    if (landed) {
        const kithi_landed *head = &events->landed[events->landed_at];
        int rc = kithi_landed_get(events->txn, head, &event);
        if (rc != KITH_OK) {
            return rc;
        }
        if (events->has_packed && events->packed.time_us == event.time_us) {
            events->packed.identity =
                kithi_event_identity(kithi_txn_catalog(events->txn), &events->packed);
        }
    }
    if (landed && (!events->has_packed || kithi_event_compare(kithi_txn_catalog(events->txn),
                                                              &event, &events->packed) < 0)) {
        events->landed_at++;
        *out = event;
        return KITH_OK;
    }
    *out = events->packed;
    return next_packed(events);
}

void kithi_events_close(kithi_events *events) {
    free(events->landed);
    events->landed = NULL;
    if (events->owns_cursor) {
        kithi_cursor_close(events->cursor);
        events->cursor = NULL;
    }
}

static int count_landed(kith_txn *txn, uint32_t record, int type, int64_t from_us, int64_t to_us,
                        uint64_t *count) {
    kithi_landed *landed;
    size_t landed_count;
    int rc = kithi_landed_load(txn, record, from_us, to_us, &landed, &landed_count);
    if (rc != KITH_OK) {
        return rc;
    }
    for (size_t i = 0; rc == KITH_OK && i < landed_count; i++) {
        kithi_event event;
        rc = type < 0 ? KITH_OK : kithi_landed_get(txn, &landed[i], &event);
        *count += rc == KITH_OK && (type < 0 || event.type == type);
    }
    free(landed);
    return rc;
}

static int count_block(kithi_events *events, int type, uint64_t *count) {
    uint16_t found;
    int64_t last_us = events->last_us;
    while (kithi_block_skim(&events->block, &last_us, &found)) {
        *count +=
            last_us >= events->from_us && last_us < events->to_us && (type < 0 || found == type);
    }
    return kithi_walker_done(&events->block) ? KITH_OK
                                             : kithi_event_damaged(events->txn, events->record);
}

int kithi_events_count(kith_txn *txn, uint32_t record, int type, int64_t from_us, int64_t to_us,
                       bool packed, uint64_t *out) {
    kithi_events events = {.txn = txn, .record = record, .from_us = from_us, .to_us = to_us};
    uint64_t count = 0;
    int rc = packed ? KITH_OK : count_landed(txn, record, type, from_us, to_us, &count);
    if (rc == KITH_OK) {
        rc = kithi_cursor_of(txn, KITHI_TABLE_EVENT, &events.cursor);
    }
    if (rc == KITH_OK) {
        rc = first_block(&events);
    }
    while (rc == KITH_OK && events.has_packed) {
        rc = count_block(&events, type, &count);
        if (rc == KITH_OK) {
            rc = next_block(&events);
        }
    }
    *out = count;
    return rc;
}

/* The public iterator */

struct kith_event_iter {
    kithi_events events;
    kithi_watch watch;
    kithi_arena arena; /* of one step */
};

int kith_event_iter_open(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                         kith_event_iter **out) {
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    kith_event_iter *iter = calloc(1, sizeof *iter);
    if (iter == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&iter->arena);
    iter->watch =
        kithi_watch_begin(txn, KITHI_WATCH(KITHI_TABLE_EVENT_LOG) | KITHI_WATCH(KITHI_TABLE_EVENT));
    rc = kithi_events_open(txn, record, from_us, to_us, true, &iter->events);
    if (rc != KITH_OK) {
        free(iter);
        return rc;
    }
    *out = iter;
    return KITH_OK;
}

int kith_event_iter_next(kith_event_iter *iter, kith_event *out) {
    kithi_event event;
    kith_txn *txn = iter->events.txn;
    int rc = kithi_watch_check(&iter->watch, "events");
    if (rc == KITH_OK) {
        rc = kithi_events_next(&iter->events, &event);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_event_type *type = kithi_catalog_event_type(kithi_txn_catalog(txn), event.type);
    if (type == NULL) {
        return kithi_event_damaged(txn, iter->events.record);
    }
    kithi_arena_reset(&iter->arena);
    kith_event found;
    found.record = iter->events.record;
    found.time_us = event.time_us;
    found.type = type->name;
    found.message_id = NULL;
    found.txn = txn;
    /* Copied, so that the event stays readable while the iterator looks one step ahead. */
    found.properties = kithi_arena_copy(&iter->arena, event.properties, event.properties_size);
    found.properties_bytes = event.properties_size;
    if (event.message_id != NULL) {
        found.message_id = kithi_arena_copy(&iter->arena, event.message_id, event.message_id_size);
    }
    if (found.properties == NULL || (event.message_id != NULL && found.message_id == NULL)) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_give(out, &found, sizeof found);
    return KITH_OK;
}

void kith_event_iter_close(kith_event_iter *iter) {
    if (iter != NULL) {
        kithi_events_close(&iter->events);
        kithi_arena_clear(&iter->arena);
        free(iter);
    }
}

int kith_event_next_property(const kith_event *event, size_t *cursor, kith_field *out) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_bytes);
    uint32_t count;
    uint64_t property;
    if (!kithi_walk_map(&walker, &count)) {
        return kithi_event_damaged(event->txn, event->record);
    }
    if (*cursor != 0) {
        walker.at = (const uint8_t *)event->properties + *cursor;
    }
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!kithi_walk_uint(&walker, &property) || property > UINT16_MAX ||
        !kithi_walk_value(&walker, kithi_txn_arena(event->txn), &out->value)) {
        return kithi_event_damaged(event->txn, event->record);
    }
    out->name = kithi_catalog_property(kithi_txn_catalog(event->txn), (uint16_t)property);
    *cursor = (size_t)(walker.at - (const uint8_t *)event->properties);
    return out->name != NULL ? KITH_OK : kithi_event_damaged(event->txn, event->record);
}
