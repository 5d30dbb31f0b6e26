#include "tests/property/history.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The world */

const char *const world_sources[WORLD_SOURCES] = {"crm", "shop", "till"};
const char *const world_event_types[WORLD_EVENT_TYPES] = {"order", "visit", "refund"};
const char *const world_properties[WORLD_PROPERTIES] = {"amount", "points", "colour"};
const char *const world_people[3] = {"ann", "ben", "bo"};
const char *const world_channels[WORLD_CHANNELS] = {NULL, "mail", "sms"};
const char *const world_entries[WORLD_CHANNELS] = {"e0", "e1", "e2"};
const char *const world_names[HISTORY_SCORE + 1][WORLD_NAMES] = {
    [HISTORY_TAG] = {"new", "vip"},
    [HISTORY_UNTAG] = {"new", "vip"},
    [HISTORY_CONSENT] = {"ads", "news"},
    [HISTORY_POINTS] = {"bonus", "main"},
    [HISTORY_SCORE] = {"nps", "rfm"}};
const int64_t world_micros[WORLD_MICROS] = {
    5, 5, -5, 7000000, -7000000, 1, INT64_MAX, INT64_MAX - 1, INT64_MIN, 0, 123456789};

#define POOL(name, list)                                                                           \
    { name, list, sizeof(list) / sizeof(list)[0] }

static const char *const loyalty_ids[] = {"L-1", "l1", "L2", "L3", "L4", "0"};
static const char *const national_ids[] = {"N1001", "N1002", "N1003", "!"};
static const char *const emails[] = {"ann@mail.cn",  "Ann@MAIL.cn", "bob@mail.cn", "cat@shop.cn",
                                     "info@shop.cn", "dan@box.io",  "broken@"};
static const char *const phones[] = {"13912345601", "+86 139-1234-5601", "13912345602",
                                     "13912345603", "13800138000",       "12"};
static const char *const device_ids[] = {"dev-a", "dev-b", "dev-c", "null"};
static const char *const given_names[] = {"Jim", "James", "Jane", "Maria", "J", "伟", "李娜"};
static const char *const family_names[] = {"Muir", "Smith", "王"};
static const char *const full_names[] = {"Jim Muir", "Muir, Jane", "王伟"};
static const char *const birth_dates[] = {"1980-01-02", "1980-02-01", "1991-07-15", "1975-12-31",
                                          "in spring"};
static const char *const cities[] = {"Leeds", "York", "leeds"};
static const char *const points[] = {"5", "12", "-7", "many"};
static const char *const notes[] = {"a", "bb", "ccc", "ddd"};

const world_pool world_pools[WORLD_ATTRIBUTES] = {POOL("loyalty_id", loyalty_ids),
                                                  POOL("national_id", national_ids),
                                                  POOL("email", emails),
                                                  POOL("phone", phones),
                                                  POOL("device_id", device_ids),
                                                  POOL("given_name", given_names),
                                                  POOL("family_name", family_names),
                                                  POOL("full_name", full_names),
                                                  POOL("birth_date", birth_dates),
                                                  POOL("city", cities),
                                                  POOL("points", points),
                                                  POOL("note", notes)};

const kithi_normaliser world_normalisers[WORLD_TYPES] = {
    KITHI_NORMALISE_ID, KITHI_NORMALISE_ID, KITHI_NORMALISE_EMAIL, KITHI_NORMALISE_PHONE,
    KITHI_NORMALISE_EXACT};

const char *const world_blocked[WORLD_TYPES][2] = {{"0", "L4"},
                                                   {"N1003", "*2"},
                                                   {"info@*", "*@shop.cn"},
                                                   {"+8613800138000", "+86*5603"},
                                                   {"null", "*-c"}};

const char *const world_regions[WORLD_REGIONS] = {"auto", "CN", "US", "DE"};

