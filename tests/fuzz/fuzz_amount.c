/* What is read as an amount is finite and the same in digits of full width; and a value that an
 * import tells as not summed is none to the sums of profiles either. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/number.h"
#include "src/ingest/amount.h"

#define WIDE_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int condition) {
    if (!condition) {
        abort();
    }
}

static bool is_same(kith_value a, kith_value b) {
    return a.type == b.type &&
           (a.type == KITH_TYPE_INTEGER ? a.as.integer == b.as.integer : a.as.real == b.as.real);
}

/* Each byte of ASCII as its full-width form, but spaces. */
static void check_wide(const char *text, size_t size, kith_value amount) {
    char wide[3 * WIDE_MAX];
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (size > WIDE_MAX || c < ' ' || c > '~') {
            return;
        }
        unsigned code_point = c == ' ' ? 0x3000 : 0xFF01u + c - '!';
        wide[used++] = (char)(0xE0 | code_point >> 12);
        wide[used++] = (char)(0x80 | (code_point >> 6 & 0x3F));
        wide[used++] = (char)(0x80 | (code_point & 0x3F));
    }
    kith_value again = kithi_amount_read(kith_value_text_n(wide, used));
    check(amount.type == KITH_TYPE_TEXT ? again.type == KITH_TYPE_TEXT : is_same(amount, again));
}

static void check_summed(const char *text, size_t size) {
    kith_value value = kith_value_text_n(text, size);
    int64_t micros;
    bool summed = kithi_amount_take(KITHI_NUMBER_SUMMED, &value);
    if (value.type == KITH_TYPE_TEXT) {
        check(value.as.text.data == text && value.as.text.size == size);
        check(summed == kithi_micros_parse(text, size, &micros));
    } else if (value.type == KITH_TYPE_REAL) {
        check(summed == kithi_micros_of_real(value.as.real, &micros));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    kith_value value = kith_value_text_n(text, size);
    kith_value amount = kithi_amount_read(value);
    kith_value numeral = kithi_amount_numeral(value);
    check(amount.type != KITH_TYPE_REAL || isfinite(amount.as.real));
    /* A plain numeral is an amount, and the same one. */
    check(numeral.type == KITH_TYPE_TEXT || size > WIDE_MAX || is_same(numeral, amount));
    check_wide(text, size, amount);
    check_summed(text, size);
    kithi_amount_take(KITHI_NUMBER_INTEGER, &value);
    check(value.type == KITH_TYPE_TEXT || value.type == KITH_TYPE_INTEGER);
    return 0;
}
