/*
 * Keys and values of a transaction: the only way to LMDB for all modules above.
 *
 * Values of tables of facts are checked on every read and given without their checksum; a damaged
 * one is KITH_CORRUPT, never wrong data. A failure of a write poisons the transaction. Slices are
 * borrowed until the transaction writes or ends.
 */
#ifndef KITHI_STORE_KV_H
#define KITHI_STORE_KV_H

#include "kith/store.h"
#include "src/store/tables.h"

typedef struct kithi_slice {
    const uint8_t *data;
    size_t size;
} kithi_slice;

/* The value of a key (the first of several). KITH_OK, KITH_NOT_FOUND (sets no error), or a failure.
 */
int kithi_get(kith_txn *txn, kithi_table table, const void *key, size_t key_size, kithi_slice *out);
/* Puts or replaces the value of a key. */
int kithi_put(kith_txn *txn, kithi_table table, const void *key, size_t key_size, const void *value,
              size_t size);
/* The same where the key is known to be the table's greatest: fills pages to the brim. */
int kithi_append(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                 const void *value, size_t size);
/* Adds one of several values; *out_added (NULL is fine) says whether it was new. */
int kithi_put_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                  const void *value, size_t size, bool *out_added);
/* Whether a key has this one among its values. */
int kithi_has_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                  const void *value, size_t size, bool *out);
/* Deletes a key with all its values. Fine where there is none. */
int kithi_delete(kith_txn *txn, kithi_table table, const void *key, size_t key_size);
/* Deletes all entries of a table. */
int kithi_clear(kith_txn *txn, kithi_table table);
/* Deletes one of several values. Fine where there is none. */
int kithi_delete_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                     const void *value, size_t size);
/*
 * What an iterator walks over: it ends when the transaction writes to one of the tables (a bit
 * each, KITHI_WATCH) or is reset.
 */
typedef struct kithi_watch {
    kith_txn *txn;
    uint32_t tables;
    uint64_t write_count, reset_count;
} kithi_watch;
#define KITHI_WATCH(table) (UINT32_C(1) << (table))
#define KITHI_WATCH_ALL    ((UINT32_C(1) << KITHI_TABLE_COUNT) - 1)

kithi_watch kithi_watch_begin(kith_txn *txn, uint32_t tables);
/* KITH_OK while what was watched is as it was; else KITH_MISUSE. `what`: "records", for the
 * message.
 */
int kithi_watch_check(const kithi_watch *watch, const char *what);

/* The number of entries of a table, each of several values counted. */
int kithi_count(kith_txn *txn, kithi_table table, uint64_t *out);

typedef struct kithi_cursor kithi_cursor;

/* A cursor of the caller's own, for iterators. Close it before the transaction ends. */
int kithi_cursor_open(kith_txn *txn, kithi_table table, kithi_cursor **out);
void kithi_cursor_close(kithi_cursor *cursor);
/* The transaction's own cursor on a table: for a look-up that ends before another one, or a put, on
 * the same table. */
int kithi_cursor_of(kith_txn *txn, kithi_table table, kithi_cursor **out);

typedef enum kithi_seek {
    KITHI_SEEK_KEY,    /* this very key, its first value */
    KITHI_SEEK_FROM,   /* the first key >= it */
    KITHI_SEEK_BEFORE, /* the last key <= it */
    KITHI_SEEK_HERE,   /* the entry at the cursor, once more */
    KITHI_SEEK_FIRST,
    KITHI_SEEK_LAST,
    KITHI_SEEK_NEXT,        /* the next entry */
    KITHI_SEEK_NEXT_KEY,    /* the first value of the next key */
    KITHI_SEEK_NEXT_OF_KEY, /* the next value of the same key */
    KITHI_SEEK_PREVIOUS,
    KITHI_SEEK_VALUE_FROM /* this very key, its first value >= the given *value */
} kithi_seek;

/*
 * Moves. `key` is in for KEY, FROM, BEFORE, VALUE_FROM (which also takes `value` in), and out for
 * all; both may be NULL where not needed. KITH_OK, KITH_NOT_FOUND at an end, or a failure.
 */
int kithi_cursor_seek(kithi_cursor *cursor, kithi_seek how, kithi_slice *key, kithi_slice *value);
/* How many values the key at the cursor has. */
int kithi_cursor_value_count(kithi_cursor *cursor, size_t *out);
/*
 * The values of a key, in a table of several: the transaction's own cursor at the first of them,
 * and how many there are. KITH_NOT_FOUND: none.
 */
int kithi_values_of(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                    kithi_cursor **out, kithi_slice *out_first, size_t *out_count);
/* Deletes the entry at the cursor. */
int kithi_cursor_delete(kithi_cursor *cursor);

#endif
