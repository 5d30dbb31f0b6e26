/*
 * The state row of a profile: golden values with their provenance, marks, aggregates, traits,
 * scores and the segments that it is in, as they stand at a time. What is stored and what is
 * computed on the fly are the same bytes, so "incremental equals recomputed" is a comparison.
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

#define KITHI_ROW_HEADER_BYTES     72
#define KITHI_ROW_SETTLED_BYTES    8 /* of them the first: when the row was settled */
#define KITHI_GOLDEN_HEAD_BYTES    20
#define KITHI_AGGREGATE_HEAD_BYTES 30
#define KITHI_SUM_BYTES            35
#define KITHI_TRAIT_HEAD_BYTES     6
#define KITHI_SCORE_HEAD_BYTES     7
#define KITHI_MEMBERSHIP_BYTES     2
/* Before any time and after any time: a row that holds for ever. */
#define KITHI_NEVER_US             INT64_MAX

typedef struct kithi_state_header {
    int64_t settled_at_us;
    int64_t next_change_at_us;
    kith_id id;
    uint32_t record_count;
    uint64_t event_count;
    uint32_t golden_bytes;
    uint32_t marks_bytes;
    uint32_t aggregates_bytes;
    uint32_t traits_bytes;
    uint32_t stamp; /* of the definitions of traits, scores and segments that it was made by */
    uint32_t summaries_bytes;
    uint32_t scores_bytes; /* what is left are the ids of segments, ascending */
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
    out->marks_bytes = kithi_get32(row.data + 48);
    out->aggregates_bytes = kithi_get32(row.data + 52);
    out->traits_bytes = kithi_get32(row.data + 56);
    out->stamp = kithi_get32(row.data + 60);
    out->summaries_bytes = kithi_get32(row.data + 64);
    out->scores_bytes = kithi_get32(row.data + 68);
    uint64_t parts = (uint64_t)out->golden_bytes + out->marks_bytes + out->aggregates_bytes +
                     out->summaries_bytes + out->traits_bytes + out->scores_bytes;
    return parts <= row.size - KITHI_ROW_HEADER_BYTES;
}

/* Computes the row of the profile that these records are, at a time, up to its aggregates. */
int kithi_profile_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                          kithi_buffer *out);
/* Appends what was worked out beyond them, in this order: summaries (summary_row.h), traits, each
 * once, ascending by id; what is kept of scores, ascending by id and output; the segments; and then
 * by which definitions, and the time until which all of it holds, if it is sooner than the row
 * says. */
void kithi_row_add_trait(kithi_buffer *row, uint16_t trait, const uint8_t *packed, size_t size);
void kithi_row_add_score(kithi_buffer *row, uint16_t score, uint8_t output, const uint8_t *packed,
                         size_t size);
/* So many bytes that were appended are of a summary. */
void kithi_row_count_summary(kithi_buffer *row, size_t size);
void kithi_row_add_segment(kithi_buffer *row, uint16_t segment);
void kithi_row_hold(kithi_buffer *row, uint32_t stamp, int64_t until_us);

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
kithi_walker kithi_state_marks(kithi_slice row, const kithi_state_header *header);
kithi_walker kithi_state_aggregates(kithi_slice row, const kithi_state_header *header);
kithi_slice kithi_state_summaries(kithi_slice row, const kithi_state_header *header);
kithi_walker kithi_state_traits(kithi_slice row, const kithi_state_header *header);
/* Of what is said of scores the next one; false as of kithi_golden_next(). */
typedef struct kithi_score_entry {
    uint16_t score;
    uint8_t output;
    kithi_slice packed;
} kithi_score_entry;
bool kithi_score_next(kithi_walker *walker, kithi_score_entry *out);
kithi_walker kithi_state_scores(kithi_slice row, const kithi_state_header *header);
/* The ids of the segments, KITHI_MEMBERSHIP_BYTES each. */
kithi_slice kithi_state_segments(kithi_slice row, const kithi_state_header *header);
/* Fills the public view of a row. False: damaged. */
bool kithi_profile_view(kith_txn *txn, uint32_t number, kithi_slice row, kith_profile *out);
/* Whether a row, which its identifiers stand in, holds this live identifier. */
bool kithi_state_has_identifier(kithi_slice row, const kithi_attribute *type, const char *text,
                                size_t size);

#endif
