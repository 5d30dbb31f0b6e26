/* CSV: the header becomes the mapping, each row after it a record or an event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/amount.h"
#include "src/ingest/columns.h"
#include "src/ingest/csv.h"
#include "src/ingest/import.h"

/* The header. column_of[i] is what the i-th cell of a row belongs to, or KITHI_MAPPING_NONE. */

static int too_many_columns(const kithi_import *import, size_t count) {
    return kithi_error_set(import->error, KITH_INVALID,
                           "%s has %zu columns, more than %d; leave out those that matter least",
                           import->input.name, count, KITHI_MAPPING_COLUMN_MAX);
}

static int bad_header(const kithi_import *import, const kithi_row *row, const char *what) {
    return kithi_error_set(import->error, KITH_INVALID,
                           "%s: line %llu: %s; put a line with the columns' names first",
                           import->input.name, (unsigned long long)row->line, what);
}

static bool has_letter(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80 || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
            return true;
        }
    }
    return false;
}

/* No column is named as an e-mail address. */
static bool is_address(const char *text, size_t size) {
    const char *at = memchr(text, '@', size);
    return at != NULL && at > text && memchr(at, '.', size - (size_t)(at - text)) != NULL;
}

static bool is_recognised(const kithi_import *import, const char *name) {
    bool single = false;
    const kith_import_options *options = &import->options;
    return kithi_columns_attribute(name, &single) != NULL || kithi_columns_is_ignored(name) ||
           kithi_columns_key_rank(name, false) >= 0 || kithi_columns_time_rank(name) >= 0 ||
           (options->key_column != NULL && kithi_columns_same(options->key_column, name)) ||
           (options->time_column != NULL && kithi_columns_same(options->time_column, name));
}

/* The trimmed name as a text of its own; false where it is too long for one. */
static bool copy_name(const kithi_csv_field *field, char out[KITHI_COLUMN_NAME_MAX_BYTES + 1]) {
    kith_value name = kithi_draft_trim(kith_value_text_n(field->data, field->size));
    if (name.as.text.size > KITHI_COLUMN_NAME_MAX_BYTES) {
        return false;
    }
    memcpy(out, name.as.text.data, name.as.text.size);
    out[name.as.text.size] = '\0';
    return true;
}

/* Data in the place of a header: an e-mail address, no letters at all, or numbers and no name that
 * is known. */
static int check_header(const kithi_import *import, const kithi_csv_row *header) {
    bool letters = false;
    bool numbers = false;
    bool recognised = false;
    for (size_t i = 0; i < header->field_count; i++) {
        char name[KITHI_COLUMN_NAME_MAX_BYTES + 1];
        kith_value cell =
            kithi_draft_trim(kith_value_text_n(header->fields[i].data, header->fields[i].size));
        const char *text = cell.as.text.data;
        size_t size = cell.as.text.size;
        if (is_address(text, size)) {
            return bad_header(import, &header->row, "no header: a cell holds an e-mail address");
        }
        letters = letters || has_letter(text, size);
        numbers = numbers || (size > 0 && !has_letter(text, size));
        recognised =
            recognised || (copy_name(&header->fields[i], name) && is_recognised(import, name));
    }
    if (!letters || (numbers && !recognised)) {
        return bad_header(import, &header->row, "no header: the cells hold numbers, not names");
    }
    return KITH_OK;
}

/* What the names say together, before any of them is joined. */
static void see_layout(kithi_import *import, const kithi_csv_row *header) {
    for (size_t i = 0; i < header->field_count; i++) {
        char name[KITHI_COLUMN_NAME_MAX_BYTES + 1];
        if (copy_name(&header->fields[i], name)) {
            kithi_layout_see(&import->mapping.layout, name);
        }
    }
}

static int join_column(kithi_import *import, const kithi_csv_row *header, size_t at,
                       uint32_t *column_of) {
    const kithi_csv_field *field = &header->fields[at];
    kith_value name = kithi_draft_trim(kith_value_text_n(field->data, field->size));
    column_of[at] = KITHI_MAPPING_NONE;
    if (name.as.text.size == 0) {
        return KITH_OK; /* a column with no name is left out */
    }
    /* Columns of one name are one: the second one's values are further values. */
    int code = kithi_mapping_column(&import->mapping, name.as.text.data, name.as.text.size,
                                    &column_of[at], import->error);
    return code == KITH_LIMIT ? KITH_INVALID : code;
}

/* One cell, or a comment, where the names of columns are looked for. */
static bool is_title(const kithi_csv_row *header) {
    size_t count = 0;
    for (size_t i = 0; i < header->field_count; i++) {
        count += kithi_draft_trim(kith_value_text_n(header->fields[i].data, header->fields[i].size))
                     .as.text.size > 0;
    }
    return count == 1 || (header->fields[0].size > 0 && header->fields[0].data[0] == '#');
}

static int tell_title(const kithi_import *import, const kithi_row *row) {
    kith_error said = KITH_ERROR_INIT;
    kithi_error_copy(&said, import->error);
    return kithi_error_set(import->error, KITH_INVALID,
                           "%.360s; line %llu looks like a title or a comment: take out what "
                           "stands above the line with the columns' names",
                           said.message, (unsigned long long)row->line);
}

