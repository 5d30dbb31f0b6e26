/* Checking a score: the expressions it asks, and the events and properties that it names. */
#include <string.h>

#include "src/base/error.h"
#include "src/segment/checking.h"
#include "src/store/suggest.h"

/* The expression that is wrong stands before what is wrong in it. */
static int tell_part(kithi_tree *tree, const kithi_score_part *part, int rc) {
    kith_error *error = tree->error;
    char message[sizeof error->message];
    if (rc != KITH_INVALID || error == NULL) {
        return rc;
    }
    memcpy(message, error->message, sizeof message);
    return kithi_error_set(error, rc, "in \"%.100s\": %s", part->text, message);
}

/* Their streams have numbers across all of them. */
static int check_part(kithi_tree *tree, const kithi_score_part *part, kithi_node *node,
                      const kithi_checking *checking) {
    kithi_checking own = *checking;
    own.condition = part->condition;
    int rc = kithi_check(tree, node, &own);
    if (rc == KITH_OK && !part->condition) {
        rc = kithi_check_stands(node, "score", tree->error);
    }
    return tell_part(tree, part, rc);
}

static int unknown(kithi_tree *tree, const char *what, const char *name,
                   const kithi_suggestion *near) {
    return near->name != NULL
               ? kithi_error_set(tree->error, KITH_INVALID,
                                 "the store has no %s '%.80s'; did you mean '%.80s'?", what, name,
                                 near->name)
               : kithi_error_set(tree->error, KITH_INVALID, "the store has no %s '%.80s'", what,
                                 name);
}

static int unknown_event(kithi_tree *tree, const kithi_catalog *catalog, const char *name) {
    kithi_suggestion near = kithi_suggestion_of(name);
    for (size_t id = 0; id < kithi_catalog_event_type_count(catalog); id++) {
        kithi_suggestion_offer(&near, kithi_catalog_event_type(catalog, (uint16_t)id)->name);
    }
    return unknown(tree, "event", name, &near);
}

static int unknown_property(kithi_tree *tree, const kithi_catalog *catalog, const char *name) {
    kithi_suggestion near = kithi_suggestion_of(name);
    for (size_t id = 0; id < kithi_catalog_property_count(catalog); id++) {
        kithi_suggestion_offer(&near, kithi_catalog_property(catalog, (uint16_t)id));
    }
    return unknown(tree, "property", name, &near);
}

static int find_event(kithi_tree *tree, const kithi_checking *checking, const char *name,
                      int *out) {
    *out = KITHI_UNKNOWN;
    if (name == NULL) {
        return KITH_OK;
    }
    const kithi_event_type *type = kithi_catalog_find_event_type(checking->catalog, name);
    *out = type != NULL ? type->id : KITHI_UNKNOWN;
    return type != NULL || checking->any_name ? KITH_OK
                                              : unknown_event(tree, checking->catalog, name);
}

static int find_orders(kithi_tree *tree, kithi_score_orders *orders,
                       const kithi_checking *checking) {
    int rc = find_event(tree, checking, orders->event, &orders->of.event);
    rc = rc == KITH_OK ? find_event(tree, checking, orders->refund, &orders->of.refund) : rc;
    orders->of.amount = orders->amount != NULL
                            ? kithi_catalog_find_property(checking->catalog, orders->amount)
                            : KITHI_UNKNOWN;
    if (rc == KITH_OK && orders->amount != NULL && orders->of.amount < 0 && !checking->any_name) {
        rc = unknown_property(tree, checking->catalog, orders->amount);
    }
    return rc;
}

int kithi_score_check(kithi_tree *tree, kithi_score_model *model, kithi_node *root,
                      const kithi_checking *checking) {
    int rc = model->orders != NULL ? find_orders(tree, model->orders, checking) : KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < root->kid_count; i++) {
        rc = check_part(tree, &model->parts[i], root->kids[i], checking);
    }
    root->sort = model->kind->outputs[0].sort;
    return rc;
}
