/* Field numbers, type numbers and defaults are those of Arrow's Message.fbs and Schema.fbs. */
#include "src/arrow/arrow_message.h"

#include <string.h>

#include "src/arrow/flat.h"

#define PREFIX_BYTES    8 /* a mark, and the size of what follows */
#define VERSION_5       4
#define HEADER_SCHEMA   1
#define HEADER_BATCH    3
#define UNIT_DAY        0
#define UNIT_MILLI      1
#define PRECISION_FLOAT 1

/* Types of columns. */
enum {
    TYPE_NULL = 1,
    TYPE_INT = 2,
    TYPE_FLOAT = 3,
    TYPE_UTF8 = 5,
    TYPE_BOOL = 6,
    TYPE_DECIMAL = 7,
    TYPE_DATE = 8,
    TYPE_TIMESTAMP = 10,
    TYPE_DURATION = 18,
    TYPE_LARGE_UTF8 = 20
};

static bool is_big_endian(void) {
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, sizeof first);
    return first == 0;
}

/* The mark, room for the size, and the place that points to the message. */
static size_t begin_message(kithi_buffer *out) {
    static const uint8_t mark[PREFIX_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF};
    kithi_buffer_append(out, mark, sizeof mark);
    return kithi_flat_begin(out);
}

static void end_message(kithi_buffer *out) {
    kithi_flat_pad(out, PREFIX_BYTES);
    kithi_flat_put(out, 4, 4, (int64_t)(out->size - PREFIX_BYTES));
}

/* Returns the place that points to the header. */
static size_t put_message(kithi_buffer *out, size_t root, int header, size_t body_size) {
    kithi_flat_field fields[] = {
        {2, VERSION_5, 0}, {1, header, 0}, {4, 0, 0}, {8, (int64_t)body_size, 0}};
    kithi_flat_point(out, root, kithi_flat_table(out, fields, 4));
    return fields[2].at;
}

/* The schema */

static int type_number(const kithi_arrow_shape *shape) {
    switch (shape->kind) {
    case KITHI_ARROW_BITS:
        return TYPE_BOOL;
    case KITHI_ARROW_INTEGERS:
        return TYPE_INT;
    case KITHI_ARROW_FLOATS:
        return TYPE_FLOAT;
    case KITHI_ARROW_DECIMALS:
        return TYPE_DECIMAL;
    case KITHI_ARROW_TEXTS:
        return shape->bits == 64 ? TYPE_LARGE_UTF8 : TYPE_UTF8;
    case KITHI_ARROW_DATES:
        return TYPE_DATE;
    case KITHI_ARROW_TIMESTAMPS:
        return TYPE_TIMESTAMP;
    case KITHI_ARROW_DURATIONS:
        return TYPE_DURATION;
    default:
        return TYPE_NULL;
    }
}

static size_t put_timestamp(kithi_buffer *out, const kithi_arrow_shape *shape) {
    bool zoned = shape->zone[0] != '\0';
    kithi_flat_field fields[] = {{2, shape->unit, 0}, {zoned ? 4 : 0, 0, 0}};
    size_t at = kithi_flat_table(out, fields, 2);
    if (zoned) {
        kithi_flat_point(out, fields[1].at, kithi_flat_text(out, shape->zone));
    }
    return at;
}

