/*
 * Scanning: who is meant, chunk by chunk of profile numbers.
 *
 * What sets say is known of all profiles of a chunk at once, a bit each: who it holds for, and who
 * it doesn't hold for. Who is in neither, and whose stored row doesn't hold at that time, is asked
 * by the row executor.
 */
#ifndef KITHI_QUERY_SCAN_H
#define KITHI_QUERY_SCAN_H

#include "src/segment/executor.h"
#include "src/state/members.h"

/* What is sure. */
typedef struct kithi_known {
    kithi_chunk yes, no;
} kithi_known;

typedef struct kithi_scan {
    kith_txn *txn;
    int64_t now_us;
    bool past; /* rows were settled for later times: none is sure */
    uint32_t *due;
    size_t due_count;
    kithi_executor executor;
    uint32_t chunk_count;
    kithi_known *known; /* room for parts within parts */
    kithi_buffer row;
    /* Of the chunk at hand: */
    uint32_t chunk;
    kithi_chunk all, stale, chosen;
    bool has_columns;
    kithi_chunk odd_columns; /* whose columns don't say what their rows do */
} kithi_scan;

int kithi_scan_begin(kithi_scan *scan, kith_txn *txn, int64_t now_us);
/* Works out who is meant in a chunk, below chunk_count; NULL: all. */
int kithi_scan_choose(kithi_scan *scan, uint32_t chunk, const kith_expression *where);
/* Takes a profile of the chunk at hand into the executor. */
int kithi_scan_take(kithi_scan *scan, uint32_t profile);
/* Also where it could not begin. */
void kithi_scan_end(kithi_scan *scan);

#endif
