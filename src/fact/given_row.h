/*
 * What somebody gives, as the row of a record that nobody puts: for asking who is like it. Nothing
 * is written, and no name is defined.
 */
#ifndef KITHI_FACT_GIVEN_ROW_H
#define KITHI_FACT_GIVEN_ROW_H

#include "src/fact/record_row.h"

/*
 * Appends the row to `out`: values typed, normalised and in the order that a put gives them. The
 * header names no record. KITH_INVALID: a name that the store has no attribute of, or a value that
 * a put would refuse.
 */
int kithi_given_row(kith_txn *txn, const kith_field *fields, size_t count, kithi_buffer *out);

#endif
