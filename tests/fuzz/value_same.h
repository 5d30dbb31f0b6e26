/*
 * Whether two values are the same.
 */
#ifndef KITH_TESTS_FUZZ_VALUE_SAME_H
#define KITH_TESTS_FUZZ_VALUE_SAME_H

#include <string.h>

#include "kith.h"

/* Values that two calls gave; one of a text is of the transaction. */
static inline bool value_same(const kith_value *a, const kith_value *b) {
    if (a->type != b->type) {
        return false;
    }
    switch (a->type) {
    case KITH_TYPE_TEXT:
        return a->as.text.size == b->as.text.size &&
               memcmp(a->as.text.data, b->as.text.data, a->as.text.size) == 0;
    case KITH_TYPE_NULL:
        return true;
    case KITH_TYPE_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case KITH_TYPE_DATE:
        return a->as.date_days == b->as.date_days;
    case KITH_TYPE_TIME:
        return a->as.time_us == b->as.time_us;
    default: /* the bits of a real are compared */
        return a->as.integer == b->as.integer;
    }
}

#endif
