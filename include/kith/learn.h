/*
 * Learning: what a score's model needs to know of the store's customers before it says anything of
 * one. README, "Scores", has the kinds of models and what each reports of how well it knows.
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
    unsigned threads;          /* the most that work at it; 0: as many as there are processors. What
                                  is learnt is the same for any number */
    kith_progress_fn progress; /* NULL, or told of "read" (customers) and "fit" (steps) */
    void *context;             /* handed to it */
} kith_fit_options;
#define KITH_FIT_OPTIONS_INIT                                                                      \
    { sizeof(kith_fit_options), 0, NULL, 0, false, 0, NULL, NULL }

/** Owned: kith_fit_report_free(). */
typedef struct kith_fit_report {
    size_t size;
    const char *score;
    uint32_t version;        /* of the definition, with what was learnt now */
    kith_change change;      /* KITH_UNCHANGED: it is what was known before */
    uint64_t customer_count; /* from whom it was learnt */
    const char *fitted;      /* what was learnt: the JSON object that stands under "fitted" in the
                                definition, with how good it is */
} kith_fit_report;

/**
 * Fits a score's model to the store's customers, and puts what was learnt into a new version of its
 * definition. Customers are read in one snapshot, while others may write; what is learnt is then
 * written in a transaction of its own. A model that can't be learnt from these customers is
 * refused, and what it knew before stays. Call it while the thread holds no write transaction on
 * the store.
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

#ifdef __cplusplus
}
#endif
#endif
