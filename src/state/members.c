#include "src/state/members.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/grow.h"
#include "src/base/map.h"
#include "src/profile/marks_row.h"

#define CHANGES_MANY    ((size_t)1 << 20) /* so that they are worked in */
#define KEY_BYTES       5
#define TAG_KIND        3
#define NUMBER_IN_CHUNK 0xffffu

/* The key of a chunk of a set. */
typedef struct chunk_key {
    uint8_t bytes[1 + KITH_NAME_MAX_BYTES + 1 + 2];
    size_t size;
} chunk_key;

static chunk_key key_of(uint32_t set, uint32_t chunk) {
    chunk_key key = {.size = KEY_BYTES};
    key.bytes[0] = (uint8_t)(set >> 16);
    kithi_put16(key.bytes + 1, (uint16_t)set);
    kithi_put16(key.bytes + 3, (uint16_t)chunk);
    return key;
}

/* No tag has a name that is too long. */
static bool tag_key_of(const char *tag, uint32_t chunk, chunk_key *out) {
    size_t size = strlen(tag);
    if (size > KITH_NAME_MAX_BYTES) {
        return false;
    }
    out->bytes[0] = TAG_KIND;
    memcpy(out->bytes + 1, tag, size + 1);
    kithi_put16(out->bytes + size + 2, (uint16_t)chunk);
    out->size = size + 4;
    return true;
}

static int damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "a set of profiles can't be read; run kith verify");
}

typedef bool read_fn(const void *data, size_t size, kithi_chunk_view *out);

/* Who asks is content with a sound header, as a look at all of it costs more than the answer; who
 * changes or verifies a chunk looks at all. */
static int read_chunk(kith_txn *txn, const chunk_key *key, read_fn *read, kithi_chunk *out) {
    kithi_slice row;
    kithi_chunk_view view;
    int rc = kithi_get(txn, KITHI_TABLE_BITMAP, key->bytes, key->size, &row);
    if (rc == KITH_NOT_FOUND) {
        kithi_chunk_clear(out);
        return KITH_OK;
    }
    if (rc == KITH_OK && !read(row.data, row.size, &view)) {
        return damaged(txn);
    }
    if (rc == KITH_OK) {
        kithi_chunk_unpack(&view, out);
    }
    return rc;
}

int kithi_members_chunk(kith_txn *txn, uint32_t set, uint32_t chunk, kithi_chunk *out) {
    chunk_key key = key_of(set, chunk);
    return read_chunk(txn, &key, kithi_chunk_peek, out);
}

int kithi_members_chunk_whole(kith_txn *txn, uint32_t set, uint32_t chunk, kithi_chunk *out) {
    chunk_key key = key_of(set, chunk);
    return read_chunk(txn, &key, kithi_chunk_read, out);
}

static int read_tagged(kith_txn *txn, const char *tag, uint32_t chunk, read_fn *read,
                       kithi_chunk *out) {
    chunk_key key;
    if (!tag_key_of(tag, chunk, &key)) {
        kithi_chunk_clear(out);
        return KITH_OK;
    }
    return read_chunk(txn, &key, read, out);
}

int kithi_members_tag_chunk(kith_txn *txn, const char *tag, uint32_t chunk, kithi_chunk *out) {
    return read_tagged(txn, tag, chunk, kithi_chunk_peek, out);
}

int kithi_members_tag_chunk_whole(kith_txn *txn, const char *tag, uint32_t chunk,
                                  kithi_chunk *out) {
    return read_tagged(txn, tag, chunk, kithi_chunk_read, out);
}

