/*
 * Makes a file with the tables of a store by LMDB alone, so that the check is tested against what
 * LMDB writes and not against what kith does. Values are noise under the right checksums.
 */
#ifndef KITH_TESTS_LMDB_FILE_H
#define KITH_TESTS_LMDB_FILE_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/checksum.h"
#include "src/store/tables.h"
#include "tests/random.h"

#define LMDB_FILE_VALUE_MAX 70000u

typedef struct lmdb_file_plan {
    uint64_t seed;
    uint32_t key_count;     /* about: keys of each large table */
    uint32_t rounds;        /* transactions */
    uint32_t big_one_in;    /* one value in so many goes to overflow pages; 0: none */
    uint32_t crowd;         /* values of the keys that have the most of them */
    uint32_t delete_one_in; /* 0: nothing is deleted */
} lmdb_file_plan;

typedef struct lmdb_file {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tables[KITHI_TABLE_COUNT];
    uint64_t state;
    uint8_t value[LMDB_FILE_VALUE_MAX + KITHI_CHECKSUM_BYTES];
} lmdb_file;

static inline void lmdb_file_must(int code, const char *what) {
    if (code != MDB_SUCCESS) {
        fprintf(stderr, "%s: %s\n", what, mdb_strerror(code));
        abort();
    }
}

static inline size_t lmdb_file_key_bytes(kithi_table table) {
    switch (table) {
    case KITHI_TABLE_RECORD_KEY:
    case KITHI_TABLE_RECORD_KEY_LANDED:
    case KITHI_TABLE_EVENT:
    case KITHI_TABLE_ASSERTION:
        return 16;
    case KITHI_TABLE_IDENTIFIER:
    case KITHI_TABLE_IDENTIFIER_LANDED:
    case KITHI_TABLE_GENERIC:
    case KITHI_TABLE_EVENT_LOG:
        return 8;
    case KITHI_TABLE_DUE:
        return 12;
    default:
        return 4;
    }
}

/* Of tables with values of one size; 0 for others. */
static inline size_t lmdb_file_value_bytes(kithi_table table) {
    switch (table) {
    case KITHI_TABLE_LINK:
        return 24;
    case KITHI_TABLE_EVENT_MESSAGE:
    case KITHI_TABLE_SCORED:
        return 16;
    case KITHI_TABLE_DIRTY:
        return 1024;
    case KITHI_TABLE_RECORD_KEY:
    case KITHI_TABLE_RECORD_KEY_LANDED:
    case KITHI_TABLE_IDENTIFIER:
    case KITHI_TABLE_IDENTIFIER_LANDED:
    case KITHI_TABLE_MEMBER:
    case KITHI_TABLE_CLUSTER:
        return 4;
    default:
        return 0;
    }
}

static inline void lmdb_file_key(kithi_table table, uint32_t number, uint8_t key[16]) {
    uint64_t state = number + ((uint64_t)table << 32);
    uint64_t noise = random_next(&state);
    memset(key, 0, 16);
    if (lmdb_file_key_bytes(table) == 4) {
        kithi_put32(key, number);
    } else if (table == KITHI_TABLE_EVENT_LOG) {
        kithi_put64(key, number);
    } else {
        kithi_put64(key, noise);
        kithi_put32(key + 8, number);
    }
}

/* One row: a value of random size, with a checksum where the table wants one. */
static inline void lmdb_file_put(lmdb_file *file, kithi_table table, const uint8_t *key,
                                 size_t key_size, size_t size) {
    for (size_t i = 0; i < size; i += 8) {
        kithi_put64(file->value + i, random_next(&file->state));
    }
    if (kithi_table_checked[table]) {
        uint64_t sum = kithi_checksum(table, key, key_size, file->value, size);
        kithi_put64(file->value + size, sum);
        size += KITHI_CHECKSUM_BYTES;
    }
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {size, file->value};
    int code = mdb_put(file->txn, file->tables[table], &k, &v, 0);
    lmdb_file_must(code, "mdb_put");
}

static inline size_t lmdb_file_size(lmdb_file *file, const lmdb_file_plan *plan,
                                    kithi_table table) {
    uint64_t noise = random_next(&file->state);
    if (lmdb_file_value_bytes(table) != 0) {
        return lmdb_file_value_bytes(table);
    }
    if (table == KITHI_TABLE_GENERIC || table == KITHI_TABLE_PENDING || table == KITHI_TABLE_DUE) {
        return 0;
    }
    if (plan->big_one_in != 0 && noise % plan->big_one_in == 0) {
        return (noise >> 32) % (LMDB_FILE_VALUE_MAX - 8);
    }
    return (noise >> 32) % 200;
}

