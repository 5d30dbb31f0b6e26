#include "tests/property/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/buffer.h"
#include "src/base/hash.h"
#include "src/fact/normalise.h"
#include "src/match/compare.h"
#include "src/match/model.h"
#include "src/store/codec.h"
#include "tests/property/defined.h"

#define VALUES_MAX  96 /* of a record */
#define PACKED_MAX  64
#define REFUSED_MAX 16 /* refused links told of one record through one value */

/* One value that a record shows. */
typedef struct shown {
    uint8_t attribute;
    kith_value_status status;
    int64_t at_us; /* its version */
    uint64_t hash;
    uint8_t packed[PACKED_MAX]; /* equal values are equal bytes */
    size_t packed_size;
    kith_type type;
    int64_t number; /* of an integer or date */
    char text[PACKED_MAX];
    size_t text_size;
} shown;

typedef struct person {
    uint8_t source, key;
    kith_id id;
    int64_t first_seen_us, at_us;
    shown values[VALUES_MAX]; /* by attribute, then bytes */
    size_t value_count;
    bool shared;
    kithi_name name;
    size_t cluster; /* a label */
} person;

typedef struct happening {
    const history_op *op;
    size_t record;
    uint64_t identity, content;
} happening;

/* A link, in the order of the walk. */
typedef struct step {
    bool refused;
    size_t a, b;
    const shown *value; /* NULL: a decision, or a weight */
    bool weighed;
    const char *rule;
    const char *detail;
} step;

struct model {
    history_op *facts;
    size_t count, committed, capacity;
    world_rules start, rules;
    model_weights weights; /* its pairs are the model's own */
    /* Worked out: */
    person people[WORLD_RECORDS];
    size_t person_count;
    happening *events;
    size_t event_count;
    step *steps;
    size_t step_count, step_capacity;
    uint64_t members[DEFINED_SEGMENTS]; /* of the segments, at the time of a dump */
    signed char differ[WORLD_ATTRIBUTES][WORLD_RECORDS][WORLD_RECORDS]; /* -1: not known yet */
};

model *model_new(const world_rules *rules) {
    model *m = calloc(1, sizeof *m);
    m->start = *rules;
    return m;
}

void model_free(model *m) {
    free(m->facts);
    free((model_weight *)m->weights.pairs);
    free(m->events);
    free(m->steps);
    free(m);
}

/* The list of facts */

static bool is_config(const history_op *op) {
    return op->kind == HISTORY_CONFIG;
}

static bool is_record_fact(const history_op *op) {
    return op->kind <= HISTORY_ADD;
}

static bool is_decision(const history_op *op) {
    return op->kind == HISTORY_LINK || op->kind == HISTORY_UNLINK;
}

/* Whether a fact speaks of a record of its own; decisions speak of records that are there. */
static bool names(const history_op *op, uint8_t source, uint8_t key) {
    return op->kind <= HISTORY_EVENT && op->source == source && op->key == key;
}

static bool is_known(const model *m, uint8_t source, uint8_t key) {
    for (size_t i = 0; i < m->count; i++) {
        if (names(&m->facts[i], source, key)) {
            return true;
        }
    }
    return false;
}

int model_apply(model *m, const history_op *op) {
    if (history_is_mark(op) && !is_known(m, op->source, op->key)) {
        return KITH_NOT_FOUND;
    }
    if (is_decision(op)) {
        if (!is_known(m, op->source, op->key) || !is_known(m, op->other_source, op->other_key)) {
            return KITH_NOT_FOUND;
        }
        if (op->source == op->other_source && op->key == op->other_key) {
            return KITH_INVALID;
        }
    }
    if (!history_is_fact(op) && !is_config(op)) {
        return KITH_OK;
    }
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? m->capacity * 2 : 64;
        m->facts = realloc(m->facts, m->capacity * sizeof *m->facts);
    }
    m->facts[m->count++] = *op;
    return KITH_OK;
}

void model_commit(model *m) {
    m->committed = m->count;
}

void model_abort(model *m) {
    m->count = m->committed;
}

void model_weigh(model *m, const model_weights *weights) {
    size_t count = weights != NULL ? weights->count : 0;
    model_weight *own = calloc(count + 1, sizeof *own);
    free((model_weight *)m->weights.pairs);
    m->weights = weights != NULL ? *weights : (model_weights){.count = 0};
    m->weights.pairs = count > 0 ? memcpy(own, weights->pairs, count * sizeof *own) : own;
}

/* Values */

static uint64_t name_hash(uint8_t attribute) {
    const char *name = world_pools[attribute].name;
    return kithi_hash64(name, strlen(name), 0);
}

static uint64_t identifier_hash(const shown *value) {
    return kithi_hash_kept(
        kithi_hash64(value->text, value->text_size, name_hash(value->attribute)));
}

static bool is_live(const shown *value) {
    return value->attribute < WORLD_TYPES && value->status == KITH_VALUE_LIVE;
}

