#include "src/match/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"
#include "src/base/workers.h"
#include "src/match/block.h"

#define PIECE          4096 /* places whose keys one worker makes at a time */
/* Pairs a record that blocks may hold, repeated ones counted: where that is enough for blocks of
 * any size up to the greatest cap, a single weak block proposes; else it doesn't, so more can be
 * met. */
#define PAIRS_OF_SMALL 80
#define PAIRS_OF_LARGE 50

#define AHEAD 16 /* blocks that are asked for before they are met; as many pad the list */

#define PARTS      256 /* by the highest bits of the keys; each is sorted on its own */
#define PART_SHIFT (KITHI_BLOCK_KEY_BITS - 8)

typedef kithi_block_place entry;

/* The entries of some places, in their order. */
typedef struct piece {
    entry *items;
    size_t count, capacity;
    uint32_t parts[PARTS]; /* entries of each part, then where in it the next one goes */
} piece;

typedef struct making {
    const kithi_model *model;
    const kithi_pool *pool;
    piece *pieces;
    size_t piece_count;
    entry *entries, *sorted;
    size_t part_first[PARTS + 1];
} making;

static int make_piece(void *context, size_t index) {
    making *m = context;
    piece *p = &m->pieces[index];
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t from = index * PIECE;
    size_t to = from + PIECE < m->pool->count ? from + PIECE : m->pool->count;
    for (size_t i = from; i < to; i++) {
        size_t count = kithi_block_keys(m->model, m->pool->items[i], keys);
        if (!KITHI_GROW(p->items, p->capacity, p->count + count)) {
            return KITH_NO_MEMORY;
        }
        for (size_t k = 0; k < count; k++) {
            p->items[p->count++] = (entry){keys[k], (uint32_t)i};
            p->parts[keys[k] >> PART_SHIFT]++;
        }
    }
    return KITH_OK;
}

static int fill_piece(void *context, size_t index) {
    making *m = context;
    piece *p = &m->pieces[index];
    for (size_t i = 0; i < p->count; i++) {
        size_t part = p->items[i].key >> PART_SHIFT;
        m->entries[m->part_first[part] + p->parts[part]++] = p->items[i];
    }
    free(p->items);
    p->items = NULL;
    return KITH_OK;
}

/* Where each piece writes its entries of each part: so all stand in order of the places. */
static void place_pieces(making *m) {
    size_t at = 0;
    for (size_t part = 0; part < PARTS; part++) {
        uint32_t within = 0;
        m->part_first[part] = at;
        for (size_t i = 0; i < m->piece_count; i++) {
            uint32_t count = m->pieces[i].parts[part];
            m->pieces[i].parts[part] = within;
            within += count;
        }
        at += within;
    }
    m->part_first[PARTS] = at;
}

/* A radix sort by the four bytes below the part's: it keeps the order of equal keys, and ends where
 * it began. */
static int sort_part(void *context, size_t part) {
    making *m = context;
    entry *from = m->entries + m->part_first[part], *to = m->sorted + m->part_first[part];
    size_t count = m->part_first[part + 1] - m->part_first[part];
    for (unsigned shift = 0; shift < PART_SHIFT; shift += 8) {
        size_t starts[257] = {0};
        for (size_t i = 0; i < count; i++) {
            starts[(from[i].key >> shift & 0xFF) + 1]++;
        }
        for (size_t i = 1; i < 257; i++) {
            starts[i] += starts[i - 1];
        }
        for (size_t i = 0; i < count; i++) {
            to[starts[from[i].key >> shift & 0xFF]++] = from[i];
        }
        entry *swap = from;
        from = to;
        to = swap;
    }
    return KITH_OK;
}

