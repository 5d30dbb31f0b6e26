/*
 * Random expressions for random customers at random times: the executor gives what the naive
 * evaluator gives, and says to the microsecond until when.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/text.h"
#include "tests/property/naive_segment.h"
#include "tests/property/trial.h"

#define TOWNS            300
#define CUSTOMERS_MAX    6
#define EXPRESSIONS      12  /* a town */
#define TIMES            3   /* an expression is evaluated at */
#define CANDIDATES       150 /* instants at which a value may change are looked at */
#define REFUSED_PER_CENT 1
#define REFUSED_SHOWN    3
#define END_US           (INT64_MAX / 4) /* no instant beyond it is chosen */

/* A town and its store. */
typedef struct place {
    naive_town town;
    stand s;
    kith_txn *txn;
    kith_profile profiles[CUSTOMERS_MAX];
} place;

/* An expression, for whom, and when. */
typedef struct question {
    naive_node *node;
    size_t customer;
    int64_t now_us;
    uint64_t seed; /* of the candidates */
    /* Known once it was asked. */
    bool condition;
    int64_t next_us;
} question;

/* Stores */

static void open_place(place *p) {
    char config[512];
    uint64_t state = p->town.seed;
    naive_town_config(&p->town, config);
    stand_open_config(&p->s, config);
    assert_null(p->s.problem);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_WRITE, &p->txn, NULL), KITH_OK);
    assert_int_equal(naive_town_put(&p->town, p->txn, &state), KITH_OK);
    if (random_one_in(&state, 3)) {
        int64_t now_us = naive_make_time(&state, p->town.origin_us, p->town.grid_us);
        assert_int_equal(kith_settle(p->txn, now_us, 0, NULL), KITH_OK);
    }
    assert_int_equal(kith_txn_commit(p->txn, NULL), KITH_OK);
    assert_int_equal(kith_txn_begin(p->s.store, KITH_READ, &p->txn, NULL), KITH_OK);
    assert_int_equal(naive_town_find(&p->town, p->txn, p->profiles), KITH_OK);
}

static void close_place(place *p) {
    kith_txn_abort(p->txn);
    stand_close(&p->s);
}

/* Asking */

static kith_expression *parse(const place *p, const char *text, kith_error *error) {
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_expression *expression = NULL;
    options.value = options.any_name = true;
    int rc = kith_expression_parse(text, strlen(text), p->txn, &options, &expression, error);
    assert_true(rc == KITH_OK || rc == KITH_INVALID);
    return expression;
}

/* A value as a naive one, beside the one that was expected: a duration is given as an integer. */
static naive_value given_value(const kith_outcome *outcome, naive_sort expected) {
    if (expected == NAIVE_DURATION && outcome->value.type == KITH_TYPE_INTEGER) {
        return (naive_value){.sort = NAIVE_DURATION, .number = outcome->value.as.integer};
    }
    return naive_value_of(&outcome->value);
}

/* Numbers that aren't whole are given as the nearest real. */
static bool is_same(const kith_outcome *outcome, const naive_value *expected) {
    naive_value given = given_value(outcome, expected->sort);
    if (outcome->value.type == KITH_TYPE_REAL && expected->sort == NAIVE_NUMBER) {
        double difference = outcome->value.as.real - (double)expected->number / 1e6;
        double size = (double)(expected->number < 0 ? -expected->number : expected->number) / 1e6;
        return difference <= size * 1e-15 && -difference <= size * 1e-15;
    }
    return naive_equal(&given, expected);
}

static char *tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *tell(const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0) {
        abort();
    }
    va_end(arguments);
    return text;
}

static char *tell_value(const char *what, int64_t at_us, const naive_value *naive,
                        const naive_value *other) {
    char time[KITH_TIME_TEXT_BYTES], left[128], right[128];
    kith_time_format(at_us, time);
    naive_show(naive, left);
    naive_show(other, right);
    return tell("%s: at %s the naive value is %s, the other %s", what, time, left, right);
}

/* When it changes */

/* A random instant at which something may change: that of a fact or a literal, or a midnight, and
 * some durations of the expression before or behind it. */
static int64_t candidate(const naive_town *town, question *q, const naive_moments *moments,
                         uint64_t *state) {
    const naive_customer *c = &town->customers[q->customer];
    int64_t time_us = q->now_us;
    uint32_t which = random_below(state, 8);
    if (which < 3 && c->event_count > 0) {
        time_us = c->events[random_below(state, (uint32_t)c->event_count)].time_us;
    } else if (which < 4 && c->mark_count > 0) {
        const naive_mark *mark = &c->marks[random_below(state, (uint32_t)c->mark_count)];
        bool expiry = random_one_in(state, 2) && mark->expires_at_us != INT64_MAX;
        time_us = expiry ? mark->expires_at_us : mark->at_us;
    } else if (which < 5 && moments->time_count > 0) {
        time_us = moments->times_us[random_below(state, (uint32_t)moments->time_count)];
    } else if (which < 6) {
        int64_t ahead = random_below(state, random_one_in(state, 2) ? 800 : 10);
        time_us = kithi_calendar_start(c->zone, KITHI_CALENDAR_DAY, q->now_us, ahead, NULL);
    } else if (which < 7) {
        time_us = naive_make_time(state, town->origin_us, town->grid_us);
    }
    for (uint32_t count = random_below(state, 4);
         count > 0 && moments->duration_count > 0 && time_us < END_US; count--) {
        int64_t span =
            moments->durations_us[random_below(state, (uint32_t)moments->duration_count)];
        time_us += random_one_in(state, 4) ? -span : span;
    }
    return time_us < END_US ? time_us + (int64_t)random_below(state, 3) - 1 : END_US;
}

