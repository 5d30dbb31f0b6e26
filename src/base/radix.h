/*
 * Sorting by numbers, a few bits at a time: quicker than comparing where there are many.
 */
#ifndef KITHI_BASE_RADIX_H
#define KITHI_BASE_RADIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where each of the numbers stands in their ascending order: out[0] is the place of the least one.
 * Equal ones stay in the order of their places. False: memory is out. */
bool kithi_radix_order(const uint64_t *numbers, uint32_t count, uint32_t *out);

#endif
