/*
 * The names and types of columns as an ArrowSchema, which owns all of its memory.
 */
#ifndef KITHI_ARROW_SCHEMA_H
#define KITHI_ARROW_SCHEMA_H

#include "src/arrow/arrow_batch.h"

/* KITH_OK; KITH_NO_MEMORY. */
int kithi_arrow_schema_make(const kithi_arrow_field *fields, size_t count, struct ArrowSchema *out);

#endif
