/* kith_export: walks records, events or profiles and writes each as a row. */
#include <stdlib.h>
#include <string.h>

#include "src/ingest/export_rows.h"
#include "src/store/txn.h"

/*
 * Columns in their order: the fixed ones, then those of the catalog's names, then the aggregates.
 * The bands are wide apart, so that ids (16 bits) and what is told of each never meet.
 */
#define BAND_NAMES      ((uint64_t)1 << 40)
#define BAND_AGGREGATES ((uint64_t)2 << 40)

/* Parts of an event type's aggregate; sums follow, by property. */
enum { PART_COUNT, PART_FIRST, PART_LAST, PART_SUM };

typedef struct export_run {
    kith_txn *txn;
    const kithi_catalog *catalog;
    kithi_export_rows rows;
    kithi_arena row_arena; /* nested values of the row in hand */
    int64_t now_us;
    /* Places of the catalog's names, by id: see make_ranks. */
    uint32_t *attribute_ranks, *event_type_ranks, *property_ranks;
    const char *prefix; /* of a name that a fixed column has already */
    size_t fixed_count;
} export_run;

typedef int (*walk_fn)(export_run *run);

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

static bool rank_names(export_run *run) {
    const kithi_catalog *catalog = run->catalog;
    kithi_arena *arena = &run->rows.arena;
    ranked_name *names = kithi_arena_calloc(arena, KITHI_CATALOG_MAX + 1, sizeof *names);
    size_t count = kithi_catalog_attribute_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, i);
        bool declared = attribute->identifier != NULL || attribute->type != KITH_TYPE_NULL;
        names[i] = (ranked_name){i, declared, attribute->name};
    }
    run->attribute_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    count = kithi_catalog_event_type_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        names[i] = (ranked_name){i, false, kithi_catalog_event_type(catalog, i)->name};
    }
    run->event_type_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    count = kithi_catalog_property_count(catalog);
    for (uint16_t i = 0; names != NULL && i < count; i++) {
        names[i] = (ranked_name){i, false, kithi_catalog_property(catalog, i)};
    }
    run->property_ranks = names != NULL ? make_ranks(arena, names, count) : NULL;
    return run->attribute_ranks != NULL && run->event_type_ranks != NULL &&
           run->property_ranks != NULL;
}

static uint64_t aggregate_order(uint32_t event_type, uint32_t part) {
    return BAND_AGGREGATES | (uint64_t)event_type << 20 | part;
}

