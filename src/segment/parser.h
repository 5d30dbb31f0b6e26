/*
 * Inside of parsing, for the files that it is made of: the grammar, one function a production.
 * After a failure the rest reads as the end of the text, and what is returned is thrown away.
 */
#ifndef KITHI_SEGMENT_PARSER_H
#define KITHI_SEGMENT_PARSER_H

#include "src/segment/token.h"
#include "src/segment/tree.h"

typedef struct kithi_parser {
    kithi_tree tree;
    kithi_lexer lexer;
    kithi_token before, now, next; /* before: the last token that was taken */
    size_t depth;
    bool in_where, in_stream; /* in_stream: behind the name of an event, and in no WHERE */
} kithi_parser;

/* Tokens. Those that take one say whether it stood there. */
void kithi_parser_advance(kithi_parser *p);
bool kithi_parser_is_sign(const kithi_token *token, char sign);
bool kithi_parser_is_word(const kithi_parser *p, const kithi_token *token, const char *word);
bool kithi_parser_take_sign(kithi_parser *p, char sign);
bool kithi_parser_take_word(kithi_parser *p, const char *word);
/* The error: `what` it is, or what should stand here instead of what does. */
void kithi_parser_refuse(kithi_parser *p, size_t at, const char *what);
void kithi_parser_expect(kithi_parser *p, const char *what);
/* `what` is the sign, and what else may stand there. */
void kithi_parser_need_sign(kithi_parser *p, char sign, const char *what);
void kithi_parser_need_word(kithi_parser *p, const char *word);

/* Nodes that begin here, or with what is read already. */
kithi_node *kithi_parser_make(kithi_parser *p, kithi_op op);
kithi_node *kithi_parser_make_of(kithi_parser *p, kithi_op op, kithi_node *a, kithi_node *b);
/* Ends a node where the last token that was taken ends. */
kithi_node *kithi_parser_close(const kithi_parser *p, kithi_node *node);
/* Counts the depth; whoever calls it takes one off. False: nothing is read any more. */
bool kithi_parser_enter(kithi_parser *p);

/* parser.c: names and literals. A path is names with points between. */
const char *kithi_parse_name(kithi_parser *p, const char *what);
const char *kithi_parse_path(kithi_parser *p, const char *what);
kithi_node *kithi_parse_text(kithi_parser *p);
kithi_node *kithi_parse_number(kithi_parser *p);
int64_t kithi_parse_duration(kithi_parser *p);
kithi_node *kithi_parse_literal(kithi_parser *p);
/* NULL: no word that stands for a value. */
kithi_node *kithi_parse_constant(kithi_parser *p);

/* parse_stream.c */
kithi_node *kithi_parse_call(kithi_parser *p);

/* parse.c */
kithi_node *kithi_parse_sum(kithi_parser *p);
kithi_node *kithi_parse_or(kithi_parser *p);
/* Several, with commas between. */
void kithi_parse_kids(kithi_parser *p, kithi_node *node, kithi_node *(*parse)(kithi_parser *p));

#endif
