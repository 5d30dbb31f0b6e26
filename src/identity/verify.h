/*
 * Inside of verifying, for the files that it is made of: identity_verify.c proves clusters and
 * links, scored_verify.c what scored links come from.
 */
#ifndef KITHI_IDENTITY_VERIFY_H
#define KITHI_IDENTITY_VERIFY_H

#include "src/base/error.h"
#include "src/store/txn.h"

/* Who is told. */
typedef struct kithi_verify_ear {
    int (*problem)(void *context, const char *text);
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
} kithi_verify_ear;

/* Tells one problem, as one line. */
int kithi_verify_tell(const kithi_verify_ear *ear, const char *format, ...) KITHI_PRINTF(2, 3);

/* scored_verify.c */

/* Compares the models, the index of block keys and the scored pairs with what the facts give. */
int kithi_scored_verify(kith_txn *txn, const kithi_verify_ear *ear);

#endif
