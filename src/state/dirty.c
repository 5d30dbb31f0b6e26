#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/base/order.h"
#include "src/state/state.h"

static void chunk_key(uint8_t out[4], uint32_t profile) {
    kithi_put32(out, profile / KITHI_DIRTY_CHUNK_BITS);
}

static bool bit_of(const uint8_t *bits, uint32_t profile) {
    uint32_t at = profile % KITHI_DIRTY_CHUNK_BITS;
    return (bits[at / 8] >> (at % 8) & 1) != 0;
}

int kithi_dirty_get(kith_txn *txn, uint32_t profile, bool *out) {
    uint8_t key[4];
    uint64_t chunks;
    kithi_slice bits;
    *out = false;
    int rc = kithi_count(txn, KITHI_TABLE_DIRTY, &chunks);
    if (rc != KITH_OK || chunks == 0) {
        return rc;
    }
    chunk_key(key, profile);
    rc = kithi_get(txn, KITHI_TABLE_DIRTY, key, sizeof key, &bits);
    *out = rc == KITH_OK && bits.size == KITHI_DIRTY_CHUNK_BYTES && bit_of(bits.data, profile);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int add_bits(kith_txn *txn, uint32_t first, uint64_t *words) {
    uint8_t key[4];
    kithi_slice bits;
    chunk_key(key, first);
    int rc = kithi_get(txn, KITHI_TABLE_DIRTY, key, sizeof key, &bits);
    for (size_t i = 0; rc == KITH_OK && i < bits.size && i < KITHI_DIRTY_CHUNK_BYTES; i++) {
        words[i / 8] |= (uint64_t)bits.data[i] << 8 * (i % 8);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_dirty_chunk(kith_txn *txn, uint32_t chunk, kithi_chunk *out) {
    uint64_t rows;
    kithi_chunk_clear(out);
    int rc = kithi_count(txn, KITHI_TABLE_DIRTY, &rows);
    for (uint32_t at = 0; rc == KITH_OK && rows > 0 && at < KITHI_CHUNK_BITS;
         at += KITHI_DIRTY_CHUNK_BITS) {
        rc = add_bits(txn, chunk * KITHI_CHUNK_BITS + at, out->words + at / 64);
    }
    return rc;
}

static bool is_empty(const uint8_t *bits) {
    for (size_t i = 0; i < KITHI_DIRTY_CHUNK_BYTES; i++) {
        if (bits[i] != 0) {
            return false;
        }
    }
    return true;
}

/* Writes the bits of those profiles that are in one chunk. */
static int set_chunk(kith_txn *txn, const uint32_t *profiles, size_t count, bool dirty) {
    uint8_t key[4], bits[KITHI_DIRTY_CHUNK_BYTES] = {0};
    kithi_slice stored;
    bool changed = false;
    chunk_key(key, profiles[0]);
    int rc = kithi_get(txn, KITHI_TABLE_DIRTY, key, sizeof key, &stored);
    if (rc == KITH_OK && stored.size == sizeof bits) {
        memcpy(bits, stored.data, sizeof bits);
    } else if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t at = profiles[i] % KITHI_DIRTY_CHUNK_BITS;
        uint8_t mask = (uint8_t)(1u << (at % 8));
        changed = changed || ((bits[at / 8] & mask) != 0) != dirty;
        bits[at / 8] = (uint8_t)(dirty ? bits[at / 8] | mask : bits[at / 8] & ~mask);
    }
    if (!changed) {
        return KITH_OK;
    }
    return is_empty(bits) ? kithi_delete(txn, KITHI_TABLE_DIRTY, key, sizeof key)
                          : kithi_put(txn, KITHI_TABLE_DIRTY, key, sizeof key, bits, sizeof bits);
}

int kithi_dirty_set(kith_txn *txn, uint32_t *profiles, size_t count, bool dirty) {
    int rc = KITH_OK;
    if (count > 1) {
        qsort(profiles, count, sizeof *profiles, kithi_compare_u32);
    }
    for (size_t i = 0; rc == KITH_OK && i < count;) {
        size_t end = i + 1;
        while (end < count &&
               profiles[end] / KITHI_DIRTY_CHUNK_BITS == profiles[i] / KITHI_DIRTY_CHUNK_BITS) {
            end++;
        }
        rc = set_chunk(txn, profiles + i, end - i, dirty);
        i = end;
    }
    return rc;
}

int kithi_dirty_next(kith_txn *txn, uint64_t from, uint32_t *out) {
    kithi_cursor *cursor;
    uint8_t wanted[4];
    if (from > UINT32_MAX) {
        return KITH_NOT_FOUND;
    }
    chunk_key(wanted, (uint32_t)from);
    kithi_slice key = {wanted, sizeof wanted}, bits = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_DIRTY, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FROM, &key, &bits);
    }
    while (rc == KITH_OK && bits.size == KITHI_DIRTY_CHUNK_BYTES) {
        uint64_t first = (uint64_t)kithi_get32(key.data) * KITHI_DIRTY_CHUNK_BITS;
        for (uint64_t p = from > first ? from : first; p < first + KITHI_DIRTY_CHUNK_BITS; p++) {
            if (p % 8 == 0 && bits.data[p % KITHI_DIRTY_CHUNK_BITS / 8] == 0) {
                p += 7;
            } else if (bit_of(bits.data, (uint32_t)p)) {
                *out = (uint32_t)p;
                return KITH_OK;
            }
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &bits);
    }
    return rc == KITH_OK ? KITH_NOT_FOUND : rc;
}

int kithi_dirty_count(kith_txn *txn, uint64_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0}, bits = {NULL, 0};
    *out = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_DIRTY, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, &bits);
    }
    while (rc == KITH_OK) {
        for (size_t i = 0; i < bits.size; i++) {
            *out += (uint64_t)__builtin_popcount(bits.data[i]);
        }
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, &bits);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Only heads have rows, and who has none is dirty. */
int kithi_dirty_set_all(kith_txn *txn) {
    uint32_t *batch = malloc(KITHI_DIRTY_CHUNK_BITS * sizeof *batch);
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    size_t count = 0;
    int rc = batch != NULL ? kithi_cursor_of(txn, KITHI_TABLE_STATE, &cursor)
                           : kithi_error_memory(kithi_txn_error(txn));
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    while (rc == KITH_OK) {
        batch[count++] = kithi_get32(key.data);
        if (count == KITHI_DIRTY_CHUNK_BITS) {
            rc = kithi_dirty_set(txn, batch, count, true);
            count = 0;
        }
        rc = rc == KITH_OK ? kithi_cursor_seek(cursor, KITHI_SEEK_NEXT, &key, NULL) : rc;
    }
    if (rc == KITH_NOT_FOUND) {
        rc = kithi_dirty_set(txn, batch, count, true);
    }
    free(batch);
    return rc;
}
