#include "src/identity/block_run.h"

#include <stdlib.h>
#include <string.h>

#include "src/store/txn.h"

#define ENTRY      KITHI_BLOCK_ENTRY_BYTES
/* What a chunk is filled with where several are written: it takes more before it has to be split.
 */
#define CHUNK_FILL (KITHI_BLOCK_CHUNK_MAX * 7 / 8)

int kithi_block_damaged(kith_txn *txn) {
    return kithi_error_set(kithi_txn_error(txn), KITH_CORRUPT,
                           "the index of block keys is damaged; run kith check");
}

static int no_memory(const kithi_block_run *run) {
    return kithi_error_memory(kithi_txn_error(run->txn));
}

/* Chunks */

static void write_row_key(uint8_t out[KITHI_BLOCK_ROW_BYTES], uint8_t run, const uint8_t *entry) {
    out[0] = run;
    memcpy(out + 1, entry, ENTRY);
}

static bool is_of_run(kithi_slice row, uint8_t run) {
    return row.size == KITHI_BLOCK_ROW_BYTES && row.data[0] == run;
}

static bool is_ascending(const uint8_t *entries, size_t size) {
    bool ascending = true;
    for (size_t at = ENTRY; at < size; at += ENTRY) {
        ascending &= kithi_block_entry_compare(entries + at - ENTRY, entries + at) < 0;
    }
    return ascending;
}

/* Whether all of a chunk is as it should be; seek_chunk() has looked only at its size. */
static bool is_sound(kithi_slice row, kithi_slice value) {
    return memcmp(row.data + 1, value.data + value.size - ENTRY, ENTRY) == 0 &&
           is_ascending(value.data, value.size);
}

/* Moves to a chunk of the run. KITH_NOT_FOUND: there is none. */
static int seek_chunk(const kithi_block_run *run, kithi_cursor *cursor, kithi_seek how,
                      const uint8_t *entry, kithi_slice *row, kithi_slice *value) {
    uint8_t wanted[KITHI_BLOCK_ROW_BYTES];
    kithi_slice key = {wanted, 0};
    if (entry != NULL) {
        write_row_key(wanted, run->number, entry);
        key.size = sizeof wanted;
    }
    int rc = kithi_cursor_seek(cursor, how, &key, value);
    if (rc != KITH_OK) {
        return rc;
    }
    if (!is_of_run(key, run->number)) {
        return KITH_NOT_FOUND;
    }
    *row = key;
    bool fits = value->size > 0 && value->size <= KITHI_BLOCK_CHUNK_BYTES;
    return fits && value->size % ENTRY == 0 ? KITH_OK : kithi_block_damaged(run->txn);
}

/* Changing */

/* A chunk as it is rewritten: copied, as a write may move what LMDB lent. */
typedef struct rewrite {
    const kithi_block_run *run;
    kithi_cursor *cursor;
    uint8_t chunk[KITHI_BLOCK_CHUNK_BYTES];
    size_t size;          /* 0: the run has no chunk */
    bool is_last;         /* of the run: it takes what comes behind it too */
    kithi_buffer content; /* what takes its place */
} rewrite;

