#include "src/arrow/arrow_batch.h"

#include <stdlib.h>
#include <string.h>

/* A batch ends earlier where the texts of a column are long: offsets have 32 bits. */
#define TEXT_BYTES_MAX ((size_t)16 << 20)

static const uint64_t nothing[2]; /* where an empty buffer points */

static void column_clear(kithi_arrow_column *column) {
    kithi_buffer_clear(&column->validity);
    kithi_buffer_clear(&column->offsets);
    kithi_buffer_clear(&column->values);
}

/* Without memory of its own. */
static void column_begin(kithi_arrow_column *column, kithi_arrow_type type) {
    *column = (kithi_arrow_column){.type = type};
    kithi_buffer_init(&column->validity);
    kithi_buffer_init(&column->offsets);
    kithi_buffer_init(&column->values);
}

int kithi_arrow_batch_init(kithi_arrow_batch *batch, const kithi_arrow_field *fields,
                           size_t count) {
    *batch = (kithi_arrow_batch){.columns = calloc(count + 1, sizeof *batch->columns)};
    if (batch->columns == NULL) {
        return KITH_NO_MEMORY;
    }
    batch->column_count = count;
    for (size_t i = 0; i < count; i++) {
        column_begin(&batch->columns[i], fields[i].type);
    }
    return KITH_OK;
}

void kithi_arrow_batch_clear(kithi_arrow_batch *batch) {
    for (size_t i = 0; i < batch->column_count; i++) {
        column_clear(&batch->columns[i]);
    }
    free(batch->columns);
    *batch = (kithi_arrow_batch){0};
}

/* Putting */

static void append_bit(kithi_buffer *bits, size_t at, bool bit) {
    if (at % 8 == 0) {
        kithi_buffer_append_byte(bits, 0);
    }
    if (bit && kithi_buffer_ok(bits)) {
        bits->data[at / 8] |= (uint8_t)(1u << (at % 8));
    }
}

static kithi_arrow_column *put(kithi_arrow_batch *batch, size_t column, bool valid) {
    kithi_arrow_column *of = &batch->columns[column];
    append_bit(&of->validity, of->count++, valid);
    of->null_count += !valid;
    return of;
}

/* Where the text that is put next begins, which is where the one before it ends. */
static void append_offset(kithi_arrow_column *column) {
    int32_t offset = (int32_t)column->values.size;
    kithi_buffer_append(&column->offsets, &offset, sizeof offset);
}

void kithi_arrow_put_boolean(kithi_arrow_batch *batch, size_t column, bool value) {
    kithi_arrow_column *of = put(batch, column, true);
    append_bit(&of->values, of->count - 1, value);
}

void kithi_arrow_put_integer(kithi_arrow_batch *batch, size_t column, int64_t value) {
    kithi_buffer_append(&put(batch, column, true)->values, &value, sizeof value);
}

void kithi_arrow_put_real(kithi_arrow_batch *batch, size_t column, double value) {
    kithi_buffer_append(&put(batch, column, true)->values, &value, sizeof value);
}

void kithi_arrow_put_decimal(kithi_arrow_batch *batch, size_t column, kithi_arrow_decimal micros) {
    kithi_buffer_append(&put(batch, column, true)->values, &micros, sizeof micros);
}

void kithi_arrow_put_date(kithi_arrow_batch *batch, size_t column, int64_t days) {
    int32_t narrow = (int32_t)days;
    if (narrow == days) {
        kithi_buffer_append(&put(batch, column, true)->values, &narrow, sizeof narrow);
    }
}

void kithi_arrow_put_text(kithi_arrow_batch *batch, size_t column, const char *data, size_t size) {
    kithi_arrow_column *of = put(batch, column, true);
    append_offset(of);
    kithi_buffer_append(&of->values, data, size);
}

static void put_null(kithi_arrow_batch *batch, size_t column) {
    static const uint8_t zeros[16];
    static const size_t sizes[KITHI_ARROW_TYPES] = {
        [KITHI_ARROW_INTEGER] = 8, [KITHI_ARROW_REAL] = 8, [KITHI_ARROW_DECIMAL] = 16,
        [KITHI_ARROW_DATE] = 4,    [KITHI_ARROW_TIME] = 8, [KITHI_ARROW_DURATION] = 8};
    kithi_arrow_column *of = put(batch, column, false);
    if (of->type == KITHI_ARROW_TEXT) {
        append_offset(of);
    } else if (of->type == KITHI_ARROW_BOOLEAN) {
        append_bit(&of->values, of->count - 1, false);
    } else {
        kithi_buffer_append(&of->values, zeros, sizes[of->type]);
    }
}

