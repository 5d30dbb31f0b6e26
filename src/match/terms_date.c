/*
 * Dates as eight digits, YYYYMMDD: also those that are none, such as the 31st of June, since one
 * wrong digit is all that may be wrong with them. Of what programs write for no date nothing.
 */
#include <stdio.h>
#include <string.h>

#include "src/match/compare.h"
#include "src/match/features.h"

#define DIGITS 8

static void add_digits(kithi_feature_builder *b, size_t comparison, const char *text, size_t size) {
    char digits[DIGITS];
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9') {
            continue;
        }
        if (count == DIGITS) {
            return; /* a time, or no date at all */
        }
        digits[count++] = text[i];
    }
    if (count == DIGITS && !kithi_date_is_unset(digits)) {
        kithi_builder_add(b, comparison, digits, DIGITS, 0, 0);
    } else if (count == 4) {
        kithi_builder_add(b, comparison, digits, count, 0, KITHI_TERM_PARTIAL);
    }
}

void kithi_terms_of_date(kithi_feature_builder *b, size_t comparison, const kith_value *value) {
    char text[KITH_TIME_TEXT_BYTES];
    if (value->type == KITH_TYPE_DATE) {
        kith_date_format(value->as.date_days, text);
        add_digits(b, comparison, text, strlen(text));
    } else if (value->type == KITH_TYPE_TEXT) {
        add_digits(b, comparison, value->as.text.data, value->as.text.size);
    }
}
