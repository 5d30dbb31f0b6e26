/*
 * Scored pairs follow the records: after each transaction the index of block keys and the scored
 * pairs are those that the facts give. A record that changed is compared with all that share a
 * block with it. A block that comes to have more records than the cap proposes nothing any more:
 * pairs that only it proposed go; where one comes back below the cap its records are compared anew.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/fact/record_key.h"
#include "src/identity/block_index.h"
#include "src/identity/candidates.h"
#include "src/identity/resolve.h"
#include "src/identity/scored.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"

/* How many records entered and left a block. */
typedef struct traffic {
    uint64_t key;
    size_t entered, left;
} traffic;

/* A record to compare anew. */
typedef struct chosen {
    uint32_t record;
    const kithi_features *features; /* NULL: it didn't change itself */
    const uint64_t *keys;           /* of the features */
    size_t key_count;
    bool added; /* it is new, and has no pairs yet but with others that are new */
} chosen;

typedef struct entry_list {
    kithi_block_entry *items;
    size_t count, capacity;
} entry_list;

typedef struct scoring {
    kithi_resolver *r;
    const kithi_model *model;
    kithi_candidates candidates; /* features that were read, and look-ups */
    entry_list entered, left;    /* blocks; sorted once the index has them */
    kithi_arena arena;           /* of what changed records are now */
    kithi_arena pairs;           /* of one record */
    kithi_map is_chosen;
    chosen *chosen;
    size_t chosen_count, chosen_capacity;
} scoring;

static int no_memory(scoring *s) {
    return kithi_resolver_no_memory(s->r->txn);
}

/* The pairs that stand, borrowed until the next call. */
static int read_pairs(scoring *s, uint32_t record, kithi_scored **out, size_t *out_count) {
    kithi_arena_reset(&s->pairs);
    return kithi_scored_of(s->r->txn, record, &s->pairs, out, out_count);
}

/* Records to compare anew */

static int choose(scoring *s, chosen record) {
    bool added;
    if (kithi_map_put(&s->is_chosen, record.record, 0, &added) == NULL ||
        !KITHI_GROW(s->chosen, s->chosen_capacity, s->chosen_count + 1)) {
        return no_memory(s);
    }
    if (added) {
        s->chosen[s->chosen_count++] = record;
    }
    return KITH_OK;
}

static bool is_chosen(const scoring *s, uint32_t record) {
    return kithi_map_get(&s->is_chosen, record) != NULL;
}

static int choose_changed(scoring *s, const kithi_record_change *change,
                          const kithi_features *features, const uint64_t *keys, size_t key_count) {
    kithi_features *kept = kithi_arena_alloc(&s->arena, features->bytes);
    uint64_t *kept_keys = kithi_arena_alloc(&s->arena, (key_count + 1) * sizeof *keys);
    if (kept == NULL || kept_keys == NULL) {
        return no_memory(s);
    }
    memcpy(kept, features, features->bytes);
    memcpy(kept_keys, keys, key_count * sizeof *keys);
    return choose(s, (chosen){change->record, kept, kept_keys, key_count, change->added});
}

/* What changed in the blocks */

static int move_key(scoring *s, uint64_t key, uint32_t record, bool enters) {
    entry_list *list = enters ? &s->entered : &s->left;
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return no_memory(s);
    }
    list->items[list->count++] = (kithi_block_entry){key, record};
    return KITH_OK;
}

/* Both lists are ascending. */
static int move_keys(scoring *s, uint32_t record, const uint64_t *before, size_t before_count,
                     const uint64_t *after, size_t after_count) {
    size_t i = 0, j = 0;
    int rc = KITH_OK;
    while (rc == KITH_OK && (i < before_count || j < after_count)) {
        bool gone = j == after_count || (i < before_count && before[i] < after[j]);
        bool fresh = i == before_count || (j < after_count && after[j] < before[i]);
        if (gone || fresh) {
            rc = move_key(s, gone ? before[i] : after[j], record, fresh);
        }
        i += !fresh;
        j += !gone;
    }
    return rc;
}

