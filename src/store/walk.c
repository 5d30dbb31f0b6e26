#include "src/store/codec.h"

#include <string.h>

#include "src/base/bytes.h"

#define EXTENSION_DATE 1
#define EXTENSION_TIME 2

/* What a msgpack head byte says: the kind, and how the size or number behind it is written. */
typedef enum head_kind {
    HEAD_NIL,
    HEAD_BOOL,
    HEAD_INT,
    HEAD_REAL,
    HEAD_BYTES,
    HEAD_ARRAY,
    HEAD_MAP,
    HEAD_EXTENSION,
    HEAD_BAD
} head_kind;

typedef struct head {
    head_kind kind;
    bool text;        /* of BYTES: str, not bin */
    bool negative;    /* of INT: `number` is its two's complement */
    uint64_t number;  /* of INT, BOOL, REAL (its bits): the value; of others the count or size */
    int8_t extension; /* of EXTENSION */
} head;

kithi_walker kithi_walker_of(const void *data, size_t size) {
    return (kithi_walker){data, size > 0 ? (const uint8_t *)data + size : data};
}

bool kithi_walker_done(const kithi_walker *walker) {
    return walker->at == walker->end;
}

static bool take(kithi_walker *walker, size_t size, uint64_t *out) {
    if ((size_t)(walker->end - walker->at) < size) {
        return false;
    }
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        number = number << 8 | walker->at[i];
    }
    walker->at += size;
    *out = number;
    return true;
}

static bool take_signed(kithi_walker *walker, size_t size, head *out) {
    if (!take(walker, size, &out->number)) {
        return false;
    }
    unsigned shift = (unsigned)(64 - 8 * size);
    int64_t number = (int64_t)(out->number << shift) >> shift;
    out->number = (uint64_t)number;
    out->negative = number < 0;
    return true;
}

static bool take_extension(kithi_walker *walker, uint64_t size, head *out) {
    uint64_t type;
    out->kind = HEAD_EXTENSION;
    out->number = size;
    if (!take(walker, 1, &type)) {
        return false;
    }
    out->extension = (int8_t)type;
    return true;
}

/* The heads from 0xc0 on, which say their width. */
static bool take_wide(kithi_walker *walker, uint8_t byte, head *out) {
    uint64_t size;
    switch (byte) {
    case 0xc0:
        out->kind = HEAD_NIL;
        return true;
    case 0xc2:
    case 0xc3:
        out->kind = HEAD_BOOL;
        out->number = byte == 0xc3;
        return true;
    case 0xc4:
    case 0xc5:
    case 0xc6:
        out->kind = HEAD_BYTES;
        return take(walker, (size_t)1 << (byte - 0xc4), &out->number);
    case 0xc7:
    case 0xc8:
    case 0xc9:
        return take(walker, (size_t)1 << (byte - 0xc7), &size) && take_extension(walker, size, out);
    case 0xcb:
        out->kind = HEAD_REAL;
        return take(walker, 8, &out->number);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
        out->kind = HEAD_INT;
        return take(walker, (size_t)1 << (byte - 0xcc), &out->number);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        out->kind = HEAD_INT;
        return take_signed(walker, (size_t)1 << (byte - 0xd0), out);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return take_extension(walker, (uint64_t)1 << (byte - 0xd4), out);
    case 0xd9:
    case 0xda:
    case 0xdb:
        out->kind = HEAD_BYTES;
        out->text = true;
        return take(walker, (size_t)1 << (byte - 0xd9), &out->number);
    case 0xdc:
    case 0xdd:
        out->kind = HEAD_ARRAY;
        return take(walker, (size_t)2 << (byte - 0xdc), &out->number);
    case 0xde:
    case 0xdf:
        out->kind = HEAD_MAP;
        return take(walker, (size_t)2 << (byte - 0xde), &out->number);
    default:
        return false; /* 0xc1 is no type, 0xca is single precision, which kith never writes */
    }
}

