#include "src/fact/record_row.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/order.h"

#define HEADER_BYTES 52

/* Bits of the mark before each value. */
#define MARK_STATUS  3u
#define MARK_FLOOR   4u
#define MARK_VERSION 8u /* its version stands in the row; else it is the floor's */

bool kithi_row_read_header(kithi_slice row, kithi_row_header *out) {
    if (row.size < HEADER_BYTES + 1) {
        return false;
    }
    const uint8_t *at = row.data;
    memcpy(out->id.bytes, at, 16);
    out->first_seen_us = kithi_get_time(at + 16);
    out->at_us = kithi_get_time(at + 24);
    out->floor.at_us = kithi_get_time(at + 32);
    out->floor.hash = kithi_get64(at + 40);
    out->source = kithi_get16(at + 48);
    out->key_size = kithi_get16(at + 50);
    out->key = (const char *)at + HEADER_BYTES;
    return row.size - HEADER_BYTES > out->key_size && out->key[out->key_size] == '\0';
}

bool kithi_row_values(kithi_slice row, kithi_row_header *header, kithi_walker *out) {
    if (!kithi_row_read_header(row, header)) {
        return false;
    }
    size_t used = HEADER_BYTES + header->key_size + 1;
    *out = kithi_walker_of(row.data + used, row.size - used);
    return true;
}

bool kithi_row_next(const kithi_row_header *header, kithi_walker *walker, kithi_row_value *out) {
    kithi_walker at = *walker;
    uint64_t attribute, mark;
    if (!kithi_walk_uint(&at, &attribute) || attribute > UINT16_MAX ||
        !kithi_walk_uint(&at, &mark)) {
        return false;
    }
    out->attribute = (uint16_t)attribute;
    out->status = (kith_value_status)(mark & MARK_STATUS);
    out->floor = (mark & MARK_FLOOR) != 0;
    out->version = header->floor;
    if ((mark & MARK_VERSION) &&
        (!kithi_walk_int(&at, &out->version.at_us) || !kithi_walk_uint(&at, &out->version.hash))) {
        return false;
    }
    out->packed = at.at;
    if (!out->floor && !kithi_walk_skip(&at)) {
        return false;
    }
    out->packed_size = (size_t)(at.at - out->packed);
    walker->at = at.at;
    return true;
}

int kithi_row_value_compare(const void *a, const void *b) {
    const kithi_row_value *x = a, *y = b;
    if (x->attribute != y->attribute) {
        return x->attribute < y->attribute ? -1 : 1;
    }
    if (x->floor != y->floor) {
        return x->floor ? -1 : 1;
    }
    return kithi_bytes_compare(x->packed, x->packed_size, y->packed, y->packed_size);
}

void kithi_row_write(kithi_buffer *out, const kithi_row_header *header,
                     const kithi_row_value *values, size_t count) {
    uint8_t *at = kithi_buffer_grow(out, HEADER_BYTES);
    if (at == NULL) {
        return;
    }
    memcpy(at, header->id.bytes, 16);
    kithi_put_time(at + 16, header->first_seen_us);
    kithi_put_time(at + 24, header->at_us);
    kithi_put_time(at + 32, header->floor.at_us);
    kithi_put64(at + 40, header->floor.hash);
    kithi_put16(at + 48, header->source);
    kithi_put16(at + 50, (uint16_t)header->key_size);
    kithi_buffer_append(out, header->key, header->key_size);
    kithi_buffer_append_byte(out, 0);
    for (size_t i = 0; i < count; i++) {
        const kithi_row_value *value = &values[i];
        bool own = value->floor || kithi_version_compare(value->version, header->floor) != 0;
        kithi_pack_uint(out, value->attribute);
        kithi_pack_uint(out, (unsigned)value->status | (value->floor ? MARK_FLOOR : 0) |
                                 (own ? MARK_VERSION : 0));
        if (own) {
            kithi_pack_int(out, value->version.at_us);
            kithi_pack_uint(out, value->version.hash);
        }
        kithi_buffer_append(out, value->packed, value->packed_size);
    }
}
