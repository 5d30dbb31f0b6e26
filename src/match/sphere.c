#include "src/match/sphere.h"

/* Angles and sines are fixed point: 1 is 2^30, so that a unit is 6 mm on the ground. */
#define ONE_BITS     30
#define QUARTER_TURN UINT64_C(1686629713)  /* pi / 2 */
#define MICRODEGREE  UINT64_C(20122276272) /* in units of 2^-60 */
#define SERIES_TERMS 7                     /* of the sine: up to x^15, less than a unit is left */

/* A metre on the ground as half of its angle, in units of 2^-38. */
#define HALF_METRE_BITS 8
#define HALF_METRE      UINT64_C(21573) /* 2^38 / (2 * 6371008.8) */

static uint64_t multiply(uint64_t a, uint64_t b) {
    return (a * b) >> ONE_BITS;
}

/* From 0 to a quarter turn: the series of Taylor. */
static uint64_t sine(uint64_t x) {
    uint64_t square = multiply(x, x), term = x, added = x, taken = 0;
    for (uint64_t i = 1; i <= SERIES_TERMS; i++) {
        term = multiply(term, square) / (2 * i * (2 * i + 1));
        added += i % 2 == 0 ? term : 0;
        taken += i % 2 == 1 ? term : 0;
    }
    return added - taken;
}

/* The sine of a part of an angle, 1 / 2^part_bits, that is a quarter turn at most. */
static uint64_t sine_of(uint64_t microdegrees, unsigned part_bits) {
    uint64_t angle = (microdegrees * MICRODEGREE) >> (ONE_BITS + part_bits);
    return sine(angle < QUARTER_TURN ? angle : QUARTER_TURN);
}

static uint64_t distance_of(int32_t a, int32_t b) {
    int64_t difference = (int64_t)a - b;
    return (uint64_t)(difference < 0 ? -difference : difference);
}

static uint64_t cosine_of(int32_t latitude) {
    return sine_of((uint64_t)KITHI_LATITUDE_MAX - distance_of(latitude, 0), 0);
}

/* The square of the sine of half the angle, from 0 to 2^60. */
static uint64_t haversine(uint64_t microdegrees) {
    uint64_t half = sine_of(microdegrees, 1);
    return half * half;
}

bool kithi_points_within(kithi_point a, kithi_point b, uint32_t metres) {
    uint64_t turn = distance_of(a.longitude, b.longitude);
    if (turn > (uint64_t)KITHI_LONGITUDE_MAX) {
        turn = 2 * (uint64_t)KITHI_LONGITUDE_MAX - turn;
    }
    uint64_t cosines = multiply(cosine_of(a.latitude), cosine_of(b.latitude));
    uint64_t across = haversine(turn);
    /* In two parts, as the product of both would have 90 bits. */
    across = (across >> ONE_BITS) * cosines +
             (((across & ((UINT64_C(1) << ONE_BITS) - 1)) * cosines) >> ONE_BITS);
    uint64_t most = sine((metres * HALF_METRE) >> HALF_METRE_BITS);
    return haversine(distance_of(a.latitude, b.latitude)) + across <= most * most;
}
