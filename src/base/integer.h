/*
 * Integers that C's operators don't quite give: division that rounds down, and sums that stop at
 * the last number there is.
 */
#ifndef KITHI_BASE_INTEGER_H
#define KITHI_BASE_INTEGER_H

#include <stdint.h>

/* The divisor is positive; the rest is never negative. */
static inline int64_t kithi_floor_div(int64_t a, int64_t divisor) {
    return a / divisor - (a % divisor < 0);
}

static inline int64_t kithi_floor_rest(int64_t a, int64_t divisor) {
    int64_t rest = a % divisor;
    return rest < 0 ? rest + divisor : rest;
}

static inline int64_t kithi_add_saturated(int64_t a, int64_t b) {
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) {
        return b < 0 ? INT64_MIN : INT64_MAX;
    }
    return sum;
}

static inline int64_t kithi_multiply_saturated(int64_t a, int64_t b) {
    int64_t product;
    if (__builtin_mul_overflow(a, b, &product)) {
        return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
    }
    return product;
}

static inline int64_t kithi_clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

#endif
