/*
 * The messages of Arrow's IPC stream format: what says of the columns and of each batch how they
 * are laid out. Each begins with its own length and is followed by its body.
 */
#ifndef KITHI_ARROW_MESSAGE_H
#define KITHI_ARROW_MESSAGE_H

#include "src/arrow/arrow_body.h"

/* Both append to `out`, which is empty; memory that is out is told by the buffer. */
void kithi_arrow_schema_message(const kithi_arrow_table *table, kithi_buffer *out);
void kithi_arrow_batch_message(const kithi_arrow_table *table, const kithi_arrow_body *body,
                               kithi_buffer *out);
/* What ends the stream. */
void kithi_arrow_end_message(kithi_buffer *out);

#endif
