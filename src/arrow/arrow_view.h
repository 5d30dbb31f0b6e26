/*
 * Tables of others, looked at: the columns of a schema, and batch by batch their values. Whatever
 * makes the table may be wrong, so a batch is checked before anything of it is read: what Arrow's
 * structs say of themselves. How large the buffers are they don't say; that is trusted.
 */
#ifndef KITHI_ARROW_VIEW_H
#define KITHI_ARROW_VIEW_H

#include "kith/arrow.h"
#include "src/arrow/arrow_shape.h"
#include "src/base/arena.h"

#define KITHI_ARROW_COLUMNS_MAX 65536

typedef struct kithi_arrow_view {
    const char *name; /* "": none; borrowed from the schema, as is the format */
    const char *format;
    kithi_arrow_shape shape;             /* of a dictionary's column: of its indices */
    struct kithi_arrow_view *dictionary; /* NULL: it has none */
    /* Of the batch at hand: */
    const struct ArrowArray *array;
    int64_t first, count;    /* its values in the buffers */
    const uint8_t *validity; /* NULL: no value is null */
} kithi_arrow_view;

typedef struct kithi_arrow_table {
    struct ArrowSchema schema;
    kithi_arrow_view *columns;
    size_t column_count;
    int64_t row_count;       /* of the batch at hand */
    int64_t first;           /* its rows in the validity of the table itself */
    const uint8_t *validity; /* NULL: no row is null */
} kithi_arrow_table;

/*
 * Asks the stream for its schema. Columns of unknown types are no error here. Clear it, also where
 * it fails. KITH_OK; KITH_INVALID (the stream fails, or breaks the rules of Arrow);
 * KITH_NO_MEMORY, KITH_IO and KITH_INTERRUPTED (it says so).
 */
int kithi_arrow_table_open(kithi_arrow_table *table, struct ArrowArrayStream *stream,
                           kith_error *error);
void kithi_arrow_table_clear(kithi_arrow_table *table);

/* Asks the stream for its next batch. KITH_OK: release it; KITH_DONE; as above. */
int kithi_arrow_next_batch(struct ArrowArrayStream *stream, struct ArrowArray *out,
                           kith_error *error);
/* Takes a batch, which is borrowed until the next one. KITH_OK; KITH_INVALID (it breaks the rules
 * of Arrow). */
int kithi_arrow_table_take(kithi_arrow_table *table, const struct ArrowArray *batch,
                           kith_error *error);

/* Whether there is a value in a row, which is below count. */
bool kithi_arrow_view_has(const kithi_arrow_view *view, int64_t row);

/*
 * The value in a row; null where there is none, or no number (NaN). Texts are borrowed from the
 * batch, or live in the arena. KITH_OK; KITH_INVALID (it can be no value of kith: *out_problem says
 * why); KITH_NO_MEMORY.
 */
int kithi_arrow_view_value(const kithi_arrow_view *view, int64_t row, kithi_arena *arena,
                           kith_value *out, const char **out_problem);

#endif
