/*
 * Clusters of points: k-means, from centers chosen by k-means++ (Arthur and Vassilvitskii 2007), by
 * Lloyd's steps, several times; the best is kept.
 */
#ifndef KITHI_SCORE_CLUSTERS_H
#define KITHI_SCORE_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_CLUSTERS_MAX 64

/* Borrowed. */
typedef struct kithi_points {
    const double *values; /* point by point */
    size_t count, dimensions;
} kithi_points;

typedef struct kithi_cluster_options {
    size_t clusters;   /* 1 to KITHI_CLUSTERS_MAX, and no more than points */
    unsigned restarts; /* at least 1 */
    unsigned rounds;   /* the most of a start */
    double tolerance;  /* centers that moved by less, all squares together, stay; 0: none moved */
    uint64_t seed;
} kithi_cluster_options;

typedef struct kithi_clustering {
    double *centers; /* clusters x dimensions; in order of their first dimensions */
    uint8_t *labels; /* of the points */
    size_t *sizes;
    double inertia; /* the sum of the squares of the distances to the centers */
    unsigned rounds;
    bool converged;
} kithi_clustering;

/* Owned: kithi_clustering_clear(). False: memory is out. */
bool kithi_cluster(const kithi_points *points, const kithi_cluster_options *options,
                   kithi_clustering *out);
void kithi_clustering_clear(kithi_clustering *clustering);

/* How well points sit in their clusters: the mean silhouette (Rousseeuw 1987) of a sample of so
 * many points at most, among one another; -1 to 1, NAN where there is one cluster. */
double kithi_silhouette(const kithi_points *points, const kithi_clustering *clustering,
                        size_t clusters, size_t sample, uint64_t seed);

#endif
