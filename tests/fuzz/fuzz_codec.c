/*
 * Any bytes as packed values. The walker ends inside of them; what it reads, msgpack-c reads as the
 * same value, and packing that gives bytes that read back the same. What it passes over, msgpack-c
 * takes for one value of that length.
 */
#include <msgpack.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition) {
    if (!condition) {
        abort();
    }
}

static bool same_text(const char *data, size_t size, const msgpack_object *object) {
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == size &&
           (size == 0 || memcmp(object->via.str.ptr, data, size) == 0);
}

static bool same_scalar(const kith_value *value, const msgpack_object *object) {
    const uint8_t *bytes = (const uint8_t *)object->via.ext.ptr;
    switch (value->type) {
    case KITH_TYPE_NULL:
        return object->type == MSGPACK_OBJECT_NIL;
    case KITH_TYPE_BOOLEAN:
        return object->type == MSGPACK_OBJECT_BOOLEAN && object->via.boolean == value->as.boolean;
    case KITH_TYPE_INTEGER:
        return (object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ||
                object->type == MSGPACK_OBJECT_POSITIVE_INTEGER) &&
               object->via.i64 == value->as.integer;
    case KITH_TYPE_REAL:
        return object->type == MSGPACK_OBJECT_FLOAT64 &&
               memcmp(&object->via.f64, &value->as.real, sizeof(double)) == 0;
    case KITH_TYPE_DATE:
        return object->type == MSGPACK_OBJECT_EXT && object->via.ext.type == 1 &&
               object->via.ext.size == 4 && (int32_t)kithi_get32(bytes) == value->as.date_days;
    case KITH_TYPE_TIME:
        return object->type == MSGPACK_OBJECT_EXT && object->via.ext.type == 2 &&
               object->via.ext.size == 8 && (int64_t)kithi_get64(bytes) == value->as.time_us;
    default:
        return false;
    }
}

static bool same(const kith_value *value, const msgpack_object *object) {
    bool equal = true;
    if (value->type == KITH_TYPE_TEXT) {
        return same_text(value->as.text.data, value->as.text.size, object);
    }
    if (value->type == KITH_TYPE_LIST) {
        equal =
            object->type == MSGPACK_OBJECT_ARRAY && object->via.array.size == value->as.list.count;
        for (size_t i = 0; equal && i < value->as.list.count; i++) {
            equal = same(&value->as.list.items[i], &object->via.array.ptr[i]);
        }
        return equal;
    }
    if (value->type != KITH_TYPE_MAP) {
        return same_scalar(value, object);
    }
    equal = object->type == MSGPACK_OBJECT_MAP && object->via.map.size == value->as.map.count;
    for (size_t i = 0; equal && i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        const msgpack_object_kv *pair = &object->via.map.ptr[i];
        /* A name ends at its first NUL here; no fact has such a one. */
        size_t size = strlen(field->name);
        equal = pair->key.type == MSGPACK_OBJECT_STR && size <= pair->key.via.str.size &&
                (size == 0 || memcmp(field->name, pair->key.via.str.ptr, size) == 0) &&
                same(&field->value, &pair->val);
    }
    return equal;
}

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
        check(same(&value, &oracle.data));
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
