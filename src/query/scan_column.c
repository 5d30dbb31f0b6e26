#include "src/query/scan_column.h"

#include <stdlib.h>
#include <string.h>

#include "src/segment/like.h"

static bool is_literal(const kithi_node *node) {
    return node->op >= KITHI_OP_BOOLEAN && node->op <= KITHI_OP_TIME;
}

bool kithi_scan_is_score(const kithi_node *node) {
    return node->op == KITHI_OP_CALL && node->word == KITHI_FUNCTION_SCORE && node->id >= 0;
}

const kithi_node *kithi_scan_compared(const kithi_node *node) {
    bool compares = node->op >= KITHI_OP_EQUAL && node->op <= KITHI_OP_IS_NULL;
    const kithi_node *value = compares && node->kid_count > 0 ? node->kids[0] : node;
    bool named = value->op == KITHI_OP_ATTRIBUTE || value->op == KITHI_OP_PROPERTY ||
                 kithi_scan_is_score(value);
    if ((!named && value->op != KITHI_OP_AT) || value->trait || value->inside != NULL) {
        return NULL;
    }
    for (size_t i = 1; compares && i < node->kid_count; i++) {
        if (!is_literal(node->kids[i])) {
            return NULL;
        }
    }
    return value;
}

static kithi_operand literal_of(const kithi_node *node) {
    switch (node->op) {
    case KITHI_OP_BOOLEAN:
        return kithi_operand_boolean(node->as.boolean);
    case KITHI_OP_NUMBER:
        return kithi_operand_number(node->number);
    case KITHI_OP_DATE:
        return kithi_operand_date(node->as.date_days);
    case KITHI_OP_TIME:
        return kithi_operand_time(node->as.time_us, 0);
    default:
        return kithi_operand_text(node->as.text.data, node->as.text.size);
    }
}

/* Numbers: what holds for a range of them */

static const kithi_sort sorts[KITHI_COLUMN_SORTS] = {
    [KITHI_COLUMN_NOTHING] = KITHI_SORT_NULL,  [KITHI_COLUMN_BOOLEAN] = KITHI_SORT_BOOLEAN,
    [KITHI_COLUMN_NUMBER] = KITHI_SORT_NUMBER, [KITHI_COLUMN_DATE] = KITHI_SORT_DATE,
    [KITHI_COLUMN_TIME] = KITHI_SORT_TIME,     [KITHI_COLUMN_TEXT] = KITHI_SORT_TEXT};

/* A literal as a number of the column. *out_fits is false where nothing of the column meets it.
 * False: that hangs on more than the column says, as a date and a time meet in a zone. */
static bool number_of(const kithi_column *column, kithi_operand literal, kithi_decimal *out,
                      bool *out_fits) {
    kithi_operand one = {.sort = sorts[column->sort]};
    bool moment = one.sort == KITHI_SORT_DATE || one.sort == KITHI_SORT_TIME;
    if (moment) {
        kithi_operand_read_moment(&literal);
        if (literal.sort != one.sort &&
            (literal.sort == KITHI_SORT_DATE || literal.sort == KITHI_SORT_TIME)) {
            return false;
        }
    }
    *out_fits = kithi_operands_meet(NULL, &one, &literal);
    *out = literal.sort == KITHI_SORT_NUMBER ? literal.as.number
           : literal.sort == KITHI_SORT_DATE ? literal.as.date_days
           : literal.sort == KITHI_SORT_TIME ? literal.as.us
                                             : literal.as.boolean;
    return true;
}

static int64_t bounded(kithi_decimal number) {
    return number < INT64_MIN ? INT64_MIN : number > INT64_MAX ? INT64_MAX : (int64_t)number;
}

/* Adds those for which `op` holds to what is found. */
static void find_range(const kithi_column *column, kithi_op op, kithi_decimal number,
                       uint64_t *found) {
    uint64_t in[KITHI_CHUNK_WORDS];
    kithi_decimal least = INT64_MIN, most = INT64_MAX;
    if (op == KITHI_OP_GREATER || op == KITHI_OP_GREATER_EQUAL) {
        least = number + (op == KITHI_OP_GREATER);
    } else if (op == KITHI_OP_LESS || op == KITHI_OP_LESS_EQUAL) {
        most = number - (op == KITHI_OP_LESS);
    } else {
        least = most = number;
    }
    if (least > most || least > INT64_MAX || most < INT64_MIN) {
        return;
    }
    kithi_column_between(column, bounded(least), bounded(most), in);
    for (uint32_t i = 0; i < (column->count + 63) / 64; i++) {
        found[i] |= in[i];
    }
}

static bool find_between(const kithi_column *column, const kithi_node *node, uint64_t *found) {
    uint64_t low[KITHI_CHUNK_WORDS] = {0}, high[KITHI_CHUNK_WORDS] = {0};
    kithi_decimal least, most;
    bool meets_least, meets_most;
    if (!number_of(column, literal_of(node->kids[1]), &least, &meets_least) ||
        !number_of(column, literal_of(node->kids[2]), &most, &meets_most)) {
        return false;
    }
    if (meets_least && meets_most) {
        find_range(column, KITHI_OP_GREATER_EQUAL, least, low);
        find_range(column, KITHI_OP_LESS_EQUAL, most, high);
        for (uint32_t i = 0; i < (column->count + 63) / 64; i++) {
            found[i] = low[i] & high[i];
        }
    }
    return true;
}

