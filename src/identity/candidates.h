/*
 * Candidates: records that share enough blocks with one, found in the index and compared with it.
 * What is read is remembered for a while, as neighbours ask for the same records.
 */
#ifndef KITHI_IDENTITY_CANDIDATES_H
#define KITHI_IDENTITY_CANDIDATES_H

#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/identity/block_index.h"
#include "src/identity/scored.h"
#include "src/match/model.h"

typedef struct kithi_candidate_block {
    uint32_t *records; /* ascending */
    size_t count;      /* above what was asked for: there are more than are given */
} kithi_candidate_block;

typedef struct kithi_candidates {
    kith_txn *txn;
    const kithi_model *model;
    kithi_arena arena;  /* of features */
    kithi_map features; /* record -> kithi_features */
    kithi_arena block_arena;
    kithi_map blocks;   /* key -> kithi_candidate_block, of those that were remembered */
    uint32_t newcomers; /* records that count in each block though the index hasn't them */
    uint32_t *block;    /* records of the block at hand */
    size_t block_capacity;
    /* Those of the blocks at hand: the record's number, and the kind of the block behind it. */
    uint64_t *met;
    size_t met_count, met_capacity;
    uint32_t *records; /* of them the candidates */
    size_t record_count, record_capacity;
    kithi_scored *scored; /* its pairs */
    size_t scored_capacity;
} kithi_candidates;

void kithi_candidates_init(kithi_candidates *candidates, kith_txn *txn, const kithi_model *model);
void kithi_candidates_clear(kithi_candidates *candidates);

/* The features of a record as it stands; borrowed until kithi_candidates_score is next called. */
int kithi_candidates_features(kithi_candidates *candidates, uint32_t record,
                              const kithi_features **out);
/* Reads the records of a block, up to `most` of them, at least the model's cap. They are remembered
 * until the candidates are cleared, while the index must not change. */
int kithi_candidates_remember(kithi_candidates *candidates, kithi_block_finder *finder,
                              uint64_t key, size_t most, const kithi_candidate_block **out);
/* The records of a block, ascending; *out_count above the model's cap: there are more than are
 * given. Borrowed until the next call. */
int kithi_candidates_block(kithi_candidates *candidates, uint64_t key, const uint32_t **out,
                           size_t *out_count);
/* The pairs of a record that weigh enough to be kept, by the other's number. Borrowed until the
 * next call. */
int kithi_candidates_score(kithi_candidates *candidates, uint32_t record, kithi_scored **out,
                           size_t *out_count);
/* The same for features that are of no record of the store, or not as it stands: `self` is left
 * out (UINT32_MAX: nobody), and pairs from `least` weight on are given. */
int kithi_candidates_score_features(kithi_candidates *candidates, const kithi_features *features,
                                    uint32_t self, int32_t least, kithi_scored **out,
                                    size_t *out_count);
/* The same where the keys of the features are at hand. */
int kithi_candidates_score_keys(kithi_candidates *candidates, const kithi_features *features,
                                const uint64_t *keys, size_t key_count, uint32_t self,
                                int32_t least, kithi_scored **out, size_t *out_count);
/* Forgets what was read, where that is much. */
void kithi_candidates_tidy(kithi_candidates *candidates);

/* Compares the features with the candidates at hand, as kithi_candidates_score_features does. */
int kithi_candidates_score_at_hand(kithi_candidates *candidates, const kithi_features *features,
                                   uint32_t self, int32_t least, kithi_scored **out,
                                   size_t *out_count);

/*
 * wide_blocks.c: for a search that finds nobody in blocks within the cap. Makes those records the
 * candidates at hand that share the most blocks with the features, blocks above the cap included;
 * of equals those of the least numbers. *out_partial: not all that share a block could be taken.
 */
int kithi_candidates_widen(kithi_candidates *candidates, const kithi_features *features,
                           bool *out_partial);

#endif
