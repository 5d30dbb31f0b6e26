#include "tests/property/naive_segment.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/amount.h"
#include "src/base/hash.h"
#include "src/base/text.h"

#define ONE 1000000

/* Where an expression is evaluated: for whom, when, and inside WHERE at which events. */
typedef struct view {
    const naive_customer *customer;
    int64_t now_us;
    const naive_event *event;
    const naive_event *steps[NAIVE_STEPS_MAX]; /* before it */
    size_t step_count;
} view;

typedef struct values {
    naive_value *items;
    size_t count, capacity;
} values;

static naive_value value_at(const view *v, const naive_node *node);
static bool is_true(const view *v, const naive_node *node);

/* Values */

static naive_value nothing(void) {
    return (naive_value){.sort = NAIVE_NOTHING};
}

static naive_value of_sort(naive_sort sort, naive_number number) {
    return (naive_value){.sort = sort, .number = number};
}

static naive_value of_text(const char *text, size_t size) {
    naive_value made = {.sort = NAIVE_TEXT};
    if (size >= sizeof made.text) {
        abort();
    }
    memcpy(made.text, text, size);
    return made;
}

/* No number has more than 31 digits before its point. */
static naive_value of_number(naive_number micros) {
    naive_number limit = (naive_number)ONE;
    for (int i = 0; i < 31; i++) {
        limit *= 10;
    }
    return micros < limit && micros > -limit ? of_sort(NAIVE_NUMBER, micros) : nothing();
}

static naive_value of_time(naive_number us) {
    return us >= INT64_MIN && us <= INT64_MAX ? of_sort(NAIVE_TIME, us) : nothing();
}

static naive_value of_duration(naive_number us) {
    return us >= INT64_MIN && us <= INT64_MAX ? of_sort(NAIVE_DURATION, us) : nothing();
}

naive_value naive_value_of(const kith_value *value) {
    switch (value->type) {
    case KITH_TYPE_NULL:
        return nothing();
    case KITH_TYPE_BOOLEAN:
        return of_sort(NAIVE_BOOLEAN, value->as.boolean);
    case KITH_TYPE_INTEGER:
        return of_number((naive_number)value->as.integer * ONE);
    case KITH_TYPE_REAL:
        return of_number((naive_number)rint(value->as.real * ONE));
    case KITH_TYPE_TEXT:
        return of_text(value->as.text.data, value->as.text.size);
    case KITH_TYPE_DATE:
        return of_sort(NAIVE_DATE, value->as.date_days);
    case KITH_TYPE_TIME:
        return of_sort(NAIVE_TIME, value->as.time_us);
    default:
        return of_sort(NAIVE_OTHER, 0);
    }
}

static void add(values *list, naive_value value) {
    if (value.sort == NAIVE_NOTHING) {
        return;
    }
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 4;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        if (list->items == NULL) {
            abort();
        }
    }
    list->items[list->count++] = value;
}

/* A list gives each of its items, a path goes into maps. */
static void collect(values *list, const kith_value *value, const char *path) {
    if (value->type == KITH_TYPE_LIST) {
        for (size_t i = 0; i < value->as.list.count; i++) {
            collect(list, &value->as.list.items[i], path);
        }
        return;
    }
    if (path[0] == '\0') {
        add(list, naive_value_of(value));
        return;
    }
    size_t size = strcspn(path, ".");
    for (size_t i = 0; value->type == KITH_TYPE_MAP && i < value->as.map.count; i++) {
        const kith_field *field = &value->as.map.fields[i];
        if (strlen(field->name) == size && strncmp(field->name, path, size) == 0) {
            collect(list, &field->value, path + size + (path[size] == '.'));
        }
    }
}

static void collect_field(values *list, const kith_field *field, const char *path) {
    size_t size = strcspn(path, ".");
    if (strlen(field->name) == size && strncmp(field->name, path, size) == 0) {
        collect(list, &field->value, path + size + (path[size] == '.'));
    }
}

static void collect_property(values *list, const naive_event *event, const char *path) {
    for (size_t i = 0; i < event->field_count; i++) {
        collect_field(list, &event->fields[i], path);
    }
}

static const naive_event *event_of(const view *v, int step) {
    if (step == 0) {
        return v->event;
    }
    return step < 0 ? v->steps[v->step_count - 1] : v->steps[step - 1];
}

/* All that an attribute or a property says; of other parts their one value. */
static values values_at(const view *v, const naive_node *node) {
    values list = {NULL, 0, 0};
    if (node->op == NAIVE_ATTRIBUTE) {
        for (size_t i = 0; i < v->customer->attribute_count; i++) {
            collect_field(&list, &v->customer->attributes[i].field, node->names[0]);
        }
    } else if (node->op == NAIVE_PROPERTY) {
        collect_property(&list, event_of(v, node->step), node->names[0]);
    } else {
        add(&list, value_at(v, node));
    }
    return list;
}

