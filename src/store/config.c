/*
 * Definitions from JSON, and back. A config is read whole before anything of it is written; what it
 * doesn't name stays.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/base/regions.h"
#include "src/store/definition.h"
#include "src/store/json_place.h"
#include "src/store/preset.h"
#include "src/store/suggest.h"

#define PATH_DEPTH      4
#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

/* A config being read: the text, and the path of keys to where the reading stands. */
typedef struct reader {
    kith_txn *txn;
    const char *text; /* behind a byte order mark, which editors don't show as a column */
    size_t size;
    size_t mark_bytes;
    json_t *root;
    const char *path[PATH_DEPTH];
    size_t depth;
} reader;

static int refuse_at(reader *r, size_t offset, const char *problem) {
    int line, column;
    char where[256] = "";
    kithi_text_place(r->text, offset, &line, &column);
    for (size_t i = 0; i < r->depth; i++) {
        size_t used = strlen(where);
        snprintf(where + used, sizeof where - used, "%s%.60s", i > 0 ? "." : "", r->path[i]);
    }
    return kithi_error_set_at(kithi_txn_error(r->txn), KITH_INVALID,
                              (int64_t)(r->mark_bytes + offset),
                              "config, line %d column %d%s%s: %s", line, column,
                              where[0] != '\0' ? ", " : "", where, problem);
}

static int refuse(reader *r, const char *problem) {
    return refuse_at(r, kithi_json_place(r->text, r->size, r->path, r->depth), problem);
}

/* What defining says of a name, with the place of it. */
static int placed(reader *r, int rc) {
    char problem[sizeof kithi_txn_error(r->txn)->message];
    if (rc != KITH_INVALID) {
        return rc;
    }
    snprintf(problem, sizeof problem, "%s", kithi_txn_error(r->txn)->message);
    return refuse(r, problem);
}

static void enter(reader *r, const char *key) {
    r->path[r->depth++] = key;
}

static void leave(reader *r) {
    r->depth--;
}

/* Readers of one member; a member that isn't there leaves *out as it was. */

static int read_integer(reader *r, json_t *object, const char *key, int max, uint16_t *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    enter(r, key);
    int rc = KITH_OK;
    if (!json_is_integer(member) || json_integer_value(member) < 0 ||
        json_integer_value(member) > max) {
        char problem[80];
        snprintf(problem, sizeof problem, "expected an integer from 0 to %d", max);
        rc = refuse(r, problem);
    } else {
        *out = (uint16_t)json_integer_value(member);
    }
    leave(r);
    return rc;
}

static int read_bool(reader *r, json_t *object, const char *key, bool *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    enter(r, key);
    int rc = json_is_boolean(member) ? KITH_OK : refuse(r, "expected true or false");
    *out = rc == KITH_OK ? json_is_true(member) : *out;
    leave(r);
    return rc;
}

static int read_choice(reader *r, json_t *object, const char *key, int (*value_of)(const char *),
                       const char *expected, int *out) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    enter(r, key);
    int value = json_is_string(member) ? value_of(json_string_value(member)) : -1;
    int rc = value >= 0 ? KITH_OK : refuse(r, expected);
    *out = rc == KITH_OK ? value : *out;
    leave(r);
    return rc;
}

/* A list of texts, in the transaction's arena. */
static int read_names(reader *r, json_t *object, const char *key, const char *const **out,
                      size_t *out_count) {
    json_t *member = json_object_get(object, key);
    if (member == NULL) {
        return KITH_OK;
    }
    enter(r, key);
    int rc = json_is_array(member) && json_array_size(member) <= 1000
                 ? KITH_OK
                 : refuse(r, "expected a list of at most 1000 texts");
    size_t count = rc == KITH_OK ? json_array_size(member) : 0;
    const char **names = kithi_arena_calloc(kithi_txn_arena(r->txn), count + 1, sizeof *names);
    if (names == NULL) {
        rc = kithi_error_memory(kithi_txn_error(r->txn));
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        const char *text = json_string_value(json_array_get(member, i));
        if (text == NULL) {
            rc = refuse(r, "expected a list of texts");
        } else if ((names[i] = kithi_arena_copy(kithi_txn_arena(r->txn), text, strlen(text))) ==
                   NULL) {
            rc = kithi_error_memory(kithi_txn_error(r->txn));
        }
    }
    if (rc == KITH_OK) {
        *out = names;
        *out_count = count;
    }
    leave(r);
    return rc;
}

