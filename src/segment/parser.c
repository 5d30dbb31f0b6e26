#include "src/segment/parser.h"

#include <string.h>

#include "src/base/error.h"
#include "src/segment/habit.h"

#define FOUND_BYTES 32 /* of what stands there, in an error */

/* Tokens */

void kithi_parser_advance(kithi_parser *p) {
    p->before = p->now;
    p->now = p->next;
    if (p->tree.rc == KITH_OK) {
        p->tree.rc = kithi_lexer_next(&p->lexer, &p->next);
    }
    if (p->tree.rc != KITH_OK) {
        p->now = p->next = (kithi_token){.kind = KITHI_TOKEN_END, .at = p->lexer.size};
    }
}

void kithi_parser_refuse(kithi_parser *p, size_t at, const char *what) {
    kithi_tree_refuse(&p->tree, KITH_INVALID, (int64_t)at, what);
    kithi_parser_advance(p);
}

/* Says what should stand here instead of what does. */
void kithi_parser_expect(kithi_parser *p, const char *what) {
    char found[FOUND_BYTES];
    size_t size = p->now.size < sizeof found ? p->now.size : sizeof found - 1;
    const char *text = p->lexer.text + p->now.at;
    while (size < p->now.size && size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) {
        size--;
    }
    memcpy(found, text, size);
    found[size] = '\0';
    if (p->tree.rc == KITH_OK) {
        const char *habit = kithi_habit_here(p);
        p->tree.rc = kithi_error_set_at(
            p->tree.error, KITH_INVALID, (int64_t)p->now.at, "expected %s, found %s%s%s%s", what,
            size > 0 ? found : "the end", size < p->now.size ? "..." : "",
            habit != NULL ? "; " : "", habit != NULL ? habit : "");
    }
    kithi_parser_advance(p);
}

bool kithi_parser_is_sign(const kithi_token *token, char sign) {
    return token->kind == KITHI_TOKEN_SIGN && token->as.sign == KITHI_SIGN(sign, '\0');
}

bool kithi_parser_is_word(const kithi_parser *p, const kithi_token *token, const char *word) {
    return token->kind == KITHI_TOKEN_NAME &&
           kithi_word_matches(p->lexer.text + token->at, token->size, word);
}

bool kithi_parser_take_sign(kithi_parser *p, char sign) {
    bool taken = kithi_parser_is_sign(&p->now, sign);
    if (taken) {
        kithi_parser_advance(p);
    }
    return taken;
}

bool kithi_parser_take_word(kithi_parser *p, const char *word) {
    bool taken = kithi_parser_is_word(p, &p->now, word);
    if (taken) {
        kithi_parser_advance(p);
    }
    return taken;
}

/* `what` is the sign, and what else may stand there. */
void kithi_parser_need_sign(kithi_parser *p, char sign, const char *what) {
    if (!kithi_parser_take_sign(p, sign)) {
        kithi_parser_expect(p, what);
    }
}

void kithi_parser_need_word(kithi_parser *p, const char *word) {
    if (!kithi_parser_take_word(p, word)) {
        kithi_parser_expect(p, word);
    }
}

/* Ends a node where the last token that was taken ends. */
kithi_node *kithi_parser_close(const kithi_parser *p, kithi_node *node) {
    size_t end = p->before.at + p->before.size;
    if (node != NULL && end > node->place.at) {
        node->place.size = end - node->place.at;
    }
    return node;
}

kithi_node *kithi_parser_make(kithi_parser *p, kithi_op op) {
    return kithi_tree_make(&p->tree, op, p->now.at);
}

/* Of what is read already, and begins where its first part does. */
kithi_node *kithi_parser_make_of(kithi_parser *p, kithi_op op, kithi_node *a, kithi_node *b) {
    kithi_node *node = kithi_tree_make(&p->tree, op, a != NULL ? a->place.at : p->now.at);
    kithi_tree_add(&p->tree, node, a);
    kithi_tree_add(&p->tree, node, b);
    return kithi_parser_close(p, node);
}

bool kithi_parser_enter(kithi_parser *p) {
    if (++p->depth > KITH_EXPRESSION_DEPTH_MAX) {
        kithi_tree_too_deep(&p->tree, (int64_t)p->now.at);
    }
    return p->tree.rc == KITH_OK;
}

/* Names and texts */

/* What stands between quotes. */
static const char *take_quoted(kithi_parser *p, size_t *out_size) {
    char *copy = kithi_arena_alloc(p->tree.arena, p->now.size + 1);
    *out_size = 0;
    if (copy == NULL) {
        kithi_tree_no_memory(&p->tree);
        return "";
    }
    *out_size = kithi_token_text(&p->lexer, &p->now, copy);
    copy[*out_size] = '\0';
    kithi_parser_advance(p);
    return copy;
}

