#include "src/segment/zones.h"

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/grow.h"
#include "src/store/txn.h"

struct kithi_known_zone {
    kithi_zone *zone; /* NULL: there is none of this name */
    bool known;       /* it was looked for */
};

void kithi_zones_init(kithi_zones *zones) {
    *zones = (kithi_zones){.count = 0};
    kithi_names_init(&zones->names);
}

void kithi_zones_clear(kithi_zones *zones) {
    for (size_t i = 0; i < zones->count; i++) {
        kithi_zone_free(zones->items[i].zone);
    }
    free(zones->items);
    kithi_names_clear(&zones->names);
    kithi_zones_init(zones);
}

/* The place of a name; NULL: memory is out. */
static struct kithi_known_zone *place_of(kithi_zones *zones, const char *name) {
    uint32_t number;
    if (!kithi_names_number(&zones->names, name, &number) ||
        !KITHI_GROW(zones->items, zones->capacity, zones->names.count)) {
        return NULL;
    }
    while (zones->count < zones->names.count) {
        zones->items[zones->count++] = (struct kithi_known_zone){NULL, false};
    }
    return &zones->items[number];
}

static int look_for(const char *name, struct kithi_known_zone *out) {
    int rc = kithi_zone_load(name, &out->zone);
    out->known = rc != KITH_NO_MEMORY && rc != KITH_IO;
    return out->known ? KITH_OK : rc;
}

static int find(kithi_zones *zones, const char *name, size_t size, const kithi_zone *otherwise,
                const kithi_zone **out) {
    char text[KITHI_ZONE_NAME_MAX + 1];
    *out = otherwise;
    if (size > KITHI_ZONE_NAME_MAX || memchr(name, '\0', size) != NULL) {
        return KITH_OK;
    }
    memcpy(text, name, size);
    text[size] = '\0';
    struct kithi_known_zone *found = place_of(zones, text);
    if (found == NULL) {
        return KITH_NO_MEMORY;
    }
    int rc = found->known ? KITH_OK : look_for(text, found);
    if (rc == KITH_OK && found->zone != NULL) {
        *out = found->zone;
    }
    return rc;
}

int kithi_zones_take(kithi_zones *zones, kith_txn *txn, const char *name, size_t size,
                     const kithi_zone *otherwise, const kithi_zone **out) {
    int rc = find(zones, name, size, otherwise, out);
    if (rc == KITH_IO) {
        kithi_error_set(kithi_txn_error(txn), KITH_IO,
                        "the system's file of the time zone '%.*s' can't be read",
                        (int)(size < KITHI_ZONE_NAME_MAX ? size : KITHI_ZONE_NAME_MAX), name);
    }
    return rc == KITH_NO_MEMORY ? kithi_error_memory(kithi_txn_error(txn)) : rc;
}

int kithi_zones_of_store(kithi_zones *zones, kith_txn *txn, const kithi_zone **out) {
    const char *name = kithi_catalog_time_zone(kithi_txn_catalog(txn));
    const kithi_zone *utc;
    int rc = kithi_zones_take(zones, txn, "UTC", 3, NULL, &utc);
    return rc == KITH_OK ? kithi_zones_take(zones, txn, name, strlen(name), utc, out) : rc;
}
