/*
 * Striking events out of their blocks: those of profiles that say something else now. What they say
 * stands in later blocks then.
 */
#include "src/bitmap/chunk.h"
#include "src/state/event_columns.h"
#include "src/state/event_part.h"

int kithi_event_block_struck(kith_txn *txn, const kithi_event_place *at, kithi_chunk *out) {
    uint8_t key[KITHI_EVENT_PART_KEY_BYTES];
    kithi_chunk_view view;
    kithi_slice row, at_key = kithi_event_part_key(key, at, KITHI_EVENT_PART_STRUCK);
    kithi_chunk_clear(out);
    int rc = kithi_get(txn, KITHI_TABLE_COLUMN, at_key.data, at_key.size, &row);
    if (rc == KITH_OK && !kithi_chunk_read(row.data, row.size, &view)) {
        return kithi_event_block_damaged(txn);
    }
    if (rc == KITH_OK) {
        kithi_chunk_unpack(&view, out);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int put_struck(kith_txn *txn, const kithi_event_place *at, const kithi_chunk *struck) {
    uint8_t key[KITHI_EVENT_PART_KEY_BYTES], row[KITHI_CHUNK_PACKED_MAX];
    kithi_slice at_key = kithi_event_part_key(key, at, KITHI_EVENT_PART_STRUCK);
    size_t size = kithi_chunk_pack(struck, row);
    return kithi_put(txn, KITHI_TABLE_COLUMN, at_key.data, at_key.size, row, size);
}

static int strike_block(kith_txn *txn, const kithi_event_place *at, const kithi_event_block *block,
                        const kithi_chunk *profiles) {
    kithi_chunk struck;
    bool any = false;
    int rc = kithi_event_block_struck(txn, at, &struck);
    for (uint32_t i = 0; rc == KITH_OK && i < block->count; i++) {
        if (kithi_chunk_has(profiles, kithi_event_block_whose(block, i))) {
            kithi_chunk_put(&struck, (uint16_t)i);
            any = true;
        }
    }
    return rc == KITH_OK && any ? put_struck(txn, at, &struck) : rc;
}

int kithi_event_blocks_strike(kith_txn *txn, uint16_t type, uint32_t chunk,
                              const kithi_chunk *profiles, uint32_t *out_count) {
    kithi_event_place at = {type, chunk, 0};
    kithi_event_block block;
    kithi_arena arena;
    int rc;
    kithi_arena_init(&arena);
    while ((rc = kithi_event_block_get(txn, &arena, &at, &block)) == KITH_OK) {
        rc = strike_block(txn, &at, &block, profiles);
        if (rc != KITH_OK) {
            break;
        }
        at.block++;
        kithi_arena_reset(&arena);
    }
    kithi_arena_clear(&arena);
    *out_count = at.block;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
