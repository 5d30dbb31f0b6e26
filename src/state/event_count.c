/*
 * Counts of a profile's events in a range of time: from the row, where it says enough, else from
 * the events.
 */
#include <string.h>

#include "src/fact/event.h"
#include "src/state/state.h"

typedef struct range {
    int64_t from_us, to_us; /* from <= time < to */
} range;

/* Whether the aggregate alone says how many of its events are in the range: none or all. */
static bool is_decided(const kith_aggregate *aggregate, range in, uint64_t *count) {
    bool outside = aggregate->last_us < in.from_us || aggregate->first_us >= in.to_us;
    bool inside = aggregate->first_us >= in.from_us && aggregate->last_us < in.to_us;
    *count += inside ? aggregate->count : 0;
    return outside || inside;
}

/*
 * Counts by the row's aggregates, which hold all events before next_change_at. False: the range
 * reaches beyond, or parts the events of a type, so they have to be looked at.
 */
static bool count_by_row(const kith_profile *profile, const char *event_type, range in,
                         uint64_t *out) {
    kith_aggregate aggregate = KITH_AGGREGATE_INIT;
    size_t cursor = 0;
    uint64_t count = 0;
    int rc;
    if (in.to_us > profile->next_change_at_us) {
        return false;
    }
    while ((rc = kith_profile_next_aggregate(profile, &cursor, &aggregate)) == KITH_OK) {
        bool wanted = event_type == NULL || strcmp(aggregate.event_type, event_type) == 0;
        if (wanted && !is_decided(&aggregate, in, &count)) {
            return false;
        }
    }
    *out = count;
    return rc == KITH_DONE;
}

static int count_by_events(const kith_profile *profile, int type, range in, uint64_t *out) {
    /* A row is exact only where settle has packed all events since. */
    bool packed = (profile->flags & KITH_PROFILE_COMPUTED) == 0;
    uint64_t sum = 0, count;
    size_t cursor = 0;
    uint32_t record;
    int rc;
    while ((rc = kith_profile_next_record(profile, &cursor, &record)) == KITH_OK) {
        rc = kithi_events_count(profile->txn, record, type, in.from_us, in.to_us, packed, &count);
        if (rc != KITH_OK) {
            return rc;
        }
        sum += count;
    }
    *out = sum;
    return rc == KITH_DONE ? KITH_OK : rc;
}

int kith_profile_count_events(const kith_profile *profile, const char *event_type, int64_t from_us,
                              int64_t to_us, uint64_t *out_count) {
    range in = {from_us, to_us};
    int type = -1;
    *out_count = 0;
    if (event_type != NULL) {
        const kithi_event_type *known =
            kithi_catalog_find_event_type(kithi_txn_catalog(profile->txn), event_type);
        if (known == NULL) {
            return KITH_OK;
        }
        type = known->id;
    }
    return count_by_row(profile, event_type, in, out_count)
               ? KITH_OK
               : count_by_events(profile, type, in, out_count);
}
