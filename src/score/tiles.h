/*
 * Points in tiles: so many at a time that are near each other, coordinate by coordinate, so that
 * distances of several are found at once, and the box around them, by which most centers can be
 * left out. A square of a distance is summed by coordinate, in order: the same on every machine.
 */
#ifndef KITHI_SCORE_TILES_H
#define KITHI_SCORE_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KITHI_TILE        128
#define KITHI_CENTERS_MAX 64

typedef struct kithi_tiles {
    uint32_t count, tile_count;
    size_t dimensions;
    double *values;  /* tile by tile; behind the last point: 0 */
    double *boxes;   /* of each tile the least of each coordinate, then the greatest */
    uint32_t *order; /* which of the points that it was made of each one is */
} kithi_tiles;

/* From finite values that are point by point. Owned: kithi_tiles_clear(). False: memory is out. */
bool kithi_tiles_make(const double *values, uint32_t count, size_t dimensions, kithi_tiles *out);
void kithi_tiles_clear(kithi_tiles *tiles);

/* A tile's values: coordinate d of its point i is at d * KITHI_TILE + i. */
static inline const double *kithi_tile_at(const kithi_tiles *tiles, uint32_t tile) {
    return tiles->values + tile * tiles->dimensions * KITHI_TILE;
}

/* How many points a tile has: the last may have fewer. */
static inline size_t kithi_tile_size(const kithi_tiles *tiles, uint32_t tile) {
    size_t left = tiles->count - (size_t)tile * KITHI_TILE;
    return left < KITHI_TILE ? left : KITHI_TILE;
}

/* Writes the coordinates of a point, by its place in tiles. */
void kithi_tiles_point(const kithi_tiles *tiles, size_t point, double *out);

/* Which centers are the nearest to a point of a tile: all of those, in order, and maybe others. */
typedef struct kithi_contenders {
    size_t count;
    uint8_t numbers[KITHI_CENTERS_MAX];
} kithi_contenders;

/* Of up to KITHI_CENTERS_MAX centers, of which there is one at least. */
void kithi_tile_contenders(const kithi_tiles *tiles, uint32_t tile, const double *centers,
                           size_t count, kithi_contenders *out);

/* The square of how far a center is from the box around a tile: none of its points is nearer. */
double kithi_tile_away(const kithi_tiles *tiles, uint32_t tile, const double *center);

/* Of each point of a tile the nearest of the centers that were shown to it, the first of those that
 * are as near, and the square of the distance. */
typedef struct kithi_near {
    double squares[KITHI_TILE];
    double numbers[KITHI_TILE]; /* whole ones, as wide as the squares */
} kithi_near;

/* No center was shown yet: squares are infinite. */
void kithi_near_begin(kithi_near *near);
/* Shows one more center. */
void kithi_near_show(kithi_near *near, const double *tile, size_t dimensions, const double *center,
                     size_t number);
/* The nearest of those that may be. */
void kithi_near_find(kithi_near *near, const double *tile, size_t dimensions, const double *centers,
                     const kithi_contenders *contenders);
/* The sum of the squares of the first so many points. */
double kithi_near_sum(const kithi_near *near, size_t size);

#endif
