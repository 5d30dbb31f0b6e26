/*
 * Any bytes as the row of a chunk: refused, or it reads, and is what packing its members gives, to
 * the byte. Bytes hardly ever have checksums that hold, so they are read again with such put in,
 * and with the right number of members: that gets to the content. A row whose content is wrong
 * still unpacks, within a chunk.
 */
#include <string.h>

#include "src/base/bytes.h"
#include "src/bitmap/chunk_inside.h"
#include "tests/fuzz/target.h"

static void check_members(const kithi_chunk_view *view, const kithi_chunk *chunk) {
    uint32_t count = 0, next = kithi_chunk_next(chunk, 0);
    for (uint32_t i = 0; i < KITHI_CHUNK_BITS; i++) {
        if (kithi_chunk_has(chunk, (uint16_t)i)) {
            check(next == i);
            next = kithi_chunk_next(chunk, i + 1);
            count++;
        }
    }
    check(next == KITHI_CHUNK_BITS);
    check(count == view->cardinality && count == kithi_chunk_count(chunk));
}

static void check_sound(const uint8_t *row, size_t size, const kithi_chunk_view *view) {
    static uint8_t again[KITHI_CHUNK_PACKED_MAX];
    static kithi_chunk chunk;
    kithi_chunk_view peeked;
    check(inside(view->content, size - KITHI_CHUNK_HEADER_BYTES, row, size));
    check(kithi_chunk_peek(row, size, &peeked) && peeked.cardinality == view->cardinality);
    kithi_chunk_unpack(view, &chunk);
    check_members(view, &chunk);
    check(kithi_chunk_pack(&chunk, again) == size && memcmp(again, row, size) == 0);
}

static void check_within(const kithi_chunk_view *view) {
    static kithi_chunk chunk;
    kithi_chunk_unpack(view, &chunk);
    check(kithi_chunk_count(&chunk) <= KITHI_CHUNK_BITS);
}

static void check_row(const uint8_t *row, size_t size) {
    kithi_chunk_view view;
    if (kithi_chunk_read(row, size, &view)) {
        check_sound(row, size, &view);
    } else if (kithi_chunk_peek(row, size, &view)) {
        check_within(&view);
    }
}

static void say_cardinality(uint8_t *row, size_t size, uint32_t cardinality) {
    kithi_put32(row + KITHI_CHUNK_AT_CARDINALITY, cardinality);
    kithi_chunk_seal(row, size);
}

/* Makes the header say what the content holds, whatever its order. */
static void mend(uint8_t *row, size_t size) {
    static kithi_chunk chunk;
    kithi_chunk_view view;
    size_t content_size = size - KITHI_CHUNK_HEADER_BYTES;
    bool array = row[KITHI_CHUNK_AT_FORM] == KITHI_CHUNK_ARRAY;
    say_cardinality(row, size, array ? (uint32_t)(content_size / KITHI_CHUNK_MEMBER_BYTES) : 0);
    if (!array && kithi_chunk_peek(row, size, &view)) {
        kithi_chunk_unpack(&view, &chunk);
        say_cardinality(row, size, kithi_chunk_count(&chunk));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_row(data, size);
    if (size < KITHI_CHUNK_HEADER_BYTES || size > KITHI_CHUNK_PACKED_MAX) {
        return 0;
    }
    uint8_t *row = malloc(size); /* of exactly its size, so that a sanitizer sees all */
    check(row != NULL);
    memcpy(row, data, size);
    kithi_chunk_seal(row, size);
    check_row(row, size);
    mend(row, size);
    check_row(row, size);
    free(row);
    return 0;
}
