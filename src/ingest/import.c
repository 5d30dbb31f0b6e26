#include "src/ingest/import.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/error.h"
#include "src/ingest/parts.h"
#include "src/store/txn.h"

const char *kith_reject_reason_name(kith_reject_reason reason) {
    static const char *const names[KITHI_REJECT_REASON_COUNT] = {
        "column_count", "encoding", "syntax", "no_key", "bad_time", "too_long", "bad_value"};
    bool known = (unsigned)reason < KITHI_REJECT_REASON_COUNT;
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
    kithi_batch_date(&import->batch, input.time_us);
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
    kithi_batch_date(&import->batch, input.at_us);
    input.source = import->options.source;
    input.key = key;
    input.fields = draft->fields;
    input.field_count = draft->field_count;
    return kithi_batch_record(&import->batch, row, KITHI_BATCH_PUT, &input);
}

int kithi_import_draft(kithi_import *import, kithi_row *row) {
    return import->options.event_type ? put_event(import, row) : put_record(import, row);
}

/* The rejected rows must not be written into the file that is read. */
static int check_rejects_path(kithi_import *import) {
    struct stat in;
    struct stat out;
    const char *path = import->options.rejects_path;
    if (path == NULL || fstat(import->input.file, &in) != 0 || stat(path, &out) != 0 ||
        !S_ISREG(out.st_mode) || in.st_dev != out.st_dev || in.st_ino != out.st_ino) {
        return KITH_OK;
    }
    import->wrong_option = "rejects";
    return kithi_error_set(import->error, KITH_INVALID,
                           "rejects: %s is the file to import; give the rejected rows another",
                           path);
}

/* What the store's definitions say of columns */

size_t kithi_import_sums(const kithi_catalog *catalog, const char *event_type,
                         const char *const **out_names) {
    const kithi_event_type *type = kithi_catalog_find_event_type(catalog, event_type);
    if (type == NULL || !type->declares_sums) {
        return kithi_catalog_default_sums(catalog, out_names);
    }
    *out_names = type->sums;
    return type->sum_count;
}

static bool declare_sums(kithi_import *import, const kithi_catalog *catalog) {
    const char *const *names = NULL;
    size_t count = kithi_import_sums(catalog, import->options.event_type, &names);
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++) {
        fine = kithi_mapping_expect(&import->mapping, names[i], KITHI_NUMBER_SUMMED);
    }
    return fine;
}

static bool declare_identifier(kithi_mapping *mapping, const kithi_attribute *attribute) {
    const kithi_identifier_rules *rules = attribute->identifier;
    if (rules->unique) {
        return kithi_mapping_unique(mapping, attribute->name);
    }
    return !kithi_parts_possible(rules->normaliser) ||
           kithi_mapping_part(mapping, attribute->name, rules->normaliser);
}

/* Columns become identifier types, and attributes with a type, by their very names. */
static bool declare_attribute(kithi_import *import, const kithi_attribute *attribute) {
    kithi_mapping *mapping = &import->mapping;
    bool records = import->mapping.of != KITHI_MAPPING_EVENTS;
    bool number = attribute->type == KITH_TYPE_REAL || attribute->type == KITH_TYPE_INTEGER;
    if (!kithi_mapping_exists(mapping, attribute->name)) {
        return false;
    }
    if (attribute->identifier == NULL && attribute->type == KITH_TYPE_NULL) {
        return true;
    }
    if (!kithi_mapping_declare(mapping, attribute->name)) {
        return false;
    }
    if (attribute->identifier != NULL) {
        return declare_identifier(mapping, attribute);
    }
    if (attribute->type == KITH_TYPE_DATE || attribute->type == KITH_TYPE_TIME) {
        return !records || kithi_mapping_moment(mapping, attribute->name, attribute->type);
    }
    return !records || !number ||
           kithi_mapping_expect(mapping, attribute->name,
                                attribute->type == KITH_TYPE_REAL ? KITHI_NUMBER_REAL
                                                                  : KITHI_NUMBER_INTEGER);
}

