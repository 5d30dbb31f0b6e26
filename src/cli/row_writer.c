#include "src/cli/row_writer.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

/* CSV */

static void put_cell(const char *data, size_t size) {
    bool quoted = false;
    for (size_t i = 0; i < size && !quoted; i++) {
        quoted = strchr(",\"\n\r", data[i]) != NULL;
    }
    if (!quoted) {
        fwrite(data, 1, size, stdout);
        return;
    }
    putchar('"');
    for (size_t i = 0; i < size; i++) {
        fputs(data[i] == '"' ? "\"" : "", stdout);
        putchar(data[i]);
    }
    putchar('"');
}

/* Text stands as the store has it: what is shown on a terminal alone is cleaned. */
static void put_value(const kith_value *value) {
    char number[CLI_NUMBER_BYTES];
    if (value->type == KITH_TYPE_TEXT) {
        put_cell(value->as.text.data, value->as.text.size);
    } else if (value->type == KITH_TYPE_REAL) {
        /* A real stays one for whoever reads it: 3.0, not 3. */
        cli_real_text(value->as.real, number);
        printf("%s%s", number, strpbrk(number, ".e") == NULL ? ".0" : "");
    } else {
        char *text = cli_value_text(value);
        put_cell(text, strlen(text));
        free(text);
    }
}

static void put_csv(const cli_rows *rows, const kith_id *id, const kith_value *values) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id_format(id, text);
    fputs(text, stdout);
    for (size_t i = 0; i < rows->columns->count; i++) {
        putchar(',');
        put_value(&values[i]);
    }
    putchar('\n');
}

static void put_header(const cli_columns *columns) {
    fputs(CLI_ID_COLUMN, stdout);
    for (size_t i = 0; i < columns->count; i++) {
        putchar(',');
        put_cell(columns->names[i], strlen(columns->names[i]));
    }
    putchar('\n');
}

/* JSON lines */

static void put_json(cli_rows *rows, const kith_id *id, const kith_value *values) {
    cli_json_init_line(&rows->lines, stdout);
    cli_json_object(&rows->lines, NULL);
    cli_json_id(&rows->lines, CLI_ID_COLUMN, id);
    for (size_t i = 0; i < rows->columns->count; i++) {
        cli_json_value(&rows->lines, rows->columns->names[i], &values[i]);
    }
    cli_json_end(&rows->lines);
}

/* Both */

void cli_rows_begin(cli_rows *rows, const cli_columns *columns, bool json) {
    *rows = (cli_rows){.columns = columns, .json = json};
    if (!json) {
        put_header(columns);
    }
}

void cli_rows_put(cli_rows *rows, const kith_id *id, const kith_value *values) {
    if (rows->json) {
        put_json(rows, id, values);
    } else {
        put_csv(rows, id, values);
    }
}
