/*
 * How alike two words are: by their sound, and by typing errors. Words are folded.
 */
#ifndef KITHI_MATCH_SOUND_H
#define KITHI_MATCH_SOUND_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The consonants of a Latin word, spelling evened out: "sarah" and "zara" -> "sr", "christopher" ->
 * "krstfr". Letters of other scripts stay. `out` has room for 2 * size bytes; returns what was
 * written, 0 for vowels alone.
 */
size_t kithi_sound_skeleton(const char *word, size_t size, char *out);
/*
 * The same with its vowels, for two spellings of one name: "zara" and "sahra" -> "sara", "sergey"
 * and "sergei" -> "sergi". The same room.
 */
size_t kithi_sound_spelling(const char *word, size_t size, char *out);
/* Whether a likely typing error is all that tells two words apart: both begin alike and have five
 * letters or more, and one letter is another, missing or added, or two neighbours are swapped. */
bool kithi_sound_one_error(const char *a, size_t size_a, const char *b, size_t size_b);

#endif
