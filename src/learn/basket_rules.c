/* Association rules of baskets, as the public interface has them. */
#include <math.h>
#include <stdlib.h>

#include "src/base/sized.h"
#include "src/learn/basket.h"
#include "src/score/rules.h"

struct kith_rules {
    kith_baskets *baskets;
    kithi_rules made;
    kith_rules_summary summary;
    size_t at;
    const char *names[KITH_ITEMSET_ITEMS_MAX]; /* of the rule at hand */
};

_Static_assert(KITH_ITEMSET_ITEMS_MAX == KITHI_ITEMSET_MAX, "the public limit is that of mining");
_Static_assert((int)KITH_RULES_BY_LEVERAGE == (int)KITHI_RULES_BY_LEVERAGE &&
                   (int)KITH_RULES_BY_SUPPORT == (int)KITHI_RULES_BY_SUPPORT &&
                   (int)KITH_RULES_BY_CONFIDENCE == (int)KITHI_RULES_BY_CONFIDENCE,
               "the public orders are those of rules");

/* NaN is in no range. */
static bool is_share(double number) {
    return number >= 0 && number <= 1;
}

static int check(const kith_rules_options *o, kith_error *error) {
    if (o->min_count == 0 && !(o->min_support > 0 && o->min_support <= 1)) {
        return kithi_error_set(error, KITH_INVALID,
                               "the least support is a share of all baskets: more than 0 and at "
                               "most 1, such as 0.01");
    }
    if (!is_share(o->min_confidence) || !is_share(o->max_p)) {
        return kithi_error_set(error, KITH_INVALID,
                               "the least confidence and the most p are from 0 to 1");
    }
    if (!(o->min_lift >= 0) || isinf(o->min_lift)) {
        return kithi_error_set(error, KITH_INVALID, "the least lift is a number, 0 or more");
    }
    if (o->max_items < 2 || o->max_items > KITH_ITEMSET_ITEMS_MAX || o->max_consequent < 1) {
        return kithi_error_set(error, KITH_INVALID,
                               "a rule has 2 to %d items, at least one of them in its consequent",
                               KITH_ITEMSET_ITEMS_MAX);
    }
    if (o->order < KITH_RULES_BY_LIFT || o->order > KITH_RULES_BY_LEVERAGE) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_rules_open: there is no order of number "
                               "%d",
                               (int)o->order);
    }
    return KITH_OK;
}

/* The fewest baskets whose share is at least that. */
static uint64_t least_count(const kith_rules_options *o, size_t baskets) {
    if (o->min_count > 0) {
        return o->min_count;
    }
    double all = (double)baskets;
    uint64_t count = (uint64_t)ceil(o->min_support * all);
    count += (double)count / all < o->min_support;
    count -= count > 1 && (double)(count - 1) / all >= o->min_support;
    return count > 0 ? count : 1;
}

/* What a code means that isn't said yet. */
static int fail(int rc, const kith_rules_options *o, const kith_rules *rules, kith_error *error) {
    switch (rc) {
    case KITH_LIMIT:
        return kithi_error_set(
            error, rc,
            "itemsets of %llu baskets or more, and their rules, take more than the %llu bytes of "
            "memory that they may; raise the least support or confidence, allow fewer items in a "
            "rule or more memory",
            (unsigned long long)rules->summary.min_count,
            (unsigned long long)kithi_basket_memory(o->memory_bytes));
    case KITH_INTERRUPTED:
        return kithi_error_set(error, rc, "the search for rules was stopped");
    case KITH_NO_MEMORY:
        return kithi_error_memory(error);
    default:
        return rc;
    }
}

static int make_rules(const kith_rules_options *o, const kithi_itemsets *itemsets,
                      kith_rules *out) {
    kithi_basket_ear told = {"rules", o->progress, o->context};
    const kithi_workers_ear ear = {kithi_basket_tell, &told};
    uint64_t memory = kithi_basket_memory(o->memory_bytes);
    const kithi_rule_options options = {.least_confidence = o->min_confidence,
                                        .least_lift = o->min_lift,
                                        .most_p = o->max_p,
                                        .most_consequents = o->max_consequent,
                                        .redundant = o->redundant,
                                        .order = (kithi_rule_order)o->order,
                                        .limit = o->limit,
                                        .memory_bytes =
                                            memory > itemsets->bytes ? memory - itemsets->bytes : 0,
                                        .ear = &ear};
    return kithi_rules_make(itemsets, out->baskets->basket_count, &options, &out->made);
}

