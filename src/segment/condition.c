/*
 * Conditions. Each gives whether it holds at the time at hand and until when that is sure; what a
 * comparison gives is looked ahead for until it comes out otherwise, so that what joins them has
 * few times to ask for.
 */
#include <string.h>

#include "src/segment/like.h"
#include "src/segment/run.h"

/* Comparisons. A list stands for its items: it is enough that one of them fits. */

static bool compare_two(kithi_run *run, kithi_op op, kithi_operand a, kithi_operand b,
                        int64_t *until) {
    if (!kithi_operands_compare_by(op, run->executor->zone, &a, &b)) {
        return false;
    }
    kithi_lower(until, kithi_ahead(run->now_us, kithi_operand_crossing(op, &a, &b)));
    return kithi_operand_holds(op, kithi_operand_compare(&a, &b));
}

static bool compare_any(kithi_run *run, kithi_op op, const kithi_values *a, const kithi_values *b,
                        int64_t *until) {
    bool any = false;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t j = 0; j < b->count; j++) {
            any =
                compare_two(run, op, *kithi_values_at(a, i), *kithi_values_at(b, j), until) || any;
        }
    }
    return any;
}

static bool compare(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values a = kithi_run_values(run, node->kids[0], until);
    kithi_values b = kithi_run_values(run, node->kids[1], until);
    bool unequal = node->op == KITHI_OP_UNEQUAL;
    return compare_any(run, unequal ? KITHI_OP_EQUAL : node->op, &a, &b, until) != unequal;
}

static bool is_in(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values a = kithi_run_values(run, node->kids[0], until);
    bool any = false;
    for (size_t i = 1; a.count > 0 && i < node->kid_count; i++) {
        kithi_values b = kithi_run_values(run, node->kids[i], until);
        any = compare_any(run, KITHI_OP_EQUAL, &a, &b, until) || any;
    }
    return any;
}

static bool is_between(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values value = kithi_run_values(run, node->kids[0], until);
    kithi_values least = kithi_run_values(run, node->kids[1], until);
    kithi_values most = kithi_run_values(run, node->kids[2], until);
    bool any = false;
    for (size_t i = 0; i < value.count; i++) {
        kithi_values one = {.first = *kithi_values_at(&value, i), .count = 1};
        bool low = compare_any(run, KITHI_OP_GREATER_EQUAL, &one, &least, until);
        bool high = compare_any(run, KITHI_OP_LESS_EQUAL, &one, &most, until);
        any = any || (low && high);
    }
    return any;
}

static bool fits_text(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values values = kithi_run_values(run, node->kids[0], until);
    const kithi_node *pattern = node->kids[1];
    bool any = false;
    for (size_t i = 0; i < values.count && !any; i++) {
        const kithi_operand *value = kithi_values_at(&values, i);
        char shown[KITHI_DECIMAL_TEXT_BYTES];
        kithi_operand text = *value;
        if (text.sort == KITHI_SORT_NUMBER) {
            kithi_decimal_format(value->as.number, shown);
            text = kithi_operand_text(shown, strlen(shown));
        }
        bool fits = false;
        if (text.sort == KITHI_SORT_TEXT &&
            !kithi_text_fits(node->op, text.as.text.data, text.as.text.size, pattern->as.text.data,
                             pattern->as.text.size, &fits)) {
            kithi_run_fail(run, KITH_NO_MEMORY);
        }
        any = fits;
    }
    return any;
}

static bool predicate(kithi_run *run, const kithi_node *node, int64_t *until) {
    switch (node->op) {
    case KITHI_OP_IN:
        return is_in(run, node, until) != node->negated;
    case KITHI_OP_BETWEEN:
        return is_between(run, node, until) != node->negated;
    case KITHI_OP_LIKE:
    case KITHI_OP_ILIKE:
    case KITHI_OP_CONTAINS:
    case KITHI_OP_STARTS_WITH:
    case KITHI_OP_ENDS_WITH:
        return fits_text(run, node, until) != node->negated;
    case KITHI_OP_IS_NULL:
        return (kithi_run_values(run, node->kids[0], until).count == 0) != node->negated;
    case KITHI_OP_DID:
        return kithi_run_sequence(run, node, until);
    case KITHI_OP_REGULARLY:
        return kithi_run_regularly(run, node, until);
    case KITHI_OP_TEST:
        return kithi_run_test(run, node, until);
    default:
        return compare(run, node, until);
    }
}

/* Looks ahead: what changes a count need not change what is asked of it. Not inside WHERE, where
 * what is let through counts, whenever it is asked. */
static bool sharpened(kithi_run *run, const kithi_node *node, int64_t *until) {
    int64_t own = KITHI_FOR_EVER, now_us = run->now_us;
    bool holds = predicate(run, node, &own);
    for (unsigned i = 0; run->event == NULL && own != KITHI_FOR_EVER && own < *until &&
                         kithi_run_looks(run, i, own);
         i++) {
        int64_t next = KITHI_FOR_EVER;
        run->now_us = own;
        if (predicate(run, node, &next) != holds) {
            break;
        }
        own = next;
    }
    run->now_us = now_us;
    kithi_lower(until, own);
    return holds;
}

/* AND and OR: one part decides, as long as it stays as it is. */
static bool joined(kithi_run *run, const kithi_node *node, int64_t *until) {
    bool decides = node->op == KITHI_OP_OR;
    int64_t least = KITHI_FOR_EVER, latest = INT64_MIN;
    for (size_t i = 0; i < node->kid_count; i++) {
        int64_t own = KITHI_FOR_EVER;
        if (kithi_run_condition(run, node->kids[i], &own) == decides) {
            latest = own > latest ? own : latest;
            if (latest == KITHI_FOR_EVER) {
                break;
            }
        } else {
            kithi_lower(&least, own);
        }
    }
    kithi_lower(until, latest != INT64_MIN ? latest : least);
    return (latest != INT64_MIN) == decides;
}

/* A value that stands as a condition. */
static bool is_true(kithi_run *run, const kithi_node *node, int64_t *until) {
    kithi_values values = kithi_run_values(run, node, until);
    bool any = false;
    for (size_t i = 0; i < values.count; i++) {
        kithi_operand value = *kithi_values_at(&values, i), yes = kithi_operand_boolean(true);
        any = any || (kithi_operands_meet(NULL, &value, &yes) && value.as.boolean);
    }
    return any;
}

bool kithi_run_condition(kithi_run *run, const kithi_node *node, int64_t *until) {
    if (run->rc != KITH_OK) {
        return false;
    }
    if (node->op == KITHI_OP_AND || node->op == KITHI_OP_OR) {
        return joined(run, node, until);
    }
    if (node->op == KITHI_OP_NOT) {
        return !kithi_run_condition(run, node->kids[0], until);
    }
    return node->op > KITHI_OP_NOT ? sharpened(run, node, until) : is_true(run, node, until);
}
