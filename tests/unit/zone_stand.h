/*
 * What the tests of zones and of calendars share: real zones, which need the system's zoneinfo,
 * instants as text, and the seed of what is random.
 */
#ifndef KITH_TESTS_UNIT_ZONE_STAND_H
#define KITH_TESTS_UNIT_ZONE_STAND_H

#include <stdlib.h>
#include <string.h>

#include "kith/base.h"
#include "src/base/zone.h"
#include "tests/random.h"
#include "tests/tzif_file.h"

#define SECOND      INT64_C(1000000)
#define HOUR        (3600 * SECOND)
#define DAY         (24 * HOUR)
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* An instant in UTC, or what a local clock shows. */
static inline int64_t us(const char *text) {
    int64_t out = 0;
    if (kith_time_parse(text, strlen(text), &out) != KITH_OK) {
        fail_msg("%s is no time", text);
    }
    return out;
}

static inline int64_t days(const char *text) {
    int64_t out = 0;
    if (kith_date_parse(text, strlen(text), &out) != KITH_OK) {
        fail_msg("%s is no date", text);
    }
    return out;
}

static inline void expect_time(int64_t got, int64_t wanted, const char *what) {
    char shown[KITH_TIME_TEXT_BYTES], right[KITH_TIME_TEXT_BYTES];
    if (got != wanted) {
        kith_time_format(got, shown);
        kith_time_format(wanted, right);
        fail_msg("%s: %s (%lld) where it is %s (%lld)", what, shown, (long long)got, right,
                 (long long)wanted);
    }
}

static inline kithi_zone *zone_load(const char *name) {
    kithi_zone *zone = NULL;
    int code = kithi_zone_load(name, &zone);
    if (code == KITH_NOT_FOUND) {
        print_message("[  SKIPPED ] %s is not in the system's zoneinfo (Debian: tzdata)\n", name);
        skip();
    }
    if (code != KITH_OK) {
        fail_msg("%s: code %d", name, code);
    }
    return zone;
}

/* Of a zone without a table that goes by a rule. */
static inline kithi_zone *zone_by_rule(const char *rule) {
    uint8_t bytes[TZIF_BYTES_MAX];
    int32_t offset = 0;
    kithi_zone *zone = NULL;
    size_t size = tzif_make(
        &(tzif_plan){.version = '3', .types = 1, .offsets = &offset, .rule = rule}, bytes);
    if (kithi_zone_parse(bytes, size, &zone) != KITH_OK) {
        fail_msg("%s was refused", rule);
    }
    return zone;
}

static inline uint64_t zone_seed(void) {
    const char *text = getenv("KITH_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 1;
    print_message("KITH_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static inline int64_t random_between(uint64_t *state, int64_t least, int64_t most) {
    return least + (int64_t)(random_next(state) % (uint64_t)(most - least + 1));
}

#endif
