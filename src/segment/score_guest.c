#include "src/segment/score_guest.h"

#include <string.h>

#include "src/base/error.h"
#include "src/segment/checking.h"
#include "src/store/txn.h"

int kithi_guest_read(kith_txn *txn, const char *name, const char *definition, bool any_name,
                     kithi_guest *out) {
    kithi_checking checking = {.catalog = kithi_txn_catalog(txn), .any_name = any_name};
    *out = (kithi_guest){.formula = {.name = name, .text = definition, .note = ""}};
    kithi_plan *plan = &out->plan;
    *plan = (kithi_plan){.kind = KITHI_CATALOG_SCORE, .expression = kithi_expression_make()};
    if (plan->expression == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    int rc = kithi_plans_of(txn, &checking.plans);
    rc = rc == KITH_OK
             ? kithi_score_read(txn, definition, strlen(definition), plan->expression, &plan->score)
             : rc;
    if (rc == KITH_OK) {
        kithi_tree tree = {.arena = &plan->expression->arena, .error = kithi_txn_error(txn)};
        rc = kithi_score_check(&tree, &plan->score, plan->expression->root, &checking);
        plan->expression->stream_count = tree.stream_count;
    }
    if (rc == KITH_OK && plan->score.orders != NULL) {
        plan->score.orders->number = kithi_plans_summary(checking.plans, plan->score.orders);
    }
    plan->formula = &out->formula;
    return rc;
}

void kithi_guest_clear(kithi_guest *guest) {
    kithi_score_clear(&guest->plan.score);
    kith_expression_free(guest->plan.expression);
    *guest = (kithi_guest){.plan = {.expression = NULL}};
}
