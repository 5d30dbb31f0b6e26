/*
 * Events in their stored forms. They land in a log, where those of a record are chained; settle
 * packs them into blocks per record, and so does a put when the chain is long. The one order of a
 * record's events, everywhere, is (time, identity, message id, type's name, content).
 *
 * identity: 63 bits that tell an event apart within its record: a hash of the message id, or of
 * time, type and content. A packed event with a message id has a row in the table of message ids,
 * its identity and time, so that a second copy is found.
 */
#ifndef KITHI_FACT_EVENT_H
#define KITHI_FACT_EVENT_H

#include "src/base/buffer.h"
#include "src/fact/fact.h"
#include "src/store/codec.h"

#define KITHI_BLOCK_MAX_BYTES 1300 /* of a block with more than one event: three fill a page */
#define KITHI_EVENT_KEY_BYTES 20
#define KITHI_MESSAGE_BYTES   16
#define KITHI_IDENTITY_MASK   (UINT64_MAX >> 1)
#define KITHI_CHAIN_MAX       31 /* landed events of a record; with one more they are packed */

typedef struct kithi_event {
    int64_t time_us;
    uint16_t type;
    uint64_t identity;      /* 0 where it wasn't asked for */
    const char *message_id; /* not NUL-terminated; NULL: none */
    size_t message_id_size;
    /* A msgpack map of property id -> value, in order of the properties' names. */
    const uint8_t *properties;
    size_t properties_size;
} kithi_event;

/* The event's identity in the catalog's terms. */
uint64_t kithi_event_identity(const kithi_catalog *catalog, const kithi_event *event);
/* The one order; both have their identities. */
int kithi_event_compare(const kithi_catalog *catalog, const kithi_event *a, const kithi_event *b);
/* Whether one is a second copy of the other: the same message id, or without one the same content.
 */
bool kithi_event_same(const kithi_event *a, const kithi_event *b);
/* Of two with one message id, whether `a` stands: the one of the smaller time, then type name; then
 * the one that says more properties; then the smaller content. */
bool kithi_event_precedes(const kithi_catalog *catalog, const kithi_event *a, const kithi_event *b);

/* Log rows. `before`: the sequence number of the record's landed event before it; 0: none. */
void kithi_log_write(kithi_buffer *out, uint32_t record, uint64_t before, const kithi_event *event);
bool kithi_log_read(kithi_slice row, uint32_t *out_record, uint64_t *out_before, kithi_event *out);
/* Reads the log row of a sequence number; a missing or damaged one is KITH_CORRUPT. */
int kithi_log_get(kith_txn *txn, uint64_t sequence, uint32_t *out_record, uint64_t *out_before,
                  kithi_event *out);

/* The chain of a record's landed events. */
typedef struct kithi_chain {
    uint64_t last; /* sequence number of the newest; 0: the record has none */
    uint32_t count;
    uint64_t filter[2]; /* a Bloom filter of the identities */
} kithi_chain;

bool kithi_chain_read(kithi_slice row, kithi_chain *out);
/* An empty one where the record has none. */
int kithi_chain_get(kith_txn *txn, uint32_t record, kithi_chain *out);
int kithi_chain_put(kith_txn *txn, uint32_t record, const kithi_chain *chain);
int kithi_chain_delete(kith_txn *txn, uint32_t record);
/* Whether an event of this identity may be in the chain; false is sure. */
bool kithi_chain_may_have(const kithi_chain *chain, uint64_t identity);
void kithi_chain_mark(kithi_chain *chain, uint64_t identity);
/* Reads the event at *sequence and moves on to the one before it; 0 ends the chain. */
int kithi_chain_step(kith_txn *txn, uint32_t record, uint64_t *sequence, kithi_event *out);

/* Rows of the table of message ids */
void kithi_message_write(uint8_t out[KITHI_MESSAGE_BYTES], uint64_t identity, int64_t time_us);

/* Blocks */
void kithi_block_key(uint8_t out[KITHI_EVENT_KEY_BYTES], uint32_t record, int64_t time_us,
                     uint64_t identity);
/* Appends an event that follows one at *last_us (for the first: its own time). */
void kithi_block_append(kithi_buffer *out, int64_t *last_us, const kithi_event *event);
/* Reads the next event of a block; *last_us starts at the key's time. False at the end or where it
 * is damaged. */
bool kithi_block_next(kithi_walker *block, int64_t *last_us, kithi_event *out);
/* The same for its time and type only. */
bool kithi_block_skim(kithi_walker *block, int64_t *last_us, uint16_t *out_type);

/* A place in the packed events of a record. */
typedef struct kithi_block_place {
    uint8_t key[KITHI_EVENT_KEY_BYTES];
    kithi_slice content;
} kithi_block_place;
/* The block in which an event of this time and identity stands or would stand. KITH_NOT_FOUND. */
int kithi_block_find(kith_txn *txn, uint32_t record, int64_t time_us, uint64_t identity,
                     kithi_block_place *out);
int kithi_event_damaged(kith_txn *txn, uint32_t record);

/* All events of a record with from <= time < to, packed and landed, in order. */
typedef struct kithi_landed {
    int64_t time_us;
    uint64_t identity;
    uint64_t sequence;
} kithi_landed;

typedef struct kithi_events {
    kith_txn *txn;
    uint32_t record;
    int64_t from_us, to_us;
    kithi_cursor *cursor; /* borrowed or owned */
    bool owns_cursor;
    kithi_walker block;
    int64_t last_us;
    bool has_packed;
    kithi_event packed;
    kithi_landed *landed;
    size_t landed_count, landed_at;
} kithi_events;

/* With own_cursor several may be open at once; without, one at a time, and nothing is allocated for
 * packed events. */
int kithi_events_open(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                      bool own_cursor, kithi_events *out);
/* KITH_OK; KITH_DONE. The event is borrowed until the next step. */
int kithi_events_next(kithi_events *events, kithi_event *out);
void kithi_events_close(kithi_events *events);
/* How many of a type (-1: any) there are in from <= time < to. `packed`: all of the record's events
 * are known to be. */
int kithi_events_count(kith_txn *txn, uint32_t record, int type, int64_t from_us, int64_t to_us,
                       bool packed, uint64_t *out);

/* The landed events of a record, in order; malloc'ed. */
int kithi_landed_load(kith_txn *txn, uint32_t record, int64_t from_us, int64_t to_us,
                      kithi_landed **out, size_t *out_count);
/* Reads one of them, with its identity. */
int kithi_landed_get(kith_txn *txn, const kithi_landed *landed, kithi_event *out);

#endif