static bool find_numbers(const kithi_column *column, const kithi_node *node, uint64_t *found) {
    kithi_op op =
        node->op == KITHI_OP_IN || node->op == KITHI_OP_UNEQUAL ? KITHI_OP_EQUAL : node->op;
    if (node->op == KITHI_OP_BETWEEN) {
        return find_between(column, node, found);
    }
    if (op < KITHI_OP_EQUAL || op > KITHI_OP_GREATER_EQUAL) {
        return false; /* LIKE of a number is asked one by one */
    }
    for (size_t i = 1; i < node->kid_count; i++) {
        kithi_decimal number;
        bool meets;
        if (!number_of(column, literal_of(node->kids[i]), &number, &meets)) {
            return false;
        }
        if (meets) {
            find_range(column, op, number, found);
        }
    }
    return true;
}

/* Texts: each of the dictionary is asked once */

static bool text_holds(const kithi_node *node, const kithi_operand *text, bool *out_memory) {
    bool fits = false;
    kithi_operand value, literal;
    bool between = node->op == KITHI_OP_BETWEEN;
    kithi_op op =
        node->op == KITHI_OP_IN || node->op == KITHI_OP_UNEQUAL ? KITHI_OP_EQUAL : node->op;
    if (node->op >= KITHI_OP_LIKE && node->op <= KITHI_OP_ENDS_WITH) {
        const kithi_node *pattern = node->kids[1];
        *out_memory = kithi_text_fits(node->op, text->as.text.data, text->as.text.size,
                                      pattern->as.text.data, pattern->as.text.size, &fits);
        return fits;
    }
    for (size_t i = 1; i < node->kid_count; i++) {
        value = *text;
        literal = literal_of(node->kids[i]);
        op = !between ? op : i == 1 ? KITHI_OP_GREATER_EQUAL : KITHI_OP_LESS_EQUAL;
        bool holds = kithi_operands_meet(NULL, &value, &literal) &&
                     kithi_operand_holds(op, kithi_operand_compare(&value, &literal));
        if (holds != between) {
            return holds;
        }
    }
    return between;
}

/* A text that stands beside a moment is read as one, which may take the customer's zone. */
static bool asks_for_zone(const kithi_node *node) {
    for (size_t i = 1; i < node->kid_count; i++) {
        if (node->kids[i]->op == KITHI_OP_DATE || node->kids[i]->op == KITHI_OP_TIME) {
            return true;
        }
    }
    return false;
}

static int find_texts(kithi_scan *s, const kithi_column *column, const kithi_node *node,
                      uint64_t *found) {
    uint8_t *chosen = calloc((size_t)column->text_count + 1, 1);
    bool memory = chosen != NULL;
    for (uint32_t code = 0; memory && code < column->text_count; code++) {
        size_t size;
        const char *data = kithi_column_text(column, code, &size);
        kithi_operand text = kithi_operand_text(data, size);
        chosen[code] = text_holds(node, &text, &memory);
    }
    if (memory) {
        kithi_column_chosen(column, chosen, found);
    }
    free(chosen);
    return memory ? KITH_OK : kithi_error_memory(kithi_txn_error(s->txn));
}

/* The condition */

static void find_present(const kithi_column *column, uint64_t *found) {
    for (uint32_t i = 0; column->width > 0 && i < (column->count + 63) / 64; i++) {
        uint64_t last =
            column->count - i * 64 < 64 ? (UINT64_C(1) << column->count % 64) - 1 : UINT64_MAX;
        found[i] = column->present != NULL ? column->present[i] & last : last;
    }
}

/* Finds for whom it holds before it is negated. *out_known: that can be told. */
static int find(kithi_scan *s, const kithi_column *column, const kithi_node *node, uint64_t *found,
                bool *out_known) {
    *out_known = true;
    if (node->op == KITHI_OP_IS_NULL) {
        find_present(column, found);
    } else if (node->op < KITHI_OP_EQUAL) { /* the value itself */
        *out_known = column->sort == KITHI_COLUMN_BOOLEAN || column->sort == KITHI_COLUMN_NOTHING;
        if (column->sort == KITHI_COLUMN_BOOLEAN) {
            kithi_column_between(column, 1, 1, found);
        }
    } else if (column->sort == KITHI_COLUMN_TEXT) {
        *out_known = !asks_for_zone(node);
        return *out_known ? find_texts(s, column, node, found) : KITH_OK;
    } else if (column->sort != KITHI_COLUMN_NOTHING) {
        *out_known = find_numbers(column, node, found);
    }
    return KITH_OK;
}

static bool is_negated(const kithi_node *node) {
    bool missing = node->op == KITHI_OP_IS_NULL; /* what is found are those that have a value */
    return node->op == KITHI_OP_UNEQUAL || node->negated != missing;
}

int kithi_scan_column(kithi_scan *s, const kithi_node *node, const kithi_column *column,
                      const kithi_chunk *sure, kithi_known *out) {
    bool known;
    kithi_know_nothing(out);
    int rc = find(s, column, node, out->yes.words, &known);
    if (rc != KITH_OK || !known) {
        kithi_know_nothing(out);
        return rc;
    }
    kithi_chunk told = *sure;
    for (uint32_t i = 0; column->odd != NULL && i < (column->count + 63) / 64; i++) {
        told.words[i] &= ~column->odd[i];
    }
    kithi_know(out, &told);
    if (is_negated(node)) {
        kithi_know_negated(out);
    }
    return KITH_OK;
}
