/*
 * State, between its files: which profiles are dirty, and rows as they stand.
 *
 * dirty: bitmaps of 8,192 profile numbers under the number of the chunk; a chunk with no bit has no
 * row. due: (time, profile) of rows that change at a time with no new fact. A row that is stored,
 * not dirty and settled_at <= now < next_change_at is exact.
 */
#ifndef KITHI_STATE_STATE_H
#define KITHI_STATE_STATE_H

#include "kith/state.h"
#include "src/bitmap/chunk.h"
#include "src/identity/identity.h"
#include "src/profile/row.h"

#define KITHI_DIRTY_CHUNK_BITS  8192u
#define KITHI_DIRTY_CHUNK_BYTES (KITHI_DIRTY_CHUNK_BITS / 8)

/* Brings clusters and dirty marks up to date with what the transaction wrote. Cheap where it wrote
 * nothing. */
int kithi_state_apply(kith_txn *txn);

int kithi_dirty_get(kith_txn *txn, uint32_t profile, bool *out);
/* Sets or clears the bits of profiles, which are sorted in place. */
int kithi_dirty_set(kith_txn *txn, uint32_t *profiles, size_t count, bool dirty);
int kithi_dirty_count(kith_txn *txn, uint64_t *out);
/* The dirty ones of a chunk of KITHI_CHUNK_BITS profile numbers. */
int kithi_dirty_chunk(kith_txn *txn, uint32_t chunk, kithi_chunk *out);
/* The first dirty profile >= from. KITH_NOT_FOUND. */
int kithi_dirty_next(kith_txn *txn, uint64_t from, uint32_t *out);

/* Those that are due at a time, ascending; malloc'ed. */
int kithi_due_list(kith_txn *txn, int64_t now_us, uint32_t **out, size_t *out_count);
/* The first of all, and when it is due. KITH_NOT_FOUND. */
int kithi_due_first(kith_txn *txn, int64_t *out_us, uint32_t *out_profile);

/* The stored row of a profile. KITH_NOT_FOUND. */
int kithi_state_row(kith_txn *txn, uint32_t profile, kithi_slice *out);
/* Deletes a profile's row, and when it is due. */
int kithi_state_delete(kith_txn *txn, uint32_t profile);
/* Computes a profile's row from the facts. *out_moves_us (NULL is fine): until then it stays in the
 * segments that it is in, whatever else of the row changes. */
int kithi_state_compute(kith_txn *txn, uint32_t profile, int64_t now_us, kithi_buffer *out,
                        int64_t *out_moves_us);
/* derive.c: appends traits, scores and segments to a row that was computed for that time. */
int kithi_state_derive(kith_txn *txn, uint32_t profile, int64_t now_us, kithi_buffer *row,
                       int64_t *out_moves_us);
/* Marks every profile as dirty. */
int kithi_dirty_set_all(kith_txn *txn);
/* The profile of a record at a time: its row if that is exact, else computed into the arena. */
int kithi_state_profile(kith_txn *txn, uint32_t record, int64_t now_us, kithi_arena *arena,
                        kith_profile *out);

/* kith_settle(), which also says how many components it clustered. `out` is of this kith's size,
 * and set on success. */
int kithi_settle(kith_txn *txn, const kithi_readers *readers, int64_t now_us, uint64_t budget,
                 kith_settle_result *out, uint64_t *out_clustered);
/* kith_settle_all() by several threads; what comes out is the same for any number. */
int kithi_settle_all(kith *store, unsigned threads, int64_t now_us, uint64_t budget,
                     kith_progress_fn progress, void *context, kith_settle_result *out,
                     kith_error *error);

#endif
