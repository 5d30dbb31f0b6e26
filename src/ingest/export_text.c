#include "src/ingest/export_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/number.h"

#define NUMBER_BYTES 64

void kithi_export_json_text(kithi_buffer *out, const char *data, size_t size) {
    static const char digits[] = "0123456789abcdef";
    kithi_buffer_append_byte(out, '"');
    size_t begin = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        kithi_buffer_append(out, data + begin, i - begin);
        begin = i + 1;
        if (byte == '"' || byte == '\\') {
            char escape[2] = {'\\', (char)byte};
            kithi_buffer_append(out, escape, sizeof escape);
        } else {
            char escape[6] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};
            kithi_buffer_append(out, escape, sizeof escape);
        }
    }
    kithi_buffer_append(out, data + begin, size - begin);
    kithi_buffer_append_byte(out, '"');
}

static void append_real(kithi_buffer *out, double real) {
    char text[NUMBER_BYTES];
    kithi_real_format(real, text);
    kithi_buffer_append_text(out, text);
    /* A real stays one for whoever reads it: 3.0, not 3. */
    kithi_buffer_append_text(out, strpbrk(text, ".e") == NULL ? ".0" : "");
}

void kithi_export_micros(kithi_buffer *out, int64_t micros) {
    char text[NUMBER_BYTES];
    uint64_t magnitude = micros < 0 ? (uint64_t)0 - (uint64_t)micros : (uint64_t)micros;
    int size = snprintf(text, sizeof text, "%s%" PRIu64 ".%06u", micros < 0 ? "-" : "",
                        magnitude / 1000000, (unsigned)(magnitude % 1000000));
    while (text[size - 1] == '0' && text[size - 2] != '.') {
        size--;
    }
    kithi_buffer_append(out, text, (size_t)size);
}

static void append_integer(kithi_buffer *out, int64_t integer) {
    char text[NUMBER_BYTES];
    snprintf(text, sizeof text, "%" PRId64, integer);
    kithi_buffer_append_text(out, text);
}

static void append_time(kithi_buffer *out, const kith_value *value) {
    char text[KITH_TIME_TEXT_BYTES];
    if (value->type == KITH_TYPE_DATE) {
        kith_date_format(value->as.date_days, text);
    } else {
        kith_time_format(value->as.time_us, text);
    }
    kithi_buffer_append_text(out, text);
}

static void append_json_list(kithi_buffer *out, const kith_value *value) {
    kithi_buffer_append_byte(out, '[');
    for (size_t i = 0; i < value->as.list.count; i++) {
        kithi_buffer_append_text(out, i > 0 ? "," : "");
        kithi_export_json(out, &value->as.list.items[i]);
    }
    kithi_buffer_append_byte(out, ']');
}

static void append_json_map(kithi_buffer *out, const kith_value *value) {
    kithi_buffer_append_byte(out, '{');
    for (size_t i = 0; i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        kithi_buffer_append_text(out, i > 0 ? "," : "");
        kithi_export_json_text(out, field->name, strlen(field->name));
        kithi_buffer_append_byte(out, ':');
        kithi_export_json(out, &field->value);
    }
    kithi_buffer_append_byte(out, '}');
}

void kithi_export_json(kithi_buffer *out, const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_NULL:
        kithi_buffer_append_text(out, "null");
        break;
    case KITH_TYPE_REAL:
        if (isfinite(value->as.real)) {
            append_real(out, value->as.real);
        } else {
            kithi_buffer_append_text(out, "null");
        }
        break;
    case KITH_TYPE_TEXT:
        kithi_export_json_text(out, value->as.text.data, value->as.text.size);
        break;
    case KITH_TYPE_DATE:
    case KITH_TYPE_TIME:
        kithi_buffer_append_byte(out, '"');
        append_time(out, value);
        kithi_buffer_append_byte(out, '"');
        break;
    case KITH_TYPE_LIST:
        append_json_list(out, value);
        break;
    case KITH_TYPE_MAP:
        append_json_map(out, value);
        break;
    case KITH_TYPE_BOOLEAN:
    case KITH_TYPE_INTEGER:
        kithi_export_plain(out, value);
        break;
    }
}

void kithi_export_plain(kithi_buffer *out, const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_NULL:
        break;
    case KITH_TYPE_BOOLEAN:
        kithi_buffer_append_text(out, value->as.boolean ? "true" : "false");
        break;
    case KITH_TYPE_INTEGER:
        append_integer(out, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        if (isfinite(value->as.real)) {
            append_real(out, value->as.real);
        }
        break;
    case KITH_TYPE_TEXT:
        kithi_buffer_append(out, value->as.text.data, value->as.text.size);
        break;
    case KITH_TYPE_DATE:
    case KITH_TYPE_TIME:
        append_time(out, value);
        break;
    case KITH_TYPE_LIST:
    case KITH_TYPE_MAP:
        kithi_export_json(out, value);
        break;
    }
}

void kithi_export_csv_cell(kithi_buffer *out, const void *data, size_t size) {
    const char *text = data;
    bool quoted = false;
    for (size_t i = 0; i < size && !quoted; i++) {
        quoted = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
    }
    if (!quoted) {
        kithi_buffer_append(out, text, size);
        return;
    }
    kithi_buffer_append_byte(out, '"');
    for (size_t begin = 0; begin < size;) {
        const char *quote = memchr(text + begin, '"', size - begin);
        size_t end = quote != NULL ? (size_t)(quote - text) + 1 : size;
        kithi_buffer_append(out, text + begin, end - begin);
        kithi_buffer_append_text(out, quote != NULL ? "\"" : "");
        begin = end;
    }
    kithi_buffer_append_byte(out, '"');
}
