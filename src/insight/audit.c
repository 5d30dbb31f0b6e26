/*
 * kith_audit: reads all records once, for what they say and for which of them are copied; then
 * makes the copies one after the other and looks whom the model would link each to.
 */
#include <stdlib.h>
#include <string.h>

#include "kith/insight.h"
#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/base/sized.h"
#include "src/fact/record_key.h"
#include "src/identity/block_index.h"
#include "src/insight/audit_copy.h"
#include "src/insight/audit_links.h"
#include "src/insight/audit_values.h"
#include "src/match/compare_pair.h"
#include "src/match/model_row.h"

#define COPIES_MIN 200
#define COPIES_MAX 20000
#define SEED       UINT64_C(0x61756469742030)
#define STEP       4096 /* records between two words of progress */

/* A record that may be copied, by a hash of its id. */
typedef struct pick {
    uint64_t hash;
    uint32_t record;
} pick;

/* The records of the least hashes: room for twice as many as are wanted. */
typedef struct sample {
    pick *picks;
    size_t count, wanted;
    uint64_t below; /* greater ones aren't taken any more */
} sample;

/* A result and the memory of what it lists. */
typedef struct owned_result {
    kith_audit_result public;
    kithi_arena arena;
    kith_audit_error errors[KITHI_AUDIT_SLIPS];
    const kith_audit_error *listed[KITHI_AUDIT_SLIPS];
} owned_result;

typedef struct audit {
    kith_txn *txn;
    kith_error *error;
    const kith_audit_options *options;
    const kithi_model *model;
    kithi_audit_values values;
    sample sample;
    kithi_audit_links links;
    owned_result *out;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
} audit;

static int no_memory(audit *a) {
    return kithi_error_memory(a->error);
}

static kithi_features *room_of(audit *a) {
    return (kithi_features *)(void *)a->room;
}

static int tell(audit *a, const char *phase, uint64_t done, uint64_t total) {
    kith_progress at = {sizeof at, phase, done, total, 0};
    return a->options->progress != NULL && a->options->progress(a->options->context, &at) != 0
               ? kithi_error_set(a->error, KITH_INTERRUPTED, "the audit was stopped")
               : KITH_OK;
}

/* What the store says went wrong, where that isn't said yet. */
static int fail(audit *a, int rc) {
    const kith_error *said = kithi_txn_error(a->txn);
    if (rc == KITH_NO_MEMORY) {
        return no_memory(a);
    }
    if (rc != KITH_OK && rc != KITH_INTERRUPTED && said->code == rc) {
        kithi_error_copy(a->error, said);
    }
    return rc;
}

/* The sample */

