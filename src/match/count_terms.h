/*
 * Counting the terms of a pool for a model.
 */
#ifndef KITHI_MATCH_COUNT_TERMS_H
#define KITHI_MATCH_COUNT_TERMS_H

#include "src/match/pool.h"

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_terms_count_all(kithi_model *model, const kithi_pool *pool, unsigned threads);

#endif
