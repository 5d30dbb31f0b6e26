/*
 * Counting bits. Eight words at a time go through carry-save adders (Harley and Seal), which leaves
 * one word of eight to be counted by itself: several times faster than word by word on a machine
 * whose instruction for that the compiler may not use, and nearly as fast as with it.
 */
#ifndef KITHI_BASE_BIT_COUNT_H
#define KITHI_BASE_BIT_COUNT_H

#include <stdint.h>

/* What has gone in: eights times 8, and the bits of the others, which weigh 1, 2 and 4. */
typedef struct kithi_tally {
    uint64_t ones, twos, fours;
    uint32_t eights;
} kithi_tally;

static inline uint32_t kithi_bits_of(uint64_t word) {
    return (uint32_t)__builtin_popcountll(word);
}

/* Adds two words to `sum`, bit by bit, and returns what is carried. */
static inline uint64_t kithi_tally_carry(uint64_t *sum, uint64_t a, uint64_t b) {
    uint64_t half = *sum ^ a;
    uint64_t over = (*sum & a) | (half & b);
    *sum = half ^ b;
    return over;
}

static inline void kithi_tally_take_eight(kithi_tally *t, const uint64_t *words) {
    uint64_t a = kithi_tally_carry(&t->ones, words[0], words[1]);
    uint64_t b = kithi_tally_carry(&t->ones, words[2], words[3]);
    uint64_t c = kithi_tally_carry(&t->ones, words[4], words[5]);
    uint64_t d = kithi_tally_carry(&t->ones, words[6], words[7]);
    uint64_t e = kithi_tally_carry(&t->twos, a, b);
    uint64_t f = kithi_tally_carry(&t->twos, c, d);
    t->eights += kithi_bits_of(kithi_tally_carry(&t->fours, e, f));
}

static inline uint32_t kithi_tally_total(const kithi_tally *t) {
    return 8 * t->eights + 4 * kithi_bits_of(t->fours) + 2 * kithi_bits_of(t->twos) +
           kithi_bits_of(t->ones);
}

#endif
