#include "src/score/clusters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/random.h"
#include "src/score/exchange.h"
#include "src/score/lloyd.h"
#include "src/score/spread.h"

_Static_assert(KITHI_CLUSTERS_MAX <= KITHI_CENTERS_MAX, "tiles know fewer centers");

#define AGREEING       1e-3
#define RESTART_POINTS 500000
#define RESTARTS_MIN   10
#define RESTARTS_MAX   100

const char *kithi_cluster_refusal_text(kithi_cluster_refusal refusal) {
    switch (refusal) {
    case KITHI_CLUSTER_FINE:
        return "nothing is wrong";
    case KITHI_CLUSTER_NO_MEMORY:
        return "memory is out";
    case KITHI_CLUSTER_INTERRUPTED:
        return "interrupted";
    case KITHI_CLUSTER_NO_POINTS:
        return "there is nobody to cluster, or nothing to do it by; give at least one feature, and "
               "a condition that somebody meets";
    case KITHI_CLUSTER_NOT_FINITE:
        return "a value is no finite number or beyond 1e100; leave it out or bound it";
    case KITHI_CLUSTER_WRONG_COUNT:
        return "the number of clusters must be from 1 to 64, or from 2 where it is to be chosen";
    case KITHI_CLUSTER_ALL_ALIKE:
        return "all points are the same, so that there is one cluster and nothing to choose; give "
               "features that differ";
    }
    return "unknown";
}

typedef struct attempt {
    double *centers;
    size_t clusters;
    kithi_lloyd lloyd;
} attempt;

typedef struct search {
    const kithi_cluster_options *options;
    unsigned restarts;
    double least; /* restarts end when a round's moves come to no more */
    kithi_tiles tiles;
    attempt *attempts;
    double *centers; /* of all of them */
} search;

static kithi_cluster_refusal check(const kithi_points *points,
                                   const kithi_cluster_options *options) {
    if (options->clusters == 0 || options->clusters > KITHI_CLUSTERS_MAX) {
        return KITHI_CLUSTER_WRONG_COUNT;
    }
    if (points->count == 0 || points->dimensions == 0) {
        return KITHI_CLUSTER_NO_POINTS;
    }
    if (points->count > UINT32_MAX) {
        return KITHI_CLUSTER_NO_MEMORY;
    }
    for (size_t i = 0; i < points->count * points->dimensions; i++) {
        if (!(fabs(points->values[i]) <= KITHI_SCALE_VALUE_MAX)) {
            return KITHI_CLUSTER_NOT_FINITE;
        }
    }
    return KITHI_CLUSTER_FINE;
}

static double mean_variance(const kithi_points *points) {
    double sum = 0;
    for (size_t d = 0; d < points->dimensions; d++) {
        double total = 0, squares = 0;
        for (size_t i = 0; i < points->count; i++) {
            total += points->values[i * points->dimensions + d];
        }
        for (size_t i = 0; i < points->count; i++) {
            double away =
                points->values[i * points->dimensions + d] - total / (double)points->count;
            squares += away * away;
        }
        sum += squares / (double)points->count;
    }
    return sum / (double)points->dimensions;
}

/* Searching */

static uint64_t seed_of(const search *s, size_t restart) {
    uint64_t seed = s->options->seed + restart * UINT64_C(0x9e3779b97f4a7c15);
    return kithi_random(&seed);
}

static int try_once(void *context, size_t restart) {
    const search *s = context;
    attempt *a = &s->attempts[restart];
    a->centers = s->centers + restart * s->options->clusters * s->tiles.dimensions;
    a->clusters =
        kithi_spread_centers(&s->tiles, s->options->clusters, seed_of(s, restart), a->centers);
    bool done = a->clusters > 0 && kithi_lloyd_run(&s->tiles, a->centers, a->clusters,
                                                   s->options->rounds, s->least, &a->lloyd);
    return done ? KITH_OK : KITH_NO_MEMORY;
}

static kithi_cluster_refusal refusal_of(int code) {
    return code == KITH_OK            ? KITHI_CLUSTER_FINE
           : code == KITH_INTERRUPTED ? KITHI_CLUSTER_INTERRUPTED
                                      : KITHI_CLUSTER_NO_MEMORY;
}

static attempt *best_of(const search *s) {
    attempt *best = s->attempts;
    for (unsigned i = 1; i < s->restarts; i++) {
        attempt *a = &s->attempts[i];
        best = a->lloyd.inertia < best->lloyd.inertia ? a : best;
    }
    return best;
}

static unsigned count_agreeing(const search *s, double inertia) {
    unsigned count = 0;
    for (unsigned i = 0; i < s->restarts; i++) {
        count += s->attempts[i].lloyd.inertia <= inertia * (1 + AGREEING);
    }
    return count;
}

/* To where no center moves, and no point does better elsewhere. */
static bool finish(const search *s, attempt *a, kithi_clustering *out) {
    kithi_lloyd *last = &a->lloyd;
    out->rounds = last->rounds;
    while (out->rounds < s->options->rounds && !out->converged) {
        size_t moves;
        if (!kithi_lloyd_run(&s->tiles, a->centers, a->clusters, s->options->rounds - out->rounds,
                             0, last) ||
            !kithi_exchange_run(&s->tiles, a->centers, a->clusters, &moves)) {
            return false;
        }
        out->rounds += last->rounds;
        out->converged = last->converged && moves == 0;
    }
    return true;
}

/* What is found */