static bool column_ok(const kithi_arrow_column *column) {
    return kithi_buffer_ok(&column->validity) && kithi_buffer_ok(&column->offsets) &&
           kithi_buffer_ok(&column->values);
}

int kithi_arrow_batch_end_row(kithi_arrow_batch *batch) {
    bool ok = true;
    batch->row_count++;
    for (size_t i = 0; i < batch->column_count; i++) {
        if (batch->columns[i].count < batch->row_count) {
            put_null(batch, i);
        }
        ok = ok && column_ok(&batch->columns[i]);
    }
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

bool kithi_arrow_batch_is_full(const kithi_arrow_batch *batch) {
    bool full = batch->row_count >= KITH_ARROW_BATCH_ROWS;
    for (size_t i = 0; i < batch->column_count && !full; i++) {
        full = batch->columns[i].values.size >= TEXT_BYTES_MAX;
    }
    return full;
}

/* Giving */

/* What an array of a column owns. */
typedef struct owned_column {
    kithi_arrow_column column;
    const void *buffers[3];
} owned_column;

static void release_column(struct ArrowArray *array) {
    owned_column *owned = array->private_data;
    column_clear(&owned->column);
    free(owned);
    array->release = NULL;
}

/* What the array of a batch owns; its children are released each by itself, as they may have been
 * moved away. */
typedef struct owned_batch {
    const void *buffers[1];
    struct ArrowArray **pointers;
    struct ArrowArray children[];
} owned_batch;

static void release_batch(struct ArrowArray *array) {
    owned_batch *owned = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        struct ArrowArray *child = array->children[i];
        if (child->release != NULL) {
            child->release(child);
        }
    }
    free(owned->pointers);
    free(owned);
    array->release = NULL;
}

static const void *bytes_of(const kithi_buffer *buffer) {
    return buffer->size > 0 ? (const void *)buffer->data : nothing;
}

/* Moves the column's memory into the array. */
static int give_column(kithi_arrow_column *column, struct ArrowArray *out) {
    owned_column *owned = malloc(sizeof *owned);
    bool texts = column->type == KITHI_ARROW_TEXT;
    if (texts) {
        append_offset(column);
    }
    if (owned == NULL || !column_ok(column)) {
        free(owned);
        return KITH_NO_MEMORY;
    }
    owned->column = *column;
    column_begin(column, column->type);
    const kithi_arrow_column *of = &owned->column;
    owned->buffers[0] = of->null_count > 0 ? of->validity.data : NULL;
    owned->buffers[1] = bytes_of(texts ? &of->offsets : &of->values);
    owned->buffers[2] = bytes_of(&of->values);
    *out = (struct ArrowArray){.length = (int64_t)of->count,
                               .null_count = (int64_t)of->null_count,
                               .n_buffers = texts ? 3 : 2,
                               .buffers = owned->buffers,
                               .release = release_column,
                               .private_data = owned};
    return KITH_OK;
}

int kithi_arrow_batch_give(kithi_arrow_batch *batch, struct ArrowArray *out) {
    size_t count = batch->column_count;
    owned_batch *owned = calloc(1, sizeof *owned + count * sizeof owned->children[0]);
    struct ArrowArray **pointers = calloc(count + 1, sizeof *pointers);
    if (owned == NULL || pointers == NULL) {
        free(owned);
        free(pointers);
        return KITH_NO_MEMORY;
    }
    owned->pointers = pointers;
    struct ArrowArray array = {.length = (int64_t)batch->row_count,
                               .n_buffers = 1,
                               .n_children = (int64_t)count,
                               .buffers = owned->buffers,
                               .children = pointers,
                               .release = release_batch,
                               .private_data = owned};
    int code = KITH_OK;
    for (size_t i = 0; i < count; i++) {
        pointers[i] = &owned->children[i];
        code = code == KITH_OK ? give_column(&batch->columns[i], pointers[i]) : code;
    }
    if (code != KITH_OK) {
        array.release(&array);
        return code;
    }
    batch->row_count = 0;
    *out = array;
    return KITH_OK;
}
