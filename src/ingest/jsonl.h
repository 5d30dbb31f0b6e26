/*
 * JSON lines: one object a line, read with jansson, and its members as values.
 *
 * Two shapes. Flat, for records: members of objects within objects become "outer.inner"; a list of
 * scalars is several values; what is nested in a list is its JSON text, except in FEATURES (the
 * form of Senzing), whose objects' members count as members of the line. Nested, for events: values
 * as they stand.
 */
#ifndef KITHI_INGEST_JSONL_H
#define KITHI_INGEST_JSONL_H

#include <jansson.h>

#include "src/base/arena.h"
#include "src/ingest/lines.h"

#define KITHI_JSON_DEPTH_MAX 30 /* the store takes two levels more */

typedef enum kithi_json_shape { KITHI_JSON_FLAT, KITHI_JSON_NESTED } kithi_json_shape;

/*
 * Told of a value and its path, in the order of the line. Returns KITH_OK, or a code that ends the
 * walk; it may reject the row, which ends it too.
 */
typedef int (*kithi_json_leaf)(void *context, const char *path, size_t path_bytes,
                               kith_value value);

/*
 * Parses the row's text; rejects the row where it is no object.
 * @param out  owned (json_decref); NULL where the row is rejected.
 * @return KITH_OK; KITH_NO_MEMORY.
 */
int kithi_json_parse(kithi_row *row, json_t **out, kith_error *error);

/*
 * Walks over the members of an object. Texts of values borrow from it; lists and maps live in the
 * arena.
 * @return KITH_OK; KITH_NO_MEMORY; what `leaf` returned.
 */
int kithi_json_walk(const json_t *object, kithi_json_shape shape, kithi_arena *arena,
                    kithi_row *row, kithi_json_leaf leaf, void *context);

/* A value as it stands; NULL is null. False when memory is out. */
bool kithi_json_value(kithi_arena *arena, const json_t *json, kith_value *out);
/* The member at a path "a.b"; NULL: there is none. Borrowed. */
const json_t *kithi_json_find(const json_t *object, const char *path);

#endif
