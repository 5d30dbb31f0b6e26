/*
 * Packing: the landed events of a record move into its blocks. Only blocks that get an event are
 * written anew; a block that grows too large is split. An event and its twin in time and identity
 * stay in one block.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/event.h"

/* Writing a run of events, in order, as blocks. */
typedef struct block_writer {
    kith_txn *txn;
    uint32_t record;
    kithi_buffer content;
    uint8_t key[KITHI_EVENT_KEY_BYTES];
    int64_t last_us;
    uint64_t last_identity;
} block_writer;

static int flush(block_writer *w) {
    int rc = KITH_OK;
    if (!kithi_buffer_ok(&w->content)) {
        rc = kithi_txn_poison(w->txn, kithi_error_memory(kithi_txn_error(w->txn)));
    } else if (w->content.size > 0) {
        rc = kithi_append(w->txn, KITHI_TABLE_EVENT, w->key, sizeof w->key, w->content.data,
                          w->content.size);
    }
    kithi_buffer_reset(&w->content);
    return rc;
}

static int write_event(block_writer *w, const kithi_event *event) {
    int rc = KITH_OK;
    bool twin = event->time_us == w->last_us && event->identity == w->last_identity;
    size_t size = event->properties_size + event->message_id_size + 20;
    if (w->content.size > 0 && w->content.size + size > KITHI_BLOCK_MAX_BYTES && !twin) {
        rc = flush(w);
    }
    if (w->content.size == 0) {
        kithi_block_key(w->key, w->record, event->time_us, event->identity);
        w->last_us = event->time_us;
    }
    kithi_block_append(&w->content, &w->last_us, event);
    w->last_identity = event->identity;
    return rc;
}

/* The packed events of one block, copied, since the block is written anew. */
typedef struct block_reader {
    kithi_buffer content;
    kithi_walker walker;
    int64_t last_us;
    bool has;
    kithi_event event;
    uint8_t next_key[KITHI_EVENT_KEY_BYTES]; /* of the block after it */
    bool has_next;
} block_reader;

static void next_event(kith_txn *txn, block_reader *r) {
    r->has = kithi_block_next(&r->walker, &r->last_us, &r->event);
    if (r->has) {
        r->event.identity = kithi_event_identity(kithi_txn_catalog(txn), &r->event);
    }
}

