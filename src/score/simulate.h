/*
 * Customers drawn by a model: what they do is known to be as the model says, so that what is
 * learnt from them can be held against it. Each draw moves a state of kithi_random() on.
 */
#ifndef KITHI_SCORE_SIMULATE_H
#define KITHI_SCORE_SIMULATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/score/buyers.h"
#include "src/score/spend.h"

/* Of a mean of 1. */
double kithi_draw_exponential(uint64_t *state);
/* Of that shape and a scale of 1 (Marsaglia and Tsang 2000); of a whole shape it is Erlang. */
double kithi_draw_gamma(uint64_t *state, double shape);
double kithi_draw_beta(uint64_t *state, double a, double b);

/* Is told each purchase after the first one, in order, by the time since that one. */
typedef void kithi_simulate_visit(void *context, double time);

typedef struct kithi_simulated {
    kithi_repeat history; /* of a weight of 1 */
    bool alive;           /* he is still there at that age */
} kithi_simulated;

/* Draws a customer up to an age. `visit` may be NULL. */
kithi_simulated kithi_buyers_simulate(const kithi_buyers *model, uint64_t *state, double age,
                                      kithi_simulate_visit *visit, void *context);
/* Draws what the orders of one customer bring. */
void kithi_spend_simulate(const kithi_spend *model, uint64_t *state, double *out_amounts,
                          size_t count);

#endif
