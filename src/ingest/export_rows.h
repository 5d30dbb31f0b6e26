/*
 * The rows of an export: a set of columns, one row of cells at a time, and its text as CSV or as a
 * JSON line, or its values in a batch of Arrow.
 *
 * Columns are told apart by a number that also is their order. All of them must be known before the
 * first row is written, so the store is walked twice and the first walk only adds columns. Memory
 * is that of the columns and of one row.
 */
#ifndef KITHI_INGEST_EXPORT_ROWS_H
#define KITHI_INGEST_EXPORT_ROWS_H

#include "kith/ingest.h"
#include "src/arrow/arrow_batch.h"
#include "src/base/arena.h"
#include "src/base/buffer.h"
#include "src/base/map.h"

#define KITHI_EXPORT_NO_CELL UINT32_MAX

typedef struct kithi_export_column {
    uint64_t order;
    const char *name;
    uint32_t first_cell, last_cell; /* of the row in hand; KITHI_EXPORT_NO_CELL: none */
    unsigned seen;                  /* what the first walk saw in it: export_table.h */
    uint64_t seen_row;              /* the last row that it saw it in, from 1 on */
    kithi_arrow_type type;          /* once that has ended */
} kithi_export_column;

typedef struct kithi_export_cell {
    kith_value value; /* borrowed until the row is written */
    bool micros;      /* an integer in millionths */
    uint32_t next;    /* of the same column */
} kithi_export_cell;

typedef struct kithi_export_rows {
    kith_format format; /* CSV, JSONL or ARROW */
    bool collecting;    /* the first walk: columns are added, cells are not kept */
    uint64_t row_count; /* that it has ended */
    bool failed;        /* memory ran out */
    kith_write_fn write;
    void *context;
    kithi_arena arena; /* names */
    kithi_map index;   /* order -> place in columns */
    kithi_export_column *columns;
    size_t column_count, column_capacity;
    kithi_export_cell *cells;
    size_t cell_count, cell_capacity;
    kithi_buffer out;
    kithi_buffer scratch;     /* one CSV cell before it is quoted */
    kithi_arrow_batch *batch; /* of ARROW: where the row at hand goes */
} kithi_export_rows;

void kithi_export_rows_init(kithi_export_rows *rows, kith_format format, kith_write_fn write,
                            void *context);
void kithi_export_rows_clear(kithi_export_rows *rows);

/* Whether a column with this order is there. */
bool kithi_export_rows_has(const kithi_export_rows *rows, uint64_t order);
/* Adds a column named by `prefix` and `name`. */
void kithi_export_rows_add(kithi_export_rows *rows, uint64_t order, const char *prefix,
                           const char *name);
/* Says of what type its values are, also where there are none. */
void kithi_export_rows_expect(kithi_export_rows *rows, uint64_t order, kith_type type);
/* Puts a value into a column that is there; a column takes several. */
void kithi_export_rows_put(kithi_export_rows *rows, uint64_t order, const kith_value *value);
void kithi_export_rows_put_micros(kithi_export_rows *rows, uint64_t order, int64_t micros);

/* Ends the first walk: sorts the columns and, for CSV, writes the header. KITH_OK; KITH_NO_MEMORY;
 * KITH_INTERRUPTED. */
int kithi_export_rows_begin(kithi_export_rows *rows);
/* Writes the row in hand and begins the next. The same codes. */
int kithi_export_rows_end_row(kithi_export_rows *rows);
/* Names and types of the columns, after the first walk; borrowed. NULL: memory is out. */
kithi_arrow_field *kithi_export_rows_fields(kithi_export_rows *rows);
/* Hands on what is still held. The same codes. */
int kithi_export_rows_finish(kithi_export_rows *rows);

#endif
