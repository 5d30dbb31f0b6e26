/*
 * Definitions from JSON, and back. A config is read whole before anything of it is written; what it
 * doesn't name stays.
 */
#include <errno.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/base/regions.h"
#include "src/base/zone.h"
#include "src/store/config.h"
#include "src/store/definition.h"
#include "src/store/preset.h"
#include "src/store/suggest.h"

typedef kithi_json_reader reader;

static int read_u16(reader *r, json_t *object, const char *key, uint16_t max, uint16_t *out) {
    int64_t value = *out;
    int rc = kithi_json_integer(r, object, key, max, &value);
    *out = (uint16_t)value;
    return rc;
}

/* Sections: each member of one is read over what the catalog has. */

static int read_source(reader *r, const char *name, json_t *object, void *context) {
    static const char *const known[] = {"trust", "kind", "distinct", NULL};
    const kithi_source *present;
    int rc = kithi_json_check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = kithi_json_placed(r, kithi_define_source(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_source source = *present;
    uint16_t trust = source.trust;
    int kind = (int)source.kind;
    rc = read_u16(r, object, "trust", 100, &trust);
    if (rc == KITH_OK) {
        rc = kithi_json_choice(r, object, "kind", kithi_source_kind_of,
                               "expected first_party, second_party or third_party", &kind);
    }
    if (rc == KITH_OK) {
        rc = kithi_json_bool(r, object, "distinct", &source.distinct);
    }
    source.trust = (uint8_t)trust;
    source.kind = (kithi_source_kind)kind;
    return rc == KITH_OK ? kithi_definition_put_source(r->txn, &source) : rc;
}

static int read_attribute_members(reader *r, json_t *object, kithi_attribute *attribute) {
    int type = (int)attribute->type;
    int survivorship = (int)attribute->survivorship;
    int rc = kithi_json_choice(r, object, "type", kithi_type_of,
                               "expected any, text, integer, real, boolean, date or time", &type);
    if (rc == KITH_OK) {
        rc = kithi_json_choice(
            r, object, "survivorship", kithi_survivorship_of,
            "expected latest, earliest, most_frequent, source_priority, longest, min, max "
            "or union",
            &survivorship);
    }
    attribute->type = (kith_type)type;
    attribute->survivorship = (kithi_survivorship)survivorship;
    return rc;
}

static int read_attribute(reader *r, const char *name, json_t *object, void *context) {
    static const char *const known[] = {"type", "survivorship", NULL};
    const kithi_attribute *present;
    int rc = kithi_json_check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = kithi_json_placed(r, kithi_define_attribute(r->txn, name, &present));
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
    kithi_json_enter(r, "generic_at");
    int rc = kithi_json_check_keys(r, member, known);
    if (rc == KITH_OK) {
        rc = read_u16(r, member, "names", 60, &rules->generic_names);
    }
    if (rc == KITH_OK) {
        rc = read_u16(r, member, "nameless", UINT16_MAX, &rules->generic_nameless);
    }
    kithi_json_leave(r);
    return rc;
}

/* An attribute that is there already, or an identifier type that this config is yet to define. */
static bool is_attribute(const reader *r, const char *name) {
    return kithi_catalog_find_attribute(kithi_txn_catalog(r->txn), name) != NULL ||
           json_object_get(json_object_get(r->root, "identifiers"), name) != NULL;
}

int kithi_config_refuse_attribute(kithi_json_reader *r, const char *name) {
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
    return kithi_json_refuse(r, problem);
}

static int read_veto_attribute(reader *r, const char *name, uint16_t *out) {
    const kithi_attribute *attribute;
    int rc = kithi_json_placed(r, kithi_definition_check_name(r->txn, "an attribute", name));
    if (rc == KITH_OK && !is_attribute(r, name)) {
        rc = kithi_config_refuse_attribute(r, name);
    }
    if (rc == KITH_OK) {
        rc = kithi_json_placed(r, kithi_define_attribute(r->txn, name, &attribute));
    }
    if (rc == KITH_OK) {
        *out = attribute->id;
    }
    return rc;
}

static int read_veto(reader *r, json_t *object, kithi_identifier_rules *rules) {
    const char *const *names = NULL;
    size_t count = 0;
    int rc = kithi_json_names(r, object, "veto", &names, &count);
    if (rc != KITH_OK || names == NULL) {
        return rc;
    }
    kithi_json_enter(r, "veto");
    if (count > KITHI_VETO_MAX) {
        rc = kithi_json_refuse(r, "at most 8 attributes veto");
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = read_veto_attribute(r, names[i], &rules->veto[i]);
    }
    rules->veto_count = rc == KITH_OK ? (uint16_t)count : 0;
    kithi_json_leave(r);
    return rc;
}

/* A pattern of nothing but `*` would leave the type without a value that links. */
static int check_blocked(reader *r, const kithi_identifier_rules *rules) {
    int rc = KITH_OK;
    kithi_json_enter(r, "blocked");
    for (size_t i = 0; rc == KITH_OK && i < rules->blocked_count; i++) {
        const char *pattern = rules->blocked[i];
        if (*pattern == '*' && strspn(pattern, "*") == strlen(pattern)) {
            rc = kithi_json_refuse(
                r, "the pattern * would block every value; leave the type out instead");
        }
    }
    kithi_json_leave(r);
    return rc;
}

static int read_rules(reader *r, json_t *object, kithi_identifier_rules *rules) {
    int normaliser = (int)rules->normaliser;
    int rc = kithi_json_choice(r, object, "normalise", kithi_normaliser_of,
                               "expected exact, id, email, phone or name", &normaliser);
    rules->normaliser = (kithi_normaliser)normaliser;
    if (rc == KITH_OK) {
        rc = kithi_json_bool(r, object, "unique", &rules->unique);
    }
    if (rc == KITH_OK) {
        rc = read_u16(r, object, "limit", UINT16_MAX, &rules->limit);
    }
    if (rc == KITH_OK) {
        rc = read_u16(r, object, "priority", UINT16_MAX, &rules->priority);
    }
    if (rc == KITH_OK) {
        rc = read_generic(r, object, rules);
    }
    if (rc == KITH_OK) {
        rc = read_veto(r, object, rules);
    }
    if (rc == KITH_OK) {
        rc = kithi_json_names(r, object, "blocked", &rules->blocked, &rules->blocked_count);
    }
    if (rc == KITH_OK && json_object_get(object, "blocked") != NULL) {
        rc = check_blocked(r, rules);
    }
    return rc;
}

static int read_identifier(reader *r, const char *name, json_t *object, void *context) {
    static const char *const known[] = {
        "type",       "survivorship", "normalise", "unique",  "limit",
        "generic_at", "veto",         "priority",  "blocked", NULL};
    const kithi_attribute *present;
    int rc = kithi_json_check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = kithi_json_placed(r, kithi_define_attribute(r->txn, name, &present));
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

static int read_event_type(reader *r, const char *name, json_t *object, void *context) {
    static const char *const known[] = {"sums", NULL};
    const kithi_event_type *present;
    int rc = kithi_json_check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = kithi_json_placed(r, kithi_define_event_type(r->txn, name, &present));
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_event_type type = *present;
    rc = kithi_json_names(r, object, "sums", &type.sums, &type.sum_count);
    type.declares_sums = type.declares_sums || json_object_get(object, "sums") != NULL;
    return rc == KITH_OK ? kithi_definition_put_event_type(r->txn, &type) : rc;
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
        kithi_json_enter(r, "region");
        int rc = kithi_json_refuse(
            r, "expected a region of the world as ISO 3166 writes it, such as \"CN\" "
               "or \"US\", or \"auto\"");
        kithi_json_leave(r);
        return rc;
    }
    return kithi_definition_put_region(r->txn, region);
}

static int read_time_zone(reader *r, json_t *root) {
    json_t *member = json_object_get(root, "time_zone");
    const char *name = json_string_value(member);
    kithi_zone *zone = NULL;
    if (member == NULL) {
        return KITH_OK;
    }
    int rc = name != NULL ? kithi_zone_load(name, &zone) : KITH_NOT_FOUND;
    kithi_zone_free(zone);
    if (rc == KITH_NO_MEMORY) {
        return kithi_txn_poison(r->txn, kithi_error_memory(kithi_txn_error(r->txn)));
    }
    if (rc == KITH_IO) {
        return kithi_txn_poison(
            r->txn,
            kithi_error_set(kithi_txn_error(r->txn), KITH_IO,
                            "the system's file of the time zone '%.80s' can't be read", name));
    }
    if (rc != KITH_OK) {
        kithi_json_enter(r, "time_zone");
        rc = kithi_json_refuse(r, "expected a time zone that the system knows, such as "
                                  "\"Europe/Berlin\" or \"UTC\"");
        kithi_json_leave(r);
        return rc;
    }
    return kithi_definition_put_time_zone(r->txn, name);
}

static int read_sums(reader *r, json_t *root) {
    const char *const *names = NULL;
    size_t count = 0;
    int rc = kithi_json_names(r, root, "sums", &names, &count);
    return rc == KITH_OK && names != NULL ? kithi_definition_put_sums(r->txn, names, count) : rc;
}

static int read_preset(reader *r, json_t *root) {
    json_t *preset = json_object_get(root, "preset");
    if (preset == NULL ||
        (json_is_string(preset) && strcmp(json_string_value(preset), "retail") == 0)) {
        return KITH_OK;
    }
    kithi_json_enter(r, "preset");
    int rc = kithi_json_refuse(r, "expected \"retail\", the one preset there is");
    kithi_json_leave(r);
    return rc;
}

static int read_root(reader *r) {
    static const char *const known[] = {"preset",     "region",      "time_zone",   "sources",
                                        "attributes", "identifiers", "event_types", "sums",
                                        "match",      NULL};
    static const struct {
        const char *name;
        int (*read)(reader *r, const char *name, json_t *member, void *context);
    } sections[] = {{"attributes", read_attribute},
                    {"sources", read_source},
                    {"identifiers", read_identifier},
                    {"event_types", read_event_type}};
    int rc = kithi_json_check_keys(r, r->root, known);
    if (rc == KITH_OK) {
        rc = read_preset(r, r->root);
    }
    if (rc == KITH_OK) {
        rc = read_region(r, r->root);
    }
    if (rc == KITH_OK) {
        rc = read_time_zone(r, r->root);
    }
    if (rc == KITH_OK) {
        rc = read_sums(r, r->root);
    }
    for (size_t i = 0; rc == KITH_OK && i < sizeof sections / sizeof sections[0]; i++) {
        rc = kithi_json_section(r, r->root, sections[i].name, sections[i].read, NULL);
    }
    return rc == KITH_OK ? kithi_config_read_match(r) : rc;
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
        kithi_json_enter(r, "identifiers");
        rc = kithi_json_refuse(r, "more than 64 different attributes veto");
        kithi_json_leave(r);
    }
    return rc;
}

static int apply(kith_txn *txn, const char *json, size_t size) {
    reader r;
    int rc = kithi_json_begin(&r, txn, "config", json, size);
    if (rc == KITH_OK) {
        rc = kithi_catalog_own(txn);
    }
    if (rc == KITH_OK) {
        rc = read_root(&r);
    }
    if (rc == KITH_OK) {
        rc = kithi_catalog_rebuild(txn);
    }
    if (rc == KITH_OK) {
        rc = check_vetoes(&r);
    }
    kithi_json_end(&r);
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
        json_object_set_new(member, "distinct", json_boolean(source->distinct));
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
    json_t *root = json_object(), *match;
    json_object_set_new(root, "region", json_string(kithi_catalog_region(catalog)));
    json_object_set_new(root, "time_zone", json_string(kithi_catalog_time_zone(catalog)));
    json_object_set_new(root, "sources", sources_json(catalog));
    json_object_set_new(root, "identifiers", attributes_json(catalog, true));
    json_object_set_new(root, "attributes", attributes_json(catalog, false));
    json_object_set_new(root, "event_types", event_types_json(catalog));
    json_object_set_new(root, "sums", names_json(sums, sum_count));
    if ((match = kithi_config_match_json(catalog)) != NULL) {
        json_object_set_new(root, "match", match);
    }
    return kithi_json_dump(txn, root, out_json);
}
