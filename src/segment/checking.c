#include "src/segment/checking.h"

#include <stdio.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/error.h"
#include "src/segment/habit.h"
#include "src/store/suggest.h"

typedef struct checker {
    kithi_tree *tree;
    const kithi_checking *asked;
    bool in_where;
    size_t step; /* of the stream whose WHERE is checked, from 1 on */
    kithi_stream *stream;
} checker;

static void check_node(checker *c, kithi_node *node);

const char *kithi_sort_name(kithi_sort sort) {
    static const char *const names[KITHI_SORTS] = {
        "any value", "NULL", "a condition", "a number", "a text", "a date", "a time", "a duration"};
    return names[sort];
}

static void refuse(checker *c, const kithi_node *node, const char *what) {
    kithi_tree_refuse(c->tree, KITH_INVALID, (int64_t)node->place.at, what);
}

static bool is_moment(kithi_sort sort) {
    return sort == KITHI_SORT_DATE || sort == KITHI_SORT_TIME;
}

/* What was likely meant by what is found instead; "": nothing is likely. */
static const char *meant(kithi_sort expected, const kithi_node *found) {
    bool number = found->sort == KITHI_SORT_NUMBER;
    if (is_moment(expected) && found->sort == KITHI_SORT_DURATION) {
        return "; the time so long ago is now - 30d";
    }
    if (is_moment(expected) && number) {
        return "; a date is written 2024-02-29, a time 2024-02-29T09:30Z";
    }
    if (expected == KITHI_SORT_DURATION && number) {
        return "; a duration is written 90s, 15m, 2h, 30d or 2w";
    }
    if (expected == KITHI_SORT_NUMBER && found->op == KITHI_OP_TEXT) {
        return "; a number has no quotes";
    }
    if (expected == KITHI_SORT_TEXT && is_moment(found->sort)) {
        return "; parts of it are numbers, as in date_part('year', birth_date) = 1990";
    }
    if (expected == KITHI_SORT_TEXT && found->op == KITHI_OP_NUMBER) {
        return "; a text stands in quotes";
    }
    return expected == KITHI_SORT_BOOLEAN ? "; a value is compared, as in spent > 0" : "";
}

static void expect_words(checker *c, const kithi_node *node, const char *expected,
                         const char *meaning) {
    if (c->tree->rc == KITH_OK) {
        c->tree->rc = kithi_error_set_at(c->tree->error, KITH_INVALID, (int64_t)node->place.at,
                                         "expected %s, found %s%s", expected,
                                         kithi_sort_name(node->sort), meaning);
    }
}

static void expect(checker *c, const kithi_node *node, kithi_sort expected) {
    expect_words(c, node, kithi_sort_name(expected), meant(expected, node));
}

static void expect_moment(checker *c, const kithi_node *node) {
    expect_words(c, node, "a date or a time", meant(KITHI_SORT_TIME, node));
}

/* Names */

typedef struct namespace {
    const char *what;
    size_t (*count)(const kithi_catalog *catalog);
    const char *(*name)(const kithi_catalog *catalog, uint16_t id);
}
namespace;

static const char *attribute_name(const kithi_catalog *catalog, uint16_t id) {
    const kithi_attribute *attribute = kithi_catalog_attribute(catalog, id);
    return attribute != NULL ? attribute->name : NULL;
}

static const char *event_name(const kithi_catalog *catalog, uint16_t id) {
    const kithi_event_type *type = kithi_catalog_event_type(catalog, id);
    return type != NULL ? type->name : NULL;
}

static const char *formula_name(const kithi_catalog *catalog, kithi_catalog_kind kind,
                                uint16_t id) {
    const kithi_formula *formula = kithi_catalog_formula(catalog, kind, id);
    return formula != NULL && !formula->removed ? formula->name : NULL;
}

static const char *segment_name(const kithi_catalog *catalog, uint16_t id) {
    return formula_name(catalog, KITHI_CATALOG_SEGMENT, id);
}

static size_t segment_count(const kithi_catalog *catalog) {
    return kithi_catalog_formula_count(catalog, KITHI_CATALOG_SEGMENT);
}

static const namespace segments = {"segment", segment_count, segment_name};
static const namespace attributes = {"attribute", kithi_catalog_attribute_count, attribute_name};
static const namespace events = {"event", kithi_catalog_event_type_count, event_name};
static const namespace properties = {"property", kithi_catalog_property_count,
                                     kithi_catalog_property};

