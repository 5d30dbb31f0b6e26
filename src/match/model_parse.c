/* A model from JSON text. What could not have been learnt is refused. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/match/model_json.h"
#include "src/store/json_reader.h"

#define BITS_MAX    1024.0
#define COUNT_MAX   INT64_C(0xFFFFFFFFFFFF)
#define LISTED_MAX  1000000
#define WEAK_MAX    16
#define HASH_DIGITS 16

typedef kithi_json_reader reader;

/* A member that must be there. */
static int want(reader *r, json_t *object, const char *key) {
    char problem[80];
    if (json_object_get(object, key) != NULL) {
        return KITH_OK;
    }
    snprintf(problem, sizeof problem, "\"%.40s\" is missing", key);
    return kithi_json_refuse(r, problem);
}

static int read_bits(reader *r, json_t *object, const char *key, int32_t *out) {
    double bits = 0;
    int rc = want(r, object, key);
    rc = rc == KITH_OK ? kithi_json_real(r, object, key, -BITS_MAX, BITS_MAX, &bits) : rc;
    *out = (int32_t)lround(bits * KITHI_BIT);
    return rc;
}

static int read_count(reader *r, json_t *object, const char *key, int64_t max, int64_t *out) {
    int rc = want(r, object, key);
    return rc == KITH_OK ? kithi_json_integer(r, object, key, max, out) : rc;
}

/* Levels */

static int read_chance(reader *r, json_t *object, const char *key, uint64_t *out) {
    double chance = 0;
    int rc = want(r, object, key);
    rc = rc == KITH_OK ? kithi_json_real(r, object, key, 1 / KITHI_CHANCE_UNIT, 1, &chance) : rc;
    *out = (uint64_t)llround(chance * KITHI_CHANCE_UNIT);
    return rc;
}

static int read_level(reader *r, json_t *levels, kithi_comparison *c, size_t at) {
    static const char *const known[] = {"m", "u", "relative_u", "bits", "relative_bits", NULL};
    const char *name = c->kind->level_names[at];
    json_t *level = json_object_get(levels, name);
    int rc = want(r, levels, name);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_json_enter(r, name);
    rc = kithi_json_check_keys(r, level, known);
    rc = rc == KITH_OK ? read_chance(r, level, "m", &c->m[at]) : rc;
    rc = rc == KITH_OK ? read_chance(r, level, "u", &c->u[KITHI_RIVAL_STRANGER][at]) : rc;
    rc = rc == KITH_OK ? read_chance(r, level, "relative_u", &c->u[KITHI_RIVAL_RELATIVE][at]) : rc;
    kithi_json_leave(r);
    return rc;
}

static int read_levels(reader *r, json_t *object, kithi_comparison *c) {
    json_t *levels = json_object_get(object, "levels");
    const char *known[KITHI_LEVELS_MAX + 1] = {NULL};
    int rc = want(r, object, "levels");
    if (rc != KITH_OK) {
        return rc;
    }
    for (size_t i = 1; i < c->kind->level_count; i++) {
        known[i - 1] = c->kind->level_names[i];
    }
    kithi_json_enter(r, "levels");
    rc = kithi_json_check_keys(r, levels, known);
    for (size_t i = 1; rc == KITH_OK && i < c->kind->level_count; i++) {
        rc = read_level(r, levels, c, i);
    }
    kithi_json_leave(r);
    return rc;
}

/* Terms */

static bool read_hash(const char *text, uint64_t *out) {
    *out = 0;
    size_t size = strspn(text, "0123456789abcdef");
    for (size_t i = 0; i < size; i++) {
        uint64_t digit =
            text[i] <= '9' ? (uint64_t)(text[i] - '0') : (uint64_t)(text[i] - 'a') + 10;
        *out = *out << 4 | digit;
    }
    return size == HASH_DIGITS && text[size] == '\0';
}

