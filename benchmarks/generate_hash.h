/* The randomness of all generators: pure functions of a seed and a number, the same everywhere. */
#ifndef KITH_BENCHMARKS_GENERATE_HASH_H
#define KITH_BENCHMARKS_GENERATE_HASH_H

#include <stdint.h>

#define GENERATE_OWNER_BITS 30

uint64_t generate_hash(uint64_t seed, uint64_t number);
/* One-to-one on GENERATE_OWNER_BITS, so that neighbouring owners don't have neighbouring
 * identifiers; `odd` is any odd number, another for each kind of identifier. */
uint64_t generate_scatter(uint64_t owner, uint64_t odd);

#endif
