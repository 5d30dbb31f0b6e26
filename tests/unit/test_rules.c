/*
 * Itemsets, rules and items that are alike, held against what is counted basket by basket; and
 * measures, against published numbers.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kith/base.h"
#include "src/score/likeness.h"
#include "src/score/rules.h"
#include "tests/random.h"

#define COUNT(list)   (sizeof(list) / sizeof(list)[0])
#define ITEMS_MAX     12
#define BASKETS_MAX   400
#define CASES         150
#define MANY_BYTES    (UINT64_C(1) << 30)
#define NEAR(a, b, e) assert_true(fabs((a) - (b)) <= (e))

/* Baskets as sets of bits, and as what is mined. */
typedef struct shelf {
    uint32_t sets[BASKETS_MAX];
    size_t count;
    uint32_t lines[BASKETS_MAX * ITEMS_MAX];
    size_t ends[BASKETS_MAX];
    kithi_baskets baskets;
} shelf;

static void lay_out(shelf *s, uint32_t items) {
    size_t at = 0;
    for (size_t i = 0; i < s->count; i++) {
        for (uint32_t item = 0; item < items; item++) {
            if ((s->sets[i] >> item & 1) != 0) {
                s->lines[at++] = item;
            }
        }
        s->ends[i] = at;
    }
    s->baskets = (kithi_baskets){s->lines, s->ends, s->count, items};
}

/* Of all densities: from hardly an item in a basket to nearly all. */
static uint32_t draw_shelf(uint64_t *seed, shelf *out) {
    uint32_t items = 1 + (uint32_t)(random_next(seed) % ITEMS_MAX);
    uint64_t density = 1 + random_next(seed) % 99;
    out->count = random_next(seed) % (random_next(seed) % 3 == 0 ? 5 : BASKETS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        out->sets[i] = 0;
        for (uint32_t item = 0; item < items; item++) {
            out->sets[i] |= (uint32_t)(random_next(seed) % 100 < density) << item;
        }
    }
    lay_out(out, items);
    return items;
}

static uint32_t support_in(const shelf *s, uint32_t set) {
    uint32_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        count += (s->sets[i] & set) == set;
    }
    return count;
}

static kithi_itemset_options ask_for(uint32_t least, unsigned threads) {
    return (kithi_itemset_options){.least = least,
                                   .most_items = KITHI_ITEMSET_MAX,
                                   .memory_bytes = MANY_BYTES,
                                   .threads = threads};
}

static kithi_itemsets mine(const shelf *s, uint32_t least, unsigned threads) {
    const kithi_itemset_options options = ask_for(least, threads);
    kithi_itemsets found;
    assert_int_equal(kithi_itemsets_mine(&s->baskets, &options, &found), KITH_OK);
    return found;
}

/* The ranks of a set's items, ascending; 0: one of them is too rare to have one. */
static size_t ranks_of(const kithi_itemsets *found, uint32_t set, uint32_t *out) {
    size_t count = 0;
    for (uint32_t rank = 0; rank < found->item_count; rank++) {
        if ((set >> found->items[rank] & 1) != 0) {
            out[count++] = rank;
        }
    }
    return count == (size_t)__builtin_popcount(set) ? count : 0;
}

static void test_itemsets_are_those_that_are_counted(void **state) {
    (void)state;
    static shelf s;
    uint64_t seed = 1;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        uint32_t items = draw_shelf(&seed, &s);
        uint32_t least = 1 + (uint32_t)(random_next(&seed) % (s.count / 4 + 1));
        kithi_itemsets found = mine(&s, least, 1 + (unsigned)(random_next(&seed) % 3));
        uint64_t count = 0;
        for (uint32_t set = 1; set < UINT32_C(1) << items; set++) {
            uint32_t ranks[ITEMS_MAX], support = support_in(&s, set);
            size_t size = ranks_of(&found, set, ranks);
            uint32_t told = size > 0 ? kithi_itemsets_support(&found, ranks, size) : 0;
            assert_int_equal(told, support >= least ? support : 0);
            count += support >= least;
        }
        assert_int_equal(found.count, count);
        kithi_itemsets_clear(&found);
    }
}