const world_attribute world_vetoes[WORLD_VETO_LISTS][3] = {
    {WORLD_ATTRIBUTES, WORLD_ATTRIBUTES, WORLD_ATTRIBUTES},
    {WORLD_GIVEN_NAME, WORLD_BIRTH_DATE, WORLD_ATTRIBUTES},
    {WORLD_BIRTH_DATE, WORLD_GIVEN_NAME, WORLD_ATTRIBUTES},
    {WORLD_GIVEN_NAME, WORLD_ATTRIBUTES, WORLD_ATTRIBUTES},
    {WORLD_CITY, WORLD_GIVEN_NAME, WORLD_ATTRIBUTES}};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        KITH_TYPE_TEXT, {                                                                          \
            .text = { literal, sizeof(literal) - 1 }                                               \
        }                                                                                          \
    }
const world_amount world_amounts[WORLD_AMOUNTS] = {
    {{KITH_TYPE_INTEGER, {.integer = 3}}, true, 3000000},
    {{KITH_TYPE_INTEGER, {.integer = -20}}, true, -20000000},
    {{KITH_TYPE_REAL, {.real = 2.5}}, true, 2500000},
    {{KITH_TYPE_REAL, {.real = 0.1}}, true, 100000},
    {TEXT("1,234.50"), true, 1234500000},
    {TEXT("1.234,5 €"), true, 1234500000},
    {TEXT("１２，５０"), true, 12500000},
    {TEXT("red"), false, 0},
    {{KITH_TYPE_BOOLEAN, {.boolean = true}}, false, 0},
    {{KITH_TYPE_INTEGER, {.integer = 9200000000001}}, true, INT64_C(9200000000001000000)},
    {{KITH_TYPE_INTEGER, {.integer = INT64_MAX}}, false, 0}}; /* no number of millionths */

/* Random numbers */

uint32_t random_below(uint64_t *state, uint32_t bound) {
    return (uint32_t)((random_next(state) >> 32) % bound);
}

bool random_one_in(uint64_t *state, uint32_t n) {
    return random_below(state, n) == 0;
}

/* Definitions */

static world_type random_type(uint64_t *state, size_t type) {
    static const uint16_t limits[] = {0, 2, 3, 10};
    static const uint16_t counts[] = {0, 2, 2, 3};
    bool unique = type <= WORLD_NATIONAL_ID;
    world_type made = {.unique = unique,
                       .limit = unique ? 0 : limits[random_below(state, 4)],
                       .names = unique ? 0 : counts[random_below(state, 4)],
                       .nameless = unique ? 0 : counts[random_below(state, 4)],
                       .priority = (uint16_t)(10 * random_below(state, 4)),
                       .blocked = (uint8_t)(random_below(state, 4) & random_below(state, 4))};
    made.veto = (uint8_t)(unique ? 0 : random_below(state, WORLD_VETO_LISTS));
    return made;
}

world_rules world_random_rules(uint64_t *state) {
    static const uint8_t trusts[] = {20, 50, 80};
    world_rules rules = {.order_sums_points = random_one_in(state, 2)};
    for (size_t i = 0; i < WORLD_TYPES; i++) {
        rules.types[i] = random_type(state, i);
    }
    for (size_t i = 0; i < WORLD_ATTRIBUTES; i++) {
        bool usual = i < WORLD_TYPES && !random_one_in(state, 3);
        rules.survivorship[i] =
            usual ? KITHI_SURVIVORSHIP_UNION : (kithi_survivorship)random_below(state, 8);
    }
    for (size_t i = 0; i < WORLD_SOURCES; i++) {
        rules.trust[i] = trusts[random_below(state, 3)];
        rules.distinct[i] = random_one_in(state, 4);
    }
    return rules;
}

/* What decides which values are accepted, and in what form. */
static void random_forms(uint64_t *state, world_rules *rules) {
    rules->region = (uint8_t)random_below(state, WORLD_REGIONS);
    for (size_t i = 0; i < WORLD_TYPES; i++) {
        rules->types[i].exact = random_one_in(state, 4);
    }
}

