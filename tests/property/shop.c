#include "tests/property/shop.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CARDS            6
#define SPOKEN           9 /* attributes that a record may say: all but the map */
#define DEFINITION_TRIES 50

const char *const shop_segment_names[SHOP_SEGMENTS] = {"s0", "s1", "s2", "s3", "s4", "s5"};
const char *const shop_trait_names[SHOP_TRAITS] = {"t0", "t1"};

static const char *const sources[] = {"crm", "shop", "web"};
static const char *const keys[SHOP_KEYS] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6"};

static const char *key_of(size_t record) {
    return keys[record / 3];
}

static void must(shop *s, kith_txn *txn, int code, const char *what) {
    (void)s;
    if (code != KITH_OK) {
        fail_msg("%s: %s: %s", what, kith_code_name(code), kith_txn_error(txn)->message);
    }
}

void shop_open(shop *s, uint64_t seed) {
    static const int64_t spans_us[] = {6 * HOUR_US, DAY_US, 7 * DAY_US};
    char config[512];
    memset(s, 0, sizeof *s);
    s->state = seed;
    naive_town_make(&s->town, seed, 0);
    naive_town_config(&s->town, config);
    stand_open_config(&s->s, config);
    assert_null(s->s.problem);
    s->town.grid_us = spans_us[random_below(&s->state, 3)];
    s->now_us = s->town.origin_us;
    s->events = calloc(SHOP_FACTS, sizeof *s->events);
    s->marks = calloc(SHOP_FACTS, sizeof *s->marks);
    assert_true(s->events != NULL && s->marks != NULL);
    kithi_arena_init(&s->arena);
}

static void forget(shop_definition *definition) {
    free(definition->text);
    *definition = (shop_definition){.segment = -1, .trait = -1, .changed = true};
}

void shop_close(shop *s) {
    for (size_t i = 0; i < SHOP_SEGMENTS; i++) {
        forget(&s->segments[i]);
    }
    for (size_t i = 0; i < SHOP_TRAITS; i++) {
        forget(&s->traits[i]);
    }
    free(s->events);
    free(s->marks);
    kithi_arena_clear(&s->arena);
    naive_town_clear(&s->town);
    stand_close(&s->s);
}

/* Facts */

/* Mostly now. No two facts are of one instant, wherever now stands: each has a microsecond of its
 * own in every second, and the grid is of whole seconds. */
static int64_t choose_time(shop *s) {
    int64_t steps = random_one_in(&s->state, 2) ? 0 : (int64_t)random_below(&s->state, 9) - 6;
    assert_true(s->serial < SECOND_US);
    return s->now_us - s->now_us % SECOND_US + steps * s->town.grid_us - s->serial;
}

static void put_record(shop *s, kith_txn *txn, size_t record) {
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kith_record found = KITH_RECORD_INIT;
    kith_field fields[SPOKEN + 1];
    char card[16];
    snprintf(card, sizeof card, "CARD70020%u", random_below(&s->state, CARDS));
    if (!random_one_in(&s->state, 3)) {
        fields[input.field_count++] = (kith_field){"loyalty_id", kith_value_text(card)};
    }
    for (size_t i = 0; i < SPOKEN; i++) {
        if (random_one_in(&s->state, 3)) {
            fields[input.field_count++] =
                (kith_field){naive_attributes[i], naive_make_attribute(&s->town, &s->state, i)};
        }
    }
    input.source = sources[record % 3];
    input.key = key_of(record);
    input.at_us = choose_time(s);
    input.fields = fields;
    bool patch = s->known[record] && random_one_in(&s->state, 2);
    must(s, txn, (patch ? kith_record_patch : kith_record_put)(txn, &input, NULL), "a record");
    must(s, txn, kith_record_get(txn, input.source, input.key, &found), "kith_record_get");
    s->known[record] = true;
    s->numbers[record] = found.number;
}

static void put_event(shop *s, kith_txn *txn, size_t record) {
    naive_event event = {.record = record % 3, .type = naive_pick_type(&s->state)};
    event.time_us = choose_time(s);
    if (s->event_count > 0 && random_one_in(&s->state, 4)) { /* with another one */
        event.time_us = s->events[random_below(&s->state, (uint32_t)s->event_count)].time_us;
    }
    snprintf(event.message, sizeof event.message, "m%u", s->serial);
    naive_make_properties(&s->town, &s->state, &event);
    must(s, txn, naive_put_event(txn, key_of(record), &event), "an event");
    event.record = record;
    s->events[s->event_count++] = event;
    qsort(s->events, s->event_count, sizeof event, naive_compare_events);
}

