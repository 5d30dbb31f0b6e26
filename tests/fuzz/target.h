/*
 * What fuzz targets share: the function that is called with each input, and a check. One that fails
 * ends the process, which counts as a crash.
 */
#ifndef KITH_TESTS_FUZZ_TARGET_H
#define KITH_TESTS_FUZZ_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check(bool condition) {
    if (!condition) {
        abort();
    }
}

/* Whether so many bytes are within the input. */
static inline bool inside(const void *at, size_t bytes, const uint8_t *data, size_t size) {
    const uint8_t *from = at;
    return from >= data && from <= data + size && bytes <= (size_t)(data + size - from);
}

#endif
