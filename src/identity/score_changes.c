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
    uint32_t entered, left;
} traffic;

typedef struct entry_list {
    kithi_block_entry *items;
    size_t count, capacity;
} entry_list;

typedef struct scoring {
    kithi_resolver *r;
    const kithi_model *model;
    kithi_candidates candidates; /* features that were read, and look-ups */
    entry_list entered, left;
    kithi_map traffic_of; /* key -> place among the traffics */
    traffic *traffics;
    size_t traffic_count, traffic_capacity;
    kithi_map chosen; /* records to compare anew */
    uint32_t *records;
    size_t record_count, record_capacity;
} scoring;

static int no_memory(scoring *s) {
    return kithi_resolver_no_memory(s->r->txn);
}

/* Records to compare anew */

static int choose(scoring *s, uint32_t record) {
    bool added;
    if (kithi_map_put(&s->chosen, record, 0, &added) == NULL) {
        return no_memory(s);
    }
    return added ? kithi_resolver_list_add(s->r->txn, &s->records, &s->record_count,
                                           &s->record_capacity, record)
                 : KITH_OK;
}

/* What changed in the blocks */

static traffic *traffic_at(scoring *s, uint64_t key) {
    bool added;
    uint64_t *place = kithi_map_put(&s->traffic_of, key, s->traffic_count, &added);
    if (place == NULL || !KITHI_GROW(s->traffics, s->traffic_capacity, s->traffic_count + 1)) {
        return NULL;
    }
    if (added) {
        s->traffics[s->traffic_count++] = (traffic){.key = key};
    }
    return &s->traffics[*place];
}

static int move_key(scoring *s, uint64_t key, uint32_t record, bool enters) {
    traffic *t = traffic_at(s, key);
    entry_list *list = enters ? &s->entered : &s->left;
    if (t == NULL || !KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return no_memory(s);
    }
    t->entered += enters;
    t->left += !enters;
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
    return rc == KITH_OK ? choose(s, change->record) : rc;
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
    size_t counts[2] = {0, 0};
    *out = false;
    for (size_t i = 0, j = 0; rc == KITH_OK && !*out && i < mine_count && j < their_count;) {
        if (mine[i] == theirs[j]) {
            const uint32_t *members;
            size_t count = 0;
            rc = kithi_candidates_block(&s->candidates, mine[i], &members, &count);
            if (rc == KITH_OK && count <= s->model->block_cap) {
                counts[kithi_block_key_is_strong(mine[i])]++;
            }
            *out = kithi_block_keys_suffice(s->model, counts[0], counts[1]);
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
    kithi_arena arena;
    kithi_scored *pairs;
    size_t pair_count;
    kithi_arena_init(&arena);
    int rc = kithi_scored_of(s->r->txn, record, &arena, &pairs, &pair_count);
    for (size_t i = 0; rc == KITH_OK && i < pair_count; i++) {
        bool proposed;
        if (pairs[i].other < record || !is_member(block, pairs[i].other) ||
            kithi_map_get(&s->chosen, pairs[i].other) != NULL) {
            continue;
        }
        rc = is_proposed(s, record, pairs[i].other, &proposed);
        rc = rc == KITH_OK && !proposed ? remove_pair(s, record, &pairs[i]) : rc;
    }
    kithi_arena_clear(&arena);
    return rc;
}

static int withdraw(scoring *s, const kithi_candidate_block *block) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < block->count; i++) {
        if (kithi_map_get(&s->chosen, block->records[i]) == NULL) {
            rc = withdraw_of(s, block->records[i], block);
        }
    }
    return rc;
}

/* The records of a block, as many as matter, now that all have moved. */
static int read_members(scoring *s, const traffic *t, const kithi_candidate_block **out) {
    return kithi_candidates_remember(&s->candidates, t->key,
                                     (size_t)s->model->block_cap + t->entered, out);
}

/* A block that came back below the cap: its records are compared anew. */
static int choose_members(scoring *s, const traffic *t) {
    const kithi_candidate_block *block;
    size_t cap = s->model->block_cap;
    int rc = read_members(s, t, &block);
    bool fell = rc == KITH_OK && block->count <= cap && block->count + t->left > cap + t->entered;
    for (size_t i = 0; rc == KITH_OK && fell && i < block->count; i++) {
        rc = choose(s, block->records[i]);
    }
    return rc;
}

static int withdraw_members(scoring *s, const traffic *t) {
    const kithi_candidate_block *block;
    size_t cap = s->model->block_cap;
    int rc = read_members(s, t, &block);
    bool rose = rc == KITH_OK && block->count > cap && block->count + t->left <= cap + t->entered;
    return rc == KITH_OK && rose ? withdraw(s, block) : rc;
}

static int by_key(const void *a, const void *b) {
    const traffic *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static int pass_cap(scoring *s) {
    int rc = KITH_OK;
    if (s->traffic_count > 1) {
        qsort(s->traffics, s->traffic_count, sizeof *s->traffics, by_key);
    }
    for (size_t i = 0; rc == KITH_OK && i < s->traffic_count; i++) {
        if (s->traffics[i].left > s->traffics[i].entered) {
            rc = choose_members(s, &s->traffics[i]);
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < s->traffic_count; i++) {
        if (s->traffics[i].entered > s->traffics[i].left) {
            rc = withdraw_members(s, &s->traffics[i]);
        }
    }
    return rc;
}

/* Comparing */

/* What stands other than `found`, which is sorted by record, goes, and what is missing is put. */
static int write_pairs(scoring *s, uint32_t record, const kithi_scored *found, size_t count) {
    kithi_arena arena;
    kithi_scored *stored;
    size_t stored_count, i = 0, j = 0;
    kithi_arena_init(&arena);
    int rc = kithi_scored_of(s->r->txn, record, &arena, &stored, &stored_count);
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
    kithi_arena_clear(&arena);
    return rc == KITH_OK ? kithi_resolver_add_seed(s->r, record) : rc;
}

static int score_record(scoring *s, uint32_t record) {
    kithi_scored *found;
    size_t count;
    int rc = kithi_candidates_score(&s->candidates, record, &found, &count);
    return rc == KITH_OK ? write_pairs(s, record, found, count) : rc;
}

static int seed_partners(scoring *s, uint32_t record) {
    kithi_arena arena;
    kithi_scored *pairs;
    size_t count;
    kithi_arena_init(&arena);
    int rc = kithi_scored_of(s->r->txn, record, &arena, &pairs, &count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = seed_partner(s, &pairs[i]);
    }
    kithi_arena_clear(&arena);
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
    for (size_t i = 0; rc == KITH_OK && i < s->record_count; i++) {
        rc = score_record(s, s->records[i]);
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
    kithi_map_init(&s.traffic_of);
    kithi_map_init(&s.chosen);
    rc = score(&s, changes);
    kithi_candidates_clear(&s.candidates);
    kithi_map_clear(&s.traffic_of);
    kithi_map_clear(&s.chosen);
    free(s.entered.items);
    free(s.left.items);
    free(s.traffics);
    free(s.records);
    return rc;
}
