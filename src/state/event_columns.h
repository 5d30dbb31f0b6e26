/*
 * Columns of events: of each type and each chunk of profiles, in blocks of up to 32 Ki events.
 *
 * A block has when each event happened, ascending; whose it is, as a place in the chunk; and each
 * property that an event of the block has. The blocks of a profile, and its events in each of them,
 * stand in the one order of events. So a window is a range of each block, and going over blocks and
 * ranges meets the events of each profile in their order.
 *
 * When some profiles of a chunk changed, all their events are struck out of the blocks, and stand
 * anew in blocks behind them: that costs what these have, not what the chunk has.
 */
#ifndef KITHI_STATE_EVENT_COLUMNS_H
#define KITHI_STATE_EVENT_COLUMNS_H

#include "src/segment/executor.h"
#include "src/state/column_row.h"
#include "src/state/members.h"

#define KITHI_EVENT_BLOCK_MAX 32768u

/* Which block. */
typedef struct kithi_event_place {
    uint16_t type;
    uint32_t chunk, block; /* blocks are numbered from 0 on */
} kithi_event_place;

typedef struct kithi_event_block {
    kithi_column times, places;
    uint32_t count;
} kithi_event_block;

/* KITH_OK; KITH_NOT_FOUND: there is none of that number, nor of a greater one. */
int kithi_event_block_get(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                          kithi_event_block *out);
/* KITH_NOT_FOUND: no event of the block has the property. */
int kithi_event_block_property(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                               uint16_t property, kithi_column *out);

/* The first property from *property on that an event of the block has. KITH_NOT_FOUND. */
int kithi_event_block_next(kith_txn *txn, kithi_arena *arena, const kithi_event_place *at,
                           uint32_t *property, kithi_column *out);

/* The events of a block that are struck out, by their places in it. */
int kithi_event_block_struck(kith_txn *txn, const kithi_event_place *at, kithi_chunk *out);

static inline uint16_t kithi_event_block_whose(const kithi_event_block *block, uint32_t event) {
    return (uint16_t)kithi_column_number(&block->places, event);
}

/* Making those of a chunk. */
typedef struct kithi_event_columns {
    kith_txn *txn;
    kithi_executor *executor;
    uint32_t chunk;
    struct kithi_event_waiting *waiting; /* by type: events of no block yet */
    size_t type_count;
    kithi_column_maker *makers; /* by property, for the block at hand; without places: not in it */
    size_t property_count;
    kithi_buffer room;
} kithi_event_columns;

/* Of all profiles of a chunk: deletes the blocks that are there. Of some of them: strikes theirs
 * out. `profiles` NULL: all. */
int kithi_event_columns_begin(kithi_event_columns *making, kith_txn *txn, uint32_t chunk,
                              const kithi_chunk *profiles);
/* Takes in the events of a profile of the chunk, whose row it is. */
int kithi_event_columns_take(kithi_event_columns *making, uint32_t profile, kithi_slice row);
/* Writes what waits. */
int kithi_event_columns_put(kithi_event_columns *making);
/* Also where it could not begin. */
void kithi_event_columns_clear(kithi_event_columns *making);

/* For verify: counts the profiles of whom the columns of a chunk say something else than their
 * facts. */
int kithi_event_columns_compare(kith_txn *txn, uint32_t chunk, const kithi_chunk *sure,
                                uint64_t *wrong);

#endif
