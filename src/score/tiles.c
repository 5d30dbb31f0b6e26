#include "src/score/tiles.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "src/score/morton.h"

#define PAIRS    4
#define ROUNDING 1e-9 /* far more than a sum of squares is wrong by */

/* Two numbers that are worked on at once: what every processor has that kith is built for, or what
 * the compiler takes apart. */
typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
typedef int64_t pair_mask __attribute__((vector_size(16), aligned(8), may_alias));

/* A place for so many things in all tiles, and never none. */
static void *make_room(const kithi_tiles *tiles, size_t of_tile, size_t item) {
    return calloc(tiles->tile_count * of_tile + 1, item);
}

static void fill(const double *values, kithi_tiles *out) {
    size_t dimensions = out->dimensions;
    for (size_t i = 0; i < out->count; i++) {
        const double *from = values + out->order[i] * dimensions;
        double *tile = out->values + i / KITHI_TILE * dimensions * KITHI_TILE;
        for (size_t d = 0; d < dimensions; d++) {
            tile[d * KITHI_TILE + i % KITHI_TILE] = from[d];
        }
    }
}

static void find_box(const kithi_tiles *tiles, uint32_t tile) {
    double *low = tiles->boxes + tile * 2 * tiles->dimensions, *high = low + tiles->dimensions;
    for (size_t d = 0; d < tiles->dimensions; d++) {
        const double *values = kithi_tile_at(tiles, tile) + d * KITHI_TILE;
        low[d] = high[d] = values[0];
        for (size_t i = 1; i < kithi_tile_size(tiles, tile); i++) {
            low[d] = values[i] < low[d] ? values[i] : low[d];
            high[d] = values[i] > high[d] ? values[i] : high[d];
        }
    }
}

bool kithi_tiles_make(const double *values, uint32_t count, size_t dimensions, kithi_tiles *out) {
    uint32_t tile_count = count / KITHI_TILE + (count % KITHI_TILE > 0);
    *out = (kithi_tiles){.count = count, .tile_count = tile_count, .dimensions = dimensions};
    out->values = make_room(out, dimensions * KITHI_TILE, sizeof *out->values);
    out->boxes = make_room(out, 2 * dimensions, sizeof *out->boxes);
    out->order = make_room(out, KITHI_TILE, sizeof *out->order);
    if (out->values == NULL || out->boxes == NULL || out->order == NULL ||
        !kithi_morton_order(values, count, dimensions, out->order)) {
        kithi_tiles_clear(out);
        return false;
    }
    fill(values, out);
    for (uint32_t i = 0; i < tile_count; i++) {
        find_box(out, i);
    }
    return true;
}

void kithi_tiles_clear(kithi_tiles *tiles) {
    free(tiles->values);
    free(tiles->boxes);
    free(tiles->order);
    *tiles = (kithi_tiles){.values = NULL};
}

void kithi_tiles_point(const kithi_tiles *tiles, size_t point, double *out) {
    const double *tile = kithi_tile_at(tiles, (uint32_t)(point / KITHI_TILE));
    for (size_t d = 0; d < tiles->dimensions; d++) {
        out[d] = tile[d * KITHI_TILE + point % KITHI_TILE];
    }
}

/* Which centers a tile needs */

typedef struct box {
    const double *low, *high;
    size_t dimensions;
} box;

static double square_to_middle(const box *b, const double *center) {
    double sum = 0;
    for (size_t d = 0; d < b->dimensions; d++) {
        double away = b->low[d] + (b->high[d] - b->low[d]) / 2 - center[d];
        sum += away * away;
    }
    return sum;
}

static double square_to_farthest(const box *b, const double *center) {
    double sum = 0;
    for (size_t d = 0; d < b->dimensions; d++) {
        double below = center[d] - b->low[d], above = b->high[d] - center[d];
        double away = above > below ? above : below;
        sum += away * away;
    }
    return sum;
}

/*
 * Whether a center is farther than another from all of a box, which it is where it is farther from
 * the corner that lies most in its direction (Pelleg and Moore 1999). By so much that rounding
 * could not make a point of the box say otherwise; `scale` is as much as squares come to.
 */
