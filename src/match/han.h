/*
 * Names in Han characters: one form for the characters that regions write differently, and where a
 * surname ends.
 */
#ifndef KITHI_MATCH_HAN_H
#define KITHI_MATCH_HAN_H

#include <stdbool.h>
#include <stddef.h>

/* Replaces traditional and Japanese forms of characters that names use by one form, in place. Sizes
 * stay. */
void kithi_han_fold(char *text, size_t size);
/* Whether the text has Han characters and no other letters. */
bool kithi_han_is(const char *text, size_t size);
/* The bytes of the surname at the start of a folded full name; all of a single character. */
size_t kithi_han_surname(const char *text, size_t size);
/* Whether the text is a surname and nothing more: one character, or one of the longer ones. */
bool kithi_han_is_surname(const char *text, size_t size);

#endif
