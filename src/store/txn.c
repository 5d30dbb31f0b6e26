#include "src/store/env.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/store/landing.h"

static const char counters_key[] = "counters";
#define COUNTERS_BYTES (8 * (6 + KITHI_LANDING_COUNT))

/* A thread that waits for its own write transaction would wait for ever: one a thread and file. */
static bool holds_writer(kithi_env *env) {
    pthread_mutex_lock(&env->lock);
    bool mine = env->has_writer && pthread_equal(env->writer, pthread_self());
    pthread_mutex_unlock(&env->lock);
    return mine;
}

static void set_writer(kithi_env *env, bool has_writer) {
    pthread_mutex_lock(&env->lock);
    env->has_writer = has_writer;
    env->writer = pthread_self();
    pthread_mutex_unlock(&env->lock);
}

static int begin_mdb(kith *store, unsigned mode, MDB_txn **out, kith_error *error) {
    MDB_env *mdb = store->env->mdb;
    unsigned flags = mode == KITH_WRITE ? 0 : MDB_RDONLY;
    int rc = mdb_txn_begin(mdb, NULL, flags, out);
    if (rc == MDB_READERS_FULL) {
        int dead = 0;
        mdb_reader_check(mdb, &dead);
        rc = mdb_txn_begin(mdb, NULL, flags, out);
    }
    return rc == 0 ? KITH_OK : kithi_mdb_error(error, rc, "begin a transaction");
}

static int may_begin(const kith *store, unsigned mode, kith_error *error) {
    if (mode != KITH_READ && mode != KITH_WRITE) {
        return kithi_error_set(error, KITH_MISUSE, "a transaction is KITH_READ or KITH_WRITE");
    }
    if (!kithi_env_is_ours(store->env)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "the store was opened before fork(); open it anew in the child");
    }
    if (mode == KITH_WRITE && (store->flags & KITH_OPEN_READ_ONLY)) {
        return kithi_error_set(error, KITH_READ_ONLY, "the store was opened read-only");
    }
    if (mode == KITH_WRITE && holds_writer(store->env)) {
        return kithi_error_set(
            error, KITH_MISUSE,
            "this thread has a write transaction on the store already; end it first");
    }
    return KITH_OK;
}

int kithi_txn_begin(kith *store, unsigned mode, kith_txn **out, kith_error *error) {
    int rc = may_begin(store, mode, error);
    if (rc != KITH_OK) {
        return rc;
    }
    kith_txn *txn = calloc(1, sizeof *txn);
    if (txn == NULL) {
        return kithi_error_memory(error);
    }
    rc = begin_mdb(store, mode, &txn->mdb, error);
    if (rc != KITH_OK) {
        free(txn);
        return rc;
    }
    txn->store = store;
    txn->writes = mode == KITH_WRITE;
    if (txn->writes) {
        set_writer(store->env, true);
    }
    txn->error = (kith_error)KITH_ERROR_INIT;
    kithi_arena_init(&txn->arena);
    atomic_fetch_add(&store->reference_count, 1);
    rc = kithi_catalog_load(txn, &txn->catalog);
    if (rc != KITH_OK) {
        kithi_error_copy(error, &txn->error);
        kith_txn_abort(txn);
        return rc;
    }
    *out = txn;
    return KITH_OK;
}

int kithi_txn_begin_twin(const kith_txn *txn, kith_txn **out) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *twin = NULL;
    if (txn->writes || kithi_txn_begin(txn->store, KITH_READ, &twin, &error) != KITH_OK) {
        return KITH_NOT_FOUND;
    }
    if (mdb_txn_id(twin->mdb) != mdb_txn_id(txn->mdb)) {
        kith_txn_abort(twin);
        return KITH_NOT_FOUND;
    }
    *out = twin;
    return KITH_OK;
}

void kithi_txn_end_slot(kith_txn *txn, kithi_slot slot) {
    if (txn->slots[slot].data != NULL) {
        txn->slots[slot].end(txn->slots[slot].data);
        txn->slots[slot].data = NULL;
    }
}

static void end_slots(kith_txn *txn) {
    for (int i = 0; i < KITHI_SLOT_COUNT; i++) {
        kithi_txn_end_slot(txn, (kithi_slot)i);
    }
}

static void close_cursors(kith_txn *txn) {
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        if (txn->cursors[i].mdb != NULL) {
            mdb_cursor_close(txn->cursors[i].mdb);
            txn->cursors[i].mdb = NULL;
        }
        if (txn->writers[i] != NULL) {
            mdb_cursor_close(txn->writers[i]);
            txn->writers[i] = NULL;
        }
    }
}

