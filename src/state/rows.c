/*
 * State rows: stored, computed, deleted.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/order.h"
#include "src/fact/record_key.h"
#include "src/state/state.h"

int kithi_state_row(kith_txn *txn, uint32_t profile, kithi_slice *out) {
    uint8_t key[4];
    kithi_put32(key, profile);
    return kithi_get(txn, KITHI_TABLE_STATE, key, sizeof key, out);
}

static void due_key(uint8_t out[12], int64_t at_us, uint32_t profile) {
    kithi_put_time(out, at_us);
    kithi_put32(out + 8, profile);
}

int kithi_state_delete(kith_txn *txn, uint32_t profile) {
    uint8_t key[4], due[12];
    kithi_slice row;
    kithi_state_header header;
    int rc = kithi_state_row(txn, profile, &row);
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    if (kithi_state_read_header(row, &header) && header.next_change_at_us != KITHI_NEVER_US) {
        due_key(due, header.next_change_at_us, profile);
        rc = kithi_delete(txn, KITHI_TABLE_DUE, due, sizeof due);
    }
    kithi_put32(key, profile);
    return rc == KITH_OK ? kithi_delete(txn, KITHI_TABLE_STATE, key, sizeof key) : rc;
}

int kithi_state_compute(kith_txn *txn, uint32_t profile, int64_t now_us, kithi_buffer *out,
                        int64_t *out_moves_us) {
    int64_t moves_us = INT64_MAX;
    kithi_arena arena;
    uint32_t *records;
    size_t count;
    kithi_arena_init(&arena);
    int rc = kithi_identity_members(txn, profile, &arena, &records, &count);
    if (rc == KITH_OK) {
        rc = kithi_profile_compute(txn, records, count, now_us, out);
    }
    kithi_arena_clear(&arena);
    rc = rc == KITH_OK ? kithi_state_derive(txn, profile, now_us, out, &moves_us) : rc;
    if (out_moves_us != NULL) {
        *out_moves_us = moves_us;
    }
    return rc;
}

static int damaged(kith_txn *txn, uint32_t profile) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "the row of profile %u can't be read; run kith verify", profile);
}

static int compute_view(kith_txn *txn, uint32_t profile, int64_t now_us, kithi_arena *arena,
                        kith_profile *out) {
    kithi_buffer row;
    kithi_slice present;
    int rc = kithi_record_row(txn, profile, &present);
    if (rc == KITH_NOT_FOUND) {
        return kithi_record_missing(txn, profile);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_buffer_init(&row);
    rc = kithi_state_compute(txn, profile, now_us, &row, NULL);
    const char *copy = rc == KITH_OK ? kithi_arena_copy(arena, row.data, row.size) : NULL;
    if (rc == KITH_OK && copy == NULL) {
        rc = kithi_error_memory(kithi_txn_error(txn));
    }
    if (rc == KITH_OK &&
        !kithi_profile_view(txn, profile, (kithi_slice){(const uint8_t *)copy, row.size}, out)) {
        rc = damaged(txn, profile);
    }
    kithi_buffer_clear(&row);
    out->flags = KITH_PROFILE_COMPUTED;
    return rc;
}

static int flag_pending(kith_txn *txn, kith_profile *profile) {
    uint64_t all;
    uint32_t *records;
    size_t count;
    bool pending = false;
    int rc = kithi_count(txn, KITHI_TABLE_PENDING, &all);
    if (rc != KITH_OK || all == 0) {
        return rc;
    }
    rc = kithi_identity_members(txn, profile->number, kithi_txn_arena(txn), &records, &count);
    if (rc == KITH_OK) {
        rc = kithi_identity_pending(txn, records, count, &pending);
    }
    profile->flags |= pending ? KITH_PROFILE_PENDING : 0;
    return rc;
}

/* The head of a record's cluster, and its row if there is one. As only heads have rows, one under
 * the record's own number says that it is the head. */
static int find_head(kith_txn *txn, uint32_t record, uint32_t *out_head, kithi_slice *out_row) {
    *out_head = record;
    int rc = kithi_state_row(txn, record, out_row);
    if (rc != KITH_NOT_FOUND) {
        return rc;
    }
    rc = kithi_identity_head(txn, record, out_head);
    if (rc == KITH_OK && *out_head != record) {
        rc = kithi_state_row(txn, *out_head, out_row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_state_profile(kith_txn *txn, uint32_t record, int64_t now_us, kithi_arena *arena,
                        kith_profile *out) {
    kithi_slice row = {NULL, 0};
    kithi_state_header header;
    uint32_t head;
    bool dirty;
    int rc = find_head(txn, record, &head, &row);
    if (rc == KITH_OK) {
        rc = kithi_dirty_get(txn, head, &dirty);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    if (!dirty && kithi_state_read_header(row, &header) && header.settled_at_us <= now_us &&
        now_us < header.next_change_at_us) {
        return kithi_profile_view(txn, head, row, out) ? KITH_OK : damaged(txn, head);
    }
    rc = compute_view(txn, head, now_us, arena, out);
    return rc == KITH_OK ? flag_pending(txn, out) : rc; /* who is pending is dirty */
}

int kithi_due_list(kith_txn *txn, int64_t now_us, uint32_t **out, size_t *out_count) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    uint32_t *list = NULL;
    size_t count = 0, capacity = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_DUE, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL) : rc;
    while (rc == KITH_OK && key.size == 12 && kithi_get_time(key.data) <= now_us) {
        if (!KITHI_GROW(list, capacity, count + 1)) {
            rc = kithi_error_memory(kithi_txn_error(txn));
            break;
        }
        list[count++] = kithi_get32(key.data + 8);
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL);
    }
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        free(list);
        return rc;
    }
    if (count > 1) {
        qsort(list, count, sizeof *list, kithi_compare_u32);
    }
    *out = list;
    *out_count = count;
    return KITH_OK;
}

int kithi_due_first(kith_txn *txn, int64_t *out_us, uint32_t *out_profile) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_DUE, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL) : rc;
    if (rc != KITH_OK || key.size != 12) {
        return rc == KITH_OK ? KITH_NOT_FOUND : rc;
    }
    *out_us = kithi_get_time(key.data);
    *out_profile = kithi_get32(key.data + 8);
    return KITH_OK;
}