static int find(const checker *c, const namespace *among, const char *name) {
    const kithi_catalog *catalog = c->asked->catalog;
    if (catalog == NULL) {
        return KITHI_UNKNOWN;
    }
    if (among == &properties) {
        return kithi_catalog_find_property(catalog, name);
    }
    if (among == &attributes) {
        const kithi_attribute *found = kithi_catalog_find_attribute(catalog, name);
        return found != NULL ? found->id : KITHI_UNKNOWN;
    }
    const kithi_event_type *found = kithi_catalog_find_event_type(catalog, name);
    return found != NULL ? found->id : KITHI_UNKNOWN;
}

/* Whether a path begins with the name of an event. */
static bool begins_with_event(checker *c, const char *path) {
    size_t size = strcspn(path, ".");
    return path[size] == '.' && find(c, &events, kithi_tree_copy(c->tree, path, size)) >= 0;
}

/* What was likely meant by a name that is like no other. */
static const char *hint_of(checker *c, const namespace *among, const char *name) {
    const char *habit = kithi_habit_name(name, strcspn(name, "."));
    if (among == &events) {
        return "";
    }
    if (habit != NULL) {
        return habit;
    }
    if (kithi_is_call(name, strlen(name))) {
        return "such a word takes brackets, as in count(purchase) or tag('vip')";
    }
    if (among == &properties) {
        return find(c, &attributes, name) >= 0 ? "what the profile has is written profile.city"
                                               : "a text stands in quotes";
    }
    if (find(c, &events, name) >= 0) {
        return "events are asked for by did(purchase) or count(purchase)";
    }
    return begins_with_event(c, name)
               ? "of events it is asked which: last(purchase.amount), sum(purchase.amount)"
               : "a text stands in quotes";
}

static void refuse_name(checker *c, const namespace *among, const char *name, size_t at) {
    const kithi_catalog *catalog = c->asked->catalog;
    kithi_suggestion near = kithi_suggestion_of(name);
    for (size_t id = 0; id < among->count(catalog); id++) {
        const char *known = among->name(catalog, (uint16_t)id);
        if (known != NULL) {
            kithi_suggestion_offer(&near, known);
        }
    }
    if (c->tree->rc != KITH_OK) {
        return;
    }
    const char *hint = near.name != NULL ? near.name : hint_of(c, among, name);
    const char *form = near.name != NULL ? "the store has no %s '%.99s'; did you mean '%.99s'?"
                       : hint[0] != '\0' ? "the store has no %s '%.99s'; %s"
                                         : "the store has no %s '%.99s'%s";
    c->tree->rc = kithi_error_set_at(c->tree->error, KITH_INVALID, (int64_t)at, form, among->what,
                                     name, hint);
}

/* A name of the store, or the longest one that a path begins with: then the rest is inside of it.
 */
static int resolve(checker *c, const namespace *among, const char *name, size_t at,
                   const char **out_inside) {
    int id = find(c, among, name);
    const char *point = name + strlen(name);
    *out_inside = NULL;
    while (id < 0 && c->tree->rc == KITH_OK) {
        do {
            point--;
        } while (point > name && *point != '.');
        if (point <= name) {
            break;
        }
        id = find(c, among, kithi_tree_copy(c->tree, name, (size_t)(point - name)));
        *out_inside = id >= 0 ? point + 1 : NULL;
    }
    if (id < 0 && !c->asked->any_name) {
        refuse_name(c, among, name, at);
    }
    return id;
}

static kithi_sort sort_of_type(kith_type type) {
    switch (type) {
    case KITH_TYPE_BOOLEAN:
        return KITHI_SORT_BOOLEAN;
    case KITH_TYPE_INTEGER:
    case KITH_TYPE_REAL:
        return KITHI_SORT_NUMBER;
    case KITH_TYPE_TEXT:
        return KITHI_SORT_TEXT;
    case KITH_TYPE_DATE:
        return KITHI_SORT_DATE;
    case KITH_TYPE_TIME:
        return KITHI_SORT_TIME;
    default:
        return KITHI_SORT_ANY;
    }
}

static const kithi_formula *find_formula(const checker *c, kithi_catalog_kind kind,
                                         const char *name) {
    const kithi_formula *found = c->asked->catalog != NULL
                                     ? kithi_catalog_find_formula(c->asked->catalog, kind, name)
                                     : NULL;
    return found != NULL && !found->removed ? found : NULL;
}

/* Its plan, where it is made. */
static const kithi_plan *find_plan(const checker *c, kithi_catalog_kind kind,
                                   const kithi_formula *formula) {
    return c->asked->plans != NULL ? kithi_plan_of(c->asked->plans, kind, formula->id) : NULL;
}

