/*
 * The summaries of the orders of all profiles of a chunk, in one pass over the columns of their
 * events.
 */
#ifndef KITHI_QUERY_SCAN_ORDERS_H
#define KITHI_QUERY_SCAN_ORDERS_H

#include "src/profile/summary_row.h"
#include "src/query/scan.h"

/*
 * Sums up each of `who` in the chunk at hand, by the events up to the scan's `now` and by days of
 * the store's time zone. out[place] is borrowed until the next of it; of others it means nothing.
 */
int kithi_scan_orders(kithi_scan *scan, const kithi_summary_of *events, const kithi_chunk *who,
                      const kithi_summary **out);

/* What RFM asks for of a summary, in a fifth of the room: a chunk of them stays near. */
typedef struct kithi_spending {
    int64_t micros; /* net; a sum that stops at the largest and the least number there is */
    uint32_t last;  /* the last day, above INT32_MIN; 0 where there is no order */
    uint32_t twice; /* the orders, and 1 if some order was paid, or something went back */
} kithi_spending;

static inline uint32_t kithi_spending_orders(const kithi_spending *s) {
    return s->twice / 2;
}

static inline bool kithi_spending_is_valued(const kithi_spending *s) {
    return (s->twice & 1) != 0;
}

static inline int32_t kithi_spending_last_day(const kithi_spending *s) {
    return (int32_t)((int64_t)s->last + INT32_MIN);
}

/* The same, quicker. */
int kithi_scan_spending(kithi_scan *scan, const kithi_summary_of *events, const kithi_chunk *who,
                        const kithi_spending **out);

#endif
