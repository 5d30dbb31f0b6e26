#include "src/identity/link_all.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/match/compare_pair.h"

#define AHEAD                8   /* pairs */
#define FEATURES_USUAL_BYTES 512 /* most have no more */
#define CACHE_LINE_BYTES     64

typedef struct lane {
    kithi_pool_pair *items;
    size_t count, capacity;
    uint64_t compared_count;
} lane;

typedef struct comparing {
    const kithi_model *model;
    const kithi_pool *pool;
    lane lanes[KITHI_LANES];
} comparing;

static int compare_pair(comparing *k, lane *l, const kithi_place_pair *places) {
    kithi_pool_pair pair = {.a = places->a, .b = places->b};
    pair.weight = kithi_pair_weight(k->model, k->pool->items[pair.a], k->pool->items[pair.b],
                                    k->model->keep_at, &pair.pattern);
    if (pair.weight < k->model->keep_at) {
        return KITH_OK;
    }
    if (!KITHI_GROW(l->items, l->capacity, l->count + 1)) {
        return KITH_NO_MEMORY;
    }
    l->items[l->count++] = pair;
    return KITH_OK;
}

static int by_places(const void *a, const void *b) {
    const kithi_pool_pair *x = a, *y = b;
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
}

/* Records stand anywhere in memory: they are asked for some time before they are compared. */
static void look_ahead(const kithi_pool *pool, const kithi_place_pair *pairs, size_t count) {
    if (count > 2 * AHEAD) {
        __builtin_prefetch(&pool->items[pairs[2 * AHEAD].b]);
    }
    for (size_t i = 0; count > AHEAD && i < FEATURES_USUAL_BYTES; i += CACHE_LINE_BYTES) {
        __builtin_prefetch((const char *)pool->items[pairs[AHEAD].b] + i);
    }
}

static int take_pairs(void *context, size_t index, const kithi_place_pair *pairs, size_t count) {
    comparing *k = context;
    lane *l = &k->lanes[index];
    size_t first = l->count;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        look_ahead(k->pool, pairs + i, count - i);
        rc = compare_pair(k, l, &pairs[i]);
    }
    l->compared_count += count;
    if (l->count > first + 1) {
        qsort(l->items + first, l->count - first, sizeof *l->items, by_places);
    }
    return rc;
}

static int gather(comparing *k, kithi_pool_pairs *out) {
    size_t total = 0;
    for (size_t i = 0; i < KITHI_LANES; i++) {
        total += k->lanes[i].count;
        out->compared_count += k->lanes[i].compared_count;
    }
    out->items = malloc((total + 1) * sizeof *out->items);
    if (out->items == NULL) {
        return KITH_NO_MEMORY;
    }
    for (size_t i = 0; i < KITHI_LANES; i++) {
        if (k->lanes[i].count > 0) {
            memcpy(out->items + out->count, k->lanes[i].items,
                   k->lanes[i].count * sizeof *out->items);
            out->count += k->lanes[i].count;
        }
        free(k->lanes[i].items);
        k->lanes[i].items = NULL;
    }
    return KITH_OK;
}

int kithi_pool_pairs_make(const kithi_model *model, const kithi_pool *pool,
                          const kithi_blocks *blocks, unsigned threads,
                          const kithi_workers_ear *ear, kithi_pool_pairs *out) {
    comparing *k = calloc(1, sizeof *k);
    memset(out, 0, sizeof *out);
    if (k == NULL) {
        return KITH_NO_MEMORY;
    }
    k->model = model;
    k->pool = pool;
    int rc = kithi_blocks_each(blocks, threads, take_pairs, k, ear);
    rc = rc == KITH_OK ? gather(k, out) : rc;
    for (size_t i = 0; i < KITHI_LANES; i++) {
        free(k->lanes[i].items);
    }
    free(k);
    return rc;
}

void kithi_pool_pairs_clear(kithi_pool_pairs *pairs) {
    free(pairs->items);
    memset(pairs, 0, sizeof *pairs);
}
