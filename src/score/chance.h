/*
 * The chance that something happens to a customer, by what is known of him: a logistic regression
 * with an L2 penalty over encoded features, judged on customers it wasn't learnt from. It may be
 * that he goes, that he buys, or that he is like those of a seed.
 */
#ifndef KITHI_SCORE_CHANCE_H
#define KITHI_SCORE_CHANCE_H

#include "src/base/workers.h"
#include "src/score/cases.h"
#include "src/score/rank.h"
#include "src/score/validation.h"

typedef enum kithi_chance_refusal {
    KITHI_CHANCE_FITS,
    KITHI_CHANCE_NO_MEMORY,
    KITHI_CHANCE_INTERRUPTED, /* by who is told */
    KITHI_CHANCE_NOBODY,      /* there are no customers to learn from */
    KITHI_CHANCE_ONE_OUTCOME, /* it happened to all, or to none */
    KITHI_CHANCE_FEW,         /* to too few, or to too few it didn't */
    KITHI_CHANCE_ID,          /* a feature tells customers apart */
    KITHI_CHANCE_NO_FEATURES, /* none, or none that isn't the same for all */
    KITHI_CHANCE_TOO_WIDE,    /* more than KITHI_ENCODING_COLUMNS_MAX columns */
    KITHI_CHANCE_NOT_CONVERGED
} kithi_chance_refusal;
/* In words that begin small and end without a point. Static. */
const char *kithi_chance_refusal_text(kithi_chance_refusal refusal);

typedef struct kithi_chance_options {
    double penalty;    /* more than 0 */
    size_t levels_max; /* of a feature that have columns */
    unsigned folds;    /* 2 to KITHI_FOLDS_MAX */
    uint64_t seed;     /* of the folds, see kithi_folds_deal() */
    uint32_t fewest;   /* customers of either outcome; at least `folds` are asked for */
    unsigned threads;  /* that folds are learnt by at once; what comes out is the same for any */
    const kithi_workers_ear *ear; /* is told of each fold; NULL: nobody is */
} kithi_chance_options;
#define KITHI_CHANCE_OPTIONS_INIT                                                                  \
    { .penalty = 1, .levels_max = 50, .folds = 5, .seed = 0, .fewest = 20, .threads = 1 }

/* What a definition keeps. Who reads one fills the encoding and the weights, and finishes it. */
typedef struct kithi_chance {
    kithi_encoding encoding;
    double *weights;         /* one a column and the intercept, in the encoding's arena */
    double cuts[KITHI_CUTS]; /* of the scores of those it was learnt from */
    /* Set by kithi_chance_finish(): */
    double base;      /* the score of the average customer */
    double *averages; /* what each feature adds to that */
} kithi_chance;

typedef struct kithi_chance_report {
    uint32_t count, happened;
    size_t feature;  /* that was refused, where one was */
    size_t left_out; /* features that are the same for all; those have no columns */
    uint32_t columns;
    kithi_validation held_out;
    kithi_logistic_report fit; /* of the model of all */
} kithi_chance_report;

void kithi_chance_init(kithi_chance *chance);
void kithi_chance_clear(kithi_chance *chance);

/*
 * Learns from all cases, which are encoded by it. How to encode and how to scale is learnt from all
 * too; the outcomes of a fold are never seen by the model it is judged by. `held_out` gets the
 * score of each case by that model; NULL: isn't wanted. The chance is owned by the caller, and only
 * made where there is no refusal; the report says what is known anyway.
 */
kithi_chance_refusal kithi_chance_fit(kithi_cases *cases, const kithi_chance_options *options,
                                      kithi_chance *out, kithi_chance_report *report,
                                      double *held_out);

/* What follows from the encoding and the weights. False: memory is out. */
bool kithi_chance_finish(kithi_chance *chance);
/*
 * The logarithm of the odds of a customer, of whom there is a value a feature: the base and, one
 * after the other, the parts of the features. `parts` gets these; NULL: aren't wanted. A part is
 * what the feature makes the score more than that of the average customer. Weights and values are
 * finite, and so is what comes out.
 */
double kithi_chance_score(const kithi_chance *chance, const kith_value *values, double *parts);

#endif
