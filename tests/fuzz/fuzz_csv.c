/* Rows that are read, written back as CSV and read again are the same rows; a rejected row has its
 * reason and lines never go backwards. */
#include <string.h>

#include "src/ingest/csv.h"
#include "src/ingest/export_text.h"
#include "tests/fuzz/target.h"

/* A field as its size and bytes, so that rows can be compared whatever is in them. */
static void keep_field(kithi_buffer *kept, const kithi_csv_field *field) {
    kithi_buffer_append(kept, &field->size, sizeof field->size);
    kithi_buffer_append(kept, field->data, field->size);
}

static void write_row(kithi_buffer *text, const kithi_csv_row *row) {
    for (size_t i = 0; i < row->field_count; i++) {
        kithi_buffer_append_text(text, i > 0 ? "," : "");
        kithi_export_csv_cell(text, row->fields[i].data, row->fields[i].size);
    }
    if (row->field_count == 1 && row->fields[0].size == 0) {
        kithi_buffer_append_text(text, "\"\""); /* else the line would be an empty one */
    }
    kithi_buffer_append_text(text, "\r\n");
}

/* Reads all rows; keeps what the accepted ones hold, and writes them where `text` is given. */
static size_t read_rows(const uint8_t *data, size_t size, char delimiter, kithi_buffer *kept,
                        kithi_buffer *text) {
    kithi_input input;
    kithi_csv csv;
    kithi_csv_row row;
    kith_error error = KITH_ERROR_INIT;
    uint64_t line = 0;
    size_t rejected = 0;
    check(kithi_input_open_memory(&input, (const char *)data, size, NULL, true, &error) == KITH_OK);
    int code = kithi_csv_open(&csv, &input, delimiter, 0, &error);
    while (code == KITH_OK && (code = kithi_csv_next(&csv, &row, &error)) == KITH_OK) {
        check(row.row.line > line);
        line = row.row.line;
        rejected += row.row.rejected;
        check(!row.row.rejected || row.row.detail[0] != '\0');
        for (size_t i = 0; i < row.field_count && !row.row.rejected; i++) {
            keep_field(kept, &row.fields[i]);
        }
        if (text != NULL && !row.row.rejected) {
            write_row(text, &row);
        }
    }
    check(code == KITH_DONE);
    kithi_csv_close(&csv);
    kithi_input_close(&input);
    return rejected;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_buffer first;
    kithi_buffer second;
    kithi_buffer text;
    kithi_buffer_init(&first);
    kithi_buffer_init(&second);
    kithi_buffer_init(&text);
    kithi_buffer_append_text(&text, "\xEF\xBB\xBF"); /* it is UTF-8 now, whatever it was */
    read_rows(data, size, 0, &first, &text);
    check(kithi_buffer_ok(&text));
    check(read_rows(text.data, text.size, ',', &second, NULL) == 0);
    check(first.size == second.size);
    check(first.size == 0 || memcmp(first.data, second.data, first.size) == 0);
    kithi_buffer_clear(&first);
    kithi_buffer_clear(&second);
    kithi_buffer_clear(&text);
    return 0;
}
