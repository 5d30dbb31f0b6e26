/*
 * Inside of resolving, for the files that it is made of: seed.c finds the records to start from,
 * membership.c keeps the rows of clusters, resolve.c runs from the one to the other.
 */
#ifndef KITHI_IDENTITY_RESOLVE_H
#define KITHI_IDENTITY_RESOLVE_H

#include <stdlib.h>

#include "src/base/grow.h"
#include "src/identity/component.h"
#include "src/identity/identity.h"
#include "src/identity/outcome.h"

/* How far a seed is. */
typedef enum kithi_seed_stage {
    KITHI_SEED_NEW = 0,
    KITHI_SEED_DONE = 1,  /* its component is clustered, or waits */
    KITHI_SEED_PARTED = 2 /* and is known to have left those that wait */
} kithi_seed_stage;

/* One run of resolving. */
typedef struct kithi_resolver {
    kith_txn *txn;
    kithi_component component; /* being clustered */
    kithi_component probe;     /* for looking at single records and values */
    kithi_map seeds;           /* records to start from -> kithi_seed_stage */
    uint32_t *order;           /* seeds as they came */
    size_t count, capacity;
    kithi_map seen_values;  /* hash of touched values worked in */
    kithi_map large_values; /* hash of values that link records of a component which is too large */
    kithi_touched *touched;
    size_t max; /* records of a component; 0: no limit */
} kithi_resolver;

static inline int kithi_resolver_no_memory(kith_txn *txn) {
    return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
}

static inline int kithi_resolver_list_add(kith_txn *txn, uint32_t **list, size_t *count,
                                          size_t *capacity, uint32_t item) {
    if (!KITHI_GROW(*list, *capacity, *count + 1)) {
        return kithi_resolver_no_memory(txn);
    }
    (*list)[(*count)++] = item;
    return KITH_OK;
}

/* resolve.c */

int kithi_resolver_begin(kithi_resolver *r, kith_txn *txn, size_t max);
void kithi_resolver_end(kithi_resolver *r);
/* A record waits for settle. Its profile is dirty until then, which is how its reads know to look.
 */
int kithi_resolver_put_off(kithi_resolver *r, uint32_t record);
/* Clusters the component at hand, and writes what is other than it stands. The outcome is in the
 * component's arena. */
int kithi_resolver_work_out(kithi_resolver *r, kithi_outcome *out);

/* settle_waiting.c */

/* Ends the settling of an outcome that is written. */
int kithi_resolver_settled(kithi_resolver *r, const kithi_outcome *outcome);

/* seed.c */

int kithi_resolver_add_seed(kithi_resolver *r, uint32_t record);

/* Works the changes of the transaction into the identifier table; what they touched are seeds. */
int kithi_resolver_seed_changes(kithi_resolver *r, const kithi_changes *changes);
/* After a change of definitions every record is a seed, and every value may be generic. */
int kithi_resolver_seed_all(kithi_resolver *r);
int kithi_resolver_clear_generic(kith_txn *txn);

/* score_changes.c */

/* Works the changes of the transaction into the index of block keys and the scored pairs; whose
 * pairs changed are seeds. Nothing where the store has no match model. */
int kithi_resolver_score_changes(kithi_resolver *r, const kithi_changes *changes);

/* membership.c */

int kithi_resolver_mark_dirty(kithi_resolver *r, uint32_t head);
/* Writes what is other than it stands of clusters and links; the records wait no longer. */
int kithi_resolver_write(kithi_resolver *r, const kithi_outcome *outcome);
/* Once all seeds are clustered or wait: records that wait under a number of the outcome's get one
 * of their own. */
int kithi_resolver_part_from_waiting(kithi_resolver *r, const kithi_outcome *outcome);
/* Lists a record as one that waits for settle, or takes it off that list. */
int kithi_resolver_set_pending(kith_txn *txn, uint32_t record, bool pending);

#endif
