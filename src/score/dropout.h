/*
 * Buy till you die, where a customer may drop out after each purchase: BG/NBD (Fader, Hardie and
 * Lee 2005), MBG/NBD, in which he may after the first one, too (Batislam, Denizel and Filiztekin
 * 2007; Hoppe and Wagner 2007), and both for regular buyers, BG/CNBD-k and MBG/CNBD-k (Platzer and
 * Reutterer 2016; Mzoughia, Borle and Limam 2018): times between purchases are Erlang-k then, that
 * is, each k-th event of a Poisson process is a purchase.
 *
 * Rates of those events are gamma distributed (r, alpha), chances to drop out beta (a, b).
 */
#ifndef KITHI_SCORE_DROPOUT_H
#define KITHI_SCORE_DROPOUT_H

#include <stdbool.h>

#include "src/score/repeat.h"

#define KITHI_REGULARITY_MAX 12

typedef struct kithi_dropout {
    unsigned regularity; /* k: 1 to KITHI_REGULARITY_MAX */
    bool at_once;        /* one may drop out after the first purchase: MBG */
    double r, alpha, a, b;
} kithi_dropout;
#define KITHI_DROPOUT_PARAMETERS 4

/* The log-likelihood of all, with its first and second derivatives by r, alpha, a and b, these row
 * by row. It is quicker where those with the same frequency follow one another. */
double
kithi_dropout_likelihood(const kithi_dropout *model, const kithi_repeat *customers, size_t count,
                         double out_gradient[KITHI_DROPOUT_PARAMETERS],
                         double out_curve[KITHI_DROPOUT_PARAMETERS * KITHI_DROPOUT_PARAMETERS]);
/* How likely each number of events since the last purchase is of one who is still there: 0 to
 * k - 1, of which each is as likely as Gamma(shape + j) / (j! Gamma(shape)) y^j, where y is the
 * share of all time that they took and the shape is r + k x. Gives the sum, which is 1 of k = 1. */
double kithi_dropout_phases(const kithi_dropout *model, const kithi_repeat *customer,
                            double out_shares[KITHI_REGULARITY_MAX]);

/* The chance that a customer hasn't dropped out. */
double kithi_dropout_alive(const kithi_dropout *model, const kithi_repeat *customer);
/* How many purchases are to be expected in a time from now on; of a new customer (NULL) after the
 * first one. */
double kithi_dropout_expected(const kithi_dropout *model, const kithi_repeat *customer,
                              double time);
/* The chance that he is still there after that time, whatever he bought meanwhile. */
double kithi_dropout_staying(const kithi_dropout *model, const kithi_repeat *customer, double time);
/* The chance that there are at least so many (1 or more) in that time. */
double kithi_dropout_at_least(const kithi_dropout *model, const kithi_repeat *customer, double time,
                              uint32_t purchases);

#endif
