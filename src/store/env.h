/*
 * Environments: LMDB allows one per file and process, so all handles of a file share one, found in
 * a registry by device and inode. That registry is the only state of kith outside of a handle; LMDB
 * makes it necessary.
 *
 * This header is private to src/store: it shows lmdb.h.
 */
#ifndef KITHI_STORE_ENV_H
#define KITHI_STORE_ENV_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "src/store/kv.h"
#include "src/store/txn.h"

typedef struct kithi_env {
    struct kithi_env *next; /* in the registry */
    dev_t device;
    ino_t inode;
    unsigned reference_count; /* under the registry's lock */
    unsigned generation;      /* of forks, at its opening */
    bool read_only;
    MDB_env *mdb;
    MDB_dbi tables[KITHI_TABLE_COUNT];
    pthread_mutex_t lock; /* over all below */
    bool has_writer;      /* a thread of this process has the write transaction */
    pthread_t writer;
    kithi_catalog *catalog;       /* the newest committed one known; a reference */
    uint64_t catalog_snapshot_id; /* of a transaction in which it was seen to hold */
} kithi_env;

struct kith {
    kithi_env *env;
    unsigned flags;
    atomic_uint reference_count; /* one for the handle, one for each live transaction */
};

struct kithi_cursor {
    kith_txn *txn;
    kithi_table table;
    MDB_cursor *mdb;
    bool stale; /* to be renewed before use */
};

/* A reader's snapshot may be newer than its number says: see number_is_sure in definition.c. */
#define KITHI_SNAPSHOT_UNSURE UINT64_MAX

struct kith_txn {
    kith *store;
    MDB_txn *mdb;
    bool writes;
    bool reset;
    uint64_t reset_count;
    bool poisoned;
    kithi_catalog *catalog;   /* a reference */
    bool catalog_own;         /* holds definitions of this transaction; published by its commit */
    bool rules_changed;       /* definitions that were there before changed */
    bool formulas_changed;    /* segments, traits or scores did */
    uint64_t snapshot_id;     /* of the snapshot that the catalog was loaded for */
    const kithi_pause *pause; /* NULL: none */
    kithi_catalog *catalog_before; /* kept while entries of it may be borrowed */
    bool counters_loaded;
    kithi_counters counters, counters_stored;
    kith_error error;
    kithi_arena arena;
    kithi_cursor cursors[KITHI_TABLE_COUNT]; /* for look-ups */
    uint64_t write_counts[KITHI_TABLE_COUNT];
    struct {
        uint64_t count, snapshot; /* known for a reader's snapshot of this id; 0: for none */
    } row_counts[KITHI_TABLE_COUNT];
    MDB_cursor *writers[KITHI_TABLE_COUNT]; /* for puts: one that stays near its last place skips
                                               the descent */
    struct {
        void *data;
        void (*end)(void *data);
    } slots[KITHI_SLOT_COUNT];
};

/* Finds or opens the environment of a file and takes a reference. */
int kithi_env_acquire(const char *path, const kith_open_options *options, kithi_env **out,
                      kith_error *error);
void kithi_env_release(kithi_env *env);
/* Whether the process is the one that opened the environment. */
bool kithi_env_is_ours(const kithi_env *env);

/* Says in kith's codes and words what LMDB answered. `what` is a verb phrase: "read the store". */
int kithi_mdb_error(kith_error *error, int rc, const char *what);

/* Drops a reference of the store; the last one frees it. */
void kithi_store_release(kith *store);

/* Loads the catalog that holds in the transaction's snapshot and takes a reference. */
int kithi_catalog_load(kith_txn *txn, kithi_catalog **out);
/* Whether the catalog of a renewed reader is that of its new snapshot too, as nobody has committed
 * since. */
bool kithi_catalog_still_holds(const kith_txn *txn);
/* Makes the transaction's own catalog the one that later transactions see. */
void kithi_catalog_publish(kith_txn *txn);
void kithi_catalog_acquire(kithi_catalog *catalog);
void kithi_catalog_release(kithi_catalog *catalog);
/* Writes the built-in definitions into a new store, and over them the JSON text (NULL: none). */
int kithi_catalog_install(kith_txn *txn, const char *config);

#endif
