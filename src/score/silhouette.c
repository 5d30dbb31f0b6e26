#include "src/score/silhouette.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/random.h"

/* Points drawn from all, and how far each is from those of each cluster, summed. */
typedef struct sample {
    size_t count, clusters, dimensions;
    double *values;
    uint8_t *labels;
    double *sums; /* of a point, each cluster */
    size_t sizes[KITHI_CLUSTERS_MAX];
} sample;

/* Each point by the same chance, in their order. */
static void draw(sample *s, const kithi_points *points, const uint8_t *labels, uint64_t seed) {
    size_t drawn = 0;
    for (size_t i = 0; drawn < s->count; i++) {
        if (kithi_random(&seed) % (points->count - i) < s->count - drawn) {
            memcpy(s->values + drawn * s->dimensions, points->values + i * s->dimensions,
                   s->dimensions * sizeof *s->values);
            s->labels[drawn] = labels[i];
            s->sizes[labels[i]]++;
            drawn++;
        }
    }
}

static double distance_between(const sample *s, size_t a, size_t b) {
    const double *x = s->values + a * s->dimensions, *y = s->values + b * s->dimensions;
    double sum = 0;
    for (size_t d = 0; d < s->dimensions; d++) {
        sum += (x[d] - y[d]) * (x[d] - y[d]);
    }
    return sqrt(sum);
}

static void measure(const sample *s) {
    for (size_t i = 0; i < s->count; i++) {
        for (size_t j = 0; j < i; j++) {
            double distance = distance_between(s, i, j);
            s->sums[i * s->clusters + s->labels[j]] += distance;
            s->sums[j * s->clusters + s->labels[i]] += distance;
        }
    }
}

/* How much nearer its own cluster is than the next one, on average. */
static double silhouette_of(const sample *s, size_t point) {
    const double *sums = s->sums + point * s->clusters;
    size_t own = s->labels[point];
    double next = INFINITY;
    for (size_t i = 0; i < s->clusters; i++) {
        if (i != own && s->sizes[i] > 0) {
            double mean = sums[i] / (double)s->sizes[i];
            next = mean < next ? mean : next;
        }
    }
    if (s->sizes[own] < 2 || next == INFINITY) {
        return 0;
    }
    double mine = sums[own] / (double)(s->sizes[own] - 1), most = mine > next ? mine : next;
    return most > 0 ? (next - mine) / most : 0;
}

static double mean_silhouette(const sample *s) {
    double sum = 0;
    for (size_t i = 0; i < s->count; i++) {
        sum += silhouette_of(s, i);
    }
    return sum / (double)s->count;
}

kithi_cluster_refusal kithi_silhouette(const kithi_points *points,
                                       const kithi_clustering *clustering, uint64_t seed,
                                       double *out) {
    size_t most = KITHI_SILHOUETTE_SAMPLE;
    sample s = {points->count < most ? points->count : most, clustering->clusters,
                points->dimensions, .values = NULL};
    if (s.clusters < 2) {
        return KITHI_CLUSTER_ALL_ALIKE;
    }
    s.values = malloc(s.count * s.dimensions * sizeof *s.values);
    s.labels = malloc(s.count);
    s.sums = calloc(s.count * s.clusters, sizeof *s.sums);
    bool made = s.values != NULL && s.labels != NULL && s.sums != NULL;
    if (made) {
        draw(&s, points, clustering->labels, seed);
        measure(&s);
        *out = mean_silhouette(&s);
    }
    free(s.values);
    free(s.labels);
    free(s.sums);
    return made ? KITHI_CLUSTER_FINE : KITHI_CLUSTER_NO_MEMORY;
}

/* Choosing */

/* Keeps what was found where it is the best so far, and clears the other. */
static void note(kithi_cluster_choice *choice, kithi_clustering *found, double silhouette) {
    kithi_cluster_trial trial = {found->clusters, found->inertia, silhouette};
    bool better = choice->trial_count == 0 || silhouette > choice->silhouette;
    choice->trials[choice->trial_count++] = trial;
    if (better) {
        kithi_clustering before = choice->best;
        choice->best = *found;
        choice->silhouette = silhouette;
        *found = before;
    }
    kithi_clustering_clear(found);
}

static kithi_cluster_refusal try_number(const kithi_points *points,
                                        const kithi_cluster_options *options,
                                        kithi_cluster_choice *out, bool *out_enough) {
    kithi_clustering found;
    double silhouette = 0;
    kithi_cluster_refusal refusal = kithi_cluster(points, options, &found);
    if (refusal != KITHI_CLUSTER_FINE) {
        return refusal;
    }
    *out_enough = found.clusters == options->clusters;
    if (!*out_enough && out->trial_count > 0) {
        kithi_clustering_clear(&found); /* those were made before */
        return KITHI_CLUSTER_FINE;
    }
    refusal = kithi_silhouette(points, &found, options->seed, &silhouette);
    if (refusal == KITHI_CLUSTER_FINE) {
        note(out, &found, silhouette);
    } else {
        kithi_clustering_clear(&found);
    }
    return refusal;
}

kithi_cluster_refusal kithi_cluster_choose(const kithi_points *points, size_t from, size_t to,
                                           const kithi_cluster_options *options,
                                           kithi_cluster_choice *out) {
    kithi_cluster_options tried = *options;
    kithi_cluster_refusal refusal = KITHI_CLUSTER_FINE;
    bool enough = true;
    *out = (kithi_cluster_choice){.trial_count = 0};
    if (from < 2 || from > to || to > KITHI_CLUSTERS_MAX) {
        return KITHI_CLUSTER_WRONG_COUNT;
    }
    for (size_t i = from; i <= to && enough && refusal == KITHI_CLUSTER_FINE; i++) {
        tried.clusters = i;
        refusal = try_number(points, &tried, out, &enough);
    }
    if (refusal != KITHI_CLUSTER_FINE) {
        kithi_cluster_choice_clear(out);
    }
    return refusal;
}

void kithi_cluster_choice_clear(kithi_cluster_choice *choice) {
    kithi_clustering_clear(&choice->best);
    *choice = (kithi_cluster_choice){.trial_count = 0};
}
