/*
 * One import at work: what the readers of the three formats share. Each takes rows one after the
 * other, makes facts of them in the batch, and returns at the end of the file with KITH_OK.
 */
#ifndef KITHI_INGEST_IMPORT_H
#define KITHI_INGEST_IMPORT_H

#include "src/ingest/batch.h"
#include "src/ingest/draft.h"
#include "src/ingest/mapping.h"

typedef struct kithi_import {
    const char *path; /* for messages */
    kith_import_options options;
    kithi_input input;
    kithi_batch batch;
    kithi_mapping mapping;
    kithi_draft draft;
    kith_error *error;
    uint32_t keyless_count; /* JSON lines before one that shows which member is the key */
} kithi_import;

int kithi_import_csv(kithi_import *import);
int kithi_import_jsonl(kithi_import *import);
int kithi_import_segment(kithi_import *import);

/* Makes the fact of the row that the draft holds, or rejects the row. */
int kithi_import_draft(kithi_import *import, kithi_row *row);

#endif
