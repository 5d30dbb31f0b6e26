/*
 * Figures of quality from counts.
 */
#ifndef KITHI_INSIGHT_QUALITY_H
#define KITHI_INSIGHT_QUALITY_H

#include "kith/insight.h"

/* Precision and recall as the interface defines them where there is nothing to count. */
static inline double kithi_ratio(double part, double whole) {
    return whole > 0 ? part / whole : 1;
}

static inline kith_quality kithi_quality_of(double precision, double recall) {
    double sum = precision + recall;
    return (kith_quality){precision, recall, sum > 0 ? 2 * precision * recall / sum : 0};
}

#endif
