#include "tests/property/defined.h"
#include "tests/property/scored.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAP_BYTES ((uint64_t)1 << 30)

const char *stand_base_folder(void) {
    const char *wanted = getenv("KITH_TEST_FOLDER");
    if (wanted != NULL) {
        return wanted;
    }
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

void stand_fail(stand *s, const char *format, ...) {
    va_list arguments;
    if (s->problem != NULL) {
        return;
    }
    va_start(arguments, format);
    if (vasprintf(&s->problem, format, arguments) < 0) {
        abort();
    }
    va_end(arguments);
}

void stand_expect(stand *s, int code, int expected, const char *what) {
    if (code != expected) {
        stand_fail(s, "%s gave %s instead of %s: %s", what, kith_code_name(code),
                   kith_code_name(expected), s->txn != NULL ? kith_txn_error(s->txn)->message : "");
    }
}

void stand_open_config(stand *s, const char *config) {
    kith_open_options options = KITH_OPEN_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    memset(s, 0, sizeof *s);
    snprintf(s->folder, sizeof s->folder, "%.30s/kith-property-XXXXXX", stand_base_folder());
    if (mkdtemp(s->folder) == NULL) {
        abort();
    }
    snprintf(s->path, sizeof s->path, "%s/s.kith", s->folder);
    options.flags = KITH_CREATE_NEW;
    options.map_size_bytes = MAP_BYTES;
    options.config = config;
    if (kith_open(s->path, &options, &s->store, &error) != KITH_OK) {
        stand_fail(s, "open: %s", error.message);
    }
}

void stand_open(stand *s, const world_rules *rules) {
    char *config = world_config(rules);
    stand_open_config(s, config);
    free(config);
    scored_begin(s);
    if (rules->defined) {
        stand_define(s);
    }
}

void stand_close(stand *s) {
    char lock[128];
    kith_txn_abort(s->txn);
    kith_close(s->store);
    snprintf(lock, sizeof lock, "%s-lock", s->path);
    unlink(s->path);
    unlink(lock);
    rmdir(s->folder);
    free(s->problem);
    memset(s, 0, sizeof *s);
}

/* Writing */

static void begin(stand *s) {
    kith_error error = KITH_ERROR_INIT;
    if (s->txn == NULL && kith_txn_begin(s->store, KITH_WRITE, &s->txn, &error) != KITH_OK) {
        stand_fail(s, "begin: %s", error.message);
    }
}

void stand_commit(stand *s) {
    kith_error error = KITH_ERROR_INIT;
    if (s->txn != NULL && kith_txn_commit(s->txn, &error) != KITH_OK) {
        stand_fail(s, "commit: %s", error.message);
    }
    s->txn = NULL;
}

void stand_define(stand *s) {
    begin(s);
    if (s->problem == NULL) {
        stand_expect(s, defined_put(s->txn), KITH_OK, "definitions");
    }
    stand_commit(s);
    s->defined = true;
}

void stand_abort(stand *s) {
    kith_txn_abort(s->txn);
    s->txn = NULL;
}

typedef struct filled_fields {
    kith_field fields[HISTORY_FIELDS_MAX];
    kith_value items[HISTORY_FIELDS_MAX][HISTORY_VALUES_MAX];
} filled_fields;

static void fill_fields(const history_op *op, filled_fields *out) {
    for (int i = 0; i < op->field_count; i++) {
        const history_field *field = &op->fields[i];
        const world_pool *pool = &world_pools[field->attribute];
        kith_value *value = &out->fields[i].value;
        out->fields[i].name = pool->name;
        for (int j = 0; j < field->value_count; j++) {
            out->items[i][j] = kith_value_text(pool->values[field->values[j]]);
        }
        *value = field->value_count > 0 ? out->items[i][0] : kith_value_null();
        if (field->value_count > 1) {
            value->type = KITH_TYPE_LIST;
            value->as.list.items = out->items[i];
            value->as.list.count = field->value_count;
        }
    }
}

static int put_record(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    filled_fields filled;
    fill_fields(op, &filled);
    input.source = world_sources[op->source];
    input.key = key;
    input.at_us = op->at_us;
    input.fields = filled.fields;
    input.field_count = op->field_count;
    return op->kind == HISTORY_PUT     ? kith_record_put(s->txn, &input, change)
           : op->kind == HISTORY_PATCH ? kith_record_patch(s->txn, &input, change)
                                       : kith_record_add(s->txn, &input, change);
}

static int put_event(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kith_field fields[WORLD_PROPERTIES];
    char message[8];
    for (int i = 0; i < op->property_count; i++) {
        fields[i].name = world_properties[op->properties[i]];
        fields[i].value = world_amounts[op->amounts[i]].value;
    }
    snprintf(message, sizeof message, "m%d", op->message);
    input.source = world_sources[op->source];
    input.key = key;
    input.type = world_event_types[op->type];
    input.time_us = op->at_us;
    input.message_id = op->message != 0 ? message : NULL;
    input.fields = fields;
    input.field_count = op->property_count;
    return kith_event_put(s->txn, &input, change);
}

static int decide(stand *s, const history_op *op, const char *key, kith_change *change) {
    char other[8];
    snprintf(other, sizeof other, "%d", op->other_key);
    int (*call)(kith_txn *, const char *, const char *, const char *, const char *, const char *,
                int64_t, kith_change *) =
        op->kind == HISTORY_LINK ? kith_record_link : kith_record_unlink;
    return call(s->txn, world_sources[op->source], key, world_sources[op->other_source], other,
                world_people[op->by], op->at_us, change);
}

static int tag(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = world_sources[op->source];
    input.key = key;
    input.tag = world_names[op->kind][op->name];
    input.value = world_amounts[op->amount].value;
    input.origin = world_origin(op);
    input.confidence = world_confidence(op);
    input.at_us = op->at_us;
    input.expires_at_us = op->expires_at_us;
    input.by = op->by < 3 ? world_people[op->by] : NULL;
    return op->kind == HISTORY_TAG ? kith_tag_add(s->txn, &input, change)
                                   : kith_tag_remove(s->txn, &input, change);
}

static int put_consent(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    input.source = world_sources[op->source];
    input.key = key;
    input.purpose = world_names[op->kind][op->name];
    input.channel = world_channels[op->detail];
    input.granted = op->granted;
    input.at_us = op->at_us;
    input.by = op->by < 3 ? world_people[op->by] : NULL;
    return kith_consent_put(s->txn, &input, change);
}

static int put_points(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    input.source = world_sources[op->source];
    input.key = key;
    input.ledger = world_names[op->kind][op->name];
    input.entry = world_entries[op->detail];
    input.amount_micros = world_micros[op->amount];
    input.at_us = op->at_us;
    input.by = op->by < 3 ? world_people[op->by] : NULL;
    return kith_points_put(s->txn, &input, change);
}

static int put_score(stand *s, const history_op *op, const char *key, kith_change *change) {
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    input.source = world_sources[op->source];
    input.key = key;
    input.score = world_names[op->kind][op->name];
    input.value_micros = world_micros[op->amount];
    input.at_us = op->at_us;
    input.by = op->by < 3 ? world_people[op->by] : NULL;
    return kith_score_put(s->txn, &input, change);
}

static int put_mark(stand *s, const history_op *op, const char *key, kith_change *change) {
    return op->kind == HISTORY_CONSENT  ? put_consent(s, op, key, change)
           : op->kind == HISTORY_POINTS ? put_points(s, op, key, change)
           : op->kind == HISTORY_SCORE  ? put_score(s, op, key, change)
                                        : tag(s, op, key, change);
}

static int configure(stand *s, const world_rules *rules) {
    char *config = world_config(rules);
    int rc = kith_config_apply(s->txn, config, strlen(config));
    free(config);
    return rc;
}

/* Clusters are worked out, and nothing that stands above them is brought up to date. */
static void explain_something(stand *s) {
    kith_explanation *explanation = NULL;
    if (kith_explain_how(s->txn, 0, &explanation) == KITH_OK) {
        kith_explanation_free(explanation);
    }
}

int stand_apply(stand *s, const history_op *op, kith_change *out_change) {
    char key[8];
    kith_change change = KITH_UNCHANGED;
    int rc = KITH_OK;
    snprintf(key, sizeof key, "%d", op->key);
    begin(s);
    if (s->problem != NULL) {
        return KITH_IO;
    }
    if (op->kind <= HISTORY_ADD) {
        rc = put_record(s, op, key, &change);
    } else if (op->kind == HISTORY_EVENT) {
        rc = put_event(s, op, key, &change);
    } else if (op->kind <= HISTORY_UNLINK) {
        rc = decide(s, op, key, &change);
    } else if (op->kind <= HISTORY_SCORE) {
        rc = put_mark(s, op, key, &change);
    } else if (op->kind == HISTORY_CONFIG) {
        rc = configure(s, &op->rules);
    } else if (op->kind == HISTORY_SETTLE) {
        rc = kith_settle(s->txn, op->at_us, op->budget, NULL);
    } else if (op->kind == HISTORY_READ) {
        explain_something(s);
    }
    if (out_change != NULL) {
        *out_change = change;
    }
    return rc;
}

/* Writing out */

typedef struct dump {
    stand *s;
    kith_txn *txn;
    int64_t now_us;
    unsigned flags;
    lines *out;
} dump;

static void expect(dump *d, int code, const char *what) {
    if (code != KITH_OK) {
        stand_fail(d->s, "%s gave %s: %s", what, kith_code_name(code),
                   kith_txn_error(d->txn)->message);
    }
}

static void expect_done(dump *d, int code, const char *what) {
    expect(d, code == KITH_DONE ? KITH_OK : code == KITH_OK ? KITH_CORRUPT : code, what);
}

static void name_record(dump *d, uint32_t number, char out[32]) {
    kith_record record = KITH_RECORD_INIT;
    int rc = kith_record_get_number(d->txn, number, &record);
    expect(d, rc, "kith_record_get_number");
    snprintf(out, 32, "%.20s:%.10s", rc == KITH_OK ? record.source : "?",
             rc == KITH_OK ? record.key : "?");
}

static void dump_values(dump *d, const kith_record *record, const char *name) {
    kith_record_value value = KITH_RECORD_VALUE_INIT;
    size_t cursor = 0;
    char text[128];
    int rc;
    while ((rc = kith_record_next_value(record, &cursor, &value)) == KITH_OK) {
        world_show_value(&value.value, text, sizeof text);
        lines_add(d->out, "value %s %s=%s at %" PRId64 " status %d", name, value.attribute, text,
                  value.at_us, (int)value.status);
    }
    expect_done(d, rc, "kith_record_next_value");
}

static void show_properties(dump *d, const kith_event *event, char *out, size_t size) {
    kith_value values[WORLD_PROPERTIES];
    bool has[WORLD_PROPERTIES] = {false};
    kith_field field;
    size_t cursor = 0, used = 0;
    char text[64];
    int rc;
    while ((rc = kith_event_next_property(event, &cursor, &field)) == KITH_OK) {
        for (int i = 0; i < WORLD_PROPERTIES; i++) {
            if (strcmp(field.name, world_properties[i]) == 0) {
                values[i] = field.value;
                has[i] = true;
            }
        }
    }
    expect_done(d, rc, "kith_event_next_property");
    out[0] = '\0';
    for (int i = 0; i < WORLD_PROPERTIES; i++) {
        if (has[i]) {
            world_show_value(&values[i], text, sizeof text);
            used += (size_t)snprintf(out + used, size - used, " %s=%s", world_properties[i], text);
        }
    }
}

static void dump_events(dump *d, uint32_t number, const char *name) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    char text[512], order[32] = "";
    size_t place = 0;
    int rc = kith_event_iter_open(d->txn, number, INT64_MIN, INT64_MAX, &iter);
    expect(d, rc, "kith_event_iter_open");
    while (rc == KITH_OK && (rc = kith_event_iter_next(iter, &event)) == KITH_OK) {
        show_properties(d, &event, text, sizeof text);
        if (!(d->flags & DUMP_LOOSE_TIES)) {
            snprintf(order, sizeof order, "#%zu ", place++);
        }
        lines_add(d->out, "event %s %sat %" PRId64 " %s %s%s", name, order, event.time_us,
                  event.type, event.message_id != NULL ? event.message_id : "-", text);
    }
    expect_done(d, rc, "kith_event_iter_next");
    kith_event_iter_close(iter);
}

