/* What stands in the brackets of count, did, tag and others: streams of events, and texts. */
#include <string.h>

#include "src/base/error.h"
#include "src/segment/habit.h"
#include "src/segment/parser.h"
#include "src/store/suggest.h"

/* Streams */

/* LAST 30d; LAST 3 CALENDAR MONTHS */
static void parse_last(kithi_parser *p, kithi_window *out) {
    kithi_token token = p->now;
    if (token.kind != KITHI_TOKEN_NUMBER) {
        out->kind = KITHI_WINDOW_LAST;
        out->duration_us = kithi_parse_duration(p);
        return;
    }
    out->kind = KITHI_WINDOW_CALENDAR;
    if (!kithi_decimal_integer(token.as.number, &out->count) || out->count < 1 ||
        out->count > KITHI_CALENDAR_COUNT_MAX) {
        kithi_parser_refuse(p, token.at,
                            "a whole number from 1 to 10000 is expected before CALENDAR");
    }
    kithi_parser_advance(p);
    kithi_parser_need_word(p, "CALENDAR");
    int unit = p->now.kind == KITHI_TOKEN_NAME
                   ? kithi_unit_of(p->lexer.text + p->now.at, p->now.size)
                   : -1;
    if (unit < 0) {
        kithi_parser_expect(p, "DAYS, WEEKS, MONTHS or YEARS");
    }
    out->unit = unit > 0 ? (kithi_calendar_unit)unit : KITHI_CALENDAR_DAY;
    kithi_parser_advance(p);
}

static void parse_this(kithi_parser *p, kithi_window *out) {
    int unit = p->now.kind == KITHI_TOKEN_NAME
                   ? kithi_unit_of(p->lexer.text + p->now.at, p->now.size)
                   : -1;
    if (unit < 0) {
        kithi_parser_expect(p, "DAY, WEEK, MONTH or YEAR");
    }
    out->kind = KITHI_WINDOW_THIS;
    out->unit = unit > 0 ? (kithi_calendar_unit)unit : KITHI_CALENDAR_DAY;
    kithi_parser_advance(p);
}

/* The bounds are of the profile, not of the event. */
static kithi_node *parse_bound(kithi_parser *p) {
    bool in_where = p->in_where;
    p->in_where = false;
    kithi_node *bound = kithi_parse_sum(p);
    p->in_where = in_where;
    return bound;
}

static void parse_window(kithi_parser *p, kithi_window *out) {
    if (kithi_parser_take_word(p, "last")) {
        parse_last(p, out);
    } else if (kithi_parser_take_word(p, "this")) {
        parse_this(p, out);
    } else if (kithi_parser_take_word(p, "since")) {
        out->kind = KITHI_WINDOW_SINCE;
        out->from = parse_bound(p);
    } else if (kithi_parser_take_word(p, "before")) {
        out->kind = KITHI_WINDOW_BEFORE;
        out->to = parse_bound(p);
    } else if (kithi_parser_take_word(p, "from")) {
        out->kind = KITHI_WINDOW_FROM_TO;
        out->from = parse_bound(p);
        if (!kithi_parser_take_word(p, "to")) {
            kithi_parser_expect(p, "TO (a window without an end is written SINCE)");
        }
        out->to = parse_bound(p);
    }
}

static kithi_node *parse_where(kithi_parser *p) {
    bool in_where = p->in_where, in_stream = p->in_stream;
    p->in_where = true;
    p->in_stream = false;
    kithi_node *where = kithi_parser_enter(p) ? kithi_parse_or(p) : NULL;
    p->depth--;
    p->in_where = in_where;
    p->in_stream = in_stream;
    return where;
}

static void parse_stream(kithi_parser *p, kithi_node *node) {
    kithi_stream *stream = kithi_tree_add_stream(&p->tree, node, p->now.at);
    if (stream == NULL) {
        return;
    }
    stream->event = kithi_parse_name(p, "the name of an event");
    if (kithi_parser_take_sign(p, '.')) {
        stream->property = kithi_parse_path(p, "the name of a property");
        stream->time = strcmp(stream->property, "at") == 0;
    }
    if (kithi_parser_take_word(p, "where")) {
        stream->where = parse_where(p);
    }
    parse_window(p, &stream->window);
    kithi_tree_hold(&p->tree, node, stream->where);
    kithi_tree_hold(&p->tree, node, stream->window.from);
    kithi_tree_hold(&p->tree, node, stream->window.to);
}

