/* Expressions at random, their text, and making them smaller. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buffer.h"
#include "tests/property/history.h"
#include "tests/property/naive_segment.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static naive_node *make_condition(naive_maker *m, int depth);
static naive_node *make_number(naive_maker *m, int depth);
static naive_node *make_text(naive_maker *m, int depth);
static naive_node *make_moment(naive_maker *m, int depth);
static naive_node *make_duration(naive_maker *m, int depth);
static naive_node *make_plain_moment(naive_maker *m);

/* Making */

static uint32_t below(naive_maker *m, uint32_t bound) {
    return random_below(m->state, bound);
}

static bool one_in(naive_maker *m, uint32_t n) {
    return random_one_in(m->state, n);
}

#define PICK(m, list) ((list)[below(m, (uint32_t)COUNT(list))])

static naive_node *make(naive_maker *m, naive_op op, const char *word) {
    naive_node *node = kithi_arena_calloc(m->arena, 1, sizeof *node);
    if (node == NULL) {
        abort();
    }
    node->op = op;
    node->word = word;
    return node;
}

static naive_node *with(naive_node *node, naive_node *kid) {
    node->kids[node->kid_count++] = kid;
    return node;
}

static naive_node *named(naive_node *node, const char *name) {
    node->names[node->name_count++] = name;
    return node;
}

static naive_node *make_literal(naive_maker *m, naive_sort sort, naive_number number) {
    naive_node *node = make(m, NAIVE_LITERAL, NULL);
    node->value.sort = sort;
    node->value.number = number;
    return node;
}

static naive_node *make_string(naive_maker *m, const char *text) {
    naive_node *node = make_literal(m, NAIVE_TEXT, 0);
    snprintf(node->value.text, sizeof node->value.text, "%s", text);
    return node;
}

/* A multiple of the grid, or of what people write. */
static int64_t make_span(naive_maker *m) {
    static const int64_t usual[] = {HOUR_US, DAY_US, 7 * DAY_US, 30 * DAY_US, 90 * DAY_US, 1000000};
    return one_in(m, 3) ? PICK(m, usual) : (int64_t)(1 + below(m, 6)) * m->grid_us;
}

static int64_t make_time(naive_maker *m) {
    return naive_make_time(m->state, m->origin_us, m->grid_us);
}

/* Which step's event a property is of, inside WHERE. */
static int make_step(naive_maker *m) {
    if (m->step < 2 || one_in(m, 3)) {
        return 0;
    }
    return one_in(m, 3) ? -1 : 1 + (int)below(m, (uint32_t)m->step - 1);
}

static const char *const properties[] = {"amount", "sku",       "paid",
                                         "due",    "items.sku", "items.price"};

/* Mostly that property or attribute, now and then any. */
static naive_node *make_property(naive_maker *m, const char *usual) {
    naive_node *node =
        named(make(m, NAIVE_PROPERTY, NULL), one_in(m, 8) ? PICK(m, properties) : usual);
    node->step = make_step(m);
    return node;
}

static naive_node *make_attribute(naive_maker *m, const char *usual) {
    static const char *const loose[] = {"mixed", "nick", "extra.sku", "extra.price"};
    return named(make(m, NAIVE_ATTRIBUTE, NULL), one_in(m, 8) ? PICK(m, loose) : usual);
}

static naive_node *make_named(naive_maker *m, const char *property, const char *attribute) {
    return m->in_where && !one_in(m, 4) ? make_property(m, property) : make_attribute(m, attribute);
}

static naive_node *make_sum(naive_maker *m, const char *sign, naive_node *a, naive_node *b) {
    return with(with(make(m, NAIVE_SUM, sign), a), b);
}

/* Streams */

static void make_window(naive_maker *m, naive_stream *s, int depth) {
    s->window = (naive_window)below(m, NAIVE_FROM_TO + 1);
    s->duration_us = make_span(m);
    s->count = 1 + below(m, 3);
    s->unit = (kithi_calendar_unit)below(m, KITHI_CALENDAR_UNITS);
    if (s->window == NAIVE_SINCE || s->window == NAIVE_FROM_TO) {
        s->from = make_moment(m, depth > 0 ? depth - 1 : 0);
    }
    if (s->window == NAIVE_BEFORE || s->window == NAIVE_FROM_TO) {
        s->to = make_moment(m, depth > 0 ? depth - 1 : 0);
    }
}

