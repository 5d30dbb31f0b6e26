#include "src/segment/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "kith/base.h"
#include "src/segment/token.h"

/* How strongly the parts of a node hold together, as the grammar has it. */
typedef enum strength {
    STRENGTH_OR = 1,
    STRENGTH_AND,
    STRENGTH_NOT,
    STRENGTH_PREDICATE,
    STRENGTH_SUM,
    STRENGTH_TERM,
    STRENGTH_ATOM
} strength;

typedef struct printer {
    kithi_buffer *out;
    bool in_where;
} printer;

static void print_node(printer *p, const kithi_node *node, strength least);

static strength strength_of(const kithi_node *node) {
    switch (node->op) {
    case KITHI_OP_OR:
        return STRENGTH_OR;
    case KITHI_OP_AND:
        return STRENGTH_AND;
    case KITHI_OP_NOT:
        return STRENGTH_NOT;
    case KITHI_OP_ADD:
    case KITHI_OP_SUBTRACT:
        return STRENGTH_SUM;
    case KITHI_OP_MULTIPLY:
    case KITHI_OP_DIVIDE:
        return STRENGTH_TERM;
    default:
        return node->op >= KITHI_OP_EQUAL && node->op <= KITHI_OP_IS_NULL ? STRENGTH_PREDICATE
                                                                          : STRENGTH_ATOM;
    }
}

static void put(printer *p, const char *text) {
    kithi_buffer_append_text(p->out, text);
}

/* Names and texts */

static void put_quoted(printer *p, const char *text, size_t size) {
    put(p, "'");
    for (size_t i = 0; i < size; i++) {
        kithi_buffer_append(p->out, text + i, 1);
        if (text[i] == '\'') {
            put(p, "'");
        }
    }
    put(p, "'");
}

static bool is_plain(const char *name, size_t size) {
    return size > 0 && kithi_name_size(name, size) == size;
}

static void put_name(printer *p, const char *name, size_t size) {
    if (is_plain(name, size)) {
        kithi_buffer_append(p->out, name, size);
    } else {
        put_quoted(p, name, size);
    }
}

static size_t first_size(const char *path) {
    return strcspn(path, ".");
}

/* Plain names with points between them. */
static bool is_plain_path(const char *path) {
    size_t size = first_size(path);
    bool plain = is_plain(path, size);
    while (plain && path[size] == '.') {
        path += size + 1;
        size = first_size(path);
        plain = is_plain(path, size);
    }
    return plain;
}

/* What isn't plain is quoted as one name, which is the same. */
static void put_path(printer *p, const char *path) {
    if (is_plain_path(path)) {
        put(p, path);
    } else {
        put_quoted(p, path, strlen(path));
    }
}

/* Words that mean something else where a name may stand. */
static bool is_taken(const char *path) {
    static const char *const words[] = {"not",   "true",    "false", "null", "now",
                                        "today", "profile", "event", "prev"};
    size_t size = first_size(path);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (kithi_word_matches(path, size, words[i])) {
            return true;
        }
    }
    return size > 4 && kithi_word_matches(path, 4, "step");
}

static void print_named(printer *p, const kithi_node *node) {
    const char *path = node->op == KITHI_OP_AT ? "at" : node->as.text.data;
    bool bare = is_plain_path(path) && !is_taken(path);
    char step[16];
    if (node->op == KITHI_OP_ATTRIBUTE) {
        put(p, bare && !p->in_where ? "" : "profile.");
    } else if (node->step == KITHI_STEP_THIS) {
        put(p, bare ? "" : "event.");
    } else if (node->step == KITHI_STEP_PREVIOUS) {
        put(p, "prev.");
    } else {
        snprintf(step, sizeof step, "step%d.", node->step);
        put(p, step);
    }
    put_path(p, path);
}

/* Values */