static bool is_beaten(const box *b, const double *center, const double *by, double scale) {
    double mine = 0, others = 0;
    for (size_t d = 0; d < b->dimensions; d++) {
        double corner = center[d] > by[d] ? b->high[d] : b->low[d];
        mine += (corner - center[d]) * (corner - center[d]);
        others += (corner - by[d]) * (corner - by[d]);
    }
    return mine - others > ROUNDING * (mine + others + scale);
}

void kithi_tile_contenders(const kithi_tiles *tiles, uint32_t tile, const double *centers,
                           size_t count, kithi_contenders *out) {
    size_t dimensions = tiles->dimensions, best = 0;
    const double *low = tiles->boxes + tile * 2 * dimensions;
    box b = {low, low + dimensions, dimensions};
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double square = square_to_middle(&b, centers + i * dimensions);
        best = square < least ? i : best;
        least = square < least ? square : least;
    }
    const double *by = centers + best * dimensions;
    double scale = square_to_farthest(&b, by);
    out->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == best || !is_beaten(&b, centers + i * dimensions, by, scale)) {
            out->numbers[out->count++] = (uint8_t)i;
        }
    }
}

double kithi_tile_away(const kithi_tiles *tiles, uint32_t tile, const double *center) {
    const double *low = tiles->boxes + tile * 2 * tiles->dimensions,
                 *high = low + tiles->dimensions;
    double sum = 0;
    for (size_t d = 0; d < tiles->dimensions; d++) {
        double below = low[d] - center[d], above = center[d] - high[d];
        double away = below > 0 ? below : above > 0 ? above : 0;
        sum += away * away;
    }
    return sum;
}

/* Distances */

void kithi_near_begin(kithi_near *near) {
    for (size_t i = 0; i < KITHI_TILE; i++) {
        near->squares[i] = INFINITY;
        near->numbers[i] = 0;
    }
}

/* Takes a square, and whose it is, where it is the least so far. */
static inline __attribute__((always_inline)) void take_nearer(kithi_near *near, size_t at,
                                                              pair square, pair_mask number) {
    pair_mask *least = (pair_mask *)(near->squares + at);
    pair_mask *held = (pair_mask *)(near->numbers + at), nearer = square < (pair)*least;
    *least = (*least & ~nearer) | ((pair_mask)square & nearer);
    *held = (*held & ~nearer) | (number & nearer);
}

/* For each call its own copy, made for the number of dimensions where that is known. Several pairs
 * at a time, as the sum of one has to wait for each of its parts. */
static inline __attribute__((always_inline)) void
show(kithi_near *near, const double *tile, size_t dimensions, const double *center, size_t number) {
    pair_mask mine = (pair_mask)((pair){(double)number, (double)number});
    for (size_t i = 0; i < KITHI_TILE; i += 2 * PAIRS) {
        pair sums[PAIRS] = {{0}};
        for (size_t d = 0; d < dimensions; d++) {
            const pair *values = (const pair *)(tile + d * KITHI_TILE + i);
            for (size_t p = 0; p < PAIRS; p++) {
                pair away = values[p] - center[d];
                sums[p] += away * away;
            }
        }
        for (size_t p = 0; p < PAIRS; p++) {
            take_nearer(near, i + 2 * p, sums[p], mine);
        }
    }
}

void kithi_near_show(kithi_near *near, const double *tile, size_t dimensions, const double *center,
                     size_t number) {
    switch (dimensions) {
    case 1:
        show(near, tile, 1, center, number);
        return;
    case 2:
        show(near, tile, 2, center, number);
        return;
    case 3:
        show(near, tile, 3, center, number);
        return;
    case 4:
        show(near, tile, 4, center, number);
        return;
    default:
        show(near, tile, dimensions, center, number);
    }
}

void kithi_near_find(kithi_near *near, const double *tile, size_t dimensions, const double *centers,
                     const kithi_contenders *contenders) {
    kithi_near_begin(near);
    for (size_t i = 0; i < contenders->count; i++) {
        size_t number = contenders->numbers[i];
        kithi_near_show(near, tile, dimensions, centers + number * dimensions, number);
    }
}

double kithi_near_sum(const kithi_near *near, size_t size) {
    double sums[4] = {0};
    for (size_t i = 0; i < size; i++) {
        sums[i % 4] += near->squares[i];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}
