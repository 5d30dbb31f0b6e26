#include "src/ingest/export_table.h"

/* What a column shows: the types of its values, a bit each, and what else makes a difference. */
#define SEEN(type)   (1u << (type))
#define SEEN_MICROS  (1u << 16) /* numbers in millionths */
#define SEEN_AS_TEXT (1u << 17) /* several of one row, or a date that is too far away */
#define SEEN_LARGE   (1u << 18) /* an integer that a real doesn't hold */
#define REAL_HOLDS   ((int64_t)1 << 53)

unsigned kithi_export_seen_type(kith_type type) {
    return SEEN(type);
}

static unsigned seen_in(const kithi_export_cell *cell) {
    if (cell->micros) {
        return SEEN_MICROS;
    }
    const kith_value *value = &cell->value;
    bool large = value->type == KITH_TYPE_INTEGER &&
                 (value->as.integer > REAL_HOLDS || value->as.integer < -REAL_HOLDS);
    bool far = value->type == KITH_TYPE_DATE && value->as.date_days != (int32_t)value->as.date_days;
    return SEEN(value->type) | (large ? SEEN_LARGE : 0) | (far ? SEEN_AS_TEXT : 0);
}

void kithi_export_see(kithi_export_column *column, const kithi_export_cell *cell, uint64_t row) {
    column->seen |= seen_in(cell) | (column->seen_row == row ? SEEN_AS_TEXT : 0);
    column->seen_row = row;
}

kithi_arrow_type kithi_export_table_type(unsigned seen) {
    switch (seen) {
    case SEEN_MICROS:
        return KITHI_ARROW_DECIMAL;
    case SEEN(KITH_TYPE_BOOLEAN):
        return KITHI_ARROW_BOOLEAN;
    case SEEN(KITH_TYPE_INTEGER):
    case SEEN(KITH_TYPE_INTEGER) | SEEN_LARGE:
        return KITHI_ARROW_INTEGER;
    case SEEN(KITH_TYPE_REAL):
    case SEEN(KITH_TYPE_REAL) | SEEN(KITH_TYPE_INTEGER):
        return KITHI_ARROW_REAL;
    case SEEN(KITH_TYPE_DATE):
        return KITHI_ARROW_DATE;
    case SEEN(KITH_TYPE_TIME):
        return KITHI_ARROW_TIME;
    default:
        return KITHI_ARROW_TEXT;
    }
}

void kithi_export_table_put(kithi_arrow_batch *batch, size_t column, kithi_arrow_type type,
                            const kithi_export_cell *cell) {
    const kith_value *value = &cell->value;
    if (type == KITHI_ARROW_DECIMAL) {
        kithi_arrow_put_decimal(batch, column, value->as.integer);
    } else if (type == KITHI_ARROW_BOOLEAN) {
        kithi_arrow_put_boolean(batch, column, value->as.boolean);
    } else if (type == KITHI_ARROW_INTEGER) {
        kithi_arrow_put_integer(batch, column, value->as.integer);
    } else if (type == KITHI_ARROW_REAL) {
        bool real = value->type == KITH_TYPE_REAL;
        kithi_arrow_put_real(batch, column, real ? value->as.real : (double)value->as.integer);
    } else if (type == KITHI_ARROW_DATE) {
        kithi_arrow_put_date(batch, column, value->as.date_days);
    } else if (type == KITHI_ARROW_TIME) {
        kithi_arrow_put_integer(batch, column, value->as.time_us);
    }
}