static int check_keys(reader *r, json_t *object, const char *const *known) {
    const char *key;
    json_t *member;
    if (!json_is_object(object)) {
        return refuse(r, "expected an object");
    }
    json_object_foreach(object, key, member) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++) {
            found = strcmp(known[i], key) == 0;
        }
        if (!found) {
            char problem[200] = "unknown key; known are";
            for (size_t i = 0; known[i] != NULL; i++) {
                size_t used = strlen(problem);
                snprintf(problem + used, sizeof problem - used, "%s %s", i > 0 ? "," : "",
                         known[i]);
            }
            enter(r, key);
            int rc = refuse(r, problem);
            leave(r);
            return rc;
        }
    }
    return KITH_OK;
}

/* Sections: each member of one is read over what the catalog has. */

static int read_source(reader *r, const char *name, json_t *object) {
    static const char *const known[] = {"trust", "kind", NULL};
    const kithi_source *present;
    int rc = check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = placed(r, kithi_define_source(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_source source = *present;
    uint16_t trust = source.trust;
    int kind = (int)source.kind;
    rc = read_integer(r, object, "trust", 100, &trust);
    if (rc == KITH_OK) {
        rc = read_choice(r, object, "kind", kithi_source_kind_of,
                         "expected first_party, second_party or third_party", &kind);
    }
    source.trust = (uint8_t)trust;
    source.kind = (kithi_source_kind)kind;
    return rc == KITH_OK ? kithi_definition_put_source(r->txn, &source) : rc;
}

static int read_attribute_members(reader *r, json_t *object, kithi_attribute *attribute) {
    int type = (int)attribute->type;
    int survivorship = (int)attribute->survivorship;
    int rc = read_choice(r, object, "type", kithi_type_of,
                         "expected any, text, integer, real, boolean, date or time", &type);
    if (rc == KITH_OK) {
        rc = read_choice(
            r, object, "survivorship", kithi_survivorship_of,
            "expected latest, earliest, most_frequent, source_priority, longest, min, max "
            "or union",
            &survivorship);
    }
    attribute->type = (kith_type)type;
    attribute->survivorship = (kithi_survivorship)survivorship;
    return rc;
}

static int read_attribute(reader *r, const char *name, json_t *object) {
    static const char *const known[] = {"type", "survivorship", NULL};
    const kithi_attribute *present;
    int rc = check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = placed(r, kithi_define_attribute(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_attribute attribute = *present;
    rc = read_attribute_members(r, object, &attribute);
    return rc == KITH_OK ? kithi_definition_put_attribute(r->txn, &attribute) : rc;
}

static int read_generic(reader *r, json_t *object, kithi_identifier_rules *rules) {
    static const char *const known[] = {"names", "nameless", NULL};
    json_t *member = json_object_get(object, "generic_at");
    if (member == NULL) {
        return KITH_OK;
    }
    enter(r, "generic_at");
    int rc = check_keys(r, member, known);
    if (rc == KITH_OK) {
        rc = read_integer(r, member, "names", 60, &rules->generic_names);
    }
    if (rc == KITH_OK) {
        rc = read_integer(r, member, "nameless", UINT16_MAX, &rules->generic_nameless);
    }
    leave(r);
    return rc;
}

/* An attribute that is there already, or an identifier type that this config is yet to define. */
static bool is_attribute(const reader *r, const char *name) {
    return kithi_catalog_find_attribute(kithi_txn_catalog(r->txn), name) != NULL ||
           json_object_get(json_object_get(r->root, "identifiers"), name) != NULL;
}

static int refuse_attribute(reader *r, const char *name) {
    const kithi_catalog *catalog = kithi_txn_catalog(r->txn);
    kithi_suggestion suggestion = kithi_suggestion_of(name);
    char problem[256];
    const char *key;
    json_t *member;
    for (size_t i = 0; i < kithi_catalog_attribute_count(catalog); i++) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, (uint16_t)i);
        kithi_suggestion_offer(&suggestion, attribute->name);
    }
    json_object_foreach(json_object_get(r->root, "identifiers"), key, member) {
        kithi_suggestion_offer(&suggestion, key);
    }
    if (suggestion.name != NULL) {
        snprintf(problem, sizeof problem, "no attribute is called '%.60s'; did you mean '%.60s'?",
                 name, suggestion.name);
    } else {
        snprintf(problem, sizeof problem,
                 "no attribute is called '%.60s'; one of your own is declared under \"attributes\"",
                 name);
    }
    return refuse(r, problem);
}

static int read_veto_attribute(reader *r, const char *name, uint16_t *out) {
    const kithi_attribute *attribute;
    int rc = placed(r, kithi_definition_check_name(r->txn, "an attribute", name));
    if (rc == KITH_OK && !is_attribute(r, name)) {
        rc = refuse_attribute(r, name);
    }
    if (rc == KITH_OK) {
        rc = placed(r, kithi_define_attribute(r->txn, name, &attribute));
    }
    if (rc == KITH_OK) {
        *out = attribute->id;
    }
    return rc;
}

static int read_veto(reader *r, json_t *object, kithi_identifier_rules *rules) {
    const char *const *names = NULL;
    size_t count = 0;
    int rc = read_names(r, object, "veto", &names, &count);
    if (rc != KITH_OK || names == NULL) {
        return rc;
    }
    enter(r, "veto");
    if (count > KITHI_VETO_MAX) {
        rc = refuse(r, "at most 8 attributes veto");
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = read_veto_attribute(r, names[i], &rules->veto[i]);
    }
    rules->veto_count = rc == KITH_OK ? (uint16_t)count : 0;
    leave(r);
    return rc;
}

/* A pattern of nothing but `*` would leave the type without a value that links. */
static int check_blocked(reader *r, const kithi_identifier_rules *rules) {
    int rc = KITH_OK;
    enter(r, "blocked");
    for (size_t i = 0; rc == KITH_OK && i < rules->blocked_count; i++) {
        const char *pattern = rules->blocked[i];
        if (*pattern == '*' && strspn(pattern, "*") == strlen(pattern)) {
            rc = refuse(r, "the pattern * would block every value; leave the type out instead");
        }
    }
    leave(r);
    return rc;
}

static int read_rules(reader *r, json_t *object, kithi_identifier_rules *rules) {
    int normaliser = (int)rules->normaliser;
    int rc = read_choice(r, object, "normalise", kithi_normaliser_of,
                         "expected exact, id, email, phone or name", &normaliser);
    rules->normaliser = (kithi_normaliser)normaliser;
    if (rc == KITH_OK) {
        rc = read_bool(r, object, "unique", &rules->unique);
    }
    if (rc == KITH_OK) {
        rc = read_integer(r, object, "limit", UINT16_MAX, &rules->limit);
    }
    if (rc == KITH_OK) {
        rc = read_integer(r, object, "priority", UINT16_MAX, &rules->priority);
    }
    if (rc == KITH_OK) {
        rc = read_generic(r, object, rules);
    }
    if (rc == KITH_OK) {
        rc = read_veto(r, object, rules);
    }
    if (rc == KITH_OK) {
        rc = read_names(r, object, "blocked", &rules->blocked, &rules->blocked_count);
    }
    if (rc == KITH_OK && json_object_get(object, "blocked") != NULL) {
        rc = check_blocked(r, rules);
    }
    return rc;
}

static int read_identifier(reader *r, const char *name, json_t *object) {
    static const char *const known[] = {
        "type",       "survivorship", "normalise", "unique",  "limit",
        "generic_at", "veto",         "priority",  "blocked", NULL};
    const kithi_attribute *present;
    int rc = check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = placed(r, kithi_define_attribute(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_attribute attribute = *present;
    kithi_identifier_rules rules = {.normaliser = KITHI_NORMALISE_EXACT};
    if (attribute.identifier != NULL) {
        rules = *attribute.identifier;
    } else {
        attribute.type = KITH_TYPE_TEXT;
        attribute.survivorship = KITHI_SURVIVORSHIP_UNION;
    }
    attribute.identifier = &rules;
    rc = read_attribute_members(r, object, &attribute);
    if (rc == KITH_OK) {
        rc = read_rules(r, object, &rules);
    }
    return rc == KITH_OK ? kithi_definition_put_attribute(r->txn, &attribute) : rc;
}

static int read_event_type(reader *r, const char *name, json_t *object) {
    static const char *const known[] = {"sums", NULL};
    const kithi_event_type *present;
    int rc = check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = placed(r, kithi_define_event_type(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_event_type type = *present;
    rc = read_names(r, object, "sums", &type.sums, &type.sum_count);
    type.declares_sums = type.declares_sums || json_object_get(object, "sums") != NULL;
    return rc == KITH_OK ? kithi_definition_put_event_type(r->txn, &type) : rc;
}

static int read_section(reader *r, json_t *root, const char *section,
                        int (*read)(reader *, const char *, json_t *)) {
    json_t *object = json_object_get(root, section);
    if (object == NULL) {
        return KITH_OK;
    }
    enter(r, section);
    int rc = json_is_object(object) ? KITH_OK : refuse(r, "expected an object");
    const char *name;
    json_t *member;
    if (rc == KITH_OK) {
        json_object_foreach(object, name, member) {
            enter(r, name);
            rc = read(r, name, member);
            leave(r);
            if (rc != KITH_OK) {
                break;
            }
        }
    }
    leave(r);
    return rc;
}

static bool is_region(const char *text) {
    return strcmp(text, "auto") == 0 || kithi_region_find(text) != NULL;
}

static int read_region(reader *r, json_t *root) {
    json_t *member = json_object_get(root, "region");
    if (member == NULL) {
        return KITH_OK;
    }
    const char *region = json_string_value(member);
    if (region == NULL || !is_region(region)) {
        enter(r, "region");
        int rc = refuse(r, "expected a region of the world as ISO 3166 writes it, such as \"CN\" "
                           "or \"US\", or \"auto\"");
        leave(r);
        return rc;
    }
    return kithi_definition_put_region(r->txn, region);
}

static int read_sums(reader *r, json_t *root) {
    const char *const *names = NULL;
    size_t count = 0;
    int rc = read_names(r, root, "sums", &names, &count);
    return rc == KITH_OK && names != NULL ? kithi_definition_put_sums(r->txn, names, count) : rc;
}

static int read_preset(reader *r, json_t *root) {
    json_t *preset = json_object_get(root, "preset");
    if (preset == NULL ||
        (json_is_string(preset) && strcmp(json_string_value(preset), "retail") == 0)) {
        return KITH_OK;
    }
    enter(r, "preset");
    int rc = refuse(r, "expected \"retail\", the one preset there is");
    leave(r);
    return rc;
}

static int read_root(reader *r) {
    static const char *const known[] = {"preset",      "region",      "sources", "attributes",
                                        "identifiers", "event_types", "sums",    NULL};
    static const struct {
        const char *name;
        int (*read)(reader *, const char *, json_t *);
    } sections[] = {{"attributes", read_attribute},
                    {"sources", read_source},
                    {"identifiers", read_identifier},
                    {"event_types", read_event_type}};
    int rc = check_keys(r, r->root, known);
    if (rc == KITH_OK) {
        rc = read_preset(r, r->root);
    }
    if (rc == KITH_OK) {
        rc = read_region(r, r->root);
    }
    if (rc == KITH_OK) {
        rc = read_sums(r, r->root);
    }
    for (size_t i = 0; rc == KITH_OK && i < sizeof sections / sizeof sections[0]; i++) {
        rc = read_section(r, r->root, sections[i].name, sections[i].read);
    }
    return rc;
}

/*
 * Reads the text twice: where memory runs out, jansson (2.14) drops bytes of a text without a word,
 * or calls the syntax wrong. What it says twice is so.
 */
static json_t *load(const char *json, size_t size, json_error_t *problem, bool *out_no_memory) {
    json_error_t again;
    errno = 0;
    json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, problem);
    json_t *second = json_loadb(json, size, JSON_REJECT_DUPLICATES, &again);
    bool same = root != NULL ? json_equal(root, second) : second == NULL;
    json_decref(second);
    *out_no_memory = !same || errno == ENOMEM;
    if (*out_no_memory) {
        json_decref(root);
        return NULL;
    }
    return root;
}

/* How many different attributes veto, over all types, as the catalog now is. */
static size_t count_vetoes(const kithi_catalog *catalog) {
    bool counted[KITHI_CATALOG_MAX] = {false};
    size_t count = 0;
    for (size_t i = 0; i < kithi_catalog_attribute_count(catalog); i++) {
        const kithi_identifier_rules *rules =
            kithi_catalog_attribute(catalog, (uint16_t)i)->identifier;
        for (size_t j = 0; rules != NULL && j < rules->veto_count; j++) {
            uint16_t by = rules->veto[j];
            if (by < KITHI_CATALOG_MAX && !counted[by]) {
                counted[by] = true;
                count++;
            }
        }
    }
    return count;
}

static int check_vetoes(reader *r) {
    int rc = KITH_OK;
    if (count_vetoes(kithi_txn_catalog(r->txn)) > KITHI_VETOES_MAX) {
        enter(r, "identifiers");
        rc = refuse(r, "more than 64 different attributes veto");
        leave(r);
    }
    return rc;
}

static reader reader_of(kith_txn *txn, const char *json, size_t size) {
    size_t mark_bytes = strlen(BYTE_ORDER_MARK);
    if (size < mark_bytes || memcmp(json, BYTE_ORDER_MARK, mark_bytes) != 0) {
        mark_bytes = 0;
    }
    return (reader){
        .txn = txn, .text = json + mark_bytes, .size = size - mark_bytes, .mark_bytes = mark_bytes};
}

static int apply(kith_txn *txn, const char *json, size_t size) {
    reader r = reader_of(txn, json, size);
    json_error_t problem;
    bool no_memory;
    r.root = load(r.text, r.size, &problem, &no_memory);
    if (no_memory) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    if (r.root == NULL) {
        return refuse_at(&r, problem.position > 0 ? (size_t)problem.position - 1 : 0, problem.text);
    }
    int rc = kithi_catalog_own(txn);
    if (rc == KITH_OK) {
        rc = read_root(&r);
    }
    if (rc == KITH_OK) {
        rc = kithi_catalog_rebuild(txn);
    }
    if (rc == KITH_OK) {
        rc = check_vetoes(&r);
    }
    json_decref(r.root);
    return rc;
}

int kithi_config_apply(kith_txn *txn, const char *json, size_t json_bytes) {
    int rc = kithi_txn_check_write(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = apply(txn, json, json_bytes);
    if (rc != KITH_OK) {
        /* Rows of its beginning may be written: the whole transaction must go. */
        return kithi_txn_poison(txn, rc);
    }
    txn->rules_changed = true;
    return KITH_OK;
}

int kithi_catalog_install(kith_txn *txn, const char *config) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && kithi_preset_retail[i] != NULL; i++) {
        rc = apply(txn, kithi_preset_retail[i], strlen(kithi_preset_retail[i]));
    }
    return rc == KITH_OK && config != NULL ? apply(txn, config, strlen(config)) : rc;
}

/* Writing */

static json_t *names_json(const char *const *names, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, json_string(names[i]));
    }
    return list;
}

static json_t *attribute_json(const kithi_attribute *attribute) {
    json_t *object = json_object();
    json_object_set_new(object, "type", json_string(kithi_type_name(attribute->type)));
    json_object_set_new(object, "survivorship",
                        json_string(kithi_survivorship_name(attribute->survivorship)));
    return object;
}

static json_t *identifier_json(const kithi_catalog *catalog, const kithi_attribute *attribute) {
    const kithi_identifier_rules *rules = attribute->identifier;
    json_t *object = attribute_json(attribute);
    json_t *veto = json_array();
    for (size_t i = 0; i < rules->veto_count; i++) {
        const kithi_attribute *by = kithi_catalog_attribute(catalog, rules->veto[i]);
        json_array_append_new(veto, json_string(by != NULL ? by->name : ""));
    }
    json_t *generic = json_object();
    json_object_set_new(generic, "names", json_integer(rules->generic_names));
    json_object_set_new(generic, "nameless", json_integer(rules->generic_nameless));
    json_object_set_new(object, "normalise", json_string(kithi_normaliser_name(rules->normaliser)));
    json_object_set_new(object, "unique", json_boolean(rules->unique));
    json_object_set_new(object, "limit", json_integer(rules->limit));
    json_object_set_new(object, "generic_at", generic);
    json_object_set_new(object, "veto", veto);
    json_object_set_new(object, "priority", json_integer(rules->priority));
    json_object_set_new(object, "blocked", names_json(rules->blocked, rules->blocked_count));
    return object;
}

static json_t *sources_json(const kithi_catalog *catalog) {
    json_t *object = json_object();
    for (size_t i = 0; i < kithi_catalog_source_count(catalog); i++) {
        const kithi_source *source = kithi_catalog_source(catalog, (uint16_t)i);
        json_t *member = json_object();
        json_object_set_new(member, "trust", json_integer(source->trust));
        json_object_set_new(member, "kind", json_string(kithi_source_kind_name(source->kind)));
        json_object_set_new(object, source->name, member);
    }
    return object;
}

static json_t *attributes_json(const kithi_catalog *catalog, bool identifiers) {
    json_t *object = json_object();
    for (size_t i = 0; i < kithi_catalog_attribute_count(catalog); i++) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, (uint16_t)i);
        if ((attribute->identifier != NULL) == identifiers) {
            json_object_set_new(object, attribute->name,
                                identifiers ? identifier_json(catalog, attribute)
                                            : attribute_json(attribute));
        }
    }
    return object;
}

