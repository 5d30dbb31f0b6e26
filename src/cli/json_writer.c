#include "src/cli/json_writer.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

void cli_json_init(cli_json *json, FILE *out) {
    *json = (cli_json){.out = out};
}

void cli_json_init_line(cli_json *json, FILE *out) {
    *json = (cli_json){.out = out, .one_line = true};
}

static void put_text(FILE *out, const char *data, size_t size) {
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];
        if (byte == '"' || byte == '\\') {
            fputc('\\', out);
            fputc(byte, out);
        } else if (byte == '\n') {
            fputs("\\n", out);
        } else if (byte < 0x20 || byte == 0x7F) {
            fprintf(out, "\\u%04x", byte);
        } else {
            fputc(byte, out);
        }
    }
    fputc('"', out);
}

static void new_line(const cli_json *json) {
    if (!json->one_line) {
        fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
    }
}

/* What stands before any member: the comma, the line, the name. */
static void begin_member(cli_json *json, const char *name) {
    if (json->filled[json->depth]) {
        fputc(',', json->out);
    }
    json->filled[json->depth] = true;
    if (json->depth > 0) {
        new_line(json);
    }
    if (name != NULL) {
        put_text(json->out, name, strlen(name));
        fputs(json->one_line ? ":" : ": ", json->out);
    }
}

static void open_level(cli_json *json, const char *name, char opener, char closer) {
    begin_member(json, name);
    fputc(opener, json->out);
    assert(json->depth < CLI_JSON_DEPTH_MAX);
    json->closers[json->depth++] = closer;
    json->filled[json->depth] = false;
}

void cli_json_object(cli_json *json, const char *name) {
    open_level(json, name, '{', '}');
}

void cli_json_list(cli_json *json, const char *name) {
    open_level(json, name, '[', ']');
}

void cli_json_end(cli_json *json) {
    bool filled = json->filled[json->depth];
    json->depth--;
    if (filled) {
        new_line(json);
    }
    fputc(json->closers[json->depth], json->out);
    if (json->depth == 0) {
        fputc('\n', json->out);
    }
}

void cli_json_text_n(cli_json *json, const char *name, const char *data, size_t size) {
    begin_member(json, name);
    char *valid = cli_text_valid(data, size, &size);
    put_text(json->out, valid, size);
    free(valid);
}

void cli_json_text(cli_json *json, const char *name, const char *text) {
    if (text == NULL) {
        cli_json_null(json, name);
    } else {
        cli_json_text_n(json, name, text, strlen(text));
    }
}

void cli_json_count(cli_json *json, const char *name, uint64_t count) {
    begin_member(json, name);
    fprintf(json->out, "%" PRIu64, count);
}

void cli_json_real(cli_json *json, const char *name, double real) {
    char text[CLI_NUMBER_BYTES];
    if (!isfinite(real)) {
        cli_json_null(json, name);
        return;
    }
    begin_member(json, name);
    cli_real_text(real, text);
    /* A real stays one for whoever reads it: 1.0, not 1. */
    fprintf(json->out, "%s%s", text, strpbrk(text, ".e") != NULL ? "" : ".0");
}

void cli_json_micros(cli_json *json, const char *name, int64_t micros) {
    uint64_t magnitude = micros < 0 ? (uint64_t)0 - (uint64_t)micros : (uint64_t)micros;
    char part[CLI_NUMBER_BYTES];
    int digits = snprintf(part, sizeof part, "%06u", (unsigned)(magnitude % 1000000));
    while (digits > 1 && part[digits - 1] == '0') {
        part[--digits] = '\0';
    }
    begin_member(json, name);
    fprintf(json->out, "%s%" PRIu64 ".%s", micros < 0 ? "-" : "", magnitude / 1000000, part);
}

void cli_json_boolean(cli_json *json, const char *name, bool boolean) {
    begin_member(json, name);
    fputs(boolean ? "true" : "false", json->out);
}

void cli_json_null(cli_json *json, const char *name) {
    begin_member(json, name);
    fputs("null", json->out);
}

void cli_json_time(cli_json *json, const char *name, int64_t time_us) {
    char text[KITH_TIME_TEXT_BYTES];
    if (time_us == INT64_MAX) {
        cli_json_null(json, name);
        return;
    }
    kith_time_format(time_us, text);
    cli_json_text(json, name, text);
}

void cli_json_id(cli_json *json, const char *name, const kith_id *id) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(id, text);
    cli_json_text(json, name, text);
}

void cli_json_made(cli_json *json, const char *name, const char *made) {
    begin_member(json, name);
    for (; *made != '\0'; made++) {
        if (*made == '\n') {
            new_line(json);
        } else {
            fputc(*made, json->out);
        }
    }
}

static void put_list(cli_json *json, const char *name, const kith_value *value) {
    cli_json_list(json, name);
    for (size_t i = 0; i < value->as.list.count; i++) {
        cli_json_value(json, NULL, &value->as.list.items[i]);
    }
    cli_json_end(json);
}

static void put_map(cli_json *json, const char *name, const kith_value *value) {
    cli_json_object(json, name);
    for (size_t i = 0; i < value->as.map.count; i++) {
        cli_json_value(json, value->as.map.fields[i].name, &value->as.map.fields[i].value);
    }
    cli_json_end(json);
}

static void put_integer(cli_json *json, const char *name, int64_t integer) {
    begin_member(json, name);
    fprintf(json->out, "%" PRId64, integer);
}

void cli_json_value(cli_json *json, const char *name, const kith_value *value) {
    char text[KITH_TIME_TEXT_BYTES];
    if (json->depth + 1 >= CLI_JSON_DEPTH_MAX) {
        cli_json_null(json, name);
        return;
    }
    switch (value->type) {
    case KITH_TYPE_NULL:
        cli_json_null(json, name);
        break;
    case KITH_TYPE_BOOLEAN:
        cli_json_boolean(json, name, value->as.boolean);
        break;
    case KITH_TYPE_INTEGER:
        put_integer(json, name, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        cli_json_real(json, name, value->as.real);
        break;
    case KITH_TYPE_TEXT:
        cli_json_text_n(json, name, value->as.text.data, value->as.text.size);
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, text);
        cli_json_text(json, name, text);
        break;
    case KITH_TYPE_TIME:
        cli_json_time(json, name, value->as.time_us);
        break;
    case KITH_TYPE_LIST:
        put_list(json, name, value);
        break;
    case KITH_TYPE_MAP:
        put_map(json, name, value);
        break;
    }
}
