/*
 * Scores in random stores: whatever was done to one, and in whatever order, what its rows say is
 * what their expressions give from the facts, one by one and all at once; who merged and parted is
 * scored as before; and what is learnt is a function of the facts alone.
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/value_same.h"
#include "tests/property/trial.h"

#define STORES            2
#define HISTORIES_A_STORE 100
#define RECORDS_LEAST     90
#define RECORDS_MORE      30
#define DAY_US            (86400 * SECOND_US)
#define START_DAY         19000
#define DAYS              400 /* that facts are of */
#define COUNT(list)       (sizeof(list) / sizeof(list)[0])

/* Facts */

typedef enum fact_kind { RECORD, ORDER, REFUND, VISIT, TAG, LINK, UNLINK } fact_kind;

typedef struct fact {
    fact_kind kind;
    unsigned record, other;
    int64_t at_us;
    unsigned serial; /* no other fact has it */
    char amount[24]; /* "": there is none */
    const char *city;
    bool shared; /* the record has the identifier of the one before it */
} fact;

typedef struct world {
    uint64_t state;
    const char *zone;
    unsigned records;
    fact *facts;
    size_t count, capacity;
} world;

static fact *add(world *w, fact_kind kind, unsigned record, int64_t at_us) {
    if (w->count == w->capacity) {
        w->capacity = w->capacity > 0 ? 2 * w->capacity : 256;
        w->facts = realloc(w->facts, w->capacity * sizeof *w->facts);
        assert_non_null(w->facts);
    }
    fact *f = &w->facts[w->count];
    *f = (fact){.kind = kind, .record = record, .at_us = at_us, .serial = (unsigned)w->count};
    w->count++;
    return f;
}

static int64_t random_time(world *w, unsigned from_day, unsigned to_day) {
    unsigned day = from_day + random_below(&w->state, to_day - from_day);
    return (START_DAY + (int64_t)day) * DAY_US + random_below(&w->state, 86400) * SECOND_US;
}

/* Mostly what orders come to, now and then nothing, less than nothing, or no number. */
static void set_amount(world *w, fact *f, unsigned typical) {
    static const char *const odd[] = {"", "0", "-3.25", "n/a", "80"};
    if (random_one_in(&w->state, 12)) {
        strcpy(f->amount, odd[random_below(&w->state, COUNT(odd))]);
    } else {
        snprintf(f->amount, sizeof f->amount, "%u.%02u", 1 + random_below(&w->state, typical),
                 random_below(&w->state, 100));
    }
}

/* Buys at a pace of its own, and after each order may be gone. */
static unsigned add_orders(world *w, unsigned record, unsigned day) {
    static const double gaps[] = {4, 9, 20, 45, 100}, gone[] = {.02, .1, .3, .7};
    double gap = gaps[random_below(&w->state, COUNT(gaps))];
    double chance = gone[random_below(&w->state, COUNT(gone))];
    while (day < DAYS) {
        set_amount(w, add(w, ORDER, record, random_time(w, day, day + 1)), 10 + 10 * (record % 7));
        if (random_below(&w->state, 1000) < 1000 * chance) {
            break;
        }
        day += 1 + (unsigned)(-gap * log((1 + random_below(&w->state, 1000)) / 1001.));
    }
    return day < DAYS ? day + 1 : DAYS;
}

/* A customer begins on some day, and is seen until some other. */
static void add_customer(world *w, unsigned record) {
    static const char *const cities[] = {"York", "Ayr", "Caf\xc3\xa9", NULL};
    unsigned begin = random_below(&w->state, DAYS - 30), end = begin + 20;
    fact *f = add(w, RECORD, record, (START_DAY + (int64_t)begin) * DAY_US + record);
    f->city = cities[random_below(&w->state, COUNT(cities))];
    f->shared = record > 0 && random_one_in(&w->state, 6);
    if (!random_one_in(&w->state, 8)) {
        end = add_orders(w, record, begin);
    }
    for (unsigned i = 0; i < random_below(&w->state, 5); i++) {
        add(w, VISIT, record, random_time(w, begin, end));
    }
    if (random_one_in(&w->state, 5)) {
        set_amount(w, add(w, REFUND, record, random_time(w, begin, end)), 10);
    }
    if (random_one_in(&w->state, 3)) {
        add(w, TAG, record, random_time(w, begin, end));
    }
}

