/*
 * Plans: the segments and traits of a store, compiled. They stand in an order in which each follows
 * those that it asks for, so nothing asks for itself.
 */
#ifndef KITHI_SEGMENT_PLANS_H
#define KITHI_SEGMENT_PLANS_H

#include "src/segment/expression.h"
#include "src/store/catalog.h"

#define KITHI_NESTING_MAX 32 /* segments and traits that stand within one another */

typedef struct kithi_plan {
    kithi_catalog_kind kind; /* SEGMENT or TRAIT */
    const kithi_formula *formula;
    kith_expression *expression;
    unsigned depth; /* how many stand within one another in it */
    uint32_t stamp; /* of the definition that changed last among its own and those it asks for */
} kithi_plan;

typedef struct kithi_plans {
    kithi_plan *items;
    size_t count;
    /* By their ids: where they stand; SIZE_MAX: removed. */
    size_t *segment_at, *trait_at;
    size_t segment_count, trait_count;
    kithi_sort *trait_sorts; /* by their ids */
    uint32_t stamp;          /* of the definition that changed last */
    uint64_t revision;       /* of the catalog that they were made of */
} kithi_plans;

/*
 * The plans of the transaction's definitions, made when they are first asked for and kept with the
 * catalog: borrowed until the transaction ends or defines something. KITH_OK; KITH_INVALID, which
 * says of what segment or trait, and what is wrong; KITH_LIMIT; KITH_NO_MEMORY.
 */
int kithi_plans_of(kith_txn *txn, const kithi_plans **out);
/* The plan of a segment or a trait; NULL: there is none. */
const kithi_plan *kithi_plan_of(const kithi_plans *plans, kithi_catalog_kind kind, int id);
/* "segment" or "trait" */
const char *kithi_formula_word(kithi_catalog_kind kind);

#endif
