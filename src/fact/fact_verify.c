#include "src/fact/fact_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/assertion.h"
#include "src/fact/event.h"
#include "src/fact/mark.h"
#include "src/fact/record_key.h"
#include "src/store/landing.h"

typedef struct verifier {
    kith_txn *txn;
    int (*problem)(void *context, const char *text);
    void *context;
    uint64_t chained;  /* landed events that are in chains */
    uint64_t packed;   /* events in blocks */
    uint64_t messages; /* of those: one row for all with message ids of one time and identity */
    uint64_t marks;    /* assertions about one record */
} verifier;

static int tell(verifier *v, const char *what, uint64_t number) {
    char text[200];
    snprintf(text, sizeof text, "%s (%" PRIu64 ")", what, number);
    return v->problem(v->context, text);
}

/* Steps over all entries of a table. */
static int for_each(verifier *v, kithi_table table,
                    int (*check)(verifier *, kithi_slice, kithi_slice)) {
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
    const kithi_source *source = kithi_catalog_source(kithi_txn_catalog(v->txn), header.source);
    int rc = kithi_record_number_of_id(v->txn, &header.id, &found);
    if (rc == KITH_OK && found == number) {
        rc = source != NULL ? kithi_record_number(v->txn, source->name, header.key, &found)
                            : KITH_NOT_FOUND;
    }
    if (rc == KITH_NOT_FOUND || (rc == KITH_OK && found != number)) {
        return tell(v, "a record can't be found by its key, record number", number);
    }
    return rc;
}

/* Whether a packed event's message id can be found. */
static int has_message(verifier *v, uint32_t record, const kithi_event *event, bool *out) {
    uint8_t number[4], row[KITHI_MESSAGE_BYTES];
    kithi_put32(number, record);
    kithi_message_write(row, event->identity, event->time_us);
    return kithi_has_one(v->txn, KITHI_TABLE_EVENT_MESSAGE, number, sizeof number, row, sizeof row,
                         out);
}

static int check_landed(verifier *v, kithi_slice key, kithi_slice row) {
    kithi_event event;
    uint32_t record;
    uint64_t before, sequence = key.size == 8 ? kithi_get64(key.data) : 0;
    return kithi_log_read(row, &record, &before, &event)
               ? KITH_OK
               : tell(v, "an event of the log can't be read, number", sequence);
}

/* A chain leads through so many events of its record, all of which its filter lets through. That no
 * event of the log is in none is seen by their number. */
static int check_chain(verifier *v, kithi_slice key, kithi_slice row) {
    kithi_chain chain, marked = {.last = 0};
    uint32_t record = key.size == 4 ? kithi_get32(key.data) : UINT32_MAX, count = 0;
    bool sound = kithi_chain_read(row, &chain) && chain.count > 0 && chain.count <= KITHI_CHAIN_MAX;
    for (uint64_t next = sound ? chain.last : 0; sound && next != 0; count++) {
        kithi_event event;
        int rc = kithi_chain_step(v->txn, record, &next, &event);
        if (rc != KITH_OK && rc != KITH_CORRUPT) {
            return rc;
        }
        sound = rc == KITH_OK && count < chain.count;
        if (sound) {
            kithi_chain_mark(&marked, kithi_event_identity(kithi_txn_catalog(v->txn), &event));
        }
    }
    v->chained += count;
    return sound && count == chain.count &&
                   memcmp(marked.filter, chain.filter, sizeof chain.filter) == 0
               ? KITH_OK
               : tell(v, "the chain of a record's landed events is broken, record number", record);
}

/* A packed event with a message id is found by it, by a row that it may share with the one before.
 */
static int check_packed(verifier *v, uint32_t record, const kithi_event *event,
                        const kithi_event *last) {
    bool found = true;
    v->packed++;
    if (event->message_id == NULL ||
        (last != NULL && last->message_id != NULL && last->time_us == event->time_us &&
         last->identity == event->identity)) {
        return KITH_OK;
    }
    v->messages++;
    int rc = has_message(v, record, event, &found);
    return rc == KITH_OK && !found
               ? tell(v, "a packed event can't be found by its message id, record number", record)
               : rc;
}

