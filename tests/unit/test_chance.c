/*
 * Chances by what is known of customers: how values become columns, what is learnt, how honestly it
 * is judged, what is refused, and where a score comes from.
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
#include "src/score/chance.h"
#include "src/score/reasons.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

static uint64_t test_seed(void) {
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

/* Features are named by their letters: small ones are numbers. */
static void begin(kithi_cases *cases, const char *features) {
    assert_true(kithi_cases_init(cases, strlen(features)));
    for (size_t i = 0; features[i] != '\0'; i++) {
        char name[2] = {features[i], '\0'};
        assert_true(kithi_cases_name(cases, i, name,
                                     name[0] >= 'a' ? KITHI_FEATURE_NUMBER : KITHI_FEATURE_LEVEL));
    }
}

static void add_text(kithi_cases *cases, const char *text, size_t times) {
    kith_value value = kith_value_text(text);
    for (size_t i = 0; i < times; i++) {
        assert_true(kithi_cases_add(cases, &value, i % 2 == 0));
    }
}

static void assert_columns(const kithi_encoding *encoding, const char *wanted) {
    char names[512] = "";
    for (uint32_t i = 0; i < encoding->width; i++) {
        size_t size = strlen(names);
        kithi_encoding_name(encoding, i, names + size, sizeof names - size);
        strcat(names, "|");
    }
    assert_string_equal(names, wanted);
}

/* How values become columns */

static void test_levels_stand_by_frequency_and_then_by_bytes(void **state) {
    (void)state;
    kithi_cases cases;
    kithi_encoding encoding;
    begin(&cases, "C");
    add_text(&cases, "b", 3);
    add_text(&cases, "ab", 3);
    add_text(&cases, "z", 9);
    add_text(&cases, "", 2);
    add_text(&cases, "a", 3);
    kithi_encoding_init(&encoding);
    assert_true(kithi_cases_learn(&cases, 50, &encoding));
    assert_columns(&encoding, "C = z|C = a|C = ab|C = b|C = |");
    kithi_encoding_clear(&encoding);
    add_text(&cases, NULL, 5);
    assert_true(kithi_cases_learn(&cases, 2, &encoding));
    assert_columns(&encoding, "C = z|C = a|C other|C missing|");
    assert_near(encoding.features[0].levels[0].share, 9 / 25., 1e-15);
    assert_near(encoding.features[0].other_share, 8 / 25., 1e-15);
    assert_near(encoding.features[0].missing_share, 5 / 25., 1e-15);
    kithi_encoding_clear(&encoding);
    assert_true(kithi_cases_learn(&cases, 0, &encoding));
    assert_columns(&encoding, "C other|C missing|");
    kithi_encoding_clear(&encoding);
    kithi_cases_clear(&cases);
}

static void assert_row(const kithi_encoding *encoding, const kith_value *values,
                       const double *wanted) {
    double row[16];
    kithi_encoding_row(encoding, values, row);
    for (uint32_t i = 0; i < encoding->width; i++) {
        assert_near(row[i], wanted[i], 1e-6);
    }
}