static int compare_bytes(const void *a, size_t a_size, const void *b, size_t b_size) {
    int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_shown(const shown *a, const shown *b) {
    if (a->attribute != b->attribute) {
        return a->attribute < b->attribute ? -1 : 1;
    }
    return compare_bytes(a->packed, a->packed_size, b->packed, b->packed_size);
}

static bool same_shown(const shown *a, const shown *b) {
    return compare_shown(a, b) == 0;
}

static kith_value value_of(const shown *value) {
    if (value->type == KITH_TYPE_TEXT) {
        return kith_value_text_n(value->text, value->text_size);
    }
    return value->type == KITH_TYPE_DATE ? kith_value_date(value->number)
                                         : kith_value_integer(value->number);
}

static void set_text(shown *value, const char *text, size_t size) {
    value->type = KITH_TYPE_TEXT;
    value->text_size = size;
    memcpy(value->text, text, size);
}

/* A pattern in which '*' stands for anything. */
static bool matches(const char *pattern, const char *text, size_t size) {
    if (*pattern == '\0') {
        return size == 0;
    }
    if (*pattern == '*') {
        return matches(pattern + 1, text, size) ||
               (size > 0 && matches(pattern, text + 1, size - 1));
    }
    return size > 0 && *pattern == *text && matches(pattern + 1, text + 1, size - 1);
}

static void read_identifier(const model *m, const char *text, shown *out) {
    char normal[KITHI_IDENTIFIER_MAX_BYTES];
    size_t size;
    out->status = KITH_VALUE_INVALID;
    set_text(out, text, strlen(text));
    if (kithi_normalise(world_normaliser(&m->rules, out->attribute), world_regions[m->rules.region],
                        text, strlen(text), normal, &size) != KITH_OK) {
        return;
    }
    out->status = KITH_VALUE_LIVE;
    set_text(out, normal, size);
    for (int i = 0; i < 2; i++) {
        if ((m->rules.types[out->attribute].blocked >> i & 1) &&
            matches(world_blocked[out->attribute][i], normal, size)) {
            out->status = KITH_VALUE_BLOCKED;
        }
    }
}

static void read_plain(const char *text, shown *out) {
    char *end;
    set_text(out, text, strlen(text));
    if (out->attribute == WORLD_BIRTH_DATE) {
        bool ok = kith_date_parse(text, strlen(text), &out->number) == KITH_OK;
        out->type = ok ? KITH_TYPE_DATE : KITH_TYPE_TEXT;
        out->status = ok ? KITH_VALUE_PLAIN : KITH_VALUE_INVALID;
    } else if (out->attribute == WORLD_POINTS) {
        out->number = strtoll(text, &end, 10);
        out->type = *end == '\0' ? KITH_TYPE_INTEGER : KITH_TYPE_TEXT;
        out->status = *end == '\0' ? KITH_VALUE_PLAIN : KITH_VALUE_INVALID;
    }
}

/* What a source's text becomes under the rules in force. */
static shown read_value(const model *m, uint8_t attribute, const char *text) {
    shown value;
    memset(&value, 0, sizeof value);
    value.attribute = attribute;
    if (attribute < WORLD_TYPES) {
        read_identifier(m, text, &value);
    } else {
        read_plain(text, &value);
    }
    kithi_buffer packed;
    kith_value plain = value_of(&value);
    kithi_buffer_init(&packed);
    kithi_pack_value(&packed, &plain);
    memcpy(value.packed, packed.data, packed.size);
    value.packed_size = packed.size;
    kithi_buffer_clear(&packed);
    return value;
}

static shown field_value(const model *m, const history_field *field, int i) {
    return read_value(m, field->attribute, world_pools[field->attribute].values[field->values[i]]);
}

/* Records: the versions are folded each time they are asked for */

/* The hash of a version's content, as it was said, breaks ties of its time. */
static uint64_t content_hash(const history_op *op) {
    uint64_t sum = (uint64_t)op->kind;
    for (int i = 0; i < op->field_count; i++) {
        const history_field *field = &op->fields[i];
        for (int j = 0; j < field->value_count; j++) {
            const char *text = world_pools[field->attribute].values[field->values[j]];
            sum += kithi_hash64(text, strlen(text), name_hash(field->attribute));
        }
        if (field->value_count == 0 && op->kind == HISTORY_PATCH) {
            sum += kithi_hash64("", 0, name_hash(field->attribute));
        }
    }
    return sum;
}

static bool gives(const history_op *op, uint8_t attribute) {
    for (int i = 0; i < op->field_count; i++) {
        if (op->fields[i].attribute == attribute) {
            return true;
        }
    }
    return false;
}

typedef struct version {
    const history_op *op;
    uint64_t hash;
} version;

static bool is_before(int64_t at_us, uint64_t hash, const version *v) {
    return at_us != v->op->at_us ? at_us < v->op->at_us : hash < v->hash;
}

/* Whether a later put, or a later patch of the attribute, makes what a version said of it
 * forgotten. */
static bool is_forgotten(const version *versions, size_t count, const version *v,
                         uint8_t attribute) {
    for (size_t i = 0; i < count; i++) {
        const history_op *op = versions[i].op;
        bool replaces =
            op->kind == HISTORY_PUT || (op->kind == HISTORY_PATCH && gives(op, attribute));
        if (replaces && is_before(v->op->at_us, v->hash, &versions[i])) {
            return true;
        }
    }
    return false;
}

static void show(person *p, const version *v, shown value) {
    value.at_us = v->op->at_us;
    value.hash = v->hash;
    for (size_t i = 0; i < p->value_count; i++) {
        shown *present = &p->values[i];
        if (same_shown(present, &value)) {
            if (is_before(present->at_us, present->hash, v)) {
                *present = value;
            }
            return;
        }
    }
    p->values[p->value_count++] = value;
}

static int compare_values(const void *a, const void *b) {
    return compare_shown(a, b);
}

static void fold(const model *m, person *p) {
    version *versions = calloc(m->count + 1, sizeof *versions);
    size_t count = 0;
    p->first_seen_us = INT64_MAX;
    p->at_us = INT64_MIN;
    for (size_t i = 0; i < m->count; i++) {
        const history_op *op = &m->facts[i];
        if (is_record_fact(op) && names(op, p->source, p->key)) {
            versions[count++] = (version){op, content_hash(op)};
            p->first_seen_us = op->at_us < p->first_seen_us ? op->at_us : p->first_seen_us;
            p->at_us = op->at_us > p->at_us ? op->at_us : p->at_us;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (int j = 0; j < versions[i].op->field_count; j++) {
            const history_field *field = &versions[i].op->fields[j];
            bool gone = is_forgotten(versions, count, &versions[i], field->attribute);
            for (int k = 0; !gone && k < field->value_count; k++) {
                show(p, &versions[i], field_value(m, field, k));
            }
        }
    }
    qsort(p->values, p->value_count, sizeof *p->values, compare_values);
    free(versions);
}

static const shown *first_value(const person *p, uint8_t attribute) {
    for (size_t i = 0; i < p->value_count; i++) {
        if (p->values[i].attribute == attribute) {
            return &p->values[i];
        }
    }
    return NULL;
}

static void name_person(person *p) {
    const shown *given = first_value(p, WORLD_GIVEN_NAME);
    const shown *family = first_value(p, WORLD_FAMILY_NAME);
    const shown *full = first_value(p, WORLD_FULL_NAME);
    kithi_name_make(given ? given->text : NULL, given ? given->text_size : 0,
                    family ? family->text : NULL, family ? family->text_size : 0,
                    full ? full->text : NULL, full ? full->text_size : 0, &p->name);
}

static void add_person(model *m, uint8_t source, uint8_t key) {
    char id[64], name[32];
    for (size_t i = 0; i < m->person_count; i++) {
        if (m->people[i].source == source && m->people[i].key == key) {
            return;
        }
    }
    person *p = &m->people[m->person_count++];
    memset(p, 0, sizeof *p);
    p->source = source;
    p->key = key;
    snprintf(name, sizeof name, "%d", key);
    size_t size = (size_t)snprintf(id, sizeof id, "%s", world_sources[source]) + 1;
    memcpy(id + size, name, strlen(name));
    kithi_hash128(id, size + strlen(name), 0, p->id.bytes);
    fold(m, p);
    name_person(p);
}

static bool has_live(const person *p, const shown *value) {
    for (size_t i = 0; i < p->value_count; i++) {
        if (is_live(&p->values[i]) && same_shown(&p->values[i], value)) {
            return true;
        }
    }
    return false;
}

/* A record that itself has two values of a unique type joins nobody. */
static bool is_shared(const model *m, const person *p) {
    for (uint8_t type = 0; type < WORLD_TYPES; type++) {
        size_t count = 0;
        for (size_t i = 0; i < p->value_count; i++) {
            count += p->values[i].attribute == type && is_live(&p->values[i]);
        }
        if (m->rules.types[type].unique && count > 1) {
            return true;
        }
    }
    return false;
}

static bool is_generic(const model *m, const shown *value) {
    const world_type *rules = &m->rules.types[value->attribute];
    uint64_t seen[WORLD_RECORDS];
    size_t name_count = 0, nameless = 0;
    for (size_t i = 0; i < m->person_count; i++) {
        if (!has_live(&m->people[i], value)) {
            continue;
        }
        uint64_t key = kithi_name_key(&m->people[i].name);
        bool again = false;
        for (size_t j = 0; j < name_count; j++) {
            again = again || seen[j] == key;
        }
        nameless += key == 0;
        if (key != 0 && !again) {
            seen[name_count++] = key;
        }
    }
    return (rules->names > 0 && name_count > rules->names) ||
           (rules->nameless > 0 && nameless > rules->nameless);
}

/* Clusters: all pairs in the canonical order */

static int compare_people(const person *a, const person *b) {
    if (a->first_seen_us != b->first_seen_us) {
        return a->first_seen_us < b->first_seen_us ? -1 : 1;
    }
    return memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

static bool look_differ(const model *m, uint8_t attribute, const person *p, const person *q) {
    (void)m;
    if (attribute == WORLD_GIVEN_NAME) {
        return kithi_given_names_differ(&p->name, &q->name);
    }
    const shown *a = first_value(p, attribute), *b = first_value(q, attribute);
    if (a == NULL || b == NULL || a->type != b->type) {
        return false;
    }
    if (attribute == WORLD_BIRTH_DATE) {
        return a->type == KITH_TYPE_DATE && kithi_dates_differ(a->number, b->number);
    }
    return kithi_texts_differ(a->text, a->text_size, b->text, b->text_size);
}

static bool do_differ(model *m, uint8_t attribute, size_t a, size_t b) {
    signed char *known = &m->differ[attribute][a][b];
    if (*known < 0) {
        *known = look_differ(m, attribute, &m->people[a], &m->people[b]);
        m->differ[attribute][b][a] = *known;
    }
    return *known != 0;
}

/* Whether decision `a` about a pair holds against `b`: the later; of one time the unlink, then the
 * greater name. */
static bool prevails(const history_op *a, const history_op *b) {
    if (a->at_us != b->at_us) {
        return a->at_us > b->at_us;
    }
    if (a->kind != b->kind) {
        return a->kind == HISTORY_UNLINK;
    }
    return strcmp(world_people[a->by], world_people[b->by]) > 0;
}

static bool is_about(const history_op *op, const person *a, const person *b) {
    bool straight = op->source == a->source && op->key == a->key && op->other_source == b->source &&
                    op->other_key == b->key;
    bool crossed = op->source == b->source && op->key == b->key && op->other_source == a->source &&
                   op->other_key == a->key;
    return is_decision(op) && (straight || crossed);
}

static const history_op *decision(const model *m, size_t a, size_t b) {
    const history_op *standing = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const history_op *op = &m->facts[i];
        if (is_about(op, &m->people[a], &m->people[b]) &&
            (standing == NULL || prevails(op, standing))) {
            standing = op;
        }
    }
    return standing;
}

static bool is_decided(const model *m, size_t a, size_t b, history_kind kind) {
    const history_op *standing = decision(m, a, b);
    return standing != NULL && standing->kind == kind;
}

static bool breaks_unlink(const model *m, size_t x, size_t y) {
    for (size_t i = 0; i < m->person_count; i++) {
        for (size_t j = 0; m->people[i].cluster == x && j < m->person_count; j++) {
            if (m->people[j].cluster == y && is_decided(m, i, j, HISTORY_UNLINK)) {
                return true;
            }
        }
    }
    return false;
}

/* The first source by name that has no duplicates, and yet a record in both clusters; NULL: none.
 */
static const char *broken_source(const model *m, size_t x, size_t y) {
    const char *found = NULL;
    for (size_t i = 0; i < m->person_count; i++) {
        for (size_t j = 0; m->people[i].cluster == x && j < m->person_count; j++) {
            const char *name = world_sources[m->people[i].source];
            if (m->people[j].cluster == y && m->people[j].source == m->people[i].source &&
                m->rules.distinct[m->people[i].source] &&
                (found == NULL || strcmp(name, found) < 0)) {
                found = name;
            }
        }
    }
    return found;
}

/* How many different live values of a type the records of two clusters have together. */
static size_t count_values(const model *m, uint8_t type, size_t x, size_t y) {
    const shown *seen[WORLD_RECORDS * 4];
    size_t count = 0;
    for (size_t i = 0; i < m->person_count; i++) {
        const person *p = &m->people[i];
        for (size_t j = 0; (p->cluster == x || p->cluster == y) && j < p->value_count; j++) {
            bool again = p->values[j].attribute != type || !is_live(&p->values[j]);
            for (size_t k = 0; k < count && !again; k++) {
                again = same_shown(seen[k], &p->values[j]);
            }
            if (!again) {
                seen[count++] = &p->values[j];
            }
        }
    }
    return count;
}

static bool breaks_count(const model *m, uint8_t type, size_t x, size_t y) {
    const world_type *rules = &m->rules.types[type];
    size_t allowed = rules->unique ? 1 : rules->limit;
    size_t together = count_values(m, type, x, y);
    return allowed > 0 && together > allowed && together > count_values(m, type, x, x) &&
           together > count_values(m, type, y, y);
}

/* A match model compares national ids: for it one that is misspelt is no second one. */
static bool is_compared(uint8_t type) {
    return type == WORLD_NATIONAL_ID;
}

/* The type whose count would break; of several the one that links first, then by name. WORLD_TYPES:
 * none. */
static uint8_t broken_count(const model *m, bool weighed, size_t x, size_t y) {
    uint8_t found = WORLD_TYPES;
    for (uint8_t type = 0; type < WORLD_TYPES; type++) {
        bool passed = weighed && m->rules.types[type].unique && is_compared(type);
        if (passed || !breaks_count(m, type, x, y)) {
            continue;
        }
        int order = found == WORLD_TYPES
                        ? -1
                        : m->rules.types[found].priority - m->rules.types[type].priority;
        if (order < 0 ||
            (order == 0 && strcmp(world_pools[type].name, world_pools[found].name) < 0)) {
            found = type;
        }
    }
    return found;
}

static bool breaks_veto(model *m, uint8_t attribute, size_t x, size_t y) {
    for (size_t i = 0; i < m->person_count; i++) {
        for (size_t j = 0; m->people[i].cluster == x && j < m->person_count; j++) {
            if (m->people[j].cluster == y && do_differ(m, attribute, i, j)) {
                return true;
            }
        }
    }
    return false;
}

/* Says into the step why its clusters may not be united. False: they may. */
static bool find_broken(model *m, step *s) {
    size_t x = m->people[s->a].cluster, y = m->people[s->b].cluster;
    s->rule = s->detail = NULL;
    if (breaks_unlink(m, x, y)) {
        s->rule = "unlink";
        return true;
    }
    if (s->value == NULL && !s->weighed) {
        return false; /* a person's decision holds whatever the other rules say */
    }
    s->detail = broken_source(m, x, y);
    if (s->detail != NULL) {
        s->rule = "source";
        return true;
    }
    uint8_t type = broken_count(m, s->weighed, x, y);
    if (type != WORLD_TYPES) {
        s->rule = m->rules.types[type].unique ? "unique" : "limit";
        s->detail = world_pools[type].name;
        return true;
    }
    if (s->weighed) {
        return false;
    }
    const world_attribute *veto = world_vetoes[m->rules.types[s->value->attribute].veto];
    for (size_t i = 0; veto[i] != WORLD_ATTRIBUTES; i++) {
        if (breaks_veto(m, (uint8_t)veto[i], x, y)) {
            s->rule = "veto";
            s->detail = world_pools[veto[i]].name;
            return true;
        }
    }
    return false;
}

static void unite(model *m, size_t x, size_t y) {
    for (size_t i = 0; i < m->person_count; i++) {
        if (m->people[i].cluster == y) {
            m->people[i].cluster = x;
        }
    }
}

static void add_step(model *m, const step *s) {
    if (m->step_count == m->step_capacity) {
        m->step_capacity = m->step_capacity ? m->step_capacity * 2 : 64;
        m->steps = realloc(m->steps, m->step_capacity * sizeof *m->steps);
    }
    m->steps[m->step_count++] = *s;
}

/* A pair of records that might be linked. */
typedef struct pair {
    const shown *value; /* NULL: a decision */
    const person *earlier, *later;
    uint64_t hash;
    int priority;
} pair;

static int compare_decisions(const pair *a, const pair *b) {
    int order = memcmp(a->earlier->id.bytes, b->earlier->id.bytes, sizeof a->earlier->id.bytes);
    return order != 0 ? order
                      : memcmp(a->later->id.bytes, b->later->id.bytes, sizeof a->later->id.bytes);
}

static int compare_meetings(const pair *a, const pair *b) {
    if (a->priority != b->priority) {
        return a->priority > b->priority ? -1 : 1;
    }
    if (a->later->first_seen_us != b->later->first_seen_us) {
        return a->later->first_seen_us < b->later->first_seen_us ? -1 : 1;
    }
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    int order = compare_people(a->later, b->later);
    if (order == 0) {
        order =
            strcmp(world_pools[a->value->attribute].name, world_pools[b->value->attribute].name);
    }
    return order != 0 ? order
                      : compare_bytes(a->value->text, a->value->text_size, b->value->text,
                                      b->value->text_size);
}

/* The canonical order: decisions; then by priority, first sight of the later record, hash, the
 * records. */
static int compare_pairs(const void *x, const void *y) {
    const pair *a = x, *b = y;
    if ((a->value == NULL) != (b->value == NULL)) {
        return a->value == NULL ? -1 : 1;
    }
    if (a->value == NULL) {
        return compare_decisions(a, b);
    }
    int order = compare_meetings(a, b);
    return order != 0 ? order : compare_people(a->earlier, b->earlier);
}

typedef struct pair_list {
    pair *items;
    size_t count, capacity;
} pair_list;

static void add_pair(pair_list *list, pair item) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 256;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
    }
    list->items[list->count++] = item;
}

