#include "src/bitmap/chunk.h"

#include <string.h>

#include "src/bitmap/chunk_inside.h"

void kithi_chunk_clear(kithi_chunk *chunk) {
    memset(chunk->words, 0, sizeof chunk->words);
}

uint32_t kithi_chunk_add(kithi_chunk *chunk, const uint16_t *numbers, size_t count) {
    uint32_t added = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t *word = &chunk->words[numbers[i] / 64], bit = (uint64_t)1 << numbers[i] % 64;
        added += (*word & bit) == 0;
        *word |= bit;
    }
    return added;
}

uint32_t kithi_chunk_remove(kithi_chunk *chunk, const uint16_t *numbers, size_t count) {
    uint32_t removed = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t *word = &chunk->words[numbers[i] / 64], bit = (uint64_t)1 << numbers[i] % 64;
        removed += (*word & bit) != 0;
        *word &= ~bit;
    }
    return removed;
}

void kithi_chunk_add_range(kithi_chunk *chunk, uint32_t from, uint32_t to) {
    if (from >= to) {
        return;
    }
    uint32_t first = from / 64, last = (to - 1) / 64;
    uint64_t head = UINT64_MAX << from % 64, tail = UINT64_MAX >> (63 - (to - 1) % 64);
    if (first == last) {
        chunk->words[first] |= head & tail;
        return;
    }
    chunk->words[first] |= head;
    for (uint32_t i = first + 1; i < last; i++) {
        chunk->words[i] = UINT64_MAX;
    }
    chunk->words[last] |= tail;
}

void kithi_chunk_trim(kithi_chunk *chunk, uint32_t limit) {
    uint32_t first = limit / 64;
    if (first < KITHI_CHUNK_WORDS) {
        chunk->words[first] &= ((uint64_t)1 << limit % 64) - 1;
        memset(&chunk->words[first + 1], 0,
               (KITHI_CHUNK_WORDS - first - 1) * sizeof chunk->words[0]);
    }
}

void kithi_chunk_and(kithi_chunk *chunk, const kithi_chunk *other) {
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        chunk->words[i] &= other->words[i];
    }
}

void kithi_chunk_or(kithi_chunk *chunk, const kithi_chunk *other) {
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        chunk->words[i] |= other->words[i];
    }
}

void kithi_chunk_andnot(kithi_chunk *chunk, const kithi_chunk *other) {
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i++) {
        chunk->words[i] &= ~other->words[i];
    }
}
