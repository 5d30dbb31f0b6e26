/*
 * Learning from customers: chances by logistic regression, and the area under the curve.
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

#include "src/base/random.h"
#include "src/score/logistic.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

/* The area under the curve */

static double naive_auc(const double *scores, const uint8_t *happened, size_t count) {
    double pairs = 0, right = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            if (happened[i] && !happened[j]) {
                pairs++;
                right += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? .5 : 0;
            }
        }
    }
    return right / pairs;
}

static void test_auc_counts_pairs(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 50; round++) {
        double scores[200];
        uint8_t happened[200];
        size_t count = 2 + kithi_random(&seed) % 199;
        for (size_t i = 0; i < count; i++) {
            scores[i] = (double)(kithi_random(&seed) % 20); /* with ties */
            happened[i] = i == 0 || (i > 1 && kithi_random(&seed) % 3 == 0);
        }
        double wanted = naive_auc(scores, happened, count);
        assert_near(kithi_auc(scores, happened, count), wanted, 1e-12);
    }
    double score = 1;
    uint8_t yes = 1;
    assert_true(isnan(kithi_auc(&score, &yes, 1)));
}

/* Chances */

#define ROWS    5000
#define COLUMNS 3

static void draw_rows(uint64_t *seed, const double *weights, kithi_cell *cells, uint8_t *happened) {
    kithi_outcomes outcomes = {cells, happened, ROWS, COLUMNS, COLUMNS};
    for (size_t i = 0; i < ROWS; i++) {
        for (uint32_t j = 0; j < COLUMNS; j++) {
            cells[i * COLUMNS + j] = (kithi_cell){j, (float)(4 * kithi_random_unit(seed) - 2)};
        }
        double odds = kithi_logistic_score(&outcomes, weights, i);
        happened[i] = kithi_random_unit(seed) < kithi_logistic_chance(odds);
    }
}

/* Where the gradient is nought no other weights do better. */
static void test_chances_are_learnt(void **state) {
    (void)state;
    static const double truth[COLUMNS + 1] = {1.5, -.7, 0, -.4};
    static kithi_cell cells[ROWS * COLUMNS];
    static uint8_t happened[ROWS];
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    double weights[COLUMNS + 1] = {0}, half[COLUMNS + 1] = {0}, again[COLUMNS + 1] = {9, 9, 9, 9};
    uint32_t rows[ROWS / 2];
    draw_rows(&seed, truth, cells, happened);
    kithi_outcomes outcomes = {cells, happened, ROWS, COLUMNS, COLUMNS};
    kithi_logistic_report report = kithi_logistic_fit(&outcomes, NULL, ROWS, 1, weights);
    assert_true(report.converged && !report.no_memory);
    for (size_t i = 0; i <= COLUMNS; i++) {
        assert_near(weights[i], truth[i], .15);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = (uint32_t)(2 * i);
    }
    report = kithi_logistic_fit(&outcomes, rows, COUNT(rows), 1, half);
    assert_true(report.converged);
    assert_near(half[0], truth[0], .2);
    assert_true(half[0] != weights[0]);
    report = kithi_logistic_fit(&outcomes, NULL, ROWS, 1, again);
    for (size_t i = 0; i <= COLUMNS; i++) {
        assert_near(again[i], weights[i], 1e-6); /* wherever it begins */
    }
}

/* What tells all apart would want weights without end; the penalty keeps them. */
static void test_separable_and_constant_outcomes_have_an_end(void **state) {
    (void)state;
    static const kithi_cell cells[] = {{0, -2}, {0, -1}, {0, 1}, {0, 2}};
    static const uint8_t apart[] = {0, 0, 1, 1}, never[] = {0, 0, 0, 0};
    double weights[2] = {0};
    kithi_outcomes outcomes = {cells, apart, 4, 1, 1};
    kithi_logistic_report report = kithi_logistic_fit(&outcomes, NULL, 4, .01, weights);
    assert_true(report.converged && weights[0] > 1 && isfinite(weights[0]));
    outcomes.happened = never;
    report = kithi_logistic_fit(&outcomes, NULL, 4, 1, weights);
    assert_true(isfinite(weights[0]) && isfinite(weights[1]) && weights[1] < -5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auc_counts_pairs),
        cmocka_unit_test(test_chances_are_learnt),
        cmocka_unit_test(test_separable_and_constant_outcomes_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
