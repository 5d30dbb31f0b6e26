#include "src/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t kithi_hash64(const void *data, size_t size, uint64_t seed) {
    return XXH3_64bits_withSeed(data, size, seed);
}

void kithi_hash128(const void *data, size_t size, uint64_t seed, uint8_t out[16]) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(data, size, seed));
    for (int i = 0; i < 16; i++) {
        out[i] = canonical.digest[i];
    }
}
