/*
 * Dates and times as text: nothing here knows the C library's clock, zone or locale. Only years
 * 0000 to 9999 have a text, and only those are read.
 */
#include "src/base/time.h"

#include <string.h>

#include "src/base/civil.h"
#include "src/base/integer.h"
#include "src/base/text.h"

#define INPUT_MAX          64 /* bytes of a cleaned text; no form is as long */
#define FIRST_US           (KITHI_FIRST_DAY * KITHI_US_A_DAY)
#define LAST_US            ((KITHI_LAST_DAY + 1) * KITHI_US_A_DAY - 1)
#define LAST_2000S_YEAR    30 /* two digits up to it are 2000 and later */
#define NAME_BYTES         10 /* of a month or a weekday, and NUL */
/* Fourteen digits of these years are a date and a time; as milliseconds they'd be in 2572 or later.
 */
#define FIRST_STAMP_YEAR   1900
#define LAST_STAMP_YEAR    2199
/* Unix times nearer to 1970 than 1973-03-03 are taken for something else: a year, a day's number in
 * a spreadsheet, six digits of a date, a zero for "none". */
#define LEAST_UNIX_SECONDS INT64_C(100000000)

/* A position in cleaned text. Readers move it only over what they take. */
typedef struct cursor {
    const char *at;
    const char *end;
    kithi_date_order order;
} cursor;

/* A time as it is written: its day, and microseconds from the start of that day in UTC, negative or
 * more than a day where a zone makes them so. */
typedef struct moment {
    int64_t days;
    int64_t us;
} moment;

typedef struct number {
    int64_t value;
    int digits;
} number;

static char *put_digits(char *at, int64_t value, int count) {
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_date(char *at, int64_t days) {
    kithi_civil date = kithi_civil_of(days);
    at = put_digits(at, date.year, 4);
    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    return put_digits(at, date.day, 2);
}

void kith_date_format(int64_t date_days, char text[KITH_TIME_TEXT_BYTES]) {
    *put_date(text, kithi_clamp(date_days, KITHI_FIRST_DAY, KITHI_LAST_DAY)) = '\0';
}

void kith_time_format(int64_t time_us, char text[KITH_TIME_TEXT_BYTES]) {
    /* Counted from 0000-01-01, so that all parts are positive. */
    int64_t us = kithi_clamp(time_us, FIRST_US, LAST_US) - FIRST_US;
    int64_t seconds = us / KITHI_US_A_SECOND;
    int64_t of_day = seconds % KITHI_SECONDS_A_DAY;
    char *at = put_date(text, seconds / KITHI_SECONDS_A_DAY + KITHI_FIRST_DAY);
    *at++ = 'T';
    at = put_digits(at, of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, of_day / 60 % 60, 2);
    *at++ = ':';
    at = put_digits(at, of_day % 60, 2);
    if (us % KITHI_US_A_SECOND != 0) {
        *at++ = '.';
        at = put_digits(at, us % KITHI_US_A_SECOND, 6);
    }
    *at++ = 'Z';
    *at = '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool at_digit(const cursor *in) {
    return in->at < in->end && is_digit(*in->at);
}

static bool take(cursor *in, char c) {
    if (in->at == in->end || *in->at != c) {
        return false;
    }
    in->at++;
    return true;
}

static bool take_text(cursor *in, const char *text) {
    size_t size = strlen(text);
    if ((size_t)(in->end - in->at) < size || memcmp(in->at, text, size) != 0) {
        return false;
    }
    in->at += size;
    return true;
}

/* A run of at most `max` digits, all of it; max is at most 18, so that no value overflows. */
static bool take_number(cursor *in, int max, number *out) {
    const char *at = in->at;
    *out = (number){0, 0};
    while (at < in->end && is_digit(*at)) {
        if (out->digits == max) {
            return false;
        }
        out->value = out->value * 10 + (*at++ - '0');
        out->digits++;
    }
    in->at = at;
    return out->digits > 0;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The letters in front, in lower case; 0 where there are none or more than any name has. */
static size_t peek_word(const cursor *in, char word[NAME_BYTES]) {
    size_t size = 0;
    while (in->at + size < in->end && is_letter(in->at[size])) {
        if (size == NAME_BYTES - 1) {
            return 0;
        }
        word[size] = lower(in->at[size]);
        size++;
    }
    word[size] = '\0';
    return size;
}

/* An English month: its name, its first three letters, or "sept"; with or without a full stop. */
static bool take_month(cursor *in, int *out) {
    static const char *const names[12] = {"january",   "february", "march",    "april",
                                          "may",       "june",     "july",     "august",
                                          "september", "october",  "november", "december"};
    char word[NAME_BYTES];
    size_t size = peek_word(in, word);
    for (int i = 0; i < 12; i++) {
        bool abbreviated = size == 3 || (i == 8 && size == 4);
        if (size >= 3 && (abbreviated || size == strlen(names[i])) &&
            memcmp(word, names[i], size) == 0) {
            in->at += size;
            if (size < strlen(names[i])) {
                take(in, '.');
            }
            *out = i + 1;
            return true;
        }
    }
    return false;
}

/* "Tue, " or "Tuesday, ": it says nothing that the date doesn't. */
static void skip_weekday(cursor *in) {
    static const char *const names[7] = {"monday", "tuesday",  "wednesday", "thursday",
                                         "friday", "saturday", "sunday"};
    char word[NAME_BYTES];
    size_t size = peek_word(in, word);
    for (int i = 0; i < 7; i++) {
        if ((size == 3 || size == strlen(names[i])) && memcmp(word, names[i], size) == 0) {
            cursor behind = {in->at + size, in->end, in->order};
            if (take(&behind, ',')) {
                take(&behind, ' ');
                *in = behind;
            }
            return;
        }
    }
}

static void take_ordinal(cursor *in) {
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++) {
        if (take_text(in, endings[i])) {
            return;
        }
    }
}

/* What may stand between the parts of a date with a month's name: nothing, or one sign and blanks.
 */
static void take_gap(cursor *in) {
    take(in, ' ');
    if (!take(in, '-') && !take(in, '/') && !take(in, ',')) {
        take(in, '.');
    }
    take(in, ' ');
}

static bool year_of(number text, int64_t *out) {
    if (text.digits == 4) {
        *out = text.value;
        return true;
    }
    if (text.digits == 2) {
        *out = text.value + (text.value <= LAST_2000S_YEAR ? 2000 : 1900);
        return true;
    }
    return false;
}

static bool make_date(int64_t year, int64_t month, int64_t day, int64_t *out_days) {
    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > kithi_civil_month_days(year, (int)month)) {
        return false;
    }
    *out_days = kithi_civil_days((kithi_civil){year, (int)month, (int)day});
    return true;
}

