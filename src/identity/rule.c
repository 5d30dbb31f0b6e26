/*
 * What keeps two groups from becoming one: unlink, source, unique, limit, veto.
 */
#include <string.h>

#include "src/identity/group.h"

#define FREE_PERSONAS_MAX 32
#define FREE_VALUES_MAX   256
#define FREE_SOURCES_MAX  32

const char *kithi_rule_name(kithi_rule rule) {
    static const char *const names[] = {NULL,       "unlink", "unique",        "limit",    "veto",
                                        "cohesion", "source", "contradiction", "ambiguous"};
    size_t at = (size_t)rule;
    return at < sizeof names / sizeof names[0] ? names[at] : NULL;
}

static bool keeps_apart(kithi_groups *groups, uint32_t a, uint32_t b) {
    const kithi_number_set *apart = &groups->items[a].apart;
    for (size_t i = 0; i < apart->count; i++) {
        if (kithi_group_find(groups, apart->items[i]) == b) {
            return true;
        }
    }
    return false;
}

bool kithi_groups_are_apart(kithi_groups *groups, uint32_t a, uint32_t b) {
    return keeps_apart(groups, a, b) || keeps_apart(groups, b, a);
}

/* Sources */

/* A source without duplicates can't have a record in both. Of several the first by name is told, in
 * every store the same. Where a person made one cluster of two of its records, a third is refused
 * as the second would have been. */
static kithi_rule break_source(const kithi_groups *groups, const kithi_group *g,
                               const kithi_group *h, uint16_t *detail) {
    const kithi_catalog *catalog = kithi_txn_catalog(groups->c->txn);
    const char *broken = NULL;
    for (size_t i = 0; i < h->sources.count; i++) {
        uint16_t source = (uint16_t)h->sources.items[i];
        if (!kithi_number_set_has(&g->sources, source)) {
            continue;
        }
        const char *name = kithi_catalog_source(catalog, source)->name;
        if (broken == NULL || strcmp(name, broken) < 0) {
            broken = name;
            *detail = source;
        }
    }
    return broken != NULL ? KITHI_RULE_SOURCE : KITHI_RULE_NONE;
}

/* Unique and limit */

static size_t allowed_of(const kithi_attribute *type) {
    return type->identifier->unique ? 1 : type->identifier->limit;
}

static const kithi_attribute *type_of(const kithi_groups *groups, uint32_t value) {
    return groups->c->values[value].type;
}

static size_t count_of_type(const kithi_groups *groups, const kithi_group *g,
                            const kithi_attribute *type) {
    size_t count = 0;
    for (size_t i = 0; i < g->ruled.count; i++) {
        count += type_of(groups, g->ruled.items[i]) == type;
    }
    return count;
}

static size_t count_new(const kithi_groups *groups, const kithi_group *g, const kithi_group *h,
                        const kithi_attribute *type) {
    size_t count = 0;
    for (size_t i = 0; i < h->ruled.count; i++) {
        uint32_t value = h->ruled.items[i];
        count += type_of(groups, value) == type && !kithi_number_set_has(&g->ruled, value);
    }
    return count;
}

/*
 * The union may not hold more values of the type than allowed, unless one of the two does so
 * already by a person's decision and the other brings nothing new.
 */
static bool breaks_count(const kithi_groups *groups, const kithi_group *g, const kithi_group *h,
                         const kithi_attribute *type) {
    size_t mine = count_of_type(groups, g, type), theirs = count_of_type(groups, h, type);
    size_t together = mine + count_new(groups, g, h, type);
    return together > allowed_of(type) && together > mine && together > theirs;
}

/* Types in the order in which they link: it tells which of several broken rules is named, in every
 * store the same. */
static bool links_before(const kithi_attribute *a, const kithi_attribute *b) {
    if (a->identifier->priority != b->identifier->priority) {
        return a->identifier->priority > b->identifier->priority;
    }
    return strcmp(a->name, b->name) < 0;
}

/* A unique value that the model compares is part of what it weighs: one that is misspelt is no
 * second one. */
static bool is_weighed(const kithi_groups *groups, const kithi_attribute *type) {
    const kithi_model *model = groups->c->model;
    return type->id < model->place_count && model->place_of[type->id] != KITHI_NOT_COMPARED;
}

