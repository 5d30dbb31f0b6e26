#include "src/store/catalog_build.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/base/hash.h"

static const char *const normaliser_names[] = {"exact", "id", "email", "phone", "name"};
static const char *const survivorship_names[] = {
    "latest", "earliest", "most_frequent", "source_priority", "longest", "min", "max", "union"};
static const char *const source_kind_names[] = {NULL, "first_party", "second_party", "third_party"};
static const char *const type_names[] = {"any",  "boolean", "integer", "real",
                                         "text", "date",    "time"};

const char *const kithi_match_kinds[] = {"text", "category", "date",  "number",
                                         "code", "email",    "phone", NULL};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static const char *name_of(const char *const *names, int count, int value) {
    return value >= 0 && value < count ? names[value] : NULL;
}

static int value_of(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (names[i] != NULL && strcmp(names[i], name) == 0) {
            return i;
        }
    }
    return -1;
}

const char *kithi_normaliser_name(kithi_normaliser normaliser) {
    return name_of(normaliser_names, COUNT(normaliser_names), (int)normaliser);
}
const char *kithi_survivorship_name(kithi_survivorship survivorship) {
    return name_of(survivorship_names, COUNT(survivorship_names), (int)survivorship);
}
const char *kithi_source_kind_name(kithi_source_kind kind) {
    return name_of(source_kind_names, COUNT(source_kind_names), (int)kind);
}
const char *kithi_type_name(kith_type type) {
    return name_of(type_names, COUNT(type_names), (int)type);
}
int kithi_normaliser_of(const char *name) {
    return value_of(normaliser_names, COUNT(normaliser_names), name);
}
int kithi_survivorship_of(const char *name) {
    return value_of(survivorship_names, COUNT(survivorship_names), name);
}
int kithi_source_kind_of(const char *name) {
    return value_of(source_kind_names, COUNT(source_kind_names), name);
}
int kithi_type_of(const char *name) {
    return value_of(type_names, COUNT(type_names), name);
}

kithi_catalog *kithi_catalog_new(uint64_t version) {
    kithi_catalog *catalog = calloc(1, sizeof *catalog);
    kithi_attachment *attachments = calloc(KITHI_ATTACHMENTS, sizeof *attachments);
    if (catalog == NULL || attachments == NULL) {
        free(catalog);
        free(attachments);
        return NULL;
    }
    atomic_init(&catalog->reference_count, 1);
    for (int place = 0; place < KITHI_ATTACHMENTS; place++) {
        atomic_init(&attachments[place].item, NULL);
    }
    catalog->version = version;
    catalog->region = "auto";
    catalog->time_zone = "UTC";
    catalog->match = (kithi_match_settings){.link_at = KITHI_MATCH_UNSET,
                                            .review_at = KITHI_MATCH_UNSET,
                                            .block_cap = KITHI_MATCH_UNSET,
                                            .cohesion = KITHI_MATCH_UNSET};
    catalog->attachments = attachments;
    kithi_arena_init(&catalog->arena);
    kithi_map_init(&catalog->names);
    return catalog;
}

void kithi_catalog_acquire(kithi_catalog *catalog) {
    atomic_fetch_add_explicit(&catalog->reference_count, 1, memory_order_relaxed);
}

void kithi_catalog_release(kithi_catalog *catalog) {
    if (catalog == NULL || atomic_fetch_sub(&catalog->reference_count, 1) != 1) {
        return;
    }
    for (int i = 0; i < KITHI_CATALOG_LISTS; i++) {
        free(catalog->lists[i].items);
    }
    for (int place = 0; place < KITHI_ATTACHMENTS; place++) {
        kithi_catalog_detach(catalog, (kithi_attachment_place)place);
    }
    free(catalog->attachments);
    kithi_map_clear(&catalog->names);
    kithi_arena_clear(&catalog->arena);
    free(catalog);
}

uint32_t kithi_catalog_model(const kithi_catalog *catalog) {
    return catalog->model_version;
}

void *kithi_catalog_attached(const kithi_catalog *catalog, kithi_attachment_place place) {
    return atomic_load(&catalog->attachments[place].item);
}

void *kithi_catalog_attach(const kithi_catalog *catalog, kithi_attachment_place place, void *item,
                           void (*end)(void *item)) {
    kithi_attachment *attachment = &catalog->attachments[place];
    void *none = NULL;
    if (atomic_compare_exchange_strong(&attachment->item, &none, item)) {
        attachment->end = end; /* one thread comes here, and it holds the catalog */
        return item;
    }
    end(item);
    return none;
}

uint64_t kithi_catalog_revision(const kithi_catalog *catalog) {
    return catalog->revision;
}

void kithi_catalog_detach(const kithi_catalog *catalog, kithi_attachment_place place) {
    kithi_attachment *attachment = &catalog->attachments[place];
    void *item = atomic_exchange(&attachment->item, NULL);
    if (item != NULL) {
        attachment->end(item);
    }
}

static uint64_t name_key(kithi_catalog_kind kind, const char *name) {
    return kithi_hash64(name, strlen(name), (uint64_t)kind);
}

bool kithi_catalog_add(kithi_catalog *catalog, kithi_catalog_kind kind, uint16_t id,
                       const char *name, void *item) {
    kithi_catalog_list *list = &catalog->lists[kind];
    size_t before = list->capacity;
    if (!KITHI_GROW(list->items, list->capacity, (size_t)id + 1)) {
        return false;
    }
    if (list->capacity > before) {
        memset(list->items + before, 0, (list->capacity - before) * sizeof *list->items);
    }
    uint64_t *slot = kithi_map_put(&catalog->names, name_key(kind, name), id, NULL);
    if (slot == NULL) {
        return false;
    }
    *slot = id;
    catalog->revision++;
    list->items[id] = item;
    if (id >= list->count) {
        list->count = (size_t)id + 1;
    }
    return true;
}

