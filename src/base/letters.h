/*
 * Letters: what kind a code point is, simple case mapping, and the words of a text. The other half
 * of text.h, for those who look into text; like it, implemented in text.c, where utf8proc is known.
 * All input is valid UTF-8.
 */
#ifndef KITHI_BASE_LETTERS_H
#define KITHI_BASE_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_UTF8_MAX_BYTES 4 /* of one code point */

typedef enum kithi_script {
    KITHI_SCRIPT_NONE = 0, /* digits, marks, punctuation: they go with any script */
    KITHI_SCRIPT_LATIN = 1,
    KITHI_SCRIPT_HAN = 2,
    KITHI_SCRIPT_KANA = 3,
    KITHI_SCRIPT_HANGUL = 4,
    KITHI_SCRIPT_CYRILLIC = 5,
    KITHI_SCRIPT_GREEK = 6,
    KITHI_SCRIPT_ARABIC = 7,
    KITHI_SCRIPT_HEBREW = 8,
    KITHI_SCRIPT_OTHER = 9
} kithi_script;

/* Whether a word may hold it: letters, the marks that go on them, and digits. */
bool kithi_text_is_word(int32_t code_point);
/* 0 to 9 for the decimal digits of ASCII, Arabic, Persian, Devanagari, Bengali and Thai; else -1.
 */
int kithi_text_digit(int32_t code_point);
int32_t kithi_text_to_upper(int32_t code_point);
int32_t kithi_text_to_lower(int32_t code_point);
kithi_script kithi_text_script(int32_t code_point);
/* Appends a code point at *at of `out`; false, and nothing written, where there is no room. */
bool kithi_text_append(int32_t code_point, char *out, size_t capacity, size_t *at);
/*
 * The words of a text, folded (kithi_text_fold) and one space apart: apostrophes go, all other
 * signs part words. "O'Brien-Smith, J." -> "obrien smith j".
 */
bool kithi_text_words(const char *text, size_t size, char *out, size_t capacity, size_t *out_size);

#endif