static naive_stream *make_plain_stream(naive_maker *m) {
    naive_stream *s = kithi_arena_calloc(m->arena, 1, sizeof *s);
    if (s == NULL) {
        abort();
    }
    s->event = one_in(m, 16) ? "signup" : naive_pick_type(m->state);
    return s;
}

static naive_stream *make_stream(naive_maker *m, const char *property, int step, int depth) {
    naive_stream *s = make_plain_stream(m);
    s->property = property;
    if (one_in(m, 2)) {
        m->in_where = true;
        m->step = step;
        s->where = make_condition(m, depth > 1 ? 1 : depth);
        m->in_where = false;
    }
    if (!one_in(m, 3)) {
        make_window(m, s, depth);
    }
    return s;
}

static naive_node *make_aggregate(naive_maker *m, const char *word, const char *property,
                                  int depth) {
    naive_node *node = make(m, NAIVE_AGGREGATE, word);
    node->streams[node->stream_count++] = make_stream(m, property, 1, depth);
    return node;
}

/* Of this event and one before it. */
static naive_node *make_match_of_steps(naive_maker *m) {
    const char *name = PICK(m, properties);
    naive_node *earlier = named(make(m, NAIVE_PROPERTY, NULL), name);
    earlier->step = one_in(m, 3) ? -1 : 1 + (int)below(m, (uint32_t)m->step - 1);
    return with(with(make(m, NAIVE_COMPARE, one_in(m, 3) ? "!=" : "="),
                     named(make(m, NAIVE_PROPERTY, NULL), name)),
                earlier);
}

/* Without windows, and each step looks back: that is where ways differ. */
static naive_node *make_looking_back(naive_maker *m) {
    naive_node *node = make(m, NAIVE_DID, NULL);
    size_t count = 3 + below(m, NAIVE_STEPS_MAX - 2);
    for (size_t i = 0; i < count; i++) {
        naive_stream *s = make_plain_stream(m);
        s->within_us = i > 0 && one_in(m, 4) ? make_span(m) : 0;
        m->step = (int)i + 1;
        s->where = i > 0 && one_in(m, 2) ? make_match_of_steps(m) : NULL;
        node->streams[node->stream_count++] = s;
    }
    node->streams[count - 1]->negated = one_in(m, 3);
    return node;
}

static naive_node *make_did(naive_maker *m, int depth) {
    naive_node *node = make(m, NAIVE_DID, NULL);
    if (one_in(m, 3)) {
        return make_looking_back(m);
    }
    size_t count = 1 + below(m, NAIVE_STEPS_MAX);
    for (size_t i = 0; i < count; i++) {
        naive_stream *s = make_stream(m, NULL, (int)i + 1, depth);
        s->within_us = i > 0 && !one_in(m, 3) ? make_span(m) : 0;
        s->negated = i > 0 && i + 1 == count && one_in(m, 2);
        node->streams[node->stream_count++] = s;
    }
    return node;
}

static naive_node *make_regularly(naive_maker *m, int depth) {
    naive_node *node = make(m, NAIVE_REGULARLY, NULL);
    naive_stream *s =
        make_stream(m, one_in(m, 3) ? PICK(m, properties) : NULL, 1, depth > 0 ? depth - 1 : 0);
    while (s->window != NAIVE_LAST && s->window != NAIVE_CALENDAR && s->window != NAIVE_FROM_TO) {
        s->from = s->to = NULL;
        make_window(m, s, 0);
    }
    node->streams[node->stream_count++] = s;
    node->least = 1 + below(m, 2);
    node->most = 1 + below(m, 3);
    node->period_us = one_in(m, 2) ? (int64_t)(1 + below(m, 3)) * m->grid_us : 0;
    node->unit = (kithi_calendar_unit)below(m, KITHI_CALENDAR_UNITS);
    return node;
}

/* Numbers */

static naive_node *make_plain_number(naive_maker *m) {
    static const int64_t fine[] = {500000, 12500000, 19990000, 3333333, 1234500000, -3250000};
    return make_literal(m, NAIVE_NUMBER,
                        one_in(m, 3) ? PICK(m, fine)
                                     : (int64_t)below(m, 5) * 1000000 * (one_in(m, 2) ? 10 : 1));
}

static naive_node *make_numbering(naive_maker *m, int depth) {
    static const char *const over_events[] = {"count", "count", "days"};
    static const char *const over_values[] = {"sum",  "avg",  "min",      "max",   "first",
                                              "last", "mode", "distinct", "count", "days"};
    if (one_in(m, 3)) {
        return make_aggregate(m, PICK(m, over_events), NULL, depth);
    }
    return make_aggregate(m, PICK(m, over_values), one_in(m, 2) ? "amount" : PICK(m, properties),
                          depth);
}

