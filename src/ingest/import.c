#include "src/ingest/import.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <jansson.h>

#include "src/base/error.h"
#include "src/store/txn.h"

/* The report, with the memory of what it points to. */
typedef struct owned_report {
    kith_import_report report;
    kithi_arena arena;
} owned_report;

const char *kith_reject_reason_name(kith_reject_reason reason) {
    static const char *const names[KITH_REJECT_REASON_COUNT] = {
        "column_count", "encoding", "syntax", "no_key", "bad_time", "too_long", "bad_value"};
    bool known = (unsigned)reason < KITH_REJECT_REASON_COUNT;
    return known ? names[reason] : "unknown reason";
}

/* Facts of rows */

/* A key that is an identifier is one of the record too, so that events alone can be linked. */
static int add_identifier(kithi_import *import, kithi_row *row, const char *key, const char *type,
                          kith_value value, int64_t at_us) {
    kith_field field = {type, value};
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    input.source = import->options.source;
    input.key = key;
    input.at_us = at_us;
    input.fields = &field;
    input.field_count = 1;
    return kithi_batch_record(&import->batch, row, KITHI_BATCH_ADD, &input);
}

static int put_event(kithi_import *import, kithi_row *row) {
    char key[KITHI_DRAFT_KEY_BYTES];
    char message_id[KITHI_DRAFT_KEY_BYTES];
    const char *type = NULL;
    kith_value value = kith_value_null();
    kith_event_input input = KITH_EVENT_INPUT_INIT;
    kithi_draft *draft = &import->draft;
    kithi_draft_key(draft, row, key, &type, &value);
    if (!row->rejected) {
        kithi_draft_time(draft, row, &input.time_us);
    }
    if (!row->rejected && kithi_draft_message_id(draft, row, message_id)) {
        input.message_id = message_id;
    }
    if (row->rejected) {
        return KITH_OK;
    }
    input.source = import->options.source;
    input.key = key;
    input.type = import->options.event_type;
    input.fields = draft->fields;
    input.field_count = draft->field_count;
    int code = type ? add_identifier(import, row, key, type, value, input.time_us) : KITH_OK;
    return code == KITH_OK && !row->rejected ? kithi_batch_event(&import->batch, row, &input)
                                             : code;
}

static int put_record(kithi_import *import, kithi_row *row) {
    char key[KITHI_DRAFT_KEY_BYTES];
    kith_record_input input = KITH_RECORD_INPUT_INIT;
    kithi_draft *draft = &import->draft;
    kithi_draft_key(draft, row, key, NULL, NULL);
    if (!row->rejected) {
        kithi_draft_version(draft, row, import->options.now_us, &input.at_us);
    }
    if (!row->rejected) {
        kithi_draft_check_values(draft, row);
    }
    if (row->rejected) {
        return KITH_OK;
    }
    input.source = import->options.source;
    input.key = key;
    input.fields = draft->fields;
    input.field_count = draft->field_count;
    return kithi_batch_record(&import->batch, row, KITHI_BATCH_PUT, &input);
}

int kithi_import_draft(kithi_import *import, kithi_row *row) {
    return import->options.event_type ? put_event(import, row) : put_record(import, row);
}

/* Options */

static int copy_options(kith_import_options *out, const kith_import_options *given,
                        kith_error *error) {
    const unsigned char *bytes = (const unsigned char *)given;
    if (given == NULL || given->size < sizeof given->size) {
        return kithi_error_set(error, KITH_MISUSE, "import: the options are missing");
    }
    for (size_t i = sizeof *out; i < given->size; i++) {
        if (bytes[i] != 0) {
            return kithi_error_set(error, KITH_MISUSE,
                                   "import: an option is set that this version doesn't know");
        }
    }
    memset(out, 0, sizeof *out);
    memcpy(out, given, given->size < sizeof *out ? given->size : sizeof *out);
    if (out->source == NULL || out->source[0] == '\0' ||
        strlen(out->source) > KITH_NAME_MAX_BYTES) {
        return kithi_error_set(error, KITH_INVALID,
                               "import: a source needs a name of 1 to %d bytes",
                               KITH_NAME_MAX_BYTES);
    }
    if (out->event_type != NULL && out->event_type[0] == '\0') {
        return kithi_error_set(error, KITH_INVALID, "import: the event type's name is empty");
    }
    if ((unsigned)out->format > KITH_FORMAT_SEGMENT) {
        return kithi_error_set(error, KITH_INVALID, "import: no format has the number %d",
                               (int)out->format);
    }
    return KITH_OK;
}

