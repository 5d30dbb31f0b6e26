/*
 * Why there is no answer. A model that can't be learnt, or a value that isn't there, has one of
 * these names instead; no number stands for it.
 */
#ifndef KITHI_SCORE_REFUSAL_H
#define KITHI_SCORE_REFUSAL_H

typedef enum kithi_refusal {
    KITHI_REFUSAL_NONE, /* there is an answer */
    KITHI_REFUSAL_INPUT,
    KITHI_REFUSAL_NOBODY,
    KITHI_REFUSAL_NO_TIME,
    KITHI_REFUSAL_NO_REPEATS,
    KITHI_REFUSAL_NOT_CONVERGED,
    KITHI_REFUSAL_RAN_AWAY,
    KITHI_REFUSAL_FLAT,
    KITHI_REFUSAL_INFINITE_MEAN,
    KITHI_REFUSALS
} kithi_refusal;

/* What it says to a person: a clause without a full stop, never NULL. */
const char *kithi_refusal_text(kithi_refusal refusal);

#endif