static int read_listed(reader *r, const char *name, json_t *member, void *context) {
    kithi_terms *terms = context;
    uint64_t hash;
    json_int_t count = json_integer_value(member);
    if (!read_hash(name, &hash)) {
        return kithi_json_refuse(r, "expected a hash of 16 digits 0-9, a-f");
    }
    if (!json_is_integer(member) || count < 1 || count > UINT32_MAX) {
        return kithi_json_refuse(r, "expected a count of at least 1");
    }
    kithi_terms_list(terms, hash, (uint32_t)count);
    return KITH_OK;
}

static int read_shared(reader *r, json_t *object, kithi_comparison *c) {
    int rc = want(r, object, "shared_bits");
    json_t *shared = json_object_get(object, "shared_bits");
    kithi_json_enter(r, "shared_bits");
    if (rc == KITH_OK) {
        rc = kithi_json_check_keys(r, shared, c->kind->part_names);
    }
    for (size_t part = 0; rc == KITH_OK && part < c->kind->part_count; part++) {
        rc = read_bits(r, shared, c->kind->part_names[part], &c->shared[part]);
    }
    kithi_json_leave(r);
    return rc;
}

static int read_terms_members(reader *r, json_t *object, kithi_comparison *c) {
    static const char *const known[] = {"total",        "rest",   "shared_bits",
                                        "listed_count", "listed", NULL};
    int64_t total = 0, rest = 0;
    int rc = kithi_json_check_keys(r, object, known);
    rc = rc == KITH_OK ? read_count(r, object, "total", COUNT_MAX, &total) : rc;
    rc = rc == KITH_OK ? read_count(r, object, "rest", UINT32_MAX, &rest) : rc;
    rc = rc == KITH_OK ? read_shared(r, object, c) : rc;
    if (rc == KITH_OK && total > 0 && rest == 0) {
        rc = kithi_json_refuse_member(r, "rest", "expected a count of at least 1");
    }
    c->terms.total = (uint64_t)total;
    c->terms.rest = (uint32_t)rest;
    size_t count = json_object_size(json_object_get(object, "listed"));
    if (rc == KITH_OK && count > LISTED_MAX) {
        rc = kithi_json_refuse_member(r, "listed", "expected at most a million");
    }
    if (rc == KITH_OK && !kithi_terms_begin(&c->terms, count)) {
        rc = kithi_error_memory(kithi_txn_error(r->txn));
    }
    return rc == KITH_OK ? kithi_json_section(r, object, "listed", read_listed, &c->terms) : rc;
}

static int read_terms(reader *r, json_t *object, kithi_comparison *c) {
    int rc = c->kind->terms ? want(r, object, "terms") : KITH_OK;
    if (rc != KITH_OK || !c->kind->terms) {
        return rc;
    }
    kithi_json_enter(r, "terms");
    rc = read_terms_members(r, json_object_get(object, "terms"), c);
    kithi_json_leave(r);
    return rc;
}

/* Comparisons */

