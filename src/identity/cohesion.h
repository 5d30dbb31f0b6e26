/*
 * Cohesion: whether two clusters may be united because the model weighs two of their records as one
 * person. What speaks for two records need not for the rest: a chain of likely pairs would unite a
 * whole town, and who has no birth date is as like to the father as to the son. So
 *
 * - of all pairs of a record here and a record there, a share that the model says (a third) must be
 *   known: as likely as not one person;
 * - no more than one in eight of what both show may contradict, where it isn't known: differ in a
 *   way that one person's records hardly ever do, as the model has learnt;
 * - neither record may be as like to a third one that contradicts the other: then which of both it
 *   is can't be told.
 *
 * Records that the model weighs with nobody say too little to count.
 */
#ifndef KITHI_IDENTITY_COHESION_H
#define KITHI_IDENTITY_COHESION_H

#include "src/identity/group.h"
#include "src/match/features.h"

/* A cluster that shows more different birth dates and codes is of many people: it takes no scored
 * link. */
#define KITHI_SHOWN_MAX 64

typedef struct kithi_cohesion {
    kithi_groups *groups;
    size_t *first; /* by node: where the nodes that it is weighed with begin in `others` */
    struct kithi_weighed_with {
        uint32_t node;
        int32_t weight;
    } * others;
    uint32_t *head, *tail, *next; /* chains of the weighed nodes of a root; UINT32_MAX ends */
    uint32_t *size;               /* of the chain */
    /* What a node shows of its person, interned: its number, and the features of the first that
     * shows it. */
    uint32_t *shown_of; /* by node; UINT32_MAX: not looked at yet */
    const kithi_features **shown;
    size_t shown_count, shown_capacity;
    kithi_map shown_numbers; /* hash -> number */
} kithi_cohesion;

/* As the groups are. False: memory is out. */
bool kithi_cohesion_init(kithi_cohesion *cohesion, kithi_groups *groups);
void kithi_cohesion_clear(kithi_cohesion *cohesion);
/* How many pairs must be known, of a cluster of so many records and one of so many. */
uint64_t kithi_cohesion_needed(const kithi_model *model, uint64_t a, uint64_t b);
/* Sets the rule that uniting the groups of a link's ends would break (KITHI_RULE_NONE: none), and
 * what is told of it. */
int kithi_cohesion_check(kithi_cohesion *cohesion, kithi_found_link *link);
/* Two roots' groups were united under the smaller. */
void kithi_cohesion_unite(kithi_cohesion *cohesion, uint32_t a, uint32_t b);

#endif
