/*
 * Rows and lines of a file: what every format's reader hands on, and the reader of plain lines.
 *
 * A row that can't be used is handed on too, marked with the reason: readers never stop at one.
 * Lines are counted as editors count them: LF, CR LF and a lone CR each end one.
 */
#ifndef KITHI_INGEST_LINES_H
#define KITHI_INGEST_LINES_H

#include "kith/ingest.h"
#include "src/base/buffer.h"
#include "src/base/error.h"
#include "src/ingest/input.h"

#define KITHI_ROW_MAX_BYTES         ((size_t)16 << 20) /* a longer row is rejected */
#define KITHI_REJECT_TEXT_MAX_BYTES ((size_t)64 << 10) /* of a rejected row, as it is handed on */
#define KITHI_REJECT_DETAIL_BYTES   512
#define KITHI_REJECT_REASON_COUNT   (KITH_REJECT_BAD_VALUE + 1)

/* A row as it stands in the file. Borrowed until the reader's next step. */
typedef struct kithi_row {
    uint64_t line; /* where it begins; the first is 1 */
    const char *text;
    size_t text_bytes;
    bool rejected;
    kith_reject_reason reason;
    char detail[KITHI_REJECT_DETAIL_BYTES];
} kithi_row;

void kithi_row_reject(kithi_row *row, kith_reject_reason reason, const char *format, ...)
    KITHI_PRINTF(3, 4);
/* Rejects the row if it holds a NUL byte or isn't valid UTF-8. `encoding`: of the file, for the
 * detail. */
void kithi_row_check_text(kithi_row *row, const char *encoding);

/* What readers of rows share: where they are in the input. */
typedef struct kithi_lines {
    kithi_input *input;
    size_t row_max_bytes;
    uint64_t line;      /* of the next byte */
    bool after_cr;      /* a CR was consumed: an LF that follows belongs to it */
    kithi_buffer saved; /* the start of a line that is longer than the window */
} kithi_lines;

/* row_max_bytes 0: KITHI_ROW_MAX_BYTES. The input is borrowed. */
void kithi_lines_init(kithi_lines *lines, kithi_input *input, size_t row_max_bytes);
void kithi_lines_clear(kithi_lines *lines);

/* The next line that isn't blank. KITH_OK; KITH_DONE; KITH_IO; KITH_NO_MEMORY. */
int kithi_lines_next(kithi_lines *lines, kithi_row *row, kith_error *error);

/* Consumes empty lines. KITH_OK: the window holds at least a byte; KITH_DONE at the end. */
int kithi_lines_skip_empty(kithi_lines *lines, kith_error *error);
/*
 * Takes the one line at the window's begin, whatever it holds, as `row`; one over the limit is
 * rejected as too long and passed in bounded memory.
 */
int kithi_lines_take(kithi_lines *lines, kithi_row *row, kith_error *error);
/* Consumes `size` bytes of a row that hold `newline_count` line ends inside, and the line end
 * behind them. */
void kithi_lines_consume(kithi_lines *lines, size_t size, uint64_t newline_count);

#endif
