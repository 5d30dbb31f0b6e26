/*
 * The size of a segment over time: its size by the stored rows, and back from there by the
 * transitions that are kept.
 */
#include <stdlib.h>

#include "kith/segment.h"
#include "src/base/calendar.h"
#include "src/base/sized.h"
#include "src/segment/zones.h"
#include "src/state/members.h"

const char *kith_period_name(kith_period period) {
    static const char *const names[] = {"unknown", "day", "week", "month"};
    bool known = period >= KITH_PERIOD_DAY && period <= KITH_PERIOD_MONTH;
    return names[known ? period : 0];
}

/* What is given out, and what it is made of. */
typedef struct owned_history {
    kith_segment_history given; /* the first: it is what is handed out */
    kithi_arena arena;
} owned_history;

typedef struct telling {
    kith_txn *txn;
    kith_segment_history_options asked;
    uint16_t segment;
    int64_t defined_us;
    const kithi_zone *zone;
    /* Of the segment's transitions. */
    int64_t first_us;                  /* INT64_MAX: there is none */
    int64_t entered_after, left_after; /* behind the last period */
    owned_history *made;
    kith_segment_period *periods;
} telling;

/* When it begins */

static int see_first(void *context, const kithi_transition *t) {
    telling *it = context;
    if (t->segment == it->segment && t->at_us < it->first_us) {
        it->first_us = t->at_us;
    }
    return KITH_OK;
}

/* Whoever is in a segment when it is first settled enters it then. Where nobody ever was, there is
 * only the present to tell of. */
static int find_begin(telling *it) {
    kith_segment_history *out = &it->made->given;
    int64_t forgotten_us;
    it->first_us = INT64_MAX;
    int rc = kithi_transition_each(it->txn, see_first, it);
    rc = rc == KITH_OK ? kithi_transition_forgotten(it->txn, &forgotten_us) : rc;
    if (rc != KITH_OK) {
        return rc;
    }
    out->begins_us = it->first_us;
    if (it->first_us == INT64_MAX && it->defined_us <= out->settled_us) {
        out->begins_us = out->settled_us;
    }
    out->forgotten = forgotten_us != INT64_MIN && forgotten_us >= it->defined_us;
    if (out->forgotten && out->begins_us != INT64_MAX) {
        out->begins_us = forgotten_us;
    }
    return KITH_OK;
}

/* A settle for an earlier time than the latest leaves who changes between the two for the next. So
 * what happened is told until the first of them. */
static int find_end(telling *it, int64_t clock_us) {
    int64_t *end_us = &it->made->given.settled_us, due_us;
    uint32_t profile;
    int rc = kithi_due_first(it->txn, &due_us, &profile);
    *end_us = rc == KITH_OK && due_us <= clock_us ? due_us - 1 : clock_us;
    return rc == KITH_NOT_FOUND ? KITH_OK : rc;
}

static int find_present(telling *it) {
    kith_segment_history *out = &it->made->given;
    kithi_counters *counters;
    uint64_t departing = 0;
    int rc = kithi_txn_counters(it->txn, &counters);
    if (rc == KITH_OK) {
        rc = find_end(it, counters->clock_us);
    }
    if (rc == KITH_OK) {
        rc = kithi_members_count(it->txn, KITHI_SET_SEGMENT(it->segment), &out->member_count);
    }
    rc = rc == KITH_OK ? kithi_members_departing(it->txn, it->segment, &departing) : rc;
    out->member_count += departing;
    return rc == KITH_OK ? kithi_dirty_count(it->txn, &out->dirty_count) : rc;
}

/* Periods */

