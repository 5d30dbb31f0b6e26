#include "src/arrow/arrow_shape.h"

#include <stdio.h>
#include <string.h>

#define DECIMAL_DIGITS 38
#define SCALE_MAX      100

static const struct {
    const char *format;
    kithi_arrow_shape shape;
} plain[] = {
    {"n", {.kind = KITHI_ARROW_NULLS}},
    {"b", {.kind = KITHI_ARROW_BITS, .bits = 1}},
    {"c", {.kind = KITHI_ARROW_INTEGERS, .bits = 8, .is_signed = true}},
    {"C", {.kind = KITHI_ARROW_INTEGERS, .bits = 8}},
    {"s", {.kind = KITHI_ARROW_INTEGERS, .bits = 16, .is_signed = true}},
    {"S", {.kind = KITHI_ARROW_INTEGERS, .bits = 16}},
    {"i", {.kind = KITHI_ARROW_INTEGERS, .bits = 32, .is_signed = true}},
    {"I", {.kind = KITHI_ARROW_INTEGERS, .bits = 32}},
    {"l", {.kind = KITHI_ARROW_INTEGERS, .bits = 64, .is_signed = true}},
    {"L", {.kind = KITHI_ARROW_INTEGERS, .bits = 64}},
    {"f", {.kind = KITHI_ARROW_FLOATS, .bits = 32}},
    {"g", {.kind = KITHI_ARROW_FLOATS, .bits = 64}},
    {"u", {.kind = KITHI_ARROW_TEXTS, .bits = 32}},
    {"U", {.kind = KITHI_ARROW_TEXTS, .bits = 64}},
    {"vu", {.kind = KITHI_ARROW_TEXT_VIEWS}},
    {"tdD", {.kind = KITHI_ARROW_DATES, .bits = 32}},
    {"tdm", {.kind = KITHI_ARROW_DATES, .bits = 64}},
};

static bool read_unit(char letter, kithi_arrow_unit *out) {
    static const char letters[] = "smun";
    const char *found = letter != '\0' ? strchr(letters, letter) : NULL;
    *out = found != NULL ? (kithi_arrow_unit)(found - letters) : KITHI_ARROW_SECOND;
    return found != NULL;
}

/* "d:19,4", "d:19,4,128" */
static bool read_decimal(const char *format, kithi_arrow_shape *out) {
    int precision = 0, scale = 0, bits = 0, end = 0;
    if (sscanf(format, "d:%2d,%4d%n", &precision, &scale, &end) != 2) {
        return false;
    }
    bool wide = format[end] == '\0' || strcmp(format + end, ",128") == 0;
    bits = wide ? 128 : 0;
    *out = (kithi_arrow_shape){
        KITHI_ARROW_DECIMALS, (unsigned)bits, true, precision, scale, KITHI_ARROW_SECOND, NULL};
    return wide && precision >= 1 && precision <= DECIMAL_DIGITS && scale >= -SCALE_MAX &&
           scale <= SCALE_MAX;
}

kithi_arrow_shape kithi_arrow_shape_of(const char *format) {
    kithi_arrow_shape shape = {.kind = KITHI_ARROW_UNKNOWN};
    if (format == NULL) {
        return shape;
    }
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(format, plain[i].format) == 0) {
            return plain[i].shape;
        }
    }
    kithi_arrow_unit unit;
    if (strncmp(format, "ts", 2) == 0 && read_unit(format[2], &unit) && format[3] == ':') {
        shape = (kithi_arrow_shape){.kind = KITHI_ARROW_TIMESTAMPS, .bits = 64, .unit = unit};
        shape.zone = format + 4;
    } else if (strncmp(format, "tD", 2) == 0 && read_unit(format[2], &unit) && format[3] == '\0') {
        shape = (kithi_arrow_shape){.kind = KITHI_ARROW_DURATIONS, .bits = 64, .unit = unit};
    } else if (strncmp(format, "d:", 2) == 0 && !read_decimal(format, &shape)) {
        shape = (kithi_arrow_shape){.kind = KITHI_ARROW_UNKNOWN};
    }
    return shape;
}

const char *kithi_arrow_type_name(const char *format) {
    static const struct {
        const char *begin, *name;
    } names[] = {
        {"+l", "a list"},          {"+L", "a list"},
        {"+vl", "a list"},         {"+vL", "a list"},
        {"+w", "a list"},          {"+s", "a struct"},
        {"+m", "a map"},           {"+u", "a union"},
        {"+r", "run-end encoded"}, {"z", "binary"},
        {"Z", "binary"},           {"vz", "binary"},
        {"w", "binary"},           {"e", "a float of 16 bits"},
        {"tt", "a time of day"},   {"tD", "a duration"},
        {"ti", "an interval"},     {"d", "a decimal that isn't of 128 bits"},
        {"vu", "a view of texts"}, {"a dictionary", "a dictionary of no plain type"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strncmp(format, names[i].begin, strlen(names[i].begin)) == 0) {
            return names[i].name;
        }
    }
    return "a type that kith doesn't know";
}