/* Numbers are scaled by those that are known. What says nothing is as it is on average. */
static void test_rows_are_scaled_and_hot(void **state) {
    (void)state;
    kithi_cases cases;
    kithi_encoding encoding;
    begin(&cases, "aBcD");
    kith_value rows[][4] = {
        {kith_value_integer(1), kith_value_boolean(true), kith_value_real(2), kith_value_text("x")},
        {kith_value_integer(3), kith_value_boolean(false), kith_value_null(), kith_value_text("x")},
        {kith_value_date(5), kith_value_boolean(true), kith_value_real(2), kith_value_text("x")},
        {kith_value_time(7 * INT64_C(86400000000)), kith_value_boolean(true), kith_value_real(2),
         kith_value_text("x")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(kithi_cases_add(&cases, rows[i], i == 0));
    }
    kithi_encoding_init(&encoding);
    assert_true(kithi_cases_learn(&cases, 50, &encoding));
    assert_columns(&encoding, "a|B = true|B = false|c missing|");
    assert_near(encoding.features[0].mean, 4, 0);
    assert_near(encoding.features[0].deviation, sqrt(5), 1e-15);
    assert_row(&encoding, rows[0], (double[]){-3 / sqrt(5), 1, 0, 0});
    assert_row(&encoding, rows[1], (double[]){-1 / sqrt(5), 0, 1, 1});
    kith_value unseen[] = {kith_value_text("seven"), kith_value_text("maybe"), kith_value_real(-9),
                           kith_value_text("y")};
    assert_row(&encoding, unseen, (double[]){0, .75, .25, 0});
    kith_value far[] = {kith_value_real(1e300), kith_value_null(), kith_value_real((double)NAN),
                        kith_value_null()};
    assert_row(&encoding, far, (double[]){1e6, .75, .25, 1});
    kithi_encoding_clear(&encoding);
    kithi_cases_clear(&cases);
}

static void test_ids_and_constants_are_told(void **state) {
    (void)state;
    kithi_cases cases;
    begin(&cases, "IJKLmno");
    for (int i = 0; i < 100; i++) {
        char text[3][16];
        snprintf(text[0], sizeof text[0], "%d", i);
        snprintf(text[1], sizeof text[1], "%d", i / 2);
        snprintf(text[2], sizeof text[2], "%d", i % 51);
        kith_value values[] = {
            kith_value_text(text[0]),
            kith_value_text(text[1]),
            i % 10 < 1 ? kith_value_text(text[2]) : kith_value_null(),
            kith_value_text("same"),
            kith_value_real(.1),
            kith_value_null(),
            i == 50 ? kith_value_null() : kith_value_integer(7),
        };
        assert_true(kithi_cases_add(&cases, values, i % 3 == 0));
    }
    assert_int_equal(kithi_cases_fault(&cases, 0), KITHI_FEATURE_IS_ID);
    assert_int_equal(kithi_cases_fault(&cases, 1), KITHI_FEATURE_FINE); /* two of each */
    assert_int_equal(kithi_cases_fault(&cases, 2), KITHI_FEATURE_FINE); /* ten by chance */
    assert_int_equal(kithi_cases_fault(&cases, 3), KITHI_FEATURE_IS_CONSTANT);
    assert_int_equal(kithi_cases_fault(&cases, 4), KITHI_FEATURE_IS_CONSTANT);
    assert_int_equal(kithi_cases_fault(&cases, 5), KITHI_FEATURE_IS_CONSTANT);
    assert_int_equal(kithi_cases_fault(&cases, 6), KITHI_FEATURE_FINE); /* one is missing */
    kithi_cases_clear(&cases);
}

/* A feature of more levels than are kept is an id, however often each is there. */
static void test_levels_beyond_those_kept_make_an_id(void **state) {
    (void)state;
    kithi_cases cases;
    begin(&cases, "I");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i <= KITHI_CASES_LEVELS_MAX; i++) {
            kith_value value = kith_value_integer(i);
            assert_true(kithi_cases_add(&cases, &value, false));
        }
    }
    assert_int_equal(cases.features[0].level_count, KITHI_CASES_LEVELS_MAX);
    assert_int_equal(kithi_cases_fault(&cases, 0), KITHI_FEATURE_IS_ID);
    kithi_cases_clear(&cases);
}

/* Learning */

#define CUSTOMERS 4000

/* Customers who are likelier to leave the longer they are silent, and from one of three cities; one
 * number and one text have nothing to do with it. */
static void draw_customer(uint64_t *seed, kith_value out[4], bool *left) {
    static const char *const cities[] = {"Berlin", "Paris", "Rome"};
    static const char *const colours[] = {"red", "green", "blue", "grey"};
    static const double by_city[] = {1, 0, -1};
    double silent = 100 * kithi_random_unit(seed);
    size_t city = kithi_random(seed) % 3;
    out[0] = kith_value_real(silent);
    out[1] = kith_value_text(cities[city]);
    out[2] = kith_value_real(kithi_random_unit(seed));
    out[3] = kith_value_text(colours[kithi_random(seed) % 4]);
    bool unknown = kithi_random(seed) % 10 == 0;
    if (unknown) {
        out[0] = kith_value_null();
    }
    double odds = (unknown ? 1.5 : .04 * (silent - 50)) + by_city[city] - 1;
    *left = kithi_random_unit(seed) < kithi_logistic_chance(odds);
}

