#include "src/identity/cohesion.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"
#include "src/identity/scored.h"
#include "src/match/compare_pair.h"

#define CONTRADICTORY_PARTS 8               /* one in so many may contradict */
#define AS_LIKE             (2 * KITHI_BIT) /* two weights that differ by less tell nothing */

static int no_memory(const kithi_cohesion *k) {
    return kithi_error_memory(kithi_txn_error(k->groups->c->txn));
}

/* Which nodes are weighed with which: a counting sort. */
static void list_others(kithi_cohesion *k, const kithi_component *c, size_t *at) {
    for (size_t i = 0; i < c->weighed_count; i++) {
        k->first[c->weighed[i].a + 1]++;
        k->first[c->weighed[i].b + 1]++;
    }
    for (size_t i = 1; i <= c->node_count; i++) {
        k->first[i] += k->first[i - 1];
    }
    memcpy(at, k->first, c->node_count * sizeof *at);
    for (size_t i = 0; i < c->weighed_count; i++) {
        const kithi_weighed_pair *p = &c->weighed[i];
        k->others[at[p->a]++] = (struct kithi_weighed_with){p->b, p->weight};
        k->others[at[p->b]++] = (struct kithi_weighed_with){p->a, p->weight};
    }
}

static void chain_nodes(kithi_cohesion *k, const kithi_component *c) {
    memset(k->head, 0xff, c->node_count * sizeof *k->head);
    memset(k->next, 0xff, c->node_count * sizeof *k->next);
    for (uint32_t i = 0; i < c->node_count; i++) {
        uint32_t root = kithi_group_find(k->groups, i);
        if (k->first[i + 1] == k->first[i]) {
            continue;
        }
        if (k->head[root] == UINT32_MAX) {
            k->head[root] = i;
        } else {
            k->next[k->tail[root]] = i;
        }
        k->tail[root] = i;
        k->size[root]++;
    }
}

bool kithi_cohesion_init(kithi_cohesion *k, kithi_groups *groups) {
    kithi_component *c = groups->c;
    kithi_arena *arena = &c->arena;
    size_t count = c->node_count + 1;
    size_t *at = kithi_arena_calloc(arena, count, sizeof *at);
    memset(k, 0, sizeof *k);
    kithi_map_init(&k->shown_numbers);
    k->groups = groups;
    k->first = kithi_arena_calloc(arena, count + 1, sizeof *k->first);
    k->others = kithi_arena_calloc(arena, 2 * c->weighed_count + 1, sizeof *k->others);
    k->head = kithi_arena_calloc(arena, count, sizeof *k->head);
    k->tail = kithi_arena_calloc(arena, count, sizeof *k->tail);
    k->next = kithi_arena_calloc(arena, count, sizeof *k->next);
    k->size = kithi_arena_calloc(arena, count, sizeof *k->size);
    k->shown_of = kithi_arena_alloc(arena, count * sizeof *k->shown_of);
    if (at == NULL || k->first == NULL || k->others == NULL || k->head == NULL || k->tail == NULL ||
        k->next == NULL || k->size == NULL || k->shown_of == NULL) {
        return false;
    }
    memset(k->shown_of, 0xff, count * sizeof *k->shown_of);
    list_others(k, c, at);
    chain_nodes(k, c);
    return true;
}

void kithi_cohesion_clear(kithi_cohesion *k) {
    free(k->shown);
    kithi_map_clear(&k->shown_numbers);
}

/* What a record shows of its person that may contradict. */

static uint64_t hash_shown(const kithi_model *model, const kithi_features *features) {
    uint64_t hash = 0;
    for (size_t i = 0; i < model->comparison_count; i++) {
        kithi_term_list list = kithi_features_of(features, i);
        for (size_t j = 0; model->comparisons[i].kind->exclusive && j < list.count; j++) {
            hash = kithi_hash64(list.text + list.terms[j].at, list.terms[j].size,
                                hash + list.terms[j].flags + i);
        }
    }
    return hash;
}

static int read_shown(kithi_cohesion *k, uint32_t node) {
    kithi_component *c = k->groups->c;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    kithi_features *features = (kithi_features *)(void *)room;
    bool added;
    int rc = kithi_features_read(c->txn, c->model, c->nodes[node].record, features);
    if (rc != KITH_OK) {
        return rc;
    }
    uint64_t *number =
        kithi_map_put(&k->shown_numbers, hash_shown(c->model, features), k->shown_count, &added);
    if (number == NULL || !KITHI_GROW(k->shown, k->shown_capacity, k->shown_count + 1)) {
        return no_memory(k);
    }
    if (added) {
        void *copy = kithi_arena_alloc(&c->arena, features->bytes);
        if (copy == NULL) {
            return no_memory(k);
        }
        k->shown[k->shown_count++] = memcpy(copy, features, features->bytes);
    }
    k->shown_of[node] = (uint32_t)*number;
    return KITH_OK;
}

static int shown_of(kithi_cohesion *k, uint32_t node, uint32_t *out) {
    int rc = k->shown_of[node] == UINT32_MAX ? read_shown(k, node) : KITH_OK;
    *out = k->shown_of[node];
    return rc;
}

static bool shown_contradict(const kithi_cohesion *k, uint32_t p, uint32_t q) {
    return p != q && kithi_features_contradict(k->groups->c->model, k->shown[p], k->shown[q]);
}

/* Different things that a cluster shows. */
typedef struct shown_set {
    uint32_t items[KITHI_SHOWN_MAX];
    size_t count;
    bool crowded;
} shown_set;

static size_t place_in(const shown_set *set, uint32_t number) {
    size_t at = 0;
    while (at < set->count && set->items[at] != number) {
        at++;
    }
    return at;
}

