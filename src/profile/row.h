/*
 * The state row of a profile: golden values with their provenance and aggregates, as they stand at
 * a time. What is stored and what is computed on the fly are the same bytes, so "incremental equals
 * recomputed" is a comparison.
 *
 * Layout: src/store/FORMAT.md, "state". Heads are of fixed size, as a read at the till walks over
 * all of them.
 */
#ifndef KITHI_PROFILE_ROW_H
#define KITHI_PROFILE_ROW_H

#include <string.h>

#include "kith/profile.h"
#include "src/base/buffer.h"
#include "src/base/bytes.h"
#include "src/fact/fact.h"
#include "src/store/codec.h"

#define KITHI_ROW_HEADER_BYTES     48
#define KITHI_ROW_SETTLED_BYTES    8 /* of them the first: when the row was settled */
#define KITHI_GOLDEN_HEAD_BYTES    20
#define KITHI_AGGREGATE_HEAD_BYTES 30
#define KITHI_SUM_BYTES            35
/* Before any time and after any time: a row that holds for ever. */
#define KITHI_NEVER_US             INT64_MAX

typedef struct kithi_state_header {
    int64_t settled_at_us;
    int64_t next_change_at_us;
    kith_id id;
    uint32_t record_count;
    uint64_t event_count;
    uint32_t golden_bytes;
} kithi_state_header;

/* Inline, as each step over a row reads it, and wants little of it. False: damaged. */
static inline bool kithi_state_read_header(kithi_slice row, kithi_state_header *out) {
    if (row.size < KITHI_ROW_HEADER_BYTES) {
        return false;
    }
    out->settled_at_us = kithi_get_time(row.data);
    out->next_change_at_us = kithi_get_time(row.data + 8);
    memcpy(out->id.bytes, row.data + 16, sizeof out->id.bytes);
    out->record_count = kithi_get32(row.data + 32);
    out->event_count = kithi_get64(row.data + 36);
    out->golden_bytes = kithi_get32(row.data + 44);
    return out->golden_bytes <= row.size - KITHI_ROW_HEADER_BYTES;
}

/* Computes the row of the profile that these records are, at a time. */
int kithi_profile_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                          kithi_buffer *out);
/* Entries, one after another; false at the end or where the row is damaged (then the walker isn't
 * done). */
typedef struct kithi_golden_entry {
    uint16_t attribute;
    kith_value_status status;
    uint32_t record;
    uint16_t source;
    int64_t at_us;
    kithi_slice packed;
} kithi_golden_entry;
bool kithi_golden_next(kithi_walker *walker, kithi_golden_entry *out);
kithi_walker kithi_state_golden(kithi_slice row, const kithi_state_header *header);
kithi_walker kithi_state_aggregates(kithi_slice row, const kithi_state_header *header);
/* Fills the public view of a row. False: damaged. */
bool kithi_profile_view(kith_txn *txn, uint32_t number, kithi_slice row, kith_profile *out);
/* Whether a row, which its identifiers stand in, holds this live identifier. */
bool kithi_state_has_identifier(kithi_slice row, const kithi_attribute *type, const char *text,
                                size_t size);

#endif