static void add_decided_pairs(const model *m, pair_list *list) {
    for (size_t i = 0; i < m->person_count; i++) {
        for (size_t j = i + 1; j < m->person_count; j++) {
            const person *a = &m->people[i], *b = &m->people[j];
            bool swap = memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes) > 0;
            if (is_decided(m, i, j, HISTORY_LINK)) {
                add_pair(list, (pair){NULL, swap ? b : a, swap ? a : b, 0, 0});
            }
        }
    }
}

/* Pairs of records that share a live value that isn't generic, neither of them a shared one. */
static void add_sharing_pairs(const model *m, pair_list *list) {
    for (size_t i = 0; i < m->person_count; i++) {
        const person *p = &m->people[i];
        for (size_t v = 0; !p->shared && v < p->value_count; v++) {
            const shown *value = &p->values[v];
            if (!is_live(value) || is_generic(m, value)) {
                continue;
            }
            for (size_t j = 0; j < m->person_count; j++) {
                const person *q = &m->people[j];
                if (!q->shared && has_live(q, value) && compare_people(q, p) < 0) {
                    add_pair(list, (pair){value, q, p, identifier_hash(value),
                                          m->rules.types[value->attribute].priority});
                }
            }
        }
    }
}

/* What one record has met through one value. */
typedef struct meeting {
    size_t refused[WORLD_RECORDS]; /* records of the clusters that it may not join */
    size_t refused_count, told;
} meeting;

