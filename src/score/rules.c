#include "src/score/rules.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/base/bit_count.h"

#define SETS_A_PAUSE 1024u

__extension__ typedef unsigned __int128 wide;

typedef struct making {
    const kithi_itemsets *itemsets;
    const kithi_rule_options *options;
    uint64_t baskets;
    kithi_rules *out;
    const kithi_itemset_tree *tree; /* at hand */
    uint32_t ranks[KITHI_ITEMSET_MAX];
    uint32_t trees_done, looks;
} making;

/* An itemset, and the part of it that is a consequent, as bits of its places. */
typedef struct parted {
    uint32_t all, consequent;
    uint32_t both_count, antecedent_count, consequent_count; /* baskets */
} parted;

static uint32_t support_of(const making *m, uint32_t part) {
    uint32_t ranks[KITHI_ITEMSET_MAX];
    size_t count = 0;
    for (uint32_t left = part; left != 0; left &= left - 1) {
        ranks[count++] = m->ranks[__builtin_ctz(left)];
    }
    return kithi_itemsets_support(m->itemsets, ranks, count);
}

/* Whether one with fewer items in its antecedent, or none, says the same at least as surely. */
static bool is_redundant(const making *m, const parted *p) {
    uint32_t antecedent = p->all & ~p->consequent;
    uint64_t both = p->both_count, before = p->antecedent_count;
    if ((wide)p->consequent_count * before >= (wide)both * m->baskets) {
        return true;
    }
    for (uint32_t part = (antecedent - 1) & antecedent; part != 0; part = (part - 1) & antecedent) {
        uint64_t shorter = support_of(m, part | p->consequent);
        if (shorter * before >= both * support_of(m, part)) {
            return true;
        }
    }
    return false;
}

static kithi_rule_counts counts_of(const making *m, const parted *p) {
    return (kithi_rule_counts){m->baskets, p->antecedent_count, p->consequent_count, p->both_count};
}

static bool is_strong(const making *m, const parted *p) {
    const kithi_rule_options *o = m->options;
    const kithi_rule_counts counts = counts_of(m, p);
    double before = (double)p->antecedent_count, after = (double)p->consequent_count;
    double both = (double)p->both_count;
    return both / before >= o->least_confidence &&
           both * (double)m->baskets / (before * after) >= o->least_lift &&
           (o->most_p >= 1 || kithi_rule_chance(&counts) <= o->most_p);
}

static void put_items(const making *m, uint32_t part, uint32_t *out) {
    size_t count = 0;
    for (uint32_t left = part; left != 0; left &= left - 1) {
        out[count++] = m->itemsets->items[m->ranks[__builtin_ctz(left)]];
    }
    kithi_sort_u32(out, count);
}

static int add_rule(const making *m, const parted *p) {
    kithi_rules *out = m->out;
    uint32_t antecedent = p->all & ~p->consequent;
    uint32_t before = kithi_bits_of(antecedent), after = kithi_bits_of(p->consequent);
    size_t lines = out->line_count + before + after;
    if ((out->count + 1) * sizeof *out->rules + lines * sizeof *out->items >
        m->options->memory_bytes) {
        return KITH_LIMIT;
    }
    if (!KITHI_GROW(out->rules, out->capacity, out->count + 1) ||
        !KITHI_GROW(out->items, out->line_capacity, lines)) {
        return KITH_NO_MEMORY;
    }
    put_items(m, antecedent, out->items + out->line_count);
    put_items(m, p->consequent, out->items + out->line_count + before);
    out->rules[out->count++] =
        (kithi_rule){out->line_count,     (uint8_t)before,     (uint8_t)after,
                     p->antecedent_count, p->consequent_count, p->both_count};
    out->line_count = lines;
    return KITH_OK;
}

static int try_part(const making *m, uint32_t all, uint32_t consequent, uint32_t support) {
    parted p = {all, consequent, support, support_of(m, all & ~consequent), 0};
    if ((double)support / p.antecedent_count < m->options->least_confidence) {
        return KITH_OK; /* that is mostly so, and seen before anything else is looked up */
    }
    p.consequent_count = support_of(m, consequent);
    if (!is_strong(m, &p)) {
        return KITH_OK;
    }
    if (!m->options->redundant && is_redundant(m, &p)) {
        m->out->redundant_count++;
        return KITH_OK;
    }
    return add_rule(m, &p);
}

static int part_set(const making *m, uint32_t size, uint32_t support) {
    uint32_t all = (UINT32_C(1) << size) - 1;
    int rc = KITH_OK;
    for (uint32_t part = 1; rc == KITH_OK && part < all; part++) {
        if (m->options->most_consequents == 1) {
            rc = try_part(m, all, part, support);
            part = 2 * part - 1; /* the next single one */
        } else if (kithi_bits_of(part) <= m->options->most_consequents) {
            rc = try_part(m, all, part, support);
        }
    }
    return rc;
}

