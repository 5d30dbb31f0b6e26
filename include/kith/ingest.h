/*
 * Files and tables in and out: CSV, JSON lines, Segment-spec lines and Arrow to facts; facts and
 * profiles to CSV, JSON lines and Arrow.
 *
 * Thread rule: these functions begin transactions of their own; call them while the thread holds no
 * write transaction on the store.
 */
#ifndef KITH_INGEST_H
#define KITH_INGEST_H

#include "kith/arrow.h"
#include "kith/state.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kith_format {
    KITH_FORMAT_AUTO =
        0, /* by the name's ending: .csv .tsv .txt; .jsonl .ndjson .json; else by the first byte */
    KITH_FORMAT_CSV = 1,
    KITH_FORMAT_JSONL = 2,
    KITH_FORMAT_SEGMENT = 3,
    KITH_FORMAT_ARROW = 4 /* of exports alone: the Arrow IPC stream format */
} kith_format;

/** Why a row was rejected. kith_reject_reason_name() gives the word used in summaries and rejects
 * files. */
typedef enum kith_reject_reason {
    KITH_REJECT_COLUMN_COUNT = 0, /* "column_count": more or fewer columns than the header */
    KITH_REJECT_ENCODING = 1,     /* "encoding": not valid in the file's encoding, or a NUL byte */
    KITH_REJECT_SYNTAX = 2,       /* "syntax": an open quote, half a JSON object, the header
                                     once more in the middle of a file */
    KITH_REJECT_NO_KEY = 3,       /* "no_key": the key is missing or empty */
    KITH_REJECT_BAD_TIME = 4,     /* "bad_time": the time is missing or is none; of Segment
                                     lines: an event has neither its time nor a messageId */
    KITH_REJECT_TOO_LONG = 5,     /* "too_long": a line, key or value over its limit */
    KITH_REJECT_BAD_VALUE = 6     /* "bad_value": refused by the store; the detail says why */
} kith_reject_reason;
KITH_API const char *kith_reject_reason_name(kith_reject_reason reason);

/** A rejected row. Borrowed for the call. */
typedef struct kith_reject {
    size_t size;
    kith_reject_reason reason;
    uint64_t line;      /* 1 is the first line of the file */
    const char *detail; /* one line of text */
    const char *text;   /* the row as it stood, cut after 64 KiB */
    size_t text_bytes;
} kith_reject;

/**
 * How a file is read. Errors that an option is to blame for begin with its name: "source: ",
 * "format: ", "key: ", "map: ", "event: ", "time: ", "message-id: ", "dates: ", "encoding: ",
 * "rejects: ".
 */
typedef struct kith_import_options {
    size_t size;
    const char *source; /* required */
    kith_format format;
    const char *key_column;  /* NULL: recognised by its name; without one the row's first identifier
                                is the key. Keys are taken as the file has them, but those of a
                                column that becomes `email`: the address's normal form is the key,
                                so that Ann@X.com and ann@x.com are one record (and in an
                                event without a key column, its property `email` is it too) */
    const char *map;         /* "column=attribute,..."; "column=" leaves a column out; of events
                                "column=message_id" is as message_id_column; NULL: none. An
                                attribute that the store lacks can't be named as people name the
                                columns of another (E-Mail): it would be taken for that */
    const char *event_type;  /* rows are events of this type on the record that the key names; NULL:
                                records */
    const char *time_column; /* of events: required with event_type unless recognised; of records:
                                version */
    const char
        *encoding; /* as iconv names it; NULL: UTF-8, or GB18030 where a CSV isn't valid UTF-8 */
    const char *rejects_path; /* a CSV of the rejected rows, as kith_import() says; NULL: they are
                                 only counted (and told to `reject`) */
    int64_t now_us;           /* version of records with no time of their own */
    uint32_t batch_count;     /* facts a transaction; 0: 10,000 */
    bool settle;              /* settle what was imported, at now_us */
    int (*reject)(void *context, const kith_reject *reject); /* NULL; nonzero stops */
    kith_progress_fn progress;
    void *context;                 /* handed to both */
    const char *message_id_column; /* of events: what numbers them, so that one that is told again
                                      counts once (kith_event_input.message_id); NULL: a column
                                      named so, such as message_id */
    const char *dates; /* "dmy" or "mdy": which comes first, day or month, where a date's numbers
                          allow both; NULL: as kith_date_parse() has it. Of columns that are dates
                          or times by definition, and of the time column */
} kith_import_options;
#define KITH_IMPORT_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(kith_import_options), NULL, KITH_FORMAT_AUTO, NULL, NULL, NULL, NULL, NULL, NULL,   \
            0, 0, false, NULL, NULL, NULL, NULL, NULL                                              \
    }