static bool was_refused(const model *m, const meeting *at, size_t cluster) {
    for (size_t i = 0; i < at->refused_count; i++) {
        if (m->people[at->refused[i]].cluster == cluster) {
            return true;
        }
    }
    return false;
}

static void try_pair(model *m, const pair *p, meeting *at) {
    step s = {.a = (size_t)(p->earlier - m->people),
              .b = (size_t)(p->later - m->people),
              .value = p->value};
    size_t x = p->earlier->cluster, y = p->later->cluster;
    if (x == y || was_refused(m, at, x)) {
        return;
    }
    s.refused = find_broken(m, &s);
    if (!s.refused) {
        unite(m, x, y);
    } else if (p->value != NULL) {
        at->refused[at->refused_count++] = s.a;
    }
    if (!s.refused || p->value == NULL || at->told++ < REFUSED_MAX) {
        add_step(m, &s);
    }
}

static bool same_meeting(const pair *a, const pair *b) {
    return a->value != NULL && a->value == b->value && a->later == b->later;
}

static void walk(model *m) {
    pair_list list = {NULL, 0, 0};
    meeting at = {.refused_count = 0};
    m->step_count = 0;
    add_decided_pairs(m, &list);
    add_sharing_pairs(m, &list);
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof *list.items, compare_pairs);
    }
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !same_meeting(&list.items[i - 1], &list.items[i])) {
            at.refused_count = at.told = 0;
        }
        try_pair(m, &list.items[i], &at);
    }
    free(list.items);
}

/*
 * Weights: the heaviest first, where no third record is as like, a third of the cross pairs are
 * known and few contradict.
 */

#define AS_LIKE             (2 * KITHI_BIT)
#define CONTRADICTORY_PARTS 8

typedef struct weighed_pair {
    size_t a, b;
    int32_t weight;
    const kith_id *ids[2]; /* the smaller first */
} weighed_pair;

typedef struct weighed_list {
    weighed_pair items[WORLD_RECORDS * WORLD_RECORDS];
    size_t count;
    size_t component[WORLD_RECORDS]; /* a label */
} weighed_list;

static size_t place_of(const model *m, uint8_t source, uint8_t key) {
    size_t i = 0;
    while (m->people[i].source != source || m->people[i].key != key) {
        i++;
    }
    return i;
}

static void list_weights(const model *m, weighed_list *list) {
    for (size_t i = 0; i < m->weights.count; i++) {
        const model_weight *w = &m->weights.pairs[i];
        size_t a = place_of(m, w->source, w->key), b = place_of(m, w->other_source, w->other_key);
        const kith_id *x = &m->people[a].id, *y = &m->people[b].id;
        bool swap = memcmp(x->bytes, y->bytes, sizeof x->bytes) > 0;
        if (!m->people[a].shared && !m->people[b].shared) {
            list->items[list->count++] =
                (weighed_pair){a, b, w->weight, {swap ? y : x, swap ? x : y}};
        }
    }
}

static int compare_weights(const void *x, const void *y) {
    const weighed_pair *a = x, *b = y;
    if (a->weight != b->weight) {
        return a->weight > b->weight ? -1 : 1;
    }
    int order = memcmp(a->ids[0]->bytes, b->ids[0]->bytes, sizeof a->ids[0]->bytes);
    return order != 0 ? order : memcmp(a->ids[1]->bytes, b->ids[1]->bytes, sizeof a->ids[1]->bytes);
}

static void join(const model *m, weighed_list *list, size_t a, size_t b) {
    size_t x = list->component[a], y = list->component[b];
    for (size_t i = 0; i < m->person_count; i++) {
        list->component[i] = list->component[i] == y ? x : list->component[i];
    }
}

/* Records that decisions, shared values and heavy pairs connect. */
static void find_components(const model *m, const pair_list *sharing, weighed_list *list) {
    for (size_t i = 0; i < m->person_count; i++) {
        list->component[i] = i;
    }
    for (size_t i = 0; i < sharing->count; i++) {
        join(m, list, (size_t)(sharing->items[i].earlier - m->people),
             (size_t)(sharing->items[i].later - m->people));
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].weight >= m->weights.link_at) {
            join(m, list, list->items[i].a, list->items[i].b);
        }
    }
}

/* Whether a record is weighed with another one of its component. */
static bool is_weighed(const weighed_list *list, size_t of) {
    for (size_t i = 0; i < list->count; i++) {
        size_t a = list->items[i].a, b = list->items[i].b;
        if ((a == of || b == of) && list->component[a] == list->component[b]) {
            return true;
        }
    }
    return false;
}

