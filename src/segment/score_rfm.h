/*
 * What a score by recency, frequency and monetary value says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_RFM_H
#define KITHI_SEGMENT_SCORE_RFM_H

#include "src/score/rfm.h"
#include "src/segment/score_model.h"

typedef struct kithi_score_rfm_settings {
    unsigned bins;
} kithi_score_rfm_settings;

#endif
