#include "src/store/landing.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/store/txn.h"

/* A landing table of so many entries has few pages beside the records of one large commit, and
 * still gives each page of a large table several entries at once. */
#define LANDED_MAX 65536
/* Moved at least, so that a commit of one record seldom moves anything. */
#define SLACK      1024

#define KEY_MAX_BYTES   16   /* of the tables that have a landing table */
#define VALUE_MAX_BYTES 1100 /* a record key, and what stands before it */

typedef struct pair {
    kithi_table table, landed;
    uint64_t max;
} pair;

static const pair pairs[KITHI_LANDING_COUNT] = {
    {KITHI_TABLE_RECORD_KEY, KITHI_TABLE_RECORD_KEY_LANDED, LANDED_MAX / 4},
    {KITHI_TABLE_IDENTIFIER, KITHI_TABLE_IDENTIFIER_LANDED, LANDED_MAX},
};

static kithi_table landed_of(kithi_table table) {
    return table == pairs[0].table ? pairs[0].landed : pairs[1].landed;
}

int kithi_landing_get(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      kithi_slice *out) {
    int rc = kithi_get(txn, landed_of(table), key, key_size, out);
    return rc == KITH_NOT_FOUND ? kithi_get(txn, table, key, key_size, out) : rc;
}

int kithi_landing_put(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      const void *value, size_t size) {
    return kithi_put(txn, landed_of(table), key, key_size, value, size);
}

int kithi_landing_has(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                      const void *value, size_t size, bool *out) {
    int rc = kithi_has_one(txn, landed_of(table), key, key_size, value, size, out);
    return rc == KITH_OK && !*out ? kithi_has_one(txn, table, key, key_size, value, size, out) : rc;
}

int kithi_landing_put_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                          const void *value, size_t size) {
    bool moved;
    int rc = kithi_has_one(txn, table, key, key_size, value, size, &moved);
    return rc == KITH_OK && !moved
               ? kithi_put_one(txn, landed_of(table), key, key_size, value, size, NULL)
               : rc;
}

int kithi_landing_delete_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                             const void *value, size_t size) {
    int rc = kithi_delete_one(txn, landed_of(table), key, key_size, value, size);
    return rc == KITH_OK ? kithi_delete_one(txn, table, key, key_size, value, size) : rc;
}

int kithi_landing_count(kith_txn *txn, kithi_table table, uint64_t *out) {
    uint64_t landed;
    int rc = kithi_count(txn, table, out);
    if (rc == KITH_OK) {
        rc = kithi_count(txn, landed_of(table), &landed);
    }
    *out += rc == KITH_OK ? landed : 0;
    return rc;
}

/* The lesser of the two next values; they differ. */
static int lesser(const kithi_landing_values *values, int *out) {
    const kithi_slice *a = &values->side[0].value, *b = &values->side[1].value;
    if (a->data == NULL && b->data == NULL) {
        return KITH_NOT_FOUND;
    }
    *out = a->data == NULL || (b->data != NULL && memcmp(b->data, a->data, a->size) < 0);
    return KITH_OK;
}

int kithi_landing_first(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                        bool moved, kithi_landing_values *values, kithi_slice *out) {
    const kithi_table tables[2] = {table, landed_of(table)};
    int rc = KITH_OK, side;
    values->side[1].value = (kithi_slice){NULL, 0};
    for (int i = 0; rc == KITH_OK && i < (moved ? 1 : 2); i++) {
        kithi_slice k = {key, key_size};
        values->side[i].value = (kithi_slice){NULL, 0};
        rc = kithi_cursor_of(txn, tables[i], &values->side[i].cursor);
        if (rc == KITH_OK) {
            rc = kithi_cursor_seek(values->side[i].cursor, KITHI_SEEK_KEY, &k,
                                   &values->side[i].value);
            rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
        }
    }
    rc = rc == KITH_OK ? lesser(values, &side) : rc;
    if (rc == KITH_OK) {
        *out = values->side[side].value;
    }
    return rc;
}

