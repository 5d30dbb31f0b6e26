/*
 * Resolving a store: linking all records at once, then settling what that changed.
 */
#include "src/base/sized.h"
#include "src/base/workers.h"
#include "src/identity/link_all.h"
#include "src/state/state.h"

static int link_all(kith *store, const kith_resolve_options *options, kith_resolve_result *out,
                    kith_error *error) {
    kithi_link_options link = {.train = options->train,
                               .model = options->model,
                               .threads = options->threads,
                               .progress = options->progress,
                               .context = options->context};
    kithi_link_result linked;
    kith_txn *txn = NULL;
    int rc = kith_txn_begin(store, KITH_WRITE, &txn, error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_identity_link_all(txn, &link, &linked);
    if (rc != KITH_OK) {
        kithi_error_copy(error, kith_txn_error(txn));
        kith_txn_abort(txn);
        return rc;
    }
    out->record_count = linked.record_count;
    out->compared_count = linked.compared_count;
    out->scored_count = linked.scored_count;
    out->model_version = linked.model_version;
    out->trained = linked.trained;
    return kith_txn_commit(txn, error);
}

/* Settling tells of itself when its first step is done. */
static int begin_settling(const kith_resolve_options *options) {
    kith_progress at = {sizeof at, "settle", 0, 0, 0};
    bool goes_on = options->progress == NULL || options->progress(options->context, &at) == 0;
    return goes_on ? KITH_OK : KITH_INTERRUPTED;
}

/* What is linked is in the store: linking all once more would be in vain. */
static int settle(kith *store, const kith_resolve_options *options, kith_resolve_result *out,
                  kith_error *error) {
    kith_error cause = KITH_ERROR_INIT;
    int rc = begin_settling(options);
    if (rc == KITH_OK) {
        rc = kithi_settle_all(store, options->threads, options->now_us, 0, options->progress,
                              options->context, &out->settled, &cause);
    }
    if (rc == KITH_OK) {
        return KITH_OK;
    }
    const char *why = rc == KITH_INTERRUPTED ? "settling was stopped" : cause.message;
    return kithi_error_set(error, rc,
                           "%s; all is linked and in the store, and settle goes on with it", why);
}

int kith_resolve(kith *store, const kith_resolve_options *given, kith_resolve_result *out,
                 kith_error *error) {
    kith_resolve_options options = KITH_RESOLVE_OPTIONS_INIT;
    kith_resolve_result result = KITH_RESOLVE_RESULT_INIT;
    int rc = kithi_take(given, &options, sizeof options, "kith_resolve_options", error);
    if (rc == KITH_OK && options.train && options.model != NULL) {
        rc = kithi_error_set(error, KITH_INVALID,
                             "a match model is either given or learnt, not both");
    }
    if (rc == KITH_OK) {
        options.threads = options.threads > 0 ? options.threads : kithi_workers_available();
        rc = link_all(store, &options, &result, error);
    }
    rc = rc == KITH_OK ? settle(store, &options, &result, error) : rc;
    if (out != NULL) {
        kithi_give(out, &result, sizeof result);
    }
    return rc;
}
