/*
 * What holds of the features of any two records, under any model that can be read.
 */
#ifndef KITH_TESTS_FUZZ_COMPARED_H
#define KITH_TESTS_FUZZ_COMPARED_H

#include "src/match/block.h"
#include "src/match/compare_pair.h"
#include "tests/fuzz/target.h"

/* Features as they are made. */
typedef union compared_room {
    kithi_features features;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
} compared_room;

/* The more alike the likelier one person; a few words are frequent. */
static inline void weigh_somehow(kithi_model *model) {
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_comparison *c = &model->comparisons[i];
        for (size_t level = 1; level < c->kind->level_count; level++) {
            c->m[level] = UINT64_C(1) << (20 + level);
            c->u[KITHI_RIVAL_STRANGER][level] = UINT64_C(1) << (36 - 2 * level);
            c->u[KITHI_RIVAL_RELATIVE][level] = UINT64_C(1) << (30 - level);
        }
        for (size_t part = 0; part < KITHI_PARTS_MAX; part++) {
            c->shared[part] = -9 * KITHI_BIT;
        }
        c->terms.total = 1000;
        c->terms.rest = 1;
        check(kithi_terms_begin(&c->terms, 8));
        for (uint64_t hash = 0; hash < 8; hash++) {
            kithi_terms_list(&c->terms, hash * UINT64_C(0x2000000000000000), 100);
        }
    }
    model->prior[KITHI_RIVAL_STRANGER] = -10 * KITHI_BIT;
    model->prior[KITHI_RIVAL_RELATIVE] = -3 * KITHI_BIT;
    kithi_model_weigh(model);
}

/* Terms and their texts are inside, and no comparison has more than it may. */
static inline void check_features(const kithi_features *features) {
    size_t count = features->first[KITHI_COMPARISONS_MAX];
    const char *text = kithi_features_text(features);
    size_t text_bytes = (size_t)((const char *)features + features->bytes - text);
    check(features->bytes <= KITHI_FEATURES_MAX_BYTES && features->first[0] == 0);
    for (size_t i = 0; i < KITHI_COMPARISONS_MAX; i++) {
        check(features->first[i] <= features->first[i + 1]);
        check(features->first[i + 1] - features->first[i] <= KITHI_TERMS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        const kithi_term *term = &kithi_features_terms(features)[i];
        check(term->size <= KITHI_TERM_MAX_BYTES);
        check((size_t)term->at + term->size <= text_bytes);
    }
}

/* Few, ascending, each once. */
static inline void check_block_keys(const kithi_model *model, const kithi_features *features) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t count = kithi_block_keys(model, features, keys);
    check(count <= KITHI_BLOCK_KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        check(keys[i] >> KITHI_BLOCK_KEY_BITS == 0);
        check(i == 0 || keys[i - 1] < keys[i]);
    }
}

/* The lesser of both sums, each added up by itself. */
static inline int32_t add_up(const kithi_model *model, uint64_t pattern, const kithi_features *a,
                             const kithi_features *b) {
    int32_t sums[KITHI_RIVAL_COUNT];
    for (size_t rival = 0; rival < KITHI_RIVAL_COUNT; rival++) {
        sums[rival] =
            model->prior[rival] + kithi_pattern_weight(model, (kithi_rival)rival, pattern);
    }
    for (size_t i = 0; i < model->comparison_count; i++) {
        sums[KITHI_RIVAL_STRANGER] += kithi_frequency_weight(model, i, a, b);
    }
    return sums[0] < sums[1] ? sums[0] : sums[1];
}

/* The same in either order, whatever it is asked for at least. */
static inline void check_pair(const kithi_model *model, const kithi_features *a,
                              const kithi_features *b) {
    uint64_t pattern = 0, turned = 0;
    int32_t weight = kithi_pair_weight(model, a, b, INT32_MIN / 2, &pattern);
    check(weight == kithi_pair_weight(model, b, a, INT32_MIN / 2, &turned));
    check(pattern == turned && pattern == kithi_pattern_of(model, b, a));
    check(weight == add_up(model, pattern, a, b));
    check(kithi_pair_weight(model, b, a, weight, &turned) == weight);
    check(kithi_pair_weight(model, a, b, weight + 1, &turned) <= weight);
    for (size_t i = 0; i < model->comparison_count; i++) {
        check(kithi_pattern_level(pattern, i) < model->comparisons[i].kind->level_count);
    }
}

#endif
