/*
 * Clusters: k-means held against its definition, how many there should be, words for them, and
 * points that make it hard.
 */
#include <float.h>
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
#include "src/score/cluster_words.h"
#include "src/score/clusters.h"
#include "src/score/lloyd.h"
#include "src/score/scale.h"
#include "src/score/silhouette.h"
#include "src/score/tiles.h"
#include "tests/fault/scratch.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void assert_near(double found, double wanted, double within) {
    if (!(fabs(found - wanted) <= within)) {
        fail_msg("%.12g is not %.12g within %g", found, wanted, within);
    }
}

static uint64_t first_seed(void) {
    uint64_t seed = scratch_number("KITH_SEED", 20261123);
    print_message("seed %llu\n", (unsigned long long)seed);
    return seed;
}

static kithi_cluster_options options_of(size_t clusters, unsigned restarts) {
    kithi_cluster_options options = KITHI_CLUSTER_OPTIONS_INIT;
    options.clusters = clusters;
    options.restarts = restarts;
    return options;
}

/* Clusters must be had; the caller clears them. */
static kithi_clustering cluster(const kithi_points *points, const kithi_cluster_options *options) {
    kithi_clustering found;
    kithi_cluster_refusal refusal = kithi_cluster(points, options, &found);
    if (refusal != KITHI_CLUSTER_FINE) {
        fail_msg("%s", kithi_cluster_refusal_text(refusal));
    }
    return found;
}

