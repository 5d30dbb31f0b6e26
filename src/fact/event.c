#include "src/fact/event.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/order.h"

#define MESSAGE_SEED   1
#define CONTENT_SEED   2
#define LOG_HEAD_BYTES 20

/* A hash of the properties that no store-local number enters. */
static uint64_t hash_properties(const kithi_catalog *catalog, const kithi_event *event) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count = 0;
    uint64_t sum = 0;
    kithi_walk_map(&walker, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t property;
        if (!kithi_walk_uint(&walker, &property)) {
            break;
        }
        const uint8_t *start = walker.at;
        const char *name = kithi_catalog_property(catalog, (uint16_t)property);
        if (name == NULL || !kithi_walk_skip(&walker)) {
            break;
        }
        uint64_t seed = kithi_hash64(name, strlen(name), CONTENT_SEED);
        sum += kithi_hash64(start, (size_t)(walker.at - start), seed);
    }
    return sum;
}

static const char *type_name(const kithi_catalog *catalog, uint16_t id) {
    const kithi_event_type *type = kithi_catalog_event_type(catalog, id);
    return type != NULL ? type->name : "";
}

uint64_t kithi_event_identity(const kithi_catalog *catalog, const kithi_event *event) {
    if (event->message_id != NULL) {
        uint64_t hash = kithi_hash64(event->message_id, event->message_id_size, MESSAGE_SEED);
        return kithi_hash_kept(hash) & KITHI_IDENTITY_MASK;
    }
    const char *name = type_name(catalog, event->type);
    uint8_t parts[24];
    kithi_put_time(parts, event->time_us);
    kithi_put64(parts + 8, kithi_hash64(name, strlen(name), CONTENT_SEED));
    kithi_put64(parts + 16, hash_properties(catalog, event));
    return kithi_hash_kept(kithi_hash64(parts, sizeof parts, CONTENT_SEED)) & KITHI_IDENTITY_MASK;
}

/* Events that differ but share time and identity, which takes a forged hash. */
static int compare_twins(const kithi_catalog *catalog, const kithi_event *a, const kithi_event *b) {
    int order =
        kithi_bytes_compare(a->message_id, a->message_id_size, b->message_id, b->message_id_size);
    if (order == 0) {
        order = strcmp(type_name(catalog, a->type), type_name(catalog, b->type));
    }
    if (order != 0) {
        return order;
    }
    uint64_t x = hash_properties(catalog, a), y = hash_properties(catalog, b);
    return (x > y) - (x < y);
}

int kithi_event_compare(const kithi_catalog *catalog, const kithi_event *a, const kithi_event *b) {
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? -1 : 1;
    }
    if (a->identity != b->identity) {
        return a->identity < b->identity ? -1 : 1;
    }
    return compare_twins(catalog, a, b);
}

static bool same_content(const kithi_event *a, const kithi_event *b) {
    return a->time_us == b->time_us && a->type == b->type &&
           kithi_bytes_compare(a->properties, a->properties_size, b->properties,
                               b->properties_size) == 0;
}

bool kithi_event_same(const kithi_event *a, const kithi_event *b) {
    if ((a->message_id == NULL) != (b->message_id == NULL)) {
        return false;
    }
    if (a->message_id == NULL) {
        return same_content(a, b);
    }
    return kithi_bytes_compare(a->message_id, a->message_id_size, b->message_id,
                               b->message_id_size) == 0;
}

static uint32_t count_properties(const kithi_event *event) {
    kithi_walker walker = kithi_walker_of(event->properties, event->properties_size);
    uint32_t count;
    return kithi_walk_map(&walker, &count) ? count : 0;
}

bool kithi_event_precedes(const kithi_catalog *catalog, const kithi_event *a,
                          const kithi_event *b) {
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us;
    }
    int order = strcmp(type_name(catalog, a->type), type_name(catalog, b->type));
    uint32_t mine = count_properties(a), others = count_properties(b);
    if (order != 0 || mine != others) {
        return order != 0 ? order < 0 : mine > others;
    }
    return hash_properties(catalog, a) < hash_properties(catalog, b);
}

/* The body of an event: message id, properties. */
static void write_body(kithi_buffer *out, const kithi_event *event) {
    if (event->message_id != NULL) {
        kithi_pack_text(out, event->message_id, event->message_id_size);
    } else {
        kithi_pack_nil(out);
    }
    kithi_buffer_append(out, event->properties, event->properties_size);
}

static bool read_body(kithi_walker *body, kithi_event *out) {
    out->message_id = NULL;
    out->message_id_size = 0;
    if (!kithi_walk_nil(body) && !kithi_walk_text(body, &out->message_id, &out->message_id_size)) {
        return false;
    }
    out->properties = body->at;
    out->properties_size = (size_t)(body->end - body->at);
    return true;
}

