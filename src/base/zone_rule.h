/*
 * How a zone's clock goes in years that no table lists: the rule in the footer of its file, a TZ
 * text of POSIX such as CET-1CEST,M3.5.0,M10.5.0/3. What it says repeats with the calendar, so it
 * is kept as the changes of one cycle of 400 years; asking is a search, and never again a parse.
 */
#ifndef KITHI_BASE_ZONE_RULE_H
#define KITHI_BASE_ZONE_RULE_H

#include <stddef.h>
#include <stdint.h>

#define KITHI_ZONE_OFFSET_MAX (26 * 3600) /* seconds either way; RFC 8536 has little less */

/* From that second since 1970 on the clock is so many seconds east of UTC. */
typedef struct kithi_zone_change {
    int64_t at;
    int32_t offset;
} kithi_zone_change;

/* Around an instant: the offset, and the second at which it is another; INT64_MAX: never. */
typedef struct kithi_zone_span {
    int64_t until;
    int32_t offset;
} kithi_zone_span;

typedef struct kithi_zone_rule {
    kithi_zone_change *changes; /* of the cycle from 1970 on, ascending, each to another offset */
    size_t count;               /* 0: it is always `offset` */
    int32_t offset;
} kithi_zone_rule;

/* Owned by the caller once KITH_OK is returned. KITH_INVALID: no such text, or summer time without
 * its days, which POSIX leaves open. KITH_NO_MEMORY. */
int kithi_zone_rule_read(const char *text, size_t size, kithi_zone_rule *out);
void kithi_zone_rule_clear(kithi_zone_rule *rule);
/* `at` is at most 2^60 from 1970, either way. */
kithi_zone_span kithi_zone_rule_at(const kithi_zone_rule *rule, int64_t at);

/* How many of these changes are at `at` or before. */
size_t kithi_zone_changes_until(const kithi_zone_change *changes, size_t count, int64_t at);

#endif
