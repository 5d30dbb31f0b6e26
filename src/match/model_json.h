/*
 * A model as JSON that a person can read, and that says all of it.
 */
#ifndef KITHI_MATCH_MODEL_JSON_H
#define KITHI_MATCH_MODEL_JSON_H

#include "src/match/model.h"
#include "src/store/txn.h"

/* Owned: free it with kith_free(). KITH_OK; KITH_NO_MEMORY. */
int kithi_model_write(kith_txn *txn, const kithi_model *model, char **out_json);

/*
 * Reads one; its version is 0. Attributes that the store doesn't have are defined. Owned:
 * kithi_model_free(). KITH_OK; KITH_INVALID, with line and column in the message and the offset in
 * the position; KITH_NO_MEMORY.
 */
int kithi_model_parse(kith_txn *txn, const char *json, size_t size, kithi_model **out);

#endif
