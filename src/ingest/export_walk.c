#include "src/ingest/export_walk.h"

#include <stdlib.h>
#include <string.h>

#include "src/ingest/export_defined.h"

/*
 * Columns in their order: the fixed ones, then those of the catalog's names, then the aggregates,
 * and what definitions say.
 * The bands are wide apart, so that ids (16 bits) and what is told of each never meet.
 */
#define BAND_NAMES      ((uint64_t)1 << 40)
#define BAND_AGGREGATES ((uint64_t)2 << 40)
#define BAND_DEFINED    ((uint64_t)3 << 40)

/* Parts of an event type's aggregate; sums follow, by property. */
enum { PART_COUNT, PART_FIRST, PART_LAST, PART_SUM };

#define FIXED_MAX 5

/* What an export consists of. */
struct kithi_export_layout {
    int (*next)(kithi_export_walk *walk);
    struct {
        const char *name;
        kith_type type;
    } fixed[FIXED_MAX + 1];
    const char *prefix; /* of a name that a fixed column has already */
    bool is_fixed;      /* there are no other columns */
};

/* A name of the catalog. What the definitions declare comes first, in their order. */
typedef struct ranked_name {
    uint32_t id;
    bool declared;
    const char *name;
} ranked_name;

static int compare_ranked(const void *a, const void *b) {
    const ranked_name *x = a, *y = b;
    if (x->declared != y->declared) {
        return x->declared ? -1 : 1;
    }
    if (x->declared) {
        return (x->id > y->id) - (x->id < y->id);
    }
    return strcmp(x->name, y->name);
}

/*
 * Columns stand in an order that doesn't hang on which file came first: names that came with the
 * facts are sorted. NULL: out of memory.
 */
static uint32_t *make_ranks(kithi_arena *arena, ranked_name *names, size_t count) {
    uint32_t *ranks = kithi_arena_calloc(arena, count + 1, sizeof *ranks);
    if (count > 1) {
        qsort(names, count, sizeof *names, compare_ranked);
    }
    for (size_t i = 0; ranks != NULL && i < count; i++) {
        ranks[names[i].id] = (uint32_t)i;
    }
    return ranks;
}

static bool rank_names(kithi_export_walk *walk) {
    const kithi_catalog *catalog = walk->catalog;
    kithi_arena *arena = &walk->rows.arena;
    ranked_name *names = kithi_arena_calloc(arena, KITHI_CATALOG_MAX + 1, sizeof *names);
    size_t count = kithi_catalog_attribute_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, i);
        bool declared = attribute->identifier != NULL || attribute->type != KITH_TYPE_NULL;
        names[i] = (ranked_name){i, declared, attribute->name};
    }
    walk->attribute_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    count = kithi_catalog_event_type_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        names[i] = (ranked_name){i, false, kithi_catalog_event_type(catalog, i)->name};
    }
    walk->event_type_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    count = kithi_catalog_property_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        names[i] = (ranked_name){i, false, kithi_catalog_property(catalog, i)};
    }
    walk->property_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    return walk->attribute_ranks != NULL && walk->event_type_ranks != NULL &&
           walk->property_ranks != NULL;
}

static uint64_t aggregate_order(uint32_t event_type, uint32_t part) {
    return BAND_AGGREGATES | (uint64_t)event_type << 20 | part;
}

