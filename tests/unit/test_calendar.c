/*
 * Calendars in a time zone: where days, weeks, months and years begin, parts of dates and times and
 * until when they last, and ages; known cases, a calendar that only counts, and the C library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "src/base/calendar.h"
#include "src/base/civil.h"
#include "tests/unit/zone_stand.h"

#define MINUTE (60 * SECOND)
/* Of these the clocks have done all that the tests are about, and since 1973 by whole minutes. */
static const char *const places[] = {
    "Europe/Berlin",       "America/New_York",  "Asia/Shanghai",
    "Asia/Kolkata",        "Pacific/Apia",      "Africa/Casablanca",
    "Australia/Lord_Howe", "America/Sao_Paulo", "America/St_Johns"};

/* Dates */

static void test_years_before_the_first(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    kithi_civil last = kithi_civil_of(KITHI_FIRST_DAY - 1);
    assert_true(last.year == -1 && last.month == 12 && last.day == 31);
    for (int i = 0; i < 10000; i++) {
        int64_t day = random_between(&random, -KITHI_DAYS_MAX, KITHI_DAYS_MAX);
        int64_t cycles = kithi_civil_of(day).year / KITHI_CYCLE_YEARS;
        kithi_civil date = kithi_civil_of(day);
        kithi_civil near = kithi_civil_of(day - cycles * KITHI_CYCLE_DAYS);
        assert_int_equal(kithi_civil_days(date), day);
        assert_true(near.year == date.year - cycles * KITHI_CYCLE_YEARS);
        assert_true(near.month == date.month && near.day == date.day);
        assert_int_equal(kithi_civil_weekday(day),
                         kithi_civil_weekday(day - cycles * KITHI_CYCLE_DAYS));
    }
}