static void draw_cases(kithi_cases *cases, uint64_t seed) {
    kith_value values[4];
    bool left;
    begin(cases, "sCnD");
    for (int i = 0; i < CUSTOMERS; i++) {
        draw_customer(&seed, values, &left);
        assert_true(kithi_cases_add(cases, values, left));
    }
}

static void learn(uint64_t seed, const kithi_chance_options *options, kithi_chance *chance,
                  kithi_chance_report *report, double *held_out) {
    kithi_cases cases;
    draw_cases(&cases, seed);
    assert_int_equal(kithi_chance_fit(&cases, options, chance, report, held_out),
                     KITHI_CHANCE_FITS);
    kithi_cases_clear(&cases);
}

static double weight_of(const kithi_chance *chance, const char *column) {
    for (uint32_t i = 0; i < chance->encoding.width; i++) {
        char name[64];
        kithi_encoding_name(&chance->encoding, i, name, sizeof name);
        if (strcmp(name, column) == 0) {
            return chance->weights[i];
        }
    }
    fail_msg("no column is called %s", column);
    return 0;
}

/* Weights of levels tell against one another; that of a number is for a standard deviation. */
static void test_what_customers_were_drawn_by_is_learnt(void **state) {
    (void)state;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    learn(test_seed(), &options, &chance, &report, NULL);
    assert_int_equal(report.columns, 10); /* s, s missing, three cities, n, four colours */
    double city = weight_of(&chance, "C = Berlin") - weight_of(&chance, "C = Rome");
    double colour = weight_of(&chance, "D = red") - weight_of(&chance, "D = blue");
    assert_near(city, 2, .35);
    assert_near(colour, 0, .35);
    assert_near(weight_of(&chance, "s") / chance.encoding.features[0].deviation, .04, .009);
    assert_near(weight_of(&chance, "s missing"), 1.5, .5);
    assert_near(weight_of(&chance, "n"), 0, .15);
    assert_true(report.held_out.auc > .75 && report.held_out.auc < .9);
    assert_true(report.held_out.log_loss < report.held_out.base_log_loss);
    for (size_t i = 0; i < KITHI_DECILES; i++) {
        const kithi_decile *d = &report.held_out.deciles[i];
        assert_int_equal(d->count, CUSTOMERS / 10);
        assert_near(d->actual, d->predicted, .1);
    }
    kithi_chance_clear(&chance);
}

/* A customer's score is that of the average one and the parts of his features, to the last digit.
 * What the model knows nothing of has no part. */
static void test_a_score_is_the_sum_of_its_parts(void **state) {
    (void)state;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    uint64_t seed = test_seed();
    learn(seed, &options, &chance, &report, NULL);
    double mean = 0, parts[4], means[4] = {0}, row[16];
    for (int i = 0; i < CUSTOMERS; i++) {
        kith_value values[4];
        bool left;
        draw_customer(&seed, values, &left);
        double score = kithi_chance_score(&chance, values, parts);
        assert_true(score == chance.base + parts[0] + parts[1] + parts[2] + parts[3]);
        assert_true(score == kithi_chance_score(&chance, values, NULL));
        double by_row = chance.weights[report.columns];
        kithi_encoding_row(&chance.encoding, values, row);
        for (uint32_t j = 0; j < report.columns; j++) {
            by_row += chance.weights[j] * row[j];
        }
        assert_near(by_row, score, 1e-12);
        mean += score / CUSTOMERS;
        for (size_t j = 0; j < 4; j++) {
            means[j] += parts[j] / CUSTOMERS;
        }
    }
    assert_near(mean, chance.base, 1e-6); /* the same customers were learnt from */
    for (size_t j = 0; j < 4; j++) {
        assert_near(means[j], 0, 1e-6);
    }
    kith_value unknown[] = {kith_value_null(), kith_value_text("Oslo"), kith_value_null(),
                            kith_value_null()};
    kithi_chance_score(&chance, unknown, parts);
    assert_true(parts[0] > 0 && parts[1] == 0 && parts[2] == 0 && parts[3] == 0);
    kithi_chance_clear(&chance);
}