static naive_value first_at(const view *v, const naive_node *node) {
    values list = values_at(v, node);
    naive_value first = list.count > 0 ? list.items[0] : nothing();
    free(list.items);
    return first;
}

/* Texts */

static naive_value composed(const naive_value *text, bool fold) {
    size_t size;
    char *made = kithi_text_compose(text->text, strlen(text->text), fold, &size);
    if (made == NULL) {
        abort();
    }
    naive_value value = of_text(made, size);
    free(made);
    return value;
}

static int compare_texts(const naive_value *a, const naive_value *b) {
    naive_value left = composed(a, false), right = composed(b, false);
    return strcmp(left.text, right.text);
}

static void write_number(naive_number micros, char out[NAIVE_TEXT_BYTES]) {
    naive_number size = micros < 0 ? -micros : micros;
    char whole[NAIVE_TEXT_BYTES] = "", longer[NAIVE_TEXT_BYTES];
    for (naive_number rest = size / ONE; rest > 0 || whole[0] == '\0'; rest /= 10) {
        snprintf(longer, sizeof longer, "%d%.40s", (int)(rest % 10), whole);
        memcpy(whole, longer, sizeof whole);
    }
    snprintf(out, NAIVE_TEXT_BYTES, "%s%.40s.%06d", micros < 0 ? "-" : "", whole,
             (int)(size % ONE));
    size_t end = strlen(out);
    while (out[end - 1] == '0') {
        out[--end] = '\0';
    }
    if (out[end - 1] == '.') {
        out[end - 1] = '\0';
    }
}

/* A number is taken as it is written. */
static naive_value text_of(const naive_value *value) {
    naive_value text = *value;
    if (value->sort == NAIVE_NUMBER) {
        text.sort = NAIVE_TEXT;
        write_number(value->number, text.text);
    }
    return text.sort == NAIVE_TEXT ? text : nothing();
}

static naive_value length_of(const naive_value *text) {
    naive_value made = composed(text, false);
    size_t at = 0;
    naive_number count = 0;
    while (kithi_text_next(made.text, strlen(made.text), &at) >= 0) {
        count++;
    }
    return of_number(count * ONE);
}

/* % is any run of characters, _ is any one. */
static bool is_like(const char *text, const char *pattern) {
    size_t next = 0, same = 0;
    if (pattern[0] == '\0') {
        return text[0] == '\0';
    }
    if (pattern[0] == '%') {
        return is_like(text, pattern + 1) || (text[0] != '\0' && is_like(text + 1, pattern));
    }
    int32_t wanted = kithi_text_next(pattern, strlen(pattern), &same);
    int32_t found = kithi_text_next(text, strlen(text), &next);
    return found >= 0 && (wanted == '_' || wanted == found) && is_like(text + next, pattern + same);
}

static bool text_matches(const char *word, const naive_value *value, const naive_value *wanted) {
    naive_value text = text_of(value);
    if (text.sort == NAIVE_NOTHING) {
        return false;
    }
    bool fold = strcmp(word, "ILIKE") == 0;
    naive_value a = composed(&text, fold), b = composed(wanted, fold);
    size_t size = strlen(a.text), part = strlen(b.text);
    if (strcmp(word, "CONTAINS") == 0) {
        return strstr(a.text, b.text) != NULL;
    }
    if (strcmp(word, "STARTS WITH") == 0) {
        return strncmp(a.text, b.text, part) == 0;
    }
    if (strcmp(word, "ENDS WITH") == 0) {
        return size >= part && strcmp(a.text + size - part, b.text) == 0;
    }
    return is_like(a.text, b.text);
}

/* Reading texts as something else */

static naive_value read_number(const naive_value *value) {
    int64_t micros;
    if (value->sort == NAIVE_TEXT) {
        return kithi_amount_micros(value->text, strlen(value->text), &micros)
                   ? of_sort(NAIVE_NUMBER, micros)
                   : nothing();
    }
    return value->sort == NAIVE_NUMBER ? *value : nothing();
}

static naive_value read_moment(const naive_value *value) {
    int64_t number;
    if (value->sort != NAIVE_TEXT) {
        return value->sort == NAIVE_DATE || value->sort == NAIVE_TIME ? *value : nothing();
    }
    if (kith_date_parse(value->text, strlen(value->text), &number) == KITH_OK) {
        return of_sort(NAIVE_DATE, number);
    }
    return kith_time_parse(value->text, strlen(value->text), &number) == KITH_OK
               ? of_sort(NAIVE_TIME, number)
               : nothing();
}

