/*
 * Inside of stores and transactions, for the modules above: what a transaction carries.
 */
#ifndef KITHI_STORE_TXN_H
#define KITHI_STORE_TXN_H

#include "kith/store.h"
#include "src/base/arena.h"
#include "src/base/error.h"
#include "src/store/catalog.h"

/* Begins; the public kith_txn_begin is this. */
int kithi_txn_begin(kith *store, unsigned mode, kith_txn **out, kith_error *error);
/* Begins one that reads the same snapshot, for another thread. KITH_NOT_FOUND: there is none such,
 * as others wrote since, no reader is to be had, or the transaction writes itself. */
int kithi_txn_begin_twin(const kith_txn *txn, kith_txn **out);
/* Makes what was written durable; the public kith_txn_commit brings derived state up to date
 * before. */
int kithi_txn_commit(kith_txn *txn, kith_error *error);

/* The public kith_config_apply is this, once the definitions before are worked in. */
int kithi_config_apply(kith_txn *txn, const char *json, size_t json_bytes);

bool kithi_txn_writes(const kith_txn *txn);
/* KITH_OK if the transaction may read or write now; else KITH_MISUSE, KITH_READ_ONLY. */
int kithi_txn_check_read(kith_txn *txn);
int kithi_txn_check_write(kith_txn *txn);
/* Where to say what went wrong in this transaction. */
kith_error *kithi_txn_error(kith_txn *txn);
/* Says that a write failed half-way: from now on the transaction can only be aborted. Returns
 * `code`. */
int kithi_txn_poison(kith_txn *txn, int code);
/* Memory that lives until the transaction ends or is reset. */
kithi_arena *kithi_txn_arena(kith_txn *txn);
const kithi_catalog *kithi_txn_catalog(const kith_txn *txn);

/* What a module keeps with a transaction: made when first asked for, freed with it. */
typedef enum kithi_slot {
    KITHI_SLOT_FACT,
    KITHI_SLOT_IDENTITY,
    KITHI_SLOT_BLOCK_INDEX,
    KITHI_SLOT_EXECUTOR, /* ends with each new catalog, too */
    KITHI_SLOT_STREAMS,  /* of queries, which others may hold on to */
    KITHI_SLOT_COUNT
} kithi_slot;
void *kithi_txn_slot(const kith_txn *txn, kithi_slot slot);
/* `end` is called when the transaction ends or is reset. */
void kithi_txn_set_slot(kith_txn *txn, kithi_slot slot, void *data, void (*end)(void *data));
void kithi_txn_end_slot(kith_txn *txn, kithi_slot slot);

#define KITHI_LANDING_COUNT 2 /* tables that have a landing table (src/store/landing.h) */

/* Counters of the store that live in the meta table; a write transaction changes them in place. */
typedef struct kithi_counters {
    uint64_t next_record;   /* number of the next record */
    uint64_t next_sequence; /* of the event log */
    uint64_t next_transition;
    int64_t clock_us; /* the latest time that was settled for */
    uint64_t packed_events;
    uint64_t marks; /* assertions about one record */
    uint64_t
        landing_places[KITHI_LANDING_COUNT]; /* where the last move ended: first bytes of a key */
} kithi_counters;
int kithi_txn_counters(kith_txn *txn, kithi_counters **out);

/* Whether kith_config_apply changed definitions in this transaction, so that all that is derived
 * from them is stale. */
bool kithi_txn_rules_changed(const kith_txn *txn);
void kithi_txn_rules_applied(kith_txn *txn);

/* Whether segments or traits were defined or removed in this transaction, so that every profile is
 * to be settled anew. */
bool kithi_txn_formulas_changed(const kith_txn *txn);
void kithi_txn_set_formulas_changed(kith_txn *txn, bool changed);

/* Definitions on the fly: finds, or defines with defaults. Errors: KITH_INVALID (name), KITH_LIMIT.
 */
int kithi_define_source(kith_txn *txn, const char *name, const kithi_source **out);
int kithi_define_attribute(kith_txn *txn, const char *name, const kithi_attribute **out);
int kithi_define_event_type(kith_txn *txn, const char *name, const kithi_event_type **out);
int kithi_define_property(kith_txn *txn, const char *name, uint16_t *out);

/* Puts a match model, packed, under its version: the greatest is in force from now on. */
int kithi_definition_put_model(kith_txn *txn, uint32_t version, const void *model, size_t size);

/* Asked now and then in work that may take long, in its thread: another answer than KITH_OK, which
 * it says in the transaction, ends the work. */
typedef struct kithi_pause {
    int (*ask)(void *context, kith_txn *txn);
    void *context;
} kithi_pause;
/* `pause` is borrowed until it is set anew; NULL: nobody is asked. Gives the one before. */
const kithi_pause *kithi_txn_set_pause(kith_txn *txn, const kithi_pause *pause);
/* Asks. */
int kithi_txn_pause(kith_txn *txn);

/* How much is defined: what a put that is then refused defined goes again. */
typedef struct kithi_defined {
    size_t sources, attributes, event_types, properties;
} kithi_defined;
kithi_defined kithi_define_begin(const kith_txn *txn);
/* Takes back what was defined since. Returns `code`, or the failure. */
int kithi_define_undo(kith_txn *txn, const kithi_defined *before, int code);

#endif