/* Few of the finest: each of their ends is looked at. */
static naive_node *make_date_part(naive_maker *m, int depth) {
    static const char *const parts[] = {"year", "quarter", "month",      "week",
                                        "day",  "weekday", "day_of_year"};
    static const char *const fine[] = {"hour", "hour", "minute"};
    naive_node *now = make(m, one_in(m, 4) ? NAIVE_TODAY : NAIVE_NOW, NULL);
    naive_node *past = make_sum(m, "-", now, make_plain_moment(m));
    naive_node *what = one_in(m, 2)   ? now
                       : one_in(m, 3) ? make_sum(m, "-", make_plain_moment(m), past)
                                      : make_moment(m, depth - 1);
    return with(make(m, NAIVE_CALL, one_in(m, 8) ? PICK(m, fine) : PICK(m, parts)), what);
}

static naive_node *make_call(naive_maker *m, int depth) {
    naive_node *node;
    switch (below(m, 6)) {
    case 0:
        return named(make(m, NAIVE_CALL, "score"), PICK(m, naive_names));
    case 1:
        return named(make(m, NAIVE_CALL, "points"), PICK(m, naive_names));
    case 2:
        return with(make(m, NAIVE_CALL, "age"), make_named(m, "due", "birth_date"));
    case 3:
        return with(make(m, NAIVE_CALL, "length"), make_text(m, depth - 1));
    case 4:
        node = with(make(m, NAIVE_CALL, "coalesce"), make_number(m, depth - 1));
        return with(node, make_number(m, depth - 1));
    default:
        return make_date_part(m, depth);
    }
}

static naive_node *make_number(naive_maker *m, int depth) {
    static const char *const signs[] = {"+", "-", "*", "/"};
    uint32_t which = below(m, depth > 0 ? 10 : 3);
    if (which < 1) {
        return make_plain_number(m);
    }
    if (which < 3) {
        return make_named(m, "amount", one_in(m, 2) ? "spent" : "visits");
    }
    if (which < 6 && !m->in_where) {
        return make_numbering(m, depth - 1);
    }
    if (which < 8) {
        return make_call(m, depth);
    }
    return make_sum(m, PICK(m, signs), make_number(m, depth - 1), make_number(m, depth - 1));
}

/* Texts */

static naive_node *make_text(naive_maker *m, int depth) {
    static const char *const words[] = {"first", "last", "mode", "min", "max"};
    naive_node *node;
    switch (below(m, depth > 0 ? 6 : 3)) {
    case 0:
        return make_string(m, naive_texts[below(m, NAIVE_TEXTS)]);
    case 1:
    case 2:
        return make_named(m, "sku", one_in(m, 2) ? "city" : "nick");
    case 3:
        return with(make(m, NAIVE_CALL, "lower"), make_text(m, depth - 1));
    case 4:
        node = with(make(m, NAIVE_CALL, "coalesce"), make_text(m, depth - 1));
        return with(node, make_text(m, depth - 1));
    default:
        return m->in_where ? make_property(m, "items.sku")
                           : make_aggregate(m, PICK(m, words),
                                            one_in(m, 2) ? "sku" : PICK(m, properties), depth - 1);
    }
}

/* Moments and durations */

static naive_node *make_plain_moment(naive_maker *m) {
    int64_t time_us = make_time(m);
    switch (below(m, 4)) {
    case 0:
        return make_literal(m, NAIVE_DATE, time_us / DAY_US);
    case 1:
        return make_literal(m, NAIVE_TIME, time_us);
    default:
        return make(m, one_in(m, 4) ? NAIVE_TODAY : NAIVE_NOW, NULL);
    }
}

static naive_node *make_moment(naive_maker *m, int depth) {
    static const char *const words[] = {"first", "last", "min", "max", "mode"};
    uint32_t which = below(m, depth > 0 ? 8 : 4);
    if (which < 2) {
        return make_plain_moment(m);
    }
    if (which < 3 && m->in_where) {
        naive_node *node = make(m, NAIVE_AT, NULL);
        node->step = make_step(m);
        return node;
    }
    if (which < 4) {
        return make_named(m, "due", one_in(m, 2) ? "renewed" : "birth_date");
    }
    if (which < 6 && !m->in_where) {
        return make_aggregate(m, PICK(m, words), one_in(m, 4) ? "due" : "at", depth - 1);
    }
    return make_sum(m, one_in(m, 3) ? "+" : "-", make_moment(m, depth - 1),
                    make_duration(m, one_in(m, 3) ? depth - 1 : 0));
}

