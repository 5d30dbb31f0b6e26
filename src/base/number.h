/*
 * Numbers as text, without regard to the locale.
 */
#ifndef KITHI_BASE_NUMBER_H
#define KITHI_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole text is a decimal integer that fits. */
bool kithi_integer_parse(const char *text, size_t size, int64_t *out);
/* The whole text is a finite decimal number: digits, point, exponent. */
bool kithi_real_parse(const char *text, size_t size, double *out);
/*
 * The whole text is a decimal number, in millionths: "12.5" -> 12500000, rounded half to even.
 * Commas that part groups of three digits (1,234.50) and a currency sign in front are passed over.
 * False: no number, or out of range.
 */
bool kithi_micros_parse(const char *text, size_t size, int64_t *out);
/* A finite number in millionths, rounded half to even; false: out of range. */
bool kithi_micros_of_real(double real, int64_t *out);
/* Whether a number has no fraction and is small enough that its neighbours have none missing. */
bool kithi_real_is_whole(double real);
/* The shortest text that reads back as the same number; out has 32 bytes. */
void kithi_real_format(double real, char *out);

#endif