/* The weight of a pair of one component; INT32_MIN: it isn't known. */
static int32_t weight_of(const weighed_list *list, size_t a, size_t b) {
    for (size_t i = 0; i < list->count; i++) {
        const weighed_pair *p = &list->items[i];
        if (((p->a == a && p->b == b) || (p->a == b && p->b == a)) &&
            list->component[a] == list->component[b]) {
            return p->weight;
        }
    }
    return INT32_MIN;
}

static size_t shown_by(const model *m, size_t i) {
    return m->weights.shown[model_place(m->people[i].source, m->people[i].key)];
}

static bool do_contradict(const model *m, size_t i, size_t j) {
    const person *p = &m->people[i], *q = &m->people[j];
    return shown_by(m, i) != shown_by(m, j) &&
           m->weights.contradict[model_place(p->source, p->key)][model_place(q->source, q->key)];
}

/* Whether one end is as like to a third record, which contradicts the other end. */
static bool is_ambiguous(const model *m, const weighed_list *list, size_t node, size_t end,
                         int32_t weight) {
    for (size_t third = 0; third < m->person_count; third++) {
        int32_t other = third != node ? weight_of(list, node, third) : INT32_MIN;
        if (third != end && other != INT32_MIN && other > weight - AS_LIKE &&
            weight_of(list, end, third) == INT32_MIN && do_contradict(m, third, end)) {
            return true;
        }
    }
    return false;
}

static bool is_cohesive(const model *m, const weighed_list *list, size_t x, size_t y) {
    size_t of_x = 0, of_y = 0, known = 0;
    for (size_t i = 0; i < m->person_count; i++) {
        of_x += m->people[i].cluster == x && is_weighed(list, i);
        of_y += m->people[i].cluster == y && is_weighed(list, i);
    }
    for (size_t i = 0; i < list->count; i++) {
        size_t a = m->people[list->items[i].a].cluster, b = m->people[list->items[i].b].cluster;
        known += (a == x && b == y) || (a == y && b == x);
    }
    return 3 * known >= of_x * of_y;
}

/* One weighed record of a cluster for each different thing that they show. */
static size_t list_shown(const model *m, const weighed_list *list, size_t cluster,
                         size_t out[WORLD_RECORDS]) {
    size_t count = 0;
    for (size_t i = 0; i < m->person_count; i++) {
        bool again = m->people[i].cluster != cluster || !is_weighed(list, i);
        for (size_t j = 0; j < count && !again; j++) {
            again = shown_by(m, out[j]) == shown_by(m, i);
        }
        if (!again) {
            out[count++] = i;
        }
    }
    return count;
}

/* Whether a known pair of two clusters shows these two things. */
static bool is_shown_by_known(const model *m, const weighed_list *list, size_t i, size_t j) {
    for (size_t a = 0; a < m->person_count; a++) {
        for (size_t b = 0; b < m->person_count; b++) {
            if (m->people[a].cluster == m->people[i].cluster &&
                m->people[b].cluster == m->people[j].cluster && shown_by(m, a) == shown_by(m, i) &&
                shown_by(m, b) == shown_by(m, j) && weight_of(list, a, b) != INT32_MIN) {
                return true;
            }
        }
    }
    return false;
}

static bool is_contradictory(const model *m, const weighed_list *list, size_t x, size_t y) {
    size_t mine[WORLD_RECORDS], theirs[WORLD_RECORDS], against = 0;
    size_t mine_count = list_shown(m, list, x, mine), their_count = list_shown(m, list, y, theirs);
    for (size_t i = 0; i < mine_count; i++) {
        for (size_t j = 0; j < their_count; j++) {
            against += do_contradict(m, mine[i], theirs[j]) &&
                       !is_shown_by_known(m, list, mine[i], theirs[j]);
        }
    }
    return against > mine_count * their_count / CONTRADICTORY_PARTS;
}

static const char *doubt(const model *m, const weighed_list *list, const weighed_pair *p) {
    size_t x = m->people[p->a].cluster, y = m->people[p->b].cluster;
    if (is_ambiguous(m, list, p->a, p->b, p->weight) ||
        is_ambiguous(m, list, p->b, p->a, p->weight)) {
        return "ambiguous";
    }
    if (!is_cohesive(m, list, x, y)) {
        return "cohesion";
    }
    return is_contradictory(m, list, x, y) ? "contradiction" : NULL;
}

static void try_weighed(model *m, const weighed_list *list, const weighed_pair *p) {
    step s = {.a = p->a, .b = p->b, .weighed = true};
    size_t x = m->people[p->a].cluster, y = m->people[p->b].cluster;
    if (x == y || p->weight < m->weights.link_at) {
        return;
    }
    s.refused = find_broken(m, &s);
    if (!s.refused) {
        s.rule = doubt(m, list, p);
        s.refused = s.rule != NULL;
    }
    if (!s.refused) {
        unite(m, x, y);
    }
    add_step(m, &s);
}

static void walk_weights(model *m) {
    weighed_list *list = calloc(1, sizeof *list);
    pair_list sharing = {NULL, 0, 0};
    add_decided_pairs(m, &sharing);
    add_sharing_pairs(m, &sharing);
    list_weights(m, list);
    if (list->count > 1) {
        qsort(list->items, list->count, sizeof *list->items, compare_weights);
    }
    find_components(m, &sharing, list);
    for (size_t i = 0; i < list->count; i++) {
        try_weighed(m, list, &list->items[i]);
    }
    free(sharing.items);
    free(list);
}

/* Events */

#define MESSAGE_SEED 1
#define CONTENT_SEED 2

static uint64_t hash_text(const char *text, uint64_t seed) {
    return kithi_hash64(text, strlen(text), seed);
}

static uint64_t hash_properties(const history_op *op) {
    uint64_t sum = 0;
    for (int i = 0; i < op->property_count; i++) {
        kithi_buffer packed;
        kithi_buffer_init(&packed);
        kithi_pack_value(&packed, &world_amounts[op->amounts[i]].value);
        sum += kithi_hash64(packed.data, packed.size,
                            hash_text(world_properties[op->properties[i]], CONTENT_SEED));
        kithi_buffer_clear(&packed);
    }
    return sum;
}

static void put_number(uint8_t *at, uint64_t number) {
    for (int i = 0; i < 8; i++) {
        at[i] = (uint8_t)(number >> (56 - 8 * i));
    }
}

static happening make_event(const history_op *op, size_t record) {
    happening made = {op, record, 0, hash_properties(op)};
    uint8_t parts[24];
    char message[8];
    if (op->message != 0) {
        snprintf(message, sizeof message, "m%d", op->message);
        made.identity = hash_text(message, MESSAGE_SEED);
    } else {
        put_number(parts, (uint64_t)op->at_us ^ (uint64_t)1 << 63);
        put_number(parts + 8, hash_text(world_event_types[op->type], CONTENT_SEED));
        put_number(parts + 16, made.content);
        made.identity = kithi_hash64(parts, sizeof parts, CONTENT_SEED);
    }
    made.identity = kithi_hash_kept(made.identity) & (UINT64_MAX >> 1);
    return made;
}

/* The amount of a property of an event; NULL: it has none. */
static const world_amount *amount_of(const history_op *op, uint8_t property) {
    for (int i = 0; i < op->property_count; i++) {
        if (op->properties[i] == property) {
            return &world_amounts[op->amounts[i]];
        }
    }
    return NULL;
}

static int count_properties(const history_op *op) {
    int count = 0;
    for (uint8_t property = 0; property < WORLD_PROPERTIES; property++) {
        count += amount_of(op, property) != NULL;
    }
    return count;
}