static naive_value read_boolean(const naive_value *value) {
    if (value->sort != NAIVE_TEXT) {
        return value->sort == NAIVE_BOOLEAN ? *value : nothing();
    }
    if (strcasecmp(value->text, "true") == 0) {
        return of_sort(NAIVE_BOOLEAN, 1);
    }
    return strcasecmp(value->text, "false") == 0 ? of_sort(NAIVE_BOOLEAN, 0) : nothing();
}

/* A moment as an instant: of a date its first one. */
static naive_value instant_of(const view *v, const naive_value *value) {
    naive_value moment = read_moment(value);
    return moment.sort == NAIVE_DATE
               ? of_time(kithi_calendar_date_start(v->customer->zone, (int64_t)moment.number))
               : moment;
}

/* Comparing */

static bool is_moment(naive_sort sort) {
    return sort == NAIVE_DATE || sort == NAIVE_TIME;
}

static naive_value read_beside(const naive_value *value, naive_sort beside) {
    if (value->sort != NAIVE_TEXT || beside == NAIVE_TEXT) {
        return *value;
    }
    return beside == NAIVE_NUMBER    ? read_number(value)
           : is_moment(beside)       ? read_moment(value)
           : beside == NAIVE_BOOLEAN ? read_boolean(value)
                                     : nothing();
}

static int sign_of(naive_number a, naive_number b) {
    return a < b ? -1 : a > b;
}

/* False: there is no comparing them. */
static bool compare(const view *v, const naive_value *a, const naive_value *b, int *out) {
    naive_value left = read_beside(a, b->sort), right = read_beside(b, a->sort);
    if (left.sort == NAIVE_NOTHING || right.sort == NAIVE_NOTHING || left.sort == NAIVE_OTHER) {
        return false;
    }
    if (is_moment(left.sort) && is_moment(right.sort) && left.sort != right.sort) {
        left = instant_of(v, &left);
        right = instant_of(v, &right);
    }
    *out =
        left.sort == NAIVE_TEXT ? compare_texts(&left, &right) : sign_of(left.number, right.number);
    return left.sort == right.sort;
}

static bool fits(const char *word, int order) {
    if (word[0] == '<') {
        return order < 0 || (word[1] == '=' && order == 0);
    }
    if (word[0] == '>') {
        return order > 0 || (word[1] == '=' && order == 0);
    }
    return order == 0;
}

/* Conditions have no order. */
static bool holds(const view *v, const naive_value *a, const char *word, const naive_value *b) {
    int order;
    bool boolean = a->sort == NAIVE_BOOLEAN || b->sort == NAIVE_BOOLEAN;
    if (boolean && (word[0] == '<' || word[0] == '>')) {
        return false;
    }
    return compare(v, a, b, &order) && fits(word, order);
}

/* Whether it holds for one value of each. */
static bool some_hold(const view *v, const naive_node *a, const char *word, const naive_node *b) {
    bool found = false;
    values left = values_at(v, a), right = values_at(v, b);
    for (size_t i = 0; i < left.count; i++) {
        for (size_t j = 0; j < right.count; j++) {
            found = found || holds(v, &left.items[i], word, &right.items[j]);
        }
    }
    free(left.items);
    free(right.items);
    return found;
}

static bool in_list(const view *v, const naive_node *node) {
    bool found = false;
    for (size_t i = 1; i < node->kid_count; i++) {
        found = found || some_hold(v, node->kids[0], "=", node->kids[i]);
    }
    return found;
}

static bool between(const view *v, const naive_node *node) {
    bool found = false;
    values list = values_at(v, node->kids[0]), low = values_at(v, node->kids[1]),
           high = values_at(v, node->kids[2]);
    for (size_t i = 0; i < list.count; i++) {
        bool above = false, below = false;
        for (size_t j = 0; j < low.count; j++) {
            above = above || holds(v, &list.items[i], ">=", &low.items[j]);
        }
        for (size_t j = 0; j < high.count; j++) {
            below = below || holds(v, &list.items[i], "<=", &high.items[j]);
        }
        found = found || (above && below);
    }
    free(list.items);
    free(low.items);
    free(high.items);
    return found;
}

static bool matches_text(const view *v, const naive_node *node) {
    bool found = false;
    values list = values_at(v, node->kids[0]);
    for (size_t i = 0; i < list.count; i++) {
        found = found || text_matches(node->word, &list.items[i], &node->value);
    }
    free(list.items);
    return found;
}

/* Sums */

/* whole + part / by, rounded half to even. */
static naive_number round_even(naive_number whole, naive_number part, naive_number by) {
    if (by < 0) {
        part = -part;
        by = -by;
    }
    naive_number floor = part / by - (part % by < 0), rest = part - floor * by;
    bool odd = (whole + floor) % 2 != 0;
    return whole + floor + (rest * 2 > by || (rest * 2 == by && odd));
}

