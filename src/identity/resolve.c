/*
 * From what a transaction changed to clusters: which values came to be shared or generic, whose
 * components that touches, and writing the difference.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/bytes.h"
#include "src/fact/holders.h"
#include "src/identity/identity.h"
#include "src/identity/links.h"

/* One run of resolving. */
typedef struct resolver {
    kith_txn *txn;
    kithi_component component; /* being clustered */
    kithi_component probe;     /* for looking at single records and values */
    kithi_map seeds;           /* records to start from -> 1 if clustered already */
    uint32_t *order;           /* seeds as they came */
    size_t count, capacity;
    kithi_map seen_values;  /* hash of touched values worked in */
    kithi_map large_values; /* hash of values that link records of a component which is too large */
    kithi_touched *touched;
    size_t max; /* records of a component; 0: no limit */
} resolver;

static void end_touched(void *data) {
    kithi_touched *touched = data;
    free(touched->dirty);
    free(touched->gone);
    free(touched);
}

kithi_touched *kithi_identity_touched(const kith_txn *txn) {
    return kithi_txn_slot(txn, KITHI_SLOT_IDENTITY);
}

void kithi_identity_touched_done(kith_txn *txn) {
    kithi_touched *touched = kithi_identity_touched(txn);
    if (touched != NULL) {
        touched->dirty_count = 0;
        touched->gone_count = 0;
    }
}

static int no_memory(kith_txn *txn) {
    return kithi_txn_poison(txn, kithi_error_memory(kithi_txn_error(txn)));
}

static int add_u32(kith_txn *txn, uint32_t **list, size_t *count, size_t *capacity, uint32_t item) {
    if (*count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 64;
        uint32_t *grown = realloc(*list, wanted * sizeof *grown);
        if (grown == NULL) {
            return no_memory(txn);
        }
        *list = grown;
        *capacity = wanted;
    }
    (*list)[(*count)++] = item;
    return KITH_OK;
}

static int mark_dirty(resolver *r, uint32_t head) {
    return add_u32(r->txn, &r->touched->dirty, &r->touched->dirty_count,
                   &r->touched->dirty_capacity, head);
}

static int mark_gone(resolver *r, uint32_t head) {
    return add_u32(r->txn, &r->touched->gone, &r->touched->gone_count, &r->touched->gone_capacity,
                   head);
}

/* Reading clusters */

int kithi_identity_head(kith_txn *txn, uint32_t record, uint32_t *out) {
    uint8_t number[4];
    kithi_slice head;
    kithi_put32(number, record);
    int rc = kithi_get(txn, KITHI_TABLE_MEMBER, number, sizeof number, &head);
    *out = rc == KITH_OK && head.size == 4 ? kithi_get32(head.data) : record;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int cluster_cursor(kith_txn *txn, uint32_t head, kithi_cursor **cursor, kithi_slice *number,
                          size_t *out_count) {
    uint8_t bytes[4];
    kithi_put32(bytes, head);
    kithi_slice key = {bytes, sizeof bytes};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_CLUSTER, cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(*cursor, KITHI_SEEK_KEY, &key, number);
    }
    return rc == KITH_OK ? kithi_cursor_value_count(*cursor, out_count) : rc;
}

int kithi_identity_members(kith_txn *txn, uint32_t head, kithi_arena *arena, uint32_t **out,
                           size_t *out_count) {
    kithi_cursor *cursor;
    kithi_slice number;
    size_t count = 1;
    int rc = cluster_cursor(txn, head, &cursor, &number, &count);
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return rc;
    }
    uint32_t *members = kithi_arena_calloc(arena, count, sizeof *members);
    if (members == NULL) {
        return kithi_error_memory(kithi_txn_error(txn));
    }
    members[0] = head;
    for (size_t i = 0; rc == KITH_OK && i < count; i++) {
        members[i] = kithi_get32(number.data);
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &number);
    }
    *out = members;
    *out_count = count;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

int kithi_identity_pending(kith_txn *txn, const uint32_t *records, size_t count, bool *out) {
    uint64_t all;
    *out = false;
    int rc = kithi_count(txn, KITHI_TABLE_PENDING, &all);
    for (size_t i = 0; rc == KITH_OK && all > 0 && i < count && !*out; i++) {
        uint8_t number[4];
        kithi_slice row;
        kithi_put32(number, records[i]);
        rc = kithi_get(txn, KITHI_TABLE_PENDING, number, sizeof number, &row);
        *out = rc == KITH_OK;
        rc = rc == KITH_NOT_FOUND ? KITH_OK : rc;
    }
    return rc;
}

