/*
 * From what a transaction changed to the records to start from: the identifier table follows the
 * records, and of each value that was touched it is asked whether it came to be shared or generic.
 */
#include "src/base/grow.h"
#include "src/identity/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/holders.h"
#include "src/identity/generic.h"

int kithi_resolver_add_seed(kithi_resolver *r, uint32_t record) {
    bool added;
    if (kithi_map_put(&r->seeds, record, KITHI_SEED_NEW, &added) == NULL) {
        return kithi_resolver_no_memory(r->txn);
    }
    return added ? kithi_resolver_list_add(r->txn, &r->order, &r->count, &r->capacity, record)
                 : KITH_OK;
}

static int seed_value_records(kithi_resolver *r, uint64_t hash) {
    kithi_holders holders;
    uint32_t record;
    int rc = kithi_holders_first(r->txn, hash, &holders, &record);
    while (rc == KITH_OK) {
        rc = kithi_resolver_add_seed(r, record);
        rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* One record that links by the value leads to all that do. */
static int seed_representative(kithi_resolver *r, const kithi_attribute *type, const char *text,
                               size_t size, uint64_t hash) {
    kithi_holders holders;
    uint32_t record;
    int rc = kithi_holders_first(r->txn, hash, &holders, &record);
    while (rc == KITH_OK) {
        uint32_t node;
        rc = kithi_component_load(&r->probe, record, &node);
        if (rc == KITH_OK && !r->probe.nodes[node].shared &&
            kithi_node_has(&r->probe, node, type, text, size)) {
            return kithi_resolver_add_seed(r, record);
        }
        rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int was_generic(kith_txn *txn, const uint8_t key[16], bool *out) {
    uint64_t all;
    kithi_slice row;
    *out = false;
    int rc = kithi_count(txn, KITHI_TABLE_GENERIC, &all);
    if (rc != KITH_OK || all == 0) {
        return rc;
    }
    rc = kithi_get(txn, KITHI_TABLE_GENERIC, key, 16, &row);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/*
 * A value that a changed record has or had, and that others have or that was generic: is it generic
 * now? Where that changed all of its records are seeds; where it links, one of them is.
 */
static int touch_value(kithi_resolver *r, const kithi_attribute *type, const char *text,
                       size_t size) {
    uint8_t key[16];
    bool before, added;
    kithi_generic generic;
    kithi_generic_key(key, type, text, size);
    if (kithi_map_put(&r->seen_values, kithi_get64(key) ^ kithi_get64(key + 8), 0, &added) ==
        NULL) {
        return kithi_resolver_no_memory(r->txn);
    }
    int rc = added ? was_generic(r->txn, key, &before) : KITH_OK;
    if (rc != KITH_OK || !added) {
        return rc;
    }
    /* One that many link by, and that isn't generic by the first of them, may be so by the rest:
     * its component is too large anyway, and settle asks again. */
    rc = kithi_value_is_generic(&r->probe, type, text, size, before ? 0 : r->max, &generic);
    bool after = generic == KITHI_GENERIC_YES;
    if (rc == KITH_OK && after != before) {
        rc = after ? kithi_put(r->txn, KITHI_TABLE_GENERIC, key, sizeof key, NULL, 0)
                   : kithi_delete(r->txn, KITHI_TABLE_GENERIC, key, sizeof key);
    }
    if (rc != KITH_OK || (before && after)) {
        return rc;
    }
    uint64_t hash = kithi_get64(key);
    return after != before ? seed_value_records(r, hash)
                           : seed_representative(r, type, text, size, hash);
}

/* The identifier table follows the records: all changes of a transaction are worked in at once, in
 * order of the keys. */

/* A live value that a changed record had, has, or both. */
typedef struct moved_value {
    uint64_t hash;
    uint32_t change; /* index */
    bool before, after;
    const kithi_live_value *value;
} moved_value;

typedef struct moved_list {
    moved_value *items;
    size_t count, capacity;
} moved_list;

static bool same_live(const kithi_live_value *a, const kithi_live_value *b) {
    return a->attribute == b->attribute && a->size == b->size &&
           memcmp(a->text, b->text, a->size) == 0;
}

static bool holds(const kithi_live_value *list, size_t count, const kithi_live_value *value) {
    for (size_t i = 0; i < count; i++) {
        if (same_live(&list[i], value)) {
            return true;
        }
    }
    return false;
}

static int add_moved(kithi_resolver *r, moved_list *list, const kithi_live_value *value,
                     uint32_t change, bool before, bool after) {
    if (!KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        return kithi_resolver_no_memory(r->txn);
    }
    const kithi_attribute *type =
        kithi_catalog_attribute(kithi_txn_catalog(r->txn), value->attribute);
    uint64_t hash = kithi_identifier_hash(type, value->text, value->size);
    list->items[list->count++] = (moved_value){hash, change, before, after, value};
    return KITH_OK;
}

static int list_moved(kithi_resolver *r, const kithi_record_change *change, uint32_t index,
                      moved_list *list) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < change->after_count; i++) {
        const kithi_live_value *value = &change->after[i];
        rc = add_moved(r, list, value, index, holds(change->before, change->before_count, value),
                       true);
    }
    for (size_t i = 0; rc == KITH_OK && i < change->before_count; i++) {
        const kithi_live_value *value = &change->before[i];
        if (!holds(change->after, change->after_count, value)) {
            rc = add_moved(r, list, value, index, true, false);
        }
    }
    return rc;
}

static int compare_moved(const void *a, const void *b) {
    const moved_value *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return (x->change > y->change) - (x->change < y->change);
}

static int count_holders(kith_txn *txn, uint64_t hash, size_t *out) {
    kithi_holders holders;
    uint32_t first;
    *out = 0;
    int rc = kithi_holders_all(txn, hash, &holders, &first, out);
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* Whether the record of a value that went keeps the hash by another one: the two share a row. */
static bool keeps_hash(const moved_value *run, size_t count, size_t at) {
    size_t first = at;
    while (first > 0 && run[first - 1].change == run[at].change) {
        first--;
    }
    for (size_t i = first; i < count && run[i].change == run[at].change; i++) {
        if (run[i].after) {
            return true;
        }
    }
    return false;
}

static int write_moved(kithi_resolver *r, const kithi_changes *changes, const moved_value *run,
                       size_t count, size_t at) {
    const moved_value *moved = &run[at];
    uint32_t record = changes->records[moved->change].record;
    if (moved->before == moved->after || (moved->before && keeps_hash(run, count, at))) {
        return KITH_OK;
    }
    return moved->after ? kithi_holders_add(r->txn, moved->hash, record)
                        : kithi_holders_remove(r->txn, moved->hash, record);
}

/*
 * Works in the values of one hash. A record is alone in it while no other has it; as almost all
 * values are of one record only, this is the path that an import's speed hangs on.
 */
static int move_run(kithi_resolver *r, const kithi_changes *changes, const moved_value *run,
                    size_t count, bool *alone) {
    size_t records;
    uint64_t generic;
    int rc = count_holders(r->txn, run[0].hash, &records); /* first, which leads the write there */
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        rc = write_moved(r, changes, run, count, i);
    }
    if (rc == KITH_OK) {
        rc = kithi_count(r->txn, KITHI_TABLE_GENERIC, &generic);
    }
    bool single = count == 1 && records == (run[0].before ? 1u : 0u);
    if (rc != KITH_OK || (single && generic == 0)) {
        return rc;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(r->txn);
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        const kithi_live_value *value = run[i].value;
        alone[run[i].change] = alone[run[i].change] && single;
        rc = touch_value(r, kithi_catalog_attribute(catalog, value->attribute), value->text,
                         value->size);
    }
    return rc;
}

static int move_identifiers(kithi_resolver *r, const kithi_changes *changes, bool *alone) {
    moved_list list = {NULL, 0, 0};
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < changes->record_count; i++) {
        const kithi_record_change *change = &changes->records[i];
        alone[i] = change->added;
        if (change->identity && change->values_known) {
            rc = list_moved(r, change, (uint32_t)i, &list);
        }
    }
    if (list.count > 1) {
        qsort(list.items, list.count, sizeof *list.items, compare_moved);
    }
    for (size_t i = 0; rc == KITH_OK && i < list.count;) {
        size_t end = i + 1;
        while (end < list.count && list.items[end].hash == list.items[i].hash) {
            end++;
        }
        if (r->probe.node_count > kithi_component_limit()) {
            kithi_component_reset(&r->probe);
        }
        rc = move_run(r, changes, list.items + i, end - i, alone);
        i = end;
    }
    free(list.items);
    return rc;
}

int kithi_resolver_seed_changes(kithi_resolver *r, const kithi_changes *changes) {
    bool *alone = calloc(changes->record_count + 1, sizeof *alone);
    int rc = alone != NULL ? move_identifiers(r, changes, alone) : kithi_resolver_no_memory(r->txn);
    for (size_t i = 0; rc == KITH_OK && i < changes->record_count; i++) {
        const kithi_record_change *change = &changes->records[i];
        uint32_t head = change->record;
        if (change->identity && !alone[i]) {
            rc = kithi_resolver_add_seed(r, change->record);
        }
        if (rc == KITH_OK &&
            !change->added) { /* the profile it was in; where it goes is marked when it moves */
            rc = kithi_identity_head(r->txn, change->record, &head);
        }
        if (rc == KITH_OK) {
            rc = kithi_resolver_mark_dirty(r, head);
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < 2 * changes->pair_count; i++) {
        rc = kithi_resolver_add_seed(r, changes->pairs[i]);
    }
    free(alone);
    return rc;
}

static int seed_record(kithi_resolver *r, uint32_t record) {
    uint32_t node;
    if (r->probe.node_count > kithi_component_limit()) {
        kithi_component_reset(&r->probe);
    }
    int rc = kithi_component_load(&r->probe, record, &node);
    size_t count = rc == KITH_OK ? r->probe.nodes[node].value_count : 0;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        const kithi_shared_value value = r->probe.values[r->probe.nodes[node].values[i]];
        rc = touch_value(r, value.type, value.text, value.size);
    }
    uint32_t head = record;
    if (rc == KITH_OK) {
        rc = kithi_resolver_add_seed(r, record);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(r->txn, record, &head);
    }
    return rc == KITH_OK ? kithi_resolver_mark_dirty(r, head) : rc;
}

int kithi_resolver_seed_all(kithi_resolver *r) {
    kithi_counters *counters;
    int rc = kithi_txn_counters(r->txn, &counters);
    if (rc == KITH_OK && counters->next_record > 0) {
        rc = kithi_fact_reclassify(r->txn);
    }
    for (uint64_t i = 0; rc == KITH_OK && i < counters->next_record; i++) {
        rc = seed_record(r, (uint32_t)i);
    }
    return rc;
}

int kithi_resolver_clear_generic(kith_txn *txn) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_GENERIC, &cursor);
    while (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
        if (rc == KITH_OK) {
            rc = kithi_cursor_delete(cursor);
        }
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}
