#include "src/ingest/batch.h"

#include <string.h>

#include "kith/state.h"
#include "src/fact/fact.h"

#define BATCH_FACTS_DEFAULT 10000 /* the pages that they touch stay under 64 MB */
#define ROWS_A_PROGRESS     1024  /* a power of two */

void kithi_batch_init(kithi_batch *batch, kith *store, const kith_import_options *options,
                      const kithi_input *input, kith_error *error) {
    memset(batch, 0, sizeof *batch);
    batch->store = store;
    batch->options = options;
    batch->input = input;
    batch->error = error;
    kithi_tally_init(&batch->non_numbers);
    kithi_tally_init(&batch->either_dates);
    kithi_tally_init(&batch->other_dates);
    kithi_rejects_init(&batch->rejects, options->rejects_path);
}

int kithi_batch_close(kithi_batch *batch) {
    kith_txn_abort(batch->txn);
    batch->txn = NULL;
    return kithi_rejects_close(&batch->rejects, batch->error);
}

void kithi_batch_clear(kithi_batch *batch) {
    kithi_tally_clear(&batch->non_numbers);
    kithi_tally_clear(&batch->either_dates);
    kithi_tally_clear(&batch->other_dates);
}

/* Facts */

static int begin(kithi_batch *batch) {
    if (batch->txn != NULL) {
        return KITH_OK;
    }
    batch->fact_count = 0;
    return kith_txn_begin(batch->store, KITH_WRITE, &batch->txn, batch->error);
}

static void count_change(kith_fact_counts *counts, kith_change change) {
    switch (change) {
    case KITH_ADDED:
        counts->added++;
        break;
    case KITH_UPDATED:
        counts->updated++;
        break;
    case KITH_UNCHANGED:
        counts->unchanged++;
        break;
    case KITH_IGNORED:
        counts->ignored++;
        break;
    }
}

/* Counts what the store answered; counts is NULL where the change isn't told. */
static int take_answer(kithi_batch *batch, kithi_row *row, int code, kith_change change,
                       kith_fact_counts *counts) {
    const kith_error *said = kith_txn_error(batch->txn);
    if (code == KITH_OK) {
        batch->fact_count++;
        if (counts != NULL) {
            count_change(counts, change);
        }
    } else if (code == KITH_INVALID || code == KITH_NOT_FOUND) {
        kithi_row_reject(row, KITH_REJECT_BAD_VALUE, "%s", said->message);
        code = KITH_OK;
    } else {
        kithi_error_copy(batch->error, said);
    }
    return code;
}

int kithi_batch_record(kithi_batch *batch, kithi_row *row, kithi_batch_how how,
                       const kith_record_input *input) {
    kith_change change = KITH_UNCHANGED;
    int code = begin(batch);
    if (code != KITH_OK) {
        return code;
    }
    uint64_t ties_before = kithi_fact_tied_count(batch->txn);
    switch (how) {
    case KITHI_BATCH_PUT:
        code = kith_record_put(batch->txn, input, &change);
        break;
    case KITHI_BATCH_PATCH:
        code = kith_record_patch(batch->txn, input, &change);
        break;
    case KITHI_BATCH_ADD:
        code = kith_record_add(batch->txn, input, &change);
        break;
    }
    batch->ties += kithi_fact_tied_count(batch->txn) - ties_before;
    bool is_told = how != KITHI_BATCH_ADD || change == KITH_ADDED || change == KITH_UPDATED;
    return take_answer(batch, row, code, change, is_told ? &batch->counts.records : NULL);
}

int kithi_batch_event(kithi_batch *batch, kithi_row *row, const kith_event_input *input) {
    kith_change change = KITH_UNCHANGED;
    int code = begin(batch);
    if (code == KITH_OK) {
        code = kith_event_put(batch->txn, input, &change);
        code = take_answer(batch, row, code, change, &batch->counts.events);
    }
    return code;
}

int kithi_batch_link(kithi_batch *batch, kithi_row *row, const char *key_a, const char *key_b,
                     const char *by, int64_t at_us) {
    kith_change change = KITH_UNCHANGED;
    const char *source = batch->options->source;
    int code = begin(batch);
    if (code == KITH_OK) {
        code = kith_record_link(batch->txn, source, key_a, source, key_b, by, at_us, &change);
        code = take_answer(batch, row, code, change, &batch->counts.links);
    }
    return code;
}

