/*
 * Proving what facts imply among themselves: keys lead to their records, index entries to their
 * events, counters count.
 */
#ifndef KITHI_FACT_FACT_VERIFY_H
#define KITHI_FACT_FACT_VERIFY_H

#include "src/fact/fact.h"

int kithi_fact_verify(kith_txn *txn, int (*problem)(void *context, const char *text),
                      void *context);

#endif
