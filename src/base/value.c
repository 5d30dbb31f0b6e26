#include "src/base/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/base/number.h"
#include "src/base/order.h"
#include "src/base/text.h"

#define NUMBER_TEXT_BYTES 64

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
    return text != NULL ? kith_value_text_n(text, strlen(text)) : kith_value_null();
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

bool kithi_value_is_number(const kith_value *value) {
    return value->type == KITH_TYPE_INTEGER || value->type == KITH_TYPE_REAL;
}

static double real_of(const kith_value *value) {
    return value->type == KITH_TYPE_REAL ? value->as.real : (double)value->as.integer;
}

static int compare_integers(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

int kithi_value_compare(const kith_value *a, const kith_value *b) {
    if (a->type != b->type && !(kithi_value_is_number(a) && kithi_value_is_number(b))) {
        return a->type < b->type ? -1 : 1;
    }
    if (a->type == KITH_TYPE_REAL || b->type == KITH_TYPE_REAL) {
        return (real_of(a) > real_of(b)) - (real_of(a) < real_of(b));
    }
    switch (a->type) {
    case KITH_TYPE_BOOLEAN:
        return a->as.boolean - b->as.boolean;
    case KITH_TYPE_INTEGER:
        return compare_integers(a->as.integer, b->as.integer);
    case KITH_TYPE_DATE:
        return compare_integers(a->as.date_days, b->as.date_days);
    case KITH_TYPE_TIME:
        return compare_integers(a->as.time_us, b->as.time_us);
    case KITH_TYPE_TEXT:
        return kithi_bytes_compare(a->as.text.data, a->as.text.size, b->as.text.data,
                                   b->as.text.size);
    default:
        return 0;
    }
}

void kithi_value_show(const kith_value *value, char *out, size_t capacity) {
    char text[NUMBER_TEXT_BYTES] = "";
    const char *data = text;
    size_t size;
    switch (value->type) {
    case KITH_TYPE_BOOLEAN:
        strcpy(text, value->as.boolean ? "true" : "false");
        break;
    case KITH_TYPE_INTEGER:
        snprintf(text, sizeof text, "%" PRId64, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        kithi_real_format(value->as.real, text);
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, text);
        break;
    case KITH_TYPE_TIME:
        kith_time_format(value->as.time_us, text);
        break;
    default:
        break;
    }
    size = strlen(text);
    if (value->type == KITH_TYPE_TEXT) {
        data = value->as.text.data;
        size = value->as.text.size;
    }
    size = size < capacity ? size : kithi_text_valid_prefix(data, capacity - 1);
    memcpy(out, data, size);
    out[size] = '\0';
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
