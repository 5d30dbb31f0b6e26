/*
 * Clusters in words: what sets the customers of each apart from all.
 */
#ifndef KITHI_SCORE_CLUSTER_WORDS_H
#define KITHI_SCORE_CLUSTER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "src/base/buffer.h"
#include "src/score/scale.h"

#define KITHI_CLUSTER_NAME_BYTES 60

/* How many standard deviations of all a cluster's center is from the mean of all: from the first on
 * it is lower or higher, from the second on much. */
#define KITHI_CLUSTER_APART .25
#define KITHI_CLUSTER_MUCH  1

/* What clusters are told apart by, in its own unit. Borrowed; texts are UTF-8. */
typedef struct kithi_cluster_feature {
    const char *name;
    const char *low, *high; /* for little and much of it: "few orders"; NULL: "low", its name */
    const char *unit;       /* follows values, as "days"; NULL: none */
    kithi_scale scale;      /* as kithi_scale_learn() has it */
} kithi_cluster_feature;

typedef enum kithi_cluster_level {
    KITHI_CLUSTER_MUCH_LOWER = -2,
    KITHI_CLUSTER_LOWER,
    KITHI_CLUSTER_TYPICAL,
    KITHI_CLUSTER_HIGHER,
    KITHI_CLUSTER_MUCH_HIGHER,
} kithi_cluster_level;

/* One feature in one cluster. */
typedef struct kithi_cluster_trait {
    size_t feature;
    kithi_cluster_level level;
    /* The means of the cluster and of all, in the feature's unit; of a feature whose logarithm
     * counts, the numbers whose logarithms are the means. */
    double value, overall;
    double apart; /* the center, in standard deviations of all */
} kithi_cluster_trait;

/* Writes a cluster's traits, one a feature, the farthest apart first; of two as far the one that
 * was listed first. The center is the cluster's, as it was found among values put to scale. */
void kithi_cluster_traits(const kithi_cluster_feature *features, size_t feature_count,
                          const double *center, kithi_cluster_trait *out);

/* Appends what isn't typical: "very few orders (1.2, all 4.3), long ago (210 days, all 92 days)";
 * "typical" where all is. Values have three digits, or all before the point. */
void kithi_cluster_describe(const kithi_cluster_feature *features,
                            const kithi_cluster_trait *traits, size_t feature_count,
                            kithi_buffer *out);

typedef struct kithi_cluster_name {
    char text[KITHI_CLUSTER_NAME_BYTES + 1]; /* UTF-8 */
} kithi_cluster_name;

/* Names each cluster by its first two traits that aren't typical, as "high spent, very low
 * recency"; by more of them where names would be the same; what still has the name of one before it
 * gets a number: " (2)". What doesn't fit is left out or, of the first trait, cut. `traits` are
 * cluster by cluster, of KITHI_CLUSTERS_MAX clusters at most. False: memory is out. */
bool kithi_cluster_names(const kithi_cluster_feature *features, const kithi_cluster_trait *traits,
                         size_t feature_count, size_t clusters, kithi_cluster_name *out);

#endif
