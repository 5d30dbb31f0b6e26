#include "src/score/power.h"

#include <math.h>

#define HALVINGS 100 /* of an interval, after which nothing is left of it */

const char *kithi_power_refusal_text(kithi_power_refusal refusal) {
    switch (refusal) {
    case KITHI_POWER_TELLS:
        return "it can be told";
    case KITHI_POWER_BAD_RATE:
        return "the base rate has to be between 0 and 1";
    case KITHI_POWER_BAD_LIFT:
        return "the lift has to change the base rate, to another one from 0 to 1";
    case KITHI_POWER_BAD_ERROR:
        return "alpha and the power have to be between 0 and 1, and the power above half of alpha";
    case KITHI_POWER_TOO_FEW:
        return "it can't be told with this audience";
    }
    return "unknown refusal";
}

static double normal_chance(double z) {
    return erfc(-z / sqrt(2)) / 2;
}

double kithi_normal_quantile(double chance) {
    double low = -40, high = 40;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = low + (high - low) / 2;
        if (normal_chance(middle) < chance) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

typedef struct comparison {
    double base_rate, z_alpha, power;
    uint32_t audience;
} comparison;

static double power_of(const comparison *c, double rate, double control, double treated) {
    double p = c->base_rate, both = (control * p + treated * rate) / (control + treated);
    double if_same = sqrt(both * (1 - both) * (1 / control + 1 / treated));
    double if_not = sqrt(p * (1 - p) / control + rate * (1 - rate) / treated);
    return normal_chance((fabs(p - rate) - c->z_alpha * if_same) / if_not);
}

static bool tells(const comparison *c, double rate, uint32_t control) {
    return power_of(c, rate, control, c->audience - control) >= c->power;
}

/* The control group, of half at most, that tells best: larger ones are better until it, and worse
 * behind it. 0: there is no half. */
static uint32_t best_control(const comparison *c, double rate) {
    uint32_t low = c->audience >= 2, high = c->audience / 2;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        double here = power_of(c, rate, middle, c->audience - middle);
        if (power_of(c, rate, middle + 1, c->audience - middle - 1) > here) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return high;
}

static bool can_tell(const comparison *c, double rate) {
    uint32_t best = best_control(c, rate);
    return best > 0 && tells(c, rate, best);
}

static uint32_t least_control(const comparison *c, double rate) {
    uint32_t low = 1, high = best_control(c, rate);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tells(c, rate, middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return high;
}

/* Up to that which leads to a rate of 1, or down to that of 0. */
static double least_lift(const comparison *c, double toward) {
    double low = 0, high = toward > 0 ? 1 / c->base_rate - 1 : -1;
    if (!can_tell(c, toward > 0 ? 1 : 0)) {
        return 0;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = low + (high - low) / 2;
        if (can_tell(c, c->base_rate * (1 + middle))) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

double kithi_power_of(double base_rate, double rate, uint32_t control, uint32_t treated,
                      double alpha) {
    comparison c = {.base_rate = base_rate, .z_alpha = -kithi_normal_quantile(alpha / 2)};
    return power_of(&c, rate, control, treated);
}

static bool is_chance(double number) {
    return number > 0 && number < 1;
}

static kithi_power_refusal check(const kithi_power_options *o) {
    double rate = o->base_rate * (1 + o->lift);
    if (!is_chance(o->base_rate)) {
        return KITHI_POWER_BAD_RATE;
    }
    if (!(rate >= 0 && rate <= 1) || rate == o->base_rate) {
        return KITHI_POWER_BAD_LIFT;
    }
    return !is_chance(o->alpha) || !is_chance(o->power) || o->power <= o->alpha / 2
               ? KITHI_POWER_BAD_ERROR
               : KITHI_POWER_TELLS;
}

kithi_power_refusal kithi_power_find(const kithi_power_options *o, kithi_power_plan *out) {
    kithi_power_refusal refusal = check(o);
    *out = (kithi_power_plan){.control = o->audience / 2};
    if (refusal == KITHI_POWER_TELLS) {
        comparison c = {o->base_rate, -kithi_normal_quantile(o->alpha / 2), o->power, o->audience};
        double rate = o->base_rate * (1 + o->lift);
        out->least_lift = least_lift(&c, o->lift);
        if (can_tell(&c, rate)) {
            out->control = least_control(&c, rate);
        } else {
            refusal = KITHI_POWER_TOO_FEW;
        }
    }
    out->treated = o->audience - out->control;
    uint64_t buckets = (uint64_t)out->control * KITHI_POWER_BUCKETS;
    out->buckets = o->audience > 0 ? (uint32_t)((buckets + o->audience - 1) / o->audience) : 0;
    return refusal;
}
