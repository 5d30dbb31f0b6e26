/* Conditions, comparisons and sums. */
#include "src/segment/parse.h"

#include <string.h>

#include "src/base/error.h"
#include "src/segment/parser.h"

/* Names as values */

/* The number behind "step", of one or two digits; 0: it is none. */
static int read_step_number(const char *name, size_t size) {
    int number = 0;
    if (size < 5 || size > 6 || !kithi_word_matches(name, 4, "step")) {
        return 0;
    }
    for (size_t i = 4; i < size; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return 0;
        }
        number = number * 10 + (name[i] - '0');
    }
    return number;
}

/* "event", "prev" and "step2", whose event it is; false: the name is none of these. */
static bool read_step(const char *name, size_t size, int *out) {
    bool this = kithi_word_matches(name, size, "event");
    bool previous = kithi_word_matches(name, size, "prev");
    int number = read_step_number(name, size);
    if (!this && !previous && number == 0) {
        return false;
    }
    *out = this ? KITHI_STEP_THIS : previous ? KITHI_STEP_PREVIOUS : number;
    return true;
}

static kithi_node *parse_named(kithi_parser *p) {
    size_t at = p->now.at;
    int step = KITHI_STEP_THIS;
    bool property = p->in_where, pointed = kithi_parser_is_sign(&p->next, '.');
    const char *name = p->lexer.text + at;
    if (pointed && p->now.kind == KITHI_TOKEN_NAME) {
        bool of_profile = kithi_parser_is_word(p, &p->now, "profile");
        if (of_profile || (property && read_step(name, p->now.size, &step))) {
            property = !of_profile;
            kithi_parser_advance(p);
            kithi_parser_advance(p);
        }
    }
    name = kithi_parse_path(p, "a name");
    return kithi_parser_close(p, property ? kithi_tree_property(&p->tree, step, name, at)
                                          : kithi_tree_attribute(&p->tree, name, at));
}

/* Sums */

static kithi_node *parse_brackets(kithi_parser *p) {
    kithi_node *node = NULL;
    kithi_parser_advance(p);
    if (kithi_parser_enter(p)) {
        node = kithi_parse_or(p);
        kithi_parser_need_sign(p, ')', ")");
    }
    p->depth--;
    return node;
}

static kithi_node *parse_atom(kithi_parser *p) {
    kithi_node *constant;
    switch (p->now.kind) {
    case KITHI_TOKEN_NUMBER:
        return kithi_parse_number(p);
    case KITHI_TOKEN_TEXT:
        return kithi_parse_text(p);
    case KITHI_TOKEN_DATE:
    case KITHI_TOKEN_TIME:
    case KITHI_TOKEN_DURATION:
        return kithi_parse_literal(p);
    case KITHI_TOKEN_NAME:
        if (kithi_parser_is_sign(&p->next, '(')) {
            return kithi_parse_call(p);
        }
        constant = kithi_parser_is_sign(&p->next, '.') ? NULL : kithi_parse_constant(p);
        return constant != NULL ? constant : parse_named(p);
    default:
        break;
    }
    if (kithi_parser_is_sign(&p->now, '(')) {
        return parse_brackets(p);
    }
    if (kithi_parser_is_sign(&p->now, '-')) {
        return kithi_parse_number(p);
    }
    kithi_parser_expect(p, "a value or a condition");
    return NULL;
}

static kithi_node *parse_term(kithi_parser *p) {
    kithi_node *node = parse_atom(p);
    for (;;) {
        if (kithi_parser_take_sign(p, '*')) {
            node = kithi_parser_make_of(p, KITHI_OP_MULTIPLY, node, parse_atom(p));
        } else if (kithi_parser_take_sign(p, '/')) {
            node = kithi_parser_make_of(p, KITHI_OP_DIVIDE, node, parse_atom(p));
        } else {
            return node;
        }
    }
}

kithi_node *kithi_parse_sum(kithi_parser *p) {
    kithi_node *node = parse_term(p);
    for (;;) {
        if (kithi_parser_take_sign(p, '+')) {
            node = kithi_parser_make_of(p, KITHI_OP_ADD, node, parse_term(p));
        } else if (kithi_parser_take_sign(p, '-')) {
            node = kithi_parser_make_of(p, KITHI_OP_SUBTRACT, node, parse_term(p));
        } else {
            return node;
        }
    }
}

/* Predicates */

static bool take_comparison(kithi_parser *p, kithi_op *out) {
    static const struct {
        unsigned sign;
        kithi_op op;
    } comparisons[] = {
        {KITHI_SIGN('=', 0), KITHI_OP_EQUAL},          {KITHI_SIGN('!', '='), KITHI_OP_UNEQUAL},
        {KITHI_SIGN('<', '>'), KITHI_OP_UNEQUAL},      {KITHI_SIGN('<', 0), KITHI_OP_LESS},
        {KITHI_SIGN('<', '='), KITHI_OP_LESS_EQUAL},   {KITHI_SIGN('>', 0), KITHI_OP_GREATER},
        {KITHI_SIGN('>', '='), KITHI_OP_GREATER_EQUAL}};
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        if (p->now.kind == KITHI_TOKEN_SIGN && p->now.as.sign == comparisons[i].sign) {
            *out = comparisons[i].op;
            kithi_parser_advance(p);
            return true;
        }
    }
    return false;
}

static kithi_node *parse_in(kithi_parser *p, kithi_node *what) {
    kithi_node *node = kithi_parser_make_of(p, KITHI_OP_IN, what, NULL);
    bool square = kithi_parser_take_sign(p, '[');
    if (!square) {
        kithi_parser_need_sign(p, '(', "a list such as ('a', 'b')");
    }
    kithi_parse_kids(p, node, kithi_parse_sum);
    kithi_parser_need_sign(p, square ? ']' : ')', square ? "] or a comma" : ") or a comma");
    return kithi_parser_close(p, node);
}

