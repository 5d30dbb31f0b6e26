/*
 * Clusters: walk a component's links in one canonical order and unite, unless a rule refuses.
 *
 * Order: decisions of people; then values by priority of their type, by first sight of the later
 * record, by hash, by the later record's id; within that, the earlier records in their order.
 * Nothing in it depends on numbers of this store or on the order in which facts came.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/identity/component.h"

#define FREE_PERSONAS_MAX 32
#define FREE_VALUES_MAX   256

/* One record meets those before it within a value. */
typedef struct meeting {
    uint32_t value;
    uint32_t place; /* in the value's records */
    const kithi_node *later;
    const kithi_shared_value *shared;
} meeting;

/* A cluster while it grows; kept at its root. Lists are short: limits bound them. */
typedef struct group {
    uint32_t *ruled; /* indexes of its distinct values of unique or limited types, ascending */
    size_t ruled_count;
    uint32_t *personas; /* distinct, ascending */
    size_t persona_count;
    uint32_t *apart; /* nodes that a person keeps apart from one of its nodes */
    size_t apart_count;
} group;

typedef struct clustering {
    kithi_component *c;
    uint32_t *parent;
    group *groups;
    bool free; /* no union of any of its records breaks a rule: no need to look */
} clustering;

static uint32_t find(clustering *k, uint32_t node) {
    while (k->parent[node] != node) {
        k->parent[node] = k->parent[k->parent[node]];
        node = k->parent[node];
    }
    return node;
}

static bool is_ruled(const kithi_attribute *type) {
    return type->identifier->unique || type->identifier->limit > 0;
}

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool make_group(clustering *k, uint32_t node) {
    kithi_component *c = k->c;
    group *g = &k->groups[node];
    const kithi_node *n = &c->nodes[node];
    g->ruled = kithi_arena_calloc(&c->arena, n->value_count + 1, sizeof *g->ruled);
    g->personas = kithi_arena_calloc(&c->arena, 1, sizeof *g->personas);
    if (g->ruled == NULL || g->personas == NULL) {
        return false;
    }
    for (size_t i = 0; i < n->value_count; i++) {
        if (is_ruled(c->values[n->values[i]].type)) {
            g->ruled[g->ruled_count++] = n->values[i];
        }
    }
    qsort(g->ruled, g->ruled_count, sizeof *g->ruled, compare_u32);
    g->personas[g->persona_count++] = n->persona;
    return true;
}

static bool note_apart(clustering *k, uint32_t node, uint32_t other) {
    group *g = &k->groups[node];
    uint32_t *apart = kithi_arena_calloc(&k->c->arena, g->apart_count + 1, sizeof *apart);
    if (apart == NULL) {
        return false;
    }
    if (g->apart_count > 0) {
        memcpy(apart, g->apart, g->apart_count * sizeof *apart);
    }
    apart[g->apart_count++] = other;
    g->apart = apart;
    return true;
}

/* The distinct members of two ascending lists. */
static uint32_t *merge(clustering *k, const uint32_t *a, size_t a_count, const uint32_t *b,
                       size_t b_count, size_t *out_count) {
    uint32_t *merged = kithi_arena_calloc(&k->c->arena, a_count + b_count + 1, sizeof *merged);
    size_t i = 0, j = 0, count = 0;
    while (merged != NULL && (i < a_count || j < b_count)) {
        uint32_t next;
        if (j == b_count || (i < a_count && a[i] <= b[j])) {
            next = a[i];
            j += j < b_count && b[j] == next;
            i++;
        } else {
            next = b[j++];
        }
        merged[count++] = next;
    }
    *out_count = count;
    return merged;
}

/* Keeps `to`'s list where it holds all of the other's: most unions add nothing. */
static bool merge_into(clustering *k, uint32_t **to, size_t *to_count, const uint32_t *from,
                       size_t from_count) {
    bool adds = false;
    for (size_t i = 0; i < from_count && !adds; i++) {
        adds =
            *to_count == 0 || bsearch(&from[i], *to, *to_count, sizeof **to, compare_u32) == NULL;
    }
    if (!adds) {
        return true;
    }
    size_t count;
    uint32_t *merged = merge(k, *to, *to_count, from, from_count, &count);
    if (merged == NULL) {
        return false;
    }
    *to = merged;
    *to_count = count;
    return true;
}

static bool unite(clustering *k, uint32_t a, uint32_t b) {
    uint32_t root = a < b ? a : b, other = a < b ? b : a;
    group *g = &k->groups[root], *h = &k->groups[other];
    k->parent[other] = root;
    size_t apart_count = g->apart_count + h->apart_count;
    if (h->apart_count > 0) {
        uint32_t *apart = kithi_arena_calloc(&k->c->arena, apart_count, sizeof *apart);
        if (apart == NULL) {
            return false;
        }
        if (g->apart_count > 0) {
            memcpy(apart, g->apart, g->apart_count * sizeof *apart);
        }
        memcpy(apart + g->apart_count, h->apart, h->apart_count * sizeof *apart);
        g->apart = apart;
        g->apart_count = apart_count;
    }
    return merge_into(k, &g->ruled, &g->ruled_count, h->ruled, h->ruled_count) &&
           merge_into(k, &g->personas, &g->persona_count, h->personas, h->persona_count);
}

