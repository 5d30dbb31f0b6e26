/*
 * A growable run of bytes. A failed append makes the buffer failed for good, so that a chain of
 * appends needs one check at its end: kithi_buffer_ok().
 */
#ifndef KITHI_BASE_BUFFER_H
#define KITHI_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kithi_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool failed;
} kithi_buffer;

void kithi_buffer_init(kithi_buffer *buffer);
void kithi_buffer_clear(kithi_buffer *buffer);
/* Forgets the content and the failure, keeps the memory. */
void kithi_buffer_reset(kithi_buffer *buffer);
bool kithi_buffer_ok(const kithi_buffer *buffer);
/* Room for `size` more bytes, which the caller fills; NULL when memory is out. */
uint8_t *kithi_buffer_grow(kithi_buffer *buffer, size_t size);
void kithi_buffer_append(kithi_buffer *buffer, const void *data, size_t size);
void kithi_buffer_append_byte(kithi_buffer *buffer, uint8_t byte);
void kithi_buffer_append_text(kithi_buffer *buffer, const char *text);

#endif
