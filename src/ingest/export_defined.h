/*
 * What the store's definitions say of a profile, as cells of an export: traits, outputs of scores
 * that are kept, and segments, true or false.
 */
#ifndef KITHI_INGEST_EXPORT_DEFINED_H
#define KITHI_INGEST_EXPORT_DEFINED_H

#include "src/ingest/export_rows.h"
#include "src/store/catalog.h"

/* Columns of traits and scores are there where somebody has a value; their orders begin at `first`
 * and stay below it by 2^40. KITH_OK; what the steps through a profile return. */
int kithi_export_put_defined(kithi_export_rows *rows, const kithi_catalog *catalog, uint64_t first,
                             const kith_profile *profile);

#endif
