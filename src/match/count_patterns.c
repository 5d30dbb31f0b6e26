#include "src/match/count_patterns.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/map.h"
#include "src/base/workers.h"
#include "src/match/compare_pair.h"

#define LANES          KITHI_LANES
#define RANDOM_RECORDS 3000    /* all pairs of these are the random ones */
#define CANDIDATES_MAX 1500000 /* candidate pairs that are counted, about */

typedef struct counting {
    const kithi_model *model;
    const kithi_pool *pool;
    const kithi_blocks *blocks;
    uint64_t sample; /* the greatest mark of records whose candidate pairs are counted */
    const uint32_t *chosen;
    size_t chosen_count;
    kithi_map maps[LANES];
} counting;

static bool count_pair(counting *k, size_t lane, uint32_t a, uint32_t b) {
    uint64_t pattern = kithi_pattern_of(k->model, k->pool->items[a], k->pool->items[b]);
    uint64_t *count = kithi_map_put(&k->maps[lane], pattern, 0, NULL);
    if (count != NULL) {
        (*count)++;
    }
    return count != NULL;
}

static bool is_sampled(const counting *k, uint32_t place) {
    return k->pool->marks[place] <= k->sample;
}

/* Pairs of two sampled records come twice. */
static bool is_again(const counting *k, const kithi_place_pair *pair) {
    return is_sampled(k, pair->b) && k->pool->marks[pair->a] > k->pool->marks[pair->b];
}

static int take_candidates(void *context, size_t lane, const kithi_place_pair *pairs,
                           size_t count) {
    counting *k = context;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        ok = is_again(k, &pairs[i]) || count_pair(k, lane, pairs[i].a, pairs[i].b);
    }
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

static int count_candidates(counting *k, unsigned threads) {
    uint32_t *places = malloc((k->pool->count + 1) * sizeof *places);
    size_t count = 0;
    for (size_t i = 0; places != NULL && i < k->pool->count; i++) {
        places[count] = (uint32_t)i;
        count += is_sampled(k, (uint32_t)i);
    }
    int rc = places != NULL
                 ? kithi_blocks_each_of(k->blocks, places, count, threads, take_candidates, k)
                 : KITH_NO_MEMORY;
    free(places);
    return rc;
}