/* Rows */

/* How much of a row is told: no more than so many bytes, and no part of a character. */
static size_t told_bytes(const kithi_row *row) {
    size_t size = KITHI_REJECT_TEXT_MAX_BYTES;
    if (row->text_bytes <= size) {
        return row->text_bytes;
    }
    for (int i = 0; i < 3 && ((unsigned char)row->text[size] & 0xC0) == 0x80; i++) {
        size--;
    }
    return size;
}

static int tell_reject(kithi_batch *batch, const kithi_row *row) {
    kith_reject reject = {sizeof reject, row->reason, row->line,
                          row->detail,   row->text,   told_bytes(row)};
    batch->counts.rejects[row->reason]++;
    int code = kithi_rejects_add(&batch->rejects, &reject, batch->error);
    if (code != KITH_OK || batch->options->reject == NULL) {
        return code;
    }
    return batch->options->reject(batch->options->context, &reject) == 0 ? KITH_OK
                                                                         : KITH_INTERRUPTED;
}

static int tell_progress(const kithi_batch *batch, const char *phase, uint64_t done,
                         uint64_t total) {
    kith_progress progress = {sizeof progress, phase, done, total, batch->counts.rows};
    if (batch->options->progress == NULL) {
        return KITH_OK;
    }
    return batch->options->progress(batch->options->context, &progress) == 0 ? KITH_OK
                                                                             : KITH_INTERRUPTED;
}

static int tell_import(const kithi_batch *batch) {
    const kithi_input *input = batch->input;
    return tell_progress(batch, "import", input->done_bytes - (input->end - input->begin),
                         input->total_bytes);
}

void kithi_batch_date(kithi_batch *batch, int64_t at_us) {
    batch->is_future = batch->is_future || at_us > batch->options->now_us;
}

int kithi_batch_end_row(kithi_batch *batch, const kithi_row *row) {
    uint32_t limit =
        batch->options->batch_count ? batch->options->batch_count : BATCH_FACTS_DEFAULT;
    int code = row->rejected ? tell_reject(batch, row) : KITH_OK;
    batch->counts.rows++;
    kithi_tally_add(&batch->counts.future_rows, batch->is_future && !row->rejected, row->line);
    kithi_tally_add(&batch->counts.tied, row->rejected ? 0 : batch->ties, row->line);
    kithi_tally_end_row(&batch->non_numbers, row->line, row->rejected);
    kithi_tally_end_row(&batch->either_dates, row->line, row->rejected);
    kithi_tally_end_row(&batch->other_dates, row->line, row->rejected);
    batch->is_future = false;
    batch->ties = 0;
    if (code == KITH_OK && batch->fact_count >= limit) {
        code = kithi_batch_commit(batch);
    }
    if (code == KITH_OK && (batch->counts.rows & (ROWS_A_PROGRESS - 1)) == 0) {
        code = tell_import(batch);
    }
    return code;
}

int kithi_batch_commit(kithi_batch *batch) {
    kith_txn *txn = batch->txn;
    int code = KITH_OK;
    batch->txn = NULL;
    batch->fact_count = 0;
    if (txn != NULL) {
        batch->counts.invalid_values += kithi_fact_invalid_value_count(txn);
        code = kith_txn_commit(txn, batch->error);
    }
    if (code == KITH_OK) {
        batch->committed = batch->counts;
        kithi_tally_commit(&batch->non_numbers);
        kithi_tally_commit(&batch->either_dates);
        kithi_tally_commit(&batch->other_dates);
        code = tell_import(batch);
    }
    return code;
}

/* Settling */

/* Each transaction that ended counts. */
static int on_settled(void *context, const kith_progress *progress) {
    kithi_batch *batch = context;
    batch->counts.settled = batch->committed.settled = progress->done;
    return tell_progress(batch, progress->phase, progress->done, progress->total);
}

int kithi_batch_settle(kithi_batch *batch) {
    return kith_settle_all(batch->store, batch->options->now_us, 0, on_settled, batch, NULL,
                           batch->error);
}