static size_t put_type(kithi_buffer *out, const kithi_arrow_shape *shape) {
    kithi_flat_field fields[3] = {{0, 0, 0}};
    size_t count = 0;
    switch (shape->kind) {
    case KITHI_ARROW_INTEGERS:
        fields[count++] = (kithi_flat_field){4, shape->bits, 0};
        fields[count++] = (kithi_flat_field){1, shape->is_signed, 0};
        break;
    case KITHI_ARROW_FLOATS:
        fields[count++] = (kithi_flat_field){2, PRECISION_FLOAT + (shape->bits == 64), 0};
        break;
    case KITHI_ARROW_DECIMALS:
        fields[count++] = (kithi_flat_field){4, shape->precision, 0};
        fields[count++] = (kithi_flat_field){4, shape->scale, 0};
        fields[count++] = (kithi_flat_field){4, 128, 0};
        break;
    case KITHI_ARROW_DATES:
        fields[count++] = (kithi_flat_field){2, shape->bits == 64 ? UNIT_MILLI : UNIT_DAY, 0};
        break;
    case KITHI_ARROW_TIMESTAMPS:
        return put_timestamp(out, shape);
    case KITHI_ARROW_DURATIONS:
        fields[count++] = (kithi_flat_field){2, shape->unit, 0};
        break;
    default:
        break;
    }
    return kithi_flat_table(out, fields, count);
}

static size_t put_field(kithi_buffer *out, const kithi_arrow_view *view) {
    enum { NAME, NULLABLE, TYPE_TYPE, TYPE, DICTIONARY, CHILDREN, COUNT };
    kithi_flat_field fields[COUNT] = {
        [NAME] = {4, 0, 0}, [NULLABLE] = {1, 1, 0}, [TYPE_TYPE] = {1, type_number(&view->shape), 0},
        [TYPE] = {4, 0, 0}, [CHILDREN] = {4, 0, 0},
    };
    size_t at = kithi_flat_table(out, fields, COUNT);
    kithi_flat_point(out, fields[NAME].at, kithi_flat_text(out, view->name));
    kithi_flat_point(out, fields[TYPE].at, put_type(out, &view->shape));
    kithi_flat_point(out, fields[CHILDREN].at, kithi_flat_vector(out, 0, 4));
    return at;
}

void kithi_arrow_schema_message(const kithi_arrow_table *table, kithi_buffer *out) {
    size_t header = put_message(out, begin_message(out), HEADER_SCHEMA, 0);
    kithi_flat_field fields[] = {{2, is_big_endian(), 0}, {4, 0, 0}};
    kithi_flat_point(out, header, kithi_flat_table(out, fields, 2));
    size_t list = kithi_flat_vector(out, table->column_count, 4);
    kithi_flat_point(out, fields[1].at, list);
    for (size_t i = 0; i < table->column_count; i++) {
        size_t field = put_field(out, &table->columns[i]);
        kithi_flat_point(out, list + 4 + 4 * i, field);
    }
    end_message(out);
}

/* Batches */

/* Items of two numbers each. */
static void put_pair(kithi_buffer *out, size_t list, size_t item, int64_t first, int64_t second) {
    kithi_flat_put(out, list + 4 + 16 * item, 8, first);
    kithi_flat_put(out, list + 4 + 16 * item + 8, 8, second);
}

void kithi_arrow_batch_message(const kithi_arrow_table *table, const kithi_arrow_body *body,
                               kithi_buffer *out) {
    size_t header = put_message(out, begin_message(out), HEADER_BATCH, body->bytes.size);
    kithi_flat_field fields[] = {{8, table->row_count, 0}, {4, 0, 0}, {4, 0, 0}};
    kithi_flat_point(out, header, kithi_flat_table(out, fields, 3));
    size_t nodes = kithi_flat_vector(out, table->column_count, 16);
    kithi_flat_point(out, fields[1].at, nodes);
    for (size_t i = 0; i < table->column_count; i++) {
        put_pair(out, nodes, i, table->row_count, body->null_counts[i]);
    }
    size_t buffers = kithi_flat_vector(out, body->part_count, 16);
    kithi_flat_point(out, fields[2].at, buffers);
    for (size_t i = 0; i < body->part_count; i++) {
        put_pair(out, buffers, i, (int64_t)body->parts[i].at, (int64_t)body->parts[i].size);
    }
    end_message(out);
}

void kithi_arrow_end_message(kithi_buffer *out) {
    static const uint8_t end[PREFIX_BYTES] = {0xFF, 0xFF, 0xFF, 0xFF};
    kithi_buffer_append(out, end, sizeof end);
}
