/*
 * Models of repeat buying: they give what was published, agree with one another where they meet,
 * and find the parameters that customers were drawn by.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/score/dropout.h"
#include "src/score/pareto.h"
#include "src/score/special.h"
#include "src/score/spend.h"
#include "tests/fault/scratch.h"
#include "tests/random.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

/* Fader, Hardie and Lee (2005) and their notes; weeks. */
static const kithi_dropout published = {1, false, .243, 4.414, .793, 2.426};
static const kithi_dropout fitted = {1, false, .2425945, 4.4136020, .7929220, 2.4259068};
static const kithi_repeat customer = {2, 30.43, 38.86, 0, 1};
static const kithi_repeat regular = {26, 30.857142857, 31, 0, 1};

static kithi_pareto fitted_pareto(void) {
    kithi_pareto model = {.r = .5532771, .alpha = 10.5776835, .s = .6062400, .beta = 11.6687345};
    kithi_quadrature_init(&model.quadrature);
    return model;
}

static void test_what_was_published_of_dropout(void **state) {
    (void)state;
    static const double times[] = {.1429, 1, 3, 31.8571, 32};
    static const double expected[] = {.0078, .0532, .1506, 1.0405, 1.0437};
    assert_near(kithi_dropout_expected(&published, &customer, 39), 1.226028175, 1e-9);
    for (size_t i = 0; i < COUNT(times); i++) {
        assert_near(kithi_dropout_expected(&fitted, NULL, times[i]), expected[i], 5.1e-5);
    }
    double ten = kithi_dropout_at_least(&published, NULL, 2, 10) -
                 kithi_dropout_at_least(&published, NULL, 2, 11);
    assert_near(ten, 1.07869e-07, 1e-12);
    assert_near(1 - kithi_dropout_at_least(&published, NULL, 39, 1), .5737864, 1e-7);
    assert_near(kithi_dropout_expected(&fitted, NULL, 52), 1.444004, 1e-5);
    assert_near(kithi_dropout_expected(&fitted, &regular, 52), 25.75659, 1e-3);
    assert_near(kithi_dropout_alive(&fitted, &regular), .9688523, 3e-6);
}

static void test_what_was_published_of_pareto(void **state) {
    (void)state;
    kithi_pareto model = fitted_pareto();
    assert_near(kithi_pareto_expected(&model, NULL, 52), 1.473434, 1e-6);
    assert_near(kithi_pareto_expected(&model, &regular, 52), 25.45647, 2e-3);
    assert_near(kithi_pareto_alive(&model, &regular), .997874, 1e-6);
}

/* Who buys more often and is silent as long is the less alive, the more often he bought. */
static void test_the_paradox_of_frequency(void **state) {
    (void)state;
    static const uint32_t frequencies[] = {10, 15, 20, 25};
    static const double by_dropout[] = {.3474606, .04283391, .004158973, .0003583685};
    static const double by_pareto[] = {.7062289, .1442396, .02250658, .00309267};
    kithi_pareto pareto = fitted_pareto();
    for (size_t i = 0; i < COUNT(frequencies); i++) {
        kithi_repeat silent = {frequencies[i], 20, 39, 0, 1};
        double a = kithi_dropout_expected(&fitted, &silent, 52);
        double b = kithi_pareto_expected(&pareto, &silent, 52);
        assert_near(a / by_dropout[i], 1, 1e-3);
        assert_near(b / by_pareto[i], 1, 1e-3);
    }
}

static double sum_of_chances(double (*at_least)(const void *model, const kithi_repeat *c,
                                                double time, uint32_t n),
                             const void *model, const kithi_repeat *c, double time) {
    double sum = 0;
    for (uint32_t n = 1; n < 3000; n++) {
        double more = at_least(model, c, time, n);
        sum += more;
        if (more < 1e-15) {
            break;
        }
    }
    return sum;
}

static double dropout_at_least(const void *model, const kithi_repeat *c, double time, uint32_t n) {
    return kithi_dropout_at_least(model, c, time, n);
}

static double pareto_at_least(const void *model, const kithi_repeat *c, double time, uint32_t n) {
    return kithi_pareto_at_least(model, c, time, n);
}

