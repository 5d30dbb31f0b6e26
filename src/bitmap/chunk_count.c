/* Counting the members of chunks, and the runs of them. */
#include "src/base/bit_count.h"
#include "src/bitmap/chunk_inside.h"

uint32_t kithi_chunk_count(const kithi_chunk *chunk) {
    kithi_tally t = {0, 0, 0, 0};
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i += 8) {
        kithi_tally_take_eight(&t, chunk->words + i);
    }
    return kithi_tally_total(&t);
}

uint32_t kithi_chunk_count_common(const kithi_chunk *a, const kithi_chunk *b) {
    kithi_tally t = {0, 0, 0, 0};
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i += 8) {
        uint64_t both[8];
        for (size_t j = 0; j < 8; j++) {
            both[j] = a->words[i + j] & b->words[i + j];
        }
        kithi_tally_take_eight(&t, both);
    }
    return kithi_tally_total(&t);
}

uint32_t kithi_chunk_run_count(const kithi_chunk *chunk) {
    kithi_tally t = {0, 0, 0, 0};
    uint64_t before = 0;
    for (size_t i = 0; i < KITHI_CHUNK_WORDS && 8 * t.eights <= KITHI_CHUNK_RUNS_MAX; i += 8) {
        uint64_t begins[8];
        for (size_t j = 0; j < 8; j++) {
            uint64_t word = chunk->words[i + j];
            begins[j] = word & ~(word << 1 | before >> 63);
            before = word;
        }
        kithi_tally_take_eight(&t, begins);
    }
    return kithi_tally_total(&t);
}
