/*
 * Clusters: walk a component's links in one canonical order and unite, unless a rule refuses.
 *
 * Order: decisions of people; then values by priority of their type, by first sight of the later
 * record, by hash, by the later record's id; within that, the clusters of the earlier records in
 * the order of their first ones; then pairs that the model weighs, by weight, then by both ids.
 * Nothing in it depends on numbers of this store or on the order in which facts came.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/identity/cohesion.h"
#include "src/identity/group.h"

/* Clusters that a record meets through one value, at most: a value of more that refuse each other
 * is nobody's. */
#define MET_MAX 64

/* One record meets those before it within a value. */
typedef struct meeting {
    uint32_t value;
    uint32_t place; /* in the value's records */
    const kithi_node *later;
    const kithi_shared_value *shared;
} meeting;

/* The clusters among the records of a value that had their turn: the first record of each. */
typedef struct met {
    uint32_t *nodes; /* room for MET_MAX, or for all */
    size_t count;
} met;

typedef struct clustering {
    kithi_component *c;
    kithi_groups groups;
    met *met;         /* by value */
    uint32_t *met_in; /* root -> the last meeting that came to it */
    uint32_t meeting;
} clustering;

/* The walk */

static int add_link(clustering *k, kithi_found_link link) {
    kithi_component *c = k->c;
    if (!KITHI_GROW(c->links, c->link_capacity, c->link_count + 1)) {
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    c->links[c->link_count++] = link;
    return KITH_OK;
}

static int compare_pairs(const void *a, const void *b) {
    return memcmp(((const kithi_decided_pair *)a)->ids, ((const kithi_decided_pair *)b)->ids, 32);
}

static int no_memory(clustering *k) {
    return kithi_error_memory(kithi_txn_error(k->c->txn));
}

static int walk_decisions(clustering *k) {
    kithi_component *c = k->c;
    kithi_groups *groups = &k->groups;
    int rc = KITH_OK;
    for (size_t i = 0; i < c->pair_count; i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        if (pair->decision == KITHI_DECISION_UNLINK &&
            !kithi_group_keep_apart(groups, pair->a, pair->b)) {
            return no_memory(k);
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < c->pair_count; i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        uint32_t a = kithi_group_find(groups, pair->a), b = kithi_group_find(groups, pair->b);
        if (pair->decision != KITHI_DECISION_LINK || a == b) {
            continue;
        }
        kithi_found_link link = {.a = pair->a, .b = pair->b, .value = KITHI_BY_DECISION};
        if (kithi_groups_are_apart(groups, a, b)) {
            link.rule = KITHI_RULE_UNLINK;
        } else if (!kithi_group_unite(groups, a, b)) {
            return no_memory(k);
        }
        rc = add_link(k, link);
    }
    return rc;
}

static int compare_meetings(const void *a, const void *b) {
    const meeting *x = a, *y = b;
    uint16_t p = x->shared->type->identifier->priority, q = y->shared->type->identifier->priority;
    if (p != q) {
        return p > q ? -1 : 1;
    }
    if (x->later->first_seen_us != y->later->first_seen_us) {
        return x->later->first_seen_us < y->later->first_seen_us ? -1 : 1;
    }
    if (x->shared->hash != y->shared->hash) {
        return x->shared->hash < y->shared->hash ? -1 : 1;
    }
    int order = memcmp(x->later->id.bytes, y->later->id.bytes, sizeof x->later->id.bytes);
    if (order != 0 || x->value == y->value) {
        return order;
    }
    order =
        strcmp(x->shared->type->name, y->shared->type->name); /* one record, two values, one hash */
    if (order != 0) {
        return order;
    }
    size_t common = x->shared->size < y->shared->size ? x->shared->size : y->shared->size;
    order = memcmp(x->shared->text, y->shared->text, common);
    return order != 0 ? order
                      : (x->shared->size > y->shared->size) - (x->shared->size < y->shared->size);
}

/* Sorts the nodes of a value; qsort has no context, and the comparison needs the component. */
typedef struct placed {
    const kithi_node *node;
    uint32_t index;
} placed;

static int compare_placed(const void *a, const void *b) {
    return kithi_node_compare(((const placed *)a)->node, ((const placed *)b)->node);
}

static bool sort_value(kithi_component *c, kithi_shared_value *value) {
    if (value->node_count < 2) {
        return true;
    }
    placed *list = malloc(value->node_count * sizeof *list);
    if (list == NULL) {
        return false;
    }
    for (size_t i = 0; i < value->node_count; i++) {
        list[i] = (placed){&c->nodes[value->nodes[i]], value->nodes[i]};
    }
    qsort(list, value->node_count, sizeof *list, compare_placed);
    for (size_t i = 0; i < value->node_count; i++) {
        value->nodes[i] = list[i].index;
    }
    free(list);
    return true;
}

static int collect_meetings(clustering *k, meeting **out, size_t *out_count) {
    kithi_component *c = k->c;
    size_t total = 0, count = 0;
    for (size_t i = 0; i < c->value_count; i++) {
        total += c->values[i].node_count;
    }
    meeting *meetings = malloc((total + 1) * sizeof *meetings);
    bool ok = meetings != NULL;
    for (uint32_t i = 0; ok && i < c->value_count; i++) {
        kithi_shared_value *value = &c->values[i];
        ok = sort_value(c, value);
        for (uint32_t j = 1; ok && j < value->node_count; j++) {
            meetings[count++] = (meeting){i, j, &c->nodes[value->nodes[j]], value};
        }
    }
    if (!ok) {
        free(meetings);
        return no_memory(k);
    }
    qsort(meetings, count, sizeof *meetings, compare_meetings);
    *out = meetings;
    *out_count = count;
    return KITH_OK;
}

/* Tries to take one earlier cluster in. *out_joined: it is the later record's own from now on. */
static int try_cluster(clustering *k, const meeting *m, uint32_t earlier, size_t *noted,
                       bool *out_joined) {
    uint32_t later = m->shared->nodes[m->place];
    uint32_t a = kithi_group_find(&k->groups, earlier), b = kithi_group_find(&k->groups, later);
    *out_joined = a == b;
    if (a == b) {
        return KITH_OK;
    }
    kithi_found_link link = {.a = earlier, .b = later, .value = m->value};
    link.rule = kithi_broken_rule(&k->groups, a, b, m->shared->type, &link.detail);
    if (link.rule != KITHI_RULE_NONE) {
        return (*noted)++ < KITHI_REFUSED_MAX ? add_link(k, link) : KITH_OK;
    }
    if (!kithi_group_unite(&k->groups, a, b)) {
        return no_memory(k);
    }
    *out_joined = true;
    k->met_in[a < b ? a : b] = k->meeting;
    return add_link(k, link);
}

/*
 * A record meets the clusters of those before it, each once, and joins all that no rule keeps it
 * from. Clusters that became one since the last meeting are one in the list from here on. Beyond
 * KITHI_REFUSED_MAX refusals no more are noted.
 */
static int meet(clustering *k, const meeting *m) {
    met *list = &k->met[m->value];
    size_t kept = 0, noted = 0;
    bool at_home = false;
    int rc = KITH_OK;
    k->meeting++;
    for (size_t i = 0; rc == KITH_OK && i < list->count; i++) {
        uint32_t root = kithi_group_find(&k->groups, list->nodes[i]);
        bool joined;
        if (k->met_in[root] == k->meeting) {
            continue;
        }
        k->met_in[root] = k->meeting;
        rc = try_cluster(k, m, list->nodes[i], &noted, &joined);
        at_home = at_home || joined;
        list->nodes[kept++] = list->nodes[i];
    }
    list->count = kept;
    if (!at_home && kept < MET_MAX) {
        list->nodes[list->count++] = m->shared->nodes[m->place];
    }
    return rc;
}

/* The first record of each value is met by the others. */
static bool begin_lists(clustering *k) {
    kithi_component *c = k->c;
    for (size_t i = 0; i < c->value_count; i++) {
        const kithi_shared_value *value = &c->values[i];
        size_t room = value->node_count < MET_MAX ? value->node_count : MET_MAX;
        if (room < 2) {
            continue;
        }
        k->met[i].nodes = kithi_arena_alloc(&c->arena, room * sizeof *k->met[i].nodes);
        if (k->met[i].nodes == NULL) {
            return false;
        }
        k->met[i].nodes[0] = value->nodes[0];
        k->met[i].count = 1;
    }
    return true;
}

static int walk_values(clustering *k) {
    meeting *meetings = NULL;
    size_t count = 0;
    int rc = collect_meetings(k, &meetings, &count);
    if (rc == KITH_OK && !begin_lists(k)) {
        rc = no_memory(k);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = meet(k, &meetings[i]);
    }
    free(meetings);
    return rc;
}

/* Pairs that the model weighs */

typedef struct ranked_pair {
    const kithi_weighed_pair *pair;
    const kith_id *first, *second; /* of both records, the smaller first */
} ranked_pair;

static int compare_ids(const kith_id *a, const kith_id *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static int compare_ranked(const void *a, const void *b) {
    const ranked_pair *x = a, *y = b;
    if (x->pair->weight != y->pair->weight) {
        return x->pair->weight > y->pair->weight ? -1 : 1;
    }
    int order = compare_ids(x->first, y->first);
    return order != 0 ? order : compare_ids(x->second, y->second);
}

/* Those that are heavy enough to link, in the order of the walk. */
static ranked_pair *rank_pairs(const kithi_component *c, size_t *out_count) {
    ranked_pair *ranked = malloc((c->weighed_count + 1) * sizeof *ranked);
    size_t count = 0;
    for (size_t i = 0; ranked != NULL && i < c->weighed_count; i++) {
        const kithi_weighed_pair *pair = &c->weighed[i];
        const kith_id *x = &c->nodes[pair->a].id, *y = &c->nodes[pair->b].id;
        bool swap = compare_ids(x, y) > 0;
        if (pair->weight >= c->model->link_at) {
            ranked[count++] = (ranked_pair){pair, swap ? y : x, swap ? x : y};
        }
    }
    if (count > 1) {
        qsort(ranked, count, sizeof *ranked, compare_ranked);
    }
    *out_count = count;
    return ranked;
}

static int try_pair(clustering *k, kithi_cohesion *cohesion, const kithi_weighed_pair *pair) {
    uint32_t a = kithi_group_find(&k->groups, pair->a), b = kithi_group_find(&k->groups, pair->b);
    if (a == b) {
        return KITH_OK;
    }
    kithi_found_link link = {.a = pair->a,
                             .b = pair->b,
                             .value = KITHI_BY_SCORE,
                             .weight = pair->weight,
                             .pattern = pair->pattern};
    link.rule = kithi_broken_rule(&k->groups, a, b, NULL, &link.detail);
    if (link.rule == KITHI_RULE_NONE) {
        int rc = kithi_cohesion_check(cohesion, &link);
        if (rc != KITH_OK) {
            return rc;
        }
    }
    if (link.rule == KITHI_RULE_NONE) {
        if (!kithi_group_unite(&k->groups, a, b)) {
            return no_memory(k);
        }
        kithi_cohesion_unite(cohesion, a, b);
    }
    return add_link(k, link);
}

static int walk_pairs(clustering *k) {
    kithi_cohesion cohesion = {.groups = &k->groups};
    size_t count = 0;
    if (k->c->weighed_count == 0) {
        return KITH_OK;
    }
    ranked_pair *ranked = rank_pairs(k->c, &count);
    int rc = ranked != NULL && kithi_cohesion_init(&cohesion, &k->groups) ? KITH_OK : no_memory(k);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = try_pair(k, &cohesion, ranked[i].pair);
    }
    kithi_cohesion_clear(&cohesion);
    free(ranked);
    return rc;
}

int kithi_component_cluster(kithi_component *c) {
    clustering k = {.c = c};
    c->link_count = 0;
    c->cluster_of = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *c->cluster_of);
    k.met = kithi_arena_calloc(&c->arena, c->value_count + 1, sizeof *k.met);
    k.met_in = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *k.met_in);
    if (c->cluster_of == NULL || k.met == NULL || k.met_in == NULL ||
        !kithi_groups_init(&k.groups, c)) {
        return no_memory(&k);
    }
    if (c->pair_count > 1) {
        qsort(c->pairs, c->pair_count, sizeof *c->pairs, compare_pairs);
    }
    int rc = walk_decisions(&k);
    if (rc == KITH_OK) {
        rc = walk_values(&k);
    }
    if (rc == KITH_OK) {
        rc = walk_pairs(&k);
    }
    /* Roots are the smallest nodes, and nodes stand in order of records. */
    for (uint32_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        c->cluster_of[i] = kithi_group_find(&k.groups, i);
    }
    return rc;
}