/* A trait goes before an attribute of its name. */
static bool check_trait(const checker *c, kithi_node *node) {
    const kithi_formula *trait = find_formula(c, KITHI_CATALOG_TRAIT, node->as.text.data);
    node->trait = trait != NULL;
    if (trait != NULL) {
        const kithi_plan *plan = find_plan(c, KITHI_CATALOG_TRAIT, trait);
        node->id = trait->id;
        node->sort = plan != NULL ? plan->expression->root->sort : KITHI_SORT_ANY;
    }
    return node->trait;
}

static void check_attribute(checker *c, kithi_node *node) {
    if (check_trait(c, node)) {
        return;
    }
    node->id = resolve(c, &attributes, node->as.text.data, node->place.at, &node->inside);
    const kithi_attribute *found =
        node->id >= 0 ? kithi_catalog_attribute(c->asked->catalog, (uint16_t)node->id) : NULL;
    node->sort = found != NULL && node->inside == NULL ? sort_of_type(found->type) : KITHI_SORT_ANY;
}

static void check_step(checker *c, const kithi_node *node) {
    if (!c->in_where) {
        refuse(c, node, "a property of an event stands inside WHERE only");
    } else if (node->step == KITHI_STEP_PREVIOUS && c->step < 2) {
        refuse(c, node, "prev is the step before, and this is the first");
    } else if (node->step > 0 && (size_t)node->step >= c->step) {
        refuse(c, node, "step1, step2, ... are the steps before this one");
    } else if (node->step != KITHI_STEP_THIS) {
        size_t of = node->step == KITHI_STEP_PREVIOUS ? c->step - 2 : (size_t)node->step - 1;
        c->stream->refers |= 1u << of;
    }
}

static void check_property(checker *c, kithi_node *node) {
    check_step(c, node);
    node->sort = node->op == KITHI_OP_AT ? KITHI_SORT_TIME : KITHI_SORT_ANY;
    if (node->op == KITHI_OP_PROPERTY) {
        node->id = resolve(c, &properties, node->as.text.data, node->place.at, &node->inside);
    }
}

/* Sorts that fit */

/* A text that is written beside a date or a time says one. */
static void read_moment(checker *c, kithi_node *node, kithi_sort beside) {
    int64_t value;
    if (node->op != KITHI_OP_TEXT || !is_moment(beside)) {
        return;
    }
    if (kith_date_parse(node->as.text.data, node->as.text.size, &value) == KITH_OK) {
        node->op = KITHI_OP_DATE;
        node->sort = KITHI_SORT_DATE;
        node->as.date_days = value;
    } else if (kith_time_parse(node->as.text.data, node->as.text.size, &value) == KITH_OK) {
        node->op = KITHI_OP_TIME;
        node->sort = KITHI_SORT_TIME;
        node->as.time_us = value;
    } else {
        refuse(c, node,
               "it stands beside a date or a time, and is none; those are written 2024-02-29 and "
               "2024-02-29T09:30Z");
    }
}

static bool comparable(kithi_sort a, kithi_sort b) {
    return a == b || a == KITHI_SORT_ANY || b == KITHI_SORT_ANY || (is_moment(a) && is_moment(b));
}

/* A text on the left was likely meant as a name, as SQL has it; a condition as a count. */
static void expect_comparable(checker *c, const kithi_node *a, const kithi_node *b) {
    const char *meaning = meant(a->sort, b);
    if (a->op == KITHI_OP_TEXT) {
        meaning = "; quotes make a text, a name with blanks is written profile.'zip code', in "
                  "WHERE event.'order id'";
    } else if (a->op == KITHI_OP_DID) {
        meaning = "; count(purchase) is a number";
    } else if (a->sort == KITHI_SORT_BOOLEAN) {
        meaning = "; a condition is TRUE or FALSE";
    }
    expect_words(c, b, kithi_sort_name(a->sort), meaning);
}

/* One less another, where only their values tell whether both are numbers or moments, is taken for
 * a number: beside a duration it is one. */
static void read_difference(kithi_node *node, kithi_sort beside) {
    if (beside == KITHI_SORT_DURATION && node->op == KITHI_OP_SUBTRACT &&
        node->kids[0]->sort == KITHI_SORT_ANY && node->kids[1]->sort == KITHI_SORT_ANY) {
        node->sort = KITHI_SORT_DURATION;
    }
}

static void read_beside(checker *c, kithi_node *node, kithi_sort beside) {
    read_moment(c, node, beside);
    read_difference(node, beside);
}