/* The larger one is taken apart: where this overflows, what comes out is no number either. */
static naive_value multiply(naive_number a, naive_number b) {
    naive_number whole, part;
    if ((a < 0 ? -a : a) < (b < 0 ? -b : b)) {
        return multiply(b, a);
    }
    if (__builtin_mul_overflow(a / ONE, b, &whole) || __builtin_mul_overflow(a % ONE, b, &part)) {
        return nothing();
    }
    return of_number(round_even(whole, part, ONE));
}

/* As it is done by hand. */
static naive_value divide(naive_number a, naive_number b) {
    if (b == 0) {
        return nothing();
    }
    naive_number whole = a / b, rest = a % b;
    for (naive_number place = 1; place < ONE; place *= 10) {
        if (__builtin_mul_overflow(whole, 10, &whole)) {
            return nothing();
        }
        rest *= 10;
        whole += rest / b;
        rest %= b;
    }
    return of_number(round_even(whole, rest, b));
}

static naive_value calculate(char sign, naive_number a, naive_number b) {
    switch (sign) {
    case '+':
        return of_number(a + b);
    case '-':
        return of_number(a - b);
    case '*':
        return multiply(a, b);
    default:
        return divide(a, b);
    }
}

/* A text is read as what fits beside the other. */
static naive_value read_term(const naive_value *value, const naive_value *beside, char sign) {
    if (value->sort != NAIVE_TEXT) {
        return *value;
    }
    bool moment = beside->sort == NAIVE_DURATION || (is_moment(beside->sort) && sign == '-');
    return moment ? read_moment(value) : read_number(value);
}

static naive_value sum_of(const view *v, const naive_node *node) {
    naive_value left = first_at(v, node->kids[0]), right = first_at(v, node->kids[1]);
    char sign = node->word[0];
    naive_value a = read_term(&left, &right, sign), b = read_term(&right, &left, sign);
    naive_number turn = sign == '-' ? -1 : 1;
    if (a.sort == NAIVE_NUMBER && b.sort == NAIVE_NUMBER) {
        return calculate(sign, a.number, b.number);
    }
    if (sign != '+' && sign != '-') {
        return nothing();
    }
    if (is_moment(a.sort) && b.sort == NAIVE_DURATION) {
        return of_time(instant_of(v, &a).number + turn * b.number);
    }
    if (a.sort == NAIVE_DURATION && is_moment(b.sort) && sign == '+') {
        return of_time(instant_of(v, &b).number + a.number);
    }
    if (a.sort == NAIVE_DURATION && b.sort == NAIVE_DURATION) {
        return of_duration(a.number + turn * b.number);
    }
    if (is_moment(a.sort) && is_moment(b.sort) && sign == '-') {
        return of_duration(instant_of(v, &a).number - instant_of(v, &b).number);
    }
    return nothing();
}

/* Windows and streams */

static bool bound_at(const view *v, const naive_node *node, int64_t *out_us) {
    view outside = {.customer = v->customer, .now_us = v->now_us};
    naive_value bound = first_at(&outside, node);
    bound = instant_of(v, &bound);
    *out_us = (int64_t)bound.number;
    return bound.sort == NAIVE_TIME;
}

/* A window from its first instant to its last one. False: it is empty. */
static bool ends_at(const view *v, const naive_stream *s, int64_t *out_first, int64_t *out_last) {
    const kithi_zone *zone = v->customer->zone;
    int64_t first = INT64_MIN, end = INT64_MAX;
    bool known = true;
    switch (s->window) {
    case NAIVE_ALL:
        break;
    case NAIVE_LAST:
        first = v->now_us - s->duration_us + 1;
        break;
    case NAIVE_CALENDAR:
        first = kithi_calendar_start(zone, s->unit, v->now_us, -s->count, NULL);
        end = kithi_calendar_start(zone, s->unit, v->now_us, 0, NULL);
        break;
    case NAIVE_THIS:
        first = kithi_calendar_start(zone, s->unit, v->now_us, 0, NULL);
        break;
    case NAIVE_SINCE:
        known = bound_at(v, s->from, &first);
        break;
    case NAIVE_BEFORE:
        known = bound_at(v, s->to, &end);
        break;
    case NAIVE_FROM_TO:
        known = bound_at(v, s->from, &first) && bound_at(v, s->to, &end);
        break;
    }
    *out_first = first;
    *out_last = end - 1 < v->now_us ? end - 1 : v->now_us;
    return known && first <= *out_last;
}

static bool takes(const view *v, const naive_stream *s, const naive_event *event) {
    int64_t first, last;
    view inside = *v;
    inside.event = event;
    return strcmp(s->event, event->type) == 0 && ends_at(v, s, &first, &last) &&
           first <= event->time_us && event->time_us <= last &&
           (s->where == NULL || is_true(&inside, s->where));
}

