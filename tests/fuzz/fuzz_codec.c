/*
 * Any bytes as packed values. The walker ends inside of them; what it reads, msgpack-c reads as the
 * same value, and packing that gives bytes that read back the same. What it passes over, msgpack-c
 * takes for one value of that length.
 */
#include <msgpack.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/codec.h"
#include "tests/fuzz/target.h"
#include "tests/msgpack_oracle.h"

/* Packs what was read, and reads that. */
static void check_again(const kith_value *value, kithi_arena *arena) {
    kithi_buffer packed, second;
    kith_value read;
    kithi_buffer_init(&packed);
    kithi_buffer_init(&second);
    if (kithi_pack_value(&packed, value)) { /* it is not deeper than what is packed */
        kithi_walker walker = kithi_walker_of(packed.data, packed.size);
        check(kithi_walk_value(&walker, arena, &read) && kithi_walker_done(&walker));
        check(kithi_pack_value(&second, &read) && second.size == packed.size);
        check(memcmp(second.data, packed.data, packed.size) == 0);
    }
    kithi_buffer_clear(&packed);
    kithi_buffer_clear(&second);
}

static void check_value(const uint8_t *data, size_t size, kithi_arena *arena) {
    kithi_walker walker = kithi_walker_of(data, size);
    kith_value value;
    msgpack_unpacked oracle;
    size_t at = 0;
    if (!kithi_walk_value(&walker, arena, &value)) {
        return;
    }
    check(walker.at > data && walker.at <= data + size);
    msgpack_unpacked_init(&oracle);
    int code = msgpack_unpack_next(&oracle, (const char *)data, size, &at);
    /* Its stack of nested values is as deep as what is packed, the walker's one deeper. */
    check(code == MSGPACK_UNPACK_SUCCESS || code == MSGPACK_UNPACK_NOMEM_ERROR);
    if (code == MSGPACK_UNPACK_SUCCESS) {
        check(at == (size_t)(walker.at - data));
        check(oracle_told(&value, &oracle.data));
    }
    msgpack_unpacked_destroy(&oracle);
    kithi_walker skipped = kithi_walker_of(data, size);
    check(kithi_walk_skip(&skipped) && skipped.at == walker.at);
    check_again(&value, arena);
}

static void check_skip(const uint8_t *data, size_t size) {
    kithi_walker walker = kithi_walker_of(data, size);
    msgpack_unpacked oracle;
    size_t at = 0;
    bool skipped = kithi_walk_skip(&walker);
    check(walker.at >= data && walker.at <= data + size);
    if (!skipped) {
        return;
    }
    msgpack_unpacked_init(&oracle);
    int code = msgpack_unpack_next(&oracle, (const char *)data, size, &at);
    /* It has a stack of its own for nested values, which may be too small. */
    check(code == MSGPACK_UNPACK_NOMEM_ERROR ||
          (code == MSGPACK_UNPACK_SUCCESS && at == (size_t)(walker.at - data)));
    msgpack_unpacked_destroy(&oracle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_arena arena;
    if (size == 0) {
        return 0; /* libFuzzer gives no address then */
    }
    kithi_arena_init(&arena);
    check_value(data, size, &arena);
    check_skip(data, size);
    kithi_arena_clear(&arena);
    return 0;
}
