#include "src/base/buffer.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_FIRST_BYTES 256

void kithi_buffer_init(kithi_buffer *buffer) {
    *buffer = (kithi_buffer){NULL, 0, 0, false};
}

void kithi_buffer_clear(kithi_buffer *buffer) {
    free(buffer->data);
    kithi_buffer_init(buffer);
}

void kithi_buffer_reset(kithi_buffer *buffer) {
    buffer->size = 0;
    buffer->failed = false;
}

bool kithi_buffer_ok(const kithi_buffer *buffer) {
    return !buffer->failed;
}

static bool reserve(kithi_buffer *buffer, size_t size) {
    if (buffer->failed || size > SIZE_MAX / 2 - buffer->size) {
        buffer->failed = true;
        return false;
    }
    size_t needed = buffer->size + size;
    if (needed <= buffer->capacity) {
        return true;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST_BYTES;
    while (capacity < needed) {
        capacity *= 2;
    }
    uint8_t *data = realloc(buffer->data, capacity);
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

uint8_t *kithi_buffer_grow(kithi_buffer *buffer, size_t size) {
    if (!reserve(buffer, size)) {
        return NULL;
    }
    uint8_t *at = buffer->data + buffer->size;
    buffer->size += size;
    return at;
}

void kithi_buffer_append(kithi_buffer *buffer, const void *data, size_t size) {
    if (size == 0) {
        return;
    }
    uint8_t *at = kithi_buffer_grow(buffer, size);
    if (at != NULL) {
        memcpy(at, data, size);
    }
}

void kithi_buffer_append_byte(kithi_buffer *buffer, uint8_t byte) {
    kithi_buffer_append(buffer, &byte, 1);
}

void kithi_buffer_append_text(kithi_buffer *buffer, const char *text) {
    kithi_buffer_append(buffer, text, strlen(text));
}