static void dump_records(dump *d) {
    kith_record_iter *iter = NULL;
    kith_record record = KITH_RECORD_INIT;
    char name[32], own[KITH_ID_TEXT_BYTES], of[KITH_ID_TEXT_BYTES], by_id[KITH_ID_TEXT_BYTES];
    int rc = kith_record_iter_open(d->txn, &iter);
    expect(d, rc, "kith_record_iter_open");
    while (rc == KITH_OK && (rc = kith_record_iter_next(iter, &record)) == KITH_OK) {
        kith_id id;
        kith_profile profile = KITH_PROFILE_INIT;
        expect(d, kith_profile_id_of_record(d->txn, record.number, &id),
               "kith_profile_id_of_record");
        expect(d, kith_profile_get(d->txn, &record.id, d->now_us, &profile), "kith_profile_get");
        kith_id_format(&record.id, own);
        kith_id_format(&id, of);
        kith_id_format(&profile.id, by_id);
        snprintf(name, sizeof name, "%.20s:%.10s", record.source, record.key);
        lines_add(d->out, "record %s id %s first %" PRId64 " at %" PRId64 " profile %s by id %s",
                  name, own, record.first_seen_us, record.at_us, of, by_id);
        if (!(d->flags & DUMP_NO_NUMBERS)) {
            lines_add(d->out, "record %s number %u", name, record.number);
        }
        if (d->flags & DUMP_ROW_BYTES) {
            lines_add(d->out, "record %s bytes %zu", name, record.row_bytes);
        }
        dump_values(d, &record, name);
        dump_events(d, record.number, name);
    }
    expect_done(d, rc, "kith_record_iter_next");
    kith_record_iter_close(iter);
}

