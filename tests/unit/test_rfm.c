/*
 * Recency, frequency, monetary value: where the cuts stand, that equal customers are scored alike,
 * and that every customer has a segment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/score/ranks.h"
#include "src/score/rfm.h"
#include "tests/random.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])
#define ONE         INT64_C(1000000)
#define CROWD_MAX   700
#define CASES       400

static int by_value(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Crowds of all sorts: few different values, far apart, of one sign and of both, all equal. */
static size_t draw_crowd(uint64_t *seed, int64_t out[CROWD_MAX]) {
    static const uint64_t spans[] = {1, 2, 5, 300, 5000, 1u << 30, UINT64_MAX};
    uint64_t span = spans[random_next(seed) % COUNT(spans)];
    size_t count = 1 + random_next(seed) % (random_next(seed) % 2 == 0 ? 12 : CROWD_MAX);
    int64_t base = random_next(seed) % 2 == 0 ? 0 : -700;
    for (size_t i = 0; i < count; i++) {
        uint64_t drawn = span == UINT64_MAX ? random_next(seed) : random_next(seed) % span;
        out[i] = (int64_t)((uint64_t)base + drawn);
    }
    return count;
}

static void test_ranks_are_those_of_a_sorted_list(void **state) {
    (void)state;
    uint64_t seed = 1;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        int64_t crowd[CROWD_MAX], sorted[CROWD_MAX], found[CROWD_MAX];
        size_t ranks[CROWD_MAX], count = draw_crowd(&seed, crowd), asked = 0;
        memcpy(sorted, crowd, count * sizeof *crowd);
        qsort(sorted, count, sizeof *sorted, by_value);
        for (size_t rank = 0; rank < count; rank++) {
            for (uint64_t times = random_next(&seed) % 3; times > 0 && asked < count; times--) {
                ranks[asked++] = rank;
            }
        }
        assert_true(kithi_ranks(crowd, count, ranks, asked, found));
        for (size_t k = 0; k < asked; k++) {
            assert_true(found[k] == sorted[ranks[k]]);
        }
    }
}

static kithi_cuts cuts_of(const int64_t *values, size_t count, unsigned bins, int64_t unit) {
    kithi_cuts cuts;
    assert_true(kithi_cuts_make(values, count, bins, unit, &cuts));
    return cuts;
}

static void test_where_cuts_stand(void **state) {
    (void)state;
    static const int64_t tens[] = {40, 10, 50, 20, 30};
    kithi_cuts cuts = cuts_of(tens, COUNT(tens), 5, 1); /* 18, 26, 34, 42 */
    static const int64_t stand[] = {18, 26, 34, 42};
    assert_memory_equal(cuts.at, stand, sizeof stand);
    for (int64_t i = 1; i <= 5; i++) {
        assert_int_equal(kithi_cuts_bin(&cuts, 10 * i), i);
    }
    assert_true(kithi_cuts_next(&cuts, 18) == 19);
    assert_true(kithi_cuts_next(&cuts, 19) == 27);
    assert_true(kithi_cuts_next(&cuts, 43) == INT64_MAX);
}

static void test_cuts_are_rounded_up_to_what_is_counted_in(void **state) {
    (void)state;
    static const int64_t whole[] = {1 * ONE, 2 * ONE}, cents[] = {1 * ONE, 2 * ONE, 2340000};
    static const int64_t days[] = {1, 2, 4, 8};
    assert_true(cuts_of(days, 4, 2, 1).at[0] == 3);
    assert_true(cuts_of(whole, 2, 2, ONE).at[0] == 1 * ONE); /* 2 is the largest */
    assert_true(cuts_of(cents, 3, 3, ONE).at[0] == 1670000); /* 1.666... */
}

static void test_largest_and_least_are_in_the_outer_bins(void **state) {
    (void)state;
    uint64_t seed = 2;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < CASES; i++) {
        int64_t crowd[CROWD_MAX];
        size_t count = draw_crowd(&seed, crowd);
        unsigned bins = 2 + (unsigned)(random_next(&seed) % 9);
        kithi_cuts cuts = cuts_of(crowd, count, bins, random_next(&seed) % 2 == 0 ? 1 : ONE);
        qsort(crowd, count, sizeof *crowd, by_value);
        bool equal = crowd[0] == crowd[count - 1];
        assert_int_equal(kithi_cuts_bin(&cuts, crowd[0]), 1);
        assert_int_equal(kithi_cuts_bin(&cuts, crowd[count - 1]), equal ? 1 : bins);
        for (unsigned k = 1; k + 1 < bins; k++) {
            assert_true(cuts.at[k - 1] <= cuts.at[k]);
        }
    }
}

/* Without equal numbers, and far from one another, bins differ by one at most. */
static void test_bins_are_of_a_size(void **state) {
    (void)state;
    int64_t crowd[CROWD_MAX];
    for (size_t count = 20; count < CROWD_MAX; count += 13) {
        for (size_t i = 0; i < count; i++) {
            crowd[i] = 1000 * (int64_t)(i * 337 % count);
        }
        for (unsigned bins = KITHI_BINS_MIN; bins <= KITHI_BINS_MAX; bins++) {
            kithi_cuts cuts = cuts_of(crowd, count, bins, 1);
            size_t sizes[KITHI_BINS_MAX + 1] = {0};
            for (size_t i = 0; i < count; i++) {
                sizes[kithi_cuts_bin(&cuts, crowd[i])]++;
            }
            for (unsigned bin = 1; bin <= bins; bin++) {
                assert_in_range(sizes[bin], count / bins - 1, count / bins + 1);
            }
        }
    }
}

