#include "src/segment/zones.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"

#define NAME_MAX_BYTES 64

struct kithi_named_zone {
    char name[NAME_MAX_BYTES + 1];
    kithi_zone *zone; /* NULL: there is none of this name */
};

void kithi_zones_init(kithi_zones *zones) {
    *zones = (kithi_zones){NULL, 0, 0};
}

void kithi_zones_clear(kithi_zones *zones) {
    for (size_t i = 0; i < zones->count; i++) {
        kithi_zone_free(zones->items[i].zone);
    }
    free(zones->items);
    kithi_zones_init(zones);
}

static const struct kithi_named_zone *find(const kithi_zones *zones, const char *name) {
    for (size_t i = 0; i < zones->count; i++) {
        if (strcmp(zones->items[i].name, name) == 0) {
            return &zones->items[i];
        }
    }
    return NULL;
}

static const struct kithi_named_zone *add(kithi_zones *zones, const char *name) {
    kithi_zone *zone = NULL;
    if (!KITHI_GROW(zones->items, zones->capacity, zones->count + 1) ||
        kithi_zone_load(name, &zone) == KITH_NO_MEMORY) {
        return NULL;
    }
    struct kithi_named_zone *added = &zones->items[zones->count++];
    strcpy(added->name, name);
    added->zone = zone;
    return added;
}

const kithi_zone *kithi_zones_find(kithi_zones *zones, const char *name, size_t size,
                                   const kithi_zone *otherwise) {
    char text[NAME_MAX_BYTES + 1];
    if (size > NAME_MAX_BYTES || memchr(name, '\0', size) != NULL) {
        return otherwise;
    }
    memcpy(text, name, size);
    text[size] = '\0';
    const struct kithi_named_zone *found = find(zones, text);
    found = found != NULL ? found : add(zones, text);
    return found == NULL ? NULL : found->zone != NULL ? found->zone : otherwise;
}