kithi_normaliser world_normaliser(const world_rules *rules, size_t type) {
    return rules->types[type].exact ? KITHI_NORMALISE_EXACT : world_normalisers[type];
}

static void write_type(FILE *out, const world_rules *rules, size_t i) {
    const world_type *type = &rules->types[i];
    const world_attribute *veto = world_vetoes[type->veto];
    fprintf(
        out, "%s\"%s\": {\"normalise\": \"%s\", \"unique\": %s, \"limit\": %d, \"priority\": %d,",
        i > 0 ? ", " : "", world_pools[i].name, kithi_normaliser_name(world_normaliser(rules, i)),
        type->unique ? "true" : "false", type->limit, type->priority);
    fprintf(out, " \"generic_at\": {\"names\": %d, \"nameless\": %d}, \"survivorship\": \"%s\",",
            type->names, type->nameless, kithi_survivorship_name(rules->survivorship[i]));
    fprintf(out, " \"veto\": [");
    for (size_t j = 0; veto[j] != WORLD_ATTRIBUTES; j++) {
        fprintf(out, "%s\"%s\"", j > 0 ? ", " : "", world_pools[veto[j]].name);
    }
    fprintf(out, "], \"blocked\": [");
    for (size_t j = 0, written = 0; j < 2; j++) {
        if (type->blocked >> j & 1) {
            fprintf(out, "%s\"%s\"", written++ > 0 ? ", " : "", world_blocked[i][j]);
        }
    }
    fprintf(out, "]}");
}

char *world_config(const world_rules *rules) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "{\"region\": \"%s\", \"sums\": [\"" WORLD_DEFAULT_SUM "\"], \"identifiers\": {",
            world_regions[rules->region]);
    for (size_t i = 0; i < WORLD_TYPES; i++) {
        write_type(out, rules, i);
    }
    fprintf(out, "}, \"attributes\": {");
    for (size_t i = WORLD_TYPES; i < WORLD_ATTRIBUTES; i++) {
        const char *type = i == WORLD_BIRTH_DATE ? "date" : i == WORLD_POINTS ? "integer" : "text";
        fprintf(out, "%s\"%s\": {\"type\": \"%s\", \"survivorship\": \"%s\"}",
                i > WORLD_TYPES ? ", " : "", world_pools[i].name, type,
                kithi_survivorship_name(rules->survivorship[i]));
    }
    fprintf(out, "}, \"sources\": {");
    for (size_t i = 0; i < WORLD_SOURCES; i++) {
        fprintf(out, "%s\"%s\": {\"trust\": %d, \"distinct\": %s}", i > 0 ? ", " : "",
                world_sources[i], rules->trust[i], rules->distinct[i] ? "true" : "false");
    }
    fprintf(out, "}, \"event_types\": {\"%s\": {\"sums\": [%s]}}}", world_event_types[0],
            rules->order_sums_points ? "\"points\", \"amount\"" : "\"amount\"");
    fclose(out);
    return text;
}

/* Operations */

/* The first values of a pool come more often than the last, so that many records share them. */
static uint8_t random_value(uint64_t *state, uint32_t count) {
    uint32_t a = random_below(state, count), b = random_below(state, count);
    return (uint8_t)(a < b ? a : b);
}

static history_field random_field(uint64_t *state, uint32_t attribute) {
    history_field field = {.attribute = (uint8_t)attribute, .value_count = 1};
    uint32_t count = (uint32_t)world_pools[attribute].count;
    if (random_one_in(state, attribute <= WORLD_NATIONAL_ID ? 16 : 8)) {
        field.value_count = (uint8_t)(2 + random_below(state, 2));
    } else if (random_one_in(state, 10)) {
        field.value_count = 0;
    }
    for (int i = 0; i < field.value_count; i++) {
        field.values[i] = random_value(state, count);
    }
    return field;
}

