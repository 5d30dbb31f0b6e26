/*
 * Inside of columns of events: the keys of their rows, a row for each part of a block.
 */
#ifndef KITHI_STATE_EVENT_PART_H
#define KITHI_STATE_EVENT_PART_H

#include "src/state/event_columns.h"

#define KITHI_EVENT_PART_KEY_BYTES 13
#define KITHI_EVENT_PART_TIMES     0
#define KITHI_EVENT_PART_PLACES    1
/* A set of places in the block; no row: none is struck out. */
#define KITHI_EVENT_PART_STRUCK    2
/* And the number of the property more. */
#define KITHI_EVENT_PART_PROPERTY  3

kithi_slice kithi_event_part_key(uint8_t key[KITHI_EVENT_PART_KEY_BYTES],
                                 const kithi_event_place *at, uint32_t part);
/* Says it. KITH_CORRUPT. */
int kithi_event_block_damaged(kith_txn *txn);

/* Strikes out the events of some profiles of a chunk in all blocks of a type, and counts these. */
int kithi_event_blocks_strike(kith_txn *txn, uint16_t type, uint32_t chunk,
                              const kithi_chunk *profiles, uint32_t *out_count);

#endif