void kithi_log_write(kithi_buffer *out, uint32_t record, uint64_t before,
                     const kithi_event *event) {
    uint8_t *head = kithi_buffer_grow(out, LOG_HEAD_BYTES);
    if (head != NULL) {
        kithi_put32(head, record);
        kithi_put64(head + 4, before);
        kithi_put_time(head + 12, event->time_us);
        kithi_pack_uint(out, event->type);
        write_body(out, event);
    }
}

bool kithi_log_read(kithi_slice row, uint32_t *out_record, uint64_t *out_before, kithi_event *out) {
    uint64_t type;
    if (row.size < LOG_HEAD_BYTES) {
        return false;
    }
    kithi_walker walker = kithi_walker_of(row.data + LOG_HEAD_BYTES, row.size - LOG_HEAD_BYTES);
    *out_record = kithi_get32(row.data);
    *out_before = kithi_get64(row.data + 4);
    out->time_us = kithi_get_time(row.data + 12);
    out->identity = 0;
    if (!kithi_walk_uint(&walker, &type) || type > UINT16_MAX) {
        return false;
    }
    out->type = (uint16_t)type;
    return read_body(&walker, out);
}

int kithi_log_get(kith_txn *txn, uint64_t sequence, uint32_t *out_record, uint64_t *out_before,
                  kithi_event *out) {
    uint8_t key[8];
    kithi_slice row;
    kithi_put64(key, sequence);
    int rc = kithi_get(txn, KITHI_TABLE_EVENT_LOG, key, sizeof key, &row);
    if (rc == KITH_NOT_FOUND ||
        (rc == KITH_OK && !kithi_log_read(row, out_record, out_before, out))) {
        return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                               "event number %llu of the log can't be read; run kith check",
                               (unsigned long long)sequence);
    }
    return rc;
}

void kithi_message_write(uint8_t out[KITHI_MESSAGE_BYTES], uint64_t identity, int64_t time_us) {
    kithi_put64(out, identity);
    kithi_put_time(out + 8, time_us);
}

void kithi_block_key(uint8_t out[KITHI_EVENT_KEY_BYTES], uint32_t record, int64_t time_us,
                     uint64_t identity) {
    kithi_put32(out, record);
    kithi_put_time(out + 4, time_us);
    kithi_put64(out + 12, identity);
}

void kithi_block_append(kithi_buffer *out, int64_t *last_us, const kithi_event *event) {
    kithi_buffer body;
    kithi_buffer_init(&body);
    write_body(&body, event);
    if (!kithi_buffer_ok(&body)) {
        out->failed = true;
    }
    kithi_pack_uint(out, (uint64_t)event->time_us - (uint64_t)*last_us);
    kithi_pack_uint(out, event->type);
    kithi_pack_uint(out, body.size);
    kithi_buffer_append(out, body.data, body.size);
    kithi_buffer_clear(&body);
    *last_us = event->time_us;
}

/* Reads an event's head and finds its body. */
static bool read_head(kithi_walker *block, int64_t *last_us, uint16_t *out_type,
                      kithi_walker *out_body) {
    uint64_t delta, type, size;
    if (!kithi_walk_uint(block, &delta) || !kithi_walk_uint(block, &type) || type > UINT16_MAX ||
        !kithi_walk_uint(block, &size) || size > (uint64_t)(block->end - block->at)) {
        return false;
    }
    *last_us = (int64_t)((uint64_t)*last_us + delta);
    *out_type = (uint16_t)type;
    *out_body = kithi_walker_of(block->at, (size_t)size);
    block->at += size;
    return true;
}

bool kithi_block_next(kithi_walker *block, int64_t *last_us, kithi_event *out) {
    kithi_walker body;
    kithi_walker start = *block;
    if (!read_head(block, last_us, &out->type, &body) || !read_body(&body, out)) {
        *block = start;
        return false;
    }
    out->time_us = *last_us;
    out->identity = 0;
    return true;
}

bool kithi_block_skim(kithi_walker *block, int64_t *last_us, uint16_t *out_type) {
    kithi_walker body;
    return read_head(block, last_us, out_type, &body);
}

int kithi_event_damaged(kith_txn *txn, uint32_t record) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "the events of record number %u can't be read; run kith check", record);
}

int kithi_block_find(kith_txn *txn, uint32_t record, int64_t time_us, uint64_t identity,
                     kithi_block_place *out) {
    kithi_cursor *cursor;
    uint8_t wanted[KITHI_EVENT_KEY_BYTES];
    kithi_block_key(wanted, record, time_us, identity);
    kithi_slice key = {wanted, sizeof wanted};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_EVENT, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_BEFORE, &key, &out->content);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    if (key.size != KITHI_EVENT_KEY_BYTES || memcmp(key.data, wanted, 4) != 0) {
        return KITH_NOT_FOUND;
    }
    memcpy(out->key, key.data, KITHI_EVENT_KEY_BYTES);
    return KITH_OK;
}