static int mine(const kith_rules_options *o, kith_rules *out) {
    kithi_basket_ear told = {"itemsets", o->progress, o->context};
    const kithi_workers_ear ear = {kithi_basket_tell, &told};
    const kithi_customers view = kithi_baskets_view(out->baskets);
    uint64_t least = out->summary.min_count;
    kithi_itemsets itemsets;
    const kithi_itemset_options options = {.least =
                                               least < UINT32_MAX ? (uint32_t)least : UINT32_MAX,
                                           .most_items = o->max_items,
                                           .memory_bytes = kithi_basket_memory(o->memory_bytes),
                                           .threads = kithi_basket_threads(o->threads),
                                           .ear = &ear};
    int rc = kithi_itemsets_mine(&view.baskets, &options, &itemsets);
    rc = rc == KITH_OK ? make_rules(o, &itemsets, out) : rc;
    out->summary.item_count = itemsets.item_count;
    out->summary.itemset_count = itemsets.count;
    out->summary.rule_count = out->made.found_count;
    out->summary.redundant_count = out->made.redundant_count;
    kithi_itemsets_clear(&itemsets);
    return rc;
}

int kith_rules_open(const kith_baskets *baskets, const kith_rules_options *given, kith_rules **out,
                    kith_error *error) {
    kith_rules_options options = KITH_RULES_OPTIONS_INIT;
    if (baskets == NULL || out == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_rules_open: baskets, and a place for the rules, are required");
    }
    int rc = kithi_take(given, &options, sizeof options, "kith_rules_open", error);
    rc = rc == KITH_OK ? check(&options, error) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kith_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        return kithi_error_memory(error);
    }
    rules->baskets = kithi_baskets_keep(baskets);
    rules->summary =
        (kith_rules_summary){.size = sizeof rules->summary,
                             .basket_count = baskets->basket_count,
                             .min_count = least_count(&options, baskets->basket_count)};
    rc = mine(&options, rules);
    if (rc != KITH_OK) {
        fail(rc, &options, rules, error);
        kith_rules_close(rules);
        return rc;
    }
    *out = rules;
    return KITH_OK;
}

void kith_rules_summarise(const kith_rules *rules, kith_rules_summary *out) {
    kithi_give(out, &rules->summary, sizeof rules->summary);
}

static void set_measures(const kith_rules *rules, const kithi_rule *made, kith_rule *out) {
    const kithi_rule_counts counts = {rules->baskets->basket_count, made->antecedent,
                                      made->consequent, made->both};
    kithi_rule_measures m = kithi_rule_measure(&counts);
    out->antecedent_baskets = made->antecedent;
    out->consequent_baskets = made->consequent;
    out->both_baskets = made->both;
    out->support = m.support;
    out->confidence = m.confidence;
    out->lift = m.lift;
    out->lift_low = m.lift_low;
    out->lift_high = m.lift_high;
    out->leverage = m.leverage;
    out->conviction = m.conviction;
    out->always = m.always;
    out->p = m.p;
}

int kith_rules_next(kith_rules *rules, kith_rule *out) {
    kith_rule rule = KITH_RULE_INIT;
    if (rules->at >= rules->made.count) {
        return KITH_DONE;
    }
    const kithi_rule *made = &rules->made.rules[rules->at++];
    size_t count = (size_t)made->antecedent_count + made->consequent_count;
    for (size_t i = 0; i < count; i++) {
        rules->names[i] = rules->baskets->names[rules->made.items[made->first + i]];
    }
    rule.antecedent = rules->names;
    rule.antecedent_count = made->antecedent_count;
    rule.consequent = rules->names + made->antecedent_count;
    rule.consequent_count = made->consequent_count;
    set_measures(rules, made, &rule);
    kithi_give(out, &rule, sizeof rule);
    return KITH_OK;
}

void kith_rules_close(kith_rules *rules) {
    if (rules != NULL) {
        kithi_rules_clear(&rules->made);
        kith_baskets_close(rules->baskets);
        free(rules);
    }
}
