/*
 * Points that fade: each time a rule is met it gives points, of which half are left after its
 * half-life. All in whole millionths of a point, so that sums don't hang on the order of what is
 * summed, nor on the machine. Times are days, counted from any one.
 *
 * What points are worth on a day is the sum of what each is worth, rounded one by one.
 */
#ifndef KITHI_SCORE_DECAY_H
#define KITHI_SCORE_DECAY_H

#include <stddef.h>
#include <stdint.h>

#define KITHI_DECAY_ONE ((uint64_t)1 << 62)

/* What is left of one after so many days: 2^(-days / half_life_days), in units of 2^-62, off by
 * less than 64 of them. A half-life of 0 means for ever. */
uint64_t kithi_decay_factor(uint32_t half_life_days, uint32_t days);
/* What is left of points, rounded half away from 0. */
int64_t kithi_decay(int64_t points, uint32_t half_life_days, uint32_t days);

/* A rule, and the greatest amount it can come to, more or less than 0; 0: any. */
typedef struct kithi_point_rule {
    int64_t points; /* of one event */
    uint32_t half_life_days;
    int64_t most;
} kithi_point_rule;

typedef struct kithi_point_event {
    uint32_t rule;
    int64_t day;
} kithi_point_event;

typedef struct kithi_point_bounds {
    int64_t low, high; /* of the score; INT64_MIN, INT64_MAX: none */
} kithi_point_bounds;

/*
 * The score on a day: the sum of what rules come to, which `parts` gets one by one, and then what
 * the bounds took from it or added, so that it has one more than there are rules and the score is
 * its sum. Events that are later don't count. Events of any order give the same.
 */
int64_t kithi_point_score(const kithi_point_rule *rules, size_t rule_count,
                          const kithi_point_event *events, size_t event_count, int64_t day,
                          const kithi_point_bounds *bounds, int64_t *parts);

#endif
