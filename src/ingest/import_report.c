/* What an import tells of itself. */
#include <stdlib.h>
#include <string.h>

#include "src/base/error.h"
#include "src/ingest/import.h"

/* The report, with the memory of what it points to. */
typedef struct owned_report {
    kith_import_report report;
    uint64_t rejects[KITHI_REJECT_REASON_COUNT];
    kithi_arena arena;
} owned_report;

static bool copy_text(owned_report *owned, const char **out, const char *text) {
    *out = text != NULL ? kithi_arena_copy(&owned->arena, text, strlen(text)) : NULL;
    return text == NULL || *out != NULL;
}

/* What became of a column, for people: an attribute, a part of the events, or NULL where it is left
 * out. */
static bool copy_purpose(owned_report *owned, const kithi_mapping *mapping, size_t column,
                         const char **out) {
    bool events = mapping->of == KITHI_MAPPING_EVENTS;
    const char *purpose = NULL;
    if (events && column == mapping->time) {
        purpose = "(time)";
    } else if (events && column == mapping->message_id) {
        purpose = "(message id)";
    } else if (!kithi_mapping_destination(mapping, &mapping->columns[column], &owned->arena,
                                          &purpose)) {
        return false;
    }
    return copy_text(owned, out, purpose);
}

static bool copy_mapping(owned_report *owned, const kithi_mapping *mapping) {
    size_t count = mapping->column_count;
    const char **columns = kithi_arena_calloc(&owned->arena, count + 1, sizeof *columns);
    const char **attributes = kithi_arena_calloc(&owned->arena, count + 1, sizeof *attributes);
    if (columns == NULL || attributes == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!copy_text(owned, &columns[i], mapping->columns[i].name) ||
            !copy_purpose(owned, mapping, i, &attributes[i])) {
            return false;
        }
    }
    owned->report.column_count = count;
    owned->report.columns = columns;
    owned->report.attributes = attributes;
    return true;
}

