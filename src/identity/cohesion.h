/*
 * Cohesion: whether enough speaks for it that two clusters are one person. A scored link between
 * two records speaks for these two; of all pairs of a record here and a record there, a third must
 * be as likely as not one person too. Else a chain of likely pairs would unite a whole town.
 *
 * Records that the model weighs with nobody, as they say too little, are not counted.
 */
#ifndef KITHI_IDENTITY_COHESION_H
#define KITHI_IDENTITY_COHESION_H

#include "src/identity/group.h"

typedef struct kithi_cohesion {
    kithi_groups *groups;
    size_t *first; /* by node: where the nodes that it is weighed with begin in `others` */
    uint32_t *others;
    uint32_t *head, *tail, *next; /* chains of the weighed nodes of a root; UINT32_MAX ends */
    uint32_t *size;               /* of the chain */
} kithi_cohesion;

/* As the groups are. False: memory is out. In the component's arena. */
bool kithi_cohesion_init(kithi_cohesion *cohesion, kithi_groups *groups);
/* Whether two roots' groups may be united, and how many of their pairs speak for it. */
bool kithi_cohesion_allows(const kithi_cohesion *cohesion, uint32_t a, uint32_t b,
                           kithi_cross_pairs *out);
/* Two roots' groups were united under the smaller. */
void kithi_cohesion_unite(kithi_cohesion *cohesion, uint32_t a, uint32_t b);

#endif