static void add_decisions(world *w) {
    for (unsigned i = 0; i < w->records / 5; i++) {
        fact_kind kind = random_one_in(&w->state, 3) ? UNLINK : LINK;
        unsigned a = random_below(&w->state, w->records), b = random_below(&w->state, w->records);
        if (a != b) {
            add(w, kind, a, random_time(w, 0, DAYS))->other = b;
        }
    }
}

static world make_world(uint64_t seed) {
    static const char *const zones[] = {"UTC", "Europe/Berlin", "America/New_York",
                                        "Asia/Kathmandu"};
    world w = {.state = seed};
    w.zone = zones[random_below(&w.state, COUNT(zones))];
    w.records = RECORDS_LEAST + random_below(&w.state, RECORDS_MORE);
    for (unsigned i = 0; i < w.records; i++) {
        add_customer(&w, i);
    }
    add_decisions(&w);
    return w;
}

static void shuffle(world *w) {
    for (size_t i = w->count; i > 1; i--) {
        size_t j = random_below(&w->state, (uint32_t)i);
        fact f = w->facts[i - 1];
        w->facts[i - 1] = w->facts[j];
        w->facts[j] = f;
    }
}

/* Records first: events and decisions are of those that there are. */
static int by_need(const void *a, const void *b) {
    const fact *x = a, *y = b;
    bool late_x = x->kind != RECORD, late_y = y->kind != RECORD;
    return late_x != late_y ? late_x - late_y : (x->serial > y->serial) - (x->serial < y->serial);
}

/* A store */

static void must(kith_txn *txn, int code, const char *what) {
    if (code != KITH_OK) {
        fail_msg("%s: %s", what, kith_txn_error(txn)->message);
    }
}

static void begin(stand *s, unsigned mode) {
    kith_error error = KITH_ERROR_INIT;
    if (s->txn == NULL && kith_txn_begin(s->store, mode, &s->txn, &error) != KITH_OK) {
        fail_msg("begin: %s", error.message);
    }
}

static void end(stand *s) {
    kith_txn_abort(s->txn);
    s->txn = NULL;
}

static void record_key(char out[16], unsigned record) {
    snprintf(out, 16, "r%u", record);
}

static void put_record(stand *s, const fact *f) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    char key[16], email[32];
    kith_field fields[2];
    record_key(key, f->record);
    snprintf(email, sizeof email, "p%u@mail.test", f->record - f->shared);
    fields[0] = (kith_field){"email", kith_value_text(email)};
    fields[1] =
        (kith_field){"city", f->city != NULL ? kith_value_text(f->city) : kith_value_null()};
    input.source = f->record % 2 == 0 ? "crm" : "shop";
    input.key = key;
    input.at_us = f->at_us;
    input.fields = fields;
    input.field_count = 2;
    must(s->txn, kith_record_put(s->txn, &input, NULL), "a record");
}

static const char *source_of(unsigned record) {
    return record % 2 == 0 ? "crm" : "shop";
}

static void put_event(stand *s, const fact *f, const char *type) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    char key[16], message[24];
    kith_field field = {"amount", kith_value_text(f->amount)};
    record_key(key, f->record);
    snprintf(message, sizeof message, "m%u", f->serial);
    input.source = source_of(f->record);
    input.key = key;
    input.type = type;
    input.time_us = f->at_us;
    input.message_id = message;
    input.fields = &field;
    input.field_count = f->amount[0] != '\0';
    must(s->txn, kith_event_put(s->txn, &input, NULL), "an event");
}

static void put_tag(stand *s, const fact *f) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    char key[16];
    record_key(key, f->record);
    input.source = source_of(f->record);
    input.key = key;
    input.tag = "vip";
    input.at_us = f->at_us;
    input.expires_at_us = f->at_us + 200 * DAY_US;
    must(s->txn, kith_tag_add(s->txn, &input, NULL), "a tag");
}

