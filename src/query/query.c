#include <stdlib.h>
#include <string.h>

#include "kith/query.h"
#include "src/base/sized.h"
#include "src/query/query.h"

#define BATCH_MAX 16 /* chunks that are worked out together */

static int check(kith_txn *txn, const kith_query_options *options) {
    if (options->column_count > KITH_QUERY_COLUMNS_MAX ||
        (options->column_count > 0 && options->columns == NULL)) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_query_open: at most %d columns, and a list of them, are "
                               "possible",
                               KITH_QUERY_COLUMNS_MAX);
    }
    const kith_expression *where = options->where;
    if (where != NULL && !where->condition) {
        return kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                               "a query asks for a condition, this gives a %s",
                               kith_expression_gives(where));
    }
    return KITH_OK;
}

/* Those who are meant, or a sample of them. */
static int narrow(kith_query *q) {
    const kith_query_options *o = &q->options;
    q->where = o->where;
    if (o->sample == 0) {
        return KITH_OK;
    }
    int rc = kithi_sample_init(&q->sample, q->txn, o->where, o->sample, o->salt);
    q->where = &q->sample.where;
    return rc;
}

static int begin_scan(kith_query *q) {
    int rc = narrow(q);
    kithi_crew_plan plan = {
        &q->where,          1,    q->options.now_us, q->options.threads, q->options.progress,
        q->options.context, false};
    rc = rc == KITH_OK ? kithi_crew_begin(&q->crew, q->txn, &plan) : rc;
    q->chosen = rc == KITH_OK ? malloc(BATCH_MAX * sizeof *q->chosen) : NULL;
    return rc == KITH_OK && q->chosen == NULL ? kithi_error_memory(kithi_txn_error(q->txn)) : rc;
}

static int open_query(kith_txn *txn, const kith_query_options *given, kith_query **out) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    int rc = kithi_txn_check_read(txn);
    rc = rc == KITH_OK ? kithi_state_apply(txn) : rc;
    if (rc == KITH_OK) {
        rc = kithi_take(given, &options, sizeof options, "kith_query_open", kithi_txn_error(txn));
    }
    rc = rc == KITH_OK ? check(txn, &options) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    kith_query *q = calloc(1, sizeof *q + options.column_count * sizeof q->values[0]);
    if (q == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    q->txn = txn;
    q->options = options;
    q->next_bit = KITHI_CHUNK_BITS;
    q->watch = kithi_watch_begin(txn, KITHI_WATCH_ALL);
    rc = begin_scan(q);
    if (rc != KITH_OK) {
        kith_query_close(q);
        return rc;
    }
    *out = q;
    return KITH_OK;
}

int kith_query_open(kith_txn *txn, const kith_query_options *options, kith_query **out) {
    if (out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_query_open: a place for the query is required");
    }
    return open_query(txn, options, out);
}

void kith_query_close(kith_query *q) {
    if (q != NULL) {
        kithi_crew_end(&q->crew);
        kithi_sample_clear(&q->sample);
        free(q->chosen);
        free(q);
    }
}

/* Chooses from the chunks after those at hand, from as many as are wanted. Where that fails the
 * query stays where it was. KITH_DONE. */
static int next_chunks(kith_query *q, uint32_t wanted) {
    uint32_t first = q->first_chunk + q->chunks, left = q->crew.scans[0].chunk_count - first;
    uint32_t count = wanted < left ? wanted : left;
    if (left == 0) {
        return KITH_DONE;
    }
    q->crew.found = q->given;
    int rc = kithi_crew_choose(&q->crew, first, count, q->chosen);
    if (rc == KITH_OK) {
        q->first_chunk = first;
        q->chunks = count;
    }
    return rc;
}

/* From more of them each time, as often only the first profiles are wanted. */
static int next_batch(kith_query *q) {
    uint32_t more = q->chunks == 0 ? 1 : 2 * q->chunks;
    return next_chunks(q, more < BATCH_MAX ? more : BATCH_MAX);
}

static void enter_chunk(kith_query *q, uint32_t chunk) {
    q->chunk = chunk;
    q->next_bit = kithi_chunk_next(&q->chosen[chunk], 0);
}