static void test_parts_of_known_days(void **state) {
    (void)state;
    static const struct {
        const char *date;
        int parts[KITHI_PARTS];
    } cases[] = {
        {"1970-01-01", {1970, 1, 1, 1, 1, 4, 1, 0, 0}},
        {"2005-01-01", {2005, 1, 1, 53, 1, 6, 1, 0, 0}},
        {"2008-12-29", {2008, 4, 12, 1, 29, 1, 364, 0, 0}},
        {"2010-01-03", {2010, 1, 1, 53, 3, 7, 3, 0, 0}},
        {"2024-02-29", {2024, 1, 2, 9, 29, 4, 60, 0, 0}},
        {"2024-04-01", {2024, 2, 4, 14, 1, 1, 92, 0, 0}},
        {"2024-09-30", {2024, 3, 9, 40, 30, 1, 274, 0, 0}},
        {"2024-12-31", {2024, 4, 12, 1, 31, 2, 366, 0, 0}},
        {"0000-01-01", {0, 1, 1, 52, 1, 6, 1, 0, 0}},
        {"9999-12-31", {9999, 4, 12, 52, 31, 5, 365, 0, 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int part = 0; part < KITHI_PARTS; part++) {
            int got = kithi_date_part_of_day((kithi_date_part)part, days(cases[i].date));
            if (got != cases[i].parts[part]) {
                fail_msg("%s: part %d is %d", cases[i].date, part, got);
            }
        }
    }
    assert_int_equal(kithi_date_part_of_day(KITHI_PART_MONTH, INT64_MAX),
                     kithi_date_part_of_day(KITHI_PART_MONTH, KITHI_DAYS_MAX));
    assert_int_equal(kithi_date_part_of_day(KITHI_PART_YEAR, INT64_MIN),
                     kithi_date_part_of_day(KITHI_PART_YEAR, -KITHI_DAYS_MAX));
}

/* Every part of random instants, in a zone that the C library has too. */
static void compare_parts(const kithi_zone *zone, const char *place, int64_t time_us) {
    time_t seconds = (time_t)(time_us / SECOND);
    struct tm shown;
    char week[8];
    assert_non_null(localtime_r(&seconds, &shown));
    strftime(week, sizeof week, "%V", &shown);
    const int wanted[KITHI_PARTS] = {
        shown.tm_year + 1900, shown.tm_mon / 3 + 1, shown.tm_mon + 1,
        atoi(week),           shown.tm_mday,        shown.tm_wday == 0 ? 7 : shown.tm_wday,
        shown.tm_yday + 1,    shown.tm_hour,        shown.tm_min};
    for (int part = 0; part < KITHI_PARTS; part++) {
        int got = kithi_calendar_part(zone, (kithi_date_part)part, time_us, NULL);
        if (got != wanted[part]) {
            fail_msg("%s at %lld: part %d is %d where the C library has %d", place,
                     (long long)seconds, part, got, wanted[part]);
        }
    }
}

static void test_parts_as_the_c_library(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    for (size_t i = 0; i < COUNT(places); i++) {
        kithi_zone *zone = zone_load(places[i]);
        setenv("TZ", places[i], 1);
        tzset();
        for (int j = 0; j < 3000; j++) {
            compare_parts(zone, places[i], random_between(&random, 0, 8000000000) * SECOND);
        }
        kithi_zone_free(zone);
    }
    setenv("TZ", "UTC0", 1);
    tzset();
}

/* Until when parts last */

static void test_parts_around_changes(void **state) {
    (void)state;
    static const struct {
        const char *zone;
        kithi_date_part part;
        const char *at;
        int value;
        const char *until;
    } cases[] = {
        /* An hour that comes twice in a row, and the minutes in it. */
        {"Europe/Berlin", KITHI_PART_HOUR, "2024-10-27T00:30:00Z", 2, "2024-10-27T02:00:00Z"},
        {"Europe/Berlin", KITHI_PART_HOUR, "2024-10-27T01:30:00Z", 2, "2024-10-27T02:00:00Z"},
        {"Europe/Berlin", KITHI_PART_MINUTE, "2024-10-27T00:59:30Z", 59, "2024-10-27T01:00:00Z"},
        {"Europe/Berlin", KITHI_PART_HOUR, "2024-03-31T00:30:00Z", 1, "2024-03-31T01:00:00Z"},
        {"Europe/Berlin", KITHI_PART_HOUR, "2024-03-31T01:30:00Z", 3, "2024-03-31T02:00:00Z"},
        {"Europe/Berlin", KITHI_PART_DAY, "2024-10-27T12:00:00Z", 27, "2024-10-27T23:00:00Z"},
        /* Half an hour of it comes again. */
        {"Australia/Lord_Howe", KITHI_PART_HOUR, "2024-04-06T14:15:00Z", 1, "2024-04-06T15:30:00Z"},
        {"Australia/Lord_Howe", KITHI_PART_MINUTE, "2024-04-06T14:59:59Z", 59,
         "2024-04-06T15:00:00Z"},
        {"Australia/Lord_Howe", KITHI_PART_HOUR, "2024-10-05T15:29:00Z", 1, "2024-10-05T15:30:00Z"},
        {"Australia/Lord_Howe", KITHI_PART_HOUR, "2024-10-05T15:30:00Z", 2, "2024-10-05T16:00:00Z"},
        /* The last hour of a day comes twice; the first one of a day does not come. */
        {"America/Sao_Paulo", KITHI_PART_HOUR, "2019-02-17T01:30:00Z", 23, "2019-02-17T03:00:00Z"},
        {"America/Sao_Paulo", KITHI_PART_DAY, "2019-02-17T01:30:00Z", 16, "2019-02-17T03:00:00Z"},
        {"America/Sao_Paulo", KITHI_PART_DAY, "2018-11-03T12:00:00Z", 3, "2018-11-04T03:00:00Z"},
        {"America/Sao_Paulo", KITHI_PART_HOUR, "2018-11-04T02:30:00Z", 23, "2018-11-04T03:00:00Z"},
        {"America/Sao_Paulo", KITHI_PART_HOUR, "2018-11-04T03:30:00Z", 1, "2018-11-04T04:00:00Z"},
        /* A day that began is left again for an hour but a minute. */
        {"America/St_Johns", KITHI_PART_DAY, "1987-10-25T02:00:00Z", 24, "1987-10-25T02:30:00Z"},
        {"America/St_Johns", KITHI_PART_DAY, "1987-10-25T02:30:30Z", 25, "1987-10-25T02:31:00Z"},
        {"America/St_Johns", KITHI_PART_DAY, "1987-10-25T02:31:00Z", 24, "1987-10-25T03:30:00Z"},
        {"America/St_Johns", KITHI_PART_WEEK, "1987-10-25T02:30:30Z", 43, "1987-10-26T03:30:00Z"},
        /* A day that never was. */
        {"Pacific/Apia", KITHI_PART_DAY, "2011-12-30T09:00:00Z", 29, "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", KITHI_PART_DAY, "2011-12-30T10:00:00Z", 31, "2011-12-31T10:00:00Z"},
        {"Pacific/Apia", KITHI_PART_HOUR, "2011-12-30T09:30:00Z", 23, "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", KITHI_PART_MONTH, "2011-12-30T09:00:00Z", 12, "2011-12-31T10:00:00Z"},
        {"Pacific/Apia", KITHI_PART_YEAR, "2011-12-30T09:00:00Z", 2011, "2011-12-31T10:00:00Z"},
        {"Asia/Shanghai", KITHI_PART_YEAR, "2024-12-31T15:59:59.999999Z", 2024,
         "2024-12-31T16:00:00Z"},
        {"Asia/Shanghai", KITHI_PART_YEAR, "2024-12-31T16:00:00Z", 2025, "2025-12-31T16:00:00Z"},
        {"Asia/Kolkata", KITHI_PART_QUARTER, "2024-01-31T18:30:00Z", 1, "2024-03-31T18:30:00Z"},
        {"Asia/Kolkata", KITHI_PART_WEEK, "2024-12-29T18:30:00Z", 1, "2025-01-05T18:30:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_zone *zone = zone_load(cases[i].zone);
        int64_t until = 0;
        int value = kithi_calendar_part(zone, cases[i].part, us(cases[i].at), &until);
        if (value != cases[i].value) {
            fail_msg("%s at %s: %d where it is %d", cases[i].zone, cases[i].at, value,
                     cases[i].value);
        }
        expect_time(until, us(cases[i].until), cases[i].at);
        kithi_zone_free(zone);
    }
}

/* The next whole minute at which a part is another, by looking at each. */
static int64_t next_by_minutes(const kithi_zone *zone, kithi_date_part part, int64_t at) {
    int value = kithi_calendar_part(zone, part, at, NULL);
    int64_t minute = at - at % MINUTE + MINUTE;
    while (kithi_calendar_part(zone, part, minute, NULL) == value) {
        minute += MINUTE;
    }
    return minute;
}

/* Half of them on a day on which clocks change. */
static int64_t random_instant(const kithi_zone *zone, uint64_t *state) {
    int64_t at = random_between(state, us("1973-01-01"), us("2060-01-01"));
    int64_t until;
    kithi_zone_offset(zone, at, &until);
    return until == INT64_MAX || random_next(state) % 2 == 0
               ? at
               : random_between(state, until - 5 * HOUR, until + 2 * HOUR);
}

static void test_parts_last_as_long_as_minutes_show(void **state) {
    (void)state;
    static const int counts[KITHI_PARTS] = {1, 3, 5, 20, 100, 100, 100, 500, 500};
    uint64_t random = zone_seed();
    for (size_t i = 0; i < COUNT(places); i++) {
        kithi_zone *zone = zone_load(places[i]);
        for (int n = 0; n < KITHI_PARTS; n++) {
            for (int j = 0; j < counts[n]; j++) {
                int64_t at = random_instant(zone, &random), until;
                kithi_calendar_part(zone, (kithi_date_part)n, at, &until);
                expect_time(until, next_by_minutes(zone, (kithi_date_part)n, at), places[i]);
            }
        }
        kithi_zone_free(zone);
    }
}

/* Near the ends of what a time can say, nothing overflows and all that lasts ends or never does. */
static void test_parts_at_the_ends_of_time(void **state) {
    (void)state;
    static const char *const rules[] = {"UTC0", "AAA24", "AAA-24BBB,M3.5.0,M10.5.0"};
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX - DAY, INT64_MAX};
    for (size_t i = 0; i < COUNT(rules); i++) {
        kithi_zone *zone = zone_by_rule(rules[i]);
        for (size_t j = 0; j < COUNT(ends) * KITHI_PARTS; j++) {
            int64_t at = ends[j / KITHI_PARTS], until = at;
            kithi_date_part part = (kithi_date_part)(j % KITHI_PARTS);
            int value = kithi_calendar_part(zone, part, at, &until);
            assert_true(until > at || until == INT64_MAX);
            assert_true(until == INT64_MAX ||
                        kithi_calendar_part(zone, part, until, NULL) != value);
        }
        kithi_zone_free(zone);
    }
}

/* Where units begin */

typedef struct unit_case {
    const char *zone;
    kithi_calendar_unit unit;
    const char *at;
    int64_t units;
    const char *start, *until;
} unit_case;

static const unit_case unit_cases[] = {
    {"Europe/Berlin", KITHI_CALENDAR_DAY, "2024-07-01T22:30:00Z", 0, "2024-07-01T22:00:00Z",
     "2024-07-02T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_DAY, "2024-04-01T12:00:00Z", -1, "2024-03-30T23:00:00Z",
     "2024-04-01T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_DAY, "2024-03-30T23:00:00Z", 0, "2024-03-30T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_DAY, "2024-03-30T22:59:59.999999Z", 0, "2024-03-29T23:00:00Z",
     "2024-03-30T23:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_WEEK, "2024-03-31T12:00:00Z", 0, "2024-03-24T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_WEEK, "2024-03-31T12:00:00Z", 1, "2024-03-31T22:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_MONTH, "2024-03-31T12:00:00Z", 0, "2024-02-29T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_MONTH, "2024-03-31T12:00:00Z", -2, "2023-12-31T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_MONTH, "2024-03-31T12:00:00Z", -27, "2021-11-30T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_MONTH, "2024-03-31T12:00:00Z", 10, "2024-12-31T23:00:00Z",
     "2024-03-31T22:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_YEAR, "2024-03-31T12:00:00Z", 0, "2023-12-31T23:00:00Z",
     "2024-12-31T23:00:00Z"},
    {"Europe/Berlin", KITHI_CALENDAR_YEAR, "2024-03-31T12:00:00Z", 76, "2099-12-31T23:00:00Z",
     "2024-12-31T23:00:00Z"},
    /* A day whose midnight clocks jump over, and one of 25 hours. */
    {"America/Sao_Paulo", KITHI_CALENDAR_DAY, "2018-11-04T12:00:00Z", 0, "2018-11-04T03:00:00Z",
     "2018-11-05T02:00:00Z"},
    {"America/Sao_Paulo", KITHI_CALENDAR_DAY, "2018-11-03T12:00:00Z", 1, "2018-11-04T03:00:00Z",
     "2018-11-04T03:00:00Z"},
    {"America/Sao_Paulo", KITHI_CALENDAR_DAY, "2019-02-17T02:30:00Z", 0, "2019-02-16T02:00:00Z",
     "2019-02-17T03:00:00Z"},
    /* The day that is left out is the one before all the same, and has no length. */
    {"Pacific/Apia", KITHI_CALENDAR_DAY, "2011-12-31T00:00:00Z", 0, "2011-12-30T10:00:00Z",
     "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", KITHI_CALENDAR_DAY, "2011-12-31T00:00:00Z", -1, "2011-12-30T10:00:00Z",
     "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", KITHI_CALENDAR_DAY, "2011-12-31T00:00:00Z", -2, "2011-12-29T10:00:00Z",
     "2011-12-31T10:00:00Z"},
    {"Pacific/Apia", KITHI_CALENDAR_WEEK, "2011-12-31T00:00:00Z", 0, "2011-12-26T10:00:00Z",
     "2012-01-01T10:00:00Z"},
    /* The day that is left again has begun before. */
    {"America/St_Johns", KITHI_CALENDAR_DAY, "1987-10-25T03:00:00Z", 0, "1987-10-24T02:30:00Z",
     "1987-10-25T03:30:00Z"},
    {"America/St_Johns", KITHI_CALENDAR_DAY, "1987-10-25T03:00:00Z", 1, "1987-10-25T02:30:00Z",
     "1987-10-25T03:30:00Z"},
};

static void test_known_units(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(unit_cases); i++) {
        const unit_case *c = &unit_cases[i];
        kithi_zone *zone = zone_load(c->zone);
        int64_t until = 0;
        expect_time(kithi_calendar_start(zone, c->unit, us(c->at), c->units, &until), us(c->start),
                    c->at);
        expect_time(until, us(c->until), c->at);
        expect_time(kithi_calendar_start(zone, c->unit, us(c->at), c->units, NULL), us(c->start),
                    c->at);
        kithi_zone_free(zone);
    }
}

