/*
 * What a score by repeat buying says, for who runs it and who learns it.
 */
#ifndef KITHI_SEGMENT_SCORE_REPEAT_H
#define KITHI_SEGMENT_SCORE_REPEAT_H

#include "src/profile/summary.h"
#include "src/score/worth.h"
#include "src/segment/score_model.h"

#define KITHI_YEAR_DAYS 365.25 /* of which discounts are */

typedef struct kithi_score_repeat_settings {
    kithi_buyers_method method;
    double unit_days; /* that times are told in */
    double horizon_days;
    double discount; /* a year: .1 is 10 % */
} kithi_score_repeat_settings;

/* What was learnt. */
typedef struct kithi_score_repeat_fitted {
    kithi_worth_model model;
    kithi_fit_report buyers, spend; /* covariances of what was learnt */
    bool spends;                    /* it was learnt what orders bring */
} kithi_score_repeat_fitted;

/* What the numbers of a method are called, in their order, and those of spending. */
void kithi_buyers_names(kithi_buyers_method method, const char *out[KITHI_BUYERS_PARAMETERS]);
extern const char *const kithi_spend_names[KITHI_SPEND_PARAMETERS];

/* What is known of the customer at hand. */
typedef struct kithi_buyer {
    kithi_repeat history;
    kithi_spend_of spent;
    kithi_worth_customer worth;
    const kithi_score_repeat_fitted *fitted;
} kithi_buyer;

/* False: there are no orders, or nothing is learnt. */
bool kithi_buyer_find(struct kithi_run *run, const struct kithi_plan *plan, int64_t *until,
                      kithi_buyer *out);

/* A customer's history up to a day. False: there are no orders. */
bool kithi_repeat_of(const kithi_summary *orders, int64_t today, double unit_days,
                     kithi_repeat *out);
/* What is known of what the customer spends, without the first day. False: nothing. */
bool kithi_spend_of_orders(const kithi_summary *orders, kithi_spend_of *out);

#endif