static void dump_golden(dump *d, const kith_profile *profile, const char *id) {
    kith_golden golden = KITH_GOLDEN_INIT, first = KITH_GOLDEN_INIT;
    char text[128], name[32], last[64] = "";
    size_t cursor = 0, place = 0;
    int rc;
    while ((rc = kith_profile_next_value(profile, &cursor, &golden)) == KITH_OK) {
        place = strcmp(last, golden.attribute) == 0 ? place + 1 : 0;
        snprintf(last, sizeof last, "%s", golden.attribute);
        world_show_value(&golden.value, text, sizeof text);
        name_record(d, golden.record, name);
        lines_add(d->out, "golden %s %s[%zu] %s by %s at %" PRId64 " status %d", id,
                  golden.attribute, place, text, name, golden.at_us, (int)golden.status);
        if (strncmp(name, golden.source, strlen(golden.source)) != 0) {
            stand_fail(d->s, "the golden %s names source %s of record %s", last, golden.source,
                       name);
        }
        rc = kith_profile_value(profile, last, &first);
        if (place == 0 &&
            (rc != KITH_OK || first.record != golden.record || first.at_us != golden.at_us)) {
            stand_fail(d->s, "kith_profile_value gives another %s than the first of all", last);
        }
    }
    expect_done(d, rc, "kith_profile_next_value");
}

