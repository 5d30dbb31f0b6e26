/*
 * What one column says of a condition, of all profiles of a chunk or all events of a block.
 */
#ifndef KITHI_QUERY_SCAN_COLUMN_H
#define KITHI_QUERY_SCAN_COLUMN_H

#include "src/column/column.h"
#include "src/query/scan.h"

/* Whether a condition asks for one value, which all it is compared with is written down beside;
 * NULL if not. The value is an attribute, a score of the store's own, a property or the time of an
 * event. */
const kithi_node *kithi_scan_compared(const kithi_node *node);
bool kithi_scan_is_score(const kithi_node *node);
/* Fills what is known of such a condition by the column of its value, where `sure` says of whom the
 * column tells at all. */
int kithi_scan_column(kithi_scan *scan, const kithi_node *node, const kithi_column *column,
                      const kithi_chunk *sure, kithi_known *out);

#endif
