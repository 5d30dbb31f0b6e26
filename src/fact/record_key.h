/*
 * From (source, key) to a record: its id, its number, and making its row where there is none.
 */
#ifndef KITHI_FACT_RECORD_KEY_H
#define KITHI_FACT_RECORD_KEY_H

#include "src/fact/fact.h"
#include "src/fact/record_row.h"

/* Checks names at the door: KITH_INVALID with what is wrong. */
int kithi_record_check_names(kith_txn *txn, const char *source, const char *key);
/* Finds the record, or makes one that nobody has said anything of. */
int kithi_record_obtain(kith_txn *txn, const char *source, const char *key, uint32_t *out,
                        bool *out_added);
/* The same, but where it is new the caller writes its row, from this header; `key` is lent to it.
 */
int kithi_record_reserve(kith_txn *txn, const char *source, const char *key, uint32_t *out,
                         bool *out_added, kithi_row_header *out_header);
/* Reads a record's row by number. KITH_NOT_FOUND; KITH_CORRUPT. */
int kithi_record_row(kith_txn *txn, uint32_t record, kithi_slice *out);
/* A row that can't be read although its checksum holds. */
int kithi_record_damaged(kith_txn *txn, uint32_t record);

#endif