static void test_no_itemset_is_longer_than_asked_for(void **state) {
    (void)state;
    static shelf s = {.count = 3, .sets = {0xff, 0xff, 0x0f}};
    static const uint64_t of_size[] = {8, 28, 56, 70, 56, 28, 8, 1};
    lay_out(&s, 8);
    for (uint32_t most = 1, sum = 0; most <= COUNT(of_size); most++) {
        kithi_itemset_options options = ask_for(2, 1);
        kithi_itemsets found;
        options.most_items = most;
        sum += (uint32_t)of_size[most - 1];
        assert_int_equal(kithi_itemsets_mine(&s.baskets, &options, &found), KITH_OK);
        assert_int_equal(found.count, sum);
        kithi_itemsets_clear(&found);
    }
}

static void assert_same_trees(const kithi_itemsets *a, const kithi_itemsets *b) {
    assert_int_equal(a->item_count, b->item_count);
    assert_memory_equal(a->items, b->items, a->item_count * sizeof *a->items);
    for (uint32_t i = 0; i < a->item_count; i++) {
        assert_int_equal(a->trees[i].count, b->trees[i].count);
        assert_memory_equal(a->trees[i].sets, b->trees[i].sets,
                            a->trees[i].count * sizeof *a->trees[i].sets);
    }
}

static void test_any_number_of_threads_finds_the_same(void **state) {
    (void)state;
    static shelf s;
    uint64_t seed = 2;
    for (int i = 0; i < 20; i++) {
        draw_shelf(&seed, &s);
        kithi_itemsets one = mine(&s, 2, 1);
        for (unsigned threads = 2; threads <= 5; threads++) {
            kithi_itemsets several = mine(&s, 2, threads);
            assert_same_trees(&one, &several);
            kithi_itemsets_clear(&several);
        }
        kithi_itemsets_clear(&one);
    }
}

/* 2^12 sets from few baskets: whether they fit doesn't hang on the threads. */
static void test_memory_is_kept_to(void **state) {
    (void)state;
    static shelf s = {.count = 8};
    for (size_t i = 0; i < s.count; i++) {
        s.sets[i] = 0xfff;
    }
    lay_out(&s, 12);
    for (unsigned threads = 1; threads <= 4; threads++) {
        kithi_itemset_options options = ask_for(1, threads);
        kithi_itemsets found;
        options.memory_bytes = 60000;
        assert_int_equal(kithi_itemsets_mine(&s.baskets, &options, &found), KITH_LIMIT);
        kithi_itemsets_clear(&found);
        options.memory_bytes = 70000;
        assert_int_equal(kithi_itemsets_mine(&s.baskets, &options, &found), KITH_OK);
        assert_int_equal(found.count, 4095);
        kithi_itemsets_clear(&found);
    }
}

static int stop_at_once(void *context, size_t done, size_t count) {
    size_t *told = context;
    assert_true(done <= count);
    ++*told;
    return 1;
}

static void test_whoever_is_told_may_stop_it(void **state) {
    (void)state;
    static shelf s = {.count = 8};
    size_t told = 0;
    const kithi_workers_ear ear = {stop_at_once, &told};
    kithi_itemset_options options = ask_for(1, 2);
    kithi_itemsets found;
    for (size_t i = 0; i < s.count; i++) {
        s.sets[i] = 0xfff;
    }
    lay_out(&s, 12);
    options.ear = &ear;
    assert_int_equal(kithi_itemsets_mine(&s.baskets, &options, &found), KITH_INTERRUPTED);
    assert_true(told > 0);
    kithi_itemsets_clear(&found);
}

/* Rules */

