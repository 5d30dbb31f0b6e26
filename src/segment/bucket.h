/*
 * Buckets: customers dealt out by the hash of their ids, the same on every machine.
 */
#ifndef KITHI_SEGMENT_BUCKET_H
#define KITHI_SEGMENT_BUCKET_H

#include "src/segment/node.h"

/* The buckets that bucket('salt', 0, 5000) asks for. */
typedef struct kithi_bucket_range {
    uint64_t salt;
    int64_t low, high;
} kithi_bucket_range;

/* Of a test of that word. */
kithi_bucket_range kithi_bucket_range_of(const kithi_node *node);
bool kithi_bucket_has(const kithi_bucket_range *range, const kith_id *id);

#endif
