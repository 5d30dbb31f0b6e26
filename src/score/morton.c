#include "src/score/morton.h"

#include <stdlib.h>

#include "src/base/radix.h"

/* Bits of a place on the curve, three digits of the sort; the first dimensions get them. */
#define PLACE_BITS     33
#define AXIS_BITS_MAX  11
#define AXIS_CELLS_MAX (1 << AXIS_BITS_MAX)

/* Writes for each cell of an axis its bits, so far apart that other axes' find room between. */
static void spread_bits(uint64_t *out, size_t bits, size_t apart) {
    for (size_t cell = 0; cell < (size_t)1 << bits; cell++) {
        out[cell] = 0;
        for (size_t bit = 0; bit < bits; bit++) {
            out[cell] |= (uint64_t)(cell >> bit & 1) << bit * apart;
        }
    }
}

static void find_range(const double *values, uint32_t count, size_t dimensions, double *low,
                       double *high) {
    *low = *high = values[0];
    for (size_t i = 0; i < count; i++) {
        double value = values[i * dimensions];
        *low = value < *low ? value : *low;
        *high = value > *high ? value : *high;
    }
}

/* Adds what an axis, whose first value is given, has to say about places. */
static void add_axis(const double *values, uint32_t count, size_t dimensions,
                     const uint64_t *spread, size_t cells, size_t shift, uint64_t *places) {
    double low, high;
    find_range(values, count, dimensions, &low, &high);
    double scale = high > low ? (double)cells / (high - low) : 0;
    for (size_t i = 0; i < count; i++) {
        double at = (values[i * dimensions] - low) * scale;
        size_t cell = at < (double)cells ? (size_t)at : cells - 1;
        places[i] |= spread[cell] << shift;
    }
}

bool kithi_morton_order(const double *values, uint32_t count, size_t dimensions, uint32_t *out) {
    size_t axes = dimensions < PLACE_BITS ? dimensions : PLACE_BITS, bits = PLACE_BITS / axes;
    uint64_t *places = calloc((size_t)count + 1, sizeof *places);
    uint64_t *spread = malloc(AXIS_CELLS_MAX * sizeof *spread);
    bool done = places != NULL && spread != NULL;
    bits = bits < AXIS_BITS_MAX ? bits : AXIS_BITS_MAX;
    if (done && count > 0) {
        spread_bits(spread, bits, axes);
        for (size_t i = 0; i < axes; i++) {
            add_axis(values + i, count, dimensions, spread, (size_t)1 << bits, axes - 1 - i,
                     places);
        }
    }
    done = done && kithi_radix_order(places, count, out);
    free(places);
    free(spread);
    return done;
}