static bool at_end(const cursor *in) {
    return in->at == in->end;
}

/* 20240229 */
static bool read_compact(cursor in, int64_t *out_days) {
    number all;
    if (!take_number(&in, 8, &all) || all.digits != 8 || !at_end(&in)) {
        return false;
    }
    return make_date(all.value / 10000, all.value / 100 % 100, all.value % 100, out_days);
}

/* Where both orders of day and month are possible, the one that is asked for, or the custom of the
 * separator. */
static bool is_month_first(const cursor *in, char separator, int64_t first, int64_t second) {
    if (first > 12 || second > 12) {
        return first <= 12;
    }
    return in->order == KITHI_DATE_USUAL ? separator != '.' : in->order == KITHI_DATE_MONTH_FIRST;
}

/* Numbers around one separator: year first where it has four digits, else year last. */
static bool read_numeric(cursor in, int64_t *out_days) {
    number part[3];
    if (!take_number(&in, 4, &part[0]) || at_end(&in)) {
        return false;
    }
    char separator = *in.at;
    if (separator != '-' && separator != '/' && separator != '.') {
        return false;
    }
    for (int i = 1; i < 3; i++) {
        if (!take(&in, separator)) {
            return false;
        }
        take(&in, ' ');
        if (!take_number(&in, 4, &part[i])) {
            return false;
        }
    }
    if (!at_end(&in) || part[1].digits > 2) {
        return false;
    }
    if (part[0].digits == 4) {
        return part[2].digits <= 2 &&
               make_date(part[0].value, part[1].value, part[2].value, out_days);
    }
    int64_t year;
    if (part[0].digits > 2 || !year_of(part[2], &year)) {
        return false;
    }
    int64_t first = part[0].value, second = part[1].value;
    return is_month_first(&in, separator, first, second) ? make_date(year, first, second, out_days)
                                                         : make_date(year, second, first, out_days);
}