static double square_between(const double *a, const double *b, size_t dimensions) {
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

/* Points */

#define BLOBS 3

static const double blob_centers[BLOBS][2] = {{-5, 0}, {0, 5}, {5, 1}};

/* Squares of side 2 around three centers, in turn. */
static void draw_blobs(uint64_t *seed, double *values, size_t count) {
    for (size_t i = 0; i < 2 * count; i++) {
        values[i] = blob_centers[i / 2 % BLOBS][i % 2] + 2 * kithi_random_unit(seed) - 1;
    }
}

/* Points of any shape: even, in few places, far from 0, or with some that are very far away. */
static void draw_points(uint64_t *seed, double *values, size_t cells) {
    uint64_t shape = kithi_random(seed) % 4;
    for (size_t i = 0; i < cells; i++) {
        double value = kithi_random_unit(seed);
        values[i] = shape == 0   ? 10 * value - 3
                    : shape == 1 ? floor(4 * value)
                    : shape == 2 ? 1e6 + value
                                 : 1 / (value * value + 1e-6);
    }
}

/* The definition */

static void check_labels(const kithi_points *points, const kithi_clustering *found) {
    size_t sizes[KITHI_CLUSTERS_MAX] = {0};
    double inertia = 0;
    for (size_t i = 0; i < points->count; i++) {
        const double *point = points->values + i * points->dimensions;
        size_t best = 0;
        double least = INFINITY;
        for (size_t j = 0; j < found->clusters; j++) {
            double square =
                square_between(point, found->centers + j * points->dimensions, points->dimensions);
            best = square < least ? j : best;
            least = square < least ? square : least;
        }
        assert_int_equal(found->labels[i], best);
        sizes[best]++;
        inertia += least;
    }
    assert_near(found->inertia, inertia, 1e-9 * inertia);
    for (size_t i = 0; i < found->clusters; i++) {
        assert_int_equal(found->sizes[i], sizes[i]);
        assert_true(sizes[i] > 0);
    }
}

static void check_middles(const kithi_points *points, const kithi_clustering *found) {
    size_t dimensions = points->dimensions;
    for (size_t i = 0; i < found->clusters * dimensions; i++) {
        size_t own = i / dimensions;
        double sum = 0, most = 0;
        for (size_t j = 0; j < points->count; j++) {
            double value = points->values[j * dimensions + i % dimensions];
            sum += found->labels[j] == own ? value : 0;
            most = fabs(value) > most ? fabs(value) : most;
        }
        assert_near(found->centers[i], sum / (double)found->sizes[own], 1e-9 * most);
    }
}

/* No point would lessen the sum of squares in another cluster, both centers following it. */
static void check_exchanges(const kithi_points *points, const kithi_clustering *found) {
    size_t dimensions = points->dimensions;
    for (size_t i = 0; i < points->count * found->clusters; i++) {
        size_t own = found->labels[i / found->clusters], other = i % found->clusters;
        const double *point = points->values + i / found->clusters * dimensions;
        double n = (double)found->sizes[own], m = (double)found->sizes[other];
        if (own != other && n > 1) {
            double spared =
                square_between(point, found->centers + own * dimensions, dimensions) * n / (n - 1);
            double cost = square_between(point, found->centers + other * dimensions, dimensions) *
                          m / (m + 1);
            assert_true(cost >= spared * (1 - 1e-6));
        }
    }
}

#define POINTS_MAX     1200
#define DIMENSIONS_MAX 6

static void test_clusters_are_what_k_means_says(void **state) {
    (void)state;
    static double values[POINTS_MAX * DIMENSIONS_MAX];
    uint64_t seed = first_seed();
    size_t ended = 0;
    for (int round = 0; round < 150; round++) {
        kithi_points points = {values, 1 + kithi_random(&seed) % POINTS_MAX,
                               1 + kithi_random(&seed) % DIMENSIONS_MAX};
        kithi_cluster_options options = options_of(1 + kithi_random(&seed) % 12, 3);
        options.seed = kithi_random(&seed);
        draw_points(&seed, values, points.count * points.dimensions);
        kithi_clustering found = cluster(&points, &options);
        assert_true(found.clusters <= options.clusters && found.clusters <= points.count);
        check_labels(&points, &found);
        if (found.converged) {
            check_middles(&points, &found);
            ended++;
        }
        kithi_clustering_clear(&found);
    }
    assert_true(ended > 140);
}

/* Where all points lie in one box, no center is left out of what is compared. */
static void test_no_exchange_does_better(void **state) {
    (void)state;
    static double values[KITHI_TILE * 2];
    uint64_t seed = first_seed();
    for (int round = 0; round < 50; round++) {
        kithi_points points = {values, KITHI_TILE, 2};
        kithi_cluster_options options = options_of(2 + kithi_random(&seed) % 8, 2);
        draw_points(&seed, values, COUNT(values));
        kithi_clustering found = cluster(&points, &options);
        if (found.converged) {
            check_exchanges(&points, &found);
        }
        kithi_clustering_clear(&found);
    }
}

static void test_clusters_are_found(void **state) {
    (void)state;
    static double values[600 * 2];
    uint64_t seed = first_seed();
    kithi_points points = {values, 600, 2};
    kithi_cluster_options options = options_of(BLOBS, 5);
    draw_blobs(&seed, values, points.count);
    kithi_clustering found = cluster(&points, &options);
    assert_true(found.converged);
    assert_int_equal(found.clusters, BLOBS);
    assert_int_equal(found.agreeing, 5);
    for (size_t i = 0; i < BLOBS; i++) {
        assert_int_equal(found.sizes[i], 200);
        assert_near(found.centers[2 * i], blob_centers[i][0], .2);
        assert_near(found.centers[2 * i + 1], blob_centers[i][1], .2);
    }
    for (size_t i = 0; i < points.count; i++) {
        assert_int_equal(found.labels[i], i % BLOBS);
    }
    kithi_clustering_clear(&found);
}

/* What a seed gives is told apart from what another gives, as an even square has no clusters. */
static void test_threads_change_nothing(void **state) {
    (void)state;
    static double values[3000 * 2];
    uint64_t seed = first_seed();
    kithi_points points = {values, 3000, 2};
    kithi_cluster_options options = options_of(KITHI_CLUSTERS_MAX, 8);
    for (size_t i = 0; i < COUNT(values); i++) {
        values[i] = kithi_random_unit(&seed);
    }
    kithi_clustering one = cluster(&points, &options);
    assert_int_equal(one.clusters, KITHI_CLUSTERS_MAX);
    for (unsigned threads = 2; threads <= 8; threads *= 2) {
        options.threads = threads;
        kithi_clustering many = cluster(&points, &options);
        assert_true(one.inertia == many.inertia);
        assert_int_equal(one.rounds, many.rounds);
        assert_memory_equal(one.labels, many.labels, points.count);
        assert_memory_equal(one.centers, many.centers,
                            one.clusters * one.dimensions * sizeof *one.centers);
        kithi_clustering_clear(&many);
    }
    options.seed++;
    kithi_clustering other = cluster(&points, &options);
    assert_true(one.inertia != other.inertia);
    kithi_clustering_clear(&other);
    kithi_clustering_clear(&one);
}

/* A center that nobody is near goes to where somebody is. */
static void test_no_center_is_left_alone(void **state) {
    (void)state;
    static const double values[] = {0, 1, 2, 10, 11, 12};
    double centers[] = {0, 1000};
    kithi_tiles tiles;
    kithi_lloyd found;
    assert_true(kithi_tiles_make(values, COUNT(values), 1, &tiles));
    assert_true(kithi_lloyd_run(&tiles, centers, 2, 50, 0, &found));
    assert_true(found.converged);
    assert_near(fmin(centers[0], centers[1]), 1, 0);
    assert_near(fmax(centers[0], centers[1]), 11, 0);
    assert_near(found.inertia, 4, 0);
    kithi_tiles_clear(&tiles);
}

/* Few and equal points */

static void test_there_are_no_more_clusters_than_distinct_points(void **state) {
    (void)state;
    static const double same[] = {1, 1, 1, 1}, two[] = {.1, .3, .1, .3, .3}, apart[] = {3, 1, 2};
    kithi_cluster_options options = options_of(3, 2);
    kithi_points points = {same, 4, 1};
    kithi_clustering found = cluster(&points, &options);
    assert_int_equal(found.clusters, 1);
    assert_int_equal(found.sizes[0], 4);
    assert_true(found.inertia == 0 && found.centers[0] == 1 && found.converged);
    kithi_clustering_clear(&found);
    points = (kithi_points){two, 5, 1};
    found = cluster(&points, &options);
    assert_int_equal(found.clusters, 2);
    assert_int_equal(found.sizes[0], 2);
    assert_int_equal(found.labels[4], 1);
    kithi_clustering_clear(&found);
    points = (kithi_points){apart, 3, 1};
    found = cluster(&points, &options);
    assert_int_equal(found.clusters, 3);
    assert_true(found.inertia == 0 && found.labels[0] == 2 && found.labels[1] == 0);
    kithi_clustering_clear(&found);
    options.clusters = 1;
    found = cluster(&points, &options);
    assert_near(found.centers[0], 2, 0);
    kithi_clustering_clear(&found);
    points.count = 1;
    options.clusters = KITHI_CLUSTERS_MAX;
    found = cluster(&points, &options);
    assert_int_equal(found.clusters, 1);
    kithi_clustering_clear(&found);
}

/* Numbers as great and as small as may be. */
static void test_extreme_points_have_finite_clusters(void **state) {
    (void)state;
    static const double values[] = {-1e100, 1e100, 0, DBL_MIN, 1e-310, -1e-310, 1, 1e50};
    kithi_points points = {values, COUNT(values), 1};
    for (size_t i = 1; i <= COUNT(values); i++) {
        kithi_cluster_options options = options_of(i, 2);
        kithi_clustering found = cluster(&points, &options);
        assert_true(isfinite(found.inertia));
        for (size_t j = 0; j < found.clusters; j++) {
            assert_true(isfinite(found.centers[j]) && found.sizes[j] > 0);
        }
        kithi_clustering_clear(&found);
    }
}

static int stop(void *context, size_t done, size_t count) {
    (void)context;
    return done > 0 && done < count;
}

static void test_what_cannot_be_clustered_is_refused(void **state) {
    (void)state;
    static const double wrong[] = {NAN, INFINITY, -INFINITY, 1.1e100};
    static const double right[] = {1, 2, 3};
    kithi_cluster_options options = options_of(2, 3);
    kithi_clustering found;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        double values[] = {1, 2, wrong[i]};
        kithi_points points = {values, 3, 1};
        assert_int_equal(kithi_cluster(&points, &options, &found), KITHI_CLUSTER_NOT_FINITE);
        assert_null(found.centers);
    }
    kithi_points nobody = {right, 0, 1}, nothing = {right, 3, 0}, points = {right, 3, 1};
    assert_int_equal(kithi_cluster(&nobody, &options, &found), KITHI_CLUSTER_NO_POINTS);
    assert_int_equal(kithi_cluster(&nothing, &options, &found), KITHI_CLUSTER_NO_POINTS);
    options.clusters = 0;
    assert_int_equal(kithi_cluster(&points, &options, &found), KITHI_CLUSTER_WRONG_COUNT);
    options.clusters = KITHI_CLUSTERS_MAX + 1;
    assert_int_equal(kithi_cluster(&points, &options, &found), KITHI_CLUSTER_WRONG_COUNT);
    kithi_workers_ear ear = {stop, NULL};
    options = options_of(2, 3);
    options.ear = &ear;
    assert_int_equal(kithi_cluster(&points, &options, &found), KITHI_CLUSTER_INTERRUPTED);
    for (int i = KITHI_CLUSTER_FINE; i <= KITHI_CLUSTER_ALL_ALIKE; i++) {
        assert_true(strlen(kithi_cluster_refusal_text((kithi_cluster_refusal)i)) > 0);
    }
}