/* What is expected is the sum of the chances of at least one, two, three ... purchases. */
static void test_expectations_and_chances_agree(void **state) {
    (void)state;
    static const kithi_repeat customers[] = {
        {0, 0, 20, 0, 1}, {2, 30.43, 38.86, 0, 1}, {40, 38, 39, 0, 1}, {7, 10, 10, 0, 1}};
    static const double times[] = {.01, 1, 39, 104};
    kithi_pareto pareto = fitted_pareto();
    for (unsigned k = 1; k <= 4; k++) {
        for (int at_once = 0; at_once < 2; at_once++) {
            kithi_dropout model = {k, at_once != 0, .5, 6, 1.3, 2.1};
            for (size_t i = 0; i <= COUNT(customers); i++) {
                const kithi_repeat *c = i < COUNT(customers) ? &customers[i] : NULL;
                for (size_t j = 0; j < COUNT(times); j++) {
                    double expected = kithi_dropout_expected(&model, c, times[j]);
                    double sum = sum_of_chances(dropout_at_least, &model, c, times[j]);
                    assert_near(sum, expected, 1e-9 * (1 + expected));
                }
            }
        }
    }
    for (size_t i = 0; i <= COUNT(customers); i++) {
        const kithi_repeat *c = i < COUNT(customers) ? &customers[i] : NULL;
        double expected = kithi_pareto_expected(&pareto, c, 39);
        assert_near(sum_of_chances(pareto_at_least, &pareto, c, 39), expected,
                    1e-8 * (1 + expected));
    }
}

/* However much a customer bought, and however far ahead one looks. */
static void test_nothing_is_out_of_range(void **state) {
    (void)state;
    static const uint32_t frequencies[] = {0, 1, 500, 100000};
    static const double times[] = {1e-6, 1, 500, 20000};
    kithi_pareto pareto = fitted_pareto();
    for (size_t i = 0; i < COUNT(frequencies); i++) {
        for (size_t j = 0; j < COUNT(times); j++) {
            for (int end = 0; end < 2; end++) {
                kithi_repeat c = {frequencies[i], frequencies[i] > 0 ? 30 + 9 * end : 0,
                                  39.0 * (end || i > 0), 0, 1};
                double a = kithi_dropout_expected(&fitted, &c, times[j]);
                double b = kithi_pareto_expected(&pareto, &c, times[j]);
                double alive = kithi_dropout_alive(&fitted, &c);
                assert_true(isfinite(a) && a >= 0 && isfinite(b) && b >= 0);
                assert_true(alive >= 0 && alive <= 1);
                alive = kithi_pareto_alive(&pareto, &c);
                assert_true(alive >= 0 && alive <= 1);
            }
        }
    }
}

/* Drawn customers */

static double draw(uint64_t *state) {
    return ((double)(random_next(state) >> 11) + .5) / 9007199254740992.0;
}

static double draw_exponential(uint64_t *state) {
    return -log(draw(state));
}

static double draw_normal(uint64_t *state) {
    return sqrt(2 * draw_exponential(state)) * cos(2 * M_PI * draw(state));
}

/* Marsaglia and Tsang (2000). */
static double draw_gamma(uint64_t *state, double shape) {
    if (shape < 1) {
        return draw_gamma(state, shape + 1) * pow(draw(state), 1 / shape);
    }
    double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_normal(state), v = 1 + c * x;
        if (v > 0 && log(draw(state)) < x * x / 2 + d * (1 - v * v * v + 3 * log(v))) {
            return d * v * v * v;
        }
    }
}

static double draw_beta(uint64_t *state, double a, double b) {
    double x = draw_gamma(state, a), y = draw_gamma(state, b);
    return x / (x + y);
}

static kithi_repeat draw_dropout(const kithi_dropout *m, uint64_t *state, double age) {
    kithi_repeat c = {.age = age, .weight = 1};
    double rate = draw_gamma(state, m->r) / m->alpha, leaves = draw_beta(state, m->a, m->b);
    bool gone = m->at_once && draw(state) < leaves;
    while (!gone) {
        double gap = draw_gamma(state, m->regularity) / rate;
        if (!(c.recency + gap <= age)) {
            break;
        }
        c.recency += gap;
        c.log_gaps += log(gap);
        c.frequency++;
        gone = draw(state) < leaves;
    }
    return c;
}