/** What became of the facts of one kind, by kith_change. It never changes. */
typedef struct kith_fact_counts {
    uint64_t added, updated, unchanged, ignored;
} kith_fact_counts;

/** Values of a column that should be numbers and aren't, or are too large to be summed: kept as
 * they are, and not summed. */
typedef struct kith_non_number {
    size_t size;
    const char *column; /* or the property, in Segment lines */
    uint64_t value_count;
    uint64_t first_line; /* where the first one is */
} kith_non_number;

/** A column of dates that seem to be written in two orders: of some the numbers allow only the
 * order that isn't the import's, so that those that allow both may have been read wrongly. */
typedef struct kith_mixed_dates {
    size_t size;
    const char *column;
    bool month_first; /* how those that allow both were read */
    uint64_t either_count, first_either_line;
    uint64_t other_count, first_other_line; /* those that allow only the other order */
} kith_mixed_dates;

#define KITH_GENERIC_VALUES_TOLD 10 /* in a report */

/** An identifier value that links nobody since an import, as too many names, or records without
 * one, show it (generic_at of its type): customers that it held together are apart. */
typedef struct kith_generic_value {
    size_t size;
    const char *type;
    const char *value; /* in normal form */
    uint64_t record_count;
} kith_generic_value;

/**
 * What an import did. Rows are what was read; a row makes a fact, or (Segment lines, events whose
 * key is an identifier) several of several kinds. Owned: kith_import_report_free().
 */
typedef struct kith_import_report {
    size_t size;
    uint64_t row_count; /* read, the rejected ones too */
    uint64_t added_count, updated_count, unchanged_count, ignored_count; /* facts of all kinds */
    uint64_t rejected_count;                                             /* rows */
    size_t reason_count;                /* reasons that this kith knows, in rejected_by_reason */
    const uint64_t *rejected_by_reason; /* rows, by kith_reject_reason */
    uint64_t invalid_value_count;       /* identifiers, dates and numbers of records kept as text */
    uint64_t settled_count;
    const char *format;   /* "csv", "jsonl", "segment", "arrow" */
    const char *encoding; /* the encoding read */
    const char *key;      /* the key column used; "(identifier)" */
    size_t column_count;  /* the mapping used: columns[i] became attributes[i]; NULL: left out;
                             "a, b" where, of JSON, it became two, as a line's second value of a type
                             that is unique goes to the column's own name. A CSV column that holds
                             values and has no name is "(column 3)", and is left out */
    const char *const *columns;
    const char *const *attributes;
    kith_fact_counts records, events, links; /* what the counts of facts above are made of */
    size_t non_number_count;                 /* columns in non_numbers */
    const kith_non_number *const *non_numbers;
    uint64_t future_row_count; /* dated after now_us: records win until then, events wait */
    uint64_t first_future_line;
    const char *source_column;     /* it seems to name the source of each row, and holds */
    uint64_t source_value_count;   /* several values, of which 1,000 are told apart; NULL: none */
    const char *wrong_option;      /* the option to mend, as errors begin with it; NULL: none */
    uint64_t unmapped_value_count; /* left out, though their rows were taken: of JSON members beyond
                                      the first 1,000 names of a file, or of columns for which the
                                      store's 4,096 attributes leave no room */
    uint64_t tied_count; /* records that differ from another version of the same time, such as two
                            rows of one key: which of them stands is decided by their content */
    uint64_t first_tied_line;
    size_t mixed_date_count; /* columns in mixed_dates */
    const kith_mixed_dates *const *mixed_dates;
    uint64_t generic_count;     /* identifier values that became generic */
    size_t generic_value_count; /* of them in generic_values: the first ones */
    const kith_generic_value *const *generic_values;
} kith_import_report;

