/*
 * kith_verify: what facts imply among themselves, then identity, then every clean state row, each
 * rebuilt and compared.
 */
#include <stdio.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/fact/fact_verify.h"
#include "src/state/made_columns.h"
#include "src/state/members.h"

typedef struct verifier {
    kith_txn *txn;
    int64_t now_us;
    kith_check_options options;
    uint64_t problem_count;
    uint64_t rows, due; /* that should be there */
    kithi_buffer row;
    kithi_members_check members;
} verifier;

static int problem(void *context, const char *text) {
    verifier *v = context;
    v->problem_count++;
    if (v->options.problem != NULL) {
        v->options.problem(v->options.context, text);
    }
    return KITH_OK;
}

static int progress(void *context, uint64_t done, uint64_t total) {
    verifier *v = context;
    kith_progress state = {sizeof state, "verify", done, total, 0};
    if (v->options.progress != NULL && v->options.progress(v->options.context, &state) != 0) {
        return kithi_error_set(kithi_txn_error(v->txn), KITH_INTERRUPTED, "verify was stopped");
    }
    return KITH_OK;
}

static int tell(verifier *v, const char *format, uint32_t profile) {
    char text[160];
    snprintf(text, sizeof text, format, profile);
    return problem(v, text);
}

static int check_due(verifier *v, uint32_t profile, int64_t at_us) {
    uint8_t key[12];
    kithi_slice value;
    kithi_put_time(key, at_us);
    kithi_put32(key + 8, profile);
    v->due++;
    int rc = kithi_get(v->txn, KITHI_TABLE_DUE, key, sizeof key, &value);
    return rc == KITH_NOT_FOUND ? tell(v, "profile %u is not listed for when it is due", profile)
                                : rc;
}

#define TIMES_BYTES (2 * KITHI_ROW_SETTLED_BYTES) /* when it was settled, and when it is due */

/* Whether the row just computed says what the stored one does. */
static bool is_same(const verifier *v, kithi_slice stored) {
    return v->row.size == stored.size &&
           memcmp(v->row.data + TIMES_BYTES, stored.data + TIMES_BYTES,
                  stored.size - TIMES_BYTES) == 0;
}

static int64_t due_of(const verifier *v) {
    kithi_state_header header;
    kithi_slice row = {v->row.data, v->row.size};
    return kithi_state_read_header(row, &header) ? header.next_change_at_us : INT64_MIN;
}

/*
 * A row holds from when it was settled until it is due: so it is computed for its first moment, and
 * for `now` if a read would take it then. Segments look ahead only so far, so from later on a row
 * may be seen to hold for longer.
 */
static int compare_row(verifier *v, uint32_t profile, kithi_slice stored,
                       const kithi_state_header *header) {
    bool read_now = header->settled_at_us < v->now_us && v->now_us < header->next_change_at_us;
    int rc = kithi_state_compute(v->txn, profile, header->settled_at_us, &v->row, NULL);
    if (rc == KITH_OK && (!is_same(v, stored) || due_of(v) != header->next_change_at_us)) {
        return tell(v, "the row of profile %u differs from what the facts give", profile);
    }
    if (rc == KITH_OK && read_now) {
        rc = kithi_state_compute(v->txn, profile, v->now_us, &v->row, NULL);
        if (rc == KITH_OK && (!is_same(v, stored) || due_of(v) < header->next_change_at_us)) {
            rc = tell(v, "the row of profile %u is read past the time it holds for", profile);
        }
    }
    return rc;
}

static int check_row(verifier *v, uint32_t profile) {
    kithi_slice stored;
    kithi_state_header header;
    bool dirty;
    int rc = kithi_dirty_get(v->txn, profile, &dirty);
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_state_row(v->txn, profile, &stored);
    if (rc != KITH_OK) {
        return rc != KITH_NOT_FOUND ? rc
               : dirty              ? KITH_OK
                                    : tell(v, "profile %u is clean but has no row", profile);
    }
    v->rows++;
    if (!kithi_state_read_header(stored, &header)) {
        return tell(v, "the row of profile %u can't be read", profile);
    }
    if (header.next_change_at_us != KITHI_NEVER_US &&
        (rc = check_due(v, profile, header.next_change_at_us)) != KITH_OK) {
        return rc;
    }
    rc = kithi_members_check_row(&v->members, profile, stored);
    if (rc != KITH_OK || dirty) {
        return rc; /* who is in a segment is told by the row, also where nobody reads the rest */
    }
    return compare_row(v, profile, stored, &header);
}

