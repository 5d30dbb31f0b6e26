/*
 * Why a score is what it is: the parts that it is the sum of, the greatest first.
 */
#ifndef KITHI_SCORE_REASONS_H
#define KITHI_SCORE_REASONS_H

#include "kith/base.h"

typedef struct kithi_reason {
    size_t feature; /* which part */
    double part;
} kithi_reason;

/* The greatest parts, whichever their sign, at most `most`; equal ones in the order they stand in.
 * Parts of 0 are no reasons. The value is how many there are. */
size_t kithi_reasons_find(const double *parts, size_t count, size_t most, kithi_reason *out);
/* What a feature is of the customer, cut where there is no more room: "contract = Month-to-month",
 * "orders missing". */
void kithi_reason_name(const char *name, const kith_value *value, char *out, size_t capacity);

#endif
