/*
 * Comparing two names of which one at least is written in Han characters, in levels from equal to
 * different, and a key of Latin letters that such names share with their romanised forms. The parts
 * are those of a kithi_name: folded, Han without spaces, so that traditional and simplified forms
 * are equal here. A name with kana in it is never read as Chinese.
 */
#ifndef KITHI_MATCH_HAN_NAMES_H
#define KITHI_MATCH_HAN_NAMES_H

#include <stddef.h>

/* How much speaks for one person, least first. */
typedef enum kithi_han_level {
    KITHI_HAN_NONE = 0, /* nothing can be said: a part is missing, or the scripts tell nothing */
    KITHI_HAN_DIFFERENT = 1,
    KITHI_HAN_SURNAME = 2,   /* the surname only */
    KITHI_HAN_ROMANISED = 3, /* one is the other in pinyin, in either order: 王伟, "Wei Wang" */
    KITHI_HAN_INITIALS = 4,  /* the surname, and the initials of the given name in pinyin */
    KITHI_HAN_CHARACTER = 5, /* the surname, and a character of the given name */
    KITHI_HAN_SOUND = 6,     /* all, as it is read in Mandarin: 王伟, 王玮 */
    KITHI_HAN_EQUAL = 7
} kithi_han_level;

#define KITHI_HAN_LEVEL_COUNT 8

/* The same whichever of the names comes first. */
int kithi_han_names_level(const char *family_a, const char *given_a, const char *family_b,
                          const char *given_b);
/* "romanised" */
const char *kithi_han_level_name(int level);

/*
 * Writes the syllables of a name in pinyin, sorted, with spaces between them, and a NUL; returns
 * their bytes. 王小明, "Wang Xiaoming" and "Xiao-Ming Wang" share "ming wang xiao". 0 where the
 * name, or a word of it, is no pinyin, and where there is no room.
 */
size_t kithi_han_latin(const char *family, const char *given, char *out, size_t capacity);

#endif
