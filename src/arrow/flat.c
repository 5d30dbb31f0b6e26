#include "src/arrow/flat.h"

#include <string.h>

#define OFFSET_BYTES 4
#define ALIGN_BYTES  8 /* of any number */

static size_t append_zeros(kithi_buffer *out, size_t size) {
    size_t at = out->size;
    uint8_t *room = kithi_buffer_grow(out, size);
    if (room != NULL) {
        memset(room, 0, size);
    }
    return at;
}

void kithi_flat_pad(kithi_buffer *out, size_t multiple) {
    append_zeros(out, (multiple - out->size % multiple) % multiple);
}

void kithi_flat_put(kithi_buffer *out, size_t at, unsigned bytes, int64_t value) {
    uint64_t rest = (uint64_t)value;
    for (unsigned i = 0; i < bytes && kithi_buffer_ok(out); i++, rest >>= 8) {
        out->data[at + i] = (uint8_t)rest;
    }
}

void kithi_flat_point(kithi_buffer *out, size_t at, size_t target) {
    kithi_flat_put(out, at, OFFSET_BYTES, (int64_t)(target - at));
}

size_t kithi_flat_begin(kithi_buffer *out) {
    return append_zeros(out, OFFSET_BYTES);
}

/* The layout of a table, which stands before it: its own size, that of the table, and where in it
 * each field is. */
static size_t append_layout(kithi_buffer *out, const kithi_flat_field *fields, size_t count,
                            size_t *out_size) {
    uint16_t places[KITHI_FLAT_FIELDS_MAX] = {0};
    size_t size = OFFSET_BYTES; /* of the table: it begins with the way back to its layout */
    for (size_t i = 0; i < count; i++) {
        unsigned bytes = fields[i].bytes;
        if (bytes > 0) {
            size = (size + bytes - 1) / bytes * bytes;
            places[i] = (uint16_t)size;
            size += bytes;
        }
    }
    kithi_flat_pad(out, 2);
    size_t at = append_zeros(out, 4 + 2 * count);
    kithi_flat_put(out, at, 2, (int64_t)(4 + 2 * count));
    kithi_flat_put(out, at + 2, 2, (int64_t)size);
    for (size_t i = 0; i < count; i++) {
        kithi_flat_put(out, at + 4 + 2 * i, 2, places[i]);
    }
    *out_size = size;
    return at;
}

size_t kithi_flat_table(kithi_buffer *out, kithi_flat_field *fields, size_t count) {
    size_t size = 0;
    size_t layout = append_layout(out, fields, count, &size);
    kithi_flat_pad(out, ALIGN_BYTES);
    size_t table = append_zeros(out, size);
    kithi_flat_put(out, table, OFFSET_BYTES, (int64_t)(table - layout));
    size_t at = table + OFFSET_BYTES;
    for (size_t i = 0; i < count; i++) {
        unsigned bytes = fields[i].bytes;
        if (bytes > 0) {
            at = (at + bytes - 1) / bytes * bytes; /* the table is aligned */
            fields[i].at = at;
            kithi_flat_put(out, at, bytes, fields[i].value);
            at += bytes;
        }
    }
    return table;
}

size_t kithi_flat_text(kithi_buffer *out, const char *text) {
    size_t size = strlen(text);
    kithi_flat_pad(out, OFFSET_BYTES);
    size_t at = append_zeros(out, OFFSET_BYTES);
    kithi_flat_put(out, at, OFFSET_BYTES, (int64_t)size);
    kithi_buffer_append(out, text, size + 1);
    return at;
}

size_t kithi_flat_vector(kithi_buffer *out, size_t count, size_t item_bytes) {
    kithi_flat_pad(out, ALIGN_BYTES);
    if (item_bytes % ALIGN_BYTES == 0) {
        append_zeros(out, ALIGN_BYTES - OFFSET_BYTES); /* the items are to be aligned */
    }
    size_t at = append_zeros(out, OFFSET_BYTES + count * item_bytes);
    kithi_flat_put(out, at, OFFSET_BYTES, (int64_t)count);
    return at;
}