static void decide(stand *s, const fact *f) {
    char key[16], other[16];
    record_key(key, f->record);
    record_key(other, f->other);
    must(s->txn,
         (f->kind == LINK ? kith_record_link : kith_record_unlink)(
             s->txn, source_of(f->record), key, source_of(f->other), other, "desk", f->at_us, NULL),
         "a decision");
}

static void put(stand *s, const fact *f) {
    begin(s, KITH_WRITE);
    switch (f->kind) {
    case RECORD:
        put_record(s, f);
        break;
    case ORDER:
        put_event(s, f, "order");
        break;
    case REFUND:
        put_event(s, f, "refund");
        break;
    case VISIT:
        put_event(s, f, "visit");
        break;
    case TAG:
        put_tag(s, f);
        break;
    default:
        decide(s, f);
    }
}

static void settle_all(stand *s, int64_t now_us) {
    kith_error error = KITH_ERROR_INIT;
    if (kith_settle_all(s->store, now_us, 0, NULL, NULL, NULL, &error) != KITH_OK) {
        fail_msg("kith_settle_all: %s", error.message);
    }
}

static void settle_some(stand *s, int64_t now_us, uint32_t budget) {
    begin(s, KITH_WRITE);
    must(s->txn, kith_settle(s->txn, now_us, budget, NULL), "a settle");
    stand_commit(s);
}

static void open_world(stand *s, const world *w) {
    char config[80];
    snprintf(config, sizeof config, "{\"time_zone\": \"%s\"}", w->zone);
    stand_open_config(s, config);
}

/* Some facts, with a commit or a settle in between. */
static void put_facts(stand *s, world *w, size_t from, size_t to, int64_t now_us) {
    for (size_t i = from; i < to; i++) {
        put(s, &w->facts[i]);
        if (random_one_in(&w->state, 40)) {
            stand_commit(s);
        }
        if (random_one_in(&w->state, 150)) {
            stand_commit(s);
            settle_some(s, now_us, random_below(&w->state, 20));
        }
    }
    stand_commit(s);
    assert_null(s->problem);
}

/* Scores */

typedef struct definition {
    const char *name, *text;
    bool learns;
    bool sure;  /* every world has enough to learn it from */
    bool dealt; /* learnt in the order in which customers came: another store takes it over */
} definition;

#define FEATURES                                                                                   \
    "\"features\": [\"count(order LAST 200d)\", \"sum(order.amount)\", \"city\", "                 \
    "\"tag('vip')\", \"count(visit)\"]"

static const definition definitions[] = {
    {"size",
     "{\"kind\": \"rules\", \"rules\": [{\"name\": \"big\", \"when\": \"sum(order.amount LAST "
     "90d) > 100\"}, {\"name\": \"small\", \"when\": \"did(order)\"}], \"otherwise\": \"none\"}",
     false, false, false},
    {"heat",
     "{\"kind\": \"points\", \"rules\": [{\"name\": \"buys\", \"events\": \"order WHERE amount > "
     "5\", \"points\": 5, \"half_life_days\": 14, \"most\": 20}, {\"name\": \"vip\", \"when\": "
     "\"tag('vip')\", \"points\": 2.5}], \"most\": 22}",
     false, false, false},
    {"life", "{\"kind\": \"lifecycle\", \"event\": \"order\"}", true, true, false},
    {"tier",
     "{\"kind\": \"tiers\", \"value\": \"sum(order.amount LAST 300d)\", \"tiers\": [{\"name\": "
     "\"gold\", \"top_percent\": 10}, {\"name\": \"silver\", \"top_percent\": 40}, {\"name\": "
     "\"bronze\", \"least\": 1}]}",
     true, true, false},
    {"rfm",
     "{\"kind\": \"rfm\", \"event\": \"order\", \"amount\": \"amount\", \"refund\": \"refund\"}",
     true, true, false},
    {"buyer",
     "{\"kind\": \"repeat\", \"event\": \"order\", \"amount\": \"amount\", \"refund\": "
     "\"refund\", \"horizon_days\": 45}",
     true, false, false},
    {"keen",
     "{\"kind\": \"repeat\", \"method\": \"bg/nbd\", \"event\": \"order\", \"unit\": \"day\", "
     "\"horizon_days\": 30}",
     true, false, false},
    {"churn",
     "{\"kind\": \"chance\", \"target\": \"NOT did(order LAST 60d)\", \"ahead_days\": 60, "
     "\"of\": \"did(order)\", " FEATURES "}",
     true, false, true},
    {"like",
     "{\"kind\": \"lookalike\", \"seed\": \"tag('vip')\", \"features\": [\"count(order)\", "
     "\"city\", \"avg(order.amount)\"]}",
     true, false, true},
    {"group",
     "{\"kind\": \"clusters\", \"clusters\": [2, 4], \"of\": \"did(order)\", \"features\": "
     "[{\"value\": \"sum(order.amount)\", \"name\": \"spent\", \"logarithm\": true}, "
     "\"count(order)\", \"count(visit)\"]}",
     true, true, false},
    {"care",
     "{\"kind\": \"rules\", \"rules\": [{\"name\": \"call\", \"when\": \"score('churn') > 0.5 AND "
     "score('tier') = 'gold'\"}, {\"name\": \"mail\", \"when\": \"score('life') = 'slowing' OR "
     "score('rfm.r') >= 4\"}]}",
     false, false, false},
};

