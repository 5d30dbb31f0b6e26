/*
 * The size of a store's file and map.
 */
#ifndef KITHI_STORE_SIZE_H
#define KITHI_STORE_SIZE_H

#include "kith/store.h"

/* Fills file_bytes, used_bytes, map_bytes, format_version and reader_count. */
int kithi_store_size(kith_txn *txn, kith_stat *out);

#endif