/* Rules */

static bool keeps_apart(clustering *k, uint32_t a, uint32_t b) {
    for (size_t i = 0; i < k->groups[a].apart_count; i++) {
        if (find(k, k->groups[a].apart[i]) == b) {
            return true;
        }
    }
    return false;
}

static size_t count_of_type(const clustering *k, const group *g, const kithi_attribute *type) {
    size_t count = 0;
    for (size_t i = 0; i < g->ruled_count; i++) {
        count += k->c->values[g->ruled[i]].type == type;
    }
    return count;
}

static size_t count_new(const clustering *k, const group *g, const group *h,
                        const kithi_attribute *type) {
    size_t count = 0;
    for (size_t i = 0; i < h->ruled_count; i++) {
        count += k->c->values[h->ruled[i]].type == type &&
                 (g->ruled_count == 0 || bsearch(&h->ruled[i], g->ruled, g->ruled_count,
                                                 sizeof *g->ruled, compare_u32) == NULL);
    }
    return count;
}

/*
 * Unique and limit: the union may not hold more values of the type than allowed, unless one of the
 * two does so already by a person's decision and the other brings nothing new.
 */
static bool breaks_count(const clustering *k, const group *g, const group *h,
                         const kithi_attribute *type) {
    size_t allowed = type->identifier->unique ? 1 : type->identifier->limit;
    size_t mine = count_of_type(k, g, type), theirs = count_of_type(k, h, type);
    size_t together = mine + count_new(k, g, h, type);
    return together > allowed && together > mine && together > theirs;
}

/* Types in the order in which they link: it tells which of several broken rules is named, in every
 * store the same. */
static bool links_before(const kithi_attribute *a, const kithi_attribute *b) {
    if (a->identifier->priority != b->identifier->priority) {
        return a->identifier->priority > b->identifier->priority;
    }
    return strcmp(a->name, b->name) < 0;
}

static kithi_rule break_count(const clustering *k, const group *g, const group *h,
                              uint16_t *detail) {
    const kithi_attribute *broken = NULL;
    for (size_t i = 0; i < h->ruled_count; i++) {
        const kithi_attribute *type = k->c->values[h->ruled[i]].type;
        if ((broken == NULL || links_before(type, broken)) && breaks_count(k, g, h, type)) {
            broken = type;
        }
    }
    if (broken == NULL) {
        return KITHI_RULE_NONE;
    }
    *detail = broken->id;
    return broken->identifier->unique ? KITHI_RULE_UNIQUE : KITHI_RULE_LIMIT;
}

static size_t veto_place(const kithi_identifier_rules *rules, uint16_t attribute) {
    size_t at = 0;
    while (rules->veto[at] != attribute) {
        at++;
    }
    return at;
}

/* Of all cross pairs that clash, the attribute named is the one that stands first in the type's
 * list. */
static kithi_rule break_veto(const clustering *k, const group *g, const group *h,
                             const kithi_attribute *type, uint16_t *detail) {
    const kithi_identifier_rules *rules = type->identifier;
    size_t first = rules->veto_count;
    for (size_t i = 0; i < g->persona_count && first > 0; i++) {
        for (size_t j = 0; j < h->persona_count && first > 0; j++) {
            uint16_t attribute;
            if (kithi_personas_clash(k->c, type, g->personas[i], h->personas[j], &attribute)) {
                size_t place = veto_place(rules, attribute);
                first = place < first ? place : first;
            }
        }
    }
    if (first == rules->veto_count) {
        return KITHI_RULE_NONE;
    }
    *detail = rules->veto[first];
    return KITHI_RULE_VETO;
}

static kithi_rule broken_rule(clustering *k, uint32_t a, uint32_t b, const kithi_attribute *type,
                              uint16_t *detail) {
    *detail = 0;
    if (k->free) {
        return KITHI_RULE_NONE;
    }
    if (keeps_apart(k, a, b) || keeps_apart(k, b, a)) {
        return KITHI_RULE_UNLINK;
    }
    kithi_rule rule = break_count(k, &k->groups[a], &k->groups[b], detail);
    if (rule == KITHI_RULE_NONE && type->identifier->veto_count > 0) {
        rule = break_veto(k, &k->groups[a], &k->groups[b], type, detail);
    }
    return rule;
}

