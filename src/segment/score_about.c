/* What a score is, whoever it is asked about: its model, and the outputs that it has. */
#include "src/base/sized.h"
#include "src/segment/plans.h"
#include "src/store/txn.h"

static int find_model(kith_txn *txn, const char *score, const kithi_score_model **out) {
    kith_definition definition = KITH_DEFINITION_INIT;
    const kithi_plans *plans;
    int rc = kith_definition_get(txn, KITH_SCORE, score, 0, &definition);
    rc = rc == KITH_OK ? kithi_plans_of(txn, &plans) : rc;
    if (rc == KITH_OK) {
        const kithi_formula *formula =
            kithi_catalog_find_formula(kithi_txn_catalog(txn), KITHI_CATALOG_SCORE, score);
        *out = &kithi_plan_of(plans, KITHI_CATALOG_SCORE, formula->id)->score;
    }
    return rc;
}

int kith_score_model_get(kith_txn *txn, const char *score, kith_score_model *out) {
    const kithi_score_model *model;
    if (txn == NULL) {
        return KITH_MISUSE;
    }
    if (score == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_score_model_get: a name and a place are required");
    }
    int rc = find_model(txn, score, &model);
    if (rc == KITH_OK) {
        kith_score_model found = {sizeof found, model->kind->name, kithi_score_learns(model),
                                  model->fitted != NULL};
        kithi_give(out, &found, sizeof found);
    }
    return rc;
}

int kith_score_next_output(kith_txn *txn, const char *score, size_t *cursor,
                           kith_score_about *out) {
    const kithi_score_model *model;
    if (txn == NULL) {
        return KITH_MISUSE;
    }
    if (score == NULL || cursor == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_score_next_output: a name, a cursor and a place are required");
    }
    int rc = find_model(txn, score, &model);
    if (rc != KITH_OK) {
        return rc;
    }
    if (*cursor >= model->kind->output_count) {
        return KITH_DONE;
    }
    const kithi_score_output *output = &model->kind->outputs[(*cursor)++];
    kith_score_about found = {sizeof found, output->name, output->what, kithi_gives(output->sort),
                              output->kept};
    kithi_give(out, &found, sizeof found);
    return KITH_OK;
}
