/*
 * Codes, errors, values, ids and times: what every other header of kith builds on.
 *
 * Conventions that hold everywhere:
 *  - A fallible function returns int: KITH_OK, or a negative code. KITH_DONE comes only from a
 *    function whose name holds `next`.
 *  - Text is UTF-8. Names and keys are NUL-terminated; values carry a length.
 *  - Times are microseconds since 1970-01-01T00:00:00Z and end in `_us`; dates are days since then.
 *  - Structs that cross the border begin with `size`; start them from their _INIT macro. A function
 *    that takes one has the defaults for what a shorter one (of an older kith) lacks; it returns
 *    KITH_MISUSE for one too short to be any, or longer than it knows with something set there. A
 *    function that fills one writes at most `size` bytes, on success only, and keeps `size`. The
 *    few structs without it say so: they never change.
 *  - After a negative code the text is in the `error` that the function was given, or, where it
 *    works on a transaction or something read from one, in kith_txn_error(); KITH_NOT_FOUND has its
 *    text too. KITH_OK and KITH_DONE leave the text of an earlier failure as it is.
 *  - Ownership has four shapes: borrowed in (the callee copies what it keeps); borrowed out (valid
 *    until the transaction ends, is reset, or writes next); owned out through `**` with a free
 *    function of its own; a buffer of the caller's that the callee fills.
 */
#ifndef KITH_BASE_H
#define KITH_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define KITH_API
#elif defined(__GNUC__)
#define KITH_API __attribute__((visibility("default")))
#else
#define KITH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define KITH_VERSION_MAJOR 0
#define KITH_VERSION_MINOR 1
#define KITH_VERSION_PATCH 0
#define KITH_VERSION_TEXT  "0.1.0"

/** The version of the library that is linked, as text. Thread-safe; never fails. */
KITH_API const char *kith_version(void);

/* Codes. The numbers are part of the interface and never change. */
#define KITH_OK          0
#define KITH_DONE        1    /* an iterator has no more; never an error */
#define KITH_NOT_FOUND   (-1) /* nothing has this key, id or identifier */
#define KITH_INVALID     (-2) /* bad data: the error says what and where */
#define KITH_MISUSE      (-3) /* a call that the contract forbids */
#define KITH_NO_MEMORY   (-4)
#define KITH_IO          (-5) /* the operating system refused: disk full, permissions, ... */
#define KITH_FULL        (-6) /* the store has reached its map size: kith_open() has what to do */
#define KITH_CORRUPT     (-7) /* the file is damaged, is no kith store, or one of an earlier kith */
#define KITH_NEWER       (-8) /* the store was written by a newer kith */
#define KITH_BUSY        (-9) /* all reader slots are taken; others changed what is worked at */
#define KITH_READ_ONLY   (-10) /* a write to a store that was opened read-only */
#define KITH_INTERRUPTED (-11) /* a progress callback asked to stop */
#define KITH_EXISTS      (-12) /* KITH_CREATE_NEW and the file is there already */
#define KITH_LIMIT       (-13) /* a documented limit would be passed */

/** The name of a code, such as "KITH_FULL"; "unknown code" for others. Thread-safe. */
KITH_API const char *kith_code_name(int code);

/** What went wrong. Owned by the caller, or by the transaction for kith_txn_error(). */
typedef struct kith_error {
    size_t size;
    int code;
    int64_t position;  /* byte offset in the input the message speaks of, or -1 */
    char message[480]; /* one line: what, where, and what to do; always NUL-terminated */
} kith_error;
#define KITH_ERROR_INIT                                                                            \
    {                                                                                              \
        sizeof(kith_error), 0, -1, {                                                               \
            0                                                                                      \
        }                                                                                          \
    }

/** A record's or profile's public id: 128 bits, the same on every machine. It never changes. */
typedef struct kith_id {
    uint8_t bytes[16];
} kith_id;
#define KITH_ID_TEXT_BYTES 33 /* 32 lower-case hexadecimal digits and NUL */

/** Writes the text of an id to the caller's buffer of KITH_ID_TEXT_BYTES. */
KITH_API void kith_id_format(const kith_id *id, char text[KITH_ID_TEXT_BYTES]);
/** Reads an id from its text. KITH_INVALID if it isn't 32 hexadecimal digits. */
KITH_API int kith_id_parse(const char *text, kith_id *out);

/** Types of values. The numbers are part of the interface. */
typedef enum kith_type {
    KITH_TYPE_NULL = 0,
    KITH_TYPE_BOOLEAN = 1,
    KITH_TYPE_INTEGER = 2,
    KITH_TYPE_REAL = 3,
    KITH_TYPE_TEXT = 4,
    KITH_TYPE_DATE = 5, /* days since 1970-01-01 */
    KITH_TYPE_TIME = 6, /* microseconds since 1970-01-01T00:00:00Z */
    KITH_TYPE_LIST = 7,
    KITH_TYPE_MAP = 8
} kith_type;

struct kith_field;

/** A value. Borrowed: text, items and fields point to memory of whoever made the value. It never
 * changes, as lists hold values one after the other. */
