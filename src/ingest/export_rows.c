#include "src/ingest/export_rows.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/ingest/export_table.h"
#include "src/ingest/export_text.h"

#define WRITE_BYTES 65536 /* handed to the caller's function at once */

void kithi_export_rows_init(kithi_export_rows *rows, kith_format format, kith_write_fn write,
                            void *context) {
    bool known = format == KITH_FORMAT_JSONL || format == KITH_FORMAT_ARROW;
    format = known ? format : KITH_FORMAT_CSV;
    *rows = (kithi_export_rows){.format = format, .write = write, .context = context};
    kithi_arena_init(&rows->arena);
    kithi_map_init(&rows->index);
    kithi_buffer_init(&rows->out);
    kithi_buffer_init(&rows->scratch);
}

void kithi_export_rows_clear(kithi_export_rows *rows) {
    kithi_arena_clear(&rows->arena);
    kithi_map_clear(&rows->index);
    kithi_buffer_clear(&rows->out);
    kithi_buffer_clear(&rows->scratch);
    free(rows->columns);
    free(rows->cells);
}

bool kithi_export_rows_has(const kithi_export_rows *rows, uint64_t order) {
    return kithi_map_get(&rows->index, order) != NULL;
}

static const char *join_name(kithi_export_rows *rows, const char *prefix, const char *name) {
    size_t prefix_size = strlen(prefix);
    size_t size = strlen(name) + 1;
    char *joined = kithi_arena_alloc(&rows->arena, prefix_size + size);
    if (joined != NULL) {
        memcpy(joined, prefix, prefix_size);
        memcpy(joined + prefix_size, name, size);
    }
    return joined;
}

void kithi_export_rows_add(kithi_export_rows *rows, uint64_t order, const char *prefix,
                           const char *name) {
    const char *joined = join_name(rows, prefix, name);
    if (joined == NULL) {
        rows->failed = true;
        return;
    }
    if (!KITHI_GROW(rows->columns, rows->column_capacity, rows->column_count + 1)) {
        rows->failed = true;
        return;
    }
    if (kithi_map_put(&rows->index, order, rows->column_count, NULL) == NULL) {
        rows->failed = true;
        return;
    }
    rows->columns[rows->column_count++] = (kithi_export_column){
        .order = order,
        .name = joined,
        .first_cell = KITHI_EXPORT_NO_CELL,
        .last_cell = KITHI_EXPORT_NO_CELL,
    };
}

void kithi_export_rows_expect(kithi_export_rows *rows, uint64_t order, kith_type type) {
    const uint64_t *place = kithi_map_get(&rows->index, order);
    if (place != NULL) {
        rows->columns[*place].seen |= kithi_export_seen_type(type);
    }
}

static void put_cell(kithi_export_rows *rows, uint64_t order, const kithi_export_cell *cell) {
    const uint64_t *place = kithi_map_get(&rows->index, order);
    if (place == NULL) {
        return;
    }
    if (rows->collecting) {
        kithi_export_see(&rows->columns[*place], cell, rows->row_count + 1);
        return;
    }
    if (!KITHI_GROW(rows->cells, rows->cell_capacity, rows->cell_count + 1)) {
        rows->failed = true;
        return;
    }
    kithi_export_column *column = &rows->columns[*place];
    uint32_t number = (uint32_t)rows->cell_count++;
    rows->cells[number] = *cell;
    if (column->first_cell == KITHI_EXPORT_NO_CELL) {
        column->first_cell = number;
    } else {
        rows->cells[column->last_cell].next = number;
    }
    column->last_cell = number;
}

void kithi_export_rows_put(kithi_export_rows *rows, uint64_t order, const kith_value *value) {
    if (value->type != KITH_TYPE_NULL) {
        kithi_export_cell cell = {*value, false, KITHI_EXPORT_NO_CELL};
        put_cell(rows, order, &cell);
    }
}

void kithi_export_rows_put_micros(kithi_export_rows *rows, uint64_t order, int64_t micros) {
    kithi_export_cell cell = {kith_value_integer(micros), true, KITHI_EXPORT_NO_CELL};
    put_cell(rows, order, &cell);
}

static int hand_on(kithi_export_rows *rows) {
    if (rows->failed || !kithi_buffer_ok(&rows->out) || !kithi_buffer_ok(&rows->scratch)) {
        return KITH_NO_MEMORY;
    }
    if (rows->out.size == 0) {
        return KITH_OK;
    }
    int stop = rows->write(rows->context, (const char *)rows->out.data, rows->out.size);
    kithi_buffer_reset(&rows->out);
    return stop == 0 ? KITH_OK : KITH_INTERRUPTED;
}

static int compare_columns(const void *a, const void *b) {
    uint64_t left = ((const kithi_export_column *)a)->order;
    uint64_t right = ((const kithi_export_column *)b)->order;
    return (left > right) - (left < right);
}

int kithi_export_rows_begin(kithi_export_rows *rows) {
    rows->collecting = false;
    if (rows->failed) {
        return KITH_NO_MEMORY;
    }
    if (rows->column_count > 0) {
        qsort(rows->columns, rows->column_count, sizeof *rows->columns, compare_columns);
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        const kithi_export_column *column = &rows->columns[i];
        *kithi_map_get(&rows->index, column->order) = i;
        rows->columns[i].type = kithi_export_table_type(column->seen);
        if (rows->format == KITH_FORMAT_CSV) {
            kithi_buffer_append_text(&rows->out, i > 0 ? "," : "");
            kithi_export_csv_cell(&rows->out, column->name, strlen(column->name));
        }
    }
    kithi_buffer_append_text(&rows->out, rows->format == KITH_FORMAT_CSV ? "\n" : "");
    return KITH_OK;
}

