#include "src/score/itemset_miner.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/base/bit_count.h"

#define LOOKS_A_PAUSE 64u /* sets that are extended between two questions whether to go on */
#define BLOCK_WORDS   8u  /* of bitmaps, whose length is a multiple of that */
#define BLOCKS_A_LOOK 8u  /* that are counted before it is asked whether too few are left */
/* Where an item stands in at least one of so many rows, on an average, bitmaps are quicker. */
#define DENSE         16u

bool kithi_itemset_miner_init(kithi_itemset_miner *m, kithi_itemset_mine *mine) {
    *m = (kithi_itemset_miner){.mine = mine};
    m->counts = calloc(mine->item_count + 1, sizeof *m->counts);
    m->touched = malloc((mine->item_count + 1) * sizeof *m->touched);
    return m->counts != NULL && m->touched != NULL;
}

void kithi_itemset_miner_clear(kithi_itemset_miner *m) {
    free(m->counts);
    free(m->touched);
    free(m->tree.sets);
}

/* Only one thread tells how far all are; the others hear of it what was said. */
static int pause_now(kithi_itemset_miner *m) {
    kithi_itemset_mine *mine = m->mine;
    const kithi_workers_ear *ear = mine->options->ear;
    if (ear != NULL && pthread_equal(pthread_self(), mine->leader) &&
        ear->tell(ear->context, atomic_load(&mine->done), mine->item_count) != 0) {
        atomic_store(&mine->stopped, true);
    }
    return atomic_load(&mine->stopped) ? KITH_INTERRUPTED : KITH_OK;
}

static int pause_sometimes(kithi_itemset_miner *m) {
    return ++m->looks % LOOKS_A_PAUSE == 0 ? pause_now(m) : KITH_OK;
}

/* Memory for work, within what a thread may have. */
static int take(kithi_itemset_miner *m, uint64_t bytes, void *out) {
    if (bytes > m->mine->options->memory_bytes - m->work_bytes) {
        return KITH_LIMIT;
    }
    void *memory = malloc(bytes + 1);
    if (memory == NULL) {
        return KITH_NO_MEMORY;
    }
    m->work_bytes += bytes;
    memcpy(out, &memory, sizeof memory);
    return KITH_OK;
}

static void give_back(kithi_itemset_miner *m, uint64_t bytes, void *memory) {
    if (memory != NULL) {
        m->work_bytes -= bytes;
        free(memory);
    }
}

/* The tree */

static int add_set(kithi_itemset_miner *m, uint32_t rank, uint32_t support) {
    kithi_itemset_tree *tree = &m->tree;
    uint64_t before = atomic_fetch_add(&m->mine->kept_bytes, sizeof *tree->sets);
    if (before + sizeof *tree->sets > m->mine->options->memory_bytes || tree->count == UINT32_MAX) {
        return KITH_LIMIT;
    }
    if (!KITHI_GROW(tree->sets, m->capacity, tree->count + 1)) {
        return KITH_NO_MEMORY;
    }
    tree->sets[tree->count++] = (kithi_itemset){rank, support, 0, 0};
    return KITH_OK;
}

static void set_kids(kithi_itemset_miner *m, size_t parent, size_t first) {
    m->tree.sets[parent].first_kid = (uint32_t)first;
    m->tree.sets[parent].kid_count = (uint32_t)(m->tree.count - first);
}

/* Dense: bitmaps of the rows that lack an item */

typedef struct lacks {
    uint64_t *bits; /* member by member */
    size_t words;   /* of each */
    size_t first;   /* the members' place in the tree, */
    size_t count;   /* one after the other */
} lacks;

static inline uint64_t *lack_at(const lacks *l, size_t member) {
    return l->bits + member * l->words;
}

/* Those that lack `b` of those that have `a`, into `out`, and how many they are; once they are more
 * than `most` it stops. */
static uint32_t lack_both(const uint64_t *a, const uint64_t *b, size_t words, uint32_t most,
                          uint64_t *out) {
    uint32_t count = 0;
    for (size_t i = 0; i < words && count <= most;) {
        kithi_tally tally = {0, 0, 0, 0};
        size_t left = (words - i) / BLOCK_WORDS;
        for (size_t block = left < BLOCKS_A_LOOK ? left : BLOCKS_A_LOOK; block > 0; block--) {
            for (size_t j = 0; j < BLOCK_WORDS; j++) {
                out[i + j] = b[i + j] & ~a[i + j];
            }
            kithi_tally_take_eight(&tally, out + i);
            i += BLOCK_WORDS;
        }
        count += kithi_tally_total(&tally);
    }
    return count;
}

