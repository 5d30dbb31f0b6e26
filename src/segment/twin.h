/*
 * The JSON twin of an expression: for rule builders and for sync. It says what the text says, and
 * reading it gives the same tree.
 *
 * null, true, 12, "text" stand for themselves. All else is an object with one member, named as the
 * language has it in lower case:
 *   {"number": "12.5"}  {"date": "2024-02-29"}  {"time": "2024-02-29T09:30:00Z"}  {"duration":
 * "30d"}
 *   {"now": true}  {"today": true}
 *   {"attribute": "store_id"}  {"property": "amount"}  {"at": "this"}; of an earlier step
 *   {"property": "amount", "of": "prev"}, and "step1", "step2", ... likewise
 *   {"+": [a, b]}  {"and": [a, b, ...]}  {"not": a}  {"=": [a, b]}  {"in": [a, b, ...]}
 *   {"not like": [a, "x%"]}  {"is null": [a]}  {"lower": [a]}  {"tag": ["vip"]}
 *   {"count": {"event": "purchase", "property": "sku", "where": a, "last": "30d"}}; a window is
 *   "last", with "calendar": "month" for so many of them; "this"; "since"; "before"; "from" and
 * "to"
 *   {"did": [{"event": "signup"}, {"event": "purchase", "not": true, "within": "7d"}]}
 *   {"regularly": [{"event": "purchase", "last": "360d"}, 1, {"duration": "30d"}, 10]}
 */
#ifndef KITHI_SEGMENT_TWIN_H
#define KITHI_SEGMENT_TWIN_H

#include "src/base/buffer.h"
#include "src/segment/tree.h"

#define KITHI_TWIN_MAX_BYTES  (16 * KITH_EXPRESSION_MAX_BYTES)
#define KITHI_TWIN_NAME_BYTES 24 /* of an operator or a call */
#define KITHI_TWIN_PATH_BYTES 160

typedef struct kithi_twin_path {
    char text[KITHI_TWIN_PATH_BYTES]; /* "/and/1/count/0"; "" for all of it */
    size_t size;                      /* of all of it, also of what finds no room */
} kithi_twin_path;

/* Appends the JSON, on one line or (`pretty`) indented. False: memory is out. */
bool kithi_twin_write(const kithi_node *node, bool pretty, kithi_buffer *out);
/*
 * Reads it into the tree's arena. tree->rc is KITH_OK; KITH_INVALID, with the path to what is wrong
 * in the message; KITH_LIMIT; KITH_NO_MEMORY. What it reads stands nowhere in a text: each node and
 * stream has a place of its own that as a position is below -1, for kithi_twin_find().
 */
kithi_node *kithi_twin_read(kithi_tree *tree, const char *json, size_t size);

/* Goes to a member or a part of a list; returns what leaving it takes. */
size_t kithi_twin_enter(kithi_twin_path *path, const char *key);
size_t kithi_twin_enter_part(kithi_twin_path *path, size_t part);
void kithi_twin_leave(kithi_twin_path *path, size_t before);
/* The path to what has this place in a tree that was read; "" where nothing has. */
void kithi_twin_find(const kithi_node *root, int64_t position, kithi_twin_path *out);
/* What a condition, a sum or a call is named: in lower case, "not " in front where it is negated.
 */
void kithi_twin_name(const kithi_node *node, char out[KITHI_TWIN_NAME_BYTES]);

#endif
