/*
 * An ArrowArrayStream over whatever gives rows one by one.
 */
#ifndef KITHI_ARROW_STREAM_H
#define KITHI_ARROW_STREAM_H

#include "src/arrow/arrow_batch.h"

/* Where the rows come from. */
typedef struct kithi_arrow_rows {
    void *source;
    /* Puts the next row and ends it. KITH_OK; KITH_DONE; other codes have filled the error. */
    int (*next)(void *source, kithi_arrow_batch *batch, kith_error *error);
    /* Called once, when the stream is released, also where it failed. */
    void (*close)(void *source);
} kithi_arrow_rows;

/*
 * Makes the stream; names are copied. It takes the source: where it fails it has closed it.
 * KITH_OK; KITH_NO_MEMORY.
 */
int kithi_arrow_stream_make(const kithi_arrow_field *fields, size_t count,
                            const kithi_arrow_rows *rows, struct ArrowArrayStream *out);

/* What get_next and get_schema return for a code of kith. */
int kithi_arrow_errno(int code);

#endif
