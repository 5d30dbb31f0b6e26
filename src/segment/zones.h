/*
 * The time zones of a store's customers, each read once.
 */
#ifndef KITHI_SEGMENT_ZONES_H
#define KITHI_SEGMENT_ZONES_H

#include "kith/store.h"
#include "src/base/zone.h"

typedef struct kithi_zones {
    struct kithi_named_zone *items;
    size_t count, capacity;
} kithi_zones;

void kithi_zones_init(kithi_zones *zones);
void kithi_zones_clear(kithi_zones *zones);
/* The zone of this name, or `otherwise` where there is none such. KITH_OK; KITH_NO_MEMORY; KITH_IO:
 * whether there is can't be told now. */
int kithi_zones_find(kithi_zones *zones, const char *name, size_t size, const kithi_zone *otherwise,
                     const kithi_zone **out);
/* The same, with what went wrong said in the transaction. */
int kithi_zones_take(kithi_zones *zones, kith_txn *txn, const char *name, size_t size,
                     const kithi_zone *otherwise, const kithi_zone **out);
/* The store's own one; UTC where there is none of its name. */
int kithi_zones_of_store(kithi_zones *zones, kith_txn *txn, const kithi_zone **out);

#endif
