/*
 * Time zones: what real clocks did and will do, the rules that files give, the C library as a
 * second opinion, and files that are damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "tests/fault/scratch.h"
#include "tests/unit/zone_stand.h"

#define SYSTEM_FOLDER "/usr/share/zoneinfo"
#define SYSTEM_NAMES  SYSTEM_FOLDER "/zone.tab"

/* Real clocks */

typedef struct transition {
    const char *zone, *at;
    int32_t before, after;
    const char *next; /* NULL: none */
} transition;

static const transition transitions[] = {
    {"Europe/Berlin", "1945-05-24T00:00:00Z", 7200, 10800, "1945-09-24T00:00:00Z"},
    {"Europe/Berlin", "2024-03-31T01:00:00Z", 3600, 7200, "2024-10-27T01:00:00Z"},
    {"Europe/Berlin", "2024-10-27T01:00:00Z", 7200, 3600, "2025-03-30T01:00:00Z"},
    {"Europe/Berlin", "2100-03-28T01:00:00Z", 3600, 7200, "2100-10-31T01:00:00Z"},
    {"Europe/Berlin", "9999-03-28T01:00:00Z", 3600, 7200, "9999-10-31T01:00:00Z"},
    {"Europe/London", "1968-02-18T02:00:00Z", 0, 3600, "1971-10-31T02:00:00Z"},
    {"Europe/Dublin", "2024-03-31T01:00:00Z", 0, 3600, "2024-10-27T01:00:00Z"},
    {"America/New_York", "1883-11-18T17:00:00Z", -17762, -18000, "1918-03-31T07:00:00Z"},
    {"America/New_York", "2007-03-11T07:00:00Z", -18000, -14400, "2007-11-04T06:00:00Z"},
    {"America/New_York", "2037-11-01T06:00:00Z", -14400, -18000, "2038-03-14T07:00:00Z"},
    {"America/New_York", "2100-11-07T06:00:00Z", -14400, -18000, "2101-03-13T07:00:00Z"},
    {"Asia/Shanghai", "1991-04-13T18:00:00Z", 28800, 32400, "1991-09-14T17:00:00Z"},
    {"Asia/Shanghai", "1991-09-14T17:00:00Z", 32400, 28800, NULL},
    {"Asia/Kolkata", "1945-10-14T17:30:00Z", 23400, 19800, NULL},
    {"Australia/Lord_Howe", "2024-04-06T15:00:00Z", 39600, 37800, "2024-10-05T15:30:00Z"},
    {"Australia/Lord_Howe", "2024-10-05T15:30:00Z", 37800, 39600, "2025-04-05T15:00:00Z"},
    {"Australia/Lord_Howe", "2100-10-02T15:30:00Z", 37800, 39600, "2101-04-02T15:00:00Z"},
    {"Africa/Casablanca", "2024-03-10T02:00:00Z", 3600, 0, "2024-04-14T02:00:00Z"},
    {"Africa/Casablanca", "2024-04-14T02:00:00Z", 0, 3600, "2025-02-23T02:00:00Z"},
    {"Pacific/Apia", "2011-12-30T10:00:00Z", -36000, 50400, "2012-03-31T14:00:00Z"},
    {"America/Sao_Paulo", "2018-11-04T03:00:00Z", -10800, -7200, "2019-02-17T02:00:00Z"},
    {"America/Sao_Paulo", "2019-02-17T02:00:00Z", -7200, -10800, NULL},
};

static void expect_offset(const kithi_zone *zone, int64_t at, int32_t offset, int64_t until,
                          const char *what) {
    int64_t got = 0;
    if (kithi_zone_offset(zone, at, &got) != offset) {
        fail_msg("%s: %d seconds where it is %d", what, (int)kithi_zone_offset(zone, at, NULL),
                 (int)offset);
    }
    expect_time(got, until, what);
}

static void test_known_transitions(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(transitions); i++) {
        const transition *t = &transitions[i];
        kithi_zone *zone = zone_load(t->zone);
        int64_t at = us(t->at), next = t->next != NULL ? us(t->next) : INT64_MAX;
        char what[100];
        snprintf(what, sizeof what, "%s %s", t->zone, t->at);
        expect_offset(zone, at - 1, t->before, at, what);
        expect_offset(zone, at, t->after, next, what);
        expect_offset(zone, at + 1, t->after, next, what);
        kithi_zone_free(zone);
    }
}

