/* Reading the definition of a score. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/text.h"
#include "src/segment/parse.h"
#include "src/segment/score_model.h"

#define KIND   "kind"
#define FITTED "fitted"

void *kithi_score_room(kithi_score_reader *r, size_t count, size_t size) {
    void *room = kithi_arena_calloc(&r->expression->arena, count + 1, size);
    if (room == NULL) {
        kithi_error_memory(kithi_txn_error(r->json.txn));
    }
    return room;
}

int kithi_score_keep_text(kithi_score_reader *r, const json_t *member, const char **out) {
    const char *text = json_string_value(member);
    if (text == NULL || text[0] == '\0' || strlen(text) != json_string_length(member)) {
        return kithi_json_refuse(&r->json, "expected a text that isn't empty");
    }
    *out = kithi_arena_copy(&r->expression->arena, text, strlen(text));
    return *out != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(r->json.txn));
}

int kithi_score_text(kithi_score_reader *r, json_t *object, const char *key, const char **out) {
    const json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(&r->json, key);
    int rc = kithi_score_keep_text(r, member, out);
    kithi_json_leave(&r->json);
    return rc;
}

static int read_items(kithi_score_reader *r, json_t *list, size_t most,
                      int (*read)(kithi_score_reader *r, json_t *member, size_t at, void *context),
                      void *context, size_t *out_count) {
    size_t count = json_array_size(list);
    int rc = KITH_OK;
    if (!json_is_array(list) || count == 0 || count > most) {
        char problem[64];
        snprintf(problem, sizeof problem, "expected a list of 1 to %zu", most);
        return kithi_json_refuse(&r->json, problem);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = read(r, json_array_get(list, i), i, context);
    }
    *out_count = count;
    return rc;
}

int kithi_score_list(kithi_score_reader *r, json_t *object, const char *key, size_t most,
                     int (*read)(kithi_score_reader *r, json_t *member, size_t at, void *context),
                     void *context, size_t *out_count) {
    json_t *list = json_object_get(object, key);
    if (list == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(&r->json, key);
    int rc = read_items(r, list, most, read, context, out_count);
    kithi_json_leave(&r->json);
    return rc;
}

/* Parts */

/* What is wrong in an expression, with the expression; its place in the JSON stands before. */
static int refuse_part(kithi_score_reader *r, const char *text, int rc) {
    char problem[sizeof kithi_txn_error(r->json.txn)->message];
    if (rc != KITH_INVALID) {
        return rc;
    }
    snprintf(problem, sizeof problem, "in \"%.100s\": %.300s", text,
             kithi_txn_error(r->json.txn)->message);
    return kithi_json_refuse(&r->json, problem);
}

int kithi_score_ask_text(kithi_score_reader *r, const json_t *member, bool condition,
                         size_t *out_part) {
    kithi_node *root = r->expression->root, *part = NULL;
    const char *text = "";
    int rc = kithi_score_keep_text(r, member, &text);
    if (rc != KITH_OK) {
        return rc;
    }
    if (root->kid_count >= KITHI_SCORE_PARTS_MAX) {
        return kithi_json_refuse(&r->json, "a score has at most 256 expressions");
    }
    rc =
        kithi_parse(text, strlen(text), &r->expression->arena, &part, kithi_txn_error(r->json.txn));
    if (rc != KITH_OK) {
        return refuse_part(r, text, rc);
    }
    r->model->parts[root->kid_count] = (kithi_score_part){text, condition};
    *out_part = root->kid_count;
    kithi_tree_add(&r->tree, root, part);
    return r->tree.rc;
}

int kithi_score_ask(kithi_score_reader *r, json_t *object, const char *key, bool condition,
                    size_t *out_part) {
    const json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(&r->json, key);
    int rc = kithi_score_ask_text(r, member, condition, out_part);
    kithi_json_leave(&r->json);
    return rc;
}

