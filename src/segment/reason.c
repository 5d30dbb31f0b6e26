/* Explaining: the tree of a condition with what each part gives. */
#include <stdlib.h>
#include <string.h>

#include "src/base/sized.h"
#include "src/segment/executor.h"
#include "src/segment/print.h"
#include "src/segment/show.h"

/* What is owned: the reason on top, and the memory of all. */
typedef struct owned_reason {
    kith_reason reason;
    kithi_arena arena;
} owned_reason;

typedef struct teller {
    kithi_executor *executor;
    kithi_arena *arena;
    int64_t now_us;
    int rc;
} teller;

/* What it is told of: a condition of a compiled expression. */
typedef struct told {
    const kith_expression *expression;
    const kithi_node *node;
} told;

static void *room(teller *t, size_t count, size_t size) {
    void *made = t->rc == KITH_OK ? kithi_arena_calloc(t->arena, count, size) : NULL;
    if (made == NULL && t->rc == KITH_OK) {
        t->rc = kithi_error_memory(kithi_txn_error(t->executor->txn));
    }
    return made;
}

/* Texts */

static const char *keep(teller *t, kithi_buffer *buffer) {
    const char *kept = NULL;
    if (kithi_buffer_ok(buffer)) {
        kept = kithi_arena_copy(t->arena, buffer->data, buffer->size);
    }
    if (kept == NULL && t->rc == KITH_OK) {
        t->rc = kithi_error_memory(kithi_txn_error(t->executor->txn));
    }
    kithi_buffer_clear(buffer);
    return kept;
}

static const char *text_of(teller *t, const kithi_node *node) {
    kithi_buffer buffer;
    kithi_buffer_init(&buffer);
    kithi_print(node, 0, &buffer);
    return keep(t, &buffer);
}

static const char *shown(teller *t, const kithi_operand *value) {
    kithi_buffer buffer;
    if (value->sort == KITHI_SORT_NULL) {
        return NULL;
    }
    kithi_buffer_init(&buffer);
    kithi_operand_show(value, &buffer);
    return keep(t, &buffer);
}

/* Values */

static kithi_operand ask(teller *t, told of) {
    kithi_outcome outcome = {.value = kithi_operand_null()};
    if (t->rc == KITH_OK) {
        t->rc = kithi_execute_part(t->executor, of.expression, of.node, false, t->now_us, false,
                                   &outcome);
    }
    return t->rc == KITH_OK ? outcome.value : kithi_operand_null();
}

static bool is_literal(const kithi_node *node) {
    return node->op < KITHI_OP_NOW;
}

static void tell_value(teller *t, told of, kith_reason_value **out, size_t *count) {
    kith_reason_value *value = room(t, 1, sizeof *value);
    if (value == NULL) {
        return;
    }
    kithi_operand found = ask(t, of);
    value->size = sizeof *value;
    value->text = text_of(t, of.node);
    value->value = shown(t, &found);
    out[(*count)++] = value;
}

/* What stands in a comparison and is no literal. */
static void tell_values(teller *t, told of, kith_reason *out) {
    kith_reason_value **values = room(t, of.node->kid_count + 1, sizeof(kith_reason_value *));
    bool compares = of.node->op > KITHI_OP_NOT && of.node->op <= KITHI_OP_IS_NULL;
    for (size_t i = 0; values != NULL && compares && i < of.node->kid_count; i++) {
        if (!is_literal(of.node->kids[i])) {
            tell_value(t, (told){of.expression, of.node->kids[i]}, values, &out->value_count);
        }
    }
    if (values != NULL && of.node->op == KITHI_OP_ATTRIBUTE) {
        tell_value(t, of, values, &out->value_count);
    }
    out->values = (const kith_reason_value *const *)values;
}

/* Distances */

static bool is_order(kithi_op op) {
    return op >= KITHI_OP_LESS && op <= KITHI_OP_GREATER_EQUAL;
}

/* "2 of 3" of a count that must be reached; else how much one number is short of the other, or
 * beyond it. */
static void tell_distance(teller *t, told of, kith_reason *out) {
    const kithi_node *node = of.node;
    kithi_decimal apart;
    kithi_buffer buffer;
    if (!is_order(node->op)) {
        return;
    }
    kithi_operand a = ask(t, (told){of.expression, node->kids[0]});
    kithi_operand b = ask(t, (told){of.expression, node->kids[1]});
    if (!kithi_operands_meet(t->executor->zone, &a, &b) || a.sort != KITHI_SORT_NUMBER ||
        !kithi_decimal_subtract(a.as.number, b.as.number, &apart)) {
        return;
    }
    bool counts = node->kids[0]->op == KITHI_OP_AGGREGATE &&
                  node->kids[0]->word == KITHI_AGGREGATE_COUNT &&
                  node->op == KITHI_OP_GREATER_EQUAL && is_literal(node->kids[1]);
    kithi_operand distance = kithi_operand_number(apart < 0 ? -apart : apart);
    kithi_buffer_init(&buffer);
    kithi_operand_show(counts ? &a : &distance, &buffer);
    kithi_buffer_append_text(&buffer, counts       ? " of "
                                      : apart < 0  ? " short of "
                                      : apart == 0 ? " apart from "
                                                   : " beyond ");
    kithi_operand_show(&b, &buffer);
    out->distance = keep(t, &buffer);
}

