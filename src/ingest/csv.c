#include "src/ingest/csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/delimiter.h"
#include "src/base/grow.h"

#define NAMED_LINE_BYTES 10 /* "sep=;" in quotes, and its end */

/* How far the scan of a field or a row came. */
typedef enum scan_end {
    SCAN_FIELD,       /* a delimiter ended the field */
    SCAN_ROW,         /* a line end or the end of the file ended the row */
    SCAN_MORE,        /* the window ended: the row is read again when there is more */
    SCAN_OPEN_QUOTE,  /* the file ended inside quotes */
    SCAN_AFTER_QUOTE, /* something other than a delimiter follows a closing quote */
    SCAN_NO_MEMORY
} scan_end;

/* A scan over the window, which begins at the row. */
typedef struct scan {
    const char *data;
    size_t size, at;
    bool ended; /* nothing comes behind data[size] */
    size_t field_count;
    uint64_t newline_count; /* inside quotes */
} scan;

/* Opening and closing */

static void choose_delimiter(kithi_csv *csv, char delimiter) {
    csv->delimiter = delimiter;
    csv->ends_field[(unsigned char)delimiter] = true;
    csv->ends_field['\n'] = true;
    csv->ends_field['\r'] = true;
}

/* The delimiter that Excel's line "sep=;" at the window's begin names, in quotes or not; 0: there
 * is no such line. `*line_bytes` is then its size. */
static char named_delimiter(const kithi_input *input, size_t *line_bytes) {
    const char *line = input->window + input->begin;
    size_t size = input->end - input->begin;
    size_t quote = size > 0 && line[0] == '"';
    size_t end = quote + strlen("sep=;") + quote;
    bool named = size >= end && strncasecmp(line + quote, "sep=", strlen("sep=")) == 0 &&
                 (quote == 0 || line[end - 1] == '"') &&
                 (size == end || line[end] == '\n' || line[end] == '\r');
    *line_bytes = end;
    return named ? line[quote + strlen("sep=")] : '\0';
}

/* Takes such a line, where the file begins with one. */
static int take_named_delimiter(kithi_csv *csv, char *out, kith_error *error) {
    kithi_input *input = csv->lines.input;
    size_t line_bytes = 0;
    int code = kithi_lines_skip_empty(&csv->lines, error);
    while (code == KITH_OK && input->end - input->begin < NAMED_LINE_BYTES && !input->ended) {
        code = kithi_input_fill(input, error);
    }
    *out = code == KITH_OK ? named_delimiter(input, &line_bytes) : '\0';
    if (*out != '\0') {
        kithi_lines_consume(&csv->lines, line_bytes, 0);
    }
    return code;
}

static int find_delimiter(kithi_csv *csv, kith_error *error) {
    kithi_input *input = csv->lines.input;
    char delimiter = ',';
    char named = '\0';
    int code = take_named_delimiter(csv, &named, error);
    if (named != '\0') {
        choose_delimiter(csv, named);
        return KITH_OK;
    }
    while (code == KITH_OK &&
           !kithi_delimiter_find(input->window + input->begin, input->end - input->begin,
                                 &delimiter) &&
           !input->ended && input->end - input->begin <= csv->lines.row_max_bytes) {
        code = kithi_input_fill(input, error);
    }
    choose_delimiter(csv, delimiter);
    return code == KITH_DONE ? KITH_OK : code;
}

int kithi_csv_open(kithi_csv *csv, kithi_input *input, char delimiter, size_t row_max_bytes,
                   kith_error *error) {
    memset(csv, 0, sizeof *csv);
    kithi_lines_init(&csv->lines, input, row_max_bytes);
    kithi_buffer_init(&csv->unquoted);
    if (delimiter != 0) {
        choose_delimiter(csv, delimiter);
        return KITH_OK;
    }
    return find_delimiter(csv, error);
}