/* A text that is a date or a time. */
static naive_node *make_written_moment(naive_maker *m) {
    char text[KITH_TIME_TEXT_BYTES];
    int64_t time_us = make_time(m);
    if (one_in(m, 2)) {
        kith_date_format(time_us / DAY_US, text);
    } else {
        kith_time_format(time_us, text);
    }
    return make_string(m, text);
}

static naive_node *make_duration(naive_maker *m, int depth) {
    if (depth == 0 || one_in(m, 3)) {
        return make_literal(m, NAIVE_DURATION, make_span(m));
    }
    return one_in(m, 4) ? make_sum(m, one_in(m, 2) ? "+" : "-", make_duration(m, depth - 1),
                                   make_duration(m, depth - 1))
                        : make_sum(m, "-", make_moment(m, depth - 1), make_moment(m, depth - 1));
}

/* Conditions */

typedef naive_node *make_fn(naive_maker *m, int depth);

static make_fn *pick_sort(naive_maker *m) {
    static make_fn *const sorts[] = {make_number, make_number, make_number, make_text,
                                     make_text,   make_moment, make_moment, make_duration};
    return PICK(m, sorts);
}

/* What is compared with others: two texts that are both written down are refused. */
static naive_node *make_compared(naive_maker *m, make_fn *sort, int depth) {
    naive_node *node = sort(m, depth);
    bool text = node->op == NAIVE_LITERAL && node->value.sort == NAIVE_TEXT;
    return text ? with(make(m, NAIVE_CALL, "lower"), node) : node;
}

static naive_node *make_comparison(naive_maker *m, int depth) {
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    make_fn *sort = pick_sort(m);
    naive_node *left = make_compared(m, sort, depth), *node = NULL;
    bool written = sort == make_moment && one_in(m, 4);
    switch (below(m, 8)) {
    case 0:
        node = with(make(m, NAIVE_IN, NULL), left);
        for (uint32_t count = 1 + below(m, 3); count > 0; count--) {
            node = with(node, sort(m, 0));
        }
        break;
    case 1:
        node = with(with(make(m, NAIVE_BETWEEN, NULL), left), sort(m, depth > 0 ? depth - 1 : 0));
        node = with(node, sort(m, depth > 0 ? depth - 1 : 0));
        break;
    case 2:
        node = with(make(m, NAIVE_IS_NULL, NULL), left);
        break;
    default:
        node = with(make(m, NAIVE_COMPARE, PICK(m, signs)), left);
        return with(node, written ? make_written_moment(m) : sort(m, depth));
    }
    node->negated = one_in(m, 2);
    return node;
}

static naive_node *make_match(naive_maker *m, int depth) {
    static const char *const words[] = {"LIKE", "ILIKE", "CONTAINS", "STARTS WITH", "ENDS WITH"};
    static const char *const patterns[] = {"%",  "s%",          "%S", "_ho%", "caf_", "1%0",
                                           "10", "caf\xc3\xa9", "h",  "1",    "_",    ""};
    naive_node *node =
        with(make(m, NAIVE_MATCH, PICK(m, words)), make_compared(m, make_text, depth));
    snprintf(node->value.text, sizeof node->value.text, "%s", PICK(m, patterns));
    node->value.sort = NAIVE_TEXT;
    node->negated = one_in(m, 2);
    return node;
}

static naive_node *make_boolean(naive_maker *m) {
    naive_node *node = make_named(m, "paid", "vip");
    if (one_in(m, 3)) {
        return node;
    }
    return with(with(make(m, NAIVE_COMPARE, one_in(m, 2) ? "=" : "!="), node),
                make_literal(m, NAIVE_BOOLEAN, one_in(m, 2)));
}

/* Mostly the customer's own bucket, or the one beside it. */
static int64_t make_border(naive_maker *m, const char *salt) {
    return one_in(m, 3) ? below(m, 10001) : naive_bucket(m->id, salt) + below(m, 2);
}