static int take_change(scoring *s, const kithi_record_change *change) {
    uint64_t old_room[KITHI_FEATURES_MAX_BYTES / 8], new_room[KITHI_FEATURES_MAX_BYTES / 8];
    uint64_t before[KITHI_BLOCK_KEYS_MAX], after[KITHI_BLOCK_KEYS_MAX];
    kithi_features *old = (kithi_features *)(void *)old_room;
    kithi_features *now = (kithi_features *)(void *)new_room;
    size_t before_count = 0;
    bool known = change->row_before.size > 0;
    if (known && !kithi_features_make(s->model, change->row_before, old)) {
        return kithi_record_damaged(s->r->txn, change->record);
    }
    int rc = kithi_features_read(s->r->txn, s->model, change->record, now);
    if (rc != KITH_OK || (known && old->bytes == now->bytes && memcmp(old, now, now->bytes) == 0)) {
        return rc;
    }
    before_count = known ? kithi_block_keys(s->model, old, before) : 0;
    size_t after_count = kithi_block_keys(s->model, now, after);
    rc = move_keys(s, change->record, before, before_count, after, after_count);
    return rc == KITH_OK ? choose_changed(s, change, now, after, after_count) : rc;
}

/* Blocks that passed the cap */

static bool is_member(const kithi_candidate_block *block, uint32_t record) {
    return bsearch(&record, block->records, block->count, sizeof record, kithi_compare_u32) != NULL;
}

/* Whether blocks below the cap propose two records. */
static int is_proposed(scoring *s, uint32_t a, uint32_t b, bool *out) {
    const kithi_features *x, *y;
    uint64_t mine[KITHI_BLOCK_KEYS_MAX], theirs[KITHI_BLOCK_KEYS_MAX];
    int rc = kithi_candidates_features(&s->candidates, a, &x);
    size_t mine_count = rc == KITH_OK ? kithi_block_keys(s->model, x, mine) : 0;
    rc = rc == KITH_OK ? kithi_candidates_features(&s->candidates, b, &y) : rc;
    size_t their_count = rc == KITH_OK ? kithi_block_keys(s->model, y, theirs) : 0;
    kithi_block_share share = 0;
    *out = false;
    for (size_t i = 0, j = 0; rc == KITH_OK && !*out && i < mine_count && j < their_count;) {
        if (mine[i] == theirs[j]) {
            const uint32_t *members;
            size_t count = 0;
            rc = kithi_candidates_block(&s->candidates, mine[i], &members, &count);
            if (rc == KITH_OK && count <= s->model->block_cap) {
                share = kithi_block_share_add(share, kithi_block_kind_of(mine[i]));
            }
            *out = kithi_block_share_suffices(s->model, share);
            i++;
        } else if (mine[i] < theirs[j]) {
            i++;
        } else {
            j++;
        }
    }
    return rc;
}

/* The other record of a pair that stands; a row about nobody is told. */
static int seed_partner(scoring *s, const kithi_scored *pair) {
    const kithi_features *features;
    int rc = kithi_candidates_features(&s->candidates, pair->other, &features);
    return rc == KITH_OK ? kithi_resolver_add_seed(s->r, pair->other) : rc;
}

static int remove_pair(scoring *s, uint32_t record, const kithi_scored *pair) {
    int rc = kithi_scored_remove(s->r->txn, record, pair);
    rc = rc == KITH_OK ? kithi_resolver_add_seed(s->r, record) : rc;
    return rc == KITH_OK ? seed_partner(s, pair) : rc;
}

/* Pairs of a record within a block that proposes nothing any more. Those that are compared anew
 * anyway are passed over. */
static int withdraw_of(scoring *s, uint32_t record, const kithi_candidate_block *block) {
    kithi_scored *pairs;
    size_t pair_count;
    int rc = read_pairs(s, record, &pairs, &pair_count);
    for (size_t i = 0; rc == KITH_OK && i < pair_count; i++) {
        bool proposed;
        if (pairs[i].other < record || !is_member(block, pairs[i].other) ||
            is_chosen(s, pairs[i].other)) {
            continue;
        }
        rc = is_proposed(s, record, pairs[i].other, &proposed);
        rc = rc == KITH_OK && !proposed ? remove_pair(s, record, &pairs[i]) : rc;
    }
    return rc;
}