/* New points */

static void test_new_points_go_to_the_nearest(void **state) {
    (void)state;
    static const double centers[] = {0, 0, 4, 0, 0, 10};
    static const double near[] = {1, 0}, between[] = {2, 0}, at[] = {4, 0};
    kithi_cluster_place place = kithi_cluster_find(centers, 3, 2, near);
    assert_int_equal(place.cluster, 0);
    assert_int_equal(place.second, 1);
    assert_near(place.distance, 1, 0);
    assert_near(place.second_distance, 3, 0);
    assert_near(place.margin, 2. / 3, 1e-15);
    place = kithi_cluster_find(centers, 3, 2, between);
    assert_int_equal(place.cluster, 0);
    assert_int_equal(place.second, 1);
    assert_near(place.margin, 0, 0);
    place = kithi_cluster_find(centers, 3, 2, at);
    assert_int_equal(place.cluster, 1);
    assert_int_equal(place.second, 0);
    assert_near(place.margin, 1, 0);
    place = kithi_cluster_find(centers, 1, 2, at);
    assert_int_equal(place.cluster, 0);
    assert_int_equal(place.second, 0);
    assert_near(place.distance, 4, 0);
    assert_near(place.margin, 1, 0);
}

/* Whoever was there is found where he was put. */
static void test_old_points_are_found_in_their_clusters(void **state) {
    (void)state;
    static double values[2000 * 3];
    uint64_t seed = first_seed();
    kithi_points points = {values, 2000, 3};
    kithi_cluster_options options = options_of(20, 2);
    draw_points(&seed, values, COUNT(values));
    kithi_clustering found = cluster(&points, &options);
    for (size_t i = 0; i < points.count; i++) {
        kithi_cluster_place place =
            kithi_cluster_find(found.centers, found.clusters, 3, values + 3 * i);
        assert_int_equal(place.cluster, found.labels[i]);
        assert_true(place.second_distance >= place.distance);
        assert_true(place.margin >= 0 && place.margin <= 1);
    }
    kithi_clustering_clear(&found);
}

