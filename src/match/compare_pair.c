#include "src/match/compare_pair.h"

/* A value that nobody else has is no stronger evidence than this; a very common one keeps some. */
#define FREQUENCY_MAX (6 * KITHI_BIT)
#define FREQUENCY_MIN (-8 * KITHI_BIT)

uint64_t kithi_pattern_of(const kithi_model *model, const kithi_features *a,
                          const kithi_features *b) {
    uint64_t pattern = 0;
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_term_list x = kithi_features_of(a, i), y = kithi_features_of(b, i);
        uint64_t level = kithi_level(model->comparisons[i].kind->kind, &x, &y, NULL);
        pattern |= level << (i * KITHI_PATTERN_BITS);
    }
    return pattern;
}

int32_t kithi_pattern_weight(const kithi_model *model, kithi_rival rival, uint64_t pattern) {
    int32_t weight = 0;
    for (size_t i = 0; i < model->comparison_count; i++) {
        weight += model->comparisons[i].weight[rival][kithi_pattern_level(pattern, i)];
    }
    return weight;
}

int32_t kithi_frequency_weight(const kithi_model *model, size_t comparison, const kithi_features *a,
                               const kithi_features *b) {
    const kithi_comparison *c = &model->comparisons[comparison];
    kithi_term_list x = kithi_features_of(a, comparison), y = kithi_features_of(b, comparison);
    kithi_shared_terms shared;
    int32_t weight = 0;
    if (!c->kind->terms || c->terms.total == 0) {
        return 0;
    }
    kithi_level(c->kind->kind, &x, &y, &shared);
    for (size_t i = 0; i < shared.count; i++) {
        uint64_t hash = kithi_term_hash(shared.items[i].list, shared.items[i].term);
        weight += c->shared - kithi_terms_frequency(&c->terms, hash);
    }
    return weight > FREQUENCY_MAX ? FREQUENCY_MAX : weight < FREQUENCY_MIN ? FREQUENCY_MIN : weight;
}

int32_t kithi_pair_weight(const kithi_model *model, const kithi_features *a,
                          const kithi_features *b, uint64_t *out_pattern) {
    uint64_t pattern = kithi_pattern_of(model, a, b);
    int32_t strangers = model->prior[KITHI_RIVAL_STRANGER] +
                        kithi_pattern_weight(model, KITHI_RIVAL_STRANGER, pattern);
    int32_t relatives = model->prior[KITHI_RIVAL_RELATIVE] +
                        kithi_pattern_weight(model, KITHI_RIVAL_RELATIVE, pattern);
    for (size_t i = 0; i < model->comparison_count; i++) {
        strangers += kithi_frequency_weight(model, i, a, b);
    }
    *out_pattern = pattern;
    return strangers < relatives ? strangers : relatives;
}