int kithi_score_read_orders(kithi_score_reader *r, json_t *settings) {
    kithi_score_orders *orders = kithi_score_room(r, 1, sizeof *orders);
    if (orders == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->orders = orders;
    if (json_object_get(settings, "event") == NULL) {
        return kithi_json_refuse_member(&r->json, "event",
                                        "missing: which events are orders, such as \"purchase\"");
    }
    int rc = kithi_score_text(r, settings, "event", &orders->event);
    rc = rc == KITH_OK ? kithi_score_text(r, settings, "amount", &orders->amount) : rc;
    rc = rc == KITH_OK ? kithi_score_text(r, settings, "refund", &orders->refund) : rc;
    return rc == KITH_OK && orders->refund != NULL && strcmp(orders->refund, orders->event) == 0
               ? kithi_json_refuse_member(&r->json, "refund",
                                          "expected other events than \"event\": orders of a "
                                          "negative amount are refunds anyway")
               : rc;
}

/* All */

static int refuse_kind(kithi_score_reader *r) {
    char names[160], problem[240];
    kithi_score_kind_names(names, sizeof names);
    snprintf(problem, sizeof problem, "expected the kind of score: %s", names);
    return kithi_json_refuse_member(&r->json, KIND, problem);
}

static int check_keys(kithi_score_reader *r, json_t *root, const kithi_score_kind *kind) {
    const char *known[32] = {KIND, kind->learns ? FITTED : KIND};
    for (size_t i = 0; kind->keys[i] != NULL; i++) {
        known[i + 2] = kind->keys[i];
    }
    return kithi_json_check_keys(&r->json, root, known);
}

static int read_fitted(kithi_score_reader *r, json_t *root, const kithi_score_kind *kind) {
    json_t *fitted = json_object_get(root, FITTED);
    if (fitted == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(&r->json, FITTED);
    int rc = json_is_object(fitted) ? kind->read_fitted(r, fitted)
                                    : kithi_json_refuse(&r->json, "expected an object");
    kithi_json_leave(&r->json);
    return rc;
}

static int read_all(kithi_score_reader *r) {
    json_t *root = r->json.root;
    if (!json_is_object(root)) {
        return kithi_json_refuse(&r->json, "expected an object, as in {\"kind\": \"rules\", ...}");
    }
    const char *name = json_string_value(json_object_get(root, KIND));
    const kithi_score_kind *kind = name != NULL ? kithi_score_kind_of(name) : NULL;
    if (kind == NULL) {
        return refuse_kind(r);
    }
    r->model->kind = kind;
    int rc = check_keys(r, root, kind);
    rc = rc == KITH_OK ? kind->read(r, root) : rc;
    return rc == KITH_OK ? read_fitted(r, root, kind) : rc;
}

int kithi_score_read(kith_txn *txn, const char *text, size_t size, kith_expression *expression,
                     kithi_score_model *out) {
    kithi_score_reader r = {.expression = expression,
                            .model = out,
                            .tree = {&expression->arena, kithi_txn_error(txn), KITH_OK, 0, 0}};
    *out = (kithi_score_model){.kind = NULL};
    expression->root = kithi_tree_make(&r.tree, KITHI_OP_PARTS, 0);
    out->parts = kithi_arena_calloc(&expression->arena, KITHI_SCORE_PARTS_MAX, sizeof *out->parts);
    if (expression->root == NULL || out->parts == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    int rc = kithi_json_begin(&r.json, txn, "score", text, size);
    rc = rc == KITH_OK ? read_all(&r) : rc;
    kithi_json_end(&r.json);
    return rc;
}

void kithi_score_clear(kithi_score_model *model) {
    if (model->kind != NULL && model->kind->clear != NULL) {
        model->kind->clear(model);
    }
}

/* Keeping */

/* What was learnt before holds on where the settings are the same. */
static bool take_fitted(json_t *root, const char *before) {
    json_t *old = before != NULL ? json_loads(before, 0, NULL) : NULL, *fitted = NULL;
    bool ok = before == NULL || old != NULL;
    if (old != NULL && json_object_get(root, FITTED) == NULL) {
        fitted = json_incref(json_object_get(old, FITTED));
        json_object_del(old, FITTED);
    }
    if (fitted != NULL && json_equal(old, root)) {
        ok = json_object_set(root, FITTED, fitted) == 0;
    }
    json_decref(fitted);
    json_decref(old);
    return ok;
}

int kithi_score_keep(kith_txn *txn, const char *text, size_t size, const char *before, char **out) {
    kithi_json_reader r;
    int rc = kithi_json_begin(&r, txn, "score", text, size);
    errno = 0;
    if (rc == KITH_OK && !take_fitted(r.root, before)) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? kithi_json_dump(txn, json_incref(r.root), out) : rc;
    kithi_json_end(&r);
    return rc;
}
