#include "src/match/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/workers.h"
#include "kith/base.h"
#include "src/match/block.h"

#define PIECE      4096 /* places whose keys one worker makes at a time */
#define PARTS      256  /* by the highest bits of the keys; each is sorted on its own */
#define PART_SHIFT (KITHI_BLOCK_KEY_BITS - 8)

/* A key and who has it: 40 bits and 24 would not do for more than 16 million, so two words. */
typedef struct entry {
    uint64_t key;
    uint32_t place;
} entry;

typedef struct making {
    const kithi_model *model;
    const kithi_pool *pool;
    uint32_t cap;
    size_t piece_count;
    uint32_t (*counts)[PARTS]; /* by piece: entries of each part, then where the next one goes */
    entry *entries, *sorted;
    size_t part_first[PARTS + 1];
    struct part {
        size_t block_count, place_count;
        uint64_t pair_count;
    } parts[PARTS];
    size_t part_block[PARTS], part_place[PARTS];
    kithi_blocks *out;
} making;

static void piece_bounds(const making *m, size_t piece, size_t *from, size_t *to) {
    *from = piece * PIECE;
    *to = *from + PIECE < m->pool->count ? *from + PIECE : m->pool->count;
}

static int count_piece(void *context, size_t piece) {
    making *m = context;
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t from, to;
    piece_bounds(m, piece, &from, &to);
    for (size_t i = from; i < to; i++) {
        size_t count = kithi_block_keys(m->model, m->pool->items[i], keys);
        for (size_t k = 0; k < count; k++) {
            m->counts[piece][keys[k] >> PART_SHIFT]++;
        }
    }
    return KITH_OK;
}

static int fill_piece(void *context, size_t piece) {
    making *m = context;
    uint64_t keys[KITHI_BLOCK_KEYS_MAX];
    size_t from, to;
    piece_bounds(m, piece, &from, &to);
    for (size_t i = from; i < to; i++) {
        size_t count = kithi_block_keys(m->model, m->pool->items[i], keys);
        for (size_t k = 0; k < count; k++) {
            size_t part = keys[k] >> PART_SHIFT;
            m->entries[m->part_first[part] + m->counts[piece][part]++] =
                (entry){keys[k], (uint32_t)i};
        }
    }
    return KITH_OK;
}

/* Where each piece writes its entries of each part: so all stand in order of the places. */
static void place_pieces(making *m) {
    size_t at = 0;
    for (size_t part = 0; part < PARTS; part++) {
        uint32_t within = 0;
        m->part_first[part] = at;
        for (size_t piece = 0; piece < m->piece_count; piece++) {
            uint32_t count = m->counts[piece][part];
            m->counts[piece][part] = within;
            within += count;
        }
        at += within;
    }
    m->part_first[PARTS] = at;
}

/* A radix sort by the bytes below the part's: it keeps the order of equal keys. */
static void sort_part(making *m, size_t part) {
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
}

/* The next run of one key that is a block; false at the end. */
static bool next_block(const making *m, size_t end, size_t *at, size_t *out_size) {
    while (*at < end) {
        size_t size = 1;
        while (*at + size < end && m->entries[*at + size].key == m->entries[*at].key) {
            size++;
        }
        if (size > 1 && size <= m->cap) {
            *out_size = size;
            return true;
        }
        *at += size;
    }
    return false;
}

static int count_part(void *context, size_t index) {
    making *m = context;
    struct part *p = &m->parts[index];
    size_t size;
    sort_part(m, index);
    for (size_t at = m->part_first[index]; next_block(m, m->part_first[index + 1], &at, &size);
         at += size) {
        p->block_count++;
        p->place_count += size;
        p->pair_count += size * (size - 1) / 2;
    }
    return KITH_OK;
}

static int write_part(void *context, size_t index) {
    making *m = context;
    kithi_blocks *out = m->out;
    size_t size, block = m->part_block[index], place = m->part_place[index];
    for (size_t at = m->part_first[index]; next_block(m, m->part_first[index + 1], &at, &size);
         at += size) {
        out->first[block++] = place;
        for (size_t i = 0; i < size; i++) {
            out->places[place++] = m->entries[at + i].place;
        }
    }
    return KITH_OK;
}

