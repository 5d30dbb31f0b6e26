#include "src/store/codec.h"

#include <msgpack/pack.h>
#include <string.h>

#include "src/base/bytes.h"

#define EXTENSION_DATE 1
#define EXTENSION_TIME 2

static int append(void *data, const char *bytes, size_t size) {
    kithi_buffer_append(data, bytes, size);
    return kithi_buffer_ok(data) ? 0 : -1;
}

static msgpack_packer packer_of(kithi_buffer *buffer) {
    msgpack_packer packer;
    msgpack_packer_init(&packer, buffer, append);
    return packer;
}

void kithi_pack_nil(kithi_buffer *buffer) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_nil(&packer);
}

void kithi_pack_bool(kithi_buffer *buffer, bool value) {
    msgpack_packer packer = packer_of(buffer);
    if (value) {
        msgpack_pack_true(&packer);
    } else {
        msgpack_pack_false(&packer);
    }
}

void kithi_pack_uint(kithi_buffer *buffer, uint64_t value) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_uint64(&packer, value);
}

void kithi_pack_int(kithi_buffer *buffer, int64_t value) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_int64(&packer, value);
}

void kithi_pack_text(kithi_buffer *buffer, const char *data, size_t size) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_str(&packer, size);
    msgpack_pack_str_body(&packer, data, size);
}

void kithi_pack_array(kithi_buffer *buffer, uint32_t count) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_array(&packer, count);
}

void kithi_pack_map(kithi_buffer *buffer, uint32_t count) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_map(&packer, count);
}

static void pack_extension(kithi_buffer *buffer, int8_t type, const uint8_t *bytes, size_t size) {
    msgpack_packer packer = packer_of(buffer);
    msgpack_pack_ext(&packer, size, type);
    msgpack_pack_ext_body(&packer, bytes, size);
}

static bool pack(kithi_buffer *buffer, const kith_value *value, int depth);

static bool pack_list(kithi_buffer *buffer, const kith_value *value, int depth) {
    if (value->as.list.count > UINT32_MAX) {
        return false;
    }
    kithi_pack_array(buffer, (uint32_t)value->as.list.count);
    bool ok = true;
    for (size_t i = 0; ok && i < value->as.list.count; i++) {
        ok = pack(buffer, &value->as.list.items[i], depth - 1);
    }
    return ok;
}

static bool pack_map(kithi_buffer *buffer, const kith_value *value, int depth) {
    if (value->as.map.count > UINT32_MAX) {
        return false;
    }
    kithi_pack_map(buffer, (uint32_t)value->as.map.count);
    bool ok = true;
    for (size_t i = 0; ok && i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        kithi_pack_text(buffer, field->name, strlen(field->name));
        ok = pack(buffer, &field->value, depth - 1);
    }
    return ok;
}

static bool pack(kithi_buffer *buffer, const kith_value *value, int depth) {
    if (depth <= 0) {
        return false;
    }
    msgpack_packer packer = packer_of(buffer);
    uint8_t bytes[8];
    switch (value->type) {
    case KITH_TYPE_NULL:
        kithi_pack_nil(buffer);
        return true;
    case KITH_TYPE_BOOLEAN:
        kithi_pack_bool(buffer, value->as.boolean);
        return true;
    case KITH_TYPE_INTEGER:
        kithi_pack_int(buffer, value->as.integer);
        return true;
    case KITH_TYPE_REAL:
        msgpack_pack_double(&packer, value->as.real);
        return true;
    case KITH_TYPE_TEXT:
        kithi_pack_text(buffer, value->as.text.data, value->as.text.size);
        return true;
    case KITH_TYPE_DATE:
        if (value->as.date_days != (int32_t)value->as.date_days) {
            return false;
        }
        kithi_put32(bytes, (uint32_t)(int32_t)value->as.date_days);
        pack_extension(buffer, EXTENSION_DATE, bytes, 4);
        return true;
    case KITH_TYPE_TIME:
        kithi_put64(bytes, (uint64_t)value->as.time_us);
        pack_extension(buffer, EXTENSION_TIME, bytes, 8);
        return true;
    case KITH_TYPE_LIST:
        return pack_list(buffer, value, depth);
    case KITH_TYPE_MAP:
        return pack_map(buffer, value, depth);
    }
    return false;
}

bool kithi_pack_value(kithi_buffer *buffer, const kith_value *value) {
    return pack(buffer, value, KITHI_CODEC_DEPTH_MAX);
}
