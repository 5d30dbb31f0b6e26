/*
 * What an RFM analysis is made of, behind its public result.
 */
#ifndef KITHI_LEARN_RFM_MADE_H
#define KITHI_LEARN_RFM_MADE_H

#include "kith/rfm.h"
#include "src/base/arena.h"
#include "src/learn/crowd.h"
#include "src/score/rfm.h"

#define KITHI_RFM_CODES (KITH_RFM_BINS_MAX * KITH_RFM_BINS_MAX * KITH_RFM_BINS_MAX)

typedef struct kithi_rfm_made {
    kith_rfm_result public;
    kithi_watch watch;
    kithi_arena arena; /* what the result points to */
    kithi_crowd crowd;
    unsigned bins, threads;
    kithi_rfm_cuts cuts;
    kithi_rfm_segments segments;
    uint8_t segment_of[KITHI_RFM_CODES]; /* by kithi_rfm_number() */
    kithi_tiers tiers;
} kithi_rfm_made;

static inline size_t kithi_rfm_number(const kithi_rfm_made *made, kithi_rfm_code code) {
    size_t bins = made->bins;
    return ((code.r - 1u) * bins + code.f - 1u) * bins + code.m - 1u;
}

static inline kithi_rfm_code kithi_rfm_code_of(const kithi_rfm_made *made, size_t customer) {
    const kithi_crowd *c = &made->crowd;
    return kithi_rfm_score(&made->cuts, c->days[customer], c->orders[customer],
                           c->micros[customer]);
}

/* From the crowd, `bins` and `threads`: cuts, and who is in which segment and tier. False: memory
 * is out. */
bool kithi_rfm_cut(kithi_rfm_made *made);
/* The numbers of the public result. False: memory is out. */
bool kithi_rfm_total(kithi_rfm_made *made);
/* By its place, the rest included. */
const char *kithi_rfm_tier_name(size_t place);

#endif