void kithi_print_duration(int64_t duration_us, kithi_buffer *out) {
    static const char units[] = "dhm";
    char text[32], unit = 's';
    for (size_t i = 0; unit == 's' && i < sizeof units - 1; i++) {
        unit = duration_us % kithi_unit_us(units[i]) == 0 ? units[i] : 's';
    }
    snprintf(text, sizeof text, "%" PRId64 "%c", duration_us / kithi_unit_us(unit), unit);
    kithi_buffer_append_text(out, text);
}

static void print_value(printer *p, const kithi_node *node) {
    char number[KITHI_DECIMAL_TEXT_BYTES], time[KITH_TIME_TEXT_BYTES];
    switch (node->op) {
    case KITHI_OP_BOOLEAN:
        put(p, node->as.boolean ? "TRUE" : "FALSE");
        break;
    case KITHI_OP_NUMBER:
        kithi_decimal_format(node->number, number);
        put(p, number);
        break;
    case KITHI_OP_TEXT:
        put_quoted(p, node->as.text.data, node->as.text.size);
        break;
    case KITHI_OP_DATE:
        kith_date_format(node->as.date_days, time);
        put(p, time);
        break;
    case KITHI_OP_TIME:
        kith_time_format(node->as.time_us, time);
        put(p, time);
        break;
    case KITHI_OP_DURATION:
        kithi_print_duration(node->as.duration_us, p->out);
        break;
    default:
        put(p, node->op == KITHI_OP_NOW ? "now" : node->op == KITHI_OP_TODAY ? "today" : "NULL");
    }
}

/* Streams */

static void print_bound(printer *p, const char *word, const kithi_node *bound) {
    bool in_where = p->in_where;
    put(p, word);
    p->in_where = false;
    print_node(p, bound, STRENGTH_SUM);
    p->in_where = in_where;
}

static void print_window(printer *p, const kithi_window *window) {
    char count[32];
    switch (window->kind) {
    case KITHI_WINDOW_LAST:
        put(p, " LAST ");
        kithi_print_duration(window->duration_us, p->out);
        break;
    case KITHI_WINDOW_CALENDAR:
        snprintf(count, sizeof count, " LAST %" PRId64 " CALENDAR ", window->count);
        put(p, count);
        put(p, kithi_unit_name(window->unit));
        put(p, "S");
        break;
    case KITHI_WINDOW_THIS:
        put(p, " THIS ");
        put(p, kithi_unit_name(window->unit));
        break;
    case KITHI_WINDOW_SINCE:
        print_bound(p, " SINCE ", window->from);
        break;
    case KITHI_WINDOW_BEFORE:
        print_bound(p, " BEFORE ", window->to);
        break;
    case KITHI_WINDOW_FROM_TO:
        print_bound(p, " FROM ", window->from);
        print_bound(p, " TO ", window->to);
        break;
    default:
        break;
    }
}

static void print_stream(printer *p, const kithi_stream *stream) {
    bool in_where = p->in_where;
    put_name(p, stream->event, strlen(stream->event));
    if (stream->property != NULL) {
        put(p, ".");
        put_path(p, stream->property);
    }
    if (stream->where != NULL) {
        put(p, " WHERE ");
        p->in_where = true;
        print_node(p, stream->where, STRENGTH_OR);
        p->in_where = in_where;
    }
    print_window(p, &stream->window);
}

static void print_sequence(printer *p, const kithi_node *node) {
    for (size_t i = 0; i < node->stream_count; i++) {
        const kithi_stream *stream = &node->streams[i];
        put(p, i == 0 ? "" : stream->negated ? " THEN NOT " : " THEN ");
        print_stream(p, stream);
        if (stream->within_us > 0) {
            put(p, " WITHIN ");
            kithi_print_duration(stream->within_us, p->out);
        }
    }
}

/* Calls */

static void print_kids(printer *p, const kithi_node *node, size_t from) {
    for (size_t i = from; i < node->kid_count; i++) {
        put(p, i > from ? ", " : "");
        print_node(p, node->kids[i], STRENGTH_SUM);
    }
}

