/*
 * An expression as text, in one form: words of the language in capitals, one blank around signs,
 * brackets only where they are needed. Reading it gives the same tree.
 */
#ifndef KITHI_SEGMENT_PRINT_H
#define KITHI_SEGMENT_PRINT_H

#include "src/base/buffer.h"
#include "src/segment/node.h"

/*
 * Appends the text. Where it is longer than `columns` (0: no matter), what AND or OR joins in it at
 * the top stands on lines of its own.
 */
void kithi_print(const kithi_node *node, size_t columns, kithi_buffer *out);
/* The largest unit but weeks that a duration is a whole number of: "90s", "2h", "14d". */
void kithi_print_duration(int64_t duration_us, kithi_buffer *out);

#endif
