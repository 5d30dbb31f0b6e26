/* What is read as a zone, or as the rule of one, has offsets that last exactly as long as they say,
 * and gives back the instant of each local time. */
#include "src/base/zone.h"

#include <string.h>

#include "kith/base.h"
#include "tests/fuzz/target.h"
#include "tests/tzif_file.h"

#define CHANGES_MAX 300 /* looked at in a row */
#define RULE_MAX    200
#define US          INT64_C(1000000)

/* A local time that comes twice has the first instant of the two. */
static void check_instant(const kithi_zone *zone, int64_t at) {
    int64_t local, back_local;
    if (__builtin_add_overflow(at, kithi_zone_offset(zone, at, NULL) * US, &local)) {
        return;
    }
    int64_t back = kithi_zone_instant(zone, local);
    check(back <= at);
    check(!__builtin_add_overflow(back, kithi_zone_offset(zone, back, NULL) * US, &back_local));
    check(back_local == local);
}

/* Returns when the offset changes next. */
static int64_t check_offset(const kithi_zone *zone, int64_t at) {
    int64_t until = INT64_MIN;
    int32_t offset = kithi_zone_offset(zone, at, &until);
    check(until > at || (until == INT64_MAX && at == INT64_MAX));
    check(kithi_zone_offset(zone, until - 1, NULL) == offset);
    check(until == INT64_MAX || kithi_zone_offset(zone, until, NULL) != offset);
    check_instant(zone, at);
    check_instant(zone, until - 1);
    return until;
}

/* Only what clocks jump over has no instant, and that is given the one at which they did. */
static void check_local(const kithi_zone *zone, int64_t local) {
    int64_t at = kithi_zone_instant(zone, local), shown;
    if (__builtin_add_overflow(at, kithi_zone_offset(zone, at, NULL) * US, &shown) ||
        shown == local || at == INT64_MIN || at == INT64_MAX) {
        return;
    }
    check(shown > local);
    check(at - 1 + kithi_zone_offset(zone, at - 1, NULL) * US < local);
}

static void check_changes(const kithi_zone *zone, int64_t from) {
    for (int i = 0; i < CHANGES_MAX && from < INT64_MAX; i++) {
        from = check_offset(zone, from);
        check_local(zone, from);
    }
}

static void check_zone(kithi_zone *zone, const uint8_t *data, size_t size) {
    int64_t any = 0;
    if (size >= sizeof any) {
        memcpy(&any, data + size - sizeof any, sizeof any);
    }
    check_changes(zone, INT64_MIN);
    check_changes(zone, any);
    check_changes(zone, any % (INT64_C(4000000000) * US));
    check_local(zone, any);
    check_local(zone, INT64_MAX);
    check_offset(zone, INT64_MAX);
    kithi_zone_free(zone);
}

/* As the footer of a file that says nothing else. */
static void check_rule(const uint8_t *data, size_t size) {
    char rule[RULE_MAX + 1] = "";
    uint8_t bytes[TZIF_BYTES_MAX];
    int32_t offset = 0;
    kithi_zone *zone = NULL;
    memcpy(rule, data, size);
    tzif_plan plan = {.version = '3', .types = 1, .offsets = &offset, .rule = rule};
    if (kithi_zone_parse(bytes, tzif_make(&plan, bytes), &zone) == KITH_OK) {
        check_zone(zone, data, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kithi_zone *zone = NULL;
    int code = kithi_zone_parse(data, size, &zone);
    check(code == KITH_OK || code == KITH_INVALID);
    if (code == KITH_OK) {
        check_zone(zone, data, size);
    } else if (size > 0 && size <= RULE_MAX) {
        check_rule(data, size);
    }
    return 0;
}