/* 29 Feb 2024, 29-Feb-24, 2024-Feb-29 */
static bool read_day_month_name(cursor in, int64_t *out_days) {
    number first, last;
    int month;
    if (!take_number(&in, 4, &first)) {
        return false;
    }
    if (first.digits <= 2) {
        take_ordinal(&in);
    }
    take_gap(&in);
    if (!take_month(&in, &month)) {
        return false;
    }
    take_gap(&in);
    if (!take_number(&in, 4, &last) || !at_end(&in)) {
        return false;
    }
    int64_t year;
    if (first.digits == 4 && last.digits <= 2) {
        return make_date(first.value, month, last.value, out_days);
    }
    return first.digits <= 2 && year_of(last, &year) &&
           make_date(year, month, first.value, out_days);
}

/* Feb 29 2024, February 29th, 2024 */
static bool read_month_name_first(cursor in, int64_t *out_days) {
    number day, last;
    int month;
    int64_t year;
    if (!take_month(&in, &month)) {
        return false;
    }
    take_gap(&in);
    if (!take_number(&in, 2, &day)) {
        return false;
    }
    take_ordinal(&in);
    const char *gap = in.at;
    take_gap(&in);
    return in.at > gap && take_number(&in, 4, &last) && at_end(&in) && year_of(last, &year) &&
           make_date(year, month, day.value, out_days);
}

/* 2024年2月29日 */
static bool read_chinese(cursor in, int64_t *out_days) {
    number first, month, day;
    int64_t year;
    if (!take_number(&in, 4, &first) || !year_of(first, &year)) {
        return false;
    }
    take(&in, ' ');
    if (!take_text(&in, "年")) {
        return false;
    }
    take(&in, ' ');
    if (!take_number(&in, 2, &month)) {
        return false;
    }
    take(&in, ' ');
    if (!take_text(&in, "月")) {
        return false;
    }
    take(&in, ' ');
    if (!take_number(&in, 2, &day)) {
        return false;
    }
    take(&in, ' ');
    if (!take_text(&in, "日")) {
        take_text(&in, "号");
    }
    return at_end(&in) && make_date(year, month.value, day.value, out_days);
}

static bool read_date(cursor in, int64_t *out_days) {
    return read_numeric(in, out_days) || read_compact(in, out_days) ||
           read_day_month_name(in, out_days) || read_month_name_first(in, out_days) ||
           read_chinese(in, out_days);
}

static bool clean(const char *text, size_t size, kithi_date_order order, char buffer[INPUT_MAX],
                  cursor *out) {
    size_t cleaned = 0;
    if (text == NULL || !kithi_text_clean(text, size, buffer, INPUT_MAX, &cleaned)) {
        return false;
    }
    *out = (cursor){buffer, buffer + cleaned, order};
    return cleaned > 0;
}

int kith_date_parse(const char *text, size_t size, int64_t *out_days) {
    char buffer[INPUT_MAX];
    cursor in;
    int64_t days;
    if (!clean(text, size, KITHI_DATE_USUAL, buffer, &in) || !read_date(in, &days)) {
        return KITH_INVALID;
    }
    *out_days = days;
    return KITH_OK;
}

/* Digits alone, with or without a minus: Unix time in the unit that its length tells. */
static bool read_unix(cursor in, int64_t *out_us) {
    bool negative = take(&in, '-');
    number all;
    if (!take_number(&in, 17, &all) || !at_end(&in)) {
        return false;
    }
    int64_t unit = all.digits <= 11 ? KITHI_US_A_SECOND : all.digits <= 14 ? 1000 : 1;
    *out_us = (negative ? -all.value : all.value) * unit;
    return kithi_unix_is_likely(*out_us);
}

bool kithi_unix_is_likely(int64_t time_us) {
    int64_t least_us = LEAST_UNIX_SECONDS * KITHI_US_A_SECOND;
    return time_us <= -least_us || time_us >= least_us;
}

/* The digits behind a point, as microseconds; finer ones are cut. */
static bool take_fraction(cursor *in, int64_t *out_us) {
    int64_t unit = KITHI_US_A_SECOND / 10;
    *out_us = 0;
    if (!take(in, '.')) {
        return true;
    }
    if (!at_digit(in)) {
        return false;
    }
    for (; at_digit(in); in->at++) {
        *out_us += (*in->at - '0') * unit;
        unit /= 10;
    }
    return true;
}