static bool is_fixed_name(const kithi_export_walk *walk, const char *name) {
    for (uint64_t i = 0; i < walk->fixed_count; i++) {
        const uint64_t *place = kithi_map_get(&walk->rows.index, i);
        if (place != NULL && strcmp(walk->rows.columns[*place].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void put_fixed(kithi_export_walk *walk, uint64_t at, kith_value value) {
    kithi_export_rows_put(&walk->rows, at, &value);
}

/* A value of an attribute or property; its column is made where there is none. */
static void put_named(kithi_export_walk *walk, uint32_t rank, const char *name,
                      const kith_value *value) {
    uint64_t order = BAND_NAMES | (uint64_t)rank;
    if (!kithi_export_rows_has(&walk->rows, order)) {
        kithi_export_rows_add(&walk->rows, order,
                              is_fixed_name(walk, name) ? walk->layout->prefix : "", name);
    }
    kithi_export_rows_put(&walk->rows, order, value);
}

static int unknown_name(kithi_export_walk *walk, const char *name) {
    return kithi_error_set(kithi_txn_error(walk->txn), KITH_CORRUPT,
                           "'%s' is used but not defined, run 'kith check'", name);
}

static int put_record_values(kithi_export_walk *walk, const kith_record *record) {
    size_t cursor = 0;
    for (;;) {
        kith_record_value value = KITH_RECORD_VALUE_INIT;
        int code = kith_record_next_value(record, &cursor, &value);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        const kithi_attribute *attribute =
            kithi_catalog_find_attribute(walk->catalog, value.attribute);
        if (attribute == NULL) {
            return unknown_name(walk, value.attribute);
        }
        put_named(walk, walk->attribute_ranks[attribute->id], attribute->name, &value.value);
    }
}

static int put_record(kithi_export_walk *walk, const kith_record *record) {
    put_fixed(walk, 0, kith_value_text(record->source));
    put_fixed(walk, 1, kith_value_text(record->key));
    return put_record_values(walk, record);
}

static int put_cluster(kithi_export_walk *walk, const kith_record *record) {
    kith_id id;
    int code = kith_profile_id_of_record(walk->txn, record->number, &id);
    if (code != KITH_OK) {
        return code;
    }
    kith_id_format(&id, walk->id);
    put_fixed(walk, 0, kith_value_text(record->source));
    put_fixed(walk, 1, kith_value_text(record->key));
    put_fixed(walk, 2, kith_value_text(walk->id));
    return KITH_OK;
}

/*
 * The next property, its nested values in the arena of the row: in that of the transaction they
 * would stay, and an export must not grow with the events.
 */
static int next_property(kithi_export_walk *walk, const kith_event *event, size_t *cursor,
                         kith_field *out) {
    kithi_arena *shared = kithi_txn_arena(walk->txn);
    kithi_arena kept = *shared;
    *shared = walk->row_arena;
    int code = kith_event_next_property(event, cursor, out);
    walk->row_arena = *shared;
    *shared = kept;
    return code;
}

static int put_event(kithi_export_walk *walk, const kith_record *record, const kith_event *event) {
    put_fixed(walk, 0, kith_value_text(record->source));
    put_fixed(walk, 1, kith_value_text(record->key));
    put_fixed(walk, 2, kith_value_text(event->type));
    put_fixed(walk, 3, kith_value_time(event->time_us));
    if (event->message_id != NULL) {
        put_fixed(walk, 4, kith_value_text(event->message_id));
    }
    size_t cursor = 0;
    for (;;) {
        kith_field property;
        int code = next_property(walk, event, &cursor, &property);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        int id = kithi_catalog_find_property(walk->catalog, property.name);
        if (id < 0) {
            return unknown_name(walk, property.name);
        }
        put_named(walk, walk->property_ranks[id], property.name, &property.value);
    }
}

/* The column of one part of an aggregate: "order.count", "order.sum.total". */
static void want_aggregate(kithi_export_walk *walk, const kithi_event_type *type, uint32_t part,
                           const char *suffix) {
    uint64_t order = aggregate_order(walk->event_type_ranks[type->id], part);
    if (!kithi_export_rows_has(&walk->rows, order)) {
        kithi_export_rows_add(&walk->rows, order, type->name, suffix);
    }
}

static int put_sums(kithi_export_walk *walk, const kithi_event_type *type,
                    const kith_aggregate *aggregate) {
    static const char word[] = ".sum.";
    size_t cursor = 0;
    for (;;) {
        kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
        int code = kith_aggregate_next_property(aggregate, &cursor, &sum);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        int id = kithi_catalog_find_property(walk->catalog, sum.property);
        if (id < 0) {
            return unknown_name(walk, sum.property);
        }
        char suffix[sizeof word + KITH_KEY_MAX_BYTES];
        size_t size = strlen(sum.property);
        size = size < KITH_KEY_MAX_BYTES ? size : KITH_KEY_MAX_BYTES;
        memcpy(suffix, word, sizeof word - 1);
        memcpy(suffix + sizeof word - 1, sum.property, size);
        suffix[sizeof word - 1 + size] = '\0';
        uint32_t part = PART_SUM + walk->property_ranks[id];
        want_aggregate(walk, type, part, suffix);
        kithi_export_rows_put_micros(
            &walk->rows, aggregate_order(walk->event_type_ranks[type->id], part), sum.sum_micros);
    }
}

static int put_aggregate(kithi_export_walk *walk, const kith_aggregate *aggregate) {
    const kithi_event_type *type =
        kithi_catalog_find_event_type(walk->catalog, aggregate->event_type);
    if (type == NULL) {
        return unknown_name(walk, aggregate->event_type);
    }
    want_aggregate(walk, type, PART_COUNT, ".count");
    want_aggregate(walk, type, PART_FIRST, ".first");
    want_aggregate(walk, type, PART_LAST, ".last");
    uint32_t rank = walk->event_type_ranks[type->id];
    kith_value count = kith_value_integer((int64_t)aggregate->count);
    kith_value first = kith_value_time(aggregate->first_us);
    kith_value last = kith_value_time(aggregate->last_us);
    kithi_export_rows_put(&walk->rows, aggregate_order(rank, PART_COUNT), &count);
    kithi_export_rows_put(&walk->rows, aggregate_order(rank, PART_FIRST), &first);
    kithi_export_rows_put(&walk->rows, aggregate_order(rank, PART_LAST), &last);
    return put_sums(walk, type, aggregate);
}

static int put_golden_values(kithi_export_walk *walk, const kith_profile *profile) {
    size_t cursor = 0;
    for (;;) {
        kith_golden golden = KITH_GOLDEN_INIT;
        int code = kith_profile_next_value(profile, &cursor, &golden);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        const kithi_attribute *attribute =
            kithi_catalog_find_attribute(walk->catalog, golden.attribute);
        if (attribute == NULL) {
            return unknown_name(walk, golden.attribute);
        }
        put_named(walk, walk->attribute_ranks[attribute->id], attribute->name, &golden.value);
    }
}

static int put_profile(kithi_export_walk *walk, const kith_profile *profile) {
    size_t cursor = 0;
    kith_id_format(&profile->id, walk->id);
    put_fixed(walk, 0, kith_value_text(walk->id));
    put_fixed(walk, 1, kith_value_integer(profile->record_count));
    int code = put_golden_values(walk, profile);
    while (code == KITH_OK) {
        kith_aggregate aggregate = KITH_AGGREGATE_INIT;
        code = kith_profile_next_aggregate(profile, &cursor, &aggregate);
        if (code == KITH_OK) {
            code = put_aggregate(walk, &aggregate);
        }
    }
    return code == KITH_DONE
               ? kithi_export_put_defined(&walk->rows, walk->catalog, BAND_DEFINED, profile)
               : code;
}

/* Stepping */

static int next_record(kithi_export_walk *walk) {
    return kith_record_iter_next(walk->records, &walk->record);
}

static int next_record_row(kithi_export_walk *walk) {
    int code = next_record(walk);
    return code == KITH_OK ? put_record(walk, &walk->record) : code;
}

static int next_cluster_row(kithi_export_walk *walk) {
    int code = next_record(walk);
    return code == KITH_OK ? put_cluster(walk, &walk->record) : code;
}

static int open_events(kithi_export_walk *walk) {
    int code = next_record(walk);
    return code == KITH_OK ? kith_event_iter_open(walk->txn, walk->record.number, INT64_MIN,
                                                  INT64_MAX, &walk->events)
                           : code;
}

/* The next event of the record at hand, or of the first one after it that has any. */
static int next_event_row(kithi_export_walk *walk) {
    kith_event event = KITH_EVENT_INIT;
    int code = KITH_DONE;
    while (code == KITH_DONE) {
        if (walk->events == NULL) {
            code = open_events(walk);
            if (code != KITH_OK) {
                return code;
            }
        }
        code = kith_event_iter_next(walk->events, &event);
        if (code == KITH_DONE) {
            kith_event_iter_close(walk->events);
            walk->events = NULL;
        }
    }
    return code == KITH_OK ? put_event(walk, &walk->record, &event) : code;
}

static int next_profile_row(kithi_export_walk *walk) {
    kith_profile profile = KITH_PROFILE_INIT;
    int code = kith_profile_iter_next(walk->profiles, &profile);
    return code == KITH_OK ? put_profile(walk, &profile) : code;
}

static const struct kithi_export_layout layouts[] = {
    [KITH_EXPORT_RECORDS] = {next_record_row,
                             {{"source", KITH_TYPE_TEXT}, {"key", KITH_TYPE_TEXT}},
                             "attributes.",
                             false},
    [KITH_EXPORT_EVENTS] = {next_event_row,
                            {{"source", KITH_TYPE_TEXT},
                             {"key", KITH_TYPE_TEXT},
                             {"type", KITH_TYPE_TEXT},
                             {"time", KITH_TYPE_TIME},
                             {"message_id", KITH_TYPE_TEXT}},
                            "properties.",
                            false},
    [KITH_EXPORT_PROFILES] = {next_profile_row,
                              {{"profile_id", KITH_TYPE_TEXT}, {"record_count", KITH_TYPE_INTEGER}},
                              "attributes.",
                              false},
    [KITH_EXPORT_CLUSTERS] = {next_cluster_row,
                              {{"source", KITH_TYPE_TEXT},
                               {"key", KITH_TYPE_TEXT},
                               {"profile_id", KITH_TYPE_TEXT}},
                              "",
                              true},
};

static void end_walk(kithi_export_walk *walk) {
    kith_record_iter_close(walk->records);
    kith_event_iter_close(walk->events);
    kith_profile_iter_close(walk->profiles);
    walk->records = NULL;
    walk->events = NULL;
    walk->profiles = NULL;
}

static int begin_walk(kithi_export_walk *walk) {
    end_walk(walk);
    walk->record = (kith_record)KITH_RECORD_INIT;
    return walk->layout->next == next_profile_row
               ? kith_profile_iter_open(walk->txn, walk->now_us, &walk->profiles)
               : kith_record_iter_open(walk->txn, &walk->records);
}

static int next_row(kithi_export_walk *walk) {
    int code = walk->layout->next(walk);
    if (code == KITH_OK) {
        code = kithi_export_rows_end_row(&walk->rows);
        kithi_arena_reset(&walk->row_arena);
    }
    return code;
}

/* The walk that tells the columns. */
static int collect(kithi_export_walk *walk) {
    int code = begin_walk(walk);
    walk->rows.collecting = true;
    while (code == KITH_OK) {
        code = next_row(walk);
    }
    return code == KITH_DONE ? KITH_OK : code;
}

static int find_columns(kithi_export_walk *walk) {
    const struct kithi_export_layout *layout = walk->layout;
    for (size_t i = 0; layout->fixed[i].name != NULL; i++) {
        kithi_export_rows_add(&walk->rows, i, "", layout->fixed[i].name);
        kithi_export_rows_expect(&walk->rows, i, layout->fixed[i].type);
        walk->fixed_count++;
    }
    int code = rank_names(walk) ? KITH_OK : KITH_NO_MEMORY;
    if (code == KITH_OK && !layout->is_fixed) {
        code = collect(walk);
    }
    return code == KITH_OK ? kithi_export_rows_begin(&walk->rows) : code;
}

/* Opening and closing */

static int say_failure(const kithi_export_walk *walk, int code, kith_error *error) {
    if (code == KITH_INTERRUPTED) {
        return kithi_error_set(error, code, "the export was stopped by its writer");
    }
    if (code == KITH_NO_MEMORY) {
        return kithi_error_memory(error);
    }
    if (kith_txn_error(walk->txn)->code != code) {
        return kithi_error_set(error, code, "cannot export the store, %s", kith_code_name(code));
    }
    kithi_error_copy(error, kith_txn_error(walk->txn));
    return code;
}

int kithi_export_walk_open(kithi_export_walk *walk, kith *store, kith_export_what what,
                           int64_t now_us, kith_error *error) {
    int code = kith_txn_begin(store, KITH_READ, &walk->txn, error);
    if (code != KITH_OK) {
        return code;
    }
    walk->now_us = now_us;
    walk->catalog = kithi_txn_catalog(walk->txn);
    walk->layout = &layouts[what];
    code = find_columns(walk);
    code = code == KITH_OK ? begin_walk(walk) : code;
    return code == KITH_OK ? KITH_OK : say_failure(walk, code, error);
}

int kithi_export_walk_next(kithi_export_walk *walk, kith_error *error) {
    int code = next_row(walk);
    return code == KITH_OK || code == KITH_DONE ? code : say_failure(walk, code, error);
}

int kithi_export_walk_finish(kithi_export_walk *walk, kith_error *error) {
    int code = kithi_export_rows_finish(&walk->rows);
    return code == KITH_OK ? KITH_OK : say_failure(walk, code, error);
}

void kithi_export_walk_init(kithi_export_walk *walk, kith_format format, kith_write_fn write,
                            void *context) {
    *walk = (kithi_export_walk){0};
    kithi_arena_init(&walk->row_arena);
    kithi_export_rows_init(&walk->rows, format, write, context);
}

void kithi_export_walk_close(kithi_export_walk *walk) {
    end_walk(walk);
    kithi_export_rows_clear(&walk->rows);
    kithi_arena_clear(&walk->row_arena);
    kith_txn_abort(walk->txn);
}