/* A value of a stream, and when. */
typedef struct match {
    int64_t time_us;
    naive_value value;
} match;

typedef struct matches {
    match *items;
    size_t count;
} matches;

static values values_of_event(const naive_stream *s, const naive_event *event) {
    values list = {NULL, 0, 0};
    if (s->property == NULL) {
        add(&list, of_sort(NAIVE_BOOLEAN, 1));
    } else if (strcmp(s->property, "at") == 0) {
        add(&list, of_sort(NAIVE_TIME, event->time_us));
    } else {
        collect_property(&list, event, s->property);
    }
    return list;
}

static matches matches_of(const view *v, const naive_stream *s) {
    matches found = {NULL, 0};
    for (size_t i = 0; i < v->customer->event_count; i++) {
        const naive_event *event = &v->customer->events[i];
        if (!takes(v, s, event)) {
            continue;
        }
        values list = values_of_event(s, event);
        found.items = realloc(found.items, (found.count + list.count + 1) * sizeof *found.items);
        for (size_t j = 0; j < list.count; j++) {
            found.items[found.count++] = (match){event->time_us, list.items[j]};
        }
        free(list.items);
    }
    return found;
}

/* Aggregates */

/* The order of values of any sort: by sort, numbers before texts; then by value. */
static int order_of(const naive_value *a, const naive_value *b) {
    if (a->sort != b->sort) {
        return a->sort < b->sort ? -1 : 1;
    }
    return a->sort == NAIVE_TEXT ? compare_texts(a, b) : sign_of(a->number, b->number);
}

static naive_value count_days(const view *v, const matches *found) {
    naive_number count = 0;
    for (size_t i = 0; i < found->count; i++) {
        bool before = false;
        int64_t date = kithi_calendar_date(v->customer->zone, found->items[i].time_us);
        for (size_t j = 0; j < i; j++) {
            before =
                before || kithi_calendar_date(v->customer->zone, found->items[j].time_us) == date;
        }
        count += before ? 0 : 1;
    }
    return of_number(count * ONE);
}

/* Numbers too large to be summed are passed over, as in sums of profiles. */
static naive_value add_up(const matches *found, bool average) {
    naive_number sum = 0, count = 0;
    for (size_t i = 0; i < found->count; i++) {
        naive_value number = read_number(&found->items[i].value);
        bool counts =
            number.sort == NAIVE_NUMBER && number.number >= INT64_MIN && number.number <= INT64_MAX;
        sum += counts ? number.number : 0;
        count += counts ? 1 : 0;
    }
    if (!average) {
        return of_number(sum);
    }
    return count == 0 ? nothing() : of_number(round_even(0, sum, count));
}

/* The least (-1) or the greatest (1): a text that is an amount counts as its number. */
static naive_value extreme_of(const matches *found, int which) {
    naive_value best = nothing();
    for (size_t i = 0; i < found->count; i++) {
        naive_value value = found->items[i].value, number = read_number(&value);
        value = number.sort == NAIVE_NUMBER ? number : value;
        int order = order_of(&value, &best);
        if (best.sort == NAIVE_NOTHING || (which < 0 ? order < 0 : order > 0)) {
            best = value;
        }
    }
    return best;
}

static size_t times_among(const matches *found, const naive_value *value) {
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        count += order_of(&found->items[i].value, value) == 0;
    }
    return count;
}

static naive_value mode_of(const matches *found) {
    naive_value best = nothing();
    size_t most = 0;
    for (size_t i = 0; i < found->count; i++) {
        const naive_value *value = &found->items[i].value;
        size_t times = times_among(found, value);
        if (times > most || (times == most && order_of(value, &best) < 0)) {
            best = *value;
            most = times;
        }
    }
    return best;
}

static naive_value count_distinct(const matches *found) {
    naive_number count = 0;
    for (size_t i = 0; i < found->count; i++) {
        matches before = {found->items, i};
        count += times_among(&before, &found->items[i].value) == 0 ? 1 : 0;
    }
    return of_number(count * ONE);
}

static naive_value fold(const view *v, const char *word, const matches *found) {
    bool first = strcmp(word, "first") == 0;
    if (strcmp(word, "count") == 0) {
        return of_number((naive_number)found->count * ONE);
    }
    if (strcmp(word, "days") == 0) {
        return count_days(v, found);
    }
    if (strcmp(word, "sum") == 0 || strcmp(word, "avg") == 0) {
        return add_up(found, word[0] == 'a');
    }
    if (strcmp(word, "min") == 0 || strcmp(word, "max") == 0) {
        return extreme_of(found, word[1] == 'i' ? -1 : 1);
    }
    if (strcmp(word, "mode") == 0) {
        return mode_of(found);
    }
    if (strcmp(word, "distinct") == 0) {
        return count_distinct(found);
    }
    return found->count == 0 ? nothing() : found->items[first ? 0 : found->count - 1].value;
}

