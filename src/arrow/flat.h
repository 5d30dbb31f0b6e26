/*
 * Flatbuffers, as far as the messages of Arrow's IPC format need them: written from the front, each
 * table before what it points to. Places are bytes from the beginning of the buffer.
 */
#ifndef KITHI_ARROW_FLAT_H
#define KITHI_ARROW_FLAT_H

#include "src/base/buffer.h"

#define KITHI_FLAT_FIELDS_MAX 8

/* A field of a table, in the order of its schema. */
typedef struct kithi_flat_field {
    unsigned bytes; /* 1, 2, 4 or 8 of a number; 4 of what is pointed to; 0: the default */
    int64_t value;
    size_t at; /* where it was written */
} kithi_flat_field;

/* The place that points to the root. */
size_t kithi_flat_begin(kithi_buffer *out);
/* Writes a table, and where its fields are into each. Returns its place. */
size_t kithi_flat_table(kithi_buffer *out, kithi_flat_field *fields, size_t count);
size_t kithi_flat_text(kithi_buffer *out, const char *text);
/* A vector of `count` items, all zero, that lie behind its first four bytes. */
size_t kithi_flat_vector(kithi_buffer *out, size_t count, size_t item_bytes);
/* Makes the place `at` point to another one behind it. */
void kithi_flat_point(kithi_buffer *out, size_t at, size_t target);
/* Writes a number at a place. */
void kithi_flat_put(kithi_buffer *out, size_t at, unsigned bytes, int64_t value);
/* Fills up with zeros to a multiple. */
void kithi_flat_pad(kithi_buffer *out, size_t multiple);

#endif