/* Reads the chunk that an entry belongs in: the first that ends at or behind it, else the last. */
static int read_chunk(rewrite *w, const uint8_t *entry) {
    static const uint8_t greatest[ENTRY] = {255, 255, 255, 255, 255, 255, 255, 255, 255};
    const kithi_block_run *run = w->run;
    kithi_slice row, value = {NULL, 0};
    int rc = seek_chunk(run, w->cursor, KITHI_SEEK_FROM, entry, &row, &value);
    w->is_last = rc == KITH_NOT_FOUND;
    if (w->is_last) {
        rc = seek_chunk(run, w->cursor, KITHI_SEEK_BEFORE, greatest, &row, &value);
    }
    w->size = rc == KITH_OK ? value.size : 0;
    if (rc != KITH_OK) {
        return rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    memcpy(w->chunk, value.data, value.size);
    return is_sound(row, value) ? KITH_OK : kithi_block_damaged(run->txn);
}

/* How many of the entries, at least one, belong in the chunk at hand. */
static size_t count_belonging(const rewrite *w, const uint8_t *entries, size_t count) {
    const uint8_t *end = w->chunk + w->size;
    size_t belonging = w->is_last ? count : 1;
    while (belonging < count &&
           kithi_block_entry_compare(entries + belonging * ENTRY, end - ENTRY) <= 0) {
        belonging++;
    }
    return belonging;
}

/* The chunk with the entries, or without them. */
static void merge(rewrite *w, const uint8_t *entries, size_t count, bool with) {
    const uint8_t *from = w->chunk, *end = w->chunk + w->size;
    for (size_t i = 0; i < count; i++, entries += ENTRY) {
        const uint8_t *to = from;
        while (to < end && kithi_block_entry_compare(to, entries) < 0) {
            to += ENTRY;
        }
        kithi_buffer_append(&w->content, from, (size_t)(to - from));
        if (with) {
            kithi_buffer_append(&w->content, entries, ENTRY);
        }
        bool same = to < end && kithi_block_entry_compare(to, entries) == 0;
        from = same ? to + ENTRY : to;
    }
    kithi_buffer_append(&w->content, from, (size_t)(end - from));
}

typedef int put_row(kith_txn *txn, kithi_table table, const void *key, size_t key_size,
                    const void *value, size_t size);

/* Writes entries as chunks of about one size. */
static int write_chunks(const kithi_block_run *run, const uint8_t *entries, size_t count,
                        put_row *put) {
    size_t chunks =
        count <= KITHI_BLOCK_CHUNK_MAX ? count > 0 : (count + CHUNK_FILL - 1) / CHUNK_FILL;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < chunks; i++) {
        size_t from = count * i / chunks, to = count * (i + 1) / chunks;
        uint8_t row[KITHI_BLOCK_ROW_BYTES];
        write_row_key(row, run->number, entries + (to - 1) * ENTRY);
        rc = put(run->txn, KITHI_TABLE_BLOCK, row, sizeof row, entries + from * ENTRY,
                 (to - from) * ENTRY);
    }
    return rc;
}

static bool ends_as_before(const rewrite *w) {
    size_t size = w->content.size;
    return size > 0 &&
           memcmp(w->content.data + size - ENTRY, w->chunk + w->size - ENTRY, ENTRY) == 0;
}

/* Puts the new content in the place of the chunk, which goes first if it would keep another key. */
static int replace_chunk(rewrite *w) {
    const kithi_block_run *run = w->run;
    const kithi_buffer *content = &w->content;
    int rc = KITH_OK;
    if (!kithi_buffer_ok(content)) {
        return no_memory(run);
    }
    if (content->size == w->size) {
        return KITH_OK; /* all were there, or none was */
    }
    if (w->size > 0 && !ends_as_before(w)) {
        uint8_t row[KITHI_BLOCK_ROW_BYTES];
        write_row_key(row, run->number, w->chunk + w->size - ENTRY);
        rc = kithi_delete(run->txn, KITHI_TABLE_BLOCK, row, sizeof row);
    }
    if (rc == KITH_OK) {
        rc = write_chunks(run, content->data, content->size / ENTRY, kithi_put);
    }
    *run->count += content->size / ENTRY;
    *run->count -= w->size / ENTRY;
    return rc;
}

