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
/* Finds the record, and defines its source. KITH_NOT_FOUND: there is none yet, and *out_header is
 * what the row of one begins with; `key` is lent to it. */
int kithi_record_find(kith_txn *txn, const char *source, const char *key, uint32_t *out,
                      kithi_row_header *out_header);
/* Gives the next number to a record that kithi_record_find did not find; the caller writes its row.
 */
int kithi_record_reserve(kith_txn *txn, const kithi_row_header *header, uint32_t *out);
/* Reads a record's row by number. KITH_NOT_FOUND; KITH_CORRUPT. */
int kithi_record_row(kith_txn *txn, uint32_t record, kithi_slice *out);
/* Says that there is no record of this number. */
int kithi_record_missing(kith_txn *txn, uint32_t record);
/* A row that can't be read although its checksum holds. */
int kithi_record_damaged(kith_txn *txn, uint32_t record);

#endif