/* Opening the rejects file must not empty the file that is read. */
static int check_rejects_path(const kithi_import *import) {
    struct stat in;
    struct stat out;
    const char *path = import->options.rejects_path;
    if (path == NULL || stat(import->path, &in) != 0 || stat(path, &out) != 0 ||
        in.st_dev != out.st_dev || in.st_ino != out.st_ino) {
        return KITH_OK;
    }
    return kithi_error_set(import->error, KITH_INVALID,
                           "%s: it is the file to import; give the rejected rows another", path);
}

/* Formats */

static kith_format format_by_name(const char *path) {
    static const struct {
        const char *ending;
        kith_format format;
    } endings[] = {
        {".csv", KITH_FORMAT_CSV},     {".tsv", KITH_FORMAT_CSV},      {".txt", KITH_FORMAT_CSV},
        {".jsonl", KITH_FORMAT_JSONL}, {".ndjson", KITH_FORMAT_JSONL}, {".json", KITH_FORMAT_JSONL},
    };
    size_t size = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t length = strlen(endings[i].ending);
        if (size > length && strcasecmp(path + size - length, endings[i].ending) == 0) {
            return endings[i].format;
        }
    }
    return KITH_FORMAT_AUTO;
}

/* The first byte that is no white space, or 0 where nothing else is in the file. */
static int first_byte(kithi_import *import, char *out) {
    kithi_input *input = &import->input;
    size_t at = input->begin;
    *out = 0;
    for (;;) {
        if (at == input->end) {
            size_t seen = at - input->begin;
            int code = kithi_input_fill(input, import->error);
            if (code != KITH_OK || input->end - input->begin == seen) {
                return code;
            }
            at = input->begin + seen;
            continue;
        }
        char c = input->window[at++];
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            *out = c;
            return KITH_OK;
        }
        if (at - input->begin > KITHI_ROW_MAX_BYTES) { /* blank so far: the readers skip it */
            *out = ' ';
            return KITH_OK;
        }
    }
}

/* Whether a line is a message of the Segment spec: one of its six types, and whose it is. */
static bool is_segment_message(const char *line, size_t size) {
    static const char *const types[] = {"identify", "track", "page", "screen", "group", "alias"};
    json_t *message = json_loadb(line, size, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "type"));
    bool known = false;
    for (size_t i = 0; type != NULL && i < sizeof types / sizeof types[0]; i++) {
        known = known || strcmp(type, types[i]) == 0;
    }
    bool whose = json_object_get(message, "userId") != NULL ||
                 json_object_get(message, "anonymousId") != NULL;
    json_decref(message);
    return known && whose;
}

/* Where nothing about rows was asked for, the first line tells Segment messages from other JSON
 * lines. */
static bool looks_like_segment(const kithi_import *import) {
    const kith_import_options *options = &import->options;
    const kithi_input *input = &import->input;
    const char *line = input->window + input->begin;
    size_t size = input->end - input->begin;
    const char *end = memchr(line, '\n', size);
    bool asked = options->format != KITH_FORMAT_AUTO || options->key_column != NULL ||
                 options->event_type != NULL || options->map != NULL;
    return !asked && is_segment_message(line, end != NULL ? (size_t)(end - line) : size);
}

