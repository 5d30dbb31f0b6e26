/*
 * The order of values, and their text.
 */
#ifndef KITHI_BASE_VALUE_H
#define KITHI_BASE_VALUE_H

#include "kith/base.h"

/* By type, numbers as one type, then by value; texts by bytes. Lists and maps of one type are
 * equal. */
int kithi_value_compare(const kith_value *a, const kith_value *b);
bool kithi_value_is_number(const kith_value *value);
/* The text of a scalar, cut where there is no more room; a list or a map has none. */
void kithi_value_show(const kith_value *value, char *out, size_t capacity);

#endif