static int collect_shown(kithi_cohesion *k, uint32_t root, shown_set *out) {
    int rc = KITH_OK;
    out->count = 0;
    out->crowded = false;
    for (uint32_t node = k->head[root]; rc == KITH_OK && node != UINT32_MAX && !out->crowded;
         node = k->next[node]) {
        uint32_t number;
        rc = shown_of(k, node, &number);
        if (rc == KITH_OK && place_in(out, number) == out->count) {
            out->crowded = out->count == KITHI_SHOWN_MAX;
            if (!out->crowded) {
                out->items[out->count++] = number;
            }
        }
    }
    return rc;
}

/* Pairs of what one cluster shows and the other, a bit each. */
typedef struct shown_pairs {
    uint64_t known[KITHI_SHOWN_MAX];
} shown_pairs;

/* Counts the known cross pairs, and notes what they show. */
static uint64_t count_known(const kithi_cohesion *k, uint32_t a, uint32_t b, const shown_set *mine,
                            const shown_set *theirs, shown_pairs *out) {
    uint64_t count = 0;
    memset(out, 0, sizeof *out);
    for (uint32_t node = k->head[a]; node != UINT32_MAX; node = k->next[node]) {
        for (size_t i = k->first[node]; i < k->first[node + 1]; i++) {
            uint32_t other = k->others[i].node;
            if (kithi_group_find(k->groups, other) == b) {
                size_t at = place_in(mine, k->shown_of[node]);
                out->known[at] |= UINT64_C(1) << place_in(theirs, k->shown_of[other]);
                count++;
            }
        }
    }
    return count;
}

/* How much of what both show contradicts, and how much of it may: one person's errors. */
static kithi_cross_pairs contradictions(const kithi_cohesion *k, const shown_set *mine,
                                        const shown_set *theirs, const shown_pairs *pairs) {
    size_t count = 0;
    for (size_t i = 0; i < mine->count; i++) {
        for (size_t j = 0; j < theirs->count; j++) {
            count += !(pairs->known[i] >> j & 1) &&
                     shown_contradict(k, mine->items[i], theirs->items[j]);
        }
    }
    size_t all = mine->count * theirs->count;
    return (kithi_cross_pairs){all, count, all / CONTRADICTORY_PARTS};
}

uint64_t kithi_cohesion_needed(const kithi_model *model, uint64_t a, uint64_t b) {
    return (a * b * model->cohesion + KITHI_MATCH_WHOLE - 1) / KITHI_MATCH_WHOLE;
}

static int check_clusters(kithi_cohesion *k, uint32_t a, uint32_t b, kithi_found_link *link) {
    shown_set mine, theirs;
    shown_pairs pairs;
    int rc = collect_shown(k, a, &mine);
    rc = rc == KITH_OK ? collect_shown(k, b, &theirs) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    if (mine.crowded || theirs.crowded) {
        link->rule = KITHI_RULE_CONTRADICTION;
        return KITH_OK;
    }
    uint64_t all = (uint64_t)k->size[a] * k->size[b];
    uint64_t known = count_known(k, a, b, &mine, &theirs, &pairs);
    uint64_t needed = kithi_cohesion_needed(k->groups->c->model, k->size[a], k->size[b]);
    link->cross = (kithi_cross_pairs){all, known, needed};
    if (known < link->cross.needed) {
        link->rule = KITHI_RULE_COHESION;
        return KITH_OK;
    }
    kithi_cross_pairs against = contradictions(k, &mine, &theirs, &pairs);
    if (against.known > against.needed) {
        link->rule = KITHI_RULE_CONTRADICTION;
        link->cross = against;
    }
    return KITH_OK;
}

static bool is_known(const kithi_cohesion *k, uint32_t x, uint32_t y) {
    for (size_t i = k->first[x]; i < k->first[x + 1]; i++) {
        if (k->others[i].node == y) {
            return true;
        }
    }
    return false;
}

/* Whether a record is as like to a third one, which contradicts the other end. */
static int check_rivals(kithi_cohesion *k, uint32_t node, uint32_t end, kithi_found_link *link) {
    int rc = KITH_OK;
    for (size_t i = k->first[node]; rc == KITH_OK && i < k->first[node + 1]; i++) {
        uint32_t third = k->others[i].node, shown, other;
        if (third == end || k->others[i].weight <= link->weight - AS_LIKE ||
            is_known(k, end, third)) {
            continue;
        }
        rc = shown_of(k, third, &shown);
        rc = rc == KITH_OK ? shown_of(k, end, &other) : rc;
        if (rc == KITH_OK && shown_contradict(k, shown, other)) {
            link->rule = KITHI_RULE_AMBIGUOUS;
            link->third = third;
            return KITH_OK;
        }
    }
    return rc;
}

int kithi_cohesion_check(kithi_cohesion *k, kithi_found_link *link) {
    uint32_t a = kithi_group_find(k->groups, link->a), b = kithi_group_find(k->groups, link->b);
    int rc = check_rivals(k, link->a, link->b, link);
    if (rc == KITH_OK && link->rule == KITHI_RULE_NONE) {
        rc = check_rivals(k, link->b, link->a, link);
    }
    return rc == KITH_OK && link->rule == KITHI_RULE_NONE ? check_clusters(k, a, b, link) : rc;
}

void kithi_cohesion_unite(kithi_cohesion *k, uint32_t a, uint32_t b) {
    uint32_t root = a < b ? a : b, other = a < b ? b : a;
    if (k->head[other] == UINT32_MAX) {
        return;
    }
    if (k->head[root] == UINT32_MAX) {
        k->head[root] = k->head[other];
    } else {
        k->next[k->tail[root]] = k->head[other];
    }
    k->tail[root] = k->tail[other];
    k->size[root] += k->size[other];
}