static void put_mark(shop *s, kith_txn *txn, size_t record) {
    char entry[16];
    naive_mark mark = {.kind = (naive_mark_kind)random_below(&s->state, NAIVE_SCORE + 1)};
    snprintf(entry, sizeof entry, "e%u", s->serial);
    mark.record = record % 3;
    mark.name = naive_names[random_below(&s->state, NAIVE_NAMES)];
    mark.channel = naive_channels[random_below(&s->state, NAIVE_NAMES)];
    mark.entry = kithi_arena_copy(&s->town.arena, entry, strlen(entry));
    mark.granted = !random_one_in(&s->state, 3);
    mark.micros = (int64_t)random_below(&s->state, 5) * 10000000 - 10000000;
    mark.at_us = choose_time(s);
    mark.expires_at_us =
        random_one_in(&s->state, 3)
            ? INT64_MAX
            : mark.at_us + (1 + (int64_t)random_below(&s->state, 12)) * s->town.grid_us;
    must(s, txn, naive_put_mark(txn, key_of(record), &mark), "a mark");
    mark.record = record;
    s->marks[s->mark_count++] = mark;
}

static void decide(shop *s, kith_txn *txn, size_t record) {
    size_t other = random_below(&s->state, SHOP_RECORDS);
    bool link = random_one_in(&s->state, 3);
    if (other == record || !s->known[other]) {
        return;
    }
    must(s, txn,
         (link ? kith_record_link : kith_record_unlink)(txn, sources[record % 3], key_of(record),
                                                        sources[other % 3], key_of(other), "desk",
                                                        choose_time(s), NULL),
         "a decision");
}

void shop_put_fact(shop *s, kith_txn *txn) {
    size_t record = random_below(&s->state, SHOP_RECORDS);
    uint32_t which = random_below(&s->state, 20);
    if (s->event_count >= SHOP_FACTS || s->mark_count >= SHOP_FACTS) {
        return;
    }
    s->serial++;
    s->touched = true;
    if (!s->known[record] || which < 4) {
        put_record(s, txn, record);
    } else if (which < 12) {
        put_event(s, txn, record);
    } else if (which < 18) {
        put_mark(s, txn, record);
    } else {
        decide(s, txn, record);
    }
}

/* Definitions */

static int put_definition(shop *s, kith_txn *txn, kith_definition_kind kind, const char *name,
                          const char *text) {
    kith_definition_input input = KITH_DEFINITION_INPUT_INIT;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    options.any_name = true;
    input.name = name;
    input.expression = text;
    input.options = &options;
    input.at_us = s->now_us;
    return kith_definition_put(txn, kind, &input, NULL);
}

static naive_node *make_of(shop *s, naive_op op, const char *word) {
    naive_node *node = kithi_arena_calloc(&s->town.arena, 1, sizeof *node);
    assert_non_null(node);
    node->op = op;
    node->word = word;
    return node;
}

/* The events of some type, lately. */
static void add_stream(shop *s, naive_node *node) {
    naive_stream *stream = kithi_arena_calloc(&s->town.arena, 1, sizeof *stream);
    assert_non_null(stream);
    stream->event = naive_pick_type(&s->state);
    stream->window = random_one_in(&s->state, 3) ? NAIVE_CALENDAR : NAIVE_LAST;
    stream->unit = random_one_in(&s->state, 2) ? KITHI_CALENDAR_DAY : KITHI_CALENDAR_WEEK;
    stream->count = 1 + random_below(&s->state, 4);
    stream->duration_us = (1 + (int64_t)random_below(&s->state, 12)) * s->town.grid_us;
    node->streams[node->stream_count++] = stream;
}

static naive_node *make_count(shop *s) {
    naive_node *count = make_of(s, NAIVE_AGGREGATE, "count");
    naive_node *least = make_of(s, NAIVE_LITERAL, NULL);
    naive_node *node = make_of(s, NAIVE_COMPARE, random_one_in(&s->state, 2) ? ">=" : "=");
    add_stream(s, count);
    least->value = (naive_value){.sort = NAIVE_NUMBER, .number = 1000000};
    least->value.number *= 1 + (int64_t)random_below(&s->state, 3);
    node->kids[0] = count;
    node->kids[1] = least;
    node->kid_count = 2;
    return node;
}

