/* How often terms are there. */
#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/map.h"
#include "src/base/workers.h"
#include "src/match/count_terms.h"

#define LISTED_MAX 8192   /* terms of a comparison that are known by name */
#define SAMPLE_MAX 262144 /* records whose terms are counted */
#define USUAL_UNIT 1024   /* of a usual count */

typedef struct kithi_term_count term_count;

static int by_count(const void *a, const void *b) {
    const term_count *x = a, *y = b;
    if (x->count != y->count) {
        return x->count > y->count ? -1 : 1;
    }
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

/* Terms that are no values: initials, rests of addresses, words of streets. */
static unsigned uncounted_of(kithi_kind kind) {
    return kind == KITHI_KIND_NAME    ? KITHI_TERM_INITIAL
           : kind == KITHI_KIND_EMAIL ? KITHI_TERM_REST
                                      : 0;
}

/* The greatest mark of those in a sample of about so many records. */
static uint64_t sample_mark(size_t count) {
    return count <= SAMPLE_MAX ? UINT64_MAX : UINT64_MAX / count * SAMPLE_MAX;
}

static bool count_record(kithi_map *map, const kithi_term_list *list, unsigned uncounted,
                         uint64_t *total) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->terms[i].flags & uncounted) {
            continue;
        }
        uint64_t *count = kithi_map_put(map, kithi_term_hash(list, &list->terms[i]), 0, NULL);
        if (count == NULL) {
            return false;
        }
        (*count)++;
    }
    *total += list->count > 0;
    return true;
}

/* Lists the most frequent ones, and gives the others their average. */
static bool list_terms(const term_count *all, size_t count, kithi_terms *terms) {
    size_t listed = count < LISTED_MAX ? count : LISTED_MAX;
    uint64_t rest = 0;
    while (listed > 0 && all[listed - 1].count < 2) {
        listed--;
    }
    for (size_t i = listed; i < count; i++) {
        rest += all[i].count;
    }
    terms->rest = count > listed ? (uint32_t)(rest / (count - listed)) : 1;
    bool ok = kithi_terms_begin(terms, listed);
    for (size_t i = 0; ok && i < listed; i++) {
        kithi_terms_list(terms, all[i].hash, all[i].count);
    }
    return ok;
}

static bool take_counts(const kithi_map *map, uint64_t total, kithi_comparison *c) {
    term_count *all = malloc((map->count + 1) * sizeof *all);
    size_t count = 0;
    for (size_t i = 0; all != NULL && i < map->capacity; i++) {
        if (map->slots[i].used) {
            all[count++] = (term_count){map->slots[i].key, (uint32_t)map->slots[i].value};
        }
    }
    if (all == NULL) {
        return false;
    }
    qsort(all, count, sizeof *all, by_count);
    c->terms.total = total;
    bool ok = list_terms(all, count, &c->terms);
    free(all);
    return ok;
}

typedef struct counting {
    kithi_model *model;
    const kithi_pool *pool;
} counting;

/* What the frequency of a term is compared with: how frequent the term of a random record is, on
 * the average. So the weight of a level, which was learnt of all terms, is that of such a one. */
static void learn_usual(const counting *k, size_t index, uint64_t last, const kithi_map *map) {
    kithi_comparison *c = &k->model->comparisons[index];
    double sums[KITHI_PARTS_MAX] = {0}, counts[KITHI_PARTS_MAX] = {0};
    unsigned uncounted = uncounted_of(c->kind->kind);
    for (size_t i = 0; i < k->pool->count; i++) {
        kithi_term_list list = kithi_features_of(k->pool->items[i], index);
        for (size_t t = 0; k->pool->marks[i] <= last && t < list.count; t++) {
            const uint64_t *count = kithi_map_get(map, kithi_term_hash(&list, &list.terms[t]));
            if (count != NULL && !(list.terms[t].flags & uncounted)) {
                size_t part = kithi_term_part(c->kind->kind, list.terms[t].flags);
                sums[part] += (double)*count;
                counts[part]++;
            }
        }
    }
    for (size_t part = 0; part < c->kind->part_count; part++) {
        double usual = counts[part] > 0 ? sums[part] / counts[part] : 1;
        c->shared[part] =
            kithi_log2_ratio((uint64_t)(usual * USUAL_UNIT), c->terms.total * USUAL_UNIT);
    }
}

static int count_comparison(void *context, size_t index) {
    const counting *k = context;
    kithi_comparison *c = &k->model->comparisons[index];
    uint64_t last = sample_mark(k->pool->count), total = 0;
    kithi_map map;
    bool ok = true;
    kithi_map_init(&map);
    for (size_t i = 0; ok && c->kind->terms && i < k->pool->count; i++) {
        if (k->pool->marks[i] <= last) {
            kithi_term_list list = kithi_features_of(k->pool->items[i], index);
            ok = count_record(&map, &list, uncounted_of(c->kind->kind), &total);
        }
    }
    ok = ok && (total == 0 || take_counts(&map, total, c));
    if (ok && total > 0) {
        learn_usual(k, index, last, &map);
    }
    kithi_map_clear(&map);
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

int kithi_terms_count_all(kithi_model *model, const kithi_pool *pool, unsigned threads) {
    counting k = {model, pool};
    return kithi_workers_run(threads, model->comparison_count, count_comparison, &k);
}
