#include "src/identity/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/identity/block_index.h"
#include "src/match/compare_pair.h"
#include "src/store/txn.h"

#define REMEMBERED_MAX 16384 /* records whose features are remembered */
#define MET_BITS       4096  /* that tell records apart which were met once */
#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))

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

static int make_room(kithi_candidates *c, size_t most) {
    return KITHI_GROW(c->block, c->block_capacity, most + 1) ? KITH_OK : no_memory(c);
}

/* Keeps what was read of a block; NULL: memory is out. */
static const kithi_candidate_block *keep_block(kithi_candidates *c, uint64_t key, size_t count) {
    kithi_candidate_block *block = kithi_arena_alloc(&c->block_arena, sizeof *block);
    uint32_t *records = kithi_arena_alloc(&c->block_arena, (count + 1) * sizeof *records);
    if (block == NULL || records == NULL ||
        kithi_map_put(&c->blocks, key, (uintptr_t)block, NULL) == NULL) {
        return NULL;
    }
    memcpy(records, c->block, count * sizeof *records);
    *block = (kithi_candidate_block){records, count};
    return block;
}

int kithi_candidates_remember(kithi_candidates *c, kithi_block_finder *finder, uint64_t key,
                              size_t most, const kithi_candidate_block **out) {
    size_t count = 0;
    int rc = make_room(c, most);
    rc = rc == KITH_OK ? kithi_block_finder_find(finder, key, most, c->block, &count) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    *out = keep_block(c, key, count);
    return *out != NULL ? KITH_OK : no_memory(c);
}

int kithi_candidates_block(kithi_candidates *c, uint64_t key, const uint32_t **out,
                           size_t *out_count) {
    const uint64_t *known = kithi_map_get(&c->blocks, key);
    size_t cap = c->model->block_cap;
    if (known != NULL) {
        const kithi_candidate_block *block = (const kithi_candidate_block *)(uintptr_t)*known;
        *out = block->records;
        *out_count = block->count;
        return KITH_OK;
    }
    int rc = make_room(c, cap);
    *out = c->block;
    return rc == KITH_OK ? kithi_block_index_find(c->txn, key, cap, c->block, out_count) : rc;
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
        c->met[c->met_count++] =
            (uint64_t)block[i] << KITHI_BLOCK_KIND_BITS | kithi_block_kind_of(key);
    }
    return KITH_OK;
}

static uint32_t record_of(uint64_t met) {
    return (uint32_t)(met >> KITHI_BLOCK_KIND_BITS);
}

/* Most records are met once, in a weak block, which alone proposes nothing: they are dropped before
 * the rest is sorted. A few stay that fall together with others. */
static void drop_single(kithi_candidates *c) {
    uint64_t once[MET_BITS / 64] = {0}, again[MET_BITS / 64] = {0};
    size_t kept = 0;
    for (size_t i = 0; i < c->met_count; i++) {
        uint32_t record = record_of(c->met[i]);
        uint64_t bit = UINT64_C(1) << record % 64, *word = &once[record / 64 % COUNT(once)];
        bool strong = kithi_block_kind_of(c->met[i]) == KITHI_BLOCK_STRONG;
        again[record / 64 % COUNT(again)] |= strong ? bit : *word & bit;
        *word |= bit;
    }
    for (size_t i = 0; i < c->met_count; i++) {
        uint32_t record = record_of(c->met[i]);
        if (again[record / 64 % COUNT(again)] >> record % 64 & 1) {
            c->met[kept++] = c->met[i];
        }
    }
    c->met_count = kept;
}

/* Those that share enough, each once. */
static int choose(kithi_candidates *c) {
    c->record_count = 0;
    if (c->model->weak_least > 1) {
        drop_single(c);
    }
    if (!KITHI_GROW(c->records, c->record_capacity, c->met_count + 1)) {
        return no_memory(c);
    }
    kithi_sort_u64(c->met, c->met_count);
    for (size_t i = 0; i < c->met_count;) {
        kithi_block_share share = 0;
        uint32_t record = record_of(c->met[i]);
        for (; i < c->met_count && record_of(c->met[i]) == record; i++) {
            share = kithi_block_share_add(share, kithi_block_kind_of(c->met[i]));
        }
        if (kithi_block_share_suffices(c->model, share)) {
            c->records[c->record_count++] = record;
        }
    }
    return KITH_OK;
}

static int collect(kithi_candidates *c, const uint64_t *keys, size_t count) {
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

int kithi_candidates_score_keys(kithi_candidates *c, const kithi_features *features,
                                const uint64_t *keys, size_t key_count, uint32_t self,
                                int32_t least, kithi_scored **out, size_t *out_count) {
    int rc = collect(c, keys, key_count);
    return rc == KITH_OK ? kithi_candidates_score_at_hand(c, features, self, least, out, out_count)
                         : rc;
}

int kithi_candidates_score_features(kithi_candidates *c, const kithi_features *features,
                                    uint32_t self, int32_t least, kithi_scored **out,
                                    size_t *out_count) {
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t count = kithi_block_keys(c->model, features, keys);
    return kithi_candidates_score_keys(c, features, keys, count, self, least, out, out_count);
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
