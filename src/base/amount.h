/*
 * Numbers as people and files write them: plain numerals, and amounts with thousands marks and a
 * currency. Pure functions.
 *
 * An amount is digits (of full width and of other scripts too) with marks among them, at most one
 * sign, and on either side at most one currency: its sign (€, $, HK$, 元) or ISO code. The sign is
 * in front, or a minus behind the digits (5.00-), or brackets, which mean a minus: (5.00).
 *  - Of points and commas, the last one is the decimal mark: 1,234.50 and 1.234,50.
 *  - A point alone is it: 12.50. A comma alone is it too (12,50; 0,500; 12,5000), but where it can
 *    part thousands it does: 1,234 is one thousand two hundred thirty-four.
 *  - Several marks of one kind, spaces and apostrophes part groups of three digits: 1.234.567,
 *    1 234,50, 1'234.50. Commas may also part the Indian way: 1,00,000.50.
 * A plain numeral may have an exponent (1e3, 1.5E3): it is the real number that it says.
 * Anything else is no number.
 *
 * Facts are kept as they were said: amounts are read where an attribute's type or a sum asks for
 * numbers. What number.h reads is tried first, so that amounts cost plain numbers nothing.
 */
#ifndef KITHI_BASE_AMOUNT_H
#define KITHI_BASE_AMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kith/base.h"

/* A number where the text is a plain numeral that the number gives back (-12, 3.5), else the text:
 * codes like 007, versions like 2.10 and more digits than a number holds stay text. */
kith_value kithi_amount_numeral(kith_value text);

/* The whole text is a whole number or an amount that is one (1,234; 42.00; 1e3), and fits. */
bool kithi_amount_integer(const char *text, size_t size, int64_t *out);
/* The whole text is a finite number or an amount. */
bool kithi_amount_real(const char *text, size_t size, double *out);
/* The whole text is a number or an amount, in millionths: exact, or rounded half to even. False: it
 * is none, or too large to be summed. */
bool kithi_amount_micros(const char *text, size_t size, int64_t *out);

/* What a sum takes of a value: a number, or a text as above. False: nothing. */
bool kithi_amount_summed(const kith_value *value, int64_t *out_micros);

#endif
