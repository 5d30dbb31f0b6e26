/* A query as an Arrow stream. It may be held on to after the transaction, which ends it. */
#include <stdlib.h>
#include <string.h>

#include "src/arrow/arrow_stream.h"
#include "src/base/text.h"
#include "src/base/value.h"
#include "src/query/query.h"

#define ID_COLUMN "profile_id"

/* The streams of a transaction. */
typedef struct streams {
    struct source *first;
} streams;

/* Where the rows of a stream come from. */
typedef struct source {
    streams *among; /* NULL: the transaction has ended, or was reset */
    struct source *previous, *next;
    kith_txn *txn;     /* where it hasn't, as is the query */
    kith_query *query; /* NULL once it is closed */
    kith_query_options options;
    kith_expression *where;
    kith_expression **columns;
    size_t held_count;         /* of the columns */
    kithi_arrow_field *fields; /* the id, then the columns */
    char **names;              /* of the columns: owned */
} source;

/* The end of the transaction */

static void end_query(source *s) {
    kith_query_close(s->query);
    s->query = NULL;
    s->among = NULL;
}

static void end_streams(void *data) {
    streams *all = data;
    for (source *s = all->first; s != NULL; s = s->next) {
        end_query(s);
    }
    free(all);
}

static int join_streams(source *s) {
    streams *all = kithi_txn_slot(s->txn, KITHI_SLOT_STREAMS);
    if (all == NULL) {
        all = calloc(1, sizeof *all);
        if (all == NULL) {
            return kithi_error_memory(kithi_txn_error(s->txn));
        }
        kithi_txn_set_slot(s->txn, KITHI_SLOT_STREAMS, all, end_streams);
    }
    s->among = all;
    s->next = all->first;
    if (s->next != NULL) {
        s->next->previous = s;
    }
    all->first = s;
    return KITH_OK;
}

static void leave_streams(source *s) {
    if (s->among == NULL) {
        return;
    }
    if (s->previous != NULL) {
        s->previous->next = s->next;
    } else {
        s->among->first = s->next;
    }
    if (s->next != NULL) {
        s->next->previous = s->previous;
    }
}

static void close_source(void *data) {
    source *s = data;
    leave_streams(s);
    kith_query_close(s->query);
    kith_expression_free(s->where);
    for (size_t i = 0; i < s->held_count; i++) {
        kith_expression_free(s->columns[i]);
        free(s->names[i]);
    }
    free(s->columns);
    free(s->names);
    free(s->fields);
    free(s);
}

/* Types */

/* Whether an attribute is declared as one; a later snapshot may know more of them. */
static bool is_integer(const kithi_catalog *catalog, int attribute) {
    const kithi_attribute *known =
        attribute >= 0 ? kithi_catalog_attribute(catalog, (uint16_t)attribute) : NULL;
    return known != NULL && known->type == KITH_TYPE_INTEGER;
}

/* Whether a number is whole by what it means, whatever the facts. Traits are asked what they are;
 * they never ask for themselves. */
static bool is_whole(const source *s, const kithi_plans *plans, const kithi_node *node) {
    switch (node->op) {
    case KITHI_OP_AGGREGATE:
        return node->word == KITHI_AGGREGATE_COUNT || node->word == KITHI_AGGREGATE_DAYS ||
               node->word == KITHI_AGGREGATE_DISTINCT;
    case KITHI_OP_CALL:
        return node->word == KITHI_FUNCTION_AGE || node->word == KITHI_FUNCTION_LENGTH ||
               node->word == KITHI_FUNCTION_DATE_PART;
    case KITHI_OP_ATTRIBUTE:
        if (node->trait) {
            const kithi_plan *plan = kithi_plan_of(plans, KITHI_CATALOG_TRAIT, node->id);
            return plan != NULL && is_whole(s, plans, plan->expression->root);
        }
        return node->inside == NULL && is_integer(kithi_txn_catalog(s->txn), node->id);
    default:
        return false;
    }
}

