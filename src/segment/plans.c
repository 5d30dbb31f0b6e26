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
    kith_txn *txn;
    const kithi_catalog *catalog;
    kithi_plans *plans;
    size_t placed;
    kith_error *error;
} maker;

const char *kithi_formula_word(kithi_catalog_kind kind) {
    return kind == KITHI_CATALOG_SEGMENT ? "segment"
           : kind == KITHI_CATALOG_TRAIT ? "trait"
                                         : "score";
}

static void free_plans(void *data) {
    kithi_plans *plans = data;
    if (plans == NULL) {
        return;
    }
    for (size_t i = 0; i < plans->count; i++) {
        kithi_score_clear(&plans->items[i].score);
        kith_expression_free(plans->items[i].expression);
    }
    free(plans->items);
    free(plans->segments.at);
    free(plans->traits.at);
    free(plans->scores.at);
    free(plans->summaries);
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

static kithi_plan_places *places_of(kithi_plans *plans, kithi_catalog_kind kind) {
    return kind == KITHI_CATALOG_SEGMENT ? &plans->segments
           : kind == KITHI_CATALOG_TRAIT ? &plans->traits
                                         : &plans->scores;
}

/* Reading */

static int read_plan(maker *m, kithi_catalog_kind kind, const kithi_formula *formula) {
    kithi_plan *plan = &m->plans->items[m->plans->count];
    *plan = (kithi_plan){.kind = kind, .formula = formula};
    plan->expression = kithi_expression_make();
    if (plan->expression == NULL) {
        return kithi_error_memory(m->error);
    }
    m->plans->count++;
    kith_expression *expression = plan->expression;
    size_t size = strlen(formula->text);
    int rc =
        kind == KITHI_CATALOG_SCORE
            ? kithi_score_read(m->txn, formula->text, size, expression, &plan->score)
            : kithi_parse(formula->text, size, &expression->arena, &expression->root, m->error);
    return tell(m, plan, rc);
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
                                   const char *name, size_t size, size_t *out_at) {
    for (size_t i = 0; i < plans->count; i++) {
        const char *known = plans->items[i].formula->name;
        if (plans->items[i].kind == kind && strlen(known) == size &&
            memcmp(known, name, size) == 0) {
            *out_at = i;
            return &plans->items[i];
        }
    }
    return NULL;
}

static void ask_for(void *context, kithi_mention kind, const char *name) {
    asking *a = context;
    size_t at, size = strlen(name);
    kithi_catalog_kind of = KITHI_CATALOG_TRAIT;
    if (kind == KITHI_MENTION_SEGMENT) {
        of = KITHI_CATALOG_SEGMENT;
    } else if (kind == KITHI_MENTION_SCORE) {
        of = KITHI_CATALOG_SCORE;
        size = kithi_score_name_size(name);
    } else if (kind != KITHI_MENTION_ATTRIBUTE) {
        return;
    }
    const kithi_plan *found = find_plan(a->maker->plans, of, name, size, &at);
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
            return kithi_error_set(
                m->error, KITH_LIMIT, "%s '%s': more than %d definitions stand within one another",
                kithi_formula_word(plan->kind), plan->formula->name, KITHI_NESTING_MAX);
        }
        place(m, at, &a);
        at = m->placed;
    }
    return KITH_OK;
}

/* Checking, in order: what a trait gives is known before it is asked for */

static int check_plan(maker *m, kithi_plan *plan) {
    kith_expression *expression = plan->expression;
    kithi_tree tree = {.arena = &expression->arena, .error = m->error};
    kithi_checking checking = {
        .catalog = m->catalog,
        .plans = m->plans,
        .any_name = true,
        .condition = plan->kind == KITHI_CATALOG_SEGMENT,
    };
    int rc = plan->kind == KITHI_CATALOG_SCORE
                 ? kithi_score_check(&tree, &plan->score, expression->root, &checking)
                 : kithi_check(&tree, expression->root, &checking);
    expression->stream_count = tree.stream_count;
    expression->condition =
        plan->kind == KITHI_CATALOG_SEGMENT || expression->root->sort == KITHI_SORT_BOOLEAN;
    if (rc == KITH_OK && plan->kind == KITHI_CATALOG_TRAIT) {
        rc = kithi_check_stands(expression->root, "trait", m->error);
    }
    if (rc == KITH_OK && !kithi_expression_list(expression)) {
        rc = kithi_error_memory(m->error);
    }
    return tell(m, plan, rc);
}