static naive_node *make_test(naive_maker *m) {
    static const char *const words[] = {"tag",     "any_tag", "all_tags",
                                        "no_tags", "consent", "bucket"};
    naive_node *node = named(make(m, NAIVE_TEST, PICK(m, words)), PICK(m, naive_names));
    const char *channel = PICK(m, naive_channels);
    int64_t from = make_border(m, node->names[0]), to = make_border(m, node->names[0]);
    node->least = from < to ? from : to;
    node->most = from < to ? to : from;
    if (strcmp(node->word, "consent") == 0 && channel != NULL) {
        return named(node, channel);
    }
    bool list = strstr(node->word, "_tag") != NULL;
    return list ? named(node, PICK(m, naive_names)) : node;
}

static naive_node *make_joined(naive_maker *m, int depth) {
    uint32_t which = below(m, 5);
    naive_node *node = make(m, which == 0 ? NAIVE_NOT : which < 3 ? NAIVE_AND : NAIVE_OR, NULL);
    size_t count = which == 0 ? 1 : 2 + below(m, 2);
    for (size_t i = 0; i < count; i++) {
        node = with(node, make_condition(m, depth - 1));
    }
    return node;
}

static naive_node *make_condition(naive_maker *m, int depth) {
    uint32_t which = below(m, 16);
    if (which < 4 && depth > 0) {
        return make_joined(m, depth);
    }
    if (which < 7 && !m->in_where && depth > 0) {
        return make_did(m, depth - 1);
    }
    if (which < 9 && !m->in_where && depth > 0) {
        return make_regularly(m, depth - 1);
    }
    if (which < 10 && !m->in_where) {
        return make_test(m);
    }
    if (m->in_where && m->step > 1 && one_in(m, 3)) {
        return make_match_of_steps(m);
    }
    if (which < 11) {
        return make_boolean(m);
    }
    if (which < 12) {
        return make_match(m, depth);
    }
    return one_in(m, 40) ? make_literal(m, NAIVE_BOOLEAN, one_in(m, 2)) : make_comparison(m, depth);
}

naive_node *naive_make(naive_maker *m) {
    m->in_where = false;
    return one_in(m, 4) ? pick_sort(m)(m, 1 + (int)below(m, 3))
                        : make_condition(m, 1 + (int)below(m, 3));
}

/* Writing */

typedef struct writer {
    kithi_buffer out;
    bool in_where;
} writer;

static void write_node(writer *w, const naive_node *node);

static void say(writer *w, const char *text) {
    kithi_buffer_append_text(&w->out, text);
}

static void say_number(writer *w, int64_t number) {
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    say(w, text);
}

static void say_text(writer *w, const char *text) {
    say(w, "'");
    for (const char *c = text; *c != '\0'; c++) {
        kithi_buffer_append_byte(&w->out, (uint8_t)*c);
        if (*c == '\'') {
            say(w, "'");
        }
    }
    say(w, "'");
}

static void say_duration(writer *w, int64_t us) {
    static const struct {
        int64_t us;
        const char *unit;
    } units[] = {{7 * DAY_US, "w"}, {DAY_US, "d"}, {HOUR_US, "h"}, {60000000, "m"}, {1000000, "s"}};
    size_t i = 0;
    while (us % units[i].us != 0) {
        i++;
    }
    say_number(w, us / units[i].us);
    say(w, units[i].unit);
}

static void say_literal(writer *w, const naive_value *value) {
    char text[128];
    switch (value->sort) {
    case NAIVE_TEXT:
        say_text(w, value->text);
        break;
    case NAIVE_DURATION:
        say_duration(w, (int64_t)value->number);
        break;
    default:
        naive_show(value, text);
        say(w, text);
    }
}

static void say_kids(writer *w, const naive_node *node, const char *between) {
    for (size_t i = 0; i < node->kid_count; i++) {
        say(w, i > 0 ? between : "");
        write_node(w, node->kids[i]);
    }
}

static void say_unit(writer *w, kithi_calendar_unit unit) {
    static const char *const names[] = {"DAY", "WEEK", "MONTH", "YEAR"};
    say(w, names[unit]);
}

static void say_bound(writer *w, const char *word, const naive_node *bound) {
    bool in_where = w->in_where;
    w->in_where = false;
    say(w, word);
    write_node(w, bound);
    w->in_where = in_where;
}