static int declare(kithi_import *import) {
    kith_txn *txn = NULL;
    int code = kith_txn_begin(import->batch.store, KITH_READ, &txn, import->error);
    if (code != KITH_OK) {
        return code;
    }
    const kithi_catalog *catalog = kithi_txn_catalog(txn);
    bool fine = kithi_mapping_region(&import->mapping, kithi_catalog_region(catalog)) &&
                (import->mapping.of != KITHI_MAPPING_EVENTS || declare_sums(import, catalog));
    import->mapping.room = KITHI_CATALOG_MAX - kithi_catalog_attribute_count(catalog);
    for (size_t i = 0; fine && i < kithi_catalog_attribute_count(catalog); i++) {
        fine = declare_attribute(import, kithi_catalog_attribute(catalog, (uint16_t)i));
    }
    code = fine ? kithi_newly_generic_begin(&import->newly_generic, txn) : KITH_OK;
    if (code != KITH_OK) {
        kithi_error_copy(import->error, kith_txn_error(txn));
    }
    kith_txn_abort(txn);
    return fine ? code : kithi_error_memory(import->error);
}

static int find_newly_generic(kithi_import *import) {
    kith_txn *txn = NULL;
    int code = kith_txn_begin(import->batch.store, KITH_READ, &txn, import->error);
    if (code == KITH_OK) {
        code = kithi_newly_generic_end(&import->newly_generic, txn);
        if (code != KITH_OK) {
            kithi_error_copy(import->error, kith_txn_error(txn));
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
    case KITH_FORMAT_ARROW:
        code = kithi_import_table(import);
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
    return code == KITH_OK ? find_newly_generic(import) : code;
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

static int open_rejects(kithi_import *import) {
    int code = kithi_rejects_open(&import->batch.rejects, import->error);
    if (code == KITH_INVALID) {
        import->wrong_option = "rejects";
    }
    return code;
}

/* From the first row to the last; what is begun here stays for the report. */
static int import_rows(kithi_import *import, kith_format format) {
    kithi_mapping_of of = import->options.event_type ? KITHI_MAPPING_EVENTS : KITHI_MAPPING_RECORDS;
    of = format == KITH_FORMAT_SEGMENT ? KITHI_MAPPING_TRAITS : of;
    kithi_draft_init(&import->draft, &import->mapping);
    import->draft.non_numbers = &import->batch.non_numbers;
    import->draft.either_dates = &import->batch.either_dates;
    import->draft.other_dates = &import->batch.other_dates;
    kithi_import_date_order(import->options.dates, &import->draft.date_order);
    int code = kithi_mapping_init(&import->mapping, of, &import->options, import->error);
    if (code == KITH_OK) {
        code = open_rejects(import);
    }
    if (code == KITH_OK) {
        code = declare(import);
    }
    if (code == KITH_OK) {
        code = kithi_mapping_check_map(&import->mapping, import->error);
    }
    if (code == KITH_OK) {
        code = run(import, format);
    }
    if (code == KITH_INVALID && import->wrong_option == NULL) {
        import->wrong_option = import->mapping.wrong_option;
    }
    if (code != KITH_OK) {
        import->batch.error = NULL; /* the first failure is the one to tell */
    }
    if (code != KITH_OK && import->batch.committed.rows == 0) {
        kithi_rejects_keep(&import->batch.rejects);
    }
    int closing = kithi_batch_close(&import->batch);
    return code == KITH_OK ? closing : code;
}

/* After a failure there is something to report where rows were committed, or an option is to blame.
 */
static void report_failure(kithi_import *import, kith_format format, int code,
                           kith_import_report **out) {
    bool told = code == KITH_INTERRUPTED || import->wrong_option != NULL ||
                import->batch.committed.rows > 0;
    tell_committed(import, code);
    import->error = NULL; /* the first failure is the one to tell */
    if (told && out != NULL) {
        kithi_import_report_make(import, format, out);
    }
}

static int open_input(kithi_import *import, kith_format format) {
    bool may_guess = format == KITH_FORMAT_CSV || format == KITH_FORMAT_AUTO;
    int code = kithi_input_open(&import->input, import->path, import->options.encoding, may_guess,
                                import->error);
    if (code == KITH_INVALID) {
        import->wrong_option = "encoding";
    }
    return code == KITH_OK ? check_rejects_path(import) : code;
}

/* From the first row to the report. */
static int import_all(kithi_import *import, kith_format format, kith_import_report **out_report) {
    int code = import_rows(import, format);
    if (code == KITH_OK && out_report != NULL) {
        code = kithi_import_report_make(import, format, out_report);
    }
    return code;
}

static int import_file(kithi_import *import, kith_import_report **out_report) {
    kith_format format = kithi_import_named_format(import);
    int code = open_input(import, format);
    if (code == KITH_OK) {
        code = kithi_import_find_format(import, &format);
    }
    if (code == KITH_OK) {
        code = import_all(import, format, out_report);
    }
    if (code != KITH_OK) {
        report_failure(import, format, code, out_report);
    }
    kithi_input_close(&import->input);
    return code;
}

/* What a file says of itself, the options of a stream say as well. */
static int check_stream(const kithi_import *import) {
    const char *option = import->options.format != KITH_FORMAT_AUTO ? "format"
                         : import->options.encoding != NULL         ? "encoding"
                                                                    : NULL;
    return option != NULL ? kithi_error_set(import->error, KITH_MISUSE,
                                            "%s: an Arrow stream has its own; leave it out", option)
                          : KITH_OK;
}

static int import_stream(kithi_import *import, kith_import_report **out_report) {
    int code = check_stream(import);
    import->input.name = "the Arrow stream";
    strcpy(import->input.encoding, "UTF-8");
    if (code == KITH_OK) {
        code = import_all(import, KITH_FORMAT_ARROW, out_report);
    }
    if (code != KITH_OK) {
        report_failure(import, KITH_FORMAT_ARROW, code, out_report);
    }
    return code;
}

static void clear(kithi_import *import) {
    kithi_draft_clear(&import->draft);
    kithi_mapping_clear(&import->mapping);
    kithi_newly_generic_clear(&import->newly_generic);
    kithi_batch_clear(&import->batch);
    free(import);
}

/* Of a file or a stream, whichever there is. */
static int import_from(kith *store, const char *path, struct ArrowArrayStream *stream,
                       const kith_import_options *options, kith_import_report **out_report,
                       kith_error *error) {
    kithi_import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return kithi_error_memory(error);
    }
    import->path = path;
    import->stream = stream;
    import->error = error;
    kithi_newly_generic_init(&import->newly_generic);
    import->mapping.key = import->mapping.source = KITHI_MAPPING_NONE;
    int code = kithi_import_options_copy(&import->options, options, error);
    if (code == KITH_OK) {
        kithi_batch_init(&import->batch, store, &import->options, &import->input, error);
        code = stream != NULL ? import_stream(import, out_report) : import_file(import, out_report);
    }
    clear(import);
    return code;
}

int kith_import(kith *store, const char *path, const kith_import_options *options,
                kith_import_report **out_report, kith_error *error) {
    if (out_report != NULL) {
        *out_report = NULL;
    }
    if (store == NULL || path == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "import: the store or the path is missing");
    }
    return import_from(store, path, NULL, options, out_report, error);
}

int kith_import_arrow(kith *store, struct ArrowArrayStream *stream,
                      const kith_import_options *options, kith_import_report **out_report,
                      kith_error *error) {
    if (out_report != NULL) {
        *out_report = NULL;
    }
    if (store == NULL || stream == NULL || stream->release == NULL) {
        return kithi_error_set(error, KITH_MISUSE,
                               "import: the store is missing, or a stream that isn't released");
    }
    return import_from(store, NULL, stream, options, out_report, error);
}
