#include "src/score/itemsets.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/order.h"
#include "src/score/itemset_miner.h"

#define TASKS_MAX 256u /* each has every so-manieth tree */
#define NO_RANK   UINT32_MAX

typedef struct mining {
    kithi_itemset_mine mine;
    const kithi_baskets *baskets;
    kithi_itemsets *out;
    uint32_t *ranks; /* of the items; NO_RANK: too rare */
    /* Of the rows: */
    uint32_t *entries, *places, *ends;
    size_t task_count;
} mining;

/* Ranks */

typedef struct counted_item {
    uint32_t count, item;
} counted_item;

static int by_count(const void *a, const void *b) {
    const counted_item *x = a, *y = b;
    int order = (x->count > y->count) - (x->count < y->count);
    return order != 0 ? order : (x->item > y->item) - (x->item < y->item);
}

static void count_items(const kithi_baskets *b, counted_item *items) {
    for (uint32_t i = 0; i < b->item_count; i++) {
        items[i] = (counted_item){0, i};
    }
    size_t lines = kithi_basket_line_count(b);
    for (size_t i = 0; i < lines; i++) {
        items[b->items[i]].count++;
    }
}

static uint32_t keep_frequent(counted_item *items, uint32_t count, uint32_t least) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].count >= least) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

/* Also where the places of each rank begin. */
static int rank_items(mining *m) {
    const kithi_baskets *b = m->baskets;
    counted_item *items = malloc((b->item_count + 1) * sizeof *items);
    m->ranks = malloc((b->item_count + 1) * sizeof *m->ranks);
    m->ends = malloc((b->item_count + 1) * sizeof *m->ends);
    m->out->items = malloc((b->item_count + 1) * sizeof *m->out->items);
    if (items == NULL || m->ranks == NULL || m->ends == NULL || m->out->items == NULL) {
        free(items);
        return KITH_NO_MEMORY;
    }
    count_items(b, items);
    m->out->item_count = keep_frequent(items, b->item_count, m->mine.options->least);
    qsort(items, m->out->item_count, sizeof *items, by_count);
    memset(m->ranks, 0xff, b->item_count * sizeof *m->ranks);
    for (uint32_t rank = 0, at = 0; rank < m->out->item_count; rank++) {
        m->ranks[items[rank].item] = rank;
        m->out->items[rank] = items[rank].item;
        m->ends[rank] = at;
        at += items[rank].count;
    }
    free(items);
    return KITH_OK;
}

/* Rows: baskets by ranks */

static uint32_t fill_row(const mining *m, size_t basket, uint32_t at) {
    const kithi_baskets *b = m->baskets;
    uint32_t begin = at;
    for (size_t i = kithi_basket_begin(b, basket); i < b->ends[basket]; i++) {
        uint32_t rank = m->ranks[b->items[i]];
        if (rank != NO_RANK) {
            m->entries[at++] = rank;
        }
    }
    kithi_sort_u32(m->entries + begin, at - begin);
    for (uint32_t i = begin; i < at; i++) {
        m->places[m->ends[m->entries[i]]++] = i;
    }
    m->entries[at++] = KITHI_ITEMSET_END;
    return at;
}

static int make_rows(mining *m) {
    size_t lines = kithi_basket_line_count(m->baskets);
    uint64_t bytes = (2 * lines + m->baskets->count) * sizeof *m->entries;
    if (bytes > m->mine.options->memory_bytes) {
        return KITH_LIMIT;
    }
    m->entries = malloc((lines + m->baskets->count + 1) * sizeof *m->entries);
    m->places = malloc((lines + 1) * sizeof *m->places);
    if (m->entries == NULL || m->places == NULL) {
        return KITH_NO_MEMORY;
    }
    atomic_store(&m->mine.kept_bytes, bytes);
    uint32_t at = 0;
    for (size_t i = 0; i < m->baskets->count; i++) {
        at = fill_row(m, i, at);
    }
    return KITH_OK;
}

