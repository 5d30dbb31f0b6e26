/*
 * A value as people read it.
 */
#ifndef KITHI_SEGMENT_SHOW_H
#define KITHI_SEGMENT_SHOW_H

#include "src/base/buffer.h"
#include "src/segment/operand.h"

/* Appends a value that isn't NULL. */
void kithi_operand_show(const kithi_operand *value, kithi_buffer *out);

#endif
