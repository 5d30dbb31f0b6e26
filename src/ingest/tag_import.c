/*
 * A file of keys: each row's record is tagged, or loses a tag, in transactions of a limited number
 * of rows. A row counts once the transaction that holds it is durable.
 */
#include <string.h>

#include "kith/ingest.h"
#include "src/base/error.h"
#include "src/base/sized.h"
#include "src/ingest/columns.h"
#include "src/ingest/csv.h"
#include "src/ingest/draft.h"

#define BATCH_ROWS_DEFAULT 10000
#define ROWS_A_PROGRESS    1024 /* a power of two */
#define NO_COLUMN          SIZE_MAX

typedef struct tagger {
    kith *store;
    kith_tag_import_options options;
    kith_tag_input tag;
    kith_error *error;
    kithi_input input;
    kithi_csv csv;
    size_t key_column;
    char key[KITH_KEY_MAX_BYTES + 1];
    kith_txn *txn;        /* NULL: none is under way */
    uint32_t batch_count; /* rows in it */
    kith_tag_import_report now, committed;
} tagger;

/* The header */

/* A cell as a text of its own; false where it is too long for a key. */
static bool copy_cell(const kithi_csv_field *field, char out[KITH_KEY_MAX_BYTES + 1]) {
    kith_value cell = kithi_draft_trim(kith_value_text_n(field->data, field->size));
    if (cell.as.text.size > KITH_KEY_MAX_BYTES) {
        return false;
    }
    memcpy(out, cell.as.text.data, cell.as.text.size);
    out[cell.as.text.size] = '\0';
    return true;
}

static int no_key_column(tagger *t) {
    const char *wanted = t->options.key_column;
    return wanted != NULL
               ? kithi_error_set(t->error, KITH_INVALID, "'%s' has no column '%.80s'",
                                 t->input.name, wanted)
               : kithi_error_set(t->error, KITH_INVALID,
                                 "no column of '%s' is known to hold keys, name it", t->input.name);
}

/* How well a column serves as the key; -1: not at all. */
static int rank_of(const tagger *t, const char *name) {
    const char *wanted = t->options.key_column;
    return wanted == NULL                     ? kithi_columns_key_rank(name, false)
           : kithi_columns_same(wanted, name) ? 0
                                              : -1;
}

static int read_header(tagger *t) {
    kithi_csv_row header;
    int best = -1;
    t->key_column = NO_COLUMN;
    int code = kithi_csv_next(&t->csv, &header, t->error);
    if (code != KITH_OK) {
        return code == KITH_DONE ? no_key_column(t) : code;
    }
    for (size_t i = 0; !header.row.rejected && i < header.field_count; i++) {
        int rank = copy_cell(&header.fields[i], t->key) ? rank_of(t, t->key) : -1;
        if (rank >= 0 && (best < 0 || rank < best)) {
            best = rank;
            t->key_column = i;
        }
    }
    return t->key_column != NO_COLUMN ? KITH_OK : no_key_column(t);
}

/* The rows */

static int tell_progress(const tagger *t) {
    const kithi_input *input = &t->input;
    kith_progress progress = {sizeof progress, "tag",
                              input->done_bytes - (input->end - input->begin), input->total_bytes,
                              t->now.row_count};
    bool stop =
        t->options.progress != NULL && t->options.progress(t->options.context, &progress) != 0;
    return stop ? kithi_error_set(t->error, KITH_INTERRUPTED,
                                  "stopped; the first %llu rows are in the store",
                                  (unsigned long long)t->committed.row_count)
                : KITH_OK;
}

static int commit(tagger *t) {
    kith_txn *txn = t->txn;
    t->txn = NULL;
    t->batch_count = 0;
    int code = txn != NULL ? kith_txn_commit(txn, t->error) : KITH_OK;
    if (code == KITH_OK) {
        t->committed = t->now;
        code = tell_progress(t);
    }
    return code;
}

static void count_first(uint64_t *count, uint64_t *first_line, uint64_t line) {
    *first_line = *count == 0 ? line : *first_line;
    ++*count;
}

