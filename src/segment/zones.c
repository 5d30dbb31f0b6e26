#include "src/segment/zones.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"
#include "src/store/txn.h"

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

static int add(kithi_zones *zones, const char *name, const struct kithi_named_zone **out) {
    kithi_zone *zone = NULL;
    if (!KITHI_GROW(zones->items, zones->capacity, zones->count + 1)) {
        return KITH_NO_MEMORY;
    }
    int rc = kithi_zone_load(name, &zone);
    if (rc == KITH_NO_MEMORY || rc == KITH_IO) {
        return rc;
    }
    struct kithi_named_zone *added = &zones->items[zones->count++];
    strcpy(added->name, name);
    added->zone = zone;
    *out = added;
    return KITH_OK;
}

int kithi_zones_find(kithi_zones *zones, const char *name, size_t size, const kithi_zone *otherwise,
                     const kithi_zone **out) {
    char text[NAME_MAX_BYTES + 1];
    *out = otherwise;
    if (size > NAME_MAX_BYTES || memchr(name, '\0', size) != NULL) {
        return KITH_OK;
    }
    memcpy(text, name, size);
    text[size] = '\0';
    const struct kithi_named_zone *found = find(zones, text);
    int rc = found != NULL ? KITH_OK : add(zones, text, &found);
    if (rc == KITH_OK && found->zone != NULL) {
        *out = found->zone;
    }
    return rc;
}

int kithi_zones_take(kithi_zones *zones, kith_txn *txn, const char *name, size_t size,
                     const kithi_zone *otherwise, const kithi_zone **out) {
    int rc = kithi_zones_find(zones, name, size, otherwise, out);
    if (rc == KITH_IO) {
        kithi_error_set(kithi_txn_error(txn), KITH_IO,
                        "the system's file of the time zone '%.*s' can't be read",
                        (int)(size < NAME_MAX_BYTES ? size : NAME_MAX_BYTES), name);
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(txn)) : rc;
}

int kithi_zones_of_store(kithi_zones *zones, kith_txn *txn, const kithi_zone **out) {
    const char *name = kithi_catalog_time_zone(kithi_txn_catalog(txn));
    const kithi_zone *utc;
    int rc = kithi_zones_take(zones, txn, "UTC", 3, NULL, &utc);
    return rc == KITH_OK ? kithi_zones_take(zones, txn, name, strlen(name), utc, out) : rc;
}
