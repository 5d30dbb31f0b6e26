#include "src/score/rule_measures.h"

#include <math.h>

#include "src/score/special.h"

#define NORMAL_975      1.959963984540054 /* what 97.5 % of a normal distribution are below */
#define NEXT_TO_NOTHING 1e-17

/* Fisher's test */

static double log_choose(double n, double k) {
    return kithi_log_gamma(n + 1) - kithi_log_gamma(k + 1) - kithi_log_gamma(n - k + 1);
}

/* The chance of just so many common ones. */
static double chance_of(const kithi_rule_counts *c, double both) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    return exp(log_choose(a, both) + log_choose(all - a, b - both) - log_choose(all, b));
}

/* Terms get smaller away from the mean, so few are of any weight. */
static double sum_upwards(const kithi_rule_counts *c, double k) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    double term = chance_of(c, k), sum = term;
    for (; k < fmin(a, b) && term > sum * NEXT_TO_NOTHING; k++) {
        term *= (a - k) * (b - k) / ((k + 1) * (all - a - b + k + 1));
        sum += term;
    }
    return sum;
}

static double sum_downwards(const kithi_rule_counts *c, double k) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    double least = fmax(0, a + b - all);
    double term = chance_of(c, k), sum = term;
    for (; k > least && term > sum * NEXT_TO_NOTHING; k--) {
        term *= k * (all - a - b + k) / ((a - k + 1) * (b - k + 1));
        sum += term;
    }
    return sum;
}

double kithi_rule_chance(const kithi_rule_counts *c) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    double both = (double)c->both, least = fmax(0, a + b - all);
    if (both <= least) {
        return 1;
    }
    double chance = both * all > a * b ? sum_upwards(c, both) : 1 - sum_downwards(c, both - 1);
    return fmin(1, fmax(0, chance));
}

/* The likelihood ratio */

static double cell(double observed, double row, double column, double all) {
    return observed > 0 ? observed * log(observed / row * (all / column)) : 0;
}

double kithi_rule_likelihood_ratio(const kithi_rule_counts *c) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    double both = (double)c->both;
    double sum = cell(both, a, b, all) + cell(a - both, a, all - b, all) +
                 cell(b - both, all - a, b, all) + cell(all - a - b + both, all - a, all - b, all);
    double ratio = fmax(0, 2 * sum);
    return both * all >= a * b ? ratio : -ratio;
}

/* The rest */

/*
 * The standard error of log(lift) by the delta method, of four cells that are a multinomial sample
 * (Agresti, Categorical Data Analysis, 16.1): with the gradients 1 / p11 - 1 / p1 - 1 / p2,
 * -1 / p1, -1 / p2 and 0 its variance comes to
 * 1 / both - 1 / antecedent - 1 / consequent + (2 lift - 1) / all.
 */
static double log_lift_error(const kithi_rule_counts *c, double lift) {
    double variance = 1 / (double)c->both - 1 / (double)c->antecedent - 1 / (double)c->consequent +
                      (2 * lift - 1) / (double)c->all;
    return sqrt(fmax(0, variance));
}

kithi_rule_measures kithi_rule_measure(const kithi_rule_counts *c) {
    double all = (double)c->all, a = (double)c->antecedent, b = (double)c->consequent;
    double both = (double)c->both;
    kithi_rule_measures m = {.support = both / all, .confidence = both / a};
    m.lift = both * all / (a * b);
    double spread = exp(NORMAL_975 * log_lift_error(c, m.lift));
    m.lift_low = m.lift / spread;
    m.lift_high = m.lift * spread;
    m.leverage = (both * all - a * b) / (all * all);
    m.always = c->both == c->antecedent;
    m.conviction = m.always ? 0 : (all - b) / all * (a / (a - both));
    m.p = kithi_rule_chance(c);
    return m;
}
