#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/base/time.h"

#define US INT64_C(1000000)

static void assert_date(const char *text, const char *expected) {
    int64_t days = 12345678;
    char shown[KITH_TIME_TEXT_BYTES];
    if (kith_date_parse(text, strlen(text), &days) != KITH_OK) {
        fail_msg("\"%s\" was refused", text);
    }
    kith_date_format(days, shown);
    assert_string_equal(shown, expected);
}

static void assert_no_date(const char *text) {
    int64_t days = 4242;
    if (kith_date_parse(text, strlen(text), &days) != KITH_INVALID) {
        fail_msg("\"%s\" was taken for a date", text);
    }
    assert_int_equal(days, 4242);
}

static void assert_time(const char *text, const char *expected) {
    int64_t us = 4242;
    char shown[KITH_TIME_TEXT_BYTES];
    if (kith_time_parse(text, strlen(text), &us) != KITH_OK) {
        fail_msg("\"%s\" was refused", text);
    }
    kith_time_format(us, shown);
    assert_string_equal(shown, expected);
}

static void assert_no_time(const char *text) {
    int64_t us = 4242;
    if (kith_time_parse(text, strlen(text), &us) != KITH_INVALID) {
        fail_msg("\"%s\" was taken for a time", text);
    }
    assert_int_equal(us, 4242);
}