static const kithi_rule_options any_rule = {.most_p = 1,
                                            .most_consequents = KITHI_ITEMSET_MAX,
                                            .redundant = true,
                                            .memory_bytes = MANY_BYTES};

static uint32_t set_of(const kithi_rules *rules, size_t first, size_t count) {
    uint32_t set = 0;
    for (size_t i = 0; i < count; i++) {
        set |= UINT32_C(1) << rules->items[first + i];
    }
    return set;
}

/* By the definition: some shorter antecedent, or none, does at least as well. */
static bool is_redundant(const shelf *s, uint32_t antecedent, uint32_t consequent) {
    uint64_t both = support_in(s, antecedent | consequent), before = support_in(s, antecedent);
    for (uint32_t part = (antecedent - 1) & antecedent;; part = (part - 1) & antecedent) {
        if (support_in(s, part | consequent) * before >= both * support_in(s, part)) {
            return true;
        }
        if (part == 0) {
            return false;
        }
    }
}

static uint64_t count_rules(const shelf *s, uint32_t items, uint32_t least, double confidence,
                            bool redundant) {
    uint64_t count = 0;
    for (uint32_t set = 1; set < UINT32_C(1) << items; set++) {
        uint32_t both = support_in(s, set);
        for (uint32_t part = (set - 1) & set; both >= least && part != 0; part = (part - 1) & set) {
            count += (double)both / support_in(s, part) >= confidence &&
                     (redundant || !is_redundant(s, part, set & ~part));
        }
    }
    return count;
}

static void check_rules(const shelf *s, const kithi_rules *rules, bool redundant) {
    for (size_t i = 0; i < rules->count; i++) {
        const kithi_rule *rule = &rules->rules[i];
        uint32_t before = set_of(rules, rule->first, rule->antecedent_count);
        uint32_t after =
            set_of(rules, rule->first + rule->antecedent_count, rule->consequent_count);
        assert_int_equal(before & after, 0);
        assert_int_equal(rule->antecedent, support_in(s, before));
        assert_int_equal(rule->consequent, support_in(s, after));
        assert_int_equal(rule->both, support_in(s, before | after));
        assert_true(redundant || !is_redundant(s, before, after));
    }
}

static void test_rules_are_those_that_are_counted(void **state) {
    (void)state;
    static shelf s;
    uint64_t seed = 3;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        uint32_t items = draw_shelf(&seed, &s);
        items = items < 7 ? items : 7;
        for (size_t k = 0; k < s.count; k++) {
            s.sets[k] &= (UINT32_C(1) << items) - 1;
        }
        lay_out(&s, items);
        uint32_t least = 1 + (uint32_t)(random_next(&seed) % (s.count / 3 + 1));
        kithi_itemsets itemsets = mine(&s, least, 1);
        kithi_rule_options options = any_rule;
        kithi_rules rules;
        options.redundant = i % 2 == 0;
        options.least_confidence = (double)(random_next(&seed) % 100) / 100;
        assert_int_equal(kithi_rules_make(&itemsets, s.count, &options, &rules), KITH_OK);
        check_rules(&s, &rules, options.redundant);
        assert_int_equal(rules.count, count_rules(&s, items, least, options.least_confidence,
                                                  options.redundant));
        kithi_rules_clear(&rules);
        kithi_itemsets_clear(&itemsets);
    }
}

