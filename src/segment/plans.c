#include "src/segment/plans.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/segment/checking.h"
#include "src/segment/mentions.h"
#include "src/segment/parse.h"
#include "src/store/txn.h"

/* What is being made: plans that were read and not placed yet stand behind those that were. */
typedef struct maker {
    const kithi_catalog *catalog;
    kithi_plans *plans;
    size_t placed;
    kith_error *error;
} maker;

const char *kithi_formula_word(kithi_catalog_kind kind) {
    return kind == KITHI_CATALOG_SEGMENT ? "segment" : "trait";
}

static void free_plans(void *data) {
    kithi_plans *plans = data;
    if (plans == NULL) {
        return;
    }
    for (size_t i = 0; i < plans->count; i++) {
        kith_expression_free(plans->items[i].expression);
    }
    free(plans->items);
    free(plans->segment_at);
    free(plans->trait_at);
    free(plans->trait_sorts);
    free(plans);
}

/* An error of a definition: what it is of stands in front. Its place is one of the text that is
 * kept, maybe of another definition than the one that is put: no caller has that text. */
static int tell(maker *m, const kithi_plan *plan, int rc) {
    if (rc == KITH_OK || rc == KITH_NO_MEMORY || m->error == NULL) {
        return rc;
    }
    char message[sizeof m->error->message];
    memcpy(message, m->error->message, sizeof message);
    return kithi_error_set(m->error, rc, "%s '%s': %s", kithi_formula_word(plan->kind),
                           plan->formula->name, message);
}

/* Reading */

static int read_plan(maker *m, kithi_catalog_kind kind, const kithi_formula *formula) {
    kithi_plan *plan = &m->plans->items[m->plans->count];
    *plan = (kithi_plan){.kind = kind, .formula = formula};
    plan->expression = calloc(1, sizeof *plan->expression);
    if (plan->expression == NULL) {
        return kithi_error_memory(m->error);
    }
    m->plans->count++;
    kithi_arena_init(&plan->expression->arena);
    return tell(m, plan,
                kithi_parse(formula->text, strlen(formula->text), &plan->expression->arena,
                            &plan->expression->root, m->error));
}

static int read_kind(maker *m, kithi_catalog_kind kind) {
    int rc = KITH_OK;
    for (size_t id = 0; rc == KITH_OK && id < kithi_catalog_formula_count(m->catalog, kind); id++) {
        const kithi_formula *formula = kithi_catalog_formula(m->catalog, kind, (uint16_t)id);
        if (formula != NULL && formula->stamp > m->plans->stamp) {
            m->plans->stamp = formula->stamp;
        }
        if (formula != NULL && !formula->removed) {
            rc = read_plan(m, kind, formula);
        }
    }
    return rc;
}

/* Placing */

/* What a plan asks for that isn't placed yet. */
typedef struct asking {
    const maker *maker;
    const kithi_plan *missing; /* the first such; NULL: none */
    unsigned depth;            /* of what is placed, the greatest, */
    uint32_t stamp;            /* and likewise */
} asking;

static const kithi_plan *find_plan(const kithi_plans *plans, kithi_catalog_kind kind,
                                   const char *name, size_t *out_at) {
    for (size_t i = 0; i < plans->count; i++) {
        if (plans->items[i].kind == kind && strcmp(plans->items[i].formula->name, name) == 0) {
            *out_at = i;
            return &plans->items[i];
        }
    }
    return NULL;
}

static void ask_for(void *context, kithi_mention kind, const char *name) {
    asking *a = context;
    size_t at;
    if (kind != KITHI_MENTION_SEGMENT && kind != KITHI_MENTION_ATTRIBUTE) {
        return;
    }
    const kithi_plan *found = find_plan(
        a->maker->plans,
        kind == KITHI_MENTION_SEGMENT ? KITHI_CATALOG_SEGMENT : KITHI_CATALOG_TRAIT, name, &at);
    if (found != NULL && at < a->maker->placed) {
        a->depth = found->depth > a->depth ? found->depth : a->depth;
        a->stamp = found->stamp > a->stamp ? found->stamp : a->stamp;
    } else if (found != NULL && a->missing == NULL) {
        a->missing = found;
    }
}

