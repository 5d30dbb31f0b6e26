/*
 * Tagging those whom a condition means: who they are is found in one snapshot, as a set of the
 * records that are to be tagged; then each is, in transactions of a limited number. A tag counts
 * once the transaction that holds it is durable.
 */
#include <stdlib.h>
#include <string.h>

#include "kith/query.h"
#include "src/base/sized.h"
#include "src/bitmap/chunk.h"
#include "src/fact/record_key.h"
#include "src/fact/record_row.h"
#include "src/profile/marks_row.h"
#include "src/state/state.h"
#include "src/store/txn.h"

#define BATCH_DEFAULT   10000
#define TAGS_A_PROGRESS 1024 /* a power of two */

typedef struct tagger {
    kith *store;
    kith_tag_where_options options;
    kith_tag_input tag;
    kith_error *error;
    kithi_buffer value;  /* of the tag, packed */
    kithi_chunk *chosen; /* records, by their numbers */
    size_t chunk_count;
    kith_txn *txn; /* the one at hand; NULL: none */
    uint64_t to_tag, put_count, batch_count;
    kith_tag_where_report report;
} tagger;

static int fail_txn(tagger *t, int code) {
    if (code != KITH_OK) {
        kithi_error_copy(t->error, kith_txn_error(t->txn));
    }
    return code;
}

/* Who is to be tagged */

static bool same_text(const char *a, const char *b) {
    bool none_a = a == NULL || a[0] == '\0', none_b = b == NULL || b[0] == '\0';
    return none_a || none_b ? none_a == none_b : strcmp(a, b) == 0;
}

static bool is_same_tag(const tagger *t, const kithi_row_mark *mark) {
    return mark->origin == t->tag.origin && mark->confidence == t->tag.confidence &&
           mark->amount == t->tag.expires_at_us && same_text(mark->by, t->tag.by) &&
           mark->value.size == t->value.size &&
           memcmp(mark->value.data, t->value.data, t->value.size) == 0;
}