static int withdraw(scoring *s, const kithi_candidate_block *block) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < block->count; i++) {
        if (!is_chosen(s, block->records[i])) {
            rc = withdraw_of(s, block->records[i], block);
        }
    }
    return rc;
}

/* The lists once more, a block at a time. */
typedef struct traffic_walk {
    const entry_list *entered, *left;
    size_t entered_at, left_at;
} traffic_walk;

static size_t pass_key(const entry_list *list, size_t *at, uint64_t key) {
    size_t from = *at;
    while (*at < list->count && list->items[*at].key == key) {
        ++*at;
    }
    return *at - from;
}

/* The next block that records entered or left, by key. False: there is none. */
static bool next_traffic(traffic_walk *walk, traffic *out) {
    bool more_entered = walk->entered_at < walk->entered->count;
    bool more_left = walk->left_at < walk->left->count;
    uint64_t entered = more_entered ? walk->entered->items[walk->entered_at].key : UINT64_MAX;
    uint64_t left = more_left ? walk->left->items[walk->left_at].key : UINT64_MAX;
    out->key = entered < left ? entered : left;
    out->entered = pass_key(walk->entered, &walk->entered_at, out->key);
    out->left = pass_key(walk->left, &walk->left_at, out->key);
    return more_entered || more_left;
}

typedef struct block_list {
    const kithi_candidate_block **items;
    size_t count, capacity;
} block_list;

static int add_block(scoring *s, block_list *list, const kithi_candidate_block *block) {
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return no_memory(s);
    }
    list->items[list->count++] = block;
    return KITH_OK;
}

/* Blocks that came back below the cap, and those that rose above it. */
typedef struct passed {
    block_list fell, rose;
} passed;

static int note_passed(scoring *s, const traffic *t, const kithi_candidate_block *block,
                       passed *out) {
    size_t cap = s->model->block_cap;
    bool is_above = block->count > cap, was_above = block->count + t->left > cap + t->entered;
    if (is_above == was_above) {
        return KITH_OK;
    }
    return add_block(s, is_above ? &out->rose : &out->fell, block);
}

/* Reads the records of all blocks that changed, as many as matter, now that all have moved. */
static int read_members(scoring *s, kithi_block_finder *finder, passed *out) {
    traffic_walk walk = {&s->entered, &s->left, 0, 0};
    const kithi_candidate_block *block;
    traffic t;
    int rc = KITH_OK;
    while (rc == KITH_OK && next_traffic(&walk, &t)) {
        size_t most = (size_t)s->model->block_cap + t.entered;
        rc = kithi_candidates_remember(&s->candidates, finder, t.key, most, &block);
        rc = rc == KITH_OK ? note_passed(s, &t, block, out) : rc;
    }
    return rc;
}

static int read_passed(scoring *s, passed *out) {
    kithi_block_finder *finder;
    int rc = kithi_block_finder_open(s->r->txn, &finder);
    rc = rc == KITH_OK ? read_members(s, finder, out) : rc;
    kithi_block_finder_close(finder);
    return rc;
}

/* What came back below the cap is compared anew. */
static int choose_members(scoring *s, const kithi_candidate_block *block) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < block->count; i++) {
        rc = choose(s, (chosen){.record = block->records[i]});
    }
    return rc;
}

static int pass_cap(scoring *s) {
    passed all = {{NULL, 0, 0}, {NULL, 0, 0}};
    int rc = read_passed(s, &all);
    for (size_t i = 0; rc == KITH_OK && i < all.fell.count; i++) {
        rc = choose_members(s, all.fell.items[i]);
    }
    for (size_t i = 0; rc == KITH_OK && i < all.rose.count; i++) {
        rc = withdraw(s, all.rose.items[i]);
    }
    free(all.fell.items);
    free(all.rose.items);
    return rc;
}

/* Comparing */