/* Nothing, Z, UTC, GMT, +08, +0800 or +08:00. */
static bool take_zone(cursor *in, int64_t *out_seconds) {
    *out_seconds = 0;
    take(in, ' ');
    if (at_end(in) || take(in, 'Z') || take(in, 'z') || take_text(in, "UTC") ||
        take_text(in, "GMT")) {
        return true;
    }
    int64_t sign = take(in, '+') ? 1 : -1;
    if (sign < 0 && !take(in, '-')) {
        return false;
    }
    number hours, minutes = {0, 2};
    if (!take_number(in, 4, &hours) || hours.digits % 2 != 0) {
        return false;
    }
    if (hours.digits == 4) {
        minutes.value = hours.value % 100;
        hours.value /= 100;
    } else if (take(in, ':') && !take_number(in, 2, &minutes)) {
        return false;
    }
    *out_seconds = sign * (hours.value * 3600 + minutes.value * 60);
    return minutes.digits == 2 && hours.value < 24 && minutes.value < 60;
}

/* A time of day; the zone is seconds east of UTC. */
typedef struct day_time {
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t fraction_us;
    int64_t zone;
} day_time;

/* Microseconds from the start of the day in UTC, maybe negative; false where there is no such time.
 */
static bool make_clock(const day_time *time, int64_t *out_us) {
    bool ends_day = time->hour == 24 && time->minute + time->second + time->fraction_us == 0;
    if ((time->hour > 23 && !ends_day) || time->minute > 59 || time->second > 60) {
        return false;
    }
    int64_t seconds = time->hour * 3600 + time->minute * 60 + time->second - time->zone;
    if (time->second == 60 && seconds % KITHI_SECONDS_A_DAY != 0) {
        return false; /* a leap second comes only at the end of a day in UTC */
    }
    *out_us = seconds * KITHI_US_A_SECOND + time->fraction_us;
    return true;
}

typedef enum half_of_day { HALF_NONE, MORNING, AFTERNOON } half_of_day;

/* Makes an hour of 1 to 12 one of the day; false where no clock has such an hour. */
static bool use_half(half_of_day half, int64_t *hour) {
    if (half == HALF_NONE) {
        return true;
    }
    if (*hour < 1 || *hour > 12) {
        return false;
    }
    *hour = *hour % 12 + (half == AFTERNOON ? 12 : 0);
    return true;
}

/* AM or PM where it stands there, in any case. */
static half_of_day take_half(cursor *in) {
    cursor behind = *in;
    take(&behind, ' ');
    char word[NAME_BYTES];
    size_t size = peek_word(&behind, word);
    bool morning = size == 2 && memcmp(word, "am", 2) == 0;
    bool afternoon = size == 2 && memcmp(word, "pm", 2) == 0;
    if (!morning && !afternoon) {
        return HALF_NONE;
    }
    in->at = behind.at + size;
    return morning ? MORNING : AFTERNOON;
}

/* Cuts 上午 or 下午 off the end, which stand before the time of day, and a blank behind it. */
static half_of_day cut_half(cursor *in) {
    static const char *const words[] = {"上午", "下午"};
    const char *end = in->end > in->at && in->end[-1] == ' ' ? in->end - 1 : in->end;
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(words[i]);
        if ((size_t)(end - in->at) > size && memcmp(end - size, words[i], size) == 0) {
            in->end = end - size;
            return i == 0 ? MORNING : AFTERNOON;
        }
    }
    return HALF_NONE;
}

/* HH:MM[:SS[.ffffff]][ AM][zone]; `half` is what stood before it. */
static bool read_clock(cursor in, half_of_day half, int64_t *out_us) {
    number hour, minute, second = {0, 2};
    day_time time = {0, 0, 0, 0, 0};
    if (!take_number(&in, 2, &hour) || !take(&in, ':') || !take_number(&in, 2, &minute)) {
        return false;
    }
    if (take(&in, ':') &&
        (!take_number(&in, 2, &second) || !take_fraction(&in, &time.fraction_us))) {
        return false;
    }
    half = half == HALF_NONE ? take_half(&in) : half;
    if (!use_half(half, &hour.value) || !take_zone(&in, &time.zone) || !at_end(&in) ||
        minute.digits != 2 || second.digits != 2) {
        return false;
    }
    time.hour = hour.value;
    time.minute = minute.value;
    time.second = second.value;
    return make_clock(&time, out_us);
}

/* HHMMSS */
static void split_clock(int64_t digits, day_time *out) {
    out->hour = digits / 10000;
    out->minute = digits / 100 % 100;
    out->second = digits % 100;
}