static void test_crowds_of_nobody_one_and_equals(void **state) {
    (void)state;
    static const int64_t same[] = {7, 7, 7, 7, 7, 7};
    kithi_cuts none = cuts_of(NULL, 0, 5, 1), one = cuts_of(same, 1, 5, 1);
    assert_int_equal(kithi_cuts_bin(&none, 0), 1);
    assert_int_equal(kithi_cuts_bin(&one, 7), 1);
    kithi_cuts equal = cuts_of(same, COUNT(same), 10, 1);
    assert_int_equal(kithi_cuts_bin(&equal, 7), 1);
    assert_int_equal(kithi_cuts_bin(&equal, 8), 10);
}

static void test_lately_often_and_much_score_high(void **state) {
    (void)state;
    static const int64_t days[] = {100, 1, 50}, orders[] = {1, 9, 5}, micros[] = {0, 900, 30};
    kithi_rfm_cuts cuts;
    assert_true(kithi_rfm_cuts_make(days, orders, micros, 3, 3, &cuts));
    kithi_rfm_code worst = kithi_rfm_score(&cuts, 100, 1, 0);
    kithi_rfm_code best = kithi_rfm_score(&cuts, 1, 9, 900);
    kithi_rfm_code middle = kithi_rfm_score(&cuts, 50, 5, 30);
    assert_true(worst.r == 1 && worst.f == 1 && worst.m == 1);
    assert_true(best.r == 3 && best.f == 3 && best.m == 3);
    assert_true(middle.r == 2 && middle.f == 2 && middle.m == 2);
}

static void test_every_customer_has_a_segment_and_every_segment_may_have_some(void **state) {
    (void)state;
    kithi_rfm_segments retail = kithi_rfm_retail();
    bool met[32] = {false};
    for (unsigned bins = KITHI_BINS_MIN; bins <= KITHI_BINS_MAX; bins++) {
        for (unsigned code = 0; code < bins * bins * bins; code++) {
            kithi_rfm_code c = {(uint8_t)(code % bins + 1), (uint8_t)(code / bins % bins + 1),
                                (uint8_t)(code / bins / bins + 1)};
            size_t found = kithi_rfm_segment_of(&retail, bins, c);
            assert_true(found < retail.count);
            met[found] = met[found] || bins == KITHI_FIFTHS;
        }
    }
    for (size_t i = 0; i < retail.count; i++) {
        assert_true(met[i]);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(retail.items[i].name, retail.items[k].name);
        }
    }
    kithi_rfm_code best = {10, 10, 10}, worst = {1, 1, 1};
    assert_string_equal(retail.items[kithi_rfm_segment_of(&retail, 10, best)].name, "champions");
    assert_string_equal(retail.items[kithi_rfm_segment_of(&retail, 10, worst)].name, "lost");
}

static void test_tiers_are_top_shares(void **state) {
    (void)state;
    static const uint32_t shares[] = {10000, 40000, 150000};
    int64_t crowd[1000];
    size_t sizes[4] = {0};
    kithi_tiers tiers;
    for (int64_t i = 0; i < 1000; i++) {
        crowd[i] = i * 7 % 1000 + 1;
    }
    assert_true(kithi_tiers_make(crowd, 1000, shares, 3, &tiers));
    for (int64_t i = 0; i < 1000; i++) {
        sizes[kithi_tiers_place(&tiers, crowd[i])]++;
    }
    assert_int_equal(sizes[0], 10);
    assert_int_equal(sizes[1], 40);
    assert_int_equal(sizes[2], 150);
    assert_int_equal(sizes[3], 800);
}

static void test_tiers_keep_equals_together_and_leave_out_who_has_nothing(void **state) {
    (void)state;
    static const uint32_t shares[] = {10000, 240000};
    static const int64_t crowd[] = {5, 5, 5, 3, 3, 1, 0, 0}, poor[] = {0, 0, -4};
    kithi_tiers tiers;
    assert_true(kithi_tiers_make(crowd, COUNT(crowd), shares, 2, &tiers));
    assert_int_equal(kithi_tiers_place(&tiers, 5), 0);
    assert_int_equal(kithi_tiers_place(&tiers, 3), 2); /* two of eight are the top quarter */
    assert_true(kithi_tiers_make(poor, COUNT(poor), shares, 2, &tiers));
    assert_int_equal(kithi_tiers_place(&tiers, 0), 2);
    assert_int_equal(kithi_tiers_place(&tiers, 1), 0);
    assert_true(kithi_tiers_make(NULL, 0, shares, 2, &tiers));
    assert_int_equal(kithi_tiers_place(&tiers, 1), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_are_those_of_a_sorted_list),
        cmocka_unit_test(test_where_cuts_stand),
        cmocka_unit_test(test_cuts_are_rounded_up_to_what_is_counted_in),
        cmocka_unit_test(test_largest_and_least_are_in_the_outer_bins),
        cmocka_unit_test(test_bins_are_of_a_size),
        cmocka_unit_test(test_crowds_of_nobody_one_and_equals),
        cmocka_unit_test(test_lately_often_and_much_score_high),
        cmocka_unit_test(test_every_customer_has_a_segment_and_every_segment_may_have_some),
        cmocka_unit_test(test_tiers_are_top_shares),
        cmocka_unit_test(test_tiers_keep_equals_together_and_leave_out_who_has_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
