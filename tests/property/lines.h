/*
 * What a store or a model holds, as lines of text: two of them are compared by sorting, and what
 * differs can be read.
 */
#ifndef TESTS_PROPERTY_LINES_H
#define TESTS_PROPERTY_LINES_H

#include <stddef.h>

typedef struct lines {
    char **items;
    size_t count, capacity;
} lines;

void lines_add(lines *list, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lines_sort(lines *list);
void lines_clear(lines *list);
/* NULL: both, which are sorted, are equal; else a text to free that shows what only one of them
 * has. */
char *lines_compare(const lines *expected, const lines *found);

#endif