static naive_value aggregate(const view *v, const naive_node *node) {
    matches found = matches_of(v, node->streams[0]);
    naive_value value = fold(v, node->word, &found);
    free(found.items);
    return value;
}

/* Sequences */

/* That no event of the last stream follows in time, and that the time is over. */
static bool none_follows(const view *v, const naive_stream *s, const naive_event *last) {
    if (s->within_us > 0 && v->now_us < last->time_us + s->within_us) {
        return false;
    }
    for (size_t i = 0; i < v->customer->event_count; i++) {
        const naive_event *event = &v->customer->events[i];
        bool in_time = last->time_us < event->time_us &&
                       (s->within_us == 0 || event->time_us <= last->time_us + s->within_us);
        if (in_time && takes(v, s, event)) {
            return false;
        }
    }
    return true;
}

/* Whether the steps from this one on can be gone, after those that the view has behind it. */
static bool goes_on(const view *v, const naive_node *node, size_t step) {
    const naive_event *last = step > 0 ? v->steps[step - 1] : NULL;
    if (step == node->stream_count) {
        return true;
    }
    const naive_stream *s = node->streams[step];
    if (s->negated) {
        return none_follows(v, s, last);
    }
    bool found = false;
    for (size_t i = 0; !found && i < v->customer->event_count; i++) {
        const naive_event *event = &v->customer->events[i];
        bool in_time =
            step == 0 || (last->time_us < event->time_us &&
                          (s->within_us == 0 || event->time_us <= last->time_us + s->within_us));
        view next = *v;
        next.steps[step] = event;
        next.step_count = step + 1;
        found = in_time && takes(v, s, event) && goes_on(&next, node, step + 1);
    }
    return found;
}

/* Periods */

static size_t count_between(const matches *found, int64_t first, int64_t last) {
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        count += first <= found->items[i].time_us && found->items[i].time_us <= last;
    }
    return count;
}

/* Periods are counted back from the window's end; only whole ones count. */
static int64_t count_periods(const naive_node *node, const matches *found, int64_t first,
                             int64_t last) {
    int64_t full = 0;
    for (int64_t end = last; end - node->period_us >= first - 1; end -= node->period_us) {
        full += count_between(found, end - node->period_us + 1, end) >= (size_t)node->least;
    }
    return full;
}

/* Units of the calendar, each told by its first instant, that hold enough. */
static int64_t count_units(const view *v, const naive_node *node, const matches *found) {
    int64_t full = 0, before = INT64_MIN;
    for (size_t i = 0; i < found->count; i++) {
        int64_t start =
            kithi_calendar_start(v->customer->zone, node->unit, found->items[i].time_us, 0, NULL);
        size_t count = 0;
        for (size_t j = 0; j < found->count; j++) {
            count += kithi_calendar_start(v->customer->zone, node->unit, found->items[j].time_us, 0,
                                          NULL) == start;
        }
        full += start != before && count >= (size_t)node->least;
        before = start;
    }
    return full;
}

static bool is_regular(const view *v, const naive_node *node) {
    int64_t first, last;
    if (!ends_at(v, node->streams[0], &first, &last)) {
        return false;
    }
    matches found = matches_of(v, node->streams[0]);
    int64_t full = node->period_us > 0 ? count_periods(node, &found, first, last)
                                       : count_units(v, node, &found);
    free(found.items);
    return full >= node->most;
}

/* Marks */

static bool has_tag(const view *v, const char *name) {
    const naive_mark *standing = NULL;
    for (size_t i = 0; i < v->customer->mark_count; i++) {
        const naive_mark *mark = &v->customer->marks[i];
        if (mark->kind > NAIVE_UNTAG || strcmp(mark->name, name) != 0 || mark->at_us > v->now_us) {
            continue;
        }
        bool later = standing == NULL || mark->at_us > standing->at_us ||
                     (mark->at_us == standing->at_us && mark->kind == NAIVE_UNTAG);
        standing = later ? mark : standing;
    }
    return standing != NULL && standing->kind == NAIVE_TAG && v->now_us < standing->expires_at_us;
}

static bool has_consent(const view *v, const char *purpose, const char *channel) {
    const naive_mark *standing = NULL;
    for (size_t i = 0; i < v->customer->mark_count; i++) {
        const naive_mark *mark = &v->customer->marks[i];
        bool meant =
            mark->kind == NAIVE_CONSENT && strcmp(mark->name, purpose) == 0 &&
            (mark->channel == NULL || (channel != NULL && strcmp(mark->channel, channel) == 0));
        if (!meant || mark->at_us > v->now_us) {
            continue;
        }
        bool later = standing == NULL || mark->at_us > standing->at_us ||
                     (mark->at_us == standing->at_us && !mark->granted);
        standing = later ? mark : standing;
    }
    return standing != NULL && standing->granted;
}

