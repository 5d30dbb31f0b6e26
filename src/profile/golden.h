/*
 * Survivorship: of all that the records of a profile say, which value is golden.
 */
#ifndef KITHI_PROFILE_GOLDEN_H
#define KITHI_PROFILE_GOLDEN_H

#include "src/base/buffer.h"
#include "src/fact/fact.h"

/* Appends the golden entries of the profile that these records are; says the id of the oldest of
 * them. */
int kithi_golden_compute(kith_txn *txn, const uint32_t *records, size_t count, kithi_buffer *out,
                         kith_id *out_id);

#endif