static bool is_fixed_name(const export_run *run, const char *name) {
    for (uint64_t i = 0; i < run->fixed_count; i++) {
        const uint64_t *place = kithi_map_get(&run->rows.index, i);
        if (place != NULL && strcmp(run->rows.columns[*place].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void put_fixed(export_run *run, uint64_t at, kith_value value) {
    kithi_export_rows_put(&run->rows, at, &value);
}

/* A value of an attribute or property; its column is made where there is none. */
static void put_named(export_run *run, uint32_t rank, const char *name, const kith_value *value) {
    uint64_t order = BAND_NAMES | (uint64_t)rank;
    if (!kithi_export_rows_has(&run->rows, order)) {
        kithi_export_rows_add(&run->rows, order, is_fixed_name(run, name) ? run->prefix : "", name);
    }
    kithi_export_rows_put(&run->rows, order, value);
}

static int unknown_name(export_run *run, const char *name) {
    return kithi_error_set(kithi_txn_error(run->txn), KITH_CORRUPT,
                           "'%s' is used but not defined, run 'kith check'", name);
}

static int put_record_values(export_run *run, const kith_record *record) {
    size_t cursor = 0;
    for (;;) {
        kith_record_value value = KITH_RECORD_VALUE_INIT;
        int code = kith_record_next_value(record, &cursor, &value);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        const kithi_attribute *attribute =
            kithi_catalog_find_attribute(run->catalog, value.attribute);
        if (attribute == NULL) {
            return unknown_name(run, value.attribute);
        }
        put_named(run, run->attribute_ranks[attribute->id], attribute->name, &value.value);
    }
}

static int put_record(export_run *run, const kith_record *record) {
    put_fixed(run, 0, kith_value_text(record->source));
    put_fixed(run, 1, kith_value_text(record->key));
    int code = put_record_values(run, record);
    return code == KITH_OK ? kithi_export_rows_end_row(&run->rows) : code;
}

static int put_cluster(export_run *run, const kith_record *record) {
    char text[KITH_ID_TEXT_BYTES];
    kith_id id;
    int code = kith_profile_id_of_record(run->txn, record->number, &id);
    if (code != KITH_OK) {
        return code;
    }
    kith_id_format(&id, text);
    put_fixed(run, 0, kith_value_text(record->source));
    put_fixed(run, 1, kith_value_text(record->key));
    put_fixed(run, 2, kith_value_text(text));
    return kithi_export_rows_end_row(&run->rows);
}

/*
 * The next property, its nested values in the arena of the row: in that of the transaction they
 * would stay, and an export must not grow with the events.
 */
static int next_property(export_run *run, const kith_event *event, size_t *cursor,
                         kith_field *out) {
    kithi_arena *shared = kithi_txn_arena(run->txn);
    kithi_arena kept = *shared;
    *shared = run->row_arena;
    int code = kith_event_next_property(event, cursor, out);
    run->row_arena = *shared;
    *shared = kept;
    return code;
}

static int put_event(export_run *run, const kith_record *record, const kith_event *event) {
    put_fixed(run, 0, kith_value_text(record->source));
    put_fixed(run, 1, kith_value_text(record->key));
    put_fixed(run, 2, kith_value_text(event->type));
    put_fixed(run, 3, kith_value_time(event->time_us));
    if (event->message_id != NULL) {
        put_fixed(run, 4, kith_value_text(event->message_id));
    }
    size_t cursor = 0;
    for (;;) {
        kith_field property;
        int code = next_property(run, event, &cursor, &property);
        if (code == KITH_DONE) {
            code = kithi_export_rows_end_row(&run->rows);
            kithi_arena_reset(&run->row_arena);
            return code;
        }
        if (code != KITH_OK) {
            return code;
        }
        int id = kithi_catalog_find_property(run->catalog, property.name);
        if (id < 0) {
            return unknown_name(run, property.name);
        }
        put_named(run, run->property_ranks[id], property.name, &property.value);
    }
}

static int put_events(export_run *run, const kith_record *record) {
    kith_event_iter *iter = NULL;
    kith_event event = KITH_EVENT_INIT;
    int code = kith_event_iter_open(run->txn, record->number, INT64_MIN, INT64_MAX, &iter);
    while (code == KITH_OK) {
        code = kith_event_iter_next(iter, &event);
        if (code == KITH_OK) {
            code = put_event(run, record, &event);
        }
    }
    kith_event_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

static int walk_each_record(export_run *run, int (*put)(export_run *, const kith_record *)) {
    kith_record_iter *iter = NULL;
    kith_record record = KITH_RECORD_INIT;
    int code = kith_record_iter_open(run->txn, &iter);
    while (code == KITH_OK) {
        code = kith_record_iter_next(iter, &record);
        if (code == KITH_OK) {
            code = put(run, &record);
        }
    }
    kith_record_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

static int walk_records(export_run *run) {
    return walk_each_record(run, put_record);
}

static int walk_clusters(export_run *run) {
    return walk_each_record(run, put_cluster);
}

static int walk_events(export_run *run) {
    return walk_each_record(run, put_events);
}

/* The column of one part of an aggregate: "order.count", "order.sum.total". */
static void want_aggregate(export_run *run, const kithi_event_type *type, uint32_t part,
                           const char *suffix) {
    uint64_t order = aggregate_order(run->event_type_ranks[type->id], part);
    if (!kithi_export_rows_has(&run->rows, order)) {
        kithi_export_rows_add(&run->rows, order, type->name, suffix);
    }
}

static int put_sums(export_run *run, const kithi_event_type *type,
                    const kith_aggregate *aggregate) {
    static const char word[] = ".sum.";
    size_t cursor = 0;
    for (;;) {
        kith_property_sum sum = KITH_PROPERTY_SUM_INIT;
        int code = kith_aggregate_next_property(aggregate, &cursor, &sum);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        int id = kithi_catalog_find_property(run->catalog, sum.property);
        if (id < 0) {
            return unknown_name(run, sum.property);
        }
        char suffix[sizeof word + KITH_KEY_MAX_BYTES];
        size_t size = strlen(sum.property);
        size = size < KITH_KEY_MAX_BYTES ? size : KITH_KEY_MAX_BYTES;
        memcpy(suffix, word, sizeof word - 1);
        memcpy(suffix + sizeof word - 1, sum.property, size);
        suffix[sizeof word - 1 + size] = '\0';
        uint32_t part = PART_SUM + run->property_ranks[id];
        want_aggregate(run, type, part, suffix);
        kithi_export_rows_put_micros(
            &run->rows, aggregate_order(run->event_type_ranks[type->id], part), sum.sum_micros);
    }
}

static int put_aggregate(export_run *run, const kith_aggregate *aggregate) {
    const kithi_event_type *type =
        kithi_catalog_find_event_type(run->catalog, aggregate->event_type);
    if (type == NULL) {
        return unknown_name(run, aggregate->event_type);
    }
    want_aggregate(run, type, PART_COUNT, ".count");
    want_aggregate(run, type, PART_FIRST, ".first");
    want_aggregate(run, type, PART_LAST, ".last");
    uint32_t rank = run->event_type_ranks[type->id];
    kith_value count = kith_value_integer((int64_t)aggregate->count);
    kith_value first = kith_value_time(aggregate->first_us);
    kith_value last = kith_value_time(aggregate->last_us);
    kithi_export_rows_put(&run->rows, aggregate_order(rank, PART_COUNT), &count);
    kithi_export_rows_put(&run->rows, aggregate_order(rank, PART_FIRST), &first);
    kithi_export_rows_put(&run->rows, aggregate_order(rank, PART_LAST), &last);
    return put_sums(run, type, aggregate);
}

static int put_golden_values(export_run *run, const kith_profile *profile) {
    size_t cursor = 0;
    for (;;) {
        kith_golden golden = KITH_GOLDEN_INIT;
        int code = kith_profile_next_value(profile, &cursor, &golden);
        if (code != KITH_OK) {
            return code == KITH_DONE ? KITH_OK : code;
        }
        const kithi_attribute *attribute =
            kithi_catalog_find_attribute(run->catalog, golden.attribute);
        if (attribute == NULL) {
            return unknown_name(run, golden.attribute);
        }
        put_named(run, run->attribute_ranks[attribute->id], attribute->name, &golden.value);
    }
}

static int put_profile(export_run *run, const kith_profile *profile) {
    char id[KITH_ID_TEXT_BYTES];
    size_t cursor = 0;
    kith_id_format(&profile->id, id);
    put_fixed(run, 0, kith_value_text(id));
    put_fixed(run, 1, kith_value_integer(profile->record_count));
    int code = put_golden_values(run, profile);
    while (code == KITH_OK) {
        kith_aggregate aggregate = KITH_AGGREGATE_INIT;
        code = kith_profile_next_aggregate(profile, &cursor, &aggregate);
        if (code == KITH_OK) {
            code = put_aggregate(run, &aggregate);
        }
    }
    return code == KITH_DONE ? kithi_export_rows_end_row(&run->rows) : code;
}

static int walk_profiles(export_run *run) {
    kith_profile_iter *iter = NULL;
    kith_profile profile = KITH_PROFILE_INIT;
    int code = kith_profile_iter_open(run->txn, run->now_us, &iter);
    while (code == KITH_OK) {
        code = kith_profile_iter_next(iter, &profile);
        if (code == KITH_OK) {
            code = put_profile(run, &profile);
        }
    }
    kith_profile_iter_close(iter);
    return code == KITH_DONE ? KITH_OK : code;
}

#define FIXED_MAX 5

static const struct layout {
    walk_fn walk;
    const char *fixed[FIXED_MAX + 1];
    const char *prefix;
} layouts[] = {
    [KITH_EXPORT_RECORDS] = {walk_records, {"source", "key"}, "attributes."},
    [KITH_EXPORT_EVENTS] = {walk_events,
                            {"source", "key", "type", "time", "message_id"},
                            "properties."},
    [KITH_EXPORT_PROFILES] = {walk_profiles, {"profile_id", "record_count"}, "attributes."},
    [KITH_EXPORT_CLUSTERS] = {walk_clusters, {"source", "key", "profile_id"}, ""},
};

static int run_export(export_run *run, const struct layout *layout) {
    run->prefix = layout->prefix;
    for (size_t i = 0; layout->fixed[i] != NULL; i++) {
        kithi_export_rows_add(&run->rows, i, "", layout->fixed[i]);
        run->fixed_count++;
    }
    int code = rank_names(run) ? KITH_OK : KITH_NO_MEMORY;
    if (code == KITH_OK && layout->walk != walk_clusters) {
        run->rows.collecting = true;
        code = layout->walk(run);
    }
    if (code == KITH_OK) {
        code = kithi_export_rows_begin(&run->rows);
    }
    if (code == KITH_OK) {
        code = layout->walk(run);
    }
    return code == KITH_OK ? kithi_export_rows_finish(&run->rows) : code;
}

static int say_failure(kith_txn *txn, int code, kith_error *error) {
    if (code == KITH_INTERRUPTED) {
        return kithi_error_set(error, code, "the export was stopped by its writer");
    }
    if (code == KITH_NO_MEMORY) {
        return kithi_error_memory(error);
    }
    if (kith_txn_error(txn)->code != code) {
        return kithi_error_set(error, code, "cannot export the store, %s", kith_code_name(code));
    }
    kithi_error_copy(error, kith_txn_error(txn));
    return code;
}

int kith_export(kith *store, kith_export_what what, kith_format format, int64_t now_us,
                kith_write_fn write, void *context, kith_error *error) {
    if (store == NULL || write == NULL || what < KITH_EXPORT_RECORDS ||
        what > KITH_EXPORT_CLUSTERS || format == KITH_FORMAT_SEGMENT) {
        return kithi_error_set(
            error, KITH_MISUSE,
            "an export needs a store, a writer, what to write, and csv or jsonl");
    }
    export_run run = {.now_us = now_us};
    int code = kith_txn_begin(store, KITH_READ, &run.txn, error);
    if (code != KITH_OK) {
        return code;
    }
    run.catalog = kithi_txn_catalog(run.txn);
    kithi_arena_init(&run.row_arena);
    kithi_export_rows_init(&run.rows, format == KITH_FORMAT_JSONL, write, context);
    code = run_export(&run, &layouts[what]);
    if (code != KITH_OK) {
        say_failure(run.txn, code, error);
    }
    kithi_export_rows_clear(&run.rows);
    kithi_arena_clear(&run.row_arena);
    kith_txn_abort(run.txn);
    return code;
}