static void test_rules_come_in_the_order_asked_for(void **state) {
    (void)state;
    static shelf s;
    uint64_t seed = 4;
    s.count = 300;
    for (size_t i = 0; i < s.count; i++) {
        s.sets[i] = (uint32_t)(random_next(&seed) & random_next(&seed) & 0xff);
    }
    lay_out(&s, 8);
    kithi_itemsets itemsets = mine(&s, 3, 1);
    for (int order = KITHI_RULES_BY_LIFT; order <= KITHI_RULES_BY_LEVERAGE; order++) {
        kithi_rule_options options = any_rule;
        kithi_rules rules;
        double last = INFINITY;
        options.order = (kithi_rule_order)order;
        options.limit = 50;
        assert_int_equal(kithi_rules_make(&itemsets, s.count, &options, &rules), KITH_OK);
        assert_int_equal(rules.count, 50);
        assert_true(rules.found_count > 50);
        for (size_t i = 0; i < rules.count; i++) {
            const kithi_rule *rule = &rules.rules[i];
            const kithi_rule_counts counts = {s.count, rule->antecedent, rule->consequent,
                                              rule->both};
            kithi_rule_measures m = kithi_rule_measure(&counts);
            const double by[] = {m.lift, m.confidence, m.support, m.leverage};
            assert_true(by[order] <= last + 1e-12);
            last = by[order];
        }
        kithi_rules_clear(&rules);
    }
    kithi_itemsets_clear(&itemsets);
}

/* Measures */

/* Tan, Steinbach and Kumar, Introduction to Data Mining, table 6.1: of five baskets two have milk,
 * diapers and beer, three the first two, three beer. */
static void test_a_rule_of_the_textbook(void **state) {
    (void)state;
    const kithi_rule_counts counts = {5, 3, 3, 2};
    kithi_rule_measures m = kithi_rule_measure(&counts);
    NEAR(m.support, 0.4, 1e-15);
    NEAR(m.confidence, 2.0 / 3, 1e-15);
    NEAR(m.lift, 10.0 / 9, 1e-15);
    NEAR(m.leverage, 0.04, 1e-15);
    NEAR(m.conviction, 1.2, 1e-15);
    NEAR(m.p, 0.7, 1e-13);
    assert_false(m.always);
}

/* The lady who tasted tea (Fisher 1935): three of four cups right have 17 chances of 70. */
static void test_fishers_exact_test(void **state) {
    (void)state;
    static const struct {
        kithi_rule_counts counts;
        double p;
    } known[] = {
        {{8, 4, 4, 4}, 1.0 / 70},
        {{8, 4, 4, 3}, 17.0 / 70},
        {{8, 4, 4, 2}, 53.0 / 70},
        {{8, 4, 4, 1}, 69.0 / 70},
        {{24, 12, 14, 10}, 0.018037420918023964},
        {{10, 10, 4, 4}, 1},
        {{1, 1, 1, 1}, 1},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        NEAR(kithi_rule_chance(&known[i].counts), known[i].p, 1e-12);
    }
}

/* Dunning 1993, table 1: bigrams "the swiss", "can be", "previous year", "mineral water". */
static void test_the_likelihood_ratio(void **state) {
    (void)state;
    static const struct {
        uint64_t both, first, second, neither;
        double ratio;
    } known[] = {{110, 2442, 111, 29114, 270.72},
                 {29, 13, 123, 31612, 263.90},
                 {31, 23, 139, 31584, 256.84},
                 {10, 0, 3, 31764, 167.23}};
    for (size_t i = 0; i < COUNT(known); i++) {
        const kithi_rule_counts counts = {
            known[i].both + known[i].first + known[i].second + known[i].neither,
            known[i].both + known[i].first, known[i].both + known[i].second, known[i].both};
        NEAR(kithi_rule_likelihood_ratio(&counts), known[i].ratio, 0.005);
    }
    const kithi_rule_counts apart = {100, 50, 50, 1}, chance = {100, 50, 50, 25};
    assert_true(kithi_rule_likelihood_ratio(&apart) < -100);
    NEAR(kithi_rule_likelihood_ratio(&chance), 0, 1e-12);
}

