#include "src/profile/row.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/profile/aggregate.h"
#include "src/profile/golden.h"
#include "src/profile/marks_row.h"

/* Where these stand in a header. */
#define TRAITS_AT    56
#define STAMP_AT     60
#define SUMMARIES_AT 64
#define SCORES_AT    68

static void write_header(uint8_t *at, const kithi_state_header *header) {
    kithi_put_time(at, header->settled_at_us);
    kithi_put_time(at + 8, header->next_change_at_us);
    memcpy(at + 16, header->id.bytes, sizeof header->id.bytes);
    kithi_put32(at + 32, header->record_count);
    kithi_put64(at + 36, header->event_count);
    kithi_put32(at + 44, header->golden_bytes);
    kithi_put32(at + 48, header->marks_bytes);
    kithi_put32(at + 52, header->aggregates_bytes);
    kithi_put32(at + TRAITS_AT, header->traits_bytes);
    kithi_put32(at + STAMP_AT, header->stamp);
    kithi_put32(at + SUMMARIES_AT, header->summaries_bytes);
    kithi_put32(at + SCORES_AT, header->scores_bytes);
}

int kithi_profile_compute(kith_txn *txn, const uint32_t *records, size_t count, int64_t now_us,
                          kithi_buffer *out) {
    kithi_state_header header = {.settled_at_us = now_us, .record_count = (uint32_t)count};
    kithi_buffer_reset(out);
    kithi_buffer_grow(out, KITHI_ROW_HEADER_BYTES);
    int rc = kithi_golden_compute(txn, records, count, out, &header.id);
    if (rc != KITH_OK) {
        return rc;
    }
    size_t used = out->size;
    int64_t next_us = INT64_MAX;
    header.golden_bytes = (uint32_t)(used - KITHI_ROW_HEADER_BYTES);
    rc = kithi_marks_compute(txn, records, count, now_us, out, &next_us);
    header.marks_bytes = (uint32_t)(out->size - used);
    used = out->size;
    if (rc == KITH_OK) {
        rc = kithi_aggregate_compute(txn, records, count, now_us, out, &header.event_count,
                                     &header.next_change_at_us);
    }
    header.aggregates_bytes = (uint32_t)(out->size - used);
    if (next_us < header.next_change_at_us) {
        header.next_change_at_us = next_us;
    }
    if (rc == KITH_OK && !kithi_buffer_ok(out)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc == KITH_OK) {
        write_header(out->data, &header);
    }
    return rc;
}

/* Counts bytes to a part of the row, whose size stands at a place of the header. */
static void count_bytes(kithi_buffer *row, size_t part, size_t size) {
    if (kithi_buffer_ok(row)) {
        kithi_put32(row->data + part, kithi_get32(row->data + part) + (uint32_t)size);
    }
}

void kithi_row_count_summary(kithi_buffer *row, size_t size) {
    count_bytes(row, SUMMARIES_AT, size);
}

/* Appends what a head tells of, and counts both to a part. */
static void add_packed(kithi_buffer *row, size_t part, size_t head_bytes, const uint8_t *packed,
                       size_t size) {
    kithi_buffer_append(row, packed, size);
    count_bytes(row, part, head_bytes + size);
}

void kithi_row_add_trait(kithi_buffer *row, uint16_t trait, const uint8_t *packed, size_t size) {
    uint8_t *head = kithi_buffer_grow(row, KITHI_TRAIT_HEAD_BYTES);
    if (head != NULL) {
        kithi_put16(head, trait);
        kithi_put32(head + 2, (uint32_t)size);
        add_packed(row, TRAITS_AT, KITHI_TRAIT_HEAD_BYTES, packed, size);
    }
}

void kithi_row_add_score(kithi_buffer *row, uint16_t score, uint8_t output, const uint8_t *packed,
                         size_t size) {
    uint8_t *head = kithi_buffer_grow(row, KITHI_SCORE_HEAD_BYTES);
    if (head != NULL) {
        kithi_put16(head, score);
        head[2] = output;
        kithi_put32(head + 3, (uint32_t)size);
        add_packed(row, SCORES_AT, KITHI_SCORE_HEAD_BYTES, packed, size);
    }
}

void kithi_row_add_segment(kithi_buffer *row, uint16_t segment) {
    uint8_t *at = kithi_buffer_grow(row, KITHI_MEMBERSHIP_BYTES);
    if (at != NULL) {
        kithi_put16(at, segment);
    }
}

void kithi_row_hold(kithi_buffer *row, uint32_t stamp, int64_t until_us) {
    if (!kithi_buffer_ok(row)) {
        return;
    }
    kithi_put32(row->data + STAMP_AT, stamp);
    if (until_us < kithi_get_time(row->data + 8)) {
        kithi_put_time(row->data + 8, until_us);
    }
}

/* Parts of a row stand one behind another. */
static kithi_slice part_of(kithi_slice row, size_t before, size_t size) {
    return (kithi_slice){row.data + KITHI_ROW_HEADER_BYTES + before, size};
}

static kithi_walker walk_part(kithi_slice row, size_t before, size_t size) {
    kithi_slice part = part_of(row, before, size);
    return kithi_walker_of(part.data, part.size);
}

