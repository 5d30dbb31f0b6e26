/*
 * Cyrillic names in Latin letters, so that one table of given names serves both.
 */
#ifndef KITHI_MATCH_CYRILLIC_H
#define KITHI_MATCH_CYRILLIC_H

#include <stddef.h>

/*
 * A folded Cyrillic word in Latin letters, one way only: "юлия" -> "yuliya", "игорь" -> "igor".
 * Other letters go. `out` has room for 2 * size bytes; returns what was written.
 */
size_t kithi_cyrillic_latin(const char *word, size_t size, char *out);

#endif
