/*
 * How many customers have to be left alone, so that it can be told what doing something with the
 * others has come to: two shares are compared, of the control group and of those who were treated.
 *
 * By the normal approximation (Fleiss, Levin and Paik 2003, 4.2, without the correction for
 * continuity): a difference of the shares p and q, of groups of m and n, is seen with the chance
 *
 *   Phi((|p - q| - z sqrt(r (1 - r) (1/m + 1/n))) / sqrt(p (1 - p)/m + q (1 - q)/n))
 *
 * with r = (m p + n q) / (m + n), Phi the normal distribution, and z its quantile at 1 - alpha / 2.
 */
#ifndef KITHI_SCORE_POWER_H
#define KITHI_SCORE_POWER_H

#include <stdbool.h>
#include <stdint.h>

#define KITHI_POWER_BUCKETS 10000 /* that customers are hashed into to draw groups */

typedef enum kithi_power_refusal {
    KITHI_POWER_TELLS,
    KITHI_POWER_BAD_RATE,  /* the base rate isn't between 0 and 1 */
    KITHI_POWER_BAD_LIFT,  /* the lift is 0, or leads to a rate that isn't from 0 to 1 */
    KITHI_POWER_BAD_ERROR, /* alpha or the power isn't between 0 and 1, or that not above alpha / 2
                            */
    KITHI_POWER_TOO_FEW    /* this audience can't tell it; `least_lift` says what it can */
} kithi_power_refusal;
/* In words that begin small and end without a point. Static. */
const char *kithi_power_refusal_text(kithi_power_refusal refusal);

typedef struct kithi_power_options {
    double base_rate; /* of those who are left alone */
    double lift;      /* the least worth seeing, by which treating changes that: .1 is a tenth more,
                         -.1 a tenth less */
    double alpha;     /* of a two-sided test */
    double power;     /* the chance to see such a lift */
    uint32_t audience;
} kithi_power_options;
#define KITHI_POWER_OPTIONS_INIT                                                                   \
    { .alpha = .05, .power = .8 }

typedef struct kithi_power_plan {
    uint32_t control, treated; /* the least control group that tells, and the rest; halves where
                                  none does */
    uint32_t buckets;          /* of KITHI_POWER_BUCKETS, that hold such a control group on average,
                                  rounded up; half of them at most */
    double least_lift;         /* that this audience can tell, of the sign asked for; 0: none */
} kithi_power_plan;

/* At most half of the audience is left alone. */
kithi_power_refusal kithi_power_find(const kithi_power_options *options, kithi_power_plan *out);

/* The power of groups that there are; the base rate is between 0 and 1, none is empty. */
double kithi_power_of(double base_rate, double rate, uint32_t control, uint32_t treated,
                      double alpha);

/* The quantile of the normal distribution, for 0 < chance < 1. */
double kithi_normal_quantile(double chance);

#endif
