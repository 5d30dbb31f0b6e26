/*
 * How alike two texts are, letter by letter: Jaro-Winkler, and the number of edits. Texts are
 * folded (kithi_text_fold, kithi_text_words) UTF-8; letters are code points. Of a longer text the
 * first 64 letters (KITHI_POSITIONS_MAX) are compared, as if it ended there. All results are
 * integers, the same on every machine, and the same with both texts exchanged. Nothing is
 * allocated.
 */
#ifndef KITHI_MATCH_SIMILAR_H
#define KITHI_MATCH_SIMILAR_H

#include <stddef.h>

#include "src/match/positions.h"

#define KITHI_SIMILAR_EQUAL 1000 /* the most that two texts are alike, in thousandths */

/*
 * The similarity of Jaro (1989) with Winkler's (1990) bonus for a common beginning, in thousandths,
 * 0 to 1000. Where n and m are the letters of the texts, letters match that are equal and no
 * further apart than max(n, m) / 2 - 1; c is how many do, and h half of those that stand in another
 * order, rounded down (as in Winkler's own strcmp95). Then
 *     jaro = (c / n + c / m + (c - h) / c) / 3, 0 if c is 0,
 *     jaro-winkler = jaro + p / 10 * (1 - jaro), p the letters of the common beginning, at most 4.
 * The bonus is given to any jaro, not only to one above a threshold. The value is exact until the
 * end, where it is rounded down. Two empty texts are equal (1000); one that is empty is unlike any
 * other (0). 1000 means that all letters compared are equal.
 */
int kithi_jaro_winkler(const char *a, size_t a_size, const char *b, size_t b_size);

/* A text, and which letters it has: a bit stands for one or several. */
typedef struct kithi_spelling {
    const char *text;
    size_t size;
    uint32_t letters;
} kithi_spelling;

/* 0: not known, as the text is empty, not of ASCII, or longer than what is compared. */
uint32_t kithi_letters_of(const char *text, size_t size);
/* kithi_jaro_winkler where that is `least` or more, else 0: told sooner, as most texts have too few
 * letters in common. */
int kithi_jaro_winkler_from(const kithi_spelling *a, const kithi_spelling *b, int least);

/* One text to compare with many; the text itself isn't needed any more once this is made. */
typedef struct kithi_jaro {
    kithi_positions positions;
} kithi_jaro;

void kithi_jaro_begin(kithi_jaro *pattern, const char *text, size_t size);
/* As kithi_jaro_winkler. */
int kithi_jaro_winkler_with(const kithi_jaro *pattern, const char *b, size_t b_size);

/* The least number of letters to replace, add or leave out (Levenshtein 1966). */
unsigned kithi_levenshtein(const char *a, size_t a_size, const char *b, size_t b_size);
/*
 * The same where two neighbours exchanged count one (Damerau 1964), as long as no letter is edited
 * twice ("optimal string alignment": "ca" and "abc" are 3 apart). If it is more than `max`, max
 * + 1.
 */
unsigned kithi_damerau(const char *a, size_t a_size, const char *b, size_t b_size, unsigned max);

#endif
