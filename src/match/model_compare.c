/* What differs between two models. */
#include <stdlib.h>
#include <string.h>

#include "kith/match.h"
#include "src/base/grow.h"
#include "src/store/txn.h"

#define NOTED_BITS 0.5 /* weights that differ by no more are alike */

struct kith_model_changes {
    kith_model *before, *after; /* keep the texts */
    kith_model_change *items;
    size_t count, capacity;
};

const char *kith_model_change_kind_name(kith_model_change_kind kind) {
    switch (kind) {
    case KITH_MODEL_PRIOR:
        return "prior";
    case KITH_MODEL_THRESHOLD:
        return "threshold";
    case KITH_MODEL_COMPARISON:
        return "comparison";
    case KITH_MODEL_LEVEL:
        return "level";
    case KITH_MODEL_BLOCKS:
        return "blocks";
    }
    return "unknown";
}

static bool add(kith_model_changes *k, kith_model_change change) {
    if (!KITHI_GROW(k->items, k->capacity, k->count + 1)) {
        return false;
    }
    change.size = sizeof change;
    k->items[k->count++] = change;
    return true;
}

static bool add_number(kith_model_changes *k, kith_model_change_kind kind, const char *name,
                       double before, double after) {
    return before == after || add(k, (kith_model_change){.kind = kind,
                                                         .name = name,
                                                         .has_before = true,
                                                         .has_after = true,
                                                         .before = before,
                                                         .after = after});
}

static bool compare_numbers(kith_model_changes *k) {
    kith_model_info a = KITH_MODEL_INFO_INIT, b = KITH_MODEL_INFO_INIT;
    kith_model_about(k->before, &a);
    kith_model_about(k->after, &b);
    const struct {
        kith_model_change_kind kind;
        const char *name;
        double before, after;
    } numbers[] = {
        {KITH_MODEL_PRIOR, "prior", a.prior_bits, b.prior_bits},
        {KITH_MODEL_PRIOR, "relative_prior", a.relative_prior_bits, b.relative_prior_bits},
        {KITH_MODEL_THRESHOLD, "link_at", a.link_at_bits, b.link_at_bits},
        {KITH_MODEL_THRESHOLD, "known_at", a.known_at_bits, b.known_at_bits},
        {KITH_MODEL_THRESHOLD, "review_at", a.review_at_bits, b.review_at_bits},
        {KITH_MODEL_THRESHOLD, "cohesion", a.cohesion, b.cohesion},
        {KITH_MODEL_THRESHOLD, "block_cap", a.block_cap, b.block_cap},
    };
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof numbers / sizeof numbers[0]; i++) {
        ok = add_number(k, numbers[i].kind, numbers[i].name, numbers[i].before, numbers[i].after);
    }
    return ok;
}

/* The comparison of this name and kind; false: there is none. */
static bool find_comparison(const kith_model *model, const kith_model_comparison *like,
                            size_t *out) {
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    for (size_t i = 0; kith_model_comparison_at(model, i, &c); i++) {
        if (strcmp(c.name, like->name) == 0 && strcmp(c.kind, like->kind) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool add_level(kith_model_changes *k, const char *comparison, const char *level,
                      bool relative, double before, double after) {
    double difference = after - before;
    if (difference <= NOTED_BITS && difference >= -NOTED_BITS) {
        return true;
    }
    return add(k, (kith_model_change){.kind = KITH_MODEL_LEVEL,
                                      .name = comparison,
                                      .level = level,
                                      .relative = relative,
                                      .has_before = true,
                                      .has_after = true,
                                      .before = before,
                                      .after = after});
}

static bool compare_levels(kith_model_changes *k, const char *name, size_t x, size_t y) {
    kith_model_level a = KITH_MODEL_LEVEL_INIT, b = KITH_MODEL_LEVEL_INIT;
    bool ok = true;
    for (size_t i = 1;
         ok && kith_model_level_at(k->before, x, i, &a) && kith_model_level_at(k->after, y, i, &b);
         i++) {
        ok = add_level(k, name, a.name, false, a.bits, b.bits) &&
             add_level(k, name, a.name, true, a.relative_bits, b.relative_bits);
    }
    return ok;
}

static bool compare_comparisons(kith_model_changes *k) {
    kith_model_comparison c = KITH_MODEL_COMPARISON_INIT;
    size_t at;
    bool ok = true;
    for (size_t i = 0; ok && kith_model_comparison_at(k->before, i, &c); i++) {
        ok = find_comparison(k->after, &c, &at)
                 ? compare_levels(k, c.name, i, at)
                 : add(k, (kith_model_change){
                              .kind = KITH_MODEL_COMPARISON, .name = c.name, .has_before = true});
    }
    for (size_t i = 0; ok && kith_model_comparison_at(k->after, i, &c); i++) {
        ok = find_comparison(k->before, &c, &at) ||
             add(k, (kith_model_change){
                        .kind = KITH_MODEL_COMPARISON, .name = c.name, .has_after = true});
    }
    return ok;
}

static bool has_block_rule(const kith_model *model, const char *name) {
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    for (size_t i = 0; kith_model_block_rule_at(model, i, &rule); i++) {
        if (strcmp(rule.name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Those that the one model has and the other not. */
static bool add_block_rules(kith_model_changes *k, const kith_model *of, const kith_model *other) {
    kith_model_block_rule rule = KITH_MODEL_BLOCK_RULE_INIT;
    bool ok = true;
    for (size_t i = 0; ok && kith_model_block_rule_at(of, i, &rule); i++) {
        ok = has_block_rule(other, rule.name) ||
             add(k, (kith_model_change){.kind = KITH_MODEL_BLOCKS,
                                        .name = rule.name,
                                        .has_before = of == k->before,
                                        .has_after = of == k->after});
    }
    return ok;
}

int kith_model_compare(kith_txn *txn, uint32_t before, uint32_t after, kith_model_changes **out) {
    if (out == NULL) {
        return kithi_error_say(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_model_compare: a place for the changes is required");
    }
    kith_model_changes *k = calloc(1, sizeof *k);
    int rc = k != NULL ? kith_model_get(txn, before, &k->before)
                       : kithi_error_memory(kithi_txn_error(txn));
    rc = rc == KITH_OK ? kith_model_get(txn, after, &k->after) : rc;
    if (rc == KITH_OK && !(compare_numbers(k) && add_block_rules(k, k->before, k->after) &&
                           add_block_rules(k, k->after, k->before) && compare_comparisons(k))) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc != KITH_OK) {
        kith_model_changes_free(k);
        return rc;
    }
    *out = k;
    return KITH_OK;
}

size_t kith_model_change_count(const kith_model_changes *k) {
    return k->count;
}

const kith_model_change *kith_model_change_at(const kith_model_changes *k, size_t index) {
    return index < k->count ? &k->items[index] : NULL;
}

void kith_model_changes_free(kith_model_changes *k) {
    if (k != NULL) {
        kith_model_free(k->before);
        kith_model_free(k->after);
        free(k->items);
        free(k);
    }
}
