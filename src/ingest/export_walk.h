/*
 * What an export walks over: records, events or profiles in one snapshot, each a row of cells.
 *
 * Before the first row the store is walked once for the columns, unless they are fixed.
 */
#ifndef KITHI_INGEST_EXPORT_WALK_H
#define KITHI_INGEST_EXPORT_WALK_H

#include "src/ingest/export_rows.h"
#include "src/store/txn.h"

typedef struct kithi_export_walk {
    kithi_export_rows rows;
    /* private */
    kith_txn *txn;
    const kithi_catalog *catalog;
    const struct kithi_export_layout *layout;
    int64_t now_us;
    size_t fixed_count;
    /* Places of the catalog's names, by id: see make_ranks. */
    uint32_t *attribute_ranks, *event_type_ranks, *property_ranks;
    kith_record_iter *records; /* NULL where another one is walked over, as are the others */
    kith_record record;        /* the one at hand */
    kith_event_iter *events;   /* its */
    kith_profile_iter *profiles;
    kithi_arena row_arena;       /* nested values of the row in hand */
    char id[KITH_ID_TEXT_BYTES]; /* likewise */
} kithi_export_walk;

/* Texts go to `write`, rows of KITH_FORMAT_ARROW to rows.batch. */
void kithi_export_walk_init(kithi_export_walk *walk, kith_format format, kith_write_fn write,
                            void *context);
/* Takes a snapshot and finds the columns. KITH_OK; what kith_export() returns. */
int kithi_export_walk_open(kithi_export_walk *walk, kith *store, kith_export_what what,
                           int64_t now_us, kith_error *error);
/* Writes the next row. KITH_DONE; what kith_export() returns. */
int kithi_export_walk_next(kithi_export_walk *walk, kith_error *error);
/* Hands on what is still held, after the last row. */
int kithi_export_walk_finish(kithi_export_walk *walk, kith_error *error);
/* Also where it could not be opened. */
void kithi_export_walk_close(kithi_export_walk *walk);

#endif
