/*
 * What columns say of a condition about an attribute, for all profiles of a chunk.
 */
#ifndef KITHI_QUERY_SCAN_COLUMN_H
#define KITHI_QUERY_SCAN_COLUMN_H

#include "src/query/scan.h"

/* Fills what is known of a condition: all of it, of those whose columns are not stale, where it
 * compares an attribute with literals; else nothing. */
int kithi_scan_column(kithi_scan *scan, const kithi_node *node, kithi_known *out);

#endif
