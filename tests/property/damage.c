#include "tests/property/damage.h"

#include <lmdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/bytes.h"
#include "src/store/checksum.h"
#include "tests/fault/scratch.h"

#define MAP_BYTES ((size_t)1 << 30)

/* Rows */

typedef struct opened {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
} opened;

static void must(int code) {
    assert_int_equal(code, MDB_SUCCESS);
}

static opened open_file(const char *path, kithi_table table) {
    opened file;
    must(mdb_env_create(&file.env));
    must(mdb_env_set_maxdbs(file.env, KITHI_TABLE_COUNT + 1));
    must(mdb_env_set_mapsize(file.env, MAP_BYTES));
    must(mdb_env_open(file.env, path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC, 0600));
    must(mdb_txn_begin(file.env, NULL, 0, &file.txn));
    must(mdb_dbi_open(file.txn, kithi_table_names[table], 0, &file.dbi));
    return file;
}

static void close_file(opened *file) {
    must(mdb_txn_commit(file->txn));
    mdb_env_close(file->env);
}

static bool copy_row(const opened *file, size_t number, damage_row *out) {
    MDB_cursor *cursor = NULL;
    MDB_val key, value;
    must(mdb_cursor_open(file->txn, file->dbi, &cursor));
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (size_t i = 0; rc == MDB_SUCCESS && i < number; i++) {
        rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (rc == MDB_SUCCESS) {
        assert_true(key.mv_size <= DAMAGE_ROW_MAX && value.mv_size <= DAMAGE_ROW_MAX);
        out->key_size = key.mv_size;
        out->value_size = value.mv_size;
        memcpy(out->key, key.mv_data, key.mv_size);
        memcpy(out->value, value.mv_data, value.mv_size);
    }
    mdb_cursor_close(cursor);
    return rc == MDB_SUCCESS;
}

bool damage_read_row(const char *path, kithi_table table, size_t number, damage_row *out) {
    opened file = open_file(path, table);
    bool there = copy_row(&file, number, out);
    close_file(&file);
    return there;
}

void damage_put_row(const char *path, kithi_table table, const void *key_bytes, size_t key_size,
                    const void *value_bytes, size_t value_size) {
    opened file = open_file(path, table);
    MDB_val key = {key_size, (void *)key_bytes}, value = {value_size, (void *)value_bytes};
    must(mdb_put(file.txn, file.dbi, &key, &value, 0));
    close_file(&file);
}

bool damage_do(const char *path, const damage *d) {
    damage_row at;
    opened file = open_file(path, d->table);
    bool there = copy_row(&file, d->number, &at);
    there = there && (d->byte == SIZE_MAX || d->byte < at.key_size + at.value_size);
    if (there) {
        MDB_val key = {at.key_size, at.key}, value = {at.value_size, at.value};
        must(mdb_del(file.txn, file.dbi, &key, &value));
        if (d->byte != SIZE_MAX) {
            uint8_t *byte =
                d->byte < at.key_size ? &at.key[d->byte] : &at.value[d->byte - at.key_size];
            *byte ^= 0x01;
            must(mdb_put(file.txn, file.dbi, &key, &value, 0));
        }
    }
    close_file(&file);
    return there;
}

/* Stores */

static void close_store(stand *s) {
    kith_close(s->store);
    s->store = NULL;
}

void damage_begin(damage_stand *d, stand *s) {
    d->s = s;
    close_store(s);
    d->sound = scratch_read(s->path, &d->size);
    assert_non_null(d->sound);
}

void damage_undo(const damage_stand *d) {
    scratch_write(d->s->path, d->sound, d->size);
}

uint64_t damage_verify(const damage_stand *d, char first[256]) {
    kith_error error = KITH_ERROR_INIT;
    uint64_t problems = 1;
    assert_int_equal(kith_check(d->s->path, NULL, &problems, &error), KITH_OK);
    assert_int_equal(problems, 0);
    if (kith_open(d->s->path, NULL, &d->s->store, &error) != KITH_OK) {
        fail_msg("open: %s", error.message);
    }
    problems = stand_count_problems(d->s, first);
    close_store(d->s);
    return problems;
}

void damage_expect(const damage_stand *d, const char *words) {
    char first[256];
    assert_true(damage_verify(d, first) > 0);
    if (strstr(first, words) == NULL) {
        fail_msg("verify tells \"%s\" where \"%s\" was to be told", first, words);
    }
}

void damage_end(damage_stand *d) {
    free(d->sound);
    stand_close(d->s);
}

static void put_checked_row(const char *path, const damage_wrong_row *row) {
    uint8_t value[256 + KITHI_CHECKSUM_BYTES];
    assert_true(row->value_size <= 256);
    memcpy(value, row->value, row->value_size);
    kithi_put64(value + row->value_size,
                kithi_checksum(row->table, row->key, row->key_size, row->value, row->value_size));
    damage_put_row(path, row->table, row->key, row->key_size, value,
                   row->value_size + KITHI_CHECKSUM_BYTES);
}

void damage_expect_each(stand *s, const damage_wrong_row *rows, size_t count) {
    damage_stand d;
    damage_begin(&d, s);
    for (size_t i = 0; i < count; i++) {
        damage_undo(&d);
        if (rows[i].checked) {
            put_checked_row(s->path, &rows[i]);
        } else {
            damage_put_row(s->path, rows[i].table, rows[i].key, rows[i].key_size, rows[i].value,
                           rows[i].value_size);
        }
        damage_expect(&d, rows[i].words);
    }
    damage_end(&d);
}
