/*
 * A model before anything is learnt: what is compared how, by the standards and by what the
 * definitions of a store say besides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/match/model.h"

#define KNOWN_AT 0 /* as likely as not */
#define COHESION (KITHI_MATCH_WHOLE / 3)

static size_t find_comparison(const kithi_model *model, const char *name) {
    size_t i = 0;
    while (i < model->comparison_count && strcmp(model->comparisons[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void compare(kithi_model *model, const char *attribute, const char *comparison,
                    const kithi_kind_info *kind, kithi_role role) {
    size_t at = find_comparison(model, comparison);
    if (at == KITHI_COMPARISONS_MAX || model->attribute_count == KITHI_MODEL_ATTRIBUTES_MAX) {
        return;
    }
    if (at == model->comparison_count) {
        model->comparisons[at].name = comparison;
        model->comparisons[at].kind = kind;
        model->comparison_count++;
    }
    model->attributes[model->attribute_count++] =
        (kithi_model_attribute){attribute, (uint8_t)at, role};
}

static const kithi_compared *setting_of(const kithi_match_settings *settings, const char *name) {
    for (size_t i = 0; i < settings->compared_count; i++) {
        if (strcmp(settings->compared[i].attribute, name) == 0) {
            return &settings->compared[i];
        }
    }
    return NULL;
}

/* The name of an attribute's own comparison, where that isn't one of several attributes already.
 * NULL: memory is out. */
static const char *own_name(kithi_model *model, const char *attribute) {
    char name[KITHI_COMPARISON_NAME_BYTES];
    size_t size = (size_t)snprintf(name, sizeof name, "%s", attribute);
    while (size + 2 < sizeof name && find_comparison(model, name) < model->comparison_count) {
        name[size++] = '_';
        name[size] = '\0';
    }
    return kithi_arena_copy(&model->arena, name, size);
}

static bool compare_own(kithi_model *model, const kithi_compared *setting) {
    const kithi_kind_info *kind =
        setting->kind != NULL ? kithi_kind_find(setting->kind, strlen(setting->kind)) : NULL;
    if (kind == NULL) {
        return true;
    }
    const char *attribute =
        kithi_arena_copy(&model->arena, setting->attribute, strlen(setting->attribute));
    const char *name = own_name(model, setting->attribute);
    if (attribute == NULL || name == NULL) {
        return false;
    }
    compare(model, attribute, name, kind, KITHI_ROLE_VALUE);
    return true;
}

static int32_t or_usual(int32_t setting, int32_t usual) {
    return setting != KITHI_MATCH_UNSET ? setting : usual;
}

/* A pair that links is one that speaks for uniting clusters, and that is one that is kept. */
static void set_thresholds(kithi_model *model, const kithi_match_settings *settings) {
    model->link_at = or_usual(settings->link_at, KITHI_MATCH_LINK_AT);
    model->keep_at = or_usual(settings->review_at, KITHI_MATCH_REVIEW_AT);
    if (settings->link_at == KITHI_MATCH_UNSET && model->link_at < model->keep_at) {
        model->link_at = model->keep_at;
    }
    model->keep_at = model->keep_at < model->link_at ? model->keep_at : model->link_at;
    model->known_at = KNOWN_AT > model->link_at   ? model->link_at
                      : KNOWN_AT < model->keep_at ? model->keep_at
                                                  : KNOWN_AT;
    model->block_cap = (uint32_t)or_usual(settings->block_cap, 0);
    model->weak_least = 1;
    model->cohesion = (uint32_t)or_usual(settings->cohesion, COHESION);
}

kithi_model *kithi_model_new(const kithi_catalog *catalog) {
    const kithi_match_settings *settings = kithi_catalog_match(catalog);
    kithi_model *model = calloc(1, sizeof *model);
    if (model == NULL) {
        return NULL;
    }
    kithi_arena_init(&model->arena);
    set_thresholds(model, settings);
    for (const kithi_standard *s = kithi_standards; s->attribute != NULL; s++) {
        if (setting_of(settings, s->attribute) == NULL) {
            compare(model, s->attribute, s->comparison, kithi_kind_of(s->kind), s->role);
        }
    }
    bool ok = true;
    for (size_t i = 0; ok && i < settings->compared_count; i++) {
        ok = compare_own(model, &settings->compared[i]);
    }
    if (!ok || !kithi_model_add_configured_blocks(model, settings) ||
        !kithi_model_bind(model, catalog)) {
        kithi_model_free(model);
        return NULL;
    }
    return model;
}

/* Whether a comparison of several standard attributes was counted by one of those before. */
static bool is_repeated(const kithi_match_settings *settings, const kithi_standard *standard) {
    for (const kithi_standard *s = kithi_standards; s < standard; s++) {
        if (strcmp(s->comparison, standard->comparison) == 0 &&
            setting_of(settings, s->attribute) == NULL) {
            return true;
        }
    }
    return false;
}

size_t kithi_model_comparisons_wanted(const kithi_catalog *catalog) {
    const kithi_match_settings *settings = kithi_catalog_match(catalog);
    size_t count = 0;
    for (const kithi_standard *s = kithi_standards; s->attribute != NULL; s++) {
        count += setting_of(settings, s->attribute) == NULL && !is_repeated(settings, s);
    }
    for (size_t i = 0; i < settings->compared_count; i++) {
        count += settings->compared[i].kind != NULL;
    }
    return count;
}

static bool same_comparisons(const kithi_model *a, const kithi_model *b) {
    bool same =
        a->comparison_count == b->comparison_count && a->attribute_count == b->attribute_count;
    for (size_t i = 0; same && i < a->comparison_count; i++) {
        same = a->comparisons[i].kind == b->comparisons[i].kind &&
               strcmp(a->comparisons[i].name, b->comparisons[i].name) == 0;
    }
    for (size_t i = 0; same && i < a->attribute_count; i++) {
        const kithi_model_attribute *x = &a->attributes[i], *y = &b->attributes[i];
        same =
            x->comparison == y->comparison && x->role == y->role && strcmp(x->name, y->name) == 0;
    }
    return same;
}

int kithi_model_is_configured(const kithi_model *model, const kithi_catalog *catalog, bool *out) {
    kithi_model *fresh = kithi_model_new(catalog);
    if (fresh == NULL) {
        return KITH_NO_MEMORY;
    }
    *out = same_comparisons(model, fresh) && model->link_at == fresh->link_at &&
           model->known_at == fresh->known_at && model->keep_at == fresh->keep_at &&
           model->cohesion == fresh->cohesion &&
           kithi_block_rules_equal(&model->blocks, &fresh->blocks) &&
           (fresh->block_cap == 0 || fresh->block_cap == model->block_cap);
    kithi_model_free(fresh);
    return KITH_OK;
}
