#include "src/base/zone.h"

#include <stdbool.h>
#include <stdlib.h>

#include "src/base/civil.h"
#include "src/base/integer.h"
#include "src/base/zone_data.h"

/* More than any offset, so that around a local time its instant is within it. */
#define REACH_US ((KITHI_ZONE_OFFSET_MAX + 1) * KITHI_US_A_SECOND)

void kithi_zone_free(kithi_zone *zone) {
    if (zone != NULL) {
        free(zone->changes);
        kithi_zone_rule_clear(&zone->rule);
        free(zone);
    }
}

/* Behind the last change of the table the rule may say the same for a while. */
static kithi_zone_span last_span(const kithi_zone *zone, int32_t offset) {
    kithi_zone_span rule = kithi_zone_rule_at(&zone->rule, zone->rule_from);
    return (kithi_zone_span){rule.offset == offset ? rule.until : zone->rule_from, offset};
}

static kithi_zone_span span_at(const kithi_zone *zone, int64_t at) {
    if (at >= zone->rule_from) {
        return kithi_zone_rule_at(&zone->rule, at);
    }
    size_t next = kithi_zone_changes_until(zone->changes, zone->count, at);
    int32_t offset = next > 0 ? zone->changes[next - 1].offset : zone->first;
    return next < zone->count ? (kithi_zone_span){zone->changes[next].at, offset}
                              : last_span(zone, offset);
}

int32_t kithi_zone_offset(const kithi_zone *zone, int64_t time_us, int64_t *out_until_us) {
    kithi_zone_span span = span_at(zone, kithi_floor_div(time_us, KITHI_US_A_SECOND));
    if (out_until_us != NULL) {
        *out_until_us = kithi_multiply_saturated(span.until, KITHI_US_A_SECOND);
    }
    return span.offset;
}

/*
 * Walks over all offsets that the clocks may have had then, which are one or two, in their order.
 * The first that shows the local time is it; else the first change that put a clock beyond it.
 */
int64_t kithi_zone_instant(const kithi_zone *zone, int64_t local_us) {
    int64_t at = kithi_add_saturated(local_us, -REACH_US);
    int64_t last = kithi_add_saturated(local_us, REACH_US);
    int64_t passed = INT64_MAX;
    while (at < last) {
        int64_t until, instant;
        int64_t offset_us = kithi_zone_offset(zone, at, &until) * KITHI_US_A_SECOND;
        bool beyond = __builtin_sub_overflow(local_us, offset_us, &instant);
        if (!beyond && instant >= at && (instant < until || until == INT64_MAX)) {
            return instant;
        }
        bool before = beyond ? offset_us > 0 : instant < at;
        if (before && at < passed) {
            passed = at;
        }
        at = until;
    }
    return passed;
}
