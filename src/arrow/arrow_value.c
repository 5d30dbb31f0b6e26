/* One value of a table of others, as a value of kith. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/arrow/arrow_view.h"
#include "src/base/number.h"
#include "src/base/text.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 unsigned_wide;

#define WIDE_TEXT_BYTES 160 /* of 39 digits, with up to 100 places */

static bool bit_at(const uint8_t *bits, int64_t at) {
    return (bits[at / 8] >> (at % 8) & 1) != 0;
}

bool kithi_arrow_view_has(const kithi_arrow_view *view, int64_t row) {
    return view->shape.kind != KITHI_ARROW_NULLS &&
           (view->validity == NULL || bit_at(view->validity, view->first + row));
}

static void read(const kithi_arrow_view *view, int64_t row, void *out, size_t bytes) {
    const uint8_t *values = view->array->buffers[1];
    memcpy(out, values + (view->first + row) * (int64_t)bytes, bytes);
}

/* Numbers. Those that an int64 doesn't hold are false, as is their sum with 2^64 in `out`. */
static bool read_integer(const kithi_arrow_view *view, int64_t row, int64_t *out) {
    uint64_t raw = 0;
    unsigned bits = view->shape.bits;
    uint8_t bytes[8];
    read(view, row, bytes, bits / 8);
    switch (bits) {
    case 8:
        raw = bytes[0];
        break;
    case 16: {
        uint16_t narrow;
        memcpy(&narrow, bytes, sizeof narrow);
        raw = narrow;
        break;
    }
    case 32: {
        uint32_t narrow;
        memcpy(&narrow, bytes, sizeof narrow);
        raw = narrow;
        break;
    }
    default:
        memcpy(&raw, bytes, sizeof raw);
        break;
    }
    if (view->shape.is_signed && bits < 64 && (raw >> (bits - 1) & 1) != 0) {
        raw |= UINT64_MAX << bits;
    }
    *out = (int64_t)raw;
    return view->shape.is_signed || raw <= INT64_MAX;
}

static int give_text(kithi_arena *arena, const char *text, kith_value *out) {
    const char *copy = kithi_arena_copy(arena, text, strlen(text));
    *out = kith_value_text(copy);
    return copy != NULL ? KITH_OK : KITH_NO_MEMORY;
}

static int integer_value(const kithi_arrow_view *view, int64_t row, kithi_arena *arena,
                         kith_value *out) {
    char text[32];
    int64_t integer;
    if (read_integer(view, row, &integer)) {
        *out = kith_value_integer(integer);
        return KITH_OK;
    }
    snprintf(text, sizeof text, "%" PRIu64, (uint64_t)integer);
    return give_text(arena, text, out);
}

static int float_value(const kithi_arrow_view *view, int64_t row, kith_value *out,
                       const char **out_problem) {
    double real;
    if (view->shape.bits == 32) {
        float narrow;
        read(view, row, &narrow, sizeof narrow);
        real = narrow;
    } else {
        read(view, row, &real, sizeof real);
    }
    if (isinf(real)) {
        *out_problem = "is infinite";
        return KITH_INVALID;
    }
    if (!isnan(real)) {
        *out = kith_value_real(real);
    }
    return KITH_OK;
}

/* The decimal as text, without zeros behind its last place. Returns how many digits it has from the
 * first one that isn't 0. */
static size_t decimal_text(wide number, int scale, char out[WIDE_TEXT_BYTES]) {
    char digits[WIDE_TEXT_BYTES]; /* from the last one on */
    unsigned_wide rest = number < 0 ? -(unsigned_wide)number : (unsigned_wide)number;
    int count = 0, last = 0, significant = 0;
    for (; rest != 0 || count <= scale || count == 0; rest /= 10) {
        significant = rest != 0 ? count + 1 : significant;
        digits[count++] = (char)('0' + (int)(rest % 10));
    }
    while (last < scale && digits[last] == '0') {
        last++;
    }
    if (number < 0) {
        *out++ = '-';
    }
    for (int i = count - 1; i >= last; i--) {
        *out++ = digits[i];
        if (i == scale && i > last) {
            *out++ = '.';
        }
    }
    for (int i = scale; i < 0 && number != 0; i++) {
        *out++ = '0';
    }
    *out = '\0';
    return (size_t)(significant > last ? significant - last : 0);
}

/* A whole one is an integer; another of so few digits a real, which gives it back; else it is its
 * text. So no amount is damaged. */
static int decimal_value(const kithi_arrow_view *view, int64_t row, kithi_arena *arena,
                         kith_value *out) {
    char text[WIDE_TEXT_BYTES];
    wide number;
    int64_t integer;
    double real;
    read(view, row, &number, sizeof number);
    size_t digits = decimal_text(number, view->shape.scale, text);
    size_t size = strlen(text);
    if (view->shape.scale <= 0 && kithi_integer_parse(text, size, &integer)) {
        *out = kith_value_integer(integer);
        return KITH_OK;
    }
    if (view->shape.scale > 0 && digits <= DBL_DIG && kithi_real_parse(text, size, &real)) {
        *out = kith_value_real(real);
        return KITH_OK;
    }
    return give_text(arena, text, out);
}

/* Texts */

