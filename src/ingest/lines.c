#include "src/ingest/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/base/text.h"

/* Rows */

void kithi_row_reject(kithi_row *row, kith_reject_reason reason, const char *format, ...) {
    va_list list;
    va_start(list, format);
    row->rejected = true;
    row->reason = reason;
    vsnprintf(row->detail, sizeof row->detail, format, list);
    va_end(list);
    kithi_text_mend(row->detail);
}

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS  UINT64_C(0x0101010101010101)

/* Whether all bytes are ASCII and none is NUL, eight at a time: true for most rows of most files.
 */
static bool is_plain(const char *text, size_t size) {
    uint64_t found = 0;
    size_t at = 0;
    for (; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, text + at, sizeof word);
        found |= (word | ((word - LOW_BITS) & ~word)) & HIGH_BITS;
    }
    for (; at < size; at++) {
        found |= text[at] == '\0' ? HIGH_BITS : (uint64_t)(unsigned char)text[at] & 0x80;
    }
    return found == 0;
}

void kithi_row_check_text(kithi_row *row, const char *encoding) {
    if (is_plain(row->text, row->text_bytes)) {
        return;
    }
    const char *nul = memchr(row->text, '\0', row->text_bytes);
    if (nul != NULL) {
        kithi_row_reject(row, KITH_REJECT_ENCODING, "a NUL byte at byte %zu of the row",
                         (size_t)(nul - row->text) + 1);
    } else if (!kithi_text_valid(row->text, row->text_bytes)) {
        kithi_row_reject(row, KITH_REJECT_ENCODING, "byte %zu of the row is not valid %s",
                         kithi_text_valid_prefix(row->text, row->text_bytes) + 1, encoding);
    }
}

/* Lines */

void kithi_lines_init(kithi_lines *lines, kithi_input *input, size_t row_max_bytes) {
    *lines = (kithi_lines){0};
    lines->input = input;
    lines->row_max_bytes = row_max_bytes ? row_max_bytes : KITHI_ROW_MAX_BYTES;
    lines->line = 1;
    kithi_buffer_init(&lines->saved);
}

void kithi_lines_clear(kithi_lines *lines) {
    kithi_buffer_clear(&lines->saved);
}

void kithi_lines_consume(kithi_lines *lines, size_t size, uint64_t newline_count) {
    kithi_input *input = lines->input;
    input->begin += size;
    lines->line += newline_count;
    if (input->begin < input->end) {
        lines->after_cr = input->window[input->begin] == '\r';
        input->begin++;
        lines->line++;
    }
    if (lines->after_cr && input->begin < input->end) {
        lines->after_cr = false;
        input->begin += input->window[input->begin] == '\n';
    }
}

int kithi_lines_skip_empty(kithi_lines *lines, kith_error *error) {
    kithi_input *input = lines->input;
    for (;;) {
        if (input->begin == input->end) {
            if (input->ended) {
                return KITH_DONE;
            }
            int code = kithi_input_fill(input, error);
            if (code != KITH_OK) {
                return code;
            }
            continue;
        }
        char c = input->window[input->begin];
        if (lines->after_cr && c == '\n') {
            input->begin++;
            lines->after_cr = false;
        } else if (c == '\n' || c == '\r') {
            lines->after_cr = false;
            kithi_lines_consume(lines, 0, 0);
        } else {
            lines->after_cr = false;
            return KITH_OK;
        }
    }
}

/* The offset of the first line end in the window from `from` on, or the window's size. */
static size_t find_line_end(const kithi_lines *lines, size_t from) {
    const char *start = lines->input->window + lines->input->begin;
    size_t size = lines->input->end - lines->input->begin;
    const char *feed = memchr(start + from, '\n', size - from);
    size_t end = feed ? (size_t)(feed - start) : size;
    const char *cr = memchr(start + from, '\r', end - from);
    return cr ? (size_t)(cr - start) : end;
}

/* The line at the window's begin is too long: its start is saved, the rest passed by. */
static int pass_long_line(kithi_lines *lines, kithi_row *row, kith_error *error) {
    kithi_input *input = lines->input;
    kithi_buffer_reset(&lines->saved);
    kithi_buffer_append(&lines->saved, input->window + input->begin, KITHI_REJECT_TEXT_MAX_BYTES);
    if (!kithi_buffer_ok(&lines->saved)) {
        return kithi_error_memory(error);
    }
    row->text = (const char *)lines->saved.data;
    row->text_bytes = lines->saved.size;
    kithi_row_reject(row, KITH_REJECT_TOO_LONG, "the row is longer than %zu bytes",
                     lines->row_max_bytes);
    for (;;) {
        size_t end = find_line_end(lines, 0);
        if (end < input->end - input->begin) {
            kithi_lines_consume(lines, end, 0);
            return KITH_OK;
        }
        input->begin = input->end;
        if (input->ended) {
            return KITH_OK;
        }
        int code = kithi_input_fill(input, error);
        if (code != KITH_OK) {
            return code;
        }
    }
}

int kithi_lines_take(kithi_lines *lines, kithi_row *row, kith_error *error) {
    kithi_input *input = lines->input;
    size_t end = find_line_end(lines, 0);
    row->line = lines->line;
    while (end == input->end - input->begin && !input->ended && end <= lines->row_max_bytes) {
        int code = kithi_input_fill(input, error);
        if (code != KITH_OK) {
            return code;
        }
        end = find_line_end(lines, end);
    }
    if (end > lines->row_max_bytes) {
        return pass_long_line(lines, row, error);
    }
    row->text = input->window + input->begin;
    row->text_bytes = end;
    kithi_lines_consume(lines, end, 0);
    return KITH_OK;
}

static bool is_blank(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ' ' && text[i] != '\t') {
            return false;
        }
    }
    return true;
}

int kithi_lines_next(kithi_lines *lines, kithi_row *row, kith_error *error) {
    for (;;) {
        int code = kithi_lines_skip_empty(lines, error);
        if (code != KITH_OK) {
            return code;
        }
        row->rejected = false;
        code = kithi_lines_take(lines, row, error);
        if (code != KITH_OK) {
            return code;
        }
        if (row->rejected) {
            return KITH_OK;
        }
        if (!is_blank(row->text, row->text_bytes)) {
            kithi_row_check_text(row, lines->input->encoding);
            return KITH_OK;
        }
    }
}
