/*
 * What a customer spends in a purchase: the gamma-gamma model (Fader, Hardie and Lee 2005). Amounts
 * of one customer are gamma distributed (p, rate), rates gamma (q, gamma).
 */
#ifndef KITHI_SCORE_SPEND_H
#define KITHI_SCORE_SPEND_H

#include "src/score/fit.h"
#include "src/score/refusal.h"

typedef struct kithi_spend_of {
    double purchases; /* over which the mean is taken, at least 1 */
    double mean;      /* more than 0 */
    double weight;
} kithi_spend_of;

typedef struct kithi_spend {
    double p, q, gamma;
} kithi_spend;
#define KITHI_SPEND_PARAMETERS 3

/* The log-likelihood of all, with its first and second derivatives by p, q and gamma, these row by
 * row. */
double kithi_spend_likelihood(const kithi_spend *model, const kithi_spend_of *customers,
                              size_t count, double out_gradient[KITHI_SPEND_PARAMETERS],
                              double out_curve[KITHI_SPEND_PARAMETERS * KITHI_SPEND_PARAMETERS]);
/* Learns a model by greatest likelihood. `out` is set where there is no refusal only; the report is
 * filled whatever the answer is. Where q is at most 1 it is refused, too: such a model has no mean,
 * and no number stands for it. */
kithi_refusal kithi_spend_fit(kithi_spend *out, const kithi_spend_of *customers, size_t count,
                              kithi_fit_report *out_report);

/* Of all that follow, `purchases` of a `mean` are what is known of a customer: 0 of anybody. */

/* What a purchase of his is expected to bring. INFINITY where q is at most 1 and nothing is known,
 * which no model that was learnt gives. */
double kithi_spend_expected(const kithi_spend *model, double purchases, double mean);
/* The chance that so many orders to come bring at most an amount altogether: their sum, over scale,
 * is beta prime distributed. */
double kithi_spend_at_most(const kithi_spend *model, double purchases, double mean, double orders,
                           double amount);

typedef struct kithi_interval {
    double low, high;
} kithi_interval;

/* Many orders' mean is what the customer spends by and large. */
#define KITHI_SPEND_MANY 1e6

/* Where the mean of so many orders to come lies by a chance of `share` (below 1), as likely below
 * it as above: of one, the next order; of KITHI_SPEND_MANY, his own mean order. */
kithi_interval kithi_spend_interval(const kithi_spend *model, double purchases, double mean,
                                    double orders, double share);

#endif
