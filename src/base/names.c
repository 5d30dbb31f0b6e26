#include "src/base/names.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"

void kithi_names_init(kithi_names *names) {
    names->items = NULL;
    names->count = names->capacity = 0;
    kithi_arena_init(&names->arena);
    kithi_map_init(&names->places);
}

void kithi_names_reset(kithi_names *names) {
    names->count = 0;
    kithi_arena_reset(&names->arena);
    kithi_map_reset(&names->places);
}

void kithi_names_clear(kithi_names *names) {
    free(names->items);
    kithi_arena_clear(&names->arena);
    kithi_map_clear(&names->places);
    kithi_names_init(names);
}

static bool add(kithi_names *names, uint64_t place, const char *text, size_t size) {
    const char *copy = kithi_arena_copy(&names->arena, text, size);
    if (copy == NULL || !KITHI_GROW(names->items, names->capacity, names->count + 1) ||
        kithi_map_put(&names->places, place, names->count, NULL) == NULL) {
        return false;
    }
    names->items[names->count++] = copy;
    return true;
}

bool kithi_names_number(kithi_names *names, const char *text, uint32_t *out) {
    size_t size = strlen(text);
    uint64_t place = kithi_hash_kept(kithi_hash64(text, size, 0));
    const uint64_t *found;
    while ((found = kithi_map_get(&names->places, place)) != NULL &&
           strcmp(names->items[*found], text) != 0) {
        place++; /* two texts of one hash */
    }
    *out = found != NULL ? (uint32_t)*found : (uint32_t)names->count;
    return found != NULL || add(names, place, text, size);
}