/**
 * Imports a file. A bad row never stops the others. Each transaction is durable when it ends: an
 * import that is stopped or fails keeps what it had committed, and says how much; run it again to
 * go on.
 *
 * Values are put as the file has them (a numeral in a CSV cell of an event as a number, where the
 * number gives the same text again), whatever the definitions say, but for parts (below): importing
 * the same file again after a change of them adds nothing. Where numbers are wanted (a property
 * that the event's type sums, an attribute of type integer or real) the store reads amounts as
 * such, of kith_event_put and kith_record_put as well: full-width digits, a currency's sign or ISO
 * code around the number, marks of either custom. Of points and commas the last is the decimal mark
 * (1,234.50 and 1.234,50). A comma alone is it too (12,50), but where it can part thousands it
 * does: 1,234 is a thousand and more, and so are 1,234,567, 1.234.567, 1 234,50, 1'234.50 and
 * 1,00,000.50. A minus is in front or behind (5.00-), or brackets say it: (5.00). 1.5E3 is 1500.
 * What is no such number, or too large to be summed, is told of in the report; its row is never
 * rejected.
 *
 * A file at rejects_path is replaced only where it holds rejected rows of an earlier import or is
 * empty; any other file, the store, its lock file and the file to import are refused and stay as
 * they are. The first rejected row replaces what is there. An import that rejects none removes
 * what an earlier one left; one that fails before it committed any row leaves it. A symbolic link
 * stays, and the file behind it is emptied instead. A device or a pipe is just written to.
 *
 * A text that becomes an identifier type of `normalise` email or phone, of which a record may have
 * several (it isn't unique), is several values where `;` or `|`, or of e-mails `,`, part it and
 * each part is of the type's form: "a@x.com; b@x.com". Else it is one value, as it stands. Of an
 * event's key that is such a text the first part counts as the key.
 *
 * Keys are texts or whole numbers: 7 and 7.0 of JSON are the key "7". In Segment lines the
 * message's userId is the user's id: a trait that says another (user_id, uid) becomes an attribute
 * beside it, user_id_2 or of the trait's own name. context.device.id is a device_id of the record.
 * An event (track, page, screen, group) needs a time or a messageId: with neither, importing it
 * again would add it again.
 *
 * Columns of one name are one column: the second gives further values of its attribute.
 *
 * @param path        "-": standard input.
 * @param out_report  owned; set on success, after KITH_INTERRUPTED, and after a failure where rows
 *                    had been committed or an option is to blame; else NULL. NULL is fine.
 * @return KITH_OK (though rows may have been rejected); KITH_INVALID (the file: empty, no header;
 *         or it and an option don't fit, such as a key column that it lacks: wrong_option names
 *         it); KITH_MISUSE (an option that fits no file: no source, a name that is empty or too
 *         long, no such format); KITH_NOT_FOUND (no such file); KITH_FULL; KITH_IO;
 *         KITH_INTERRUPTED.
 */
KITH_API int kith_import(kith *store, const char *path, const kith_import_options *options,
                         kith_import_report **out_report, kith_error *error);
KITH_API void kith_import_report_free(kith_import_report *report);

/**
 * Imports an Arrow stream (kith/arrow.h), such as pandas, polars, pyarrow and DuckDB give, as
 * kith_import() does a CSV file: columns are recognised by their names, or named by the options;
 * bad rows are rejected, and told of with their number (from 1 on) as the line and their values as
 * the text.
 *
 * Values keep their types. Columns are utf8 (large, or views), integers, floats, booleans, dates,
 * timestamps (without a zone: UTC), decimals of 128 bits, nulls, and dictionaries of these. A null
 * and NaN are no value. A decimal of more than 15 digits that isn't whole, and an integer that
 * needs 64 bits without a sign, are texts of their digits. A column of another type is refused
 * before anything is written, unless the map leaves it out.
 * @param stream   borrowed and read to its end; it stays the caller's to release.
 * @param options  `format` and `encoding` as they are initialised. `progress` is told of rows.
 * @return as kith_import(); KITH_INVALID also of a type that isn't taken, and where the stream
 *         fails or breaks Arrow's rules: how large its buffers are it doesn't say, so that is
 *         trusted, all else is checked.
 */
