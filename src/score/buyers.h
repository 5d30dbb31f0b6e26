/*
 * Models of repeat buying behind one handle: which customers are still there, and what they will
 * buy. Times are in the unit that the model was learnt in; customers are told by their history
 * (see repeat.h), a new one, who has made the first purchase just now, by NULL.
 *
 * A handle is plain: whoever has it copies and reads it as he likes, several threads at once, too.
 */
#ifndef KITHI_SCORE_BUYERS_H
#define KITHI_SCORE_BUYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/score/dropout.h"
#include "src/score/fit.h"
#include "src/score/pareto.h"
#include "src/score/refusal.h"
#include "src/score/repeat.h"

typedef enum kithi_buyers_method {
    KITHI_BG_NBD,
    KITHI_MBG_NBD,
    KITHI_PARETO_NBD,
    KITHI_BG_CNBD,
    KITHI_MBG_CNBD,
    KITHI_BUYERS_METHODS
} kithi_buyers_method;

#define KITHI_BUYERS_PARAMETERS 4

typedef struct kithi_buyers {
    kithi_buyers_method method;
    kithi_dropout dropout; /* of all methods but Pareto/NBD, whose is the other one */
    kithi_pareto pareto;
} kithi_buyers;

/* "bg/nbd", "mbg/nbd", "pareto/nbd", "bg/cnbd", "mbg/cnbd". */
const char *kithi_buyers_name(kithi_buyers_method method);
/* Finds one by its name; false: there is none of it. */
bool kithi_buyers_find(const char *name, size_t length, kithi_buyers_method *out);
/* "r", "alpha", "a", "b", or "r", "alpha", "s", "beta". */
const char *kithi_buyers_parameter(kithi_buyers_method method, size_t parameter);

/* From numbers that were learnt. `regularity` is k, 1 of those that have none; false: a number is
 * not positive, or not finite, or k is out of range. */
bool kithi_buyers_init(kithi_buyers *model, kithi_buyers_method method, unsigned regularity,
                       const double parameters[KITHI_BUYERS_PARAMETERS]);
/* The same model with other numbers, which are positive and finite. */
void kithi_buyers_change(kithi_buyers *model, const double parameters[KITHI_BUYERS_PARAMETERS]);
void kithi_buyers_parameters(const kithi_buyers *model,
                             double out_parameters[KITHI_BUYERS_PARAMETERS]);
unsigned kithi_buyers_regularity(const kithi_buyers *model);

/* Learns a model by greatest likelihood of customers that are compressed. Of regular buyers k is
 * the likeliest one unless `regularity` isn't 0. `out` is set where there is no refusal only; the
 * report is filled whatever the answer is (that of k where k is chosen). */
kithi_refusal kithi_buyers_fit(kithi_buyers *out, kithi_buyers_method method, unsigned regularity,
                               const kithi_repeat *customers, size_t count,
                               kithi_fit_report *out_report);

/* What follows asks for a valid history (see repeat.h), and for times from 0 on. What it gives is
 * finite. */

/* The chance that he is still there now. With BG/NBD it is 1 of whoever has bought once. */
double kithi_buyers_alive(const kithi_buyers *model, const kithi_repeat *customer);
/* The chance that he will be there after a time: whatever he buys meanwhile. */
double kithi_buyers_staying(const kithi_buyers *model, const kithi_repeat *customer, double time);
/* The chance that he will be there after a time in which he buys nothing: how it falls while one
 * waits for him. */
double kithi_buyers_alive_if_silent(const kithi_buyers *model, const kithi_repeat *customer,
                                    double time);
/* How many purchases he is expected to make in a time from now on. */
double kithi_buyers_expected(const kithi_buyers *model, const kithi_repeat *customer, double time);
/* The chances that he makes at least, or exactly, so many of them. */
double kithi_buyers_at_least(const kithi_buyers *model, const kithi_repeat *customer, double time,
                             uint32_t purchases);
double kithi_buyers_exactly(const kithi_buyers *model, const kithi_repeat *customer, double time,
                            uint32_t purchases);

/* When he buys next. */
typedef struct kithi_next_purchase {
    double chance;              /* that he buys at all up to the horizon; else: maybe never */
    double early, median, late; /* if he does, quantiles of when: 10 %, 50 %, 90 % */
} kithi_next_purchase;
kithi_next_purchase kithi_buyers_next(const kithi_buyers *model, const kithi_repeat *customer,
                                      double horizon);
/* The time up to which he has bought again by that chance (0 to 1), which is not given that he
 * does. False: it is not reached up to the horizon, and nothing is set. */
bool kithi_buyers_next_by(const kithi_buyers *model, const kithi_repeat *customer, double horizon,
                          double chance, double *out_time);

#endif
