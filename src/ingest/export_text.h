/*
 * Values as text: JSON (RFC 8259) and the cells of CSV (RFC 4180). Numbers are the same in any
 * locale, and a real is written in the fewest digits that give it back.
 */
#ifndef KITHI_INGEST_EXPORT_TEXT_H
#define KITHI_INGEST_EXPORT_TEXT_H

#include "kith/base.h"
#include "src/base/buffer.h"

/* Appends a value as JSON. */
void kithi_export_json(kithi_buffer *out, const kith_value *value);
/* Appends a text as a JSON string. */
void kithi_export_json_text(kithi_buffer *out, const char *data, size_t size);
/* Appends a value as plain text, not yet quoted; lists and maps as JSON. */
void kithi_export_plain(kithi_buffer *out, const kith_value *value);
/* Appends millionths as a decimal. */
void kithi_export_micros(kithi_buffer *out, int64_t micros);
/* Appends a cell, in quotes where it must be. */
void kithi_export_csv_cell(kithi_buffer *out, const void *data, size_t size);

#endif