static int make_places(making *m, unsigned threads) {
    m->piece_count = (m->pool->count + PIECE - 1) / PIECE;
    m->pieces = calloc(m->piece_count + 1, sizeof *m->pieces);
    int rc = m->pieces != NULL ? kithi_workers_run(threads, m->piece_count, make_piece, m)
                               : KITH_NO_MEMORY;
    if (rc != KITH_OK) {
        return rc;
    }
    place_pieces(m);
    size_t count = m->part_first[PARTS];
    m->entries = malloc((count + 1) * sizeof *m->entries);
    rc = m->entries != NULL ? kithi_workers_run(threads, m->piece_count, fill_piece, m)
                            : KITH_NO_MEMORY;
    if (rc == KITH_OK) {
        m->sorted = malloc((count + 1) * sizeof *m->sorted);
        rc = m->sorted != NULL ? kithi_workers_run(threads, PARTS, sort_part, m) : KITH_NO_MEMORY;
    }
    return rc;
}

static void clear_making(making *m) {
    for (size_t i = 0; m->pieces != NULL && i < m->piece_count; i++) {
        free(m->pieces[i].items);
    }
    free(m->pieces);
    free(m->sorted);
    free(m);
}

int kithi_block_places_make(const kithi_model *model, const kithi_pool *pool, unsigned threads,
                            kithi_block_places *out) {
    making *m = calloc(1, sizeof *m);
    out->items = NULL;
    out->count = 0;
    if (m == NULL) {
        return KITH_NO_MEMORY;
    }
    m->model = model;
    m->pool = pool;
    int rc = make_places(m, threads);
    if (rc == KITH_OK) {
        out->items = m->entries;
        out->count = m->part_first[PARTS];
    } else {
        free(m->entries);
    }
    clear_making(m);
    return rc;
}

void kithi_block_places_clear(kithi_block_places *places) {
    free(places->items);
    places->items = NULL;
    places->count = 0;
}

/* The size of the run of one key that begins at a place. */
static size_t run_size(const kithi_block_places *places, size_t at) {
    size_t size = 1;
    while (at + size < places->count && places->items[at + size].key == places->items[at].key) {
        size++;
    }
    return size;
}

/* Pairs of the blocks of each size, repeated ones counted. */
typedef struct pair_counts {
    uint64_t of[KITHI_BLOCK_CAP_MAX + 1];
} pair_counts;

static pair_counts count_pairs(const kithi_block_places *places) {
    pair_counts counts = {{0}};
    for (size_t at = 0, size; at < places->count; at += size) {
        size = run_size(places, at);
        if (size <= KITHI_BLOCK_CAP_MAX) {
            counts.of[size] += size * (size - 1) / 2;
        }
    }
    return counts;
}

/* The greatest cap for which blocks hold no more than so many pairs. */
static uint32_t cap_of(const pair_counts *counts, uint64_t pairs_most) {
    uint64_t pairs = 0;
    uint32_t cap = 0;
    while (cap < KITHI_BLOCK_CAP_MAX &&
           (cap < KITHI_BLOCK_CAP_MIN || pairs + counts->of[cap + 1] <= pairs_most)) {
        pairs += counts->of[++cap];
    }
    return cap;
}

void kithi_block_places_limit(const kithi_block_places *places, size_t pool_count,
                              kithi_model *model) {
    uint32_t configured = model->block_cap;
    pair_counts counts = count_pairs(places);
    model->weak_least = 1;
    model->block_cap = cap_of(&counts, (uint64_t)pool_count * PAIRS_OF_SMALL);
    if (model->block_cap < KITHI_BLOCK_CAP_MAX) {
        model->weak_least = 2;
        model->block_cap = cap_of(&counts, (uint64_t)pool_count * PAIRS_OF_LARGE);
    }
    model->block_cap = configured > 0 ? configured : model->block_cap;
}

static bool is_block(size_t size, uint32_t cap) {
    return size > 1 && size <= cap;
}

static int write_blocks(const kithi_block_places *places, kithi_blocks *out) {
    size_t block = 0, written = 0;
    for (size_t at = 0, size; at < places->count; at += size) {
        size = run_size(places, at);
        if (is_block(size, out->model->block_cap)) {
            out->first[block++] = written;
            for (size_t i = 0; i < size; i++) {
                out->places[written++] = places->items[at + i].place;
            }
        }
    }
    out->first[block] = written;
    return KITH_OK;
}