static bool take_head(kithi_walker *walker, head *out) {
    uint64_t first;
    *out = (head){.kind = HEAD_BAD};
    if (!take(walker, 1, &first)) {
        return false;
    }
    uint8_t byte = (uint8_t)first;
    if (byte < 0x80 || byte >= 0xe0) {
        out->kind = HEAD_INT;
        out->number = (uint64_t)(int64_t)(int8_t)byte;
        out->negative = byte >= 0xe0;
        return true;
    }
    if (byte < 0xc0) {
        out->kind = byte < 0x90 ? HEAD_MAP : byte < 0xa0 ? HEAD_ARRAY : HEAD_BYTES;
        out->text = byte >= 0xa0;
        out->number = byte < 0xa0 ? byte & 15u : byte & 31u;
        return true;
    }
    return take_wide(walker, byte, out);
}

static bool take_kind(kithi_walker *walker, head_kind kind, head *out) {
    kithi_walker start = *walker;
    if (take_head(walker, out) && out->kind == kind) {
        return true;
    }
    *walker = start;
    return false;
}

bool kithi_walk_nil(kithi_walker *walker) {
    head h;
    return take_kind(walker, HEAD_NIL, &h);
}

bool kithi_walk_bool(kithi_walker *walker, bool *out) {
    head h;
    bool ok = take_kind(walker, HEAD_BOOL, &h);
    *out = ok && h.number != 0;
    return ok;
}

bool kithi_walk_uint(kithi_walker *walker, uint64_t *out) {
    head h;
    if (walker->at < walker->end && *walker->at < 0x80) { /* one byte, as most are */
        *out = *walker->at++;
        return true;
    }
    bool ok = take_kind(walker, HEAD_INT, &h) && !h.negative;
    *out = ok ? h.number : 0;
    return ok;
}

bool kithi_walk_int(kithi_walker *walker, int64_t *out) {
    head h;
    bool ok = take_kind(walker, HEAD_INT, &h) && (h.negative || h.number <= INT64_MAX);
    *out = ok ? (int64_t)h.number : 0;
    return ok;
}

static bool take_bytes(kithi_walker *walker, uint64_t size, const uint8_t **out) {
    if ((uint64_t)(walker->end - walker->at) < size) {
        return false;
    }
    *out = walker->at;
    walker->at += size;
    return true;
}

bool kithi_walk_is_text(const kithi_walker *walker) {
    kithi_walker peek = *walker;
    head h;
    return take_kind(&peek, HEAD_BYTES, &h) && h.text;
}

/* A text of up to 31 bytes, as most are: its head is one byte. */
static bool take_short_text(kithi_walker *walker, const char **out_data, size_t *out_size) {
    size_t left = (size_t)(walker->end - walker->at);
    if (left == 0 || (*walker->at & 0xe0) != 0xa0 || left - 1 < (*walker->at & 0x1fu)) {
        return false;
    }
    *out_size = *walker->at & 0x1fu;
    *out_data = (const char *)walker->at + 1;
    walker->at += 1 + *out_size;
    return true;
}

bool kithi_walk_text(kithi_walker *walker, const char **out_data, size_t *out_size) {
    head h;
    const uint8_t *bytes;
    if (take_short_text(walker, out_data, out_size)) {
        return true;
    }
    if (!take_kind(walker, HEAD_BYTES, &h) || !h.text || !take_bytes(walker, h.number, &bytes)) {
        return false;
    }
    *out_data = (const char *)bytes;
    *out_size = (size_t)h.number;
    return true;
}

static bool walk_count(kithi_walker *walker, head_kind kind, uint32_t *out_count) {
    head h;
    /* Each element takes a byte at least: a larger count is a lie. */
    if (!take_kind(walker, kind, &h) || h.number > (uint64_t)(walker->end - walker->at)) {
        return false;
    }
    *out_count = (uint32_t)h.number;
    return true;
}

bool kithi_walk_array(kithi_walker *walker, uint32_t *out_count) {
    return walk_count(walker, HEAD_ARRAY, out_count);
}

bool kithi_walk_map(kithi_walker *walker, uint32_t *out_count) {
    return walk_count(walker, HEAD_MAP, out_count);
}

