/* Evaluating an expression for one profile. */
#include "src/base/error.h"
#include "src/base/sized.h"
#include "src/segment/executor.h"

/* A text is copied: it stood in the executor's room. */
static int give_value(kith_txn *txn, const kithi_operand *operand, kith_value *out) {
    *out = kithi_operand_value(operand);
    if (out->type != KITH_TYPE_TEXT) {
        return KITH_OK;
    }
    out->as.text.data =
        kithi_arena_copy(kithi_txn_arena(txn), out->as.text.data, out->as.text.size);
    return out->as.text.data != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
}

static int evaluate(kithi_executor *executor, const kith_expression *expression,
                    const kith_profile *profile, int64_t now_us, kith_outcome *out) {
    kithi_outcome found;
    kithi_slice row = {profile->row, profile->row_bytes};
    int rc = kithi_executor_take(executor, profile->number, row);
    if (rc == KITH_OK) {
        rc = kithi_execute(executor, expression, now_us, true, &found);
    }
    if (rc == KITH_OK) {
        rc = give_value(profile->txn, &found.value, &out->value);
        out->truth = found.value.sort == KITHI_SORT_BOOLEAN ? found.value.as.boolean
                                                            : found.value.sort != KITHI_SORT_NULL;
        out->next_change_at_us = found.until_us;
    }
    return rc;
}

int kith_expression_evaluate(const kith_expression *expression, const kith_profile *profile,
                             int64_t now_us, kith_outcome *out) {
    kithi_executor *executor;
    kith_outcome result = KITH_OUTCOME_INIT;
    if (profile == NULL || profile->txn == NULL) {
        return KITH_MISUSE;
    }
    if (expression == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(profile->txn), KITH_MISUSE,
                               "kith_expression_evaluate: an expression and a place for what it "
                               "gives are required");
    }
    int rc = kithi_txn_check_read(profile->txn);
    if (rc == KITH_OK) {
        rc = kithi_executor_of(profile->txn, &executor);
    }
    if (rc == KITH_OK) {
        rc = evaluate(executor, expression, profile, now_us, &result);
    }
    if (rc == KITH_OK) {
        kithi_give(out, &result, sizeof result);
    }
    return rc;
}
