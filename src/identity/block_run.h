/*
 * One run of the block index: sorted entries, packed in chunks, each a row of the table `block`. An
 * entry is 9 bytes, key and record, so that the order of bytes is its order. A chunk's row has the
 * run and the chunk's last entry as its key, so that one step leads to the chunk that may hold an
 * entry; chunks don't overlap.
 */
#ifndef KITHI_IDENTITY_BLOCK_RUN_H
#define KITHI_IDENTITY_BLOCK_RUN_H

#include "src/base/buffer.h"
#include "src/base/bytes.h"
#include "src/identity/block_index.h"

#define KITHI_BLOCK_ENTRY_BYTES 9
/* Two chunks fill a page of 4,096 bytes; one byte more, and LMDB gives a chunk a page of its own.
 */
#define KITHI_BLOCK_CHUNK_MAX   224
#define KITHI_BLOCK_CHUNK_BYTES (KITHI_BLOCK_CHUNK_MAX * KITHI_BLOCK_ENTRY_BYTES)
#define KITHI_BLOCK_ROW_BYTES   (1 + KITHI_BLOCK_ENTRY_BYTES) /* of a row's key */

static inline void kithi_block_entry_write(uint8_t out[KITHI_BLOCK_ENTRY_BYTES],
                                           kithi_block_entry entry) {
    out[0] = (uint8_t)(entry.key >> 32);
    kithi_put32(out + 1, (uint32_t)entry.key);
    kithi_put32(out + 5, entry.record);
}

static inline kithi_block_entry kithi_block_entry_read(const uint8_t *packed) {
    return (kithi_block_entry){(uint64_t)packed[0] << 32 | kithi_get32(packed + 1),
                               kithi_get32(packed + 5)};
}

static inline int kithi_block_entry_compare(const uint8_t *a, const uint8_t *b) {
    uint64_t x = kithi_get64(a), y = kithi_get64(b);
    return x != y ? (x > y) - (x < y) : a[8] - b[8];
}

/* Says that the index is damaged: KITH_CORRUPT. */
int kithi_block_damaged(kith_txn *txn);

typedef struct kithi_block_run {
    kith_txn *txn;
    uint8_t number;
    uint64_t *count; /* of its entries; what changes them keeps it */
} kithi_block_run;

/* Adds packed entries, or removes them; ascending, no two the same. */
int kithi_block_run_add(const kithi_block_run *run, const uint8_t *entries, size_t count);
int kithi_block_run_remove(const kithi_block_run *run, const uint8_t *entries, size_t count);
/* Adds ascending entries behind all that the table holds: more of this run, or nothing. */
int kithi_block_run_append(const kithi_block_run *run, const uint8_t *entries, size_t count);
/* Takes whole chunks out, from the one that ends at or behind `place` on, until it has so many
 * entries or reaches the run's end. They go to `out`, and the next ones end behind `place`. */
int kithi_block_run_take(const kithi_block_run *run, uint8_t place[KITHI_BLOCK_ENTRY_BYTES],
                         uint64_t count, kithi_buffer *out);

/* Ascending records, the least `max` of all that were found. */
typedef struct kithi_block_found {
    uint32_t *records;
    size_t count, max;
} kithi_block_found;

/* Where looking up stands in a run. */
typedef struct kithi_block_look {
    kithi_cursor *cursor;
    kithi_slice chunk; /* the one at the cursor; empty: none yet */
} kithi_block_look;

/* Adds the records that have a key in this run to what other runs gave. A key that falls into the
 * chunk at hand needs no search. */
int kithi_block_run_find(const kithi_block_run *run, kithi_block_look *look, uint64_t key,
                         kithi_block_found *found);

/* Reads a run from its first entry to its last. */
typedef struct kithi_block_reader {
    kith_txn *txn;
    kithi_cursor *cursor;
    uint8_t run;
    uint64_t entry_count, chunk_count; /* that were read */
    size_t size, at;                   /* in the chunk at hand */
    uint8_t chunk[KITHI_BLOCK_CHUNK_BYTES];
} kithi_block_reader;

/* KITH_OK with the reader on the first entry; KITH_NOT_FOUND (sets no error). Close it either way.
 */
int kithi_block_reader_open(kith_txn *txn, uint8_t run, kithi_block_reader *reader);
int kithi_block_reader_next(kithi_block_reader *reader);
void kithi_block_reader_close(kithi_block_reader *reader);
static inline const uint8_t *kithi_block_reader_entry(const kithi_block_reader *reader) {
    return reader->chunk + reader->at;
}

#endif
