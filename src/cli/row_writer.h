/*
 * Rows to standard output, as `kith export` writes them: CSV with a header, or one JSON object a
 * line. Each row is a profile's id and some values.
 */
#ifndef KITH_CLI_ROW_WRITER_H
#define KITH_CLI_ROW_WRITER_H

#include "src/cli/asked_columns.h"
#include "src/cli/json_writer.h"

typedef struct cli_rows {
    const cli_columns *columns; /* borrowed */
    bool json;
    cli_json lines;
} cli_rows;

/* Writes the header. */
void cli_rows_begin(cli_rows *rows, const cli_columns *columns, bool json);
void cli_rows_put(cli_rows *rows, const kith_id *id, const kith_value *values);

#endif