static kith_value text_of(const kithi_arrow_view *view, int64_t row) {
    const uint8_t *offsets = view->array->buffers[1];
    const char *texts = view->array->buffers[2];
    int64_t at = view->first + row, from, to;
    if (view->shape.bits == 64) {
        memcpy(&from, offsets + at * 8, sizeof from);
        memcpy(&to, offsets + at * 8 + 8, sizeof to);
    } else {
        int32_t narrow[2];
        memcpy(narrow, offsets + at * 4, sizeof narrow);
        from = narrow[0];
        to = narrow[1];
    }
    return kith_value_text_n(to > from ? texts + from : "", (size_t)(to - from));
}

static kith_value text_of_view(const kithi_arrow_view *view, int64_t row) {
    const uint8_t *place = (const uint8_t *)view->array->buffers[1] + (view->first + row) * 16;
    int32_t fields[4];
    memcpy(fields, place, sizeof fields);
    const char *text = fields[0] <= 12
                           ? (const char *)place + 4
                           : (const char *)view->array->buffers[2 + fields[2]] + fields[3];
    return kith_value_text_n(text, (size_t)fields[0]);
}

static int text_value(kith_value text, kith_value *out, const char **out_problem) {
    const char *data = text.as.text.data;
    size_t size = text.as.text.size;
    if (!kithi_text_valid(data, size)) {
        *out_problem = "is no valid UTF-8";
        return KITH_INVALID;
    }
    if (memchr(data, '\0', size) != NULL) {
        *out_problem = "holds a NUL byte";
        return KITH_INVALID;
    }
    *out = text;
    return KITH_OK;
}

/* Moments */

#define FIRST_US INT64_C(-62167219200000000) /* of the years 0000 to 9999 */
#define LAST_US  INT64_C(253402300799999999)
#define DAY_MS   INT64_C(86400000)
#define DAY_US   INT64_C(86400000000)

static int64_t floor_divide(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

static int moment_problem(const char **out_problem) {
    *out_problem = "is of none of the years 0000 to 9999";
    return KITH_INVALID;
}

static int date_value(const kithi_arrow_view *view, int64_t row, kith_value *out,
                      const char **out_problem) {
    int64_t days;
    if (view->shape.bits == 32) {
        int32_t narrow;
        read(view, row, &narrow, sizeof narrow);
        days = narrow;
    } else {
        read(view, row, &days, sizeof days);
        days = floor_divide(days, DAY_MS);
    }
    if (days < floor_divide(FIRST_US, DAY_US) || days > floor_divide(LAST_US, DAY_US)) {
        return moment_problem(out_problem);
    }
    *out = kith_value_date(days);
    return KITH_OK;
}

static int timestamp_value(const kithi_arrow_view *view, int64_t row, kith_value *out,
                           const char **out_problem) {
    int64_t raw, us;
    read(view, row, &raw, sizeof raw);
    bool fits = true;
    switch (view->shape.unit) {
    case KITHI_ARROW_SECOND:
        fits = !__builtin_mul_overflow(raw, INT64_C(1000000), &us);
        break;
    case KITHI_ARROW_MILLI:
        fits = !__builtin_mul_overflow(raw, INT64_C(1000), &us);
        break;
    case KITHI_ARROW_MICRO:
        us = raw;
        break;
    default:
        us = floor_divide(raw, 1000);
        break;
    }
    if (!fits || us < FIRST_US || us > LAST_US) {
        return moment_problem(out_problem);
    }
    *out = kith_value_time(us);
    return KITH_OK;
}

/* Any */

static int dictionary_value(const kithi_arrow_view *view, int64_t row, kithi_arena *arena,
                            kith_value *out, const char **out_problem) {
    int64_t index;
    if (!read_integer(view, row, &index) || index < 0 || index >= view->dictionary->count) {
        *out_problem = "lies outside of its dictionary";
        return KITH_INVALID;
    }
    return kithi_arrow_view_value(view->dictionary, index, arena, out, out_problem);
}

int kithi_arrow_view_value(const kithi_arrow_view *view, int64_t row, kithi_arena *arena,
                           kith_value *out, const char **out_problem) {
    *out = kith_value_null();
    if (!kithi_arrow_view_has(view, row)) {
        return KITH_OK;
    }
    if (view->dictionary != NULL) {
        return dictionary_value(view, row, arena, out, out_problem);
    }
    switch (view->shape.kind) {
    case KITHI_ARROW_BITS:
        *out = kith_value_boolean(bit_at(view->array->buffers[1], view->first + row));
        return KITH_OK;
    case KITHI_ARROW_INTEGERS:
        return integer_value(view, row, arena, out);
    case KITHI_ARROW_FLOATS:
        return float_value(view, row, out, out_problem);
    case KITHI_ARROW_DECIMALS:
        return decimal_value(view, row, arena, out);
    case KITHI_ARROW_TEXTS:
        return text_value(text_of(view, row), out, out_problem);
    case KITHI_ARROW_TEXT_VIEWS:
        return text_value(text_of_view(view, row), out, out_problem);
    case KITHI_ARROW_DATES:
        return date_value(view, row, out, out_problem);
    case KITHI_ARROW_TIMESTAMPS:
        return timestamp_value(view, row, out, out_problem);
    default:
        *out_problem = "is of a type that kith doesn't take";
        return KITH_INVALID;
    }
}
