/*
 * Summaries as they stand in a state row: of each which orders it is of, and what they come to.
 */
#ifndef KITHI_PROFILE_SUMMARY_ROW_H
#define KITHI_PROFILE_SUMMARY_ROW_H

#include <stdbool.h>

#include "src/profile/row.h"
#include "src/profile/summary.h"

#define KITHI_SUMMARY_BYTES 82

/* Which events are orders, the property of what they came to (a list of amounts counts as their
 * sum), and which events give money back; ids of the catalog, -1: there is none. */
typedef struct kithi_summary_of {
    int event, amount, refund;
} kithi_summary_of;

static inline bool kithi_summary_of_same(kithi_summary_of a, kithi_summary_of b) {
    return a.event == b.event && a.amount == b.amount && a.refund == b.refund;
}

/* Behind the aggregates, before traits are. */
void kithi_row_add_summary(kithi_buffer *row, kithi_summary_of of, const kithi_summary *summary);
/* False: the row has none of these orders. */
bool kithi_state_summary(kithi_slice row, const kithi_state_header *header, kithi_summary_of of,
                         kithi_summary *out);
/* The one at a place, from 0 on. False: there is none. */
bool kithi_state_summary_at(kithi_slice row, const kithi_state_header *header, size_t place,
                            kithi_summary_of *out_of, kithi_summary *out);

#endif
