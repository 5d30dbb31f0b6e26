/*
 * A hash map from 64-bit keys to 64-bit values, open addressing. For the working sets of a
 * transaction.
 */
#ifndef KITHI_BASE_MAP_H
#define KITHI_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct kithi_map_slot {
    uint64_t key;
    uint64_t value;
    bool used;
} kithi_map_slot;

typedef struct kithi_map {
    kithi_map_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
} kithi_map;

void kithi_map_init(kithi_map *map);
void kithi_map_clear(kithi_map *map);
/* Forgets the entries, keeps the memory. */
void kithi_map_reset(kithi_map *map);
/* The value of `key`, or NULL. Valid until the next put. */
uint64_t *kithi_map_get(const kithi_map *map, uint64_t key);
/* The value of `key`, made (as `value`) where there was none; NULL when memory is out. */
uint64_t *kithi_map_put(kithi_map *map, uint64_t key, uint64_t value, bool *out_added);

#endif
