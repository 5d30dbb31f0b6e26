/* Customers at random: few names, values and times, so that ties and borders are met often. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "tests/property/history.h"
#include "tests/property/naive_segment.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

#define GRID_TIMES   24
#define EVENTS_MAX   40 /* of a customer */
#define MARKS_MAX    16
#define MESSAGE_SEED 1

const char *const naive_zone_names[NAIVE_ZONES] = {
    "UTC",          "Europe/Berlin",       "America/Sao_Paulo",
    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"};
const char *const naive_event_types[NAIVE_EVENT_TYPES] = {"purchase", "visit", "return",
                                                          "Order Completed"};
const char *const naive_names[NAIVE_NAMES] = {"vip", "main", "news"};
const char *const naive_channels[NAIVE_NAMES] = {"sms", "email", NULL};
/* Amounts among them, one letter in its two forms, and what differs in case only. */
const char *const naive_texts[NAIVE_TEXTS] = {
    "shoes",    "Shoes",       "SHOES 10",     "hat",  "10",         "12.50",
    "1,234.50", "caf\xc3\xa9", "cafe\xcc\x81", "true", "2024-03-31", "2024-03-30T23:00Z",
    "10%",      "\xe9\x9e\x8b"};

const char *const naive_attributes[NAIVE_ATTRIBUTES] = {
    "time_zone",  "spent",   "visits", "vip",  "city",
    "birth_date", "renewed", "mixed",  "nick", "extra"};

static const char *const sources[NAIVE_RECORDS_MAX] = {"crm", "shop", "web"};

/* Around changes of clocks, the ends of months and years, and a day that was left out. */
static const char *const origins[] = {"2024-03-30", "2024-10-26", "2018-02-17", "2018-11-03",
                                      "2024-02-28", "2023-12-30", "2011-12-29", "2024-05-15"};
static const int64_t grids_us[] = {HOUR_US / 2, HOUR_US, 6 * HOUR_US, DAY_US, 7 * DAY_US};

static int64_t day_of(const char *text) {
    int64_t days;
    if (kith_date_parse(text, strlen(text), &days) != KITH_OK) {
        abort();
    }
    return days;
}

int64_t naive_make_time(uint64_t *state, int64_t origin_us, int64_t grid_us) {
    int64_t time_us = origin_us + (int64_t)random_below(state, GRID_TIMES) * grid_us;
    return random_one_in(state, 6) ? time_us + (int64_t)random_below(state, 3) - 1 : time_us;
}

const char *naive_pick_type(uint64_t *state) {
    return naive_event_types[random_below(state, random_one_in(state, 2) ? 2 : NAIVE_EVENT_TYPES)];
}

static int64_t make_time(naive_town *town, uint64_t *state) {
    return naive_make_time(state, town->origin_us, town->grid_us);
}

/* Values */

static kith_value make_number(uint64_t *state) {
    static const double reals[] = {12.5, 19.99, 0.1, -3.25, 3.333333};
    switch (random_below(state, 5)) {
    case 0:
        return kith_value_real(reals[random_below(state, COUNT(reals))]);
    case 1:
        return kith_value_integer((int64_t)random_below(state, 4) * 100);
    case 2:
        return random_one_in(state, 8) ? kith_value_integer(INT64_C(1000000000000000))
                                       : kith_value_integer(-5);
    default:
        return kith_value_integer((int64_t)random_below(state, 4) * 10);
    }
}

static kith_value make_text(uint64_t *state) {
    return kith_value_text(naive_texts[random_below(state, NAIVE_TEXTS)]);
}

static kith_value make_moment(naive_town *town, uint64_t *state) {
    int64_t time_us = make_time(town, state);
    char text[KITH_TIME_TEXT_BYTES];
    switch (random_below(state, 4)) {
    case 0:
        kith_time_format(time_us, text);
        return kith_value_text(kithi_arena_copy(&town->arena, text, strlen(text)));
    case 1:
        return kith_value_date(kithi_calendar_date(town->zones[0], time_us));
    default:
        return kith_value_time(time_us);
    }
}

static kith_value make_scalar(naive_town *town, uint64_t *state) {
    switch (random_below(state, 8)) {
    case 0:
        return kith_value_null();
    case 1:
        return kith_value_boolean(random_one_in(state, 2));
    case 2:
        return make_moment(town, state);
    case 3:
    case 4:
        return make_text(state);
    default:
        return make_number(state);
    }
}

static kith_value make_list(naive_town *town, uint64_t *state,
                            kith_value (*make)(naive_town *town, uint64_t *state)) {
    size_t count = random_below(state, 4);
    kith_value *items = kithi_arena_calloc(&town->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = make(town, state);
    }
    return (kith_value){KITH_TYPE_LIST, {.list = {items, count}}};
}

static kith_value make_map(naive_town *town, uint64_t *state) {
    kith_field *fields = kithi_arena_calloc(&town->arena, 2, sizeof *fields);
    fields[0] = (kith_field){"sku", make_text(state)};
    fields[1] = (kith_field){"price", random_one_in(state, 3) ? make_list(town, state, make_scalar)
                                                              : make_number(state)};
    return (kith_value){KITH_TYPE_MAP, {.map = {fields, random_below(state, 3)}}};
}

static kith_value make_property(naive_town *town, uint64_t *state, size_t which) {
    switch (which) {
    case 0: /* amount */
        return random_one_in(state, 6) ? make_scalar(town, state) : make_number(state);
    case 1: /* sku */
        return random_one_in(state, 6) ? make_list(town, state, make_scalar) : make_text(state);
    case 2: /* paid */
        return random_one_in(state, 6) ? make_scalar(town, state)
                                       : kith_value_boolean(random_one_in(state, 2));
    case 3: /* due */
        return random_one_in(state, 6) ? make_scalar(town, state) : make_moment(town, state);
    default: /* items */
        return random_one_in(state, 3) ? make_map(town, state) : make_list(town, state, make_map);
    }
}

kith_value naive_make_attribute(naive_town *town, uint64_t *state, size_t which) {
    switch (which) {
    case 0: /* time_zone */
        return kith_value_text(random_one_in(state, 12)
                                   ? "Mars/Base"
                                   : naive_zone_names[random_below(state, NAIVE_ZONES)]);
    case 1: /* spent */
    case 2: /* visits */
        return which == 2                ? kith_value_integer((int64_t)random_below(state, 4) * 10)
               : random_one_in(state, 8) ? kith_value_text("many")
                                         : make_number(state);
    case 3: /* vip */
        return kith_value_boolean(random_one_in(state, 2));
    case 4: /* city */
        return make_text(state);
    case 5: /* birth_date */
        return kith_value_date(kithi_calendar_date(town->zones[0], make_time(town, state)) -
                               (int64_t)random_below(state, 3) * 3653);
    case 6: /* renewed */
        return kith_value_time(make_time(town, state));
    case 7: /* mixed */
        return make_scalar(town, state);
    case 8: /* nick */
        return make_list(town, state, make_scalar);
    default: /* extra */
        return make_map(town, state);
    }
}

/* Customers */

static void make_attributes(naive_town *town, uint64_t *state, naive_customer *c) {
    for (size_t i = 0; i < NAIVE_ATTRIBUTES; i++) {
        if (random_one_in(state, 4)) {
            continue;
        }
        naive_attribute *attribute = &c->attributes[c->attribute_count++];
        attribute->record = random_below(state, (uint32_t)c->record_count);
        attribute->field = (kith_field){naive_attributes[i], naive_make_attribute(town, state, i)};
    }
}

void naive_make_properties(naive_town *town, uint64_t *state, naive_event *event) {
    static const char *const names[NAIVE_PROPERTIES_MAX] = {"amount", "sku", "paid", "due",
                                                            "items"};
    for (size_t i = 0; i < NAIVE_PROPERTIES_MAX; i++) {
        if (random_one_in(state, 2)) {
            event->fields[event->field_count++] =
                (kith_field){names[i], make_property(town, state, i)};
        }
    }
}

static void make_event(naive_town *town, uint64_t *state, naive_customer *c) {
    naive_event *event = &c->events[c->event_count];
    event->record = random_below(state, (uint32_t)c->record_count);
    event->type = naive_pick_type(state);
    event->time_us = make_time(town, state);
    if (c->event_count > 0 && random_one_in(state, 3)) { /* with another one */
        const naive_event *other = &c->events[random_below(state, (uint32_t)c->event_count)];
        event->type = other->type;
        event->time_us = other->time_us;
    }
    c->event_count++;
    snprintf(event->message, sizeof event->message, "m%zu", c->event_count);
    naive_make_properties(town, state, event);
}

static uint64_t identity_of(const naive_event *event) {
    return kithi_hash64(event->message, strlen(event->message), MESSAGE_SEED) & UINT64_MAX >> 1;
}

int naive_compare_events(const void *left, const void *right) {
    const naive_event *a = left, *b = right;
    if (a->time_us != b->time_us) {
        return a->time_us < b->time_us ? -1 : 1;
    }
    return identity_of(a) < identity_of(b) ? -1 : identity_of(a) > identity_of(b);
}

/* Whether content would have to tell which of two marks stands. */
static bool is_tie(const naive_mark *a, const naive_mark *b) {
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 && a->at_us == b->at_us;
}

static void make_mark(naive_town *town, uint64_t *state, naive_customer *c) {
    static const char *const entries[] = {"a", "b", "c", "d"};
    naive_mark mark = {.kind = (naive_mark_kind)random_below(state, NAIVE_SCORE + 1)};
    mark.record = random_below(state, (uint32_t)c->record_count);
    mark.name = naive_names[random_below(state, NAIVE_NAMES)];
    mark.channel = naive_channels[random_below(state, NAIVE_NAMES)];
    mark.entry = entries[random_below(state, COUNT(entries))];
    mark.granted = !random_one_in(state, 3);
    mark.micros = (int64_t)random_below(state, 5) * 10000000 - 10000000;
    mark.at_us = make_time(town, state);
    mark.expires_at_us = random_one_in(state, 2) ? INT64_MAX : make_time(town, state);
    if (mark.expires_at_us <= mark.at_us) {
        mark.expires_at_us = INT64_MAX;
    }
    for (size_t i = 0; mark.kind != NAIVE_CONSENT && i < c->mark_count; i++) {
        if (is_tie(&c->marks[i], &mark)) {
            return;
        }
    }
    c->marks[c->mark_count++] = mark;
}

static void *make_room(naive_town *town, size_t count, size_t size) {
    void *room = kithi_arena_calloc(&town->arena, count, size);
    if (room == NULL) {
        abort();
    }
    return room;
}

static void make_customer(naive_town *town, uint64_t *state, naive_customer *c, size_t number) {
    size_t events = random_below(state, random_one_in(state, 4) ? EVENTS_MAX + 1 : 16);
    size_t marks = random_below(state, MARKS_MAX + 1);
    snprintf(c->card, sizeof c->card, "CARD70010%zu", number);
    c->record_count = 1 + random_below(state, NAIVE_RECORDS_MAX);
    c->events = make_room(town, EVENTS_MAX, sizeof *c->events);
    c->marks = make_room(town, MARKS_MAX, sizeof *c->marks);
    make_attributes(town, state, c);
    for (size_t i = 0; i < events; i++) {
        make_event(town, state, c);
    }
    qsort(c->events, c->event_count, sizeof *c->events, naive_compare_events);
    for (size_t i = 0; i < marks; i++) {
        make_mark(town, state, c);
    }
}

bool naive_zones_known(void) {
    bool known = true;
    for (size_t i = 0; i < NAIVE_ZONES; i++) {
        kithi_zone *zone = NULL;
        known = kithi_zone_load(naive_zone_names[i], &zone) == KITH_OK && known;
        kithi_zone_free(zone);
    }
    return known;
}

void naive_town_make(naive_town *town, uint64_t seed, size_t customer_count) {
    uint64_t state = seed;
    memset(town, 0, sizeof *town);
    town->seed = seed;
    kithi_arena_init(&town->arena);
    for (size_t i = 0; i < NAIVE_ZONES; i++) {
        if (kithi_zone_load(naive_zone_names[i], &town->zones[i]) != KITH_OK) {
            abort();
        }
    }
    town->origin_us = day_of(origins[random_below(&state, COUNT(origins))]) * DAY_US;
    town->grid_us = grids_us[random_below(&state, COUNT(grids_us))];
    town->store_zone = random_below(&state, NAIVE_ZONES);
    town->customer_count = customer_count;
    town->customers = calloc(customer_count + 1, sizeof *town->customers);
    if (town->customers == NULL) {
        abort();
    }
    for (size_t i = 0; i < town->customer_count; i++) {
        make_customer(town, &state, &town->customers[i], i);
    }
}

void naive_town_clear(naive_town *town) {
    for (size_t i = 0; i < NAIVE_ZONES; i++) {
        kithi_zone_free(town->zones[i]);
    }
    free(town->customers);
    kithi_arena_clear(&town->arena);
}

/* Putting */

void naive_town_config(const naive_town *town, char out[512]) {
    snprintf(out, 512,
             "{\"time_zone\": \"%s\", \"attributes\": {\"spent\": {\"type\": \"real\"}, "
             "\"visits\": {\"type\": \"integer\"}, \"vip\": {\"type\": \"boolean\"}, "
             "\"renewed\": {\"type\": \"time\"}}}",
             naive_zone_names[town->store_zone]);
}

static int put_record(kith_txn *txn, const naive_customer *c, size_t record) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_field fields[NAIVE_ATTRIBUTES + 1];
    fields[input.field_count++] = (kith_field){"loyalty_id", kith_value_text(c->card)};
    for (size_t i = 0; i < c->attribute_count; i++) {
        if (c->attributes[i].record == record) {
            fields[input.field_count++] = c->attributes[i].field;
        }
    }
    input.source = sources[record];
    input.key = c->card;
    input.at_us = 1;
    input.fields = fields;
    return kith_record_put(txn, &input, NULL);
}

