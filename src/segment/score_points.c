/*
 * Points as a score: rules give points for what a customer is, and for each event, of which half is
 * left after the rule's half-life.
 *
 *   {"kind": "points", "rules": [
 *      {"name": "pricing", "events": "page WHERE path = '/pricing'", "points": 5,
 *       "half_life_days": 14, "most": 20},
 *      {"name": "company", "when": "company IS NOT NULL", "points": 10}], "least": 0, "most": 100}
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/calendar.h"
#include "src/score/decay.h"
#include "src/score/reasons.h"
#include "src/segment/run.h"
#include "src/segment/score_kinds.h"
#include "src/segment/score_tell.h"

#define RULES_MAX  64
#define POINTS_MAX 1e9
#define ONE        1000000 /* points are in millionths */
#define DAYS_MAX   36525

typedef struct settings {
    const char *names[RULES_MAX];
    size_t parts[RULES_MAX];
    bool events[RULES_MAX]; /* the part counts events, else it is a condition */
    kithi_point_rule rules[RULES_MAX];
    size_t count;
    kithi_point_bounds bounds;
} settings;

static const kithi_score_output outputs[] = {
    {"points", KITHI_SORT_NUMBER, true, "what all rules come to today"}};

/* Settings */

static int read_points(kithi_score_reader *r, json_t *object, const char *key, int64_t *out) {
    double points = (double)*out / ONE;
    int rc = kithi_json_real(&r->json, object, key, -POINTS_MAX, POINTS_MAX, &points);
    *out = json_object_get(object, key) != NULL ? llround(points * ONE) : *out;
    return rc;
}

static bool counts_all(const kithi_node *node) {
    if (node->op != KITHI_OP_AGGREGATE || node->word != KITHI_AGGREGATE_COUNT) {
        return false;
    }
    const kithi_stream *stream = &node->streams[0];
    return stream->property == NULL && !stream->time && stream->window.kind == KITHI_WINDOW_ALL;
}

/* Which events: "page WHERE ..." is what count() counts. */
static int ask_events(kithi_score_reader *r, json_t *rule, size_t *out_part) {
    const char *events = json_string_value(json_object_get(rule, "events"));
    char *text = NULL;
    if (events == NULL) {
        return kithi_json_refuse(&r->json, "\"events\" is a text: \"page WHERE path = '/'\"");
    }
    if (asprintf(&text, "count(%s)", events) < 0) {
        return kithi_error_memory(kithi_txn_error(r->json.txn));
    }
    json_t *counted = json_string(text);
    int rc = counted != NULL ? kithi_score_ask_text(r, counted, false, out_part)
                             : kithi_error_memory(kithi_txn_error(r->json.txn));
    json_decref(counted);
    free(text);
    const kithi_node *root = r->expression->root;
    if (rc == KITH_OK && !counts_all(root->kids[*out_part])) {
        rc = kithi_json_refuse(&r->json, "\"events\" names one type of events, which may have a "
                                         "WHERE, but no property and no window of time: points "
                                         "fade by their half-life");
    }
    return rc;
}

static int read_numbers(kithi_score_reader *r, json_t *rule, kithi_point_rule *out) {
    int64_t half_life = 0;
    int rc = read_points(r, rule, "points", &out->points);
    rc = rc == KITH_OK ? read_points(r, rule, "most", &out->most) : rc;
    rc = rc == KITH_OK ? kithi_json_integer(&r->json, rule, "half_life_days", DAYS_MAX, &half_life)
                       : rc;
    out->half_life_days = (uint32_t)half_life;
    out->most = out->most < 0 ? -out->most : out->most;
    return rc;
}

static int read_rule(kithi_score_reader *r, json_t *rule, size_t at, void *context) {
    static const char *const keys[] = {"name", "events",         "when", "points",
                                       "most", "half_life_days", NULL};
    settings *s = context;
    int rc = kithi_json_check_keys(&r->json, rule, keys);
    s->events[at] = json_object_get(rule, "events") != NULL;
    if (rc == KITH_OK &&
        (json_object_get(rule, "name") == NULL || json_object_get(rule, "points") == NULL ||
         s->events[at] == (json_object_get(rule, "when") != NULL))) {
        return kithi_json_refuse(&r->json, "each rule needs \"name\", \"points\" and either "
                                           "\"events\" or \"when\"");
    }
    rc = rc == KITH_OK ? kithi_score_text(r, rule, "name", &s->names[at]) : rc;
    rc = rc == KITH_OK ? read_numbers(r, rule, &s->rules[at]) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    return s->events[at] ? ask_events(r, rule, &s->parts[at])
                         : kithi_score_ask(r, rule, "when", true, &s->parts[at]);
}

