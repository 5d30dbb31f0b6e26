#include "src/score/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/random.h"

#define TRIALS_MAX 16

typedef struct spread {
    const kithi_tiles *tiles;
    double *squares;   /* of each point to the nearest center so far */
    double *tile_sums; /* of them, tile by tile */
    double *tile_most; /* the greatest of them */
    double *candidates;
    uint64_t seed;
} spread;

/* Shows a center to the points of a tile; false: it is nearer to none of them. */
static bool show_tile(const spread *s, uint32_t tile, const double *center, kithi_near *near) {
    if (kithi_tile_away(s->tiles, tile, center) >= s->tile_most[tile]) {
        return false;
    }
    memcpy(near->squares, s->squares + (size_t)tile * KITHI_TILE, sizeof near->squares);
    kithi_near_show(near, kithi_tile_at(s->tiles, tile), s->tiles->dimensions, center, 0);
    return true;
}

static double greatest_of(const double *squares, size_t size) {
    double most = 0;
    for (size_t i = 0; i < size; i++) {
        most = squares[i] > most ? squares[i] : most;
    }
    return most;
}

/* The sum of all squares, now that there is one more. */
static double take_center(spread *s, const double *center) {
    double sum = 0;
    kithi_near near;
    kithi_near_begin(&near);
    for (uint32_t i = 0; i < s->tiles->tile_count; i++) {
        if (show_tile(s, i, center, &near)) {
            size_t size = kithi_tile_size(s->tiles, i);
            memcpy(s->squares + (size_t)i * KITHI_TILE, near.squares, sizeof near.squares);
            s->tile_sums[i] = kithi_near_sum(&near, size);
            s->tile_most[i] = greatest_of(near.squares, size);
        }
        sum += s->tile_sums[i];
    }
    return sum;
}

/* A point that isn't a center, by the chance that its square has among all. */
static size_t draw_point(spread *s, double sum) {
    double at = kithi_random_unit(&s->seed) * sum;
    uint32_t tile = 0;
    size_t found = 0;
    for (; tile + 1 < s->tiles->tile_count && at >= s->tile_sums[tile]; tile++) {
        at -= s->tile_sums[tile];
    }
    while (s->tile_sums[tile] == 0) { /* what rounding left over falls to the one before */
        tile--;
    }
    const double *squares = s->squares + (size_t)tile * KITHI_TILE;
    for (size_t i = 0; i < kithi_tile_size(s->tiles, tile) && at >= 0; i++) {
        found = squares[i] > 0 ? i : found;
        at -= squares[i];
    }
    return (size_t)tile * KITHI_TILE + found;
}

/* The candidate that leaves the least; each tile is looked at once for all of them. */
static size_t best_candidate(const spread *s, size_t trials) {
    double sums[TRIALS_MAX] = {0};
    size_t best = 0;
    kithi_near near;
    kithi_near_begin(&near);
    for (uint32_t i = 0; i < s->tiles->tile_count; i++) {
        for (size_t t = 0; t < trials; t++) {
            const double *candidate = s->candidates + t * s->tiles->dimensions;
            bool nearer = show_tile(s, i, candidate, &near);
            sums[t] +=
                nearer ? kithi_near_sum(&near, kithi_tile_size(s->tiles, i)) : s->tile_sums[i];
        }
    }
    for (size_t t = 1; t < trials; t++) {
        best = sums[t] < sums[best] ? t : best;
    }
    return best;
}

static void draw_center(spread *s, double sum, size_t trials, double *out) {
    size_t dimensions = s->tiles->dimensions;
    for (size_t t = 0; t < trials; t++) {
        kithi_tiles_point(s->tiles, draw_point(s, sum), s->candidates + t * dimensions);
    }
    size_t best = best_candidate(s, trials);
    memcpy(out, s->candidates + best * dimensions, dimensions * sizeof *out);
}

static size_t draw_centers(spread *s, size_t wanted, double *centers) {
    size_t dimensions = s->tiles->dimensions, made = 1;
    size_t trials = 2 + (size_t)log((double)wanted);
    for (size_t i = 0; i < (size_t)s->tiles->tile_count * KITHI_TILE; i++) {
        s->squares[i] = s->tile_most[i / KITHI_TILE] = INFINITY;
    }
    kithi_tiles_point(s->tiles, kithi_random(&s->seed) % s->tiles->count, centers);
    double sum = take_center(s, centers);
    for (; made < wanted && sum > 0; made++) {
        double *center = centers + made * dimensions;
        draw_center(s, sum, trials < TRIALS_MAX ? trials : TRIALS_MAX, center);
        sum = take_center(s, center);
    }
    return made;
}

size_t kithi_spread_centers(const kithi_tiles *tiles, size_t wanted, uint64_t seed,
                            double *centers) {
    spread s = {.tiles = tiles, .seed = seed};
    size_t made = 0;
    s.squares = malloc((size_t)tiles->tile_count * KITHI_TILE * sizeof *s.squares);
    s.tile_sums = malloc(tiles->tile_count * sizeof *s.tile_sums);
    s.tile_most = malloc(tiles->tile_count * sizeof *s.tile_most);
    s.candidates = malloc(TRIALS_MAX * tiles->dimensions * sizeof *s.candidates);
    if (s.squares != NULL && s.tile_sums != NULL && s.tile_most != NULL && s.candidates != NULL) {
        made = draw_centers(&s, wanted, centers);
    }
    free(s.squares);
    free(s.tile_sums);
    free(s.tile_most);
    free(s.candidates);
    return made;
}
