/*
 * A streaming reader of CSV (RFC 4180): quoted fields with doubled quotes and line ends inside, LF,
 * CR LF or CR.
 *
 * What RFC 4180 leaves open: a quote inside an unquoted field stays as it is; empty lines are
 * skipped. A row whose quote is never closed, or with bytes after a closing quote, costs its first
 * line only: reading goes on with the line after it, so that one stray quote can't swallow the
 * file. What follows up to where it broke may be sound rows or the rest of this one: there, a row
 * with a quote inside an unquoted field is rejected as well.
 */
#ifndef KITHI_INGEST_CSV_H
#define KITHI_INGEST_CSV_H

#include "src/ingest/lines.h"

#define KITHI_CSV_COLUMN_MAX 4096

typedef struct kithi_csv_field {
    const char *data; /* UTF-8, without the quotes */
    size_t size;
    size_t at; /* private */
    bool quoted, doubled;
} kithi_csv_field;

typedef struct kithi_csv_row {
    kithi_row row;
    const kithi_csv_field *fields;
    size_t field_count; /* of a row that isn't rejected: that of the header */
} kithi_csv_row;

typedef struct kithi_csv {
    kithi_lines lines;
    char delimiter;
    size_t column_count;    /* 0 until the first row is read */
    uint64_t doubtful_line; /* the last line that may be the rest of a row that was rejected */
    bool ends_field[256];
    kithi_csv_field *fields;
    size_t field_capacity;
    kithi_buffer unquoted; /* fields that held doubled quotes */
} kithi_csv;

/*
 * The input is borrowed.
 * @param delimiter      0: whichever of , ; tab | is most frequent outside quotes in the first
 * line; or what a first line "sep=;" names, which Excel writes and takes.
 * @param row_max_bytes  0: KITHI_ROW_MAX_BYTES.
 * @return KITH_OK; KITH_IO; KITH_NO_MEMORY.
 */
int kithi_csv_open(kithi_csv *csv, kithi_input *input, char delimiter, size_t row_max_bytes,
                   kith_error *error);
void kithi_csv_close(kithi_csv *csv);

/*
 * The next row, which may be a rejected one; borrowed until the next step. The first row that isn't
 * rejected settles the number of columns.
 * @return KITH_OK; KITH_DONE; KITH_IO; KITH_NO_MEMORY.
 */
int kithi_csv_next(kithi_csv *csv, kithi_csv_row *out, kith_error *error);

#endif
