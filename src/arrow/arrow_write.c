/* kith_arrow_write: any Arrow stream, as the IPC stream format. */
#include "src/arrow/arrow_message.h"
#include "src/base/error.h"

typedef struct writer {
    struct ArrowArrayStream *stream;
    kith_write_fn write;
    void *context;
    kith_error *error;
    kithi_arrow_table table;
    kithi_arrow_body body;
    kithi_buffer message;
} writer;

static int hand_on(writer *w, const kithi_buffer *bytes) {
    if (!kithi_buffer_ok(bytes)) {
        return kithi_error_memory(w->error);
    }
    if (bytes->size > 0 && w->write(w->context, (const char *)bytes->data, bytes->size) != 0) {
        return kithi_error_set(w->error, KITH_INTERRUPTED, "the stream was stopped by its writer");
    }
    return KITH_OK;
}

static int check_columns(const writer *w) {
    for (size_t i = 0; i < w->table.column_count; i++) {
        const kithi_arrow_view *column = &w->table.columns[i];
        if (!kithi_arrow_body_takes(column)) {
            return kithi_error_set(w->error, KITH_INVALID,
                                   "column \"%.100s\" is of a type that isn't written, %s: cast it "
                                   "to a plain one, such as a text",
                                   column->name,
                                   column->dictionary != NULL
                                       ? "a dictionary"
                                       : kithi_arrow_type_name(column->format));
        }
    }
    return KITH_OK;
}

static int write_batch(writer *w, const struct ArrowArray *batch) {
    int code = kithi_arrow_table_take(&w->table, batch, w->error);
    if (code == KITH_OK && w->table.validity != NULL) {
        code = kithi_error_set(w->error, KITH_INVALID,
                               "the Arrow stream has rows that are null as a whole, which the IPC "
                               "format has no place for");
    }
    if (code != KITH_OK) {
        return code;
    }
    if (kithi_arrow_body_fill(&w->body, &w->table) != KITH_OK) {
        return kithi_error_memory(w->error);
    }
    kithi_buffer_reset(&w->message);
    kithi_arrow_batch_message(&w->table, &w->body, &w->message);
    code = hand_on(w, &w->message);
    return code == KITH_OK ? hand_on(w, &w->body.bytes) : code;
}

static int write_batches(writer *w) {
    int code = KITH_OK;
    while (code == KITH_OK) {
        struct ArrowArray batch;
        code = kithi_arrow_next_batch(w->stream, &batch, w->error);
        if (code == KITH_OK) {
            code = write_batch(w, &batch);
            batch.release(&batch);
        }
    }
    return code == KITH_DONE ? KITH_OK : code;
}

static int write_stream(writer *w) {
    int code = kithi_arrow_table_open(&w->table, w->stream, w->error);
    code = code == KITH_OK ? check_columns(w) : code;
    if (code == KITH_OK && kithi_arrow_body_init(&w->body, w->table.column_count) != KITH_OK) {
        code = kithi_error_memory(w->error);
    }
    if (code == KITH_OK) {
        kithi_arrow_schema_message(&w->table, &w->message);
        code = hand_on(w, &w->message);
    }
    code = code == KITH_OK ? write_batches(w) : code;
    if (code == KITH_OK) {
        kithi_buffer_reset(&w->message);
        kithi_arrow_end_message(&w->message);
        code = hand_on(w, &w->message);
    }
    return code;
}

int kith_arrow_write(struct ArrowArrayStream *stream, kith_write_fn write, void *context,
                     kith_error *error) {
    if (stream == NULL || stream->release == NULL || write == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_arrow_write: a stream that isn't released and a writer are "
                               "required");
    }
    writer w = {.stream = stream, .write = write, .context = context, .error = error};
    kithi_buffer_init(&w.message);
    int code = write_stream(&w);
    kithi_buffer_clear(&w.message);
    kithi_arrow_body_clear(&w.body);
    kithi_arrow_table_clear(&w.table);
    return code;
}