static void *item_at(const kithi_catalog *catalog, kithi_catalog_kind kind, size_t id) {
    const kithi_catalog_list *list = &catalog->lists[kind];
    return id < list->count ? list->items[id] : NULL;
}

/* Every item begins with its id and name. */
typedef struct item_head {
    uint16_t id;
    const char *name;
} item_head;

const char *kithi_catalog_drop_last(kithi_catalog *catalog, kithi_catalog_kind kind, size_t count) {
    kithi_catalog_list *list = &catalog->lists[kind];
    if (list->count <= count) {
        return NULL;
    }
    const item_head *head = list->items[--list->count];
    catalog->revision++;
    list->items[list->count] = NULL; /* `names` may go on to say its id: find() looks */
    return head->name;
}

static void *find(const kithi_catalog *catalog, kithi_catalog_kind kind, const char *name) {
    const uint64_t *id = kithi_map_get(&catalog->names, name_key(kind, name));
    if (id == NULL) {
        return NULL;
    }
    item_head *head = item_at(catalog, kind, (size_t)*id);
    if (head != NULL && strcmp(head->name, name) == 0) {
        return head;
    }
    for (size_t i = 0; i < catalog->lists[kind].count; i++) { /* two names with one hash */
        head = item_at(catalog, kind, i);
        if (head != NULL && strcmp(head->name, name) == 0) {
            return head;
        }
    }
    return NULL;
}

const kithi_source *kithi_catalog_source(const kithi_catalog *catalog, uint16_t id) {
    return item_at(catalog, KITHI_CATALOG_SOURCE, id);
}
const kithi_attribute *kithi_catalog_attribute(const kithi_catalog *catalog, uint16_t id) {
    return item_at(catalog, KITHI_CATALOG_ATTRIBUTE, id);
}
const kithi_event_type *kithi_catalog_event_type(const kithi_catalog *catalog, uint16_t id) {
    return item_at(catalog, KITHI_CATALOG_EVENT_TYPE, id);
}
const char *kithi_catalog_property(const kithi_catalog *catalog, uint16_t id) {
    const item_head *head = item_at(catalog, KITHI_CATALOG_PROPERTY, id);
    return head != NULL ? head->name : NULL;
}
const kithi_source *kithi_catalog_find_source(const kithi_catalog *catalog, const char *name) {
    return find(catalog, KITHI_CATALOG_SOURCE, name);
}
const kithi_attribute *kithi_catalog_find_attribute(const kithi_catalog *catalog,
                                                    const char *name) {
    return find(catalog, KITHI_CATALOG_ATTRIBUTE, name);
}
const kithi_event_type *kithi_catalog_find_event_type(const kithi_catalog *catalog,
                                                      const char *name) {
    return find(catalog, KITHI_CATALOG_EVENT_TYPE, name);
}
int kithi_catalog_find_property(const kithi_catalog *catalog, const char *name) {
    const item_head *head = find(catalog, KITHI_CATALOG_PROPERTY, name);
    return head != NULL ? head->id : -1;
}
const kithi_formula *kithi_catalog_formula(const kithi_catalog *catalog, kithi_catalog_kind kind,
                                           uint16_t id) {
    return item_at(catalog, kind, id);
}
const kithi_formula *kithi_catalog_find_formula(const kithi_catalog *catalog,
                                                kithi_catalog_kind kind, const char *name) {
    return find(catalog, kind, name);
}
size_t kithi_catalog_formula_count(const kithi_catalog *catalog, kithi_catalog_kind kind) {
    return catalog->lists[kind].count;
}
size_t kithi_catalog_source_count(const kithi_catalog *catalog) {
    return catalog->lists[KITHI_CATALOG_SOURCE].count;
}
size_t kithi_catalog_attribute_count(const kithi_catalog *catalog) {
    return catalog->lists[KITHI_CATALOG_ATTRIBUTE].count;
}
size_t kithi_catalog_event_type_count(const kithi_catalog *catalog) {
    return catalog->lists[KITHI_CATALOG_EVENT_TYPE].count;
}
size_t kithi_catalog_property_count(const kithi_catalog *catalog) {
    return catalog->lists[KITHI_CATALOG_PROPERTY].count;
}
const char *kithi_catalog_region(const kithi_catalog *catalog) {
    return catalog->region;
}
const char *kithi_catalog_time_zone(const kithi_catalog *catalog) {
    return catalog->time_zone;
}
const kithi_match_settings *kithi_catalog_match(const kithi_catalog *catalog) {
    return &catalog->match;
}
size_t kithi_catalog_default_sums(const kithi_catalog *catalog, const char *const **out_names) {
    *out_names = catalog->sums;
    return catalog->sum_count;
}

bool kithi_catalog_sums(const kithi_catalog *catalog, const kithi_event_type *type,
                        uint16_t property) {
    const char *name = kithi_catalog_property(catalog, property);
    const char *const *sums = type->declares_sums ? type->sums : catalog->sums;
    size_t count = type->declares_sums ? type->sum_count : catalog->sum_count;
    for (size_t i = 0; name != NULL && i < count; i++) {
        if (strcmp(sums[i], name) == 0) {
            return true;
        }
    }
    return false;
}