static int pause_sometimes(making *m) {
    const kithi_workers_ear *ear = m->options->ear;
    bool stop = ear != NULL && ++m->looks % SETS_A_PAUSE == 0 &&
                ear->tell(ear->context, m->trees_done, m->itemsets->item_count) != 0;
    return stop ? KITH_INTERRUPTED : KITH_OK;
}

/* Goes through a set and all that begin with it. */
static int part_sets(making *m, const kithi_itemset *set, uint32_t size) {
    m->ranks[size - 1] = set->rank;
    int rc = pause_sometimes(m);
    rc = rc == KITH_OK && size > 1 ? part_set(m, size, set->support) : rc;
    for (uint32_t i = 0; rc == KITH_OK && i < set->kid_count; i++) {
        rc = part_sets(m, &m->tree->sets[set->first_kid + i], size + 1);
    }
    return rc;
}

/* Order */

typedef struct sorting {
    const kithi_rules *rules;
    kithi_rule_order order;
    uint64_t baskets;
} sorting;

static int compare_wide(wide a, wide b) {
    return (a > b) - (a < b);
}

/* Their antecedents' and consequents' baskets are fewer than 2^32 each: products of three fit. */
static int compare_lift(const kithi_rule *a, const kithi_rule *b) {
    return compare_wide((wide)a->both * b->antecedent * b->consequent,
                        (wide)b->both * a->antecedent * a->consequent);
}

static int compare_confidence(const kithi_rule *a, const kithi_rule *b) {
    return compare_wide((wide)a->both * b->antecedent, (wide)b->both * a->antecedent);
}

static int compare_support(const kithi_rule *a, const kithi_rule *b) {
    return (a->both > b->both) - (a->both < b->both);
}

/* both / all - antecedent * consequent / all^2, with what is taken away on the other side. */
static int compare_leverage(const kithi_rule *a, const kithi_rule *b, uint64_t all) {
    return compare_wide((wide)a->both * all + (wide)b->antecedent * b->consequent,
                        (wide)b->both * all + (wide)a->antecedent * a->consequent);
}

static int compare_by(const kithi_rule *a, const kithi_rule *b, const sorting *s) {
    switch (s->order) {
    case KITHI_RULES_BY_LIFT:
        return compare_lift(a, b);
    case KITHI_RULES_BY_CONFIDENCE:
        return compare_confidence(a, b);
    case KITHI_RULES_BY_SUPPORT:
        return compare_support(a, b);
    case KITHI_RULES_BY_LEVERAGE:
        break;
    }
    return compare_leverage(a, b, s->baskets);
}

/* Shorter ones first, then by their items. */
static int compare_items(const kithi_rule *a, const kithi_rule *b, const kithi_rules *rules) {
    size_t a_count = (size_t)a->antecedent_count + a->consequent_count;
    size_t b_count = (size_t)b->antecedent_count + b->consequent_count;
    int order = (a_count > b_count) - (a_count < b_count);
    order = order != 0 ? order : a->antecedent_count - b->antecedent_count;
    for (size_t i = 0; order == 0 && i < a_count; i++) {
        uint32_t x = rules->items[a->first + i], y = rules->items[b->first + i];
        order = (x > y) - (x < y);
    }
    return order;
}

static int compare_rules(const void *a, const void *b, void *context) {
    const sorting *s = context;
    int order = compare_by(b, a, s);
    order = order != 0 ? order : compare_confidence(b, a);
    order = order != 0 ? order : compare_support(b, a);
    return order != 0 ? order : compare_items(a, b, s->rules);
}

int kithi_rules_make(const kithi_itemsets *itemsets, uint64_t baskets,
                     const kithi_rule_options *options, kithi_rules *out) {
    making m = {.itemsets = itemsets, .options = options, .baskets = baskets, .out = out};
    int rc = KITH_OK;
    *out = (kithi_rules){.count = 0};
    for (; rc == KITH_OK && m.trees_done < itemsets->item_count; m.trees_done++) {
        m.tree = &itemsets->trees[m.trees_done];
        rc = part_sets(&m, m.tree->sets, 1);
    }
    sorting s = {out, options->order, baskets};
    if (rc == KITH_OK && out->count > 0) {
        qsort_r(out->rules, out->count, sizeof *out->rules, compare_rules, &s);
    }
    out->found_count = out->count;
    if (options->limit > 0 && out->count > options->limit) {
        out->count = options->limit;
    }
    return rc;
}

void kithi_rules_clear(kithi_rules *rules) {
    free(rules->rules);
    free(rules->items);
    *rules = (kithi_rules){.count = 0};
}
