/*
 * The facts of an import on their way into the store: transactions of a limited number of facts,
 * what became of the facts and rows, the rejected rows, progress.
 *
 * A row is in the counts of `committed` once the transaction that holds it is durable; after a
 * failure only those are told.
 */
#ifndef KITHI_INGEST_BATCH_H
#define KITHI_INGEST_BATCH_H

#include "kith/ingest.h"
#include "src/ingest/lines.h"
#include "src/ingest/rejects.h"
#include "src/ingest/tally.h"

typedef struct kithi_batch_counts {
    uint64_t rows;
    kith_fact_counts records, events, links;
    uint64_t rejects[KITHI_REJECT_REASON_COUNT];
    uint64_t invalid_values;
    kithi_tally_count future_rows; /* dated after now */
    kithi_tally_count tied;        /* records that differ from another version of their time */
    uint64_t settled;
} kithi_batch_counts;

typedef struct kithi_batch {
    kith *store;
    const kith_import_options *options;
    const kithi_input *input;
    kith_error *error;
    kith_txn *txn;       /* NULL: none is under way */
    uint32_t fact_count; /* in it */
    bool is_future;      /* the row at hand is dated after now */
    uint64_t ties;       /* in the row at hand */
    kithi_batch_counts counts, committed;
    kithi_tally non_numbers; /* values that should be numbers and are none, by column */
    kithi_tally either_dates, other_dates; /* as kithi_draft has them */
    kithi_rejects rejects;
} kithi_batch;

typedef enum kithi_batch_how {
    KITHI_BATCH_PUT,
    KITHI_BATCH_PATCH,
    KITHI_BATCH_ADD
} kithi_batch_how;

/* All is borrowed while the batch lives; `error` is the caller's of the import and may be NULL. */
void kithi_batch_init(kithi_batch *batch, kith *store, const kith_import_options *options,
                      const kithi_input *input, kith_error *error);
/* Lets go of what isn't committed; the counts stay. KITH_OK; KITH_IO (the rejects file). */
int kithi_batch_close(kithi_batch *batch);
void kithi_batch_clear(kithi_batch *batch);

/*
 * Put a fact. An addition goes along with another fact of its row, and counts only where it changed
 * something. What the store refuses as bad data rejects the row, and KITH_OK is returned; other
 * codes end the import.
 */
int kithi_batch_record(kithi_batch *batch, kithi_row *row, kithi_batch_how how,
                       const kith_record_input *input);
int kithi_batch_event(kithi_batch *batch, kithi_row *row, const kith_event_input *input);
int kithi_batch_link(kithi_batch *batch, kithi_row *row, const char *key_a, const char *key_b,
                     const char *by, int64_t at_us);

/* Says when the facts of the row at hand were. */
void kithi_batch_date(kithi_batch *batch, int64_t at_us);

/* Ends a row: tells of it if it is rejected, commits if the batch is full, reports progress. */
int kithi_batch_end_row(kithi_batch *batch, const kithi_row *row);
int kithi_batch_commit(kithi_batch *batch);
/* Settles all that awaits it, in transactions of a limited number of profiles. */
int kithi_batch_settle(kithi_batch *batch);

#endif