/* Makes the kids of a member: it with each one behind it. */
static int extend_member(kithi_itemset_miner *m, const lacks *l, size_t member, lacks *out) {
    uint32_t support = m->tree.sets[l->first + member].support;
    uint32_t most = support - m->mine->options->least;
    int rc = pause_sometimes(m);
    out->first = m->tree.count;
    out->count = 0;
    for (size_t other = member + 1; rc == KITH_OK && other < l->count; other++) {
        uint32_t gone = lack_both(lack_at(l, member), lack_at(l, other), l->words, most,
                                  lack_at(out, out->count));
        if (gone <= most) {
            rc = add_set(m, m->tree.sets[l->first + other].rank, support - gone);
            out->count++;
        }
    }
    set_kids(m, l->first + member, out->first);
    return rc;
}

/* `size`: items in each member. */
static int mine_members(kithi_itemset_miner *m, const lacks *l, uint32_t size) {
    lacks kids = {.words = l->words};
    uint64_t bytes = l->count * l->words * sizeof *l->bits;
    int rc = size < m->mine->options->most_items ? take(m, bytes, &kids.bits) : KITH_OK;
    for (size_t i = 0; rc == KITH_OK && kids.bits != NULL && i + 1 < l->count; i++) {
        rc = extend_member(m, l, i, &kids);
        rc = rc == KITH_OK && kids.count > 1 ? mine_members(m, &kids, size + 1) : rc;
    }
    give_back(m, bytes, kids.bits);
    return rc;
}

/* Sparse: the rows that have an item, with what stands behind it */

/* An itemset whose kids are looked for. */
typedef struct extending {
    const kithi_itemset_rows *rows;
    size_t set;     /* its place in the tree */
    uint32_t size;  /* its items */
    uint32_t *kids; /* their numbers there, in order */
    uint32_t kid_count;
    size_t first;        /* kid's place in the tree */
    uint64_t kept_lines; /* of them in the rows */
    uint32_t from, to;   /* where the rows are told */
} extending;

static uint32_t begin_of(const kithi_itemset_rows *rows, uint32_t number) {
    return number == 0 ? 0 : rows->ends[number - 1];
}

/* The behind of a row begins here. */
static const uint32_t *row_at(const extending *e, uint32_t row) {
    return e->rows->entries + e->rows->places[e->from + row] + 1;
}

static uint32_t count_behind(kithi_itemset_miner *m, const extending *e) {
    uint32_t touched = 0;
    for (uint32_t row = 0; row < e->to - e->from; row++) {
        for (const uint32_t *at = row_at(e, row); *at != KITHI_ITEMSET_END; at++) {
            m->touched[touched] = *at;
            touched += m->counts[*at]++ == 0;
        }
    }
    return touched;
}

/* Makes sets of what is frequent, and leaves the counts as they were. */
static int keep_frequent(kithi_itemset_miner *m, extending *e, uint32_t touched) {
    int rc = KITH_OK;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < touched; i++) {
        if (m->counts[m->touched[i]] >= m->mine->options->least) {
            m->touched[kept++] = m->touched[i];
        } else {
            m->counts[m->touched[i]] = 0;
        }
    }
    kithi_sort_u32(m->touched, kept);
    e->first = m->tree.count;
    e->kid_count = kept;
    for (uint32_t i = 0; i < kept; i++) {
        uint32_t number = m->touched[i], count = m->counts[number];
        e->kept_lines += count;
        m->counts[number] = 0;
        if (rc == KITH_OK) {
            rc = add_set(m, e->rows->ranks != NULL ? e->rows->ranks[number] : number, count);
        }
    }
    set_kids(m, e->set, e->first);
    return rc;
}

static int extend_number(kithi_itemset_miner *m, const kithi_itemset_rows *rows, uint32_t number,
                         size_t set, uint32_t size);

/* The places of the kids by their numbers, for as long as rows are gone through: in the counts,
 * which nobody else needs meanwhile. */
static void mark_kids(kithi_itemset_miner *m, const extending *e, bool marked) {
    for (uint32_t i = 0; i < e->kid_count; i++) {
        m->counts[e->kids[i]] = marked ? i + 1 : 0;
    }
}

static void fill_lacks(kithi_itemset_miner *m, const extending *e, const lacks *l) {
    uint32_t rows = e->to - e->from;
    memset(l->bits, 0, l->count * l->words * sizeof *l->bits);
    for (size_t kid = 0; kid < l->count; kid++) {
        memset(lack_at(l, kid), 0xff, rows / 64 * sizeof *l->bits);
        lack_at(l, kid)[rows / 64] |= (UINT64_C(1) << rows % 64) - 1;
    }
    mark_kids(m, e, true);
    for (uint32_t row = 0; row < rows; row++) {
        for (const uint32_t *at = row_at(e, row); *at != KITHI_ITEMSET_END; at++) {
            uint32_t kid = m->counts[*at];
            if (kid != 0) {
                lack_at(l, kid - 1)[row / 64] &= ~(UINT64_C(1) << row % 64);
            }
        }
    }
    mark_kids(m, e, false);
}