static bool is_first(kithi_calendar_unit unit, int64_t day) {
    static const kithi_date_part parts[KITHI_CALENDAR_UNITS] = {
        [KITHI_CALENDAR_WEEK] = KITHI_PART_WEEKDAY,
        [KITHI_CALENDAR_MONTH] = KITHI_PART_DAY,
        [KITHI_CALENDAR_YEAR] = KITHI_PART_DAY_OF_YEAR};
    return unit == KITHI_CALENDAR_DAY || kithi_date_part_of_day(parts[unit], day) == 1;
}

/* The first day of the unit so many units away, by stepping over days. */
static int64_t first_by_days(kithi_calendar_unit unit, int64_t day, int64_t units) {
    while (!is_first(unit, day)) {
        day--;
    }
    for (; units != 0; units += units > 0 ? -1 : 1) {
        do {
            day += units > 0 ? 1 : -1;
        } while (!is_first(unit, day));
    }
    return day;
}

static void test_units_begin_where_counting_ends(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    for (size_t i = 0; i < COUNT(places); i++) {
        kithi_zone *zone = zone_load(places[i]);
        for (int j = 0; j < 2000; j++) {
            kithi_calendar_unit unit = (kithi_calendar_unit)(random_next(&random) % 4);
            int64_t at = random_instant(zone, &random), until;
            int64_t units = random_between(&random, -40, 40);
            int64_t day = first_by_days(unit, kithi_calendar_date(zone, at), units);
            int64_t start = kithi_calendar_start(zone, unit, at, units, &until);
            expect_time(start, kithi_calendar_date_start(zone, day), places[i]);
            assert_true(units > 0 || start <= at);
            assert_true(until > at);
            /* All but the one date that was left out have instants, and this is one. */
            assert_true(kithi_calendar_date(zone, start) == day || day == days("2011-12-30"));
        }
        kithi_zone_free(zone);
    }
}

