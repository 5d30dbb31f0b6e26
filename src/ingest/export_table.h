/*
 * Of what type a column of an export is as a table: the one that all of its values are of. Where
 * they are of several types, or a row has several values, it is a text as CSV has it.
 */
#ifndef KITHI_INGEST_EXPORT_TABLE_H
#define KITHI_INGEST_EXPORT_TABLE_H

#include "src/ingest/export_rows.h"

/* What a column whose values are of this type shows. */
unsigned kithi_export_seen_type(kith_type type);
/* Notes what a cell shows, of a row from 1 on. */
void kithi_export_see(kithi_export_column *column, const kithi_export_cell *cell, uint64_t row);
/* The type of a column by what it showed. */
kithi_arrow_type kithi_export_table_type(unsigned seen);
/* Puts a cell of a column that is no text. */
void kithi_export_table_put(kithi_arrow_batch *batch, size_t column, kithi_arrow_type type,
                            const kithi_export_cell *cell);

#endif
