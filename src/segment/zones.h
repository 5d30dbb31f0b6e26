/*
 * The time zones of a store's customers, each read once. What is no zone is kept in mind as well:
 * customers say anything, and each another thing.
 */
#ifndef KITHI_SEGMENT_ZONES_H
#define KITHI_SEGMENT_ZONES_H

#include "kith/store.h"
#include "src/base/names.h"
#include "src/base/zone.h"

typedef struct kithi_zones {
    kithi_names names;
    struct kithi_known_zone *items; /* by the numbers of the names */
    size_t count, capacity;
} kithi_zones;

void kithi_zones_init(kithi_zones *zones);
void kithi_zones_clear(kithi_zones *zones);
/* The zone of this name, or `otherwise` where there is none such. KITH_OK; KITH_NO_MEMORY; KITH_IO:
 * whether there is can't be told now. */
int kithi_zones_take(kithi_zones *zones, kith_txn *txn, const char *name, size_t size,
                     const kithi_zone *otherwise, const kithi_zone **out);
/* The store's own one; UTC where there is none of its name. */
int kithi_zones_of_store(kithi_zones *zones, kith_txn *txn, const kithi_zone **out);

#endif
