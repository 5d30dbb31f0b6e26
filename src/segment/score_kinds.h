/*
 * All kinds of scores. Each stands in a file of its own.
 */
#ifndef KITHI_SEGMENT_SCORE_KINDS_H
#define KITHI_SEGMENT_SCORE_KINDS_H

#include "src/segment/score_model.h"

/* The stage that a customer is in, by the customer's own rhythm. */
extern const kithi_score_kind kithi_score_lifecycle;
/* The chance that something happens to a customer; that the customer is like those of a seed. */
extern const kithi_score_kind kithi_score_chance;
extern const kithi_score_kind kithi_score_lookalike;
/* Customers who are like one another. */
extern const kithi_score_kind kithi_score_clusters;
/* Points for what a customer is and did, which fade. */
extern const kithi_score_kind kithi_score_points;
/* Buy till you die: whether a customer is still there, and what that is worth. */
extern const kithi_score_kind kithi_score_repeat;
/* How recently, how often and for how much a customer bought, in bins, and the segment of it. */
extern const kithi_score_kind kithi_score_rfm;
/* The first condition that holds names it: sizes of companies, kinds of customers. */
extern const kithi_score_kind kithi_score_rules;
/* Top shares of what an expression gives: the one percent that spend the most. */
extern const kithi_score_kind kithi_score_tiers;

#endif