static asking ask(const maker *m, const kithi_plan *plan) {
    asking a = {m, NULL, 0, plan->formula->stamp};
    kithi_mentions(plan->expression->root, ask_for, &a);
    return a;
}

/* Follows what isn't placed from one to the next, until one comes a second time. */
static int refuse_circle(maker *m) {
    const kithi_plan *plan = &m->plans->items[m->placed];
    for (size_t i = m->placed; i < m->plans->count; i++) {
        plan = ask(m, plan).missing; /* after so many steps it is in the circle */
    }
    const kithi_plan *next = ask(m, plan).missing;
    const char *word = kithi_formula_word(plan->kind), *name = plan->formula->name;
    if (next == plan) {
        return kithi_error_set(m->error, KITH_INVALID, "%s '%s' asks for itself", word, name);
    }
    return kithi_error_set(m->error, KITH_INVALID,
                           "%s '%s' asks for itself: it asks for %s '%s', which asks for it again",
                           word, name, kithi_formula_word(next->kind), next->formula->name);
}

static void place(maker *m, size_t at, const asking *asked) {
    kithi_plan *items = m->plans->items, placed = items[at];
    memmove(items + m->placed + 1, items + m->placed, (at - m->placed) * sizeof *items);
    placed.depth = asked->depth + 1;
    placed.stamp = asked->stamp;
    items[m->placed++] = placed;
}

/* Places what asks for nothing that isn't placed, until all are. */
static int place_all(maker *m) {
    for (size_t at = m->placed; m->placed < m->plans->count;) {
        if (at == m->plans->count) {
            return refuse_circle(m);
        }
        asking a = ask(m, &m->plans->items[at]);
        if (a.missing != NULL) {
            at++;
            continue;
        }
        if (a.depth >= KITHI_NESTING_MAX) {
            const kithi_plan *plan = &m->plans->items[at];
            return kithi_error_set(m->error, KITH_LIMIT,
                                   "%s '%s': more than %d segments and traits stand within one "
                                   "another",
                                   kithi_formula_word(plan->kind), plan->formula->name,
                                   KITHI_NESTING_MAX);
        }
        place(m, at, &a);
        at = m->placed;
    }
    return KITH_OK;
}

/* Checking, in order: what a trait gives is known before it is asked for */

/* How far a value moves on in each microsecond, where that is sure. */
static int slope_of(const kithi_node *node) {
    int slope = node->op == KITHI_OP_NOW;
    bool sums = node->op == KITHI_OP_ADD || node->op == KITHI_OP_SUBTRACT;
    bool takes_any = node->op == KITHI_OP_CALL && node->word == KITHI_FUNCTION_COALESCE;
    for (size_t i = 0; (sums || takes_any) && i < node->kid_count; i++) {
        int own = slope_of(node->kids[i]);
        slope = takes_any ? (slope != 0 ? slope : own)
                          : slope + (i > 0 && node->op == KITHI_OP_SUBTRACT ? -own : own);
    }
    return slope;
}

static int check_value(maker *m, const kith_expression *expression) {
    if (slope_of(expression->root) == 0) {
        return KITH_OK;
    }
    return kithi_error_set(m->error, KITH_INVALID,
                           "a trait can't move with the time itself, as it would be another one "
                           "in each microsecond; ask a segment how long ago it was, or count "
                           "from today");
}