/* A name, or one in quotes. */
const char *kithi_parse_name(kithi_parser *p, const char *what) {
    kithi_token token = p->now;
    size_t size;
    if (token.kind == KITHI_TOKEN_TEXT) {
        const char *name = take_quoted(p, &size);
        if (strlen(name) != size || size == 0) {
            kithi_parser_refuse(p, token.at, "an empty name");
        }
        return name;
    }
    if (token.kind != KITHI_TOKEN_NAME) {
        kithi_parser_expect(p, what);
        return "";
    }
    kithi_parser_advance(p);
    return kithi_tree_copy(&p->tree, p->lexer.text + token.at, token.size);
}

/* Names with points between them are one name. */
const char *kithi_parse_path(kithi_parser *p, const char *what) {
    const char *path = kithi_parse_name(p, what);
    while (kithi_parser_take_sign(p, '.')) {
        const char *more = kithi_parse_name(p, "a name");
        size_t size = strlen(path), more_size = strlen(more);
        char *both = kithi_arena_alloc(p->tree.arena, size + more_size + 2);
        if (both == NULL) {
            kithi_tree_no_memory(&p->tree);
            return "";
        }
        memcpy(both, path, size);
        both[size] = '.';
        memcpy(both + size + 1, more, more_size + 1);
        path = both;
    }
    return path;
}

kithi_node *kithi_parse_text(kithi_parser *p) {
    kithi_node *node = kithi_parser_make(p, KITHI_OP_TEXT);
    if (p->now.kind != KITHI_TOKEN_TEXT) {
        kithi_parser_expect(p, "a text in quotes");
    } else if (node != NULL) {
        node->as.text.data = take_quoted(p, &node->as.text.size);
    }
    return kithi_parser_close(p, node);
}

/* Literals */

kithi_node *kithi_parse_number(kithi_parser *p) {
    kithi_node *node = kithi_parser_make(p, KITHI_OP_NUMBER);
    bool negative = kithi_parser_take_sign(p, '-');
    if (p->now.kind != KITHI_TOKEN_NUMBER) {
        kithi_parser_expect(p, "a number");
        return node;
    }
    if (node != NULL) {
        node->number = negative ? -p->now.as.number : p->now.as.number;
    }
    kithi_parser_advance(p);
    return kithi_parser_close(p, node);
}

int64_t kithi_parse_duration(kithi_parser *p) {
    kithi_token token = p->now;
    if (token.kind != KITHI_TOKEN_DURATION) {
        kithi_parser_expect(p, "a duration such as 90s, 15m, 2h, 30d or 2w");
        return 0;
    }
    if (token.as.duration_us == 0) {
        kithi_parser_refuse(p, token.at, "a duration of nothing");
    }
    kithi_parser_advance(p);
    return token.as.duration_us;
}

kithi_node *kithi_parse_literal(kithi_parser *p) {
    static const kithi_op ops[] = {[KITHI_TOKEN_DATE] = KITHI_OP_DATE,
                                   [KITHI_TOKEN_TIME] = KITHI_OP_TIME,
                                   [KITHI_TOKEN_DURATION] = KITHI_OP_DURATION};
    kithi_node *node = kithi_parser_make(p, ops[p->now.kind]);
    if (node != NULL && node->op == KITHI_OP_DATE) {
        node->as.date_days = p->now.as.date_days;
    } else if (node != NULL && node->op == KITHI_OP_TIME) {
        node->as.time_us = p->now.as.time_us;
    } else if (node != NULL) {
        node->as.duration_us = p->now.as.duration_us;
    }
    kithi_parser_advance(p);
    return kithi_parser_close(p, node);
}

/* Words that stand for values. NULL: this is none. */
kithi_node *kithi_parse_constant(kithi_parser *p) {
    static const struct {
        const char *word;
        kithi_op op;
        bool boolean;
    } constants[] = {{"true", KITHI_OP_BOOLEAN, true},
                     {"false", KITHI_OP_BOOLEAN, false},
                     {"null", KITHI_OP_NULL, false},
                     {"now", KITHI_OP_NOW, false},
                     {"today", KITHI_OP_TODAY, false}};
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (kithi_parser_is_word(p, &p->now, constants[i].word)) {
            kithi_node *node = kithi_parser_make(p, constants[i].op);
            if (node != NULL) {
                node->as.boolean = constants[i].boolean;
            }
            kithi_parser_advance(p);
            return kithi_parser_close(p, node);
        }
    }
    return NULL;
}
