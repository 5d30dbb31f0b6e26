#include "src/score/clusters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/random.h"

typedef struct lloyd {
    const kithi_points *points;
    size_t clusters;
    double *centers, *sums;
    size_t *sizes;
    uint8_t *labels;
    double *nearest; /* of each point the square of the distance to its center */
} lloyd;

static const double *point_at(const kithi_points *p, size_t i) {
    return p->values + i * p->dimensions;
}

static double square_between(const double *a, const double *b, size_t dimensions) {
    double sum = 0;
    for (size_t i = 0; i < dimensions; i++) {
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
}

static double *center_at(const lloyd *l, size_t cluster) {
    return l->centers + cluster * l->points->dimensions;
}

/* Starting */

static void set_center(const lloyd *l, size_t cluster, size_t point) {
    memcpy(center_at(l, cluster), point_at(l->points, point),
           l->points->dimensions * sizeof *l->centers);
}

/* Notes how far points are from the nearest center, now that there is one more. */
static double come_near(lloyd *l, size_t cluster) {
    double sum = 0;
    for (size_t i = 0; i < l->points->count; i++) {
        double square =
            square_between(point_at(l->points, i), center_at(l, cluster), l->points->dimensions);
        l->nearest[i] = cluster == 0 || square < l->nearest[i] ? square : l->nearest[i];
        sum += l->nearest[i];
    }
    return sum;
}

/* A point, by the chance that its square has among all. */
static size_t draw_far(const lloyd *l, double sum, uint64_t *seed) {
    double at = kithi_random_unit(seed) * sum;
    size_t last = 0;
    for (size_t i = 0; i < l->points->count; i++) {
        if (l->nearest[i] > 0) {
            last = i;
            at -= l->nearest[i];
        }
        if (at < 0) {
            break;
        }
    }
    return last;
}

static void start(lloyd *l, uint64_t *seed) {
    set_center(l, 0, kithi_random(seed) % l->points->count);
    for (size_t cluster = 1; cluster < l->clusters; cluster++) {
        double sum = come_near(l, cluster - 1);
        set_center(l, cluster, draw_far(l, sum, seed));
    }
}

/* Steps */

static uint8_t nearest_center(const lloyd *l, const double *point, double *out_square) {
    uint8_t best = 0;
    *out_square = INFINITY;
    for (size_t cluster = 0; cluster < l->clusters; cluster++) {
        double square = square_between(point, center_at(l, cluster), l->points->dimensions);
        if (square < *out_square) {
            *out_square = square;
            best = (uint8_t)cluster;
        }
    }
    return best;
}

/* Puts each point to its nearest center; the sum of squares. */
static double assign(lloyd *l) {
    size_t dimensions = l->points->dimensions;
    double inertia = 0;
    memset(l->sums, 0, l->clusters * dimensions * sizeof *l->sums);
    memset(l->sizes, 0, l->clusters * sizeof *l->sizes);
    for (size_t i = 0; i < l->points->count; i++) {
        const double *point = point_at(l->points, i);
        l->labels[i] = nearest_center(l, point, &l->nearest[i]);
        l->sizes[l->labels[i]]++;
        inertia += l->nearest[i];
        for (size_t d = 0; d < dimensions; d++) {
            l->sums[l->labels[i] * dimensions + d] += point[d];
        }
    }
    return inertia;
}

/* The farthest point becomes the center of a cluster that nobody is in. */
static void settle_empty(lloyd *l, size_t cluster) {
    size_t far = 0;
    for (size_t i = 1; i < l->points->count; i++) {
        far = l->nearest[i] > l->nearest[far] ? i : far;
    }
    l->nearest[far] = 0;
    set_center(l, cluster, far);
}

/* Moves centers to the middle of their points; by how much, squared. */
static double move_centers(lloyd *l) {
    size_t dimensions = l->points->dimensions;
    double moved = 0;
    for (size_t cluster = 0; cluster < l->clusters; cluster++) {
        double *center = center_at(l, cluster), *sums = l->sums + cluster * dimensions;
        if (l->sizes[cluster] == 0) {
            settle_empty(l, cluster);
            moved = INFINITY;
            continue;
        }
        for (size_t d = 0; d < dimensions; d++) {
            double middle = sums[d] / (double)l->sizes[cluster];
            moved += (middle - center[d]) * (middle - center[d]);
            center[d] = middle;
        }
    }
    return moved;
}

static double run(lloyd *l, const kithi_cluster_options *options, kithi_clustering *out) {
    double inertia = assign(l);
    out->converged = false;
    for (out->rounds = 0; out->rounds < options->rounds && !out->converged; out->rounds++) {
        out->converged = move_centers(l) <= options->tolerance;
        inertia = assign(l);
    }
    return inertia;
}

/* Clusters in an order that doesn't hang on how they were found */

static int compare_centers(const double *a, const double *b, size_t dimensions) {
    for (size_t i = 0; i < dimensions; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

static void put_in_order(const lloyd *l, kithi_clustering *out) {
    size_t dimensions = l->points->dimensions;
    uint8_t place[KITHI_CLUSTERS_MAX];
    for (size_t a = 0; a < l->clusters; a++) {
        place[a] = 0;
        for (size_t b = 0; b < l->clusters; b++) {
            int order = compare_centers(center_at(l, b), center_at(l, a), dimensions);
            place[a] += order < 0 || (order == 0 && b < a);
        }
        memcpy(out->centers + place[a] * dimensions, center_at(l, a),
               dimensions * sizeof *l->centers);
        out->sizes[place[a]] = l->sizes[a];
    }
    for (size_t i = 0; i < l->points->count; i++) {
        out->labels[i] = place[l->labels[i]];
    }
}

static bool make_room(lloyd *l, kithi_clustering *out) {
    size_t cells = l->clusters * l->points->dimensions + 1, count = l->points->count + 1;
    l->centers = malloc(cells * sizeof *l->centers);
    l->sums = malloc(cells * sizeof *l->sums);
    l->sizes = malloc(l->clusters * sizeof *l->sizes);
    l->labels = malloc(count);
    l->nearest = malloc(count * sizeof *l->nearest);
    out->centers = malloc(cells * sizeof *out->centers);
    out->labels = malloc(count);
    out->sizes = malloc(l->clusters * sizeof *out->sizes);
    return l->centers != NULL && l->sums != NULL && l->sizes != NULL && l->labels != NULL &&
           l->nearest != NULL && out->centers != NULL && out->labels != NULL && out->sizes != NULL;
}

static void find_best(lloyd *l, const kithi_cluster_options *options, kithi_clustering *out) {
    uint64_t seed = options->seed;
    out->inertia = INFINITY;
    for (unsigned i = 0; i < options->restarts; i++) {
        kithi_clustering found = *out;
        start(l, &seed);
        double inertia = run(l, options, &found);
        if (inertia < out->inertia) {
            *out = found;
            out->inertia = inertia;
            put_in_order(l, out);
        }
    }
}

bool kithi_cluster(const kithi_points *points, const kithi_cluster_options *options,
                   kithi_clustering *out) {
    lloyd l = {.points = points, .clusters = options->clusters};
    *out = (kithi_clustering){.centers = NULL};
    bool made = make_room(&l, out);
    if (made) {
        find_best(&l, options, out);
    } else {
        kithi_clustering_clear(out);
    }
    free(l.centers);
    free(l.sums);
    free(l.sizes);
    free(l.labels);
    free(l.nearest);
    return made;
}

void kithi_clustering_clear(kithi_clustering *c) {
    free(c->centers);
    free(c->labels);
    free(c->sizes);
    *c = (kithi_clustering){.centers = NULL};
}

/* Silhouettes */

/* Of one point: how much nearer its own cluster is than the next one, on average. One that is alone
 * in its cluster counts 0. */
static double silhouette_of(const kithi_points *p, const kithi_clustering *c, size_t clusters,
                            const size_t *sample, size_t count, size_t at) {
    double sums[KITHI_CLUSTERS_MAX] = {0}, other = INFINITY;
    size_t sizes[KITHI_CLUSTERS_MAX] = {0};
    uint8_t own = c->labels[sample[at]];
    for (size_t i = 0; i < count; i++) {
        uint8_t label = c->labels[sample[i]];
        sums[label] +=
            sqrt(square_between(point_at(p, sample[at]), point_at(p, sample[i]), p->dimensions));
        sizes[label] += i != at;
    }
    for (size_t i = 0; i < clusters; i++) {
        double mean = sizes[i] > 0 && i != own ? sums[i] / (double)sizes[i] : INFINITY;
        other = mean < other ? mean : other;
    }
    if (sizes[own] == 0 || other == INFINITY) {
        return 0;
    }
    double mine = sums[own] / (double)sizes[own], most = mine > other ? mine : other;
    return most > 0 ? (other - mine) / most : 0;
}

double kithi_silhouette(const kithi_points *points, const kithi_clustering *clustering,
                        size_t clusters, size_t most, uint64_t seed) {
    size_t count = points->count < most ? points->count : most;
    size_t *sample = malloc((count + 1) * sizeof *sample);
    double sum = 0;
    if (sample == NULL || clusters < 2 || count == 0) {
        free(sample);
        return NAN;
    }
    for (size_t i = 0, left = points->count, wanted = count; wanted > 0; i++, left--) {
        if (kithi_random(&seed) % left < wanted) {
            sample[count - wanted--] = i;
        }
    }
    for (size_t i = 0; i < count; i++) {
        sum += silhouette_of(points, clustering, clusters, sample, count, i);
    }
    free(sample);
    return sum / (double)count;
}
