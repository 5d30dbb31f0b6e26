#include "src/identity/link_all.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/match/compare_pair.h"

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

static int take_pair(void *context, size_t index, uint32_t a, uint32_t b) {
    comparing *k = context;
    lane *l = &k->lanes[index];
    kithi_pool_pair pair = {.a = a < b ? a : b, .b = a < b ? b : a};
    l->compared_count++;
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

static int compare_pairs(const void *a, const void *b) {
    const kithi_pool_pair *x = a, *y = b;
    if (x->a != y->a) {
        return x->a < y->a ? -1 : 1;
    }
    return (x->b > y->b) - (x->b < y->b);
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
    qsort(out->items, out->count, sizeof *out->items, compare_pairs);
    return KITH_OK;
}

int kithi_pool_pairs_make(const kithi_model *model, const kithi_pool *pool,
                          const kithi_blocks *blocks, unsigned threads, kithi_pool_pairs *out) {
    comparing *k = calloc(1, sizeof *k);
    memset(out, 0, sizeof *out);
    if (k == NULL) {
        return KITH_NO_MEMORY;
    }
    k->model = model;
    k->pool = pool;
    int rc = kithi_blocks_each_pair(blocks, threads, take_pair, k);
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