static int check_block(verifier *v, kithi_slice key, kithi_slice content) {
    const kithi_catalog *catalog = kithi_txn_catalog(v->txn);
    kithi_walker block = kithi_walker_of(content.data, content.size);
    uint32_t record = kithi_get32(key.data);
    int64_t last_us = kithi_get_time(key.data + 4);
    kithi_event event, last = {0};
    bool first = true, ordered = true;
    int rc = KITH_OK;
    while (rc == KITH_OK && kithi_block_next(&block, &last_us, &event)) {
        uint8_t expected[KITHI_EVENT_KEY_BYTES];
        event.identity = kithi_event_identity(catalog, &event);
        kithi_block_key(expected, record, event.time_us, event.identity);
        ordered = ordered && (first ? memcmp(expected, key.data, sizeof expected) == 0
                                    : kithi_event_compare(catalog, &last, &event) < 0);
        rc = check_packed(v, record, &event, first ? NULL : &last);
        last = event;
        first = false;
    }
    if (rc == KITH_OK && (!kithi_walker_done(&block) || !ordered || first)) {
        rc = tell(v, "a block of events is damaged or out of order, record number", record);
    }
    return rc;
}

/* A decision on two records stands under both of them. */
static int is_decision_sound(verifier *v, kithi_slice key, kithi_slice row, bool *out) {
    uint8_t mirrored[KITHI_ASSERTION_KEY_BYTES];
    kithi_assertion decision;
    kithi_slice other;
    *out = kithi_assertion_read(key, row, &decision);
    if (!*out) {
        return KITH_OK;
    }
    kithi_assertion_key(mirrored, decision.other, kithi_get32(key.data), decision.at_us,
                        kithi_get64(key.data + 16));
    int rc = kithi_get(v->txn, KITHI_TABLE_ASSERTION, mirrored, sizeof mirrored, &other);
    *out = rc == KITH_OK && other.size == row.size && memcmp(other.data, row.data, row.size) == 0;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Whatever is said is said of a record that there is; of a decision the other side sees to its own.
 */
static int check_assertion(verifier *v, kithi_slice key, kithi_slice row) {
    uint32_t record = key.size >= 4 ? kithi_get32(key.data) : UINT32_MAX;
    kithi_slice present;
    bool sound = false;
    int rc = kithi_record_row(v->txn, record, &present);
    if (rc == KITH_OK && kithi_assertion_is_mark(key)) {
        v->marks++;
        rc = kithi_mark_is_sound(v->txn, key, row, &sound);
    } else if (rc == KITH_OK) {
        rc = is_decision_sound(v, key, row, &sound);
    }
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    return sound
               ? KITH_OK
               : tell(v, "what was said of a record can't be read or found, record number", record);
}

static int check_counts(verifier *v) {
    kithi_counters *counters;
    uint64_t records, keys, landed, messages;
    int rc = kithi_txn_counters(v->txn, &counters);
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_RECORD, &records);
    }
    if (rc == KITH_OK) {
        rc = kithi_landing_count(v->txn, KITHI_TABLE_RECORD_KEY, &keys);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_EVENT_LOG, &landed);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_EVENT_MESSAGE, &messages);
    }
    if (rc == KITH_OK && (records != keys || records != counters->next_record)) {
        rc = tell(v, "records, their keys and their counter disagree; keys", keys);
    }
    if (rc == KITH_OK && v->packed != counters->packed_events) {
        rc = tell(v, "packed events and their counter disagree; there are", v->packed);
    }
    if (rc == KITH_OK && v->marks != counters->marks) {
        rc = tell(v, "tags, consents, points and scores disagree with their counter; there are",
                  v->marks);
    }
    if (rc == KITH_OK && landed != v->chained) {
        rc = tell(v, "landed events and their chains disagree; there are", landed);
    }
    if (rc == KITH_OK && messages != v->messages) {
        rc = tell(v, "packed events and their message ids disagree; there are", messages);
    }
    return rc;
}

int kithi_fact_verify(kith_txn *txn, int (*problem)(void *context, const char *text),
                      void *context) {
    verifier v = {.txn = txn, .problem = problem, .context = context};
    int rc = for_each(&v, KITHI_TABLE_RECORD, check_record);
    if (rc == KITH_OK) {
        rc = for_each(&v, KITHI_TABLE_EVENT_LOG, check_landed);
    }
    if (rc == KITH_OK) {
        rc = for_each(&v, KITHI_TABLE_EVENT_CHAIN, check_chain);
    }
    if (rc == KITH_OK) {
        rc = for_each(&v, KITHI_TABLE_EVENT, check_block);
    }
    if (rc == KITH_OK) {
        rc = for_each(&v, KITHI_TABLE_ASSERTION, check_assertion);
    }
    return rc == KITH_OK ? check_counts(&v) : rc;
}
