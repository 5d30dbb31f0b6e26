#include "src/segment/operand.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/amount.h"
#include "src/base/calendar.h"
#include "src/base/text.h"

kithi_operand kithi_operand_of(const kith_value *value) {
    kithi_operand made = kithi_operand_null();
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        return kithi_operand_boolean(value->as.boolean);
    case KITH_TYPE_INTEGER:
        return kithi_operand_number(kithi_decimal_of(value->as.integer));
    case KITH_TYPE_REAL:
        made.sort = kithi_decimal_of_real(value->as.real, &made.as.number) ? KITHI_SORT_NUMBER
                                                                           : KITHI_SORT_NULL;
        return made;
    case KITH_TYPE_TEXT:
        return kithi_operand_text(value->as.text.data, value->as.text.size);
    case KITH_TYPE_DATE:
        return kithi_operand_date(value->as.date_days);
    case KITH_TYPE_TIME:
        return kithi_operand_time(value->as.time_us, 0);
    default:
        return made;
    }
}

static kith_value number_value(kithi_decimal number) {
    int64_t integer;
    return kithi_decimal_integer(number, &integer)
               ? kith_value_integer(integer)
               : kith_value_real((double)number / KITHI_DECIMAL_ONE);
}

kith_value kithi_operand_value(const kithi_operand *operand) {
    switch (operand->sort) {
    case KITHI_SORT_BOOLEAN:
        return kith_value_boolean(operand->as.boolean);
    case KITHI_SORT_NUMBER:
        return number_value(operand->as.number);
    case KITHI_SORT_TEXT:
        return kith_value_text_n(operand->as.text.data, operand->as.text.size);
    case KITHI_SORT_DATE:
        return kith_value_date(operand->as.date_days);
    case KITHI_SORT_TIME:
        return kith_value_time(operand->as.us);
    case KITHI_SORT_DURATION:
        return kith_value_integer(operand->as.us);
    default:
        return kith_value_null();
    }
}

bool kithi_operand_walk(kithi_walker *walker, kithi_operand *out) {
    kithi_walker at = *walker;
    kith_value value;
    if (kithi_walk_value(&at, NULL, &value)) {
        *out = kithi_operand_of(&value);
        *walker = at;
        return true;
    }
    *out = kithi_operand_null();
    return kithi_walk_skip(walker);
}

/* Reading a text as what stands beside it */

static bool read_boolean(const char *text, size_t size, bool *out) {
    *out = kithi_word_matches(text, size, "true");
    return *out || kithi_word_matches(text, size, "false");
}

static bool read_as(kithi_sort sort, kithi_operand *text) {
    const char *data = text->as.text.data;
    size_t size = text->as.text.size;
    int64_t value;
    bool boolean;
    switch (sort) {
    case KITHI_SORT_NUMBER:
        if (!kithi_amount_micros(data, size, &value)) {
            return false;
        }
        *text = kithi_operand_number(value);
        return true;
    case KITHI_SORT_BOOLEAN:
        if (!read_boolean(data, size, &boolean)) {
            return false;
        }
        *text = kithi_operand_boolean(boolean);
        return true;
    case KITHI_SORT_DATE:
    case KITHI_SORT_TIME:
        if (kith_date_parse(data, size, &value) == KITH_OK) {
            *text = kithi_operand_date(value);
        } else if (kith_time_parse(data, size, &value) == KITH_OK) {
            *text = kithi_operand_time(value, 0);
        } else {
            return false;
        }
        return true;
    default:
        return false;
    }
}

static bool is_moment(const kithi_operand *operand) {
    return operand->sort == KITHI_SORT_DATE || operand->sort == KITHI_SORT_TIME;
}

void kithi_operand_read_moment(kithi_operand *operand) {
    if (operand->sort == KITHI_SORT_TEXT) {
        read_as(KITHI_SORT_TIME, operand);
    }
}

bool kithi_operands_meet(const kithi_zone *zone, kithi_operand *a, kithi_operand *b) {
    if (a->sort == KITHI_SORT_NULL || b->sort == KITHI_SORT_NULL) {
        return false;
    }
    if (a->sort != b->sort && a->sort == KITHI_SORT_TEXT && !read_as(b->sort, a)) {
        return false;
    }
    if (a->sort != b->sort && b->sort == KITHI_SORT_TEXT && !read_as(a->sort, b)) {
        return false;
    }
    if (a->sort != b->sort && is_moment(a) && is_moment(b)) {
        *a = kithi_operand_moment(zone, *a);
        *b = kithi_operand_moment(zone, *b);
    }
    return a->sort == b->sort;
}

