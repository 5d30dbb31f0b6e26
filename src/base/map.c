#include "src/base/map.h"

#include <stdlib.h>
#include <string.h>

#define MAP_FIRST_SLOTS 64

void kithi_map_init(kithi_map *map) {
    *map = (kithi_map){NULL, 0, 0};
}

void kithi_map_clear(kithi_map *map) {
    free(map->slots);
    kithi_map_init(map);
}

void kithi_map_reset(kithi_map *map) {
    if (map->count > 0) {
        memset(map->slots, 0, map->capacity * sizeof *map->slots);
        map->count = 0;
    }
}

/* The finaliser of splitmix64: spreads dense keys over the table. */
static uint64_t spread(uint64_t key) {
    key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9u;
    key = (key ^ (key >> 27)) * 0x94D049BB133111EBu;
    return key ^ (key >> 31);
}

static kithi_map_slot *find(const kithi_map *map, uint64_t key) {
    size_t mask = map->capacity - 1;
    size_t at = spread(key) & mask;
    while (map->slots[at].used && map->slots[at].key != key) {
        at = (at + 1) & mask;
    }
    return &map->slots[at];
}

static bool grow(kithi_map *map) {
    kithi_map larger = {NULL, map->capacity ? map->capacity * 2 : MAP_FIRST_SLOTS, map->count};
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (larger.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].used) {
            *find(&larger, map->slots[i].key) = map->slots[i];
        }
    }
    free(map->slots);
    *map = larger;
    return true;
}

uint64_t *kithi_map_get(const kithi_map *map, uint64_t key) {
    if (map->count == 0) {
        return NULL;
    }
    kithi_map_slot *slot = find(map, key);
    return slot->used ? &slot->value : NULL;
}

uint64_t *kithi_map_put(kithi_map *map, uint64_t key, uint64_t value, bool *out_added) {
    if (map->count * 4 >= map->capacity * 3 && !grow(map)) {
        return NULL;
    }
    kithi_map_slot *slot = find(map, key);
    bool added = !slot->used;
    if (added) {
        *slot = (kithi_map_slot){key, value, true};
        map->count++;
    }
    if (out_added != NULL) {
        *out_added = added;
    }
    return &slot->value;
}
