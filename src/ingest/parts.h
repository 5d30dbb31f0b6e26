/*
 * Several values in one text: "a@x.com; b@x.com". A text is parted only where each part is of the
 * form of its identifier type, so that nothing that is one value is ever torn.
 */
#ifndef KITHI_INGEST_PARTS_H
#define KITHI_INGEST_PARTS_H

#include "src/base/arena.h"
#include "src/fact/normalise.h"

/* Whether texts of identifier types with this normal form may hold several values. */
bool kithi_parts_possible(kithi_normaliser how);

/*
 * @param region  as of kithi_normalise.
 * @param value   becomes a list in the arena, or the one part that it has; else it stays.
 * @return false when memory is out.
 */
bool kithi_parts_split(kithi_normaliser how, const char *region, kithi_arena *arena,
                       kith_value *value);

#endif
