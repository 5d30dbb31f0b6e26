/*
 * Landing tables. Keys that are hashes spread over all pages of a large tree, so that each new
 * entry would have a page written of its own. They land in a small table beside the large one
 * instead, and move on later in order of the keys, many entries a page. Reads see both.
 *
 * The tables that have one: record_key and identifier.
 */
#ifndef KITHI_STORE_LANDING_H
#define KITHI_STORE_LANDING_H

#include "src/store/kv.h"

/* The value of a key. KITH_OK, KITH_NOT_FOUND (sets no error), or a failure. */
int kithi_landing_get(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      kithi_slice *out);
/* Puts the value of a new key. */
int kithi_landing_put(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      const void *value, size_t size);
/* Adds one of several values. Fine where it is there. */
int kithi_landing_put_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                          const void *value, size_t size);
/* Deletes one of several values. Fine where there is none. */
int kithi_landing_delete_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                             const void *value, size_t size);
/* Whether there is such a value. */
int kithi_landing_has(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      const void *value, size_t size, bool *out);
/* The number of entries. */
int kithi_landing_count(kith_txn *txn, kithi_table table, uint64_t *out);

/* The values of one key in ascending order. It stands on the transaction's own cursors: a look-up
 * that ends before another one, or a put, on the same table. */
typedef struct kithi_landing_values {
    struct {
        kithi_cursor *cursor;
        kithi_slice value; /* data NULL: no more */
    } side[2];
} kithi_landing_values;

/* KITH_OK with the first value; KITH_NOT_FOUND (sets no error). `moved`: all entries are known to
 * have moved, which spares looking at the landing table. */
int kithi_landing_first(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                        bool moved, kithi_landing_values *values, kithi_slice *out);
int kithi_landing_next(kithi_landing_values *values, kithi_slice *out);
/* How many values the key has; before the first step. After KITH_NOT_FOUND it is 0. */
int kithi_landing_value_count(kithi_landing_values *values, size_t *out);

/* Moves on what is too much for a small table; each commit does. */
int kithi_landing_trim(kith_txn *txn);
/* Moves all on. */
int kithi_landing_drain(kith_txn *txn);

#endif
