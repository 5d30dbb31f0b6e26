/*
 * What a customer is worth: the customer lifetime value over a horizon, which is
 *
 *     sum over periods i = 1 to n of (E[X(i d)] - E[X((i - 1) d)]) E[M] / (1 + rate)^i
 *
 * where E[X(t)] is how many purchases he is expected to make within t, d is how long a period is,
 * and E[M] is what one of his orders is expected to bring; money counts as coming at the end of a
 * period (Fader, Hardie and Lee 2005). How often he buys and what he spends are taken to be
 * independent, as both models are.
 */
#ifndef KITHI_SCORE_WORTH_H
#define KITHI_SCORE_WORTH_H

#include "src/score/buyers.h"
#include "src/score/spend.h"

typedef struct kithi_worth_plan {
    unsigned periods; /* at least 1 */
    double period;    /* how long one is, in the unit of the model's times */
    double rate;      /* by which money loses its worth in a period: .01 is 1 % */
} kithi_worth_plan;

/* The plan of a horizon where money loses its worth by a rate in a year (.1 is 10 %); both are as
 * long as they are in the unit of the model's times. Its periods are months, or nearly so. */
kithi_worth_plan kithi_worth_plan_of(double horizon, double year, double yearly_rate);

typedef struct kithi_worth_model {
    kithi_buyers buyers;
    kithi_spend spend;
    kithi_worth_plan plan;
} kithi_worth_model;

typedef struct kithi_worth_customer {
    const kithi_repeat *history; /* NULL: a new one */
    double purchases, mean;      /* what is known of his orders, see spend.h */
} kithi_worth_customer;

typedef struct kithi_worth {
    double purchases;   /* within the horizon */
    double order_value; /* expected of one of his orders */
    double value;       /* expected, discounted */
    /*
     * What the chance to lose him puts at stake: value times (1 - P(alive)). The value is what he
     * would bring were he surely there, V, times P(alive), so that it is V P (1 - P): nothing of
     * whoever is surely there, nothing of whoever is surely gone, most where it is undecided.
     */
    double at_risk;
} kithi_worth;

/* Refused where the order value has no mean. */
kithi_refusal kithi_worth_of(const kithi_worth_model *model, const kithi_worth_customer *customer,
                             kithi_worth *out);

/* The standard error of the value, as the models' parameters aren't known precisely: by the delta
 * method, of the covariances of their logarithms in the reports; the two models' are taken to be
 * independent. How customers who are alike turn out is none of it. */
kithi_refusal kithi_worth_error(const kithi_worth_model *model,
                                const kithi_worth_customer *customer,
                                const kithi_fit_report *buyers, const kithi_fit_report *spend,
                                double *out);

/*
 * Between what the customer will bring within the horizon by a chance of `share` (below 1), as
 * likely less as more: the spread of his own future, of how often he buys, whether he drops out,
 * and what his orders bring, with the parameters taken as they are. Each order is discounted by
 * what is expected of all of them. The low end is 0 where it is likely enough that he buys no more.
 */
kithi_refusal kithi_worth_interval(const kithi_worth_model *model,
                                   const kithi_worth_customer *customer, double share,
                                   kithi_interval *out);

#endif