static void say_window(writer *w, const naive_stream *s) {
    switch (s->window) {
    case NAIVE_LAST:
        say(w, " LAST ");
        say_duration(w, s->duration_us);
        break;
    case NAIVE_CALENDAR:
        say(w, " LAST ");
        say_number(w, s->count);
        say(w, " CALENDAR ");
        say_unit(w, s->unit);
        say(w, "S");
        break;
    case NAIVE_THIS:
        say(w, " THIS ");
        say_unit(w, s->unit);
        break;
    default:
        break;
    }
    if (s->window == NAIVE_SINCE || s->window == NAIVE_FROM_TO) {
        say_bound(w, s->window == NAIVE_SINCE ? " SINCE " : " FROM ", s->from);
    }
    if (s->window == NAIVE_BEFORE || s->window == NAIVE_FROM_TO) {
        say_bound(w, s->window == NAIVE_BEFORE ? " BEFORE " : " TO ", s->to);
    }
}

static void say_stream(writer *w, const naive_stream *s) {
    bool plain = strchr(s->event, ' ') == NULL;
    if (plain) {
        say(w, s->event);
    } else {
        say_text(w, s->event);
    }
    say(w, s->property != NULL ? "." : "");
    say(w, s->property != NULL ? s->property : "");
    if (s->where != NULL) {
        say(w, " WHERE ");
        w->in_where = true;
        write_node(w, s->where);
        w->in_where = false;
    }
    say_window(w, s);
}

static void say_sequence(writer *w, const naive_node *node) {
    for (size_t i = 0; i < node->stream_count; i++) {
        const naive_stream *s = node->streams[i];
        say(w, i == 0 ? "" : s->negated ? " THEN NOT " : " THEN ");
        say_stream(w, s);
        if (s->within_us > 0) {
            say(w, " WITHIN ");
            say_duration(w, s->within_us);
        }
    }
}

static void say_regularly(writer *w, const naive_node *node) {
    say(w, "regularly(");
    say_stream(w, node->streams[0]);
    say(w, ", ");
    say_number(w, node->least);
    say(w, ", ");
    if (node->period_us > 0) {
        say_duration(w, node->period_us);
    } else {
        say_unit(w, node->unit);
    }
    say(w, ", ");
    say_number(w, node->most);
    say(w, ")");
}

static void say_test(writer *w, const naive_node *node) {
    say(w, node->word);
    say(w, "(");
    for (size_t i = 0; i < node->name_count; i++) {
        say(w, i > 0 ? ", " : "");
        say_text(w, node->names[i]);
    }
    if (strcmp(node->word, "bucket") == 0) {
        say(w, ", ");
        say_number(w, node->least);
        say(w, ", ");
        say_number(w, node->most);
    }
    say(w, ")");
}

static bool is_date_part(const naive_node *node) {
    static const char *const others[] = {"age", "length", "lower", "coalesce", "score", "points"};
    for (size_t i = 0; i < COUNT(others); i++) {
        if (node->op != NAIVE_CALL || strcmp(node->word, others[i]) == 0) {
            return false;
        }
    }
    return true;
}

static void say_call(writer *w, const naive_node *node) {
    bool part = is_date_part(node);
    if (node->name_count > 0) {
        say_test(w, node);
        return;
    }
    say(w, part ? "date_part" : node->word);
    say(w, "(");
    if (part) {
        say_text(w, node->word);
        say(w, ", ");
    }
    say_kids(w, node, ", ");
    say(w, ")");
}

static void say_property(writer *w, const naive_node *node) {
    if (node->step < 0) {
        say(w, "prev.");
    } else if (node->step > 0) {
        say(w, "step");
        say_number(w, node->step);
        say(w, ".");
    }
    say(w, node->op == NAIVE_AT ? "at" : node->names[0]);
}

/* In brackets. */
static void say_condition(writer *w, const naive_node *node) {
    const naive_node *what = node->kids[0];
    say(w, "(");
    switch (node->op) {
    case NAIVE_NOT:
        say(w, "NOT ");
        write_node(w, what);
        break;
    case NAIVE_IN:
        write_node(w, what);
        say(w, node->negated ? " NOT IN (" : " IN (");
        for (size_t i = 1; i < node->kid_count; i++) {
            say(w, i > 1 ? ", " : "");
            write_node(w, node->kids[i]);
        }
        say(w, ")");
        break;
    case NAIVE_BETWEEN:
        write_node(w, what);
        say(w, node->negated ? " NOT BETWEEN " : " BETWEEN ");
        write_node(w, node->kids[1]);
        say(w, " AND ");
        write_node(w, node->kids[2]);
        break;
    case NAIVE_MATCH:
        write_node(w, what);
        say(w, node->negated ? " NOT " : " ");
        say(w, node->word);
        say(w, " ");
        say_text(w, node->value.text);
        break;
    case NAIVE_IS_NULL:
        write_node(w, what);
        say(w, node->negated ? " IS NOT NULL" : " IS NULL");
        break;
    default:
        say_kids(w, node, node->op == NAIVE_AND ? " AND " : node->op == NAIVE_OR ? " OR " : "");
    }
    say(w, ")");
}

