/* kith_export and kith_export_arrow. */
#include <stdlib.h>

#include "src/arrow/arrow_stream.h"
#include "src/base/error.h"
#include "src/ingest/export_walk.h"

static bool is_known(kith_export_what what) {
    return what >= KITH_EXPORT_RECORDS && what <= KITH_EXPORT_CLUSTERS;
}

/* Text */

static int write_text(kith *store, kith_export_what what, kith_format format, int64_t now_us,
                      kith_write_fn write, void *context, kith_error *error) {
    kithi_export_walk walk;
    kithi_export_walk_init(&walk, format, write, context);
    int code = kithi_export_walk_open(&walk, store, what, now_us, error);
    while (code == KITH_OK) {
        code = kithi_export_walk_next(&walk, error);
    }
    code = code == KITH_DONE ? kithi_export_walk_finish(&walk, error) : code;
    kithi_export_walk_close(&walk);
    return code;
}

/* Arrow */

static int next_row(void *source, kithi_arrow_batch *batch, kith_error *error) {
    kithi_export_walk *walk = source;
    walk->rows.batch = batch;
    return kithi_export_walk_next(walk, error);
}

static void close_source(void *source) {
    kithi_export_walk_close(source);
    free(source);
}

static int make_stream(kithi_export_walk *walk, struct ArrowArrayStream *out) {
    kithi_arrow_rows rows = {walk, next_row, close_source};
    kithi_arrow_field *fields = kithi_export_rows_fields(&walk->rows);
    if (fields == NULL) {
        close_source(walk);
        return KITH_NO_MEMORY;
    }
    return kithi_arrow_stream_make(fields, walk->rows.column_count, &rows, out);
}

int kith_export_arrow(kith *store, kith_export_what what, int64_t now_us,
                      struct ArrowArrayStream *out, kith_error *error) {
    if (store == NULL || out == NULL || !is_known(what)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "an export needs a store, what to export, and a place for the "
                               "stream");
    }
    kithi_export_walk *walk = malloc(sizeof *walk);
    if (walk == NULL) {
        return kithi_error_memory(error);
    }
    kithi_export_walk_init(walk, KITH_FORMAT_ARROW, NULL, NULL);
    int code = kithi_export_walk_open(walk, store, what, now_us, error);
    if (code != KITH_OK) {
        close_source(walk);
        return code;
    }
    code = make_stream(walk, out);
    return code == KITH_OK ? KITH_OK : kithi_error_memory(error);
}

static int write_arrow(kith *store, kith_export_what what, int64_t now_us, kith_write_fn write,
                       void *context, kith_error *error) {
    struct ArrowArrayStream stream;
    int code = kith_export_arrow(store, what, now_us, &stream, error);
    if (code == KITH_OK) {
        code = kith_arrow_write(&stream, write, context, error);
        stream.release(&stream);
    }
    return code;
}

int kith_export(kith *store, kith_export_what what, kith_format format, int64_t now_us,
                kith_write_fn write, void *context, kith_error *error) {
    if (store == NULL || write == NULL || !is_known(what) || format == KITH_FORMAT_SEGMENT) {
        return kithi_error_set(
            error, KITH_MISUSE,
            "an export needs a store, a writer, what to write, and csv, jsonl or arrow");
    }
    return format == KITH_FORMAT_ARROW
               ? write_arrow(store, what, now_us, write, context, error)
               : write_text(store, what, format, now_us, write, context, error);
}
