/*
 * Scanning: who is meant, chunk by chunk of profile numbers.
 *
 * What sets and columns say is known of all profiles of a chunk at once, a bit each: who it holds
 * for, and who it doesn't hold for. Who is in neither is asked by the row executor.
 */
#ifndef KITHI_QUERY_SCAN_H
#define KITHI_QUERY_SCAN_H

#include "src/segment/executor.h"
#include "src/state/members.h"

/* What is sure; and for whom it is asked: of others it decides nothing. */
typedef struct kithi_known {
    kithi_chunk yes, no, asked;
} kithi_known;

#define KITHI_LANES 8 /* of values at a time (scan_value.h) */

typedef struct kithi_scan {
    kith_txn *txn;
    const kith_expression *where; /* NULL: everybody is meant */
    int64_t now_us;
    bool past; /* rows were settled for later times: none is sure */
    uint32_t *due;
    size_t due_count;
    kithi_executor executor;
    uint32_t chunk_count;
    kithi_known *known;        /* room for parts within parts */
    kithi_known *known_events; /* the same inside WHERE */
    struct kithi_lane *lanes[KITHI_LANES];
    size_t lane_count; /* that are in use */
    struct kithi_fold *fold;
    void *summaries, *spending; /* of orders, by place */
    kithi_buffer row;
    /* Of the chunk at hand: */
    uint32_t chunk;
    kithi_arena arena;
    kithi_chunk all;
    kithi_chunk dirty; /* to whom facts came since they were settled */
    kithi_chunk stale; /* whose rows don't hold: they are dirty, or of another time */
    kithi_chunk odd;   /* whose columns don't say what their facts do */
    kithi_chunk zoned; /* who may live in another time zone than the store */
    bool has_columns;
} kithi_scan;

/* `where` is borrowed until the scan ends. */
int kithi_scan_begin(kithi_scan *scan, kith_txn *txn, const kith_expression *where, int64_t now_us);
/* Works out who is meant in a chunk, below chunk_count. */
int kithi_scan_choose(kithi_scan *scan, uint32_t chunk, kithi_chunk *out);
/* Takes a profile into the executor. */
int kithi_scan_take(kithi_scan *scan, uint32_t profile);
/* Also where it could not begin. */
void kithi_scan_end(kithi_scan *scan);

/*
 * What a condition is asked of: the profiles of a chunk, or the events of a block. `leaf` works out
 * what is known of a condition that isn't made of others.
 */
typedef struct kithi_ground {
    const kithi_chunk *all;
    kithi_known *rooms; /* by the depth of the part */
    int (*leaf)(kithi_scan *scan, const struct kithi_ground *ground, const kithi_node *node,
                kithi_known *out);
    const void *context;
} kithi_ground;

/* Works out what is known of a condition, in the first of the ground's rooms. */
int kithi_scan_know(kithi_scan *scan, const kithi_ground *ground, const kithi_node *node);

static inline void kithi_know_nothing(kithi_known *out) {
    kithi_chunk_clear(&out->yes);
    kithi_chunk_clear(&out->no);
}

/* Of those who are sure it holds for `yes`, and for no other. */
static inline void kithi_know(kithi_known *out, const kithi_chunk *sure) {
    kithi_chunk_and(&out->yes, sure);
    out->no = *sure;
    kithi_chunk_andnot(&out->no, &out->yes);
}

static inline void kithi_know_negated(kithi_known *known) {
    kithi_chunk yes = known->yes;
    known->yes = known->no;
    known->no = yes;
}

#endif