/* Scale */

static void test_features_come_to_a_like_scale(void **state) {
    (void)state;
    double values[] = {1, .1, NAN, 5, 3, .1, NAN, NAN, 5, .1, NAN, 7};
    kithi_scale scales[4] = {{.logarithm = false}};
    size_t bad;
    assert_true(kithi_scale_learn(values, 3, 4, scales, &bad));
    assert_near(scales[0].mean, 3, 0);
    assert_near(scales[0].deviation, sqrt(8. / 3), 1e-15);
    assert_true(scales[1].mean == .1 && scales[1].deviation == 0);
    assert_true(scales[2].mean == 0 && scales[2].deviation == 0);
    assert_near(scales[3].mean, 6, 0);
    assert_near(scales[3].deviation, 1, 0);
    kithi_scale_apply(values, 4, scales);
    assert_near(values[0], -2 / sqrt(8. / 3), 1e-15);
    assert_true(values[1] == 0 && values[2] == 0 && values[3] == -1);
    kithi_scale_apply(values + 4, 4, scales);
    assert_true(values[4] == 0 && values[7] == 0);
    values[9] = INFINITY;
    assert_false(kithi_scale_learn(values, 3, 4, scales, &bad));
    assert_int_equal(bad, 9);
}

static void test_logarithms_bring_near_what_is_far(void **state) {
    (void)state;
    double values[] = {0, exp(2) - 1, 1 - exp(2), exp(4) - 1, NAN};
    kithi_scale scale = {.logarithm = true};
    size_t bad;
    assert_true(kithi_scale_learn(values, COUNT(values), 1, &scale, &bad));
    assert_near(scale.mean, 1, 1e-12);
    assert_near(scale.deviation, sqrt(5), 1e-12);
    kithi_scale_apply(&values[2], 1, &scale);
    assert_near(values[2], -3 / sqrt(5), 1e-12);
    assert_near(kithi_scale_restore(&scale, values[2]), 1 - exp(2), 1e-12);
    kithi_scale_apply(&values[4], 1, &scale);
    assert_true(values[4] == 0);
}

