/*
 * Values of all profiles of a chunk at once, and comparisons of them: aggregates of events, golden
 * values, what is written down, and sums of such.
 */
#ifndef KITHI_QUERY_SCAN_VALUE_H
#define KITHI_QUERY_SCAN_VALUE_H

#include "src/query/scan.h"

/* A value for each profile. */
typedef struct kithi_lane {
    kithi_operand rest; /* of all who have none of their own */
    kithi_chunk own;
    kithi_operand each[KITHI_CHUNK_BITS]; /* of those who have, by place */
} kithi_lane;

/* Whether a window is the same for all who live in one time zone. */
bool kithi_scan_is_constant_window(const kithi_window *window);

/* Works out an aggregate; *unsure: of whom it may be another one. */
int kithi_scan_fold(kithi_scan *scan, const kithi_node *node, kithi_lane *out, kithi_chunk *unsure);
/* The counts of count(), by place; borrowed until the next of either. */
int kithi_scan_count(kithi_scan *scan, const kithi_node *node, const uint32_t **out,
                     kithi_chunk *unsure);
/* Whom did() holds for; *unsure: of whom it can't be told. */
int kithi_scan_sequence(kithi_scan *scan, const kithi_node *node, kithi_chunk *out,
                        kithi_chunk *unsure);

/* What is known of a comparison of values, or of did(). */
int kithi_scan_values(kithi_scan *scan, const kithi_node *node, kithi_known *out);
/* Frees the lanes. */
void kithi_scan_end_values(kithi_scan *scan);

#endif