static void check_comparable(checker *c, kithi_node *a, kithi_node *b) {
    if (a->sort == KITHI_SORT_NULL || b->sort == KITHI_SORT_NULL) {
        refuse(c, a->sort == KITHI_SORT_NULL ? a : b,
               "nothing equals NULL; whether a value is missing is asked by IS NULL");
        return;
    }
    read_beside(c, a, b->sort);
    read_beside(c, b, a->sort);
    if (!comparable(a->sort, b->sort)) {
        expect_comparable(c, a, b);
    }
}

static void need(checker *c, const kithi_node *node, kithi_sort sort) {
    if (node->sort != sort && node->sort != KITHI_SORT_ANY) {
        expect(c, node, sort);
    }
}

static void check_kids(checker *c, kithi_node *node) {
    for (size_t i = 0; i < node->kid_count; i++) {
        check_node(c, node->kids[i]);
    }
}

/* Sums */

static kithi_sort sum_of(kithi_op op, kithi_sort a, kithi_sort b) {
    bool add = op == KITHI_OP_ADD, subtract = op == KITHI_OP_SUBTRACT;
    if (a == KITHI_SORT_NUMBER && b == KITHI_SORT_NUMBER) {
        return KITHI_SORT_NUMBER;
    }
    if (add && a == KITHI_SORT_DURATION && is_moment(b)) {
        return KITHI_SORT_TIME;
    }
    if ((add || subtract) && is_moment(a) && b == KITHI_SORT_DURATION) {
        return KITHI_SORT_TIME;
    }
    if ((add || subtract) && a == KITHI_SORT_DURATION && b == KITHI_SORT_DURATION) {
        return KITHI_SORT_DURATION;
    }
    return subtract && is_moment(a) && is_moment(b) ? KITHI_SORT_DURATION : KITHI_SORT_NULL;
}

/* What is told later is taken for what fits beside it: a number, or a time beside a duration. */
static kithi_sort assume(kithi_op op, kithi_sort sort, kithi_sort beside) {
    bool time = beside == KITHI_SORT_DURATION || (is_moment(beside) && op == KITHI_OP_SUBTRACT);
    return sort != KITHI_SORT_ANY ? sort : time ? KITHI_SORT_TIME : KITHI_SORT_NUMBER;
}

static void check_sum(checker *c, kithi_node *node) {
    check_kids(c, node);
    if (c->tree->rc != KITH_OK) {
        return;
    }
    kithi_node *a = node->kids[0], *b = node->kids[1];
    read_difference(a, b->sort);
    read_difference(b, a->sort);
    kithi_sort left = assume(node->op, a->sort, b->sort),
               right = assume(node->op, b->sort, a->sort);
    node->sort = sum_of(node->op, left, right);
    if (node->sort == KITHI_SORT_NULL) {
        bool number = left == KITHI_SORT_NUMBER || right == KITHI_SORT_NUMBER;
        bool time = is_moment(left) || is_moment(right);
        c->tree->rc = kithi_error_set_at(c->tree->error, KITH_INVALID, (int64_t)node->place.at,
                                         "%s %s %s has no meaning%s", kithi_sort_name(left),
                                         kithi_op_sign(node->op), kithi_sort_name(right),
                                         number && time ? "; a duration is written 30d" : "");
    }
}

/* Conditions */

static bool is_name(const checker *c, const kithi_node *text) {
    const char *name = text->as.text.data;
    return find(c, c->in_where ? &properties : &attributes, name) >= 0 ||
           (!c->in_where && find_formula(c, KITHI_CATALOG_TRAIT, name) != NULL);
}

/* Two texts that are written down are the same for everybody: one was meant as a name. */
static void refuse_texts(checker *c, const kithi_node *a, const kithi_node *b) {
    const kithi_node *name = is_name(c, b) && !is_name(c, a) ? b : a;
    if (c->tree->rc == KITH_OK && is_name(c, name)) {
        c->tree->rc = kithi_error_set_at(
            c->tree->error, KITH_INVALID, (int64_t)name->place.at,
            "both sides are texts, as quotes make one; without them this is the %s '%.99s'",
            c->in_where ? properties.what : attributes.what, name->as.text.data);
    }
    refuse(c, name,
           "both sides are texts, as quotes make one; a name has none, and one with blanks is "
           "written profile.'zip code', in WHERE event.'order id'");
}

/* The first is asked about the others. */
static void check_not_all_texts(checker *c, const kithi_node *node) {
    for (size_t i = 1; i < node->kid_count; i++) {
        if (node->kids[0]->op == KITHI_OP_TEXT && node->kids[i]->op == KITHI_OP_TEXT) {
            refuse_texts(c, node->kids[0], node->kids[i]);
        }
    }
}

