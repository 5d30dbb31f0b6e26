/*
 * Which character parts the cells of a file of rows: all readers of such files tell it the same
 * way.
 */
#ifndef KITHI_BASE_DELIMITER_H
#define KITHI_BASE_DELIMITER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whichever of , ; tab | is most frequent outside quotes in the first line that isn't empty; a
 * comma where none is there.
 * @return whether the text holds the line's end; if not, *out is told by what there is of it.
 */
bool kithi_delimiter_find(const char *text, size_t size, char *out);

#endif
