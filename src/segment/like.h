/*
 * Patterns of texts: LIKE, ILIKE, CONTAINS, STARTS WITH, ENDS WITH.
 */
#ifndef KITHI_SEGMENT_LIKE_H
#define KITHI_SEGMENT_LIKE_H

#include "src/segment/node.h"

/* Whether a text, of valid UTF-8 as the pattern, fits it; both are taken in composed form, and
 * without regard to case by ILIKE. In a pattern of LIKE `%` is any run of characters and `_` any
 * one. False: memory is out. */
bool kithi_text_fits(kithi_op op, const char *text, size_t size, const char *pattern,
                     size_t pattern_size, bool *out);

#endif
