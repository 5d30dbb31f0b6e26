#include <jansson.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/error.h"
#include "src/segment/token.h"
#include "src/segment/twin.h"
#include "src/store/json_reader.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

typedef struct reader {
    kithi_tree *tree;
    kithi_twin_path path;
    size_t place; /* of what was made last, counting down from -1 */
    size_t depth;
} reader;

static kithi_node *read_node(reader *r, const json_t *json);

/* Where it stands, and what is wrong there */

static kithi_node *refuse(reader *r, const char *what) {
    if (r->tree->rc == KITH_OK) {
        r->tree->rc = kithi_error_set(r->tree->error, KITH_INVALID, "%s: %s",
                                      r->path.size > 0 ? r->path.text : "/", what);
    }
    return NULL;
}

static const char *text_of(reader *r, const json_t *json, const char *what) {
    const char *text = json_string_value(json);
    if (text == NULL || strlen(text) != json_string_length(json) || text[0] == '\0') {
        refuse(r, what);
        return "";
    }
    return text;
}

/* Values */

static kithi_node *read_text(reader *r, const json_t *json) {
    kithi_node *node = kithi_tree_make(r->tree, KITHI_OP_TEXT, --r->place);
    kithi_tree_set_text(r->tree, node, json_string_value(json), json_string_length(json));
    return node;
}

static kithi_node *read_integer(reader *r, const json_t *json) {
    kithi_node *node = kithi_tree_make(r->tree, KITHI_OP_NUMBER, --r->place);
    if (node != NULL) {
        node->number = kithi_decimal_of(json_integer_value(json));
    }
    return node;
}

/* A literal as the language writes it. */
static kithi_node *read_literal(reader *r, const json_t *json, kithi_token_kind kind, kithi_op op,
                                const char *what) {
    const char *text = text_of(r, json, what);
    bool negative = op == KITHI_OP_NUMBER && text[0] == '-';
    kithi_lexer lexer;
    kithi_token token, end;
    kith_error unheard = KITH_ERROR_INIT;
    kithi_lexer_begin(&lexer, text + negative, strlen(text) - negative, &unheard);
    if (kithi_lexer_next(&lexer, &token) != KITH_OK || token.kind != kind ||
        kithi_lexer_next(&lexer, &end) != KITH_OK || end.kind != KITHI_TOKEN_END) {
        return refuse(r, what);
    }
    kithi_node *node = kithi_tree_make(r->tree, op, --r->place);
    if (node != NULL && op == KITHI_OP_NUMBER) {
        node->number = negative ? -token.as.number : token.as.number;
    } else if (node != NULL && op == KITHI_OP_DATE) {
        node->as.date_days = token.as.date_days;
    } else if (node != NULL && op == KITHI_OP_TIME) {
        node->as.time_us = token.as.time_us;
    } else if (node != NULL) {
        node->as.duration_us = token.as.duration_us;
    }
    return node;
}

static kithi_node *read_boolean(reader *r, bool boolean) {
    kithi_node *node = kithi_tree_make(r->tree, KITHI_OP_BOOLEAN, --r->place);
    if (node != NULL) {
        node->as.boolean = boolean;
    }
    return node;
}

static int64_t read_duration(reader *r, const json_t *json) {
    kithi_node *node = read_literal(r, json, KITHI_TOKEN_DURATION, KITHI_OP_DURATION,
                                    "expected a duration such as \"30d\"");
    if (node != NULL && node->as.duration_us == 0) {
        refuse(r, "a duration of nothing");
    }
    return node != NULL ? node->as.duration_us : 0;
}

/* Names */

static int read_step(reader *r, const json_t *json) {
    const char *text = json_string_value(json);
    if (json == NULL || (text != NULL && strcmp(text, "this") == 0)) {
        return KITHI_STEP_THIS;
    }
    if (text != NULL && strcmp(text, "prev") == 0) {
        return KITHI_STEP_PREVIOUS;
    }
    size_t digits = text != NULL && strncmp(text, "step", 4) == 0 ? strlen(text + 4) : 0;
    int step = 0;
    for (size_t i = 0; i < digits && digits <= 2; i++) {
        char c = text[4 + i];
        step = c >= '0' && c <= '9' && step >= 0 ? step * 10 + (c - '0') : -1;
    }
    if (step < 1) {
        refuse(r, "expected \"this\", \"prev\" or \"step1\", \"step2\", ...");
    }
    return step;
}

