/*
 * Distances on the globe, in integers alone, so that they are the same on every machine.
 */
#ifndef KITHI_MATCH_SPHERE_H
#define KITHI_MATCH_SPHERE_H

#include <stdbool.h>
#include <stdint.h>

#define KITHI_LATITUDE_MAX  INT64_C(90000000) /* millionths of a degree */
#define KITHI_LONGITUDE_MAX INT64_C(180000000)

/* A point, in millionths of a degree. */
typedef struct kithi_point {
    int32_t latitude, longitude;
} kithi_point;

/*
 * Whether two points are at most so many metres apart, on a sphere of the Earth's mean radius
 * (6,371,008.8 m, the mean radius R1 of GRS 80): within 0.6 % of the distance on the ellipsoid.
 * By the haversine formula: R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68 (2),
 * 1984, page 159. Up to 1,000 km.
 */
bool kithi_points_within(kithi_point a, kithi_point b, uint32_t metres);

#endif