/* How many */

static double naive_silhouette(const kithi_points *points, const kithi_clustering *found) {
    double total = 0;
    for (size_t i = 0; i < points->count; i++) {
        double sums[KITHI_CLUSTERS_MAX] = {0}, next = INFINITY;
        size_t own = found->labels[i];
        for (size_t j = 0; j < points->count; j++) {
            sums[found->labels[j]] +=
                sqrt(square_between(points->values + i * points->dimensions,
                                    points->values + j * points->dimensions, points->dimensions));
        }
        for (size_t j = 0; j < found->clusters; j++) {
            next = j != own ? fmin(next, sums[j] / (double)found->sizes[j]) : next;
        }
        double mine = sums[own] / ((double)found->sizes[own] - 1);
        total += found->sizes[own] > 1 ? (next - mine) / fmax(next, mine) : 0;
    }
    return total / (double)points->count;
}

static void test_silhouettes_are_what_they_should_be(void **state) {
    (void)state;
    static double values[300 * 2];
    uint64_t seed = first_seed();
    for (size_t clusters = 2; clusters < 40; clusters++) {
        kithi_points points = {values, 300, 2};
        kithi_cluster_options options = options_of(clusters, 1);
        double silhouette;
        for (size_t i = 0; i < COUNT(values); i++) {
            values[i] = kithi_random_unit(&seed);
        }
        kithi_clustering found = cluster(&points, &options);
        assert_int_equal(kithi_silhouette(&points, &found, 1, &silhouette), KITHI_CLUSTER_FINE);
        assert_near(silhouette, naive_silhouette(&points, &found), 1e-12);
        kithi_clustering_clear(&found);
    }
}