static int extend_by_bitmaps(kithi_itemset_miner *m, const extending *e) {
    size_t words = ((e->to - e->from) / 64 + BLOCK_WORDS) / BLOCK_WORDS * BLOCK_WORDS;
    lacks l = {NULL, words, e->first, e->kid_count};
    uint64_t bytes = l.count * l.words * sizeof *l.bits;
    int rc = take(m, bytes, &l.bits);
    if (rc == KITH_OK) {
        fill_lacks(m, e, &l);
        rc = mine_members(m, &l, e->size + 1);
    }
    give_back(m, bytes, l.bits);
    return rc;
}

/* Rows with kids alone, by their places; `next` has where the next place of each goes. */
static void fill_rows(kithi_itemset_miner *m, const extending *e, uint32_t *entries,
                      uint32_t *places, uint32_t *next) {
    uint32_t at = 0;
    mark_kids(m, e, true);
    for (uint32_t row = 0; row < e->to - e->from; row++) {
        for (const uint32_t *from = row_at(e, row); *from != KITHI_ITEMSET_END; from++) {
            uint32_t kid = m->counts[*from];
            if (kid != 0) {
                places[next[kid - 1]++] = at;
                entries[at++] = kid - 1;
            }
        }
        entries[at++] = KITHI_ITEMSET_END;
    }
    mark_kids(m, e, false);
}

static int extend_each(kithi_itemset_miner *m, const extending *e, const kithi_itemset_rows *rows) {
    int rc = KITH_OK;
    for (uint32_t kid = 0; rc == KITH_OK && kid + 1 < e->kid_count; kid++) {
        rc = extend_number(m, rows, kid, e->first + kid, e->size + 1);
    }
    return rc;
}

/* What is projected lies in one piece: entries, places, ends and ranks. */
static int extend_by_rows(kithi_itemset_miner *m, const extending *e) {
    uint64_t lines = e->kept_lines, rows = e->to - e->from, kids = e->kid_count;
    uint64_t bytes = (2 * lines + rows + 2 * kids) * sizeof(uint32_t);
    uint32_t *entries = NULL;
    int rc = take(m, bytes, &entries);
    if (rc == KITH_OK) {
        uint32_t *places = entries + lines + rows, *ends = places + lines, *ranks = ends + kids;
        for (uint32_t kid = 0, at = 0; kid < kids; kid++) {
            ends[kid] = at;
            at += m->tree.sets[e->first + kid].support;
            ranks[kid] = m->tree.sets[e->first + kid].rank;
        }
        fill_rows(m, e, entries, places, ends);
        const kithi_itemset_rows projected = {entries, ranks, places, ends};
        rc = extend_each(m, e, &projected);
    }
    give_back(m, bytes, entries);
    return rc;
}

static int extend_further(kithi_itemset_miner *m, extending *e) {
    uint64_t bytes = e->kid_count * sizeof *e->kids;
    int rc = take(m, bytes, &e->kids);
    if (rc == KITH_OK) {
        memcpy(e->kids, m->touched, bytes);
        bool dense = e->kept_lines * DENSE >= (uint64_t)(e->to - e->from) * e->kid_count;
        rc = dense ? extend_by_bitmaps(m, e) : extend_by_rows(m, e);
    }
    give_back(m, bytes, e->kids);
    return rc;
}

/* Looks for all sets that begin with one, whose last item is a number of the rows. */
static int extend_number(kithi_itemset_miner *m, const kithi_itemset_rows *rows, uint32_t number,
                         size_t set, uint32_t size) {
    extending e = {.rows = rows, .set = set, .size = size};
    e.from = begin_of(rows, number);
    e.to = rows->ends[number];
    int rc = pause_sometimes(m);
    if (rc == KITH_OK && size < m->mine->options->most_items) {
        rc = keep_frequent(m, &e, count_behind(m, &e));
        bool further = e.kid_count > 1 && size + 1 < m->mine->options->most_items;
        rc = rc == KITH_OK && further ? extend_further(m, &e) : rc;
    }
    return rc;
}

int kithi_itemset_miner_run(kithi_itemset_miner *m, const kithi_itemset_rows *rows, uint32_t item,
                            kithi_itemset_tree *out) {
    m->tree = (kithi_itemset_tree){NULL, 0};
    m->capacity = 0;
    int rc = add_set(m, item, rows->ends[item] - begin_of(rows, item));
    rc = rc == KITH_OK ? extend_number(m, rows, item, 0, 1) : rc;
    kithi_itemset *fitting =
        rc == KITH_OK ? realloc(m->tree.sets, m->tree.count * sizeof *fitting) : NULL;
    *out = (kithi_itemset_tree){fitting != NULL ? fitting : m->tree.sets, m->tree.count};
    m->tree = (kithi_itemset_tree){NULL, 0};
    atomic_fetch_add(&m->mine->done, 1);
    return rc;
}