KITH_API int kith_import_arrow(kith *store, struct ArrowArrayStream *stream,
                               const kith_import_options *options, kith_import_report **out_report,
                               kith_error *error);

/* Tagging the records that a file lists */

typedef struct kith_tag_import_options {
    size_t size;
    const char *source;        /* whose records the keys name; required */
    const char *key_column;    /* NULL: recognised by its name, as kith_import() does */
    const kith_tag_input *tag; /* what each is tagged with, but for whom; required */
    bool remove;               /* the tag is removed instead */
    const char *encoding;      /* as kith_import_options has it */
    uint32_t batch_count;      /* rows a transaction; 0: 10,000 */
    kith_progress_fn progress; /* NULL, or told of "tag" */
    void *context;             /* handed to it */
} kith_tag_import_options;
#define KITH_TAG_IMPORT_OPTIONS_INIT                                                               \
    { sizeof(kith_tag_import_options), NULL, NULL, NULL, false, NULL, 0, NULL, NULL }

/** What became of the rows. Those that are neither unknown nor rejected were added or unchanged. */
typedef struct kith_tag_import_report {
    size_t size;
    uint64_t row_count;
    uint64_t added_count, unchanged_count;
    uint64_t unknown_count; /* no record has the key, or there is none */
    uint64_t first_unknown_line;
    uint64_t rejected_count; /* rows that can't be read */
    uint64_t first_rejected_line;
} kith_tag_import_report;
#define KITH_TAG_IMPORT_REPORT_INIT                                                                \
    { sizeof(kith_tag_import_report), 0, 0, 0, 0, 0, 0, 0 }

/**
 * Tags the record of each row of a CSV file, which begins with the names of its columns, in
 * transactions of its own; by the rules of kith_tag_add(). A key that is unknown and a row that
 * can't be read stop nothing. Call it while the thread holds no write transaction on the store.
 * @param path  "-": standard input.
 * @param out_report  NULL is fine. What is in the store, whatever is returned, once the file is
 *                    open.
 * @return KITH_OK; KITH_NOT_FOUND (no such file); KITH_INVALID (the tag, no such column or
 *         encoding); KITH_INTERRUPTED; KITH_IO; KITH_NO_MEMORY; KITH_MISUSE; what kith_txn_begin()
 *         and kith_txn_commit() return.
 */
KITH_API int kith_tag_import(kith *store, const char *path, const kith_tag_import_options *options,
                             kith_tag_import_report *out_report, kith_error *error);

typedef enum kith_export_what {
    KITH_EXPORT_RECORDS = 1,
    KITH_EXPORT_EVENTS = 2,
    KITH_EXPORT_PROFILES = 3,
    KITH_EXPORT_CLUSTERS = 4 /* source,key,profile_id */
} kith_export_what;

/**
 * Writes what the store holds as CSV, JSON lines or an Arrow IPC stream, in one snapshot and a
 * fixed order.
 * Columns: records: source, key, then the attributes; events: source, key, type, time, message_id,
 * then the properties; profiles: profile_id, record_count, the attributes, then <type>.count,
 * .first, .last, .sum.<property>, then trait.<name>, score.<name>.<output> of the outputs that are
 * kept, and segment.<name>, true or false. Several values of one attribute are joined by "; " in
 * CSV and a list in JSON. What else expressions can ask is a column of a query (query.h).
 */
KITH_API int kith_export(kith *store, kith_export_what what, kith_format format, int64_t now_us,
                         kith_write_fn write, void *context, kith_error *error);

/**
 * The same as an Arrow stream (kith/arrow.h), which reads a snapshot of its own. A column is of the
 * type that all of its values are of; where they are of several, or somebody has several values of
 * the attribute, it is a text as in CSV. Sums are decimals.
 *
 * The store may be closed before the stream is read: it stays open until the stream is released,
 * and so does the snapshot. Thread rule: any thread, one at a time.
 * @param out  filled on success: whoever holds it calls its release.
 * @return KITH_OK; what kith_txn_begin() returns; KITH_CORRUPT; KITH_NO_MEMORY; KITH_MISUSE.
 */
KITH_API int kith_export_arrow(kith *store, kith_export_what what, int64_t now_us,
                               struct ArrowArrayStream *out, kith_error *error);

#ifdef __cplusplus
}
#endif
#endif
