/*
 * Settling by several threads: they gather and cluster the components of waiting records, each by a
 * transaction of its own that reads what the write transaction began with; the write transaction
 * writes what they found. That is sound as gathering reads nothing that settling writes, but marks
 * of generic values, which are of one component.
 */
#ifndef KITHI_IDENTITY_SETTLE_AHEAD_H
#define KITHI_IDENTITY_SETTLE_AHEAD_H

#include "src/identity/resolve.h"

/* Settles the components of waiting records, but those whose values link very many; *done grows by
 * how many. */
int kithi_settle_ahead(kithi_resolver *r, const kithi_readers *readers, const uint32_t *waiting,
                       size_t count, uint64_t *done);

#endif