/* So many of those who were learnt from are among the first per cent, two per cent ... by cuts. */
static void test_cuts_are_exact(void **state) {
    (void)state;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    uint64_t seed = test_seed();
    uint32_t counts[KITHI_CUTS + 1] = {0};
    learn(seed, &options, &chance, &report, NULL);
    for (int i = 0; i < CUSTOMERS; i++) {
        kith_value values[4];
        bool left;
        draw_customer(&seed, values, &left);
        counts[kithi_cuts_top(chance.cuts, kithi_chance_score(&chance, values, NULL))]++;
    }
    for (size_t i = 1; i <= KITHI_CUTS; i++) {
        assert_int_equal(counts[i], CUSTOMERS / KITHI_CUTS);
    }
    kithi_chance_clear(&chance);
}

/* What a definition keeps is all that is needed. */
static void test_a_chance_can_be_written_and_read(void **state) {
    (void)state;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance, read;
    kithi_chance_report report;
    uint64_t seed = test_seed();
    learn(seed, &options, &chance, &report, NULL);
    kithi_chance_init(&read);
    assert_true(kithi_encoding_make(&read.encoding, chance.encoding.feature_count));
    for (size_t i = 0; i < chance.encoding.feature_count; i++) {
        const kithi_feature *f = &chance.encoding.features[i];
        read.encoding.features[i] = (kithi_feature){
            .name = f->name,
            .kind = f->kind,
            .mean = f->mean,
            .deviation = f->deviation,
            .levels = f->levels,
            .level_count = f->level_count,
            .other_share = f->other_share,
            .missing_share = f->missing_share,
        };
    }
    assert_true(kithi_encoding_finish(&read.encoding));
    read.weights = chance.weights;
    assert_true(kithi_chance_finish(&read));
    for (int i = 0; i < 100; i++) {
        kith_value values[4];
        bool left;
        draw_customer(&seed, values, &left);
        assert_true(kithi_chance_score(&chance, values, NULL) ==
                    kithi_chance_score(&read, values, NULL));
    }
    kithi_chance_clear(&read);
    kithi_chance_clear(&chance);
}

/* The same cases give the same, to the last bit, whoever works at it; another seed deals others. */
static void test_learning_is_the_same_in_every_run(void **state) {
    (void)state;
    static double held_out[4][CUSTOMERS];
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chances[4];
    kithi_chance_report reports[4];
    uint64_t seed = test_seed();
    for (size_t i = 0; i < 4; i++) {
        options.threads = i == 1 ? 3 : 1;
        options.seed = i >= 2 ? 7 : 0;
        learn(seed, &options, &chances[i], &reports[i], held_out[i]);
    }
    for (size_t i = 0; i < 4; i += 2) {
        assert_memory_equal(held_out[i], held_out[i + 1], sizeof held_out[i]);
        assert_memory_equal(chances[i].cuts, chances[i + 1].cuts, sizeof chances[i].cuts);
        assert_true(reports[i].held_out.auc == reports[i + 1].held_out.auc);
    }
    assert_memory_equal(chances[0].cuts, chances[2].cuts, sizeof chances[0].cuts);
    assert_true(reports[0].held_out.auc != reports[2].held_out.auc);
    for (size_t i = 0; i < 4; i++) {
        kithi_chance_clear(&chances[i]);
    }
}

static int stop_after_two(void *context, size_t done, size_t count) {
    size_t *calls = context;
    assert_int_equal(count, 5);
    return ++*calls == 2 && done > 0;
}

/* Who is told of each fold can end it all. */
static void test_learning_can_be_interrupted(void **state) {
    (void)state;
    size_t calls = 0;
    kithi_workers_ear ear = {stop_after_two, &calls};
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    kithi_cases cases;
    options.ear = &ear;
    draw_cases(&cases, test_seed());
    assert_int_equal(kithi_chance_fit(&cases, &options, &chance, &report, NULL),
                     KITHI_CHANCE_INTERRUPTED);
    assert_int_equal(calls, 2);
    assert_null(chance.weights);
    kithi_cases_clear(&cases);
}

/* Judging */

