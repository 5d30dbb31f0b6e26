/*
 * Summaries as they stand in a state row: of each which score asks for such orders, and what they
 * come to. What the orders are is told by the score's definition, by names: those hold also where
 * the store comes to know one of them later.
 */
#ifndef KITHI_PROFILE_SUMMARY_ROW_H
#define KITHI_PROFILE_SUMMARY_ROW_H

#include <stdbool.h>

#include "src/profile/row.h"
#include "src/profile/summary.h"

#define KITHI_SUMMARY_BYTES 78

/* Which events are orders, the property of what they came to (a list of amounts counts as their
 * sum), and which events give money back; ids of the catalog, -1: there is none. */
typedef struct kithi_summary_of {
    int event, amount, refund;
} kithi_summary_of;

/* Behind the aggregates, before traits are; by the id of the score that is the first to ask so. */
void kithi_row_add_summary(kithi_buffer *row, uint16_t score, const kithi_summary *summary);
/* False: the row has none by that score. */
bool kithi_state_summary(kithi_slice row, const kithi_state_header *header, uint16_t score,
                         kithi_summary *out);
/* The one at a place, from 0 on. False: there is none. */
bool kithi_state_summary_at(kithi_slice row, const kithi_state_header *header, size_t place,
                            uint16_t *out_score, kithi_summary *out);

#endif
