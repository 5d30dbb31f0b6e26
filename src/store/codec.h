/*
 * Values as msgpack: packing with msgpack-c, and a walker that reads in place. The walker is
 * bounds-checked and bounded in depth; it never trusts a count. Dates and times are extension types
 * 1 (4 bytes) and 2 (8 bytes, big-endian).
 */
#ifndef KITHI_STORE_CODEC_H
#define KITHI_STORE_CODEC_H

#include "kith/base.h"
#include "src/base/arena.h"
#include "src/base/buffer.h"

#define KITHI_CODEC_DEPTH_MAX 32

void kithi_pack_nil(kithi_buffer *buffer);
void kithi_pack_bool(kithi_buffer *buffer, bool value);
void kithi_pack_uint(kithi_buffer *buffer, uint64_t value);
void kithi_pack_int(kithi_buffer *buffer, int64_t value);
void kithi_pack_text(kithi_buffer *buffer, const char *data, size_t size);
void kithi_pack_array(kithi_buffer *buffer, uint32_t count);
void kithi_pack_map(kithi_buffer *buffer, uint32_t count);
/* Any value; false if it is nested deeper than KITHI_CODEC_DEPTH_MAX or of no known type. */
bool kithi_pack_value(kithi_buffer *buffer, const kith_value *value);

/* A place in packed bytes. A false answer means that the bytes are damaged or of another type. */
typedef struct kithi_walker {
    const uint8_t *at;
    const uint8_t *end;
} kithi_walker;

kithi_walker kithi_walker_of(const void *data, size_t size);
bool kithi_walker_done(const kithi_walker *walker);
bool kithi_walk_nil(
    kithi_walker *walker); /* true and past it if there is a nil; else false and in place */
bool kithi_walk_bool(kithi_walker *walker, bool *out);
bool kithi_walk_uint(kithi_walker *walker, uint64_t *out);
bool kithi_walk_int(kithi_walker *walker, int64_t *out);
bool kithi_walk_text(kithi_walker *walker, const char **out_data, size_t *out_size);
bool kithi_walk_array(kithi_walker *walker, uint32_t *out_count);
bool kithi_walk_map(kithi_walker *walker, uint32_t *out_count);
/* Passes over one value of any kind. */
bool kithi_walk_skip(kithi_walker *walker);
/* Whether a text is next, without moving. */
bool kithi_walk_is_text(const kithi_walker *walker);
/* Reads one value. Text is borrowed from the bytes; lists and maps need the arena (NULL: they
 * fail). */
bool kithi_walk_value(kithi_walker *walker, kithi_arena *arena, kith_value *out);

#endif
