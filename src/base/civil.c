#include "src/base/civil.h"

#include <stdbool.h>

#include "src/base/integer.h"

static const uint16_t days_before_month[13] = {0,   31,  59,  90,  120, 151, 181,
                                               212, 243, 273, 304, 334, 365};

static bool is_leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a year before one of its months; of month 13: all. */
static int days_before(int month, bool leap) {
    return days_before_month[month - 1] + (leap && month > 2);
}

int kithi_civil_month_days(int64_t year, int month) {
    bool leap = is_leap(year);
    return days_before(month + 1, leap) - days_before(month, leap);
}

/* Days of a cycle before one of its years (0 to 400); its first one is a leap year. */
static int days_before_year(int year) {
    int past = year - 1;
    return year == 0 ? 0 : 365 * year + past / 4 - past / 100 + past / 400 + 1;
}

int64_t kithi_civil_days(kithi_civil date) {
    int64_t cycle = kithi_floor_div(date.year, KITHI_CYCLE_YEARS);
    int year = (int)(date.year - cycle * KITHI_CYCLE_YEARS);
    return cycle * KITHI_CYCLE_DAYS + days_before_year(year) +
           days_before(date.month, is_leap(year)) + date.day - 1 + KITHI_FIRST_DAY;
}

kithi_civil kithi_civil_of(int64_t days) {
    int64_t cycle = kithi_floor_div(days - KITHI_FIRST_DAY, KITHI_CYCLE_DAYS);
    int of_cycle = (int)(days - KITHI_FIRST_DAY - cycle * KITHI_CYCLE_DAYS);
    int year = of_cycle * KITHI_CYCLE_YEARS / (int)KITHI_CYCLE_DAYS;
    /* The mean year's estimate is off by at most one, and so is that of the month. */
    if (days_before_year(year) > of_cycle) {
        year--;
    } else if (days_before_year(year + 1) <= of_cycle) {
        year++;
    }
    int of_year = of_cycle - days_before_year(year);
    bool leap = is_leap(year);
    int month = of_year / 32 + 1;
    month += of_year >= days_before(month + 1, leap);
    return (kithi_civil){cycle * KITHI_CYCLE_YEARS + year, month,
                         of_year - days_before(month, leap) + 1};
}

int kithi_civil_weekday(int64_t days) {
    return (int)kithi_floor_rest(days + 3, 7) + 1; /* 1970-01-01 was a Thursday */
}