static size_t before_aggregates(const kithi_state_header *header) {
    return (size_t)header->golden_bytes + header->marks_bytes;
}

static size_t before_summaries(const kithi_state_header *header) {
    return before_aggregates(header) + header->aggregates_bytes;
}

static size_t before_traits(const kithi_state_header *header) {
    return before_summaries(header) + header->summaries_bytes;
}

static size_t before_scores(const kithi_state_header *header) {
    return before_traits(header) + header->traits_bytes;
}

kithi_walker kithi_state_golden(kithi_slice row, const kithi_state_header *header) {
    return walk_part(row, 0, header->golden_bytes);
}

kithi_walker kithi_state_marks(kithi_slice row, const kithi_state_header *header) {
    return walk_part(row, header->golden_bytes, header->marks_bytes);
}

kithi_walker kithi_state_aggregates(kithi_slice row, const kithi_state_header *header) {
    return walk_part(row, before_aggregates(header), header->aggregates_bytes);
}

kithi_slice kithi_state_summaries(kithi_slice row, const kithi_state_header *header) {
    return part_of(row, before_summaries(header), header->summaries_bytes);
}

kithi_walker kithi_state_traits(kithi_slice row, const kithi_state_header *header) {
    return walk_part(row, before_traits(header), header->traits_bytes);
}

kithi_walker kithi_state_scores(kithi_slice row, const kithi_state_header *header) {
    return walk_part(row, before_scores(header), header->scores_bytes);
}

kithi_slice kithi_state_segments(kithi_slice row, const kithi_state_header *header) {
    size_t before = before_scores(header) + header->scores_bytes;
    return part_of(row, before, row.size - KITHI_ROW_HEADER_BYTES - before);
}

bool kithi_score_next(kithi_walker *walker, kithi_score_entry *out) {
    const uint8_t *at = walker->at;
    size_t left = (size_t)(walker->end - at);
    if (left < KITHI_SCORE_HEAD_BYTES) {
        return false;
    }
    size_t size = kithi_get32(at + 3);
    if (left - KITHI_SCORE_HEAD_BYTES < size) {
        return false;
    }
    *out = (kithi_score_entry){kithi_get16(at), at[2], {at + KITHI_SCORE_HEAD_BYTES, size}};
    walker->at = at + KITHI_SCORE_HEAD_BYTES + size;
    return true;
}

bool kithi_golden_next(kithi_walker *walker, kithi_golden_entry *out) {
    const uint8_t *at = walker->at;
    size_t left = (size_t)(walker->end - at);
    if (left < KITHI_GOLDEN_HEAD_BYTES) {
        return false;
    }
    uint32_t mark = kithi_get32(at + 16);
    size_t size = mark & 0xffffffu;
    if (left - KITHI_GOLDEN_HEAD_BYTES < size) {
        return false;
    }
    out->attribute = kithi_get16(at);
    out->source = kithi_get16(at + 2);
    out->record = kithi_get32(at + 4);
    out->at_us = kithi_get_time(at + 8);
    out->status = (kith_value_status)(mark >> 24);
    out->packed = (kithi_slice){at + KITHI_GOLDEN_HEAD_BYTES, size};
    walker->at = at + KITHI_GOLDEN_HEAD_BYTES + size;
    return true;
}

bool kithi_state_has_identifier(kithi_slice row, const kithi_attribute *type, const char *text,
                                size_t size) {
    kithi_state_header header;
    kithi_golden_entry entry;
    if (type->survivorship != KITHI_SURVIVORSHIP_UNION || !kithi_state_read_header(row, &header)) {
        return false; /* the row need not hold them all */
    }
    kithi_walker walker = kithi_state_golden(row, &header);
    while (kithi_golden_next(&walker, &entry)) {
        const char *found;
        size_t found_size;
        kithi_walker packed = kithi_walker_of(entry.packed.data, entry.packed.size);
        if (entry.attribute == type->id && entry.status == KITH_VALUE_LIVE &&
            kithi_walk_text(&packed, &found, &found_size) && found_size == size &&
            memcmp(found, text, size) == 0) {
            return true;
        }
    }
    return false;
}

bool kithi_profile_view(kith_txn *txn, uint32_t number, kithi_slice row, kith_profile *out) {
    kithi_state_header header;
    if (!kithi_state_read_header(row, &header)) {
        return false;
    }
    out->id = header.id;
    out->number = number;
    out->flags = 0;
    out->record_count = header.record_count;
    out->event_count = header.event_count;
    out->next_change_at_us = header.next_change_at_us;
    out->txn = txn;
    out->row = row.data;
    out->row_bytes = row.size;
    return true;
}

/* The public view */

static int damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a profile's row can't be read; run kith verify");
}