/* The block after an event: the record's first key greater than the event's. */
static int find_next_block(kith_txn *txn, const uint8_t of[KITHI_EVENT_KEY_BYTES],
                           block_reader *r) {
    kithi_cursor *cursor;
    kithi_slice key = {of, KITHI_EVENT_KEY_BYTES};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_EVENT, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, NULL);
    }
    if (rc == KITH_OK && key.size == sizeof r->next_key && memcmp(key.data, of, key.size) == 0) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL);
    }
    r->has_next = rc == KITH_OK && key.size == sizeof r->next_key && memcmp(key.data, of, 4) == 0;
    if (r->has_next) {
        memcpy(r->next_key, key.data, sizeof r->next_key);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Takes the block in which an event belongs out of the table; without one, the first block limits
 * the run. */
static int take_out_block(kith_txn *txn, uint32_t record, const kithi_landed *first,
                          block_reader *r) {
    kithi_block_place place;
    uint8_t wanted[KITHI_EVENT_KEY_BYTES];
    kithi_buffer_reset(&r->content);
    r->has = r->has_next = false;
    kithi_block_key(wanted, record, first->time_us, first->identity);
    int rc = kithi_block_find(txn, record, first->time_us, first->identity, &place);
    bool found = rc == KITH_OK;
    if (found) {
        kithi_buffer_append(&r->content, place.content.data, place.content.size);
    }
    if (found || rc == KITH_NOT_FOUND) {
        rc = find_next_block(txn, wanted, r);
    }
    if (rc == KITH_OK && !kithi_buffer_ok(&r->content)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc != KITH_OK || !found) {
        return rc;
    }
    r->walker = kithi_walker_of(r->content.data, r->content.size);
    r->last_us = kithi_get_time(place.key + 4);
    next_event(txn, r);
    return kithi_delete(txn, KITHI_TABLE_EVENT, place.key, sizeof place.key);
}

static bool belongs_after(const kithi_landed *landed, const block_reader *r, uint32_t record) {
    uint8_t key[KITHI_EVENT_KEY_BYTES];
    kithi_block_key(key, record, landed->time_us, landed->identity);
    return r->has_next && memcmp(key, r->next_key, sizeof key) >= 0;
}

/* An event that was packed leaves the log; its message id stays findable. */
static int leave_log(kith_txn *txn, uint32_t record, const kithi_landed *landed, bool has_id) {
    uint8_t number[4], sequence[8], row[KITHI_MESSAGE_BYTES];
    int rc = KITH_OK;
    kithi_put32(number, record);
    kithi_put64(sequence, landed->sequence);
    kithi_message_write(row, landed->identity, landed->time_us);
    if (has_id) {
        rc = kithi_put_one(txn, KITHI_TABLE_EVENT_MESSAGE, number, sizeof number, row, sizeof row,
                           NULL);
    }
    return rc == KITH_OK ? kithi_delete(txn, KITHI_TABLE_EVENT_LOG, sequence, sizeof sequence) : rc;
}

static int write_landed(block_writer *w, const kithi_landed *landed) {
    kithi_event event;
    int rc = kithi_landed_get(w->txn, landed, &event);
    if (rc != KITH_OK) {
        return rc;
    }
    bool has_id = event.message_id != NULL;
    kithi_buffer copy; /* flushing a block may move what LMDB lent */
    kithi_buffer_init(&copy);
    kithi_buffer_append(&copy, event.properties, event.properties_size);
    kithi_buffer_append(&copy, event.message_id, event.message_id_size);
    if (!kithi_buffer_ok(&copy)) {
        return kithi_error_memory(kithi_txn_error(w->txn));
    }
    event.properties = copy.data;
    event.message_id = has_id ? (const char *)copy.data + event.properties_size : NULL;
    rc = write_event(w, &event);
    kithi_buffer_clear(&copy);
    return rc == KITH_OK ? leave_log(w->txn, w->record, landed, has_id) : rc;
}

static bool packed_first(kith_txn *txn, const block_reader *r, const kithi_landed *landed,
                         int *rc) {
    if (r->event.time_us != landed->time_us || r->event.identity != landed->identity) {
        return r->event.time_us != landed->time_us ? r->event.time_us < landed->time_us
                                                   : r->event.identity < landed->identity;
    }
    kithi_event event;
    *rc = kithi_landed_get(txn, landed, &event);
    return *rc == KITH_OK && kithi_event_compare(kithi_txn_catalog(txn), &r->event, &event) < 0;
}

/* Merges the landed events from *at on that belong into one block with it. */
static int merge_block(block_writer *w, block_reader *r, const kithi_landed *landed, size_t count,
                       size_t *at) {
    int rc = take_out_block(w->txn, w->record, &landed[*at], r);
    while (rc == KITH_OK) {
        bool more = *at < count && !belongs_after(&landed[*at], r, w->record);
        if (!more && !r->has) {
            break;
        }
        if (r->has && (!more || packed_first(w->txn, r, &landed[*at], &rc))) {
            rc = rc == KITH_OK ? write_event(w, &r->event) : rc;
            next_event(w->txn, r);
        } else if (rc == KITH_OK) {
            rc = write_landed(w, &landed[(*at)++]);
        }
    }
    if (rc == KITH_OK && r->content.size > 0 && !kithi_walker_done(&r->walker)) {
        rc = kithi_event_damaged(w->txn, w->record);
    }
    return rc == KITH_OK ? flush(w) : rc;
}

int kithi_events_pack(kith_txn *txn, uint32_t record, uint64_t *out_count) {
    kithi_landed *landed = NULL;
    kithi_counters *counters;
    size_t count = 0, at = 0;
    block_writer w = {.txn = txn, .record = record};
    block_reader r = {.has = false};
    kithi_buffer_init(&w.content);
    kithi_buffer_init(&r.content);
    int rc = kithi_txn_counters(txn, &counters);
    if (rc == KITH_OK) {
        rc = kithi_landed_load(txn, record, INT64_MIN, INT64_MAX, &landed, &count);
    }
    while (rc == KITH_OK && at < count) {
        w.last_us = 0;
        w.last_identity = UINT64_MAX;
        rc = merge_block(&w, &r, landed, count, &at);
    }
    if (rc == KITH_OK && count > 0) {
        rc = kithi_chain_delete(txn, record);
    }
    if (rc == KITH_OK) {
        counters->packed_events += count;
    } else {
        kithi_txn_poison(txn, rc);
    }
    *out_count = rc == KITH_OK ? count : 0;
    free(landed);
    kithi_buffer_clear(&w.content);
    kithi_buffer_clear(&r.content);
    return rc;
}