static int compare_contents(const happening *a, const happening *b) {
    if (a->op->at_us != b->op->at_us) {
        return a->op->at_us < b->op->at_us ? -1 : 1;
    }
    int order = strcmp(world_event_types[a->op->type], world_event_types[b->op->type]);
    if (order != 0) {
        return order;
    }
    int mine = count_properties(a->op), others = count_properties(b->op);
    return mine != others ? others - mine : (a->content > b->content) - (a->content < b->content);
}

/* Of two with one message id the smaller stands; of two without one that are equal, one. */
static void take_event(model *m, happening taken) {
    for (size_t i = 0; i < m->event_count; i++) {
        happening *present = &m->events[i];
        if (present->record != taken.record || present->op->message != taken.op->message) {
            continue;
        }
        int order = compare_contents(&taken, present);
        if (order == 0 || taken.op->message != 0) {
            *present = order < 0 ? taken : *present;
            return;
        }
    }
    m->events[m->event_count++] = taken;
}

static int compare_events(const void *x, const void *y) {
    const happening *a = x, *b = y;
    if (a->record != b->record) {
        return a->record < b->record ? -1 : 1;
    }
    if (a->op->at_us != b->op->at_us) {
        return a->op->at_us < b->op->at_us ? -1 : 1;
    }
    return (a->identity > b->identity) - (a->identity < b->identity);
}

static size_t person_of(const model *m, const history_op *op) {
    size_t i = 0;
    while (m->people[i].source != op->source || m->people[i].key != op->key) {
        i++;
    }
    return i;
}

static void gather_events(model *m) {
    m->event_count = 0;
    m->events = realloc(m->events, (m->count + 1) * sizeof *m->events);
    for (size_t i = 0; i < m->count; i++) {
        if (m->facts[i].kind == HISTORY_EVENT) {
            take_event(m, make_event(&m->facts[i], person_of(m, &m->facts[i])));
        }
    }
    qsort(m->events, m->event_count, sizeof *m->events, compare_events);
}

/* Works everything out. */
static void derive(model *m) {
    m->rules = m->start;
    m->person_count = 0;
    memset(m->differ, -1, sizeof m->differ);
    for (size_t i = 0; i < m->count; i++) {
        m->rules = is_config(&m->facts[i]) ? m->facts[i].rules : m->rules;
    }
    for (size_t i = 0; i < m->count; i++) {
        if (m->facts[i].kind <= HISTORY_EVENT) {
            add_person(m, m->facts[i].source, m->facts[i].key);
        }
    }
    for (size_t i = 0; i < m->person_count; i++) {
        m->people[i].shared = is_shared(m, &m->people[i]);
        m->people[i].cluster = i;
    }
    walk(m);
    if (m->weights.count > 0) {
        walk_weights(m);
    }
    gather_events(m);
}

/* Profiles */

/* The oldest record of a cluster names it. */
static const person *eldest(const model *m, size_t cluster) {
    const person *found = NULL;
    for (size_t i = 0; i < m->person_count; i++) {
        const person *p = &m->people[i];
        if (p->cluster == cluster && (found == NULL || compare_people(p, found) < 0)) {
            found = p;
        }
    }
    return found;
}

static bool is_head(const model *m, size_t i) {
    for (size_t j = 0; j < i; j++) {
        if (m->people[j].cluster == m->people[i].cluster) {
            return false;
        }
    }
    return true;
}

static void id_text(const model *m, size_t cluster, char out[KITH_ID_TEXT_BYTES]) {
    kith_id_format(&eldest(m, cluster)->id, out);
}

/* Golden values */

typedef struct statement {
    const person *by;
    const shown *value;
    size_t frequency;
} statement;

static int status_rank(kith_value_status status) {
    return status == KITH_VALUE_INVALID ? 2 : status == KITH_VALUE_BLOCKED ? 1 : 0;
}

static int compare_late(const statement *a, const statement *b) {
    if (a->value->at_us != b->value->at_us) {
        return a->value->at_us > b->value->at_us ? -1 : 1;
    }
    int order = memcmp(a->by->id.bytes, b->by->id.bytes, sizeof a->by->id.bytes);
    return order != 0 ? order : compare_shown(a->value, b->value);
}

static int compare_sizes(size_t a, size_t b) {
    return (a > b) - (a < b);
}

static int compare_meaning(const shown *a, const shown *b) {
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    if (a->type == KITH_TYPE_TEXT) {
        return compare_bytes(a->text, a->text_size, b->text, b->text_size);
    }
    return (a->number > b->number) - (a->number < b->number);
}

/* Negative: `a` is preferred. */
static int prefer(const model *m, kithi_survivorship how, const statement *a, const statement *b) {
    int order = 0;
    switch (how) {
    case KITHI_SURVIVORSHIP_LATEST:
        break;
    case KITHI_SURVIVORSHIP_EARLIEST:
        order = (a->value->at_us > b->value->at_us) - (a->value->at_us < b->value->at_us);
        break;
    case KITHI_SURVIVORSHIP_MOST_FREQUENT:
        order = compare_sizes(b->frequency, a->frequency);
        break;
    case KITHI_SURVIVORSHIP_LONGEST:
        order = compare_sizes(b->value->packed_size, a->value->packed_size);
        break;
    case KITHI_SURVIVORSHIP_MIN:
        order = compare_meaning(a->value, b->value);
        break;
    case KITHI_SURVIVORSHIP_MAX:
        order = compare_meaning(b->value, a->value);
        break;
    case KITHI_SURVIVORSHIP_SOURCE_PRIORITY:
    case KITHI_SURVIVORSHIP_UNION:
        order = m->rules.trust[b->by->source] - m->rules.trust[a->by->source];
        break;
    }
    return order != 0 ? order : compare_late(a, b);
}

/* What the records of a cluster say of an attribute, as far as it is of the best status that any
 * has. */
static size_t gather_statements(const model *m, size_t cluster, uint8_t attribute, statement *out) {
    size_t count = 0;
    int best = 3;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < m->person_count; i++) {
            const person *p = &m->people[i];
            for (size_t j = 0; p->cluster == cluster && j < p->value_count; j++) {
                int rank = status_rank(p->values[j].status);
                if (p->values[j].attribute != attribute) {
                    continue;
                }
                if (pass == 1 && rank == best) {
                    out[count++] = (statement){p, &p->values[j], 0};
                }
                best = rank < best ? rank : best;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            out[i].frequency += same_shown(out[i].value, out[j].value);
        }
    }
    return count;
}

/* Whether another statement outdoes it: for a union one of the same value, else any. */
static bool is_outdone(const model *m, kithi_survivorship how, const statement *list, size_t count,
                       const statement *by) {
    for (size_t i = 0; i < count; i++) {
        bool rival = how != KITHI_SURVIVORSHIP_UNION || same_shown(list[i].value, by->value);
        if (rival && prefer(m, how, &list[i], by) < 0) {
            return true;
        }
    }
    return false;
}

/* Of these the record that is preferred stands with all that it says. */
static bool stands_whole(kithi_survivorship how) {
    return how == KITHI_SURVIVORSHIP_LATEST || how == KITHI_SURVIVORSHIP_EARLIEST ||
           how == KITHI_SURVIVORSHIP_SOURCE_PRIORITY;
}

/* Whether a statement stands: by itself, or beside one of its record. */
static bool stands(const model *m, kithi_survivorship how, const statement *list, size_t count,
                   const statement *by) {
    for (size_t i = 0; i < count; i++) {
        bool beside = stands_whole(how) && list[i].by == by->by;
        if ((&list[i] == by || beside) && !is_outdone(m, how, list, count, &list[i])) {
            return true;
        }
    }
    return false;
}