static void dump_aggregates(dump *d, const kith_profile *profile, const char *id) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_aggregate(profile, &cursor, &aggregate)) == KITH_OK) {
        size_t at = 0;
        lines_add(d->out, "aggregate %s %s count %" PRIu64 " first %" PRId64 " last %" PRId64, id,
                  aggregate.event_type, aggregate.count, aggregate.first_us, aggregate.last_us);
        while ((rc = kith_aggregate_next_property(&aggregate, &at, &sum)) == KITH_OK) {
            lines_add(d->out,
                      "sum %s %s.%s count %" PRIu64 " sum %" PRId64 " min %" PRId64 " max %" PRId64
                      " overflow %d",
                      id, aggregate.event_type, sum.property, sum.count, sum.sum_micros,
                      sum.min_micros, sum.max_micros, sum.overflow);
        }
        expect_done(d, rc, "kith_aggregate_next_property");
    }
    expect_done(d, rc, "kith_profile_next_aggregate");
}

static void dump_tags(dump *d, const kith_profile *profile, const char *id) {
    kith_tag tag = KITH_TAG_INIT;
    char value[64], name[32];
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_tag(profile, &cursor, &tag)) == KITH_OK) {
        world_show_value(&tag.value, value, sizeof value);
        name_record(d, tag.record, name);
        lines_add(d->out, "tag %s %s=%s until %" PRId64 " %s %u%% at %" PRId64 " of %s by %s", id,
                  tag.name, value, tag.expires_at_us, kith_origin_name(tag.origin), tag.confidence,
                  tag.at_us, name, tag.by != NULL ? tag.by : "-");
    }
    expect_done(d, rc, "kith_profile_next_tag");
}

