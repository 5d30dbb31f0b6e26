/*
 * What a score by chance, or by likeness, says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_CHANCE_H
#define KITHI_SEGMENT_SCORE_CHANCE_H

#include "src/score/chance.h"
#include "src/segment/score_features.h"

typedef struct kithi_score_chance_settings {
    kithi_score_features features;
    size_t target; /* the part that says whether it happened, or who is in the seed */
    bool chosen;   /* only some are learnt from: */
    size_t of;     /* whom this part means */
    int64_t ahead_days;
    double penalty;
} kithi_score_chance_settings;

#endif
