/*
 * Scored pairs: two records that share a block and weigh enough under the model in force. Fixed 16
 * bytes under each of the two records: other record 4, weight 4 (with the sign bit flipped),
 * pattern 8. They are a function of the records and the model, kept up to date by every commit.
 */
#ifndef KITHI_IDENTITY_SCORED_H
#define KITHI_IDENTITY_SCORED_H

#include "src/base/arena.h"
#include "src/match/features.h"
#include "src/store/kv.h"

#define KITHI_SCORED_BYTES 16

typedef struct kithi_scored {
    uint32_t other;
    int32_t weight;
    uint64_t pattern;
} kithi_scored;

void kithi_scored_write(uint8_t out[KITHI_SCORED_BYTES], const kithi_scored *pair);
bool kithi_scored_read(kithi_slice row, kithi_scored *out);

/* The pairs of a record, by the other's number, in the arena. */
int kithi_scored_of(kith_txn *txn, uint32_t record, kithi_arena *arena, kithi_scored **out,
                    size_t *out_count);
/* Whether the store holds the pair. */
int kithi_scored_has(kith_txn *txn, uint32_t a, uint32_t b, bool *out);
/* Says that the table is damaged: KITH_CORRUPT. */
int kithi_scored_damaged(kith_txn *txn);
/* Puts or removes a pair under both records. */
int kithi_scored_put(kith_txn *txn, uint32_t a, uint32_t b, int32_t weight, uint64_t pattern);
/* Puts one side of a pair, which is known to be the table's greatest. */
int kithi_scored_append(kith_txn *txn, uint32_t record, const kithi_scored *pair);
int kithi_scored_remove(kith_txn *txn, uint32_t record, const kithi_scored *pair);

/* Says that a row that scored links come from is about a record that isn't there: KITH_CORRUPT. */
int kithi_scored_astray(kith_txn *txn, uint32_t record);

/* Reads the features of a record as it stands. `out` is aligned and has KITHI_FEATURES_MAX_BYTES.
 */
int kithi_features_read(kith_txn *txn, const kithi_model *model, uint32_t record,
                        kithi_features *out);
/* What two records weigh under a model, whether or not the store holds the pair. KITH_NOT_FOUND: a
 * record isn't there. */
int kithi_scored_weigh(kith_txn *txn, const kithi_model *model, uint32_t a, uint32_t b,
                       kithi_scored *out);

#endif