static void dump_consents(dump *d, const kith_profile *profile, const char *id) {
    kith_consent consent = KITH_CONSENT_INIT;
    char name[32];
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_consent(profile, &cursor, &consent)) == KITH_OK) {
        name_record(d, consent.record, name);
        lines_add(d->out, "consent %s %s %s %d at %" PRId64 " of %s by %s", id, consent.purpose,
                  consent.channel != NULL ? consent.channel : "any", consent.granted, consent.at_us,
                  name, consent.by != NULL ? consent.by : "-");
    }
    expect_done(d, rc, "kith_profile_next_consent");
    for (int i = 0; i < WORLD_NAMES * WORLD_CHANNELS; i++) {
        const char *purpose = world_names[HISTORY_CONSENT][i / WORLD_CHANNELS];
        const char *channel = world_channels[i % WORLD_CHANNELS];
        bool granted = false;
        expect(d, kith_profile_consent(profile, purpose, channel, &granted, NULL),
               "kith_profile_consent");
        lines_add(d->out, "consents %s %s %s %d", id, purpose, channel != NULL ? channel : "any",
                  granted);
    }
}

static void dump_numbers(dump *d, const kith_profile *profile, const char *id) {
    kith_points points = KITH_POINTS_INIT;
    kith_score score = KITH_SCORE_INIT;
    char name[32];
    size_t cursor = 0;
    int rc;
    while ((rc = kith_profile_next_points(profile, &cursor, &points)) == KITH_OK) {
        lines_add(d->out, "points %s %s %" PRId64 " in %u last %" PRId64 " overflow %d", id,
                  points.ledger, points.balance_micros, points.entry_count, points.last_us,
                  points.overflow);
    }
    expect_done(d, rc, "kith_profile_next_points");
    cursor = 0;
    while ((rc = kith_profile_next_score(profile, &cursor, &score)) == KITH_OK) {
        name_record(d, score.record, name);
        lines_add(d->out, "score %s %s %" PRId64 " at %" PRId64 " of %s by %s", id, score.name,
                  score.value_micros, score.at_us, name, score.by != NULL ? score.by : "-");
    }
    expect_done(d, rc, "kith_profile_next_score");
}

static void dump_profile(dump *d, const kith_profile *profile) {
    char id[KITH_ID_TEXT_BYTES], name[32];
    size_t cursor = 0;
    uint32_t number;
    uint64_t near = 0, past = 0;
    int rc;
    kith_id_format(&profile->id, id);
    expect(d, kith_profile_count_events(profile, NULL, d->now_us - 4 * SECOND_US, d->now_us, &past),
           "kith_profile_count_events");
    expect(d,
           kith_profile_count_events(profile, world_event_types[0], d->now_us - 3 * SECOND_US,
                                     d->now_us + 2 * SECOND_US, &near),
           "kith_profile_count_events");
    lines_add(d->out,
              "profile %s records %u events %" PRIu64 " near %" PRIu64 " past %" PRIu64
              " next %" PRId64 " pending %d",
              id, profile->record_count, profile->event_count, near, past,
              d->s->defined ? 0 : profile->next_change_at_us,
              (profile->flags & KITH_PROFILE_PENDING) != 0);
    if (!(d->flags & DUMP_NO_NUMBERS)) {
        lines_add(d->out, "number %s %u", id, profile->number);
    }
    while ((rc = kith_profile_next_record(profile, &cursor, &number)) == KITH_OK) {
        name_record(d, number, name);
        lines_add(d->out, "member %s %s", id, name);
    }
    expect_done(d, rc, "kith_profile_next_record");
    dump_golden(d, profile, id);
    dump_aggregates(d, profile, id);
    dump_tags(d, profile, id);
    dump_consents(d, profile, id);
    dump_numbers(d, profile, id);
    defined_dump_profile(profile, id, d->out);
}

