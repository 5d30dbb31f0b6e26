/*
 * JSON to standard output, written as it comes: two blanks a level, names in the order given,
 * numbers exact. It holds nothing, so a profile of a million records prints in no memory.
 */
#ifndef KITH_CLI_JSON_WRITER_H
#define KITH_CLI_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kith.h"

#define CLI_JSON_DEPTH_MAX 64

typedef struct cli_json {
    FILE *out;
    bool one_line; /* with no blanks */
    size_t depth;
    char closers[CLI_JSON_DEPTH_MAX];
    bool filled[CLI_JSON_DEPTH_MAX + 1]; /* whether a level has a member already */
} cli_json;

void cli_json_init(cli_json *json, FILE *out);
/* For JSON lines: what is written takes one. */
void cli_json_init_line(cli_json *json, FILE *out);
/* Begins an object or a list; `name` is NULL for a list's item and at the top. End each with
 * cli_json_end(). */
void cli_json_object(cli_json *json, const char *name);
void cli_json_list(cli_json *json, const char *name);
void cli_json_end(cli_json *json);

/* A NULL text is null. Bytes that aren't UTF-8 become U+FFFD. */
void cli_json_text(cli_json *json, const char *name, const char *text);
void cli_json_text_n(cli_json *json, const char *name, const char *data, size_t size);
void cli_json_count(cli_json *json, const char *name, uint64_t count);
void cli_json_real(cli_json *json, const char *name, double real);
/* Millionths as an exact decimal. */
void cli_json_micros(cli_json *json, const char *name, int64_t micros);
void cli_json_boolean(cli_json *json, const char *name, bool boolean);
void cli_json_null(cli_json *json, const char *name);
/* INT64_MAX, which stands for "never", is null. */
void cli_json_time(cli_json *json, const char *name, int64_t time_us);
void cli_json_id(cli_json *json, const char *name, const kith_id *id);
/* What is JSON already, with two blanks a level. */
void cli_json_made(cli_json *json, const char *name, const char *made);
void cli_json_value(cli_json *json, const char *name, const kith_value *value);

#endif
