#include <endian.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/bitmap/chunk_inside.h"

#define SEED UINT64_C(0x6b69746862697473)

uint64_t kithi_chunk_checksum(const uint8_t *content, size_t size) {
    return kithi_hash64(content, size, SEED);
}

uint16_t kithi_chunk_check(const uint8_t *header) {
    return (uint16_t)kithi_hash64(header, KITHI_CHUNK_AT_CHECK, SEED);
}

void kithi_chunk_seal(uint8_t *row, size_t size) {
    const uint8_t *content = row + KITHI_CHUNK_HEADER_BYTES;
    uint64_t checksum = kithi_chunk_checksum(content, size - KITHI_CHUNK_HEADER_BYTES);
    kithi_put64(row + KITHI_CHUNK_AT_CHECKSUM, checksum);
    kithi_put16(row + KITHI_CHUNK_AT_CHECK, kithi_chunk_check(row));
}

static size_t put_array(const kithi_chunk *chunk, uint8_t *out) {
    uint8_t *at = out;
    for (uint32_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        for (uint64_t word = chunk->words[i]; word != 0; word &= word - 1) {
            kithi_put16(at, (uint16_t)(i * 64 + (uint32_t)__builtin_ctzll(word)));
            at += KITHI_CHUNK_MEMBER_BYTES;
        }
    }
    return (size_t)(at - out);
}

static size_t put_bits(const kithi_chunk *chunk, uint8_t *out) {
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        uint64_t word = htole64(chunk->words[i]);
        memcpy(out + i * sizeof word, &word, sizeof word);
    }
    return sizeof chunk->words;
}

static size_t put_runs(const kithi_chunk *chunk, uint8_t *out) {
    uint8_t *at = out;
    uint32_t first = kithi_chunk_next(chunk, 0);
    while (first < KITHI_CHUNK_BITS) {
        uint32_t end = kithi_chunk_next_absent(chunk, first);
        kithi_put16(at, (uint16_t)first);
        kithi_put16(at + 2, (uint16_t)(end - 1));
        at += KITHI_CHUNK_RUN_BYTES;
        first = kithi_chunk_next(chunk, end);
    }
    return (size_t)(at - out);
}

static size_t put_content(kithi_chunk_form form, const kithi_chunk *chunk, uint8_t *out) {
    switch (form) {
    case KITHI_CHUNK_ARRAY:
        return put_array(chunk, out);
    case KITHI_CHUNK_BITMAP:
        return put_bits(chunk, out);
    case KITHI_CHUNK_RUNS:
        break;
    }
    return put_runs(chunk, out);
}

size_t kithi_chunk_pack(const kithi_chunk *chunk, uint8_t *out) {
    uint32_t cardinality = kithi_chunk_count(chunk);
    kithi_chunk_form form = kithi_chunk_form_of(cardinality, kithi_chunk_run_count(chunk));
    size_t size = KITHI_CHUNK_HEADER_BYTES;
    size += put_content(form, chunk, out + KITHI_CHUNK_HEADER_BYTES);
    out[0] = KITHI_CHUNK_VERSION;
    out[KITHI_CHUNK_AT_FORM] = (uint8_t)form;
    kithi_put32(out + KITHI_CHUNK_AT_CARDINALITY, cardinality);
    kithi_chunk_seal(out, size);
    return size;
}