static const char *const outputs[] = {"size.name",
                                      "heat.points",
                                      "life.stage",
                                      "life.next_stage",
                                      "life.changes_on",
                                      "life.usual_gap",
                                      "life.silent_days",
                                      "tier.name",
                                      "rfm.code",
                                      "rfm.segment",
                                      "rfm.r",
                                      "rfm.f",
                                      "rfm.m",
                                      "buyer.alive",
                                      "buyer.purchases",
                                      "buyer.order_value",
                                      "buyer.value",
                                      "buyer.at_risk",
                                      "keen.alive",
                                      "keen.purchases",
                                      "churn.chance",
                                      "churn.top_percent",
                                      "like.likeness",
                                      "like.top_percent",
                                      "group.cluster",
                                      "group.number",
                                      "group.distance",
                                      "care.name"};
#define OUTPUTS COUNT(outputs)

static void define_all(stand *s) {
    begin(s, KITH_WRITE);
    for (size_t i = 0; i < COUNT(definitions); i++) {
        kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
        kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
        options.any_name = true;
        input.options = &options;
        input.name = definitions[i].name;
        input.expression = definitions[i].text;
        must(s->txn, kith_definition_put(s->txn, KITH_SCORE, &input, NULL), input.name);
    }
    stand_commit(s);
}

/* What was learnt, or why nothing could be; to free. */
static char *fit(stand *s, const char *score, int64_t now_us, unsigned threads, bool *out_learnt) {
    kith_fit_options options = KITH_FIT_OPTIONS_INIT;
    kith_fit_report *report = NULL;
    kith_error error = KITH_ERROR_INIT;
    options.now_us = now_us;
    options.threads = threads;
    int code = kith_score_fit(s->store, score, &options, &report, &error);
    if (code != KITH_OK && code != KITH_INVALID) {
        fail_msg("%s: %s", score, error.message);
    }
    char *said = strdup(code == KITH_OK ? report->fitted : error.message);
    assert_null(strstr(said, "nan"));
    if (code != KITH_OK) {
        printf("  %s\n", said);
    }
    *out_learnt = code == KITH_OK;
    kith_fit_report_free(report);
    return said;
}

typedef struct learnt {
    char *said[COUNT(definitions)];
    bool fits[COUNT(definitions)];
    size_t count;
} learnt;

static learnt fit_all(stand *s, int64_t now_us, unsigned threads) {
    learnt all = {.count = 0};
    for (size_t i = 0; i < COUNT(definitions); i++) {
        if (definitions[i].learns) {
            all.said[i] = fit(s, definitions[i].name, now_us, threads, &all.fits[i]);
            all.count += all.fits[i];
        }
    }
    return all;
}

static void assert_sure(const learnt *all) {
    for (size_t i = 0; i < COUNT(definitions); i++) {
        if (definitions[i].sure && !all->fits[i]) {
            fail_msg("%s isn't learnt: %s", definitions[i].name, all->said[i]);
        }
    }
}

