/*
 * How much a rule is worth, from how many baskets have its sides: all of them are finite.
 */
#ifndef KITHI_SCORE_RULE_MEASURES_H
#define KITHI_SCORE_RULE_MEASURES_H

#include <stdbool.h>
#include <stdint.h>

/* Baskets, fewer than 2^32. */
typedef struct kithi_rule_counts {
    uint64_t all;
    uint64_t antecedent, consequent; /* at least 1 */
    uint64_t both;                   /* at least 1 */
} kithi_rule_counts;

typedef struct kithi_rule_measures {
    double support, confidence;
    double lift, lift_low, lift_high; /* and where it lies at 95 % */
    double leverage;
    double conviction; /* 0 where it is infinite: */
    bool always;       /* each basket with the antecedent has the consequent */
    double p;
} kithi_rule_measures;

kithi_rule_measures kithi_rule_measure(const kithi_rule_counts *counts);

/* Fisher's exact test, one-sided: the chance of at least so many common baskets if the sides had
 * nothing to do with one another. To some 9 digits where there are a million baskets. */
double kithi_rule_chance(const kithi_rule_counts *counts);

/* Dunning's (1993) log-likelihood ratio of the four cells; below 0 where they are together more
 * seldom than by chance. */
double kithi_rule_likelihood_ratio(const kithi_rule_counts *counts);

#endif
