/*
 * Tables in and out without copying rows: the Arrow C data and stream interfaces, and the Arrow IPC
 * stream format. kith_query_arrow(), kith_export_arrow() and kith_import_arrow() speak them.
 *
 * The three structs are Arrow's own, not kith's: any library that speaks Arrow takes them.
 */
#ifndef KITH_ARROW_H
#define KITH_ARROW_H

#include "kith/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As https://arrow.apache.org/docs/format/CDataInterface.html has them, behind the guards that it
 * names, so that they may be declared elsewhere as well. They never change. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE           2
#define ARROW_FLAG_MAP_KEYS_SORTED    4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

/*
 * Streams that kith makes. The caller passes in an ArrowArrayStream; a function of kith fills it,
 * and whoever holds it calls its release, in any order with others. Each batch is a struct of the
 * columns, with at most KITH_ARROW_BATCH_ROWS rows, and owns its memory: it stays valid after the
 * stream, the transaction and the store. Batches are made as they are asked for, so that memory
 * doesn't grow with the rows. get_next returns 0 or a number of errno.h (EINVAL, ENOMEM, EIO,
 * ECANCELED); then get_last_error says why, and later calls say the same.
 *
 * Types of columns, all of which may hold nulls (a null: there is no value):
 *   a text, and values of several types in one column     utf8, as CSV has them
 *   a condition, a boolean                                bool
 *   a number that is whole by its meaning, as count()     int64
 *   a number: exact, as kith's are                        decimal128(38, 6)
 *   a real, as an attribute or a property has it          float64
 *   a date; a time; a duration                            date32; timestamp[us, UTC]; duration[us]
 * Sums of money are decimals, as binary fractions don't hold them: who wants float64 casts.
 */
#define KITH_ARROW_BATCH_ROWS 32768

/**
 * Writes a stream, of kith or of any other maker, in the Arrow IPC stream format: what pyarrow's
 * ipc.open_stream and polars' read_ipc_stream read.
 *
 * Columns are of the types above, or integers and floats of other widths, large_utf8, date64,
 * timestamps and durations in other units and zones; decimals are of 128 bits.
 * @param stream   borrowed and read to its end; it stays the caller's to release.
 * @param write    takes the next bytes.
 * @param context  handed to it.
 * @return KITH_OK; KITH_INVALID (the stream breaks Arrow's rules, or a column is of a type that
 *         isn't written: the message names it; or the stream fails, and the message has its own);
 *         KITH_INTERRUPTED (by `write`, or ECANCELED of the stream); KITH_IO and KITH_NO_MEMORY
 *         (also EIO and ENOMEM of the stream); KITH_MISUSE. Thread rule: the stream's.
 */
KITH_API int kith_arrow_write(struct ArrowArrayStream *stream, kith_write_fn write, void *context,
                              kith_error *error);

#ifdef __cplusplus
}
#endif
#endif
