/*
 * What is known of customers, feature by feature, held in memory: to learn chances or clusters
 * from. Whether a feature is a number or a text is told by what it gives, where its expression
 * doesn't say.
 */
#ifndef KITHI_LEARN_KNOWN_H
#define KITHI_LEARN_KNOWN_H

#include "src/learn/learner.h"
#include "src/segment/score_features.h"

typedef struct kithi_known_plan {
    const kithi_score_features *features;
    int64_t ahead_us; /* features are as they were so long before */
    bool has_target;  /* it is asked, at the learner's time, whether this part holds */
    size_t target;
    bool chosen; /* only whom this part means, when features are asked */
    size_t of;
    /* They are taken in an order that what is known of them tells: who are alike in all of it may
     * change places. Else in that of their numbers, in which they came into the store. */
    bool by_content;
} kithi_known_plan;

typedef struct kithi_known_customers {
    const kithi_score_features *features;
    kithi_gathered gathered;
    struct kithi_known_place *order; /* in which they are taken */
    kithi_feature_kind kinds[KITHI_FEATURES_MAX];
} kithi_known_customers;

/* Clear it in either case. */
int kithi_known_gather(kithi_learner *learner, const kithi_known_plan *plan,
                       kithi_known_customers *out);
void kithi_known_clear(kithi_known_customers *known);
/* The values of a customer, by the place in that order; texts are borrowed. */
void kithi_known_values(const kithi_known_customers *known, size_t customer, kith_value *out);
/* Whether the target held. */
bool kithi_known_happened(const kithi_known_customers *known, size_t customer);

#endif
