/*
 * What clustering a component gives: all that its records' rows are to say, apart from the
 * component, so that it can be written later and by another thread.
 */
#ifndef KITHI_IDENTITY_OUTCOME_H
#define KITHI_IDENTITY_OUTCOME_H

#include "src/identity/links.h"

typedef struct kithi_outcome {
    size_t count;
    uint32_t *records;                  /* ascending */
    uint32_t *cluster_of;               /* place -> that of the least record of its cluster */
    uint8_t (*links)[KITHI_LINK_BYTES]; /* rows of place i: from first[i] up to first[i + 1] */
    size_t *first;
} kithi_outcome;

/* Of a component that is clustered. In the arena. */
int kithi_outcome_make(const kithi_component *component, kithi_arena *arena, kithi_outcome *out);
/* Whether a record is in the cluster of the one at a place. */
bool kithi_outcome_joins(const kithi_outcome *outcome, uint32_t record, size_t place);

#endif