int naive_put_event(kith_txn *txn, const char *key, const naive_event *event) {
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    input.source = sources[event->record];
    input.key = key;
    input.type = event->type;
    input.time_us = event->time_us;
    input.message_id = event->message;
    input.fields = event->fields;
    input.field_count = event->field_count;
    return kith_event_put(txn, &input, NULL);
}

static int put_tag(kith_txn *txn, const char *key, const naive_mark *mark) {
    kith_tag_input input = KITH_TAG_INPUT_INIT;
    input.source = sources[mark->record];
    input.key = key;
    input.tag = mark->name;
    input.at_us = mark->at_us;
    input.expires_at_us = mark->expires_at_us;
    return mark->kind == NAIVE_TAG ? kith_tag_add(txn, &input, NULL)
                                   : kith_tag_remove(txn, &input, NULL);
}

static int put_consent(kith_txn *txn, const char *key, const naive_mark *mark) {
    kith_consent_input input = KITH_CONSENT_INPUT_INIT;
    input.source = sources[mark->record];
    input.key = key;
    input.purpose = mark->name;
    input.channel = mark->channel;
    input.granted = mark->granted;
    input.at_us = mark->at_us;
    return kith_consent_put(txn, &input, NULL);
}

static int put_points(kith_txn *txn, const char *key, const naive_mark *mark) {
    kith_points_input input = KITH_POINTS_INPUT_INIT;
    input.source = sources[mark->record];
    input.key = key;
    input.ledger = mark->name;
    input.entry = mark->entry;
    input.amount_micros = mark->micros;
    input.at_us = mark->at_us;
    return kith_points_put(txn, &input, NULL);
}

