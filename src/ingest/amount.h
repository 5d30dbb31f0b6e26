/*
 * Numbers as files write them: plain numerals, and amounts with thousands marks and a currency.
 * Pure functions.
 *
 * An amount is digits (of full width and of other scripts too) with marks among them, a sign in
 * front at most, and on either side at most one currency: its sign (€, $, HK$, 元) or ISO code.
 *  - Of points and commas, the last one is the decimal mark: 1,234.50 and 1.234,50.
 *  - A point alone is it: 12.50. A comma alone is it too (12,50; 0,500; 12,5000), but where it can
 *    part thousands it does: 1,234 is one thousand two hundred thirty-four.
 *  - Several marks of one kind, spaces and apostrophes part groups of three digits: 1.234.567,
 *    1 234,50, 1'234.50.
 * Anything else is no number.
 */
#ifndef KITHI_INGEST_AMOUNT_H
#define KITHI_INGEST_AMOUNT_H

#include <stdbool.h>

#include "kith/base.h"

/* A number where the text is a plain numeral (-12, 3.50), else the text: codes like 007 stay text.
 */
kith_value kithi_amount_numeral(kith_value text);
/* A number where the text is an amount, else the text. */
kith_value kithi_amount_read(kith_value text);

/* The number that a column's values should be. */
typedef enum kithi_number {
    KITHI_NUMBER_NONE,   /* any value is fine */
    KITHI_NUMBER_SUMMED, /* a property that its event type sums */
    KITHI_NUMBER_REAL,   /* an attribute of this type */
    KITHI_NUMBER_INTEGER
} kithi_number;

/*
 * Makes a text that is an amount a number of the kind wanted. False: the value is no such number,
 * or one too large to be summed, and stays as it is.
 */
bool kithi_amount_take(kithi_number wanted, kith_value *value);

#endif
