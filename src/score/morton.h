/*
 * Points along Morton's curve (1966): those that are near each other in their order are near each
 * other in space.
 */
#ifndef KITHI_SCORE_MORTON_H
#define KITHI_SCORE_MORTON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes where the points, finite numbers point by point, stand on the curve: out[0] is the place
 * of the first. Those of one cell keep their order. False: memory is out. */
bool kithi_morton_order(const double *values, uint32_t count, size_t dimensions, uint32_t *out);

#endif