static int compare_centers(const double *a, const double *b, size_t dimensions) {
    for (size_t i = 0; i < dimensions; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

/* An order that doesn't hang on how they were found. */
static void put_in_order(const attempt *a, kithi_clustering *out) {
    size_t dimensions = out->dimensions;
    for (size_t i = 0; i < a->clusters; i++) {
        const double *center = a->centers + i * dimensions;
        size_t place = 0;
        for (size_t j = 0; j < a->clusters; j++) {
            int order = compare_centers(a->centers + j * dimensions, center, dimensions);
            place += order < 0 || (order == 0 && j < i);
        }
        memcpy(out->centers + place * dimensions, center, dimensions * sizeof *center);
    }
    out->clusters = a->clusters;
}

static void label(const search *s, kithi_clustering *out, uint8_t *labels) {
    out->inertia = kithi_lloyd_judge(&s->tiles, out->centers, out->clusters, labels);
    memset(out->sizes, 0, out->clusters * sizeof *out->sizes);
    for (size_t i = 0; i < s->tiles.count; i++) {
        out->labels[s->tiles.order[i]] = labels[i];
        out->sizes[labels[i]]++;
    }
}

/* Forgets centers that nobody is nearest to; whether there were any. */
static bool drop_empty(kithi_clustering *out) {
    size_t kept = 0, before = out->clusters;
    for (size_t i = 0; i < before; i++) {
        if (out->sizes[i] > 0) {
            memmove(out->centers + kept++ * out->dimensions, out->centers + i * out->dimensions,
                    out->dimensions * sizeof *out->centers);
        }
    }
    out->clusters = kept;
    return kept < before;
}

static bool write_down(const search *s, const attempt *a, kithi_clustering *out) {
    uint8_t *labels = malloc(s->tiles.count);
    out->centers = malloc(a->clusters * out->dimensions * sizeof *out->centers);
    out->sizes = malloc(a->clusters * sizeof *out->sizes);
    out->labels = malloc(s->tiles.count);
    bool made = labels != NULL && out->centers != NULL && out->sizes != NULL && out->labels != NULL;
    if (made) {
        put_in_order(a, out);
        label(s, out, labels);
        if (drop_empty(out)) {
            label(s, out, labels);
        }
        out->agreeing = count_agreeing(s, out->inertia);
    }
    free(labels);
    return made;
}

/* Altogether */

static kithi_cluster_refusal search_all(search *s, kithi_clustering *out) {
    size_t cells = s->options->clusters * s->tiles.dimensions;
    s->attempts = calloc(s->restarts, sizeof *s->attempts);
    s->centers = calloc(s->restarts * cells, sizeof *s->centers);
    if (s->attempts == NULL || s->centers == NULL) {
        return KITHI_CLUSTER_NO_MEMORY;
    }
    int code =
        kithi_workers_run_told(s->options->threads, s->restarts, try_once, s, s->options->ear);
    if (code != KITH_OK) {
        return refusal_of(code);
    }
    attempt *best = best_of(s);
    bool done = finish(s, best, out) && write_down(s, best, out);
    return done ? KITHI_CLUSTER_FINE : KITHI_CLUSTER_NO_MEMORY;
}

/* The fewer the points, the cheaper a restart. */
static unsigned restarts_for(const kithi_points *points, const kithi_cluster_options *options) {
    size_t cheap = RESTART_POINTS / points->count;
    unsigned few = cheap < RESTARTS_MIN   ? RESTARTS_MIN
                   : cheap > RESTARTS_MAX ? RESTARTS_MAX
                                          : (unsigned)cheap;
    return options->restarts > 0 ? options->restarts : few;
}

kithi_cluster_refusal kithi_cluster(const kithi_points *points,
                                    const kithi_cluster_options *options, kithi_clustering *out) {
    search s = {.options = options};
    kithi_cluster_refusal refusal = check(points, options);
    *out = (kithi_clustering){.dimensions = points->dimensions};
    if (refusal != KITHI_CLUSTER_FINE) {
        return refusal;
    }
    s.restarts = restarts_for(points, options);
    s.least = options->tolerance * mean_variance(points);
    refusal = KITHI_CLUSTER_NO_MEMORY;
    if (kithi_tiles_make(points->values, (uint32_t)points->count, points->dimensions, &s.tiles)) {
        refusal = search_all(&s, out);
    }
    if (refusal != KITHI_CLUSTER_FINE) {
        kithi_clustering_clear(out);
    }
    kithi_tiles_clear(&s.tiles);
    free(s.attempts);
    free(s.centers);
    return refusal;
}

void kithi_clustering_clear(kithi_clustering *c) {
    free(c->centers);
    free(c->labels);
    free(c->sizes);
    *c = (kithi_clustering){.centers = NULL};
}

/* New points */

static double square_between(const double *a, const double *b, size_t dimensions) {
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

static double margin_between(double nearest, double second) {
    return second > 0 ? 1 - nearest / second : 0;
}

kithi_cluster_place kithi_cluster_find(const double *centers, size_t clusters, size_t dimensions,
                                       const double *point) {
    kithi_cluster_place place = {.cluster = 0};
    double least = INFINITY, next = INFINITY;
    for (size_t i = 0; i < clusters; i++) {
        double square = square_between(centers + i * dimensions, point, dimensions);
        if (square < least) {
            place.second = place.cluster;
            next = least;
            place.cluster = (uint8_t)i;
            least = square;
        } else if (square < next) {
            place.second = (uint8_t)i;
            next = square;
        }
    }
    place.distance = sqrt(least);
    place.second_distance = clusters > 1 ? sqrt(next) : place.distance;
    place.margin = clusters > 1 ? margin_between(place.distance, place.second_distance) : 1;
    return place;
}
