#include "src/profile/row.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/profile/aggregate.h"
#include "src/profile/golden.h"

bool kithi_state_read_header(kithi_slice row, kithi_state_header *out) {
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

static void write_header(uint8_t *at, const kithi_state_header *header) {
    kithi_put_time(at, header->settled_at_us);
    kithi_put_time(at + 8, header->next_change_at_us);
    memcpy(at + 16, header->id.bytes, sizeof header->id.bytes);
    kithi_put32(at + 32, header->record_count);
    kithi_put64(at + 36, header->event_count);
    kithi_put32(at + 44, header->golden_bytes);
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
    header.golden_bytes = (uint32_t)(out->size - KITHI_ROW_HEADER_BYTES);
    rc = kithi_aggregate_compute(txn, records, count, now_us, out, &header.event_count,
                                 &header.next_change_at_us);
    if (rc == KITH_OK && !kithi_buffer_ok(out)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc == KITH_OK) {
        write_header(out->data, &header);
    }
    return rc;
}

kithi_walker kithi_state_golden(kithi_slice row, const kithi_state_header *header) {
    return kithi_walker_of(row.data + KITHI_ROW_HEADER_BYTES, header->golden_bytes);
}

kithi_walker kithi_state_aggregates(kithi_slice row, const kithi_state_header *header) {
    size_t used = KITHI_ROW_HEADER_BYTES + header->golden_bytes;
    return kithi_walker_of(row.data + used, row.size - used);
}

bool kithi_golden_next(kithi_walker *walker, kithi_golden_entry *out) {
    kithi_walker at = *walker;
    uint64_t attribute, status, record, source;
    if (!kithi_walk_uint(&at, &attribute) || !kithi_walk_uint(&at, &status) ||
        !kithi_walk_uint(&at, &record) || !kithi_walk_uint(&at, &source) ||
        !kithi_walk_int(&at, &out->at_us)) {
        return false;
    }
    const uint8_t *start = at.at;
    if (!kithi_walk_skip(&at)) {
        return false;
    }
    out->attribute = (uint16_t)attribute;
    out->status = (kith_value_status)status;
    out->record = (uint32_t)record;
    out->source = (uint16_t)source;
    out->packed = (kithi_slice){start, (size_t)(at.at - start)};
    *walker = at;
    return true;
}

bool kithi_state_has_identifier(kith_txn *txn, kithi_slice row, const kithi_attribute *type,
                                const char *text, size_t size) {
    (void)txn;
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
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT, "a profile's row can't be read; run kith verify");
}

static int fill_golden(const kith_profile *profile, const kithi_golden_entry *entry, kith_golden *out) {
    const kithi_catalog *catalog = kithi_txn_catalog(profile->txn);
    const kithi_attribute *attribute = kithi_catalog_attribute(catalog, entry->attribute);
    const kithi_source *source = kithi_catalog_source(catalog, entry->source);
    kithi_walker packed = kithi_walker_of(entry->packed.data, entry->packed.size);
    if (attribute == NULL || source == NULL ||
        !kithi_walk_value(&packed, kithi_txn_arena(profile->txn), &out->value)) {
        return damaged(profile->txn);
    }
    out->attribute = attribute->name;
    out->record = entry->record;
    out->source = source->name;
    out->at_us = entry->at_us;
    out->status = entry->status;
    return KITH_OK;
}

int kith_profile_value(const kith_profile *profile, const char *attribute, kith_golden *out) {
    const kithi_attribute *wanted =
        kithi_catalog_find_attribute(kithi_txn_catalog(profile->txn), attribute);
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    kithi_golden_entry entry;
    if (wanted == NULL) {
        return KITH_NOT_FOUND;
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
    return kithi_walker_done(&walker) ? KITH_NOT_FOUND : damaged(profile->txn);
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

static bool read_aggregate(kith_txn *txn, kithi_walker *walker, uint16_t *out_type, kith_aggregate *out) {
    uint64_t type, bytes;
    if (!kithi_walk_uint(walker, &type) || !kithi_walk_uint(walker, &out->count) ||
        !kithi_walk_int(walker, &out->first_us) || !kithi_walk_int(walker, &out->last_us) ||
        !kithi_walk_uint(walker, &bytes) || bytes > (uint64_t)(walker->end - walker->at)) {
        return false;
    }
    *out_type = (uint16_t)type;
    const kithi_event_type *definition = kithi_catalog_event_type(kithi_txn_catalog(txn), *out_type);
    out->event_type = definition != NULL ? definition->name : "";
    out->row = walker->at;
    out->row_bytes = (size_t)bytes;
    out->txn = txn;
    walker->at += bytes;
    return definition != NULL;
}

int kith_profile_next_aggregate(const kith_profile *profile, size_t *cursor, kith_aggregate *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    uint16_t type;
    if (!kithi_state_read_header(row, &header)) {
        return damaged(profile->txn);
    }
    kithi_walker walker = kithi_state_aggregates(row, &header);
    const uint8_t *start = walker.at;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!read_aggregate(profile->txn, &walker, &type, out)) {
        return damaged(profile->txn);
    }
    *cursor = (size_t)(walker.at - start);
    return KITH_OK;
}

int kith_profile_aggregate(const kith_profile *profile, const char *event_type, kith_aggregate *out) {
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_aggregate(profile, &cursor, out)) == KITH_OK) {
        if (strcmp(out->event_type, event_type) == 0) {
            return KITH_OK;
        }
    }
    return rc == KITH_DONE ? KITH_NOT_FOUND : rc;
}

int kith_aggregate_next_property(const kith_aggregate *aggregate, size_t *cursor, kith_property_sum *out) {
    kithi_walker walker = kithi_walker_of(aggregate->row, aggregate->row_bytes);
    uint64_t property;
    walker.at += *cursor;
    if (kithi_walker_done(&walker)) {
        return KITH_DONE;
    }
    if (!kithi_walk_uint(&walker, &property) || !kithi_walk_uint(&walker, &out->count) ||
        !kithi_walk_int(&walker, &out->sum_micros) || !kithi_walk_int(&walker, &out->min_micros) ||
        !kithi_walk_int(&walker, &out->max_micros) || !kithi_walk_bool(&walker, &out->overflow)) {
        return damaged(aggregate->txn);
    }
    out->property = kithi_catalog_property(kithi_txn_catalog(aggregate->txn), (uint16_t)property);
    *cursor = (size_t)(walker.at - (const uint8_t *)aggregate->row);
    return out->property != NULL ? KITH_OK : damaged(aggregate->txn);
}