static int put_score(kith_txn *txn, const char *key, const naive_mark *mark) {
    kith_score_input input = KITH_SCORE_INPUT_INIT;
    input.source = sources[mark->record];
    input.key = key;
    input.score = mark->name;
    input.value_micros = mark->micros;
    input.at_us = mark->at_us;
    return kith_score_put(txn, &input, NULL);
}

int naive_put_mark(kith_txn *txn, const char *key, const naive_mark *mark) {
    switch (mark->kind) {
    case NAIVE_CONSENT:
        return put_consent(txn, key, mark);
    case NAIVE_POINTS:
        return put_points(txn, key, mark);
    case NAIVE_SCORE:
        return put_score(txn, key, mark);
    default:
        return put_tag(txn, key, mark);
    }
}

/* A fact of a customer by its number: first its records, as marks need one. */
static int put_fact(kith_txn *txn, const naive_customer *c, size_t number) {
    if (number < c->record_count) {
        return put_record(txn, c, number);
    }
    number -= c->record_count;
    return number < c->event_count
               ? naive_put_event(txn, c->card, &c->events[number])
               : naive_put_mark(txn, c->card, &c->marks[number - c->event_count]);
}

typedef struct given {
    size_t customer, fact;
} given;

static void shuffle(given *list, size_t count, uint64_t *state) {
    for (size_t i = count; i > 1; i--) {
        size_t other = random_below(state, (uint32_t)i);
        given kept = list[i - 1];
        list[i - 1] = list[other];
        list[other] = kept;
    }
}

