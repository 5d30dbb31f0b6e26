/* Defining segments, traits and scores. */
#include <string.h>

#include "src/base/sized.h"
#include "src/segment/score_guest.h"
#include "src/store/definition.h"
#include "src/store/suggest.h"
#include "src/store/txn.h"

static bool is_kind(kith_definition_kind kind) {
    return kind == KITH_SEGMENT || kind == KITH_TRAIT || kind == KITH_SCORE;
}

const char *kith_definition_kind_name(kith_definition_kind kind) {
    return is_kind(kind) ? kithi_formula_word((kithi_catalog_kind)kind) : "unknown";
}

static int misuse(kith_txn *txn, const char *what) {
    return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE, "%s", what);
}

/* Reading */

static int not_found(kith_txn *txn, kithi_catalog_kind kind, const char *name) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    kithi_suggestion near = kithi_suggestion_of(name);
    for (size_t id = 0; id < kithi_catalog_formula_count(catalog, kind); id++) {
        const kithi_formula *known = kithi_catalog_formula(catalog, kind, (uint16_t)id);
        if (known != NULL && !known->removed) {
            kithi_suggestion_offer(&near, known->name);
        }
    }
    const char *word = kithi_formula_word(kind);
    return near.name != NULL ? kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                                               "there is no %s '%.80s'; did you mean '%s'?", word,
                                               name, near.name)
                             : kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                                               "there is no %s '%.80s'", word, name);
}

static const kithi_formula *find_in_force(kith_txn *txn, kithi_catalog_kind kind,
                                          const char *name) {
    const kithi_formula *found = kithi_catalog_find_formula(kithi_txn_catalog(txn), kind, name);
    return found != NULL && !found->removed ? found : NULL;
}

static void give(kithi_catalog_kind kind, const kithi_formula *formula, const char *gives,
                 kith_definition *out) {
    kith_definition found = {.size = sizeof found,
                             .kind = (kith_definition_kind)kind,
                             .name = formula->name,
                             .version = formula->version,
                             .removed = formula->removed,
                             .expression = formula->text,
                             .note = formula->note,
                             .gives = gives,
                             .at_us = formula->at_us};
    kithi_give(out, &found, sizeof found);
}

static int give_in_force(kith_txn *txn, kithi_catalog_kind kind, const kithi_formula *formula,
                         kith_definition *out) {
    const kithi_plans *plans;
    int rc = kithi_plans_of(txn, &plans);
    if (rc == KITH_OK) {
        const kithi_plan *plan = kithi_plan_of(plans, kind, formula->id);
        give(kind, formula, plan != NULL ? kith_expression_gives(plan->expression) : "any", out);
    }
    return rc;
}

/* What an earlier version gave depends on the definitions of its time. */
static int give_version(kith_txn *txn, kithi_catalog_kind kind, const char *name, uint32_t version,
                        kith_definition *out) {
    const kithi_formula *known = kithi_catalog_find_formula(kithi_txn_catalog(txn), kind, name);
    kithi_formula formula;
    int rc = known != NULL ? kithi_definition_get_version(txn, kind, known->id, version, &formula)
                           : KITH_NOT_FOUND;
    if (rc == KITH_NOT_FOUND) {
        return known == NULL
                   ? not_found(txn, kind, name)
                   : kithi_error_set(kithi_txn_error(txn), KITH_NOT_FOUND,
                                     "%s '%.80s' has no version %u, it has %u",
                                     kithi_formula_word(kind), name, version, known->version);
    }
    if (rc == KITH_OK) {
        formula.name = known->name;
        give(kind, &formula, kind == KITHI_CATALOG_SEGMENT ? "condition" : "any", out);
    }
    return rc;
}

int kith_definition_get(kith_txn *txn, kith_definition_kind kind, const char *name,
                        uint32_t version, kith_definition *out) {
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!is_kind(kind) || name == NULL || out == NULL) {
        return misuse(txn, "kith_definition_get: a kind, a name and a place are required");
    }
    if (version > 0) {
        return give_version(txn, (kithi_catalog_kind)kind, name, version, out);
    }
    const kithi_formula *found = find_in_force(txn, (kithi_catalog_kind)kind, name);
    return found != NULL ? give_in_force(txn, (kithi_catalog_kind)kind, found, out)
                         : not_found(txn, (kithi_catalog_kind)kind, name);
}

int kith_definition_next(kith_txn *txn, kith_definition_kind kind, size_t *cursor,
                         kith_definition *out) {
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!is_kind(kind) || cursor == NULL || out == NULL) {
        return misuse(txn, "kith_definition_next: a kind, a cursor and a place are required");
    }
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    while (*cursor < kithi_catalog_formula_count(catalog, (kithi_catalog_kind)kind)) {
        const kithi_formula *formula =
            kithi_catalog_formula(catalog, (kithi_catalog_kind)kind, (uint16_t)(*cursor)++);
        if (formula != NULL && !formula->removed) {
            return give_in_force(txn, (kithi_catalog_kind)kind, formula, out);
        }
    }
    return KITH_DONE;
}