static kithi_rule break_count(const kithi_groups *groups, const kithi_group *g,
                              const kithi_group *h, bool scored, uint16_t *detail) {
    const kithi_attribute *broken = NULL;
    for (size_t i = 0; i < h->ruled.count; i++) {
        const kithi_attribute *type = type_of(groups, h->ruled.items[i]);
        if (scored && type->identifier->unique && is_weighed(groups, type)) {
            continue;
        }
        if ((broken == NULL || links_before(type, broken)) && breaks_count(groups, g, h, type)) {
            broken = type;
        }
    }
    if (broken == NULL) {
        return KITHI_RULE_NONE;
    }
    *detail = broken->id;
    return broken->identifier->unique ? KITHI_RULE_UNIQUE : KITHI_RULE_LIMIT;
}

/* Vetoes */

static size_t veto_place(const kithi_identifier_rules *rules, uint16_t attribute) {
    size_t at = 0;
    while (rules->veto[at] != attribute) {
        at++;
    }
    return at;
}

/* Of all cross pairs that clash, the attribute named is the one that stands first in the type's
 * list. */
static kithi_rule break_veto(const kithi_groups *groups, const kithi_group *g, const kithi_group *h,
                             const kithi_attribute *type, uint16_t *detail) {
    const kithi_identifier_rules *rules = type->identifier;
    size_t first = g->crowded || h->crowded ? 0 : rules->veto_count;
    for (size_t i = 0; i < g->personas.count && first > 0; i++) {
        for (size_t j = 0; j < h->personas.count && first > 0; j++) {
            uint16_t attribute;
            if (kithi_personas_clash(groups->c, type, g->personas.items[i], h->personas.items[j],
                                     &attribute)) {
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

kithi_rule kithi_broken_rule(kithi_groups *groups, uint32_t a, uint32_t b,
                             const kithi_attribute *type, uint16_t *out_detail) {
    const kithi_group *g = &groups->items[a], *h = &groups->items[b];
    *out_detail = 0;
    if (groups->free) {
        return KITHI_RULE_NONE;
    }
    if (kithi_groups_are_apart(groups, a, b)) {
        return KITHI_RULE_UNLINK;
    }
    kithi_rule rule = break_source(groups, g, h, out_detail);
    if (rule == KITHI_RULE_NONE) {
        rule = break_count(groups, g, h, type == NULL, out_detail);
    }
    if (rule == KITHI_RULE_NONE && type != NULL && type->identifier->veto_count > 0) {
        rule = break_veto(groups, g, h, type, out_detail);
    }
    return rule;
}

/* The fast path: if all records together break no rule, no union does. */

static size_t count_values(const kithi_component *c, const kithi_attribute *type) {
    size_t count = 0;
    for (size_t i = 0; i < c->value_count; i++) {
        count += c->values[i].type == type;
    }
    return count;
}

static bool any_clash(const kithi_component *c, const kithi_attribute *type) {
    uint16_t detail;
    for (uint32_t p = 0; p < c->persona_count; p++) {
        for (uint32_t q = 0; q < p; q++) {
            if (kithi_personas_clash(c, type, p, q, &detail)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether an earlier value is of the same type: then that was looked at. */
static bool is_repeated(const kithi_component *c, size_t value) {
    for (size_t i = 0; i < value; i++) {
        if (c->values[i].type == c->values[value].type) {
            return true;
        }
    }
    return false;
}

/* Whether each source without duplicates has one record at most. */
static bool sources_are_distinct(const kithi_component *c) {
    uint32_t seen[FREE_SOURCES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < c->node_count; i++) {
        uint32_t source = c->nodes[i].distinct_source;
        if (source == KITHI_NOT_DISTINCT) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            if (seen[j] == source) {
                return false;
            }
        }
        if (count == FREE_SOURCES_MAX) {
            return false;
        }
        seen[count++] = source;
    }
    return true;
}

bool kithi_component_is_free(const kithi_component *c) {
    if (c->persona_count > FREE_PERSONAS_MAX || c->value_count > FREE_VALUES_MAX ||
        !sources_are_distinct(c)) {
        return false;
    }
    for (size_t i = 0; i < c->pair_count; i++) {
        if (c->pairs[i].decision == KITHI_DECISION_UNLINK) {
            return false;
        }
    }
    for (size_t i = 0; i < c->value_count; i++) {
        const kithi_attribute *type = c->values[i].type;
        size_t allowed = allowed_of(type);
        if (!is_repeated(c, i) &&
            ((allowed > 0 && count_values(c, type) > allowed) || any_clash(c, type))) {
            return false;
        }
    }
    return true;
}