static const kith_non_number *copy_non_number(owned_report *owned, const kithi_tally_item *item) {
    kith_non_number *copy = kithi_arena_alloc(&owned->arena, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy =
        (kith_non_number){sizeof *copy, NULL, item->committed.count, item->committed.first_line};
    return copy_text(owned, &copy->column, item->name) ? copy : NULL;
}

/* The columns in which values that are in the store should be numbers and are none. */
static bool copy_non_numbers(owned_report *owned, const kithi_tally *tally) {
    size_t count = 0;
    const kith_non_number **list =
        kithi_arena_calloc(&owned->arena, tally->count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < tally->count; i++) {
        const kithi_tally_item *item = &tally->items[i];
        if (item->committed.count == 0) {
            continue;
        }
        list[count] = copy_non_number(owned, item);
        if (list[count++] == NULL) {
            return false;
        }
    }
    owned->report.non_number_count = count;
    owned->report.non_numbers = list;
    return list != NULL;
}

static const kithi_tally_item *find_item(const kithi_tally *tally, const char *name) {
    for (size_t i = 0; i < tally->count; i++) {
        if (strcmp(tally->items[i].name, name) == 0) {
            return &tally->items[i];
        }
    }
    return NULL;
}

static const kith_mixed_dates *copy_mixed_dates(owned_report *owned, const kithi_import *import,
                                                const kithi_tally_item *either,
                                                const kithi_tally_item *other) {
    kith_mixed_dates *copy = kithi_arena_alloc(&owned->arena, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy = (kith_mixed_dates){sizeof *copy,
                               NULL,
                               import->draft.date_order != KITHI_DATE_DAY_FIRST,
                               either->committed.count,
                               either->committed.first_line,
                               other->committed.count,
                               other->committed.first_line};
    return copy_text(owned, &copy->column, either->name) ? copy : NULL;
}

/* The columns whose dates are of two orders, one of which may have been taken for the other. */
static bool copy_all_mixed_dates(owned_report *owned, const kithi_import *import) {
    const kithi_tally *tally = &import->batch.either_dates;
    size_t count = 0;
    const kith_mixed_dates **list =
        kithi_arena_calloc(&owned->arena, tally->count + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < tally->count; i++) {
        const kithi_tally_item *either = &tally->items[i];
        const kithi_tally_item *other = find_item(&import->batch.other_dates, either->name);
        if (either->committed.count == 0 || other == NULL || other->committed.count == 0) {
            continue;
        }
        list[count] = copy_mixed_dates(owned, import, either, other);
        if (list[count++] == NULL) {
            return false;
        }
    }
    owned->report.mixed_date_count = count;
    owned->report.mixed_dates = list;
    return list != NULL;
}

static bool copy_generic_values(owned_report *owned, const kithi_newly_generic *newly) {
    const kith_generic_value **list =
        kithi_arena_calloc(&owned->arena, newly->told + 1, sizeof *list);
    for (size_t i = 0; list != NULL && i < newly->told; i++) {
        kith_generic_value *copy = kithi_arena_alloc(&owned->arena, sizeof *copy);
        if (copy == NULL) {
            return false;
        }
        *copy = newly->values[i];
        if (!copy_text(owned, &copy->type, copy->type) ||
            !copy_text(owned, &copy->value, copy->value)) {
            return false;
        }
        list[i] = copy;
    }
    owned->report.generic_count = newly->count;
    owned->report.generic_value_count = newly->told;
    owned->report.generic_values = list;
    return list != NULL;
}

/* Several sources in one file would be told apart by their column; it is no key then. */
static bool copy_source_column(owned_report *owned, const kithi_import *import) {
    const kithi_mapping *mapping = &import->mapping;
    uint32_t column = mapping->source;
    if (column == KITHI_MAPPING_NONE || column == mapping->key || import->draft.sources.count < 2) {
        return true;
    }
    owned->report.source_value_count = import->draft.sources.count;
    return copy_text(owned, &owned->report.source_column, mapping->columns[column].name);
}

static void add_facts(kith_import_report *report, const kith_fact_counts *facts) {
    report->added_count += facts->added;
    report->updated_count += facts->updated;
    report->unchanged_count += facts->unchanged;
    report->ignored_count += facts->ignored;
}

static void copy_counts(kith_import_report *report, const kithi_batch_counts *counts) {
    report->row_count = counts->rows;
    report->records = counts->records;
    report->events = counts->events;
    report->links = counts->links;
    add_facts(report, &counts->records);
    add_facts(report, &counts->events);
    add_facts(report, &counts->links);
    report->invalid_value_count = counts->invalid_values;
    report->future_row_count = counts->future_rows.count;
    report->first_future_line = counts->future_rows.first_line;
    report->tied_count = counts->tied.count;
    report->first_tied_line = counts->tied.first_line;
    report->settled_count = counts->settled;
}

static void copy_rejects(owned_report *owned, const kithi_batch_counts *counts) {
    for (size_t i = 0; i < KITHI_REJECT_REASON_COUNT; i++) {
        owned->rejects[i] = counts->rejects[i];
        owned->report.rejected_count += counts->rejects[i];
    }
    owned->report.reason_count = KITHI_REJECT_REASON_COUNT;
    owned->report.rejected_by_reason = owned->rejects;
}

static bool fill(owned_report *owned, const kithi_import *import, kith_format format) {
    static const char *const formats[] = {NULL, "csv", "jsonl", "segment", "arrow"};
    bool segment = format == KITH_FORMAT_SEGMENT;
    const char *key = segment ? "userId" : kithi_mapping_key_name(&import->mapping);
    kith_import_report *report = &owned->report;
    report->size = sizeof *report;
    report->format = formats[format];
    report->unmapped_value_count = import->mapping.unmapped_values;
    copy_counts(report, &import->batch.committed);
    copy_rejects(owned, &import->batch.committed);
    return copy_text(owned, &report->encoding, import->input.encoding) &&
           copy_text(owned, &report->key, key) &&
           copy_text(owned, &report->wrong_option, import->wrong_option) &&
           copy_mapping(owned, &import->mapping) &&
           copy_non_numbers(owned, &import->batch.non_numbers) &&
           copy_all_mixed_dates(owned, import) &&
           copy_generic_values(owned, &import->newly_generic) && copy_source_column(owned, import);
}

int kithi_import_report_make(const kithi_import *import, kith_format format,
                             kith_import_report **out) {
    owned_report *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return kithi_error_memory(import->error);
    }
    kithi_arena_init(&owned->arena);
    if (!fill(owned, import, format)) {
        kith_import_report_free(&owned->report);
        return kithi_error_memory(import->error);
    }
    *out = &owned->report;
    return KITH_OK;
}

void kith_import_report_free(kith_import_report *report) {
    owned_report *owned = (owned_report *)report;
    if (owned != NULL) {
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}