static void test_folds_are_alike(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    uint8_t happened[200], fold[200], again[200];
    for (int round = 0; round < 200; round++) {
        uint32_t count = (uint32_t)(kithi_random(&seed) % 200);
        unsigned folds = 2 + (unsigned)(kithi_random(&seed) % 9);
        uint32_t sizes[2][16] = {{0}};
        for (uint32_t i = 0; i < count; i++) {
            happened[i] = kithi_random(&seed) % 4 == 0;
        }
        assert_true(kithi_folds_deal(happened, count, folds, (uint64_t)round, fold));
        assert_true(kithi_folds_deal(happened, count, folds, (uint64_t)round, again));
        assert_memory_equal(fold, again, count);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(fold[i] < folds);
            sizes[happened[i]][fold[i]]++;
        }
        for (unsigned a = 0; a < folds; a++) {
            for (unsigned b = 0; b < folds; b++) {
                assert_true(sizes[0][a] <= sizes[0][b] + 1 && sizes[1][a] <= sizes[1][b] + 1);
                assert_true(sizes[0][a] + sizes[1][a] <= sizes[0][b] + sizes[1][b] + 1);
            }
        }
    }
}

/* Where nothing can be told, many columns tell those apart who were learnt from, and nobody else.
 */
static void test_what_is_learnt_by_heart_does_not_count(void **state) {
    (void)state;
    static double scores[150];
    static uint8_t happened[150];
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    kithi_cases cases;
    uint64_t seed = test_seed(), again = seed;
    options.penalty = .01;
    options.seed = 1;
    kith_value values[26];
    begin(&cases, "abcdefghijklmnopqrstuvwxyz");
    for (int i = 0; i < 150; i++) {
        for (size_t j = 0; j < 26; j++) {
            values[j] = kith_value_real(kithi_random_unit(&seed));
        }
        happened[i] = i % 3 == 0;
        assert_true(kithi_cases_add(&cases, values, happened[i]));
    }
    assert_int_equal(kithi_chance_fit(&cases, &options, &chance, &report, NULL), KITHI_CHANCE_FITS);
    for (int i = 0; i < 150; i++) {
        for (size_t j = 0; j < 26; j++) {
            values[j] = kith_value_real(kithi_random_unit(&again));
        }
        scores[i] = kithi_chance_score(&chance, values, NULL);
    }
    assert_near(report.held_out.auc, .5, .25);
    assert_true(kithi_auc(scores, happened, 150) > report.held_out.auc + .05);
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
}

/* Order */

static void test_ranks_and_cuts_of_ties(void **state) {
    (void)state;
    static const double scores[] = {1, -0., 3, 0., -5, 3, -1e-300};
    static const uint8_t is_out[] = {0, 0, 1, 0, 0, 0, 0};
    double cuts[KITHI_CUTS];
    uint32_t order[7];
    assert_true(kithi_rank(scores, 7, order));
    assert_memory_equal(order, ((uint32_t[]){2, 5, 0, 1, 3, 6, 4}), sizeof order);
    assert_int_equal(kithi_rank_candidates(scores, is_out, 7, 3, order), 3);
    assert_memory_equal(order, ((uint32_t[]){5, 0, 1}), 3 * sizeof *order);
    assert_int_equal(kithi_rank_candidates(scores, is_out, 7, 100, order), 6);
    assert_true(kithi_cuts_find(scores, 7, cuts));
    assert_int_equal(kithi_cuts_top(cuts, 9), 1);
    assert_int_equal(kithi_cuts_top(cuts, 3), 1);
    assert_int_equal(kithi_cuts_top(cuts, 2.9), 29); /* two of seven are 28.6 percent */
    assert_int_equal(kithi_cuts_top(cuts, -5), 86);
    assert_int_equal(kithi_cuts_top(cuts, -6), 100);
    assert_true(kithi_cuts_find(scores, 1, cuts));
    assert_int_equal(kithi_cuts_top(cuts, 1), 1);
    assert_int_equal(kithi_cuts_top(cuts, 0), 100);
}

