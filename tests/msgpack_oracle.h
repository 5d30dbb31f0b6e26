/*
 * What msgpack-c reads is the oracle for what the walker reads: whether both say the same.
 */
#ifndef KITH_TESTS_MSGPACK_ORACLE_H
#define KITH_TESTS_MSGPACK_ORACLE_H

#include <msgpack.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/codec.h"

static inline bool oracle_told(const kith_value *value, const msgpack_object *object);

static inline bool oracle_told_list(const kith_value *value, const msgpack_object *object) {
    bool equal =
        object->type == MSGPACK_OBJECT_ARRAY && object->via.array.size == value->as.list.count;
    for (size_t i = 0; equal && i < value->as.list.count; i++) {
        equal = oracle_told(&value->as.list.items[i], &object->via.array.ptr[i]);
    }
    return equal;
}

/* A name ends at its first NUL here; no fact has such a one. */
static inline bool oracle_told_name(const char *name, const msgpack_object *object) {
    size_t size = strlen(name);
    const char *text = object->via.str.ptr;
    return object->type == MSGPACK_OBJECT_STR && size <= object->via.str.size &&
           (size == 0 || memcmp(name, text, size) == 0) &&
           (size == object->via.str.size || text[size] == '\0');
}

static inline bool oracle_told_map(const kith_value *value, const msgpack_object *object) {
    bool equal = object->type == MSGPACK_OBJECT_MAP && object->via.map.size == value->as.map.count;
    for (size_t i = 0; equal && i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        const msgpack_object_kv *pair = &object->via.map.ptr[i];
        equal = oracle_told_name(field->name, &pair->key) && oracle_told(&field->value, &pair->val);
    }
    return equal;
}

static inline bool oracle_told_text(const kith_value *value, const msgpack_object *object) {
    size_t size = value->as.text.size;
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == size &&
           (size == 0 || memcmp(object->via.str.ptr, value->as.text.data, size) == 0);
}

static inline bool oracle_told(const kith_value *value, const msgpack_object *object) {
    const uint8_t *bytes = (const uint8_t *)object->via.ext.ptr;
    switch (value->type) {
    case KITH_TYPE_NULL:
        return object->type == MSGPACK_OBJECT_NIL;
    case KITH_TYPE_BOOLEAN:
        return object->type == MSGPACK_OBJECT_BOOLEAN && object->via.boolean == value->as.boolean;
    case KITH_TYPE_INTEGER:
        return value->as.integer < 0 ? object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER &&
                                           object->via.i64 == value->as.integer
                                     : object->type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
                                           object->via.u64 == (uint64_t)value->as.integer;
    case KITH_TYPE_REAL:
        return object->type == MSGPACK_OBJECT_FLOAT64 &&
               memcmp(&object->via.f64, &value->as.real, sizeof(double)) == 0;
    case KITH_TYPE_TEXT:
        return oracle_told_text(value, object);
    case KITH_TYPE_DATE:
        return object->type == MSGPACK_OBJECT_EXT && object->via.ext.type == 1 &&
               object->via.ext.size == 4 && (int32_t)kithi_get32(bytes) == value->as.date_days;
    case KITH_TYPE_TIME:
        return object->type == MSGPACK_OBJECT_EXT && object->via.ext.type == 2 &&
               object->via.ext.size == 8 && (int64_t)kithi_get64(bytes) == value->as.time_us;
    case KITH_TYPE_LIST:
        return oracle_told_list(value, object);
    case KITH_TYPE_MAP:
        return oracle_told_map(value, object);
    }
    return false;
}

#endif
