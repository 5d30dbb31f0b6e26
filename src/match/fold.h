/*
 * Texts as the makers of terms (terms_*.c) begin with them: folded into a room of their own. What
 * is no text, or finds no room, gives nothing.
 */
#ifndef KITHI_MATCH_FOLD_H
#define KITHI_MATCH_FOLD_H

#include "src/base/letters.h"
#include "src/base/text.h"

static inline bool kithi_is_sign(char c, const char *signs) {
    while (*signs != '\0' && *signs != c) {
        signs++;
    }
    return *signs != '\0';
}

/* The text without any of these signs, in its place; returns the size that is left. */
static inline size_t kithi_drop_signs(char *text, size_t size, const char *signs) {
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        bool sign = kithi_is_sign(text[i], signs);
        text[kept] = text[i];
        kept += !sign;
    }
    return kept;
}

/* Returns the size; 0: nothing. */
static inline size_t kithi_fold(const char *text, size_t size, char *out, size_t capacity) {
    size_t total;
    return kithi_text_fold(text, size, out, capacity, &total) ? total : 0;
}

/* The words of the text, one space apart. */
static inline size_t kithi_fold_words(const char *text, size_t size, char *out, size_t capacity) {
    size_t total;
    return kithi_text_words(text, size, out, capacity, &total) ? total : 0;
}

#endif
