#include "src/identity/cohesion.h"

#include <string.h>

#define KNOWN_PARTS 3 /* one in so many cross pairs must be known */

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
        uint32_t a = c->weighed[i].a, b = c->weighed[i].b;
        k->others[at[a]++] = b;
        k->others[at[b]++] = a;
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
    k->groups = groups;
    k->first = kithi_arena_calloc(arena, count + 1, sizeof *k->first);
    k->others = kithi_arena_calloc(arena, 2 * c->weighed_count + 1, sizeof *k->others);
    k->head = kithi_arena_calloc(arena, count, sizeof *k->head);
    k->tail = kithi_arena_calloc(arena, count, sizeof *k->tail);
    k->next = kithi_arena_calloc(arena, count, sizeof *k->next);
    k->size = kithi_arena_calloc(arena, count, sizeof *k->size);
    if (at == NULL || k->first == NULL || k->others == NULL || k->head == NULL || k->tail == NULL ||
        k->next == NULL || k->size == NULL) {
        return false;
    }
    list_others(k, c, at);
    chain_nodes(k, c);
    return true;
}

bool kithi_cohesion_allows(const kithi_cohesion *k, uint32_t a, uint32_t b,
                           kithi_cross_pairs *out) {
    uint32_t fewer = k->size[a] < k->size[b] ? a : b, more = fewer == a ? b : a;
    uint64_t all = (uint64_t)k->size[a] * k->size[b];
    uint64_t needed = (all + KNOWN_PARTS - 1) / KNOWN_PARTS, known = 0;
    for (uint32_t node = k->head[fewer]; node != UINT32_MAX && known < needed;
         node = k->next[node]) {
        for (size_t i = k->first[node]; i < k->first[node + 1] && known < needed; i++) {
            known += kithi_group_find(k->groups, k->others[i]) == more;
        }
    }
    *out = (kithi_cross_pairs){all, known, needed};
    return known >= needed;
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
