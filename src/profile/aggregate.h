/*
 * Aggregates: per event type count, first and last time, and exact sums of its numeric properties.
 */
#ifndef KITHI_PROFILE_AGGREGATE_H
#define KITHI_PROFILE_AGGREGATE_H

#include "src/base/buffer.h"
#include "src/fact/fact.h"

/*
 * Appends the aggregates of the events of these records with time <= now. *out_next_us is the time
 * of the first event after now, or INT64_MAX.
 */
int kithi_aggregate_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                            kithi_buffer *out, uint64_t *out_event_count, int64_t *out_next_us);

#endif