/* Identifiers and what vetoes look at come more often than the rest. */
static uint32_t random_attribute(uint64_t *state) {
    static const world_attribute usual[] = {WORLD_EMAIL,      WORLD_EMAIL,     WORLD_PHONE,
                                            WORLD_PHONE,      WORLD_DEVICE_ID, WORLD_GIVEN_NAME,
                                            WORLD_GIVEN_NAME, WORLD_BIRTH_DATE};
    return random_one_in(state, 3) ? random_below(state, WORLD_ATTRIBUTES)
                                   : (uint32_t)usual[random_below(state, 8)];
}

static void random_fields(uint64_t *state, history_op *op) {
    uint32_t wanted = random_one_in(state, 12) ? 0 : 1 + random_below(state, HISTORY_FIELDS_MAX);
    uint32_t used = 0;
    while (op->field_count < wanted) {
        uint32_t attribute = random_attribute(state);
        if (!(used >> attribute & 1)) {
            used |= 1u << attribute;
            op->fields[op->field_count++] = random_field(state, attribute);
        }
    }
}

static void random_event(uint64_t *state, history_op *op) {
    op->type = (uint8_t)random_below(state, WORLD_EVENT_TYPES);
    op->message = (uint8_t)(random_one_in(state, 2) ? 0 : 1 + random_below(state, 4));
    uint32_t wanted = random_below(state, WORLD_PROPERTIES + 1);
    for (uint32_t i = 0; i < WORLD_PROPERTIES && op->property_count < wanted; i++) {
        op->properties[op->property_count] = (uint8_t)i;
        op->amounts[op->property_count++] = (uint8_t)random_below(state, WORLD_AMOUNTS);
    }
}

static history_kind random_mark(uint64_t *state) {
    static const history_kind kinds[] = {
        HISTORY_TAG,     HISTORY_TAG,     HISTORY_TAG,    HISTORY_UNTAG,  HISTORY_CONSENT,
        HISTORY_CONSENT, HISTORY_CONSENT, HISTORY_POINTS, HISTORY_POINTS, HISTORY_SCORE};
    return kinds[random_below(state, 10)];
}

/* Few records, names and times, so that much is said of one thing, and at once. */
static void random_said(uint64_t *state, history_op *op) {
    op->source = (uint8_t)random_below(state, 2);
    op->key %= 3;
    op->at_us = (1 + random_below(state, 3)) * 4 * SECOND_US;
    op->name = (uint8_t)random_one_in(state, 3);
    op->detail = (uint8_t)random_below(state, WORLD_CHANNELS);
    op->amount = (uint8_t)random_below(state, WORLD_AMOUNTS);
    op->granted = random_one_in(state, 2);
    op->by = (uint8_t)random_below(state, 4);
    op->expires_at_us = random_one_in(state, 2)
                            ? INT64_MAX
                            : op->at_us + (1 + random_below(state, 4)) * 2 * SECOND_US;
}

kith_origin world_origin(const history_op *op) {
    return (kith_origin)(op->amount % 4);
}

uint8_t world_confidence(const history_op *op) {
    return (uint8_t)(50 * op->detail);
}

static history_kind random_kind(uint64_t *state, unsigned flags) {
    uint32_t n = random_below(state, 100);
    if ((flags & HISTORY_CONFIGS) && random_one_in(state, 30)) {
        return HISTORY_CONFIG;
    }
    if ((flags & HISTORY_STEPS) && random_one_in(state, 4)) {
        static const history_kind steps[] = {HISTORY_COMMIT, HISTORY_COMMIT, HISTORY_COMMIT,
                                             HISTORY_COMMIT, HISTORY_SETTLE, HISTORY_SETTLE,
                                             HISTORY_READ,   HISTORY_ABORT};
        return steps[random_below(state, 8)];
    }
    if (random_one_in(state, 4)) {
        return random_mark(state);
    }
    return n < 40   ? HISTORY_PUT
           : n < 55 ? HISTORY_PATCH
           : n < 68 ? HISTORY_ADD
           : n < 88 ? HISTORY_EVENT
           : n < 94 ? HISTORY_LINK
                    : HISTORY_UNLINK;
}