typedef struct kith_value {
    kith_type type;
    union {
        bool boolean;
        int64_t integer;
        double real;
        int64_t date_days;
        int64_t time_us;
        struct {
            const char *data; /* UTF-8, not NUL-terminated */
            size_t size;
        } text;
        struct {
            const struct kith_value *items;
            size_t count;
        } list;
        struct {
            const struct kith_field *fields;
            size_t count;
        } map;
    } as;
} kith_value;

/** A named value. It never changes either. */
typedef struct kith_field {
    const char *name; /* NUL-terminated UTF-8 */
    kith_value value;
} kith_field;

KITH_API kith_value kith_value_null(void);
KITH_API kith_value kith_value_boolean(bool boolean);
KITH_API kith_value kith_value_integer(int64_t integer);
KITH_API kith_value kith_value_real(double real);
/** A text value that borrows NUL-terminated `text`; NULL: the null value. */
KITH_API kith_value kith_value_text(const char *text);
/** A text value that borrows `size` bytes at `data`. */
KITH_API kith_value kith_value_text_n(const char *data, size_t size);
KITH_API kith_value kith_value_date(int64_t date_days);
KITH_API kith_value kith_value_time(int64_t time_us);

#define KITH_TIME_TEXT_BYTES 28 /* 2024-02-29T23:59:59.123456Z and NUL */
/** Writes a time as RFC 3339 in UTC; fractions only where they aren't zero. Years 0000-9999. */
KITH_API void kith_time_format(int64_t time_us, char text[KITH_TIME_TEXT_BYTES]);
/** Writes a date as YYYY-MM-DD. */
KITH_API void kith_date_format(int64_t date_days, char text[KITH_TIME_TEXT_BYTES]);
/**
 * Reads a time. Blanks around it, several of them in a row, and full-width digits and signs make no
 * difference. An English weekday, whole or its first three letters, with a comma behind it is
 * skipped, whichever it is. Then it is one of
 *  - a date, as kith_date_parse() reads it: the day's first moment. Eight digits that are a day
 *    (20240229) are a date;
 *  - a date, `T` or a blank, and a time of day: `H:MM` or `HH:MM`, `:SS`, `:SS.f` with any number
 *    of digits, of which six count. `AM` or `PM` may follow, in any case, after the hours 1 to 12:
 *    01/02/2024 10:00 AM. 上午 or 下午 may stand before the hours instead: 2024/1/1 下午3:00.
 *    24:00 is the end of the day. Then a zone, with or without a blank before it: none or `Z`,
 *    `UTC`, `GMT` for UTC, or `+08`, `+0800`, `+08:00`. RFC 3339 is of this form, and RFC 1123
 *    (Tue, 02 Jan 2024 10:00:00 GMT). Second 60 is taken at the end of a day in UTC only;
 *  - eight digits, `T` or a blank, and six digits: 20240102T100000Z, with the same fractions and
 *    zones;
 *  - fourteen digits that are a date and a time of day in UTC of the years 1900 to 2199:
 *    20240102100000;
 *  - Unix time, any other digits alone: up to 11 of them are seconds, 12-14 milliseconds, 15-17
 *    microseconds. A `-` before them means before 1970. It is of 1973-03-03T09:46:40Z or later, or
 *    as far before 1970: a smaller number is refused, as it is rather a year (2024), the number of
 *    a day in a spreadsheet (45292), a short date (240105) or none (0).
 * A time without a zone is taken to be in UTC. Years are 0000-9999. KITH_INVALID if it is none of
 * these, or no such day or time exists.
 */
KITH_API int kith_time_parse(const char *text, size_t size, int64_t *out_us);
/**
 * Reads a date. Blanks and full width as for kith_time_parse(). It is one of
 *  - year, month, day: 2024-02-29, 2024/2/29, 2024.2.29, 20240229, 2024-Feb-29;
 *  - day and month before the year, around `/`, `-` or `.`: 29.02.2024, 2/29/24. Where both orders
 *    are possible, `/` and `-` mean month first and `.` day first;
 *  - an English month, whole or its first three letters (or Sept), with or without a full stop, in
 *    any case: 29 Feb 2024, 29-Feb-24, 29/Feb/2024, 29Feb2024, 29th February 2024, Feb 29 2024,
 *    February 29th, 2024;
 *  - 2024年2月29日, also with 号 for 日 or with neither.
 * A year has four digits, or two where it is last or before 年: 00-30 are 2000-2030, 31-99 are
 * 1931-1999. KITH_INVALID if it is none of these, or no such day exists.
 */
KITH_API int kith_date_parse(const char *text, size_t size, int64_t *out_days);

/** How far a long piece of work is. */
typedef struct kith_progress {
    size_t size;
    const char *phase; /* such as "import", "settle", "query", "verify", "check" or "backup" */
    uint64_t done;     /* in units of the phase: bytes read, profiles settled, pages, ... */
    uint64_t total;    /* 0 where it isn't known */
    uint64_t rows;     /* rows read so far, in an import */
} kith_progress;

/** Called now and then by long work. Return 0 to go on, anything else to stop (KITH_INTERRUPTED).
 */
typedef int (*kith_progress_fn)(void *context, const kith_progress *progress);

/** Takes the next bytes of what is written, as of an export. Return 0 to go on, anything else to
 * stop (KITH_INTERRUPTED). */
typedef int (*kith_write_fn)(void *context, const char *data, size_t bytes);

#ifdef __cplusplus
}
#endif
#endif
