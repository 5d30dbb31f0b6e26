#include "src/store/env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/checksum.h"

static int fail(kith_txn *txn, int rc, const char *what) {
    return kithi_mdb_error(&txn->error, rc, what);
}

static MDB_val val_of(const void *data, size_t size) {
    return (MDB_val){size, (void *)data};
}

static int damaged(kith_txn *txn, kithi_table table) {
    return kithi_error_set(&txn->error, KITH_CORRUPT,
                           "a value in table '%s' is damaged; run kith check and restore a backup",
                           kithi_table_names[table]);
}

/* Gives the content of a stored value: checked, and without its checksum. */
static int content_of(kith_txn *txn, kithi_table table, MDB_val key, MDB_val value,
                      kithi_slice *out) {
    out->data = value.mv_data;
    out->size = value.mv_size;
    if (kithi_table_checked[table]) {
        if (!kithi_checksum_holds(table, key.mv_data, key.mv_size, value.mv_data, value.mv_size)) {
            return damaged(txn, table);
        }
        out->size -= KITHI_CHECKSUM_BYTES;
    }
    return KITH_OK;
}

int kithi_get(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
              kithi_slice *out) {
    MDB_val k = val_of(key, key_size);
    MDB_val v;
    int rc = mdb_get(txn->mdb, txn->store->env->tables[table], &k, &v);
    if (rc == MDB_NOTFOUND) {
        return KITH_NOT_FOUND;
    }
    return rc == 0 ? content_of(txn, table, k, v, out) : fail(txn, rc, "read the store");
}

/* Whether a put follows the look-up of its key: then the cursor for look-ups stands there already.
 */
static bool follows_look_up(kithi_table table) {
    return kithi_table_many[table] || table == KITHI_TABLE_EVENT_CHAIN ||
           table == KITHI_TABLE_BLOCK;
}

/* The cursor for writing to a table. */
static int writer_of(kith_txn *txn, kithi_table table, MDB_cursor **out) {
    int rc = 0;
    if (follows_look_up(table)) {
        kithi_cursor *cursor = &txn->cursors[table];
        if (cursor->mdb == NULL) {
            rc = mdb_cursor_open(txn->mdb, txn->store->env->tables[table], &cursor->mdb);
            cursor->txn = txn;
            cursor->table = table;
        }
        *out = cursor->mdb;
        return rc;
    }
    if (txn->writers[table] == NULL) {
        rc = mdb_cursor_open(txn->mdb, txn->store->env->tables[table], &txn->writers[table]);
    }
    *out = txn->writers[table];
    return rc;
}

/* Writes content and its checksum straight into the page. */
static int put_checked(MDB_cursor *writer, kithi_table table, MDB_val *key, const void *value,
                       size_t size, unsigned flags) {
    MDB_val v = {size + KITHI_CHECKSUM_BYTES, NULL};
    uint64_t sum = kithi_checksum(table, key->mv_data, key->mv_size, value, size);
    int rc = mdb_cursor_put(writer, key, &v, flags | MDB_RESERVE);
    if (rc == 0) {
        uint8_t *at = v.mv_data;
        if (size > 0) {
            memcpy(at, value, size);
        }
        kithi_put64(at + size, sum);
    }
    return rc;
}

static int put(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
               const void *value, size_t size, unsigned flags) {
    MDB_val k = val_of(key, key_size);
    MDB_val v = val_of(value, size);
    MDB_cursor *writer;
    txn->write_counts[table]++;
    int rc = writer_of(txn, table, &writer);
    if (rc == 0) {
        rc = kithi_table_checked[table] ? put_checked(writer, table, &k, value, size, flags)
                                        : mdb_cursor_put(writer, &k, &v, flags);
    }
    if (rc == 0 || rc == MDB_KEYEXIST) {
        return rc;
    }
    return kithi_txn_poison(txn, fail(txn, rc, "write to the store"));
}

int kithi_put(kith_txn *txn, kithi_table table, const void *key, size_t key_size, const void *value,
              size_t size) {
    return put(txn, table, key, key_size, value, size, 0);
}

int kithi_append(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                 const void *value, size_t size) {
    int rc = put(txn, table, key, key_size, value, size, MDB_APPEND);
    return rc == MDB_KEYEXIST ? put(txn, table, key, key_size, value, size, 0) : rc;
}

int kithi_put_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                  const void *value, size_t size, bool *out_added) {
    int rc = put(txn, table, key, key_size, value, size, MDB_NODUPDATA);
    if (out_added != NULL) {
        *out_added = rc == 0;
    }
    return rc == MDB_KEYEXIST ? KITH_OK : rc;
}