void kithi_csv_close(kithi_csv *csv) {
    kithi_lines_clear(&csv->lines);
    kithi_buffer_clear(&csv->unquoted);
    free(csv->fields);
    csv->fields = NULL;
}

/* Scanning. All offsets count from the start of the row, since the window may move between scans.
 */

/* What is behind a field at s->at. */
static scan_end end_of_field(scan *s, char delimiter) {
    if (s->at == s->size) {
        return s->ended ? SCAN_ROW : SCAN_MORE;
    }
    char c = s->data[s->at];
    if (c == delimiter) {
        s->at++;
        return SCAN_FIELD;
    }
    return c == '\n' || c == '\r' ? SCAN_ROW : SCAN_AFTER_QUOTE;
}

static void count_newlines(scan *s, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        bool lone_cr = s->data[i] == '\r' && (i + 1 == to || s->data[i + 1] != '\n');
        s->newline_count += s->data[i] == '\n' || lone_cr;
    }
}

/* s->at is behind the opening quote. */
static scan_end scan_quoted(scan *s, kithi_csv_field *field, char delimiter) {
    field->at = s->at;
    field->quoted = true;
    for (;;) {
        const char *quote = memchr(s->data + s->at, '"', s->size - s->at);
        if (quote == NULL) {
            return s->ended ? SCAN_OPEN_QUOTE : SCAN_MORE;
        }
        s->at = (size_t)(quote - s->data) + 1;
        if (s->at == s->size && !s->ended) {
            return SCAN_MORE; /* it may be the first of two */
        }
        if (s->at == s->size || s->data[s->at] != '"') {
            break;
        }
        s->at++;
        field->doubled = true;
    }
    field->size = s->at - 1 - field->at;
    count_newlines(s, field->at, field->at + field->size);
    return end_of_field(s, delimiter);
}

static scan_end scan_field(const kithi_csv *csv, scan *s, kithi_csv_field *field) {
    field->quoted = false;
    field->doubled = false;
    if (s->at < s->size && s->data[s->at] == '"') {
        s->at++;
        return scan_quoted(s, field, csv->delimiter);
    }
    const char *at = s->data + s->at;
    const char *end = s->data + s->size;
    while (at < end && !csv->ends_field[(unsigned char)*at]) {
        at++;
    }
    field->at = s->at;
    s->at = (size_t)(at - s->data);
    field->size = s->at - field->at;
    return end_of_field(s, csv->delimiter);
}

/* Fields beyond what a row may have are counted, not kept: a row of commas costs no memory. */
static scan_end scan_row(kithi_csv *csv, scan *s) {
    size_t kept_max = csv->column_count ? csv->column_count : KITHI_CSV_COLUMN_MAX;
    scan_end end = SCAN_FIELD;
    while (end == SCAN_FIELD) {
        kithi_csv_field surplus;
        kithi_csv_field *field = &surplus;
        if (s->field_count < kept_max) {
            if (!KITHI_GROW(csv->fields, csv->field_capacity, s->field_count + 1)) {
                return SCAN_NO_MEMORY;
            }
            field = &csv->fields[s->field_count];
        }
        end = scan_field(csv, s, field);
        s->field_count++;
    }
    return end;
}

/* Rows */

/* Each kept field gets its bytes; those with doubled quotes are written out. */
static bool place_fields(kithi_csv *csv, const char *row, size_t row_bytes, size_t count) {
    bool has_room = false;
    kithi_buffer_reset(&csv->unquoted);
    for (size_t i = 0; i < count; i++) {
        kithi_csv_field *field = &csv->fields[i];
        field->data = row + field->at;
        if (!field->doubled) {
            continue;
        }
        if (!has_room) { /* once for the whole row, so that what is placed never moves */
            if (kithi_buffer_grow(&csv->unquoted, row_bytes) == NULL) {
                return false;
            }
            csv->unquoted.size = 0;
            has_room = true;
        }
        char *out = (char *)csv->unquoted.data + csv->unquoted.size;
        size_t size = 0;
        for (size_t at = 0; at < field->size; at++) {
            out[size++] = field->data[at];
            at += field->data[at] == '"';
        }
        csv->unquoted.size += size;
        field->data = out;
        field->size = size;
    }
    return true;
}