static void test_a_sample_tells_the_silhouette_of_many(void **state) {
    (void)state;
    static double values[20000 * 2];
    uint64_t seed = first_seed();
    kithi_points points = {values, 20000, 2};
    kithi_cluster_options options = options_of(BLOBS, 1);
    double silhouette, again;
    draw_blobs(&seed, values, points.count);
    kithi_clustering found = cluster(&points, &options);
    kithi_silhouette(&points, &found, 1, &silhouette);
    kithi_silhouette(&points, &found, 1, &again);
    assert_true(silhouette == again);
    points.count = 3000; /* as good as all */
    for (size_t i = 0; i < BLOBS; i++) {
        found.sizes[i] = points.count / BLOBS;
    }
    assert_near(silhouette, naive_silhouette(&points, &found), .02);
    kithi_clustering_clear(&found);
}

static void test_as_many_clusters_are_chosen_as_there_are(void **state) {
    (void)state;
    static double values[600 * 2];
    uint64_t seed = first_seed();
    kithi_points points = {values, 600, 2};
    kithi_cluster_options options = options_of(0, 5);
    kithi_cluster_choice choice;
    draw_blobs(&seed, values, points.count);
    assert_int_equal(kithi_cluster_choose(&points, 2, 7, &options, &choice), KITHI_CLUSTER_FINE);
    assert_int_equal(choice.best.clusters, BLOBS);
    assert_int_equal(choice.trial_count, 6);
    for (size_t i = 0; i < choice.trial_count; i++) {
        assert_int_equal(choice.trials[i].clusters, i + 2);
        assert_true(choice.trials[i].silhouette <= choice.silhouette);
        assert_true(i == 0 || choice.trials[i].inertia < choice.trials[i - 1].inertia);
    }
    assert_true(choice.silhouette > .7 && choice.silhouette == choice.trials[1].silhouette);
    kithi_cluster_choice_clear(&choice);
}

static void test_choosing_among_few_points(void **state) {
    (void)state;
    static const double three[] = {1, 1, 2, 2, 9, 9}, same[] = {4, 4};
    kithi_cluster_options options = options_of(0, 2);
    kithi_points points = {three, 6, 1};
    kithi_cluster_choice choice;
    assert_int_equal(kithi_cluster_choose(&points, 2, 9, &options, &choice), KITHI_CLUSTER_FINE);
    assert_int_equal(choice.trial_count, 2);
    assert_int_equal(choice.best.clusters, 3);
    assert_near(choice.silhouette, 1, 0);
    kithi_cluster_choice_clear(&choice);
    assert_int_equal(kithi_cluster_choose(&points, 5, 9, &options, &choice), KITHI_CLUSTER_FINE);
    assert_int_equal(choice.trial_count, 1);
    assert_int_equal(choice.trials[0].clusters, 3);
    kithi_cluster_choice_clear(&choice);
    points = (kithi_points){same, 2, 1};
    assert_int_equal(kithi_cluster_choose(&points, 2, 9, &options, &choice),
                     KITHI_CLUSTER_ALL_ALIKE);
    assert_int_equal(kithi_cluster_choose(&points, 1, 9, &options, &choice),
                     KITHI_CLUSTER_WRONG_COUNT);
    assert_int_equal(kithi_cluster_choose(&points, 5, 4, &options, &choice),
                     KITHI_CLUSTER_WRONG_COUNT);
    assert_int_equal(kithi_cluster_choose(&points, 2, 65, &options, &choice),
                     KITHI_CLUSTER_WRONG_COUNT);
}

/* Words */

static const kithi_cluster_feature shop[] = {
    {"orders", "few orders", "many orders", NULL, {false, 4.3, 2}},
    {"recency", "recent", "long ago", "days", {false, 92, 100}},
    {"spent", NULL, NULL, NULL, {false, 1000, 4000}},
    {"country", NULL, NULL, NULL, {false, 7, 0}},
};