static int del(kith_txn *txn, kithi_table table, const void *key, size_t key_size, MDB_val *value) {
    MDB_val k = val_of(key, key_size);
    txn->write_counts[table]++;
    int rc = mdb_del(txn->mdb, txn->store->env->tables[table], &k, value);
    if (rc == 0 || rc == MDB_NOTFOUND) {
        return KITH_OK;
    }
    return kithi_txn_poison(txn, fail(txn, rc, "write to the store"));
}

int kithi_delete(kith_txn *txn, kithi_table table, const void *key, size_t key_size) {
    return del(txn, table, key, key_size, NULL);
}

int kithi_delete_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                     const void *value, size_t size) {
    MDB_val v = val_of(value, size);
    return del(txn, table, key, key_size, &v);
}

int kithi_clear(kith_txn *txn, kithi_table table) {
    txn->write_counts[table]++;
    int rc = mdb_drop(txn->mdb, txn->store->env->tables[table], 0);
    return rc == 0 ? KITH_OK : kithi_txn_poison(txn, fail(txn, rc, "write to the store"));
}

static uint64_t count_writes(const kith_txn *txn, uint32_t tables) {
    uint64_t count = 0;
    for (unsigned i = 0; i < KITHI_TABLE_COUNT; i++) {
        count += tables & KITHI_WATCH(i) ? txn->write_counts[i] : 0;
    }
    return count;
}

kithi_watch kithi_watch_begin(kith_txn *txn, uint32_t tables) {
    return (kithi_watch){txn, tables, count_writes(txn, tables), txn->reset_count};
}

int kithi_watch_check(const kithi_watch *watch, const char *what) {
    kith_txn *txn = watch->txn;
    int rc = kithi_txn_check_read(txn);
    if (rc == KITH_OK && txn->reset_count != watch->reset_count) {
        rc = kithi_error_set(&txn->error, KITH_MISUSE,
                             "the transaction was reset since these %s were opened; open them anew",
                             what);
    } else if (rc == KITH_OK && txn->writes &&
               count_writes(txn, watch->tables) != watch->write_count) {
        rc = kithi_error_set(&txn->error, KITH_MISUSE,
                             "the transaction wrote since these %s were opened; open them anew",
                             what);
    }
    return rc;
}

int kithi_count(kith_txn *txn, kithi_table table, uint64_t *out) {
    MDB_stat stat;
    /* A reader that is renewed before anybody commits is at the same snapshot again. */
    uint64_t snapshot = txn->writes ? KITHI_SNAPSHOT_UNSURE : txn->snapshot_id;
    bool known = snapshot != KITHI_SNAPSHOT_UNSURE && snapshot != 0;
    if (known && txn->row_counts[table].snapshot == snapshot) {
        *out = txn->row_counts[table].count;
        return KITH_OK;
    }
    int rc = mdb_stat(txn->mdb, txn->store->env->tables[table], &stat);
    if (rc != 0) {
        return fail(txn, rc, "read the store");
    }
    *out = txn->row_counts[table].count = stat.ms_entries;
    txn->row_counts[table].snapshot = known ? snapshot : 0;
    return KITH_OK;
}

static int open_cursor(kith_txn *txn, kithi_table table, kithi_cursor *cursor) {
    cursor->txn = txn;
    cursor->table = table;
    cursor->stale = false;
    int rc = mdb_cursor_open(txn->mdb, txn->store->env->tables[table], &cursor->mdb);
    if (rc != 0) {
        cursor->mdb = NULL;
        return fail(txn, rc, "read the store");
    }
    return KITH_OK;
}

int kithi_cursor_open(kith_txn *txn, kithi_table table, kithi_cursor **out) {
    kithi_cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL) {
        return kithi_error_memory(&txn->error);
    }
    int rc = open_cursor(txn, table, cursor);
    if (rc != KITH_OK) {
        free(cursor);
        return rc;
    }
    *out = cursor;
    return KITH_OK;
}

void kithi_cursor_close(kithi_cursor *cursor) {
    if (cursor != NULL) {
        mdb_cursor_close(cursor->mdb);
        free(cursor);
    }
}

int kithi_cursor_of(kith_txn *txn, kithi_table table, kithi_cursor **out) {
    kithi_cursor *cursor = &txn->cursors[table];
    int rc = KITH_OK;
    if (cursor->mdb == NULL) {
        rc = open_cursor(txn, table, cursor);
    } else if (cursor->stale) {
        int mdb_rc = mdb_cursor_renew(txn->mdb, cursor->mdb);
        cursor->stale = mdb_rc != 0;
        rc = mdb_rc == 0 ? KITH_OK : fail(txn, mdb_rc, "read the store");
    }
    *out = cursor;
    return rc;
}