static int take_answer(tagger *t, int code, kith_change change, uint64_t line) {
    if (code == KITH_NOT_FOUND) {
        count_first(&t->now.unknown_count, &t->now.first_unknown_line, line);
        return KITH_OK;
    }
    if (code != KITH_OK) {
        kithi_error_copy(t->error, kith_txn_error(t->txn));
        return code;
    }
    t->now.added_count += change == KITH_ADDED;
    t->now.unchanged_count += change == KITH_UNCHANGED;
    return KITH_OK;
}

static int put_tag(tagger *t, uint64_t line) {
    kith_change change = KITH_UNCHANGED;
    int code = t->txn == NULL ? kith_txn_begin(t->store, KITH_WRITE, &t->txn, t->error) : KITH_OK;
    if (code != KITH_OK) {
        return code;
    }
    t->batch_count++;
    code = t->options.remove ? kith_tag_remove(t->txn, &t->tag, &change)
                             : kith_tag_add(t->txn, &t->tag, &change);
    return take_answer(t, code, change, line);
}

static int take_row(tagger *t, const kithi_csv_row *row) {
    uint32_t limit = t->options.batch_count > 0 ? t->options.batch_count : BATCH_ROWS_DEFAULT;
    int code = KITH_OK;
    t->now.row_count++;
    if (row->row.rejected) {
        count_first(&t->now.rejected_count, &t->now.first_rejected_line, row->row.line);
    } else if (!copy_cell(&row->fields[t->key_column], t->key) || t->key[0] == '\0') {
        count_first(&t->now.unknown_count, &t->now.first_unknown_line, row->row.line);
    } else {
        code = put_tag(t, row->row.line);
    }
    if (code == KITH_OK && t->batch_count >= limit) {
        return commit(t);
    }
    bool tell = (t->now.row_count & (ROWS_A_PROGRESS - 1)) == 0;
    return code == KITH_OK && tell ? tell_progress(t) : code;
}

static int tag_rows(tagger *t) {
    kithi_csv_row row;
    int code = kithi_csv_open(&t->csv, &t->input, '\0', 0, t->error);
    if (code != KITH_OK) {
        return code;
    }
    code = read_header(t);
    while (code == KITH_OK && (code = kithi_csv_next(&t->csv, &row, t->error)) == KITH_OK) {
        code = take_row(t, &row);
    }
    if (code == KITH_DONE) {
        code = commit(t);
    }
    kith_txn_abort(t->txn);
    kithi_csv_close(&t->csv);
    return code;
}

/* The whole */

static int take_options(tagger *t, const kith_tag_import_options *given) {
    int code = kithi_take(given, &t->options, sizeof t->options, "kith_tag_import", t->error);
    if (code == KITH_OK && (t->options.source == NULL || t->options.tag == NULL)) {
        code = kithi_error_set(t->error, KITH_MISUSE,
                               "kith_tag_import: a source and a tag are required");
    }
    if (code == KITH_OK) {
        code = kithi_take(t->options.tag, &t->tag, sizeof t->tag, "kith_tag_input", t->error);
    }
    t->tag.size = sizeof t->tag;
    t->tag.source = t->options.source;
    t->tag.key = t->key;
    t->tag.id = NULL;
    return code;
}

int kith_tag_import(kith *store, const char *path, const kith_tag_import_options *options,
                    kith_tag_import_report *out_report, kith_error *error) {
    tagger t = {.store = store,
                .options = KITH_TAG_IMPORT_OPTIONS_INIT,
                .tag = KITH_TAG_INPUT_INIT,
                .error = error};
    if (store == NULL || path == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_tag_import: the store or the path is missing");
    }
    int code = take_options(&t, options);
    if (code == KITH_OK) {
        code = kithi_input_open(&t.input, path, t.options.encoding, true, error);
    }
    if (code != KITH_OK) {
        return code;
    }
    code = tag_rows(&t);
    kithi_input_close(&t.input);
    if (out_report != NULL) {
        kithi_give(out_report, &t.committed, sizeof t.committed);
    }
    return code;
}
