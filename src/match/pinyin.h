/*
 * Pinyin without tones, in lower case: how Han characters are read in Mandarin, and how a word in
 * Latin letters parts into syllables. u stands for ü too, as passports and folded text have it; lv
 * and lyu are understood. Text is folded (kithi_han_fold). Names only: no reading is chosen by its
 * sentence.
 */
#ifndef KITHI_MATCH_PINYIN_H
#define KITHI_MATCH_PINYIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes the syllables of Han text joined, "wangwei", and a NUL; returns their bytes. A surname has
 * the readings of surnames (单 shan, 尉迟 yuchi). 0 where a character has no known reading, where
 * there is none (an empty text, kana), and where there is no room.
 */
size_t kithi_pinyin_of(const char *text, size_t size, bool surname, char *out, size_t capacity);
/* The same with a space between syllables: "wang wei". */
size_t kithi_pinyin_words(const char *text, size_t size, bool surname, char *out, size_t capacity);
/* Whether a Latin text without spaces spells Han text, in any reading that names give it. */
bool kithi_pinyin_spells(const char *han, size_t han_size, bool surname, const char *latin,
                         size_t latin_size);
/* Parts a word in Latin letters, of a few syllables, as kithi_pinyin_words() writes them:
 * "xiaoming"
 * -> "xiao ming". 0 where it isn't pinyin. */
size_t kithi_pinyin_split(const char *word, size_t size, char *out, size_t capacity);

#endif
