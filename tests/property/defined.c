#include "tests/property/defined.h"

#include <inttypes.h>
#include <string.h>

#define ORDER  0 /* event types by their numbers */
#define VISIT  1
#define NEW    0 /* names of marks by theirs */
#define ADS    0
#define RFM    1
#define DAY_US (86400 * SECOND_US)

typedef struct definition {
    kith_definition_kind kind;
    const char *name, *expression;
} definition;

static const definition definitions[] = {
    {KITH_TRAIT, "orders", "count(order LAST 4s)"},
    {KITH_TRAIT, "seen", "last(visit.at)"},
    {KITH_SEGMENT, "buyers", "orders >= 2"},
    {KITH_SEGMENT, "tagged", "tag('new') AND consent('ads', 'mail')"},
    {KITH_SEGMENT, "quiet", "NOT did(visit LAST 3s)"},
    {KITH_SEGMENT, "back", "did(visit THEN order WITHIN 4s)"},
    {KITH_SEGMENT, "gone", "did(order THEN NOT visit WITHIN 2s)"},
    {KITH_SEGMENT, "scored", "score('rfm') >= 5"},
    {KITH_SCORE, "steps",
     "{\"kind\": \"rules\", \"rules\": [{\"name\": \"loyal\", \"when\": \"orders >= 2\"},"
     "{\"name\": \"seen\", \"when\": \"did(visit)\"}], \"otherwise\": \"other\"}"},
    {KITH_SCORE, "worth",
     "{\"kind\": \"rfm\", \"event\": \"order\", \"bins\": 2, \"fitted\": {\"days\": [0],"
     "\"orders\": [2], \"amounts\": [\"0\"]}}"},
    {KITH_SEGMENT, "loyal", "score('steps') = 'loyal' OR score('worth.f') > 1"},
    {KITH_SEGMENT, "chosen", "segment('buyers') OR (segment('quiet') AND NOT segment('tagged'))"},
};
#define DEFINITIONS (sizeof definitions / sizeof definitions[0])

int defined_put(kith_txn *txn) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    int rc = KITH_OK;
    options.any_name = true;
    input.options = &options;
    for (size_t i = 0; rc == KITH_OK && i < DEFINITIONS; i++) {
        input.name = definitions[i].name;
        input.expression = definitions[i].expression;
        rc = kith_definition_put(txn, definitions[i].kind, &input, NULL);
    }
    return rc;
}

/* What the library says */

/* What scores say, and what orders come to. */
static void dump_scores(const kith_profile *profile, const char *id, lines *out) {
    kith_score_value value = KITH_SCORE_VALUE_INIT;
    kith_orders orders = KITH_ORDERS_INIT;
    size_t cursor = 0;
    while (kith_profile_next_score_value(profile, &cursor, &value) == KITH_OK) {
        if (value.value.type == KITH_TYPE_INTEGER) {
            lines_add(out, "score %s %s.%s %" PRId64, id, value.score, value.output,
                      value.value.as.integer);
        } else if (strcmp(value.score, "steps") == 0) {
            lines_add(out, "score %s %s.%s %.*s", id, value.score, value.output,
                      (int)value.value.as.text.size, value.value.as.text.data);
        }
    }
    cursor = 0;
    while (kith_profile_next_orders(profile, &cursor, &orders) == KITH_OK) {
        lines_add(out, "orders %s %" PRIu64, id, orders.order_count);
    }
}

void defined_dump_profile(const kith_profile *profile, const char *id, lines *out) {
    kith_profile_trait_value trait = KITH_PROFILE_TRAIT_VALUE_INIT;
    size_t cursor = 0;
    const char *name;
    while (kith_profile_next_trait(profile, &cursor, &trait) == KITH_OK) {
        lines_add(out, "trait %s %s %" PRId64, id, trait.trait,
                  trait.value.type == KITH_TYPE_TIME ? trait.value.as.time_us
                                                     : trait.value.as.integer);
    }
    dump_scores(profile, id, out);
    cursor = 0;
    while (kith_profile_next_segment(profile, &cursor, &name) == KITH_OK) {
        lines_add(out, "segment %s %s", id, name);
    }
}

static int count_segment(kith_txn *txn, const char *name, int64_t now_us, uint64_t *out) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_expression *where = NULL;
    char text[48];
    snprintf(text, sizeof text, "segment('%s')", name);
    int rc = kith_expression_parse(text, strlen(text), txn, NULL, &where, NULL);
    options.now_us = now_us;
    options.where = where;
    rc = rc == KITH_OK ? kith_query_count(txn, &options, out) : rc;
    kith_expression_free(where);
    return rc;
}

static void dump_count(const char *name, uint64_t count, lines *out) {
    lines_add(out, "members %s %" PRIu64, name, count);
}

int defined_dump_counts(kith_txn *txn, int64_t now_us, lines *out) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < DEFINITIONS; i++) {
        uint64_t count = 0;
        if (definitions[i].kind == KITH_SEGMENT) {
            rc = count_segment(txn, definitions[i].name, now_us, &count);
            dump_count(definitions[i].name, count, out);
        }
    }
    return rc;
}

