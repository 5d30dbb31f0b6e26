#include "src/base/calendar.h"

#include <stddef.h>

#include "src/base/civil.h"
#include "src/base/integer.h"

#define US_AN_HOUR    (INT64_C(3600) * KITHI_US_A_SECOND)
#define US_A_MINUTE   (INT64_C(60) * KITHI_US_A_SECOND)
#define MONTHS_A_YEAR 12
/* So many units from any day there is nothing left of the calendar. */
#define UNITS_MAX     (2 * KITHI_DAYS_MAX)

static int64_t day_of(int64_t local_us) {
    return kithi_floor_div(local_us, KITHI_US_A_DAY);
}

static int64_t midnight_of(int64_t days) {
    return kithi_multiply_saturated(days, KITHI_US_A_DAY);
}

static int64_t clamp_day(int64_t days) {
    return kithi_clamp(days, -KITHI_DAYS_MAX, KITHI_DAYS_MAX);
}

static int64_t new_year(int64_t year) {
    return kithi_civil_days((kithi_civil){year, 1, 1});
}

/* What local clocks show at an instant, and until when they go on evenly. */
static int64_t local_at(const kithi_zone *zone, int64_t time_us, int64_t *out_until_us) {
    int32_t offset = kithi_zone_offset(zone, time_us, out_until_us);
    return kithi_add_saturated(time_us, offset * KITHI_US_A_SECOND);
}

/* Parts */

/* A week is of the year that has its Thursday. */
static int week_of(int64_t days) {
    int64_t thursday = days - kithi_civil_weekday(days) + 4;
    return (int)((thursday - new_year(kithi_civil_of(thursday).year)) / 7) + 1;
}

int kithi_date_part_of_day(kithi_date_part part, int64_t date_days) {
    int64_t days = clamp_day(date_days);
    kithi_civil date = kithi_civil_of(days);
    switch (part) {
    case KITHI_PART_YEAR:
        return (int)date.year;
    case KITHI_PART_QUARTER:
        return (date.month - 1) / 3 + 1;
    case KITHI_PART_MONTH:
        return date.month;
    case KITHI_PART_WEEK:
        return week_of(days);
    case KITHI_PART_DAY:
        return date.day;
    case KITHI_PART_WEEKDAY:
        return kithi_civil_weekday(days);
    case KITHI_PART_DAY_OF_YEAR:
        return (int)(days - new_year(date.year)) + 1;
    default:
        return 0;
    }
}

static int part_of(kithi_date_part part, int64_t local_us) {
    switch (part) {
    case KITHI_PART_HOUR:
        return (int)(kithi_floor_rest(local_us, KITHI_US_A_DAY) / US_AN_HOUR);
    case KITHI_PART_MINUTE:
        return (int)(kithi_floor_rest(local_us, US_AN_HOUR) / US_A_MINUTE);
    default:
        return kithi_date_part_of_day(part, day_of(local_us));
    }
}

/* Units */

/* The first day of the unit that is so many units behind the one that holds a day. */
static int64_t unit_start(kithi_calendar_unit unit, int64_t days, int64_t units) {
    if (unit == KITHI_CALENDAR_DAY) {
        return days + units;
    }
    if (unit == KITHI_CALENDAR_WEEK) {
        return days - kithi_civil_weekday(days) + 1 + 7 * units;
    }
    kithi_civil date = kithi_civil_of(days);
    if (unit == KITHI_CALENDAR_YEAR) {
        return new_year(date.year + units);
    }
    int64_t months = date.year * MONTHS_A_YEAR + date.month - 1 + units;
    int month = (int)kithi_floor_rest(months, MONTHS_A_YEAR) + 1;
    return kithi_civil_days((kithi_civil){kithi_floor_div(months, MONTHS_A_YEAR), month, 1});
}

