#include "tests/property/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES      1024
#define SHOWN_LINES_MAX 24

void lines_add(lines *list, const char *format, ...) {
    char text[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = strdup(text);
}

static int compare_lines(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_sort(lines *list) {
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, compare_lines);
    }
}

void lines_clear(lines *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (lines){NULL, 0, 0};
}

char *lines_compare(const lines *expected, const lines *found) {
    char *report = NULL;
    size_t size = 0, shown = 0, i = 0, j = 0;
    FILE *out = NULL;
    while (i < expected->count || j < found->count) {
        int order = i == expected->count ? 1
                    : j == found->count  ? -1
                                         : strcmp(expected->items[i], found->items[j]);
        if (order == 0) {
            i++;
            j++;
            continue;
        }
        if (out == NULL) {
            out = open_memstream(&report, &size);
        }
        const char *line = order < 0 ? expected->items[i++] : found->items[j++];
        if (shown++ < SHOWN_LINES_MAX) {
            fprintf(out, "  %s %s\n", order < 0 ? "expected" : "found   ", line);
        }
    }
    if (out != NULL) {
        fclose(out);
    }
    return report;
}
