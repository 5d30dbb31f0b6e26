/*
 * Clusters of points: k-means. Centers are spread by greedy k-means++ and moved by Lloyd's rounds
 * several times over; the best is taken to its end and kept. The same points and options give the
 * same clusters on every machine and with any number of threads.
 */
#ifndef KITHI_SCORE_CLUSTERS_H
#define KITHI_SCORE_CLUSTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/base/workers.h"
#include "src/score/scale.h"

#define KITHI_CLUSTERS_MAX 64

/* Why there are no clusters. */
typedef enum kithi_cluster_refusal {
    KITHI_CLUSTER_FINE,
    KITHI_CLUSTER_NO_MEMORY, /* or 2^32 points and more */
    KITHI_CLUSTER_INTERRUPTED,
    KITHI_CLUSTER_NO_POINTS, /* or no dimensions */
    KITHI_CLUSTER_NOT_FINITE,
    KITHI_CLUSTER_WRONG_COUNT,
    KITHI_CLUSTER_ALL_ALIKE, /* one cluster, where two or more are compared */
} kithi_cluster_refusal;

/* What is wrong and what to do, in words. */
const char *kithi_cluster_refusal_text(kithi_cluster_refusal refusal);

/* Borrowed. */
typedef struct kithi_points {
    const double *values; /* point by point; none beyond KITHI_SCALE_VALUE_MAX */
    size_t count, dimensions;
} kithi_points;

typedef struct kithi_cluster_options {
    size_t clusters;   /* 1 to KITHI_CLUSTERS_MAX */
    unsigned restarts; /* 0: 100 for 5,000 points and fewer, down to 10 from 50,000 on */
    unsigned rounds;   /* the most of a restart; at least 1 */
    /* A restart ends when the squares of a round's moves together are no more than this share of
     * the mean variance of the dimensions; 0: when no center moves. The best one is then taken to
     * where none moves. */
    double tolerance;
    unsigned threads; /* at least 1 */
    uint64_t seed;
    const kithi_workers_ear *ear; /* is told which restarts are done; NULL: nobody */
} kithi_cluster_options;

#define KITHI_CLUSTER_OPTIONS_INIT                                                                 \
    { 4, 0, 300, 1e-4, 1, 1, NULL }

typedef struct kithi_clustering {
    size_t clusters; /* as many as wanted or, where there are fewer distinct points, those */
    size_t dimensions;
    double *centers; /* clusters x dimensions; in order of their first dimensions */
    uint8_t *labels; /* of the points: the number of the nearest center, the lower of two as near */
    size_t *sizes;   /* no cluster is empty */
    double inertia;  /* the sum of the squares of the distances to the centers */
    unsigned rounds; /* of the best restart, to the end */
    bool converged;  /* it came to the end before rounds were out */
    unsigned agreeing; /* restarts that ended within a thousandth of the best one's inertia */
} kithi_clustering;

/* Owned where the answer is KITHI_CLUSTER_FINE: kithi_clustering_clear(); else nothing is. */
kithi_cluster_refusal kithi_cluster(const kithi_points *points,
                                    const kithi_cluster_options *options, kithi_clustering *out);
void kithi_clustering_clear(kithi_clustering *clustering);

/* Where a point belongs that wasn't there. */
typedef struct kithi_cluster_place {
    uint8_t cluster; /* the nearest, the lower of two as near */
    uint8_t second;  /* the next one; where there is but one cluster, that */
    double distance, second_distance;
    double margin; /* 0: as near to both; towards 1: at the center; 1 where there is one cluster */
} kithi_cluster_place;

/* Of one finite point, by centers as a clustering has them, of which there is one at least. */
kithi_cluster_place kithi_cluster_find(const double *centers, size_t clusters, size_t dimensions,
                                       const double *point);

#endif