/* Writing clusters */

/* Whether a record is in a cluster row now: it is of a cluster of several. */
static int in_cluster(kith_txn *txn, uint32_t record, uint32_t head, bool *out) {
    kithi_cursor *cursor;
    kithi_slice number;
    size_t count;
    *out = true;
    if (head != record) {
        return KITH_OK;
    }
    int rc = cluster_cursor(txn, head, &cursor, &number, &count);
    *out = rc == KITH_OK;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int move_record(resolver *r, uint32_t record, uint32_t head, bool several) {
    uint8_t number[4], old_bytes[4], new_bytes[4];
    uint32_t old;
    bool was_in;
    int rc = kithi_identity_head(r->txn, record, &old);
    if (rc == KITH_OK) {
        rc = in_cluster(r->txn, record, old, &was_in);
    }
    if (rc != KITH_OK || (old == head && was_in == several)) {
        return rc;
    }
    kithi_put32(number, record);
    kithi_put32(old_bytes, old);
    kithi_put32(new_bytes, head);
    if (was_in) {
        rc = kithi_delete_one(r->txn, KITHI_TABLE_CLUSTER, old_bytes, 4, number, 4);
    }
    if (rc == KITH_OK && several) {
        rc = kithi_put_one(r->txn, KITHI_TABLE_CLUSTER, new_bytes, 4, number, 4, NULL);
    }
    if (rc == KITH_OK && old != head) {
        rc = head == record ? kithi_delete(r->txn, KITHI_TABLE_MEMBER, number, 4)
                            : kithi_put(r->txn, KITHI_TABLE_MEMBER, number, 4, new_bytes, 4);
    }
    if (rc == KITH_OK) {
        rc = mark_dirty(r, head);
    }
    if (rc == KITH_OK && old != head) {
        rc = old == record ? mark_gone(r, old) : mark_dirty(r, old);
    }
    return rc;
}

static int write_clusters(resolver *r) {
    kithi_component *c = &r->component;
    uint32_t *sizes = kithi_arena_calloc(&c->arena, c->node_count + 1, sizeof *sizes);
    if (sizes == NULL) {
        return no_memory(r->txn);
    }
    for (size_t i = 0; i < c->node_count; i++) {
        sizes[c->cluster_of[i]]++;
    }
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        uint32_t root = c->cluster_of[i];
        rc = move_record(r, c->nodes[i].record, c->nodes[root].record, sizes[root] > 1);
    }
    return rc;
}

/* Whether the stored rows of a record are these. */
static int same_rows(kith_txn *txn, const uint8_t number[4], uint8_t (*rows)[KITHI_LINK_BYTES],
                     size_t count, bool *out) {
    kithi_cursor *cursor;
    kithi_slice key = {number, 4}, row = {NULL, 0};
    size_t stored = 0;
    int rc = kithi_cursor_of(txn, KITHI_TABLE_LINK, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_KEY, &key, &row);
    }
    if (rc == KITH_OK) {
        rc = kithi_cursor_value_count(cursor, &stored);
    }
    *out = (rc == KITH_OK || rc == KITH_NOT_FOUND) && stored == count;
    for (size_t i = 0; rc == KITH_OK && *out && i < count; i++) {
        *out = row.size == KITHI_LINK_BYTES && memcmp(row.data, rows[i], KITHI_LINK_BYTES) == 0;
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_NEXT_OF_KEY, NULL, &row);
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int write_links(resolver *r) {
    kithi_component *c = &r->component;
    uint8_t(*rows)[KITHI_LINK_BYTES];
    size_t *first;
    int rc = kithi_links_build(c, &rows, &first);
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        uint8_t number[4];
        bool same;
        size_t count = first[i + 1] - first[i];
        kithi_put32(number, c->nodes[i].record);
        rc = same_rows(r->txn, number, rows + first[i], count, &same);
        if (rc == KITH_OK && !same) {
            rc = kithi_delete(r->txn, KITHI_TABLE_LINK, number, sizeof number);
            for (size_t j = 0; rc == KITH_OK && j < count; j++) {
                rc = kithi_put_one(r->txn, KITHI_TABLE_LINK, number, sizeof number,
                                   rows[first[i] + j], KITHI_LINK_BYTES, NULL);
            }
        }
    }
    return rc;
}