static int change(const kithi_block_run *run, const uint8_t *entries, size_t count, bool with) {
    rewrite w = {.run = run};
    kithi_buffer_init(&w.content);
    int rc = kithi_cursor_of(run->txn, KITHI_TABLE_BLOCK, &w.cursor);
    while (rc == KITH_OK && count > 0) {
        rc = read_chunk(&w, entries);
        size_t belonging = rc == KITH_OK ? count_belonging(&w, entries, count) : 0;
        if (rc == KITH_OK) {
            kithi_buffer_reset(&w.content);
            merge(&w, entries, belonging, with);
            rc = replace_chunk(&w);
        }
        entries += belonging * ENTRY;
        count -= belonging;
    }
    kithi_buffer_clear(&w.content);
    return rc;
}

int kithi_block_run_add(const kithi_block_run *run, const uint8_t *entries, size_t count) {
    return change(run, entries, count, true);
}

int kithi_block_run_remove(const kithi_block_run *run, const uint8_t *entries, size_t count) {
    return change(run, entries, count, false);
}

int kithi_block_run_append(const kithi_block_run *run, const uint8_t *entries, size_t count) {
    kithi_cursor *cursor;
    kithi_slice row = {NULL, 0};
    int rc = kithi_cursor_of(run->txn, KITHI_TABLE_BLOCK, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_LAST, &row, NULL);
    }
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    bool follows = rc == KITH_NOT_FOUND || (is_of_run(row, run->number) &&
                                            kithi_block_entry_compare(row.data + 1, entries) < 0);
    if (!follows || !is_ascending(entries, count * ENTRY)) {
        return kithi_error_set(kithi_txn_error(run->txn), KITH_MISUSE,
                               "the index of block keys is filled in ascending order");
    }
    *run->count += count;
    return write_chunks(run, entries, count, kithi_append);
}

int kithi_block_run_take(const kithi_block_run *run, uint8_t place[ENTRY], uint64_t count,
                         kithi_buffer *out) {
    kithi_cursor *cursor;
    kithi_slice row, value = {NULL, 0};
    int rc = kithi_cursor_of(run->txn, KITHI_TABLE_BLOCK, &cursor);
    while (rc == KITH_OK) {
        rc = seek_chunk(run, cursor, KITHI_SEEK_FROM, place, &row, &value);
        if (rc != KITH_OK || out->size / ENTRY >= count) {
            break;
        }
        kithi_buffer_append(out, value.data, value.size);
        memcpy(place, value.data + value.size - ENTRY, ENTRY);
        rc = kithi_buffer_ok(out) ? kithi_cursor_delete(cursor) : no_memory(run);
    }
    if (rc == KITH_NOT_FOUND) {
        memset(place, 0, ENTRY);
    } else if (rc != KITH_OK) {
        return rc;
    }
    uint64_t taken = out->size / ENTRY;
    if (taken > *run->count || !is_ascending(out->data, out->size)) {
        return kithi_block_damaged(run->txn);
    }
    *run->count -= taken;
    return KITH_OK;
}

/* Finding */

/* How far a key lies between two others, of so many steps. */
static size_t part_of(uint64_t first, uint64_t key, uint64_t last, size_t steps) {
    return key <= first  ? 0
           : key >= last ? steps
                         : (size_t)((key - first) * steps / (last - first));
}

/* Where in a chunk the entries begin that aren't less than this one. Keys are hashes, evenly
 * spread: it is near to where a chunk of even steps would have it. */
static size_t lower_bound(kithi_slice chunk, const uint8_t *entry) {
    const uint8_t *end = chunk.data + chunk.size - ENTRY;
    size_t count = chunk.size / ENTRY;
    size_t at = part_of(kithi_block_entry_read(chunk.data).key, kithi_block_entry_read(entry).key,
                        kithi_block_entry_read(end).key, count - 1);
    while (at > 0 && kithi_block_entry_compare(chunk.data + (at - 1) * ENTRY, entry) >= 0) {
        at--;
    }
    while (at < count && kithi_block_entry_compare(chunk.data + at * ENTRY, entry) < 0) {
        at++;
    }
    return at * ENTRY;
}

