/*
 * What a store's records say of the attributes that a model compares: how many have each, and how
 * many values differ. Values are counted by hashes, in the form in which case, accents and width
 * are folded.
 */
#ifndef KITHI_INSIGHT_AUDIT_VALUES_H
#define KITHI_INSIGHT_AUDIT_VALUES_H

#include "kith/insight.h"
#include "src/base/arena.h"
#include "src/fact/record_row.h"
#include "src/match/model.h"

typedef struct kithi_audit_values {
    const kithi_model *model;
    struct kithi_audit_list {
        uint64_t *hashes; /* of the values */
        size_t count, capacity;
        uint64_t record_count;
        uint64_t distinct_count, top_count, top_hash; /* once all are counted */
    } lists[KITHI_MODEL_ATTRIBUTES_MAX];
} kithi_audit_values;

void kithi_audit_values_init(kithi_audit_values *values, const kithi_model *model);
void kithi_audit_values_clear(kithi_audit_values *values);
/* Takes a record's row in. KITH_OK; KITH_NO_MEMORY; KITH_CORRUPT: the row is damaged. */
int kithi_audit_values_add(kithi_audit_values *values, kithi_slice row);
/* Counts, once all rows are in, and tells of each attribute that some record has, in the model's
 * order, in the arena. The most frequent values are looked for among the records. */
int kithi_audit_values_tell(kithi_audit_values *values, kith_txn *txn, uint64_t record_count,
                            kithi_arena *arena, const kith_audit_attribute *const **out,
                            size_t *out_count);

#endif