static naive_node *make_did(shop *s) {
    naive_node *node = make_of(s, NAIVE_DID, NULL);
    add_stream(s, node);
    if (random_one_in(&s->state, 2)) {
        add_stream(s, node);
        node->streams[1]->window = NAIVE_ALL;
        node->streams[1]->negated = random_one_in(&s->state, 2);
        node->streams[1]->within_us = (1 + (int64_t)random_below(&s->state, 6)) * s->town.grid_us;
    }
    return node;
}

/* What moves with the time alone, as shops ask it. */
static naive_node *make_usual(shop *s) {
    naive_node *node = random_one_in(&s->state, 2)   ? make_count(s)
                       : random_one_in(&s->state, 2) ? make_did(s)
                                                     : make_of(s, NAIVE_TEST, "tag");
    if (node->op == NAIVE_TEST) {
        node->names[node->name_count++] = naive_names[random_below(&s->state, NAIVE_NAMES)];
    }
    if (random_one_in(&s->state, 4)) {
        naive_node *other = make_of(s, NAIVE_NOT, NULL);
        other->kids[other->kid_count++] = node;
        return other;
    }
    return node;
}

static naive_node *make_any(shop *s) {
    naive_maker maker = {.state = &s->state,
                         .arena = &s->town.arena,
                         .origin_us = s->now_us - 12 * s->town.grid_us,
                         .grid_us = s->town.grid_us,
                         .id = &s->people[0].id};
    return naive_make(&maker);
}

/* Beside it stands now and then a segment that was defined before it, or a trait. */
static void write_segment(shop *s, size_t number, shop_definition *out) {
    static const char *const joins[] = {"AND", "AND NOT", "OR"};
    size_t other = number > 0 ? random_below(&s->state, (uint32_t)number) : 0;
    size_t trait = random_below(&s->state, SHOP_TRAITS);
    char *own = naive_write(out->node), *text = NULL;
    int written = 0;
    out->join = joins[random_below(&s->state, 3)];
    if (number > 0 && s->segments[other].defined && random_one_in(&s->state, 2)) {
        out->segment = (int)other;
        written =
            asprintf(&text, "(%s) %s segment('%s')", own, out->join, shop_segment_names[other]);
    } else if (s->traits[trait].defined && random_one_in(&s->state, 2)) {
        out->trait = (int)trait;
        out->least = random_below(&s->state, 4);
        written = asprintf(&text, "(%s) %s (%s > %" PRId64 ")", own, out->join,
                           shop_trait_names[trait], out->least);
    } else {
        written = asprintf(&text, "%s", own);
    }
    assert_true(written > 0);
    free(own);
    out->text = text;
}

/* What moves each minute or hour makes settling slow, and a year of it would take long. */
static bool is_slow(const char *text) {
    return strstr(text, "'minute'") != NULL || strstr(text, "'hour'") != NULL;
}

static void define_segment(shop *s, kith_txn *txn, size_t number) {
    for (int i = 0; i < DEFINITION_TRIES; i++) {
        shop_definition made = {.defined = true, .segment = -1, .trait = -1, .changed = true};
        made.node = random_one_in(&s->state, 3) ? make_any(s) : make_usual(s);
        write_segment(s, number, &made);
        int rc = is_slow(made.text)
                     ? KITH_INVALID
                     : put_definition(s, txn, KITH_SEGMENT, shop_segment_names[number], made.text);
        if (rc == KITH_OK) {
            forget(&s->segments[number]);
            s->segments[number] = made;
            return;
        }
        assert_int_equal(rc, KITH_INVALID); /* a value, or what doesn't fit the types */
        free(made.text);
    }
}

static bool is_counting(const naive_node *node) {
    return node->op == NAIVE_AGGREGATE &&
           (strcmp(node->word, "count") == 0 || strcmp(node->word, "distinct") == 0);
}

static void define_trait(shop *s, kith_txn *txn, size_t number) {
    for (int i = 0; i < 40 * DEFINITION_TRIES; i++) {
        naive_node *node = make_any(s);
        char *text = is_counting(node) ? naive_write(node) : NULL;
        if (text != NULL && !is_slow(text) &&
            put_definition(s, txn, KITH_TRAIT, shop_trait_names[number], text) == KITH_OK) {
            forget(&s->traits[number]);
            s->traits[number].defined = true;
            s->traits[number].node = node;
            s->traits[number].text = text;
            return;
        }
        free(text);
    }
}

