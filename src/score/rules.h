/*
 * Association rules: whoever has the antecedent in the basket often has the consequent, too. Made
 * of frequent itemsets, by parting each in two.
 *
 * What decides on a rule, and their order, are comparisons of integers, but for the thresholds.
 */
#ifndef KITHI_SCORE_RULES_H
#define KITHI_SCORE_RULES_H

#include <stdbool.h>

#include "src/score/itemsets.h"
#include "src/score/rule_measures.h"

typedef enum kithi_rule_order {
    KITHI_RULES_BY_LIFT,
    KITHI_RULES_BY_CONFIDENCE,
    KITHI_RULES_BY_SUPPORT,
    KITHI_RULES_BY_LEVERAGE
} kithi_rule_order;

typedef struct kithi_rule_options {
    double least_confidence, least_lift, most_p;
    uint32_t most_consequents; /* items in a consequent, at least 1 */
    bool redundant;            /* those are kept, too */
    kithi_rule_order order;
    uint64_t limit;               /* the first of them in their order; 0: all */
    uint64_t memory_bytes;        /* the most for them */
    const kithi_workers_ear *ear; /* NULL: nobody is told */
} kithi_rule_options;

typedef struct kithi_rule {
    size_t first; /* place of its items: the antecedent's, ascending, then the consequent's */
    uint8_t antecedent_count, consequent_count;
    uint32_t antecedent, consequent, both; /* baskets */
} kithi_rule;

typedef struct kithi_rules {
    kithi_rule *rules;
    size_t count, capacity;
    uint32_t *items; /* numbers of the baskets' */
    size_t line_count, line_capacity;
    uint64_t redundant_count; /* left out for that alone */
    uint64_t found_count;     /* before the limit */
} kithi_rules;

/* Owned: kithi_rules_clear(), whatever is returned. KITH_OK; KITH_LIMIT; KITH_NO_MEMORY;
 * KITH_INTERRUPTED. `baskets`: how many there are. */
int kithi_rules_make(const kithi_itemsets *itemsets, uint64_t baskets,
                     const kithi_rule_options *options, kithi_rules *out);
void kithi_rules_clear(kithi_rules *rules);

#endif