static void test_units_beyond_the_calendar(void **state) {
    (void)state;
    kithi_zone *zone = zone_by_rule("<+08>-8");
    int64_t first = us("0000-01-01") - 8 * HOUR;
    int64_t last = us("9999-12-31T12:00:00Z");
    for (int n = 0; n < KITHI_CALENDAR_UNITS; n++) {
        kithi_calendar_unit unit = (kithi_calendar_unit)n;
        int64_t until;
        expect_time(kithi_calendar_start(zone, unit, us("2024-07-01"), INT64_MIN, NULL), first,
                    "the first of all");
        expect_time(kithi_calendar_start(zone, unit, INT64_MIN, 0, NULL), first, "before");
        expect_time(kithi_calendar_start(zone, unit, first + DAY, -2, NULL), first, "one before");
        expect_time(kithi_calendar_start(zone, unit, us("2024-07-01"), INT64_MAX, NULL), INT64_MAX,
                    "the last of all");
        expect_time(kithi_calendar_start(zone, unit, INT64_MAX, 0, NULL), INT64_MAX, "behind");
        expect_time(kithi_calendar_start(zone, unit, last, 1, &until), INT64_MAX, "one behind");
        assert_true(until > last && until <= last + 4 * DAY);
        assert_true(kithi_calendar_start(zone, unit, last, 0, NULL) < last);
    }
    kithi_zone_free(zone);
}

