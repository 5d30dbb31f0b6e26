/*
 * Who belongs to whom, as rows: the member, cluster, link and pending tables.
 */
#include "src/identity/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"

/* Reading */

int kithi_identity_head(kith_txn *txn, uint32_t record, uint32_t *out) {
    uint8_t number[4];
    kithi_slice head;
    kithi_put32(number, record);
    int rc = kithi_get(txn, KITHI_TABLE_MEMBER, number, sizeof number, &head);
    *out = rc == KITH_OK && head.size == 4 ? kithi_get32(head.data) : record;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int cluster_cursor(kith_txn *txn, uint32_t head, kithi_cursor **cursor, kithi_slice *number,
                          size_t *out_count) {
    uint8_t bytes[4];
    kithi_put32(bytes, head);
    int rc =
        kithi_values_of(txn, KITHI_TABLE_CLUSTER, bytes, sizeof bytes, cursor, number, out_count);
    *out_count = rc == KITH_OK ? *out_count : 1; /* a lone record has no row */
    return rc;
}

int kithi_identity_members(kith_txn *txn, uint32_t head, kithi_arena *arena, uint32_t **out,
                           size_t *out_count) {
    kithi_cursor *cursor;
    kithi_slice number;
    size_t count = 1;
    int rc = cluster_cursor(txn, head, &cursor, &number, &count);
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    uint32_t *members = kithi_arena_calloc(arena, count, sizeof *members);
    if (members == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    members[0] = head;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        members[i] = kithi_get32(number.data);
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &number);
    }
    *out = members;
    *out_count = count;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static bool is_older(const kith_record *a, const kith_record *b) {
    return a->first_seen_us != b->first_seen_us
               ? a->first_seen_us < b->first_seen_us
               : memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes) < 0;
}

int kithi_identity_id(kith_txn *txn, uint32_t head, kith_id *out) {
    kith_record oldest = KITH_RECORD_INIT, next = KITH_RECORD_INIT;
    kithi_arena arena;
    uint32_t *records;
    size_t count = 0;
    kithi_arena_init(&arena);
    int rc = kithi_identity_members(txn, head, &arena, &records, &count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = kith_record_get_number(txn, records[i], &next);
        if (rc == KITH_OK && (i == 0 || is_older(&next, &oldest))) {
            oldest = next;
        }
    }
    kithi_arena_clear(&arena);
    if (rc == KITH_OK) {
        *out = oldest.id;
    }
    return rc;
}

int kithi_identity_lists(kith_txn *txn, uint32_t head, uint32_t record, bool *out) {
    uint8_t key[4], number[4];
    kithi_put32(key, head);
    kithi_put32(number, record);
    return kithi_has_one(txn, KITHI_TABLE_CLUSTER, key, sizeof key, number, sizeof number, out);
}

int kithi_identity_pending(kith_txn *txn, const uint32_t *records, size_t count, bool *out) {
    uint64_t all;
    *out = false;
    int rc = kithi_count(txn, KITHI_TABLE_PENDING, &all);
    for (size_t i = 0; rc == KITH_OK && all > 0 && i < count && !*out; i++) {
        uint8_t number[4];
        kithi_slice row;
        kithi_put32(number, records[i]);
        rc = kithi_get(txn, KITHI_TABLE_PENDING, number, sizeof number, &row);
        *out = rc == KITH_OK;
        rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

/* Writing */

int kithi_resolver_mark_dirty(kithi_resolver *r, uint32_t head) {
    return kithi_resolver_list_add(r->txn, &r->touched->dirty, &r->touched->dirty_count,
                                   &r->touched->dirty_capacity, head);
}

static int mark_gone(kithi_resolver *r, uint32_t head) {
    return kithi_resolver_list_add(r->txn, &r->touched->gone, &r->touched->gone_count,
                                   &r->touched->gone_capacity, head);
}

/* Whether a record is in a cluster row now: it is of a cluster of several. One that gave a cluster
 * its number may have left it, while the others wait for settle under that number. */
static int in_cluster(kith_txn *txn, uint32_t record, uint32_t head, bool *out) {
    *out = true;
    return head == record ? kithi_identity_lists(txn, head, record, out) : KITH_OK;
}

static int move_record(kithi_resolver *r, uint32_t record, uint32_t head, bool several) {
    uint8_t number[4], old_bytes[4], new_bytes[4];
    uint32_t old;
    bool was_in;
    int rc = kithi_identity_head(r->txn, record, &old);
    if (rc == KITH_OK) {
        rc = in_cluster(r->txn, record, old, &was_in);
    }
    if (rc != KITH_OK || (old == head && was_in == several)) {
        return rc;
    }
    kithi_put32(number, record);
    kithi_put32(old_bytes, old);
    kithi_put32(new_bytes, head);
    if (was_in) {
        rc = kithi_delete_one(r->txn, KITHI_TABLE_CLUSTER, old_bytes, 4, number, 4);
    }
    if (rc == KITH_OK && several) {
        rc = kithi_put_one(r->txn, KITHI_TABLE_CLUSTER, new_bytes, 4, number, 4, NULL);
    }
    if (rc == KITH_OK && old != head) {
        rc = head == record ? kithi_delete(r->txn, KITHI_TABLE_MEMBER, number, 4)
                            : kithi_put(r->txn, KITHI_TABLE_MEMBER, number, 4, new_bytes, 4);
    }
    if (rc == KITH_OK) {
        rc = kithi_resolver_mark_dirty(r, head);
    }
    if (rc == KITH_OK && old != head) {
        rc = old == record ? mark_gone(r, old) : kithi_resolver_mark_dirty(r, old);
    }
    return rc;
}

/* Records that still stand under a record's number, but are no longer of its cluster, stand under
 * the least of themselves from now on. */
static int part_from_strangers(kithi_resolver *r, const kithi_outcome *o, size_t place) {
    kithi_arena arena;
    uint32_t *listed;
    size_t count = 0, kept = 0;
    kithi_arena_init(&arena);
    int rc = kithi_identity_members(r->txn, o->records[place], &arena, &listed, &count);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        if (!kithi_outcome_joins(o, listed[i], place)) {
            listed[kept++] = listed[i];
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < kept; i++) {
        rc = move_record(r, listed[i], listed[0], kept > 1);
    }
    kithi_arena_clear(&arena);
    return rc;
}

int kithi_resolver_part_from_waiting(kithi_resolver *r, const kithi_outcome *o) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < o->count; i++) {
        rc = part_from_strangers(r, o, i);
    }
    return rc;
}

