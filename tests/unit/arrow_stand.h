/*
 * Arrow tables as a test makes and reads them, by the C structs alone.
 */
#ifndef KITH_TEST_ARROW_STAND_H
#define KITH_TEST_ARROW_STAND_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kith/arrow.h"

#define TABLE_COLUMNS_MAX 16
#define TABLE_BATCHES_MAX 4

/* A column that is made: its arrays are the test's own. */
typedef struct table_column {
    const char *format, *name;
    int64_t length, null_count, offset;
    const void *buffers[6];
    int64_t buffer_count;
    const struct table_column *dictionary;
} table_column;

/* A table that is made: columns, and how often they are given as a batch. What is given out and
 * not yet released is counted. */
typedef struct table {
    const table_column *columns;
    size_t column_count;
    int64_t length, offset;
    const void *validity; /* of rows */
    int64_t null_count;
    size_t batch_count;
    int fail_at; /* the batch, from 1 on, that is an error instead; 0: none */
    /* private */
    size_t given;
    int live;
    struct ArrowSchema schemas[TABLE_COLUMNS_MAX + 1], schema_dictionaries[TABLE_COLUMNS_MAX];
    struct ArrowSchema *schema_pointers[TABLE_COLUMNS_MAX];
    struct ArrowArray arrays[TABLE_COLUMNS_MAX], dictionaries[TABLE_COLUMNS_MAX];
    struct ArrowArray *array_pointers[TABLE_COLUMNS_MAX];
    const void *row_buffers[1];
} table;

static inline void table_release_schema(struct ArrowSchema *schema) {
    ((table *)schema->private_data)->live--;
    schema->release = NULL;
}

static inline void table_release_part(struct ArrowSchema *schema) {
    schema->release = NULL;
}

static inline void table_release_array(struct ArrowArray *array) {
    ((table *)array->private_data)->live--;
    array->release = NULL;
}

static inline void table_release_column(struct ArrowArray *array) {
    array->release = NULL;
}

static inline struct ArrowSchema table_schema_of(const table_column *column) {
    return (struct ArrowSchema){.format = column->format,
                                .name = column->name,
                                .flags = ARROW_FLAG_NULLABLE,
                                .release = table_release_part};
}

static inline struct ArrowArray table_array_of(const table_column *column) {
    return (struct ArrowArray){.length = column->length,
                               .null_count = column->null_count,
                               .offset = column->offset,
                               .n_buffers = column->buffer_count,
                               .buffers = (const void **)column->buffers,
                               .release = table_release_column};
}

static inline int table_get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    table *t = stream->private_data;
    for (size_t i = 0; i < t->column_count; i++) {
        t->schemas[i] = table_schema_of(&t->columns[i]);
        t->schema_pointers[i] = &t->schemas[i];
        if (t->columns[i].dictionary != NULL) {
            t->schema_dictionaries[i] = table_schema_of(t->columns[i].dictionary);
            t->schemas[i].dictionary = &t->schema_dictionaries[i];
        }
    }
    *out = (struct ArrowSchema){.format = "+s",
                                .n_children = (int64_t)t->column_count,
                                .children = t->schema_pointers,
                                .release = table_release_schema,
                                .private_data = t};
    t->live++;
    return 0;
}

static inline int table_get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    table *t = stream->private_data;
    memset(out, 0, sizeof *out);
    if (t->fail_at > 0 && t->given + 1 == (size_t)t->fail_at) {
        return EIO;
    }
    if (t->given == t->batch_count) {
        return 0;
    }
    t->given++;
    for (size_t i = 0; i < t->column_count; i++) {
        t->arrays[i] = table_array_of(&t->columns[i]);
        t->array_pointers[i] = &t->arrays[i];
        if (t->columns[i].dictionary != NULL) {
            t->dictionaries[i] = table_array_of(t->columns[i].dictionary);
            t->arrays[i].dictionary = &t->dictionaries[i];
        }
    }
    t->row_buffers[0] = t->validity;
    *out = (struct ArrowArray){.length = t->length,
                               .null_count = t->null_count,
                               .offset = t->offset,
                               .n_buffers = 1,
                               .n_children = (int64_t)t->column_count,
                               .buffers = t->row_buffers,
                               .children = t->array_pointers,
                               .release = table_release_array,
                               .private_data = t};
    t->live++;
    return 0;
}

static inline const char *table_get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return "the line went dead";
}

static inline void table_release(struct ArrowArrayStream *stream) {
    ((table *)stream->private_data)->live--;
    stream->release = NULL;
}

/* The stream of a table, which it begins anew. */
static inline struct ArrowArrayStream table_stream(table *t) {
    t->given = 0;
    t->live = 1;
    return (struct ArrowArrayStream){table_get_schema, table_get_next, table_get_last_error,
                                     table_release, t};
}

/* Reading what kith made */

static inline int column_is_null(const struct ArrowArray *array, int64_t row) {
    const uint8_t *bits = array->buffers[0];
    int64_t at = array->offset + row;
    return bits != NULL && (bits[at / 8] >> (at % 8) & 1) == 0;
}

static inline int64_t column_integer(const struct ArrowArray *array, int64_t row) {
    return ((const int64_t *)array->buffers[1])[array->offset + row];
}

static inline double column_real(const struct ArrowArray *array, int64_t row) {
    return ((const double *)array->buffers[1])[array->offset + row];
}

static inline int32_t column_date(const struct ArrowArray *array, int64_t row) {
    return ((const int32_t *)array->buffers[1])[array->offset + row];
}

static inline int column_boolean(const struct ArrowArray *array, int64_t row) {
    int64_t at = array->offset + row;
    return ((const uint8_t *)array->buffers[1])[at / 8] >> (at % 8) & 1;
}

/* Millionths, of those that fit. */
static inline int64_t column_decimal(const struct ArrowArray *array, int64_t row) {
    return ((const int64_t *)array->buffers[1])[2 * (array->offset + row)];
}

static inline int column_text_is(const struct ArrowArray *array, int64_t row, const char *text) {
    const int32_t *offsets = (const int32_t *)array->buffers[1] + array->offset + row;
    size_t size = (size_t)(offsets[1] - offsets[0]);
    return size == strlen(text) &&
           memcmp((const char *)array->buffers[2] + offsets[0], text, size) == 0;
}

#endif
