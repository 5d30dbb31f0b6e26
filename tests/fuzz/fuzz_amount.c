/* What is read as an amount is finite, the same as an integer, a real and in millionths, and the
 * same in digits of full width. */
#include <math.h>
#include <string.h>

#include "src/base/amount.h"
#include "src/base/number.h"
#include "tests/fuzz/target.h"

#define WIDE_MAX     64
#define EXACT_MAX    9e15 /* so large integers are exact as doubles */
#define EXACT_MICROS 1e9  /* so large reals are exact to a part of a millionth */

/* Each byte of ASCII as its full-width form; 0 where there is none of some byte. */
static size_t widen(const char *text, size_t size, char wide[3 * WIDE_MAX]) {
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (size > WIDE_MAX || c < ' ' || c > '~') {
            return 0;
        }
        unsigned code_point = c == ' ' ? 0x3000 : 0xFF01u + c - '!';
        wide[used++] = (char)(0xE0 | code_point >> 12);
        wide[used++] = (char)(0x80 | (code_point >> 6 & 0x3F));
        wide[used++] = (char)(0x80 | (code_point & 0x3F));
    }
    return used;
}

/* What is an amount in full width is the same number in ASCII. */
static void check_wide(const char *text, size_t size) {
    char wide[3 * WIDE_MAX];
    size_t used = widen(text, size, wide);
    int64_t integer, as_wide;
    double real, real_as_wide;
    if (kithi_amount_integer(wide, used, &as_wide)) {
        check(kithi_amount_integer(text, size, &integer) && integer == as_wide);
    }
    if (kithi_amount_real(wide, used, &real_as_wide)) {
        check(kithi_amount_real(text, size, &real) && real == real_as_wide);
    }
    if (kithi_amount_micros(wide, used, &as_wide)) {
        check(kithi_amount_micros(text, size, &integer) && integer == as_wide);
    }
}

static void check_kinds(const char *text, size_t size) {
    int64_t integer, micros;
    double real;
    bool is_real = kithi_amount_real(text, size, &real);
    check(!is_real || isfinite(real));
    if (kithi_amount_integer(text, size, &integer) && is_real && fabs(real) < EXACT_MAX) {
        check((double)integer == real);
    }
    if (kithi_amount_micros(text, size, &micros) && is_real && fabs(real) < EXACT_MICROS) {
        check(fabs((double)micros - real * 1e6) <= 1);
    }
}

/* A plain numeral is an amount, and the same one. */
static void check_numeral(const char *text, size_t size) {
    kith_value numeral = kithi_amount_numeral(kith_value_text_n(text, size));
    int64_t integer;
    double real;
    if (numeral.type == KITH_TYPE_INTEGER) {
        check(kithi_amount_integer(text, size, &integer) && integer == numeral.as.integer);
    } else if (numeral.type == KITH_TYPE_REAL && size <= WIDE_MAX) {
        check(kithi_amount_real(text, size, &real) && real == numeral.as.real);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    check_kinds(text, size);
    check_wide(text, size);
    check_numeral(text, size);
    return 0;
}
