/*
 * Groups: the clusters of a component while they grow, and what each holds that rules look at. A
 * group is named by its root, the smallest of its nodes.
 *
 * What a group keeps is bounded, or grows by what is new only, so that a component of any size is
 * worked out in time that grows with its records.
 */
#ifndef KITHI_IDENTITY_GROUP_H
#define KITHI_IDENTITY_GROUP_H

#include "src/identity/component.h"

/* A group that shows more different personas is of many people: whatever vetoes, vetoes it. */
#define KITHI_GROUP_PERSONAS_MAX 32

/* Different numbers, ascending; memory of the component's arena. */
typedef struct kithi_number_set {
    uint32_t *items;
    size_t count, capacity;
} kithi_number_set;

typedef struct kithi_group {
    kithi_number_set ruled;    /* indexes of its values of unique or limited types */
    kithi_number_set personas; /* none is kept once it is crowded */
    kithi_number_set apart;    /* nodes that a person keeps apart from one of its nodes */
    kithi_number_set sources;  /* of its records, those that have no duplicates */
    bool crowded;
} kithi_group;

typedef struct kithi_groups {
    kithi_component *c;
    uint32_t *parent;
    kithi_group *items; /* by node; those of roots count */
    bool free;          /* no union of any of its records breaks a rule: no need to look */
} kithi_groups;

/* One group for each node. False, as of the others: memory is out. */
bool kithi_groups_init(kithi_groups *groups, kithi_component *component);
/* The root of a node's group. */
uint32_t kithi_group_find(kithi_groups *groups, uint32_t node);
/* Makes one of the groups of two roots. */
bool kithi_group_unite(kithi_groups *groups, uint32_t a, uint32_t b);
/* Notes that a person keeps two nodes apart. */
bool kithi_group_keep_apart(kithi_groups *groups, uint32_t a, uint32_t b);
bool kithi_number_set_has(const kithi_number_set *set, uint32_t number);

/* rule.c */

/* Whether a person keeps the groups of two roots apart. */
bool kithi_groups_are_apart(kithi_groups *groups, uint32_t a, uint32_t b);
/* The rule that the union of two roots' groups, by a value of this type or (NULL) by the weight of
 * a pair, would break. *out_detail is the attribute, or the source, that it is about. */
kithi_rule kithi_broken_rule(kithi_groups *groups, uint32_t a, uint32_t b,
                             const kithi_attribute *type, uint16_t *out_detail);
/* Whether all records together break no rule; false also where to look would cost more than it
 * saves. */
bool kithi_component_is_free(const kithi_component *component);

#endif