static char *check_same_at(const place *p, question *q, const naive_value *value, int64_t at_us) {
    naive_value then =
        naive_evaluate(&p->town.customers[q->customer], q->node, q->condition, at_us);
    return naive_equal(&then, value)
               ? NULL
               : tell_value("it changes earlier than said", at_us, &then, value);
}

/* Whether what hangs on the calendar was searched as far as that is promised: for years, or at so
 * many ends of a unit. */
static bool is_searched(const question *q, const naive_moments *moments, int64_t next_us) {
    int64_t ends_us = moments->unit_us * (KITH_EXPRESSION_INSTANTS_AHEAD / 2);
    int64_t years_us = KITH_EXPRESSION_YEARS_AHEAD * 365 * DAY_US;
    return moments->unit_us > 0 && next_us - q->now_us >= (ends_us < years_us ? ends_us : years_us);
}

/* The value is the same until it changes, and then it is another one. */
static char *check_change(const place *p, question *q, const naive_value *value, int64_t next_us) {
    const naive_customer *c = &p->town.customers[q->customer];
    uint64_t state = q->seed;
    naive_moments moments = {.duration_count = 0};
    char *problem = NULL;
    if (next_us <= q->now_us) {
        return tell("it changes at now, or before it");
    }
    naive_collect(q->node, c->zone, &moments);
    if (next_us != INT64_MAX) {
        naive_value then = naive_evaluate(c, q->node, q->condition, next_us);
        if (naive_equal(&then, value) && !is_searched(q, &moments, next_us)) {
            return tell_value("it doesn't change when it should", next_us, &then, value);
        }
        problem = check_same_at(p, q, value, next_us - 1);
    }
    for (int i = 0; problem == NULL && i < CANDIDATES; i++) {
        int64_t at_us = candidate(&p->town, q, &moments, &state);
        if (at_us > q->now_us && at_us < next_us) {
            problem = check_same_at(p, q, value, at_us);
        }
    }
    return problem;
}

/* NULL, or what is wrong; to free. */
static char *check(const place *p, question *q, const kith_expression *expression) {
    kith_outcome outcome = KITH_OUTCOME_INIT;
    const naive_customer *c = &p->town.customers[q->customer];
    naive_value expected = naive_evaluate(c, q->node, q->condition, q->now_us);
    int rc = kith_expression_evaluate(expression, &p->profiles[q->customer], q->now_us, &outcome);
    if (rc != KITH_OK) {
        return tell("it gives %s: %s", kith_code_name(rc), kith_txn_error(p->txn)->message);
    }
    if (!is_same(&outcome, &expected)) {
        naive_value given = given_value(&outcome, expected.sort);
        return tell_value("another value", q->now_us, &expected, &given);
    }
    q->next_us = outcome.next_change_at_us;
    return check_change(p, q, &expected, outcome.next_change_at_us);
}

/* Where the expression is refused `refusal` has why, if it isn't NULL, and nothing is wrong. */
static char *ask(const place *p, question *q, kith_error *refusal) {
    char *text = naive_write(q->node), *problem = NULL;
    kith_expression *expression = parse(p, text, refusal);
    if (expression != NULL) {
        q->condition = strcmp(kith_expression_gives(expression), "condition") == 0;
        problem = check(p, q, expression);
    }
    kith_expression_free(expression);
    free(text);
    return problem;
}

/* Failures */

static bool fails(const place *p, question *q) {
    char *problem = ask(p, q, NULL);
    free(problem);
    return problem != NULL;
}

/* The same with a store of its own. */
static bool fails_anew(place *p, question *q) {
    close_place(p);
    open_place(p);
    return fails(p, q);
}

static void shrink_expression(const place *p, question *q) {
    naive_undo undo;
    for (size_t way = 0; naive_shrink(q->node, way, &undo);) {
        if (fails(p, q)) {
            way = 0;
        } else {
            naive_restore(&undo);
            way++;
        }
    }
}

/* Takes items of a list away, as long as it fails without them. */
static void shrink_list(place *p, question *q, void *list, size_t *count, size_t size) {
    uint8_t *items = list;
    uint8_t *kept = malloc(*count * size + 1);
    assert_non_null(kept);
    for (size_t at = 0; at < *count;) {
        memcpy(kept, items, *count * size);
        memmove(items + at * size, items + (at + 1) * size, (*count - at - 1) * size);
        (*count)--;
        if (!fails_anew(p, q)) {
            (*count)++;
            memcpy(items, kept, *count * size);
            at++;
        }
    }
    free(kept);
}