static history_op random_op(uint64_t *state, uint32_t keys, unsigned flags) {
    history_op op = {.kind = random_kind(state, flags)};
    op.source = (uint8_t)random_below(state, WORLD_SOURCES);
    op.key = (uint8_t)random_below(state, keys);
    op.at_us = (1 + random_below(state, WORLD_STAMPS)) * SECOND_US;
    switch (op.kind) {
    case HISTORY_PUT:
    case HISTORY_PATCH:
    case HISTORY_ADD:
        random_fields(state, &op);
        break;
    case HISTORY_EVENT:
        random_event(state, &op);
        break;
    case HISTORY_LINK:
    case HISTORY_UNLINK:
        op.other_source = (uint8_t)random_below(state, WORLD_SOURCES);
        op.other_key = (uint8_t)random_below(state, keys);
        op.by = (uint8_t)random_below(state, 3);
        break;
    case HISTORY_TAG:
    case HISTORY_UNTAG:
    case HISTORY_CONSENT:
    case HISTORY_POINTS:
    case HISTORY_SCORE:
        random_said(state, &op);
        break;
    case HISTORY_CONFIG:
        op.rules = world_random_rules(state);
        if (flags & HISTORY_FORMS) {
            random_forms(state, &op.rules);
        }
        break;
    case HISTORY_SETTLE:
        op.budget = random_one_in(state, 2) ? 0 : 1 + random_below(state, 4);
        break;
    default:
        break;
    }
    return op;
}

/* Now and then a fact comes a second time, or one before it is changed a little. */
static history_op next_op(uint64_t *state, const history *h, uint32_t keys, unsigned flags) {
    history_op op = random_op(state, keys, flags);
    if (h->count > 0 && random_one_in(state, 12)) {
        const history_op *earlier = &h->ops[random_below(state, (uint32_t)h->count)];
        if (history_is_fact(earlier)) {
            op = *earlier;
        }
        if (history_is_fact(earlier) && random_one_in(state, 2)) {
            op.at_us = (1 + random_below(state, WORLD_STAMPS)) * SECOND_US;
            op.expires_at_us = INT64_MAX; /* it is later than any other */
        }
    }
    return op;
}

void history_make(history *h, uint64_t seed, unsigned flags) {
    uint64_t state = seed;
    uint32_t wanted = 8 + random_below(&state, 80);
    uint32_t keys = 2 + random_below(&state, WORLD_KEYS - 1);
    h->seed = seed;
    h->rules = world_random_rules(&state);
    if (flags & HISTORY_FORMS) {
        random_forms(&state, &h->rules);
    }
    h->rules.defined = (flags & HISTORY_DEFINED) != 0;
    h->count = 0;
    h->ops = calloc(wanted, sizeof *h->ops);
    while (h->count < wanted) {
        h->ops[h->count] = next_op(&state, h, keys, flags);
        h->count++;
    }
}

void history_copy(history *to, const history *from) {
    *to = *from;
    to->ops = calloc(from->count + 1, sizeof *to->ops);
    memcpy(to->ops, from->ops, from->count * sizeof *to->ops);
}

void history_clear(history *h) {
    free(h->ops);
    h->ops = NULL;
    h->count = 0;
}

bool history_is_fact(const history_op *op) {
    return op->kind <= HISTORY_SCORE;
}

bool history_needs_record(const history_op *op) {
    return op->kind >= HISTORY_LINK && op->kind <= HISTORY_SCORE;
}

/* Printing */

void world_record_name(char out[32], uint8_t source, uint8_t key) {
    snprintf(out, 32, "%s:%d", world_sources[source], key);
}

