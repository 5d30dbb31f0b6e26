/*
 * Generic values: those whose records show too many names, or too many records without one, so that
 * they are nobody's. A table holds a mark for each; a commit sets it, or settle does where so many
 * records link by the value that their component waits.
 */
#ifndef KITHI_IDENTITY_GENERIC_H
#define KITHI_IDENTITY_GENERIC_H

#include "src/identity/component.h"

typedef enum kithi_generic {
    KITHI_GENERIC_NO,
    KITHI_GENERIC_YES,
    KITHI_GENERIC_UNKNOWN /* there are more records than were looked at */
} kithi_generic;

/* Asks a value's records: all, or where max isn't 0 no more than so many that link by it. They are
 * loaded into the component. */
int kithi_value_is_generic(kithi_component *component, const kithi_attribute *type,
                           const char *text, size_t size, size_t max, kithi_generic *out);
/* The key of a value's mark: two hashes. */
void kithi_generic_key(uint8_t out[16], const kithi_attribute *type, const char *text, size_t size);
int kithi_generic_is_marked(kith_txn *txn, const kithi_shared_value *value, bool *out);
/* Whether a value's mark should stand: by its records, unless these are still to be asked when its
 * component, which waits, is settled. */
int kithi_generic_should_be_marked(kithi_component *component, const kithi_shared_value *value,
                                   bool *out);

#endif
