#include "src/match/pool.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/error.h"
#include "src/base/grow.h"
#include "src/base/workers.h"
#include "src/fact/record_key.h"
#include "src/store/txn.h"

#define PIECE     1024 /* rows that one worker reads at a time */
#define BATCH     (16 * PIECE)
#define ALIGNMENT _Alignof(kithi_term)

typedef struct row {
    uint32_t record;
    kithi_slice bytes;
    uint64_t mark;
} row;

typedef struct loading {
    const kithi_model *model;
    kithi_pool *pool;
    row *rows;
    size_t count; /* rows of the batch */
    size_t first; /* their place in the pool */
} loading;

static size_t aligned(size_t size) {
    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

/* One piece of the batch: its features go to one block of memory. */
static int make_piece(void *context, size_t index) {
    loading *l = context;
    kithi_pool *pool = l->pool;
    uint64_t room[KITHI_FEATURES_MAX_BYTES / sizeof(uint64_t)];
    kithi_features *features = (kithi_features *)(void *)room;
    size_t from = index * PIECE, to = from + PIECE < l->count ? from + PIECE : l->count;
    uint8_t *block = NULL;
    size_t size = 0, capacity = 0;
    for (size_t i = from; i < to; i++) {
        if (!kithi_features_make(l->model, l->rows[i].bytes, features)) {
            free(block);
            return KITH_CORRUPT;
        }
        size_t bytes = aligned(features->bytes);
        if (!KITHI_GROW(block, capacity, size + bytes)) {
            free(block);
            return KITH_NO_MEMORY;
        }
        memcpy(block + size, features, features->bytes);
        pool->marks[l->first + i] = size; /* where it is, until the block stands still */
        size += bytes;
    }
    uint8_t *fitted = realloc(block, size);
    block = fitted != NULL ? fitted : block;
    for (size_t i = from; i < to; i++) {
        size_t at = l->first + i;
        pool->items[at] = (const kithi_features *)(const void *)(block + pool->marks[at]);
        pool->records[at] = l->rows[i].record;
        pool->marks[at] = l->rows[i].mark;
    }
    pool->blocks[l->first / PIECE + index] = block;
    return KITH_OK;
}

static int make_room(kithi_pool *pool, size_t needed) {
    size_t blocks = needed / PIECE + 1;
    bool ok = KITHI_GROW(pool->items, pool->capacity, needed) &&
              KITHI_GROW(pool->records, pool->record_capacity, needed) &&
              KITHI_GROW(pool->marks, pool->mark_capacity, needed) &&
              KITHI_GROW(pool->blocks, pool->block_capacity, blocks);
    return ok ? KITH_OK : KITH_NO_MEMORY;
}

static int work_in(loading *l, unsigned threads) {
    kithi_pool *pool = l->pool;
    size_t pieces = (l->count + PIECE - 1) / PIECE;
    l->first = pool->count;
    int rc = make_room(pool, pool->count + l->count);
    if (rc != KITH_OK) {
        return rc;
    }
    memset(pool->blocks + l->first / PIECE, 0, pieces * sizeof *pool->blocks);
    pool->block_count = l->first / PIECE + pieces;
    rc = kithi_workers_run(threads, pieces, make_piece, l);
    pool->count += l->count;
    l->count = 0;
    return rc;
}

static int read_rows(kith_txn *txn, loading *l, unsigned threads, kith_progress_fn progress,
                     void *context) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, value;
    uint64_t total;
    int rc = kithi_count(txn, KITHI_TABLE_RECORD, &total);
    if (rc == KITH_OK) {
        rc = kithi_cursor_open(txn, KITHI_TABLE_RECORD, &cursor);
    }
    if (rc != KITH_OK) {
        return rc;
    }
    rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &value);
    while (rc == KITH_OK) {
        kithi_row_header header;
        uint32_t record = kithi_get32(key.data);
        if (!kithi_row_read_header(value, &header)) {
            rc = kithi_record_damaged(txn, record);
            break;
        }
        l->rows[l->count++] = (row){record, value, kithi_get64(header.id.bytes)};
        if (l->count == BATCH) {
            kith_progress at = {sizeof at, "features", l->pool->count, total, 0};
            rc = progress != NULL && progress(context, &at) != 0 ? KITH_INTERRUPTED
                                                                 : work_in(l, threads);
        }
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &value) : rc;
    }
    kithi_cursor_close(cursor);
    rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    return rc == KITH_OK && l->count > 0 ? work_in(l, threads) : rc;
}

int kithi_pool_load(kith_txn *txn, const kithi_model *model, unsigned threads,
                    kith_progress_fn progress, void *context, kithi_pool *out) {
    loading l = {.model = model, .pool = out};
    memset(out, 0, sizeof *out);
    l.rows = malloc(BATCH * sizeof *l.rows);
    int rc = l.rows != NULL ? read_rows(txn, &l, threads, progress, context) : KITH_NO_MEMORY;
    free(l.rows);
    if (rc != KITH_OK) {
        kithi_pool_clear(out);
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(txn)) : rc;
}

void kithi_pool_clear(kithi_pool *pool) {
    for (size_t i = 0; i < pool->block_count; i++) {
        free(pool->blocks[i]);
    }
    free(pool->items);
    free(pool->records);
    free(pool->marks);
    free(pool->blocks);
    memset(pool, 0, sizeof *pool);
}
