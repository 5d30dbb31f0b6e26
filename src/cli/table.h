/*
 * A table of text in aligned columns. Alignment counts the columns that a terminal shows, so
 * Chinese names line up.
 */
#ifndef KITH_CLI_TABLE_H
#define KITH_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "src/cli/console.h"

#define CLI_COLUMNS_MAX 80

typedef struct cli_table {
    const char *alignment; /* one letter a column: 'l' or 'r' */
    size_t column_count;
    char **cells;
    size_t cell_count, capacity;
    bool header; /* the first row is one: it is printed bold */
    size_t indent;
} cli_table;

void cli_table_init(cli_table *table, const char *alignment);
/* The next cell; rows fill from the left. Text is cleaned. */
void cli_table_add(cli_table *table, const char *format, ...) CLI_PRINTF(2, 3);
void cli_table_add_count(cli_table *table, uint64_t count);

/* The cells of the first row, which becomes a header. */
void cli_table_add_titles(cli_table *table, const char *const *titles, size_t count);

typedef struct cli_named_count {
    const char *name;
    uint64_t count;
} cli_named_count;

/* A row each, of two columns. */
void cli_table_add_named_counts(cli_table *table, const cli_named_count *counts, size_t count);

void cli_table_print(const cli_table *table, FILE *out);
void cli_table_clear(cli_table *table);

#endif
