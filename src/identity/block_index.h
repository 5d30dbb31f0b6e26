/*
 * The index of block keys: which records have a key, for finding candidates. An entry is a key and
 * a record; the index is a set of them.
 *
 * Entries stand sorted and packed in chunks, and the chunks in runs, since keys are hashes: an
 * entry put where it belongs would have a page written of its own. So entries enter the smallest
 * run that is large beside what one call adds. A run that grows beyond its bound hands a few
 * neighbouring chunks on to the next larger one, and the last of them to the main run; each chunk
 * that is written anew then takes many entries, and no commit moves more than a few times what it
 * adds. Reads look into all runs that hold anything. An entry that is added twice may stand in two
 * runs until they meet; reads give it once.
 */
#ifndef KITHI_IDENTITY_BLOCK_INDEX_H
#define KITHI_IDENTITY_BLOCK_INDEX_H

#include "src/match/block.h"
#include "src/store/kv.h"

typedef struct kithi_block_entry {
    uint64_t key; /* < 2^KITHI_BLOCK_KEY_BITS */
    uint32_t record;
} kithi_block_entry;

/* Adds entries, which it sorts in place; those that are there are fine. One call a commit is
 * cheapest. */
int kithi_block_index_add(kith_txn *txn, kithi_block_entry *entries, size_t count);
/* Removes entries, which it sorts in place; those that are not there are fine. */
int kithi_block_index_remove(kith_txn *txn, kithi_block_entry *entries, size_t count);
/* The records that have a key, ascending. `out` has room for max + 1, and *out_count of max + 1
 * says that there may be still more. */
int kithi_block_index_find(kith_txn *txn, uint64_t key, size_t max, uint32_t *out,
                           size_t *out_count);
/*
 * Looks many keys up, which is quickest in their order, as neighbours stand in one chunk. The
 * transaction must not write while it is open.
 */
typedef struct kithi_block_finder kithi_block_finder;
int kithi_block_finder_open(kith_txn *txn, kithi_block_finder **out);
void kithi_block_finder_close(kithi_block_finder *finder); /* NULL is fine */
/* As kithi_block_index_find. */
int kithi_block_finder_find(kithi_block_finder *finder, uint64_t key, size_t max, uint32_t *out,
                            size_t *out_count);
/* Removes all. */
int kithi_block_index_clear(kith_txn *txn);
/* Fills the empty index in bulk: ascending entries, in one call or in several that go on where the
 * last one ended. */
int kithi_block_index_load(kith_txn *txn, const kithi_block_entry *sorted, size_t count);
/* Hands all entries to `take`, ascending, whose failure ends it and which may not write to the
 * index. KITH_CORRUPT: the table isn't as it should be, down to every chunk. */
int kithi_block_index_each(kith_txn *txn, int (*take)(void *context, kithi_block_entry entry),
                           void *context);

#endif
