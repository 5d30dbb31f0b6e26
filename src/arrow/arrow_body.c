#include "src/arrow/arrow_body.h"

#include <stdlib.h>
#include <string.h>

#include "src/arrow/flat.h"

#define ALIGN_BYTES 8

bool kithi_arrow_body_takes(const kithi_arrow_view *view) {
    return view->dictionary == NULL && view->shape.kind != KITHI_ARROW_UNKNOWN &&
           view->shape.kind != KITHI_ARROW_TEXT_VIEWS;
}

int kithi_arrow_body_init(kithi_arrow_body *body, size_t column_count) {
    kithi_buffer_init(&body->bytes);
    body->part_count = 0;
    body->parts = calloc(column_count + 1, KITHI_ARROW_BUFFERS_MAX * sizeof *body->parts);
    body->null_counts = calloc(column_count + 1, sizeof *body->null_counts);
    return body->parts != NULL && body->null_counts != NULL ? KITH_OK : KITH_NO_MEMORY;
}

void kithi_arrow_body_clear(kithi_arrow_body *body) {
    kithi_buffer_clear(&body->bytes);
    free(body->parts);
    free(body->null_counts);
}

/* What follows the last part, up to here, is the next one. */
static void end_part(kithi_arrow_body *body, size_t at) {
    body->parts[body->part_count++] = (kithi_arrow_part){at, body->bytes.size - at};
    kithi_flat_pad(&body->bytes, ALIGN_BYTES);
}

static void append_bits(kithi_arrow_body *body, const uint8_t *bits, int64_t first, int64_t count) {
    size_t at = body->bytes.size;
    size_t size = (size_t)(count + 7) / 8;
    uint8_t *out = kithi_buffer_grow(&body->bytes, size);
    if (out != NULL) {
        memset(out, 0, size);
        for (int64_t i = 0; i < count; i++) {
            int64_t from = first + i;
            out[i / 8] |= (uint8_t)((bits[from / 8] >> (from % 8) & 1) << (i % 8));
        }
    }
    end_part(body, at);
}

/* Where no value is null the part is empty. */
static void append_validity(kithi_arrow_body *body, const kithi_arrow_view *view,
                            int64_t *out_null_count) {
    int64_t nulls = 0;
    for (int64_t i = 0; view->validity != NULL && i < view->count; i++) {
        nulls += !kithi_arrow_view_has(view, i);
    }
    *out_null_count = nulls;
    if (nulls > 0) {
        append_bits(body, view->validity, view->first, view->count);
    } else {
        end_part(body, body->bytes.size);
    }
}

static void append_fixed(kithi_arrow_body *body, const kithi_arrow_view *view) {
    size_t at = body->bytes.size;
    size_t width = view->shape.bits / 8;
    const uint8_t *values = view->array->buffers[1];
    if (view->count > 0) {
        kithi_buffer_append(&body->bytes, values + (size_t)view->first * width,
                            (size_t)view->count * width);
    }
    end_part(body, at);
}

static int64_t offset_at(const uint8_t *offsets, size_t width, int64_t at) {
    int64_t wide = 0;
    int32_t narrow = 0;
    if (width == sizeof wide) {
        memcpy(&wide, offsets + (size_t)at * width, sizeof wide);
        return wide;
    }
    memcpy(&narrow, offsets + (size_t)at * width, sizeof narrow);
    return narrow;
}

/* Offsets begin with 0 in each batch. */
static void append_texts(kithi_arrow_body *body, const kithi_arrow_view *view) {
    size_t at = body->bytes.size, width = view->shape.bits / 8;
    const uint8_t *offsets = view->array->buffers[1];
    const uint8_t *texts = view->array->buffers[2];
    int64_t first = 0, last = 0;
    if (view->count > 0) {
        first = offset_at(offsets, width, view->first);
        last = offset_at(offsets, width, view->first + view->count);
    }
    for (int64_t i = 0; i <= view->count; i++) {
        int64_t wide = view->count > 0 ? offset_at(offsets, width, view->first + i) - first : 0;
        int32_t narrow = (int32_t)wide;
        kithi_buffer_append(&body->bytes,
                            width == sizeof wide ? (const void *)&wide : (const void *)&narrow,
                            width);
    }
    end_part(body, at);
    at = body->bytes.size;
    if (last > first) {
        kithi_buffer_append(&body->bytes, texts + first, (size_t)(last - first));
    }
    end_part(body, at);
}

static void append_column(kithi_arrow_body *body, const kithi_arrow_view *view,
                          int64_t *out_null_count) {
    if (view->shape.kind == KITHI_ARROW_NULLS) {
        *out_null_count = view->count;
        return;
    }
    append_validity(body, view, out_null_count);
    if (view->shape.kind == KITHI_ARROW_TEXTS) {
        append_texts(body, view);
    } else if (view->shape.kind == KITHI_ARROW_BITS) {
        append_bits(body, view->array->buffers[1], view->first, view->count);
    } else {
        append_fixed(body, view);
    }
}

int kithi_arrow_body_fill(kithi_arrow_body *body, const kithi_arrow_table *table) {
    kithi_buffer_reset(&body->bytes);
    body->part_count = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        append_column(body, &table->columns[i], &body->null_counts[i]);
    }
    return kithi_buffer_ok(&body->bytes) ? KITH_OK : KITH_NO_MEMORY;
}