/* The tree */

static const kith_reason *tell(teller *t, told of);

static void fill(teller *t, told of, kith_reason *out);

static void tell_parts(teller *t, told of, kith_reason *out) {
    const kith_reason **parts = room(t, of.node->kid_count + 1, sizeof(kith_reason *));
    for (size_t i = 0; parts != NULL && t->rc == KITH_OK && i < of.node->kid_count; i++) {
        parts[out->part_count++] = tell(t, (told){of.expression, of.node->kids[i]});
    }
    out->parts = parts;
}

static void tell_segment(teller *t, told of, kith_reason *out) {
    const kithi_plan *plan = kithi_plan_of(t->executor->plans, KITHI_CATALOG_SEGMENT, of.node->id);
    const kith_reason **parts = room(t, 1, sizeof(kith_reason *));
    if (plan != NULL && parts != NULL) {
        out->joins = "segment";
        parts[out->part_count++] = tell(t, (told){plan->expression, plan->expression->root});
    }
    out->parts = parts;
}

static void fill(teller *t, told of, kith_reason *out) {
    static const char *const joins[] = {
        [KITHI_OP_AND] = "and", [KITHI_OP_OR] = "or", [KITHI_OP_NOT] = "not"};
    kithi_outcome outcome = {.value = kithi_operand_boolean(false)};
    if (t->rc == KITH_OK) {
        t->rc = kithi_execute_part(t->executor, of.expression, of.node, true, t->now_us, true,
                                   &outcome);
    }
    out->size = sizeof *out;
    out->text = text_of(t, of.node);
    out->truth = outcome.value.as.boolean;
    out->next_change_at_us = outcome.until_us;
    if (of.node->op >= KITHI_OP_AND && of.node->op <= KITHI_OP_NOT) {
        out->joins = joins[of.node->op];
        tell_parts(t, of, out);
    } else if (of.node->op == KITHI_OP_TEST && of.node->word == KITHI_TEST_SEGMENT) {
        tell_segment(t, of, out);
    } else {
        tell_values(t, of, out);
        tell_distance(t, of, out);
    }
}

static const kith_reason *tell(teller *t, told of) {
    kith_reason *made = room(t, 1, sizeof *made);
    if (made != NULL) {
        fill(t, of, made);
    }
    return made;
}

static int explain(const kith_profile *profile, const kith_expression *expression, int64_t now_us,
                   kith_reason **out) {
    kithi_executor *executor;
    owned_reason *owned = calloc(1, sizeof *owned);
    int rc = owned != NULL ? kithi_executor_of(profile->txn, &executor)
                           : kithi_error_memory(kithi_txn_error(profile->txn));
    if (rc == KITH_OK) {
        rc = kithi_executor_take(executor, profile->number,
                                 (kithi_slice){profile->row, profile->row_bytes});
    }
    if (rc == KITH_OK) {
        teller t = {executor, &owned->arena, now_us, KITH_OK};
        kithi_arena_init(&owned->arena);
        fill(&t, (told){expression, expression->root}, &owned->reason);
        rc = t.rc;
    }
    if (rc != KITH_OK) {
        kith_reason_free((kith_reason *)owned);
        return rc;
    }
    *out = &owned->reason;
    return KITH_OK;
}

void kith_reason_free(kith_reason *reason) {
    owned_reason *owned = (owned_reason *)reason;
    if (owned != NULL) {
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}

static int check(const kith_profile *profile, bool given, const char *what) {
    if (profile == NULL || profile->txn == NULL) {
        return KITH_MISUSE;
    }
    int rc = kithi_txn_check_read(profile->txn);
    return rc != KITH_OK ? rc
           : given       ? KITH_OK
                         : kithi_error_set(kithi_txn_error(profile->txn), KITH_MISUSE, "%s", what);
}

int kith_expression_explain(const kith_expression *expression, const kith_profile *profile,
                            int64_t now_us, kith_reason **out) {
    int rc = check(profile, expression != NULL && out != NULL,
                   "kith_expression_explain: an expression and a place for the reason are "
                   "required");
    if (rc == KITH_OK && !expression->condition) {
        rc = kithi_error_set(kithi_txn_error(profile->txn), KITH_INVALID,
                             "a condition is explained, this gives a %s",
                             kith_expression_gives(expression));
    }
    return rc == KITH_OK ? explain(profile, expression, now_us, out) : rc;
}

int kith_segment_explain(const kith_profile *profile, const char *segment, int64_t now_us,
                         kith_reason **out) {
    const kithi_plans *plans;
    kith_definition definition = KITH_DEFINITION_INIT;
    int rc = check(profile, segment != NULL && out != NULL,
                   "kith_segment_explain: a name and a place for the reason are required");
    if (rc == KITH_OK) {
        rc = kith_definition_get(profile->txn, KITH_SEGMENT, segment, 0, &definition);
    }
    rc = rc == KITH_OK ? kithi_plans_of(profile->txn, &plans) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_formula *formula =
        kithi_catalog_find_formula(kithi_txn_catalog(profile->txn), KITHI_CATALOG_SEGMENT, segment);
    const kithi_plan *plan = kithi_plan_of(plans, KITHI_CATALOG_SEGMENT, formula->id);
    return explain(profile, plan->expression, now_us, out);
}