/* False once no greater record is wanted. Most come behind all others. */
static bool take_found(kithi_block_found *found, uint32_t record) {
    size_t at = found->count;
    if (at < found->max && (at == 0 || found->records[at - 1] < record)) {
        found->records[found->count++] = record;
        return true;
    }
    while (at > 0 && found->records[at - 1] > record) {
        at--;
    }
    if (at > 0 && found->records[at - 1] == record) {
        return true;
    }
    if (at == found->max) {
        return false;
    }
    found->count += found->count < found->max;
    memmove(found->records + at + 1, found->records + at,
            (found->count - at - 1) * sizeof *found->records);
    found->records[at] = record;
    return true;
}

/* Whether this chunk is the first that ends at or behind an entry. */
static bool reaches(kithi_slice chunk, const uint8_t *entry) {
    return chunk.size > 0 && kithi_block_entry_compare(chunk.data, entry) <= 0 &&
           kithi_block_entry_compare(chunk.data + chunk.size - ENTRY, entry) >= 0;
}

static int move_look(const kithi_block_run *run, kithi_block_look *look, kithi_seek how,
                     const uint8_t *entry) {
    kithi_slice row;
    int rc = seek_chunk(run, look->cursor, how, entry, &row, &look->chunk);
    if (rc != KITH_OK) {
        look->chunk.size = 0;
    }
    return rc;
}

int kithi_block_run_find(const kithi_block_run *run, kithi_block_look *look, uint64_t key,
                         kithi_block_found *found) {
    uint8_t first[ENTRY];
    kithi_block_entry_write(first, (kithi_block_entry){key, 0});
    int rc = reaches(look->chunk, first) ? KITH_OK : move_look(run, look, KITHI_SEEK_FROM, first);
    while (rc == KITH_OK) {
        kithi_slice chunk = look->chunk;
        for (size_t at = lower_bound(chunk, first); at < chunk.size; at += ENTRY) {
            kithi_block_entry entry = kithi_block_entry_read(chunk.data + at);
            if (entry.key != key || !take_found(found, entry.record)) {
                return KITH_OK;
            }
        }
        rc = move_look(run, look, KITHI_SEEK_NEXT, NULL);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Reading all */

static int read_row(kithi_block_reader *reader, kithi_seek how, const uint8_t *entry) {
    const kithi_block_run run = {.txn = reader->txn, .number = reader->run};
    kithi_slice row, value = {NULL, 0};
    int rc = seek_chunk(&run, reader->cursor, how, entry, &row, &value);
    if (rc != KITH_OK) {
        return rc;
    }
    bool follows = reader->size == 0 ||
                   kithi_block_entry_compare(reader->chunk + reader->size - ENTRY, value.data) < 0;
    if (!follows || !is_sound(row, value)) {
        return kithi_block_damaged(reader->txn);
    }
    memcpy(reader->chunk, value.data, value.size);
    reader->size = value.size;
    reader->at = 0;
    reader->chunk_count++;
    reader->entry_count += value.size / ENTRY;
    return KITH_OK;
}

int kithi_block_reader_open(kith_txn *txn, uint8_t run, kithi_block_reader *reader) {
    static const uint8_t first[ENTRY];
    reader->txn = txn;
    reader->cursor = NULL;
    reader->run = run;
    reader->entry_count = reader->chunk_count = 0;
    reader->size = reader->at = 0;
    int rc = kithi_cursor_open(txn, KITHI_TABLE_BLOCK, &reader->cursor);
    return rc == KITH_OK ? read_row(reader, KITHI_SEEK_FROM, first) : rc;
}

int kithi_block_reader_next(kithi_block_reader *reader) {
    reader->at += ENTRY;
    return reader->at < reader->size ? KITH_OK : read_row(reader, KITHI_SEEK_NEXT, NULL);
}

void kithi_block_reader_close(kithi_block_reader *reader) {
    kithi_cursor_close(reader->cursor);
    reader->cursor = NULL;
}