static int check_rows(verifier *v) {
    kithi_counters *counters;
    uint64_t rows, due;
    int rc = kithi_txn_counters(v->txn, &counters);
    for (uint64_t record = 0; rc == KITH_OK && record < counters->next_record; record++) {
        uint32_t head;
        rc = kithi_identity_head(v->txn, (uint32_t)record, &head);
        if (rc == KITH_OK && head == record) {
            rc = check_row(v, head);
        }
        if (rc == KITH_OK && record % 1024 == 0) {
            rc = progress(v, record, counters->next_record);
        }
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_STATE, &rows);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(v->txn, KITHI_TABLE_DUE, &due);
    }
    if (rc == KITH_OK && rows != v->rows) {
        rc = problem(v, "there are rows of profiles that are none");
    }
    return rc == KITH_OK && due != v->due ? problem(v, "there are due entries without a row") : rc;
}

static int check_members(verifier *v) {
    uint64_t wrong = 0;
    char text[96];
    int rc = kithi_members_check_end(&v->members, &wrong);
    if (rc != KITH_OK || wrong == 0) {
        return rc;
    }
    snprintf(text, sizeof text,
             "%llu chunks of the members of segments and tags differ from the rows",
             (unsigned long long)wrong);
    return problem(v, text);
}

static int check_columns(verifier *v) {
    uint64_t wrong = 0;
    char text[80];
    int rc = kithi_columns_check(v->txn, &wrong);
    if (rc != KITH_OK || wrong == 0) {
        return rc;
    }
    snprintf(text, sizeof text, "columns differ from rows and facts in %llu places",
             (unsigned long long)wrong);
    return problem(v, text);
}

/* While nothing is dirty, nothing has landed. */
static int check_landed(verifier *v) {
    static const kithi_table tables[] = {KITHI_TABLE_RECORD_KEY_LANDED,
                                         KITHI_TABLE_IDENTIFIER_LANDED};
    uint64_t dirty, landed;
    int rc = kithi_count(v->txn, KITHI_TABLE_DIRTY, &dirty);
    for (size_t i = 0; rc == KITH_OK && dirty == 0 && i < sizeof tables / sizeof tables[0]; i++) {
        rc = kithi_count(v->txn, tables[i], &landed);
        if (rc == KITH_OK && landed > 0) {
            rc = problem(v, "index entries have landed, but no profile is dirty");
        }
    }
    return rc;
}

static int verify(verifier *v) {
    int rc = kithi_fact_verify(v->txn, problem, v);
    if (rc == KITH_OK) {
        rc = kithi_identity_verify(v->txn, problem, progress, v);
    }
    if (rc == KITH_OK) {
        rc = check_landed(v);
    }
    if (rc == KITH_OK) {
        rc = check_rows(v);
    }
    if (rc == KITH_OK) {
        rc = check_members(v);
    }
    return rc == KITH_OK ? check_columns(v) : rc;
}

int kith_verify(kith *store, int64_t now_us, const kith_check_options *options,
                uint64_t *out_problem_count, kith_error *error) {
    verifier v = {.now_us = now_us, .options = KITH_CHECK_OPTIONS_INIT};
    if (store == NULL || out_problem_count == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "kith_verify: a store and a place for the count are required");
    }
    int rc = kithi_take(options, &v.options, sizeof v.options, "kith_verify", error);
    if (rc == KITH_OK) {
        rc = kith_txn_begin(store, KITH_READ, &v.txn, error);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_buffer_init(&v.row);
    kithi_members_check_begin(&v.members, v.txn);
    rc = verify(&v);
    kithi_error_copy(error, rc == KITH_OK ? NULL : kith_txn_error(v.txn));
    kithi_buffer_clear(&v.row);
    kithi_members_check_clear(&v.members);
    kith_txn_abort(v.txn);
    *out_problem_count = v.problem_count;
    return rc;
}
