/*
 * Definitions on the fly: what a fact names and nobody defined gets defaults, so that a newcomer
 * configures nothing.
 */
#include <string.h>

#include "src/base/hash.h"
#include "src/store/catalog_build.h"
#include "src/store/definition.h"

#define DEFAULT_TRUST 50

static int check_room(kith_txn *txn, const char *what, const char *name, size_t count) {
    int rc = kithi_definition_check_name(txn, what, name);
    if (rc == KITH_OK && count >= KITHI_CATALOG_MAX) {
        rc = kithi_error_set(kithi_txn_error(txn), KITH_INVALID,
                             "no room to define %s '%.60s': a store has at most %d", what, name,
                             KITHI_CATALOG_MAX);
    }
    return rc == KITH_OK ? kithi_catalog_own(txn) : rc;
}

/* Adds to the transaction's own catalog what was just written to its row. */
static int add(kith_txn *txn, kithi_catalog_kind kind, uint16_t id, const char *name, void *item) {
    if (item == NULL || name == NULL || !kithi_catalog_add(txn->catalog, kind, id, name, item)) {
        return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
    }
    return KITH_OK;
}

static void *copy(kith_txn *txn, const void *item, size_t size) {
    void *made = kithi_arena_alloc(&txn->catalog->arena, size);
    if (made != NULL) {
        memcpy(made, item, size);
    }
    return made;
}

static const char *copy_name(kith_txn *txn, const char *name) {
    return kithi_arena_copy(&txn->catalog->arena, name, strlen(name));
}

kithi_defined kithi_define_begin(const kith_txn *txn) {
    return (kithi_defined){
        kithi_catalog_source_count(txn->catalog), kithi_catalog_attribute_count(txn->catalog),
        kithi_catalog_event_type_count(txn->catalog), kithi_catalog_property_count(txn->catalog)};
}

/* Takes back the definitions of a kind from an id on; the memory goes with the catalog. */
static int undo_kind(kith_txn *txn, kithi_catalog_kind kind, size_t count) {
    int rc = KITH_OK;
    const char *name;
    while (rc == KITH_OK && (name = kithi_catalog_drop_last(txn->catalog, kind, count)) != NULL) {
        rc = kithi_definition_delete(txn, kind, name);
    }
    return rc;
}

int kithi_define_undo(kith_txn *txn, const kithi_defined *before, int code) {
    const struct {
        kithi_catalog_kind kind;
        size_t count;
    } kinds[] = {
        {KITHI_CATALOG_SOURCE, before->sources},
        {KITHI_CATALOG_ATTRIBUTE, before->attributes},
        {KITHI_CATALOG_EVENT_TYPE, before->event_types},
        {KITHI_CATALOG_PROPERTY, before->properties},
    };
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < sizeof kinds / sizeof kinds[0]; i++) {
        rc = undo_kind(txn, kinds[i].kind, kinds[i].count);
    }
    return rc == KITH_OK ? code : rc;
}

int kithi_define_source(kith_txn *txn, const char *name, const kithi_source **out) {
    *out = kithi_catalog_find_source(txn->catalog, name);
    if (*out != NULL) {
        return KITH_OK;
    }
    int rc = check_room(txn, "a source", name, kithi_catalog_source_count(txn->catalog));
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_source source = {(uint16_t)kithi_catalog_source_count(txn->catalog), copy_name(txn, name),
                           DEFAULT_TRUST, KITHI_SOURCE_FIRST_PARTY, false};
    void *item = copy(txn, &source, sizeof source);
    rc = add(txn, KITHI_CATALOG_SOURCE, source.id, source.name, item);
    *out = item;
    return rc == KITH_OK ? kithi_definition_put_source(txn, &source) : rc;
}

int kithi_define_attribute(kith_txn *txn, const char *name, const kithi_attribute **out) {
    *out = kithi_catalog_find_attribute(txn->catalog, name);
    if (*out != NULL) {
        return KITH_OK;
    }
    int rc = check_room(txn, "an attribute", name, kithi_catalog_attribute_count(txn->catalog));
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_attribute attribute = {(uint16_t)kithi_catalog_attribute_count(txn->catalog),
                                 copy_name(txn, name),
                                 kithi_hash64(name, strlen(name), 0),
                                 KITH_TYPE_NULL,
                                 KITHI_SURVIVORSHIP_SOURCE_PRIORITY,
                                 NULL,
                                 false};
    void *item = copy(txn, &attribute, sizeof attribute);
    rc = add(txn, KITHI_CATALOG_ATTRIBUTE, attribute.id, attribute.name, item);
    *out = item;
    return rc == KITH_OK ? kithi_definition_put_attribute(txn, &attribute) : rc;
}

int kithi_define_event_type(kith_txn *txn, const char *name, const kithi_event_type **out) {
    *out = kithi_catalog_find_event_type(txn->catalog, name);
    if (*out != NULL) {
        return KITH_OK;
    }
    int rc = check_room(txn, "an event type", name, kithi_catalog_event_type_count(txn->catalog));
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_event_type type = {(uint16_t)kithi_catalog_event_type_count(txn->catalog),
                             copy_name(txn, name), false, 0, NULL};
    void *item = copy(txn, &type, sizeof type);
    rc = add(txn, KITHI_CATALOG_EVENT_TYPE, type.id, type.name, item);
    *out = item;
    return rc == KITH_OK ? kithi_definition_put_event_type(txn, &type) : rc;
}

int kithi_define_property(kith_txn *txn, const char *name, uint16_t *out) {
    int id = kithi_catalog_find_property(txn->catalog, name);
    if (id >= 0) {
        *out = (uint16_t)id;
        return KITH_OK;
    }
    int rc = check_room(txn, "a property", name, kithi_catalog_property_count(txn->catalog));
    if (rc != KITH_OK) {
        return rc;
    }
    kithi_property property = {(uint16_t)kithi_catalog_property_count(txn->catalog),
                               copy_name(txn, name)};
    void *item = copy(txn, &property, sizeof property);
    rc = add(txn, KITHI_CATALOG_PROPERTY, property.id, property.name, item);
    *out = property.id;
    return rc == KITH_OK ? kithi_definition_put_property(txn, name, property.id) : rc;
}
