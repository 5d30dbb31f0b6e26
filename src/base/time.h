/*
 * What the public readers of dates and times leave open: the order of day and month where both are
 * possible, the day that a time writes, and whether a bare number is likely a time.
 */
#ifndef KITHI_BASE_TIME_H
#define KITHI_BASE_TIME_H

#include "kith/base.h"

typedef enum kithi_date_order {
    KITHI_DATE_USUAL, /* `/` and `-` mean month first, `.` day first */
    KITHI_DATE_MONTH_FIRST,
    KITHI_DATE_DAY_FIRST
} kithi_date_order;

/* As kith_time_parse(). */
int kithi_time_read(const char *text, size_t size, kithi_date_order order, int64_t *out_us);
/* The day of a date, or that a time writes, whatever its zone. Of digits alone only 20240229 is
 * one: others may be a year, a serial number of a spreadsheet or seconds. KITH_INVALID. */
int kithi_day_read(const char *text, size_t size, kithi_date_order order, int64_t *out_days);

/* Whether a time that was given as a bare number is one: not where it is of 1966-11 to 1973-03. */
bool kithi_unix_is_likely(int64_t time_us);

/* Of a text that has day and month before the year, around `/` or `-`: the order its numbers show.
 */
typedef enum kithi_date_shows {
    KITHI_DATE_SHOWS_NOTHING, /* no such text, or day and month are alike */
    KITHI_DATE_SHOWS_EITHER,
    KITHI_DATE_SHOWS_MONTH_FIRST,
    KITHI_DATE_SHOWS_DAY_FIRST
} kithi_date_shows;
kithi_date_shows kithi_date_shown(const char *text, size_t size);

#endif
