#include "src/match/model.h"

#include <stdlib.h>
#include <string.h>

#include "src/match/roles.h"

#define LOG_STEPS 8 /* bits behind the point: KITHI_BIT is 2^8 */

/* log2 of a number >= 1 in 1/256 bits, rounded down: the place of its highest bit, then by squaring
 * what is left, one bit of the result at a time. */
static int32_t log2_of(uint64_t x) {
    int shift = 63 - __builtin_clzll(x);
    uint64_t mantissa = x << (63 - shift) >> 32; /* 1.0 is 2^31 */
    int32_t result = shift;
    for (int i = 0; i < LOG_STEPS; i++) {
        mantissa = mantissa * mantissa >> 31;
        result = result * 2 + (mantissa >> 32 != 0);
        mantissa >>= mantissa >> 32;
    }
    return result;
}

int32_t kithi_log2_ratio(uint64_t a, uint64_t b) {
    return log2_of(a) - log2_of(b);
}

static const struct kithi_term_count *find_term(const kithi_terms *terms, uint64_t hash) {
    for (size_t i = hash & (terms->capacity - 1); terms->places[i].count > 0;
         i = (i + 1) & (terms->capacity - 1)) {
        if (terms->places[i].hash == hash) {
            return &terms->places[i];
        }
    }
    return NULL;
}

uint32_t kithi_terms_count(const kithi_terms *terms, uint64_t hash) {
    const struct kithi_term_count *found = terms->capacity > 0 ? find_term(terms, hash) : NULL;
    return found != NULL ? found->count : terms->rest;
}

int32_t kithi_terms_frequency(const kithi_terms *terms, uint64_t hash) {
    return kithi_log2_ratio(kithi_terms_count(terms, hash), terms->total);
}

static size_t find_comparison(const kithi_model *model, const char *name) {
    size_t i = 0;
    while (i < model->comparison_count && strcmp(model->comparisons[i].name, name) != 0) {
        i++;
    }
    return i;
}

static void compare_standard(kithi_model *model, const kithi_standard *standard, uint16_t id) {
    size_t at = find_comparison(model, standard->comparison);
    if (at == model->comparison_count) {
        if (at == KITHI_COMPARISONS_MAX) {
            return;
        }
        model->comparisons[at].name = standard->comparison;
        model->comparisons[at].kind = kithi_kind_of(standard->kind);
        model->comparison_count++;
    }
    model->comparison_of[id] = (uint8_t)at;
    model->role_of[id] = (uint8_t)standard->role;
}

kithi_model *kithi_model_new(const kithi_catalog *catalog) {
    kithi_model *model = calloc(1, sizeof *model);
    size_t count = kithi_catalog_attribute_count(catalog);
    if (model == NULL) {
        return NULL;
    }
    model->attribute_count = count;
    model->comparison_of = malloc(count + 1);
    model->role_of = calloc(count + 1, 1);
    if (model->comparison_of == NULL || model->role_of == NULL) {
        kithi_model_free(model);
        return NULL;
    }
    memset(model->comparison_of, KITHI_NOT_COMPARED, count + 1);
    for (const kithi_standard *s = kithi_standards; s->attribute != NULL; s++) {
        const kithi_attribute *attribute = kithi_catalog_find_attribute(catalog, s->attribute);
        if (attribute != NULL) {
            compare_standard(model, s, attribute->id);
        }
    }
    return model;
}

void kithi_model_free(kithi_model *model) {
    if (model == NULL) {
        return;
    }
    for (size_t i = 0; i < model->comparison_count; i++) {
        free(model->comparisons[i].terms.places);
    }
    free(model->comparison_of);
    free(model->role_of);
    free(model);
}