static void test_first_instants_of_dates(void **state) {
    (void)state;
    kithi_zone *zone = zone_load("America/Sao_Paulo");
    expect_time(kithi_calendar_date_start(zone, days("2018-11-04")), us("2018-11-04T03:00:00Z"),
                "no midnight");
    expect_time(kithi_calendar_date_start(zone, days("2019-02-17")), us("2019-02-17T03:00:00Z"),
                "behind the hour that comes again");
    expect_time(kithi_calendar_date_start(zone, INT64_MAX), INT64_MAX, "the last day");
    assert_true(kithi_calendar_date_start(zone, INT64_MIN) < us("0000-01-01"));
    assert_int_equal(kithi_calendar_date(zone, us("2018-11-04T02:59:59Z")), days("2018-11-03"));
    assert_int_equal(kithi_calendar_date(zone, us("2018-11-04T03:00:00Z")), days("2018-11-04"));
    assert_int_equal(kithi_calendar_date(zone, us("1969-12-31T02:59:59Z")), -2);
    kithi_zone_free(zone);
}

/* Ages */

static void test_ages(void **state) {
    (void)state;
    static const struct {
        const char *birth, *today;
        int years;
        const char *next;
    } cases[] = {
        {"1990-06-15", "2024-06-14", 33, "2024-06-15"},
        {"1990-06-15", "2024-06-15", 34, "2025-06-15"},
        {"1990-06-15", "2024-12-31", 34, "2025-06-15"},
        {"1990-06-15", "1990-06-15", 0, "1991-06-15"},
        {"1990-06-15", "1990-06-14", -1, "1990-06-15"},
        {"1990-06-15", "1989-06-15", -1, "1990-06-15"},
        {"1990-06-15", "1989-06-14", -2, "1989-06-15"},
        {"1990-12-31", "2024-01-01", 33, "2024-12-31"},
        {"1990-01-01", "2024-12-31", 34, "2025-01-01"},
        {"2000-02-29", "2023-02-28", 22, "2023-03-01"},
        {"2000-02-29", "2023-03-01", 23, "2024-02-29"},
        {"2000-02-29", "2024-02-28", 23, "2024-02-29"},
        {"2000-02-29", "2024-02-29", 24, "2025-03-01"},
        {"2000-02-29", "2100-02-28", 99, "2100-03-01"},
        {"2000-03-01", "2023-02-28", 22, "2023-03-01"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t birth = days(cases[i].birth), today = days(cases[i].today);
        if (kithi_age_years(birth, today) != cases[i].years ||
            kithi_age_next(birth, today) != days(cases[i].next)) {
            fail_msg("born on %s: %d years on %s", cases[i].birth, kithi_age_years(birth, today),
                     cases[i].today);
        }
    }
}

/* From day to day the age is the same, but one more on the day that was told. */
static void test_ages_grow_day_by_day(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    for (int i = 0; i < 200; i++) {
        int64_t birth =
            i % 4 == 0 ? days("2000-02-29") : random_between(&random, 0, days("2050-01-01"));
        int64_t next = birth;
        int years = -1;
        for (int64_t day = birth; day < birth + 3000; day++) {
            years += day == next;
            assert_int_equal(kithi_age_years(birth, day), years);
            next = kithi_age_next(birth, day);
            assert_true(next > day);
        }
    }
}

static void test_ages_beyond_all_days(void **state) {
    (void)state;
    assert_int_equal(kithi_age_next(days("0000-02-29"), KITHI_LAST_DAY), KITHI_LAST_DAY + 60);
    assert_true(kithi_age_years(INT64_MIN, INT64_MAX) > 500000);
    assert_true(kithi_age_years(INT64_MAX, INT64_MIN) < -500000);
    assert_true(kithi_age_next(INT64_MIN, INT64_MAX) > KITHI_DAYS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_years_before_the_first),
        cmocka_unit_test(test_parts_of_known_days),
        cmocka_unit_test(test_parts_as_the_c_library),
        cmocka_unit_test(test_parts_around_changes),
        cmocka_unit_test(test_parts_last_as_long_as_minutes_show),
        cmocka_unit_test(test_parts_at_the_ends_of_time),
        cmocka_unit_test(test_known_units),
        cmocka_unit_test(test_units_begin_where_counting_ends),
        cmocka_unit_test(test_units_beyond_the_calendar),
        cmocka_unit_test(test_first_instants_of_dates),
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_ages_grow_day_by_day),
        cmocka_unit_test(test_ages_beyond_all_days),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
