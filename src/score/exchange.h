/*
 * Exchanges after Lloyd's rounds (Hartigan 1975): a point may still do better in another cluster
 * than its nearest center's, as it draws both centers with it. Rounds that stay leave many such
 * points where clusters are small.
 */
#ifndef KITHI_SCORE_EXCHANGE_H
#define KITHI_SCORE_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/score/tiles.h"

/* Goes over the points once, each of the cluster whose center is nearest, and moves those that do
 * better elsewhere, and both centers with them; how many. A center that is farther than another
 * from all of a tile's box isn't tried. False: memory is out. */
bool kithi_exchange_run(const kithi_tiles *tiles, double *centers, size_t clusters,
                        size_t *out_moves);

#endif