static kithi_node *read_property(reader *r, const json_t *object) {
    const char *name = text_of(r, json_object_get(object, "property"), "expected a name");
    const json_t *of = json_object_get(object, "of");
    if (json_object_size(object) > (of != NULL ? 2u : 1u)) {
        return refuse(r, "expected no member but \"property\" and \"of\"");
    }
    int step = read_step(r, of);
    return kithi_tree_property(r->tree, step, name, --r->place);
}

/* Streams */

static void read_unit(reader *r, const json_t *json, kithi_window *out) {
    const char *name = json_string_value(json);
    int unit = name != NULL ? kithi_unit_of(name, strlen(name)) : -1;
    if (unit < 0) {
        refuse(r, "expected \"day\", \"week\", \"month\" or \"year\"");
    }
    out->unit = unit > 0 ? (kithi_calendar_unit)unit : KITHI_CALENDAR_DAY;
}

static void read_last(reader *r, const json_t *object, const json_t *last, kithi_window *out) {
    const json_t *calendar = json_object_get(object, "calendar");
    if (calendar == NULL) {
        out->kind = KITHI_WINDOW_LAST;
        out->duration_us = read_duration(r, last);
        return;
    }
    out->kind = KITHI_WINDOW_CALENDAR;
    out->count = json_integer_value(last);
    if (out->count < 1 || out->count > KITHI_CALENDAR_COUNT_MAX) {
        refuse(r, "expected \"last\" from 1 to 10000 beside \"calendar\"");
    }
    read_unit(r, calendar, out);
}

static kithi_node *read_member(reader *r, const json_t *object, const char *key) {
    size_t before = kithi_twin_enter(&r->path, key);
    kithi_node *node = read_node(r, json_object_get(object, key));
    kithi_twin_leave(&r->path, before);
    return node;
}

static void read_window(reader *r, const json_t *object, kithi_window *out) {
    const json_t *last = json_object_get(object, "last"), *this = json_object_get(object, "this");
    const json_t *since = json_object_get(object, "since");
    const json_t *before = json_object_get(object, "before");
    const json_t *from = json_object_get(object, "from"), *to = json_object_get(object, "to");
    int count = (last != NULL) + (this != NULL) + (since != NULL) + (before != NULL);
    if (count + (from != NULL) > 1 || (from == NULL) != (to == NULL)) {
        refuse(r, "expected one window: \"last\", \"this\", \"since\", \"before\", or \"from\" and "
                  "\"to\"");
    } else if (last == NULL && json_object_get(object, "calendar") != NULL) {
        refuse(r, "\"calendar\" is of \"last\", which is missing");
    } else if (last != NULL) {
        read_last(r, object, last, out);
    } else if (this != NULL) {
        out->kind = KITHI_WINDOW_THIS;
        read_unit(r, this, out);
    } else if (since != NULL) {
        out->kind = KITHI_WINDOW_SINCE;
        out->from = read_member(r, object, "since");
    } else if (before != NULL) {
        out->kind = KITHI_WINDOW_BEFORE;
        out->to = read_member(r, object, "before");
    } else if (from != NULL) {
        out->kind = KITHI_WINDOW_FROM_TO;
        out->from = read_member(r, object, "from");
        out->to = read_member(r, object, "to");
    }
}

/* A member that is true or false; false where it is missing. */
static bool read_flag(reader *r, const json_t *object, const char *key) {
    const json_t *flag = json_object_get(object, key);
    if (flag != NULL && !json_is_boolean(flag)) {
        size_t before = kithi_twin_enter(&r->path, key);
        refuse(r, "expected true or false");
        kithi_twin_leave(&r->path, before);
    }
    return json_is_true(flag);
}