static void test_lift_of_the_first(void **state) {
    (void)state;
    static const double scores[] = {9, 8, 7, 7, 7, 1, 0, 0, 0, 0};
    static const uint8_t happened[] = {1, 0, 1, 1, 0, 0, 1, 0, 0, 0};
    kithi_lift lift;
    assert_true(kithi_lift_find(scores, happened, 10, 2, &lift));
    assert_near(lift.happened, 1, 0);
    assert_near(lift.lift, .5 / .4, 1e-15);
    assert_near(lift.reached, .25, 1e-15);
    assert_true(kithi_lift_find(scores, happened, 10, 3, &lift));
    assert_near(lift.happened, 1 + 2 / 3., 1e-15); /* of three who tie one is taken */
    assert_true(kithi_lift_find(scores, happened, 10, 99, &lift));
    assert_int_equal(lift.taken, 10);
    assert_near(lift.lift, 1, 1e-15);
    assert_near(lift.reached, 1, 0);
    assert_true(kithi_lift_find(scores, happened, 10, 0, &lift));
    assert_true(lift.share == 0 && lift.lift == 0);
    assert_true(kithi_lift_find(scores, (uint8_t[10]){0}, 10, 5, &lift));
    assert_true(lift.share == 0 && lift.lift == 0 && lift.reached == 0);
}

/* Who is like the seed: those that a model of the others holds for one of it, the likeliest first.
 * Here the seed are those of Berlin who are silent, as far as a third of them is known. */
static void test_candidates_are_like_the_seed(void **state) {
    (void)state;
    static kith_value values[CUSTOMERS][4];
    static double held_out[CUSTOMERS];
    static uint32_t ranked[CUSTOMERS];
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    kithi_cases cases;
    kithi_lift lift;
    uint64_t seed = test_seed();
    begin(&cases, "sCnD");
    uint32_t alike = 0, found = 0;
    for (int i = 0; i < CUSTOMERS; i++) {
        bool left;
        draw_customer(&seed, values[i], &left);
        bool is_like = values[i][0].type == KITH_TYPE_REAL && values[i][0].as.real > 60 &&
                       strcmp(values[i][1].as.text.data, "Berlin") == 0;
        assert_true(kithi_cases_add(&cases, values[i], is_like && i % 3 == 0));
        alike += is_like && i % 3 != 0;
    }
    assert_int_equal(kithi_chance_fit(&cases, &options, &chance, &report, held_out),
                     KITHI_CHANCE_FITS);
    assert_true(report.held_out.auc > .85);
    assert_true(kithi_lift_find(held_out, cases.happened, CUSTOMERS, report.happened, &lift));
    assert_true(lift.lift > 4);
    assert_int_equal(kithi_rank_candidates(held_out, cases.happened, CUSTOMERS, alike, ranked),
                     alike);
    for (uint32_t i = 0; i < alike; i++) {
        assert_false(cases.happened[ranked[i]]);
        found += strcmp(values[ranked[i]][1].as.text.data, "Berlin") == 0 &&
                 values[ranked[i]][0].type == KITH_TYPE_REAL && values[ranked[i]][0].as.real > 60;
    }
    assert_true(found > alike * 8 / 10);
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
}

static void test_reasons_stand_by_size(void **state) {
    (void)state;
    static const double parts[] = {.5, 0, -2, .5, 1e-9, -.5};
    kithi_reason found[6];
    char text[64];
    assert_int_equal(kithi_reasons_find(parts, 6, 3, found), 3);
    assert_int_equal(found[0].feature, 2);
    assert_int_equal(found[1].feature, 0);
    assert_int_equal(found[2].feature, 3);
    assert_int_equal(kithi_reasons_find(parts, 6, 6, found), 5); /* nought is no reason */
    assert_int_equal(found[3].feature, 5);
    assert_int_equal(found[4].feature, 4);
    assert_int_equal(kithi_reasons_find(parts, 6, 0, found), 0);
    kith_value value = kith_value_text("Month-to-month"), missing = kith_value_null();
    kithi_reason_name("contract", &value, text, sizeof text);
    assert_string_equal(text, "contract = Month-to-month");
    kithi_reason_name("orders", &missing, text, sizeof text);
    assert_string_equal(text, "orders missing");
    value = kith_value_text("K\xc3\xb6ln");
    kithi_reason_name("city", &value, text, 10); /* cut in the middle of a character */
    assert_string_equal(text, "city = K");
}

/* What can't be learnt */