/* Frees all but the LMDB transaction, which has ended. */
static void free_txn(kith_txn *txn) {
    kith *store = txn->store;
    end_slots(txn);
    kithi_catalog_release(txn->catalog);
    kithi_catalog_release(txn->catalog_before);
    kithi_arena_clear(&txn->arena);
    free(txn);
    kithi_store_release(store);
}

void kith_txn_abort(kith_txn *txn) {
    if (txn == NULL) {
        return;
    }
    if (kithi_env_is_ours(txn->store->env)) {
        close_cursors(txn);
        if (txn->writes) {
            set_writer(txn->store->env,
                       false); /* before it ends: the next one sets itself after it begins */
        }
        mdb_txn_abort(txn->mdb);
    }
    free_txn(txn);
}

/* The first two counters stand in the tables' last keys; the row is written only when another one
 * changed. */
static int store_counters(kith_txn *txn) {
    const kithi_counters *now = &txn->counters, *stored = &txn->counters_stored;
    if (!txn->counters_loaded ||
        (now->packed_events == stored->packed_events && now->marks == stored->marks &&
         now->next_transition == stored->next_transition && now->clock_us == stored->clock_us &&
         memcmp(now->landing_places, stored->landing_places, sizeof now->landing_places) == 0)) {
        return KITH_OK;
    }
    uint8_t row[COUNTERS_BYTES];
    kithi_put64(row, now->next_record);
    kithi_put64(row + 8, now->next_sequence);
    kithi_put64(row + 16, now->packed_events);
    kithi_put64(row + 24, now->marks);
    kithi_put64(row + 32, now->next_transition);
    kithi_put_time(row + 40, now->clock_us);
    for (size_t i = 0; i < KITHI_LANDING_COUNT; i++) {
        kithi_put64(row + 48 + 8 * i, now->landing_places[i]);
    }
    return kithi_put(txn, KITHI_TABLE_META, counters_key, strlen(counters_key), row, sizeof row);
}

int kithi_txn_commit(kith_txn *txn, kith_error *error) {
    int rc = txn->writes ? kithi_txn_check_write(txn) : kithi_txn_check_read(txn);
    if (rc == KITH_OK && txn->writes) {
        rc = kithi_landing_trim(txn);
    }
    if (rc == KITH_OK && txn->writes) {
        rc = store_counters(txn);
    }
    if (rc != KITH_OK) {
        kithi_error_copy(error, &txn->error);
        kith_txn_abort(txn);
        return rc;
    }
    close_cursors(txn);
    if (txn->writes) {
        set_writer(txn->store->env, false);
    }
    int mdb_rc = mdb_txn_commit(txn->mdb);
    if (mdb_rc != 0) {
        rc = kithi_mdb_error(error, mdb_rc, "commit");
    } else if (txn->catalog_own) {
        kithi_catalog_publish(txn);
    }
    free_txn(txn);
    return rc;
}

static void let_go_of_snapshot(kith_txn *txn) {
    mdb_txn_reset(txn->mdb);
    for (int i = 0; i < KITHI_TABLE_COUNT; i++) {
        txn->cursors[i].stale = txn->cursors[i].mdb != NULL;
    }
    txn->counters_loaded = false;
    txn->reset = true;
    txn->reset_count++;
}

void kith_txn_reset(kith_txn *txn) {
    if (txn->writes || txn->reset || !kithi_env_is_ours(txn->store->env)) {
        return;
    }
    end_slots(txn);
    let_go_of_snapshot(txn);
    kithi_arena_reset(&txn->arena);
}

int kith_txn_renew(kith_txn *txn) {
    if (!txn->reset) {
        return kithi_error_set(&txn->error, KITH_MISUSE,
                               "only a transaction that was reset is renewed");
    }
    int rc = may_begin(txn->store, KITH_READ, &txn->error);
    if (rc != KITH_OK) {
        return rc;
    }
    int mdb_rc = mdb_txn_renew(txn->mdb);
    if (mdb_rc != 0) {
        return kithi_mdb_error(&txn->error, mdb_rc, "renew a transaction");
    }
    if (kithi_catalog_still_holds(txn)) {
        txn->reset = false;
        return KITH_OK;
    }
    kithi_catalog *newest = NULL;
    rc = kithi_catalog_load(txn, &newest);
    if (rc != KITH_OK) {
        let_go_of_snapshot(txn); /* not to be read with the definitions of the one before */
        return rc;
    }
    kithi_catalog_release(txn->catalog);
    txn->catalog = newest;
    txn->reset = false;
    return KITH_OK;
}

