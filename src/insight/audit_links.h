/*
 * Whom a copy would be linked to if somebody put it: the profiles with a record of which the pair
 * is a link, as far as cohesion allows each of them to take the copy in.
 */
#ifndef KITHI_INSIGHT_AUDIT_LINKS_H
#define KITHI_INSIGHT_AUDIT_LINKS_H

#include "kith/insight.h"
#include "src/identity/candidates.h"

typedef struct kithi_audit_links {
    kith_txn *txn;
    const kithi_model *model;
    kithi_candidates candidates;
    kithi_arena arena;       /* of one copy */
    uint64_t compared_count; /* records, of all copies */
} kithi_audit_links;

void kithi_audit_links_init(kithi_audit_links *links, kith_txn *txn, const kithi_model *model);
void kithi_audit_links_clear(kithi_audit_links *links);
/* What becomes of one copy of a record, without its quality. */
int kithi_audit_links_of(kithi_audit_links *links, const kithi_features *copy, uint32_t record,
                         kith_audit_count *out);

#endif
