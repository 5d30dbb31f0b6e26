/*
 * A place in a text, as people find it: its line, its column, and the line itself with a caret
 * beneath.
 */
#ifndef KITH_CLI_EXCERPT_H
#define KITH_CLI_EXCERPT_H

#include <stddef.h>
#include <stdio.h>

typedef struct cli_spot {
    size_t line, column; /* from 1 on; columns are characters */
    size_t from, to;     /* the bytes of the line, without its end */
} cli_spot;

/* `at` is a byte offset of the text, or its size. */
cli_spot cli_spot_find(const char *text, size_t size, size_t at);

/* Prints the line of `at` in as many columns, cut at its ends where it is longer, and a caret under
 * the character. */
void cli_excerpt_print(const char *text, size_t size, size_t at, size_t columns, FILE *out);

#endif
