#include "src/fact/fact_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/event.h"
#include "src/fact/record_key.h"

typedef struct verifier {
    kith_txn *txn;
    int (*problem)(void *context, const char *text);
    void *context;
} verifier;

static int tell(verifier *v, const char *what, uint64_t number) {
    char text[200];
    snprintf(text, sizeof text, "%s (%" PRIu64 ")", what, number);
    return v->problem(v->context, text);
}

/* Steps over all entries of a table. */
static int for_each(verifier *v, kithi_table table, int (*check)(verifier *, kithi_slice, kithi_slice)) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, value = {NULL, 0};
    int rc = kithi_cursor_open(v->txn, table, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &value);
    while (rc == KITH_OK) {
        rc = check(v, key, value);
        if (rc == KITH_OK) {
            rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &value);
        }
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int check_record(verifier *v, kithi_slice key, kithi_slice row) {
    kithi_row_header header;
    uint32_t number = key.size == 4 ? kithi_get32(key.data) : 0, found;
    if (!kithi_row_read_header(row, &header)) {
        return tell(v, "a record's row can't be read, record number", number);
    }
    int rc = kithi_record_number_of_id(v->txn, &header.id, &found);
    if (rc == KITH_NOT_FOUND || (rc == KITH_OK && found != number)) {
        return tell(v, "a record can't be found by its key, record number", number);
    }
    return rc;
}

/* A landed event has its index entry, and the other way round; both are counted at the end. */
static int check_landed(verifier *v, kithi_slice key, kithi_slice row) {
    kithi_event event;
    uint32_t record;
    uint8_t number[4], entry[KITHI_INDEX_BYTES];
    uint64_t sequence = key.size == 8 ? kithi_get64(key.data) : 0;
    if (!kithi_log_read(row, &record, &event)) {
        return tell(v, "an event of the log can't be read, number", sequence);
    }
    kithi_cursor *cursor;
    kithi_put32(number, record);
    kithi_index_write(entry, kithi_event_identity(kithi_txn_catalog(v->txn), &event), false, sequence);
    kithi_slice k = {number, 4}, found = {entry, sizeof entry};
    int rc = kithi_cursor_of(v->txn, KITHI_TABLE_EVENT_INDEX, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_VALUE_FROM, &k, &found);
    }
    if (rc == KITH_NOT_FOUND || (rc == KITH_OK && memcmp(found.data, entry, sizeof entry) != 0)) {
        return tell(v, "an event of the log lacks its index entry, number", sequence);
    }
    return rc;
}

static int check_blocks(verifier *v, uint64_t *packed, uint64_t *with_id) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, content = {NULL, 0};
    int rc = kithi_cursor_open(v->txn, KITHI_TABLE_EVENT, &cursor);
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(v->txn);
    kithi_event last = {0};
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &content);
    while (rc == KITH_OK) {
        kithi_walker block = kithi_walker_of(content.data, content.size);
        int64_t last_us = kithi_get_time(key.data + 4);
        kithi_event event;
        bool first = true, ordered = true;
        while (kithi_block_next(&block, &last_us, &event)) {
            uint8_t expected[KITHI_EVENT_KEY_BYTES];
            event.identity = kithi_event_identity(catalog, &event);
            kithi_block_key(expected, kithi_get32(key.data), event.time_us, event.identity);
            ordered = ordered && (first ? memcmp(expected, key.data, sizeof expected) == 0
                                        : kithi_event_compare(&last, &event) < 0);
            last = event;
            first = false;
            ++*packed;
            *with_id += event.message_id != NULL;
        }
        if (!kithi_walker_done(&block) || !ordered || first) {
            rc = tell(v, "a block of events is damaged or out of order, record number", kithi_get32(key.data));
        }
        if (rc == KITH_OK) {
            rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &content);
        }
    }
    kithi_cursor_close(cursor);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int check_counts(verifier *v, uint64_t packed, uint64_t with_id) {
    kithi_counters *counters;
    uint64_t records, keys, landed, entries;
    int rc = kithi_txn_counters(v->txn, &counters);
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_RECORD, &records);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_RECORD_KEY, &keys);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_EVENT_LOG, &landed);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_EVENT_INDEX, &entries);
    }
    if (rc == KITH_OK && (records != keys || records != counters->next_record)) {
        rc = tell(v, "records, their keys and their counter disagree; keys", keys);
    }
    if (rc == KITH_OK && packed != counters->packed_events) {
        rc = tell(v, "packed events and their counter disagree; there are", packed);
    }
    if (rc == KITH_OK && entries != landed + with_id) {
        rc = tell(v, "events and their index entries disagree; entries", entries);
    }
    return rc;
}

int kithi_fact_verify(kith_txn *txn, int (*problem)(void *context, const char *text), void *context) {
    verifier v = {txn, problem, context};
    uint64_t packed = 0, with_id = 0;
    int rc = for_each(&v, KITHI_TABLE_RECORD, check_record);
    if (rc == KITH_OK) {
        rc = for_each(&v, KITHI_TABLE_EVENT_LOG, check_landed);
    }
    if (rc == KITH_OK) {
        rc = check_blocks(&v, &packed, &with_id);
    }
    return rc == KITH_OK ? check_counts(&v, packed, with_id) : rc;
}