static void shrink_facts(place *p, question *q) {
    naive_customer *c = &p->town.customers[q->customer];
    shrink_list(p, q, c->events, &c->event_count, sizeof *c->events);
    shrink_list(p, q, c->marks, &c->mark_count, sizeof *c->marks);
    shrink_list(p, q, c->attributes, &c->attribute_count, sizeof *c->attributes);
    for (size_t i = 0; i < c->event_count; i++) {
        naive_event *event = &c->events[i];
        shrink_list(p, q, event->fields, &event->field_count, sizeof *event->fields);
    }
    fails_anew(p, q);
}

static void report(place *p, question *q) {
    char now[KITH_TIME_TEXT_BYTES];
    shrink_expression(p, q);
    shrink_facts(p, q);
    shrink_expression(p, q);
    char *problem = ask(p, q, NULL), *text = naive_write(q->node);
    kith_time_format(q->now_us, now);
    printf("%s\n  now %s, store in %s\n", text, now, naive_zone_names[p->town.store_zone]);
    naive_customer_print(stdout, &p->town.customers[q->customer]);
    printf("%s\n", problem != NULL ? problem : "it fails no more");
    fflush(stdout);
    free(problem);
    free(text);
}

/* All */

typedef struct tally {
    unsigned asked, refused;
} tally;

/* For whom and when, at random; or when it just changed, or the instant before. */
static void choose(const place *p, question *q, uint64_t *state) {
    naive_moments moments = {.duration_count = 0};
    if (q->next_us < END_US && q->next_us > q->now_us && !random_one_in(state, 3)) {
        q->now_us = q->next_us - random_one_in(state, 3);
        return;
    }
    q->customer = random_below(state, (uint32_t)p->town.customer_count);
    q->now_us = naive_make_time(state, p->town.origin_us, p->town.grid_us);
    naive_collect(q->node, p->town.customers[q->customer].zone, &moments);
    q->now_us = candidate(&p->town, q, &moments, state);
}

/* A few are shown: what the makers of expressions should know. */
static void note_refusal(tally *t, const question *q, const kith_error *refusal) {
    if (t->refused++ < REFUSED_SHOWN) {
        char *text = naive_write(q->node);
        printf("refused: %s\n  %s\n", text, refusal->message);
        free(text);
    }
}

static bool ask_all(place *p, question *q, uint64_t *state, tally *t) {
    kith_error refusal = KITH_ERROR_INIT;
    char *problem = NULL;
    for (int i = 0; problem == NULL && refusal.code == KITH_OK && i < TIMES; i++) {
        choose(p, q, state);
        q->seed = random_next(state);
        problem = ask(p, q, &refusal);
    }
    t->asked++;
    if (refusal.code != KITH_OK) {
        note_refusal(t, q, &refusal);
    }
    free(problem);
    return problem == NULL;
}

static bool holds_in_town(uint64_t seed, tally *t) {
    place p;
    bool fine = true;
    uint64_t state = seed * 2 + 1;
    kithi_arena arena;
    kithi_arena_init(&arena);
    naive_town_make(&p.town, seed, 1 + random_below(&state, CUSTOMERS_MAX));
    open_place(&p);
    naive_maker maker = {.state = &state,
                         .arena = &arena,
                         .origin_us = p.town.origin_us,
                         .grid_us = p.town.grid_us,
                         .id = &p.town.customers[0].id};
    for (int i = 0; fine && i < EXPRESSIONS; i++) {
        question q = {.node = naive_make(&maker), .next_us = INT64_MAX};
        fine = ask_all(&p, &q, &state, t);
        if (!fine) {
            report(&p, &q);
        }
    }
    close_place(&p);
    naive_town_clear(&p.town);
    kithi_arena_clear(&arena);
    return fine;
}

static void test_expressions_mean_what_they_say(void **state) {
    (void)state;
    uint64_t seed = trial_seed();
    unsigned wanted = trial_count(TOWNS);
    tally t = {0, 0};
    if (!naive_zones_known()) {
        print_message("SKIPPED: the system has no zoneinfo\n");
        skip();
    }
    printf("expressions mean what they say: KITH_SEED=%" PRIu64 ", %u histories\n", seed, wanted);
    fflush(stdout);
    for (unsigned i = 0; i < wanted; i++) {
        if (!holds_in_town(seed + i, &t)) {
            fail_msg("an expression fails; KITH_SEED=%" PRIu64 " KITH_HISTORIES=1 replays it",
                     seed + i);
        }
    }
    printf("%u expressions, of which %u were refused\n", t.asked, t.refused);
    assert_true(wanted < 10 || t.refused * 100 <= t.asked * REFUSED_PER_CENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions_mean_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
