/*
 * Identity, for the modules above: who belongs to whom, and which profiles a transaction touched.
 */
#ifndef KITHI_IDENTITY_IDENTITY_H
#define KITHI_IDENTITY_IDENTITY_H

#include "kith/identity.h"
#include "src/fact/fact.h"

/* Profiles, by number, that changed since the list was last taken. */
typedef struct kithi_touched {
    uint32_t *dirty;
    size_t dirty_count, dirty_capacity;
    uint32_t *gone; /* records that are no profile's smallest any more */
    size_t gone_count, gone_capacity;
} kithi_touched;

/* Works in all that the transaction changed: clusters, links, generic values. Cheap when nothing
 * did. */
int kithi_identity_resolve(kith_txn *txn);
/* What resolving touched; the caller empties it by kithi_identity_touched_done. NULL: nothing. */
kithi_touched *kithi_identity_touched(const kith_txn *txn);
void kithi_identity_touched_done(kith_txn *txn);

/* Read transactions that see what a write transaction began with, one for each thread that helps
 * it. */
typedef struct kithi_readers {
    kith_txn *const *txns;
    size_t count; /* 0 or 1: the write transaction does all by itself */
} kithi_readers;

/* Clusters the components of records that wait, at most `budget` of them (0: all). */
int kithi_identity_settle(kith_txn *txn, const kithi_readers *readers, uint64_t budget,
                          uint64_t *out_done);

/* The profile number of a record: the smallest record number of its cluster. */
int kithi_identity_head(kith_txn *txn, uint32_t record, uint32_t *out);
/* The records of a profile, ascending, in the arena. */
int kithi_identity_members(kith_txn *txn, uint32_t head, kithi_arena *arena, uint32_t **out,
                           size_t *out_count);
/* The id of a profile: that of its oldest record. */
int kithi_identity_id(kith_txn *txn, uint32_t head, kith_id *out);
/* Whether a profile's row lists a record. There is a row only where a profile has several. */
int kithi_identity_lists(kith_txn *txn, uint32_t head, uint32_t record, bool *out);
/* Whether one of the records awaits the clustering of its large component. */
int kithi_identity_pending(kith_txn *txn, const uint32_t *records, size_t count, bool *out);
/* Works all components out anew and compares; each difference is told as one line. */
int kithi_identity_verify(kith_txn *txn, int (*problem)(void *context, const char *text),
                          int (*progress)(void *context, uint64_t done, uint64_t total),
                          void *context);
#define KITHI_GENERIC_MARK_BYTES 16

/* A value that links nobody, as too many names, or records without one, show it. */
typedef struct kithi_generic_value {
    const char *type;
    const char *text; /* borrowed from the transaction */
    size_t size;
    size_t record_count;
} kithi_generic_value;

/* Hands the marks of all generic values to `take`, whose failure ends it. */
int kithi_generic_each(kith_txn *txn, int (*take)(void *context, const uint8_t mark[16]),
                       void *context);
/* The value that a mark stands for. KITH_NOT_FOUND: no record has it. */
int kithi_generic_find(kith_txn *txn, const uint8_t mark[16], kithi_generic_value *out);
/* Links taken and refused; reads every one. */
int kithi_identity_count_links(kith_txn *txn, uint64_t *out_taken, uint64_t *out_refused);

#endif
