#include "src/arrow/arrow_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/text.h"

/* Streams */

static int code_of(int number) {
    return number == ENOMEM      ? KITH_NO_MEMORY
           : number == EIO       ? KITH_IO
           : number == ECANCELED ? KITH_INTERRUPTED
                                 : KITH_INVALID;
}

static int stream_failed(struct ArrowArrayStream *stream, int number, kith_error *error,
                         const char *what) {
    const char *said = stream->get_last_error != NULL ? stream->get_last_error(stream) : NULL;
    return kithi_error_set(error, code_of(number), "the Arrow stream fails to give %s: %.400s",
                           what, said != NULL ? said : "it doesn't say why");
}

int kithi_arrow_next_batch(struct ArrowArrayStream *stream, struct ArrowArray *out,
                           kith_error *error) {
    memset(out, 0, sizeof *out);
    int number = stream->get_next(stream, out);
    if (number != 0) {
        out->release = NULL;
        return stream_failed(stream, number, error, "its next batch");
    }
    return out->release != NULL ? KITH_OK : KITH_DONE;
}

/* Schemas */

static int open_view(kithi_arrow_view *view, const struct ArrowSchema *schema, kith_error *error) {
    view->name = schema->name != NULL ? schema->name : "";
    view->format = schema->format != NULL ? schema->format : "";
    view->shape = kithi_arrow_shape_of(schema->format);
    if (!kithi_text_valid(view->name, strlen(view->name))) {
        return kithi_error_set(error, KITH_INVALID,
                               "the Arrow stream has a column whose name is no valid UTF-8");
    }
    if (schema->dictionary == NULL) {
        return KITH_OK;
    }
    view->dictionary = calloc(1, sizeof *view->dictionary);
    if (view->dictionary == NULL) {
        return kithi_error_memory(error);
    }
    kithi_arrow_view *values = view->dictionary;
    values->name = view->name;
    values->format = schema->dictionary->format != NULL ? schema->dictionary->format : "";
    values->shape = kithi_arrow_shape_of(values->format);
    if (schema->dictionary->dictionary != NULL || view->shape.kind != KITHI_ARROW_INTEGERS ||
        values->shape.kind == KITHI_ARROW_UNKNOWN) {
        view->shape.kind = KITHI_ARROW_UNKNOWN;
        view->format = "a dictionary";
    }
    return KITH_OK;
}

static int open_columns(kithi_arrow_table *table, kith_error *error) {
    const struct ArrowSchema *schema = &table->schema;
    int64_t count = schema->n_children;
    if (schema->format == NULL || strcmp(schema->format, "+s") != 0 || schema->dictionary != NULL ||
        count < 0 || (count > 0 && schema->children == NULL)) {
        return kithi_error_set(error, KITH_INVALID,
                               "the Arrow stream is no table: its schema is no struct of columns");
    }
    if (count > KITHI_ARROW_COLUMNS_MAX) {
        return kithi_error_set(error, KITH_INVALID,
                               "the Arrow stream has %lld columns, more than %d", (long long)count,
                               KITHI_ARROW_COLUMNS_MAX);
    }
    table->columns = calloc((size_t)count + 1, sizeof *table->columns);
    if (table->columns == NULL) {
        return kithi_error_memory(error);
    }
    table->column_count = (size_t)count;
    int code = KITH_OK;
    for (int64_t i = 0; code == KITH_OK && i < count; i++) {
        const struct ArrowSchema *child = schema->children[i];
        code = child != NULL && child->release != NULL
                   ? open_view(&table->columns[i], child, error)
                   : kithi_error_set(error, KITH_INVALID,
                                     "the Arrow stream's schema lacks its column %lld",
                                     (long long)i + 1);
    }
    return code;
}

int kithi_arrow_table_open(kithi_arrow_table *table, struct ArrowArrayStream *stream,
                           kith_error *error) {
    *table = (kithi_arrow_table){0};
    int number = stream->get_schema(stream, &table->schema);
    if (number != 0) {
        table->schema.release = NULL;
        return stream_failed(stream, number, error, "its schema");
    }
    if (table->schema.release == NULL) {
        return kithi_error_set(error, KITH_INVALID,
                               "the Arrow stream gave a schema that has ended");
    }
    return open_columns(table, error);
}

void kithi_arrow_table_clear(kithi_arrow_table *table) {
    for (size_t i = 0; i < table->column_count; i++) {
        free(table->columns[i].dictionary);
    }
    free(table->columns);
    if (table->schema.release != NULL) {
        table->schema.release(&table->schema);
    }
    *table = (kithi_arrow_table){0};
}

/* Batches: what is wrong with one, or NULL */

static int64_t buffers_of(const kithi_arrow_view *view) {
    switch (view->shape.kind) {
    case KITHI_ARROW_NULLS:
        return 0;
    case KITHI_ARROW_TEXTS:
    case KITHI_ARROW_TEXT_VIEWS: /* at least */
        return 3;
    default:
        return 2;
    }
}

static const char *check_length(const struct ArrowArray *array) {
    int64_t end;
    if (array->length < 0 || array->offset < 0 ||
        __builtin_add_overflow(array->length, array->offset, &end) || end > INT64_MAX / 16) {
        return "its length or offset makes no sense";
    }
    return array->null_count < -1 || array->null_count > array->length
               ? "its count of nulls makes no sense"
               : NULL;
}