static bool is_asked_for(const shop *s, bool trait, size_t number) {
    for (size_t i = 0; i < SHOP_SEGMENTS; i++) {
        const shop_definition *d = &s->segments[i];
        if (d->defined && (trait ? d->trait : d->segment) == (int)number) {
            return true;
        }
    }
    return false;
}

static void remove_definition(shop *s, kith_txn *txn, bool trait, size_t number) {
    shop_definition *d = trait ? &s->traits[number] : &s->segments[number];
    int rc = kith_definition_remove(txn, trait ? KITH_TRAIT : KITH_SEGMENT,
                                    trait ? shop_trait_names[number] : shop_segment_names[number],
                                    s->now_us);
    assert_int_equal(rc, !d->defined                      ? KITH_NOT_FOUND
                         : is_asked_for(s, trait, number) ? KITH_INVALID
                                                          : KITH_OK);
    if (rc == KITH_OK) {
        forget(d);
    }
}

void shop_define(shop *s, kith_txn *txn) {
    bool trait = random_one_in(&s->state, 4);
    size_t number = random_below(&s->state, trait ? SHOP_TRAITS : SHOP_SEGMENTS);
    if (random_one_in(&s->state, 6)) {
        remove_definition(s, txn, trait, number);
    } else if (trait) {
        define_trait(s, txn, number);
    } else {
        define_segment(s, txn, number);
    }
}

/* People */

static kith_value copy_value(shop *s, const kith_value *value) {
    kith_value copy = *value;
    if (value->type == KITH_TYPE_TEXT) {
        copy.as.text.data = kithi_arena_copy(&s->arena, value->as.text.data, value->as.text.size);
    }
    return copy;
}

static void *make_room(shop *s, size_t count, size_t size) {
    void *room = kithi_arena_calloc(&s->arena, count + 1, size);
    assert_non_null(room);
    return room;
}

/* The golden values of an attribute, in their order. */
static void take_attribute(shop *s, const kith_profile *profile, const char *name,
                           naive_customer *out) {
    kith_golden golden = KITH_GOLDEN_INIT;
    kith_value items[3 * SHOP_RECORDS];
    size_t cursor = 0, count = 0;
    while (kith_profile_next_value(profile, &cursor, &golden) == KITH_OK) {
        if (strcmp(golden.attribute, name) == 0) {
            assert_true(count < sizeof items / sizeof items[0]);
            items[count++] = copy_value(s, &golden.value);
        }
    }
    if (count == 0) {
        return;
    }
    kith_value value = items[0];
    if (count > 1) {
        kith_value *list = make_room(s, count, sizeof *list);
        memcpy(list, items, count * sizeof *list);
        value = (kith_value){KITH_TYPE_LIST, {.list = {list, count}}};
    }
    out->attributes[out->attribute_count++].field = (kith_field){name, value};
}

static void take_facts(shop *s, shop_person *person) {
    naive_customer *c = &person->customer;
    c->events = make_room(s, s->event_count, sizeof *c->events);
    c->marks = make_room(s, s->mark_count, sizeof *c->marks);
    for (size_t i = 0; i < s->event_count; i++) {
        if (person->records >> s->events[i].record & 1) {
            c->events[c->event_count++] = s->events[i];
        }
    }
    for (size_t i = 0; i < s->mark_count; i++) {
        if (person->records >> s->marks[i].record & 1) {
            c->marks[c->mark_count++] = s->marks[i];
        }
    }
}

static void take_person(shop *s, const kith_profile *profile) {
    shop_person *person = &s->people[s->person_count++];
    size_t cursor = 0;
    uint32_t number;
    *person = (shop_person){.id = profile->id,
                            .number = profile->number,
                            .computed = (profile->flags & KITH_PROFILE_COMPUTED) != 0};
    while (kith_profile_next_record(profile, &cursor, &number) == KITH_OK) {
        for (size_t i = 0; i < SHOP_RECORDS; i++) {
            person->records |= s->known[i] && s->numbers[i] == number ? 1u << i : 0;
        }
    }
    for (size_t i = 0; i < SPOKEN; i++) {
        take_attribute(s, profile, naive_attributes[i], &person->customer);
    }
    person->customer.id = profile->id;
    person->customer.zone = naive_zone_of(&s->town, &person->customer);
    take_facts(s, person);
}