static int read_settings(kithi_score_reader *r, json_t *root) {
    settings *s = kithi_score_room(r, 1, sizeof *s);
    if (s == NULL) {
        return KITH_NO_MEMORY;
    }
    r->model->settings = s;
    s->bounds = (kithi_point_bounds){INT64_MIN, INT64_MAX};
    if (json_object_get(root, "rules") == NULL) {
        return kithi_json_refuse_member(&r->json, "rules", "missing: a list of rules");
    }
    int rc = kithi_score_list(r, root, "rules", RULES_MAX, read_rule, s, &s->count);
    rc = rc == KITH_OK ? read_points(r, root, "least", &s->bounds.low) : rc;
    rc = rc == KITH_OK ? read_points(r, root, "most", &s->bounds.high) : rc;
    return rc == KITH_OK && s->bounds.low > s->bounds.high
               ? kithi_json_refuse_member(&r->json, "least", "expected it not above \"most\"")
               : rc;
}

/* Running */

/* Events that rules are met by, in the arena of the customer. */
typedef struct met {
    kithi_point_event *items;
    size_t count, capacity;
} met;

static bool add(kithi_run *run, met *m, uint32_t rule, int64_t day) {
    if (m->count == m->capacity) {
        size_t capacity = m->capacity > 0 ? 2 * m->capacity : 32;
        kithi_point_event *grown =
            kithi_arena_calloc(&run->executor->arena, capacity, sizeof *grown);
        if (grown == NULL) {
            kithi_run_fail(run, KITH_NO_MEMORY);
            return false;
        }
        if (m->count > 0) {
            memcpy(grown, m->items, m->count * sizeof *grown);
        }
        m->items = grown;
        m->capacity = capacity;
    }
    m->items[m->count++] = (kithi_point_event){rule, day};
    return true;
}

/* Those up to now; the next one changes it. What fades does so each midnight. */
static void add_events(kithi_run *run, const kithi_plan *plan, uint32_t rule, met *m,
                       int64_t *until) {
    const settings *s = plan->score.settings;
    const kithi_node *node = plan->expression->root->kids[s->parts[rule]];
    const kithi_matches *matches = kithi_run_matches(run, &node->streams[0], until);
    size_t i = 0;
    for (; i < matches->count && matches->items[i].at_us <= run->now_us; i++) {
        int64_t day = kithi_calendar_date(run->executor->store_zone, matches->items[i].at_us);
        if (!add(run, m, rule, day)) {
            return;
        }
    }
    if (i < matches->count) {
        kithi_lower(until, matches->items[i].at_us);
    }
    if (i > 0 && s->rules[rule].half_life_days > 0) {
        kithi_run_day(run, until);
    }
}

/* `parts` has room for one more than there are rules. */
static int64_t score_of(kithi_run *run, const kithi_plan *plan, int64_t *until, int64_t *parts) {
    const settings *s = plan->score.settings;
    int64_t tomorrow_us = KITHI_FOR_EVER, today = kithi_run_day(run, &tomorrow_us);
    met m = {NULL, 0, 0};
    for (size_t i = 0; i < s->count; i++) {
        if (s->events[i]) {
            add_events(run, plan, (uint32_t)i, &m, until);
        } else if (kithi_run_part_holds(run, plan, s->parts[i], until)) {
            add(run, &m, (uint32_t)i, today);
        }
    }
    return kithi_point_score(s->rules, s->count, m.items, m.count, today, &s->bounds, parts);
}

static kithi_operand run_points(kithi_run *run, const kithi_plan *plan, size_t output,
                                int64_t *until) {
    int64_t parts[RULES_MAX + 1];
    (void)output;
    return kithi_operand_number(score_of(run, plan, until, parts));
}

static void tell_points(kithi_run *run, const kithi_plan *plan, kithi_score_telling *t,
                        int64_t *until) {
    const settings *s = plan->score.settings;
    int64_t parts[RULES_MAX + 1];
    double shares[RULES_MAX + 1];
    kithi_reason reasons[RULES_MAX + 1];
    score_of(run, plan, until, parts);
    for (size_t i = 0; i <= s->count; i++) {
        shares[i] = (double)parts[i] / ONE;
    }
    size_t count = kithi_reasons_find(shares, s->count + 1, s->count + 1, reasons);
    for (size_t i = 0; i < count; i++) {
        size_t rule = reasons[i].feature;
        kithi_score_tell_share(t, reasons[i].part, "%s",
                               rule < s->count ? s->names[rule] : "within its bounds");
    }
}

const kithi_score_kind kithi_score_points = {
    .name = "points",
    .outputs = outputs,
    .output_count = 1,
    .unit = "points",
    .keys = (const char *const[]){"rules", "least", "most", NULL},
    .read = read_settings,
    .run = run_points,
    .tell = tell_points,
};
