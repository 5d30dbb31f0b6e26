/*
 * Names in Hangul: where a surname ends.
 */
#ifndef KITHI_MATCH_HANGUL_H
#define KITHI_MATCH_HANGUL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text has Hangul syllables and no other letters. */
bool kithi_hangul_is(const char *text, size_t size);
/* The bytes of the surname at the start of a full name of two to four syllables without a space; 0
 * where it isn't such a name. */
size_t kithi_hangul_surname(const char *text, size_t size);
/* Whether the word is a surname and nothing more. */
bool kithi_hangul_is_surname(const char *word, size_t size);

#endif