/* The last key <= the given one. */
static int seek_before(MDB_cursor *cursor, MDB_val *k, MDB_val *v) {
    MDB_val wanted = *k;
    int rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND) {
        return mdb_cursor_get(cursor, k, v, MDB_LAST);
    }
    bool same = rc == 0 && k->mv_size == wanted.mv_size &&
                memcmp(k->mv_data, wanted.mv_data, wanted.mv_size) == 0;
    return rc != 0 || same ? rc : mdb_cursor_get(cursor, k, v, MDB_PREV);
}

static int seek(MDB_cursor *cursor, kithi_seek how, MDB_val *k, MDB_val *v) {
    switch (how) {
    case KITHI_SEEK_KEY:
        return mdb_cursor_get(cursor, k, v, MDB_SET_KEY);
    case KITHI_SEEK_FROM:
        return mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    case KITHI_SEEK_BEFORE:
        return seek_before(cursor, k, v);
    case KITHI_SEEK_HERE:
        return mdb_cursor_get(cursor, k, v, MDB_GET_CURRENT);
    case KITHI_SEEK_FIRST:
        return mdb_cursor_get(cursor, k, v, MDB_FIRST);
    case KITHI_SEEK_LAST:
        return mdb_cursor_get(cursor, k, v, MDB_LAST);
    case KITHI_SEEK_NEXT:
        return mdb_cursor_get(cursor, k, v, MDB_NEXT);
    case KITHI_SEEK_NEXT_KEY:
        return mdb_cursor_get(cursor, k, v, MDB_NEXT_NODUP);
    case KITHI_SEEK_NEXT_OF_KEY:
        return mdb_cursor_get(cursor, k, v, MDB_NEXT_DUP);
    case KITHI_SEEK_PREVIOUS:
        return mdb_cursor_get(cursor, k, v, MDB_PREV);
    case KITHI_SEEK_VALUE_FROM:
        return mdb_cursor_get(cursor, k, v, MDB_GET_BOTH_RANGE);
    }
    return MDB_NOTFOUND;
}

int kithi_cursor_seek(kithi_cursor *cursor, kithi_seek how, kithi_slice *key, kithi_slice *value) {
    kith_txn *txn = cursor->txn;
    MDB_val k = key != NULL ? val_of(key->data, key->size) : (MDB_val){0, NULL};
    MDB_val v = value != NULL ? val_of(value->data, value->size) : (MDB_val){0, NULL};
    int rc = seek(cursor->mdb, how, &k, &v);
    if (rc == MDB_NOTFOUND || rc == EINVAL) {
        return KITH_NOT_FOUND; /* EINVAL: a step from a cursor that stands nowhere */
    }
    if (rc != 0) {
        return fail(txn, rc, "read the store");
    }
    if (how == KITHI_SEEK_VALUE_FROM) {
        k = val_of(key->data, key->size); /* LMDB leaves the key as it was given */
    }
    if (key != NULL) {
        key->data = k.mv_data;
        key->size = k.mv_size;
    }
    if (value != NULL) {
        if (how == KITHI_SEEK_NEXT_OF_KEY && kithi_table_many[cursor->table]) {
            *value = (kithi_slice){v.mv_data, v.mv_size};
            return KITH_OK;
        }
        return content_of(txn, cursor->table, k, v, value);
    }
    return KITH_OK;
}

int kithi_cursor_value_count(kithi_cursor *cursor, size_t *out) {
    int rc = mdb_cursor_count(cursor->mdb, out);
    return rc == 0 ? KITH_OK : fail(cursor->txn, rc, "read the store");
}

int kithi_values_of(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                    kithi_cursor **out, kithi_slice *out_first, size_t *out_count) {
    kithi_slice k = {key, key_size};
    *out_count = 0;
    int rc = kithi_cursor_of(txn, table, out);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(*out, KITHI_SEEK_KEY, &k, out_first);
    }
    return rc == KITH_OK ? kithi_cursor_value_count(*out, out_count) : rc;
}

int kithi_cursor_delete(kithi_cursor *cursor) {
    cursor->txn->write_counts[cursor->table]++;
    int rc = mdb_cursor_del(cursor->mdb, 0);
    if (rc == 0) {
        return KITH_OK;
    }
    return kithi_txn_poison(cursor->txn, fail(cursor->txn, rc, "write to the store"));
}

int kithi_has_one(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                  const void *value, size_t size, bool *out) {
    kithi_cursor *cursor;
    kithi_slice k = {key, key_size}, v = {value, size};
    int rc = kithi_cursor_of(txn, table, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_VALUE_FROM, &k, &v);
    }
    *out = rc == KITH_OK && v.size == size && memcmp(v.data, value, size) == 0;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
