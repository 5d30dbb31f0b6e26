#include "src/cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Wider cells don't push the columns behind them aside for all rows. */
#define ALIGNED_WIDTH_MAX 48
#define GAP               2

void cli_table_init(cli_table *table, const char *alignment) {
    *table = (cli_table){.alignment = alignment, .column_count = strlen(alignment)};
}

void cli_table_clear(cli_table *table) {
    for (size_t i = 0; i < table->cell_count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    cli_table_init(table, table->alignment);
}

void cli_table_add(cli_table *table, const char *format, ...) {
    if (table->cell_count == table->capacity) {
        table->capacity = table->capacity > 0 ? table->capacity * 2 : 64;
        table->cells = cli_grow(table->cells, table->capacity * sizeof *table->cells);
    }
    va_list list;
    va_start(list, format);
    char *text = cli_format_list(format, list);
    va_end(list);
    table->cells[table->cell_count++] = cli_text_clean(text, strlen(text));
    free(text);
}

void cli_table_add_count(cli_table *table, uint64_t count) {
    char text[CLI_NUMBER_BYTES];
    cli_table_add(table, "%s", cli_count_text(count, text));
}

void cli_table_add_titles(cli_table *table, const char *const *titles, size_t count) {
    table->header = true;
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, "%s", titles[i]);
    }
}

void cli_table_add_named_counts(cli_table *table, const cli_named_count *counts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cli_table_add(table, "%s", counts[i].name);
        cli_table_add_count(table, counts[i].count);
    }
}

static void measure(const cli_table *table, size_t widths[CLI_COLUMNS_MAX]) {
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = cli_text_width(table->cells[i]);
        size_t column = i % table->column_count;
        if (width > widths[column] && width <= ALIGNED_WIDTH_MAX) {
            widths[column] = width;
        }
    }
}

/* Whether any cell behind this one in its row holds text: if none does, no blanks need follow. */
static bool has_more(const cli_table *table, size_t at) {
    for (size_t i = at + 1; i % table->column_count != 0 && i < table->cell_count; i++) {
        if (table->cells[i][0] != '\0') {
            return true;
        }
    }
    return false;
}

static void print_row(const cli_table *table, size_t row, const size_t *widths, FILE *out) {
    fprintf(out, "%*s", (int)table->indent, "");
    for (size_t column = 0; column < table->column_count; column++) {
        size_t at = row * table->column_count + column;
        const char *cell = at < table->cell_count ? table->cells[at] : "";
        size_t width = cli_text_width(cell);
        int blanks = width < widths[column] ? (int)(widths[column] - width) : 0;
        bool right = table->alignment[column] == 'r';
        fprintf(out, "%*s%s", right ? blanks : 0, "", cell);
        if (!has_more(table, at)) {
            break;
        }
        fprintf(out, "%*s", (right ? 0 : blanks) + GAP, "");
    }
    fputc('\n', out);
}

void cli_table_print(const cli_table *table, FILE *out) {
    size_t widths[CLI_COLUMNS_MAX] = {0};
    measure(table, widths);
    size_t rows = (table->cell_count + table->column_count - 1) / table->column_count;
    for (size_t row = 0; row < rows; row++) {
        bool bold = row == 0 && table->header;
        fputs(bold ? cli_bold(out) : "", out);
        print_row(table, row, widths, out);
        fputs(bold ? cli_plain(out) : "", out);
    }
}