int kithi_members_size(kith_txn *txn, uint32_t set, uint32_t chunk, uint32_t *out) {
    chunk_key key = key_of(set, chunk);
    kithi_slice row;
    kithi_chunk_view view;
    int rc = kithi_get(txn, KITHI_TABLE_BITMAP, key.bytes, key.size, &row);
    if (rc == KITH_OK && !kithi_chunk_peek(row.data, row.size, &view)) {
        return damaged(txn);
    }
    *out = rc == KITH_OK ? view.cardinality : 0;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_members_empty(kith_txn *txn, uint32_t set, uint32_t chunk) {
    chunk_key key = key_of(set, chunk);
    return kithi_delete(txn, KITHI_TABLE_BITMAP, key.bytes, key.size);
}

/* Goes over the rows of a set. */
static int walk_set(kith_txn *txn, uint32_t set, uint64_t *out_rows, uint64_t *out_members) {
    chunk_key first = key_of(set, 0);
    kithi_cursor *cursor;
    kithi_slice key = {first.bytes, first.size}, row = {NULL, 0};
    *out_rows = *out_members = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_BITMAP, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row);
    }
    while (rc == KITH_OK && key.size == KEY_BYTES && memcmp(key.data, first.bytes, 3) == 0) {
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

/* A key of a tag's chunk: its name ends in a NUL. */
static bool is_tag_key(kithi_slice key) {
    return key.size > 4 && key.data[0] == TAG_KIND && key.data[key.size - 3] == '\0';
}

static int take_chunk(kith_txn *txn, kithi_slice key, kithi_slice row,
                      int (*take)(void *context, const char *tag, uint32_t chunk,
                                  const kithi_chunk *members),
                      void *context) {
    kithi_chunk chunk;
    kithi_chunk_view view;
    if (!is_tag_key(key) || !kithi_chunk_read(row.data, row.size, &view)) {
        return damaged(txn);
    }
    kithi_chunk_unpack(&view, &chunk);
    return take(context, (const char *)key.data + 1, kithi_get16(key.data + key.size - 2), &chunk);
}

int kithi_members_each_tag(kith_txn *txn,
                           int (*take)(void *context, const char *tag, uint32_t chunk,
                                       const kithi_chunk *members),
                           void *context) {
    static const uint8_t first[] = {TAG_KIND};
    kithi_cursor *cursor;
    kithi_slice key = {first, sizeof first}, row = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_BITMAP, &cursor);
    rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &row) : rc;
    while (rc == KITH_OK && key.data[0] == TAG_KIND) {
        rc = take_chunk(txn, key, row, take, context);
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row) : rc;
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

void kithi_members_init(kithi_member_changes *changes) {
    *changes = (kithi_member_changes){.count = 0};
    kithi_names_init(&changes->tags);
}

int kithi_members_note(kith_txn *txn, kithi_member_changes *changes, kithi_member_change change) {
    if (!KITHI_GROW(changes->items, changes->capacity, changes->count + 1)) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    changes->items[changes->count++] = change;
    return KITH_OK;
}

void kithi_members_clear(kithi_member_changes *changes) {
    free(changes->items);
    kithi_names_clear(&changes->tags);
    kithi_members_init(changes);
}

static int note_tag(kith_txn *txn, kithi_member_changes *changes, uint32_t profile, const char *tag,
                    bool in) {
    uint32_t number;
    if (!kithi_names_number(&changes->tags, tag, &number)) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    return kithi_members_note(txn, changes,
                              (kithi_member_change){KITHI_SET_TAGS | number, profile, in});
}

/* The next tag; NULL after the last, as tags come before all else. */
static const char *next_tag(kithi_walker *marks) {
    kithi_row_mark mark;
    return kithi_row_mark_next(marks, &mark) && mark.kind == KITHI_MARK_TAG ? mark.name : NULL;
}

/* As strcmp(), with none behind all. */
static int compare_tags(const char *a, const char *b) {
    return a == NULL || b == NULL ? (a == NULL) - (b == NULL) : strcmp(a, b);
}

