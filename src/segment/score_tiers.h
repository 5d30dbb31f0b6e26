/*
 * What a score by tiers says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_TIERS_H
#define KITHI_SEGMENT_SCORE_TIERS_H

#include "src/score/cuts.h"
#include "src/segment/score_model.h"

typedef struct kithi_score_tier {
    const char *name;
    bool learnt; /* it holds a top share, else it begins at a value */
    double top_percent;
    kithi_decimal least;
} kithi_score_tier;

typedef struct kithi_score_tier_settings {
    size_t part; /* the expression */
    kithi_score_tier tiers[KITHI_TIERS_MAX];
    size_t count;
    bool learns;
    const char *otherwise; /* NULL: nobody else has a name */
} kithi_score_tier_settings;

typedef struct kithi_score_tiers_fitted {
    kithi_decimal least[KITHI_TIERS_MAX];
} kithi_score_tiers_fitted;

#endif