int kith_definition_next_mention(kith_txn *txn, kith_definition_kind kind, const char *name,
                                 size_t *cursor, kith_mention *out) {
    const kithi_plans *plans;
    kith_definition found = KITH_DEFINITION_INIT;
    if (cursor == NULL || out == NULL) {
        return misuse(txn, "kith_definition_next_mention: a cursor and a place are required");
    }
    int rc = kith_definition_get(txn, kind, name, 0, &found);
    rc = rc == KITH_OK ? kithi_plans_of(txn, &plans) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_formula *formula = find_in_force(txn, (kithi_catalog_kind)kind, name);
    const kithi_plan *plan = kithi_plan_of(plans, (kithi_catalog_kind)kind, formula->id);
    return plan->kind == KITHI_CATALOG_SCORE
               ? kithi_score_next_mention(plan->expression, &plan->score, cursor, out)
               : kith_expression_next_mention(plan->expression, cursor, out);
}

/* Writing */

static uint32_t latest_stamp(const kithi_catalog *catalog, kithi_catalog_kind kind) {
    uint32_t stamp = 0;
    for (size_t id = 0; id < kithi_catalog_formula_count(catalog, kind); id++) {
        const kithi_formula *formula = kithi_catalog_formula(catalog, kind, (uint16_t)id);
        stamp = formula != NULL && formula->stamp > stamp ? formula->stamp : stamp;
    }
    return stamp;
}

static uint32_t next_stamp(kith_txn *txn) {
    static const kithi_catalog_kind kinds[] = {KITHI_CATALOG_SEGMENT, KITHI_CATALOG_TRAIT,
                                               KITHI_CATALOG_SCORE};
    uint32_t latest = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint32_t own = latest_stamp(kithi_txn_catalog(txn), kinds[i]);
        latest = own > latest ? own : latest;
    }
    return latest + 1;
}

/* Puts a row and works it in; where what is defined then isn't sound, what was there before is put
 * back. */
static int put_formula(kith_txn *txn, kithi_catalog_kind kind, const kithi_formula *before,
                       const kithi_formula *formula) {
    const kithi_plans *plans;
    kithi_formula kept = before != NULL ? *before : *formula;
    int rc = kithi_definition_put_formula(txn, kind, formula);
    rc = rc == KITH_OK ? kithi_catalog_rebuild(txn) : rc;
    if (rc != KITH_OK) {
        return kithi_txn_poison(txn, rc);
    }
    rc = kithi_plans_of(txn, &plans);
    if (rc != KITH_INVALID && rc != KITH_LIMIT) {
        return rc == KITH_OK ? rc : kithi_txn_poison(txn, rc);
    }
    int back = kithi_definition_take_back(txn, kind, formula, before != NULL ? &kept : NULL);
    back = back == KITH_OK ? kithi_catalog_rebuild(txn) : back;
    return back == KITH_OK ? rc : kithi_txn_poison(txn, back);
}

/* A score's names and types are looked at with the definition at hand, where their places are still
 * known. */
static int check_score(kith_txn *txn, const kith_definition_input *input, bool any_name) {
    kithi_guest guest;
    int rc = kithi_guest_read(txn, input->name, input->expression, any_name, &guest);
    kithi_guest_clear(&guest);
    return rc;
}

static int read_score(kith_txn *txn, const kith_definition_input *input,
                      const kithi_formula *before, bool any_name, char **out_text) {
    const char *text = before != NULL && !before->removed ? before->text : NULL;
    if (strchr(input->name, '.') != NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "the name of a score has no point: '%.60s'; its outputs are asked "
                               "for by score('name.output')",
                               input->name);
    }
    int rc = check_score(txn, input, any_name);
    return rc == KITH_OK
               ? kithi_score_keep(txn, input->expression, strlen(input->expression), text, out_text)
               : rc;
}

/* The expression as it is kept. */
static int read_expression(kith_txn *txn, kithi_catalog_kind kind,
                           const kith_definition_input *input, const kithi_formula *before,
                           char **out_text) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression;
    kith_error *error = kithi_txn_error(txn);
    int rc = kithi_take(input->options, &options, sizeof options, "kith_definition_put", error);
    if (rc != KITH_OK) {
        return rc;
    }
    if (kind == KITHI_CATALOG_SCORE) {
        return read_score(txn, input, before, options.any_name, out_text);
    }
    options.value = kind == KITHI_CATALOG_TRAIT;
    rc = kith_expression_parse(input->expression, strlen(input->expression), txn, &options,
                               &expression, error);
    if (rc == KITH_OK) {
        rc = kith_expression_text(expression, 0, out_text);
        rc = rc == KITH_OK ? rc : kithi_error_memory(error);
        kith_expression_free(expression);
    }
    return rc;
}