/* The next of the chosen ones, which stays that until it is passed. KITH_DONE. */
static int next_profile(kith_query *q, uint32_t *out) {
    int rc = KITH_OK;
    while (rc == KITH_OK && q->next_bit >= KITHI_CHUNK_BITS) {
        if (q->chunk + 1 < q->chunks) {
            enter_chunk(q, q->chunk + 1);
        } else if ((rc = next_batch(q)) == KITH_OK) {
            enter_chunk(q, 0);
        }
    }
    if (rc == KITH_OK) {
        *out = (q->first_chunk + q->chunk) * KITHI_CHUNK_BITS + q->next_bit;
    }
    return rc;
}

int kithi_query_step(kith_query *q, uint32_t *out_profile) {
    int rc = kithi_watch_check(&q->watch, "profiles");
    if (rc != KITH_OK) {
        return rc;
    }
    if (q->options.limit > 0 && q->given >= q->options.limit) {
        return KITH_DONE;
    }
    rc = next_profile(q, out_profile);
    return rc == KITH_OK ? kithi_scan_take(&q->crew.scans[0], *out_profile) : rc;
}

void kithi_query_pass(kith_query *q) {
    q->next_bit = kithi_chunk_next(&q->chosen[q->chunk], q->next_bit + 1);
    q->given++;
}

int kithi_query_ask(kith_query *q, size_t column, kithi_operand *out) {
    kithi_outcome outcome;
    int rc = kithi_crew_ask(&q->crew, q->options.columns[column], &outcome);
    if (rc == KITH_OK) {
        *out = outcome.value;
    }
    return rc;
}

static int fill(kith_query *q, uint32_t profile, kith_query_row *out) {
    kith_query_row row = {sizeof row, q->crew.scans[0].executor.id, profile, q->values};
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < q->options.column_count; i++) {
        kithi_operand operand;
        rc = kithi_query_ask(q, i, &operand);
        if (rc == KITH_OK) {
            q->values[i] = kithi_operand_value(&operand);
        }
    }
    if (rc == KITH_OK) {
        kithi_give(out, &row, sizeof row);
    }
    return rc;
}

int kith_query_next(kith_query *q, kith_query_row *out) {
    uint32_t profile;
    int rc = kithi_query_step(q, &profile);
    rc = rc == KITH_OK ? fill(q, profile, out) : rc;
    if (rc == KITH_OK) {
        kithi_query_pass(q);
    }
    return rc;
}

/* How many are in a segment, where all is settled and nothing is due: that is kept with its set. */
static int count_settled(kith_query *q, uint64_t *out_count, bool *out_known) {
    const kithi_scan *scan = &q->crew.scans[0];
    const kithi_node *node = q->where != NULL ? q->where->root : NULL;
    uint64_t dirty = 0;
    int rc = kithi_count(q->txn, KITHI_TABLE_DIRTY, &dirty);
    *out_known = rc == KITH_OK && dirty == 0 && !scan->past && scan->due_count == 0 &&
                 node != NULL && node->op == KITHI_OP_TEST && node->word == KITHI_TEST_SEGMENT &&
                 node->id >= 0;
    return *out_known
               ? kithi_members_count(q->txn, KITHI_SET_SEGMENT((uint32_t)node->id), out_count)
               : rc;
}

int kith_query_count(kith_txn *txn, const kith_query_options *options, uint64_t *out_count) {
    kith_query *q = NULL;
    uint64_t count = 0;
    if (out_count == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_query_count: a place for the count is required");
    }
    int rc = open_query(txn, options, &q);
    if (rc != KITH_OK) {
        return rc;
    }
    bool known = false;
    rc = count_settled(q, &count, &known);
    while (rc == KITH_OK && !known && (rc = next_chunks(q, BATCH_MAX)) == KITH_OK) {
        for (uint32_t i = 0; i < q->chunks; i++) {
            count += kithi_chunk_count(&q->chosen[i]);
        }
    }
    rc = rc == KITH_DONE ? KITH_OK : rc;
    kith_query_close(q);
    if (rc == KITH_OK) {
        *out_count = count;
    }
    return rc;
}