static void test_traits_are_in_order_of_how_far_they_are_apart(void **state) {
    (void)state;
    static const double center[] = {-1.55, 1.2, .2, 0};
    kithi_cluster_trait traits[COUNT(shop)];
    kithi_buffer text;
    kithi_buffer_init(&text);
    kithi_cluster_traits(shop, COUNT(shop), center, traits);
    assert_int_equal(traits[0].feature, 0);
    assert_int_equal(traits[0].level, KITHI_CLUSTER_MUCH_LOWER);
    assert_near(traits[0].apart, -1.55, 0);
    assert_near(traits[0].value, 1.2, 1e-12);
    assert_near(traits[0].overall, 4.3, 0);
    assert_int_equal(traits[1].feature, 1);
    assert_int_equal(traits[1].level, KITHI_CLUSTER_MUCH_HIGHER);
    assert_int_equal(traits[2].feature, 2);
    assert_int_equal(traits[2].level, KITHI_CLUSTER_TYPICAL);
    assert_int_equal(traits[3].feature, 3);
    kithi_cluster_describe(shop, traits, COUNT(shop), &text);
    kithi_buffer_append_byte(&text, '\0');
    assert_string_equal((char *)text.data,
                        "very few orders (1.2, all 4.3), very long ago (212 days, all 92 days)");
    kithi_buffer_clear(&text);
}

static void check_words(const kithi_scale *scale, double apart, kithi_cluster_level level,
                        const char *text) {
    kithi_cluster_feature feature = {"spent", NULL, NULL, "EUR", *scale};
    kithi_cluster_trait trait;
    kithi_buffer said;
    kithi_buffer_init(&said);
    kithi_cluster_traits(&feature, 1, &apart, &trait);
    kithi_cluster_describe(&feature, &trait, 1, &said);
    kithi_buffer_append_byte(&said, '\0');
    assert_int_equal(trait.level, level);
    assert_string_equal((char *)said.data, text);
    kithi_buffer_clear(&said);
}

static void test_levels_begin_at_their_thresholds(void **state) {
    (void)state;
    static const kithi_scale plain = {false, 1234.5, 1000}, small = {false, .5, .1};
    check_words(&plain, 0, KITHI_CLUSTER_TYPICAL, "typical");
    check_words(&plain, -.2499, KITHI_CLUSTER_TYPICAL, "typical");
    check_words(&plain, .2499, KITHI_CLUSTER_TYPICAL, "typical");
    check_words(&plain, -.25, KITHI_CLUSTER_LOWER, "low spent (985 EUR, all 1235 EUR)");
    check_words(&plain, .25, KITHI_CLUSTER_HIGHER, "high spent (1485 EUR, all 1235 EUR)");
    check_words(&plain, -1.2, KITHI_CLUSTER_MUCH_LOWER, "very low spent (34.5 EUR, all 1235 EUR)");
    check_words(&plain, 1000, KITHI_CLUSTER_MUCH_HIGHER,
                "very high spent (1001235 EUR, all 1235 EUR)");
    check_words(&plain, -1.2345, KITHI_CLUSTER_MUCH_LOWER, "very low spent (0 EUR, all 1235 EUR)");
    check_words(&small, -6, KITHI_CLUSTER_MUCH_LOWER, "very low spent (-0.1 EUR, all 0.5 EUR)");
    check_words(&small, .98765, KITHI_CLUSTER_HIGHER, "high spent (0.599 EUR, all 0.5 EUR)");
}

/* What is said to be high is more than what all have, however few have most of it. */
static void test_means_of_logarithms_are_shown_as_numbers(void **state) {
    (void)state;
    double values[] = {0, 9, 9, 99}; /* the mean is more than three of them have */
    kithi_scale scale = {.logarithm = true};
    size_t bad;
    assert_true(kithi_scale_learn(values, COUNT(values), 1, &scale, &bad));
    check_words(&scale, 1, KITHI_CLUSTER_MUCH_HIGHER, "very high spent (49.9 EUR, all 9 EUR)");
    check_words(&scale, -1, KITHI_CLUSTER_MUCH_LOWER, "very low spent (0.963 EUR, all 9 EUR)");
}