static int compare_picks(const void *a, const void *b) {
    const pick *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void sort_sample(sample *s) {
    qsort(s->picks, s->count, sizeof *s->picks, compare_picks);
    if (s->count > s->wanted) {
        s->count = s->wanted;
        s->below = s->picks[s->count - 1].hash;
    }
}

static void add_pick(sample *s, const kith_id *id, uint32_t record) {
    pick p = {kithi_hash64(id->bytes, sizeof id->bytes, SEED), record};
    if (p.hash > s->below) {
        return;
    }
    s->picks[s->count++] = p;
    if (s->count == 2 * s->wanted) {
        sort_sample(s);
    }
}

static int begin_sample(audit *a, uint64_t records) {
    double share = a->options->share > 0 ? a->options->share : KITH_AUDIT_SHARE;
    double wanted = share * (double)records;
    wanted = wanted < COPIES_MIN ? COPIES_MIN : wanted > COPIES_MAX ? COPIES_MAX : wanted;
    a->sample.wanted = (size_t)wanted;
    a->sample.below = UINT64_MAX;
    a->sample.picks = calloc(2 * a->sample.wanted, sizeof *a->sample.picks);
    return a->sample.picks != NULL ? KITH_OK : KITH_NO_MEMORY;
}

/* All records */

static int take_record(audit *a, uint32_t record, kithi_slice row) {
    kithi_features *features = room_of(a);
    kithi_row_header header;
    uint64_t pattern;
    if (!kithi_row_read_header(row, &header) || !kithi_features_make(a->model, row, features)) {
        return kithi_record_damaged(a->txn, record);
    }
    int rc = kithi_audit_values_add(&a->values, row);
    if (rc != KITH_OK) {
        return rc == KITH_CORRUPT ? kithi_record_damaged(a->txn, record) : rc;
    }
    int32_t most = kithi_pair_weight(a->model, features, features, INT32_MIN, &pattern);
    a->out->public.unlinkable_count += most < a->model->link_at;
    a->out->public.record_count++;
    if (features->first[KITHI_COMPARISONS_MAX] > 0) { /* else there is nothing to copy */
        add_pick(&a->sample, &header.id, record);
    }
    return KITH_OK;
}

static int read_records(audit *a) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    uint64_t total;
    int rc = kithi_count(a->txn, KITHI_TABLE_RECORD, &total);
    rc = rc == KITH_OK ? begin_sample(a, total) : rc;
    rc = rc == KITH_OK ? kithi_cursor_open(a->txn, KITHI_TABLE_RECORD, &cursor) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    for (uint64_t i = 0; rc == KITH_OK; i++) {
        rc = i % STEP == 0 ? tell(a, "records", i, total) : KITH_OK;
        rc = rc == KITH_OK ? take_record(a, kithi_get32(key.data), row) : rc;
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row) : rc;
    }
    kithi_cursor_close(cursor);
    sort_sample(&a->sample);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Copies */

static void add_count(kith_audit_count *sum, const kith_audit_count *one) {
    sum->copy_count += one->copy_count;
    sum->found_count += one->found_count;
    sum->link_count += one->link_count;
    sum->right_count += one->right_count;
}

static int make_copy(audit *a, const pick *from, const pick *donor, kithi_audit_copy *out) {
    kithi_slice row, other = {NULL, 0};
    kithi_buffer copy;
    kithi_buffer_init(&copy);
    int rc = kithi_record_row(a->txn, from->record, &row);
    rc = rc == KITH_OK ? kithi_record_row(a->txn, donor->record, &other) : rc;
    rc = rc == KITH_OK ? kithi_audit_copy_make(a->model, row, other, &copy, out) : rc;
    if (rc == KITH_OK) {
        kithi_features_make(a->model, (kithi_slice){copy.data, copy.size}, room_of(a));
    }
    kithi_buffer_clear(&copy);
    return rc == KITH_CORRUPT ? kithi_record_damaged(a->txn, from->record) : rc;
}

static int audit_copy(audit *a, size_t index) {
    const sample *s = &a->sample;
    const pick *from = &s->picks[index], *donor = &s->picks[(index + 1) % s->count];
    kithi_audit_copy made;
    kith_audit_count count;
    int rc = make_copy(a, from, donor, &made);
    rc = rc == KITH_OK ? kithi_audit_links_of(&a->links, room_of(a), from->record, &count) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    add_count(&a->out->public.all, &count);
    a->out->public.identified_count += made.identified;
    for (size_t i = 0; i < KITHI_AUDIT_SLIPS; i++) {
        if (made.slips & (1u << i)) {
            add_count(&a->out->errors[i].count, &count);
        }
    }
    return KITH_OK;
}

static int audit_copies(audit *a) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < a->sample.count; i++) {
        rc = i % 64 == 0 ? tell(a, "copies", i, a->sample.count) : KITH_OK;
        rc = rc == KITH_OK ? audit_copy(a, i) : rc;
    }
    return rc;
}

/* Blocks */

typedef struct block_count {
    audit *audit;
    uint64_t key, records, entries;
} block_count;

static void end_block(block_count *b) {
    kith_audit_result *out = &b->audit->out->public;
    out->block_count += b->records > 0;
    out->dropped_block_count += b->records > b->audit->model->block_cap;
    out->largest_block_count =
        b->records > out->largest_block_count ? b->records : out->largest_block_count;
}

