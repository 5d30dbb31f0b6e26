/*
 * Sets of profile numbers, 64 Ki numbers at a time. In memory a chunk is a bit a number, 8 KiB, so
 * that set algebra is a loop over words and nothing is allocated. In a store it is a row in the
 * smallest of three forms. A set of members has exactly one row: equal sets are equal bytes.
 *
 * A row, integers big-endian:
 *
 *   0  version, 1
 *   1  form: 1 array, 2 bits, 3 runs
 *   2  how many members, 32 bits
 *   6  checksum of the content, XXH3-64
 *  14  check of the 14 bytes before it, the low 16 bits of their XXH3-64, so that a size can be
 *      believed without a look at the content; both hashes are seeded with 0x6b69746862697473
 *  16  content. Array: the members, 16 bits each, ascending. Bits: 8,192 bytes, number n is bit
 *      n % 8 of byte n / 8. Runs: first and last member of each unbroken run, 16 bits each,
 *      ascending.
 *
 * Bits stand where neither of the others is smaller, runs where they are smaller than the array.
 */
#ifndef KITHI_BITMAP_CHUNK_H
#define KITHI_BITMAP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_CHUNK_BITS         65536u
#define KITHI_CHUNK_WORDS        (KITHI_CHUNK_BITS / 64)
#define KITHI_CHUNK_HEADER_BYTES 16u
#define KITHI_CHUNK_PACKED_MAX   (KITHI_CHUNK_HEADER_BYTES + KITHI_CHUNK_BITS / 8)

/* Number n is bit n % 64 of word n / 64. */
typedef struct kithi_chunk {
    uint64_t words[KITHI_CHUNK_WORDS];
} kithi_chunk;

void kithi_chunk_clear(kithi_chunk *chunk);
/* Adds, removes; how many weren't members before, or were. */
uint32_t kithi_chunk_add(kithi_chunk *chunk, const uint16_t *numbers, size_t count);
uint32_t kithi_chunk_remove(kithi_chunk *chunk, const uint16_t *numbers, size_t count);
/* Adds all from `from` on and below `to`, which is at most KITHI_CHUNK_BITS. */
void kithi_chunk_add_range(kithi_chunk *chunk, uint32_t from, uint32_t to);
/* Removes all that aren't below `limit`. */
void kithi_chunk_trim(kithi_chunk *chunk, uint32_t limit);

static inline bool kithi_chunk_has(const kithi_chunk *chunk, uint16_t number) {
    return (chunk->words[number / 64] >> number % 64 & 1) != 0;
}

static inline void kithi_chunk_put(kithi_chunk *chunk, uint16_t number) {
    chunk->words[number / 64] |= UINT64_C(1) << number % 64;
}

/* The first bit at or behind `from` that is set once the words are turned over by `flip`. */
static inline uint32_t kithi_chunk_find(const kithi_chunk *chunk, uint32_t from, uint64_t flip) {
    uint32_t i = from / 64;
    if (from >= KITHI_CHUNK_BITS) {
        return KITHI_CHUNK_BITS;
    }
    uint64_t word = (chunk->words[i] ^ flip) & UINT64_MAX << from % 64;
    while (word == 0 && ++i < KITHI_CHUNK_WORDS) {
        word = chunk->words[i] ^ flip;
    }
    return word == 0 ? KITHI_CHUNK_BITS : i * 64 + (uint32_t)__builtin_ctzll(word);
}

/* The least member, and the least number that is none, that is at least `from`; KITHI_CHUNK_BITS:
 * there is no such. */
static inline uint32_t kithi_chunk_next(const kithi_chunk *chunk, uint32_t from) {
    return kithi_chunk_find(chunk, from, 0);
}
static inline uint32_t kithi_chunk_next_absent(const kithi_chunk *chunk, uint32_t from) {
    return kithi_chunk_find(chunk, from, UINT64_MAX);
}

uint32_t kithi_chunk_count(const kithi_chunk *chunk);
/* How many are in both: with the counts of each it tells those of all other combinations. */
uint32_t kithi_chunk_count_common(const kithi_chunk *a, const kithi_chunk *b);

/* In place; the two may be one. */
void kithi_chunk_and(kithi_chunk *chunk, const kithi_chunk *other);
void kithi_chunk_or(kithi_chunk *chunk, const kithi_chunk *other);
void kithi_chunk_andnot(kithi_chunk *chunk, const kithi_chunk *other);

/* Writes the row, up to KITHI_CHUNK_PACKED_MAX bytes, and says how many. */
size_t kithi_chunk_pack(const kithi_chunk *chunk, uint8_t *out);

typedef enum kithi_chunk_form {
    KITHI_CHUNK_ARRAY = 1,
    KITHI_CHUNK_BITMAP,
    KITHI_CHUNK_RUNS,
} kithi_chunk_form;

/* A row as it stands in a store: borrows its bytes. */
typedef struct kithi_chunk_view {
    const uint8_t *content;
    uint32_t cardinality;
    uint32_t entry_count; /* members of an array, runs */
    kithi_chunk_form form;
} kithi_chunk_view;

/*
 * Both are false where the row is damaged. kithi_chunk_read() looks at all of it: it is what
 * kithi_chunk_pack() writes for its members, to the byte. kithi_chunk_peek() looks at the header
 * alone: the size may be believed, and the content may be unpacked without harm, but where it is
 * damaged the members are wrong.
 */
bool kithi_chunk_peek(const void *data, size_t size, kithi_chunk_view *out);
bool kithi_chunk_read(const void *data, size_t size, kithi_chunk_view *out);

void kithi_chunk_unpack(const kithi_chunk_view *view, kithi_chunk *out);

#endif