static void check_predicate(checker *c, kithi_node *node) {
    check_kids(c, node);
    node->sort = KITHI_SORT_BOOLEAN;
    check_not_all_texts(c, node);
    for (size_t i = 1; c->tree->rc == KITH_OK && i < node->kid_count; i++) {
        check_comparable(c, node->kids[0], node->kids[i]);
    }
}

static void check_order(checker *c, kithi_node *node) {
    check_predicate(c, node);
    for (size_t i = 0; c->tree->rc == KITH_OK && i < node->kid_count; i++) {
        if (node->kids[i]->sort == KITHI_SORT_BOOLEAN) {
            refuse(c, node->kids[i], "conditions have no order; = and != compare them");
        }
    }
}

static void check_text_predicate(checker *c, kithi_node *node) {
    check_kids(c, node);
    node->sort = KITHI_SORT_BOOLEAN;
    check_not_all_texts(c, node);
    if (c->tree->rc == KITH_OK) {
        need(c, node->kids[0], KITHI_SORT_TEXT);
    }
}

static void check_conditions(checker *c, kithi_node *node) {
    check_kids(c, node);
    node->sort = KITHI_SORT_BOOLEAN;
    for (size_t i = 0; c->tree->rc == KITH_OK && i < node->kid_count; i++) {
        kithi_op op = node->kids[i]->op;
        if (i > 0 && (op == KITHI_OP_NUMBER || op == KITHI_OP_TEXT)) {
            expect_words(c, node->kids[i], "a condition",
                         "; one of several values is asked for by IN ('a', 'b')");
        }
        need(c, node->kids[i], KITHI_SORT_BOOLEAN);
    }
}

/* Streams */

static void check_bound(checker *c, kithi_node *bound) {
    bool in_where = c->in_where;
    if (bound == NULL) {
        return;
    }
    c->in_where = false;
    check_node(c, bound);
    c->in_where = in_where;
    if (c->tree->rc == KITH_OK && !is_moment(bound->sort)) {
        read_moment(c, bound, KITHI_SORT_TIME);
        if (!is_moment(bound->sort) && bound->sort != KITHI_SORT_ANY) {
            expect_moment(c, bound);
        }
    }
}

static void check_stream(checker *c, kithi_stream *stream, size_t step) {
    stream->number = c->tree->stream_count++;
    stream->event_id = find(c, &events, stream->event);
    if (stream->event_id < 0 && !c->asked->any_name) {
        refuse_name(c, &events, stream->event, stream->at);
    }
    stream->property_id = KITHI_UNKNOWN;
    if (stream->property != NULL && !stream->time) {
        stream->property_id =
            resolve(c, &properties, stream->property, stream->at, &stream->inside);
    }
    if (stream->where != NULL) {
        size_t outer = c->step;
        c->in_where = true;
        c->step = step;
        c->stream = stream;
        check_node(c, stream->where);
        c->in_where = false;
        c->step = outer;
        if (c->tree->rc == KITH_OK) {
            need(c, stream->where, KITHI_SORT_BOOLEAN);
        }
    }
    check_bound(c, stream->window.from);
    check_bound(c, stream->window.to);
}

static kithi_sort sort_of_aggregate(kithi_aggregate aggregate, bool time) {
    switch (aggregate) {
    case KITHI_AGGREGATE_MIN:
    case KITHI_AGGREGATE_MAX:
    case KITHI_AGGREGATE_FIRST:
    case KITHI_AGGREGATE_LAST:
    case KITHI_AGGREGATE_MODE:
        return time ? KITHI_SORT_TIME : KITHI_SORT_ANY;
    default:
        return KITHI_SORT_NUMBER;
    }
}

static void check_aggregate(checker *c, kithi_node *node) {
    kithi_stream *stream = &node->streams[0];
    bool counts = node->word == KITHI_AGGREGATE_COUNT || node->word == KITHI_AGGREGATE_DAYS;
    bool sums = node->word == KITHI_AGGREGATE_SUM || node->word == KITHI_AGGREGATE_AVG;
    node->sort = sort_of_aggregate((kithi_aggregate)node->word, stream->time);
    if (stream->property == NULL && !counts) {
        refuse(c, node, "of which property? It is written with a point: sum(purchase.amount)");
    } else if (sums && stream->time) {
        refuse(c, node, "times can't be added up");
    }
    check_stream(c, stream, 1);
}

