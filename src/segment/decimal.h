/*
 * Numbers of the segment language: exact decimals with six places, of up to 31 digits before the
 * point, so that money never meets binary fractions. What is finer is rounded half to even. What is
 * larger is no number, nor is what divides by 0: then a function returns false.
 */
#ifndef KITHI_SEGMENT_DECIMAL_H
#define KITHI_SEGMENT_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 kithi_decimal; /* millionths */

#define KITHI_DECIMAL_ONE        1000000
#define KITHI_DECIMAL_PLACES     6
#define KITHI_DECIMAL_DIGITS     31
#define KITHI_DECIMAL_TEXT_BYTES 48

static inline kithi_decimal kithi_decimal_of(int64_t integer) {
    return (kithi_decimal)integer * KITHI_DECIMAL_ONE;
}

bool kithi_decimal_of_real(double real, kithi_decimal *out);
/* Reads digits, with a point and up to six more where they follow; returns the size of what it
 * read, 0: it is no such number. */
size_t kithi_decimal_read(const char *text, size_t size, kithi_decimal *out);
/* The shortest text that reads back as the same number; a minus in front where it is below 0. */
void kithi_decimal_format(kithi_decimal decimal, char out[KITHI_DECIMAL_TEXT_BYTES]);
/* Whether it is whole and fits. */
bool kithi_decimal_integer(kithi_decimal decimal, int64_t *out);

bool kithi_decimal_add(kithi_decimal a, kithi_decimal b, kithi_decimal *out);
bool kithi_decimal_subtract(kithi_decimal a, kithi_decimal b, kithi_decimal *out);
bool kithi_decimal_multiply(kithi_decimal a, kithi_decimal b, kithi_decimal *out);
bool kithi_decimal_divide(kithi_decimal a, kithi_decimal b, kithi_decimal *out);

#endif
