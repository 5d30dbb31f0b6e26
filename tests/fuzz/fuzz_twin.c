/*
 * Any bytes as the JSON twin of an expression. One that is refused says where, or the path to it;
 * one that is read reads back as the same from its text and from its JSON, in a store or in none.
 */
#include "tests/fuzz/expressed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    expressed_try(data, size, true);
    return 0;
}