static void test_date_format(void **state) {
    (void)state;
    static const struct {
        int64_t days;
        const char *text;
    } cases[] = {
        {0, "1970-01-01"},       {-1, "1969-12-31"},        {59, "1970-03-01"},
        {11016, "2000-02-29"},   {19782, "2024-02-29"},     {-719528, "0000-01-01"},
        {2932896, "9999-12-31"}, {-25510, "1900-02-27"},    {-25509, "1900-02-28"},
        {-25508, "1900-03-01"},  {INT64_MAX, "9999-12-31"}, {INT64_MIN, "0000-01-01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[KITH_TIME_TEXT_BYTES];
        kith_date_format(cases[i].days, text);
        assert_string_equal(text, cases[i].text);
    }
}

/* Every day of the ten thousand years, against a calendar that only counts. */
static void test_every_day_there_and_back(void **state) {
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0, month = 1, day = 1;
    for (int64_t days = -719528; days <= 2932896; days++) {
        char text[KITH_TIME_TEXT_BYTES];
        kith_date_format(days, text);
        int shown =
            (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
        if (shown != year || (text[5] - '0') * 10 + text[6] - '0' != month ||
            (text[8] - '0') * 10 + text[9] - '0' != day) {
            fail_msg("day %lld is shown as %s", (long long)days, text);
        }
        int64_t again = 0;
        if (kith_date_parse(text, 10, &again) != KITH_OK || again != days) {
            fail_msg("%s is read as day %lld", text, (long long)again);
        }
        int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(year, 10000);
}

static void test_time_format(void **state) {
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1709251199 * US + 123456, "2024-02-29T23:59:59.123456Z"},
        {1709251199 * US + 500000, "2024-02-29T23:59:59.500000Z"},
        {-US, "1969-12-31T23:59:59Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999999Z"},
        {INT64_MIN, "0000-01-01T00:00:00Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[KITH_TIME_TEXT_BYTES];
        kith_time_format(cases[i].us, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_dates_with_the_year_first(void **state) {
    (void)state;
    assert_date("2024-02-29", "2024-02-29");
    assert_date("2024-2-9", "2024-02-09");
    assert_date("2024/2/29", "2024-02-29");
    assert_date("2024.2.29", "2024-02-29");
    assert_date("20240229", "2024-02-29");
    assert_date("19931203", "1993-12-03");
    assert_date("  2024-02-29\t", "2024-02-29");
    assert_date("0000-01-01", "0000-01-01");
    assert_date("9999-12-31", "9999-12-31");
}

static void test_chinese_dates(void **state) {
    (void)state;
    assert_date("2024年2月29日", "2024-02-29");
    assert_date("2024年02月29号", "2024-02-29");
    assert_date("2024 年 2 月 29 日", "2024-02-29");
    assert_date("２０２４年２月２９日", "2024-02-29");
    assert_date("２０２４－０２－２９", "2024-02-29");
    assert_date("1985年12月1", "1985-12-01");
    assert_date("85年12月1日", "1985-12-01");
    assert_date("24年2月29日", "2024-02-29");
    assert_no_date("2024年2月30日");
    assert_no_date("2024年13月1日");
    assert_no_date("2024年2月");
    assert_no_date("2024月2年1日");
}

static void test_dates_with_a_months_name(void **state) {
    (void)state;
    assert_date("29 Feb 2024", "2024-02-29");
    assert_date("29-Feb-24", "2024-02-29");
    assert_date("24-May-11", "2011-05-24");
    assert_date("24-MAY-11", "2011-05-24");
    assert_date("Feb 29 2024", "2024-02-29");
    assert_date("Feb 29, 2024", "2024-02-29");
    assert_date("February 29, 2024", "2024-02-29");
    assert_date("Mar 1 1970", "1970-03-01");
    assert_date("1 march 1970", "1970-03-01");
    assert_date("29Feb2024", "2024-02-29");
    assert_date("2024-Feb-29", "2024-02-29");
    assert_date("Sept. 3rd, 1993", "1993-09-03");
    assert_date("1st Sep 1993", "1993-09-01");
    assert_date("29/Feb/2024", "2024-02-29");
    assert_date("29th February 2024", "2024-02-29");
    assert_date("February 29th, 2024", "2024-02-29");
    assert_date("29 FEB. 2024", "2024-02-29");
    assert_no_date("29 Fev 2024");
    assert_no_date("30 Feb 2024");
    assert_no_date("Feb 2024");
    assert_no_date("Feb 29");
    assert_no_date("Febru 29 2024");
    assert_no_date("Feb 292024");
    assert_no_date("septemberish 1 2020");
}

static void test_day_and_month_in_either_order(void **state) {
    (void)state;
    assert_date("3/1/70", "1970-03-01");
    assert_date("3-1-1970", "1970-03-01");
    assert_date("3.1.1970", "1970-01-03");
    assert_date("20/8/1991", "1991-08-20");
    assert_date("8/20/1991", "1991-08-20");
    assert_date("20-8-1991", "1991-08-20");
    assert_date("8.20.1991", "1991-08-20");
    assert_date("20.8.1991", "1991-08-20");
    assert_date("29.02.2024", "2024-02-29");
    assert_date("12/12/12", "2012-12-12");
    assert_no_date("13/13/1991");
    assert_no_date("2/30/1991");
    assert_no_date("31/4/1991");
    assert_no_date("0/1/1991");
    assert_no_date("1/0/1991");
}

static void test_two_digit_years(void **state) {
    (void)state;
    assert_date("1/1/00", "2000-01-01");
    assert_date("1/1/30", "2030-01-01");
    assert_date("1/1/31", "1931-01-01");
    assert_date("1/1/99", "1999-01-01");
    assert_no_date("1/1/9");
    assert_no_date("1/1/199");
}

static void test_days_that_do_not_exist(void **state) {
    (void)state;
    assert_no_date("2023-02-29");
    assert_no_date("1900-02-29");
    assert_date("2000-02-29", "2000-02-29");
    assert_no_date("2024-04-31");
    assert_no_date("2024-00-10");
    assert_no_date("2024-13-10");
    assert_no_date("2024-01-00");
    assert_no_date("20240230");
    assert_no_date("00000000");
}

static void test_no_dates(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "2024",
        "2024-02",
        "2024-02-29x",
        "2024-02/29",
        "2024-2-",
        "-2024-2-1",
        "1234567",
        "123456789",
        "2024--02-29",
        "/2/3/2024",
        "1/2",
        "1/2/",
        "1/2/20245",
        "12024-02-29",
        "2024-02-029",
        "0x18",
        "1e8",
        "２０２４",
        "2024-02-29T00:00:00Z",
        "NaN",
        "29 February of the year two thousand and twenty-four, which was a leap year",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_no_date(bad[i]);
    }
    int64_t days;
    assert_int_equal(kith_date_parse(NULL, 0, &days), KITH_INVALID);
    assert_int_equal(kith_date_parse("2024-02-29\xFF", 11, &days), KITH_INVALID);
    assert_int_equal(kith_date_parse("2024-02-29\0", 11, &days), KITH_INVALID);
}

static void test_only_the_given_bytes_are_read(void **state) {
    (void)state;
    int64_t days = 0;
    assert_int_equal(kith_date_parse("2024-02-291", 10, &days), KITH_OK);
    assert_int_equal(days, 19782);
}

static void test_rfc_3339(void **state) {
    (void)state;
    assert_time("2022-01-05T10:11:12Z", "2022-01-05T10:11:12Z");
    assert_time("2022-01-05t10:11:12z", "2022-01-05T10:11:12Z");
    assert_time("2022-01-05T10:11:12.5+08:00", "2022-01-05T02:11:12.500000Z");
    assert_time("2022-01-05T10:11:12.123456789Z", "2022-01-05T10:11:12.123456Z");
    assert_time("2022-01-05T10:11:12-00:30", "2022-01-05T10:41:12Z");
    assert_time("2022-01-01T00:00:00+08:00", "2021-12-31T16:00:00Z");
    assert_time("2022-01-05T10:11:12+0800", "2022-01-05T02:11:12Z");
    assert_time("2022-01-05 10:11:12 +08", "2022-01-05T02:11:12Z");
    assert_time("2022-01-05 10:11:12 UTC", "2022-01-05T10:11:12Z");
}

static void test_times_without_a_zone(void **state) {
    (void)state;
    assert_time("2022-01-05 10:11", "2022-01-05T10:11:00Z");
    assert_time("2022-01-05 10:11:12", "2022-01-05T10:11:12Z");
    assert_time("2022-01-05 10:11:12.25", "2022-01-05T10:11:12.250000Z");
    assert_time("2022-01-05  9:05", "2022-01-05T09:05:00Z");
    assert_time("2022/1/5 10:11", "2022-01-05T10:11:00Z");
    assert_time("5 Jan 2022 10:11:12", "2022-01-05T10:11:12Z");
    assert_time("2022年1月5日 10:11", "2022-01-05T10:11:00Z");
    assert_time("２０２２－０１－０５　１０：１１", "2022-01-05T10:11:00Z");
}

/* Any form of a date, and any form of a time of day. */
static void test_dates_before_a_clock(void **state) {
    (void)state;
    assert_time("20220105 10:11:12", "2022-01-05T10:11:12Z");
    assert_time("20220105T10:11:12Z", "2022-01-05T10:11:12Z");
    assert_time("1/5/22 9:05", "2022-01-05T09:05:00Z");
    assert_time("5.1.2022 9:05", "2022-01-05T09:05:00Z");
    assert_time("29/Feb/2024 10:11 GMT", "2024-02-29T10:11:00Z");
    assert_time("February 29th, 2024 10:11+01", "2024-02-29T09:11:00Z");
    assert_time("2024年2月29号 10:11 -0330", "2024-02-29T13:41:00Z");
    assert_time("2022-01-05 10:11Z", "2022-01-05T10:11:00Z");
}

static void test_times_without_colons(void **state) {
    (void)state;
    assert_time("20240102T100000Z", "2024-01-02T10:00:00Z");
    assert_time("20240102t100000", "2024-01-02T10:00:00Z");
    assert_time("20240102 100000", "2024-01-02T10:00:00Z");
    assert_time("20240102T100000.25+08:00", "2024-01-02T02:00:00.250000Z");
    assert_time("20240102T100000-0330", "2024-01-02T13:30:00Z");
    assert_time("20161231T235960Z", "2017-01-01T00:00:00Z");
    static const char *const bad[] = {
        "20240102T1000Z",   "20240102T10000Z",  "20240102T1000000Z", "20240230T100000Z",
        "20240102T240001Z", "20240102T106000Z", "20240102T100061Z",  "20240102T120060Z",
        "2024010T100000Z",  "20240102X100000Z", "20240102T100000PM", "20240102T100000.Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_no_time(bad[i]);
    }
}

/* Fourteen digits, as payment platforms write a time. */
static void test_stamps(void **state) {
    (void)state;
    assert_time("20240102100000", "2024-01-02T10:00:00Z");
    assert_time("２０２４０１０２１００００５", "2024-01-02T10:00:05Z");
    assert_time("19000101000000", "1900-01-01T00:00:00Z");
    assert_time("21991231235959", "2199-12-31T23:59:59Z");
    assert_time("20161231235960", "2017-01-01T00:00:00Z");
    /* What is no such time is milliseconds. */
    assert_time("18991231235959", "2571-10-22T22:00:35.959000Z");
    assert_time("22000101000000", "2667-02-26T19:10:00Z");
    assert_time("20241302100000", "2611-06-04T07:55:00Z");
    assert_time("20240230100000", "2611-05-22T22:08:20Z");
    assert_time("20240102240000", "2024-01-03T00:00:00Z");
    assert_time("20240102250000", "2611-05-21T10:37:30Z");
    assert_time("20240102106000", "2611-05-21T10:35:06Z");
    assert_time("20240102100061", "2611-05-21T10:35:00.061000Z");
    assert_no_time("20240102100000Z");
    assert_no_time("Tue, 20240102100000");
}

static void test_halves_of_the_day(void **state) {
    (void)state;
    assert_time("01/02/2024 10:00 AM", "2024-01-02T10:00:00Z");
    assert_time("1/2/2024 10:00:05 pm", "2024-01-02T22:00:05Z");
    assert_time("1/2/2024 10:00:05.5Pm", "2024-01-02T22:00:05.500000Z");
    assert_time("2024-01-02 12:00 AM", "2024-01-02T00:00:00Z");
    assert_time("2024-01-02 12:30 PM", "2024-01-02T12:30:00Z");
    assert_time("2024-01-02 1:30 pm", "2024-01-02T13:30:00Z");
    assert_time("2024-01-02 01:30PM +08:00", "2024-01-02T05:30:00Z");
    assert_time("2024-01-02 1:30 am UTC", "2024-01-02T01:30:00Z");
    assert_no_time("2024-01-02 13:00 PM");
    assert_no_time("2024-01-02 0:30 AM");
    assert_no_time("2024-01-02 10:00 A");
    assert_no_time("2024-01-02 10:00 AMX");
    assert_no_time("2024-01-02 10:00 XM");
    assert_no_time("2024-01-02 10:00 AM PM");
    assert_no_time("2024-01-02 10 AM");
}

static void test_chinese_halves_of_the_day(void **state) {
    (void)state;
    assert_time("2024/1/1 下午3:00", "2024-01-01T15:00:00Z");
    assert_time("2024/1/1 上午3:00:05", "2024-01-01T03:00:05Z");
    assert_time("2024/1/1 上午12:00", "2024-01-01T00:00:00Z");
    assert_time("2024/1/1 下午 12:30 +08:00", "2024-01-01T04:30:00Z");
    assert_time("2024年1月1日下午3:00", "2024-01-01T15:00:00Z");
    assert_no_time("下午3:00");
    assert_no_time("2024/1/1 下午13:00");
    assert_no_time("2024/1/1 下午3:00 PM");
    assert_no_time("2024/1/1 晚上3:00");
    assert_no_time("2024/1/1下");
}

static void test_end_of_the_day(void **state) {
    (void)state;
    assert_time("2024-01-01 24:00:00", "2024-01-02T00:00:00Z");
    assert_time("2024-12-31T24:00+08:00", "2024-12-31T16:00:00Z");
    assert_time("20240102T240000Z", "2024-01-03T00:00:00Z");
    assert_no_time("9999-12-31T24:00");
}

static void assert_day(const char *text, kithi_date_order order, const char *expected) {
    int64_t days = 0;
    char shown[KITH_TIME_TEXT_BYTES];
    assert_int_equal(kithi_day_read(text, strlen(text), order, &days), KITH_OK);
    kith_date_format(days, shown);
    assert_string_equal(shown, expected);
}

/* Whatever the zone: a birthday that a program wrote as a moment stays on its day. */
static void test_day_as_written(void **state) {
    (void)state;
    int64_t days = 4242;
    assert_day("1985-03-04T00:00:00+08:00", KITHI_DATE_USUAL, "1985-03-04");
    assert_day("1985-03-04T23:30:00-05:00", KITHI_DATE_USUAL, "1985-03-04");
    assert_day("19850304T000000+0800", KITHI_DATE_USUAL, "1985-03-04");
    assert_day("Tue, 02 Jan 2024 00:30:00 +0800", KITHI_DATE_USUAL, "2024-01-02");
    assert_day("2024-01-02 24:00", KITHI_DATE_USUAL, "2024-01-02");
    assert_day("1985-03-04", KITHI_DATE_USUAL, "1985-03-04");
    assert_int_equal(kithi_day_read("1709251199", 10, KITHI_DATE_USUAL, &days), KITH_INVALID);
    assert_int_equal(kithi_day_read("20240102100000", 14, KITHI_DATE_USUAL, &days), KITH_INVALID);
    assert_int_equal(days, 4242);
}

static void test_order_of_day_and_month(void **state) {
    (void)state;
    assert_day("03/04/1990", KITHI_DATE_USUAL, "1990-03-04");
    assert_day("03/04/1990", KITHI_DATE_MONTH_FIRST, "1990-03-04");
    assert_day("03/04/1990", KITHI_DATE_DAY_FIRST, "1990-04-03");
    assert_day("03-04-90 10:00", KITHI_DATE_DAY_FIRST, "1990-04-03");
    assert_day("03.04.1990", KITHI_DATE_USUAL, "1990-04-03");
    assert_day("03.04.1990", KITHI_DATE_MONTH_FIRST, "1990-03-04");
    assert_day("25/04/1990", KITHI_DATE_MONTH_FIRST, "1990-04-25");
    assert_day("04/25/1990", KITHI_DATE_DAY_FIRST, "1990-04-25");
    assert_day("1990-03-04", KITHI_DATE_DAY_FIRST, "1990-03-04");
}

static void test_shown_order(void **state) {
    (void)state;
    static const struct {
        const char *text;
        kithi_date_shows shows;
    } cases[] = {
        {"13/02/1990", KITHI_DATE_SHOWS_DAY_FIRST},
        {"05/03/1990", KITHI_DATE_SHOWS_EITHER},
        {"5-3-90 10:00", KITHI_DATE_SHOWS_EITHER},
        {"02/13/1990", KITHI_DATE_SHOWS_MONTH_FIRST},
        {"05/05/1990", KITHI_DATE_SHOWS_NOTHING},
        {"05.03.1990", KITHI_DATE_SHOWS_NOTHING},
        {"1990-03-05", KITHI_DATE_SHOWS_NOTHING},
        {"05/03", KITHI_DATE_SHOWS_NOTHING},
        {"", KITHI_DATE_SHOWS_NOTHING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(kithi_date_shown(cases[i].text, strlen(cases[i].text)), cases[i].shows);
    }
}

static void test_weekdays_in_front(void **state) {
    (void)state;
    assert_time("Tue, 02 Jan 2024 10:00:00 GMT", "2024-01-02T10:00:00Z");
    assert_time("Tue,02 Jan 2024 10:00:00 +0800", "2024-01-02T02:00:00Z");
    assert_time("TUESDAY, 02-Jan-24 10:00:00 GMT", "2024-01-02T10:00:00Z");
    assert_time("Wednesday, January 3, 2024 10:00 AM", "2024-01-03T10:00:00Z");
    assert_time("Sun, 02 Jan 2024", "2024-01-02T00:00:00Z"); /* the date counts */
    assert_no_time("Tue 02 Jan 2024 10:00:00 GMT");
    assert_no_time("Tues, 02 Jan 2024 10:00:00 GMT");
    assert_no_time("Tue, Tue, 02 Jan 2024 10:00:00 GMT");
    assert_no_time("Jan, 02 Jan 2024 10:00:00 GMT");
    assert_no_time(", 02 Jan 2024 10:00:00 GMT");
    assert_no_time("Tue,");
    assert_no_time("Tue, 1704189600");
}

static void test_dates_as_times(void **state) {
    (void)state;
    assert_time("2024-02-29", "2024-02-29T00:00:00Z");
    assert_time("24-May-11", "2011-05-24T00:00:00Z");
    assert_time("20240229", "2024-02-29T00:00:00Z");
}

static void test_unix_times(void **state) {
    (void)state;
    assert_time("1709251199", "2024-02-29T23:59:59Z");
    assert_time("1709251199123", "2024-02-29T23:59:59.123000Z");
    assert_time("1709251199123456", "2024-02-29T23:59:59.123456Z");
    assert_time("-1709251199", "1915-11-03T00:00:01Z");
    assert_time("99999999999", "5138-11-16T09:46:39Z");
    assert_time("99999999999999", "5138-11-16T09:46:39.999000Z");
    assert_time("99999999999999999", "5138-11-16T09:46:39.999999Z");
    assert_time("100000000", "1973-03-03T09:46:40Z");
    assert_time("-100000000", "1966-10-31T14:13:20Z");
    assert_time("100000000000", "1973-03-03T09:46:40Z");
    assert_time("100000000000000", "1973-03-03T09:46:40Z");
    /* A year, a spreadsheet's number of a day, a short date, none, eight digits that are no day. */
    static const char *const unlikely[] = {
        "0",         "-1",           "2024",     "45292",        "240105",         "99999999",
        "-99999999", "000000045292", "20241301", "099999999999", "099999999999999"};
    for (size_t i = 0; i < sizeof unlikely / sizeof unlikely[0]; i++) {
        assert_no_time(unlikely[i]);
    }
    assert_no_time("123456789012345678");
    assert_no_time("-99999999999");
    assert_no_time("-");
    assert_no_time("+5");
    assert_no_time("1709251199.5");
}

static void test_leap_seconds(void **state) {
    (void)state;
    assert_time("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    assert_time("2017-01-01T07:59:60+08:00", "2017-01-01T00:00:00Z");
    assert_no_time("2016-12-31T12:00:60Z");
}

static void test_no_times(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "10:11",
        "T10:11",
        " 10:11",
        "2022-01-05T",
        "2022-01-05T10",
        "2022-01-05T24:01",
        "2022-01-05T24:00:01",
        "2022-01-05T24:00:00.5",
        "2022-01-05T25:00",
        "2022-01-05 24:00 PM",
        "2022-01-05T10:60",
        "2022-01-05T10:11:61",
        "2022-01-05T10:1",
        "2022-01-05T10:11:1",
        "2022-01-05T10:11:12.",
        "2022-01-05T10:11:12,5",
        "2022-01-05T10:11:12+24:00",
        "2022-01-05T10:11:12+08:60",
        "2022-01-05T10:11:12+08:",
        "2022-01-05T10:11:12+8",
        "2022-01-05T10:11:12+",
        "2022-01-05T10:11:12Zx",
        "2022-01-05T10:11:12 CET",
        "2022-02-30T10:11:12Z",
        "2022-01-05X10:11:12Z",
        "2022-01-0510:11:12Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "tomorrow",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_no_time(bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date_format),
        cmocka_unit_test(test_every_day_there_and_back),
        cmocka_unit_test(test_time_format),
        cmocka_unit_test(test_dates_with_the_year_first),
        cmocka_unit_test(test_chinese_dates),
        cmocka_unit_test(test_dates_with_a_months_name),
        cmocka_unit_test(test_day_and_month_in_either_order),
        cmocka_unit_test(test_two_digit_years),
        cmocka_unit_test(test_days_that_do_not_exist),
        cmocka_unit_test(test_no_dates),
        cmocka_unit_test(test_only_the_given_bytes_are_read),
        cmocka_unit_test(test_rfc_3339),
        cmocka_unit_test(test_times_without_a_zone),
        cmocka_unit_test(test_dates_before_a_clock),
        cmocka_unit_test(test_times_without_colons),
        cmocka_unit_test(test_stamps),
        cmocka_unit_test(test_halves_of_the_day),
        cmocka_unit_test(test_chinese_halves_of_the_day),
        cmocka_unit_test(test_end_of_the_day),
        cmocka_unit_test(test_day_as_written),
        cmocka_unit_test(test_order_of_day_and_month),
        cmocka_unit_test(test_shown_order),
        cmocka_unit_test(test_weekdays_in_front),
        cmocka_unit_test(test_dates_as_times),
        cmocka_unit_test(test_unix_times),
        cmocka_unit_test(test_leap_seconds),
        cmocka_unit_test(test_no_times),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