static kithi_arrow_type type_of(const source *s, const kithi_plans *plans,
                                const kith_expression *expression) {
    static const kithi_arrow_type types[KITHI_SORTS] = {
        [KITHI_SORT_ANY] = KITHI_ARROW_TEXT,        [KITHI_SORT_NULL] = KITHI_ARROW_TEXT,
        [KITHI_SORT_BOOLEAN] = KITHI_ARROW_BOOLEAN, [KITHI_SORT_NUMBER] = KITHI_ARROW_DECIMAL,
        [KITHI_SORT_TEXT] = KITHI_ARROW_TEXT,       [KITHI_SORT_DATE] = KITHI_ARROW_DATE,
        [KITHI_SORT_TIME] = KITHI_ARROW_TIME,       [KITHI_SORT_DURATION] = KITHI_ARROW_DURATION};
    kithi_sort sort = expression->condition ? KITHI_SORT_BOOLEAN : expression->root->sort;
    return sort == KITHI_SORT_NUMBER && is_whole(s, plans, expression->root) ? KITHI_ARROW_INTEGER
                                                                             : types[sort];
}

/* Rows */

static void put_any(kithi_arrow_batch *batch, size_t column, const kithi_operand *operand) {
    char text[KITHI_DECIMAL_TEXT_BYTES];
    kith_value value = kithi_operand_value(operand);
    if (operand->sort == KITHI_SORT_TEXT) {
        kithi_arrow_put_text(batch, column, operand->as.text.data, operand->as.text.size);
        return;
    }
    if (operand->sort == KITHI_SORT_NUMBER) {
        kithi_decimal_format(operand->as.number, text);
    } else {
        kithi_value_show(&value, text, sizeof text);
    }
    kithi_arrow_put_text(batch, column, text, strlen(text));
}

static void put_number(kithi_arrow_batch *batch, size_t column, kithi_arrow_type type,
                       kithi_decimal number) {
    int64_t integer;
    if (type == KITHI_ARROW_DECIMAL) {
        kithi_arrow_put_decimal(batch, column, number);
    } else if (kithi_decimal_integer(number, &integer)) {
        kithi_arrow_put_integer(batch, column, integer);
    }
}

/* What isn't of the column's type, such as a text that was kept in the place of a number, is no
 * value. */
static void put(kithi_arrow_batch *batch, size_t column, kithi_arrow_type type,
                const kithi_operand *operand) {
    kithi_sort sort = operand->sort;
    if (sort == KITHI_SORT_NULL) {
        return;
    }
    if (type == KITHI_ARROW_TEXT) {
        put_any(batch, column, operand);
    } else if (type == KITHI_ARROW_BOOLEAN && sort == KITHI_SORT_BOOLEAN) {
        kithi_arrow_put_boolean(batch, column, operand->as.boolean);
    } else if (type == KITHI_ARROW_DATE && sort == KITHI_SORT_DATE) {
        kithi_arrow_put_date(batch, column, operand->as.date_days);
    } else if ((type == KITHI_ARROW_TIME && sort == KITHI_SORT_TIME) ||
               (type == KITHI_ARROW_DURATION && sort == KITHI_SORT_DURATION)) {
        kithi_arrow_put_integer(batch, column, operand->as.us);
    } else if ((type == KITHI_ARROW_DECIMAL || type == KITHI_ARROW_INTEGER) &&
               sort == KITHI_SORT_NUMBER) {
        put_number(batch, column, type, operand->as.number);
    }
}

static int put_row(source *s, kithi_arrow_batch *batch) {
    char id[KITH_ID_TEXT_BYTES];
    uint32_t profile;
    int code = kithi_query_step(s->query, &profile);
    if (code != KITH_OK) {
        return code;
    }
    kith_id_format(&s->query->crew.scans[0].executor.id, id);
    kithi_arrow_put_text(batch, 0, id, KITH_ID_TEXT_BYTES - 1);
    for (size_t i = 0; code == KITH_OK && i < s->options.column_count; i++) {
        kithi_operand operand;
        code = kithi_query_ask(s->query, i, &operand);
        if (code == KITH_OK) {
            put(batch, i + 1, s->fields[i + 1].type, &operand);
        }
    }
    if (code == KITH_OK) {
        kithi_query_pass(s->query);
        code = kithi_arrow_batch_end_row(batch);
        code = code == KITH_OK ? KITH_OK : kithi_error_memory(kithi_txn_error(s->txn));
    }
    return code;
}