/* What they mean */

static bool is_between(const defined_event *event, uint8_t type, int64_t after_us, int64_t to_us) {
    return event->type == type && event->at_us > after_us && event->at_us <= to_us;
}

static int64_t count_between(const defined_person *p, uint8_t type, int64_t after_us,
                             int64_t to_us) {
    int64_t count = 0;
    for (size_t i = 0; i < p->event_count; i++) {
        count += is_between(&p->events[i], type, after_us, to_us);
    }
    return count;
}

/* The first of one type that some of another follow in time; `none`: that none does, when it is
 * known. */
static bool follows(const defined_person *p, uint8_t type, uint8_t other, int64_t within_us,
                    bool none, int64_t now_us) {
    bool found = false;
    for (size_t i = 0; i < p->event_count; i++) {
        const defined_event *event = &p->events[i];
        int64_t end_us = event->at_us + within_us;
        bool is = is_between(event, type, INT64_MIN, now_us);
        int64_t count = count_between(p, other, event->at_us, end_us < now_us ? end_us : now_us);
        found = found || (is && (none ? count == 0 && end_us <= now_us : count > 0));
    }
    return found;
}

static bool has_seen(const defined_person *p, int64_t now_us, int64_t *out) {
    bool any = false;
    for (size_t i = 0; i < p->event_count; i++) {
        const defined_event *event = &p->events[i];
        if (is_between(event, VISIT, INT64_MIN, now_us) && (!any || event->at_us > *out)) {
            *out = event->at_us;
            any = true;
        }
    }
    return any;
}

static bool is_in(const defined_person *p, const char *segment, int64_t now_us) {
    if (strcmp(segment, "buyers") == 0) {
        return count_between(p, ORDER, now_us - 4 * SECOND_US, now_us) >= 2;
    }
    if (strcmp(segment, "tagged") == 0) {
        return said_has_tag(p->said, p->said_count, NEW, now_us) &&
               said_consents(p->said, p->said_count, ADS, 1, now_us);
    }
    if (strcmp(segment, "quiet") == 0) {
        return count_between(p, VISIT, now_us - 3 * SECOND_US, now_us) == 0;
    }
    if (strcmp(segment, "back") == 0) {
        return follows(p, VISIT, ORDER, 4 * SECOND_US, false, now_us);
    }
    if (strcmp(segment, "gone") == 0) {
        return follows(p, ORDER, VISIT, 2 * SECOND_US, true, now_us);
    }
    if (strcmp(segment, "loyal") == 0) {
        return is_in(p, "buyers", now_us) || count_between(p, ORDER, INT64_MIN, now_us) > 2;
    }
    if (strcmp(segment, "scored") == 0) {
        int64_t micros;
        return said_score(p->said, p->said_count, RFM, now_us, &micros) && micros >= 5000000;
    }
    return is_in(p, "buyers", now_us) || (is_in(p, "quiet", now_us) && !is_in(p, "tagged", now_us));
}

/* All of it happens on the first day. */
static void dump_scores_of(const defined_person *p, int64_t now_us, const char *id, lines *out) {
    int64_t orders = count_between(p, ORDER, INT64_MIN, now_us);
    int64_t seen_us;
    lines_add(out, "score %s steps.name %s", id,
              is_in(p, "buyers", now_us)      ? "loyal"
              : has_seen(p, now_us, &seen_us) ? "seen"
                                              : "other");
    if (orders > 0) {
        int frequency = orders > 2 ? 2 : 1, recency = now_us < DAY_US ? 2 : 1;
        lines_add(out, "score %s worth.code %d", id, 100 * recency + 10 * frequency + 1);
        lines_add(out, "score %s worth.r %d", id, recency);
        lines_add(out, "score %s worth.f %d", id, frequency);
        lines_add(out, "score %s worth.m 1", id);
    }
    lines_add(out, "orders %s %" PRId64, id, orders);
}

void defined_dump_person(const defined_person *p, int64_t now_us, const char *id, lines *out,
                         uint64_t counts[DEFINED_SEGMENTS]) {
    int64_t seen_us;
    lines_add(out, "trait %s orders %" PRId64, id,
              count_between(p, ORDER, now_us - 4 * SECOND_US, now_us));
    if (has_seen(p, now_us, &seen_us)) {
        lines_add(out, "trait %s seen %" PRId64, id, seen_us);
    }
    dump_scores_of(p, now_us, id, out);
    for (size_t i = 0, segment = 0; i < DEFINITIONS; i++) {
        if (definitions[i].kind == KITH_SEGMENT) {
            bool in = is_in(p, definitions[i].name, now_us);
            if (in) {
                lines_add(out, "segment %s %s", id, definitions[i].name);
            }
            counts[segment++] += in;
        }
    }
}

void defined_dump_person_counts(const uint64_t counts[DEFINED_SEGMENTS], lines *out) {
    for (size_t i = 0, segment = 0; i < DEFINITIONS; i++) {
        if (definitions[i].kind == KITH_SEGMENT) {
            dump_count(definitions[i].name, counts[segment++], out);
        }
    }
}