/* Skips without recursion: `left` values are still to be passed over. */
bool kithi_walk_skip(kithi_walker *walker) {
    uint64_t left = 1;
    const char *text;
    size_t size;
    if (take_short_text(walker, &text, &size)) {
        return true;
    }
    while (left > 0) {
        head h;
        const uint8_t *bytes;
        if (left > (uint64_t)(walker->end - walker->at) || !take_head(walker, &h)) {
            return false;
        }
        left--;
        if (h.kind == HEAD_ARRAY) {
            left += h.number;
        } else if (h.kind == HEAD_MAP) {
            left += 2 * h.number;
        } else if ((h.kind == HEAD_BYTES || h.kind == HEAD_EXTENSION) &&
                   !take_bytes(walker, h.number, &bytes)) {
            return false;
        }
    }
    return true;
}

static bool walk_value(kithi_walker *walker, kithi_arena *arena, int depth, kith_value *out);

static bool walk_list(kithi_walker *walker, kithi_arena *arena, int depth, uint64_t count,
                      kith_value *out) {
    if (arena == NULL || count > (uint64_t)(walker->end - walker->at)) {
        return false;
    }
    kith_value *items = kithi_arena_calloc(arena, (size_t)count + 1, sizeof *items);
    bool ok = items != NULL;
    for (uint64_t i = 0; ok && i < count; i++) {
        ok = walk_value(walker, arena, depth - 1, &items[i]);
    }
    out->type = KITH_TYPE_LIST;
    out->as.list.items = items;
    out->as.list.count = (size_t)count;
    return ok;
}

static bool walk_fields(kithi_walker *walker, kithi_arena *arena, int depth, uint64_t count,
                        kith_value *out) {
    if (arena == NULL || count > (uint64_t)(walker->end - walker->at)) {
        return false;
    }
    kith_field *fields = kithi_arena_calloc(arena, (size_t)count + 1, sizeof *fields);
    bool ok = fields != NULL;
    for (uint64_t i = 0; ok && i < count; i++) {
        const char *name;
        size_t size;
        ok = kithi_walk_text(walker, &name, &size);
        fields[i].name = ok ? kithi_arena_copy(arena, name, size) : NULL;
        ok = ok && fields[i].name != NULL && walk_value(walker, arena, depth - 1, &fields[i].value);
    }
    out->type = KITH_TYPE_MAP;
    out->as.map.fields = fields;
    out->as.map.count = (size_t)count;
    return ok;
}

static bool extension_value(const head *h, const uint8_t *bytes, kith_value *out) {
    if (h->extension == EXTENSION_DATE && h->number == 4) {
        *out = kith_value_date((int32_t)kithi_get32(bytes));
        return true;
    }
    if (h->extension == EXTENSION_TIME && h->number == 8) {
        *out = kith_value_time((int64_t)kithi_get64(bytes));
        return true;
    }
    return false;
}

static bool walk_value(kithi_walker *walker, kithi_arena *arena, int depth, kith_value *out) {
    head h;
    const uint8_t *bytes;
    *out = kith_value_null();
    if (depth <= 0 || !take_head(walker, &h)) {
        return false;
    }
    switch (h.kind) {
    case HEAD_NIL:
        return true;
    case HEAD_BOOL:
        *out = kith_value_boolean(h.number != 0);
        return true;
    case HEAD_INT:
        *out = kith_value_integer((int64_t)h.number);
        return h.negative || h.number <= INT64_MAX;
    case HEAD_REAL:
        out->type = KITH_TYPE_REAL;
        memcpy(&out->as.real, &h.number, sizeof out->as.real);
        return true;
    case HEAD_BYTES:
        if (!h.text || !take_bytes(walker, h.number, &bytes)) {
            return false;
        }
        *out = kith_value_text_n((const char *)bytes, (size_t)h.number);
        return true;
    case HEAD_EXTENSION:
        return take_bytes(walker, h.number, &bytes) && extension_value(&h, bytes, out);
    case HEAD_ARRAY:
        return walk_list(walker, arena, depth, h.number, out);
    case HEAD_MAP:
        return walk_fields(walker, arena, depth, h.number, out);
    case HEAD_BAD:
        break;
    }
    return false;
}

bool kithi_walk_value(kithi_walker *walker, kithi_arena *arena, kith_value *out) {
    if (take_short_text(walker, &out->as.text.data, &out->as.text.size)) {
        out->type = KITH_TYPE_TEXT;
        return true;
    }
    return walk_value(walker, arena, KITHI_CODEC_DEPTH_MAX + 1, out);
}