static void check_sequence(checker *c, kithi_node *node) {
    node->sort = KITHI_SORT_BOOLEAN;
    for (size_t i = 0; i < node->stream_count; i++) {
        kithi_stream *stream = &node->streams[i];
        if (stream->property != NULL) {
            kithi_tree_refuse(c->tree, KITH_INVALID, (int64_t)stream->at,
                              "did asks for events, not for a property of them");
        } else if (stream->negated && i + 1 < node->stream_count) {
            kithi_tree_refuse(c->tree, KITH_INVALID, (int64_t)stream->at,
                              "THEN NOT ends a sequence");
        }
        check_stream(c, stream, i + 1);
    }
}

static void check_count(checker *c, const kithi_node *node, int64_t least, int64_t most) {
    int64_t count;
    if (node->op != KITHI_OP_NUMBER || !kithi_decimal_integer(node->number, &count) ||
        count < least || count > most) {
        refuse(c, node,
               most == KITHI_BUCKETS ? "expected a whole number from 0 to 10000"
                                     : "expected a whole number from 1 on");
    }
}

static void check_regularly(checker *c, kithi_node *node) {
    node->sort = KITHI_SORT_BOOLEAN;
    check_stream(c, &node->streams[0], 1);
    if (node->kid_count != 3) {
        refuse(c, node, "it is written regularly(events, least count, period, least periods)");
        return;
    }
    check_count(c, node->kids[0], 1, INT64_MAX);
    check_count(c, node->kids[2], 1, INT64_MAX);
    kithi_window_kind window = node->streams[0].window.kind;
    if (window != KITHI_WINDOW_LAST && window != KITHI_WINDOW_CALENDAR &&
        window != KITHI_WINDOW_FROM_TO) {
        refuse(c, node, "its events need a window with two ends: LAST or FROM ... TO");
    }
}

/* Calls */

static void need_kids(checker *c, const kithi_node *node, size_t least, size_t most,
                      const char *form) {
    if (node->kid_count < least || node->kid_count > most) {
        refuse(c, node, form);
    }
}

static void check_segment(checker *c, kithi_node *node) {
    node->id = KITHI_UNKNOWN;
    if (c->tree->rc != KITH_OK) {
        return;
    }
    const char *name = node->kids[0]->as.text.data;
    const kithi_formula *segment = find_formula(c, KITHI_CATALOG_SEGMENT, name);
    if (segment != NULL) {
        node->id = segment->id;
    } else if (!c->asked->any_name) {
        refuse_name(c, &segments, name, node->kids[0]->place.at);
    }
}

static void check_buckets(checker *c, const kithi_node *node) {
    if (c->tree->rc == KITH_OK && node->kids[1]->number > node->kids[2]->number) {
        refuse(c, node->kids[2], "the buckets go from the lower number up to the higher one");
    }
}

static void check_test(checker *c, kithi_node *node) {
    check_kids(c, node);
    node->sort = KITHI_SORT_BOOLEAN;
    switch (node->word) {
    case KITHI_TEST_TAG:
        need_kids(c, node, 1, 1, "it is written tag('name')");
        break;
    case KITHI_TEST_SEGMENT:
        need_kids(c, node, 1, 1, "it is written segment('name')");
        check_segment(c, node);
        break;
    case KITHI_TEST_CONSENT:
        need_kids(c, node, 1, 2,
                  "it is written consent('purpose') or consent('purpose', 'channel')");
        break;
    case KITHI_TEST_BUCKET:
        need_kids(c, node, 3, 3, "it is written bucket('salt', 0, 5000)");
        if (c->tree->rc == KITH_OK) {
            need(c, node->kids[0], KITHI_SORT_TEXT);
            check_count(c, node->kids[1], 0, KITHI_BUCKETS);
            check_count(c, node->kids[2], 0, KITHI_BUCKETS);
            check_buckets(c, node);
        }
        break;
    default:
        break;
    }
}

static void refuse_output(checker *c, const kithi_node *node, const kithi_plan *plan) {
    const kithi_score_kind *kind = plan->score.kind;
    char names[160];
    size_t used = 0;
    for (size_t i = 0; i < kind->output_count && used < sizeof names; i++) {
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "",
                                 kind->outputs[i].name);
    }
    if (c->tree->rc == KITH_OK) {
        c->tree->rc = kithi_error_set_at(
            c->tree->error, KITH_INVALID, (int64_t)node->place.at,
            "score '%.60s' has no output '%.60s'; it has %s", plan->formula->name,
            node->as.text.data + strlen(plan->formula->name) + 1, names);
    }
}

