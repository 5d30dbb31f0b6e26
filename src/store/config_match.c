/*
 * The section "match" of a config: what a match model is to compare besides the standard
 * attributes, or not to compare, its thresholds, and of what block keys are made. It counts when a
 * model is learnt.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/store/block_rules.h"
#include "src/store/config.h"
#include "src/store/definition.h"

#define BITS_MAX 64.0

/* Comparisons by attribute */

static bool is_kind(const char *name) {
    for (size_t i = 0; kithi_match_kinds[i] != NULL; i++) {
        if (strcmp(kithi_match_kinds[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes the entry of an attribute out, if there is one. */
static void drop(kithi_match_settings *settings, const char *name) {
    size_t kept = 0;
    for (size_t i = 0; i < settings->compared_count; i++) {
        if (strcmp(settings->compared[i].attribute, name) != 0) {
            settings->compared[kept++] = settings->compared[i];
        }
    }
    settings->compared_count = kept;
}

static int read_comparison(kithi_json_reader *r, const char *name, json_t *member, void *context) {
    kithi_match_settings *settings = context;
    const char *kind = json_string_value(member);
    const kithi_attribute *attribute =
        kithi_catalog_find_attribute(kithi_txn_catalog(r->txn), name);
    if (!json_is_boolean(member) && (kind == NULL || !is_kind(kind))) {
        return kithi_json_refuse(r, "expected a kind (text, category, date, number, code, email or "
                                    "phone), false, or true for what is usual");
    }
    if (attribute == NULL) {
        return kithi_config_refuse_attribute(r, name);
    }
    drop(settings, name);
    if (json_is_true(member)) {
        return KITH_OK;
    }
    if (settings->compared_count == KITHI_COMPARED_MAX) {
        return kithi_json_refuse(r, "more than 64 attributes are said to be compared, or not");
    }
    const char *kept = NULL;
    if (kind != NULL) {
        kept = kithi_arena_copy(kithi_txn_arena(r->txn), kind, strlen(kind));
    }
    if (kind != NULL && kept == NULL) {
        return kithi_error_memory(kithi_txn_error(r->txn));
    }
    settings->compared[settings->compared_count++] = (kithi_compared){attribute->name, kept};
    return KITH_OK;
}

/* Numbers; null is the default. */

static int read_scaled(kithi_json_reader *r, json_t *object, const char *key, double min,
                       double max, double scale, int32_t *out) {
    double value = 0;
    if (json_is_null(json_object_get(object, key))) {
        *out = KITHI_MATCH_UNSET;
        return KITH_OK;
    }
    int rc = kithi_json_real(r, object, key, min, max, &value);
    if (rc == KITH_OK && json_object_get(object, key) != NULL) {
        *out = (int32_t)lround(value * scale);
    }
    return rc;
}

static double bits_or(int32_t setting, int32_t usual) {
    return (double)(setting != KITHI_MATCH_UNSET ? setting : usual) / KITHI_MATCH_BIT;
}

/* Where a config says one of them, it must go with the other as it then stands. */
static int check_thresholds(kithi_json_reader *r, json_t *object,
                            const kithi_match_settings *settings) {
    double link_at = bits_or(settings->link_at, KITHI_MATCH_LINK_AT);
    double review_at = bits_or(settings->review_at, KITHI_MATCH_REVIEW_AT);
    bool said =
        json_object_get(object, "link_at") != NULL || json_object_get(object, "review_at") != NULL;
    char problem[160];
    if (!said || review_at <= link_at) {
        return KITH_OK;
    }
    snprintf(problem, sizeof problem,
             "review_at, %g, would be above link_at, %g: give both, review_at the lesser or equal",
             review_at, link_at);
    return kithi_json_refuse(r, problem);
}

static int read_numbers(kithi_json_reader *r, json_t *object, kithi_match_settings *settings) {
    int rc =
        read_scaled(r, object, "link_at", -BITS_MAX, BITS_MAX, KITHI_MATCH_BIT, &settings->link_at);
    if (rc == KITH_OK) {
        rc = read_scaled(r, object, "review_at", -BITS_MAX, BITS_MAX, KITHI_MATCH_BIT,
                         &settings->review_at);
    }
    if (rc == KITH_OK) {
        rc = read_scaled(r, object, "block_cap", 2, KITHI_MATCH_CAP_MAX, 1, &settings->block_cap);
    }
    if (rc == KITH_OK) {
        rc = read_scaled(r, object, "cohesion", 0, 1, KITHI_MATCH_WHOLE, &settings->cohesion);
    }
    return rc == KITH_OK ? check_thresholds(r, object, settings) : rc;
}

/* Block rules, which may speak of comparisons; null is the default. */

static bool find_compared(const void *context, const char *name, kithi_own_ingredient *out) {
    const kithi_match_settings *settings = context;
    for (size_t i = 0; i < settings->compared_count; i++) {
        const kithi_compared *c = &settings->compared[i];
        if (c->kind != NULL && strcmp(c->attribute, name) == 0) {
            *out = (kithi_own_ingredient){c->attribute, c->kind, (uint8_t)i};
            return true;
        }
    }
    return false;
}

/* Also those that are in force: a comparison that they need may have gone. */
static int check_blocks(kithi_json_reader *r, kithi_match_settings *settings) {
    const kithi_own_ingredients own = {find_compared, settings};
    kithi_arena *arena = kithi_txn_arena(r->txn);
    kithi_block_rules rules = {.count = 0};
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < settings->block_count; i++) {
        rc = kithi_block_rules_add(&rules, settings->blocks[i], &own, arena, problem);
    }
    if (rc == KITH_INVALID) {
        return kithi_json_refuse_member(r, "blocks", problem);
    }
    const char **names = kithi_arena_calloc(arena, rules.count + 1, sizeof *names);
    if (rc == KITH_NO_MEMORY || names == NULL) {
        return kithi_error_memory(kithi_txn_error(r->txn));
    }
    for (size_t i = 0; i < rules.count; i++) {
        names[i] = rules.items[i].name;
    }
    settings->blocks = names;
    settings->block_count = rules.count;
    return KITH_OK;
}

static int read_blocks(kithi_json_reader *r, json_t *object, kithi_match_settings *settings) {
    json_t *member = json_object_get(object, "blocks");
    if (json_is_null(member)) {
        settings->block_count = 0;
        return KITH_OK;
    }
    if (json_is_array(member) && json_array_size(member) == 0) {
        return kithi_json_refuse_member(r, "blocks", "expected a rule, or null for the usual ones");
    }
    int rc = kithi_json_names(r, object, "blocks", &settings->blocks, &settings->block_count);
    return rc == KITH_OK ? check_blocks(r, settings) : rc;
}

static int read_match(kithi_json_reader *r, json_t *object) {
    static const char *const known[] = {"comparisons", "link_at", "review_at", "block_cap",
                                        "cohesion",    "blocks",  NULL};
    kithi_match_settings settings = *kithi_catalog_match(kithi_txn_catalog(r->txn));
    int rc = kithi_json_check_keys(r, object, known);
    if (rc == KITH_OK) {
        rc = kithi_json_section(r, object, "comparisons", read_comparison, &settings);
    }
    if (rc == KITH_OK) {
        rc = read_numbers(r, object, &settings);
    }
    if (rc == KITH_OK) {
        rc = read_blocks(r, object, &settings);
    }
    return rc == KITH_OK ? kithi_definition_put_match(r->txn, &settings) : rc;
}

int kithi_config_read_match(kithi_json_reader *r) {
    json_t *object = json_object_get(r->root, "match");
    if (object == NULL) {
        return KITH_OK;
    }
    kithi_json_enter(r, "match");
    int rc = read_match(r, object);
    kithi_json_leave(r);
    return rc;
}

/* Writing */

static void write_scaled(json_t *object, const char *key, int32_t value, double scale) {
    if (value != KITHI_MATCH_UNSET) {
        json_object_set_new(object, key,
                            scale == 1 ? json_integer(value) : json_real(value / scale));
    }
}

static json_t *blocks_json(const kithi_match_settings *settings) {
    json_t *list = json_array();
    for (size_t i = 0; i < settings->block_count; i++) {
        json_array_append_new(list, json_string(settings->blocks[i]));
    }
    return list;
}

json_t *kithi_config_match_json(const kithi_catalog *catalog) {
    const kithi_match_settings *settings = kithi_catalog_match(catalog);
    json_t *object = json_object(), *comparisons = json_object();
    for (size_t i = 0; i < settings->compared_count; i++) {
        const kithi_compared *c = &settings->compared[i];
        json_object_set_new(comparisons, c->attribute,
                            c->kind != NULL ? json_string(c->kind) : json_false());
    }
    if (settings->compared_count > 0) {
        json_object_set_new(object, "comparisons", comparisons);
    } else {
        json_decref(comparisons);
    }
    write_scaled(object, "link_at", settings->link_at, KITHI_MATCH_BIT);
    write_scaled(object, "review_at", settings->review_at, KITHI_MATCH_BIT);
    write_scaled(object, "block_cap", settings->block_cap, 1);
    write_scaled(object, "cohesion", settings->cohesion, KITHI_MATCH_WHOLE);
    if (settings->block_count > 0) {
        json_object_set_new(object, "blocks", blocks_json(settings));
    }
    if (object != NULL && json_object_size(object) == 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}
