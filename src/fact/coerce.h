/*
 * From a value as given to a value as stored: typed by its attribute, normalised where it is an
 * identifier.
 */
#ifndef KITHI_FACT_COERCE_H
#define KITHI_FACT_COERCE_H

#include "src/fact/fact.h"
#include "src/fact/record_row.h"

/* What a given value is to its attribute. */
typedef struct kithi_coerced {
    bool any; /* false: no value at all (null, empty text) */
    kith_value_status status;
    uint64_t said; /* hash of attribute and value as they were given, whatever the definitions make
                      of them */
} kithi_coerced;

/*
 * Packs the value behind what `out` holds and says what it is. KITH_INVALID: broken UTF-8, too
 * long, nested too deep.
 */
int kithi_coerce(kith_txn *txn, const kithi_attribute *attribute, const kith_value *value,
                 kithi_buffer *out, kithi_coerced *out_what);

/*
 * What keeps a value out of the store, in words that follow its name: text that is no UTF-8 or
 * holds a NUL byte, numbers that are not finite, deep nesting, members without a name, NULL where a
 * count or size says that there is something; inside of it too. NULL: nothing.
 */
const char *kithi_value_problem(const kith_value *value);

/* A list whose items are values of the attribute, each by itself. Of one that counts items and has
 * none kithi_coerce() says so. */
static inline bool kithi_is_values(const kith_value *value) {
    return value->type == KITH_TYPE_LIST &&
           (value->as.list.items != NULL || value->as.list.count == 0);
}

#endif
