/*
 * Reading a JSON text that people write: members are looked up and checked one by one, and what is
 * wrong is refused with its line, its column and the path of keys that leads to it.
 */
#ifndef KITHI_STORE_JSON_READER_H
#define KITHI_STORE_JSON_READER_H

#include <jansson.h>

#include "src/store/txn.h"

#define KITHI_JSON_DEPTH 6

/* The text, and the path of keys to where the reading stands. */
typedef struct kithi_json_reader {
    kith_txn *txn;    /* its error is set, its arena keeps lists */
    const char *what; /* the text is, as errors call it: "config" */
    const char *text; /* behind a byte order mark, which editors don't show as a column */
    size_t size;
    size_t mark_bytes;
    json_t *root;
    const char *path[KITHI_JSON_DEPTH];
    size_t depth;
} kithi_json_reader;

/* What jansson makes of a text, by its flags; no member twice. NULL: it is no JSON, or memory is
 * out. */
json_t *kithi_json_load(const char *json, size_t size, size_t flags, json_error_t *problem,
                        bool *out_no_memory);

/* KITH_OK; KITH_INVALID, with the place of what is no JSON; KITH_NO_MEMORY. Then end it. */
int kithi_json_begin(kithi_json_reader *r, kith_txn *txn, const char *what, const char *json,
                     size_t size);
void kithi_json_end(kithi_json_reader *r);

void kithi_json_enter(kithi_json_reader *r, const char *key);
void kithi_json_leave(kithi_json_reader *r);

/* Sets the error; KITH_INVALID. */
int kithi_json_refuse(kithi_json_reader *r, const char *problem);
/* Refuses a member of the object that the reading stands at. */
int kithi_json_refuse_member(kithi_json_reader *r, const char *key, const char *problem);
/* What another function said (KITH_INVALID), with the place of it. */
int kithi_json_placed(kithi_json_reader *r, int rc);

/* Refuses what is no object, and a member that isn't known; the list ends with NULL. */
int kithi_json_check_keys(kithi_json_reader *r, json_t *object, const char *const *known);

/* Readers of one member; a member that isn't there leaves *out as it was. */

int kithi_json_integer(kithi_json_reader *r, json_t *object, const char *key, int64_t max,
                       int64_t *out);
int kithi_json_real(kithi_json_reader *r, json_t *object, const char *key, double min, double max,
                    double *out);
int kithi_json_bool(kithi_json_reader *r, json_t *object, const char *key, bool *out);
int kithi_json_choice(kithi_json_reader *r, json_t *object, const char *key,
                      int (*value_of)(const char *), const char *expected, int *out);
/* A list of texts, in the transaction's arena. */
int kithi_json_names(kithi_json_reader *r, json_t *object, const char *key, const char *const **out,
                     size_t *out_count);

/* Reads each member of the object `section` of `root`. */
int kithi_json_section(kithi_json_reader *r, json_t *root, const char *section,
                       int (*read)(kithi_json_reader *r, const char *name, json_t *member,
                                   void *context),
                       void *context);

/* The text of a value that was made with errno 0 before; takes the reference. Owned: free it with
 * kith_free(). */
int kithi_json_dump(kith_txn *txn, json_t *root, char **out);

#endif
