/*
 * regularly(stream, least, period, times): in so many of the periods that the window spans there
 * are so many events. A period is a unit of the calendar, or a duration: then periods are counted
 * back from the end of the window, and what is left of it before the first whole one doesn't count.
 */
#include <string.h>

#include "src/base/calendar.h"
#include "src/segment/run.h"

typedef struct rhythm {
    const kithi_zone *zone;
    kithi_span span;
    int64_t period_us; /* 0: units of the calendar */
    kithi_calendar_unit unit;
} rhythm;

__extension__ typedef __int128 wide;

/* Which period a time is in; times of one follow one another. */
static int64_t period_of(const rhythm *r, int64_t at_us) {
    if (r->period_us == 0) {
        return kithi_calendar_start(r->zone, r->unit, at_us, 0, NULL);
    }
    return (int64_t)(((wide)r->span.to_us - 1 - at_us) / r->period_us);
}

static int64_t whole_periods(const rhythm *r) {
    wide span = (wide)r->span.to_us - r->span.from_us;
    return r->period_us > 0 ? (int64_t)(span / r->period_us) : INT64_MAX;
}

/* How long until a way that grows by `slope` a microsecond is another number of whole periods. */
static int64_t wait_of(wide way, int64_t period_us, int slope) {
    wide rest = way % period_us, wait = KITHI_FOR_EVER;
    if (slope > 0) {
        wait = (period_us - rest + slope - 1) / slope;
    } else if (slope < 0) {
        wait = rest / -slope + 1;
    }
    return wait < KITHI_FOR_EVER ? (int64_t)wait : KITHI_FOR_EVER;
}

static void look_ahead(const rhythm *r, int64_t now_us, const kithi_match *items, size_t count,
                       int64_t *until) {
    wide span = (wide)r->span.to_us - r->span.from_us;
    if (r->period_us == 0 || count == 0) {
        return;
    }
    kithi_lower(until, kithi_ahead(now_us, wait_of(span, r->period_us,
                                                   r->span.to_slope - r->span.from_slope)));
    for (size_t i = 0; i < count; i++) {
        wide way = (wide)r->span.to_us - 1 - items[i].at_us;
        kithi_lower(until, kithi_ahead(now_us, wait_of(way, r->period_us, r->span.to_slope)));
    }
}

/* How many periods have at least so many of the events. */
static int64_t count_periods(const rhythm *r, const kithi_match *items, size_t count,
                             int64_t least) {
    int64_t periods = 0, events = 0, whole = whole_periods(r);
    for (size_t i = 0; i < count; i++) {
        int64_t period = period_of(r, items[i].at_us);
        bool same = i > 0 && period == period_of(r, items[i - 1].at_us);
        events = same ? events + 1 : 1;
        bool counts = r->period_us == 0 || period < whole;
        periods += events == least && counts;
    }
    return periods;
}

static int64_t number_of(const kithi_node *node) {
    int64_t number = 0;
    kithi_decimal_integer(node->number, &number);
    return number;
}

bool kithi_run_regularly(kithi_run *run, const kithi_node *node, int64_t *until) {
    const kithi_stream *stream = &node->streams[0];
    const kithi_node *period = node->kids[1];
    rhythm r = {.zone = run->executor->zone, .span = kithi_run_window(run, &stream->window, until)};
    const kithi_matches *matches = kithi_run_matches(run, stream, until);
    size_t first = 0, count = 0;
    if (period->op == KITHI_OP_DURATION) {
        r.period_us = period->as.duration_us;
    } else {
        r.unit = (kithi_calendar_unit)kithi_unit_of(period->as.text.data, period->as.text.size);
    }
    if (matches->count > 0) {
        kithi_span_find(&r.span, run->now_us, &matches->items[0].at_us, sizeof matches->items[0],
                        matches->count, &first, &count, until);
    }
    int64_t least = number_of(node->kids[0]), times = number_of(node->kids[2]);
    if ((int64_t)count / least < times) {
        return false; /* too few in all, however periods move over them */
    }
    look_ahead(&r, run->now_us, matches->items + first, count, until);
    return count_periods(&r, matches->items + first, count, least) >= times;
}