static inline void lmdb_file_row(lmdb_file *file, const lmdb_file_plan *plan, kithi_table table,
                                 uint32_t number) {
    uint8_t key[16];
    uint32_t count = 1;
    lmdb_file_key(table, number, key);
    if (kithi_table_many[table]) {
        /* Most keys have one value, some a few (a sub-page), a few very many (a tree). */
        count = number % 7 == 0 ? 1 + number % 40 : 1;
        count = number % 997 == 0 ? plan->crowd : count;
    }
    for (uint32_t i = 0; i < count; i++) {
        lmdb_file_put(file, table, key, lmdb_file_key_bytes(table),
                      lmdb_file_size(file, plan, table));
    }
}

static inline void lmdb_file_delete(lmdb_file *file, kithi_table table, uint32_t number) {
    uint8_t key[16];
    MDB_cursor *cursor = NULL;
    lmdb_file_key(table, number, key);
    MDB_val k = {lmdb_file_key_bytes(table), key};
    MDB_val v = {0, NULL};
    lmdb_file_must(mdb_cursor_open(file->txn, file->tables[table], &cursor), "mdb_cursor_open");
    if (mdb_cursor_get(cursor, &k, &v, MDB_SET) == MDB_SUCCESS) {
        /* One value of the key, or all. */
        unsigned all = kithi_table_many[table] && number % 3 == 0 ? MDB_NODUPDATA : 0;
        lmdb_file_must(mdb_cursor_del(cursor, all), "mdb_cursor_del");
    }
    mdb_cursor_close(cursor);
}

static inline bool lmdb_file_is_small(kithi_table table) {
    return table == KITHI_TABLE_META || table == KITHI_TABLE_CATALOG;
}

static inline void lmdb_file_round(lmdb_file *file, const lmdb_file_plan *plan, uint32_t round) {
    lmdb_file_must(mdb_txn_begin(file->env, NULL, 0, &file->txn), "mdb_txn_begin");
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        kithi_table table = (kithi_table)i;
        uint32_t keys = lmdb_file_is_small(table) ? 9 : plan->key_count;
        for (uint32_t n = round; n < keys; n += plan->rounds) {
            lmdb_file_row(file, plan, table, n);
            if (plan->delete_one_in != 0 && n % plan->delete_one_in == 0) {
                uint32_t other = (uint32_t)(random_next(&file->state) % (n + 1));
                lmdb_file_delete(file, table, other);
            }
        }
    }
    lmdb_file_must(mdb_txn_commit(file->txn), "mdb_txn_commit");
    file->txn = NULL;
}

static inline void lmdb_file_open(lmdb_file *file, const char *path, unsigned flags) {
    lmdb_file_must(mdb_env_create(&file->env), "mdb_env_create");
    mdb_env_set_maxdbs(file->env, KITHI_TABLE_COUNT + 8);
    mdb_env_set_mapsize(file->env, (size_t)4 << 30);
    lmdb_file_must(mdb_env_open(file->env, path, MDB_NOSUBDIR | MDB_NOSYNC | flags, 0600),
                   "mdb_env_open");
}

static inline void lmdb_file_tables(lmdb_file *file) {
    lmdb_file_must(mdb_txn_begin(file->env, NULL, 0, &file->txn), "mdb_txn_begin");
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        unsigned flags = kithi_table_many[i] ? MDB_DUPSORT | MDB_DUPFIXED : 0;
        lmdb_file_must(
            mdb_dbi_open(file->txn, kithi_table_names[i], MDB_CREATE | flags, &file->tables[i]),
            "mdb_dbi_open");
    }
    lmdb_file_must(mdb_txn_commit(file->txn), "mdb_txn_commit");
    file->txn = NULL;
}

/* Makes the file `path` anew. Aborts where LMDB fails. */
static inline void lmdb_file_make(const char *path, const lmdb_file_plan *plan) {
    lmdb_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        abort();
    }
    remove(path);
    file->state = plan->seed;
    lmdb_file_open(file, path, MDB_NOLOCK);
    lmdb_file_tables(file);
    for (uint32_t round = 0; round < plan->rounds; round++) {
        lmdb_file_round(file, plan, round);
    }
    mdb_env_close(file->env);
    free(file);
}

#endif
