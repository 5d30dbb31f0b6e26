/*
 * Reading an expression.
 */
#ifndef KITHI_SEGMENT_PARSE_H
#define KITHI_SEGMENT_PARSE_H

#include "kith/base.h"
#include "src/segment/node.h"

/*
 * Reads a text of valid UTF-8 into a tree in the arena. Whether names are known and types fit is
 * not looked at (checking.h).
 * KITH_OK; KITH_INVALID, with the byte offset in the error's position and what was expected there;
 * KITH_LIMIT (too long, too deep, too many parts); KITH_NO_MEMORY.
 */
int kithi_parse(const char *text, size_t size, kithi_arena *arena, kithi_node **out,
                kith_error *error);

#endif