static void name_all(const kithi_cluster_feature *features, size_t feature_count,
                     const double *centers, size_t clusters, kithi_cluster_name *names) {
    kithi_cluster_trait traits[KITHI_CLUSTERS_MAX * COUNT(shop)];
    for (size_t i = 0; i < clusters; i++) {
        const double *center = centers + i * feature_count;
        kithi_cluster_traits(features, feature_count, center, traits + i * feature_count);
    }
    assert_true(kithi_cluster_names(features, traits, feature_count, clusters, names));
    for (size_t i = 0; i < clusters; i++) {
        assert_true(strlen(names[i].text) <= KITHI_CLUSTER_NAME_BYTES);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(names[i].text, names[j].text);
        }
    }
}

static void test_names_tell_clusters_apart(void **state) {
    (void)state;
    static const double centers[] = {
        -1.5, 1.2, 0,  0, /* the first two traits are enough */
        0,    .1,  0,  0, /* nothing sets it apart */
        2,    -.9, .2, 0, /* alike in the first two traits, but not in the third */
        2,    -.9, .7, 0, /* the other */
        0,    0,   .1, 0, /* as typical as the other */
    };
    kithi_cluster_name names[5];
    name_all(shop, COUNT(shop), centers, 5, names);
    assert_string_equal(names[0].text, "very few orders, very long ago");
    assert_string_equal(names[1].text, "typical");
    assert_string_equal(names[2].text, "very many orders, recent");
    assert_string_equal(names[3].text, "very many orders, recent, high spent");
    assert_string_equal(names[4].text, "typical (2)");
}

/* Cut between characters, and numbered where what is left is the same. */
static void test_long_names_are_cut(void **state) {
    (void)state;
    static const kithi_cluster_feature features[] = {
        {"éééééééééééééééééééééééééééééééééééé", NULL, NULL, NULL, {false, 0, 1}},
        {"short", NULL, NULL, NULL, {false, 0, 1}},
    };
    static const double centers[] = {2, 0, 2, .5, 0, .5}, same[KITHI_CLUSTERS_MAX] = {0};
    kithi_cluster_name names[3], many[KITHI_CLUSTERS_MAX];
    name_all(features, 2, centers, 3, names);
    assert_string_equal(names[0].text, "very high ééééééééééééééééééééééééé");
    assert_string_equal(names[1].text, "very high ééééééééééééééééééééééé (2)");
    assert_string_equal(names[2].text, "high short");
    name_all(features + 1, 1, same, KITHI_CLUSTERS_MAX, many);
    assert_string_equal(many[63].text, "typical (64)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clusters_are_what_k_means_says),
        cmocka_unit_test(test_no_exchange_does_better),
        cmocka_unit_test(test_clusters_are_found),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_no_center_is_left_alone),
        cmocka_unit_test(test_there_are_no_more_clusters_than_distinct_points),
        cmocka_unit_test(test_extreme_points_have_finite_clusters),
        cmocka_unit_test(test_what_cannot_be_clustered_is_refused),
        cmocka_unit_test(test_new_points_go_to_the_nearest),
        cmocka_unit_test(test_old_points_are_found_in_their_clusters),
        cmocka_unit_test(test_features_come_to_a_like_scale),
        cmocka_unit_test(test_logarithms_bring_near_what_is_far),
        cmocka_unit_test(test_silhouettes_are_what_they_should_be),
        cmocka_unit_test(test_a_sample_tells_the_silhouette_of_many),
        cmocka_unit_test(test_as_many_clusters_are_chosen_as_there_are),
        cmocka_unit_test(test_choosing_among_few_points),
        cmocka_unit_test(test_traits_are_in_order_of_how_far_they_are_apart),
        cmocka_unit_test(test_levels_begin_at_their_thresholds),
        cmocka_unit_test(test_means_of_logarithms_are_shown_as_numbers),
        cmocka_unit_test(test_names_tell_clusters_apart),
        cmocka_unit_test(test_long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