int kithi_members_note_tags(kith_txn *txn, kithi_member_changes *changes, uint32_t profile,
                            kithi_walker before, kithi_walker now) {
    const char *old = next_tag(&before), *new = next_tag(&now);
    int rc = KITH_OK;
    while (rc == KITH_OK && (old != NULL || new != NULL)) {
        int order = compare_tags(old, new);
        if (order != 0) {
            rc = note_tag(txn, changes, profile, order < 0 ? old : new, order > 0);
        }
        old = order <= 0 ? next_tag(&before) : old;
        new = order >= 0 ? next_tag(&now) : new;
    }
    return rc;
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

static int put_chunk(kith_txn *txn, const chunk_key *key, const kithi_chunk *chunk) {
    uint8_t row[KITHI_CHUNK_PACKED_MAX];
    size_t size = kithi_chunk_pack(chunk, row);
    return kithi_chunk_count(chunk) == 0
               ? kithi_delete(txn, KITHI_TABLE_BITMAP, key->bytes, key->size)
               : kithi_put(txn, KITHI_TABLE_BITMAP, key->bytes, key->size, row, size);
}

/* The key of the chunk that a change is in. */
static chunk_key key_of_change(const kithi_member_changes *changes, const placed *change) {
    uint32_t set = (uint32_t)(change->place >> 32), number = (uint32_t)change->place >> 16;
    chunk_key key;
    if (set >= KITHI_SET_TAGS &&
        tag_key_of(changes->tags.items[set - KITHI_SET_TAGS], number, &key)) {
        return key;
    }
    return key_of(set, number);
}

/* Works in those that are of one chunk. */
static int apply_chunk(kith_txn *txn, const kithi_member_changes *changes, const placed *items,
                       size_t count) {
    kithi_chunk chunk;
    chunk_key key = key_of_change(changes, items);
    uint32_t changed = 0;
    int rc = read_chunk(txn, &key, kithi_chunk_read, &chunk);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        uint16_t bit = (uint16_t)(items[i].place & NUMBER_IN_CHUNK);
        changed +=
            items[i].in ? kithi_chunk_add(&chunk, &bit, 1) : kithi_chunk_remove(&chunk, &bit, 1);
    }
    return rc == KITH_OK && changed > 0 ? put_chunk(txn, &key, &chunk) : rc;
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
        rc = apply_chunk(txn, changes, items + i, end - i);
        i = end;
    }
    free(items);
    changes->count = 0;
    kithi_names_reset(&changes->tags);
    return rc;
}

int kithi_members_apply_many(kith_txn *txn, kithi_member_changes *changes) {
    return changes->count < CHANGES_MANY ? KITH_OK : kithi_members_apply(txn, changes);
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
    if (rc == KITH_OK) {
        rc = kithi_members_note_tags(txn, changes, profile, kithi_state_marks(row, &header),
                                     kithi_walker_of(NULL, 0));
    }
    return rc == KITH_OK && ids.size > 0 ? remember(txn, profile, &header.id, ids) : rc;
}

static bool has_id(kithi_slice ids, uint16_t id) {
    size_t at = 0;
    while (at + KITHI_MEMBERSHIP_BYTES <= ids.size && kithi_get16(ids.data + at) != id) {
        at += KITHI_MEMBERSHIP_BYTES;
    }
    return at + KITHI_MEMBERSHIP_BYTES <= ids.size;
}

kithi_slice kithi_departed_segments(kithi_slice row) {
    size_t head = row.size < KITHI_DEPARTED_HEAD ? row.size : KITHI_DEPARTED_HEAD;
    size_t ids = (row.size - head) / KITHI_MEMBERSHIP_BYTES * KITHI_MEMBERSHIP_BYTES;
    return (kithi_slice){row.data + head, ids};
}

int kithi_members_departing(kith_txn *txn, uint16_t segment, uint64_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, row = {NULL, 0};
    *out = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_DEPARTED, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &row);
    }
    while (rc == KITH_OK) {
        *out += has_id(kithi_departed_segments(row), segment);
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
