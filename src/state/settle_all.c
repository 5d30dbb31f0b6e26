/*
 * Settling a store in transactions of a limited number of profiles, so that others get their turn
 * and little is lost where it is stopped.
 */
#include "src/base/sized.h"
#include "src/base/workers.h"
#include "src/state/made_columns.h"

#define STEP_BUDGET 32768 /* profiles and waiting components a transaction */

/* As many as can be had. */
static size_t open_readers(kith *store, unsigned threads, kith_txn *out[KITHI_WORKERS_MAX]) {
    kith_error error = KITH_ERROR_INIT;
    size_t count = 0;
    while (threads > 1 && count < threads && count < KITHI_WORKERS_MAX &&
           kith_txn_begin(store, KITH_READ, &out[count], &error) == KITH_OK) {
        count++;
    }
    return count;
}

/* Who is told how far all is. */
typedef struct teller {
    kith_progress_fn progress;
    void *context;
    const kith_settle_result *sum;
} teller;

static int tell_progress(const teller *t, kith_error *error) {
    kith_progress state = {sizeof state, "settle", t->sum->settled_count,
                           t->sum->settled_count + t->sum->remaining_count, 0};
    if (t->progress == NULL || t->progress(t->context, &state) == 0) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_INTERRUPTED, "settle was stopped; run it again to go on");
}

static int on_pause(void *context, kith_txn *txn) {
    return tell_progress(context, kithi_txn_error(txn));
}

/* No other process writes between the write transaction's begin and the readers'. */
static int settle_by_threads(kith *store, kith_txn *txn, unsigned threads, int64_t now_us,
                             uint64_t budget, kith_settle_result *out, uint64_t *out_clustered) {
    kith_txn *txns[KITHI_WORKERS_MAX];
    kithi_readers readers = {txns, open_readers(store, threads, txns)};
    int rc = kithi_settle(txn, &readers, now_us, budget, out, out_clustered);
    for (size_t i = 0; i < readers.count; i++) {
        kith_txn_abort(txns[i]);
    }
    return rc;
}

static int settle_step(kith *store, unsigned threads, int64_t now_us, uint64_t budget, teller *t,
                       kith_settle_result *out, uint64_t *out_clustered, kith_error *error) {
    kithi_pause pauses = {on_pause, t};
    kith_txn *txn = NULL;
    int rc = kith_txn_begin(store, KITH_WRITE, &txn, error);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_txn_set_pause(txn, &pauses);
    rc = settle_by_threads(store, txn, threads, now_us, budget, out, out_clustered);
    if (rc != KITH_OK) {
        kithi_error_copy(error, kith_txn_error(txn));
        kith_txn_abort(txn);
        return rc;
    }
    return kith_txn_commit(txn, error);
}

/* Makes the columns of one chunk that wants them, from *chunk on. KITH_NOT_FOUND: none does. */
static int make_columns(kith *store, uint32_t *chunk, kith_error *error) {
    kith_txn *txn = NULL;
    int rc = kith_txn_begin(store, KITH_WRITE, &txn, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_columns_next(txn, chunk);
    rc = rc == KITH_OK ? kithi_columns_make(txn, (*chunk)++) : rc;
    if (rc != KITH_OK) {
        kithi_error_copy(error, rc == KITH_NOT_FOUND ? NULL : kith_txn_error(txn));
        kith_txn_abort(txn);
        return rc;
    }
    return kith_txn_commit(txn, error);
}

int kithi_settle_all(kith *store, unsigned threads, int64_t now_us, uint64_t budget,
                     kith_progress_fn progress, void *context, kith_settle_result *out,
                     kith_error *error) {
    kith_settle_result sum = KITH_SETTLE_RESULT_INIT;
    teller t = {progress, context, &sum};
    uint64_t left = budget != 0 ? budget : UINT64_MAX;
    bool moves = true; /* a step that neither settles nor clusters would be the last one for ever */
    int rc = KITH_OK;
    while (rc == KITH_OK && moves) {
        kith_settle_result step = KITH_SETTLE_RESULT_INIT;
        uint64_t clustered = 0;
        rc = settle_step(store, threads, now_us, left < STEP_BUDGET ? left : STEP_BUDGET, &t, &step,
                         &clustered, error);
        if (rc == KITH_OK) {
            uint64_t done = step.settled_count + clustered;
            sum.settled_count += step.settled_count;
            sum.packed_count += step.packed_count;
            sum.remaining_count = step.remaining_count;
            left -= done < left ? done : left;
            moves = done > 0;
            rc = tell_progress(&t, error);
        }
        moves = moves && sum.remaining_count > 0 && left > 0;
    }
    for (uint32_t chunk = 0; rc == KITH_OK && budget == 0 && sum.remaining_count == 0;) {
        rc = make_columns(store, &chunk, error);
        rc = rc == KITH_OK ? tell_progress(&t, error) : rc;
    }
    rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    if (out != NULL) {
        kithi_give(out, &sum, sizeof sum);
    }
    return rc;
}

int kith_settle_all(kith *store, int64_t now_us, uint64_t budget, kith_progress_fn progress,
                    void *context, kith_settle_result *out, kith_error *error) {
    return kithi_settle_all(store, 1, now_us, budget, progress, context, out, error);
}