static int read_header(kithi_import *import, kithi_csv *csv, uint32_t **out_column_of) {
    kithi_csv_row header;
    int code = kithi_csv_next(csv, &header, import->error);
    if (code == KITH_DONE) {
        return kithi_error_set(import->error, KITH_INVALID, "%s is empty: it has no header line",
                               import->input.name);
    }
    if (code != KITH_OK) {
        return code;
    }
    if (header.row.rejected) {
        return bad_header(import, &header.row, header.row.detail);
    }
    if (header.field_count > KITHI_MAPPING_COLUMN_MAX) {
        return too_many_columns(import, header.field_count);
    }
    uint32_t *column_of = malloc((header.field_count + 1) * sizeof *column_of);
    if (column_of == NULL) {
        return kithi_error_memory(import->error);
    }
    *out_column_of = column_of;
    code = check_header(import, &header);
    see_layout(import, &header);
    for (size_t i = 0; code == KITH_OK && i < header.field_count; i++) {
        code = join_column(import, &header, i, column_of);
    }
    if (code == KITH_OK) {
        code = kithi_mapping_decide(&import->mapping, true, import->error);
        code = code == KITH_INVALID && is_title(&header) ? tell_title(import, &header.row) : code;
    }
    return code;
}

/* Rows */

/* Exports that were joined have the header again in their middle. */
static void reject_header(const kithi_import *import, kithi_csv_row *row,
                          const uint32_t *column_of) {
    bool same = true;
    for (size_t i = 0; same && i < row->field_count; i++) {
        kith_value cell =
            kithi_draft_trim(kith_value_text_n(row->fields[i].data, row->fields[i].size));
        const kithi_column *column =
            column_of[i] != KITHI_MAPPING_NONE ? &import->mapping.columns[column_of[i]] : NULL;
        const char *name = column != NULL && !column->nameless ? column->name : "";
        same = cell.as.text.size == strlen(name) &&
               memcmp(cell.as.text.data, name, cell.as.text.size) == 0;
    }
    if (same) {
        kithi_row_reject(&row->row, KITH_REJECT_SYNTAX, "the header once more");
    }
}

/* Excel writes ="007" where it is to show a number as it is: the text is meant. */
static kith_value without_formula(kith_value cell) {
    const char *text = cell.as.text.data;
    size_t size = cell.as.text.size;
    bool formula = size > 3 && text[0] == '=' && text[1] == '"' && text[size - 1] == '"' &&
                   memchr(text + 2, '"', size - 3) == NULL;
    return formula ? kithi_draft_trim(kith_value_text_n(text + 2, size - 3)) : cell;
}

/* A column without a name is told of once it holds anything. */
static int join_nameless(kithi_import *import, size_t at, uint32_t *column_of) {
    char name[32];
    snprintf(name, sizeof name, "(column %zu)", at + 1);
    return kithi_mapping_nameless(&import->mapping, name, &column_of[at], import->error);
}

/* Spreadsheets put an apostrophe before what is to stay text: '+4479..., '007. */
static kith_value without_apostrophe(kith_value cell) {
    const char *text = cell.as.text.data;
    bool marked = cell.as.text.size > 1 && text[0] == '\'' &&
                  (strchr("+-=@", text[1]) != NULL || (text[1] >= '0' && text[1] <= '9'));
    return marked ? kith_value_text_n(text + 1, cell.as.text.size - 1) : cell;
}

static int draft_row(kithi_import *import, const kithi_csv_row *row, uint32_t *column_of) {
    const kithi_mapping *mapping = &import->mapping;
    int code = KITH_OK;
    bool events = mapping->of == KITHI_MAPPING_EVENTS;
    kithi_draft_reset(&import->draft);
    for (size_t i = 0; code == KITH_OK && i < row->field_count; i++) {
        kith_value cell = kith_value_text_n(row->fields[i].data, row->fields[i].size);
        cell = without_formula(without_apostrophe(kithi_draft_trim(cell)));
        if (cell.as.text.size == 0) {
            continue;
        }
        if (column_of[i] == KITHI_MAPPING_NONE) {
            code = join_nameless(import, i, column_of);
            continue;
        }
        uint32_t column = column_of[i];
        bool property = events && column != mapping->key && column != mapping->time &&
                        column != mapping->message_id;
        cell = property ? kithi_amount_numeral(cell) : cell;
        if (!kithi_draft_add(&import->draft, column, cell)) {
            code = kithi_error_memory(import->error);
        }
    }
    return code;
}

static int take_row(kithi_import *import, kithi_csv_row *row, uint32_t *column_of) {
    int code = KITH_OK;
    if (!row->row.rejected) {
        reject_header(import, row, column_of);
    }
    if (!row->row.rejected) {
        code = draft_row(import, row, column_of);
    }
    if (code == KITH_OK && !row->row.rejected) {
        code = kithi_import_draft(import, &row->row);
    }
    return code == KITH_OK ? kithi_batch_end_row(&import->batch, &row->row) : code;
}

int kithi_import_csv(kithi_import *import) {
    kithi_csv csv;
    kithi_csv_row row;
    uint32_t *column_of = NULL;
    int code = kithi_csv_open(&csv, &import->input, 0, 0, import->error);
    if (code == KITH_OK) {
        code = read_header(import, &csv, &column_of);
    }
    while (code == KITH_OK) {
        code = kithi_csv_next(&csv, &row, import->error);
        if (code == KITH_OK) {
            code = take_row(import, &row, column_of);
        }
    }
    free(column_of);
    kithi_csv_close(&csv);
    return code == KITH_DONE ? KITH_OK : code;
}