int kithi_landing_next(kithi_landing_values *values, kithi_slice *out) {
    int side, rc = lesser(values, &side);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_slice *value = &values->side[side].value;
    rc = kithi_cursor_seek(values->side[side].cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, value);
    if (rc == KITH_NOT_FOUND) {
        *value = (kithi_slice){NULL, 0};
        rc = KITH_OK;
    }
    rc = rc == KITH_OK ? lesser(values, &side) : rc;
    if (rc == KITH_OK) {
        *out = values->side[side].value;
    }
    return rc;
}

int kithi_landing_value_count(kithi_landing_values *values, size_t *out) {
    int rc = KITH_OK;
    *out = 0;
    for (int i = 0; rc == KITH_OK && i < 2; i++) {
        size_t count = 0;
        if (values->side[i].value.data != NULL) {
            rc = kithi_cursor_value_count(values->side[i].cursor, &count);
        }
        *out += count;
    }
    return rc;
}

/* Moving */

/* An entry, copied, since a write may move what LMDB lent. */
typedef struct entry {
    uint8_t key[KEY_MAX_BYTES], value[VALUE_MAX_BYTES];
    size_t key_size, value_size;
} entry;

/* Copies the entry at or behind a key; behind the last one comes the first. */
static int take_entry(kith_txn *txn, kithi_cursor *cursor, const uint8_t *from, size_t from_size,
                      entry *out) {
    kithi_slice key = {from, from_size}, value = {NULL, 0};
    int rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &value);
    if (rc == KITH_NOT_FOUND) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &value);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    if (key.size > sizeof out->key || value.size > sizeof out->value) {
        return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                               "an entry of an index is damaged; run kith check");
    }
    memcpy(out->key, key.data, key.size);
    memcpy(out->value, value.data, value.size);
    out->key_size = key.size;
    out->value_size = value.size;
    return KITH_OK;
}

static int move_entry(kith_txn *txn, const pair *p, kithi_cursor *cursor, const entry *moved) {
    int rc = kithi_table_many[p->table] ? kithi_put_one(txn, p->table, moved->key, moved->key_size,
                                                        moved->value, moved->value_size, NULL)
                                        : kithi_put(txn, p->table, moved->key, moved->key_size,
                                                    moved->value, moved->value_size);
    return rc == KITH_OK ? kithi_cursor_delete(cursor) : rc;
}

/* Moves so many entries, from where the last run ended. */
static int move(kith_txn *txn, size_t which, uint64_t count) {
    const pair *p = &pairs[which];
    kithi_counters *counters;
    kithi_cursor *cursor = NULL;
    entry moved = {.key_size = 8};
    int rc = kithi_txn_counters(txn, &counters);
    if (rc == KITH_OK) {
        kithi_put64(moved.key, counters->landing_places[which]);
        rc = kithi_cursor_open(txn, p->landed, &cursor);
    }
    for (uint64_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = take_entry(txn, cursor, moved.key, moved.key_size, &moved);
        if (rc == KITH_OK) {
            rc = move_entry(txn, p, cursor, &moved);
        }
    }
    if (rc == KITH_OK) {
        counters->landing_places[which] = kithi_get64(moved.key);
    }
    kithi_cursor_close(cursor);
    return rc;
}

/* Moves what is above a number, if that is worth while. */
static int move_above(kith_txn *txn, size_t which, uint64_t keep, uint64_t slack) {
    uint64_t landed;
    int rc = kithi_count(txn, pairs[which].landed, &landed);
    return rc == KITH_OK && landed > keep + slack ? move(txn, which, landed - keep) : rc;
}

int kithi_landing_trim(kith_txn *txn) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < KITHI_LANDING_COUNT; i++) {
        rc = move_above(txn, i, pairs[i].max, SLACK);
    }
    return rc;
}

int kithi_landing_drain(kith_txn *txn) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < KITHI_LANDING_COUNT; i++) {
        rc = move_above(txn, i, 0, 0);
    }
    return rc;
}
