/*
 * The civil calendar: days since 1970-01-01 as year, month and day. The proleptic Gregorian
 * calendar by plain arithmetic, of every day that a time in microseconds can name, year 0 and those
 * before it included; nothing here knows a zone.
 */
#ifndef KITHI_BASE_CIVIL_H
#define KITHI_BASE_CIVIL_H

#include <stdint.h>

#define KITHI_US_A_SECOND   INT64_C(1000000)
#define KITHI_SECONDS_A_DAY INT64_C(86400)
#define KITHI_US_A_DAY      (KITHI_SECONDS_A_DAY * KITHI_US_A_SECOND)
/* After four centuries the calendar repeats, weekdays included. */
#define KITHI_CYCLE_YEARS   400
#define KITHI_CYCLE_DAYS    INT64_C(146097)
/* 0000-01-01 and 9999-12-31: the days that have a text. */
#define KITHI_FIRST_DAY     INT64_C(-719528)
#define KITHI_LAST_DAY      INT64_C(2932896)
/* The days of the earliest and the latest time in microseconds are well within these. */
#define KITHI_DAYS_MAX      INT64_C(110000000)

typedef struct kithi_civil {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
} kithi_civil;

/* Of days from -KITHI_DAYS_MAX to KITHI_DAYS_MAX. */
kithi_civil kithi_civil_of(int64_t days);
/* Of years up to 10^12 either way. A day past the end of its month counts on into the next one. */
int64_t kithi_civil_days(kithi_civil date);
int kithi_civil_month_days(int64_t year, int month);
/* 1 is Monday, 7 is Sunday. */
int kithi_civil_weekday(int64_t days);

#endif