/* Of entries of one record with one id only the earliest counts. */
static bool is_first_entry(const naive_customer *customer, const naive_mark *entry) {
    for (size_t i = 0; i < customer->mark_count; i++) {
        const naive_mark *other = &customer->marks[i];
        bool same = other->kind == NAIVE_POINTS && other->record == entry->record &&
                    strcmp(other->name, entry->name) == 0 &&
                    strcmp(other->entry, entry->entry) == 0;
        if (same && other->at_us < entry->at_us) {
            return false;
        }
    }
    return true;
}

static naive_value points_of(const view *v, const char *ledger) {
    naive_number sum = 0;
    for (size_t i = 0; i < v->customer->mark_count; i++) {
        const naive_mark *mark = &v->customer->marks[i];
        bool counts = mark->kind == NAIVE_POINTS && strcmp(mark->name, ledger) == 0 &&
                      is_first_entry(v->customer, mark);
        sum += counts && mark->at_us <= v->now_us ? mark->micros : 0;
    }
    return of_number(sum);
}

static naive_value score_of(const view *v, const char *name) {
    const naive_mark *standing = NULL;
    for (size_t i = 0; i < v->customer->mark_count; i++) {
        const naive_mark *mark = &v->customer->marks[i];
        bool meant = mark->kind == NAIVE_SCORE && strcmp(mark->name, name) == 0;
        if (meant && mark->at_us <= v->now_us &&
            (standing == NULL || mark->at_us > standing->at_us)) {
            standing = mark;
        }
    }
    return standing == NULL ? nothing() : of_number(standing->micros);
}

int64_t naive_bucket(const kith_id *id, const char *salt) {
    uint64_t seed = kithi_hash64(salt, strlen(salt), 0);
    return (int64_t)(kithi_hash64(id->bytes, sizeof id->bytes, seed) % 10000);
}

static bool in_bucket(const view *v, const naive_node *node) {
    int64_t bucket = naive_bucket(&v->customer->id, node->names[0]);
    return node->least <= bucket && bucket < node->most;
}

static bool passes(const view *v, const naive_node *node) {
    if (strcmp(node->word, "bucket") == 0) {
        return in_bucket(v, node);
    }
    if (strcmp(node->word, "consent") == 0) {
        return has_consent(v, node->names[0], node->name_count > 1 ? node->names[1] : NULL);
    }
    size_t count = 0;
    for (size_t i = 0; i < node->name_count; i++) {
        count += has_tag(v, node->names[i]);
    }
    if (strcmp(node->word, "no_tags") == 0) {
        return count == 0;
    }
    return strcmp(node->word, "all_tags") == 0 ? count == node->name_count : count > 0;
}

/* Functions */

static kithi_date_part part_of(const char *word) {
    static const char *const names[KITHI_PARTS] = {
        "year", "quarter", "month", "week", "day", "weekday", "day_of_year", "hour", "minute"};
    for (int i = 0; i < KITHI_PARTS; i++) {
        if (strcmp(names[i], word) == 0) {
            return (kithi_date_part)i;
        }
    }
    abort();
}

static naive_value date_part(const view *v, const char *word, const naive_value *value) {
    naive_value moment = read_moment(value);
    kithi_date_part part = part_of(word);
    if (moment.sort == NAIVE_DATE) {
        return of_number((naive_number)kithi_date_part_of_day(part, (int64_t)moment.number) * ONE);
    }
    if (moment.sort != NAIVE_TIME) {
        return nothing();
    }
    int number = kithi_calendar_part(v->customer->zone, part, (int64_t)moment.number, NULL);
    return of_number((naive_number)number * ONE);
}

static naive_value age_of(const view *v, const naive_value *value) {
    naive_value birth = read_moment(value);
    if (birth.sort != NAIVE_DATE) {
        return nothing();
    }
    int years =
        kithi_age_years((int64_t)birth.number, kithi_calendar_date(v->customer->zone, v->now_us));
    return years < 0 ? nothing() : of_number((naive_number)years * ONE);
}

static naive_value coalesce(const view *v, const naive_node *node) {
    naive_value value = nothing();
    for (size_t i = 0; value.sort == NAIVE_NOTHING && i < node->kid_count; i++) {
        value = first_at(v, node->kids[i]);
    }
    return value;
}

