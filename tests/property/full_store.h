/*
 * A small store that has rows in every derived table.
 */
#ifndef TESTS_PROPERTY_FULL_STORE_H
#define TESTS_PROPERTY_FULL_STORE_H

#include "src/store/tables.h"
#include "tests/property/stand.h"

/*
 * Settled rows, one of which is due later; packed and landed events; then, if wanted, dirty
 * profiles with and without a row. (Nobody reads the row of a dirty profile, so no damage of it
 * matters.) No scored links.
 */
void full_store_make(stand *s, bool dirty);
/* One that has rows in this table: where it is one of them, those of scored links too. */
void full_store_make_for(stand *s, kithi_table table);

#endif
