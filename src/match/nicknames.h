/*
 * English and Russian given names, with their pet names and other forms. All names are folded:
 * lower-case, no accents; Russian ones are in Latin letters (cyrillic.h).
 */
#ifndef KITHI_MATCH_NICKNAMES_H
#define KITHI_MATCH_NICKNAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Whether some given name goes by both. */
bool kithi_nicknames_match(const char *a, size_t size_a, const char *b, size_t size_b);
/* Whether it is a common given name, whole or short; here the name may be in Cyrillic letters. */
bool kithi_nicknames_know(const char *name, size_t size);
/* Whether some other form of `name` begins with `initial`: B for Robert, who is also Bob. */
bool kithi_nicknames_have_initial(const char *name, size_t size, char initial);
/* The formal name of the first group that holds `name`, NUL-terminated; NULL where none does. */
const char *kithi_nicknames_formal(const char *name, size_t size);

/* The number of a name, from 1, in its Latin letters; 0: it isn't common. The numbers are those of
 * this build: don't store them. */
size_t kithi_nicknames_find(const char *name, size_t size);
/* The same as kithi_nicknames_match, of numbers. */
bool kithi_nicknames_share_group(size_t a, size_t b);
/* The number of the formal name of its first group, or its own. */
size_t kithi_nicknames_formal_of(size_t number);

#endif
