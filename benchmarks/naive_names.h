/*
 * Names compared as the definitions say, letter by letter: what anybody would write in C. A letter
 * is a byte.
 */
#ifndef KITH_BENCHMARKS_NAIVE_NAMES_H
#define KITH_BENCHMARKS_NAIVE_NAMES_H

#include <stddef.h>

#define NAIVE_NAME_BYTES 64 /* the longest name */

/* In thousandths. */
int naive_jaro_winkler(const char *a, size_t a_size, const char *b, size_t b_size);
int naive_levenshtein(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