static int check_plan(maker *m, const kithi_plan *plan) {
    kith_expression *expression = plan->expression;
    kithi_tree tree = {.arena = &expression->arena, .error = m->error};
    kithi_checking checking = {
        .catalog = m->catalog,
        .traits = {m->plans->trait_sorts, m->plans->trait_count},
        .any_name = true,
        .condition = plan->kind == KITHI_CATALOG_SEGMENT,
    };
    int rc = kithi_check(&tree, expression->root, &checking);
    expression->stream_count = tree.stream_count;
    expression->condition = checking.condition || expression->root->sort == KITHI_SORT_BOOLEAN;
    if (rc == KITH_OK && plan->kind == KITHI_CATALOG_TRAIT) {
        m->plans->trait_sorts[plan->formula->id] = expression->root->sort;
        rc = check_value(m, expression);
    }
    return tell(m, plan, rc);
}

static int check_all(maker *m) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < m->plans->count; i++) {
        const kithi_plan *plan = &m->plans->items[i];
        size_t *at =
            plan->kind == KITHI_CATALOG_SEGMENT ? m->plans->segment_at : m->plans->trait_at;
        at[plan->formula->id] = i;
        rc = check_plan(m, plan);
    }
    return rc;
}

static size_t *make_places(size_t count) {
    size_t *places = malloc((count + 1) * sizeof *places);
    for (size_t i = 0; places != NULL && i <= count; i++) {
        places[i] = SIZE_MAX;
    }
    return places;
}

static bool make_room(maker *m) {
    kithi_plans *plans = m->plans;
    plans->revision = kithi_catalog_revision(m->catalog);
    plans->segment_count = kithi_catalog_formula_count(m->catalog, KITHI_CATALOG_SEGMENT);
    plans->trait_count = kithi_catalog_formula_count(m->catalog, KITHI_CATALOG_TRAIT);
    plans->items = calloc(plans->segment_count + plans->trait_count + 1, sizeof *plans->items);
    plans->segment_at = make_places(plans->segment_count);
    plans->trait_at = make_places(plans->trait_count);
    plans->trait_sorts = calloc(plans->trait_count + 1, sizeof *plans->trait_sorts);
    return plans->items != NULL && plans->segment_at != NULL && plans->trait_at != NULL &&
           plans->trait_sorts != NULL;
}

static int make_plans(const kithi_catalog *catalog, kithi_plans **out, kith_error *error) {
    maker m = {.catalog = catalog, .plans = calloc(1, sizeof *m.plans), .error = error};
    int rc = KITH_OK;
    if (m.plans == NULL || !make_room(&m)) {
        free_plans(m.plans);
        return kithi_error_memory(error);
    }
    rc = read_kind(&m, KITHI_CATALOG_TRAIT);
    rc = rc == KITH_OK ? read_kind(&m, KITHI_CATALOG_SEGMENT) : rc;
    rc = rc == KITH_OK ? place_all(&m) : rc;
    rc = rc == KITH_OK ? check_all(&m) : rc;
    if (rc != KITH_OK) {
        free_plans(m.plans);
        return rc;
    }
    *out = m.plans;
    return KITH_OK;
}

int kithi_plans_of(kith_txn *txn, const kithi_plans **out) {
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    kithi_plans *made = NULL;
    *out = kithi_catalog_attached(catalog, KITHI_ATTACHED_PLANS);
    if (*out != NULL && (*out)->revision == kithi_catalog_revision(catalog)) {
        return KITH_OK;
    }
    if (*out != NULL) { /* only a catalog of the transaction's own changes */
        kithi_catalog_detach(catalog, KITHI_ATTACHED_PLANS);
    }
    int rc = make_plans(catalog, &made, kithi_txn_error(txn));
    if (rc == KITH_OK) {
        *out = kithi_catalog_attach(catalog, KITHI_ATTACHED_PLANS, made, free_plans);
    }
    return rc;
}

const kithi_plan *kithi_plan_of(const kithi_plans *plans, kithi_catalog_kind kind, int id) {
    bool segment = kind == KITHI_CATALOG_SEGMENT;
    const size_t *at = segment ? plans->segment_at : plans->trait_at;
    size_t count = segment ? plans->segment_count : plans->trait_count;
    if (id < 0 || (size_t)id >= count || at[id] == SIZE_MAX) {
        return NULL;
    }
    return &plans->items[at[id]];
}