static int set_pending(kith_txn *txn, uint32_t record, bool pending) {
    uint8_t number[4];
    uint64_t all;
    kithi_put32(number, record);
    int rc = kithi_count(txn, KITHI_TABLE_PENDING, &all);
    if (rc != KITH_OK || (!pending && all == 0)) {
        return rc;
    }
    return pending ? kithi_put(txn, KITHI_TABLE_PENDING, number, sizeof number, NULL, 0)
                   : kithi_delete(txn, KITHI_TABLE_PENDING, number, sizeof number);
}

/* A record waits for settle. Its profile is dirty until then, which is how its reads know to look.
 */
static int put_off(resolver *r, uint32_t record) {
    uint32_t head;
    int rc = set_pending(r->txn, record, true);
    if (rc == KITH_OK) {
        rc = kithi_identity_head(r->txn, record, &head);
    }
    return rc == KITH_OK ? mark_dirty(r, head) : rc;
}

static int finish_seeds(resolver *r) {
    kithi_component *c = &r->component;
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        uint64_t *seed = kithi_map_get(&r->seeds, c->nodes[i].record);
        if (seed != NULL) {
            *seed = 1;
        }
        rc = set_pending(r->txn, c->nodes[i].record, false);
    }
    return rc;
}

static uint64_t value_mark(const kithi_shared_value *value) {
    uint8_t key[16];
    kithi_generic_key(key, value->type, value->text, value->size);
    return kithi_get64(key) ^ kithi_get64(key + 8);
}

/* Whether a seed is known to be of a component that is too large, without gathering it once more.
 */
static int is_of_large(resolver *r, uint32_t seed, bool *out) {
    uint32_t node;
    *out = false;
    if (r->large_values.count == 0) {
        return KITH_OK;
    }
    if (r->probe.node_count > KITHI_COMPONENT_MAX) {
        kithi_component_reset(&r->probe);
    }
    int rc = kithi_component_load(&r->probe, seed, &node);
    size_t count =
        rc == KITH_OK && !r->probe.nodes[node].shared ? r->probe.nodes[node].value_count : 0;
    for (size_t i = 0; i < count && !*out; i++) {
        const kithi_shared_value *value = &r->probe.values[r->probe.nodes[node].values[i]];
        *out = kithi_map_get(&r->large_values, value_mark(value)) != NULL;
    }
    return rc;
}

static int note_large_values(resolver *r) {
    const kithi_component *c = &r->component;
    for (size_t i = 0; i < c->value_count; i++) {
        const kithi_shared_value *value = &c->values[i];
        if (value->gathered && !value->generic &&
            kithi_map_put(&r->large_values, value_mark(value), 0, NULL) == NULL) {
            return no_memory(r->txn);
        }
    }
    return KITH_OK;
}

/* A component that is too large waits for settle; so do the seeds that were met in it. */
static int defer(resolver *r, uint32_t seed) {
    kithi_component *c = &r->component;
    int rc = put_off(r, seed);
    rc = rc == KITH_OK ? note_large_values(r) : rc;
    for (size_t i = 0; rc == KITH_OK && i < c->node_count; i++) {
        uint64_t *met = kithi_map_get(&r->seeds, c->nodes[i].record);
        if (met != NULL && c->nodes[i].expanded && *met == 0) {
            *met = 1;
            rc = put_off(r, c->nodes[i].record);
        }
    }
    return rc;
}

static int resolve_component(resolver *r, uint32_t seed) {
    bool whole, large;
    int rc = is_of_large(r, seed, &large);
    if (rc != KITH_OK || large) {
        return rc == KITH_OK ? put_off(r, seed) : rc;
    }
    rc = kithi_component_gather(&r->component, seed, r->max, &whole);
    if (rc == KITH_OK && !whole) {
        return defer(r, seed);
    }
    if (rc == KITH_OK) {
        rc = kithi_component_cluster(&r->component);
    }
    if (rc == KITH_OK) {
        rc = write_clusters(r);
    }
    if (rc == KITH_OK) {
        rc = write_links(r);
    }
    return rc == KITH_OK ? finish_seeds(r) : rc;
}

