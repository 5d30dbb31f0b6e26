/*
 * What the command says: one line for an error, text that is safe to show, numbers that people can
 * read. Text from a store may hold anything, so whatever is shown goes through cli_text_clean()
 * first: a customer's name must not be able to drive the terminal.
 */
#ifndef KITH_CLI_CONSOLE_H
#define KITH_CLI_CONSOLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kith.h"
#include "src/cli/options.h"

#if defined(__GNUC__)
#define CLI_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))
#else
#define CLI_PRINTF(format_at, arguments_at)
#endif

/* "kith: ..." in one line on stderr; returns CLI_BAD. */
int cli_fail(const char *format, ...) CLI_PRINTF(1, 2);
/* The same from a failed call. */
int cli_fail_error(const kith_error *error);
/* The same and "see 'kith import --help'"; command may be NULL. Returns CLI_USAGE. */
int cli_usage(const cli_command *command, const char *format, ...) CLI_PRINTF(2, 3);

/* Memory; when there is none, the command ends with CLI_BAD and a line that says so. */
void *cli_allocate(size_t size);
void *cli_grow(void *memory, size_t size);
/* Formatted text; owned. */
char *cli_format(const char *format, ...) CLI_PRINTF(1, 2);
char *cli_format_list(const char *format, va_list list) CLI_PRINTF(1, 0);

/* A copy without control and direction characters (each becomes U+FFFD); owned. */
char *cli_text_clean(const char *data, size_t size);
/* A copy in which only bytes that aren't UTF-8 are replaced so; owned. */
char *cli_text_valid(const char *data, size_t size, size_t *out_size);
/* The columns that text takes on a terminal: two for wide (CJK, emoji), none for combining
 * characters. */
size_t cli_text_width(const char *text);

/* Whether `out` is a terminal; whether it is one that may be given colours. */
bool cli_is_terminal(FILE *out);
bool cli_is_styled(FILE *out);
size_t cli_terminal_columns(FILE *out);
/* The codes to begin and to end bold text; "" where `out` isn't to be styled. */
const char *cli_bold(FILE *out);
const char *cli_plain(FILE *out);

#define CLI_NUMBER_BYTES 48
/* 1,234,567 */
const char *cli_count_text(uint64_t count, char text[CLI_NUMBER_BYTES]);
/* 1,234.50: millionths as a decimal with two digits, or as many more as it needs. */
const char *cli_micros_text(int64_t micros, char text[CLI_NUMBER_BYTES]);
/* 12.3 MiB */
const char *cli_bytes_text(uint64_t bytes, char text[CLI_NUMBER_BYTES]);
/* "s" unless count is 1. */
const char *cli_plural(uint64_t count);

/* A value as people write it, cleaned; owned. */
char *cli_value_text(const kith_value *value);
/* A real number in the fewest digits that give it back. */
const char *cli_real_text(double real, char text[CLI_NUMBER_BYTES]);

#endif
