/* What is drawn for one household: a stream of numbers, a pure function of the seed. */
#ifndef KITH_BENCHMARKS_PERSON_RANDOM_H
#define KITH_BENCHMARKS_PERSON_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "generate_hash.h"

typedef struct person_random {
    uint64_t seed;
    uint64_t drawn;
} person_random;

static inline uint64_t person_draw(person_random *random) {
    return generate_hash(random->seed, random->drawn++);
}

/* 0 to limit - 1. */
static inline uint32_t person_draw_below(person_random *random, uint32_t limit) {
    return (uint32_t)(((person_draw(random) >> 32) * limit) >> 32);
}

static inline bool person_draw_chance(person_random *random, uint32_t permille) {
    return person_draw_below(random, 1000) < permille;
}

#endif