static int next_row(void *data, kithi_arrow_batch *batch, kith_error *error) {
    source *s = data;
    if (s->query == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "the transaction of this query has ended, or was reset: read a "
                               "stream before");
    }
    int code = put_row(s, batch);
    if (code != KITH_OK && code != KITH_DONE) {
        kithi_error_copy(error, kith_txn_error(s->txn));
    }
    return code;
}

/* Opening */

static int out_of_memory(kith_txn *txn) {
    return kithi_error_memory(kithi_txn_error(txn));
}

static int check_name(const source *s, const char *name) {
    kith_error *error = kithi_txn_error(s->txn);
    if (name == NULL || !kithi_text_valid(name, strlen(name))) {
        return kithi_error_set(error, KITH_INVALID, "a column's name is no valid UTF-8");
    }
    bool taken = strcmp(name, ID_COLUMN) == 0;
    for (size_t i = 0; i < s->held_count && !taken; i++) {
        taken = strcmp(s->names[i], name) == 0;
    }
    return taken ? kithi_error_set(error, KITH_INVALID,
                                   "two columns are called '%.100s'; name each otherwise", name)
                 : KITH_OK;
}

static int take_name(source *s, const char *given, const kith_expression *expression, char **out) {
    char *name = NULL;
    int code = KITH_OK;
    if (given != NULL) {
        name = strdup(given);
        code = name != NULL ? KITH_OK : KITH_NO_MEMORY;
    } else {
        code = kith_expression_text(expression, 0, &name);
    }
    if (code != KITH_OK) {
        return out_of_memory(s->txn);
    }
    code = check_name(s, name);
    if (code != KITH_OK) {
        free(name);
        return code;
    }
    *out = name;
    return KITH_OK;
}

static int hold_columns(source *s, const kith_query_options *given, const char *const *names) {
    const kithi_plans *plans;
    size_t count = given->column_count;
    int code = kithi_plans_of(s->txn, &plans);
    s->columns = calloc(count + 1, sizeof *s->columns);
    s->names = calloc(count + 1, sizeof *s->names);
    s->fields = calloc(count + 1, sizeof *s->fields);
    if (s->columns == NULL || s->names == NULL || s->fields == NULL) {
        return out_of_memory(s->txn);
    }
    s->fields[0] = (kithi_arrow_field){ID_COLUMN, KITHI_ARROW_TEXT};
    for (size_t i = 0; code == KITH_OK && i < count; i++) {
        const kith_expression *expression = given->columns[i];
        code = take_name(s, names != NULL ? names[i] : NULL, expression, &s->names[i]);
        if (code == KITH_OK) {
            s->columns[i] = kithi_expression_hold(expression);
            s->fields[i + 1] = (kithi_arrow_field){s->names[i], type_of(s, plans, expression)};
            s->held_count = i + 1;
        }
    }
    s->options.columns = (const kith_expression *const *)s->columns;
    return code;
}

/* The query is opened first, as it checks what is asked for. */
static int open_source(source *s, const kith_query_options *given, const char *const *names) {
    int code = kith_query_open(s->txn, given, &s->query);
    if (code != KITH_OK) {
        return code;
    }
    s->options = s->query->options;
    code = hold_columns(s, &s->query->options, names);
    if (code == KITH_OK) {
        if (s->options.where != NULL) {
            s->where = kithi_expression_hold(s->options.where);
        }
        s->query->options = s->options;
        code = join_streams(s);
    }
    return code;
}

int kith_query_arrow(kith_txn *txn, const kith_query_options *options, const char *const *names,
                     struct ArrowArrayStream *out) {
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_query_arrow: a place for the stream is required");
    }
    source *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return out_of_memory(txn);
    }
    s->txn = txn;
    int code = open_source(s, options, names);
    if (code != KITH_OK) {
        close_source(s);
        return code;
    }
    kithi_arrow_rows rows = {s, next_row, close_source};
    code = kithi_arrow_stream_make(s->fields, s->options.column_count + 1, &rows, out);
    return code == KITH_OK ? KITH_OK : out_of_memory(txn);
}
