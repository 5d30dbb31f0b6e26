/*
 * How likely histories and amounts are: derivatives are those of the values, and neither the order
 * of customers matters nor whether those who are alike are counted as one.
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
#include "src/score/dropout.h"
#include "src/score/pareto.h"
#include "src/score/simulate.h"
#include "src/score/spend.h"
#include "src/score/special.h"
#include "tests/fault/scratch.h"

#define CUSTOMERS  60
#define PARAMETERS 4
#define ROUNDS     200

static uint64_t get_seed(void) {
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

typedef struct likelihood {
    double value, gradient[PARAMETERS], curve[PARAMETERS * PARAMETERS];
} likelihood;

/* One of the models, and customers for it. */
typedef struct stand {
    enum { DROPOUT, PARETO, SPEND, KINDS } kind;
    kithi_dropout dropout;
    kithi_pareto pareto;
    size_t parameter_count, customer_count;
    double parameters[PARAMETERS];
    kithi_repeat histories[CUSTOMERS];
    kithi_spend_of spent[CUSTOMERS];
} stand;

/* By logarithms of parameters, so that all derivatives are of one size. */
static likelihood likelihood_at(const stand *s, const double parameters[PARAMETERS]) {
    const double *p = parameters;
    likelihood l;
    if (s->kind == DROPOUT) {
        kithi_dropout m = {s->dropout.regularity, s->dropout.at_once, p[0], p[1], p[2], p[3]};
        l.value =
            kithi_dropout_likelihood(&m, s->histories, s->customer_count, l.gradient, l.curve);
    } else if (s->kind == PARETO) {
        kithi_pareto m = s->pareto;
        m.r = p[0], m.alpha = p[1], m.s = p[2], m.beta = p[3];
        l.value = kithi_pareto_likelihood(&m, s->histories, s->customer_count, l.gradient, l.curve);
    } else {
        kithi_spend m = {p[0], p[1], p[2]};
        l.value = kithi_spend_likelihood(&m, s->spent, s->customer_count, l.gradient, l.curve);
    }
    size_t n = s->parameter_count;
    for (size_t i = 0; i < n; i++) {
        l.gradient[i] *= p[i];
        for (size_t j = 0; j < n; j++) {
            l.curve[i * n + j] *= p[i] * p[j];
        }
        l.curve[i * n + i] += l.gradient[i];
    }
    return l;
}

/* Frequencies are up to exp(largest). */
static kithi_repeat draw_history(uint64_t *seed, double largest) {
    kithi_repeat c = {.weight = 1 + (double)(kithi_random(seed) % 3)};
    c.age = 100 * kithi_random_unit(seed); /* days, or any time */
    c.age = kithi_random(seed) % 2 == 0 ? floor(c.age) : c.age;
    if (kithi_random(seed) % 3 != 0) {
        double most = exp(largest * kithi_random_unit(seed) * kithi_random_unit(seed));
        c.frequency = (uint32_t)most;
        c.recency = floor(c.age) * kithi_random_unit(seed);
        c.recency = kithi_random(seed) % 2 == 0 ? floor(c.recency) : c.recency;
        c.log_gaps = c.frequency * (kithi_random_unit(seed) - .5);
    }
    return c;
}

static stand draw_stand(uint64_t *seed) {
    stand s = {.kind = kithi_random(seed) % KINDS, .customer_count = CUSTOMERS};
    s.parameter_count = s.kind == SPEND ? KITHI_SPEND_PARAMETERS : PARAMETERS;
    s.dropout.regularity = 1 + (unsigned)(kithi_random(seed) % KITHI_REGULARITY_MAX);
    s.dropout.regularity = kithi_random(seed) % 2 == 0 ? 1 : s.dropout.regularity;
    s.dropout.at_once = kithi_random(seed) % 2 == 0;
    kithi_quadrature_init(&s.pareto.quadrature);
    for (size_t i = 0; i < PARAMETERS; i++) {
        s.parameters[i] = exp(4 * kithi_random_unit(seed) - 2);
    }
    double largest = kithi_random(seed) % 2 == 0 ? 3 : 12;
    for (size_t i = 0; i < CUSTOMERS; i++) {
        s.histories[i] = draw_history(seed, largest);
        s.spent[i] = (kithi_spend_of){1 + (double)(kithi_random(seed) % 9),
                                      exp(4 * kithi_random_unit(seed)), s.histories[i].weight};
    }
    return s;
}

/* Differences of what is that large are rounded off. */
static void assert_close(double found, double wanted, double size, const char *what) {
    if (!(fabs(found - wanted) <= 1e-9 * size + 1e-6 * fabs(wanted))) {
        fail_msg("%s is %.12g, by differences %.12g", what, found, wanted);
    }
}

static double greatest(const double *list, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs(list[i]));
    }
    return most;
}

static void test_derivatives_are_those_of_the_values(void **state) {
    (void)state;
    uint64_t seed = get_seed();
    for (int round = 0; round < ROUNDS; round++) {
        stand s = draw_stand(&seed);
        size_t n = s.parameter_count;
        likelihood here = likelihood_at(&s, s.parameters);
        double step = 1e-5, size = 1 + fabs(here.value) + greatest(here.gradient, n);
        double bent = size + greatest(here.curve, n * n);
        for (size_t i = 0; i < n; i++) {
            double near[PARAMETERS];
            memcpy(near, s.parameters, sizeof near);
            near[i] = s.parameters[i] * exp(step);
            likelihood above = likelihood_at(&s, near);
            near[i] = s.parameters[i] * exp(-step);
            likelihood below = likelihood_at(&s, near);
            double slope = (above.value - below.value) / (2 * step);
            assert_close(here.gradient[i], slope, size, "a first derivative");
            for (size_t j = 0; j < n; j++) {
                double bend = (above.gradient[j] - below.gradient[j]) / (2 * step);
                assert_close(here.curve[i * n + j], bend, bent, "a second derivative");
                assert_true(here.curve[i * n + j] == here.curve[j * n + i]);
            }
        }
    }
}