static json_t *event_types_json(const kithi_catalog *catalog) {
    json_t *object = json_object();
    for (size_t i = 0; i < kithi_catalog_event_type_count(catalog); i++) {
        const kithi_event_type *type = kithi_catalog_event_type(catalog, (uint16_t)i);
        json_t *member = json_object();
        if (type->declares_sums) {
            json_object_set_new(member, "sums", names_json(type->sums, type->sum_count));
        }
        json_object_set_new(object, type->name, member);
    }
    return object;
}

int kith_config_get(kith_txn *txn, char **out_json) {
    int rc = kithi_txn_check_read(txn);
    if (rc != KITH_OK) {
        return rc;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    const char *const *sums;
    size_t sum_count = kithi_catalog_default_sums(catalog, &sums);
    errno = 0;
    json_t *root = json_object();
    json_object_set_new(root, "region", json_string(kithi_catalog_region(catalog)));
    json_object_set_new(root, "sources", sources_json(catalog));
    json_object_set_new(root, "identifiers", attributes_json(catalog, true));
    json_object_set_new(root, "attributes", attributes_json(catalog, false));
    json_object_set_new(root, "event_types", event_types_json(catalog));
    json_object_set_new(root, "sums", names_json(sums, sum_count));
    char *text = json_dumps(root, JSON_INDENT(2));
    bool whole = text != NULL &&
                 errno != ENOMEM; /* a member that found no memory is left out without a word */
    json_decref(root);
    if (!whole) {
        free(text);
        return kithi_error_memory(kithi_txn_error(txn));
    }
    *out_json = text;
    return KITH_OK;
}
