/*
 * Guests: scores that aren't the store's own: an earlier version of one, or one that nobody keeps.
 * They are asked as the others are.
 */
#ifndef KITHI_SEGMENT_SCORE_GUEST_H
#define KITHI_SEGMENT_SCORE_GUEST_H

#include "src/segment/plans.h"

typedef struct kithi_guest {
    kithi_plan plan;
    kithi_formula formula;
} kithi_guest;

/* What errors call it, and its definition, which are borrowed. `any_name`: events and properties
 * that the store doesn't know are no error. As kith_definition_put(). Clear it in either case. */
int kithi_guest_read(kith_txn *txn, const char *name, const char *definition, bool any_name,
                     kithi_guest *out);
void kithi_guest_clear(kithi_guest *guest);

#endif