/* The row has no sound end: its first line is rejected, and the next line begins a row. */
static int reject_first_line(kithi_csv *csv, kithi_csv_row *out, const char *detail,
                             kith_error *error) {
    int code = kithi_lines_take(&csv->lines, &out->row, error);
    if (code == KITH_OK && !out->row.rejected) {
        kithi_row_reject(&out->row, KITH_REJECT_SYNTAX, "%s", detail);
    }
    return code;
}

static void check_columns(kithi_csv *csv, kithi_csv_row *out) {
    if (out->row.rejected) {
        return;
    }
    if (csv->column_count == 0) {
        csv->column_count = out->field_count;
    } else if (out->field_count != csv->column_count) {
        kithi_row_reject(&out->row, KITH_REJECT_COLUMN_COUNT,
                         "%zu columns where the header has %zu", out->field_count,
                         csv->column_count);
    }
}

static void check_rest(const kithi_csv *csv, kithi_csv_row *out, size_t kept) {
    for (size_t i = 0; i < kept && out->row.line <= csv->doubtful_line; i++) {
        const kithi_csv_field *field = &csv->fields[i];
        if (!out->row.rejected && !field->quoted && memchr(field->data, '"', field->size) != NULL) {
            kithi_row_reject(&out->row, KITH_REJECT_SYNTAX, "the rest of a row that was rejected");
        }
    }
}

static int finish_row(kithi_csv *csv, const scan *s, kithi_csv_row *out, kith_error *error) {
    size_t kept_max = csv->column_count ? csv->column_count : KITHI_CSV_COLUMN_MAX;
    size_t kept = s->field_count < kept_max ? s->field_count : kept_max;
    if (!place_fields(csv, s->data, s->at, kept)) {
        return kithi_error_memory(error);
    }
    out->row.line = csv->lines.line;
    out->row.text = s->data;
    out->row.text_bytes = s->at;
    out->fields = csv->fields;
    out->field_count = s->field_count;
    kithi_row_check_text(&out->row, csv->lines.input->encoding);
    check_rest(csv, out, kept);
    check_columns(csv, out);
    kithi_lines_consume(&csv->lines, s->at, s->newline_count);
    return KITH_OK;
}

static int fail_row(kithi_csv *csv, scan_end end, kithi_csv_row *out, kith_error *error) {
    switch (end) {
    case SCAN_NO_MEMORY:
        return kithi_error_memory(error);
    case SCAN_AFTER_QUOTE:
        return reject_first_line(csv, out, "text follows a closing quote", error);
    default:
        return reject_first_line(csv, out, "a quote is opened and not closed", error);
    }
}

int kithi_csv_next(kithi_csv *csv, kithi_csv_row *out, kith_error *error) {
    kithi_input *input = csv->lines.input;
    out->row.rejected = false;
    out->field_count = 0;
    int code = kithi_lines_skip_empty(&csv->lines, error);
    while (code == KITH_OK) {
        scan s = {input->window + input->begin, input->end - input->begin, 0, input->ended, 0, 0};
        scan_end end = scan_row(csv, &s);
        bool too_long = s.at > csv->lines.row_max_bytes ||
                        (end == SCAN_MORE && s.size > csv->lines.row_max_bytes);
        if (end == SCAN_MORE && !too_long) {
            code = kithi_input_fill(input, error);
            continue;
        }
        if (end == SCAN_ROW && !too_long) {
            return finish_row(csv, &s, out, error);
        }
        if (end == SCAN_AFTER_QUOTE) {
            csv->doubtful_line = csv->lines.line + s.newline_count;
        }
        return fail_row(csv, end, out, error);
    }
    return code;
}
