/*
 * Learning: what a score's model needs to know of the store's customers before it says anything of
 * one; and how many customers must be left alone, so that what was done to the others can be told.
 * README, "Scores", has the kinds of models and what each reports of how well it knows.
 */
#ifndef KITH_LEARN_H
#define KITH_LEARN_H

#include "kith/segment.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct kith_fit_options {
    size_t size;
    int64_t now_us;            /* learns from what was known and had happened by then */
    const char *where;         /* a condition: from whom; NULL: all customers */
    uint32_t holdout_days;     /* of "repeat": the last days are kept back to be foretold; 0: as
                                  many as half of the time that the store knows */
    bool dry_run;              /* nothing is written: the report says what would be */
    const char *definition;    /* the model, as JSON, that is fitted instead of one of the store's;
                                  nothing is written. NULL: the store's */
    unsigned threads;          /* the most that work at it; 0: as many as there are processors. What
                                  is learnt is the same for any number */
    kith_progress_fn progress; /* NULL, or told of "read" (customers) and "fit" (steps) */
    void *context;             /* handed to it */
} kith_fit_options;
#define KITH_FIT_OPTIONS_INIT                                                                      \
    { sizeof(kith_fit_options), 0, NULL, 0, false, NULL, 0, NULL, NULL }

/** Owned: kith_fit_report_free(). */
typedef struct kith_fit_report {
    size_t size;
    const char *score;       /* NULL: a definition was given */
    uint32_t version;        /* of the definition, with what was learnt now; 0 likewise */
    kith_change change;      /* KITH_UNCHANGED: it is what was known before, or a definition was
                                     given */
    uint64_t customer_count; /* from whom it was learnt */
    const char *definition;  /* the whole of it, with what was learnt */
    const char *fitted;      /* what was learnt: the JSON object that stands under "fitted" in the
                                     definition, with how good it is */
} kith_fit_report;

/**
 * Fits a score's model to the store's customers, and puts what was learnt into a new version of its
 * definition. Customers are read in one snapshot, while others may write; what is learnt is then
 * written in a transaction of its own. A model that can't be learnt from these customers is
 * refused, and what it knew before stays. Call it while the thread holds no write transaction on
 * the store.
 * @param score  its name; NULL where options->definition is given.
 * @param out    NULL is fine. Set only on success.
 * @param error  NULL, or filled on failure.
 * @return KITH_OK; KITH_NOT_FOUND (there is no such score); KITH_INVALID (it has nothing to learn,
 *         `where` is no condition, or these customers don't tell: the message says why and what
 *         would help); KITH_BUSY (the definition was changed meanwhile); KITH_INTERRUPTED;
 *         KITH_NO_MEMORY; what kith_txn_begin() and kith_txn_commit() return.
 */
KITH_API int kith_score_fit(kith *store, const char *score, const kith_fit_options *options,
                            kith_fit_report **out, kith_error *error);
/** NULL is fine. */
KITH_API void kith_fit_report_free(kith_fit_report *report);

/* Drift: how a score changed from one version to the next. */

/** What two versions of a score say of the same customers at the same time: by its first output. */
typedef struct kith_drift {
    size_t size;
    uint32_t from_version, to_version;
    const char *output;        /* which is compared. Never freed */
    uint64_t customer_count;   /* of whom at least one of the versions says something */
    uint64_t changed_count;    /* of them those of whom they say otherwise; numbers: by more than
                                  0.000001 */
    double from_mean, to_mean; /* of those of whom it says a number; 0: of nobody */
    double mean_change;        /* of those of whom both do: the mean size of the difference */
    /* The population stability index: the sum over groups of (q - p) ln(q / p), where p and q are
     * the shares of customers that are in a group by the one and by the other version. Groups are
     * tenths of what the first one says, or texts, and those of whom nothing is said; each counts
     * half a customer more, so that none is empty. Below .1 little has moved, above .25 much. */
    double stability_index;
} kith_drift;
#define KITH_DRIFT_INIT                                                                            \
    { sizeof(kith_drift), 0, 0, NULL, 0, 0, 0, 0, 0, 0 }

typedef struct kith_drift_options {
    size_t size;
    int64_t now_us;
    uint32_t from_version;     /* 0: the one before the other */
    uint32_t to_version;       /* 0: the one in force */
    unsigned threads;          /* as of a query */
    kith_progress_fn progress; /* NULL, or told of customers ("read") */
    void *context;             /* handed to it */
} kith_drift_options;
#define KITH_DRIFT_OPTIONS_INIT                                                                    \
    { sizeof(kith_drift_options), 0, 0, 0, 0, NULL, NULL }

/**
 * Compares two versions of a score on all customers.
 * @return KITH_OK; KITH_NOT_FOUND (no such score or version); KITH_INVALID (a version can't be
 *         asked any more, or they are of other kinds); KITH_INTERRUPTED; KITH_NO_MEMORY;
 *         KITH_MISUSE. Thread rule: the transaction's.
 */
KITH_API int kith_score_drift(kith_txn *txn, const char *score, const kith_drift_options *options,
                              kith_drift *out);

/* Audiences: how many must be left alone, so that what was done to the others can be told. */

typedef struct kith_control_options {
    size_t size;
    uint32_t audience_count; /* customers, of whom some are left alone */
    double base_rate;        /* what share of those who are left alone will do it, such as buy;
                                between 0 and 1 */
    double lift;             /* the least change of that which is worth seeing: .1 is a tenth more,
                                -.1 a tenth less */
    double alpha;            /* the chance to see one where there is none, of a two-sided test */
    double power;            /* the chance to see one that there is */
} kith_control_options;
#define KITH_CONTROL_OPTIONS_INIT                                                                  \
    { sizeof(kith_control_options), 0, 0, 0, .05, .8 }

/** A control group and those who are treated. */
typedef struct kith_control_plan {
    size_t size;
    bool tells;             /* this audience can tell such a lift; else they are halves */
    uint32_t control_count; /* the least that tells it */
    uint32_t treated_count;
    uint32_t bucket_count; /* bucket('salt', 0, bucket_count) draws such a control group, on
                              average, the same on every machine; at most half of 10,000 */
    double least_lift;     /* that can be told at all, of the sign asked for; 0: none can */
    const char *why_not;   /* where it can't be told, in words; else NULL. Never freed */
} kith_control_plan;
#define KITH_CONTROL_PLAN_INIT                                                                     \
    { sizeof(kith_control_plan), false, 0, 0, 0, 0, NULL }

/**
 * Plans a control group by a power calculation: two shares are compared, by the normal
 * approximation (Fleiss, Levin and Paik 2003, 4.2, without the correction for continuity). At most
 * half of the audience is left alone.
 * @param error  NULL, or filled on failure.
 * @return KITH_OK, also where it can't be told; KITH_INVALID (a rate, a lift, alpha or the power is
 *         out of its range); KITH_MISUSE.
 */
KITH_API int kith_control_group(const kith_control_options *options, kith_control_plan *out,
                                kith_error *error);

#ifdef __cplusplus
}
#endif
#endif