static void show_step(dump *d, const kith_step *step, char *out, size_t size) {
    char a[32], b[32], what[128], detail[64] = "-";
    bool decided = step->type != NULL && strcmp(step->type, "assertion") == 0;
    bool weighed = step->type != NULL && strcmp(step->type, "score") == 0;
    bool counted = step->rule != NULL &&
                   (strcmp(step->rule, "unique") == 0 || strcmp(step->rule, "limit") == 0 ||
                    strcmp(step->rule, "source") == 0);
    name_record(d, step->a, a);
    name_record(d, step->b, b);
    bool swap = (decided || weighed) && strcmp(a, b) > 0;
    snprintf(what, sizeof what, "%s%s%s", decided ? "by" : step->type,
             decided   ? " "
             : weighed ? ""
                       : "=",
             weighed ? "" : step->value);
    if (step->detail != NULL &&
        (!weighed || counted)) { /* the attribute; what both sides say of it may follow */
        snprintf(detail, sizeof detail, "%.*s", (int)strcspn(step->detail, ":"), step->detail);
    }
    snprintf(out, size, "%s %s - %s %s rule %s %s", kith_step_kind_name(step->kind), swap ? b : a,
             swap ? a : b, what, step->rule ? step->rule : "-", detail);
}

static void dump_how(dump *d, uint32_t number, const kith_id *profile) {
    kith_explanation *explanation = NULL;
    char id[KITH_ID_TEXT_BYTES], text[512];
    int rc = kith_explain_how(d->txn, number, &explanation);
    expect(d, rc, "kith_explain_how");
    kith_id_format(profile, id);
    for (size_t i = 0; rc == KITH_OK && i < kith_explanation_step_count(explanation); i++) {
        show_step(d, kith_explanation_step(explanation, i), text, sizeof text);
        lines_add(d->out, "how %s #%zu %s", id, i, text);
    }
    kith_explanation_free(explanation);
}

static void dump_profiles(dump *d) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    int rc = kith_profile_iter_open(d->txn, d->now_us, &iter);
    expect(d, rc, "kith_profile_iter_open");
    while (rc == KITH_OK && (rc = kith_profile_iter_next(iter, &profile)) == KITH_OK) {
        dump_profile(d, &profile);
        if (!(d->flags & DUMP_NO_EXPLAIN)) {
            dump_how(d, profile.number, &profile.id);
        }
    }
    expect_done(d, rc, "kith_profile_iter_next");
    kith_profile_iter_close(iter);
}

static void dump_finds(dump *d, const world_pool *pool) {
    for (size_t i = 0; i < pool->count; i++) {
        kith_profile profile = KITH_PROFILE_INIT;
        char id[KITH_ID_TEXT_BYTES];
        size_t count = 0;
        int rc =
            kith_profile_find(d->txn, pool->name, pool->values[i], d->now_us, &profile, &count);
        if (rc != KITH_OK) {
            lines_add(d->out, "find %s=%s nobody %d", pool->name, pool->values[i], rc);
            continue;
        }
        kith_id_format(&profile.id, id);
        lines_add(d->out, "find %s=%s %zu profiles: %s", pool->name, pool->values[i], count,
                  count > 1 && (d->flags & DUMP_NO_NUMBERS) ? "several" : id);
    }
}

/* Links lead from one to the other if they are one, and something is said if they are not. */
static bool is_told(const kith_explanation *explanation, uint32_t a, uint32_t b) {
    size_t count = kith_explanation_step_count(explanation);
    if (!kith_explanation_same(explanation)) {
        bool linked = false;
        for (size_t i = 0; i < count; i++) {
            linked = linked || kith_explanation_step(explanation, i)->kind == KITH_STEP_LINK;
        }
        return count > 0 && !linked;
    }
    uint32_t at = a, path = 0;
    for (size_t i = 0; i < count; i++) {
        const kith_step *step = kith_explanation_step(explanation, i);
        if (step->path != path && at != (path == 0 ? a : b)) {
            return false; /* the path before it led elsewhere */
        }
        at = step->path != path ? a : at;
        path = step->path;
        if (step->kind != KITH_STEP_LINK || step->a != at) {
            return false;
        }
        at = step->b;
    }
    return at == b;
}

static void dump_why(dump *d) {
    kith_stat stat = KITH_STAT_INIT;
    expect(d, kith_stat_get(d->txn, &stat), "kith_stat_get");
    for (uint32_t i = 0; i < stat.record_count; i++) {
        uint32_t other = (uint32_t)((i * 7 + 3) % stat.record_count);
        kith_explanation *explanation = NULL;
        char a[32], b[32];
        name_record(d, i, a);
        name_record(d, other, b);
        expect(d, kith_explain_why(d->txn, i, other, &explanation), "kith_explain_why");
        if (explanation != NULL) {
            lines_add(d->out, "why %s %s same %d %s", a, b, kith_explanation_same(explanation),
                      is_told(explanation, i, other) ? "told" : "not told");
        }
        kith_explanation_free(explanation);
    }
}

