/*
 * A model as it is stored, and the one in force of a store.
 */
#ifndef KITHI_MATCH_MODEL_ROW_H
#define KITHI_MATCH_MODEL_ROW_H

#include "src/base/buffer.h"
#include "src/match/model.h"
#include "src/store/kv.h"

void kithi_model_pack(const kithi_model *model, kithi_buffer *out);
/* KITH_OK; KITH_CORRUPT; KITH_NO_MEMORY. Owned: kithi_model_free(). */
int kithi_model_unpack(kith_txn *txn, kithi_slice row, kithi_model **out);

/* The model of a version. KITH_NOT_FOUND. Owned. */
int kithi_model_read(kith_txn *txn, uint32_t version, kithi_model **out);
/* Puts a model as the next version, which is in force from now on. */
int kithi_model_put(kith_txn *txn, kithi_model *model);

/* The model in force in the transaction; NULL: there is none. Kept with the catalog: borrowed until
 * the transaction ends or defines something. */
int kithi_model_of(kith_txn *txn, const kithi_model **out);

#endif