/* From places to their blocks: a counting sort. */
static void turn_around(const kithi_block_places *places, size_t place_count, kithi_blocks *out) {
    uint64_t total = out->first[out->count];
    for (uint64_t i = 0; i < total; i++) {
        out->begins[out->places[i] + 2]++;
    }
    for (size_t i = 2; i < place_count + 2; i++) {
        out->begins[i] += out->begins[i - 1];
    }
    uint32_t block = 0;
    for (size_t at = 0, size; at < places->count; at += size) {
        size = run_size(places, at);
        if (!is_block(size, out->model->block_cap)) {
            continue;
        }
        uint32_t mark =
            block++ << KITHI_BLOCK_KIND_BITS | kithi_block_kind_of(places->items[at].key);
        for (size_t i = 0; i < size; i++) {
            out->of[out->begins[places->items[at + i].place + 1]++] = mark;
        }
    }
}

int kithi_blocks_make(const kithi_model *model, const kithi_block_places *places, size_t pool_count,
                      kithi_blocks *out) {
    size_t total = 0;
    uint32_t cap = model->block_cap;
    memset(out, 0, sizeof *out);
    out->model = model;
    out->place_count = pool_count;
    for (size_t at = 0, size; at < places->count; at += size) {
        size = run_size(places, at);
        if (is_block(size, cap)) {
            out->count++;
            out->pair_count += size * (size - 1) / 2;
            total += size;
        }
    }
    if (out->count > UINT32_MAX >> KITHI_BLOCK_KIND_BITS) { /* `of` has no room for more */
        kithi_blocks_clear(out);
        return KITH_NO_MEMORY;
    }
    out->first = malloc((out->count + 1) * sizeof *out->first);
    out->places = malloc((total + 1) * sizeof *out->places);
    out->begins = calloc(pool_count + 2, sizeof *out->begins);
    out->of = calloc(total + 2 * AHEAD + 1, sizeof *out->of);
    if (out->first == NULL || out->places == NULL || out->begins == NULL || out->of == NULL) {
        kithi_blocks_clear(out);
        return KITH_NO_MEMORY;
    }
    write_blocks(places, out);
    turn_around(places, pool_count, out);
    return KITH_OK;
}

void kithi_blocks_clear(kithi_blocks *blocks) {
    free(blocks->first);
    free(blocks->places);
    free(blocks->begins);
    free(blocks->of);
    memset(blocks, 0, sizeof *blocks);
}

/* Walking: each record with those after it that share its blocks */

#define BATCH    512  /* pairs, about, that are taken together */
#define PROPOSED 0xFF /* else what is shared so far */

typedef struct walking {
    const kithi_blocks *blocks;
    const uint32_t *chosen; /* places; NULL: all, each with those after it only */
    size_t count;           /* of places to walk */
    kithi_take_pairs_fn *take;
    void *context;
    size_t met_max; /* by one place */
} walking;

/* What one lane works with. */
typedef struct walk {
    kithi_block_share *shared; /* place -> what it shares with the one at hand */
    uint32_t *met;             /* the places that share anything */
    size_t met_count;
    kithi_place_pair *pairs; /* proposed, and not taken yet */
    size_t pair_count;
} walk;

static void meet(const kithi_blocks *blocks, uint32_t other, kithi_block_kind kind, walk *k) {
    kithi_block_share *shared = &k->shared[other];
    if (*shared == PROPOSED) {
        return;
    }
    if (*shared == 0) {
        k->met[k->met_count++] = other;
    }
    kithi_block_share now = kithi_block_share_add(*shared, kind);
    *shared = kithi_block_share_suffices(blocks->model, now) ? PROPOSED : now;
}