/* The cells of a column as one text, in `scratch`. */
static void join_cells(kithi_export_rows *rows, const kithi_export_column *column) {
    kithi_buffer_reset(&rows->scratch);
    for (uint32_t at = column->first_cell; at != KITHI_EXPORT_NO_CELL; at = rows->cells[at].next) {
        const kithi_export_cell *cell = &rows->cells[at];
        kithi_buffer_append_text(&rows->scratch, at != column->first_cell ? "; " : "");
        if (cell->micros) {
            kithi_export_micros(&rows->scratch, cell->value.as.integer);
        } else {
            kithi_export_plain(&rows->scratch, &cell->value);
        }
    }
    rows->failed = rows->failed || !kithi_buffer_ok(&rows->scratch);
}

static void write_csv_cell(kithi_export_rows *rows, const kithi_export_column *column) {
    join_cells(rows, column);
    if (!rows->failed) {
        kithi_export_csv_cell(&rows->out, rows->scratch.data, rows->scratch.size);
    }
}

static void write_csv_row(kithi_export_rows *rows) {
    for (size_t i = 0; i < rows->column_count; i++) {
        kithi_buffer_append_text(&rows->out, i > 0 ? "," : "");
        if (rows->columns[i].first_cell != KITHI_EXPORT_NO_CELL) {
            write_csv_cell(rows, &rows->columns[i]);
        }
    }
    kithi_buffer_append_byte(&rows->out, '\n');
}

static void write_json_cells(kithi_export_rows *rows, const kithi_export_column *column) {
    bool many = column->first_cell != column->last_cell;
    kithi_export_json_text(&rows->out, column->name, strlen(column->name));
    kithi_buffer_append_text(&rows->out, many ? ":[" : ":");
    for (uint32_t at = column->first_cell; at != KITHI_EXPORT_NO_CELL; at = rows->cells[at].next) {
        const kithi_export_cell *cell = &rows->cells[at];
        kithi_buffer_append_text(&rows->out, at != column->first_cell ? "," : "");
        if (cell->micros) {
            kithi_export_micros(&rows->out, cell->value.as.integer);
        } else {
            kithi_export_json(&rows->out, &cell->value);
        }
    }
    kithi_buffer_append_text(&rows->out, many ? "]" : "");
}

static void write_json_row(kithi_export_rows *rows) {
    bool filled = false;
    kithi_buffer_append_byte(&rows->out, '{');
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].first_cell != KITHI_EXPORT_NO_CELL) {
            kithi_buffer_append_text(&rows->out, filled ? "," : "");
            write_json_cells(rows, &rows->columns[i]);
            filled = true;
        }
    }
    kithi_buffer_append_text(&rows->out, "}\n");
}

static void put_arrow_row(kithi_export_rows *rows) {
    for (size_t i = 0; i < rows->column_count && !rows->failed; i++) {
        const kithi_export_column *column = &rows->columns[i];
        if (column->first_cell == KITHI_EXPORT_NO_CELL) {
            continue;
        }
        if (column->type == KITHI_ARROW_TEXT) {
            join_cells(rows, column);
            kithi_arrow_put_text(rows->batch, i, (const char *)rows->scratch.data,
                                 rows->scratch.size);
        } else {
            kithi_export_table_put(rows->batch, i, column->type, &rows->cells[column->first_cell]);
        }
    }
    rows->failed = kithi_arrow_batch_end_row(rows->batch) != KITH_OK || rows->failed;
}

static void write_row(kithi_export_rows *rows) {
    switch (rows->format) {
    case KITH_FORMAT_ARROW:
        put_arrow_row(rows);
        break;
    case KITH_FORMAT_JSONL:
        write_json_row(rows);
        break;
    default:
        write_csv_row(rows);
        break;
    }
}

int kithi_export_rows_end_row(kithi_export_rows *rows) {
    if (rows->collecting) {
        rows->row_count++;
        return rows->failed ? KITH_NO_MEMORY : KITH_OK;
    }
    write_row(rows);
    for (size_t i = 0; i < rows->column_count; i++) {
        rows->columns[i].first_cell = KITHI_EXPORT_NO_CELL;
        rows->columns[i].last_cell = KITHI_EXPORT_NO_CELL;
    }
    rows->cell_count = 0;
    if (rows->failed || rows->out.size >= WRITE_BYTES || !kithi_buffer_ok(&rows->out)) {
        return hand_on(rows);
    }
    return KITH_OK;
}

kithi_arrow_field *kithi_export_rows_fields(kithi_export_rows *rows) {
    kithi_arrow_field *fields =
        kithi_arena_calloc(&rows->arena, rows->column_count + 1, sizeof *fields);
    for (size_t i = 0; fields != NULL && i < rows->column_count; i++) {
        fields[i] = (kithi_arrow_field){rows->columns[i].name, rows->columns[i].type};
    }
    return fields;
}

int kithi_export_rows_finish(kithi_export_rows *rows) {
    return hand_on(rows);
}
