/*
 * What a customer spends in a purchase: the gamma-gamma model (Fader, Hardie and Lee 2005). Amounts
 * of one customer are gamma distributed (p, rate), rates gamma (q, gamma).
 */
#ifndef KITHI_SCORE_SPEND_H
#define KITHI_SCORE_SPEND_H

#include "src/score/minimise.h"

typedef struct kithi_spend_of {
    double purchases; /* over which the mean is taken, at least 1 */
    double mean;      /* more than 0 */
    double weight;
} kithi_spend_of;

typedef struct kithi_spend {
    double p, q, gamma;
} kithi_spend;
#define KITHI_SPEND_PARAMETERS 3

double kithi_spend_likelihood(const kithi_spend *model, const kithi_spend_of *customers,
                              size_t count, double out_gradient[KITHI_SPEND_PARAMETERS]);
kithi_minimum kithi_spend_fit(kithi_spend *model, const kithi_spend_of *customers, size_t count,
                              double errors[KITHI_SPEND_PARAMETERS]);
/* What a purchase is expected to bring of one with such purchases; of none, of anybody. INFINITY
 * where q is at most 1 and nothing is known: such a model has no mean. */
double kithi_spend_expected(const kithi_spend *model, double purchases, double mean);

#endif