/* Lists the facts of all customers: their marks, or all others. */
static size_t list_facts(const naive_town *town, bool marks, given *out) {
    size_t count = 0;
    for (size_t i = 0; i < town->customer_count; i++) {
        const naive_customer *c = &town->customers[i];
        size_t others = c->record_count + c->event_count;
        size_t end = marks ? others + c->mark_count : others;
        for (size_t fact = marks ? others : 0; fact < end; fact++) {
            out[count++] = (given){i, fact};
        }
    }
    return count;
}

#define FACTS_MAX (NAIVE_RECORDS_MAX + EVENTS_MAX + MARKS_MAX) /* of a customer */

int naive_town_put(const naive_town *town, kith_txn *txn, uint64_t *state) {
    given *facts = calloc(town->customer_count * FACTS_MAX, sizeof *facts);
    int rc = facts != NULL ? KITH_OK : KITH_NO_MEMORY;
    for (int marks = 0; rc == KITH_OK && marks < 2; marks++) {
        size_t count = list_facts(town, marks, facts);
        shuffle(facts, count, state);
        for (size_t i = 0; rc == KITH_OK && i < count; i++) {
            rc = put_fact(txn, &town->customers[facts[i].customer], facts[i].fact);
        }
    }
    free(facts);
    return rc;
}

