#include "src/score/exchange.h"

#include <math.h>
#include <stdlib.h>

#include "src/score/lloyd.h"

/* A move must spare more than this share of what the point costs, so that rounding moves none. */
#define WORTHWHILE 1e-9

typedef struct exchange {
    const kithi_tiles *tiles;
    double *centers;
    size_t clusters;
    double sizes[KITHI_CENTERS_MAX];
    uint8_t *labels; /* in tiles' order */
    size_t moves;
} exchange;

static double square_to(const exchange *e, const double *point, size_t cluster) {
    size_t dimensions = e->tiles->dimensions;
    const double *center = e->centers + cluster * dimensions;
    double sum = 0;
    for (size_t d = 0; d < dimensions; d++) {
        double away = point[d * KITHI_TILE] - center[d];
        sum += away * away;
    }
    return sum;
}

/* Puts a point in or out: the center moves towards it or away. */
static void draw_center(exchange *e, const double *point, size_t cluster, double by) {
    size_t dimensions = e->tiles->dimensions;
    double *center = e->centers + cluster * dimensions;
    e->sizes[cluster] += by;
    for (size_t d = 0; d < dimensions; d++) {
        center[d] += by * (point[d * KITHI_TILE] - center[d]) / e->sizes[cluster];
    }
}

static void consider(exchange *e, const double *point, uint8_t *label,
                     const kithi_contenders *contenders) {
    uint8_t own = *label, best = own;
    if (e->sizes[own] < 2) {
        return;
    }
    double cost = square_to(e, point, own) * e->sizes[own] / (e->sizes[own] - 1);
    double least = cost * (1 - WORTHWHILE);
    for (size_t i = 0; i < contenders->count; i++) {
        uint8_t other = contenders->numbers[i];
        double theirs = square_to(e, point, other) * e->sizes[other] / (e->sizes[other] + 1);
        if (other != own && theirs < least) {
            least = theirs;
            best = other;
        }
    }
    if (best != own) {
        draw_center(e, point, own, -1);
        draw_center(e, point, best, 1);
        *label = best;
        e->moves++;
    }
}

static void consider_all(exchange *e) {
    kithi_contenders contenders;
    for (uint32_t i = 0; i < e->tiles->tile_count; i++) {
        kithi_tile_contenders(e->tiles, i, e->centers, e->clusters, &contenders);
        for (size_t j = 0; contenders.count > 1 && j < kithi_tile_size(e->tiles, i); j++) {
            consider(e, kithi_tile_at(e->tiles, i) + j, e->labels + (size_t)i * KITHI_TILE + j,
                     &contenders);
        }
    }
}

bool kithi_exchange_run(const kithi_tiles *tiles, double *centers, size_t clusters,
                        size_t *out_moves) {
    exchange e = {.tiles = tiles, .centers = centers, .clusters = clusters};
    e.labels = malloc(tiles->count);
    if (e.labels == NULL) {
        return false;
    }
    kithi_lloyd_judge(tiles, centers, clusters, e.labels);
    for (size_t i = 0; i < tiles->count; i++) {
        e.sizes[e.labels[i]]++;
    }
    consider_all(&e);
    *out_moves = e.moves;
    free(e.labels);
    return true;
}
