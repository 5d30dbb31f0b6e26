/*
 * What models of repeat buying are learnt from: of each customer how often, how lately and how long
 * he has bought. Times are in any unit, the same for all; purchases of one day are one.
 */
#ifndef KITHI_SCORE_REPEAT_H
#define KITHI_SCORE_REPEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kithi_repeat {
    uint32_t frequency; /* x: purchases after the first */
    double recency;     /* t_x: from the first to the last; 0 where x is 0 */
    double age;         /* T: from the first to now, at least t_x */
    double log_gaps;    /* sum of the logarithms of the times between purchases */
    double weight;      /* customers that are like that */
} kithi_repeat;

/* Whether it is one: numbers are finite, 0 <= t_x <= T, t_x is 0 where x is, and it is somebody. */
bool kithi_repeat_is_valid(const kithi_repeat *customer);
/* Makes one of those that are alike: a list of their own, which the caller frees. It is ordered by
 * frequency and, roughly, by recency and age, and the same whatever order they came in. There are
 * fewer than 2^32. NULL: memory is out. */
kithi_repeat *kithi_repeat_compress(const kithi_repeat *customers, uint32_t count,
                                    size_t *out_count);
/* How many customers they are. */
double kithi_repeat_weight(const kithi_repeat *customers, size_t count);

#endif
