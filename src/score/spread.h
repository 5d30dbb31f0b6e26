/*
 * Where clusters begin: centers spread over the points by greedy k-means++ (Arthur and
 * Vassilvitskii 2007): the next one is drawn by the squares of the distances to the nearest so far;
 * of several that were drawn the one that leaves the least of them is taken.
 */
#ifndef KITHI_SCORE_SPREAD_H
#define KITHI_SCORE_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/score/tiles.h"

/* Writes centers, each one of the points and no two alike: how many are wanted or, where there are
 * fewer distinct points, one of each; at least 1. 0: memory is out. */
size_t kithi_spread_centers(const kithi_tiles *tiles, size_t wanted, uint64_t seed,
                            double *centers);

#endif
