/*
 * The threshold curve: what linking all scored pairs from a weight on would find, pair by pair, for
 * one weight after another.
 */
#ifndef KITHI_INSIGHT_CURVE_H
#define KITHI_INSIGHT_CURVE_H

#include "kith/insight.h"
#include "src/base/arena.h"

#define KITHI_CURVE_STEP     2  /* bits from one threshold to the next */
#define KITHI_CURVE_END      20 /* bits of the last one */
#define KITHI_CURVE_MAX      64 /* thresholds */
#define KITHI_ENTITY_UNKNOWN UINT32_MAX

/* The entities of the truth's records, by record number; others are unknown. */
typedef struct kithi_entities {
    uint32_t *of; /* owned: free() */
    size_t count;
} kithi_entities;

/* Fills what the evaluation says of the match model, in the arena; nothing where there is none. Its
 * true pairs are counted already. */
int kithi_curve_make(kith_txn *txn, const kithi_entities *entities, kithi_arena *arena,
                     kith_evaluation *out);

#endif
