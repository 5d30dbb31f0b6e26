#include "src/state/members.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/map.h"

#define CHANGES_MAX     ((size_t)1 << 20) /* before they are worked in */
#define KEY_BYTES       5
#define NUMBER_IN_CHUNK 0xffffu

static void chunk_key(uint8_t out[KEY_BYTES], uint32_t set, uint32_t chunk) {
    out[0] = (uint8_t)(set >> 16);
    kithi_put16(out + 1, (uint16_t)set);
    kithi_put16(out + 3, (uint16_t)chunk);
}

static int damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a set of profiles can't be read; run kith verify");
}

int kithi_members_chunk(kith_txn *txn, uint32_t set, uint32_t chunk, kithi_chunk *out) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    kithi_chunk_view view;
    chunk_key(key, set, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_BITMAP, key, sizeof key, &row);
    if (rc == KITH_NOT_FOUND) {
        kithi_chunk_clear(out);
        return KITH_OK;
    }
    if (rc == KITH_OK && !kithi_chunk_read(row.data, row.size, &view)) {
        return damaged(txn);
    }
    if (rc == KITH_OK) {
        kithi_chunk_unpack(&view, out);
    }
    return rc;
}

int kithi_members_size(kith_txn *txn, uint32_t set, uint32_t chunk, uint32_t *out) {
    uint8_t key[KEY_BYTES];
    kithi_slice row;
    kithi_chunk_view view;
    chunk_key(key, set, chunk);
    int rc = kithi_get(txn, KITHI_TABLE_BITMAP, key, sizeof key, &row);
    if (rc == KITH_OK && !kithi_chunk_peek(row.data, row.size, &view)) {
        return damaged(txn);
    }
    *out = rc == KITH_OK ? view.cardinality : 0;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_members_empty(kith_txn *txn, uint32_t set, uint32_t chunk) {
    uint8_t key[KEY_BYTES];
    chunk_key(key, set, chunk);
    return kithi_delete(txn, KITHI_TABLE_BITMAP, key, sizeof key);
}

/* Goes over the rows of a set. */
static int walk_set(kith_txn *txn, uint32_t set, uint64_t *out_rows, uint64_t *out_members) {
    uint8_t first[KEY_BYTES];
    kithi_cursor *cursor;
    kithi_slice key = {first, sizeof first}, row = {NULL, 0};
    *out_rows = *out_members = 0;
    chunk_key(first, set, 0);
    int rc = kithi_cursor_of(txn, KITHI_TABLE_BITMAP, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row);
    }
    while (rc == KITH_OK && key.size == KEY_BYTES && memcmp(key.data, first, 3) == 0) {
        kithi_chunk_view view;
        if (!kithi_chunk_peek(row.data, row.size, &view)) {
            return damaged(txn);
        }
        ++*out_rows;
        *out_members += view.cardinality;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_members_rows(kith_txn *txn, uint32_t set, uint64_t *out) {
    uint64_t members;
    return walk_set(txn, set, out, &members);
}

int kithi_members_count(kith_txn *txn, uint32_t set, uint64_t *out) {
    uint64_t rows;
    return walk_set(txn, set, &rows, out);
}

/* Changes */

int kithi_members_note(kith_txn *txn, kithi_member_changes *changes, kithi_member_change change) {
    if (changes->count >= CHANGES_MAX) {
        int rc = kithi_members_apply(txn, changes);
        if (rc != KITH_OK) {
            return rc;
        }
    }
    if (!KITHI_GROW(changes->items, changes->capacity, changes->count + 1)) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    changes->items[changes->count++] = change;
    return KITH_OK;
}

void kithi_members_clear(kithi_member_changes *changes) {
    free(changes->items);
    *changes = (kithi_member_changes){NULL, 0, 0};
}

typedef struct placed {
    uint64_t place; /* set, profile */
    bool in;
} placed;

static int by_place(const void *a, const void *b) {
    const placed *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static uint64_t place_of(const kithi_member_change *change) {
    return (uint64_t)change->set << 32 | change->profile;
}

static int put_chunk(kith_txn *txn, uint32_t set, uint32_t number, const kithi_chunk *chunk) {
    uint8_t key[KEY_BYTES], row[KITHI_CHUNK_PACKED_MAX];
    size_t size = kithi_chunk_pack(chunk, row);
    chunk_key(key, set, number);
    return kithi_chunk_count(chunk) == 0
               ? kithi_delete(txn, KITHI_TABLE_BITMAP, key, sizeof key)
               : kithi_put(txn, KITHI_TABLE_BITMAP, key, sizeof key, row, size);
}

/* Works in those that are of one chunk. */
static int apply_chunk(kith_txn *txn, const placed *items, size_t count) {
    kithi_chunk chunk;
    uint32_t set = (uint32_t)(items[0].place >> 32), number = (uint32_t)items[0].place >> 16;
    uint32_t changed = 0;
    int rc = kithi_members_chunk(txn, set, number, &chunk);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint16_t bit = (uint16_t)(items[i].place & NUMBER_IN_CHUNK);
        changed +=
            items[i].in ? kithi_chunk_add(&chunk, &bit, 1) : kithi_chunk_remove(&chunk, &bit, 1);
    }
    return rc == KITH_OK && changed > 0 ? put_chunk(txn, set, number, &chunk) : rc;
}

/* Of several changes of one bit the last one stands. */
static size_t place_last(const kithi_member_changes *changes, placed *out) {
    kithi_map seen;
    size_t count = 0;
    kithi_map_init(&seen);
    for (size_t i = changes->count; i > 0; i--) {
        const kithi_member_change *change = &changes->items[i - 1];
        bool added;
        if (kithi_map_put(&seen, place_of(change), 0, &added) == NULL) {
            count = SIZE_MAX;
            break;
        }
        if (added) {
            out[count++] = (placed){place_of(change), change->in};
        }
    }
    kithi_map_clear(&seen);
    return count;
}

int kithi_members_apply(kith_txn *txn, kithi_member_changes *changes) {
    if (changes->count == 0) {
        return KITH_OK;
    }
    placed *items = malloc(changes->count * sizeof *items);
    size_t count = items != NULL ? place_last(changes, items) : SIZE_MAX;
    int rc = count != SIZE_MAX ? KITH_OK : kithi_error_memory(kithi_txn_error(txn));
    if (rc == KITH_OK) {
        qsort(items, count, sizeof *items, by_place);
    }
    for (size_t i = 0; rc == KITH_OK && i < count;) {
        size_t end = i + 1;
        while (end < count && items[end].place >> 16 == items[i].place >> 16) {
            end++;
        }
        rc = apply_chunk(txn, items + i, end - i);
        i = end;
    }
    free(items);
    changes->count = 0;
    return rc;
}

/* Departed */

static int remember(kith_txn *txn, uint32_t profile, const kith_id *id, kithi_slice ids) {
    uint8_t *value = kithi_arena_alloc(kithi_txn_arena(txn), KITHI_DEPARTED_HEAD + ids.size);
    if (value == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    kithi_put32(value, profile);
    memcpy(value + KITHI_DEPARTED_HEAD, ids.data, ids.size);
    return kithi_put(txn, KITHI_TABLE_DEPARTED, id->bytes, sizeof id->bytes, value,
                     KITHI_DEPARTED_HEAD + ids.size);
}

int kithi_members_depart(kith_txn *txn, uint32_t profile, kithi_slice row,
                         kithi_member_changes *changes) {
    kithi_state_header header;
    kithi_member_change change = {KITHI_SET_PROFILES, profile, false};
    int rc = kithi_members_note(txn, changes, change);
    if (rc != KITH_OK || !kithi_state_read_header(row, &header)) {
        return rc;
    }
    kithi_slice ids = kithi_state_segments(row, &header);
    for (size_t at = 0; rc == KITH_OK && at + KITHI_MEMBERSHIP_BYTES <= ids.size;
         at += KITHI_MEMBERSHIP_BYTES) {
        change.set = KITHI_SET_SEGMENT(kithi_get16(ids.data + at));
        rc = kithi_members_note(txn, changes, change);
    }
    return rc == KITH_OK && ids.size > 0 ? remember(txn, profile, &header.id, ids) : rc;
}