static void dump_golden(const model *m, size_t cluster, uint8_t attribute, const char *id,
                        lines *out) {
    statement list[WORLD_RECORDS * 8], kept[WORLD_RECORDS * 8];
    kithi_survivorship how = m->rules.survivorship[attribute];
    size_t count = gather_statements(m, cluster, attribute, list), kept_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (stands(m, how, list, count, &list[i])) {
            kept[kept_count++] = list[i];
        }
    }
    for (size_t i = 0; i < kept_count; i++) {
        size_t place = 0;
        char text[128], record[32];
        for (size_t j = 0; j < kept_count; j++) {
            place += prefer(m, how, &kept[j], &kept[i]) < 0;
        }
        kith_value value = value_of(kept[i].value);
        world_show_value(&value, text, sizeof text);
        world_record_name(record, kept[i].by->source, kept[i].by->key);
        lines_add(out, "golden %s %s[%zu] %s by %s at %" PRId64 " status %d", id,
                  world_pools[attribute].name, place, text, record, kept[i].value->at_us,
                  (int)kept[i].value->status);
    }
}

/* Aggregates */

#define SUM_BOUND ((int64_t)9200000000000 * 1000000)

static bool is_summed(const model *m, uint8_t type, uint8_t property) {
    if (type == 0 && m->rules.order_sums_points &&
        strcmp(world_properties[property], "points") == 0) {
        return true;
    }
    return strcmp(world_properties[property], WORLD_DEFAULT_SUM) == 0;
}

static bool counts(const model *m, const happening *event, size_t cluster, uint8_t type,
                   int64_t now_us) {
    return m->people[event->record].cluster == cluster && event->op->type == type &&
           event->op->at_us <= now_us;
}

static void dump_sum(const model *m, size_t cluster, uint8_t type, uint8_t property, int64_t now_us,
                     const char *id, lines *out) {
    uint64_t count = 0;
    __extension__ __int128 total = 0;
    int64_t min = INT64_MAX, max = INT64_MIN;
    for (size_t i = 0; i < m->event_count; i++) {
        const world_amount *amount = amount_of(m->events[i].op, property);
        if (!counts(m, &m->events[i], cluster, type, now_us) || amount == NULL || !amount->number) {
            continue;
        }
        count++;
        total += amount->micros;
        min = amount->micros < min ? amount->micros : min;
        max = amount->micros > max ? amount->micros : max;
    }
    bool overflow = total > SUM_BOUND || total < -SUM_BOUND;
    int64_t sum = total > SUM_BOUND ? SUM_BOUND : total < -SUM_BOUND ? -SUM_BOUND : (int64_t)total;
    if (count > 0 && is_summed(m, type, property)) {
        lines_add(out,
                  "sum %s %s.%s count %" PRIu64 " sum %" PRId64 " min %" PRId64 " max %" PRId64
                  " overflow %d",
                  id, world_event_types[type], world_properties[property], count, sum, min, max,
                  overflow);
    }
}

static void dump_aggregate(const model *m, size_t cluster, uint8_t type, int64_t now_us,
                           const char *id, lines *out) {
    uint64_t count = 0;
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < m->event_count; i++) {
        int64_t at_us = m->events[i].op->at_us;
        if (counts(m, &m->events[i], cluster, type, now_us)) {
            count++;
            first = at_us < first ? at_us : first;
            last = at_us > last ? at_us : last;
        }
    }
    if (count == 0) {
        return;
    }
    lines_add(out, "aggregate %s %s count %" PRIu64 " first %" PRId64 " last %" PRId64, id,
              world_event_types[type], count, first, last);
    for (uint8_t property = 0; property < WORLD_PROPERTIES; property++) {
        dump_sum(m, cluster, type, property, now_us, id, out);
    }
}

/* What was said of a profile's records; the number of it. `out` has room for all facts. */
static size_t gather_said(const model *m, size_t cluster, said *out) {
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++) {
        const history_op *op = &m->facts[i];
        const person *p = history_is_mark(op) ? &m->people[person_of(m, op)] : NULL;
        if (p != NULL && p->cluster == cluster) {
            out[count++] = (said){op, &p->id};
        }
    }
    return count;
}

/* The dump */

static void dump_defined(model *m, size_t cluster, defined_person who, int64_t now_us,
                         const char *id, lines *out) {
    defined_event *events = calloc(m->event_count + 1, sizeof *events);
    for (size_t i = 0; i < m->event_count; i++) {
        const history_op *op = m->events[i].op;
        if (m->people[m->events[i].record].cluster == cluster) {
            events[who.event_count++] = (defined_event){op->type, op->at_us};
        }
    }
    who.events = events;
    defined_dump_person(&who, now_us, id, out, m->members);
    free(events);
}

static void dump_profile(model *m, size_t head, int64_t now_us, unsigned flags, lines *out) {
    char id[KITH_ID_TEXT_BYTES], record[32];
    size_t cluster = m->people[head].cluster, records = 0;
    uint64_t events = 0, near = 0, past = 0;
    said *list = calloc(m->count + 1, sizeof *list);
    size_t said_count = gather_said(m, cluster, list);
    int64_t next_us = said_next(list, said_count, now_us);
    id_text(m, cluster, id);
    said_dump(list, said_count, now_us, id, out);
    if (m->start.defined) {
        dump_defined(m, cluster, (defined_person){list, said_count, NULL, 0}, now_us, id, out);
    }
    free(list);
    for (size_t i = 0; i < m->person_count; i++) {
        if (m->people[i].cluster == cluster) {
            records++;
            world_record_name(record, m->people[i].source, m->people[i].key);
            lines_add(out, "member %s %s", id, record);
        }
    }
    for (size_t i = 0; i < m->event_count; i++) {
        int64_t at_us = m->events[i].op->at_us;
        if (m->people[m->events[i].record].cluster == cluster) {
            events += at_us <= now_us;
            next_us = at_us > now_us && at_us < next_us ? at_us : next_us;
            near += at_us >= now_us - 3 * SECOND_US && at_us < now_us + 2 * SECOND_US &&
                    m->events[i].op->type == 0;
            past += at_us >= now_us - 4 * SECOND_US && at_us < now_us;
        }
    }
    lines_add(out,
              "profile %s records %zu events %" PRIu64 " near %" PRIu64 " past %" PRIu64
              " next %" PRId64 " pending 0",
              id, records, events, near, past, m->start.defined ? 0 : next_us);
    if (!(flags & DUMP_NO_NUMBERS)) {
        lines_add(out, "number %s %zu", id, head);
    }
    for (uint8_t attribute = 0; attribute < WORLD_ATTRIBUTES; attribute++) {
        dump_golden(m, cluster, attribute, id, out);
    }
    for (uint8_t type = 0; type < WORLD_EVENT_TYPES; type++) {
        dump_aggregate(m, cluster, type, now_us, id, out);
    }
}

static void dump_event(const happening *event, const char *record, size_t place, unsigned flags,
                       lines *out) {
    char text[512], order[16] = "", amount[64];
    const history_op *op = event->op;
    size_t used = 0;
    for (uint8_t property = 0; property < WORLD_PROPERTIES; property++) {
        const world_amount *found = amount_of(op, property);
        if (found != NULL) {
            world_show_value(&found->value, amount, sizeof amount);
            used += (size_t)snprintf(text + used, sizeof text - used, " %s=%s",
                                     world_properties[property], amount);
        }
    }
    text[used] = '\0';
    if (!(flags & DUMP_LOOSE_TIES)) {
        snprintf(order, sizeof order, "#%zu ", place);
    }
    if (op->message != 0) {
        lines_add(out, "event %s %sat %" PRId64 " %s m%d%s", record, order, op->at_us,
                  world_event_types[op->type], op->message, text);
    } else {
        lines_add(out, "event %s %sat %" PRId64 " %s -%s", record, order, op->at_us,
                  world_event_types[op->type], text);
    }
}

