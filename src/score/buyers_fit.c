/*
 * Learning a model of repeat buying.
 */
#include <math.h>

#include "src/score/buyers.h"

#define FEW           KITHI_BUYERS_PARAMETERS /* customers, fewer than parameters */
#define SOME_COUNT    128                     /* customers who show the way */
#define MORE_COUNT    1024                    /* and then */
#define MANY          4                       /* times as many, where more are asked */
#define LESS_LIKELY_K 2                       /* k's in a row, after which none is tried any more */

typedef struct population {
    kithi_buyers model;
    const kithi_repeat *customers;
    size_t count;
} population;

static double likelihood_at(void *context, const double *parameters, double *gradient,
                            double *curve) {
    population *p = context;
    kithi_buyers *m = &p->model;
    kithi_buyers_change(m, parameters);
    return m->method == KITHI_PARETO_NBD
               ? kithi_pareto_likelihood(&m->pareto, p->customers, p->count, gradient, curve)
               : kithi_dropout_likelihood(&m->dropout, p->customers, p->count, gradient, curve);
}

/* What can be told before any search. */
static kithi_refusal look_over(const kithi_repeat *customers, size_t count) {
    double repeats = 0, most = 0, weight = 0;
    for (size_t i = 0; i < count; i++) {
        if (!kithi_repeat_is_valid(&customers[i])) {
            return KITHI_REFUSAL_INPUT;
        }
        weight += customers[i].weight;
        repeats += customers[i].frequency;
        most = fmax(most, customers[i].age);
    }
    return count == 0     ? KITHI_REFUSAL_NOBODY
           : most == 0    ? KITHI_REFUSAL_NO_TIME
           : repeats == 0 ? KITHI_REFUSAL_NO_REPEATS
           : weight < FEW ? KITHI_REFUSAL_FLAT
                          : KITHI_REFUSAL_NONE;
}

static kithi_repeat part_of(const kithi_repeat *c, double weight) {
    kithi_repeat part = *c;
    part.weight = weight;
    part.log_gaps *= weight / c->weight;
    return part;
}

/* Every so many customers of those in order of their histories, so that there are some of all. */
static size_t pick(const kithi_repeat *customers, size_t count, size_t most, kithi_repeat *out) {
    double step = kithi_repeat_weight(customers, count) / (double)most, next = step / 2, passed = 0;
    size_t picked = 0;
    for (size_t i = 0; i < count; i++) {
        double weight = 0;
        for (passed += customers[i].weight; next < passed; next += step) {
            weight++;
        }
        if (weight > 0) {
            out[picked++] = part_of(&customers[i], weight);
        }
    }
    return picked;
}

/* Times' size, which those of alpha and beta go by. */
static double mean_age(const kithi_repeat *customers, size_t count) {
    double sum = 0, weight = 0;
    for (size_t i = 0; i < count; i++) {
        sum += customers[i].weight * customers[i].age;
        weight += customers[i].weight;
    }
    return sum / weight;
}

#define STARTS 3

static void find_starts(kithi_buyers_method method, unsigned regularity, double age,
                        double starts[STARTS][KITHI_MINIMISE_MAX]) {
    static const double shares[STARTS][KITHI_BUYERS_PARAMETERS] = {
        {.5, .2, 1, 2}, {2, 1, .5, 5}, {.2, .05, 3, 1}};
    for (size_t i = 0; i < STARTS; i++) {
        starts[i][0] = shares[i][0];
        starts[i][1] = shares[i][1] * age / regularity;
        starts[i][2] = shares[i][2];
        starts[i][3] = shares[i][3] * (method == KITHI_PARETO_NBD ? age : 1);
    }
}

/* All customers, and those of them who show the way. */
typedef struct people {
    kithi_repeat some[SOME_COUNT], more[MORE_COUNT];
    population populations[3];
    kithi_fit_people list[3];
    size_t count;
} people;

static void add_people(people *p, const kithi_buyers *model, const kithi_repeat *customers,
                       size_t count) {
    p->populations[p->count] = (population){*model, customers, count};
    p->list[p->count] =
        (kithi_fit_people){&p->populations[p->count], kithi_repeat_weight(customers, count)};
    p->count++;
}

static void choose_people(people *p, const kithi_buyers *model, const kithi_repeat *customers,
                          size_t count) {
    p->count = 0;
    add_people(p, model, p->some, pick(customers, count, SOME_COUNT, p->some));
    if (count >= MANY * MORE_COUNT) {
        add_people(p, model, p->more, pick(customers, count, MORE_COUNT, p->more));
    }
    add_people(p, model, customers, count);
}

/* With a k that is given. */
static kithi_refusal fit_one(kithi_buyers *out, kithi_buyers_method method, unsigned regularity,
                             const kithi_repeat *customers, size_t count,
                             kithi_fit_report *report) {
    static const double ones[KITHI_BUYERS_PARAMETERS] = {1, 1, 1, 1};
    double starts[STARTS][KITHI_MINIMISE_MAX];
    kithi_buyers model;
    people asked;
    if (!kithi_buyers_init(&model, method, regularity, ones)) {
        return KITHI_REFUSAL_INPUT;
    }
    choose_people(&asked, &model, customers, count);
    find_starts(method, regularity, mean_age(customers, count), starts);
    kithi_fit fit = {.likelihood = likelihood_at,
                     .people = asked.list,
                     .people_count = asked.count,
                     .count = KITHI_BUYERS_PARAMETERS,
                     .starts = (const double(*)[KITHI_MINIMISE_MAX])starts,
                     .starts_count = STARTS};
    kithi_refusal refusal = kithi_fit_search(&fit, report);
    if (refusal == KITHI_REFUSAL_NONE) {
        kithi_buyers_init(out, method, regularity, report->parameters);
    }
    return refusal;
}

/* The likeliest k; where none can be learnt, what the first one was refused for. */
static kithi_refusal fit_any(kithi_buyers *out, kithi_buyers_method method,
                             const kithi_repeat *customers, size_t count,
                             kithi_fit_report *out_report) {
    kithi_refusal answer = KITHI_REFUSAL_NONE;
    double most = -INFINITY;
    for (unsigned k = 1, less = 0; k <= KITHI_REGULARITY_MAX && less < LESS_LIKELY_K; k++) {
        kithi_fit_report report;
        kithi_buyers model;
        kithi_refusal refusal = fit_one(&model, method, k, customers, count, &report);
        bool fits = refusal == KITHI_REFUSAL_NONE, best = fits && report.likelihood > most;
        if (k == 1 || best) {
            answer = refusal;
            *out_report = report;
        }
        if (best) {
            *out = model;
            most = report.likelihood;
        }
        less = best ? 0 : less + 1;
    }
    return answer;
}

kithi_refusal kithi_buyers_fit(kithi_buyers *out, kithi_buyers_method method, unsigned regularity,
                               const kithi_repeat *customers, size_t count,
                               kithi_fit_report *out_report) {
    bool chooses = regularity == 0 && (method == KITHI_BG_CNBD || method == KITHI_MBG_CNBD);
    kithi_refusal refusal = look_over(customers, count);
    *out_report = (kithi_fit_report){.likelihood = 0};
    if (refusal != KITHI_REFUSAL_NONE) {
        return refusal;
    }
    return chooses ? fit_any(out, method, customers, count, out_report)
                   : fit_one(out, method, regularity > 0 ? regularity : 1, customers, count,
                             out_report);
}