static void test_no_measure_is_infinite_or_none(void **state) {
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 1000, 4000000000};
    size_t tried = 0;
    for (size_t n = 0; n < COUNT(sizes); n++) {
        const uint64_t sides[] = {1, 2, sizes[n] / 2, sizes[n] - 1, sizes[n]};
        for (size_t a = 0; a < COUNT(sides); a++) {
            for (size_t c = 0; c < COUNT(sides); c++) {
                for (size_t b = 0; b < COUNT(sides); b++) {
                    const kithi_rule_counts counts = {sizes[n], sides[a], sides[c], sides[b]};
                    bool possible = sides[b] >= 1 && sides[b] <= sides[a] && sides[b] <= sides[c] &&
                                    sides[a] <= sizes[n] && sides[c] <= sizes[n] &&
                                    sides[a] + sides[c] - sides[b] <= sizes[n];
                    if (possible) {
                        kithi_rule_measures m = kithi_rule_measure(&counts);
                        assert_true(isfinite(m.support) && isfinite(m.confidence));
                        assert_true(isfinite(m.lift_low) && isfinite(m.lift_high));
                        assert_true(m.lift_low <= m.lift && m.lift <= m.lift_high);
                        assert_true(isfinite(m.leverage) && isfinite(m.conviction));
                        assert_true(m.p >= 0 && m.p <= 1);
                        assert_true(isfinite(kithi_rule_likelihood_ratio(&counts)));
                        assert_true(m.always == (m.confidence >= 1));
                        tried++;
                    }
                }
            }
        }
    }
    assert_true(tried > 50);
}

/* Samples of a known lift of 1.6: so many intervals hold it. */
static void test_the_interval_of_lift_holds_it(void **state) {
    (void)state;
    uint64_t seed = 5;
    int held = 0, samples = 4000;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int sample = 0; sample < samples; sample++) {
        kithi_rule_counts counts = {500, 0, 0, 0};
        for (uint64_t i = 0; i < counts.all; i++) {
            uint64_t drawn = random_next(&seed) % 1000; /* .2, .25 and both .08 */
            bool both = drawn < 80, one = drawn < 200,
                 other = both || (drawn >= 200 && drawn < 370);
            counts.antecedent += one;
            counts.consequent += other;
            counts.both += both;
        }
        kithi_rule_measures m = kithi_rule_measure(&counts);
        held += m.lift_low <= 1.6 && 1.6 <= m.lift_high;
    }
    print_message("%d of %d intervals hold it\n", held, samples);
    assert_in_range(held, samples * 93 / 100, samples * 97 / 100);
}

/* Items that are alike */

#define CUSTOMERS_MAX 60

typedef struct crowd {
    shelf shelf;
    size_t ends[CUSTOMERS_MAX];
    kithi_customers customers;
} crowd;

static uint32_t draw_crowd(uint64_t *seed, crowd *out) {
    uint32_t items = draw_shelf(seed, &out->shelf);
    size_t count = 0;
    for (size_t at = 0; at < out->shelf.count && count < CUSTOMERS_MAX;) {
        at += 1 + random_next(seed) % 8;
        out->ends[count++] = at < out->shelf.count ? at : out->shelf.count;
    }
    out->shelf.count = count > 0 ? out->ends[count - 1] : 0;
    out->shelf.baskets.count = out->shelf.count;
    out->customers = (kithi_customers){out->shelf.baskets, out->ends, count};
    return items;
}

/* The basket of a customer that has the item first; -1: none. */
static int first_basket(const crowd *c, size_t customer, uint32_t item) {
    size_t begin = customer == 0 ? 0 : c->ends[customer - 1];
    for (size_t i = begin; i < c->ends[customer]; i++) {
        if ((c->shelf.sets[i] >> item & 1) != 0) {
            return (int)(i - begin);
        }
    }
    return -1;
}

static void check_like(const crowd *c, uint32_t item, const kithi_like *like) {
    uint32_t both = 0, later = 0, mine_count = 0, its_count = 0;
    for (size_t i = 0; i < c->customers.count; i++) {
        int mine_first = first_basket(c, i, item), its_first = first_basket(c, i, like->item);
        mine_count += mine_first >= 0;
        its_count += its_first >= 0;
        both += mine_first >= 0 && its_first >= 0;
        later += mine_first >= 0 && its_first > mine_first;
    }
    assert_int_equal(like->both, both);
    assert_int_equal(like->later, later);
    NEAR(like->cosine, both / sqrt((double)mine_count * its_count), 1e-12);
    assert_true(isfinite(like->likelihood_ratio));
}

