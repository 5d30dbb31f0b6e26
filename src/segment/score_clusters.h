/*
 * What a score by clusters says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_CLUSTERS_H
#define KITHI_SEGMENT_SCORE_CLUSTERS_H

#include "src/score/cluster_words.h"
#include "src/score/clusters.h"
#include "src/segment/score_features.h"

#define KITHI_CLUSTER_FEATURES_MAX 32

typedef struct kithi_score_cluster_settings {
    kithi_score_features features;
    /* How each is spoken of; `scale` says whether its logarithm counts. */
    kithi_cluster_feature words[KITHI_CLUSTER_FEATURES_MAX];
    bool chosen;         /* only some are clustered: */
    size_t of;           /* whom this part means */
    int64_t least, most; /* clusters; the best of them is chosen */
    int64_t seed;
} kithi_score_cluster_settings;

typedef struct kithi_score_cluster_fitted {
    size_t clusters;
    kithi_cluster_feature words[KITHI_CLUSTER_FEATURES_MAX]; /* with the scales learnt */
    double *centers;
    const char **names;
    const char **descriptions;
} kithi_score_cluster_fitted;

/* What the features are for one customer, as a point of those that were clustered. */
void kithi_score_cluster_point(const kith_value *values, size_t count, double *out);

#endif
