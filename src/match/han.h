/*
 * Names in Han characters: one form for the characters that regions write differently, and where a
 * surname ends.
 */
#ifndef KITHI_MATCH_HAN_H
#define KITHI_MATCH_HAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Replaces the forms that regions write differently (traditional, Japanese, older ones) by one, and
 * 々 by the character before it; in place. Returns the new size, which is never larger.
 */
size_t kithi_han_fold(char *text, size_t size);
/* How a character is read in Mandarin, in pinyin without its tone; NULL where that isn't known. */
const char *kithi_han_syllable(int32_t code_point);
/* Whether the text has Han characters and no other letters. */
bool kithi_han_is(const char *text, size_t size);
/* Whether the text has kana, with Han characters or without, and no other letters. */
bool kithi_han_has_kana(const char *text, size_t size);
/* The bytes of the surname at the start of a folded full name; all of a single character. */
size_t kithi_han_surname(const char *text, size_t size);
/* Whether the text is a surname and nothing more: one character, or one of the longer ones. */
bool kithi_han_is_surname(const char *text, size_t size);

#endif