/* 20240102T100000[.ffffff][zone] */
static bool read_compact_date_and_clock(cursor in, moment *out) {
    number date, digits;
    day_time time = {0, 0, 0, 0, 0};
    if (!take_number(&in, 8, &date) || date.digits != 8 ||
        !(take(&in, 'T') || take(&in, 't') || take(&in, ' '))) {
        return false;
    }
    if (!take_number(&in, 6, &digits) || digits.digits != 6 ||
        !take_fraction(&in, &time.fraction_us) || !take_zone(&in, &time.zone) || !at_end(&in)) {
        return false;
    }
    split_clock(digits.value, &time);
    return make_date(date.value / 10000, date.value / 100 % 100, date.value % 100, &out->days) &&
           make_clock(&time, &out->us);
}

/* 20240102100000, as payment platforms write it. */
static bool read_stamp(cursor in, moment *out) {
    number all;
    day_time time = {0, 0, 0, 0, 0};
    if (!take_number(&in, 14, &all) || all.digits != 14 || !at_end(&in)) {
        return false;
    }
    int64_t date = all.value / 1000000, year = date / 10000;
    split_clock(all.value % 1000000, &time);
    return year >= FIRST_STAMP_YEAR && year <= LAST_STAMP_YEAR &&
           make_date(year, date / 100 % 100, date % 100, &out->days) && make_clock(&time, &out->us);
}

/* Where a time of day begins: at the digits before the first colon. */
static const char *find_clock(cursor in) {
    const char *at = memchr(in.at, ':', (size_t)(in.end - in.at));
    if (at == NULL) {
        return NULL;
    }
    while (at > in.at && is_digit(at[-1])) {
        at--;
    }
    return at;
}

/* A date, T or a blank, and a time of day; 上午 or 下午 may stand between, with no blank before. */
static bool read_date_and_clock(cursor in, moment *out) {
    const char *clock = find_clock(in);
    if (clock == NULL || clock == in.at) {
        return false;
    }
    cursor date = {in.at, clock, in.order};
    half_of_day half = cut_half(&date);
    char before = date.end[-1];
    if (before == ' ' || (half == HALF_NONE && (before == 'T' || before == 't'))) {
        date.end--;
    } else if (half == HALF_NONE) {
        return false;
    }
    return read_date(date, &out->days) &&
           read_clock((cursor){clock, in.end, in.order}, half, &out->us);
}

/* All forms that write their day, but those of digits alone. */
static bool read_moment(cursor in, moment *out) {
    skip_weekday(&in);
    out->us = 0;
    return read_date(in, &out->days) || read_date_and_clock(in, out) ||
           read_compact_date_and_clock(in, out);
}

int kithi_day_read(const char *text, size_t size, kithi_date_order order, int64_t *out_days) {
    char buffer[INPUT_MAX];
    cursor in;
    moment read;
    if (!clean(text, size, order, buffer, &in) || !read_moment(in, &read)) {
        return KITH_INVALID;
    }
    *out_days = read.days;
    return KITH_OK;
}

int kithi_time_read(const char *text, size_t size, kithi_date_order order, int64_t *out_us) {
    char buffer[INPUT_MAX];
    cursor in;
    moment read;
    int64_t us;
    if (!clean(text, size, order, buffer, &in)) {
        return KITH_INVALID;
    }
    if (read_moment(in, &read) || read_stamp(in, &read)) {
        us = read.days * KITHI_US_A_DAY + read.us;
    } else if (!read_unix(in, &us)) {
        return KITH_INVALID;
    }
    if (us < FIRST_US || us > LAST_US) {
        return KITH_INVALID;
    }
    *out_us = us;
    return KITH_OK;
}

int kith_time_parse(const char *text, size_t size, int64_t *out_us) {
    return kithi_time_read(text, size, KITHI_DATE_USUAL, out_us);
}

/* What the numbers say */

kithi_date_shows kithi_date_shown(const char *text, size_t size) {
    char buffer[INPUT_MAX];
    cursor in;
    number first, second;
    if (!clean(text, size, KITHI_DATE_USUAL, buffer, &in) || !take_number(&in, 2, &first) ||
        at_end(&in) || (*in.at != '/' && *in.at != '-')) {
        return KITHI_DATE_SHOWS_NOTHING;
    }
    char separator = *in.at++;
    take(&in, ' ');
    if (!take_number(&in, 2, &second) || !take(&in, separator) || first.value == second.value) {
        return KITHI_DATE_SHOWS_NOTHING;
    }
    if (first.value > 12 || second.value > 12) {
        return first.value > 12 ? KITHI_DATE_SHOWS_DAY_FIRST : KITHI_DATE_SHOWS_MONTH_FIRST;
    }
    return KITHI_DATE_SHOWS_EITHER;
}
