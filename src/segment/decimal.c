#include "src/segment/decimal.h"

#include <math.h>

/* 10^37: numbers are smaller. */
#define LIMIT      ((kithi_decimal)INT64_C(1000000000000000000) * INT64_C(1000000000000000000) * 10)
#define REAL_LIMIT 1e31
#define REAL_FINE  9e15 /* reals above it are whole */

static bool keep(kithi_decimal decimal, kithi_decimal *out) {
    *out = decimal;
    return decimal < LIMIT && decimal > -LIMIT;
}

static kithi_decimal size_of(kithi_decimal decimal) {
    return decimal < 0 ? -decimal : decimal;
}

bool kithi_decimal_of_real(double real, kithi_decimal *out) {
    if (!isfinite(real) || fabs(real) >= REAL_LIMIT) {
        return false;
    }
    double whole = fabs(real) < REAL_FINE ? trunc(real) : real;
    double places = rint((real - whole) * KITHI_DECIMAL_ONE);
    return keep((kithi_decimal)whole * KITHI_DECIMAL_ONE + (kithi_decimal)places, out);
}

static size_t read_digits(const char *text, size_t size, kithi_decimal *number) {
    size_t count = 0;
    while (count < size && text[count] >= '0' && text[count] <= '9' && *number < LIMIT / 10) {
        *number = *number * 10 + (text[count++] - '0');
    }
    return count;
}

static bool is_digit_at(const char *text, size_t size, size_t at) {
    return at < size && text[at] >= '0' && text[at] <= '9';
}

size_t kithi_decimal_read(const char *text, size_t size, kithi_decimal *out) {
    kithi_decimal number = 0;
    size_t whole = read_digits(text, size, &number), places = 0;
    if (whole == 0 || is_digit_at(text, size, whole)) {
        return 0;
    }
    if (number >= LIMIT / KITHI_DECIMAL_ONE) {
        return 0;
    }
    if (whole < size && text[whole] == '.' && is_digit_at(text, size, whole + 1)) {
        places = read_digits(text + whole + 1, size - whole - 1, &number);
    }
    if (places > KITHI_DECIMAL_PLACES) {
        return 0;
    }
    for (size_t i = places; i < KITHI_DECIMAL_PLACES; i++) {
        number *= 10;
    }
    *out = number;
    return whole + (places > 0) + places;
}

void kithi_decimal_format(kithi_decimal decimal, char out[KITHI_DECIMAL_TEXT_BYTES]) {
    char digits[KITHI_DECIMAL_TEXT_BYTES];
    kithi_decimal rest = size_of(decimal);
    size_t count = 0, written = 0, places = KITHI_DECIMAL_PLACES;
    while (places > 0 && rest % 10 == 0) {
        rest /= 10;
        places--;
    }
    do {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0 || count <= places);
    if (decimal < 0) {
        out[written++] = '-';
    }
    while (count > 0) {
        out[written++] = digits[--count];
        if (count == places && places > 0) {
            out[written++] = '.';
        }
    }
    out[written] = '\0';
}

bool kithi_decimal_integer(kithi_decimal decimal, int64_t *out) {
    kithi_decimal whole = decimal / KITHI_DECIMAL_ONE;
    *out = (int64_t)whole;
    return decimal % KITHI_DECIMAL_ONE == 0 && whole <= INT64_MAX && whole >= INT64_MIN;
}

bool kithi_decimal_add(kithi_decimal a, kithi_decimal b, kithi_decimal *out) {
    return keep(a + b, out);
}

bool kithi_decimal_subtract(kithi_decimal a, kithi_decimal b, kithi_decimal *out) {
    return keep(a - b, out);
}

/* A quotient whose rest, below the divisor, is rounded half to even. */
static kithi_decimal round_even(kithi_decimal quotient, kithi_decimal rest, kithi_decimal by) {
    kithi_decimal left = size_of(rest), size = size_of(by);
    bool up = left > size - left || (left == size - left && quotient % 2 != 0);
    return !up ? quotient : quotient + ((rest < 0) == (by < 0) ? 1 : -1);
}

/* In parts, as the whole product of two numbers may be larger than both and what it stands for. */
bool kithi_decimal_multiply(kithi_decimal a, kithi_decimal b, kithi_decimal *out) {
    kithi_decimal product, places = a % KITHI_DECIMAL_ONE;
    kithi_decimal small = places * (b % KITHI_DECIMAL_ONE);
    if (__builtin_mul_overflow(a / KITHI_DECIMAL_ONE, b, &product) ||
        __builtin_add_overflow(product, places * (b / KITHI_DECIMAL_ONE), &product)) {
        return false;
    }
    product += small / KITHI_DECIMAL_ONE;
    return keep(round_even(product, small % KITHI_DECIMAL_ONE, KITHI_DECIMAL_ONE), out);
}

/* Digit by digit behind the point. */
bool kithi_decimal_divide(kithi_decimal a, kithi_decimal b, kithi_decimal *out) {
    if (b == 0 || size_of(a / b) >= LIMIT / KITHI_DECIMAL_ONE) {
        return false;
    }
    kithi_decimal quotient = a / b, rest = a % b;
    for (int i = 0; i < KITHI_DECIMAL_PLACES; i++) {
        rest *= 10;
        quotient = quotient * 10 + rest / b;
        rest %= b;
    }
    return keep(round_even(quotient, rest, b), out);
}
