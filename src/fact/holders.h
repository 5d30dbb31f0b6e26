/*
 * Holders: the records that have a live value of an identifier type, found by the value's hash. A
 * hit is a candidate; its record says whether it has the value.
 */
#ifndef KITHI_FACT_HOLDERS_H
#define KITHI_FACT_HOLDERS_H

#include "src/store/landing.h"

typedef kithi_landing_values kithi_holders;

/* The records under a hash in ascending order. KITH_OK with the first or the next; KITH_NOT_FOUND
 * (sets no error). One look-up at a time in a transaction. */
int kithi_holders_first(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out);
int kithi_holders_next(kithi_holders *holders, uint32_t *out);
/* The same where nothing is dirty: then all entries have moved on from where they landed, as
 * src/state sees to, and one table is enough. */
int kithi_holders_first_moved(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out);
/* How many there are; before the first step. */
int kithi_holders_count(kithi_holders *holders, size_t *out);
/* The first, and how many there are. */
int kithi_holders_all(kith_txn *txn, uint64_t hash, kithi_holders *holders, uint32_t *out,
                      size_t *out_count);

/* Adding one that is there, and removing one that isn't, is fine. */
int kithi_holders_add(kith_txn *txn, uint64_t hash, uint32_t record);
int kithi_holders_remove(kith_txn *txn, uint64_t hash, uint32_t record);
int kithi_holders_has(kith_txn *txn, uint64_t hash, uint32_t record, bool *out);

#endif
