#include "src/match/compare_pair.h"

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

/* What is added for how frequent shared terms are. */
static int32_t weigh_terms(const kithi_comparison *c, const kithi_shared_terms *shared) {
    int32_t weight = 0;
    if (!c->kind->terms || c->terms.total == 0) {
        return 0;
    }
    for (size_t i = 0; i < shared->count; i++) {
        uint64_t hash = kithi_term_hash(shared->items[i].list, shared->items[i].term);
        size_t part = kithi_term_part(c->kind->kind, shared->items[i].flags);
        weight += c->shared[part] - kithi_terms_frequency(&c->terms, hash);
    }
    return weight > KITHI_FREQUENCY_MAX   ? KITHI_FREQUENCY_MAX
           : weight < KITHI_FREQUENCY_MIN ? KITHI_FREQUENCY_MIN
                                          : weight;
}

int32_t kithi_frequency_weight(const kithi_model *model, size_t comparison, const kithi_features *a,
                               const kithi_features *b) {
    const kithi_comparison *c = &model->comparisons[comparison];
    kithi_term_list x = kithi_features_of(a, comparison), y = kithi_features_of(b, comparison);
    kithi_shared_terms shared;
    kithi_level(c->kind->kind, &x, &y, &shared);
    return weigh_terms(c, &shared);
}

int32_t kithi_pair_weight(const kithi_model *model, const kithi_features *a,
                          const kithi_features *b, int32_t least, uint64_t *out_pattern) {
    int32_t sums[KITHI_RIVAL_COUNT] = {model->prior[KITHI_RIVAL_STRANGER],
                                       model->prior[KITHI_RIVAL_RELATIVE]};
    uint64_t pattern = 0;
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_term_list x = kithi_features_of(a, i), y = kithi_features_of(b, i);
        const kithi_comparison *c = &model->comparisons[i];
        if (x.count == 0 || y.count == 0) {
            continue;
        }
        kithi_shared_terms shared;
        unsigned level = kithi_level(c->kind->kind, &x, &y, &shared);
        pattern |= (uint64_t)level << (i * KITHI_PATTERN_BITS);
        sums[KITHI_RIVAL_STRANGER] +=
            c->weight[KITHI_RIVAL_STRANGER][level] + weigh_terms(c, &shared);
        sums[KITHI_RIVAL_RELATIVE] += c->weight[KITHI_RIVAL_RELATIVE][level];
        for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
            if (sums[rival] + model->most_left[rival][i + 1] < least) {
                return KITHI_WEIGHT_LESS;
            }
        }
    }
    *out_pattern = pattern;
    return sums[0] < sums[1] ? sums[0] : sums[1];
}

bool kithi_features_contradict(const kithi_model *model, const kithi_features *a,
                               const kithi_features *b) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        const kithi_comparison *c = &model->comparisons[i];
        if (!c->kind->exclusive) {
            continue;
        }
        kithi_term_list x = kithi_features_of(a, i), y = kithi_features_of(b, i);
        unsigned level = kithi_level(c->kind->kind, &x, &y, NULL);
        if (c->weight[KITHI_RIVAL_STRANGER][level] <= -KITHI_CONTRADICTION) {
            return true;
        }
    }
    return false;
}