/* Calls: a word, and brackets behind it */

void kithi_parse_kids(kithi_parser *p, kithi_node *node, kithi_node *(*parse)(kithi_parser *p)) {
    do {
        kithi_tree_add(&p->tree, node, parse(p));
    } while (kithi_parser_take_sign(p, ','));
}

static kithi_node *parse_text_or_number(kithi_parser *p) {
    return p->now.kind == KITHI_TOKEN_TEXT ? kithi_parse_text(p) : kithi_parse_number(p);
}

/* A list in brackets of either kind; the round ones of the call may be its own. */
static void parse_texts(kithi_parser *p, kithi_node *node) {
    bool square = kithi_parser_take_sign(p, '['), round = !square && kithi_parser_take_sign(p, '(');
    kithi_parse_kids(p, node, kithi_parse_text);
    if (square) {
        kithi_parser_need_sign(p, ']', "] or a comma");
    } else if (round) {
        kithi_parser_need_sign(p, ')', ") or a comma");
    }
}

static void parse_sequence(kithi_parser *p, kithi_node *node) {
    parse_stream(p, node);
    while (kithi_parser_take_word(p, "then")) {
        bool negated = kithi_parser_take_word(p, "not");
        parse_stream(p, node);
        kithi_stream *step =
            node != NULL && p->tree.rc == KITH_OK ? &node->streams[node->stream_count - 1] : NULL;
        int64_t within_us = kithi_parser_take_word(p, "within") ? kithi_parse_duration(p) : 0;
        if (step != NULL) {
            step->negated = negated;
            step->within_us = within_us;
        }
    }
}

/* A duration, or a unit of the calendar. */
static kithi_node *parse_period(kithi_parser *p) {
    int unit = p->now.kind == KITHI_TOKEN_NAME
                   ? kithi_unit_of(p->lexer.text + p->now.at, p->now.size)
                   : -1;
    kithi_node *node = kithi_parser_make(p, unit >= 0 ? KITHI_OP_TEXT : KITHI_OP_DURATION);
    if (unit >= 0) {
        const char *name = kithi_unit_name((kithi_calendar_unit)unit);
        kithi_tree_set_text(&p->tree, node, name, strlen(name));
        kithi_parser_advance(p);
        return kithi_parser_close(p, node);
    }
    if (p->now.kind != KITHI_TOKEN_DURATION) {
        kithi_parser_expect(p, "DAY, WEEK, MONTH, YEAR or a duration such as 30d");
    }
    int64_t duration_us = kithi_parse_duration(p);
    if (node != NULL) {
        node->as.duration_us = duration_us;
    }
    return kithi_parser_close(p, node);
}

static void parse_regularly(kithi_parser *p, kithi_node *node) {
    parse_stream(p, node);
    kithi_parser_need_sign(p, ',', "a comma");
    kithi_tree_add(&p->tree, node, kithi_parse_number(p));
    kithi_parser_need_sign(p, ',', "a comma");
    kithi_tree_add(&p->tree, node, parse_period(p));
    kithi_parser_need_sign(p, ',', "a comma");
    kithi_tree_add(&p->tree, node, kithi_parse_number(p));
}

static void parse_test(kithi_parser *p, kithi_node *node) {
    switch (node != NULL ? node->word : KITHI_TEST_TAG) {
    case KITHI_TEST_ANY_TAG:
    case KITHI_TEST_ALL_TAGS:
    case KITHI_TEST_NO_TAGS:
        parse_texts(p, node);
        break;
    case KITHI_TEST_BUCKET:
        kithi_parse_kids(p, node, parse_text_or_number);
        break;
    default:
        kithi_parse_kids(p, node, kithi_parse_text);
    }
}