static bool has_attribute(const kithi_model *model, const char *name) {
    for (size_t i = 0; i < model->attribute_count; i++) {
        if (strcmp(model->attributes[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int read_attribute(reader *r, const char *name, json_t *member, void *context) {
    kithi_model *model = context;
    const kithi_kind_info *kind = model->comparisons[model->comparison_count - 1].kind;
    int role = json_is_string(member) ? kithi_role_of(json_string_value(member)) : -1;
    const kithi_attribute *attribute;
    if (role < 0 || !kithi_role_fits((kithi_role)role, kind->kind)) {
        return kithi_json_refuse(r, "that is nothing which an attribute can be to this kind");
    }
    if (has_attribute(model, name)) {
        return kithi_json_refuse(r, "the attribute is compared already");
    }
    if (model->attribute_count == KITHI_MODEL_ATTRIBUTES_MAX) {
        return kithi_json_refuse(r, "more than 64 attributes are compared");
    }
    int rc = kithi_json_placed(r, kithi_define_attribute(r->txn, name, &attribute));
    const char *kept = rc == KITH_OK ? kithi_arena_copy(&model->arena, name, strlen(name)) : NULL;
    if (rc == KITH_OK && kept == NULL) {
        rc = kithi_error_memory(kithi_txn_error(r->txn));
    }
    if (rc == KITH_OK) {
        model->attributes[model->attribute_count++] =
            (kithi_model_attribute){kept, (uint8_t)(model->comparison_count - 1), (kithi_role)role};
    }
    return rc;
}

/* Of a name and of a place records have one. */
static bool is_second(const kithi_model *model, const kithi_kind_info *kind) {
    bool single = kind->kind == KITHI_KIND_NAME || kind->kind == KITHI_KIND_GEO;
    for (size_t i = 0; single && i < model->comparison_count; i++) {
        if (model->comparisons[i].kind == kind) {
            return true;
        }
    }
    return false;
}

static int begin_comparison(reader *r, const char *name, json_t *member, kithi_model *model) {
    static const char *const known[] = {"kind", "attributes", "levels", "terms", NULL};
    int rc = kithi_json_check_keys(r, member, known);
    const char *kind = json_string_value(json_object_get(member, "kind"));
    const kithi_kind_info *info = kind != NULL ? kithi_kind_find(kind, strlen(kind)) : NULL;
    if (rc == KITH_OK && info == NULL) {
        rc = kithi_json_refuse_member(r, "kind", "expected the name of a kind of comparison");
    }
    if (rc == KITH_OK && is_second(model, info)) {
        rc = kithi_json_refuse_member(r, "kind", "there is one of this kind already");
    }
    if (rc == KITH_OK && model->comparison_count == KITHI_COMPARISONS_MAX) {
        rc = kithi_json_refuse(r, "a match model has at most 16 comparisons");
    }
    if (rc != KITH_OK) {
        return rc;
    }
    const char *kept = kithi_arena_copy(&model->arena, name, strlen(name));
    if (kept == NULL) {
        return kithi_error_memory(kithi_txn_error(r->txn));
    }
    kithi_comparison *c = &model->comparisons[model->comparison_count++];
    c->name = kept;
    c->kind = info;
    return KITH_OK;
}

static int read_comparison(reader *r, const char *name, json_t *member, void *context) {
    kithi_model *model = context;
    int rc = begin_comparison(r, name, member, model);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_comparison *c = &model->comparisons[model->comparison_count - 1];
    rc = want(r, member, "attributes");
    rc = rc == KITH_OK ? kithi_json_section(r, member, "attributes", read_attribute, model) : rc;
    rc = rc == KITH_OK ? read_levels(r, member, c) : rc;
    return rc == KITH_OK ? read_terms(r, member, c) : rc;
}

/* The rest */

static int read_prior(reader *r, kithi_model *model) {
    static const char *const known[] = {"stranger_bits", "relative_bits", NULL};
    json_t *object = json_object_get(r->root, "prior");
    kithi_json_enter(r, "prior");
    int rc = kithi_json_check_keys(r, object, known);
    rc = rc == KITH_OK ? read_bits(r, object, "stranger_bits", &model->prior[KITHI_RIVAL_STRANGER])
                       : rc;
    rc = rc == KITH_OK ? read_bits(r, object, "relative_bits", &model->prior[KITHI_RIVAL_RELATIVE])
                       : rc;
    kithi_json_leave(r);
    return rc;
}

static int read_thresholds(reader *r, kithi_model *model) {
    static const char *const known[] = {"link_at_bits", "known_at_bits", "review_at_bits", NULL};
    json_t *object = json_object_get(r->root, "thresholds");
    kithi_json_enter(r, "thresholds");
    int rc = kithi_json_check_keys(r, object, known);
    rc = rc == KITH_OK ? read_bits(r, object, "link_at_bits", &model->link_at) : rc;
    rc = rc == KITH_OK ? read_bits(r, object, "known_at_bits", &model->known_at) : rc;
    rc = rc == KITH_OK ? read_bits(r, object, "review_at_bits", &model->keep_at) : rc;
    if (rc == KITH_OK && (model->keep_at > model->known_at || model->known_at > model->link_at)) {
        rc = kithi_json_refuse(r, "expected review_at <= known_at <= link_at");
    }
    kithi_json_leave(r);
    return rc;
}

static int read_numbers(reader *r, kithi_model *model) {
    int64_t records = 0, matches = 0, cap = 0, weak = 0;
    double cohesion = 0;
    int rc = read_count(r, r->root, "records", COUNT_MAX, &records);
    rc = rc == KITH_OK ? read_count(r, r->root, "matches", COUNT_MAX, &matches) : rc;
    rc = rc == KITH_OK ? read_count(r, r->root, "block_cap", KITHI_MATCH_CAP_MAX, &cap) : rc;
    rc = rc == KITH_OK ? read_count(r, r->root, "weak_least", WEAK_MAX, &weak) : rc;
    if (rc == KITH_OK && (cap == 0 || weak == 0)) {
        rc = kithi_json_refuse_member(r, cap == 0 ? "block_cap" : "weak_least",
                                      "expected a count of at least 1");
    }
    rc = rc == KITH_OK ? want(r, r->root, "cohesion") : rc;
    rc = rc == KITH_OK ? kithi_json_real(r, r->root, "cohesion", 0, 1, &cohesion) : rc;
    model->record_count = (uint64_t)records;
    model->match_count = (uint64_t)matches;
    model->block_cap = (uint32_t)cap;
    model->weak_least = (uint32_t)weak;
    model->cohesion = (uint32_t)lround(cohesion * KITHI_MATCH_WHOLE);
    return rc;
}

/* Behind the comparisons, of which the rules may speak. */
static int read_blocks(reader *r, kithi_model *model) {
    const char *const *names = NULL;
    size_t count = 0;
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    int rc = want(r, r->root, "blocks");
    rc = rc == KITH_OK ? kithi_json_names(r, r->root, "blocks", &names, &count) : rc;
    if (rc == KITH_OK && count == 0) {
        rc = kithi_json_refuse_member(r, "blocks", "expected a rule");
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = kithi_model_add_block(model, names[i], problem);
        rc = rc == KITH_INVALID ? kithi_json_refuse_member(r, "blocks", problem) : rc;
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(r->txn)) : rc;
}

static int read_model(reader *r, kithi_model *model) {
    static const char *const known[] = {"version",     "records",  "matches",   "prior",
                                        "thresholds",  "cohesion", "block_cap", "weak_least",
                                        "comparisons", "blocks",   NULL};
    int rc = kithi_json_check_keys(r, r->root, known);
    rc = rc == KITH_OK ? read_numbers(r, model) : rc;
    rc = rc == KITH_OK ? want(r, r->root, "prior") : rc;
    rc = rc == KITH_OK ? read_prior(r, model) : rc;
    rc = rc == KITH_OK ? want(r, r->root, "thresholds") : rc;
    rc = rc == KITH_OK ? read_thresholds(r, model) : rc;
    rc = rc == KITH_OK ? want(r, r->root, "comparisons") : rc;
    rc = rc == KITH_OK ? kithi_json_section(r, r->root, "comparisons", read_comparison, model) : rc;
    if (rc == KITH_OK && model->comparison_count == 0) {
        rc = kithi_json_refuse_member(r, "comparisons", "a match model compares something");
    }
    return rc == KITH_OK ? read_blocks(r, model) : rc;
}

int kithi_model_parse(kith_txn *txn, const char *json, size_t size, kithi_model **out) {
    reader r;
    kithi_model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_arena_init(&model->arena);
    int rc = kithi_json_begin(&r, txn, "match model", json, size);
    rc = rc == KITH_OK ? read_model(&r, model) : rc;
    kithi_json_end(&r);
    if (rc == KITH_OK && !kithi_model_bind(model, kithi_txn_catalog(txn))) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc != KITH_OK) {
        kithi_model_free(model);
        return rc;
    }
    kithi_model_weigh(model);
    *out = model;
    return KITH_OK;
}