static void forget(learnt *all) {
    for (size_t i = 0; i < COUNT(definitions); i++) {
        free(all->said[i]);
    }
}

/* Two texts from where they begin to differ. */
static void tell_difference(const char *score, const char *a, const char *b) {
    size_t at = 0;
    while (a[at] != '\0' && a[at] == b[at]) {
        at++;
    }
    at -= at < 60 ? at : 60;
    fail_msg("%s is learnt in two ways:\n%.300s\n%.300s", score, a + at, b + at);
}

static void compare_learnt(const learnt *a, const learnt *b) {
    for (size_t i = 0; i < COUNT(definitions); i++) {
        if (a->said[i] != NULL && !definitions[i].dealt && strcmp(a->said[i], b->said[i]) != 0) {
            tell_difference(definitions[i].name, a->said[i], b->said[i]);
        }
    }
}

/* What another store can't have learnt alike: what hangs on the order of customers, and what was
 * learnt from fewer facts and stays, as it can't be learnt from all. */
static void take_over(stand *from, stand *to, const learnt *last) {
    begin(from, KITH_READ);
    begin(to, KITH_WRITE);
    for (size_t i = 0; i < COUNT(definitions); i++) {
        kith_definition kept = KITH_DEFINITION_INIT;
        kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
        kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
        const char *name = definitions[i].name;
        must(from->txn, kith_definition_get(from->txn, KITH_SCORE, name, 0, &kept), name);
        options.any_name = true;
        input.options = &options;
        input.name = name;
        input.expression = kept.expression;
        if (definitions[i].dealt || (definitions[i].learns && !last->fits[i])) {
            must(to->txn, kith_definition_put(to->txn, KITH_SCORE, &input, NULL), name);
        }
    }
    end(from);
    stand_commit(to);
}

/* Asking */

typedef struct asked {
    kith_expression *expressions[OUTPUTS];
} asked;

static asked parse_all(stand *s) {
    asked a;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    options.value = true;
    for (size_t i = 0; i < OUTPUTS; i++) {
        char text[48];
        int size = snprintf(text, sizeof text, "score('%s')", outputs[i]);
        if (kith_expression_parse(text, (size_t)size, s->txn, &options, &a.expressions[i],
                                  &error) != KITH_OK) {
            fail_msg("%s: %s", text, error.message);
        }
    }
    return a;
}

static void free_all(asked *a) {
    for (size_t i = 0; i < OUTPUTS; i++) {
        kith_expression_free(a->expressions[i]);
    }
}

static void show(const kith_value *value, char *out, size_t size) {
    switch (value->type) {
    case KITH_TYPE_NULL:
        snprintf(out, size, "-");
        break;
    case KITH_TYPE_TEXT:
        snprintf(out, size, "%.*s", (int)value->as.text.size, value->as.text.data);
        break;
    case KITH_TYPE_REAL:
        snprintf(out, size, "%.17g", value->as.real);
        break;
    case KITH_TYPE_DATE:
        snprintf(out, size, "day %" PRId64, (int64_t)value->as.date_days);
        break;
    default:
        snprintf(out, size, "%" PRId64, value->as.integer);
    }
}

static void assert_same(const kith_value *a, const kith_value *b, const char *output,
                        const char *ways, const char *when) {
    char x[128], y[128];
    if (!value_same(a, b)) {
        show(a, x, sizeof x);
        show(b, y, sizeof y);
        fail_msg("%s, %s: %s by the one, %s by the other of %s", when, output, x, y, ways);
    }
}

static kith_value evaluate(const asked *a, size_t output, const kith_profile *profile,
                           int64_t now_us) {
    kith_outcome outcome = KITH_OUTCOME_INIT;
    must(profile->txn, kith_expression_evaluate(a->expressions[output], profile, now_us, &outcome),
         outputs[output]);
    assert_true(outcome.next_change_at_us > now_us);
    return outcome.value;
}

