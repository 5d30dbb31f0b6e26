/* Slips in written text, as FEBRL makes them: of the hand, of a scanner, of the ear. */
#ifndef KITH_BENCHMARKS_PERSON_ERRORS_H
#define KITH_BENCHMARKS_PERSON_ERRORS_H

#include <stddef.h>

#include "person_random.h"

/* All change text of at most `size` bytes with its NUL in place, and return false where they leave
 * it as it was. Text that isn't ASCII is left as it is. */
bool person_error_typing(person_random *random, char *text, size_t size);
bool person_error_scan(person_random *random, char *text, size_t size);
bool person_error_sound(person_random *random, char *text, size_t size);
/* One digit is another one. */
bool person_error_digit(person_random *random, char *text);

#endif