/* What stands other than `found`, which is sorted by record, goes, and what is missing is put. */
static int write_pairs(scoring *s, const chosen *c, const kithi_scored *found, size_t count) {
    uint32_t record = c->record;
    kithi_scored *stored = NULL;
    size_t stored_count = 0, i = 0, j = 0;
    int rc = c->added ? KITH_OK : read_pairs(s, record, &stored, &stored_count);
    while (rc == KITH_OK && (i < stored_count || j < count)) {
        bool gone = j == count || (i < stored_count && stored[i].other < found[j].other);
        bool fresh = i == stored_count || (j < count && found[j].other < stored[i].other);
        bool same = !gone && !fresh && stored[i].weight == found[j].weight &&
                    stored[i].pattern == found[j].pattern;
        if (!fresh && !same) {
            rc = remove_pair(s, record, &stored[i]);
        }
        if (rc == KITH_OK && !gone && !same) {
            rc = kithi_scored_put(s->r->txn, record, found[j].other, found[j].weight,
                                  found[j].pattern);
            rc = rc == KITH_OK ? kithi_resolver_add_seed(s->r, found[j].other) : rc;
        }
        i += !fresh;
        j += !gone;
    }
    return rc == KITH_OK ? kithi_resolver_add_seed(s->r, record) : rc;
}

static int score_record(scoring *s, const chosen *c) {
    kithi_scored *found;
    size_t count;
    kithi_candidates_tidy(&s->candidates);
    int rc = c->features != NULL
                 ? kithi_candidates_score_keys(&s->candidates, c->features, c->keys, c->key_count,
                                               c->record, s->model->keep_at, &found, &count)
                 : kithi_candidates_score(&s->candidates, c->record, &found, &count);
    return rc == KITH_OK ? write_pairs(s, c, found, count) : rc;
}

static int seed_partners(scoring *s, uint32_t record) {
    kithi_scored *pairs;
    size_t count;
    int rc = read_pairs(s, record, &pairs, &count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = seed_partner(s, &pairs[i]);
    }
    return rc;
}

/* A record that came to have two values of a unique type links with nobody: it is gathered without
 * those that it is weighed with, so they are seeds of their own. */
static int part_shared(scoring *s, uint32_t record) {
    kithi_component *probe = &s->r->probe;
    uint32_t node;
    if (probe->node_count > kithi_component_limit()) {
        kithi_component_reset(probe);
    }
    int rc = kithi_component_load(probe, record, &node);
    return rc == KITH_OK && probe->nodes[node].shared ? seed_partners(s, record) : rc;
}

static int take_changes(scoring *s, const kithi_changes *changes) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < changes->record_count; i++) {
        const kithi_record_change *change = &changes->records[i];
        rc = change->row_changed ? take_change(s, change) : KITH_OK;
        if (rc == KITH_OK && change->identity && !change->added) {
            rc = part_shared(s, change->record);
        }
    }
    if (rc == KITH_OK) {
        rc = kithi_block_index_remove(s->r->txn, s->left.items, s->left.count);
    }
    return rc == KITH_OK ? kithi_block_index_add(s->r->txn, s->entered.items, s->entered.count)
                         : rc;
}

static int score(scoring *s, const kithi_changes *changes) {
    int rc = take_changes(s, changes);
    if (rc == KITH_OK) {
        rc = pass_cap(s);
    }
    for (size_t i = 0; rc == KITH_OK && i < s->chosen_count; i++) {
        rc = score_record(s, &s->chosen[i]);
    }
    return rc;
}

int kithi_resolver_score_changes(kithi_resolver *r, const kithi_changes *changes) {
    scoring s = {.r = r};
    int rc = kithi_model_of(r->txn, &s.model);
    if (rc != KITH_OK || s.model == NULL) {
        return rc;
    }
    kithi_candidates_init(&s.candidates, r->txn, s.model);
    kithi_map_init(&s.is_chosen);
    kithi_arena_init(&s.arena);
    kithi_arena_init(&s.pairs);
    rc = score(&s, changes);
    kithi_candidates_clear(&s.candidates);
    kithi_map_clear(&s.is_chosen);
    kithi_arena_clear(&s.arena);
    kithi_arena_clear(&s.pairs);
    free(s.entered.items);
    free(s.left.items);
    free(s.chosen);
    return rc;
}
