/*
 * Numbers that look random and are the same in every run: splitmix64 (Steele, Lea and Flood 2014).
 * The state is the seed.
 */
#ifndef KITHI_BASE_RANDOM_H
#define KITHI_BASE_RANDOM_H

#include <stdint.h>

static inline uint64_t kithi_random(uint64_t *state) {
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* From 0 on and below 1, in steps of 2^-53. */
static inline double kithi_random_unit(uint64_t *state) {
    return (double)(kithi_random(state) >> 11) * 0x1p-53;
}

#endif
