/*
 * Plans: the segments, traits and scores of a store, compiled. They stand in an order in which each
 * follows those that it asks for, so nothing asks for itself.
 */
#ifndef KITHI_SEGMENT_PLANS_H
#define KITHI_SEGMENT_PLANS_H

#include "src/segment/score_model.h"
#include "src/store/catalog.h"

#define KITHI_NESTING_MAX 32 /* definitions that stand within one another */

typedef struct kithi_plan {
    kithi_catalog_kind kind; /* SEGMENT, TRAIT or SCORE */
    const kithi_formula *formula;
    kith_expression *expression;
    kithi_score_model score;
    unsigned depth; /* how many stand within one another in it */
    uint32_t stamp; /* of the definition that changed last among its own and those it asks for */
} kithi_plan;

/* By their ids: where those of a kind stand; SIZE_MAX: removed. */
typedef struct kithi_plan_places {
    size_t *at;
    size_t count;
} kithi_plan_places;

typedef struct kithi_plans {
    kithi_plan *items;
    size_t count;
    kithi_plan_places segments, traits, scores;
    const kithi_plan **summaries; /* by their numbers: of each the first score that asks for it */
    size_t summary_count;
    uint32_t stamp;    /* of the definition that changed last */
    uint64_t revision; /* of the catalog that they were made of */
} kithi_plans;

/*
 * The plans of the transaction's definitions, made when they are first asked for and kept with the
 * catalog: borrowed until the transaction ends or defines something. KITH_OK; KITH_INVALID, which
 * says of what definition, and what is wrong; KITH_LIMIT; KITH_NO_MEMORY.
 */
int kithi_plans_of(kith_txn *txn, const kithi_plans **out);
/* The plan of a definition; NULL: there is none. */
const kithi_plan *kithi_plan_of(const kithi_plans *plans, kithi_catalog_kind kind, int id);
/* The number of the summary of these orders, by their names; the count of summaries: no plan asks
 * for them. */
size_t kithi_plans_summary(const kithi_plans *plans, const kithi_score_orders *orders);
/* "segment", "trait" or "score" */
const char *kithi_formula_word(kithi_catalog_kind kind);

#endif