static kithi_chance_refusal try_to_learn(const char *features, kith_value (*value_of)(int row),
                                         int count, int happened, kithi_chance_report *report) {
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_cases cases;
    begin(&cases, features);
    for (int i = 0; i < count; i++) {
        kith_value values[2] = {value_of(i), value_of(i + 1)};
        assert_true(kithi_cases_add(&cases, values, i < happened));
    }
    kithi_chance_refusal refusal = kithi_chance_fit(&cases, &options, &chance, report, NULL);
    assert_true((chance.weights != NULL) == (refusal == KITHI_CHANCE_FITS));
    assert_true(kithi_chance_refusal_text(refusal)[0] != '\0');
    kithi_chance_clear(&chance);
    kithi_cases_clear(&cases);
    return refusal;
}

static kith_value a_number(int row) {
    return kith_value_integer(row);
}

static kith_value one_of_60(int row) {
    return kith_value_integer(row % 60);
}

static kith_value the_same(int row) {
    (void)row;
    return kith_value_integer(5);
}

static void test_what_cannot_be_learnt_is_refused(void **state) {
    (void)state;
    kithi_chance_report report;
    assert_int_equal(try_to_learn("a", a_number, 0, 0, &report), KITHI_CHANCE_NOBODY);
    assert_int_equal(try_to_learn("a", a_number, 1, 1, &report), KITHI_CHANCE_ONE_OUTCOME);
    assert_int_equal(try_to_learn("a", a_number, 100, 0, &report), KITHI_CHANCE_ONE_OUTCOME);
    assert_int_equal(try_to_learn("a", a_number, 100, 100, &report), KITHI_CHANCE_ONE_OUTCOME);
    assert_int_equal(try_to_learn("a", a_number, 100, 19, &report), KITHI_CHANCE_FEW);
    assert_int_equal(try_to_learn("a", a_number, 100, 81, &report), KITHI_CHANCE_FEW);
    assert_int_equal(try_to_learn("a", a_number, 100, 20, &report), KITHI_CHANCE_FITS);
    assert_int_equal(try_to_learn("aB", a_number, 100, 20, &report), KITHI_CHANCE_ID);
    assert_int_equal(report.feature, 1);
    assert_int_equal(try_to_learn("", a_number, 100, 50, &report), KITHI_CHANCE_NO_FEATURES);
    assert_int_equal(try_to_learn("aB", the_same, 100, 50, &report), KITHI_CHANCE_NO_FEATURES);
    assert_int_equal(report.left_out, 2);
    assert_int_equal(try_to_learn("AB", one_of_60, 200, 50, &report), KITHI_CHANCE_FITS);
    assert_int_equal(report.columns, 2 * 51);
}

static void test_columns_have_a_limit(void **state) {
    (void)state;
    kithi_chance_options options = KITHI_CHANCE_OPTIONS_INIT;
    kithi_chance chance;
    kithi_chance_report report;
    kithi_cases cases;
    begin(&cases, "A");
    for (int i = 0; i < 3 * KITHI_ENCODING_COLUMNS_MAX; i++) {
        kith_value value = kith_value_integer(i % (KITHI_ENCODING_COLUMNS_MAX + 1));
        assert_true(kithi_cases_add(&cases, &value, i % 2 == 0));
    }
    options.levels_max = KITHI_ENCODING_COLUMNS_MAX + 1;
    assert_int_equal(kithi_chance_fit(&cases, &options, &chance, &report, NULL),
                     KITHI_CHANCE_TOO_WIDE);
    kithi_cases_clear(&cases);
}

static kith_value odd_value(uint64_t *seed) {
    static const double numbers[] = {0, -0., 1e308, -1e308, 1e-308, 5e-324, 1, 1, 1e16, 3};
    static const char *const texts[] = {"", "a", "b", "a b"};
    switch (kithi_random(seed) % 6) {
    case 0:
        return kith_value_null();
    case 1:
        return kith_value_integer(INT64_MIN + (int64_t)(kithi_random(seed) % 2));
    case 2:
        return kith_value_text(texts[kithi_random(seed) % COUNT(texts)]);
    case 3:
        return kith_value_real(kithi_random(seed) % 2 == 0 ? (double)NAN : (double)INFINITY);
    default:
        return kith_value_real(numbers[kithi_random(seed) % COUNT(numbers)]);
    }
}

