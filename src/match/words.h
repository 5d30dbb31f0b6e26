/*
 * Folded words, and whether they are among those that a source lists: titles, surnames, what
 * streets are called.
 */
#ifndef KITHI_MATCH_WORDS_H
#define KITHI_MATCH_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool kithi_word_is(const char *word, size_t size, const char *listed) {
    size_t i = 0;
    while (i < size && listed[i] != '\0' && listed[i] == word[i]) {
        i++;
    }
    return i == size && listed[i] == '\0';
}

/* Most listed words differ in the first letter already. */
static inline bool kithi_word_is_one_of(const char *word, size_t size, const char *const *words,
                                        size_t count) {
    for (size_t i = 0; size > 0 && i < count; i++) {
        if (words[i][0] == word[0] && kithi_word_is(word, size, words[i])) {
            return true;
        }
    }
    return false;
}

/* Letters of ASCII and nothing else: one word, of which only the case is to be folded. */
static inline bool kithi_word_is_plain(const char *text, size_t size) {
    size_t at = 0;
    while (at < size && (unsigned)((text[at] | 0x20) - 'a') < 26) {
        at++;
    }
    return at == size;
}

/* The size of the first listed ending that the word has; 0: it has none. */
static inline size_t kithi_word_ending(const char *word, size_t size, const char *const *endings,
                                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t ending = strlen(endings[i]);
        if (size >= ending && memcmp(word + size - ending, endings[i], ending) == 0) {
            return ending;
        }
    }
    return 0;
}

static inline bool kithi_word_has_digit(const char *word, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (word[i] >= '0' && word[i] <= '9') {
            return true;
        }
    }
    return false;
}

#endif
