/*
 * The body of a record batch in the IPC format: the buffers of its columns one after the other,
 * cut to the rows of the batch.
 */
#ifndef KITHI_ARROW_BODY_H
#define KITHI_ARROW_BODY_H

#include "src/arrow/arrow_view.h"
#include "src/base/buffer.h"

#define KITHI_ARROW_BUFFERS_MAX 3 /* of a column */

typedef struct kithi_arrow_part {
    size_t at, size;
} kithi_arrow_part;

typedef struct kithi_arrow_body {
    kithi_buffer bytes;
    kithi_arrow_part *parts; /* in order, of all columns */
    size_t part_count;
    int64_t *null_counts; /* of the columns */
} kithi_arrow_body;

/* Whether columns of this kind are written at all. */
bool kithi_arrow_body_takes(const kithi_arrow_view *view);

/* For so many columns. KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_body_init(kithi_arrow_body *body, size_t column_count);
void kithi_arrow_body_clear(kithi_arrow_body *body);
/* Takes the batch that the table holds. KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_body_fill(kithi_arrow_body *body, const kithi_arrow_table *table);

#endif
