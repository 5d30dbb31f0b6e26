/*
 * Where in a JSON text a member stands, so that an error in a config file can name its line and
 * column. The text has been parsed already, so it is known to be well-formed.
 */
#ifndef KITHI_STORE_JSON_PLACE_H
#define KITHI_STORE_JSON_PLACE_H

#include <stddef.h>

/* The offset of the member named by the path of keys (depth of them), or of the deepest one found.
 */
size_t kithi_json_place(const char *json, size_t size, const char *const *path, size_t depth);
/* Line and column, both from 1, of an offset; columns count bytes. */
void kithi_text_place(const char *text, size_t offset, int *out_line, int *out_column);

#endif