/* A local time behind `local_us`, up to which the part stays as it is if clocks go on evenly. */
static int64_t steady_until(kithi_date_part part, int64_t local_us) {
    static const kithi_calendar_unit units[KITHI_PARTS] = {
        [KITHI_PART_YEAR] = KITHI_CALENDAR_YEAR,      [KITHI_PART_QUARTER] = KITHI_CALENDAR_MONTH,
        [KITHI_PART_MONTH] = KITHI_CALENDAR_MONTH,    [KITHI_PART_WEEK] = KITHI_CALENDAR_WEEK,
        [KITHI_PART_DAY] = KITHI_CALENDAR_DAY,        [KITHI_PART_WEEKDAY] = KITHI_CALENDAR_DAY,
        [KITHI_PART_DAY_OF_YEAR] = KITHI_CALENDAR_DAY};
    if (part == KITHI_PART_HOUR || part == KITHI_PART_MINUTE) {
        int64_t step = part == KITHI_PART_HOUR ? US_AN_HOUR : US_A_MINUTE;
        return kithi_add_saturated(local_us, step - kithi_floor_rest(local_us, step));
    }
    return midnight_of(unit_start(units[part], day_of(local_us), 1));
}

/* Steps over all instants at which a part may change: where its unit ends by an even clock, and
 * where the clock is put to another time. */
static int64_t next_other(const kithi_zone *zone, kithi_date_part part, int value, int64_t at) {
    while (at < INT64_MAX) {
        int64_t put;
        int64_t local = local_at(zone, at, &put);
        if (part_of(part, local) != value) {
            return at;
        }
        int64_t end = steady_until(part, local);
        int64_t ends = end == INT64_MAX ? INT64_MAX : kithi_add_saturated(at, end - local);
        at = ends < put ? ends : put;
    }
    return INT64_MAX;
}

int kithi_calendar_part(const kithi_zone *zone, kithi_date_part part, int64_t time_us,
                        int64_t *out_until_us) {
    int value = part_of(part, local_at(zone, time_us, NULL));
    if (out_until_us != NULL) {
        *out_until_us = next_other(zone, part, value, time_us);
    }
    return value;
}

int64_t kithi_calendar_date(const kithi_zone *zone, int64_t time_us) {
    return day_of(local_at(zone, time_us, NULL));
}

int64_t kithi_calendar_date_start(const kithi_zone *zone, int64_t date_days) {
    return kithi_zone_instant(zone, midnight_of(date_days));
}

int64_t kithi_calendar_start(const kithi_zone *zone, kithi_calendar_unit unit, int64_t time_us,
                             int64_t units, int64_t *out_until_us) {
    /* No two neighbours of a kind are alike in these parts. */
    static const kithi_date_part parts[KITHI_CALENDAR_UNITS] = {
        [KITHI_CALENDAR_DAY] = KITHI_PART_DAY,
        [KITHI_CALENDAR_WEEK] = KITHI_PART_WEEK,
        [KITHI_CALENDAR_MONTH] = KITHI_PART_MONTH,
        [KITHI_CALENDAR_YEAR] = KITHI_PART_YEAR};
    if (out_until_us != NULL) {
        kithi_calendar_part(zone, parts[unit], time_us, out_until_us);
    }
    int64_t day = unit_start(unit, kithi_calendar_date(zone, time_us),
                             kithi_clamp(units, -UNITS_MAX, UNITS_MAX));
    if (day > KITHI_LAST_DAY) {
        return INT64_MAX;
    }
    return kithi_calendar_date_start(zone, day < KITHI_FIRST_DAY ? KITHI_FIRST_DAY : day);
}

/* Ages */

/* 29 February is 1 March where there is none. */
static int64_t birthday(kithi_civil birth, int64_t year) {
    return kithi_civil_days((kithi_civil){year, birth.month, birth.day});
}

int kithi_age_years(int64_t birth_days, int64_t today_days) {
    kithi_civil birth = kithi_civil_of(clamp_day(birth_days));
    int64_t today = clamp_day(today_days), year = kithi_civil_of(today).year;
    return (int)(year - birth.year - (today < birthday(birth, year)));
}

int64_t kithi_age_next(int64_t birth_days, int64_t today_days) {
    kithi_civil birth = kithi_civil_of(clamp_day(birth_days));
    int64_t today = clamp_day(today_days), year = kithi_civil_of(today).year;
    int64_t day = birthday(birth, year);
    return day > today ? day : birthday(birth, year + 1);
}