static kithi_node *parse_between(kithi_parser *p, kithi_node *what) {
    kithi_node *low = kithi_parse_sum(p);
    kithi_parser_need_word(p, "AND");
    kithi_node *node = kithi_parser_make_of(p, KITHI_OP_BETWEEN, what, low);
    kithi_tree_add(&p->tree, node, kithi_parse_sum(p));
    return kithi_parser_close(p, node);
}

/* NULL: none of these stands here. */
static kithi_node *parse_worded(kithi_parser *p, kithi_node *what) {
    if (kithi_parser_take_word(p, "in")) {
        return parse_in(p, what);
    }
    if (kithi_parser_take_word(p, "between")) {
        return parse_between(p, what);
    }
    kithi_op op =
        kithi_parser_take_word(p, "like")       ? KITHI_OP_LIKE
        : kithi_parser_take_word(p, "ilike")    ? KITHI_OP_ILIKE
        : kithi_parser_take_word(p, "contains") ? KITHI_OP_CONTAINS
        : kithi_parser_is_word(p, &p->now, "starts") && kithi_parser_take_word(p, "starts")
            ? KITHI_OP_STARTS_WITH
        : kithi_parser_take_word(p, "ends") ? KITHI_OP_ENDS_WITH
                                            : KITHI_OP_NULL;
    if (op == KITHI_OP_NULL) {
        return NULL;
    }
    if (op == KITHI_OP_STARTS_WITH || op == KITHI_OP_ENDS_WITH) {
        kithi_parser_need_word(p, "WITH");
    }
    return kithi_parser_make_of(p, op, what, kithi_parse_text(p));
}

static kithi_node *parse_predicate(kithi_parser *p) {
    kithi_op op;
    kithi_node *what = kithi_parse_sum(p);
    if (take_comparison(p, &op)) {
        return kithi_parser_make_of(p, op, what, kithi_parse_sum(p));
    }
    if (kithi_parser_take_word(p, "is")) {
        bool negated = kithi_parser_take_word(p, "not");
        if (!kithi_parser_take_word(p, "null")) {
            kithi_parser_expect(p, negated ? "NULL behind IS NOT (!= and NOT IN compare values)"
                                           : "NULL behind IS (= and IN compare values)");
        }
        kithi_node *node = kithi_parser_make_of(p, KITHI_OP_IS_NULL, what, NULL);
        if (node != NULL) {
            node->negated = negated;
        }
        return node;
    }
    bool negated = kithi_parser_take_word(p, "not");
    kithi_node *node = parse_worded(p, what);
    if (node == NULL && negated) {
        kithi_parser_expect(p, "IN, BETWEEN, LIKE, ILIKE, CONTAINS, STARTS WITH or ENDS WITH");
    }
    if (node != NULL) {
        node->negated = negated;
    }
    return node != NULL ? node : what;
}

/* Conditions */

static kithi_node *parse_not(kithi_parser *p) {
    size_t at = p->now.at;
    kithi_node *node = NULL;
    if (!kithi_parser_is_word(p, &p->now, "not") || kithi_parser_is_sign(&p->next, '.')) {
        return parse_predicate(p);
    }
    kithi_parser_advance(p);
    if (kithi_parser_enter(p)) {
        node = kithi_parser_make_of(p, KITHI_OP_NOT, parse_not(p), NULL);
    }
    if (node != NULL) {
        node->place.at = at;
    }
    p->depth--;
    return kithi_parser_close(p, node);
}

/* Conditions with a word between them: they stand side by side. */
static kithi_node *parse_joined(kithi_parser *p, const char *word, kithi_op op,
                                kithi_node *(*parse)(kithi_parser *p)) {
    kithi_node *first = parse(p), *node = NULL;
    while (kithi_parser_take_word(p, word)) {
        node = node != NULL ? node : kithi_parser_make_of(p, op, first, NULL);
        kithi_tree_add(&p->tree, node, parse(p));
    }
    return node != NULL ? kithi_parser_close(p, node) : first;
}

static kithi_node *parse_and(kithi_parser *p) {
    return parse_joined(p, "and", KITHI_OP_AND, parse_not);
}

kithi_node *kithi_parse_or(kithi_parser *p) {
    return parse_joined(p, "or", KITHI_OP_OR, parse_and);
}

int kithi_parse(const char *text, size_t size, kithi_arena *arena, kithi_node **out,
                kith_error *error) {
    kithi_parser p = {.tree = {.arena = arena, .error = error}};
    if (size > KITH_EXPRESSION_MAX_BYTES) {
        return kithi_error_set_at(error, KITH_LIMIT, KITH_EXPRESSION_MAX_BYTES,
                                  "an expression has at most %d bytes", KITH_EXPRESSION_MAX_BYTES);
    }
    kithi_lexer_begin(&p.lexer, text, size, error);
    kithi_parser_advance(&p);
    kithi_parser_advance(&p);
    p.before = (kithi_token){.kind = KITHI_TOKEN_END};
    kithi_node *root = kithi_parse_or(&p);
    if (p.tree.rc == KITH_OK && p.now.kind != KITHI_TOKEN_END) {
        kithi_parser_expect(&p, kithi_parser_is_sign(&p.now, ')')
                                    ? "AND, OR or the end, as no ( is open"
                                    : "AND, OR or the end");
    }
    *out = p.tree.rc == KITH_OK ? root : NULL;
    return p.tree.rc;
}