/* A score of the store, or one that other systems say, of any name. */
static void check_score(checker *c, kithi_node *node) {
    node->id = KITHI_UNKNOWN;
    if (c->tree->rc != KITH_OK || node->kids[0]->op != KITHI_OP_TEXT) {
        return;
    }
    const char *said = node->kids[0]->as.text.data;
    const char *name = kithi_tree_copy(c->tree, said, kithi_score_name_size(said));
    const kithi_formula *score = find_formula(c, KITHI_CATALOG_SCORE, name);
    const kithi_plan *plan = score != NULL ? find_plan(c, KITHI_CATALOG_SCORE, score) : NULL;
    if (plan == NULL) {
        return;
    }
    node->id = score->id;
    node->output = kithi_score_output_of(plan->score.kind, said);
    if (node->output < 0) {
        refuse_output(c, node->kids[0], plan);
    } else {
        node->sort = plan->score.kind->outputs[node->output].sort;
    }
}

static bool is_date_part(const kithi_node *node) {
    return node->op == KITHI_OP_TEXT && kithi_date_part_of(node->as.text.data) >= 0;
}

static void check_date_part(checker *c, kithi_node *node) {
    need_kids(c, node, 2, 2, "it is written date_part('month', time)");
    if (c->tree->rc == KITH_OK && !is_date_part(node->kids[0])) {
        refuse(c, node->kids[0],
               "expected 'year', 'quarter', 'month', 'week', 'day', 'weekday', 'day_of_year', "
               "'hour' or 'minute'");
    }
    if (c->tree->rc == KITH_OK) {
        read_moment(c, node->kids[1], KITHI_SORT_TIME);
        if (!is_moment(node->kids[1]->sort) && node->kids[1]->sort != KITHI_SORT_ANY) {
            expect_moment(c, node->kids[1]);
        }
    }
}

static void check_coalesce(checker *c, kithi_node *node) {
    node->sort = KITHI_SORT_NULL;
    for (size_t i = 0; c->tree->rc == KITH_OK && i < node->kid_count; i++) {
        kithi_sort sort = node->kids[i]->sort;
        bool first = node->sort == KITHI_SORT_NULL || sort == KITHI_SORT_NULL;
        if (!first && !comparable(node->sort, sort)) {
            expect(c, node->kids[i], node->sort);
        }
        node->sort = node->sort == KITHI_SORT_NULL                   ? sort
                     : sort == KITHI_SORT_NULL || sort == node->sort ? node->sort
                                                                     : KITHI_SORT_ANY;
    }
}

static void check_call(checker *c, kithi_node *node) {
    static const struct {
        kithi_sort takes, gives;
        const char *form;
    } functions[KITHI_FUNCTIONS] = {
        [KITHI_FUNCTION_SCORE] = {KITHI_SORT_TEXT, KITHI_SORT_NUMBER,
                                  "it is written score('name')"},
        [KITHI_FUNCTION_POINTS] = {KITHI_SORT_TEXT, KITHI_SORT_NUMBER,
                                   "it is written points('ledger')"},
        [KITHI_FUNCTION_AGE] = {KITHI_SORT_DATE, KITHI_SORT_NUMBER,
                                "it is written age(birth_date)"},
        [KITHI_FUNCTION_LOWER] = {KITHI_SORT_TEXT, KITHI_SORT_TEXT, "it is written lower(text)"},
        [KITHI_FUNCTION_LENGTH] = {KITHI_SORT_TEXT, KITHI_SORT_NUMBER,
                                   "it is written length(text)"},
    };
    check_kids(c, node);
    if (node->word == KITHI_FUNCTION_COALESCE) {
        check_coalesce(c, node);
        return;
    }
    if (node->word == KITHI_FUNCTION_DATE_PART) {
        node->sort = KITHI_SORT_NUMBER;
        check_date_part(c, node);
        return;
    }
    node->sort = functions[node->word].gives;
    need_kids(c, node, 1, 1, functions[node->word].form);
    if (c->tree->rc == KITH_OK) {
        read_moment(c, node->kids[0], functions[node->word].takes);
        need(c, node->kids[0], functions[node->word].takes);
    }
    bool named = node->word == KITHI_FUNCTION_SCORE || node->word == KITHI_FUNCTION_POINTS;
    if (c->tree->rc == KITH_OK && named && node->kids[0]->op != KITHI_OP_TEXT) {
        refuse(c, node->kids[0], "expected a name in quotes");
    }
    if (node->word == KITHI_FUNCTION_SCORE) {
        check_score(c, node);
    }
}

/* All */

static bool reads_more_events(kithi_op op) {
    return op == KITHI_OP_AGGREGATE || op == KITHI_OP_DID || op == KITHI_OP_REGULARLY ||
           op == KITHI_OP_TEST;
}

