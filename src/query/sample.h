/*
 * A sample of those whom a condition means: `WHERE AND bucket(SALT, 0, COUNT)`.
 */
#ifndef KITHI_QUERY_SAMPLE_H
#define KITHI_QUERY_SAMPLE_H

#include "src/segment/expression.h"

typedef struct kithi_sample {
    kith_expression *buckets; /* NULL: all are taken */
    kithi_node both, *parts[2];
    kith_expression where; /* both; it lives in this struct and borrows from the condition */
} kithi_sample;

/* `where` NULL: of all. KITH_OK; KITH_INVALID (the salt, the count); KITH_NO_MEMORY. */
int kithi_sample_init(kithi_sample *sample, kith_txn *txn, const kith_expression *where,
                      uint32_t count, const char *salt);
/* Fine where it is zero. */
void kithi_sample_clear(kithi_sample *sample);

#endif