static kithi_calendar_unit unit_of(kith_period period) {
    return period == KITH_PERIOD_MONTH  ? KITHI_CALENDAR_MONTH
           : period == KITH_PERIOD_WEEK ? KITHI_CALENDAR_WEEK
                                        : KITHI_CALENDAR_DAY;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Goes over the periods that are asked for; `out` NULL: counts them. Each is as long as clocks make
 * it, so its end is found anew. */
static size_t lay_periods(const telling *it, kith_segment_period *out) {
    const kith_segment_history *known = &it->made->given;
    kithi_calendar_unit unit = unit_of(it->asked.by);
    int64_t end_us = it->asked.to_us <= known->settled_us ? it->asked.to_us : known->settled_us + 1;
    int64_t from_us = later(it->asked.from_us, known->begins_us), to_us;
    size_t count = 0;
    from_us = kithi_calendar_start(it->zone, unit, from_us, 0, &to_us);
    while (from_us < end_us && count <= KITH_SEGMENT_PERIODS_MAX) {
        if (out != NULL) {
            out[count] = (kith_segment_period){.size = sizeof *out,
                                               .from_us = from_us,
                                               .to_us = to_us,
                                               .date_days = kithi_calendar_date(it->zone, from_us)};
        }
        count++;
        from_us = to_us;
        kithi_calendar_start(it->zone, unit, from_us, 0, &to_us);
    }
    return count;
}

static int too_many(const telling *it) {
    return kithi_error_set(kithi_txn_error(it->txn), KITH_LIMIT,
                           "a history has at most %d periods; ask for longer ones, or from when "
                           "until when",
                           KITH_SEGMENT_PERIODS_MAX);
}

static int make_periods(telling *it) {
    kith_segment_history *out = &it->made->given;
    size_t count = out->begins_us != INT64_MAX ? lay_periods(it, NULL) : 0;
    const kith_segment_period **given;
    if (count > KITH_SEGMENT_PERIODS_MAX) {
        return too_many(it);
    }
    it->periods = kithi_arena_calloc(&it->made->arena, count + 1, sizeof *it->periods);
    given = kithi_arena_calloc(&it->made->arena, count + 1, sizeof(const kith_segment_period *));
    if (it->periods == NULL || given == NULL) {
        return kithi_error_memory(kithi_txn_error(it->txn));
    }
    if (count > 0) {
        lay_periods(it, it->periods);
    }
    for (size_t i = 0; i < count; i++) {
        given[i] = &it->periods[i];
    }
    out->periods = given;
    out->period_count = count;
    return KITH_OK;
}

/* Filling them */

/* The period of a time; NULL: before the first or behind the last. */
static kith_segment_period *period_of(const telling *it, int64_t at_us) {
    size_t low = 0, high = it->made->given.period_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (it->periods[middle].to_us <= at_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool in = low < it->made->given.period_count && at_us >= it->periods[low].from_us;
    return in ? &it->periods[low] : NULL;
}

static int tally(void *context, const kithi_transition *t) {
    telling *it = context;
    if (t->segment != it->segment) {
        return KITH_OK;
    }
    kith_segment_period *period = period_of(it, t->at_us);
    if (period != NULL) {
        *(t->entered ? &period->entered_count : &period->left_count) += 1;
        period->redefined_count += t->cause == KITH_CAUSE_DEFINITION;
        period->merged_count += t->cause == KITH_CAUSE_MERGE;
    } else if (t->at_us >= it->periods[0].from_us) {
        *(t->entered ? &it->entered_after : &it->left_after) += 1;
    }
    return KITH_OK;
}

/* Back from what the rows say, so that what was forgotten isn't missed. Where `now` went back
 * between settles, an instant may have seen more leave than were in: then nobody was. */
static void size_periods(telling *it) {
    int64_t size = (int64_t)it->made->given.member_count - it->entered_after + it->left_after;
    for (size_t i = it->made->given.period_count; i > 0; i--) {
        kith_segment_period *period = &it->periods[i - 1];
        period->member_count = size > 0 ? (uint64_t)size : 0;
        size += (int64_t)period->left_count - (int64_t)period->entered_count;
    }
}

static int fill_periods(telling *it) {
    if (it->made->given.period_count == 0) {
        return KITH_OK;
    }
    int rc = kithi_transition_each(it->txn, tally, it);
    if (rc == KITH_OK) {
        size_periods(it);
    }
    return rc;
}

/* All */

static int tell(telling *it) {
    kithi_zones zones;
    kithi_zones_init(&zones);
    int rc = kithi_zones_of_store(&zones, it->txn, &it->zone);
    rc = rc == KITH_OK ? find_present(it) : rc;
    rc = rc == KITH_OK ? find_begin(it) : rc;
    rc = rc == KITH_OK ? make_periods(it) : rc;
    rc = rc == KITH_OK ? fill_periods(it) : rc;
    kithi_zones_clear(&zones);
    return rc;
}

static int begin(telling *it, const char *segment, const kith_segment_history_options *given) {
    kith_definition first = KITH_DEFINITION_INIT;
    kith_error *error = kithi_txn_error(it->txn);
    int rc = kithi_take(given, &it->asked, sizeof it->asked, "kith_segment_history_options", error);
    if (rc == KITH_OK && (it->asked.by < KITH_PERIOD_DAY || it->asked.by > KITH_PERIOD_MONTH)) {
        return kithi_error_set(error, KITH_MISUSE, "%d is no kith_period", (int)it->asked.by);
    }
    rc = rc == KITH_OK ? kith_definition_get(it->txn, KITH_SEGMENT, segment, 1, &first) : rc;
    rc = rc == KITH_OK ? kithi_state_apply(it->txn) : rc;
    if (rc == KITH_OK) {
        it->defined_us = first.at_us;
        it->segment =
            kithi_catalog_find_formula(kithi_txn_catalog(it->txn), KITHI_CATALOG_SEGMENT, segment)
                ->id;
        it->made = calloc(1, sizeof *it->made);
        rc = it->made != NULL ? KITH_OK : kithi_error_memory(error);
    }
    return rc;
}

int kith_segment_history_read(kith_txn *txn, const char *segment,
                              const kith_segment_history_options *given,
                              kith_segment_history **out) {
    telling it = {.txn = txn, .asked = KITH_SEGMENT_HISTORY_OPTIONS_INIT};
    if (segment == NULL || out == NULL) {
        return kithi_error_set(kithi_txn_error(txn), KITH_MISUSE,
                               "kith_segment_history_read: a segment and a place are required");
    }
    int rc = begin(&it, segment, given);
    if (rc != KITH_OK) {
        return rc;
    }
    it.made->given.size = sizeof it.made->given;
    kithi_arena_init(&it.made->arena);
    rc = tell(&it);
    if (rc != KITH_OK) {
        kith_segment_history_free(&it.made->given);
        return rc;
    }
    *out = &it.made->given;
    return KITH_OK;
}

void kith_segment_history_free(kith_segment_history *history) {
    if (history != NULL) {
        owned_history *owned = (owned_history *)(void *)history;
        kithi_arena_clear(&owned->arena);
        free(owned);
    }
}
