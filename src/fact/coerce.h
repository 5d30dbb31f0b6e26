/*
 * From a value as given to a value as stored: typed by its attribute, normalised where it is an identifier.
 */
#ifndef KITHI_FACT_COERCE_H
#define KITHI_FACT_COERCE_H

#include "src/fact/fact.h"
#include "src/fact/record_row.h"

/*
 * Packs the value behind what `out` holds and says its status. *out_any is false if it is no value at all (null,
 * empty text). KITH_INVALID: broken UTF-8, too long, nested too deep.
 */
int kithi_coerce(kith_txn *txn, const kithi_attribute *attribute, const kith_value *value,
                 kithi_buffer *out, kith_value_status *out_status, bool *out_any);

#endif