static int find_format(kithi_import *import, kith_format *format) {
    char first = 0;
    int code = first_byte(import, &first);
    if (code != KITH_OK) {
        return code;
    }
    if (first == 0) {
        return kithi_error_set(import->error, KITH_INVALID,
                               "%s is empty: a header line, or a JSON object a line, is expected",
                               import->input.name);
    }
    if (*format == KITH_FORMAT_AUTO) {
        *format = first == '{' || first == '[' ? KITH_FORMAT_JSONL : KITH_FORMAT_CSV;
    }
    if (*format != KITH_FORMAT_CSV && first == '[') {
        return kithi_error_set(import->error, KITH_INVALID,
                               "%s holds one JSON list: write one object a line instead, such as "
                               "`jq -c '.[]'` does",
                               import->input.name);
    }
    if (*format == KITH_FORMAT_JSONL && looks_like_segment(import)) {
        *format = KITH_FORMAT_SEGMENT;
    }
    return KITH_OK;
}

/* Tells the mapping what the store's definitions declare: identifier types, and attributes with a
 * type. */
static int declare_attributes(kithi_import *import) {
    kith_txn *txn = NULL;
    int code = kith_txn_begin(import->batch.store, KITH_READ, &txn, import->error);
    if (code != KITH_OK) {
        return code;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    for (size_t i = 0; code == KITH_OK && i < kithi_catalog_attribute_count(catalog); i++) {
        const kithi_attribute *attribute = kithi_catalog_attribute(catalog, (uint16_t)i);
        bool declared = attribute->identifier != NULL || attribute->type != KITH_TYPE_NULL;
        if (declared && !kithi_mapping_declare(&import->mapping, attribute->name)) {
            code = kithi_error_memory(import->error);
        }
    }
    kith_txn_abort(txn);
    return code;
}

static int run(kithi_import *import, kith_format format) {
    int code = KITH_OK;
    switch (format) {
    case KITH_FORMAT_SEGMENT:
        code = kithi_import_segment(import);
        break;
    case KITH_FORMAT_JSONL:
        code = kithi_import_jsonl(import);
        break;
    default:
        code = kithi_import_csv(import);
        break;
    }
    if (code == KITH_OK) {
        code = kithi_batch_commit(&import->batch);
    }
    if (code == KITH_OK && import->options.settle) {
        code = kithi_batch_settle(&import->batch);
    }
    return code;
}

/* The report */

/* What became of a column, for people: an attribute, a part of the events, or NULL where it is left
 * out. */
static const char *purpose_of(const kithi_mapping *mapping, size_t column) {
    bool events = mapping->of == KITHI_MAPPING_EVENTS;
    if (events && column == mapping->time) {
        return "(time)";
    }
    if (events && column == mapping->message_id) {
        return "(message id)";
    }
    return mapping->columns[column].attribute;
}

static bool copy_mapping(owned_report *owned, const kithi_mapping *mapping) {
    size_t count = mapping->column_count;
    const char **columns = kithi_arena_calloc(&owned->arena, count + 1, sizeof *columns);
    const char **attributes = kithi_arena_calloc(&owned->arena, count + 1, sizeof *attributes);
    if (columns == NULL || attributes == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *name = mapping->columns[i].name;
        const char *purpose = purpose_of(mapping, i);
        columns[i] = kithi_arena_copy(&owned->arena, name, strlen(name));
        if (purpose != NULL) {
            attributes[i] = kithi_arena_copy(&owned->arena, purpose, strlen(purpose));
        }
        if (columns[i] == NULL || (purpose != NULL && attributes[i] == NULL)) {
            return false;
        }
    }
    owned->report.column_count = count;
    owned->report.columns = columns;
    owned->report.attributes = attributes;
    return true;
}

static void copy_counts(kith_import_report *report, const kithi_batch_counts *counts) {
    report->row_count = counts->rows;
    report->added_count = counts->changes[KITH_ADDED];
    report->updated_count = counts->changes[KITH_UPDATED];
    report->unchanged_count = counts->changes[KITH_UNCHANGED];
    report->ignored_count = counts->changes[KITH_IGNORED];
    report->invalid_value_count = counts->invalid_values;
    report->settled_count = counts->settled;
    for (size_t i = 0; i < KITH_REJECT_REASON_COUNT; i++) {
        report->rejected_by_reason[i] = counts->rejects[i];
        report->rejected_count += counts->rejects[i];
    }
}

static int make_report(const kithi_import *import, kith_format format, kith_import_report **out) {
    static const char *const formats[] = {"", "csv", "jsonl", "segment"};
    bool segment = format == KITH_FORMAT_SEGMENT;
    const char *key = segment ? "userId" : kithi_mapping_key_name(&import->mapping);
    owned_report *owned = calloc(1, sizeof *owned);
    if (owned == NULL) {
        return kithi_error_memory(import->error);
    }
    kithi_arena_init(&owned->arena);
    owned->report.size = sizeof owned->report;
    owned->report.format = formats[format];
    copy_counts(&owned->report, &import->batch.committed);
    owned->report.encoding =
        kithi_arena_copy(&owned->arena, import->input.encoding, strlen(import->input.encoding));
    owned->report.key = kithi_arena_copy(&owned->arena, key, strlen(key));
    if (owned->report.encoding == NULL || owned->report.key == NULL ||
        !copy_mapping(owned, &import->mapping)) {
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

/* The whole */

/* An import that fails half-way keeps what it had committed: the message says so. */
static void tell_committed(const kithi_import *import, int code) {
    kith_error said = KITH_ERROR_INIT;
    uint64_t rows = import->batch.committed.rows;
    if (code == KITH_OK || import->error == NULL) {
        return;
    }
    if (code == KITH_INTERRUPTED) {
        kithi_error_set(import->error, code, "stopped; the first %llu rows are in the store",
                        (unsigned long long)rows);
    } else if (rows > 0) {
        kithi_error_copy(&said, import->error);
        kithi_error_set_at(import->error, code, said.position,
                           "%.380s; the first %llu rows are in the store: run it again to go on",
                           said.message, (unsigned long long)rows);
    }
}

static int import_opened(kithi_import *import, kith_format format, kith_import_report **out) {
    kith_import_report *report = NULL;
    kithi_mapping_of of = import->options.event_type ? KITHI_MAPPING_EVENTS : KITHI_MAPPING_RECORDS;
    of = format == KITH_FORMAT_SEGMENT ? KITHI_MAPPING_TRAITS : of;
    kithi_batch_init(&import->batch, import->batch.store, &import->options, &import->input,
                     import->error);
    kithi_draft_init(&import->draft, &import->mapping);
    int code = kithi_mapping_init(&import->mapping, of, &import->options, import->error);
    if (code == KITH_OK) {
        code = kithi_rejects_open(&import->batch.rejects, import->error);
    }
    if (code == KITH_OK) {
        code = declare_attributes(import);
    }
    if (code == KITH_OK) {
        code = run(import, format);
    }
    if (code != KITH_OK) {
        import->batch.error = NULL; /* the first failure is the one to tell */
    }
    int closing = kithi_batch_close(&import->batch);
    code = code == KITH_OK ? closing : code;
    tell_committed(import, code);
    if (out != NULL && (code == KITH_OK || code == KITH_INTERRUPTED)) {
        int reporting = make_report(import, format, &report);
        code = code == KITH_OK ? reporting : code;
        *out = report;
    }
    kithi_draft_clear(&import->draft);
    kithi_mapping_clear(&import->mapping);
    return code;
}

int kith_import(kith *store, const char *path, const kith_import_options *options,
                kith_import_report **out_report, kith_error *error) {
    kithi_import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return kithi_error_memory(error);
    }
    import->path = path;
    import->error = error;
    import->batch.store = store;
    if (store == NULL || path == NULL) {
        free(import);
        return kithi_error_set(error, KITH_MISUSE, "import: the store or the path is missing");
    }
    int code = copy_options(&import->options, options, error);
    if (code == KITH_OK) {
        code = check_rejects_path(import);
    }
    if (code != KITH_OK) {
        free(import);
        return code;
    }
    kith_format format = import->options.format;
    format = format == KITH_FORMAT_AUTO ? format_by_name(path) : format;
    bool may_guess = format == KITH_FORMAT_CSV || format == KITH_FORMAT_AUTO;
    code = kithi_input_open(&import->input, path, import->options.encoding, may_guess, error);
    if (code == KITH_OK) {
        code = find_format(import, &format);
        if (code == KITH_OK) {
            code = import_opened(import, format, out_report);
        }
        kithi_input_close(&import->input);
    }
    free(import);
    return code;
}
