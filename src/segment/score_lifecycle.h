/*
 * What a score by lifecycle says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_LIFECYCLE_H
#define KITHI_SEGMENT_SCORE_LIFECYCLE_H

#include "src/profile/summary.h"
#include "src/score/lifecycle.h"

/* How a customer has bought, by what the orders come to. */
kithi_rhythm kithi_rhythm_of(const kithi_summary *orders);

#endif
