/*
 * The identifier values that become generic while a file is imported: from then on they link
 * nobody, and customers that they held together come apart. So they are told.
 */
#ifndef KITHI_INGEST_NEWLY_GENERIC_H
#define KITHI_INGEST_NEWLY_GENERIC_H

#include "kith/ingest.h"
#include "src/base/arena.h"
#include "src/base/map.h"

typedef struct kithi_newly_generic {
    uint64_t count;
    kith_generic_value values[KITH_GENERIC_VALUES_TOLD]; /* the first of them */
    size_t told;
    /* private */
    kithi_map before; /* marks of those that were generic already */
    kithi_arena arena;
} kithi_newly_generic;

void kithi_newly_generic_init(kithi_newly_generic *newly);
void kithi_newly_generic_clear(kithi_newly_generic *newly);
/* Notes what is generic before the first row. KITH_OK; KITH_NO_MEMORY; KITH_CORRUPT. */
int kithi_newly_generic_begin(kithi_newly_generic *newly, kith_txn *txn);
/* Finds what has become generic since. The same codes. */
int kithi_newly_generic_end(kithi_newly_generic *newly, kith_txn *txn);

#endif