static int64_t offset_at(const kithi_arrow_view *view, int64_t at) {
    const uint8_t *offsets = view->array->buffers[1];
    if (view->shape.bits == 64) {
        int64_t wide;
        memcpy(&wide, offsets + at * 8, sizeof wide);
        return wide;
    }
    int32_t narrow;
    memcpy(&narrow, offsets + at * 4, sizeof narrow);
    return narrow;
}

static const char *check_offsets(const kithi_arrow_view *view) {
    int64_t before = offset_at(view, view->first);
    bool ascend = before >= 0;
    for (int64_t i = 1; ascend && i <= view->count; i++) {
        int64_t offset = offset_at(view, view->first + i);
        ascend = offset >= before;
        before = offset;
    }
    if (!ascend) {
        return "its offsets don't ascend";
    }
    return before > 0 && view->array->buffers[2] == NULL ? "its texts are missing" : NULL;
}

/* Views are 16 bytes: a size, and the text where it has at most 12; else four bytes of it, the
 * number of a buffer and a place in that. */
static const char *check_text_views(const kithi_arrow_view *view) {
    const struct ArrowArray *array = view->array;
    int64_t others = array->n_buffers - 3;
    const uint8_t *sizes = array->buffers[array->n_buffers - 1];
    const uint8_t *views = array->buffers[1];
    for (int64_t i = 0; i < view->count; i++) {
        int32_t fields[4];
        int64_t size;
        memcpy(fields, views + (view->first + i) * 16, sizeof fields);
        if (!kithi_arrow_view_has(view, i) || (fields[0] >= 0 && fields[0] <= 12)) {
            continue;
        }
        if (fields[0] < 0 || fields[2] < 0 || fields[2] >= others || fields[3] < 0 ||
            sizes == NULL || array->buffers[2 + fields[2]] == NULL) {
            return "a text of it lies outside of its buffers";
        }
        memcpy(&size, sizes + (int64_t)fields[2] * 8, sizeof size);
        if ((int64_t)fields[3] + fields[0] > size) {
            return "a text of it lies outside of its buffers";
        }
    }
    return NULL;
}

static const char *check_buffers(kithi_arrow_view *view) {
    const struct ArrowArray *array = view->array;
    int64_t wanted = buffers_of(view);
    bool views = view->shape.kind == KITHI_ARROW_TEXT_VIEWS;
    if (views ? array->n_buffers < wanted : array->n_buffers != wanted) {
        return "it has another number of buffers than its type";
    }
    if (wanted == 0 || view->count == 0) {
        return NULL;
    }
    if (array->buffers == NULL || array->buffers[1] == NULL) {
        return "its values are missing";
    }
    view->validity = array->null_count == 0 ? NULL : array->buffers[0];
    if (array->null_count > 0 && view->validity == NULL) {
        return "it counts nulls, and doesn't say which";
    }
    if (view->shape.kind == KITHI_ARROW_TEXTS) {
        return check_offsets(view);
    }
    return views ? check_text_views(view) : NULL;
}

/* A column of a type that isn't known is never read. */
static const char *take_view(kithi_arrow_view *view, const struct ArrowArray *array, int64_t first,
                             int64_t count) {
    const char *wrong = NULL;
    *view = (kithi_arrow_view){view->name, view->format, view->shape, view->dictionary, array,
                               0,          count,        NULL};
    if (array == NULL || array->release == NULL) {
        return "it is missing";
    }
    wrong = check_length(array);
    if (wrong == NULL && array->length < first + count) {
        wrong = "it is shorter than the table";
    }
    view->first = array->offset + first;
    if (wrong != NULL || view->shape.kind == KITHI_ARROW_UNKNOWN) {
        return wrong;
    }
    return check_buffers(view);
}

static const char *take_column(kithi_arrow_view *view, const struct ArrowArray *array,
                               int64_t first, int64_t count) {
    const char *wrong = take_view(view, array, first, count);
    if (wrong != NULL || view->dictionary == NULL || view->shape.kind == KITHI_ARROW_UNKNOWN) {
        return wrong;
    }
    const struct ArrowArray *values = array->dictionary;
    return take_view(view->dictionary, values, 0, values != NULL ? values->length : 0);
}

static int broken(kith_error *error, const char *name, const char *wrong) {
    return kithi_error_set(error, KITH_INVALID,
                           "the Arrow stream gave a batch that is broken: column \"%.100s\": %s",
                           name, wrong);
}

static const char *take_rows(kithi_arrow_table *table, const struct ArrowArray *batch) {
    const char *wrong = check_length(batch);
    if (wrong != NULL) {
        return wrong;
    }
    if (batch->n_children != (int64_t)table->column_count ||
        (batch->n_children > 0 && batch->children == NULL)) {
        return "it has another number of columns than its schema";
    }
    if (batch->null_count != 0 && batch->n_buffers >= 1 && batch->buffers != NULL) {
        table->validity = batch->buffers[0];
    }
    return batch->null_count > 0 && table->validity == NULL
               ? "it counts nulls, and doesn't say which"
               : NULL;
}

int kithi_arrow_table_take(kithi_arrow_table *table, const struct ArrowArray *batch,
                           kith_error *error) {
    table->validity = NULL;
    table->row_count = batch->length;
    table->first = batch->offset;
    const char *wrong = take_rows(table, batch);
    if (wrong != NULL) {
        return broken(error, "", wrong);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        wrong =
            take_column(&table->columns[i], batch->children[i], batch->offset, table->row_count);
        if (wrong != NULL) {
            return broken(error, table->columns[i].name, wrong);
        }
    }
    return KITH_OK;
}
