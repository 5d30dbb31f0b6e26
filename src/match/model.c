#include "src/match/model.h"

#include <stdlib.h>
#include <string.h>

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

size_t kithi_model_names(const kithi_model *model) {
    size_t i = 0;
    while (i < model->comparison_count && model->comparisons[i].kind->kind != KITHI_KIND_NAME) {
        i++;
    }
    return i < model->comparison_count ? i : KITHI_COMPARISONS_MAX;
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

bool kithi_terms_begin(kithi_terms *terms, size_t count) {
    terms->capacity = 16;
    while (terms->capacity < 2 * count) {
        terms->capacity *= 2;
    }
    terms->places = calloc(terms->capacity, sizeof *terms->places);
    terms->count = 0;
    if (terms->places == NULL) {
        terms->capacity = 0;
    }
    return terms->places != NULL;
}

bool kithi_terms_list(kithi_terms *terms, uint64_t hash, uint32_t count) {
    size_t i = hash & (terms->capacity - 1);
    while (terms->places[i].count > 0) {
        if (terms->places[i].hash == hash) {
            return false;
        }
        i = (i + 1) & (terms->capacity - 1);
    }
    terms->places[i].hash = hash;
    terms->places[i].count = count;
    terms->count++;
    return true;
}

bool kithi_model_bind(kithi_model *model, const kithi_catalog *catalog) {
    free(model->place_of);
    model->place_count = kithi_catalog_attribute_count(catalog);
    model->place_of = malloc(model->place_count + 1);
    if (model->place_of == NULL) {
        return false;
    }
    memset(model->place_of, KITHI_NOT_COMPARED, model->place_count + 1);
    for (size_t i = 0; i < model->attribute_count; i++) {
        const kithi_attribute *attribute =
            kithi_catalog_find_attribute(catalog, model->attributes[i].name);
        if (attribute != NULL) {
            model->place_of[attribute->id] = (uint8_t)i;
        }
    }
    return true;
}

static void bound_rest(kithi_model *model, kithi_rival rival) {
    int32_t *left = model->most_left[rival];
    left[model->comparison_count] = 0;
    for (size_t i = model->comparison_count; i-- > 0;) {
        const kithi_comparison *c = &model->comparisons[i];
        bool frequency = rival == KITHI_RIVAL_STRANGER && c->kind->terms && c->terms.total > 0;
        int32_t most = 0;
        for (size_t level = 1; level < c->kind->level_count; level++) {
            int32_t weight = c->weight[rival][level] + (frequency ? KITHI_FREQUENCY_MAX : 0);
            most = weight > most ? weight : most;
        }
        left[i] = left[i + 1] + most;
    }
}

void kithi_model_weigh(kithi_model *model) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_comparison *c = &model->comparisons[i];
        for (size_t level = 1; level < c->kind->level_count; level++) {
            for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
                c->weight[rival][level] = kithi_log2_ratio(c->m[level], c->u[rival][level]);
            }
        }
        /* What differs never speaks for one person, whatever few or bad values taught. */
        int32_t *different = &c->weight[KITHI_RIVAL_STRANGER][KITHI_LEVEL_DIFFERENT];
        *different = *different < 0 ? *different : 0;
    }
    bound_rest(model, KITHI_RIVAL_STRANGER);
    bound_rest(model, KITHI_RIVAL_RELATIVE);
}

void kithi_model_free(kithi_model *model) {
    if (model == NULL) {
        return;
    }
    for (size_t i = 0; i < model->comparison_count; i++) {
        free(model->comparisons[i].terms.places);
    }
    free(model->place_of);
    kithi_arena_clear(&model->arena);
    free(model);
}