/* The tag of this name that a profile has. */
static bool find_tag(const tagger *t, const kith_profile *profile, kithi_row_mark *out) {
    kithi_slice row = {profile->row, profile->row_bytes};
    kithi_state_header header;
    if (!kithi_state_read_header(row, &header)) {
        return false;
    }
    kithi_walker marks = kithi_state_marks(row, &header);
    while (kithi_row_mark_next(&marks, out) && out->kind == KITHI_MARK_TAG) {
        if (strcmp(out->name, t->tag.tag) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether anything is to be said of a profile. */
static int is_open(tagger *t, uint32_t profile, kithi_arena *arena, bool *out) {
    kith_profile view = KITH_PROFILE_INIT;
    kithi_row_mark mark;
    kithi_arena_reset(arena);
    int rc = kithi_state_profile(t->txn, profile, t->tag.at_us, arena, &view);
    if (rc == KITH_OK) {
        bool has = find_tag(t, &view, &mark);
        *out = t->options.remove ? has : !has || !is_same_tag(t, &mark);
    }
    return rc;
}

static int choose(tagger *t, const kith_query_row *row, kithi_arena *arena) {
    uint32_t record;
    bool open = false;
    int rc = is_open(t, row->number, arena, &open);
    rc = rc == KITH_OK ? kithi_record_number_of_id(t->txn, &row->id, &record) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    t->report.matched_count++;
    t->report.unchanged_count += !open;
    if (open) {
        uint16_t bit = (uint16_t)(record % KITHI_CHUNK_BITS);
        t->to_tag += kithi_chunk_add(&t->chosen[record / KITHI_CHUNK_BITS], &bit, 1);
    }
    return KITH_OK;
}

static int choose_all(tagger *t, kith_expression *where) {
    kith_query_options options = KITH_QUERY_OPTIONS_INIT;
    kith_query_row row = KITH_QUERY_ROW_INIT;
    kith_query *query = NULL;
    kithi_arena arena;
    options.where = where;
    options.now_us = t->options.now_us;
    options.progress = t->options.progress;
    options.context = t->options.context;
    kithi_arena_init(&arena);
    int rc = kith_query_open(t->txn, &options, &query);
    while (rc == KITH_OK && (rc = kith_query_next(query, &row)) == KITH_OK) {
        rc = choose(t, &row, &arena);
    }
    kith_query_close(query);
    kithi_arena_clear(&arena);
    return rc == KITH_DONE ? KITH_OK : rc;
}

static int make_room(tagger *t) {
    kithi_counters *counters;
    int rc = kithi_txn_counters(t->txn, &counters);
    if (rc != KITH_OK) {
        return rc;
    }
    t->chunk_count = (size_t)(counters->next_record / KITHI_CHUNK_BITS + 1);
    t->chosen = calloc(t->chunk_count, sizeof *t->chosen);
    return t->chosen != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(t->txn));
}

static int parse(tagger *t, kith_expression **out) {
    const char *text = t->options.where;
    kith_expression_options options = KITH_EXPRESSION_OPTIONS_INIT;
    int rc = kithi_take(t->options.expression, &options, sizeof options, "kith_tag_where",
                        kithi_txn_error(t->txn));
    options.value = false;
    return rc == KITH_OK ? kith_expression_parse(text, strlen(text), t->txn, &options, out,
                                                 kithi_txn_error(t->txn))
                         : rc;
}

static int find(tagger *t) {
    kith_expression *where = NULL;
    int rc = kith_txn_begin(t->store, KITH_READ, &t->txn, t->error);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_tag_check(t->txn, &t->tag, t->options.remove, &t->value);
    rc = rc == KITH_OK ? parse(t, &where) : rc;
    rc = rc == KITH_OK ? make_room(t) : rc;
    rc = rc == KITH_OK ? choose_all(t, where) : rc;
    fail_txn(t, rc);
    kith_expression_free(where);
    kith_txn_abort(t->txn);
    t->txn = NULL;
    return rc;
}

/* Tagging */

static int tell_progress(tagger *t) {
    kith_progress progress = {sizeof progress, "tag", t->put_count, t->to_tag, t->put_count};
    bool stop =
        t->options.progress != NULL && t->options.progress(t->options.context, &progress) != 0;
    return stop ? kithi_error_set(
                      t->error, KITH_INTERRUPTED, "stopped; %llu of %llu tags are in the store",
                      (unsigned long long)t->report.added_count, (unsigned long long)t->to_tag)
                : KITH_OK;
}

static int commit(tagger *t) {
    kith_txn *txn = t->txn;
    t->txn = NULL;
    t->batch_count = 0;
    int rc = txn != NULL ? kith_txn_commit(txn, t->error) : KITH_OK;
    if (rc == KITH_OK) {
        t->report.added_count = t->put_count;
        rc = tell_progress(t);
    }
    return rc;
}

static int put(tagger *t, uint32_t record) {
    kithi_slice row;
    kithi_row_header header;
    int rc = kithi_record_row(t->txn, record, &row);
    if (rc != KITH_OK || !kithi_row_read_header(row, &header)) {
        return rc == KITH_OK || rc == KITH_NOT_FOUND ? kithi_record_damaged(t->txn, record) : rc;
    }
    kith_id id = header.id;
    t->tag.id = &id;
    rc = t->options.remove ? kith_tag_remove(t->txn, &t->tag, NULL)
                           : kith_tag_add(t->txn, &t->tag, NULL);
    t->tag.id = NULL;
    return rc;
}

static int tag_one(tagger *t, uint32_t record) {
    uint32_t limit = t->options.batch_count > 0 ? t->options.batch_count : BATCH_DEFAULT;
    int rc = t->txn == NULL ? kith_txn_begin(t->store, KITH_WRITE, &t->txn, t->error) : KITH_OK;
    if (rc != KITH_OK) {
        return rc;
    }
    rc = fail_txn(t, put(t, record));
    t->put_count += rc == KITH_OK;
    if (rc == KITH_OK && ++t->batch_count >= limit) {
        return commit(t);
    }
    bool tell = (t->put_count & (TAGS_A_PROGRESS - 1)) == 0;
    return rc == KITH_OK && tell ? tell_progress(t) : rc;
}

static int tag_all(tagger *t) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < t->chunk_count; i++) {
        const kithi_chunk *chunk = &t->chosen[i];
        for (uint32_t bit = kithi_chunk_next(chunk, 0); rc == KITH_OK && bit < KITHI_CHUNK_BITS;
             bit = kithi_chunk_next(chunk, bit + 1)) {
            rc = tag_one(t, (uint32_t)(i * KITHI_CHUNK_BITS) + bit);
        }
    }
    rc = rc == KITH_OK ? commit(t) : rc;
    kith_txn_abort(t->txn);
    t->txn = NULL;
    return rc;
}

/* The whole */

static int take_options(tagger *t, const kith_tag_where_options *given) {
    int rc = kithi_take(given, &t->options, sizeof t->options, "kith_tag_where", t->error);
    if (rc == KITH_OK && (t->options.where == NULL || t->options.tag == NULL)) {
        rc = kithi_error_set(t->error, KITH_MISUSE,
                             "kith_tag_where: a condition and a tag are required");
    }
    if (rc == KITH_OK) {
        rc = kithi_take(t->options.tag, &t->tag, sizeof t->tag, "kith_tag_input", t->error);
    }
    t->tag.size = sizeof t->tag;
    t->tag.source = t->tag.key = NULL;
    t->tag.id = NULL;
    return rc;
}

int kith_tag_where(kith *store, const kith_tag_where_options *options,
                   kith_tag_where_report *out_report, kith_error *error) {
    tagger t = {.store = store,
                .options = KITH_TAG_WHERE_OPTIONS_INIT,
                .tag = KITH_TAG_INPUT_INIT,
                .error = error,
                .report = KITH_TAG_WHERE_REPORT_INIT};
    if (store == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "kith_tag_where: the store is missing");
    }
    int rc = take_options(&t, options);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_buffer_init(&t.value);
    rc = find(&t);
    bool found = rc == KITH_OK;
    if (found && t.options.dry_run) {
        t.report.added_count = t.to_tag;
    } else if (found) {
        rc = tag_all(&t);
    }
    if (found && out_report != NULL) {
        kithi_give(out_report, &t.report, sizeof t.report);
    }
    kithi_buffer_clear(&t.value);
    free(t.chosen);
    return rc;
}