static void dump_counts(dump *d) {
    kith_stat stat = KITH_STAT_INIT;
    if (d->s->defined) {
        expect(d, defined_dump_counts(d->txn, d->now_us, d->out), "counts of segments");
    }
    expect(d, kith_stat_get(d->txn, &stat), "kith_stat_get");
    lines_add(d->out,
              "counts records %" PRIu64 " profiles %" PRIu64 " events %" PRIu64 " links %" PRIu64
              " refused %" PRIu64 " generic %" PRIu64 " pending %" PRIu64,
              stat.record_count, stat.profile_count, stat.event_count, stat.link_count,
              stat.refused_link_count, stat.generic_value_count, stat.pending_record_count);
    if (!(d->flags & DUMP_LOOSE_TIES)) {
        lines_add(d->out, "counts identifiers %" PRIu64, stat.identifier_count);
    }
}

void stand_dump_txn(stand *s, kith_txn *txn, int64_t now_us, unsigned flags, lines *out) {
    dump d = {s, txn, now_us, flags, out};
    dump_profiles(&d);
    if (!(flags & DUMP_NO_EXPLAIN)) {
        dump_records(&d);
        for (size_t type = 0; type < WORLD_TYPES; type++) {
            dump_finds(&d, &world_pools[type]);
        }
        dump_counts(&d);
    }
    if (!(flags & (DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS))) {
        dump_why(&d);
    }
    lines_sort(out);
}

/* The open write transaction, or else a new read transaction; NULL: it could not begin. */
static kith_txn *look(stand *s) {
    kith_error error = KITH_ERROR_INIT;
    kith_txn *txn = s->txn;
    if (txn == NULL && kith_txn_begin(s->store, KITH_READ, &txn, &error) != KITH_OK) {
        stand_fail(s, "begin: %s", error.message);
        return NULL;
    }
    return txn;
}

static void end_look(stand *s, kith_txn *txn) {
    if (txn != s->txn) {
        kith_txn_abort(txn);
    }
}

void stand_dump(stand *s, int64_t now_us, unsigned flags, lines *out) {
    kith_txn *txn = s->problem == NULL ? look(s) : NULL;
    if (txn != NULL) {
        stand_dump_txn(s, txn, now_us, flags, out);
        end_look(s, txn);
    }
}

void stand_weigh(stand *s, model *m) {
    kith_txn *txn = s->problem == NULL ? look(s) : NULL;
    if (txn != NULL) {
        scored_weigh(s, txn, m);
        end_look(s, txn);
    }
}

void stand_compare(stand *s, model *m, int64_t now_us, unsigned flags, const char *when) {
    lines expected = {NULL, 0, 0}, found = {NULL, 0, 0};
    if (s->problem == NULL) {
        stand_weigh(s, m);
        model_dump(m, now_us, flags, &expected);
        stand_dump(s, now_us, flags, &found);
        char *difference = lines_compare(&expected, &found);
        if (difference != NULL) {
            stand_fail(s, "%s, read at %llds:\n%s", when, (long long)(now_us / SECOND_US),
                       difference);
        }
        free(difference);
    }
    lines_clear(&expected);
    lines_clear(&found);
}

static void keep_first(void *context, const char *problem) {
    char *first = context;
    if (first[0] == '\0') {
        snprintf(first, 256, "%s", problem);
    }
}

uint64_t stand_count_problems(stand *s, char first[256]) {
    kith_check_options options = KITH_CHECK_OPTIONS_INIT;
    kith_error error = KITH_ERROR_INIT;
    uint64_t count = 0;
    first[0] = '\0';
    options.problem = keep_first;
    options.context = first;
    if (kith_verify(s->store, 0, &options, &count, &error) != KITH_OK) {
        snprintf(first, 256, "kith_verify: %.230s", error.message);
        count++;
    }
    return count;
}

void stand_verify(stand *s, const char *when) {
    char first[256];
    if (s->problem == NULL && stand_count_problems(s, first) > 0) {
        stand_fail(s, "%s, verify tells: %s", when, first);
    }
}