static void assert_finite(const kithi_chance *chance, const kithi_chance_report *report,
                          const double *held_out, uint64_t *seed) {
    const kithi_validation *v = &report->held_out;
    assert_true(isfinite(v->auc + v->auc_deviation + v->log_loss + v->brier + v->base_log_loss));
    assert_true(v->auc >= 0 && v->auc <= 1);
    for (size_t i = 0; i < KITHI_DECILES; i++) {
        assert_true(isfinite(v->deciles[i].predicted + v->deciles[i].actual));
    }
    for (size_t i = 0; i < report->count; i++) {
        assert_true(isfinite(held_out[i]));
    }
    for (size_t i = 0; i < KITHI_CUTS; i++) {
        assert_true(isfinite(chance->cuts[i]) &&
                    (i == 0 || chance->cuts[i] <= chance->cuts[i - 1]));
    }
    for (int i = 0; i < 50; i++) {
        kith_value values[3] = {odd_value(seed), odd_value(seed), odd_value(seed)};
        double parts[3], score = kithi_chance_score(chance, values, parts);
        assert_true(isfinite(score) && isfinite(parts[0] + parts[1] + parts[2]));
        assert_true(kithi_logistic_chance(score) >= 0 && kithi_logistic_chance(score) <= 1);
    }
}

/* Whatever customers are like, and however few, there are finite numbers or a refusal. Some are
 * told apart for certain. */
static void test_nothing_is_ever_no_number(void **state) {
    (void)state;
    uint64_t seed = test_seed();
    int fits = 0;
    for (int round = 0; round < 600; round++) {
        kithi_chance_options options = {.penalty = round % 2 == 0 ? 1 : 1e-3,
                                        .levels_max = 3,
                                        .folds = 2 + round % 3,
                                        .seed = (uint64_t)round,
                                        .fewest = 1,
                                        .threads = 1};
        kithi_chance chance;
        kithi_chance_report report;
        kithi_cases cases;
        double held_out[64];
        begin(&cases, "aBc");
        for (uint64_t left = kithi_random(&seed) % 64; left > 0; left--) {
            kith_value values[3] = {odd_value(&seed), odd_value(&seed), odd_value(&seed)};
            bool told = values[0].type == KITH_TYPE_REAL;
            bool happened = round % 3 == 0 ? told : kithi_random(&seed) % 3 == 0;
            assert_true(kithi_cases_add(&cases, values, happened));
        }
        kithi_chance_refusal refusal =
            kithi_chance_fit(&cases, &options, &chance, &report, held_out);
        assert_true(refusal != KITHI_CHANCE_NO_MEMORY && refusal != KITHI_CHANCE_NOT_CONVERGED);
        if (refusal == KITHI_CHANCE_FITS) {
            assert_finite(&chance, &report, held_out, &seed);
            fits++;
        }
        kithi_chance_clear(&chance);
        kithi_cases_clear(&cases);
    }
    assert_true(fits > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_stand_by_frequency_and_then_by_bytes),
        cmocka_unit_test(test_rows_are_scaled_and_hot),
        cmocka_unit_test(test_ids_and_constants_are_told),
        cmocka_unit_test(test_levels_beyond_those_kept_make_an_id),
        cmocka_unit_test(test_what_customers_were_drawn_by_is_learnt),
        cmocka_unit_test(test_a_score_is_the_sum_of_its_parts),
        cmocka_unit_test(test_cuts_are_exact),
        cmocka_unit_test(test_a_chance_can_be_written_and_read),
        cmocka_unit_test(test_learning_is_the_same_in_every_run),
        cmocka_unit_test(test_learning_can_be_interrupted),
        cmocka_unit_test(test_folds_are_alike),
        cmocka_unit_test(test_what_is_learnt_by_heart_does_not_count),
        cmocka_unit_test(test_ranks_and_cuts_of_ties),
        cmocka_unit_test(test_lift_of_the_first),
        cmocka_unit_test(test_candidates_are_like_the_seed),
        cmocka_unit_test(test_reasons_stand_by_size),
        cmocka_unit_test(test_what_cannot_be_learnt_is_refused),
        cmocka_unit_test(test_columns_have_a_limit),
        cmocka_unit_test(test_nothing_is_ever_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