/* The fast path: if all records together break no rule, no union does. */
static bool check_free(clustering *k) {
    kithi_component *c = k->c;
    if (c->persona_count > FREE_PERSONAS_MAX || c->value_count > FREE_VALUES_MAX) {
        return false; /* looking would cost more than it saves */
    }
    for (size_t i = 0; i < c->pair_count; i++) {
        if (c->pairs[i].decision == KITHI_DECISION_UNLINK) {
            return false;
        }
    }
    for (size_t i = 0; i < c->value_count; i++) {
        const kithi_attribute *type = c->values[i].type;
        size_t allowed = type->identifier->unique ? 1 : type->identifier->limit, count = 0;
        if (!is_ruled(type)) {
            continue;
        }
        for (size_t j = 0; j < c->value_count && count <= allowed; j++) {
            count += c->values[j].type == type;
        }
        if (count > allowed) {
            return false;
        }
    }
    for (size_t i = 0; i < c->value_count; i++) {
        bool seen = false; /* each type once */
        for (size_t j = 0; j < i && !seen; j++) {
            seen = c->values[j].type == c->values[i].type;
        }
        uint16_t detail;
        for (uint32_t p = 0; !seen && p < c->persona_count; p++) {
            for (uint32_t q = 0; q < p; q++) {
                if (kithi_personas_clash(c, c->values[i].type, p, q, &detail)) {
                    return false;
                }
            }
        }
    }
    return true;
}

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

static int walk_decisions(clustering *k) {
    kithi_component *c = k->c;
    int rc = KITH_OK;
    for (size_t i = 0; i < c->pair_count; i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        if (pair->decision == KITHI_DECISION_UNLINK &&
            (!note_apart(k, pair->a, pair->b) || !note_apart(k, pair->b, pair->a))) {
            return kithi_error_memory(kithi_txn_error(c->txn));
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < c->pair_count; i++) {
        const kithi_decided_pair *pair = &c->pairs[i];
        uint32_t a = find(k, pair->a), b = find(k, pair->b);
        if (pair->decision != KITHI_DECISION_LINK || a == b) {
            continue;
        }
        kithi_found_link link = {pair->a, pair->b, UINT32_MAX, KITHI_RULE_NONE, 0};
        if (keeps_apart(k, a, b) || keeps_apart(k, b, a)) {
            link.rule = KITHI_RULE_UNLINK;
        } else if (!unite(k, a, b)) {
            return kithi_error_memory(kithi_txn_error(c->txn));
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
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    qsort(meetings, count, sizeof *meetings, compare_meetings);
    *out = meetings;
    *out_count = count;
    return KITH_OK;
}

static bool among(const uint32_t *list, size_t count, uint32_t item) {
    for (size_t i = 0; i < count; i++) {
        if (list[i] == item) {
            return true;
        }
    }
    return false;
}

/*
 * A record meets those before it: it joins each of their clusters that no rule keeps it from.
 * Beyond KITHI_REFUSED_MAX refusals no more are noted, nor tried again while the record's cluster
 * stays the same.
 */
static int meet(clustering *k, const meeting *m) {
    uint32_t later = m->shared->nodes[m->place];
    uint32_t refused[KITHI_REFUSED_MAX];
    size_t refused_count = 0, noted = 0;
    int rc = KITH_OK;
    for (uint32_t i = 0; rc == KITH_OK && i < m->place; i++) {
        uint32_t earlier = m->shared->nodes[i];
        uint32_t a = find(k, earlier), b = find(k, later);
        if (a == b || among(refused, refused_count, a)) {
            continue;
        }
        kithi_found_link link = {earlier, later, m->value, KITHI_RULE_NONE, 0};
        link.rule = broken_rule(k, a, b, m->shared->type, &link.detail);
        if (link.rule == KITHI_RULE_NONE) {
            refused_count = 0;
            rc =
                unite(k, a, b) ? add_link(k, link) : kithi_error_memory(kithi_txn_error(k->c->txn));
        } else {
            if (refused_count < KITHI_REFUSED_MAX) {
                refused[refused_count++] = a;
            }
            rc = noted++ < KITHI_REFUSED_MAX ? add_link(k, link) : KITH_OK;
        }
    }
    return rc;
}

int kithi_component_cluster(kithi_component *c) {
    clustering k = {.c = c};
    meeting *meetings = NULL;
    size_t count = 0;
    c->link_count = 0;
    k.parent = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *k.parent);
    k.groups = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *k.groups);
    c->cluster_of = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *c->cluster_of);
    bool ok = k.parent != NULL && k.groups != NULL && c->cluster_of != NULL;
    for (uint32_t i = 0; ok && i < c->node_count; i++) {
        k.parent[i] = i;
        ok = make_group(&k, i);
    }
    if (!ok) {
        return kithi_error_memory(kithi_txn_error(c->txn));
    }
    if (c->pair_count > 1) {
        qsort(c->pairs, c->pair_count, sizeof *c->pairs, compare_pairs);
    }
    k.free = check_free(&k);
    int rc = walk_decisions(&k);
    if (rc == KITH_OK) {
        rc = collect_meetings(&k, &meetings, &count);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = meet(&k, &meetings[i]);
    }
    free(meetings);
    for (uint32_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        c->cluster_of[i] =
            find(&k, i); /* roots are the smallest nodes, and nodes stand in order of records */
    }
    return rc;
}
