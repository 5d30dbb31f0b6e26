#include "src/store/json_place.h"

#include <stdbool.h>
#include <string.h>

typedef struct scanner {
    const char *text;
    size_t size;
    size_t at;
} scanner;

static void skip_space(scanner *s) {
    while (s->at < s->size && strchr(" \t\r\n", s->text[s->at]) != NULL && s->text[s->at] != '\0') {
        s->at++;
    }
}

static void skip_string(scanner *s) {
    s->at++; /* the opening quote */
    while (s->at < s->size && s->text[s->at] != '"') {
        s->at += s->text[s->at] == '\\' ? 2 : 1;
    }
    s->at++;
}

/* Passes over a value: brackets are counted, strings are skipped, all else is plain. */
static void skip_value(scanner *s) {
    int depth = 0;
    skip_space(s);
    while (s->at < s->size) {
        char c = s->text[s->at];
        if (c == '"') {
            skip_string(s);
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return;
        } else {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            s->at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return;
        }
    }
}

/* Finds a member of the object at the scanner; then the scanner stands at its value. */
static bool find_member(scanner *s, const char *name, size_t *out_key) {
    skip_space(s);
    if (s->at >= s->size || s->text[s->at] != '{') {
        return false;
    }
    s->at++;
    for (;;) {
        skip_space(s);
        if (s->at >= s->size || s->text[s->at] != '"') {
            return false;
        }
        size_t key = s->at;
        skip_string(s);
        size_t length = s->at - key - 2;
        bool same = length == strlen(name) && memcmp(s->text + key + 1, name, length) == 0;
        skip_space(s);
        s->at++; /* the colon */
        if (same) {
            *out_key = key;
            return true;
        }
        skip_value(s);
        skip_space(s);
        if (s->at >= s->size || s->text[s->at] != ',') {
            return false;
        }
        s->at++;
    }
}

size_t kithi_json_place(const char *json, size_t size, const char *const *path, size_t depth) {
    scanner s = {json, size, 0};
    skip_space(&s);
    size_t place = s.at;
    for (size_t i = 0; i < depth && find_member(&s, path[i], &place); i++) {
    }
    return place < size ? place : size;
}

void kithi_text_place(const char *text, size_t offset, int *out_line, int *out_column) {
    *out_line = 1;
    *out_column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            (*out_line)++;
            *out_column = 1;
        } else {
            (*out_column)++;
        }
    }
}