/* Trees */

static int mine_some(void *context, size_t task) {
    mining *m = context;
    const kithi_itemset_rows rows = {m->entries, NULL, m->places, m->ends};
    kithi_itemset_miner miner;
    int rc = kithi_itemset_miner_init(&miner, &m->mine) ? KITH_OK : KITH_NO_MEMORY;
    for (size_t rank = task; rc == KITH_OK && rank < m->out->item_count; rank += m->task_count) {
        rc = kithi_itemset_miner_run(&miner, &rows, (uint32_t)rank, &m->out->trees[rank]);
    }
    kithi_itemset_miner_clear(&miner);
    return rc;
}

/* Tasks are told of; trees are what is of interest. */
static int tell_trees(void *context, size_t done, size_t count) {
    mining *m = context;
    const kithi_workers_ear *ear = m->mine.options->ear;
    (void)done, (void)count;
    return ear == NULL ? 0
                       : ear->tell(ear->context, atomic_load(&m->mine.done), m->out->item_count);
}

static int mine_trees(mining *m) {
    uint32_t count = m->out->item_count;
    m->out->trees = calloc(count + 1, sizeof *m->out->trees);
    if (m->out->trees == NULL) {
        return KITH_NO_MEMORY;
    }
    m->mine.item_count = count;
    m->task_count = count < TASKS_MAX ? count : TASKS_MAX;
    const kithi_workers_ear ear = {tell_trees, m};
    int rc = tell_trees(m, 0, 0) != 0 ? KITH_INTERRUPTED
                                      : kithi_workers_run_told(m->mine.options->threads,
                                                               m->task_count, mine_some, m, &ear);
    for (uint32_t i = 0; i < count; i++) {
        m->out->count += m->out->trees[i].count;
    }
    m->out->bytes = m->out->count * sizeof(kithi_itemset);
    return rc;
}

int kithi_itemsets_mine(const kithi_baskets *baskets, const kithi_itemset_options *options,
                        kithi_itemsets *out) {
    mining m = {.baskets = baskets, .out = out};
    *out = (kithi_itemsets){.count = 0};
    m.mine.options = options;
    m.mine.leader = pthread_self();
    atomic_init(&m.mine.kept_bytes, 0);
    atomic_init(&m.mine.stopped, false);
    atomic_init(&m.mine.done, 0);
    int rc = rank_items(&m);
    rc = rc == KITH_OK ? make_rows(&m) : rc;
    rc = rc == KITH_OK ? mine_trees(&m) : rc;
    free(m.ranks);
    free(m.entries);
    free(m.places);
    free(m.ends);
    return rc;
}

void kithi_itemsets_clear(kithi_itemsets *itemsets) {
    for (uint32_t i = 0; itemsets->trees != NULL && i < itemsets->item_count; i++) {
        free(itemsets->trees[i].sets);
    }
    free(itemsets->trees);
    free(itemsets->items);
    *itemsets = (kithi_itemsets){.count = 0};
}

/* Looking up */

static const kithi_itemset *find_kid(const kithi_itemset_tree *tree, const kithi_itemset *parent,
                                     uint32_t rank) {
    uint32_t low = 0, high = parent->kid_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->sets[parent->first_kid + middle].rank < rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const kithi_itemset *kid = &tree->sets[parent->first_kid + low];
    return low < parent->kid_count && kid->rank == rank ? kid : NULL;
}

uint32_t kithi_itemsets_support(const kithi_itemsets *itemsets, const uint32_t *ranks,
                                size_t count) {
    const kithi_itemset_tree *tree = &itemsets->trees[ranks[0]];
    const kithi_itemset *at = tree->sets;
    for (size_t i = 1; at != NULL && i < count; i++) {
        at = find_kid(tree, at, ranks[i]);
    }
    return at != NULL ? at->support : 0;
}