static void test_before_all_transitions(void **state) {
    (void)state;
    kithi_zone *zone = zone_load("Europe/Berlin");
    int64_t first = us("1893-03-31T23:06:32Z");
    expect_offset(zone, us("0000-01-01"), 3208, first, "the mean time of Berlin");
    expect_offset(zone, INT64_MIN, 3208, first, "the beginning of time");
    assert_int_equal(kithi_zone_offset(zone, INT64_MAX, NULL), 3600);
    kithi_zone_free(zone);
}

static void test_instants_of_local_times(void **state) {
    (void)state;
    static const struct {
        const char *zone, *local, *instant;
    } cases[] = {
        {"Europe/Berlin", "2024-07-01T12:00:00", "2024-07-01T10:00:00Z"},
        {"Europe/Berlin", "2024-03-31T01:59:59.999999", "2024-03-31T00:59:59.999999Z"},
        {"Europe/Berlin", "2024-03-31T02:00:00", "2024-03-31T01:00:00Z"},
        {"Europe/Berlin", "2024-03-31T02:30:00", "2024-03-31T01:00:00Z"},
        {"Europe/Berlin", "2024-03-31T03:00:00", "2024-03-31T01:00:00Z"},
        {"Europe/Berlin", "2024-10-27T02:00:00", "2024-10-27T00:00:00Z"},
        {"Europe/Berlin", "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"},
        {"Europe/Berlin", "2024-10-27T03:00:00", "2024-10-27T02:00:00Z"},
        {"Australia/Lord_Howe", "2024-10-06T02:15:00", "2024-10-05T15:30:00Z"},
        {"Australia/Lord_Howe", "2024-04-07T01:45:00", "2024-04-06T14:45:00Z"},
        {"Pacific/Apia", "2011-12-29T23:59:59", "2011-12-30T09:59:59Z"},
        {"Pacific/Apia", "2011-12-30T00:00:00", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z"},
        {"Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00Z"},
        {"America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z"},
        {"America/Sao_Paulo", "2019-02-16T23:30:00", "2019-02-17T01:30:00Z"},
        {"America/Sao_Paulo", "2019-02-17T00:00:00", "2019-02-17T03:00:00Z"},
        {"America/New_York", "2100-03-14T02:30:00", "2100-03-14T07:00:00Z"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_zone *zone = zone_load(cases[i].zone);
        expect_time(kithi_zone_instant(zone, us(cases[i].local)), us(cases[i].instant),
                    cases[i].local);
        kithi_zone_free(zone);
    }
}

static void test_utc_needs_no_file(void **state) {
    (void)state;
    kithi_zone *zone = NULL;
    assert_int_equal(kithi_zone_load("UTC", &zone), KITH_OK);
    expect_offset(zone, us("2024-07-01"), 0, INT64_MAX, "UTC");
    expect_offset(zone, INT64_MIN, 0, INT64_MAX, "UTC");
    expect_time(kithi_zone_instant(zone, us("2024-07-01")), us("2024-07-01"), "UTC");
    kithi_zone_free(zone);
    kithi_zone_free(NULL);
}

static void test_ends_of_time(void **state) {
    (void)state;
    static const char *const rules[] = {"UTC0", "AAA24", "AAA-24",
                                        "AAA-1BBB-24:59:59,M3.5.0,M10.5.0"};
    for (size_t i = 0; i < COUNT(rules); i++) {
        kithi_zone *zone = zone_by_rule(rules[i]);
        int64_t until;
        int64_t last_us = kithi_zone_offset(zone, INT64_MAX, &until) * SECOND;
        assert_true(until == INT64_MAX);
        int64_t first_us = kithi_zone_offset(zone, INT64_MIN, NULL) * SECOND;
        expect_time(kithi_zone_instant(zone, INT64_MAX),
                    last_us > 0 ? INT64_MAX - last_us : INT64_MAX, rules[i]);
        expect_time(kithi_zone_instant(zone, INT64_MIN),
                    first_us < 0 ? INT64_MIN - first_us : INT64_MIN, rules[i]);
        kithi_zone_free(zone);
    }
}

/* Rules */

static void test_rules(void **state) {
    (void)state;
    static const struct {
        const char *rule, *at;
        int32_t before, after;
    } cases[] = {
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T01:00:00Z", 3600, 7200},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "1600-10-29T01:00:00Z", 7200, 3600},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2024-03-31T01:00:00Z", -7200, -3600},
        {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2100-03-27T00:00:00Z", 7200, 10800},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2024-10-27T01:00:00Z", 3600, 0},
        {"IST-2IDT,M3.4.4/26,M10.5.0", "2024-03-29T00:00:00Z", 7200, 10800},
        {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2024-04-06T15:00:00Z", 39600, 37800},
        /* Jn has no 29 February, n has one. */
        {"AAA0BBB,J59/0,J60/0", "2024-02-28T00:00:00Z", 0, 3600},
        {"AAA0BBB,J59/0,J60/0", "2024-02-29T23:00:00Z", 3600, 0},
        {"AAA0BBB,58/0,59/0", "2024-02-28T23:00:00Z", 3600, 0},
        {"AAA0BBB,58/0,59/0", "2023-02-28T23:00:00Z", 3600, 0},
        {"AAA0BBB,58/0,365/0", "2024-12-30T23:00:00Z", 3600, 0},
        {"AAA0BBB,58/0,365/0", "2023-12-31T23:00:00Z", 3600, 0},
        /* Times that reach into other days, and into other years. */
        {"AAA0BBB,J1/-167,J180/167", "2023-12-25T01:00:00Z", 0, 3600},
        {"AAA0BBB,J1/-167,J180/167", "2024-07-05T22:00:00Z", 3600, 0},
        {"AAA0BBB,J100,J365/167:59:59", "2024-01-06T22:59:59Z", 3600, 0},
        /* Seconds, a plus sign, the last and the first weekday of a month. */
        {"AAA+0:00:01BBB-0:30:15,M5.1.1/+1:02:03,M9.5.6", "2024-05-06T01:02:04Z", -1, 1815},
        {"AAA+0:00:01BBB-0:30:15,M5.1.1/+1:02:03,M9.5.6", "2024-09-28T01:29:45Z", 1815, -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_zone *zone = zone_by_rule(cases[i].rule);
        int64_t at = us(cases[i].at), until;
        expect_offset(zone, at - 1, cases[i].before, at, cases[i].rule);
        if (kithi_zone_offset(zone, at, &until) != cases[i].after || until <= at) {
            fail_msg("%s: nothing changes %s", cases[i].rule, cases[i].at);
        }
        kithi_zone_free(zone);
    }
}

static void test_rules_that_change_nothing(void **state) {
    (void)state;
    static const struct {
        const char *rule;
        int32_t offset;
    } cases[] = {
        {"AST3EDT4,0/0,J365/23", -14400}, /* summer all year, as RFC 8536 writes it */
        {"AAA0BBB0,M3.5.0,M10.5.0", 0},
        {"AAA0BBB,J100/0,J100/1", 3600},
        {"<+0545>-5:45", 20700},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        kithi_zone *zone = zone_by_rule(cases[i].rule);
        expect_offset(zone, us("2024-12-31T23:00:00Z"), cases[i].offset, INT64_MAX, cases[i].rule);
        kithi_zone_free(zone);
    }
}

/* Now and then a rule's summer has no length, and then a change is years away. */
static void test_summers_of_some_years(void **state) {
    (void)state;
    kithi_zone *zone = zone_by_rule("AAA0BBB,J60/0,59/1");
    expect_offset(zone, us("1896-03-01T00:00:00Z"), 3600, us("1904-02-29T00:00:00Z"),
                  "from 1896 to 1904");
    expect_offset(zone, us("1904-02-29T00:00:00Z"), 0, us("1904-03-01T00:00:00Z"), "1904");
    kithi_zone_free(zone);
}

static void test_no_rules(void **state) {
    (void)state;
    static const char *const rules[] = {
        "A0",
        "AA0",
        "AAA",
        "<AA>0",
        "<AAA0",
        "<A*A>0",
        "AAA25",
        "AAA0:60",
        "AAA0:0:60",
        "AAA0:",
        "AAA0 ",
        "AAA0BBB",
        "AAA0BBB,",
        "AAA0BBB,M3.5.0",
        "AAA0BBB,M3.5.0,",
        "AAA0BBB,M0.5.0,M10.5.0",
        "AAA0BBB,M13.5.0,M10.5.0",
        "AAA0BBB,M3.0.0,M10.5.0",
        "AAA0BBB,M3.6.0,M10.5.0",
        "AAA0BBB,M3.5.7,M10.5.0",
        "AAA0BBB,M3.5,M10.5.0",
        "AAA0BBB,J0,M10.5.0",
        "AAA0BBB,J366,M10.5.0",
        "AAA0BBB,366,M10.5.0",
        "AAA0BBB,-1,M10.5.0",
        "AAA0BBB,M3.5.0/168,M10.5.0",
        "AAA0BBB,M3.5.0/-168,M10.5.0",
        "AAA0BBB,M3.5.0/,M10.5.0",
        "AAA0BBB,M3.5.0,M10.5.0,",
        "AAA0BB1,M3.5.0,M10.5.0",
        ":Europe/Berlin",
        "\n",
    };
    for (size_t i = 0; i < COUNT(rules); i++) {
        uint8_t bytes[TZIF_BYTES_MAX];
        int32_t offset = 0;
        kithi_zone *zone = NULL;
        size_t size = tzif_make(
            &(tzif_plan){.version = '2', .types = 1, .offsets = &offset, .rule = rules[i]}, bytes);
        if (kithi_zone_parse(bytes, size, &zone) != KITH_INVALID || zone != NULL) {
            fail_msg("%s was taken for a rule", rules[i]);
        }
    }
}

/* The C library as a second opinion */

static void set_libc(const char *zone) {
    setenv("TZ", zone, 1);
    tzset();
}

static int32_t libc_offset(int64_t seconds) {
    time_t at = (time_t)seconds;
    struct tm shown;
    assert_non_null(localtime_r(&at, &shown));
    return (int32_t)shown.tm_gmtoff;
}

/* An instant, and the change behind it. */
static void compare_at(const kithi_zone *zone, const char *name, int64_t seconds) {
    int64_t until;
    int32_t offset = kithi_zone_offset(zone, seconds * SECOND, &until);
    if (offset != libc_offset(seconds)) {
        fail_msg("%s at %lld: %d where the C library has %d", name, (long long)seconds, (int)offset,
                 (int)libc_offset(seconds));
    }
    if (until != INT64_MAX &&
        (libc_offset(until / SECOND - 1) != offset || libc_offset(until / SECOND) == offset)) {
        fail_msg("%s at %lld: it is no other at %lld", name, (long long)seconds,
                 (long long)(until / SECOND));
    }
}

/* Two thirds of them around now, where tables are long. */
static int64_t random_second(uint64_t *state) {
    return random_next(state) % 3 == 0 ? random_between(state, -9000000000, 32000000000)
                                       : random_between(state, -3000000000, 4500000000);
}

static void compare_zone(const char *name, uint64_t *state) {
    kithi_zone *zone = NULL;
    if (kithi_zone_load(name, &zone) != KITH_OK) {
        fail_msg("%s is in the list, and cannot be read", name);
    }
    set_libc(name);
    for (int i = 0; i < 100; i++) {
        compare_at(zone, name, random_second(state));
    }
    kithi_zone_free(zone);
}

static void test_all_places_as_the_c_library(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    char line[512], name[128];
    size_t count = 0;
    FILE *list = fopen(SYSTEM_NAMES, "r");
    if (list == NULL) {
        print_message("[  SKIPPED ] there is no %s (Debian: tzdata)\n", SYSTEM_NAMES);
        skip();
    }
    while (fgets(line, sizeof line, list) != NULL) {
        if (line[0] != '#' && sscanf(line, "%*s %*s %127s", name) == 1) {
            compare_zone(name, &random);
            count++;
        }
    }
    fclose(list);
    set_libc("UTC0");
    print_message("%zu zones\n", count);
    assert_true(count > 300);
}

/* A day in the first or in the second half of the year: C libraries don't agree where a summer ends
 * in another year than the rule has it. */
static void random_day(uint64_t *state, bool late, char out[40]) {
    int first = late ? 210 : 20, last = late ? 345 : 150;
    int hour = (int)random_between(state, -167, 167), minute = (int)random_between(state, 0, 59);
    int day = (int)random_between(state, first, last);
    switch (random_next(state) % 3) {
    case 0:
        snprintf(out, 40, "J%d/%d:%02d", day, hour, minute);
        break;
    case 1:
        snprintf(out, 40, "%d/%d:%02d", day, hour, minute);
        break;
    default:
        snprintf(out, 40, "M%d.%d.%d/%d:%02d", (late ? 8 : 2) + day % 4,
                 (int)random_between(state, 1, 5), (int)random_between(state, 0, 6), hour, minute);
        break;
    }
}

static void random_rule(uint64_t *state, char out[120]) {
    char begin[40], end[40];
    bool southern = random_next(state) % 2 == 0;
    random_day(state, southern, begin);
    random_day(state, !southern, end);
    snprintf(out, 120, "AAA%d:%02dBBB%d,%s,%s", (int)random_between(state, -23, 23),
             (int)random_between(state, 0, 59), (int)random_between(state, -23, 23), begin, end);
}

static void test_random_rules_as_the_c_library(void **state) {
    (void)state;
    uint64_t random = zone_seed();
    for (int i = 0; i < 2000; i++) {
        char rule[120];
        random_rule(&random, rule);
        kithi_zone *zone = zone_by_rule(rule);
        set_libc(rule);
        for (int j = 0; j < 20; j++) {
            compare_at(zone, rule, random_between(&random, 0, 30000000000));
        }
        kithi_zone_free(zone);
    }
    set_libc("UTC0");
}

/* Files */

static const int64_t some_times[] = {-3000, 1000, 2000, 3000};
static const uint8_t some_kinds[] = {0, 1, 2, 0};
static const int32_t some_offsets[] = {-7200, 3600, 3600};
static const tzif_plan some = {'2', 4, some_times, some_kinds, 3, some_offsets, "<-02>2"};

/* The first and the third of the transitions change no offset. */
static void test_all_versions(void **state) {
    (void)state;
    static const char versions[] = {0, '2', '3', '4'};
    for (size_t i = 0; i < sizeof versions; i++) {
        uint8_t bytes[TZIF_BYTES_MAX];
        tzif_plan plan = some;
        kithi_zone *zone = NULL;
        plan.version = versions[i];
        assert_int_equal(kithi_zone_parse(bytes, tzif_make(&plan, bytes), &zone), KITH_OK);
        expect_offset(zone, INT64_MIN, -7200, 1000 * SECOND, "before all");
        expect_offset(zone, 1000 * SECOND, 3600, 3000 * SECOND, "between");
        expect_offset(zone, 3000 * SECOND, -7200, INT64_MAX, "behind all");
        kithi_zone_free(zone);
    }
}

/* Compilers of zones wrote America/Ojinaga so in 2022. */
static void test_rule_that_contradicts_the_table(void **state) {
    (void)state;
    uint8_t bytes[TZIF_BYTES_MAX];
    tzif_plan plan = some;
    kithi_zone *zone = NULL;
    plan.rule = "<+01>-1";
    assert_int_equal(kithi_zone_parse(bytes, tzif_make(&plan, bytes), &zone), KITH_OK);
    expect_offset(zone, 1000 * SECOND, 3600, INT64_MAX, "the rule goes on");
    kithi_zone_free(zone);
}

/* The first transition that RFC 8536 allows, and the last one that kith does. */
static void test_farthest_transitions(void **state) {
    (void)state;
    static const int64_t times[] = {-(INT64_C(1) << 59), INT64_C(1) << 59};
    static const uint8_t kinds[] = {1, 0};
    uint8_t bytes[TZIF_BYTES_MAX];
    tzif_plan plan = {'2', 2, times, kinds, 2, some_offsets, "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"};
    kithi_zone *zone = NULL;
    assert_int_equal(kithi_zone_parse(bytes, tzif_make(&plan, bytes), &zone), KITH_OK);
    expect_offset(zone, INT64_MIN, 3600, INT64_MAX, "the table goes beyond all time");
    kithi_zone_free(zone);
    plan.transitions = 1;
    assert_int_equal(kithi_zone_parse(bytes, tzif_make(&plan, bytes), &zone), KITH_OK);
    expect_offset(zone, us("2024-03-31T00:59:59Z"), -7200, us("2024-03-31T01:00:00Z"), "the rule");
    kithi_zone_free(zone);
}

static void expect_refused(const uint8_t *bytes, size_t size, const char *what) {
    uint8_t *exact = malloc(size > 0 ? size : 1);
    kithi_zone *zone = NULL;
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    if (kithi_zone_parse(exact, size, &zone) != KITH_INVALID || zone != NULL) {
        fail_msg("%s: it was taken for a zone", what);
    }
    free(exact);
}

static void test_files_cut_short(void **state) {
    (void)state;
    static const char versions[] = {0, '2'};
    for (size_t i = 0; i < sizeof versions; i++) {
        uint8_t bytes[TZIF_BYTES_MAX];
        tzif_plan plan = some;
        plan.version = versions[i];
        size_t size = tzif_make(&plan, bytes);
        for (size_t cut = 0; cut < size; cut++) {
            expect_refused(bytes, cut, "cut short");
        }
    }
}

static void test_damaged_files(void **state) {
    (void)state;
    enum { BLOCK = TZIF_SECOND + TZIF_HEADER_BYTES, KINDS = BLOCK + 32, TYPES = KINDS + 4 };
    static const struct {
        const char *what;
        size_t at;
        uint32_t bytes; /* four of them */
    } cases[] = {
        {"another magic", 0, 0x545a6947},
        {"another magic of the second header", TZIF_SECOND, 0x545a6947},
        {"version 1 with more behind it", 4, 0x31000000},
        {"version 5", 4, 0x35000000},
        {"two versions", TZIF_SECOND + 4, 0x33000000},
        {"a first block longer than the file", 32, 0x10000000},
        {"a first block as long as can be", 36, 0xffffffff},
        {"other counts of universal times", TZIF_SECOND + 20, 2},
        {"other counts of standard times", TZIF_SECOND + 24, 4},
        {"leap seconds", TZIF_SECOND + 28, 1},
        {"more transitions than are there", TZIF_SECOND + 32, 5},
        {"more transitions than may be", TZIF_SECOND + 32, 0xffffffff},
        {"no types", TZIF_SECOND + 36, 0},
        {"more types than a byte can say", TZIF_SECOND + 36, 257},
        {"no abbreviations", TZIF_SECOND + 40, 0},
        {"as many abbreviations as can be", TZIF_SECOND + 40, 0xffffffff},
        {"a transition before the one before", BLOCK + 20, 999},
        {"a transition when the one before was", BLOCK + 20, 1000},
        {"a transition before all time", BLOCK, 0xf7ffffff},
        {"a transition after all time", BLOCK + 24, 0x08000000},
        {"a type that is not there", KINDS, 0x00030000},
        {"an offset too far east", TYPES, 93601},
        {"an offset too far west", TYPES, (uint32_t)-93601},
        {"an offset as far as can be", TYPES, 0x80000000},
        {"neither summer nor standard time", TYPES + 4, 0x02000000},
        {"an abbreviation that is not there", TYPES + 4, 0x00010000},
        {"no line for the rule", TYPES + 19, 0x203c2d30},
        {"a rule that is none", TYPES + 22, 0x2d2d2d2d},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t bytes[TZIF_BYTES_MAX];
        kithi_zone *zone = NULL;
        size_t size = tzif_make(&some, bytes);
        assert_int_equal(kithi_zone_parse(bytes, size, &zone), KITH_OK);
        kithi_zone_free(zone);
        kithi_put32(bytes + cases[i].at, cases[i].bytes);
        expect_refused(bytes, size, cases[i].what);
    }
}

/* One more of them than a zone may have, in a file that has them all. */
static void test_too_many_transitions(void **state) {
    (void)state;
    enum { MOST = 8192 };
    for (size_t count = MOST; count <= MOST + 1; count++) {
        size_t size = TZIF_HEADER_BYTES + count * 5 + 7;
        uint8_t *bytes = calloc(1, size);
        kithi_zone *zone = NULL;
        assert_non_null(bytes);
        tzif_header(bytes, 0, count, 1);
        for (size_t i = 0; i < count; i++) {
            kithi_put32(bytes + TZIF_HEADER_BYTES + 4 * i, (uint32_t)i);
        }
        assert_int_equal(kithi_zone_parse(bytes, size, &zone),
                         count == MOST ? KITH_OK : KITH_INVALID);
        kithi_zone_free(zone);
        free(bytes);
    }
}

/* Folders */

static void test_names(void **state) {
    (void)state;
    static const char *const names[] = {
        "",
        "/",
        "/etc/passwd",
        "../../etc/passwd",
        "Europe/../../../etc/passwd",
        "Europe",
        "Europe/",
        "Europe/Berlin ",
        "Europe/Berlin.tab",
        "Europe\\Berlin",
        "Europe/Bérlin",
        ".",
        "zone.tab",
        "Europe/Nowhere",
        "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        kithi_zone *zone = NULL;
        if (kithi_zone_load(names[i], &zone) != KITH_NOT_FOUND || zone != NULL) {
            fail_msg("\"%s\" was found", names[i]);
        }
    }
}

/* Names that only the rule for names keeps out: these files are there and are zones. */
static void test_length_of_names(void **state) {
    (void)state;
    char folder[SCRATCH_PATH_BYTES], path[512], name[KITHI_ZONE_NAME_MAX + 2];
    uint8_t bytes[TZIF_BYTES_MAX];
    size_t size = tzif_make(&some, bytes);
    scratch_make(folder);
    for (size_t length = KITHI_ZONE_NAME_MAX; length <= KITHI_ZONE_NAME_MAX + 1; length++) {
        kithi_zone *zone = NULL;
        memset(name, 'A', length);
        name[length] = '\0';
        snprintf(path, sizeof path, "%s/%s", folder, name);
        scratch_write(path, bytes, size);
        assert_int_equal(kithi_zone_load_from(folder, name, &zone),
                         length == KITHI_ZONE_NAME_MAX ? KITH_OK : KITH_NOT_FOUND);
        kithi_zone_free(zone);
    }
    scratch_remove(folder);
}

static int load_file(const char *folder, const void *bytes, size_t size) {
    char path[SCRATCH_PATH_BYTES];
    kithi_zone *zone = NULL;
    scratch_path(path, folder, "Zone");
    scratch_write(path, bytes, size);
    int code = kithi_zone_load_from(folder, "Zone", &zone);
    assert_true((zone != NULL) == (code == KITH_OK));
    kithi_zone_free(zone);
    return code;
}

static void test_files_of_a_folder(void **state) {
    (void)state;
    char folder[SCRATCH_PATH_BYTES], path[SCRATCH_PATH_BYTES];
    uint8_t bytes[TZIF_BYTES_MAX];
    kithi_zone *zone = NULL;
    size_t size = tzif_make(&some, bytes);
    uint8_t *large = calloc(1, KITHI_ZONE_FILE_BYTES + 1);
    assert_non_null(large);
    scratch_make(folder);
    scratch_path(path, folder, "Pipe");
    assert_int_equal(kithi_zone_load_from(folder, "Zone", &zone), KITH_NOT_FOUND);
    assert_int_equal(load_file(folder, bytes, size), KITH_OK);
    assert_int_equal(kithi_zone_load_from(folder, "/Zone", &zone), KITH_NOT_FOUND);
    assert_int_equal(load_file(folder, bytes, size - 1), KITH_INVALID);
    assert_int_equal(load_file(folder, bytes, 0), KITH_INVALID);
    assert_int_equal(load_file(folder, large, KITHI_ZONE_FILE_BYTES + 1), KITH_INVALID);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(kithi_zone_load_from(folder, "Pipe", &zone), KITH_NOT_FOUND);
    assert_null(zone);
    free(large);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_transitions),
        cmocka_unit_test(test_before_all_transitions),
        cmocka_unit_test(test_instants_of_local_times),
        cmocka_unit_test(test_utc_needs_no_file),
        cmocka_unit_test(test_ends_of_time),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_rules_that_change_nothing),
        cmocka_unit_test(test_summers_of_some_years),
        cmocka_unit_test(test_no_rules),
        cmocka_unit_test(test_all_places_as_the_c_library),
        cmocka_unit_test(test_random_rules_as_the_c_library),
        cmocka_unit_test(test_all_versions),
        cmocka_unit_test(test_rule_that_contradicts_the_table),
        cmocka_unit_test(test_farthest_transitions),
        cmocka_unit_test(test_files_cut_short),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_too_many_transitions),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_length_of_names),
        cmocka_unit_test(test_files_of_a_folder),
    };
    return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
