/*
 * One import at work: what the readers of the formats share. Each takes rows one after the
 * other, makes facts of them in the batch, and returns at the end of the file with KITH_OK.
 */
#ifndef KITHI_INGEST_IMPORT_H
#define KITHI_INGEST_IMPORT_H

#include "src/base/time.h"
#include "src/ingest/batch.h"
#include "src/ingest/draft.h"
#include "src/ingest/mapping.h"
#include "src/ingest/newly_generic.h"
#include "src/store/catalog.h"

typedef struct kithi_import {
    const char *path;                /* for messages */
    struct ArrowArrayStream *stream; /* NULL: a file is read */
    kith_import_options options;
    kithi_input input;
    kithi_batch batch;
    kithi_mapping mapping;
    kithi_draft draft;
    kith_error *error;
    const char *wrong_option; /* after KITH_INVALID: the option to mend, as errors begin with it */
    kithi_newly_generic newly_generic;
    uint32_t keyless_count; /* JSON lines before one that shows which member is the key */
} kithi_import;

int kithi_import_csv(kithi_import *import);
int kithi_import_jsonl(kithi_import *import);
int kithi_import_segment(kithi_import *import);
int kithi_import_table(kithi_import *import);

/* The format that the caller or the file's name says; KITH_FORMAT_AUTO: neither does. */
kith_format kithi_import_named_format(const kithi_import *import);
/* Reads the beginning, to settle the format. KITH_OK; KITH_INVALID (no file of that format);
 * KITH_IO; KITH_NO_MEMORY. */
int kithi_import_find_format(kithi_import *import, kith_format *format);

/* Copies the options. KITH_OK; KITH_MISUSE (they break their contract). */
int kithi_import_options_copy(kith_import_options *out, const kith_import_options *given,
                              kith_error *error);
/* The order of day and month that the option `dates` names. KITH_OK; KITH_INVALID (there is none of
 * this name). */
int kithi_import_date_order(const char *name, kithi_date_order *out);
/* The report of what is committed. KITH_OK; KITH_NO_MEMORY. */
int kithi_import_report_make(const kithi_import *import, kith_format format,
                             kith_import_report **out);
/* The names of the properties that events of a type sum, as the store's definitions say. */
size_t kithi_import_sums(const kithi_catalog *catalog, const char *event_type,
                         const char *const **out_names);

/* Makes the fact of the row that the draft holds, or rejects the row. */
int kithi_import_draft(kithi_import *import, kithi_row *row);

#endif