static int write_clusters(kithi_resolver *r, const kithi_outcome *o) {
    uint32_t *sizes = calloc(o->count + 1, sizeof *sizes);
    int rc = sizes != NULL ? KITH_OK : kithi_resolver_no_memory(r->txn);
    for (size_t i = 0; rc == KITH_OK && i < o->count; i++) {
        sizes[o->cluster_of[i]]++;
    }
    for (size_t i = 0; rc == KITH_OK && i < o->count; i++) {
        uint32_t root = o->cluster_of[i];
        rc = move_record(r, o->records[i], o->records[root], sizes[root] > 1);
    }
    free(sizes);
    return rc;
}

/* Whether the stored rows of a record are these. */
static int same_rows(kith_txn *txn, const uint8_t number[4], uint8_t (*rows)[KITHI_LINK_BYTES],
                     size_t count, bool *out) {
    kithi_cursor *cursor;
    kithi_slice row;
    size_t stored;
    int rc = kithi_values_of(txn, KITHI_TABLE_LINK, number, 4, &cursor, &row, &stored);
    *out = (rc == KITH_OK || rc == KITH_NOT_FOUND) && stored == count;
    for (size_t i = 0; rc == KITH_OK && *out && i < count; i++) {
        *out = row.size == KITHI_LINK_BYTES && memcmp(row.data, rows[i], KITHI_LINK_BYTES) == 0;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int write_links(kithi_resolver *r, const kithi_outcome *o) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < o->count; i++) {
        uint8_t number[4], (*rows)[KITHI_LINK_BYTES] = o->links + o->first[i];
        bool same;
        size_t count = o->first[i + 1] - o->first[i];
        kithi_put32(number, o->records[i]);
        rc = same_rows(r->txn, number, rows, count, &same);
        if (rc == KITH_OK && !same) {
            rc = kithi_delete(r->txn, KITHI_TABLE_LINK, number, sizeof number);
            for (size_t j = 0; rc == KITH_OK && j < count; j++) {
                rc = kithi_put_one(r->txn, KITHI_TABLE_LINK, number, sizeof number, rows[j],
                                   KITHI_LINK_BYTES, NULL);
            }
        }
    }
    return rc;
}

int kithi_resolver_write(kithi_resolver *r, const kithi_outcome *outcome) {
    int rc = write_clusters(r, outcome);
    rc = rc == KITH_OK ? write_links(r, outcome) : rc;
    for (size_t i = 0; rc == KITH_OK && i < outcome->count; i++) {
        rc = kithi_resolver_set_pending(r->txn, outcome->records[i], false);
    }
    return rc;
}

int kithi_resolver_set_pending(kith_txn *txn, uint32_t record, bool pending) {
    uint8_t number[4];
    uint64_t all;
    kithi_put32(number, record);
    int rc = kithi_count(txn, KITHI_TABLE_PENDING, &all);
    if (rc != KITH_OK || (!pending && all == 0)) {
        return rc;
    }
    return pending ? kithi_put(txn, KITHI_TABLE_PENDING, number, sizeof number, NULL, 0)
                   : kithi_delete(txn, KITHI_TABLE_PENDING, number, sizeof number);
}