static naive_value call(const view *v, const naive_node *node) {
    if (strcmp(node->word, "points") == 0) {
        return points_of(v, node->names[0]);
    }
    if (strcmp(node->word, "score") == 0) {
        return score_of(v, node->names[0]);
    }
    if (strcmp(node->word, "coalesce") == 0) {
        return coalesce(v, node);
    }
    naive_value value = first_at(v, node->kids[0]);
    if (strcmp(node->word, "age") == 0) {
        return age_of(v, &value);
    }
    if (strcmp(node->word, "lower") != 0 && strcmp(node->word, "length") != 0) {
        return date_part(v, node->word, &value);
    }
    value = text_of(&value);
    if (value.sort == NAIVE_NOTHING) {
        return value;
    }
    return node->word[1] == 'o' ? composed(&value, true) : length_of(&value);
}

/* All */

static bool all_true(const view *v, const naive_node *node) {
    bool all = true;
    for (size_t i = 0; i < node->kid_count; i++) {
        all = all && is_true(v, node->kids[i]);
    }
    return all;
}

static bool any_true(const view *v, const naive_node *node) {
    bool any = false;
    for (size_t i = 0; i < node->kid_count; i++) {
        any = any || is_true(v, node->kids[i]);
    }
    return any;
}

static bool has_value(const view *v, const naive_node *node) {
    values list = values_at(v, node);
    free(list.items);
    return list.count > 0;
}

/* A value that stands as a condition is compared with TRUE. */
static bool says_true(const view *v, const naive_node *node) {
    const naive_node yes = {.op = NAIVE_LITERAL, .value = {.sort = NAIVE_BOOLEAN, .number = 1}};
    return some_hold(v, node, "=", &yes);
}

static bool is_true(const view *v, const naive_node *node) {
    switch (node->op) {
    case NAIVE_AND:
        return all_true(v, node);
    case NAIVE_OR:
        return any_true(v, node);
    case NAIVE_NOT:
        return !is_true(v, node->kids[0]);
    case NAIVE_COMPARE:
        return node->word[0] == '!' ? !some_hold(v, node->kids[0], "=", node->kids[1])
                                    : some_hold(v, node->kids[0], node->word, node->kids[1]);
    case NAIVE_IN:
        return in_list(v, node) != node->negated;
    case NAIVE_BETWEEN:
        return between(v, node) != node->negated;
    case NAIVE_MATCH:
        return matches_text(v, node) != node->negated;
    case NAIVE_IS_NULL:
        return has_value(v, node->kids[0]) == node->negated;
    case NAIVE_DID:
        return goes_on(v, node, 0);
    case NAIVE_REGULARLY:
        return is_regular(v, node);
    case NAIVE_TEST:
        return passes(v, node);
    default:
        return says_true(v, node);
    }
}

static naive_value value_at(const view *v, const naive_node *node) {
    switch (node->op) {
    case NAIVE_LITERAL:
        return node->value;
    case NAIVE_NOW:
        return of_sort(NAIVE_TIME, v->now_us);
    case NAIVE_TODAY:
        return of_sort(NAIVE_DATE, kithi_calendar_date(v->customer->zone, v->now_us));
    case NAIVE_AT:
        return of_sort(NAIVE_TIME, event_of(v, node->step)->time_us);
    case NAIVE_SUM:
        return sum_of(v, node);
    case NAIVE_AGGREGATE:
        return aggregate(v, node);
    case NAIVE_CALL:
        return call(v, node);
    default:
        return of_sort(NAIVE_BOOLEAN, is_true(v, node));
    }
}

naive_value naive_evaluate(const naive_customer *customer, const naive_node *node, bool condition,
                           int64_t now_us) {
    view v = {.customer = customer, .now_us = now_us};
    return condition ? of_sort(NAIVE_BOOLEAN, is_true(&v, node)) : first_at(&v, node);
}

bool naive_equal(const naive_value *a, const naive_value *b) {
    return order_of(a, b) == 0;
}

void naive_show(const naive_value *value, char out[128]) {
    char text[NAIVE_TEXT_BYTES];
    switch (value->sort) {
    case NAIVE_BOOLEAN:
        strcpy(out, value->number != 0 ? "true" : "false");
        break;
    case NAIVE_NUMBER:
        write_number(value->number, text);
        snprintf(out, 128, "%s", text);
        break;
    case NAIVE_TEXT:
        snprintf(out, 128, "'%s'", value->text);
        break;
    case NAIVE_DATE:
        kith_date_format((int64_t)value->number, out);
        break;
    case NAIVE_TIME:
        kith_time_format((int64_t)value->number, out);
        break;
    case NAIVE_DURATION:
        snprintf(out, 128, "%lld us", (long long)value->number);
        break;
    default:
        strcpy(out, value->sort == NAIVE_OTHER ? "a map" : "null");
    }
}
