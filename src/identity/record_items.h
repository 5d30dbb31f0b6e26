/*
 * Tables that have several values of a fixed size under a record's number, such as its links and
 * its scored pairs: all of one record's at once.
 */
#ifndef KITHI_IDENTITY_RECORD_ITEMS_H
#define KITHI_IDENTITY_RECORD_ITEMS_H

#include "src/base/arena.h"
#include "src/store/kv.h"

/* What a table holds: how large it is in memory, and how a row is read into it (false: damaged). */
typedef struct kithi_item_form {
    kithi_table table;
    size_t bytes;
    bool (*read)(kithi_slice row, void *out);
} kithi_item_form;

/* In their order, in the arena; up to the first that is damaged. */
int kithi_record_items(kith_txn *txn, const kithi_item_form *form, uint32_t record,
                       kithi_arena *arena, void **out, size_t *out_count);

#endif
