/* The options of an import: what breaks their contract, whatever the file holds. */
#include <string.h>

#include "src/base/sized.h"
#include "src/ingest/columns.h"
#include "src/ingest/import.h"

static int check_size(const char *option, const char *text, size_t max_bytes, kith_error *error) {
    size_t size = text != NULL ? strlen(text) : 0;
    if (size > 0 && size <= max_bytes) {
        return KITH_OK;
    }
    return kithi_error_set(error, KITH_MISUSE, "%s: a name of 1 to %zu bytes is needed, not of %zu",
                           option, max_bytes, size);
}

/* A name that is kept and shown holds no line break and the like. */
static int check_plain(const char *option, const char *text, kith_error *error) {
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f) {
            return kithi_error_set(error, KITH_MISUSE,
                                   "%s: a name has no control characters, such as a line break",
                                   option);
        }
    }
    return KITH_OK;
}

static int check(const kith_import_options *options, kith_error *error) {
    const struct {
        const char *option, *text;
        size_t max_bytes;
        bool required;
    } names[] = {
        {"source", options->source, KITH_NAME_MAX_BYTES, true},
        {"event", options->event_type, KITH_NAME_MAX_BYTES, false},
        {"key", options->key_column, KITHI_COLUMN_NAME_MAX_BYTES, false},
        {"time", options->time_column, KITHI_COLUMN_NAME_MAX_BYTES, false},
        {"message-id", options->message_id_column, KITHI_COLUMN_NAME_MAX_BYTES, false},
    };
    int code = KITH_OK;
    for (size_t i = 0; code == KITH_OK && i < sizeof names / sizeof names[0]; i++) {
        if (names[i].required || names[i].text != NULL) {
            code = check_size(names[i].option, names[i].text, names[i].max_bytes, error);
        }
    }
    if (code == KITH_OK) {
        code = check_plain("source", options->source, error);
    }
    if (code == KITH_OK) {
        code = check_plain("event", options->event_type, error);
    }
    if (code == KITH_OK && options->format == KITH_FORMAT_ARROW) {
        code = kithi_error_set(error, KITH_MISUSE,
                               "format: files of Arrow aren't imported; hand what reads them to "
                               "kith_import_arrow()");
    }
    if (code == KITH_OK && (unsigned)options->format > KITH_FORMAT_ARROW) {
        code = kithi_error_set(error, KITH_MISUSE, "format: none has the number %d",
                               (int)options->format);
    }
    return code;
}

int kithi_import_date_order(const char *name, kithi_date_order *out) {
    *out = KITHI_DATE_USUAL;
    if (name != NULL && strcmp(name, "dmy") == 0) {
        *out = KITHI_DATE_DAY_FIRST;
    } else if (name != NULL && strcmp(name, "mdy") == 0) {
        *out = KITHI_DATE_MONTH_FIRST;
    } else if (name != NULL) {
        return KITH_INVALID;
    }
    return KITH_OK;
}

/* What an option needs of another. */
static int check_together(const kith_import_options *options, kith_error *error) {
    kithi_date_order order;
    if (kithi_import_date_order(options->dates, &order) != KITH_OK) {
        return kithi_error_set(error, KITH_MISUSE, "dates: they are dmy or mdy, not '%.60s'",
                               options->dates);
    }
    return options->message_id_column != NULL && options->event_type == NULL &&
                   options->format != KITH_FORMAT_SEGMENT
               ? kithi_error_set(error, KITH_MISUSE,
                                 "message-id: only events have one; say of which type they are")
               : KITH_OK;
}

/* Segment lines say themselves who, what and when. */
static int check_segment(const kith_import_options *options, kith_error *error) {
    const char *option = options->key_column != NULL          ? "key"
                         : options->event_type != NULL        ? "event"
                         : options->time_column != NULL       ? "time"
                         : options->message_id_column != NULL ? "message-id"
                                                              : NULL;
    return options->format == KITH_FORMAT_SEGMENT && option != NULL
               ? kithi_error_set(error, KITH_MISUSE,
                                 "%s: Segment lines have their own; leave it out", option)
               : KITH_OK;
}

int kithi_import_options_copy(kith_import_options *out, const kith_import_options *given,
                              kith_error *error) {
    *out = (kith_import_options)KITH_IMPORT_OPTIONS_INIT;
    if (given == NULL) {
        return kithi_error_set(error, KITH_MISUSE, "import: the options are missing");
    }
    int code = kithi_take(given, out, sizeof *out, "import", error);
    if (code == KITH_OK) {
        code = check(out, error);
    }
    if (code == KITH_OK) {
        code = check_together(out, error);
    }
    return code == KITH_OK ? check_segment(out, error) : code;
}
