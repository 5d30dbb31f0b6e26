/*
 * Columns on their way out: values are put row by row, and a full batch is given away as an
 * ArrowArray that owns all of its memory.
 */
#ifndef KITHI_ARROW_BATCH_H
#define KITHI_ARROW_BATCH_H

#include "kith/arrow.h"
#include "src/base/buffer.h"

typedef enum kithi_arrow_type {
    KITHI_ARROW_TEXT,
    KITHI_ARROW_BOOLEAN,
    KITHI_ARROW_INTEGER,
    KITHI_ARROW_REAL,
    KITHI_ARROW_DECIMAL, /* of six places */
    KITHI_ARROW_DATE,
    KITHI_ARROW_TIME,
    KITHI_ARROW_DURATION,
    KITHI_ARROW_TYPES
} kithi_arrow_type;

typedef struct kithi_arrow_field {
    const char *name;
    kithi_arrow_type type;
} kithi_arrow_field;

/* A row that is being put has a value in a column, or none: what isn't put is null. */
typedef struct kithi_arrow_column {
    kithi_arrow_type type;
    kithi_buffer validity, offsets, values; /* offsets: of texts alone */
    size_t count;                           /* rows that have been put */
    size_t null_count;
} kithi_arrow_column;

typedef struct kithi_arrow_batch {
    kithi_arrow_column *columns;
    size_t column_count;
    size_t row_count; /* that are ended */
} kithi_arrow_batch;

__extension__ typedef __int128 kithi_arrow_decimal; /* millionths, of at most 38 digits */

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_batch_init(kithi_arrow_batch *batch, const kithi_arrow_field *fields, size_t count);
void kithi_arrow_batch_clear(kithi_arrow_batch *batch);

/* Put a value of the row at hand into a column of its type: a boolean, an integer or one of
 * microseconds, ..., at most one each. */
void kithi_arrow_put_boolean(kithi_arrow_batch *batch, size_t column, bool value);
void kithi_arrow_put_integer(kithi_arrow_batch *batch, size_t column, int64_t value);
void kithi_arrow_put_real(kithi_arrow_batch *batch, size_t column, double value);
void kithi_arrow_put_decimal(kithi_arrow_batch *batch, size_t column, kithi_arrow_decimal micros);
/* Dates that don't fit (of some 5.8 million years) are none. */
void kithi_arrow_put_date(kithi_arrow_batch *batch, size_t column, int64_t days);
void kithi_arrow_put_text(kithi_arrow_batch *batch, size_t column, const char *data, size_t size);

/* Ends the row: columns that hold nothing of it are null in it. KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_batch_end_row(kithi_arrow_batch *batch);
/* Whether it is to be given away before the next row. */
bool kithi_arrow_batch_is_full(const kithi_arrow_batch *batch);
/* Gives the rows away, and begins anew. KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_batch_give(kithi_arrow_batch *batch, struct ArrowArray *out);

#endif
