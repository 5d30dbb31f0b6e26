/* The block rules of a model: what of its comparisons they may be made of. */
#include <string.h>

#include "kith/base.h"
#include "src/match/model.h"

static void describe(const kithi_model *model, size_t comparison, kithi_own_ingredient *out) {
    const kithi_comparison *c = &model->comparisons[comparison];
    *out = (kithi_own_ingredient){c->name, c->kind->name, (uint8_t)comparison};
}

static bool find_by_name(const void *context, const char *name, kithi_own_ingredient *out) {
    const kithi_model *model = context;
    for (size_t i = 0; i < model->comparison_count; i++) {
        if (strcmp(model->comparisons[i].name, name) == 0) {
            describe(model, i, out);
            return true;
        }
    }
    return false;
}

/* A config names attributes, which may be other than their comparisons are called. */
static bool find_by_attribute(const void *context, const char *name, kithi_own_ingredient *out) {
    const kithi_model *model = context;
    for (size_t i = 0; i < model->attribute_count; i++) {
        if (strcmp(model->attributes[i].name, name) == 0) {
            describe(model, model->attributes[i].comparison, out);
            return true;
        }
    }
    return false;
}

int kithi_model_add_block(kithi_model *model, const char *text,
                          char problem[KITHI_BLOCK_PROBLEM_BYTES]) {
    const kithi_own_ingredients own = {find_by_name, model};
    return kithi_block_rules_add(&model->blocks, text, &own, &model->arena, problem);
}

bool kithi_model_add_standard_blocks(kithi_model *model) {
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && kithi_standard_block_rules[i] != NULL; i++) {
        rc = kithi_model_add_block(model, kithi_standard_block_rules[i], problem);
    }
    return rc == KITH_OK;
}

/* A rule of a comparison that found no room in the model is left out. */
bool kithi_model_add_configured_blocks(kithi_model *model, const kithi_match_settings *settings) {
    const kithi_own_ingredients own = {find_by_attribute, model};
    char problem[KITHI_BLOCK_PROBLEM_BYTES];
    int rc = KITH_OK;
    for (size_t i = 0; rc != KITH_NO_MEMORY && i < settings->block_count; i++) {
        rc = kithi_block_rules_add(&model->blocks, settings->blocks[i], &own, &model->arena,
                                   problem);
    }
    return rc != KITH_NO_MEMORY &&
           (settings->block_count > 0 || kithi_model_add_standard_blocks(model));
}
