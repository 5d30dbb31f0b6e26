/*
 * Counting. Eight words at a time go through carry-save adders (Harley and Seal), which leaves one
 * word of eight to be counted by itself: several times faster than word by word on a machine whose
 * instruction for that the compiler may not use, and nearly as fast as with it.
 */
#include "src/bitmap/chunk_inside.h"

/* What has gone in: eights times 8, and the bits of the others, which weigh 1, 2 and 4. */
typedef struct tally {
    uint64_t ones, twos, fours;
    uint32_t eights;
} tally;

static inline uint32_t bits_of(uint64_t word) {
    return (uint32_t)__builtin_popcountll(word);
}

/* Adds two words to `sum`, bit by bit, and returns what is carried. */
static inline uint64_t carry(uint64_t *sum, uint64_t a, uint64_t b) {
    uint64_t half = *sum ^ a;
    uint64_t over = (*sum & a) | (half & b);
    *sum = half ^ b;
    return over;
}

static inline void take_eight(tally *t, const uint64_t *words) {
    uint64_t a = carry(&t->ones, words[0], words[1]);
    uint64_t b = carry(&t->ones, words[2], words[3]);
    uint64_t c = carry(&t->ones, words[4], words[5]);
    uint64_t d = carry(&t->ones, words[6], words[7]);
    uint64_t e = carry(&t->twos, a, b);
    uint64_t f = carry(&t->twos, c, d);
    t->eights += bits_of(carry(&t->fours, e, f));
}

static inline uint32_t total(const tally *t) {
    return 8 * t->eights + 4 * bits_of(t->fours) + 2 * bits_of(t->twos) + bits_of(t->ones);
}

uint32_t kithi_chunk_count(const kithi_chunk *chunk) {
    tally t = {0, 0, 0, 0};
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i += 8) {
        take_eight(&t, chunk->words + i);
    }
    return total(&t);
}

uint32_t kithi_chunk_count_common(const kithi_chunk *a, const kithi_chunk *b) {
    tally t = {0, 0, 0, 0};
    for (size_t i = 0; i < KITHI_CHUNK_WORDS; i += 8) {
        uint64_t both[8];
        for (size_t j = 0; j < 8; j++) {
            both[j] = a->words[i + j] & b->words[i + j];
        }
        take_eight(&t, both);
    }
    return total(&t);
}

uint32_t kithi_chunk_run_count(const kithi_chunk *chunk) {
    tally t = {0, 0, 0, 0};
    uint64_t before = 0;
    for (size_t i = 0; i < KITHI_CHUNK_WORDS && 8 * t.eights <= KITHI_CHUNK_RUNS_MAX; i += 8) {
        uint64_t begins[8];
        for (size_t j = 0; j < 8; j++) {
            uint64_t word = chunk->words[i + j];
            begins[j] = word & ~(word << 1 | before >> 63);
            before = word;
        }
        take_eight(&t, begins);
    }
    return total(&t);
}
