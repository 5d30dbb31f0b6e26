/*
 * Lloyd's rounds of k-means (1982): points go to their nearest center, centers to the middle of
 * their points, until centers stay.
 */
#ifndef KITHI_SCORE_LLOYD_H
#define KITHI_SCORE_LLOYD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/score/tiles.h"

typedef struct kithi_lloyd {
    double inertia; /* the sum of the squares of the distances to the nearest centers */
    unsigned rounds;
    bool converged; /* before rounds were out */
} kithi_lloyd;

/* Moves centers, which are found somewhere among the points, for so many rounds at most, until all
 * the squares of a round's moves together are no more than `least`. A center that nobody is near
 * goes to the point that is farthest from all. False: memory is out. */
bool kithi_lloyd_run(const kithi_tiles *tiles, double *centers, size_t clusters, unsigned rounds,
                     double least, kithi_lloyd *out);

/* The inertia; writes the number of each point's cluster, in tiles' order, where `labels` isn't
 * NULL. */
double kithi_lloyd_judge(const kithi_tiles *tiles, const double *centers, size_t clusters,
                         uint8_t *labels);

#endif
