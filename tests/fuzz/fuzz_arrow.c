/*
 * A column of any type, whose buffers hold anything: it is refused with a reason, or each of its
 * values is one of kith or refused with a reason, and a slice of it has the same values.
 *
 * Buffers are as large as the column's length and offset ask for, and offsets of texts end within
 * them: that much Arrow has everybody trust.
 */
#include <string.h>

#include "src/arrow/arrow_view.h"
#include "src/base/text.h"
#include "src/base/value.h"
#include "tests/fuzz/target.h"
#include "tests/unit/arrow_stand.h"

#define ROWS_MAX   32
#define TEXT_BYTES 64

static const char *const formats[] = {
    "n",     "b",   "c",      "C",     "s",      "S",   "i",   "I",    "l",    "L",
    "f",     "g",   "u",      "U",     "vu",     "tdD", "tdm", "tss:", "tsm:", "tsu:UTC",
    "tsn:X", "tDu", "d:38,6", "d:5,0", "d:9,-3", "z",   "+l",  ""};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

/* What is left of the input; then it goes on with zeros. */
typedef struct left {
    const uint8_t *data;
    size_t size;
} left;

static uint8_t next_byte(left *l) {
    uint8_t byte = l->size > 0 ? *l->data : 0;
    l->data += l->size > 0;
    l->size -= l->size > 0;
    return byte;
}

/* Mostly a number that is fine; now and then one that isn't. */
static int64_t next_number(left *l, int64_t limit) {
    uint8_t byte = next_byte(l);
    return byte == 0xFF ? -1 : byte == 0xFE ? INT64_MAX : byte % limit;
}

typedef struct room {
    uint8_t validity[ROWS_MAX / 4], values[ROWS_MAX * 2 * 16 + 16], texts[TEXT_BYTES];
    int64_t sizes[1];
} room;

static void limit_offsets(room *r, size_t width) {
    for (size_t i = 0; i + width <= sizeof r->values; i += width) {
        int64_t wide = (int64_t)(r->values[i] % (TEXT_BYTES + 2)) - 1;
        int32_t narrow = (int32_t)wide;
        memcpy(r->values + i, width == 8 ? (const void *)&wide : (const void *)&narrow, width);
    }
}

static table_column make_column(left *l, room *r) {
    table_column column = {.format = formats[next_byte(l) % FORMAT_COUNT], .name = "x"};
    uint8_t how = next_byte(l);
    column.length = next_number(l, ROWS_MAX);
    column.offset = next_number(l, ROWS_MAX);
    column.null_count = (how & 1) != 0 ? -1 : next_number(l, 4);
    column.buffer_count = (how & 2) != 0                           ? next_byte(l) % 5
                          : column.format[0] == 'n'                ? 0
                          : strcmp(column.format, "vu") == 0       ? 4
                          : strchr("uU", column.format[0]) != NULL ? 3
                                                                   : 2;
    for (size_t i = 0; i < sizeof *r; i++) {
        ((uint8_t *)r)[i] = next_byte(l);
    }
    if (strcmp(column.format, "u") == 0 || strcmp(column.format, "U") == 0) {
        limit_offsets(r, column.format[0] == 'U' ? 8 : 4);
    }
    r->sizes[0] = TEXT_BYTES;
    column.buffers[0] = (how & 4) != 0 ? NULL : r->validity;
    column.buffers[1] = (how & 8) != 0 ? NULL : r->values;
    column.buffers[2] = (how & 16) != 0 ? NULL : r->texts;
    column.buffers[3] = (how & 32) != 0 ? NULL : r->sizes;
    return column;
}

/* What a row holds: its code, and the value where that is one. */
static int value_of(const kithi_arrow_table *t, int64_t row, kithi_arena *arena, kith_value *out) {
    const char *problem = NULL;
    int code = kithi_arrow_view_value(&t->columns[0], row, arena, out, &problem);
    check(code == KITH_OK || (code == KITH_INVALID && problem != NULL));
    if (code == KITH_OK && out->type == KITH_TYPE_TEXT) {
        check(kithi_text_valid(out->as.text.data, out->as.text.size));
    }
    return code;
}

static void check_slice(kithi_arrow_table *t, struct ArrowArray *batch, kithi_arena *arena) {
    kith_value whole[ROWS_MAX], part;
    int codes[ROWS_MAX];
    int64_t count = t->row_count;
    check(count < ROWS_MAX);
    for (int64_t i = 0; i < count; i++) {
        codes[i] = value_of(t, i, arena, &whole[i]);
    }
    if (count == 0) {
        return;
    }
    batch->offset++;
    batch->length--;
    check(kithi_arrow_table_take(t, batch, NULL) == KITH_OK);
    for (int64_t i = 0; i < count - 1; i++) {
        check(value_of(t, i, arena, &part) == codes[i + 1]);
        check(codes[i + 1] != KITH_OK || kithi_value_compare(&part, &whole[i + 1]) == 0);
    }
}

static int drop(void *context, const char *data, size_t bytes) {
    *(size_t *)context += bytes + (data == NULL);
    return 0;
}

/* It is written or refused, whatever it holds. */
static void check_written(table *made) {
    size_t written = 0;
    kith_error error = KITH_ERROR_INIT;
    struct ArrowArrayStream stream = table_stream(made);
    int code = kith_arrow_write(&stream, drop, &written, &error);
    check(code == KITH_OK ? written % 8 == 0 && written > 0
                          : code == KITH_INVALID && error.message[0] != '\0');
    stream.release(&stream);
    check(made->live == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    left l = {data, size};
    static room r;
    table_column column = make_column(&l, &r);
    table made = {.columns = &column, .column_count = 1, .batch_count = 1};
    kithi_arrow_table t;
    kithi_arena arena;
    kith_error error = KITH_ERROR_INIT;
    struct ArrowArray batch;
    made.length = column.length < ROWS_MAX ? column.length : 1;
    struct ArrowArrayStream stream = table_stream(&made);
    kithi_arena_init(&arena);
    check(kithi_arrow_table_open(&t, &stream, &error) == KITH_OK);
    check(kithi_arrow_next_batch(&stream, &batch, &error) == KITH_OK);
    int code = kithi_arrow_table_take(&t, &batch, &error);
    check(code == KITH_OK || (code == KITH_INVALID && error.message[0] != '\0'));
    if (code == KITH_OK) {
        check_slice(&t, &batch, &arena);
    }
    batch.release(&batch);
    kithi_arrow_table_clear(&t);
    kithi_arena_clear(&arena);
    stream.release(&stream);
    check(made.live == 0);
    check_written(&made);
    return 0;
}
