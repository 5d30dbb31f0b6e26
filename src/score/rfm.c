#include "src/score/rfm.h"

bool kithi_rfm_cuts_make(const int64_t *days, const int64_t *orders, const int64_t *micros,
                         size_t count, unsigned bins, kithi_rfm_cuts *out) {
    return kithi_cuts_make(days, count, bins, 1, &out->days) &&
           kithi_cuts_make(orders, count, bins, 1, &out->orders) &&
           kithi_cuts_make(micros, count, bins, KITHI_RFM_MICROS, &out->micros);
}

/* Champions are the best at all three. Who bought lately is new, promising or may become loyal by
 * how often; who bought long ago is the more of a loss the more often he had bought. */
static const kithi_rfm_segment retail[] = {
    {"champions", {4, 5}, {4, 5}, {4, 5}},
    {"loyal", {3, 5}, {3, 5}, {3, 5}},
    {"cant_lose", {1, 2}, {4, 5}, {4, 5}},
    {"at_risk", {1, 2}, {3, 5}, {1, 5}},
    {"new", {5, 5}, {1, 1}, {1, 5}},
    {"promising", {4, 4}, {1, 1}, {1, 5}},
    {"potential_loyalist", {4, 5}, {2, 5}, {1, 5}},
    {"need_attention", {3, 3}, {2, 5}, {1, 5}},
    {"about_to_sleep", {2, 3}, {1, 2}, {1, 5}},
    {"hibernating", {1, 1}, {1, 2}, {3, 5}},
    {"lost", {1, 1}, {1, 2}, {1, 2}},
};

kithi_rfm_segments kithi_rfm_retail(void) {
    return (kithi_rfm_segments){retail, sizeof retail / sizeof retail[0]};
}

static unsigned fifth_of(unsigned score, unsigned bins) {
    return KITHI_FIFTHS * (2 * score - 1) / (2 * bins) + 1;
}

size_t kithi_rfm_segment_of(const kithi_rfm_segments *segments, unsigned bins,
                            kithi_rfm_code code) {
    unsigned r = fifth_of(code.r, bins), f = fifth_of(code.f, bins), m = fifth_of(code.m, bins);
    size_t i = 0;
    for (; i < segments->count; i++) {
        const kithi_rfm_segment *s = &segments->items[i];
        if (r >= s->r.least && r <= s->r.most && f >= s->f.least && f <= s->f.most &&
            m >= s->m.least && m <= s->m.most) {
            break;
        }
    }
    return i;
}
