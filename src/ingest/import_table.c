/* Arrow: the names of the columns become the mapping, each row a record or an event. */
#include <stdlib.h>
#include <string.h>

#include "src/arrow/arrow_view.h"
#include "src/ingest/export_text.h"
#include "src/ingest/import.h"

/* A table at work. */
typedef struct reading {
    kithi_import *import;
    kithi_arrow_table table;
    uint32_t *column_of; /* by the table's columns; KITHI_MAPPING_NONE: it has no name */
    uint64_t row_count;
    kithi_buffer text; /* of a rejected row */
} reading;

/* Columns */

static int too_many_columns(const reading *r) {
    return kithi_error_set(r->import->error, KITH_INVALID,
                           "%s has %zu columns, more than %d; leave out those that matter least",
                           r->import->input.name, r->table.column_count, KITHI_MAPPING_COLUMN_MAX);
}

static int join_column(reading *r, size_t at) {
    const char *name = r->table.columns[at].name;
    r->column_of[at] = KITHI_MAPPING_NONE;
    kith_value trimmed = kithi_draft_trim(kith_value_text(name));
    if (trimmed.as.text.size == 0) {
        return KITH_OK;
    }
    int code = kithi_mapping_column(&r->import->mapping, trimmed.as.text.data, trimmed.as.text.size,
                                    &r->column_of[at], r->import->error);
    return code == KITH_LIMIT ? KITH_INVALID : code;
}

static bool is_taken(const kithi_arrow_view *column) {
    kithi_arrow_kind kind =
        column->dictionary != NULL ? column->dictionary->shape.kind : column->shape.kind;
    return column->shape.kind != KITHI_ARROW_UNKNOWN && kind != KITHI_ARROW_UNKNOWN &&
           kind != KITHI_ARROW_DURATIONS;
}

/* Whether anything becomes of the values of a column. */
static bool is_used(const reading *r, size_t at) {
    const kithi_mapping *mapping = &r->import->mapping;
    uint32_t column = r->column_of[at];
    return column != KITHI_MAPPING_NONE &&
           (mapping->columns[column].attribute != NULL || column == mapping->key ||
            column == mapping->time || column == mapping->message_id);
}

static int check_types(const reading *r) {
    for (size_t i = 0; i < r->table.column_count; i++) {
        const kithi_arrow_view *column = &r->table.columns[i];
        if (is_used(r, i) && !is_taken(column)) {
            return kithi_error_set(
                r->import->error, KITH_INVALID,
                "column \"%.100s\" is of a type that isn't imported, %s: cast it "
                "to a plain one, such as a text, or leave it out (map: "
                "\"%.100s=\")",
                column->name, kithi_arrow_type_name(column->format), column->name);
        }
    }
    return KITH_OK;
}

static int join_columns(reading *r) {
    size_t count = r->table.column_count;
    if (count > KITHI_MAPPING_COLUMN_MAX) {
        return too_many_columns(r);
    }
    r->column_of = malloc((count + 1) * sizeof *r->column_of);
    if (r->column_of == NULL) {
        return kithi_error_memory(r->import->error);
    }
    int code = KITH_OK;
    for (size_t i = 0; i < count; i++) {
        kithi_layout_see(&r->import->mapping.layout, r->table.columns[i].name);
    }
    for (size_t i = 0; code == KITH_OK && i < count; i++) {
        code = join_column(r, i);
    }
    if (code == KITH_OK) {
        code = kithi_mapping_decide(&r->import->mapping, true, r->import->error);
    }
    return code == KITH_OK ? check_types(r) : code;
}

/* Rows */

static bool has_row(const kithi_arrow_table *table, int64_t row) {
    int64_t at = table->first + row;
    return table->validity == NULL || (table->validity[at / 8] >> (at % 8) & 1) != 0;
}