static int output_of(const kith_score_value *value) {
    char name[64];
    snprintf(name, sizeof name, "%s.%s", value->score, value->output);
    for (size_t i = 0; i < OUTPUTS; i++) {
        if (strcmp(outputs[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* What the row says is what the expressions give; it has all that have a value and are kept. */
static void check_row(const asked *a, const kith_profile *profile, int64_t now_us,
                      const char *when) {
    kith_score_value value = KITH_SCORE_VALUE_INIT;
    size_t cursor = 0, kept = 0, given = 0;
    while (kith_profile_next_score_value(profile, &cursor, &value) == KITH_OK) {
        int output = output_of(&value);
        assert_true(output >= 0);
        kith_value other = evaluate(a, (size_t)output, profile, now_us);
        assert_same(&value.value, &other, outputs[output], "row and expression", when);
        kept++;
    }
    for (size_t i = 0; i < OUTPUTS; i++) {
        given += strcmp(outputs[i], "life.silent_days") != 0 &&
                 evaluate(a, i, profile, now_us).type != KITH_TYPE_NULL;
    }
    assert_int_equal(kept, given);
}

/* All at once gives the same as one by one. */
static void check_columns(stand *s, const asked *a, int64_t now_us, bool rows, const char *when) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query = NULL;
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    options.now_us = now_us;
    options.columns = (const kith_expression *const *)a->expressions;
    options.column_count = OUTPUTS;
    must(s->txn, kith_query_open(s->txn, &options, &query), "a query");
    must(s->txn, kith_profile_iter_open(s->txn, now_us, &iter), "profiles");
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        must(s->txn, kith_query_next(query, &row), "a row of a query");
        assert_int_equal(row.number, profile.number);
        for (size_t i = 0; i < OUTPUTS; i++) {
            kith_value value = evaluate(a, i, &profile, now_us);
            assert_same(&row.values[i], &value, outputs[i], "column and expression", when);
        }
        if (rows) {
            check_row(a, &profile, now_us, when);
        }
    }
    assert_int_equal(kith_query_next(query, &row), KITH_DONE);
    kith_query_close(query);
    kith_profile_iter_close(iter);
}

static void check(stand *s, int64_t now_us, const char *when) {
    asked a;
    begin(s, KITH_READ);
    a = parse_all(s);
    check_columns(s, &a, now_us, true, when);
    check_columns(s, &a, now_us - 100 * DAY_US, false, "in the past");
    check_columns(s, &a, now_us + 30 * DAY_US + 1, false, "ahead");
    free_all(&a);
    end(s);
    stand_verify(s, when);
    if (s->problem != NULL) {
        fail_msg("%s", s->problem);
    }
}

/* What is said of each record's customer. */
static void dump(stand *s, const world *w, int64_t now_us, lines *out) {
    asked a;
    begin(s, KITH_READ);
    a = parse_all(s);
    for (unsigned r = 0; r < w->records; r++) {
        kith_record record = KITH_RECORD_INIT;
        kith_profile profile = KITH_PROFILE_INIT;
        char key[16], shown[128];
        record_key(key, r);
        must(s->txn, kith_record_get(s->txn, source_of(r), key, &record), key);
        must(s->txn, kith_profile_of_record(s->txn, record.number, now_us, &profile), key);
        for (size_t i = 0; i < OUTPUTS; i++) {
            kith_value value = evaluate(&a, i, &profile, now_us);
            show(&value, shown, sizeof shown);
            lines_add(out, "%s %s %s", key, outputs[i], shown);
        }
    }
    free_all(&a);
    end(s);
}

static void compare_dumps(lines *a, lines *b, const char *what) {
    char *difference = lines_compare(a, b);
    if (difference != NULL) {
        fail_msg("%s: %s", what, difference);
    }
    lines_clear(a);
    lines_clear(b);
}

/* Merging and parting */

static bool find_strangers(stand *s, world *w, int64_t now_us, fact *out) {
    bool found = false;
    begin(s, KITH_READ);
    for (int tries = 0; tries < 50 && !found; tries++) {
        kith_record a = KITH_RECORD_INIT, b = KITH_RECORD_INIT;
        kith_profile of_a = KITH_PROFILE_INIT, of_b = KITH_PROFILE_INIT;
        char key[16], other[16];
        out->record = random_below(&w->state, w->records);
        out->other = random_below(&w->state, w->records);
        record_key(key, out->record);
        record_key(other, out->other);
        must(s->txn, kith_record_get(s->txn, source_of(out->record), key, &a), key);
        must(s->txn, kith_record_get(s->txn, source_of(out->other), other, &b), other);
        must(s->txn, kith_profile_of_record(s->txn, a.number, now_us, &of_a), key);
        must(s->txn, kith_profile_of_record(s->txn, b.number, now_us, &of_b), other);
        found = of_a.number != of_b.number;
    }
    end(s);
    return found;
}

/* Two who are linked, and parted again, are scored as before, with or without a settle between. */
static void merge_and_part(stand *s, world *w, int64_t now_us) {
    lines before = {NULL, 0, 0}, after = {NULL, 0, 0};
    fact f = {.kind = LINK, .at_us = now_us};
    if (!find_strangers(s, w, now_us, &f)) {
        return;
    }
    dump(s, w, now_us, &before);
    put(s, &f);
    stand_commit(s);
    if (random_one_in(&w->state, 2)) {
        settle_all(s, now_us);
    }
    check(s, now_us, "merged");
    f.kind = UNLINK;
    f.at_us++;
    put(s, &f);
    stand_commit(s);
    if (random_one_in(&w->state, 2)) {
        settle_some(s, now_us, 0);
    }
    check(s, now_us, "parted");
    dump(s, w, now_us, &after);
    compare_dumps(&before, &after, "merged and parted");
}

/* All */

static void play(uint64_t seed) {
    world w = make_world(seed);
    int64_t now_us = (START_DAY + DAYS) * DAY_US + random_below(&w.state, 86400) * SECOND_US;
    lines first_dump = {NULL, 0, 0}, second_dump = {NULL, 0, 0};
    stand s, other;
    shuffle(&w);
    qsort(w.facts, w.count, sizeof *w.facts, by_need);
    size_t late = w.count - random_below(&w.state, 40);
    open_world(&s, &w);
    put_facts(&s, &w, 0, late, now_us);
    define_all(&s);
    learnt early = fit_all(&s, now_us, 0);
    check(&s, now_us, "fitted");
    settle_all(&s, now_us);
    check(&s, now_us, "settled");
    put_facts(&s, &w, late, w.count, now_us);
    check(&s, now_us, "some changed");
    merge_and_part(&s, &w, now_us);
    check(&s, now_us + 3 * DAY_US, "three days later");
    merge_and_part(&s, &w, now_us);
    learnt mine = fit_all(&s, now_us, 2);
    dump(&s, &w, now_us, &first_dump);

    shuffle(&w);
    open_world(&other, &w);
    define_all(&other);
    for (size_t i = 0; i < w.count; i++) {
        if (w.facts[i].kind == RECORD) {
            put(&other, &w.facts[i]);
        }
    }
    for (size_t i = 0; i < w.count; i++) {
        if (w.facts[i].kind != RECORD) {
            put(&other, &w.facts[i]);
        }
    }
    stand_commit(&other);
    learnt others = fit_all(&other, now_us, 1);
    compare_learnt(&mine, &others);
    take_over(&s, &other, &mine);
    dump(&other, &w, now_us, &second_dump);
    compare_dumps(&first_dump, &second_dump, "another order of facts");
    printf("  %u records, %zu facts, %s: %zu and %zu of the scores are learnt\n", w.records,
           w.count, w.zone, early.count, mine.count);
    fflush(stdout);
    assert_sure(&mine);
    forget(&early);
    forget(&mine);
    forget(&others);
    stand_close(&s);
    stand_close(&other);
    free(w.facts);
}

static void test_scores_hold_whatever_is_done(void **state) {
    uint64_t seed = trial_seed();
    unsigned stores = trial_count_long(STORES, HISTORIES_A_STORE);
    (void)state;
    for (unsigned i = 0; i < stores; i++) {
        printf("KITH_SEED=%" PRIu64 " KITH_HISTORIES=1\n", seed + i);
        fflush(stdout);
        play(seed + i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores_hold_whatever_is_done)};
    return cmocka_run_group_tests_name("scores", tests, NULL, NULL);
}
