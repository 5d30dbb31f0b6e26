#include "src/arrow/arrow_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/arrow/arrow_schema.h"
#include "src/base/error.h"

typedef struct stream {
    kithi_arrow_field *fields; /* names are owned */
    size_t field_count;
    kithi_arrow_batch batch;
    kithi_arrow_rows rows;
    bool ended;
    int failed; /* the code of get_next's first failure, which stays */
    kith_error error;
} stream;

int kithi_arrow_errno(int code) {
    switch (code) {
    case KITH_OK:
        return 0;
    case KITH_NO_MEMORY:
        return ENOMEM;
    case KITH_IO:
    case KITH_CORRUPT:
        return EIO;
    case KITH_INTERRUPTED:
        return ECANCELED;
    default:
        return EINVAL;
    }
}

static int stream_schema(struct ArrowArrayStream *self, struct ArrowSchema *out) {
    stream *s = self->private_data;
    int code = kithi_arrow_schema_make(s->fields, s->field_count, out);
    return kithi_arrow_errno(code == KITH_OK ? code : kithi_error_memory(&s->error));
}

/* Puts rows until the batch is full or there are no more. */
static int fill(stream *s) {
    int code = KITH_OK;
    while (code == KITH_OK && !s->ended && !kithi_arrow_batch_is_full(&s->batch)) {
        code = s->rows.next(s->rows.source, &s->batch, &s->error);
        s->ended = code == KITH_DONE;
        code = s->ended ? KITH_OK : code;
    }
    return code;
}

static int stream_next(struct ArrowArrayStream *self, struct ArrowArray *out) {
    stream *s = self->private_data;
    int code = s->failed;
    memset(out, 0, sizeof *out);
    if (code == KITH_OK) {
        code = fill(s);
    }
    if (code == KITH_OK && s->batch.row_count > 0) {
        code = kithi_arrow_batch_give(&s->batch, out);
    }
    if (code == KITH_NO_MEMORY) {
        kithi_error_memory(&s->error);
    }
    s->failed = code;
    return kithi_arrow_errno(code);
}

static const char *stream_error(struct ArrowArrayStream *self) {
    const stream *s = self->private_data;
    return s->error.message[0] != '\0' ? s->error.message : NULL;
}

static void stream_free(stream *s) {
    s->rows.close(s->rows.source);
    kithi_arrow_batch_clear(&s->batch);
    for (size_t i = 0; i < s->field_count; i++) {
        free((void *)s->fields[i].name);
    }
    free(s->fields);
    free(s);
}

static void stream_release(struct ArrowArrayStream *self) {
    stream_free(self->private_data);
    self->release = NULL;
    self->private_data = NULL;
}

static bool copy_fields(stream *s, const kithi_arrow_field *fields, size_t count) {
    s->fields = calloc(count + 1, sizeof *s->fields);
    for (size_t i = 0; s->fields != NULL && i < count; i++) {
        char *name = strdup(fields[i].name);
        if (name == NULL) {
            return false;
        }
        s->fields[i] = (kithi_arrow_field){name, fields[i].type};
        s->field_count = i + 1;
    }
    return s->fields != NULL;
}

int kithi_arrow_stream_make(const kithi_arrow_field *fields, size_t count,
                            const kithi_arrow_rows *rows, struct ArrowArrayStream *out) {
    stream *s = calloc(1, sizeof *s);
    if (s == NULL) {
        rows->close(rows->source);
        return KITH_NO_MEMORY;
    }
    s->rows = *rows;
    s->error = (kith_error)KITH_ERROR_INIT;
    if (!copy_fields(s, fields, count) ||
        kithi_arrow_batch_init(&s->batch, fields, count) != KITH_OK) {
        stream_free(s);
        return KITH_NO_MEMORY;
    }
    *out = (struct ArrowArrayStream){stream_schema, stream_next, stream_error, stream_release, s};
    return KITH_OK;
}
