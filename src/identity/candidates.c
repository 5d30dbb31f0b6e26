#include "src/identity/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/identity/block_index.h"
#include "src/match/compare_pair.h"
#include "src/store/txn.h"

#define REMEMBERED_MAX 16384 /* records whose features are remembered */

static int no_memory(kithi_candidates *c) {
    return kithi_error_memory(kithi_txn_error(c->txn));
}

void kithi_candidates_init(kithi_candidates *c, kith_txn *txn, const kithi_model *model) {
    memset(c, 0, sizeof *c);
    c->txn = txn;
    c->model = model;
    kithi_arena_init(&c->arena);
    kithi_arena_init(&c->block_arena);
    kithi_map_init(&c->features);
    kithi_map_init(&c->blocks);
}

void kithi_candidates_clear(kithi_candidates *c) {
    kithi_arena_clear(&c->arena);
    kithi_arena_clear(&c->block_arena);
    kithi_map_clear(&c->features);
    kithi_map_clear(&c->blocks);
    free(c->block);
    free(c->met);
    free(c->records);
    free(c->scored);
}

static int read_features(kithi_candidates *c, uint32_t record, const kithi_features **out) {
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    kithi_features *features = (kithi_features *)(void *)room;
    int rc = kithi_features_read(c->txn, c->model, record, features);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? kithi_scored_astray(c->txn, record) : rc;
    }
    void *copy = kithi_arena_alloc(&c->arena, features->bytes);
    if (copy == NULL || kithi_map_put(&c->features, record, (uintptr_t)copy, NULL) == NULL) {
        return no_memory(c);
    }
    memcpy(copy, features, features->bytes);
    *out = copy;
    return KITH_OK;
}

int kithi_candidates_features(kithi_candidates *c, uint32_t record, const kithi_features **out) {
    const uint64_t *known = kithi_map_get(&c->features, record);
    if (known != NULL) {
        *out = (const kithi_features *)(uintptr_t)*known;
        return KITH_OK;
    }
    return read_features(c, record, out);
}

static const kithi_candidate_block *remembered(const kithi_candidates *c, uint64_t key) {
    const uint64_t *known = kithi_map_get(&c->blocks, key);
    return known != NULL ? (const kithi_candidate_block *)(uintptr_t)*known : NULL;
}

static int find_block(kithi_candidates *c, uint64_t key, size_t most, size_t *out_count) {
    if (!KITHI_GROW(c->block, c->block_capacity, most + 1)) {
        return no_memory(c);
    }
    return kithi_block_index_find(c->txn, key, most, c->block, out_count);
}

int kithi_candidates_remember(kithi_candidates *c, uint64_t key, size_t most,
                              const kithi_candidate_block **out) {
    size_t count;
    *out = remembered(c, key);
    int rc = *out == NULL ? find_block(c, key, most, &count) : KITH_OK;
    if (rc != KITH_OK || *out != NULL) {
        return rc;
    }
    kithi_candidate_block *block = kithi_arena_alloc(&c->block_arena, sizeof *block);
    uint32_t *records = kithi_arena_alloc(&c->block_arena, (count + 1) * sizeof *records);
    if (block == NULL || records == NULL ||
        kithi_map_put(&c->blocks, key, (uintptr_t)block, NULL) == NULL) {
        return no_memory(c);
    }
    memcpy(records, c->block, count * sizeof *records);
    *block = (kithi_candidate_block){records, count};
    *out = block;
    return KITH_OK;
}

int kithi_candidates_block(kithi_candidates *c, uint64_t key, const uint32_t **out,
                           size_t *out_count) {
    const kithi_candidate_block *block = remembered(c, key);
    if (block != NULL) {
        *out = block->records;
        *out_count = block->count;
        return KITH_OK;
    }
    int rc = find_block(c, key, c->model->block_cap, out_count);
    *out = c->block;
    return rc;
}

static int add_block(kithi_candidates *c, uint64_t key) {
    const uint32_t *block = NULL;
    size_t count = 0;
    int rc = kithi_candidates_block(c, key, &block, &count);
    if (rc != KITH_OK || count + c->newcomers > c->model->block_cap) {
        return rc;
    }
    if (!KITHI_GROW(c->met, c->met_capacity, c->met_count + count + 1)) {
        return no_memory(c);
    }
    for (size_t i = 0; i < count; i++) {
        c->met[c->met_count++] = 2 * (uint64_t)block[i] + kithi_block_key_is_strong(key);
    }
    return KITH_OK;
}

static int compare_met(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Those that were met often enough, each once. */
static int choose(kithi_candidates *c) {
    c->record_count = 0;
    if (!KITHI_GROW(c->records, c->record_capacity, c->met_count + 1)) {
        return no_memory(c);
    }
    if (c->met_count > 1) {
        qsort(c->met, c->met_count, sizeof *c->met, compare_met);
    }
    for (size_t i = 0, j; i < c->met_count; i = j) {
        size_t counts[2] = {0, 0};
        for (j = i; j < c->met_count && c->met[j] / 2 == c->met[i] / 2; j++) {
            counts[c->met[j] & 1]++;
        }
        if (kithi_block_keys_suffice(c->model, counts[0], counts[1])) {
            c->records[c->record_count++] = (uint32_t)(c->met[i] / 2);
        }
    }
    return KITH_OK;
}

static int collect(kithi_candidates *c, const kithi_features *features) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t count = kithi_block_keys(c->model, features, keys);
    int rc = KITH_OK;
    c->met_count = 0;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = add_block(c, keys[i]);
    }
    return rc == KITH_OK ? choose(c) : rc;
}

int kithi_candidates_score_at_hand(kithi_candidates *c, const kithi_features *features,
                                   uint32_t self, int32_t least, kithi_scored **out,
                                   size_t *out_count) {
    size_t count = 0;
    int rc =
        KITHI_GROW(c->scored, c->scored_capacity, c->record_count + 1) ? KITH_OK : no_memory(c);
    for (size_t i = 0; rc == KITH_OK && i < c->record_count; i++) {
        const kithi_features *other;
        kithi_scored pair = {.other = c->records[i]};
        if (pair.other == self) {
            continue;
        }
        rc = kithi_candidates_features(c, pair.other, &other);
        if (rc == KITH_OK) {
            pair.weight = kithi_pair_weight(c->model, features, other, least, &pair.pattern);
        }
        if (rc == KITH_OK && pair.weight >= least) {
            c->scored[count++] = pair;
        }
    }
    *out = c->scored;
    *out_count = count;
    return rc;
}

int kithi_candidates_score_features(kithi_candidates *c, const kithi_features *features,
                                    uint32_t self, int32_t least, kithi_scored **out,
                                    size_t *out_count) {
    int rc = collect(c, features);
    return rc == KITH_OK ? kithi_candidates_score_at_hand(c, features, self, least, out, out_count)
                         : rc;
}

void kithi_candidates_tidy(kithi_candidates *c) {
    if (c->features.count > REMEMBERED_MAX) {
        kithi_arena_reset(&c->arena);
        kithi_map_reset(&c->features);
    }
}

int kithi_candidates_score(kithi_candidates *c, uint32_t record, kithi_scored **out,
                           size_t *out_count) {
    const kithi_features *features;
    kithi_candidates_tidy(c);
    int rc = kithi_candidates_features(c, record, &features);
    return rc == KITH_OK ? kithi_candidates_score_features(c, features, record, c->model->keep_at,
                                                           out, out_count)
                         : rc;
}