static int count_random_lane(void *context, size_t lane) {
    counting *k = context;
    bool ok = true;
    for (size_t i = lane; ok && i < k->chosen_count; i += LANES) {
        for (size_t j = 0; ok && j < i; j++) {
            ok = count_pair(k, lane, k->chosen[i], k->chosen[j]);
        }
    }
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

static int count_random(counting *k, unsigned threads) {
    return kithi_workers_run(threads, LANES, count_random_lane, k);
}

static int by_pattern(const void *a, const void *b) {
    uint64_t x = ((const struct kithi_pattern_count *)a)->pattern;
    uint64_t y = ((const struct kithi_pattern_count *)b)->pattern;
    return (x > y) - (x < y);
}

/* Adds all lanes up. */
static bool gather_patterns(counting *k, kithi_patterns *out) {
    kithi_map *all = &k->maps[0];
    for (size_t lane = 1; lane < LANES; lane++) {
        for (size_t i = 0; i < k->maps[lane].capacity; i++) {
            const kithi_map_slot *slot = &k->maps[lane].slots[i];
            uint64_t *count = slot->used ? kithi_map_put(all, slot->key, 0, NULL) : NULL;
            if (slot->used && count == NULL) {
                return false;
            }
            if (slot->used) {
                *count += slot->value;
            }
        }
    }
    out->items = malloc((all->count + 1) * sizeof *out->items);
    for (size_t i = 0; out->items != NULL && i < all->capacity; i++) {
        if (all->slots[i].used) {
            out->items[out->count++] =
                (struct kithi_pattern_count){all->slots[i].key, all->slots[i].value};
        }
    }
    if (out->count > 1) {
        qsort(out->items, out->count, sizeof *out->items, by_pattern);
    }
    return out->items != NULL;
}

static int count_patterns(counting *k, int (*count)(counting *k, unsigned threads),
                          unsigned threads, kithi_patterns *out) {
    for (size_t i = 0; i < LANES; i++) {
        kithi_map_init(&k->maps[i]);
    }
    int rc = count(k, threads);
    if (rc == KITH_OK && !gather_patterns(k, out)) {
        rc = KITH_NO_MEMORY;
    }
    for (size_t i = 0; i < LANES; i++) {
        kithi_map_clear(&k->maps[i]);
    }
    return rc;
}

/* The records of the smallest marks. */

typedef struct marked {
    uint64_t mark;
    uint32_t place;
} marked;

static int by_mark(const void *a, const void *b) {
    const marked *x = a, *y = b;
    return (x->mark > y->mark) - (x->mark < y->mark);
}

static uint32_t *choose_records(const kithi_pool *pool, size_t *out_count) {
    /* Twice as many as are wanted have smaller marks, about: the rest needs no sorting. */
    uint64_t last = pool->count <= 4 * RANDOM_RECORDS
                        ? UINT64_MAX
                        : UINT64_MAX / pool->count * (2 * RANDOM_RECORDS);
    marked *all = malloc((pool->count + 1) * sizeof *all);
    uint32_t *chosen = malloc(RANDOM_RECORDS * sizeof *chosen);
    size_t count = 0;
    for (size_t i = 0; all != NULL && i < pool->count; i++) {
        if (pool->marks[i] <= last) {
            all[count++] = (marked){pool->marks[i], (uint32_t)i};
        }
    }
    if (all == NULL || chosen == NULL) {
        free(all);
        free(chosen);
        return NULL;
    }
    qsort(all, count, sizeof *all, by_mark);
    *out_count = count < RANDOM_RECORDS ? count : RANDOM_RECORDS;
    for (size_t i = 0; i < *out_count; i++) {
        chosen[i] = all[i].place;
    }
    free(all);
    return chosen;
}

/* Of records, so that the others need not be walked; returns the share of the pairs that have one
 * of them. */
static double choose_sample(uint64_t pair_count, uint64_t *out_mark) {
    double records = 1;
    *out_mark = UINT64_MAX;
    if (pair_count > CANDIDATES_MAX) {
        *out_mark = UINT64_MAX / pair_count * (CANDIDATES_MAX / 2);
        records = (double)*out_mark / (double)UINT64_MAX;
    }
    return 1 - (1 - records) * (1 - records);
}

int kithi_patterns_count_all(const kithi_model *model, const kithi_pool *pool,
                             const kithi_blocks *blocks, unsigned threads,
                             kithi_pattern_counts *out) {
    counting *k = calloc(1, sizeof *k);
    size_t chosen_count = 0;
    memset(out, 0, sizeof *out);
    uint32_t *chosen = choose_records(pool, &chosen_count);
    int rc = k != NULL && chosen != NULL ? KITH_OK : KITH_NO_MEMORY;
    if (rc == KITH_OK) {
        k->model = model;
        k->pool = pool;
        k->blocks = blocks;
        k->chosen = chosen;
        k->chosen_count = chosen_count;
        out->candidate_share = choose_sample(blocks->pair_count, &k->sample);
        out->pair_count = (double)pool->count * (double)(pool->count - 1) / 2;
        rc = count_patterns(k, count_random, threads, &out->random);
    }
    if (rc == KITH_OK) {
        rc = count_patterns(k, count_candidates, threads, &out->candidates);
    }
    if (rc != KITH_OK) {
        kithi_pattern_counts_clear(out);
    }
    free(chosen);
    free(k);
    return rc;
}

void kithi_pattern_counts_clear(kithi_pattern_counts *counts) {
    free(counts->random.items);
    free(counts->candidates.items);
    memset(counts, 0, sizeof *counts);
}
