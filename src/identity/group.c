#include "src/identity/group.h"

#include <string.h>

#define SET_FIRST 4

/* Sets of numbers */

/* Where a number stands in the set, or would. */
static size_t place_of(const kithi_number_set *set, uint32_t number) {
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (set->items[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool kithi_number_set_has(const kithi_number_set *set, uint32_t number) {
    size_t at = place_of(set, number);
    return at < set->count && set->items[at] == number;
}

static bool make_room(kithi_arena *arena, kithi_number_set *set) {
    if (set->count < set->capacity) {
        return true;
    }
    size_t capacity = set->capacity > 0 ? 2 * set->capacity : SET_FIRST;
    uint32_t *items = kithi_arena_alloc(arena, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    if (set->count > 0) {
        memcpy(items, set->items, set->count * sizeof *items);
    }
    set->items = items;
    set->capacity = capacity;
    return true;
}

static bool add(kithi_arena *arena, kithi_number_set *set, uint32_t number) {
    size_t at = place_of(set, number);
    if (at < set->count && set->items[at] == number) {
        return true;
    }
    if (!make_room(arena, set)) {
        return false;
    }
    memmove(set->items + at + 1, set->items + at, (set->count - at) * sizeof *set->items);
    set->items[at] = number;
    set->count++;
    return true;
}

/* Adds all of `from`, whose items end; the smaller set moves into the larger. */
static bool take_all(kithi_arena *arena, kithi_number_set *to, kithi_number_set *from) {
    if (to->count < from->count) {
        kithi_number_set larger = *from;
        *from = *to;
        *to = larger;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < from->count; i++) {
        ok = add(arena, to, from->items[i]);
    }
    *from = (kithi_number_set){NULL, 0, 0};
    return ok;
}

/* Groups */

static bool is_ruled(const kithi_attribute *type) {
    return type->identifier->unique || type->identifier->limit > 0;
}

static bool make_group(kithi_groups *groups, uint32_t node) {
    kithi_component *c = groups->c;
    kithi_group *g = &groups->items[node];
    const kithi_node *n = &c->nodes[node];
    bool ok = add(&c->arena, &g->personas, n->persona) &&
              (n->distinct_source == KITHI_NOT_DISTINCT ||
               add(&c->arena, &g->sources, n->distinct_source));
    for (size_t i = 0; ok && i < n->value_count; i++) {
        ok = !is_ruled(c->values[n->values[i]].type) || add(&c->arena, &g->ruled, n->values[i]);
    }
    return ok;
}

bool kithi_groups_init(kithi_groups *groups, kithi_component *c) {
    groups->c = c;
    groups->free = kithi_component_is_free(c);
    groups->parent = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *groups->parent);
    groups->items = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *groups->items);
    bool ok = groups->parent != NULL && groups->items != NULL;
    for (uint32_t i = 0; ok && i < c->node_count; i++) {
        groups->parent[i] = i;
        ok = groups->free || make_group(groups, i);
    }
    return ok;
}

uint32_t kithi_group_find(kithi_groups *groups, uint32_t node) {
    uint32_t *parent = groups->parent;
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

bool kithi_group_unite(kithi_groups *groups, uint32_t a, uint32_t b) {
    uint32_t root = a < b ? a : b, other = a < b ? b : a;
    kithi_arena *arena = &groups->c->arena;
    kithi_group *g = &groups->items[root], *h = &groups->items[other];
    groups->parent[other] = root;
    if (groups->free) {
        return true; /* nobody will ask what they hold */
    }
    if (!take_all(arena, &g->apart, &h->apart) || !take_all(arena, &g->ruled, &h->ruled) ||
        !take_all(arena, &g->sources, &h->sources) ||
        !take_all(arena, &g->personas, &h->personas)) {
        return false;
    }
    g->crowded = g->crowded || h->crowded || g->personas.count > KITHI_GROUP_PERSONAS_MAX;
    if (g->crowded) {
        g->personas.count = 0;
    }
    return true;
}

bool kithi_group_keep_apart(kithi_groups *groups, uint32_t a, uint32_t b) {
    kithi_arena *arena = &groups->c->arena;
    return add(arena, &groups->items[a].apart, b) && add(arena, &groups->items[b].apart, a);
}
