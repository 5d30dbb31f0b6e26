/*
 * What sets say of segments and tags, and rows of buckets, for all profiles of a chunk.
 */
#ifndef KITHI_QUERY_SCAN_MARK_H
#define KITHI_QUERY_SCAN_MARK_H

#include "src/query/scan.h"

/* Fills what is known of a test of segments, tags or buckets; of another test nothing. Of buckets
 * it is known of those alone who are asked. */
int kithi_scan_mark(kithi_scan *scan, const kithi_node *node, kithi_known *out);
/* Whether a set tells it. */
bool kithi_scan_is_set(const kithi_node *node);
/* Whether it costs a look at each row: a test of buckets, or that it doesn't hold. */
bool kithi_scan_is_bucket(const kithi_node *node);

#endif
