/*
 * Calendar arithmetic in a time zone: days, weeks, months and years by the clocks of a place, what
 * part of a date or a time is which number, and ages. Nothing here has state.
 *
 * Where clocks are put forward over midnight, the day begins when that is done; a day that they
 * leave out as a whole begins, and ends, at that instant. Where they are put back over midnight,
 * the day that had begun is left once more: it began when it first did.
 */
#ifndef KITHI_BASE_CALENDAR_H
#define KITHI_BASE_CALENDAR_H

#include <stdint.h>

#include "src/base/zone.h"

typedef enum kithi_calendar_unit {
    KITHI_CALENDAR_DAY,
    KITHI_CALENDAR_WEEK, /* begins with Monday */
    KITHI_CALENDAR_MONTH,
    KITHI_CALENDAR_YEAR,
    KITHI_CALENDAR_UNITS
} kithi_calendar_unit;

typedef enum kithi_date_part {
    KITHI_PART_YEAR,
    KITHI_PART_QUARTER,
    KITHI_PART_MONTH,
    KITHI_PART_WEEK, /* of ISO 8601 */
    KITHI_PART_DAY,
    KITHI_PART_WEEKDAY, /* 1 is Monday */
    KITHI_PART_DAY_OF_YEAR,
    KITHI_PART_HOUR,
    KITHI_PART_MINUTE,
    KITHI_PARTS
} kithi_date_part;

/* The local date at an instant, as days since 1970-01-01. */
int64_t kithi_calendar_date(const kithi_zone *zone, int64_t time_us);
/* The first instant of a local date. */
int64_t kithi_calendar_date_start(const kithi_zone *zone, int64_t date_days);
/*
 * The first instant of the local unit that holds `time_us`, or of the one so many units behind it,
 * or before it where `units` is negative. What begins before year 0000 is taken to begin with it;
 * what would begin after year 9999 never does: INT64_MAX.
 * *out_until_us (NULL is fine): the next instant that another unit than that of `time_us` holds;
 * INT64_MAX: there is none.
 */
int64_t kithi_calendar_start(const kithi_zone *zone, kithi_calendar_unit unit, int64_t time_us,
                             int64_t units, int64_t *out_until_us);

/*
 * A part of the local date or time at an instant, and the next instant at which it is another
 * number (NULL is fine): where clocks are put back, an hour may last for two, or come again.
 * INT64_MAX: there is none.
 */
int kithi_calendar_part(const kithi_zone *zone, kithi_date_part part, int64_t time_us,
                        int64_t *out_until_us);
/* A part of a date; hour and minute are 0. */
int kithi_date_part_of_day(kithi_date_part part, int64_t date_days);

/* Whole years from a day of birth to another day; negative before it. Who was born on 29 February
 * is a year older on 1 March where there is none. */
int kithi_age_years(int64_t birth_days, int64_t today_days);
/* The first day after `today_days` on which that is another number. */
int64_t kithi_age_next(int64_t birth_days, int64_t today_days);

#endif