static bool same_name(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_orders(const kithi_score_orders *a, const kithi_score_orders *b) {
    return same_name(a->event, b->event) && same_name(a->amount, b->amount) &&
           same_name(a->refund, b->refund);
}

size_t kithi_plans_summary(const kithi_plans *plans, const kithi_score_orders *orders) {
    size_t number = 0;
    while (number < plans->summary_count &&
           !same_orders(plans->summaries[number]->score.orders, orders)) {
        number++;
    }
    return number;
}

/* Gives the orders that a score asks for the number of a summary. */
static void number_orders(kithi_plans *plans, const kithi_plan *plan) {
    plan->score.orders->number = kithi_plans_summary(plans, plan->score.orders);
    if (plan->score.orders->number == plans->summary_count) {
        plans->summaries[plans->summary_count++] = plan;
    }
}

static int check_all(maker *m) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < m->plans->count; i++) {
        kithi_plan *plan = &m->plans->items[i];
        rc = check_plan(m, plan);
        if (plan->kind == KITHI_CATALOG_SCORE && plan->score.orders != NULL) {
            number_orders(m->plans, plan);
        }
        places_of(m->plans, plan->kind)->at[plan->formula->id] = i;
    }
    return rc;
}

static bool make_places(maker *m, kithi_catalog_kind kind) {
    kithi_plan_places *places = places_of(m->plans, kind);
    places->count = kithi_catalog_formula_count(m->catalog, kind);
    places->at = malloc((places->count + 1) * sizeof *places->at);
    for (size_t i = 0; places->at != NULL && i <= places->count; i++) {
        places->at[i] = SIZE_MAX;
    }
    return places->at != NULL;
}

static bool make_room(maker *m) {
    kithi_plans *plans = m->plans;
    plans->revision = kithi_catalog_revision(m->catalog);
    if (!make_places(m, KITHI_CATALOG_SEGMENT) || !make_places(m, KITHI_CATALOG_TRAIT) ||
        !make_places(m, KITHI_CATALOG_SCORE)) {
        return false;
    }
    size_t most = plans->segments.count + plans->traits.count + plans->scores.count;
    plans->items = calloc(most + 1, sizeof *plans->items);
    plans->summaries = calloc(plans->scores.count + 1, sizeof *plans->summaries);
    return plans->items != NULL && plans->summaries != NULL;
}

static int make_plans(kith_txn *txn, kithi_plans **out) {
    maker m = {.txn = txn,
               .catalog = kithi_txn_catalog(txn),
               .plans = calloc(1, sizeof *m.plans),
               .error = kithi_txn_error(txn)};
    int rc = KITH_OK;
    if (m.plans == NULL || !make_room(&m)) {
        free_plans(m.plans);
        return kithi_error_memory(m.error);
    }
    rc = read_kind(&m, KITHI_CATALOG_TRAIT);
    rc = rc == KITH_OK ? read_kind(&m, KITHI_CATALOG_SCORE) : rc;
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
    int rc = make_plans(txn, &made);
    if (rc == KITH_OK) {
        *out = kithi_catalog_attach(catalog, KITHI_ATTACHED_PLANS, made, free_plans);
    }
    return rc;
}

const kithi_plan *kithi_plan_of(const kithi_plans *plans, kithi_catalog_kind kind, int id) {
    const kithi_plan_places *places = places_of((kithi_plans *)plans, kind);
    if (id < 0 || (size_t)id >= places->count || places->at[id] == SIZE_MAX) {
        return NULL;
    }
    return &plans->items[places->at[id]];
}