/* The place is itself of the block: it stands between those after it and those before. */
static void meet_block(const kithi_blocks *blocks, uint32_t place, uint32_t mark, bool before,
                       walk *k) {
    uint32_t block = mark >> KITHI_BLOCK_KIND_BITS;
    kithi_block_kind kind = kithi_block_kind_of(mark);
    uint64_t at = blocks->first[block + 1];
    while (blocks->places[--at] != place) {
        meet(blocks, blocks->places[at], kind, k);
    }
    while (before && at-- > blocks->first[block]) {
        meet(blocks, blocks->places[at], kind, k);
    }
}

/* Blocks stand anywhere in memory: they are asked for some time before they are met. */
static void look_ahead(const kithi_blocks *blocks, uint64_t at) {
    uint32_t soon = blocks->of[at + AHEAD] >> KITHI_BLOCK_KIND_BITS;
    uint32_t later = blocks->of[at + 2 * AHEAD] >> KITHI_BLOCK_KIND_BITS;
    __builtin_prefetch(&blocks->places[blocks->first[soon + 1] - 1]);
    __builtin_prefetch(&blocks->first[later + 1]);
}

static void walk_place(const walking *w, uint32_t place, walk *k) {
    const kithi_blocks *blocks = w->blocks;
    k->met_count = 0;
    for (uint64_t i = blocks->begins[place]; i < blocks->begins[place + 1]; i++) {
        look_ahead(blocks, i);
        meet_block(blocks, place, blocks->of[i], w->chosen != NULL, k);
    }
    for (size_t i = 0; i < k->met_count; i++) {
        uint32_t other = k->met[i];
        k->pairs[k->pair_count] = (kithi_place_pair){place, other};
        k->pair_count += k->shared[other] == PROPOSED;
        k->shared[other] = 0;
    }
}

static int walk_places(const walking *w, size_t lane, walk *k) {
    size_t end = w->count * (lane + 1) / KITHI_LANES;
    int rc = KITH_OK;
    for (size_t i = w->count * lane / KITHI_LANES; rc == KITH_OK && i < end; i++) {
        walk_place(w, w->chosen != NULL ? w->chosen[i] : (uint32_t)i, k);
        if (k->pair_count >= BATCH || (i + 1 == end && k->pair_count > 0)) {
            rc = w->take(w->context, lane, k->pairs, k->pair_count);
            k->pair_count = 0;
        }
    }
    return rc;
}

static int walk_lane(void *context, size_t lane) {
    const walking *w = context;
    walk k = {.shared = calloc(w->blocks->place_count + 1, 1),
              .met = malloc((w->met_max + 1) * sizeof *k.met),
              .pairs = malloc((BATCH + w->met_max + 1) * sizeof *k.pairs)};
    bool ok = k.shared != NULL && k.met != NULL && k.pairs != NULL;
    int rc = ok ? walk_places(w, lane, &k) : KITH_NO_MEMORY;
    free(k.shared);
    free(k.met);
    free(k.pairs);
    return rc;
}

static int walk_all(walking *w, unsigned threads, const kithi_workers_ear *ear) {
    size_t most = (size_t)w->blocks->model->block_cap * KITHI_BLOCK_KEYS_MAX;
    w->met_max = most < w->blocks->place_count ? most : w->blocks->place_count;
    return kithi_workers_run_told(threads, KITHI_LANES, walk_lane, w, ear);
}

int kithi_blocks_each(const kithi_blocks *blocks, unsigned threads, kithi_take_pairs_fn *take,
                      void *context, const kithi_workers_ear *ear) {
    walking w = {blocks, NULL, blocks->place_count, take, context, 0};
    return walk_all(&w, threads, ear);
}

int kithi_blocks_each_of(const kithi_blocks *blocks, const uint32_t *places, size_t count,
                         unsigned threads, kithi_take_pairs_fn *take, void *context) {
    walking w = {blocks, places, count, take, context, 0};
    return walk_all(&w, threads, NULL);
}