static int check_room(kith_txn *txn, kithi_catalog_kind kind, const char *name) {
    size_t count = kithi_catalog_formula_count(kithi_txn_catalog(txn), kind);
    const char *word = kithi_formula_word(kind);
    char what[16] = "a ";
    int rc = kithi_definition_check_name(txn, strcat(what, word), name);
    if (rc == KITH_OK && count >= KITHI_CATALOG_MAX) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_LIMIT,
                             "no room to define %s '%.60s': a store has at most %d, removed ones "
                             "counted",
                             word, name, KITHI_CATALOG_MAX);
    }
    return rc;
}

static bool is_same(const kithi_formula *before, const char *text, const char *note) {
    return before != NULL && !before->removed && strcmp(before->text, text) == 0 &&
           strcmp(before->note, note) == 0;
}

/* What was there before is read from the transaction's own catalog, which stays while one rebuilt
 * of it is looked at. */
static int put_definition(kith_txn *txn, kithi_catalog_kind kind,
                          const kith_definition_input *input, kith_change *out_change) {
    char *text = NULL;
    int rc = kithi_catalog_own(txn);
    const kithi_formula *before =
        kithi_catalog_find_formula(kithi_txn_catalog(txn), kind, input->name);
    const char *note = input->note != NULL ? input->note : "";
    rc = rc == KITH_OK && before == NULL ? check_room(txn, kind, input->name) : rc;
    rc = rc == KITH_OK ? read_expression(txn, kind, input, before, &text) : rc;
    if (rc == KITH_OK && !is_same(before, text, note)) {
        kithi_formula formula = {.id = before != NULL ? before->id
                                                      : (uint16_t)kithi_catalog_formula_count(
                                                            kithi_txn_catalog(txn), kind),
                                 .name = input->name,
                                 .version = before != NULL ? before->version + 1 : 1,
                                 .stamp = next_stamp(txn),
                                 .at_us = input->at_us,
                                 .text = text,
                                 .note = note};
        *out_change = before != NULL ? KITH_UPDATED : KITH_ADDED;
        rc = put_formula(txn, kind, before, &formula);
    }
    kith_free(text);
    return rc;
}

int kith_definition_put(kith_txn *txn, kith_definition_kind kind,
                        const kith_definition_input *input, kith_change *out_change) {
    kith_definition_input known = KITH_DEFINITION_INPUT_INIT;
    kith_change change = KITH_UNCHANGED;
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK) {
        rc = kithi_take(input, &known, sizeof known, "kith_definition_put", kithi_txn_error(txn));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    if (!is_kind(kind) || known.name == NULL || known.expression == NULL) {
        return misuse(txn, "kith_definition_put: a kind, a name and an expression are required");
    }
    rc = put_definition(txn, (kithi_catalog_kind)kind, &known, &change);
    if (rc == KITH_OK && change != KITH_UNCHANGED) {
        kithi_txn_set_formulas_changed(txn, true);
    }
    if (rc == KITH_OK && out_change != NULL) {
        *out_change = change;
    }
    return rc;
}

/* Who asks for it; NULL: nobody. */
static const kithi_plan *find_user(const kithi_plans *plans, kithi_catalog_kind kind,
                                   const char *name) {
    kithi_mention wanted = kind == KITHI_CATALOG_SEGMENT ? KITHI_MENTION_SEGMENT
                           : kind == KITHI_CATALOG_SCORE ? KITHI_MENTION_SCORE
                                                         : KITHI_MENTION_ATTRIBUTE;
    for (size_t i = 0; i < plans->count; i++) {
        if (kithi_expression_mentions(plans->items[i].expression, wanted, name)) {
            return &plans->items[i];
        }
    }
    return NULL;
}

static int remove_definition(kith_txn *txn, kithi_catalog_kind kind, const kithi_formula *formula,
                             int64_t at_us) {
    const kithi_plans *plans;
    int rc = kithi_plans_of(txn, &plans);
    const kithi_plan *user = rc == KITH_OK ? find_user(plans, kind, formula->name) : NULL;
    if (user != NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "%s '%s' can't be removed: %s '%s' asks for it",
                               kithi_formula_word(kind), formula->name,
                               kithi_formula_word(user->kind), user->formula->name);
    }
    kithi_formula removed = *formula;
    removed.removed = true;
    removed.version++;
    removed.stamp = next_stamp(txn);
    removed.at_us = at_us;
    return rc == KITH_OK ? put_formula(txn, kind, formula, &removed) : rc;
}

int kith_definition_remove(kith_txn *txn, kith_definition_kind kind, const char *name,
                           int64_t at_us) {
    int rc = kithi_txn_check_write(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!is_kind(kind) || name == NULL) {
        return misuse(txn, "kith_definition_remove: a kind and a name are required");
    }
    if (find_in_force(txn, (kithi_catalog_kind)kind, name) == NULL) {
        return not_found(txn, (kithi_catalog_kind)kind, name);
    }
    rc = kithi_catalog_own(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_formula *found = find_in_force(txn, (kithi_catalog_kind)kind, name);
    rc = remove_definition(txn, (kithi_catalog_kind)kind, found, at_us);
    if (rc == KITH_OK) {
        kithi_txn_set_formulas_changed(txn, true);
    }
    return rc;
}