static bool is_stream_key(const char *key) {
    static const char *const keys[] = {"event", "property", "where", "last", "calendar", "this",
                                       "since", "before",   "from",  "to",   "not",      "within"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void check_stream_keys(reader *r, const json_t *object) {
    for (void *at = json_object_iter((json_t *)object); at != NULL;
         at = json_object_iter_next((json_t *)object, at)) {
        if (!is_stream_key(json_object_iter_key(at))) {
            size_t before = kithi_twin_enter(&r->path, json_object_iter_key(at));
            refuse(r, "expected \"event\", \"property\", \"where\", a window, \"not\" or "
                      "\"within\"");
            kithi_twin_leave(&r->path, before);
        }
    }
}

/* The first of a sequence follows nothing. */
static void read_stream(reader *r, kithi_node *node, const json_t *object, bool follows) {
    kithi_stream *stream = kithi_tree_add_stream(r->tree, node, --r->place);
    if (!json_is_object(object)) {
        refuse(r, "expected an object with \"event\"");
    }
    if (stream == NULL || r->tree->rc != KITH_OK) {
        return;
    }
    const json_t *property = json_object_get(object, "property");
    const json_t *within = json_object_get(object, "within");
    check_stream_keys(r, object);
    const char *event = text_of(r, json_object_get(object, "event"), "expected \"event\", a name");
    stream->event = kithi_tree_copy(r->tree, event, strlen(event));
    if (property != NULL) {
        const char *name = text_of(r, property, "expected \"property\" to be a name");
        stream->property = kithi_tree_copy(r->tree, name, strlen(name));
        stream->time = strcmp(name, "at") == 0;
    }
    if (json_object_get(object, "where") != NULL) {
        stream->where = read_member(r, object, "where");
    }
    read_window(r, object, &stream->window);
    stream->negated = read_flag(r, object, "not");
    stream->within_us = within != NULL ? read_duration(r, within) : 0;
    if (!follows && (stream->negated || within != NULL)) {
        refuse(r, "\"not\" and \"within\" are of a step that follows another");
    }
    kithi_tree_hold(r->tree, node, stream->where);
    kithi_tree_hold(r->tree, node, stream->window.from);
    kithi_tree_hold(r->tree, node, stream->window.to);
}

/* Operators and calls */

typedef struct meaning {
    kithi_op op;
    int word;
    bool negated;
    size_t least, most; /* parts */
} meaning;

static bool find_operator(const char *key, meaning *out) {
    bool is_not = strcmp(key, "is not null") == 0;
    bool negated = !is_not && strncmp(key, "not ", 4) == 0;
    const char *sign = is_not ? "is null" : negated ? key + 4 : key;
    for (int op = KITHI_OP_ADD; op < KITHI_OP_COUNT; op++) {
        const char *known = kithi_op_sign((kithi_op)op);
        if (known == NULL || !kithi_word_matches(sign, strlen(sign), known)) {
            continue;
        }
        bool joins = op == KITHI_OP_AND || op == KITHI_OP_OR;
        bool alone = op == KITHI_OP_NOT || op == KITHI_OP_IS_NULL;
        bool may_negate = op >= KITHI_OP_IN && op <= KITHI_OP_IS_NULL;
        *out = (meaning){.op = (kithi_op)op,
                         .negated = negated || is_not,
                         .least = alone                    ? 1
                                  : op == KITHI_OP_BETWEEN ? 3
                                                           : 2,
                         .most = alone                        ? 1
                                 : op == KITHI_OP_BETWEEN     ? 3
                                 : joins || op == KITHI_OP_IN ? SIZE_MAX
                                                              : 2};
        return !out->negated || may_negate;
    }
    return false;
}

static bool find_call(const char *key, meaning *out) {
    size_t size = strlen(key);
    int aggregate = kithi_aggregate_of(key, size), function = kithi_function_of(key, size);
    int test = kithi_test_of(key, size);
    *out = (meaning){.op = aggregate >= 0  ? KITHI_OP_AGGREGATE
                           : function >= 0 ? KITHI_OP_CALL
                                           : KITHI_OP_TEST,
                     .word = aggregate >= 0  ? aggregate
                             : function >= 0 ? function
                                             : test,
                     .least = 1,
                     .most = SIZE_MAX};
    return out->word >= 0;
}

static bool find_meaning(const char *key, meaning *out) {
    bool did = strcmp(key, "did") == 0, regularly = strcmp(key, "regularly") == 0;
    if (did || regularly) {
        *out = (meaning){.op = did ? KITHI_OP_DID : KITHI_OP_REGULARLY,
                         .least = did ? 1 : 4,
                         .most = did ? SIZE_MAX : 4};
        return true;
    }
    return find_operator(key, out) || find_call(key, out);
}

/* Parts in a list; one alone needs none. */
static void read_parts(reader *r, kithi_node *node, const json_t *value, const meaning *as) {
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    if (count < as->least || count > as->most) {
        refuse(r, as->least == as->most ? "not the right number of parts" : "too few parts");
    }
    for (size_t i = 0; i < count && r->tree->rc == KITH_OK; i++) {
        size_t before = kithi_twin_enter_part(&r->path, i);
        const json_t *part = json_is_array(value) ? json_array_get(value, i) : value;
        if (as->op == KITHI_OP_DID || as->op == KITHI_OP_AGGREGATE ||
            (as->op == KITHI_OP_REGULARLY && i == 0)) {
            read_stream(r, node, part, i > 0);
        } else {
            kithi_tree_add(r->tree, node, read_node(r, part));
        }
        kithi_twin_leave(&r->path, before);
    }
}

/* What the grammar has at a place, and nothing else. */

static void need_part(reader *r, const kithi_node *node, size_t i, bool fits, const char *what) {
    if (r->tree->rc == KITH_OK && !fits) {
        size_t before = kithi_twin_enter_part(&r->path, node->stream_count + i);
        refuse(r, what);
        kithi_twin_leave(&r->path, before);
    }
}

static void need_op(reader *r, const kithi_node *node, size_t i, kithi_op op) {
    bool fits = i >= node->kid_count || node->kids[i]->op == op;
    need_part(r, node, i, fits, op == KITHI_OP_TEXT ? "expected a text" : "expected a number");
}

/* A duration, or a unit of the calendar, which is written as the language has it. */
static void read_period(reader *r, const kithi_node *node) {
    kithi_node *period = node->kids[1];
    bool text = period->op == KITHI_OP_TEXT;
    int unit = text ? kithi_unit_of(period->as.text.data, period->as.text.size) : -1;
    bool duration = period->op == KITHI_OP_DURATION && period->as.duration_us > 0;
    need_part(r, node, 1, unit >= 0 || duration,
              "expected a duration, \"day\", \"week\", \"month\" or \"year\"");
    if (unit >= 0) {
        const char *name = kithi_unit_name((kithi_calendar_unit)unit);
        kithi_tree_set_text(r->tree, period, name, strlen(name));
    }
}

static void check_form(reader *r, const kithi_node *node) {
    if (node->op >= KITHI_OP_LIKE && node->op <= KITHI_OP_ENDS_WITH) {
        need_op(r, node, 1, KITHI_OP_TEXT);
    } else if (node->op == KITHI_OP_TEST) {
        for (size_t i = 0; i < node->kid_count; i++) {
            bool number = node->word == KITHI_TEST_BUCKET && i > 0;
            need_op(r, node, i, number ? KITHI_OP_NUMBER : KITHI_OP_TEXT);
        }
    } else if (node->op == KITHI_OP_REGULARLY) {
        need_op(r, node, 0, KITHI_OP_NUMBER);
        read_period(r, node);
        need_op(r, node, 2, KITHI_OP_NUMBER);
    }
}

static kithi_node *read_called(reader *r, const char *key, const json_t *value) {
    meaning as;
    if (!find_meaning(key, &as)) {
        return refuse(r, "no operator, function or value of the language");
    }
    if (as.op == KITHI_OP_AGGREGATE) {
        as.most = 1;
    }
    kithi_node *node = kithi_tree_make(r->tree, as.op, --r->place);
    if (node != NULL) {
        node->word = as.word;
        node->negated = as.negated;
        read_parts(r, node, value, &as);
    }
    if (r->tree->rc == KITH_OK) {
        check_form(r, node);
    }
    return node;
}

static kithi_node *read_keyed(reader *r, const char *key, const json_t *value) {
    if (strcmp(key, "number") == 0) {
        return read_literal(r, value, KITHI_TOKEN_NUMBER, KITHI_OP_NUMBER,
                            "expected a number such as \"12.5\"");
    }
    if (strcmp(key, "date") == 0) {
        return read_literal(r, value, KITHI_TOKEN_DATE, KITHI_OP_DATE,
                            "expected a date such as \"2024-02-29\"");
    }
    if (strcmp(key, "time") == 0) {
        return read_literal(r, value, KITHI_TOKEN_TIME, KITHI_OP_TIME,
                            "expected a time such as \"2024-02-29T09:30:00Z\"");
    }
    if (strcmp(key, "duration") == 0) {
        return read_literal(r, value, KITHI_TOKEN_DURATION, KITHI_OP_DURATION,
                            "expected a duration such as \"30d\"");
    }
    if (strcmp(key, "now") == 0 || strcmp(key, "today") == 0) {
        if (!json_is_true(value)) {
            return refuse(r, "expected true");
        }
        return kithi_tree_make(r->tree, key[0] == 'n' ? KITHI_OP_NOW : KITHI_OP_TODAY, --r->place);
    }
    if (strcmp(key, "attribute") == 0) {
        return kithi_tree_attribute(r->tree, text_of(r, value, "expected a name"), --r->place);
    }
    if (strcmp(key, "at") == 0) {
        return kithi_tree_property(r->tree, read_step(r, value), "at", --r->place);
    }
    return read_called(r, key, value);
}

static kithi_node *read_object(reader *r, const json_t *object) {
    if (json_object_get(object, "property") != NULL) {
        return read_property(r, object);
    }
    if (json_object_size(object) != 1) {
        return refuse(r, "expected an object with one member, which says what it is");
    }
    void *at = json_object_iter((json_t *)object);
    const char *key = json_object_iter_key(at);
    size_t before = kithi_twin_enter(&r->path, key);
    kithi_node *node = read_keyed(r, key, json_object_iter_value(at));
    kithi_twin_leave(&r->path, before);
    return node;
}

static kithi_node *read_node(reader *r, const json_t *json) {
    kithi_node *node = NULL;
    if (r->tree->rc != KITH_OK) {
        return NULL;
    }
    if (++r->depth > KITH_EXPRESSION_DEPTH_MAX + 1) {
        kithi_tree_too_deep(r->tree, -1);
    } else if (json_is_object(json)) {
        node = read_object(r, json);
    } else if (json_is_string(json)) {
        node = read_text(r, json);
    } else if (json_is_integer(json)) {
        node = read_integer(r, json);
    } else if (json_is_boolean(json)) {
        node = read_boolean(r, json_is_true(json));
    } else if (json_is_null(json)) {
        node = kithi_tree_make(r->tree, KITHI_OP_NULL, --r->place);
    } else {
        refuse(r, json_is_real(json) ? "a number with a point is written {\"number\": \"12.5\"}"
                                     : "expected a value or an object");
    }
    r->depth--;
    return node;
}

/* Some editors write it. */
static bool begins_with_mark(const char *json, size_t size) {
    size_t mark = sizeof BYTE_ORDER_MARK - 1;
    return size >= mark && memcmp(json, BYTE_ORDER_MARK, mark) == 0;
}

/* NULL: tree->rc says why. */
static json_t *load(kithi_tree *tree, const char *json, size_t size) {
    size_t mark = begins_with_mark(json, size) ? sizeof BYTE_ORDER_MARK - 1 : 0;
    json_error_t problem;
    bool no_memory;
    json_t *root = kithi_json_load(json + mark, size - mark, JSON_DECODE_ANY, &problem, &no_memory);
    if (no_memory) {
        kithi_tree_no_memory(tree);
    } else if (root == NULL) {
        /* What it counts is what it has read, the wrong word too. */
        int place = (int)mark + (problem.position > 0 ? problem.position - 1 : 0);
        bool is_nul = json_error_code(&problem) == json_error_null_character;
        tree->rc = kithi_error_set_at(tree->error, KITH_INVALID, place, "no JSON: %s",
                                      is_nul ? "a NUL stands in no text" : problem.text);
    }
    return root;
}

kithi_node *kithi_twin_read(kithi_tree *tree, const char *json, size_t size) {
    reader r = {.tree = tree, .place = SIZE_MAX}; /* -1 is no place at all */
    if (size > KITHI_TWIN_MAX_BYTES) {
        kithi_tree_refuse(tree, KITH_LIMIT, -1, "the JSON of an expression is too long");
        return NULL;
    }
    json_t *root = load(tree, json, size);
    kithi_node *node = root != NULL ? read_node(&r, root) : NULL;
    json_decref(root);
    return tree->rc == KITH_OK ? node : NULL;
}
