/*
 * Raw LMDB: one table of rows under a key. It is the floor that kith, which stands on it, is
 * measured against.
 */
#ifndef KITH_BENCHMARKS_LMDB_PEER_H
#define KITH_BENCHMARKS_LMDB_PEER_H

#include <lmdb.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lmdb_peer {
    MDB_env *env;
    MDB_dbi table;
} lmdb_peer;

void lmdb_peer_open(lmdb_peer *peer, const char *path);
void lmdb_peer_close(lmdb_peer *peer);
MDB_txn *lmdb_peer_begin(lmdb_peer *peer, bool write);
void lmdb_peer_put(lmdb_peer *peer, MDB_txn *txn, const void *key, size_t key_bytes,
                   const void *row, size_t row_bytes);
void lmdb_peer_commit(MDB_txn *txn);
void lmdb_peer_check(int code, const char *what);

#endif