static void check_item(const crowd *c, uint32_t item, const kithi_item_customers *told) {
    kithi_item_customers counted = {0, 0, 0, 0};
    for (size_t i = 0; i < c->customers.count; i++) {
        int first = first_basket(c, i, item);
        size_t begin = i == 0 ? 0 : c->ends[i - 1], hits = 0;
        for (size_t k = begin + (size_t)first + 1; first >= 0 && k < c->ends[i]; k++) {
            hits += c->shelf.sets[k] >> item & 1;
            counted.chances++;
        }
        counted.customers += first >= 0;
        counted.again += hits > 0;
        counted.hits += hits;
    }
    assert_int_equal(told->customers, counted.customers);
    assert_int_equal(told->again, counted.again);
    assert_int_equal(told->chances, counted.chances);
    assert_int_equal(told->hits, counted.hits);
}

static void test_likes_are_those_that_are_counted(void **state) {
    (void)state;
    static crowd c;
    uint64_t seed = 6;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        uint32_t items = draw_crowd(&seed, &c);
        kithi_purchases purchases;
        kithi_likes likes[ITEMS_MAX], again[ITEMS_MAX];
        kithi_like_options options = {
            .by_cosine = true, .least = 1, .memory_bytes = MANY_BYTES, .threads = 1};
        assert_true(kithi_purchases_make(&c.customers, &purchases));
        assert_int_equal(kithi_likes_find(&purchases, &options, likes), KITH_OK);
        options.threads = 3;
        assert_int_equal(kithi_likes_find(&purchases, &options, again), KITH_OK);
        for (uint32_t item = 0; item < items; item++) {
            check_item(&c, item, &purchases.items[item]);
            assert_int_equal(likes[item].count, again[item].count);
            for (size_t k = 0; k < likes[item].count; k++) {
                check_like(&c, item, &likes[item].items[k]);
                assert_int_equal(likes[item].items[k].item, again[item].items[k].item);
                assert_true(k == 0 ||
                            likes[item].items[k - 1].cosine >= likes[item].items[k].cosine);
            }
        }
        kithi_likes_clear(likes, items);
        kithi_likes_clear(again, items);
        kithi_purchases_clear(&purchases);
    }
}

static void test_nothing_comes_of_nothing(void **state) {
    (void)state;
    static shelf s = {.count = 0};
    lay_out(&s, 0);
    kithi_itemsets none = mine(&s, 1, 2);
    kithi_rules rules;
    assert_int_equal(none.count, 0);
    assert_int_equal(kithi_rules_make(&none, 0, &any_rule, &rules), KITH_OK);
    assert_int_equal(rules.count, 0);
    kithi_rules_clear(&rules);
    kithi_itemsets_clear(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_itemsets_are_those_that_are_counted),
        cmocka_unit_test(test_no_itemset_is_longer_than_asked_for),
        cmocka_unit_test(test_any_number_of_threads_finds_the_same),
        cmocka_unit_test(test_memory_is_kept_to),
        cmocka_unit_test(test_whoever_is_told_may_stop_it),
        cmocka_unit_test(test_rules_are_those_that_are_counted),
        cmocka_unit_test(test_rules_come_in_the_order_asked_for),
        cmocka_unit_test(test_a_rule_of_the_textbook),
        cmocka_unit_test(test_fishers_exact_test),
        cmocka_unit_test(test_the_likelihood_ratio),
        cmocka_unit_test(test_no_measure_is_infinite_or_none),
        cmocka_unit_test(test_the_interval_of_lift_holds_it),
        cmocka_unit_test(test_likes_are_those_that_are_counted),
        cmocka_unit_test(test_nothing_comes_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