void shop_look(shop *s, kith_txn *txn, int64_t now_us) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    kithi_arena_reset(&s->arena);
    s->person_count = 0;
    must(s, txn, kith_profile_iter_open(txn, now_us, &iter), "kith_profile_iter_open");
    while (kith_profile_iter_next(iter, &profile) == KITH_OK) {
        assert_true(s->person_count < SHOP_RECORDS);
        take_person(s, &profile);
    }
    kith_profile_iter_close(iter);
}

const shop_person *shop_find(const shop *s, const kith_id *id) {
    for (size_t i = 0; i < s->person_count; i++) {
        if (memcmp(&s->people[i].id, id, sizeof *id) == 0) {
            return &s->people[i];
        }
    }
    return NULL;
}

int shop_segment(const char *name) {
    for (int i = 0; i < SHOP_SEGMENTS; i++) {
        if (strcmp(name, shop_segment_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

/* Memberships */

naive_value shop_trait(const shop *s, const shop_person *person, int trait, int64_t at_us) {
    return naive_evaluate(&person->customer, s->traits[trait].node, false, at_us);
}

bool shop_is_in(const shop *s, const shop_person *person, int segment, int64_t at_us) {
    const shop_definition *d = &s->segments[segment];
    bool other = false;
    if (!d->defined) {
        return false;
    }
    bool own = naive_evaluate(&person->customer, d->node, true, at_us).number != 0;
    if (d->segment < 0 && d->trait < 0) {
        return own;
    }
    if (d->segment >= 0) {
        other = shop_is_in(s, person, d->segment, at_us);
    } else {
        naive_value value = shop_trait(s, person, d->trait, at_us);
        other = value.sort == NAIVE_NUMBER && value.number > d->least * 1000000;
    }
    return strcmp(d->join, "OR") == 0    ? own || other
           : strcmp(d->join, "AND") == 0 ? own && other
                                         : own && !other;
}

bool shop_is_redefined(const shop *s, int segment) {
    const shop_definition *d = &s->segments[segment];
    return d->changed || (d->segment >= 0 && shop_is_redefined(s, d->segment)) ||
           (d->trait >= 0 && s->traits[d->trait].changed);
}

int64_t shop_moment(shop *s, const shop_person *person) {
    naive_moments moments = {.duration_count = 0};
    const shop_definition *d = &s->segments[random_below(&s->state, SHOP_SEGMENTS)];
    const naive_customer *c = &person->customer;
    int64_t at_us = s->now_us;
    if (d->defined) {
        naive_collect(d->node, c->zone, &moments);
    }
    uint32_t which = random_below(&s->state, 6);
    if (which < 2 && c->event_count > 0) {
        at_us = c->events[random_below(&s->state, (uint32_t)c->event_count)].time_us;
    } else if (which < 4 && c->mark_count > 0) {
        const naive_mark *mark = &c->marks[random_below(&s->state, (uint32_t)c->mark_count)];
        bool expiry = mark->expires_at_us != INT64_MAX && random_one_in(&s->state, 2);
        at_us = expiry ? mark->expires_at_us : mark->at_us;
    } else if (which < 5) {
        at_us = kithi_calendar_start(c->zone, KITHI_CALENDAR_DAY, s->now_us,
                                     -(int64_t)random_below(&s->state, 40), NULL);
    } else {
        at_us -= (int64_t)(random_next(&s->state) % (uint64_t)(30 * DAY_US));
    }
    if (moments.duration_count > 0 && !random_one_in(&s->state, 3)) {
        at_us += moments.durations_us[random_below(&s->state, (uint32_t)moments.duration_count)];
    }
    return at_us + (int64_t)random_below(&s->state, 3) - 1;
}

void shop_print(const shop *s, const shop_person *person) {
    for (size_t i = 0; i < SHOP_SEGMENTS; i++) {
        printf("  segment %s: %s\n", shop_segment_names[i],
               s->segments[i].defined ? s->segments[i].text : "-");
    }
    for (size_t i = 0; i < SHOP_TRAITS; i++) {
        printf("  trait %s: %s\n", shop_trait_names[i],
               s->traits[i].defined ? s->traits[i].text : "-");
    }
    if (person != NULL) {
        printf("  profile %u, records %x\n", person->number, person->records);
        naive_customer_print(stdout, &person->customer);
    }
}
