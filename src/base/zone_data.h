/*
 * What a zone is made of, for those who read one and those who ask it. All in whole seconds since
 * 1970: a zone has no finer changes.
 */
#ifndef KITHI_BASE_ZONE_DATA_H
#define KITHI_BASE_ZONE_DATA_H

#include "src/base/zone.h"
#include "src/base/zone_rule.h"

struct kithi_zone {
    kithi_zone_change *changes; /* of the table: ascending, each to another offset */
    size_t count;
    int32_t first;     /* offset before all of them */
    int64_t rule_from; /* later than all of them; INT64_MIN: the table is empty */
    kithi_zone_rule rule;
};

#endif
