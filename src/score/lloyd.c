#include "src/score/lloyd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The points of a tile take turns at so many sums, so that none waits for the one before it. */
#define SUM_SETS 4

typedef struct rounds {
    const kithi_tiles *tiles;
    double *centers;
    size_t clusters;
    double *whole;   /* of each tile the sum of its points */
    double *sums;    /* of each cluster; a sum is of coordinates and, behind them, of points */
    double *of_tile; /* of each set of sums of the points of one tile, each cluster */
} rounds;

static inline __attribute__((always_inline)) void add(double *sums, size_t set_size,
                                                      const double *tile, size_t dimensions,
                                                      const double *numbers, size_t size) {
    for (size_t i = 0; i < size; i++) {
        double *own = sums + i % SUM_SETS * set_size + (size_t)numbers[i] * (dimensions + 1);
        for (size_t d = 0; d < dimensions; d++) {
            own[d] += tile[d * KITHI_TILE + i];
        }
        own[dimensions]++;
    }
}

static void add_points(const rounds *r, uint32_t tile, const double *numbers) {
    size_t dimensions = r->tiles->dimensions, set_size = r->clusters * (dimensions + 1);
    size_t size = kithi_tile_size(r->tiles, tile);
    const double *values = kithi_tile_at(r->tiles, tile);
    switch (dimensions) {
    case 1:
        add(r->of_tile, set_size, values, 1, numbers, size);
        return;
    case 2:
        add(r->of_tile, set_size, values, 2, numbers, size);
        return;
    case 3:
        add(r->of_tile, set_size, values, 3, numbers, size);
        return;
    case 4:
        add(r->of_tile, set_size, values, 4, numbers, size);
        return;
    default:
        add(r->of_tile, set_size, values, dimensions, numbers, size);
    }
}

/* Adds what a tile's points of one cluster come to, and leaves nothing of it behind. */
static void collect(const rounds *r, size_t cluster, double *sums) {
    size_t width = r->tiles->dimensions + 1, set_size = r->clusters * width;
    for (size_t i = 0; i < width; i++) {
        double *sets = r->of_tile + cluster * width + i, sum = 0;
        for (size_t set = 0; set < SUM_SETS; set++) {
            sum += sets[set * set_size];
            sets[set * set_size] = 0;
        }
        sums[i] += sum;
    }
}

/* Sums up each tile: those whose points are all of one cluster need no more. */
static void sum_tiles(const rounds *r) {
    static const double none[KITHI_TILE] = {0};
    for (uint32_t i = 0; i < r->tiles->tile_count; i++) {
        add_points(r, i, none);
        collect(r, 0, r->whole + i * (r->tiles->dimensions + 1));
    }
}

static void add_tile(const rounds *r, uint32_t tile) {
    size_t dimensions = r->tiles->dimensions, width = dimensions + 1;
    kithi_contenders contenders;
    kithi_near near;
    kithi_tile_contenders(r->tiles, tile, r->centers, r->clusters, &contenders);
    if (contenders.count == 1) {
        double *sums = r->sums + contenders.numbers[0] * width;
        for (size_t i = 0; i < width; i++) {
            sums[i] += r->whole[tile * width + i];
        }
        return;
    }
    kithi_near_find(&near, kithi_tile_at(r->tiles, tile), dimensions, r->centers, &contenders);
    add_points(r, tile, near.numbers);
    for (size_t i = 0; i < contenders.count; i++) {
        collect(r, contenders.numbers[i], r->sums + contenders.numbers[i] * width);
    }
}

/* Sums up the points of each cluster, tile by tile. */
static void add_all(const rounds *r) {
    memset(r->sums, 0, r->clusters * (r->tiles->dimensions + 1) * sizeof *r->sums);
    for (uint32_t i = 0; i < r->tiles->tile_count; i++) {
        add_tile(r, i);
    }
}

/* The point that is farthest from its nearest center; the first of those that are as far. */
static size_t farthest_point(const rounds *r) {
    size_t dimensions = r->tiles->dimensions, best = 0;
    double most = -1;
    kithi_contenders contenders;
    kithi_near near;
    for (uint32_t i = 0; i < r->tiles->tile_count; i++) {
        kithi_tile_contenders(r->tiles, i, r->centers, r->clusters, &contenders);
        kithi_near_find(&near, kithi_tile_at(r->tiles, i), dimensions, r->centers, &contenders);
        for (size_t j = 0; j < kithi_tile_size(r->tiles, i); j++) {
            if (near.squares[j] > most) {
                most = near.squares[j];
                best = (size_t)i * KITHI_TILE + j;
            }
        }
    }
    return best;
}

/* By how much the center moved, squared. */
static double move_center(double *center, const double *sums, size_t dimensions) {
    double moved = 0;
    for (size_t d = 0; d < dimensions; d++) {
        double middle = sums[d] / sums[dimensions];
        moved += (middle - center[d]) * (middle - center[d]);
        center[d] = middle;
    }
    return moved;
}

static double move_centers(rounds *r) {
    size_t dimensions = r->tiles->dimensions;
    double moved = 0;
    for (size_t i = 0; i < r->clusters; i++) {
        const double *sums = r->sums + i * (dimensions + 1);
        double *center = r->centers + i * dimensions;
        if (sums[dimensions] == 0) {
            kithi_tiles_point(r->tiles, farthest_point(r), center);
            moved = INFINITY;
        } else {
            moved += move_center(center, sums, dimensions);
        }
    }
    return moved;
}

double kithi_lloyd_judge(const kithi_tiles *tiles, const double *centers, size_t clusters,
                         uint8_t *labels) {
    double inertia = 0;
    kithi_contenders contenders;
    kithi_near near;
    for (uint32_t i = 0; i < tiles->tile_count; i++) {
        size_t size = kithi_tile_size(tiles, i);
        kithi_tile_contenders(tiles, i, centers, clusters, &contenders);
        kithi_near_find(&near, kithi_tile_at(tiles, i), tiles->dimensions, centers, &contenders);
        inertia += kithi_near_sum(&near, size);
        for (size_t j = 0; labels != NULL && j < size; j++) {
            labels[(size_t)i * KITHI_TILE + j] = (uint8_t)near.numbers[j];
        }
    }
    return inertia;
}

bool kithi_lloyd_run(const kithi_tiles *tiles, double *centers, size_t clusters, unsigned most,
                     double least, kithi_lloyd *out) {
    size_t width = tiles->dimensions + 1;
    rounds r = {.tiles = tiles, .centers = centers, .clusters = clusters};
    *out = (kithi_lloyd){.rounds = 0};
    r.whole = calloc(tiles->tile_count * width, sizeof *r.whole);
    r.sums = calloc(clusters * width, sizeof *r.sums);
    r.of_tile = calloc(SUM_SETS * clusters * width, sizeof *r.of_tile);
    bool made = r.whole != NULL && r.sums != NULL && r.of_tile != NULL;
    if (made) {
        sum_tiles(&r);
        while (out->rounds < most && !out->converged) {
            add_all(&r);
            out->converged = move_centers(&r) <= least;
            out->rounds++;
        }
        out->inertia = kithi_lloyd_judge(tiles, centers, clusters, NULL);
    }
    free(r.whole);
    free(r.sums);
    free(r.of_tile);
    return made;
}