/* Seeds */

static int add_seed(resolver *r, uint32_t record) {
    bool added;
    if (kithi_map_put(&r->seeds, record, 0, &added) == NULL) {
        return no_memory(r->txn);
    }
    return added ? add_u32(r->txn, &r->order, &r->count, &r->capacity, record) : KITH_OK;
}

static int seed_value_records(resolver *r, uint64_t hash) {
    kithi_holders holders;
    uint32_t record;
    int rc = kithi_holders_first(r->txn, hash, &holders, &record);
    while (rc == KITH_OK) {
        rc = add_seed(r, record);
        rc = rc == KITH_OK ? kithi_holders_next(&holders, &record) : rc;
    }
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

/* One record that links by the value leads to all that do. */
static int seed_representative(resolver *r, const kithi_attribute *type, const char *text,
                               size_t size, uint64_t hash) {
    kithi_holders holders;
    uint32_t record;
    int rc = kithi_holders_first(r->txn, hash, &holders, &record);
    while (rc == KITH_OK) {
        uint32_t node;
        rc = kithi_component_load(&r->probe, record, &node);
        if (rc == KITH_OK && !r->probe.nodes[node].shared &&
            kithi_node_has(&r->probe, node, type, text, size)) {
            return add_seed(r, record);
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
static int touch_value(resolver *r, const kithi_attribute *type, const char *text, size_t size) {
    uint8_t key[16];
    bool before, after = false, added;
    kithi_generic_key(key, type, text, size);
    if (kithi_map_put(&r->seen_values, kithi_get64(key) ^ kithi_get64(key + 8), 0, &added) ==
        NULL) {
        return no_memory(r->txn);
    }
    int rc = added ? was_generic(r->txn, key, &before) : KITH_OK;
    if (rc != KITH_OK || !added) {
        return rc;
    }
    rc = kithi_value_is_generic(&r->probe, type, text, size, &after);
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

static int add_moved(resolver *r, moved_list *list, const kithi_live_value *value, uint32_t change,
                     bool before, bool after) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 256;
        moved_value *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            return no_memory(r->txn);
        }
        list->items = items;
        list->capacity = capacity;
    }
    const kithi_attribute *type =
        kithi_catalog_attribute(kithi_txn_catalog(r->txn), value->attribute);
    uint64_t hash = kithi_identifier_hash(type, value->text, value->size);
    list->items[list->count++] = (moved_value){hash, change, before, after, value};
    return KITH_OK;
}

static int list_moved(resolver *r, const kithi_record_change *change, uint32_t index,
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
    int rc = kithi_holders_first(txn, hash, &holders, &first);
    if (rc == KITH_OK) {
        rc = kithi_holders_count(&holders, out);
    }
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

static int write_moved(resolver *r, const kithi_changes *changes, const moved_value *run,
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
static int move_run(resolver *r, const kithi_changes *changes, const moved_value *run, size_t count,
                    bool *alone) {
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

static int move_identifiers(resolver *r, const kithi_changes *changes, bool *alone) {
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
        if (r->probe.node_count > KITHI_COMPONENT_MAX) {
            kithi_component_reset(&r->probe);
        }
        rc = move_run(r, changes, list.items + i, end - i, alone);
        i = end;
    }
    free(list.items);
    return rc;
}

static int seed_changes(resolver *r, const kithi_changes *changes) {
    bool *alone = calloc(changes->record_count + 1, sizeof *alone);
    int rc = alone != NULL ? move_identifiers(r, changes, alone) : no_memory(r->txn);
    for (size_t i = 0; rc == KITH_OK && i < changes->record_count; i++) {
        const kithi_record_change *change = &changes->records[i];
        uint32_t head = change->record;
        if (change->identity && !alone[i]) {
            rc = add_seed(r, change->record);
        }
        if (rc == KITH_OK &&
            !change->added) { /* the profile it was in; where it goes is marked when it moves */
            rc = kithi_identity_head(r->txn, change->record, &head);
        }
        if (rc == KITH_OK) {
            rc = mark_dirty(r, head);
        }
    }
    for (size_t i = 0; rc == KITH_OK && i < 2 * changes->pair_count; i++) {
        rc = add_seed(r, changes->pairs[i]);
    }
    free(alone);
    return rc;
}

/* After a change of definitions every record is a seed, and every value may be generic. */
static int seed_record(resolver *r, uint32_t record) {
    uint32_t node;
    if (r->probe.node_count > KITHI_COMPONENT_MAX) {
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
        rc = add_seed(r, record);
    }
    if (rc == KITH_OK) {
        rc = kithi_identity_head(r->txn, record, &head);
    }
    return rc == KITH_OK ? mark_dirty(r, head) : rc;
}

static int seed_all(resolver *r) {
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

static int clear_generic(kith_txn *txn) {
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

static int begin_resolver(resolver *r, kith_txn *txn, size_t max) {
    memset(r, 0, sizeof *r);
    r->txn = txn;
    r->max = max;
    kithi_component_init(&r->component, txn, true);
    kithi_component_init(&r->probe, txn, true);
    kithi_map_init(&r->seeds);
    kithi_map_init(&r->seen_values);
    kithi_map_init(&r->large_values);
    r->touched = kithi_identity_touched(txn);
    if (r->touched == NULL) {
        r->touched = calloc(1, sizeof *r->touched);
        if (r->touched == NULL) {
            return no_memory(txn);
        }
        kithi_txn_set_slot(txn, KITHI_SLOT_IDENTITY, r->touched, end_touched);
    }
    return KITH_OK;
}

static void end_resolver(resolver *r) {
    kithi_component_clear(&r->component);
    kithi_component_clear(&r->probe);
    kithi_map_clear(&r->seeds);
    kithi_map_clear(&r->seen_values);
    kithi_map_clear(&r->large_values);
    free(r->order);
}

static int resolve_seeds(resolver *r) {
    int rc = KITH_OK;
    for (size_t i = 0; rc == KITH_OK && i < r->count; i++) {
        if (*kithi_map_get(&r->seeds, r->order[i]) == 0) {
            rc = resolve_component(r, r->order[i]);
        }
    }
    return rc;
}

int kithi_identity_resolve(kith_txn *txn) {
    const kithi_changes *changes = kithi_fact_changes(txn);
    bool rules = kithi_txn_rules_changed(txn);
    if (!rules && (changes == NULL || (changes->record_count == 0 && changes->pair_count == 0))) {
        return KITH_OK;
    }
    resolver r;
    int rc = begin_resolver(&r, txn, KITHI_COMPONENT_MAX);
    if (rc == KITH_OK && changes != NULL) {
        rc = seed_changes(&r, changes);
    }
    if (rc == KITH_OK &&
        rules) { /* after the changes, as these marked values that may be blocked now */
        rc = clear_generic(txn);
    }
    if (rc == KITH_OK && rules) {
        kithi_component_reset(&r.probe); /* it may hold values as they were classified before */
        kithi_map_reset(&r.seen_values);
        rc = seed_all(&r);
    }
    if (rc == KITH_OK) {
        rc = resolve_seeds(&r);
    }
    end_resolver(&r);
    if (rc != KITH_OK) {
        return kithi_txn_poison(txn, rc);
    }
    kithi_txn_rules_applied(txn);
    kithi_fact_changes_done(txn);
    return KITH_OK;
}

static int first_pending(kith_txn *txn, uint32_t *out) {
    kithi_cursor *cursor;
    kithi_slice key = {NULL, 0};
    int rc = kithi_cursor_of(txn, KITHI_TABLE_PENDING, &cursor);
    if (rc == KITH_OK) {
        rc = kithi_cursor_seek(cursor, KITHI_SEEK_FIRST, &key, NULL);
    }
    if (rc == KITH_OK) {
        *out = kithi_get32(key.data);
    }
    return rc;
}

int kithi_identity_settle(kith_txn *txn, uint64_t budget, uint64_t *out_done) {
    resolver r;
    uint32_t record;
    *out_done = 0;
    int rc = begin_resolver(&r, txn, 0);
    while (rc == KITH_OK && (budget == 0 || *out_done < budget)) {
        rc = first_pending(txn, &record);
        if (rc == KITH_OK) {
            rc = resolve_component(&r, record);
            (*out_done)++;
        }
    }
    end_resolver(&r);
    if (rc != KITH_OK && rc != KITH_NOT_FOUND) {
        return kithi_txn_poison(txn, rc);
    }
    return KITH_OK;
}