static void say_operation(writer *w, const naive_node *node) {
    say(w, "(");
    write_node(w, node->kids[0]);
    say(w, " ");
    say(w, node->word);
    say(w, " ");
    write_node(w, node->kids[1]);
    say(w, ")");
}

static void write_node(writer *w, const naive_node *node) {
    switch (node->op) {
    case NAIVE_LITERAL:
        say_literal(w, &node->value);
        break;
    case NAIVE_NOW:
    case NAIVE_TODAY:
        say(w, node->op == NAIVE_NOW ? "now" : "today");
        break;
    case NAIVE_ATTRIBUTE:
        say(w, w->in_where ? "profile." : "");
        say(w, node->names[0]);
        break;
    case NAIVE_PROPERTY:
    case NAIVE_AT:
        say_property(w, node);
        break;
    case NAIVE_SUM:
    case NAIVE_COMPARE:
        say_operation(w, node);
        break;
    case NAIVE_AGGREGATE:
    case NAIVE_DID:
        say(w, node->op == NAIVE_DID ? "did" : node->word);
        say(w, "(");
        say_sequence(w, node);
        say(w, ")");
        break;
    case NAIVE_CALL:
        say_call(w, node);
        break;
    case NAIVE_REGULARLY:
        say_regularly(w, node);
        break;
    case NAIVE_TEST:
        say_test(w, node);
        break;
    default:
        say_condition(w, node);
    }
}

char *naive_write(const naive_node *node) {
    writer w = {.in_where = false};
    kithi_buffer_init(&w.out);
    write_node(&w, node);
    kithi_buffer_append_byte(&w.out, '\0');
    if (!kithi_buffer_ok(&w.out)) {
        abort();
    }
    return (char *)w.out.data;
}

/* Making smaller */

/* Takes ways until it is at the one that is wanted. */
typedef struct shrinker {
    size_t way;
    naive_undo *undo;
    bool done;
} shrinker;

/* Whether this is the way that is wanted: then the node may be changed. */
static bool is_way(shrinker *s, naive_node *node, naive_stream *stream) {
    if (s->done || s->way-- > 0) {
        return false;
    }
    s->done = true;
    *s->undo = (naive_undo){.node = node, .stream = stream};
    if (node != NULL) {
        s->undo->node_was = *node;
    }
    if (stream != NULL) {
        s->undo->stream_was = *stream;
    }
    return true;
}

static void shrink_node(shrinker *s, naive_node *node);

static void shrink_stream(shrinker *s, naive_stream *stream) {
    if (stream->where != NULL && is_way(s, NULL, stream)) {
        stream->where = NULL;
        return;
    }
    if (stream->window != NAIVE_ALL && is_way(s, NULL, stream)) {
        stream->window = NAIVE_ALL;
        stream->from = stream->to = NULL;
        return;
    }
    if (stream->within_us > 0 && is_way(s, NULL, stream)) {
        stream->within_us = 0;
        return;
    }
    naive_node *const parts[] = {stream->where, stream->from, stream->to};
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (!s->done && parts[i] != NULL) {
            shrink_node(s, parts[i]);
        }
    }
}

static void drop_kid(naive_node *node, size_t at) {
    memmove(node->kids + at, node->kids + at + 1, (node->kid_count - at - 1) * sizeof *node->kids);
    node->kid_count--;
}

static void drop_stream(naive_node *node, size_t at) {
    memmove(node->streams + at, node->streams + at + 1,
            (node->stream_count - at - 1) * sizeof *node->streams);
    node->stream_count--;
}

/* What a part may be instead of all that it is. */
static void shrink_whole(shrinker *s, naive_node *node) {
    static const naive_value least[] = {
        {.sort = NAIVE_BOOLEAN, .number = 1}, {.sort = NAIVE_BOOLEAN}, {.sort = NAIVE_NUMBER}};
    for (size_t i = 0; node->op != NAIVE_LITERAL && i < COUNT(least); i++) {
        if (is_way(s, node, NULL)) {
            *node = (naive_node){.op = NAIVE_LITERAL, .value = least[i]};
            return;
        }
    }
    for (size_t i = 0; i < node->kid_count; i++) {
        if (is_way(s, node, NULL)) {
            naive_node kid = *node->kids[i];
            *node = kid;
            return;
        }
    }
}

