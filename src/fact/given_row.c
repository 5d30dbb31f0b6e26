#include "src/fact/given_row.h"

#include <stdlib.h>

#include "src/base/grow.h"
#include "src/fact/coerce.h"
#include "src/store/suggest.h"

typedef struct given {
    kith_txn *txn;
    kithi_row_value *values; /* until all are packed, `packed` holds an offset */
    size_t count, capacity;
    kithi_buffer packed;
} given;

static int no_memory(given *g) {
    return kithi_error_memory(kithi_txn_error(g->txn));
}

static int take_value(given *g, const kithi_attribute *attribute, const kith_value *value) {
    size_t start = g->packed.size;
    kithi_coerced what;
    int rc = kithi_coerce(g->txn, attribute, value, &g->packed, &what);
    if (rc != KITH_OK || !what.any) {
        return rc;
    }
    if (!kithi_buffer_ok(&g->packed) || !KITHI_GROW(g->values, g->capacity, g->count + 1)) {
        return no_memory(g);
    }
    g->values[g->count++] = (kithi_row_value){.attribute = attribute->id,
                                              .status = what.status,
                                              .version = KITHI_VERSION_NONE,
                                              .packed = (const uint8_t *)start,
                                              .packed_size = g->packed.size - start};
    return KITH_OK;
}

static int unknown(given *g, const char *name) {
    const kithi_catalog *catalog = kithi_txn_catalog(g->txn);
    kithi_suggestion near = kithi_suggestion_of(name);
    for (size_t id = 0; id < kithi_catalog_attribute_count(catalog); id++) {
        kithi_suggestion_offer(&near, kithi_catalog_attribute(catalog, (uint16_t)id)->name);
    }
    return kithi_error_set(kithi_txn_error(g->txn), KITH_INVALID,
                           "the store has no attribute '%.60s'%s%.60s%s", name,
                           near.name != NULL ? "; did you mean '" : "",
                           near.name != NULL ? near.name : "", near.name != NULL ? "'?" : "");
}

static int take_field(given *g, const kith_field *field) {
    const kithi_attribute *attribute =
        field->name != NULL ? kithi_catalog_find_attribute(kithi_txn_catalog(g->txn), field->name)
                            : NULL;
    int rc = KITH_OK;
    if (attribute == NULL) {
        return unknown(g, field->name != NULL ? field->name : "");
    }
    if (!kithi_is_values(&field->value)) {
        return take_value(g, attribute, &field->value);
    }
    for (size_t i = 0; rc == KITH_OK && i < field->value.as.list.count; i++) {
        rc = take_value(g, attribute, &field->value.as.list.items[i]);
    }
    return rc;
}

static void write_row(given *g, kithi_buffer *out) {
    static const kithi_row_header nobody = {
        .first_seen_us = INT64_MAX, .at_us = INT64_MIN, .floor = {INT64_MIN, 0}, .key = ""};
    for (size_t i = 0; i < g->count; i++) {
        g->values[i].packed = g->packed.data + (size_t)g->values[i].packed;
    }
    if (g->count > 1) {
        qsort(g->values, g->count, sizeof *g->values, kithi_row_value_compare);
    }
    kithi_row_write(out, &nobody, g->values, g->count);
}

int kithi_given_row(kith_txn *txn, const kith_field *fields, size_t count, kithi_buffer *out) {
    given g = {.txn = txn};
    int rc = KITH_OK;
    kithi_buffer_init(&g.packed);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = take_field(&g, &fields[i]);
    }
    if (rc == KITH_OK) {
        write_row(&g, out);
        rc = kithi_buffer_ok(out) ? KITH_OK : no_memory(&g);
    }
    free(g.values);
    kithi_buffer_clear(&g.packed);
    return rc;
}
