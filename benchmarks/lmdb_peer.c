#include "lmdb_peer.h"

#include "harness.h"

#define MAP_BYTES ((size_t)64 << 30)

void lmdb_peer_check(int code, const char *what) {
    if (code != 0) {
        bench_fail("LMDB: %s: %s", what, mdb_strerror(code));
    }
}

void lmdb_peer_open(lmdb_peer *peer, const char *path) {
    lmdb_peer_check(mdb_env_create(&peer->env), "create");
    lmdb_peer_check(mdb_env_set_mapsize(peer->env, MAP_BYTES), "map size");
    lmdb_peer_check(mdb_env_set_maxdbs(peer->env, 1), "tables");
    lmdb_peer_check(mdb_env_open(peer->env, path, MDB_NOSUBDIR | MDB_NOTLS, 0600), path);
    MDB_txn *txn = lmdb_peer_begin(peer, true);
    lmdb_peer_check(mdb_dbi_open(txn, "row", MDB_CREATE, &peer->table), "table");
    lmdb_peer_commit(txn);
}

void lmdb_peer_close(lmdb_peer *peer) {
    mdb_env_close(peer->env);
    peer->env = NULL;
}

MDB_txn *lmdb_peer_begin(lmdb_peer *peer, bool write) {
    MDB_txn *txn = NULL;
    lmdb_peer_check(mdb_txn_begin(peer->env, NULL, write ? 0 : MDB_RDONLY, &txn), "begin");
    return txn;
}

void lmdb_peer_put(lmdb_peer *peer, MDB_txn *txn, const void *key, size_t key_bytes,
                   const void *row, size_t row_bytes) {
    MDB_val name = {key_bytes, (void *)(uintptr_t)key};
    MDB_val value = {row_bytes, (void *)(uintptr_t)row};
    lmdb_peer_check(mdb_put(txn, peer->table, &name, &value, 0), "put");
}

void lmdb_peer_commit(MDB_txn *txn) {
    lmdb_peer_check(mdb_txn_commit(txn), "commit");
}