static void dump_record(const model *m, size_t i, unsigned flags, lines *out) {
    char id[KITH_ID_TEXT_BYTES], own[KITH_ID_TEXT_BYTES], record[32], text[128];
    const person *p = &m->people[i];
    size_t place = 0;
    id_text(m, p->cluster, id);
    kith_id_format(&p->id, own);
    world_record_name(record, p->source, p->key);
    lines_add(out, "record %s id %s first %" PRId64 " at %" PRId64 " profile %s by id %s", record,
              own, p->first_seen_us, p->at_us, id, id);
    if (!(flags & DUMP_NO_NUMBERS)) {
        lines_add(out, "record %s number %zu", record, i);
    }
    for (size_t j = 0; j < p->value_count; j++) {
        kith_value value = value_of(&p->values[j]);
        world_show_value(&value, text, sizeof text);
        lines_add(out, "value %s %s=%s at %" PRId64 " status %d", record,
                  world_pools[p->values[j].attribute].name, text, p->values[j].at_us,
                  (int)p->values[j].status);
    }
    for (size_t j = 0; j < m->event_count; j++) {
        if (m->events[j].record == i) {
            dump_event(&m->events[j], record, place++, flags, out);
        }
    }
}

/* Who has a value: how many profiles, and of those with a record that may link, if any has, the
 * smallest number. */
static void dump_find(const model *m, uint8_t type, size_t raw, unsigned flags, lines *out) {
    const char *text = world_pools[type].values[raw];
    shown value = read_value(m, type, text);
    char id[KITH_ID_TEXT_BYTES];
    size_t count = 0, chosen = SIZE_MAX, linking = SIZE_MAX;
    for (size_t head = 0; head < m->person_count; head++) {
        bool has = false, links = false;
        for (size_t i = 0; is_head(m, head) && i < m->person_count; i++) {
            bool here = m->people[i].cluster == m->people[head].cluster;
            has = has || (here && has_live(&m->people[i], &value));
            links = links || (here && has_live(&m->people[i], &value) && !m->people[i].shared);
        }
        count += has;
        chosen = has && chosen == SIZE_MAX ? head : chosen;
        linking = links && linking == SIZE_MAX ? head : linking;
    }
    chosen = linking != SIZE_MAX ? linking : chosen;
    if (value.status == KITH_VALUE_INVALID || count == 0 || value.status != KITH_VALUE_LIVE) {
        lines_add(out, "find %s=%s nobody %d", world_pools[type].name, text,
                  value.status == KITH_VALUE_INVALID ? KITH_INVALID : KITH_NOT_FOUND);
        return;
    }
    id_text(m, m->people[chosen].cluster, id);
    lines_add(out, "find %s=%s %zu profiles: %s", world_pools[type].name, text, count,
              count > 1 && (flags & DUMP_NO_NUMBERS) ? "several" : id);
}

/* How each profile came to be: the links taken in their order, then the refused ones. */
static void dump_how(const model *m, size_t head, lines *out) {
    char id[KITH_ID_TEXT_BYTES], a[32], b[32], what[128];
    size_t cluster = m->people[head].cluster, place = 0;
    id_text(m, cluster, id);
    for (int refused = 0; refused < 2; refused++) {
        for (size_t i = 0; i < m->step_count; i++) {
            const step *s = &m->steps[i];
            const person *x = &m->people[s->a], *y = &m->people[s->b];
            if (s->refused != (refused == 1) || (x->cluster != cluster && y->cluster != cluster)) {
                continue;
            }
            world_record_name(a, x->source, x->key);
            world_record_name(b, y->source, y->key);
            bool swap = s->value == NULL && strcmp(a, b) > 0;
            if (s->weighed) {
                snprintf(what, sizeof what, "score");
            } else if (s->value == NULL) {
                snprintf(what, sizeof what, "by %s", world_people[decision(m, s->a, s->b)->by]);
            } else {
                snprintf(what, sizeof what, "%s=%.*s", world_pools[s->value->attribute].name,
                         (int)s->value->text_size, s->value->text);
            }
            lines_add(out, "how %s #%zu %s %s - %s %s rule %s %s", id, place++,
                      s->refused ? "refused" : "link", swap ? b : a, swap ? a : b, what,
                      s->rule ? s->rule : "-", s->detail ? s->detail : "-");
        }
    }
}

/* For each pair of records whether they are one. */
static void dump_why(const model *m, lines *out) {
    char a[32], b[32];
    for (size_t i = 0; i < m->person_count; i++) {
        const person *p = &m->people[i], *q = &m->people[(i * 7 + 3) % m->person_count];
        world_record_name(a, p->source, p->key);
        world_record_name(b, q->source, q->key);
        lines_add(out, "why %s %s same %d told", a, b, p->cluster == q->cluster);
    }
}

static void dump_counts(const model *m, unsigned flags, lines *out) {
    size_t profiles = 0, taken = 0, refused = 0, generic = 0, identifiers = 0;
    for (size_t i = 0; i < m->person_count; i++) {
        const person *p = &m->people[i];
        profiles += is_head(m, i);
        for (size_t j = 0; j < p->value_count; j++) {
            bool first = is_live(&p->values[j]) && is_generic(m, &p->values[j]);
            for (size_t k = 0; k < i && first; k++) {
                first = !has_live(&m->people[k], &p->values[j]);
            }
            generic += first;
            identifiers += is_live(&p->values[j]);
        }
    }
    for (size_t i = 0; i < m->step_count; i++) {
        taken += !m->steps[i].refused;
        refused += m->steps[i].refused;
    }
    lines_add(
        out,
        "counts records %zu profiles %zu events %zu links %zu refused %zu generic %zu pending 0",
        m->person_count, profiles, m->event_count, taken, refused, generic);
    if (!(flags & DUMP_LOOSE_TIES)) { /* values of a record with one hash share a row */
        lines_add(out, "counts identifiers %zu", identifiers);
    }
}

void model_dump(model *m, int64_t now_us, unsigned flags, lines *out) {
    derive(m);
    memset(m->members, 0, sizeof m->members);
    for (size_t i = 0; i < m->person_count; i++) {
        if (!(flags & DUMP_NO_EXPLAIN)) {
            dump_record(m, i, flags, out);
        }
        if (is_head(m, i)) {
            dump_profile(m, i, now_us, flags, out);
        }
        if (is_head(m, i) && !(flags & DUMP_NO_EXPLAIN)) {
            dump_how(m, i, out);
        }
    }
    for (uint8_t type = 0; type < WORLD_TYPES && !(flags & DUMP_NO_EXPLAIN); type++) {
        for (size_t raw = 0; raw < world_pools[type].count; raw++) {
            dump_find(m, type, raw, flags, out);
        }
    }
    if (!(flags & DUMP_NO_EXPLAIN)) {
        dump_counts(m, flags, out);
    }
    if (!(flags & DUMP_NO_EXPLAIN) && m->start.defined) {
        defined_dump_person_counts(m->members, out);
    }
    if (!(flags & (DUMP_NO_EXPLAIN | DUMP_NO_NUMBERS))) {
        dump_why(m, out);
    }
    lines_sort(out);
}
