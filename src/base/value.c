#include "kith/base.h"

#include <string.h>

kith_value kith_value_null(void) {
    kith_value value = {KITH_TYPE_NULL, {0}};
    return value;
}

kith_value kith_value_boolean(bool boolean) {
    kith_value value = {KITH_TYPE_BOOLEAN, {0}};
    value.as.boolean = boolean;
    return value;
}

kith_value kith_value_integer(int64_t integer) {
    kith_value value = {KITH_TYPE_INTEGER, {0}};
    value.as.integer = integer;
    return value;
}

kith_value kith_value_real(double real) {
    kith_value value = {KITH_TYPE_REAL, {0}};
    value.as.real = real;
    return value;
}

kith_value kith_value_text_n(const char *data, size_t size) {
    kith_value value = {KITH_TYPE_TEXT, {0}};
    value.as.text.data = data;
    value.as.text.size = size;
    return value;
}

kith_value kith_value_text(const char *text) {
    return kith_value_text_n(text, strlen(text));
}

kith_value kith_value_date(int64_t date_days) {
    kith_value value = {KITH_TYPE_DATE, {0}};
    value.as.date_days = date_days;
    return value;
}

kith_value kith_value_time(int64_t time_us) {
    kith_value value = {KITH_TYPE_TIME, {0}};
    value.as.time_us = time_us;
    return value;
}

void kith_id_format(const kith_id *id, char text[KITH_ID_TEXT_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        text[2 * i] = digits[id->bytes[i] >> 4];
        text[2 * i + 1] = digits[id->bytes[i] & 15];
    }
    text[KITH_ID_TEXT_BYTES - 1] = '\0';
}

static int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int kith_id_parse(const char *text, kith_id *out) {
    if (strlen(text) != KITH_ID_TEXT_BYTES - 1) {
        return KITH_INVALID;
    }
    kith_id id;
    for (size_t i = 0; i < sizeof id.bytes; i++) {
        int high = digit_of(text[2 * i]);
        int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return KITH_INVALID;
        }
        id.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *out = id;
    return KITH_OK;
}