static kithi_repeat draw_pareto(const kithi_pareto *m, uint64_t *state, double age) {
    kithi_repeat c = {.age = age, .weight = 1};
    double rate = draw_gamma(state, m->r) / m->alpha;
    double life = draw_exponential(state) / (draw_gamma(state, m->s) / m->beta);
    double end = life < age ? life : age;
    for (;;) {
        double gap = draw_exponential(state) / rate;
        if (!(c.recency + gap <= end)) {
            return c;
        }
        c.recency += gap;
        c.frequency++;
    }
}

#define DRAWN 20000

static void assert_found(const double *found, const double *errors, const double *wanted,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_true(isfinite(errors[i]) && errors[i] > 0);
        assert_near(found[i], wanted[i], 4 * errors[i]);
    }
}

static void test_parameters_are_found_again(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    kithi_repeat *drawn = malloc(DRAWN * sizeof *drawn);
    assert_non_null(drawn);
    print_message("seed %llu\n", (unsigned long long)seed);
    for (unsigned k = 1; k <= 3; k++) {
        for (int at_once = 0; at_once < 2; at_once++) {
            kithi_dropout truth = {k, at_once != 0, .8, 4, .9, 2.5};
            kithi_dropout model = {k, at_once != 0, 1, 1, 1, 1};
            kithi_minimum found;
            double errors[KITHI_DROPOUT_PARAMETERS];
            for (size_t i = 0; i < DRAWN; i++) {
                drawn[i] = draw_dropout(&truth, &seed, 30 + 30 * draw(&seed));
            }
            assert_true(kithi_dropout_fit(&model, drawn, DRAWN, &found, errors));
            assert_true(found.converged);
            assert_found(&model.r, errors, &truth.r, KITHI_DROPOUT_PARAMETERS);
        }
    }
    kithi_pareto truth = {.r = .8, .alpha = 4, .s = .9, .beta = 9},
                 model = {1, 1, 1, 1, {{0}, {0}}};
    double errors[KITHI_PARETO_PARAMETERS];
    kithi_quadrature_init(&model.quadrature);
    for (size_t i = 0; i < DRAWN; i++) {
        drawn[i] = draw_pareto(&truth, &seed, 30 + 30 * draw(&seed));
    }
    kithi_minimum found = kithi_pareto_fit(&model, drawn, DRAWN, errors);
    assert_true(found.converged);
    assert_found(&model.r, errors, &truth.r, KITHI_PARETO_PARAMETERS);
    free(drawn);
}

/* How regular buyers are shows in their likelihood. */
static void test_regularity_is_likeliest(void **state) {
    (void)state;
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    kithi_dropout truth = {3, true, 1.2, 5, .9, 2.5};
    kithi_repeat *drawn = malloc(DRAWN * sizeof *drawn);
    double best = -INFINITY, errors[KITHI_DROPOUT_PARAMETERS];
    unsigned likeliest = 0;
    assert_non_null(drawn);
    for (size_t i = 0; i < DRAWN; i++) {
        drawn[i] = draw_dropout(&truth, &seed, 60);
    }
    for (unsigned k = 1; k <= 6; k++) {
        kithi_dropout model = {k, true, 1, 1, 1, 1};
        kithi_minimum found;
        assert_true(kithi_dropout_fit(&model, drawn, DRAWN, &found, errors));
        likeliest = found.value > best ? k : likeliest;
        best = found.value > best ? found.value : best;
    }
    assert_int_equal(likeliest, 3);
    free(drawn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_published_of_dropout),
        cmocka_unit_test(test_what_was_published_of_pareto),
        cmocka_unit_test(test_the_paradox_of_frequency),
        cmocka_unit_test(test_expectations_and_chances_agree),
        cmocka_unit_test(test_nothing_is_out_of_range),
        cmocka_unit_test(test_parameters_are_found_again),
        cmocka_unit_test(test_regularity_is_likeliest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