static kithi_sort sort_of_literal(kithi_op op) {
    static const kithi_sort sorts[] = {
        [KITHI_OP_NULL] = KITHI_SORT_NULL,         [KITHI_OP_BOOLEAN] = KITHI_SORT_BOOLEAN,
        [KITHI_OP_NUMBER] = KITHI_SORT_NUMBER,     [KITHI_OP_TEXT] = KITHI_SORT_TEXT,
        [KITHI_OP_DATE] = KITHI_SORT_DATE,         [KITHI_OP_TIME] = KITHI_SORT_TIME,
        [KITHI_OP_DURATION] = KITHI_SORT_DURATION, [KITHI_OP_NOW] = KITHI_SORT_TIME,
        [KITHI_OP_TODAY] = KITHI_SORT_DATE};
    return sorts[op];
}

typedef void check_fn(checker *c, kithi_node *node);

static void check_node(checker *c, kithi_node *node) {
    static check_fn *const checks[KITHI_OP_COUNT] = {
        [KITHI_OP_ATTRIBUTE] = check_attribute,
        [KITHI_OP_PROPERTY] = check_property,
        [KITHI_OP_AT] = check_property,
        [KITHI_OP_ADD] = check_sum,
        [KITHI_OP_SUBTRACT] = check_sum,
        [KITHI_OP_MULTIPLY] = check_sum,
        [KITHI_OP_DIVIDE] = check_sum,
        [KITHI_OP_AGGREGATE] = check_aggregate,
        [KITHI_OP_CALL] = check_call,
        [KITHI_OP_AND] = check_conditions,
        [KITHI_OP_OR] = check_conditions,
        [KITHI_OP_NOT] = check_conditions,
        [KITHI_OP_EQUAL] = check_predicate,
        [KITHI_OP_UNEQUAL] = check_predicate,
        [KITHI_OP_LESS] = check_order,
        [KITHI_OP_LESS_EQUAL] = check_order,
        [KITHI_OP_GREATER] = check_order,
        [KITHI_OP_GREATER_EQUAL] = check_order,
        [KITHI_OP_IN] = check_predicate,
        [KITHI_OP_BETWEEN] = check_order,
        [KITHI_OP_LIKE] = check_text_predicate,
        [KITHI_OP_ILIKE] = check_text_predicate,
        [KITHI_OP_CONTAINS] = check_text_predicate,
        [KITHI_OP_STARTS_WITH] = check_text_predicate,
        [KITHI_OP_ENDS_WITH] = check_text_predicate,
        [KITHI_OP_DID] = check_sequence,
        [KITHI_OP_TEST] = check_test,
        [KITHI_OP_REGULARLY] = check_regularly,
    };
    if (c->tree->rc != KITH_OK) {
        return;
    }
    if (c->in_where && reads_more_events(node->op)) {
        refuse(c, node, "inside WHERE stand properties of the event and attributes of the profile");
    } else if (checks[node->op] != NULL) {
        checks[node->op](c, node);
    } else if (node->op == KITHI_OP_IS_NULL) {
        check_kids(c, node);
        node->sort = KITHI_SORT_BOOLEAN;
    } else {
        node->sort = sort_of_literal(node->op);
    }
}

int kithi_check(kithi_tree *tree, kithi_node *root, const kithi_checking *checking) {
    checker c = {.tree = tree, .asked = checking};
    check_node(&c, root);
    if (checking->condition && root->op == KITHI_OP_TEXT) {
        expect_words(&c, root, "a condition", "; quotes make a text of what stands in them");
    }
    if (tree->rc == KITH_OK && checking->condition) {
        need(&c, root, KITHI_SORT_BOOLEAN);
    }
    return tree->rc;
}

/* How far a value moves on in each microsecond, where that is sure. */
static int slope_of(const kithi_node *node) {
    int slope = node->op == KITHI_OP_NOW;
    bool sums = node->op == KITHI_OP_ADD || node->op == KITHI_OP_SUBTRACT;
    bool takes_any = node->op == KITHI_OP_CALL && node->word == KITHI_FUNCTION_COALESCE;
    for (size_t i = 0; (sums || takes_any) && i < node->kid_count; i++) {
        int own = slope_of(node->kids[i]);
        slope = takes_any ? (slope != 0 ? slope : own)
                          : slope + (i > 0 && node->op == KITHI_OP_SUBTRACT ? -own : own);
    }
    return slope;
}

int kithi_check_stands(const kithi_node *root, const char *what, kith_error *error) {
    if (slope_of(root) == 0) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_INVALID,
                           "a %s can't move with the time itself, as it would be another one "
                           "in each microsecond; ask a segment how long ago it was, or count "
                           "from today",
                           what);
}