/* The zone that a customer's attribute names, or the store's. */
const kithi_zone *naive_zone_of(const naive_town *town, const naive_customer *c) {
    for (size_t i = 0; i < c->attribute_count; i++) {
        const kith_field *field = &c->attributes[i].field;
        for (size_t zone = 0; strcmp(field->name, "time_zone") == 0 && zone < NAIVE_ZONES; zone++) {
            if (strcmp(field->value.as.text.data, naive_zone_names[zone]) == 0) {
                return town->zones[zone];
            }
        }
    }
    return town->zones[town->store_zone];
}

static kith_value copy_scalar(naive_town *town, const kith_value *value) {
    kith_value copy = *value;
    if (value->type == KITH_TYPE_TEXT) {
        copy.as.text.data =
            kithi_arena_copy(&town->arena, value->as.text.data, value->as.text.size);
    }
    return copy;
}

/* Several values of an attribute are a set, whose order is the profile's. */
static void order_values(naive_town *town, naive_customer *c, const kith_profile *profile) {
    for (size_t i = 0; i < c->attribute_count; i++) {
        kith_field *field = &c->attributes[i].field;
        kith_golden golden = KITH_GOLDEN_INIT;
        size_t cursor = 0, count = 0;
        if (field->value.type != KITH_TYPE_LIST) {
            continue;
        }
        size_t capacity = field->value.as.list.count;
        kith_value *items = kithi_arena_calloc(&town->arena, capacity + 1, sizeof *items);
        while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
            if (strcmp(golden.attribute, field->name) == 0 && count < capacity) {
                items[count++] = copy_scalar(town, &golden.value);
            }
        }
        field->value = (kith_value){KITH_TYPE_LIST, {.list = {items, count}}};
    }
}