const kith_error *kith_txn_error(const kith_txn *txn) {
    return &txn->error;
}

kith *kith_txn_store(const kith_txn *txn) {
    return txn->store;
}

bool kithi_txn_writes(const kith_txn *txn) {
    return txn->writes;
}

int kithi_txn_check_read(kith_txn *txn) {
    if (!kithi_env_is_ours(txn->store->env)) {
        return kithi_error_set(
            &txn->error, KITH_MISUSE,
            "the transaction was begun before fork(); open the store anew in the child");
    }
    if (txn->reset) {
        return kithi_error_set(&txn->error, KITH_MISUSE, "the transaction was reset; renew it");
    }
    if (txn->poisoned) {
        return kithi_error_set(&txn->error, KITH_MISUSE,
                               "an earlier write of this transaction failed; abort it");
    }
    return KITH_OK;
}

int kithi_txn_check_write(kith_txn *txn) {
    if (!txn->writes) {
        return kithi_error_set(&txn->error, KITH_READ_ONLY, "the transaction is for reading only");
    }
    return kithi_txn_check_read(txn);
}

kith_error *kithi_txn_error(kith_txn *txn) {
    return &txn->error;
}

int kithi_txn_poison(kith_txn *txn, int code) {
    txn->poisoned = txn->writes;
    return code;
}

kithi_arena *kithi_txn_arena(kith_txn *txn) {
    return &txn->arena;
}

const kithi_catalog *kithi_txn_catalog(const kith_txn *txn) {
    return txn->catalog;
}

bool kithi_txn_rules_changed(const kith_txn *txn) {
    return txn->rules_changed;
}

void kithi_txn_rules_applied(kith_txn *txn) {
    txn->rules_changed = false;
}

bool kithi_txn_formulas_changed(const kith_txn *txn) {
    return txn->formulas_changed;
}

void kithi_txn_set_formulas_changed(kith_txn *txn, bool changed) {
    txn->formulas_changed = changed;
}

const kithi_pause *kithi_txn_set_pause(kith_txn *txn, const kithi_pause *pause) {
    const kithi_pause *before = txn->pause;
    txn->pause = pause;
    return before;
}

int kithi_txn_pause(kith_txn *txn) {
    return txn->pause != NULL ? txn->pause->ask(txn->pause->context, txn) : KITH_OK;
}

void *kithi_txn_slot(const kith_txn *txn, kithi_slot slot) {
    return txn->slots[slot].data;
}

void kithi_txn_set_slot(kith_txn *txn, kithi_slot slot, void *data, void (*end)(void *data)) {
    txn->slots[slot].data = data;
    txn->slots[slot].end = end;
}

/* Raises a counter above the last key of a table, whose keys it gives out. */
static int raise_above_last(kith_txn *txn, kithi_table table, uint64_t *counter) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, table, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_LAST, &key, NULL);
    }
    if (rc == KITH_OK) {
        uint64_t next = (key.size == 8 ? kithi_get64(key.data) : kithi_get32(key.data)) + 1;
        *counter = next > *counter ? next : *counter;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int load_counters(kith_txn *txn) {
    kithi_slice row;
    int rc = kithi_get(txn, KITHI_TABLE_META, counters_key, strlen(counters_key), &row);
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    txn->counters =
        (kithi_counters){.next_sequence = 1, .next_transition = 1, .clock_us = INT64_MIN};
    if (rc == KITH_OK && row.size == COUNTERS_BYTES) {
        txn->counters.next_record = kithi_get64(row.data);
        txn->counters.next_sequence = kithi_get64(row.data + 8);
        txn->counters.packed_events = kithi_get64(row.data + 16);
        txn->counters.marks = kithi_get64(row.data + 24);
        txn->counters.next_transition = kithi_get64(row.data + 32);
        txn->counters.clock_us = kithi_get_time(row.data + 40);
        for (size_t i = 0; i < KITHI_LANDING_COUNT; i++) {
            txn->counters.landing_places[i] = kithi_get64(row.data + 48 + 8 * i);
        }
    }
    rc = raise_above_last(txn, KITHI_TABLE_RECORD, &txn->counters.next_record);
    if (rc == KITH_OK) {
        rc = raise_above_last(txn, KITHI_TABLE_EVENT_LOG, &txn->counters.next_sequence);
    }
    txn->counters_stored = txn->counters;
    txn->counters_loaded = rc == KITH_OK;
    return rc;
}

int kithi_txn_counters(kith_txn *txn, kithi_counters **out) {
    *out = &txn->counters;
    return txn->counters_loaded ? KITH_OK : load_counters(txn);
}
