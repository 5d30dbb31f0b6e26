/*
 * RFM: how recently, how often and for how much a customer bought, a score each from 1 to `bins`,
 * the more the better, and what he is called for it.
 */
#ifndef KITHI_SCORE_RFM_H
#define KITHI_SCORE_RFM_H

#include "src/score/cuts.h"

/* A score of recency counts down: who bought longest ago is in the last bin, and has 1. */
typedef struct kithi_rfm_cuts {
    kithi_cuts days;   /* since the last order */
    kithi_cuts orders; /* of all time */
    kithi_cuts micros; /* net, in millionths */
} kithi_rfm_cuts;

typedef struct kithi_rfm_code {
    uint8_t r, f, m;
} kithi_rfm_code;

#define KITHI_RFM_MICROS INT64_C(1000000) /* an amount of one */

/* By the three numbers of each of `count` customers. False: memory is out. */
bool kithi_rfm_cuts_make(const int64_t *days, const int64_t *orders, const int64_t *micros,
                         size_t count, unsigned bins, kithi_rfm_cuts *out);

static inline kithi_rfm_code kithi_rfm_score(const kithi_rfm_cuts *cuts, int64_t days,
                                             int64_t orders, int64_t micros) {
    return (kithi_rfm_code){(uint8_t)(cuts->days.bins + 1 - kithi_cuts_bin(&cuts->days, days)),
                            (uint8_t)kithi_cuts_bin(&cuts->orders, orders),
                            (uint8_t)kithi_cuts_bin(&cuts->micros, micros)};
}

/*
 * Names for ranges of scores, in fifths, both ends included. The first one that fits is taken. With
 * other than 5 bins a score is in the fifth that the middle of its bin is in.
 */
#define KITHI_FIFTHS 5

typedef struct kithi_rfm_segment {
    const char *name;
    struct {
        uint8_t least, most;
    } r, f, m;
} kithi_rfm_segment;

typedef struct kithi_rfm_segments {
    const kithi_rfm_segment *items;
    size_t count;
} kithi_rfm_segments;

/* The preset "retail": every customer is in one of them. */
kithi_rfm_segments kithi_rfm_retail(void);
/* The place of the segment that scores of so many bins fall in; segments->count: in none. */
size_t kithi_rfm_segment_of(const kithi_rfm_segments *segments, unsigned bins, kithi_rfm_code code);

#endif