int naive_town_find(naive_town *town, kith_txn *txn, kith_profile *profiles) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < town->customer_count; i++) {
        naive_customer *c = &town->customers[i];
        kith_record record = KITH_RECORD_INIT;
        rc = kith_record_get(txn, sources[0], c->card, &record);
        profiles[i] = (kith_profile)KITH_PROFILE_INIT;
        rc = rc == KITH_OK ? kith_profile_of_record(txn, record.number, 0, &profiles[i]) : rc;
        if (rc == KITH_OK && profiles[i].record_count != c->record_count) {
            abort();
        }
        c->id = profiles[i].id;
        c->zone = naive_zone_of(town, c);
        order_values(town, c, &profiles[i]);
    }
    return rc;
}

/* Printing */

static void print_value(FILE *out, const kith_value *value) {
    naive_value scalar;
    char text[128];
    if (value->type == KITH_TYPE_LIST) {
        fputs("[", out);
        for (size_t i = 0; i < value->as.list.count; i++) {
            fputs(i > 0 ? ", " : "", out);
            print_value(out, &value->as.list.items[i]);
        }
        fputs("]", out);
        return;
    }
    if (value->type == KITH_TYPE_MAP) {
        fputs("{", out);
        for (size_t i = 0; i < value->as.map.count; i++) {
            fprintf(out, "%s%s: ", i > 0 ? ", " : "", value->as.map.fields[i].name);
            print_value(out, &value->as.map.fields[i].value);
        }
        fputs("}", out);
        return;
    }
    scalar = naive_value_of(value);
    naive_show(&scalar, text);
    fputs(text, out);
}

static void print_time(FILE *out, int64_t time_us) {
    char text[KITH_TIME_TEXT_BYTES];
    kith_time_format(time_us, text);
    fprintf(out, " %s", time_us == INT64_MAX ? "never" : text);
}

static void print_mark(FILE *out, const naive_mark *mark) {
    static const char *const kinds[] = {"tag", "untag", "consent", "points", "score"};
    fprintf(out, "  %s %s", kinds[mark->kind], mark->name);
    print_time(out, mark->at_us);
    if (mark->kind == NAIVE_TAG) {
        fputs(" until", out);
        print_time(out, mark->expires_at_us);
    } else if (mark->kind == NAIVE_CONSENT) {
        fprintf(out, " by %s: %s", mark->channel != NULL ? mark->channel : "any",
                mark->granted ? "granted" : "withdrawn");
    } else if (mark->kind != NAIVE_UNTAG) {
        fprintf(out, " entry %s of record %zu: %" PRId64 " millionths", mark->entry, mark->record,
                mark->micros);
    }
    fputs("\n", out);
}

static void print_event(FILE *out, const naive_event *event) {
    fprintf(out, "  %s", event->type);
    print_time(out, event->time_us);
    for (size_t i = 0; i < event->field_count; i++) {
        fprintf(out, " %s=", event->fields[i].name);
        print_value(out, &event->fields[i].value);
    }
    fprintf(out, " (record %zu)\n", event->record);
}

void naive_customer_print(FILE *out, const naive_customer *customer) {
    for (size_t i = 0; i < customer->attribute_count; i++) {
        fprintf(out, "  %s: ", customer->attributes[i].field.name);
        print_value(out, &customer->attributes[i].field.value);
        fputs("\n", out);
    }
    for (size_t i = 0; i < customer->event_count; i++) {
        print_event(out, &customer->events[i]);
    }
    for (size_t i = 0; i < customer->mark_count; i++) {
        print_mark(out, &customer->marks[i]);
    }
}
