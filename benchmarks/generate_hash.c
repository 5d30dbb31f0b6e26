#include "generate_hash.h"

#define OWNER_MASK ((UINT64_C(1) << GENERATE_OWNER_BITS) - 1)
#define MIX        UINT64_C(0x9e3779b97f4a7c15)

/* A finaliser of good avalanche over a Weyl sequence: enough for test data. */
uint64_t generate_hash(uint64_t seed, uint64_t number) {
    uint64_t x = seed ^ (number * MIX + MIX);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

uint64_t generate_scatter(uint64_t owner, uint64_t odd) {
    uint64_t x = (owner ^ UINT64_C(0x15b3c9d7)) & OWNER_MASK; /* so that 0 is no special number */
    x = (x * odd) & OWNER_MASK;
    x ^= x >> 15;
    x = (x * UINT64_C(0x2c1b3c6d)) & OWNER_MASK;
    return x ^ (x >> 15);
}