static int fill_golden(const kith_profile *profile, const kithi_golden_entry *entry,
                       kith_golden *out) {
    const kithi_catalog *catalog = kithi_txn_catalog(profile->txn);
    const kithi_attribute *attribute = kithi_catalog_attribute(catalog, entry->attribute);
    const kithi_source *source = kithi_catalog_source(catalog, entry->source);
    kith_golden golden;
    kithi_walker packed = kithi_walker_of(entry->packed.data, entry->packed.size);
    if (attribute == NULL || source == NULL ||
        !kithi_walk_value(&packed, kithi_txn_arena(profile->txn), &golden.value)) {
        return damaged(profile->txn);
    }
    golden.attribute = attribute->name;
    golden.record = entry->record;
    golden.source = source->name;
    golden.at_us = entry->at_us;
    golden.status = entry->status;
    kithi_give(out, &golden, sizeof golden);
    return KITH_OK;
}

static int no_value(kith_txn *txn) {
    return kithi_error_say(kithi_txn_error(txn), KITH_NOT_FOUND,
                           "the profile has no value of this attribute");
}

int kith_profile_value(const kith_profile *profile, const char *attribute, kith_golden *out) {
    const kithi_attribute *wanted =
        kithi_catalog_find_attribute(kithi_txn_catalog(profile->txn), attribute);
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    kithi_golden_entry entry;
    if (wanted == NULL) {
        return no_value(profile->txn);
    }
    if (!kithi_state_read_header(row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_golden(row, &header);
    while (kithi_golden_next(&walker, &entry)) {
        if (entry.attribute == wanted->id) {
            return fill_golden(profile, &entry, out);
        }
    }
    return kithi_walker_done(&walker) ? no_value(profile->txn) : damaged(profile->txn);
}

int kith_profile_next_value(const kith_profile *profile, size_t *cursor, kith_golden *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    kithi_golden_entry entry;
    if (!kithi_state_read_header(row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_golden(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!kithi_golden_next(&walker, &entry)) {
        return damaged(profile->txn);
    }
    *cursor = (size_t)(walker.at - start);
    return fill_golden(profile, &entry, out);
}

static bool read_aggregate(kith_txn *txn, kithi_walker *walker, kith_aggregate *out) {
    const uint8_t *at = walker->at;
    size_t left = (size_t)(walker->end - at);
    if (left < KITHI_AGGREGATE_HEAD_BYTES) {
        return false;
    }
    size_t size = kithi_get32(at + 26);
    const kithi_event_type *definition =
        kithi_catalog_event_type(kithi_txn_catalog(txn), kithi_get16(at));
    if (definition == NULL || left - KITHI_AGGREGATE_HEAD_BYTES < size) {
        return false;
    }
    out->event_type = definition->name;
    out->count = kithi_get64(at + 2);
    out->first_us = kithi_get_time(at + 10);
    out->last_us = kithi_get_time(at + 18);
    out->row = at + KITHI_AGGREGATE_HEAD_BYTES;
    out->row_bytes = size;
    out->txn = txn;
    walker->at = at + KITHI_AGGREGATE_HEAD_BYTES + size;
    return true;
}

/* The next aggregate; KITH_DONE after the last. */
static int next_aggregate(const kith_profile *profile, size_t *cursor, kith_aggregate *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    if (!kithi_state_read_header(row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_aggregates(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!read_aggregate(profile->txn, &walker, out)) {
        return damaged(profile->txn);
    }
    *cursor = (size_t)(walker.at - start);
    return KITH_OK;
}

int kith_profile_next_aggregate(const kith_profile *profile, size_t *cursor, kith_aggregate *out) {
    kith_aggregate found;
    int rc = next_aggregate(profile, cursor, &found);
    if (rc == KITH_OK) {
        kithi_give(out, &found, sizeof found);
    }
    return rc;
}

int kith_profile_aggregate(const kith_profile *profile, const char *event_type,
                           kith_aggregate *out) {
    kith_aggregate found;
    size_t cursor = 0;
    int rc;
    while ((rc = next_aggregate(profile, &cursor, &found)) == KITH_OK) {
        if (strcmp(found.event_type, event_type) == 0) {
            kithi_give(out, &found, sizeof found);
            return KITH_OK;
        }
    }
    return rc != KITH_DONE ? rc
                           : kithi_error_say(kithi_txn_error(profile->txn), KITH_NOT_FOUND,
                                             "the profile has no events of this type");
}

int kith_aggregate_next_property(const kith_aggregate *aggregate, size_t *cursor,
                                 kith_property_sum *out) {
    if (*cursor >= aggregate->row_bytes) {
        return KITH_DONE;
    }
    if (aggregate->row_bytes - *cursor < KITHI_SUM_BYTES) {
        return damaged(aggregate->txn);
    }
    kith_property_sum sum;
    const uint8_t *at = (const uint8_t *)aggregate->row + *cursor;
    sum.property = kithi_catalog_property(kithi_txn_catalog(aggregate->txn), kithi_get16(at));
    sum.count = kithi_get64(at + 2);
    sum.sum_micros = kithi_get_time(at + 10);
    sum.min_micros = kithi_get_time(at + 18);
    sum.max_micros = kithi_get_time(at + 26);
    sum.overflow = at[34] != 0;
    if (sum.property == NULL) {
        return damaged(aggregate->txn);
    }
    kithi_give(out, &sum, sizeof sum);
    *cursor += KITHI_SUM_BYTES;
    return KITH_OK;
}
