#include "src/base/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MICROS           1000000
#define NUMBER_MAX_BYTES 64
#define WHOLE_REAL_MAX   0x1p53

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool kithi_integer_parse(const char *text, size_t size, int64_t *out) {
    size_t at = 0;
    bool negative = size > 0 && text[0] == '-';
    if (size > 0 && (text[0] == '-' || text[0] == '+')) {
        at++;
    }
    if (at == size) {
        return false;
    }
    uint64_t number = 0;
    for (; at < size; at++) {
        if (!is_digit(text[at]) || number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(text[at] - '0');
    }
    if (number > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

/* strtod reads the locale's decimal point: the text is given one it knows. */
static char locale_point(void) {
    char sample[8];
    snprintf(sample, sizeof sample, "%.1f", 0.5);
    return sample[1];
}

bool kithi_real_parse(const char *text, size_t size, double *out) {
    char copy[NUMBER_MAX_BYTES + 1];
    bool digits = false;
    if (size == 0 || size > NUMBER_MAX_BYTES) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        digits = digits || is_digit(text[i]);
        if (!is_digit(text[i]) && strchr("+-.eE", text[i]) == NULL) {
            return false;
        }
        copy[i] = text[i] == '.' ? locale_point() : text[i];
    }
    copy[size] = '\0';
    char *end;
    *out = strtod(copy, &end);
    return digits && end == copy + size && isfinite(*out);
}

void kithi_real_format(double real, char *out) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, real);
        char *point = strchr(out, locale_point());
        double back;
        if (point != NULL) {
            *point = '.';
        }
        if (kithi_real_parse(out, strlen(out), &back) && back == real) {
            return;
        }
    }
}

bool kithi_real_is_whole(double real) {
    return fabs(real) <= WHOLE_REAL_MAX && real == trunc(real);
}

bool kithi_micros_of_real(double real, int64_t *out) {
    double micros = nearbyint(real * MICROS);
    if (!(fabs(micros) < 9.2e18)) {
        return false;
    }
    *out = (int64_t)micros;
    return true;
}

/* Passes over a sign and a currency sign, in either order. */
static size_t skip_signs(const char *text, size_t size, bool *out_negative) {
    static const char *const currencies[] = {"$", "€", "£", "¥", "￥", "₹", "₩"};
    size_t at = 0;
    *out_negative = false;
    for (int round = 0; round < 3; round++) {
        if (at < size && (text[at] == '-' || text[at] == '+')) {
            *out_negative = text[at] == '-';
            at++;
        }
        for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
            size_t length = strlen(currencies[i]);
            if (size - at >= length && memcmp(text + at, currencies[i], length) == 0) {
                at += length;
            }
        }
        while (at < size && text[at] == ' ') {
            at++;
        }
    }
    return at;
}

/* The digits behind the point: six, and then the rest decides the rounding. */
static int64_t fraction_of(const char *text, size_t size, int64_t whole) {
    int64_t micros = 0;
    for (size_t i = 0; i < 6; i++) {
        micros = micros * 10 + (i < size ? text[i] - '0' : 0);
    }
    if (size > 6) {
        bool more = false;
        for (size_t i = 7; i < size; i++) {
            more = more || text[i] != '0';
        }
        int next = text[6] - '0';
        if (next > 5 || (next == 5 && (more || ((whole * MICROS + micros) & 1)))) {
            micros++;
        }
    }
    return micros;
}

bool kithi_micros_parse(const char *text, size_t size, int64_t *out) {
    bool negative;
    size_t at = skip_signs(text, size, &negative);
    int64_t whole = 0;
    size_t digits = 0, group = 0;
    bool grouped = false;
    for (; at < size && text[at] != '.'; at++) {
        if (text[at] == ',') {
            if (grouped ? group != 3 : group == 0 || group > 3 || text[at - group] == '0') {
                return false;
            }
            grouped = true;
            group = 0;
        } else if (is_digit(text[at]) && whole < INT64_MAX / MICROS / 10) {
            whole = whole * 10 + (text[at] - '0');
            digits++;
            group++;
        } else {
            return false;
        }
    }
    if (grouped && group != 3) {
        return false;
    }
    size_t point = at < size ? at + 1 : at;
    for (size_t i = point; i < size; i++, digits++) {
        if (!is_digit(text[i])) {
            return false;
        }
    }
    if (digits == 0) {
        return false;
    }
    int64_t micros = whole * MICROS + fraction_of(text + point, size - point, whole);
    *out = negative ? -micros : micros;
    return true;
}