static int collect_blocks(making *m, unsigned threads) {
    kithi_blocks *out = m->out;
    size_t places = 0;
    for (size_t i = 0; i < PARTS; i++) {
        m->part_block[i] = out->count;
        m->part_place[i] = places;
        out->count += m->parts[i].block_count;
        places += m->parts[i].place_count;
        out->pair_count += m->parts[i].pair_count;
    }
    out->first = malloc((out->count + 1) * sizeof *out->first);
    out->places = malloc((places + 1) * sizeof *out->places);
    out->begins = calloc(m->pool->count + 2, sizeof *out->begins);
    if (out->first == NULL || out->places == NULL || out->begins == NULL) {
        return KITH_NO_MEMORY;
    }
    out->first[out->count] = places;
    return kithi_workers_run(threads, PARTS, write_part, m);
}

/* From places to their blocks: a counting sort. */
static int turn_around(kithi_blocks *out, size_t place_count) {
    uint64_t total = out->first[out->count];
    out->of = malloc((total + 1) * sizeof *out->of);
    if (out->of == NULL) {
        return KITH_NO_MEMORY;
    }
    for (uint64_t i = 0; i < total; i++) {
        out->begins[out->places[i] + 2]++;
    }
    for (size_t i = 2; i < place_count + 2; i++) {
        out->begins[i] += out->begins[i - 1];
    }
    for (size_t block = 0; block < out->count; block++) {
        for (uint64_t i = out->first[block]; i < out->first[block + 1]; i++) {
            out->of[out->begins[out->places[i] + 1]++] = (uint32_t)block;
        }
    }
    return KITH_OK;
}

static int make(making *m, unsigned threads) {
    int rc = KITH_NO_MEMORY;
    m->piece_count = (m->pool->count + PIECE - 1) / PIECE;
    m->counts = calloc(m->piece_count + 1, sizeof *m->counts);
    if (m->counts != NULL) {
        rc = kithi_workers_run(threads, m->piece_count, count_piece, m);
        place_pieces(m);
        m->entries = malloc((m->part_first[PARTS] + 1) * sizeof *m->entries);
        m->sorted = malloc((m->part_first[PARTS] + 1) * sizeof *m->sorted);
    }
    if (m->entries == NULL || m->sorted == NULL) {
        return KITH_NO_MEMORY;
    }
    rc = rc == KITH_OK ? kithi_workers_run(threads, m->piece_count, fill_piece, m) : rc;
    rc = rc == KITH_OK ? kithi_workers_run(threads, PARTS, count_part, m) : rc;
    rc = rc == KITH_OK ? collect_blocks(m, threads) : rc;
    return rc;
}

int kithi_blocks_make(const kithi_model *model, const kithi_pool *pool, uint32_t cap,
                      unsigned threads, kithi_blocks *out) {
    making *m = calloc(1, sizeof *m);
    memset(out, 0, sizeof *out);
    out->cap = cap;
    if (m == NULL) {
        return KITH_NO_MEMORY;
    }
    m->model = model;
    m->pool = pool;
    m->cap = cap;
    m->out = out;
    int rc = make(m, threads);
    free(m->counts);
    free(m->entries);
    free(m->sorted);
    free(m);
    rc = rc == KITH_OK ? turn_around(out, pool->count) : rc;
    if (rc != KITH_OK) {
        kithi_blocks_clear(out);
    }
    return rc;
}

void kithi_blocks_clear(kithi_blocks *blocks) {
    free(blocks->first);
    free(blocks->places);
    free(blocks->begins);
    free(blocks->of);
    memset(blocks, 0, sizeof *blocks);
}

bool kithi_blocks_is_first(const kithi_blocks *blocks, uint32_t a, uint32_t b, uint32_t block) {
    uint64_t i = blocks->begins[a], j = blocks->begins[b];
    for (;;) {
        uint32_t x = blocks->of[i], y = blocks->of[j];
        if (x == y) {
            return x == block;
        }
        if (x > block || y > block) {
            return false;
        }
        i += x < y;
        j += x > y;
    }
}