/* As Fader, Hardie and Lee (2005) write it down. */
static double dropout_as_published(const kithi_dropout *m, const kithi_repeat *c) {
    double x = c->frequency;
    double events = kithi_log_gamma(m->r + x) - kithi_log_gamma(m->r) + m->r * log(m->alpha);
    double stays = kithi_log_beta(m->a, m->b + x) - kithi_log_beta(m->a, m->b);
    double there = stays - (m->r + x) * log(m->alpha + c->age);
    double leaves = kithi_log_beta(m->a + 1, m->b + x - 1) - kithi_log_beta(m->a, m->b);
    double left = leaves - (m->r + x) * log(m->alpha + c->recency);
    return events + (x > 0 ? kithi_log_add(there, left) : there);
}

static void test_values_are_as_published(void **state) {
    (void)state;
    uint64_t seed = get_seed();
    for (int round = 0; round < ROUNDS; round++) {
        stand s = draw_stand(&seed);
        const double *p = s.parameters;
        kithi_dropout m = {1, false, p[0], p[1], p[2], p[3]};
        double wanted = 0, gradient[PARAMETERS], curve[PARAMETERS * PARAMETERS];
        for (size_t i = 0; i < CUSTOMERS; i++) {
            wanted += s.histories[i].weight * dropout_as_published(&m, &s.histories[i]);
        }
        double value = kithi_dropout_likelihood(&m, s.histories, CUSTOMERS, gradient, curve);
        assert_true(fabs(value - wanted) <= 1e-10 * (1 + fabs(wanted)));
    }
}

static void shuffle(kithi_repeat *list, size_t count, uint64_t *seed) {
    for (size_t i = count; i > 1; i--) {
        size_t j = kithi_random(seed) % i;
        kithi_repeat kept = list[j];
        list[j] = list[i - 1];
        list[i - 1] = kept;
    }
}

static void test_those_who_are_alike_are_one(void **state) {
    (void)state;
    uint64_t seed = get_seed();
    for (int round = 0; round < ROUNDS; round++) {
        stand s = draw_stand(&seed);
        kithi_repeat twice[2 * CUSTOMERS];
        size_t kept, again;
        for (size_t i = 0; i < 2 * CUSTOMERS; i++) {
            twice[i] = s.histories[kithi_random(&seed) % CUSTOMERS];
        }
        kithi_repeat *one = kithi_repeat_compress(twice, 2 * CUSTOMERS, &kept);
        shuffle(twice, 2 * CUSTOMERS, &seed);
        kithi_repeat *other = kithi_repeat_compress(twice, 2 * CUSTOMERS, &again);
        assert_true(one != NULL && other != NULL && kept == again && kept < CUSTOMERS + 1);
        assert_true(kithi_repeat_weight(one, kept) == kithi_repeat_weight(twice, 2 * CUSTOMERS));
        for (size_t i = 0; i < kept; i++) {
            const kithi_repeat *a = &one[i], *b = &other[i];
            assert_true(a->frequency == b->frequency && a->recency == b->recency &&
                        a->age == b->age && a->weight == b->weight && a->log_gaps == b->log_gaps);
            assert_true(i == 0 || one[i - 1].frequency <= a->frequency);
            for (size_t j = 0; j < i; j++) {
                assert_false(one[j].frequency == a->frequency && one[j].recency == a->recency &&
                             one[j].age == a->age);
            }
        }
        double gradient[PARAMETERS], curve[PARAMETERS * PARAMETERS];
        kithi_dropout m = {s.dropout.regularity, s.dropout.at_once, s.parameters[0],
                           s.parameters[1],      s.parameters[2],   s.parameters[3]};
        double all = kithi_dropout_likelihood(&m, twice, 2 * CUSTOMERS, gradient, curve);
        double united = kithi_dropout_likelihood(&m, one, kept, gradient, curve);
        assert_true(fabs(all - united) <= 1e-10 * (1 + fabs(all)));
        free(one);
        free(other);
    }
}

/* Times that differ by less than a sort by a few bits can tell, and nobody at all. */
static void test_what_is_nearly_alike_is_told_apart(void **state) {
    (void)state;
    kithi_repeat near[100];
    size_t kept;
    for (size_t i = 0; i < 100; i++) {
        double age = 30 * (1 + (double)(99 - i) * 1e-9);
        near[i] = (kithi_repeat){5000 + (uint32_t)(i % 2), 3, age, 0, 1};
    }
    kithi_repeat *list = kithi_repeat_compress(near, 100, &kept);
    assert_true(list != NULL && kept == 100);
    free(list);
    list = kithi_repeat_compress(near, 0, &kept);
    assert_true(list != NULL && kept == 0);
    free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_derivatives_are_those_of_the_values),
        cmocka_unit_test(test_values_are_as_published),
        cmocka_unit_test(test_those_who_are_alike_are_one),
        cmocka_unit_test(test_what_is_nearly_alike_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
