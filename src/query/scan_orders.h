/*
 * The summaries of the orders of all profiles of a chunk, in one pass over the columns of their
 * events.
 */
#ifndef KITHI_QUERY_SCAN_ORDERS_H
#define KITHI_QUERY_SCAN_ORDERS_H

#include "src/profile/summary.h"
#include "src/query/scan.h"

/* Which events are orders: ids of the catalog; below 0: there is none such. */
typedef struct kithi_order_events {
    int order;
    int refund; /* a type of its own, whose events give money back */
    int amount; /* a property of both; a list of amounts counts as their sum */
} kithi_order_events;

/*
 * Sums up each of `who` in the chunk at hand, by the events up to the scan's `now` and by days of
 * the store's time zone. out[place] is borrowed until the next of it; of others it means nothing.
 */
int kithi_scan_orders(kithi_scan *scan, const kithi_order_events *events, const kithi_chunk *who,
                      const kithi_summary **out);

#endif