/* What a word with brackets is called; false: nothing. */
static bool find_call(const char *name, size_t size, kithi_op *out_op, int *out_word) {
    static const struct {
        kithi_op op;
        int (*of)(const char *name, size_t size);
    } lists[] = {{KITHI_OP_AGGREGATE, kithi_aggregate_of},
                 {KITHI_OP_CALL, kithi_function_of},
                 {KITHI_OP_TEST, kithi_test_of}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        *out_op = lists[i].op;
        *out_word = lists[i].of(name, size);
        if (*out_word >= 0) {
            return true;
        }
    }
    *out_word = 0;
    *out_op = kithi_word_matches(name, size, "did") ? KITHI_OP_DID : KITHI_OP_REGULARLY;
    return *out_op == KITHI_OP_DID || kithi_word_matches(name, size, "regularly");
}

static void parse_arguments(kithi_parser *p, kithi_node *node, kithi_op op) {
    switch (op) {
    case KITHI_OP_AGGREGATE:
        parse_stream(p, node);
        break;
    case KITHI_OP_CALL:
        kithi_parse_kids(p, node, kithi_parse_sum);
        break;
    case KITHI_OP_DID:
        parse_sequence(p, node);
        break;
    case KITHI_OP_REGULARLY:
        parse_regularly(p, node);
        break;
    default:
        parse_test(p, node);
    }
}

/* Offers all words that take brackets. */
static void offer_calls(kithi_suggestion *near) {
    kithi_suggestion_offer(near, "did");
    kithi_suggestion_offer(near, "regularly");
    for (int i = 0; i < KITHI_AGGREGATES; i++) {
        kithi_suggestion_offer(near, kithi_aggregate_name((kithi_aggregate)i));
    }
    for (int i = 0; i < KITHI_FUNCTIONS; i++) {
        kithi_suggestion_offer(near, kithi_function_name((kithi_function)i));
    }
    for (int i = 0; i < KITHI_TESTS; i++) {
        kithi_suggestion_offer(near, kithi_test_name((kithi_test)i));
    }
}

static void refuse_call(kithi_parser *p) {
    const char *name = kithi_tree_copy(&p->tree, p->lexer.text + p->now.at, p->now.size);
    const char *habit = kithi_habit_call(name, p->now.size);
    kithi_suggestion near = kithi_suggestion_of(name);
    offer_calls(&near);
    if (p->tree.rc == KITH_OK && habit == NULL && near.name != NULL) {
        p->tree.rc = kithi_error_set_at(p->tree.error, KITH_INVALID, (int64_t)p->now.at,
                                        "there is no %.40s(); did you mean %s()?", name, near.name);
    } else if (p->tree.rc == KITH_OK) {
        p->tree.rc = kithi_error_set_at(
            p->tree.error, KITH_INVALID, (int64_t)p->now.at, "there is no %.40s(); %s", name,
            habit != NULL ? habit : "count, sum, did, tag, segment and other words take brackets");
    }
    kithi_parser_advance(p);
}

/* What may stand behind the arguments. */
static const char *closing(kithi_op op) {
    switch (op) {
    case KITHI_OP_AGGREGATE:
        return "WHERE, a window such as LAST 30d, or )";
    case KITHI_OP_DID:
        return "WHERE, a window such as LAST 30d, THEN, or )";
    case KITHI_OP_REGULARLY:
        return ")";
    default:
        return ") or a comma";
    }
}

kithi_node *kithi_parse_call(kithi_parser *p) {
    kithi_op op;
    int word;
    if (!find_call(p->lexer.text + p->now.at, p->now.size, &op, &word)) {
        refuse_call(p);
        return NULL;
    }
    kithi_node *node = kithi_parser_make(p, op);
    if (node != NULL) {
        node->word = word;
    }
    kithi_parser_advance(p);
    kithi_parser_advance(p);
    if (kithi_parser_enter(p)) {
        bool in_stream = p->in_stream;
        p->in_stream = op == KITHI_OP_AGGREGATE || op == KITHI_OP_DID || op == KITHI_OP_REGULARLY;
        parse_arguments(p, node, op);
        kithi_parser_need_sign(p, ')', closing(op));
        p->in_stream = in_stream;
    }
    p->depth--;
    return kithi_parser_close(p, node);
}