/* What a rejected row holds, as a line of CSV; what can't be read is left empty. */
static void tell_row(reading *r, int64_t at, kithi_row *row) {
    kithi_buffer cell;
    kithi_buffer_init(&cell);
    kithi_buffer_reset(&r->text);
    for (size_t i = 0; i < r->table.column_count && r->text.size < KITHI_REJECT_TEXT_MAX_BYTES;
         i++) {
        const kithi_arrow_view *column = &r->table.columns[i];
        kith_value value;
        const char *problem = NULL;
        kithi_buffer_reset(&cell);
        if (is_taken(column) && kithi_arrow_view_value(column, at, &r->import->draft.arena, &value,
                                                       &problem) == KITH_OK) {
            kithi_export_plain(&cell, &value);
        }
        kithi_buffer_append_text(&r->text, i > 0 ? "," : "");
        if (kithi_buffer_ok(&cell)) {
            kithi_export_csv_cell(&r->text, cell.data, cell.size);
        }
    }
    kithi_buffer_clear(&cell);
    row->text = kithi_buffer_ok(&r->text) ? (const char *)r->text.data : "";
    row->text_bytes = kithi_buffer_ok(&r->text) ? r->text.size : 0;
}

static int draft_value(reading *r, size_t column, int64_t at, kithi_row *row) {
    const kithi_arrow_view *view = &r->table.columns[column];
    kith_value value;
    const char *problem = NULL;
    int code = kithi_arrow_view_value(view, at, &r->import->draft.arena, &value, &problem);
    if (code == KITH_INVALID && !is_used(r, column)) {
        return KITH_OK;
    }
    if (code == KITH_INVALID) {
        bool text = view->shape.kind == KITHI_ARROW_TEXTS ||
                    view->shape.kind == KITHI_ARROW_TEXT_VIEWS || view->dictionary != NULL;
        kithi_row_reject(row, text ? KITH_REJECT_ENCODING : KITH_REJECT_BAD_VALUE,
                         "the value of column \"%.100s\" %s", view->name, problem);
        return KITH_OK;
    }
    if (code == KITH_OK && !kithi_draft_add(&r->import->draft, r->column_of[column], value)) {
        code = KITH_NO_MEMORY;
    }
    return code == KITH_OK ? KITH_OK : kithi_error_memory(r->import->error);
}

static int draft_row(reading *r, int64_t at, kithi_row *row) {
    int code = KITH_OK;
    kithi_draft_reset(&r->import->draft);
    for (size_t i = 0; code == KITH_OK && !row->rejected && i < r->table.column_count; i++) {
        const kithi_arrow_view *column = &r->table.columns[i];
        if (r->column_of[i] == KITHI_MAPPING_NONE) {
            r->import->mapping.unmapped_values += kithi_arrow_view_has(column, at);
        } else if (is_taken(column)) {
            code = draft_value(r, i, at, row);
        }
    }
    return code;
}

static int take_row(reading *r, int64_t at) {
    kithi_import *import = r->import;
    kithi_row row = {.line = ++r->row_count, .text = ""};
    int code = KITH_OK;
    if (has_row(&r->table, at)) {
        code = draft_row(r, at, &row);
    } else {
        kithi_draft_reset(&import->draft);
    }
    if (code == KITH_OK && !row.rejected) {
        code = kithi_import_draft(import, &row);
    }
    if (code == KITH_OK && row.rejected) {
        tell_row(r, at, &row);
    }
    import->input.done_bytes = r->row_count; /* what progress is told of */
    return code == KITH_OK ? kithi_batch_end_row(&import->batch, &row) : code;
}

static int take_batch(reading *r, const struct ArrowArray *batch) {
    int code = kithi_arrow_table_take(&r->table, batch, r->import->error);
    for (int64_t i = 0; code == KITH_OK && i < r->table.row_count; i++) {
        code = take_row(r, i);
    }
    return code;
}

static int take_batches(reading *r) {
    int code = KITH_OK;
    while (code == KITH_OK) {
        struct ArrowArray batch;
        code = kithi_arrow_next_batch(r->import->stream, &batch, r->import->error);
        if (code == KITH_OK) {
            code = take_batch(r, &batch);
            batch.release(&batch);
        }
    }
    return code == KITH_DONE ? KITH_OK : code;
}

int kithi_import_table(kithi_import *import) {
    reading r = {.import = import};
    kithi_buffer_init(&r.text);
    int code = kithi_arrow_table_open(&r.table, import->stream, import->error);
    code = code == KITH_OK ? join_columns(&r) : code;
    code = code == KITH_OK ? take_batches(&r) : code;
    kithi_draft_reset(&import->draft); /* it borrowed from the batch */
    kithi_arrow_table_clear(&r.table);
    kithi_buffer_clear(&r.text);
    free(r.column_of);
    return code;
}