static const char *called(const kithi_node *node) {
    switch (node->op) {
    case KITHI_OP_AGGREGATE:
        return kithi_aggregate_name((kithi_aggregate)node->word);
    case KITHI_OP_CALL:
        return kithi_function_name((kithi_function)node->word);
    case KITHI_OP_TEST:
        return kithi_test_name((kithi_test)node->word);
    default:
        return node->op == KITHI_OP_DID ? "did" : "regularly";
    }
}

static void print_regularly(printer *p, const kithi_node *node) {
    print_stream(p, &node->streams[0]);
    for (size_t i = 0; i < node->kid_count; i++) {
        put(p, ", ");
        if (node->kids[i]->op == KITHI_OP_TEXT) {
            put(p, node->kids[i]->as.text.data);
        } else {
            print_node(p, node->kids[i], STRENGTH_SUM);
        }
    }
}

static void print_call(printer *p, const kithi_node *node) {
    bool list = node->op == KITHI_OP_TEST &&
                (node->word == KITHI_TEST_ANY_TAG || node->word == KITHI_TEST_ALL_TAGS ||
                 node->word == KITHI_TEST_NO_TAGS);
    put(p, called(node));
    put(p, list ? "([" : "(");
    if (node->op == KITHI_OP_REGULARLY) {
        print_regularly(p, node);
    } else {
        print_sequence(p, node);
        print_kids(p, node, 0);
    }
    put(p, list ? "])" : ")");
}

/* Conditions and sums */

static void print_joined(printer *p, const kithi_node *node, const char *before) {
    strength own = strength_of(node);
    for (size_t i = 0; i < node->kid_count; i++) {
        if (i > 0) {
            put(p, before);
            put(p, kithi_op_sign(node->op));
            put(p, " ");
        }
        /* Of equals, those behind the first are read as if they stood in front. */
        print_node(p, node->kids[i], i > 0 || own <= STRENGTH_AND ? own + 1 : own);
    }
}

static void print_predicate(printer *p, const kithi_node *node) {
    print_node(p, node->kids[0], STRENGTH_SUM);
    if (node->op == KITHI_OP_IS_NULL) {
        put(p, node->negated ? " IS NOT NULL" : " IS NULL");
        return;
    }
    put(p, node->negated ? " NOT " : " ");
    put(p, kithi_op_sign(node->op));
    put(p, node->op == KITHI_OP_IN ? " (" : " ");
    if (node->op == KITHI_OP_BETWEEN) {
        print_node(p, node->kids[1], STRENGTH_SUM);
        put(p, " AND ");
        print_node(p, node->kids[2], STRENGTH_SUM);
    } else {
        print_kids(p, node, 1);
    }
    put(p, node->op == KITHI_OP_IN ? ")" : "");
}

static void print_bare(printer *p, const kithi_node *node) {
    switch (strength_of(node)) {
    case STRENGTH_OR:
    case STRENGTH_AND:
    case STRENGTH_SUM:
    case STRENGTH_TERM:
        print_joined(p, node, " ");
        break;
    case STRENGTH_NOT:
        put(p, "NOT ");
        print_node(p, node->kids[0], STRENGTH_NOT);
        break;
    case STRENGTH_PREDICATE:
        print_predicate(p, node);
        break;
    default:
        if (node->op >= KITHI_OP_ATTRIBUTE && node->op <= KITHI_OP_AT) {
            print_named(p, node);
        } else if (node->op < KITHI_OP_ATTRIBUTE) {
            print_value(p, node);
        } else {
            print_call(p, node);
        }
    }
}

static void print_node(printer *p, const kithi_node *node, strength least) {
    bool brackets = strength_of(node) < least;
    put(p, brackets ? "(" : "");
    print_bare(p, node);
    put(p, brackets ? ")" : "");
}

void kithi_print(const kithi_node *node, size_t columns, kithi_buffer *out) {
    printer p = {.out = out};
    size_t before = out->size;
    print_node(&p, node, STRENGTH_OR);
    bool joins = node->op == KITHI_OP_AND || node->op == KITHI_OP_OR;
    if (joins && columns > 0 && kithi_buffer_ok(out) && out->size - before > columns) {
        out->size = before;
        print_joined(&p, node, "\n");
    }
}