/* Order */

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size) {
    size_t least = a_size < b_size ? a_size : b_size;
    int order = least > 0 ? memcmp(a, b, least) : 0;
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/* Where memory is out the texts are compared as they stand. */
static int compare_composed(const kithi_operand *a, const kithi_operand *b) {
    size_t a_size, b_size;
    char *x = kithi_text_compose(a->as.text.data, a->as.text.size, false, &a_size);
    char *y = kithi_text_compose(b->as.text.data, b->as.text.size, false, &b_size);
    int order = x != NULL && y != NULL ? compare_bytes(x, a_size, y, b_size)
                                       : compare_bytes(a->as.text.data, a->as.text.size,
                                                       b->as.text.data, b->as.text.size);
    free(x);
    free(y);
    return order;
}

static int compare_texts(const kithi_operand *a, const kithi_operand *b) {
    int order = compare_bytes(a->as.text.data, a->as.text.size, b->as.text.data, b->as.text.size);
    bool plain = order == 0 || (kithi_text_is_ascii(a->as.text.data, a->as.text.size) &&
                                kithi_text_is_ascii(b->as.text.data, b->as.text.size));
    return plain ? order : compare_composed(a, b);
}

int kithi_operand_compare(const kithi_operand *a, const kithi_operand *b) {
    switch (a->sort) {
    case KITHI_SORT_BOOLEAN:
        return a->as.boolean - b->as.boolean;
    case KITHI_SORT_NUMBER:
        return (a->as.number > b->as.number) - (a->as.number < b->as.number);
    case KITHI_SORT_DATE:
        return (a->as.date_days > b->as.date_days) - (a->as.date_days < b->as.date_days);
    case KITHI_SORT_TIME:
    case KITHI_SORT_DURATION:
        return (a->as.us > b->as.us) - (a->as.us < b->as.us);
    case KITHI_SORT_TEXT:
        return compare_texts(a, b);
    default:
        return 0;
    }
}

int kithi_operand_order(const kithi_operand *a, const kithi_operand *b) {
    return a->sort != b->sort ? (int)a->sort - (int)b->sort : kithi_operand_compare(a, b);
}

/* Crossings */

bool kithi_operand_holds(kithi_op op, int order) {
    switch (op) {
    case KITHI_OP_LESS:
        return order < 0;
    case KITHI_OP_LESS_EQUAL:
        return order <= 0;
    case KITHI_OP_GREATER:
        return order > 0;
    case KITHI_OP_GREATER_EQUAL:
        return order >= 0;
    case KITHI_OP_UNEQUAL:
        return order != 0;
    default:
        return order == 0;
    }
}

bool kithi_operands_compare_by(kithi_op op, const kithi_zone *zone, kithi_operand *a,
                               kithi_operand *b) {
    return kithi_operands_meet(zone, a, b) &&
           (a->sort != KITHI_SORT_BOOLEAN || op == KITHI_OP_EQUAL);
}

bool kithi_operands_hold(kithi_op op, const kithi_zone *zone, kithi_operand a, kithi_operand b) {
    return kithi_operands_compare_by(op, zone, &a, &b) &&
           kithi_operand_holds(op, kithi_operand_compare(&a, &b));
}

static int64_t bounded(kithi_decimal wait) {
    return wait < INT64_MAX ? (int64_t)wait : INT64_MAX;
}

/* The first wait after which `apart`, which changes by `slope` a microsecond, is at `border` or
 * beyond it, seen from where it is; INT64_MAX: never. */
static int64_t wait_for(kithi_decimal apart, int slope, int border) {
    kithi_decimal way = slope > 0 ? border - apart : apart - border;
    kithi_decimal pace = slope > 0 ? slope : -slope;
    return slope != 0 && way > 0 ? bounded((way + pace - 1) / pace) : INT64_MAX;
}

int64_t kithi_operand_crossing(kithi_op op, const kithi_operand *a, const kithi_operand *b) {
    int slope = a->slope - b->slope;
    if (slope == 0 || (a->sort != KITHI_SORT_TIME && a->sort != KITHI_SORT_DURATION)) {
        return INT64_MAX;
    }
    kithi_decimal apart = (kithi_decimal)a->as.us - b->as.us;
    int order = (apart > 0) - (apart < 0);
    bool holds = kithi_operand_holds(op, order);
    /* The orders that lie ahead are the three of -1, 0, 1 on the way. */
    for (int border = slope > 0 ? order + 1 : order - 1; border >= -1 && border <= 1;
         border += slope > 0 ? 1 : -1) {
        int64_t wait = wait_for(apart, slope, border);
        if (wait == INT64_MAX) {
            continue;
        }
        kithi_decimal then = apart + (kithi_decimal)slope * wait;
        if (kithi_operand_holds(op, (then > 0) - (then < 0)) != holds) {
            return wait;
        }
    }
    return INT64_MAX;
}

/* Sums */

bool kithi_operand_summed(const kithi_operand *value, int64_t *out_micros) {
    if (value->sort == KITHI_SORT_TEXT) {
        return kithi_amount_micros(value->as.text.data, value->as.text.size, out_micros);
    }
    *out_micros = (int64_t)value->as.number;
    return value->sort == KITHI_SORT_NUMBER && *out_micros == value->as.number;
}

kithi_operand kithi_operand_moment(const kithi_zone *zone, kithi_operand operand) {
    if (operand.sort == KITHI_SORT_DATE) {
        return kithi_operand_time(kithi_calendar_date_start(zone, operand.as.date_days), 0);
    }
    return operand.sort == KITHI_SORT_TIME ? operand : kithi_operand_null();
}

static bool is_span(const kithi_operand *operand) {
    return is_moment(operand) || operand->sort == KITHI_SORT_DURATION;
}

#define SLOPE_MAX 1000 /* so many times may `now` be added to itself */

/* Of times and durations. A sum of two times has no meaning; one less another is a duration. */
static kithi_operand combine_times(bool add, kithi_operand a, kithi_operand b) {
    kithi_operand made = {.sort = a.sort};
    bool both = a.sort == KITHI_SORT_TIME && b.sort == KITHI_SORT_TIME;
    if ((both && add) || (!add && a.sort == KITHI_SORT_DURATION && b.sort == KITHI_SORT_TIME)) {
        return kithi_operand_null();
    }
    if (both) {
        made.sort = KITHI_SORT_DURATION;
    } else if (b.sort == KITHI_SORT_TIME) {
        made.sort = KITHI_SORT_TIME;
    }
    made.slope = add ? a.slope + b.slope : a.slope - b.slope;
    bool fits = add ? !__builtin_add_overflow(a.as.us, b.as.us, &made.as.us)
                    : !__builtin_sub_overflow(a.as.us, b.as.us, &made.as.us);
    return fits && made.slope <= SLOPE_MAX && made.slope >= -SLOPE_MAX ? made
                                                                       : kithi_operand_null();
}

static kithi_operand combine_numbers(kithi_op op, const kithi_operand *a, const kithi_operand *b) {
    kithi_operand made = {.sort = KITHI_SORT_NUMBER};
    static bool (*const functions[])(kithi_decimal, kithi_decimal, kithi_decimal *) = {
        [KITHI_OP_ADD] = kithi_decimal_add,
        [KITHI_OP_SUBTRACT] = kithi_decimal_subtract,
        [KITHI_OP_MULTIPLY] = kithi_decimal_multiply,
        [KITHI_OP_DIVIDE] = kithi_decimal_divide};
    return functions[op](a->as.number, b->as.number, &made.as.number) ? made : kithi_operand_null();
}

/* A text becomes what the other operand asks for. */
static void read_beside(kithi_op op, kithi_operand *text, const kithi_operand *beside) {
    if (text->sort != KITHI_SORT_TEXT) {
        return;
    }
    bool time =
        beside->sort == KITHI_SORT_DURATION || (op == KITHI_OP_SUBTRACT && is_moment(beside));
    if (!read_as(time ? KITHI_SORT_TIME : KITHI_SORT_NUMBER, text)) {
        *text = kithi_operand_null();
    }
}

kithi_operand kithi_operand_combine(kithi_op op, const kithi_zone *zone, kithi_operand a,
                                    kithi_operand b) {
    read_beside(op, &a, &b);
    read_beside(op, &b, &a);
    if (a.sort == KITHI_SORT_NUMBER && b.sort == KITHI_SORT_NUMBER) {
        return combine_numbers(op, &a, &b);
    }
    if ((op != KITHI_OP_ADD && op != KITHI_OP_SUBTRACT) || !is_span(&a) || !is_span(&b)) {
        return kithi_operand_null();
    }
    a = a.sort == KITHI_SORT_DATE ? kithi_operand_moment(zone, a) : a;
    b = b.sort == KITHI_SORT_DATE ? kithi_operand_moment(zone, b) : b;
    return combine_times(op == KITHI_OP_ADD, a, b);
}
