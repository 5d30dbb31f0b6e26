#include "src/segment/node.h"

#include <string.h>

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

static const char *const signs[KITHI_OP_COUNT] = {
    [KITHI_OP_ADD] = "+",
    [KITHI_OP_SUBTRACT] = "-",
    [KITHI_OP_MULTIPLY] = "*",
    [KITHI_OP_DIVIDE] = "/",
    [KITHI_OP_AND] = "AND",
    [KITHI_OP_OR] = "OR",
    [KITHI_OP_NOT] = "NOT",
    [KITHI_OP_EQUAL] = "=",
    [KITHI_OP_UNEQUAL] = "!=",
    [KITHI_OP_LESS] = "<",
    [KITHI_OP_LESS_EQUAL] = "<=",
    [KITHI_OP_GREATER] = ">",
    [KITHI_OP_GREATER_EQUAL] = ">=",
    [KITHI_OP_IN] = "IN",
    [KITHI_OP_BETWEEN] = "BETWEEN",
    [KITHI_OP_LIKE] = "LIKE",
    [KITHI_OP_ILIKE] = "ILIKE",
    [KITHI_OP_CONTAINS] = "CONTAINS",
    [KITHI_OP_STARTS_WITH] = "STARTS WITH",
    [KITHI_OP_ENDS_WITH] = "ENDS WITH",
    [KITHI_OP_IS_NULL] = "IS NULL",
};
static const char *const aggregates[KITHI_AGGREGATES] = {
    "count", "days", "sum", "avg", "min", "max", "first", "last", "mode", "distinct"};
static const char *const functions[KITHI_FUNCTIONS] = {"score",  "points",   "age",      "lower",
                                                       "length", "coalesce", "date_part"};
static const char *const tests[KITHI_TESTS] = {"tag",     "any_tag", "all_tags", "no_tags",
                                               "segment", "consent", "bucket"};
static const char *const parts[KITHI_PARTS] = {"year",    "quarter",     "month", "week",  "day",
                                               "weekday", "day_of_year", "hour",  "minute"};
static const char *const units[KITHI_CALENDAR_UNITS] = {"DAY", "WEEK", "MONTH", "YEAR"};

const char *kithi_op_sign(kithi_op op) {
    return signs[op];
}

const char *kithi_aggregate_name(kithi_aggregate aggregate) {
    return aggregates[aggregate];
}

const char *kithi_function_name(kithi_function function) {
    return functions[function];
}

const char *kithi_test_name(kithi_test test) {
    return tests[test];
}

const char *kithi_unit_name(kithi_calendar_unit unit) {
    return units[unit];
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool kithi_word_matches(const char *name, size_t size, const char *word) {
    size_t i = 0;
    while (i < size && word[i] != '\0' && lower(name[i]) == lower(word[i])) {
        i++;
    }
    return i == size && word[i] == '\0';
}

static int find(const char *const *list, int count, const char *name, size_t size) {
    for (int i = 0; i < count; i++) {
        if (kithi_word_matches(name, size, list[i])) {
            return i;
        }
    }
    return -1;
}

int kithi_aggregate_of(const char *name, size_t size) {
    return find(aggregates, COUNT(aggregates), name, size);
}

int kithi_function_of(const char *name, size_t size) {
    return find(functions, COUNT(functions), name, size);
}

int kithi_test_of(const char *name, size_t size) {
    return find(tests, COUNT(tests), name, size);
}

int kithi_date_part_of(const char *name) {
    return find(parts, COUNT(parts), name, strlen(name));
}

int kithi_unit_of(const char *name, size_t size) {
    bool plural = size > 1 && lower(name[size - 1]) == 's';
    return find(units, COUNT(units), name, plural ? size - 1 : size);
}

bool kithi_is_call(const char *name, size_t size) {
    return kithi_aggregate_of(name, size) >= 0 || kithi_function_of(name, size) >= 0 ||
           kithi_test_of(name, size) >= 0 || kithi_word_matches(name, size, "did") ||
           kithi_word_matches(name, size, "regularly");
}

/* Whether two are the same */

static bool same_name(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_optional(const kithi_node *a, const kithi_node *b) {
    return a == NULL || b == NULL ? a == b : kithi_node_equal(a, b);
}

static bool same_window(const kithi_window *a, const kithi_window *b) {
    return a->kind == b->kind && a->unit == b->unit && a->duration_us == b->duration_us &&
           a->count == b->count && same_optional(a->from, b->from) && same_optional(a->to, b->to);
}

static bool same_stream(const kithi_stream *a, const kithi_stream *b) {
    return same_name(a->event, b->event) && same_name(a->property, b->property) &&
           a->time == b->time && a->negated == b->negated && a->within_us == b->within_us &&
           same_optional(a->where, b->where) && same_window(&a->window, &b->window);
}

static bool same_value(const kithi_node *a, const kithi_node *b) {
    switch (a->op) {
    case KITHI_OP_BOOLEAN:
        return a->as.boolean == b->as.boolean;
    case KITHI_OP_NUMBER:
        return a->number == b->number;
    case KITHI_OP_DATE:
        return a->as.date_days == b->as.date_days;
    case KITHI_OP_TIME:
        return a->as.time_us == b->as.time_us;
    case KITHI_OP_DURATION:
        return a->as.duration_us == b->as.duration_us;
    case KITHI_OP_TEXT:
    case KITHI_OP_ATTRIBUTE:
    case KITHI_OP_PROPERTY:
        return a->as.text.size == b->as.text.size &&
               memcmp(a->as.text.data, b->as.text.data, a->as.text.size) == 0;
    default:
        return true;
    }
}

bool kithi_node_equal(const kithi_node *a, const kithi_node *b) {
    bool same = a->op == b->op && a->word == b->word && a->step == b->step &&
                a->negated == b->negated && a->kid_count == b->kid_count &&
                a->stream_count == b->stream_count && same_value(a, b);
    for (size_t i = 0; same && i < a->kid_count; i++) {
        same = kithi_node_equal(a->kids[i], b->kids[i]);
    }
    for (size_t i = 0; same && i < a->stream_count; i++) {
        same = same_stream(&a->streams[i], &b->streams[i]);
    }
    return same;
}
