/*
 * How well points sit in their clusters: silhouettes (Rousseeuw 1987), and how many clusters there
 * should be by them.
 */
#ifndef KITHI_SCORE_SILHOUETTE_H
#define KITHI_SCORE_SILHOUETTE_H

#include "src/score/clusters.h"

#define KITHI_SILHOUETTE_SAMPLE 2000 /* points at most: each is held against each */

/* The mean silhouette of a sample of points among one another, drawn by the seed: -1 to 1; near 1
 * where clusters are tight and far apart, about 0 where one passes into the next. A point that is
 * alone in its cluster counts 0. KITHI_CLUSTER_ALL_ALIKE where there is one cluster. */
kithi_cluster_refusal kithi_silhouette(const kithi_points *points,
                                       const kithi_clustering *clustering, uint64_t seed,
                                       double *out);

typedef struct kithi_cluster_trial {
    size_t clusters;
    double inertia;
    double silhouette;
} kithi_cluster_trial;

typedef struct kithi_cluster_choice {
    kithi_clustering best;
    double silhouette;                              /* of the best */
    kithi_cluster_trial trials[KITHI_CLUSTERS_MAX]; /* in ascending number of clusters */
    size_t trial_count;
} kithi_cluster_choice;

/* Makes from so many to so many clusters (at least 2) and keeps those whose mean silhouette is the
 * greatest, the fewer of two alike. Ends early where there are no more distinct points. Owned where
 * the answer is KITHI_CLUSTER_FINE: kithi_cluster_choice_clear(). `clusters` of the options isn't
 * looked at. */
kithi_cluster_refusal kithi_cluster_choose(const kithi_points *points, size_t from, size_t to,
                                           const kithi_cluster_options *options,
                                           kithi_cluster_choice *out);
void kithi_cluster_choice_clear(kithi_cluster_choice *choice);

#endif