static void shrink_parts(shrinker *s, naive_node *node) {
    bool list = node->op == NAIVE_AND || node->op == NAIVE_OR || node->op == NAIVE_IN;
    for (size_t i = node->op == NAIVE_IN; list && node->kid_count > 2 && i < node->kid_count; i++) {
        if (is_way(s, node, NULL)) {
            drop_kid(node, i);
            return;
        }
    }
    for (size_t i = 0; node->stream_count > 1 && i < node->stream_count; i++) {
        bool negated = i == 0 && node->streams[1]->negated;
        if (!negated && is_way(s, node, NULL)) {
            drop_stream(node, i);
            return;
        }
    }
}

static void shrink_node(shrinker *s, naive_node *node) {
    shrink_whole(s, node);
    if (!s->done) {
        shrink_parts(s, node);
    }
    for (size_t i = 0; !s->done && i < node->kid_count; i++) {
        shrink_node(s, node->kids[i]);
    }
    for (size_t i = 0; !s->done && i < node->stream_count; i++) {
        shrink_stream(s, node->streams[i]);
    }
}

bool naive_shrink(naive_node *node, size_t way, naive_undo *out_undo) {
    shrinker s = {.way = way, .undo = out_undo};
    shrink_node(&s, node);
    return s.done;
}

void naive_restore(const naive_undo *undo) {
    if (undo->node != NULL) {
        *undo->node = undo->node_was;
    }
    if (undo->stream != NULL) {
        *undo->stream = undo->stream_was;
    }
}

/* What an expression names */

static void note_duration(naive_moments *out, int64_t us) {
    if (us != 0 && out->duration_count < NAIVE_MOMENTS_MAX) {
        out->durations_us[out->duration_count++] = us;
    }
}

static void note_time(naive_moments *out, int64_t us) {
    if (out->time_count < NAIVE_MOMENTS_MAX) {
        out->times_us[out->time_count++] = us;
    }
}

static void note_unit(naive_moments *out, int64_t us) {
    out->unit_us = out->unit_us == 0 || us < out->unit_us ? us : out->unit_us;
}

static void collect_units(const naive_node *node, naive_moments *out) {
    bool part = is_date_part(node);
    if (part && strcmp(node->word, "minute") == 0) {
        note_unit(out, 60000000);
    } else if (part && strcmp(node->word, "hour") == 0) {
        note_unit(out, HOUR_US);
    } else if (node->op == NAIVE_CALL && strcmp(node->word, "age") == 0) {
        note_unit(out, 365 * DAY_US);
    } else if (part || node->op == NAIVE_TODAY) {
        note_unit(out, DAY_US);
    } else if (node->op == NAIVE_REGULARLY && node->period_us > 0) {
        note_unit(out, node->period_us / 8); /* the ends of periods pass one event after another */
    }
}

static void collect_stream(const naive_stream *s, const kithi_zone *zone, naive_moments *out) {
    const naive_node *const parts[] = {s->where, s->from, s->to};
    note_duration(out, s->window == NAIVE_LAST ? s->duration_us : 0);
    note_duration(out, s->within_us);
    if (s->window == NAIVE_CALENDAR || s->window == NAIVE_THIS) {
        note_unit(out, DAY_US);
    }
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (parts[i] != NULL) {
            naive_collect(parts[i], zone, out);
        }
    }
}

void naive_collect(const naive_node *node, const kithi_zone *zone, naive_moments *out) {
    int64_t number = (int64_t)node->value.number;
    if (node->op == NAIVE_LITERAL && node->value.sort == NAIVE_DURATION) {
        note_duration(out, number);
    } else if (node->op == NAIVE_LITERAL && node->value.sort == NAIVE_TIME) {
        note_time(out, number);
    } else if (node->op == NAIVE_LITERAL && node->value.sort == NAIVE_DATE) {
        note_time(out, kithi_calendar_date_start(zone, number));
    }
    collect_units(node, out);
    note_duration(out, node->op == NAIVE_REGULARLY ? node->period_us : 0);
    for (size_t i = 0; i < node->kid_count; i++) {
        naive_collect(node->kids[i], zone, out);
    }
    for (size_t i = 0; i < node->stream_count; i++) {
        collect_stream(node->streams[i], zone, out);
    }
}
