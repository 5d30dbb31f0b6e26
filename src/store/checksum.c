#include "src/store/checksum.h"

#include "src/base/bytes.h"
#include "src/base/hash.h"

uint64_t kithi_checksum(kithi_table table, const void *key, size_t key_size, const void *content,
                        size_t content_size) {
    uint64_t seed = kithi_hash64(key, key_size, (uint64_t)table + 1);
    return kithi_hash64(content, content_size, seed);
}

bool kithi_checksum_holds(kithi_table table, const void *key, size_t key_size, const void *value,
                          size_t size) {
    if (size < KITHI_CHECKSUM_BYTES) {
        return false;
    }
    size_t content_size = size - KITHI_CHECKSUM_BYTES;
    uint64_t stored = kithi_get64((const uint8_t *)value + content_size);
    return stored == kithi_checksum(table, key, key_size, value, content_size);
}