void world_show_value(const kith_value *value, char *out, size_t size) {
    char text[KITH_TIME_TEXT_BYTES];
    switch (value->type) {
    case KITH_TYPE_TEXT:
        snprintf(out, size, "'%.*s'", (int)value->as.text.size, value->as.text.data);
        break;
    case KITH_TYPE_DATE:
        kith_date_format(value->as.date_days, text);
        snprintf(out, size, "date %s", text);
        break;
    case KITH_TYPE_INTEGER:
        snprintf(out, size, "%" PRId64, value->as.integer);
        break;
    case KITH_TYPE_REAL:
        snprintf(out, size, "real %.17g", value->as.real);
        break;
    case KITH_TYPE_BOOLEAN:
        snprintf(out, size, "%s", value->as.boolean ? "true" : "false");
        break;
    default:
        snprintf(out, size, "a value of type %d", (int)value->type);
    }
}

static void print_fields(FILE *out, const history_op *op) {
    for (int i = 0; i < op->field_count; i++) {
        const history_field *field = &op->fields[i];
        fprintf(out, " %s=", world_pools[field->attribute].name);
        for (int j = 0; j < field->value_count; j++) {
            fprintf(out, "%s'%s'", j > 0 ? "," : "",
                    world_pools[field->attribute].values[field->values[j]]);
        }
        fprintf(out, "%s", field->value_count == 0 ? "null" : "");
    }
}

static void print_event(FILE *out, const history_op *op) {
    char text[64];
    fprintf(out, " type=%s message=", world_event_types[op->type]);
    fprintf(out, op->message ? "m%d" : "none", op->message);
    for (int i = 0; i < op->property_count; i++) {
        world_show_value(&world_amounts[op->amounts[i]].value, text, sizeof text);
        fprintf(out, " %s=%s", world_properties[op->properties[i]], text);
    }
}

static void print_mark(FILE *out, const history_op *op) {
    fprintf(out, " %s detail=%d amount=%d granted=%d by=%s", world_names[op->kind][op->name],
            op->detail, op->amount, op->granted, op->by < 3 ? world_people[op->by] : "nobody");
    if (op->expires_at_us != INT64_MAX) {
        fprintf(out, " until=%lldms", (long long)(op->expires_at_us / 1000));
    }
}

void history_print_op(FILE *out, const history_op *op) {
    static const char *const kinds[] = {"put",    "patch", "add",     "event",  "link",  "unlink",
                                        "tag",    "untag", "consent", "points", "score", "config",
                                        "settle", "read",  "commit",  "abort"};
    char record[32], other[32];
    long long at = (long long)(op->at_us / SECOND_US);
    world_record_name(record, op->source, op->key);
    world_record_name(other, op->other_source, op->other_key);
    fprintf(out, "  %-6s", kinds[op->kind]);
    if (op->kind <= HISTORY_EVENT || (op->kind >= HISTORY_TAG && op->kind <= HISTORY_SCORE)) {
        fprintf(out, " %s at=%llds", record, at);
    }
    if (op->kind <= HISTORY_ADD) {
        print_fields(out, op);
    } else if (op->kind == HISTORY_EVENT) {
        print_event(out, op);
    } else if (op->kind <= HISTORY_UNLINK) {
        fprintf(out, " %s %s at=%llds by=%s", record, other, at, world_people[op->by]);
    } else if (op->kind <= HISTORY_SCORE) {
        print_mark(out, op);
    } else if (op->kind == HISTORY_CONFIG) {
        char *config = world_config(&op->rules);
        fprintf(out, " %s", config);
        free(config);
    } else if (op->kind == HISTORY_SETTLE) {
        fprintf(out, " now=%llds budget=%u", at, op->budget);
    } else if (op->kind == HISTORY_READ) {
        fprintf(out, " now=%llds", at);
    }
    fputc('\n', out);
}

void history_print(FILE *out, const history *h) {
    char *config = world_config(&h->rules);
    fprintf(out, "history of seed %" PRIu64 ", config %s\n", h->seed, config);
    free(config);
    for (size_t i = 0; i < h->count; i++) {
        history_print_op(out, &h->ops[i]);
    }
}
