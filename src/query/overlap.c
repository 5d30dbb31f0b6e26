/* How many are meant by each two of several conditions, in one pass over the chunks. */
#include <stdlib.h>

#include "kith/query.h"
#include "src/base/sized.h"
#include "src/query/crew.h"

typedef struct overlapping {
    const kith_overlap_options *options;
    kithi_crew crew;
    pthread_mutex_t lock; /* of the sums */
    uint64_t *common;     /* of each two, row by row */
} overlapping;

static void add_common(overlapping *o, const kithi_chunk *chosen) {
    size_t count = o->options->condition_count;
    pthread_mutex_lock(&o->lock);
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b <= a; b++) {
            o->common[a * count + b] += kithi_chunk_count_common(&chosen[a], &chosen[b]);
        }
    }
    pthread_mutex_unlock(&o->lock);
}

static int count_chunk(void *context, kithi_scan *scan, size_t chunk) {
    overlapping *o = context;
    const kith_overlap_options *options = o->options;
    kithi_chunk *chosen = malloc(options->condition_count * sizeof *chosen);
    int rc = chosen != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(scan->txn));
    for (size_t i = 0; rc == KITH_OK && i < options->condition_count; i++) {
        scan->where = options->conditions[i];
        rc = kithi_scan_choose(scan, (uint32_t)chunk, &chosen[i]);
    }
    if (rc == KITH_OK) {
        add_common(o, chosen);
    }
    free(chosen);
    return rc;
}

static int check(kith_txn *txn, const kith_overlap_options *options, const uint64_t *out) {
    kith_error *error = kithi_txn_error(txn);
    if (out == NULL || (options->conditions == NULL && options->condition_count > 0)) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_query_overlap: conditions, and a place for the counts, are "
                               "required");
    }
    if (options->condition_count == 0 || options->condition_count > KITH_OVERLAP_MAX) {
        return kithi_error_set(error, KITH_INVALID,
                               "an overlap is of 1 to %d conditions, %zu are given",
                               KITH_OVERLAP_MAX, options->condition_count);
    }
    for (size_t i = 0; i < options->condition_count; i++) {
        if (options->conditions[i] == NULL || !options->conditions[i]->condition) {
            return kithi_error_set(error, KITH_INVALID, "number %zu of the conditions is none",
                                   i + 1);
        }
    }
    return KITH_OK;
}

/* Both halves of the matrix. */
static void give(const overlapping *o, uint64_t *out) {
    size_t count = o->options->condition_count;
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b <= a; b++) {
            out[a * count + b] = out[b * count + a] = o->common[a * count + b];
        }
    }
}

static int count_all(kith_txn *txn, const kith_overlap_options *options, uint64_t *out) {
    overlapping o = {.options = options, .lock = PTHREAD_MUTEX_INITIALIZER};
    o.common = calloc(options->condition_count * options->condition_count, sizeof *o.common);
    if (o.common == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_crew_plan plan = {options->conditions,
                            options->condition_count,
                            options->now_us,
                            options->threads,
                            options->progress,
                            options->context,
                            false};
    int rc = kithi_crew_begin(&o.crew, txn, &plan);
    rc = rc == KITH_OK ? kithi_crew_run(&o.crew, o.crew.scans[0].chunk_count, count_chunk, &o) : rc;
    if (rc == KITH_OK) {
        give(&o, out);
    }
    kithi_crew_end(&o.crew);
    pthread_mutex_destroy(&o.lock);
    free(o.common);
    return rc;
}

int kith_query_overlap(kith_txn *txn, const kith_overlap_options *given, uint64_t *out_counts) {
    kith_overlap_options options = KITH_OVERLAP_OPTIONS_INIT;
    int rc = kithi_txn_check_read(txn);
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    if (rc == KITH_OK) {
        rc =
            kithi_take(given, &options, sizeof options, "kith_query_overlap", kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? check(txn, &options, out_counts) : rc;
    return rc == KITH_OK ? count_all(txn, &options, out_counts) : rc;
}
