#include "src/cli/excerpt.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/console.h"

#define INDENT           2
#define ROOM_MIN         24 /* columns for the line, however narrow the terminal is */
#define CUT              "..."
#define CUT_COLUMNS      3
#define CHARACTER_BYTES  4
#define IS_CONTINUING(c) (((unsigned char)(c)&0xC0) == 0x80)

cli_spot cli_spot_find(const char *text, size_t size, size_t at) {
    cli_spot spot = {.line = 1, .column = 1};
    for (size_t i = 0; i < at; i++) {
        spot.column += !IS_CONTINUING(text[i]);
        if (text[i] == '\n') {
            spot.line++;
            spot.column = 1;
            spot.from = i + 1;
        }
    }
    const char *end = memchr(text + at, '\n', size - at);
    spot.to = end != NULL ? (size_t)(end - text) : size;
    spot.to -= spot.to > at && text[spot.to - 1] == '\r';
    return spot;
}

/* As it may be shown; a tab takes one column, so that the caret is right. Owned. */
static char *shown(const char *data, size_t size) {
    char *copy = cli_allocate(size);
    for (size_t i = 0; i < size; i++) {
        copy[i] = data[i];
        if (copy[i] == '\t') {
            copy[i] = ' ';
        }
    }
    char *clean = cli_text_clean(copy, size);
    free(copy);
    return clean;
}

static size_t character_size(const char *text) {
    size_t size = 1;
    while (size < CHARACTER_BYTES && IS_CONTINUING(text[size])) {
        size++;
    }
    return size;
}

static size_t character_width(const char *text) {
    char character[CHARACTER_BYTES + 1] = {0};
    memcpy(character, text, character_size(text));
    return cli_text_width(character);
}

/* What is left when the front of a text is cut until the rest fits. */
static const char *cut_front(const char *text, size_t columns) {
    size_t width = cli_text_width(text);
    while (width > columns) {
        width -= character_width(text);
        text += character_size(text);
    }
    return text;
}

/* How many bytes of a text fit. */
static size_t fitting(const char *text, size_t columns) {
    size_t size = 0, width = 0;
    while (text[size] != '\0' && width + character_width(text + size) <= columns) {
        width += character_width(text + size);
        size += character_size(text + size);
    }
    return size;
}

void cli_excerpt_print(const char *text, size_t size, size_t at, size_t columns, FILE *out) {
    cli_spot spot = cli_spot_find(text, size, at);
    char *before = shown(text + spot.from, at - spot.from), *after = shown(text + at, spot.to - at);
    size_t room = columns > INDENT + ROOM_MIN ? columns - INDENT : ROOM_MIN;
    bool fits = cli_text_width(before) + cli_text_width(after) < room;
    const char *from = fits ? before : cut_front(before, room / 2 - CUT_COLUMNS);
    const char *front = from > before ? CUT : "";
    size_t caret = strlen(front) + cli_text_width(from);
    bool whole = caret + cli_text_width(after) < room;
    size_t rest = whole ? strlen(after) : fitting(after, room - caret - CUT_COLUMNS);
    fprintf(out, "%*s%s%s%.*s%s\n", INDENT, "", front, from, (int)rest, after, whole ? "" : CUT);
    fprintf(out, "%*s^\n", (int)(INDENT + caret), "");
    free(before);
    free(after);
}