static int take_entry(void *context, kithi_block_entry entry) {
    block_count *b = context;
    if (entry.key != b->key) {
        end_block(b);
        b->key = entry.key;
        b->records = 0;
    }
    b->records++;
    return b->entries++ % (64 * STEP) == 0 ? tell(b->audit, "blocks", b->entries - 1, 0) : KITH_OK;
}

static int count_blocks(audit *a) {
    block_count b = {.audit = a};
    int rc = kithi_block_index_each(a->txn, take_entry, &b);
    end_block(&b);
    a->out->public.block_cap = a->model->block_cap;
    return rc;
}

/* The result */

static void judge(kith_audit_count *count) {
    double links = (double)count->link_count, copies = (double)count->copy_count;
    double precision = links > 0 ? (double)count->right_count / links : 1;
    double recall = copies > 0 ? (double)count->found_count / copies : 1;
    double sum = precision + recall;
    count->quality = (kith_quality){precision, recall, sum > 0 ? 2 * precision * recall / sum : 0};
}

static int finish(audit *a) {
    kith_audit_result *out = &a->out->public;
    out->model_version = a->model->version;
    out->compared_count = a->links.compared_count;
    judge(&out->all);
    for (size_t i = 0; i < KITHI_AUDIT_SLIPS; i++) {
        a->out->errors[i].size = sizeof a->out->errors[i];
        a->out->errors[i].name = kithi_audit_slip_name((kithi_audit_slip)i);
        judge(&a->out->errors[i].count);
        a->out->listed[i] = &a->out->errors[i];
    }
    out->errors = a->out->listed;
    out->error_count = KITHI_AUDIT_SLIPS;
    return kithi_audit_values_tell(&a->values, a->txn, out->record_count, &a->out->arena,
                                   &out->attributes, &out->attribute_count);
}

static int run(audit *a) {
    int rc = kithi_model_of(a->txn, &a->model);
    if (rc == KITH_OK && a->model == NULL) {
        return kithi_error_set(a->error, KITH_NOT_FOUND,
                               "the store has no match model yet: run kith resolve first");
    }
    if (rc != KITH_OK) {
        return fail(a, rc);
    }
    kithi_audit_values_init(&a->values, a->model);
    kithi_audit_links_init(&a->links, a->txn, a->model);
    rc = read_records(a);
    rc = rc == KITH_OK ? audit_copies(a) : rc;
    rc = rc == KITH_OK ? count_blocks(a) : rc;
    rc = rc == KITH_OK ? finish(a) : rc;
    kithi_audit_links_clear(&a->links);
    kithi_audit_values_clear(&a->values);
    free(a->sample.picks);
    return fail(a, rc);
}

int kith_audit(kith *store, const kith_audit_options *given, kith_audit_result **out,
               kith_error *error) {
    kith_audit_options options = KITH_AUDIT_OPTIONS_INIT;
    audit a = {.error = error, .options = &options};
    if (out == NULL) {
        return kithi_error_say(error, KITH_MISUSE,
                               "kith_audit: a place for the result is required");
    }
    int rc = kithi_take(given, &options, sizeof options, "kith_audit_options", error);
    if (rc == KITH_OK && !(options.share >= 0 && options.share <= 1)) {
        rc = kithi_error_set(error, KITH_INVALID, "the share of an audit is from 0 to 1");
    }
    rc = rc == KITH_OK ? kith_txn_begin(store, KITH_READ, &a.txn, error) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    a.out = calloc(1, sizeof *a.out);
    if (a.out == NULL) {
        rc = no_memory(&a);
    } else {
        kithi_arena_init(&a.out->arena);
        a.out->public.size = sizeof a.out->public;
        rc = run(&a);
    }
    kith_txn_abort(a.txn);
    if (rc == KITH_OK) {
        *out = &a.out->public;
    } else if (a.out != NULL) {
        kith_audit_result_free(&a.out->public);
    }
    return rc;
}

void kith_audit_result_free(kith_audit_result *result) {
    if (result != NULL) {
        owned_result *owned = (owned_result *)(void *)result;
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}
