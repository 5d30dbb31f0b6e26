/*
 * How good chances are for customers they weren't learnt from: customers are dealt into folds, and
 * each fold gets its chances from a model of the others.
 */
#ifndef KITHI_SCORE_VALIDATION_H
#define KITHI_SCORE_VALIDATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_FOLDS_MAX 64
#define KITHI_DECILES   10

/*
 * Deals rows into folds, so that in each it happened to nearly as many. Those whom it didn't happen
 * to stand first, then those whom it did, both in the order of rows or, where the seed isn't 0,
 * shuffled by it. Fold f is for as many of either as come by taking every folds-th of all from the
 * f-th on; the first fold has the first of them, the next one those that follow. (Without a seed
 * that is what scikit-learn's StratifiedKFold does where the first row is one whom it didn't happen
 * to.) False: memory is out.
 */
bool kithi_folds_deal(const uint8_t *happened, uint32_t count, unsigned folds, uint64_t seed,
                      uint8_t *out);

typedef struct kithi_decile {
    uint32_t count;
    double predicted, actual; /* means; 0 where there is nobody */
} kithi_decile;

typedef struct kithi_validation {
    uint32_t count;
    double base_rate;     /* the share whom it happened to */
    double auc;           /* the mean of the folds' areas under the ROC curve */
    double auc_deviation; /* how far the folds' are from that, as a standard deviation */
    double log_loss;      /* minus the mean logarithm of the chance of what happened */
    double base_log_loss; /* the same for one who knows the base rate alone */
    double brier;         /* the mean square of what chances are off by */
    kithi_decile deciles[KITHI_DECILES]; /* by chance, the lowest first */
} kithi_validation;

/* `scores` are logarithms of odds; in each fold there are some whom it happened to, and some whom
 * it didn't. False: memory is out. */
bool kithi_validate(const double *scores, const uint8_t *happened, const uint8_t *fold,
                    uint32_t count, unsigned folds, kithi_validation *out);

#endif
