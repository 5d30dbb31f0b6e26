/*
 * Where a function that never falls reaches a value.
 */
#ifndef KITHI_SCORE_REACH_H
#define KITHI_SCORE_REACH_H

typedef double kithi_rising(const void *context, double at);

/* Between two places, of which the function is below `wanted` at the first and not so at the other
 * one: where it first isn't, to a part in 10^9 of their distance. */
double kithi_reach(kithi_rising *function, const void *context, double wanted, double low,
                   double high);

#endif
