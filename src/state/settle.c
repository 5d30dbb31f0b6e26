/*
 * Settling: large components are clustered, then dirty profiles and those that are due get their
 * rows anew and their events packed.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/sized.h"
#include "src/fact/event.h"
#include "src/state/state.h"
#include "src/store/landing.h"

typedef struct settler {
    kith_txn *txn;
    int64_t now_us;
    const kithi_readers *readers;
    uint64_t budget; /* UINT64_MAX: no end */
    kithi_buffer row;
    kith_settle_result result;
    uint64_t clustered; /* components that waited */
} settler;

static int pack_events(settler *s, uint32_t profile) {
    kithi_arena arena;
    uint32_t *records;
    size_t count = 0;
    uint64_t landed;
    kithi_arena_init(&arena);
    int rc = kithi_count(s->txn, KITHI_TABLE_EVENT_LOG, &landed);
    if (rc == KITH_OK && landed > 0) {
        rc = kithi_identity_members(s->txn, profile, &arena, &records, &count);
    }
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint64_t packed;
        rc = kithi_events_pack(s->txn, records[i], &packed);
        s->result.packed_count += packed;
    }
    kithi_arena_clear(&arena);
    return rc;
}

static int write_row(settler *s, uint32_t profile) {
    uint8_t key[4], due[12];
    kithi_state_header header;
    kithi_slice row = {s->row.data, s->row.size};
    int rc = kithi_state_delete(s->txn, profile);
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_put32(key, profile);
    rc = kithi_append(s->txn, KITHI_TABLE_STATE, key, sizeof key, row.data, row.size);
    if (rc == KITH_OK && kithi_state_read_header(row, &header) &&
        header.next_change_at_us != KITHI_NEVER_US) {
        kithi_put_time(due, header.next_change_at_us);
        kithi_put32(due + 8, profile);
        rc = kithi_put(s->txn, KITHI_TABLE_DUE, due, sizeof due, NULL, 0);
    }
    return rc;
}

static int settle_profile(settler *s, uint32_t profile) {
    int rc = pack_events(s, profile);
    if (rc == KITH_OK) {
        rc = kithi_state_compute(s->txn, profile, s->now_us, &s->row);
    }
    if (rc == KITH_OK) {
        rc = write_row(s, profile);
    }
    s->result.settled_count += rc == KITH_OK;
    return rc;
}

static bool has_budget(const settler *s) {
    return s->result.settled_count < s->budget;
}

#define BATCH 4096 /* dirty profiles taken at once, so that their bits are cleared together */

static int settle_dirty(settler *s) {
    uint32_t *batch = malloc(BATCH * sizeof *batch);
    uint64_t from = 0;
    int rc = batch != NULL ? KITH_OK : kithi_error_memory(kithi_txn_error(s->txn));
    while (rc == KITH_OK && has_budget(s)) {
        size_t count = 0;
        uint64_t room = s->budget - s->result.settled_count;
        while (count < BATCH && count < room &&
               (rc = kithi_dirty_next(s->txn, from, &batch[count])) == KITH_OK) {
            from = (uint64_t)batch[count++] + 1;
        }
        if (rc == KITH_NOT_FOUND && count > 0) {
            rc = KITH_OK;
        }
        for (size_t i = 0; rc == KITH_OK && i < count; i++) {
            rc = settle_profile(s, batch[i]);
        }
        if (rc == KITH_OK) {
            rc = kithi_dirty_set(s->txn, batch, count, false);
        }
    }
    free(batch);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* The first profile that changes at or before now with no new fact. KITH_NOT_FOUND. */
static int first_due(settler *s, uint32_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(s->txn, KITHI_TABLE_DUE, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    if (rc != KITH_OK || key.size != 12 || kithi_get_time(key.data) > s->now_us) {
        return rc == KITH_OK ? KITH_NOT_FOUND : rc;
    }
    *out = kithi_get32(key.data + 8);
    return KITH_OK;
}

static int settle_due(settler *s) {
    uint32_t profile;
    int rc = KITH_OK;
    while (rc == KITH_OK && has_budget(s)) {
        rc = first_due(s, &profile);
        if (rc == KITH_OK) {
            rc = settle_profile(s, profile);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int count_due(settler *s, uint64_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    *out = 0;
    int rc = kithi_cursor_of(s->txn, KITHI_TABLE_DUE, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    while (rc == KITH_OK && kithi_get_time(key.data) <= s->now_us) {
        ++*out;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int settle(settler *s) {
    uint64_t pending, dirty, due;
    int rc = kithi_identity_settle(s->txn, s->readers, s->budget == UINT64_MAX ? 0 : s->budget,
                                   &s->clustered);
    if (rc == KITH_OK) {
        rc = kithi_state_apply(s->txn);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(s->txn, KITHI_TABLE_PENDING, &pending);
    }
    if (rc == KITH_OK && pending == 0) { /* until then the pending ones stay dirty */
        rc = settle_dirty(s);
    }
    if (rc == KITH_OK) {
        rc = settle_due(s);
    }
    if (rc == KITH_OK) {
        rc = kithi_dirty_count(s->txn, &dirty);
    }
    if (rc == KITH_OK) {
        rc = count_due(s, &due);
    }
    if (rc == KITH_OK) {
        s->result.remaining_count = pending + dirty + due;
    }
    /* While nothing is dirty nothing has landed: find.c relies on it, and verify sees to it. */
    return rc == KITH_OK && dirty == 0 ? kithi_landing_drain(s->txn) : rc;
}

int kithi_settle(kith_txn *txn, const kithi_readers *readers, int64_t now_us, uint64_t budget,
                 kith_settle_result *out, uint64_t *out_clustered) {
    settler s = {.txn = txn,
                 .readers = readers,
                 .now_us = now_us,
                 .budget = budget != 0 ? budget : UINT64_MAX};
    s.result = (kith_settle_result)KITH_SETTLE_RESULT_INIT;
    kithi_buffer_init(&s.row);
    int rc = kithi_txn_check_write(txn);
    if (rc == KITH_OK) {
        rc = kithi_state_apply(txn);
        if (rc == KITH_OK) {
            rc = settle(&s);
        }
        if (rc != KITH_OK) {
            kithi_txn_poison(txn, rc);
        }
    }
    kithi_buffer_clear(&s.row);
    if (rc == KITH_OK) {
        *out = s.result;
        *out_clustered = s.clustered;
    }
    return rc;
}

int kith_settle(kith_txn *txn, int64_t now_us, uint64_t budget, kith_settle_result *out) {
    static const kithi_readers none = {NULL, 0}; /* what the transaction changed, only it sees */
    kith_settle_result result;
    uint64_t clustered;
    int rc = kithi_settle(txn, &none, now_us, budget, &result, &clustered);
    if (rc == KITH_OK && out != NULL) {
        kithi_give(out, &result, sizeof result);
    }
    return rc;
}
