/*
 * Inside of a catalog, for the files of src/store that build one from its rows.
 */
#ifndef KITHI_STORE_CATALOG_BUILD_H
#define KITHI_STORE_CATALOG_BUILD_H

#include <stdatomic.h>

#include "src/base/arena.h"
#include "src/base/map.h"
#include "src/store/catalog.h"

#define KITHI_CATALOG_LISTS 10 /* by kithi_catalog_kind */

typedef struct kithi_catalog_list {
    void **items; /* by id; each begins with its id and name */
    size_t count;
    size_t capacity;
} kithi_catalog_list;

typedef struct kithi_attachment {
    _Atomic(void *) item;
    void (*end)(void *item);
} kithi_attachment;

struct kithi_catalog {
    atomic_uint reference_count;
    uint64_t version;
    uint64_t revision; /* how often a definition was added to it or taken back */
    kithi_arena arena;
    kithi_catalog_list lists[KITHI_CATALOG_LISTS];
    kithi_map names;    /* hash of kind and name -> id */
    bool out_of_memory; /* why building it failed */
    const char *region;
    const char *time_zone;
    const char *const *sums;
    size_t sum_count;
    kithi_match_settings match;
    uint32_t model_version;
    kithi_attachment *attachments; /* have memory to themselves: a catalog that is read is const */
};

/* A property, as it stands in its list. */
typedef struct kithi_property {
    uint16_t id;
    const char *name;
} kithi_property;

kithi_catalog *kithi_catalog_new(uint64_t version);
/* Places an item, which lives in the catalog's arena, under its id and name. False: out of memory.
 */
bool kithi_catalog_add(kithi_catalog *catalog, kithi_catalog_kind kind, uint16_t id,
                       const char *name, void *item);
/* Drops the last item of a kind if there are more than `count`, and says its name; else NULL. */
const char *kithi_catalog_drop_last(kithi_catalog *catalog, kithi_catalog_kind kind, size_t count);
void kithi_catalog_acquire(kithi_catalog *catalog);
void kithi_catalog_release(kithi_catalog *catalog);

#endif
