/* Windows: which times they hold, and when what is inside of them changes. */
#include "src/base/calendar.h"
#include "src/segment/run.h"

static kithi_span empty(void) {
    kithi_span none = {INT64_MAX, INT64_MIN, 0, 0, KITHI_FOR_EVER};
    return none;
}

/* Events of the future don't count yet. */
static int64_t after_now(const kithi_run *run) {
    return kithi_ahead(run->now_us, 1);
}

static int64_t back(int64_t us, int64_t by) {
    int64_t less;
    return __builtin_sub_overflow(us, by, &less) ? INT64_MIN : less;
}

static kithi_span last(const kithi_run *run, int64_t duration_us) {
    kithi_span span = {back(after_now(run), duration_us), after_now(run), 1, 1, KITHI_FOR_EVER};
    return span;
}

/* Whole units before this one. */
static kithi_span last_units(const kithi_run *run, const kithi_window *window) {
    const kithi_zone *zone = run->executor->zone;
    kithi_span span = {0, 0, 0, 0, 0};
    span.from_us = kithi_calendar_start(zone, window->unit, run->now_us, -window->count, NULL);
    span.to_us = kithi_calendar_start(zone, window->unit, run->now_us, 0, &span.turn_us);
    return span;
}

static kithi_span this_unit(const kithi_run *run, const kithi_window *window) {
    kithi_span span = {0, after_now(run), 0, 1, 0};
    span.from_us =
        kithi_calendar_start(run->executor->zone, window->unit, run->now_us, 0, &span.turn_us);
    return span;
}

static bool find_bound(kithi_run *run, const kithi_node *bound, int64_t *until,
                       kithi_operand *out) {
    *out = kithi_run_value(run, bound, until);
    if (out->sort == KITHI_SORT_TEXT) {
        kithi_operand now = kithi_operand_time(run->now_us, 1);
        if (!kithi_operands_meet(run->executor->zone, out, &now)) {
            return false;
        }
    }
    *out = kithi_operand_moment(run->executor->zone, *out);
    return out->sort == KITHI_SORT_TIME;
}

static kithi_span between(kithi_run *run, const kithi_window *window, int64_t *until) {
    kithi_span span = {INT64_MIN, after_now(run), 0, 1, KITHI_FOR_EVER};
    kithi_operand bound, now = kithi_operand_time(span.to_us, span.to_slope);
    if (window->from != NULL) {
        if (!find_bound(run, window->from, until, &bound)) {
            return empty();
        }
        span.from_us = bound.as.us;
        span.from_slope = bound.slope;
    }
    if (window->to == NULL) {
        return span;
    }
    if (!find_bound(run, window->to, until, &bound)) {
        return empty();
    }
    int64_t wait = kithi_operand_crossing(KITHI_OP_LESS, &bound, &now);
    kithi_lower(until, kithi_ahead(run->now_us, wait));
    if (bound.as.us < span.to_us) {
        span.to_us = bound.as.us;
        span.to_slope = bound.slope;
    }
    return span;
}

kithi_span kithi_run_window(kithi_run *run, const kithi_window *window, int64_t *until) {
    switch (window->kind) {
    case KITHI_WINDOW_LAST:
        return last(run, window->duration_us);
    case KITHI_WINDOW_CALENDAR:
        return last_units(run, window);
    case KITHI_WINDOW_THIS:
        return this_unit(run, window);
    default:
        return between(run, window, until);
    }
}

/* A list of times inside of other things. */
typedef struct times {
    const int64_t *first;
    size_t stride, count;
} times;

static int64_t time_at(const times *list, size_t i) {
    return *(const int64_t *)(const void *)((const char *)list->first + i * list->stride);
}

/* How many are before a border. */
static size_t count_before(const times *list, int64_t border_us) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (time_at(list, middle) < border_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How long until a border that moves passes the next of them on its way. */
static int64_t wait_of(const times *list, size_t before, int64_t border_us, int slope) {
    __extension__ typedef __int128 wide;
    wide way, pace = slope > 0 ? slope : -slope;
    if (slope > 0 && before < list->count) {
        way = (wide)time_at(list, before) + 1 - border_us;
    } else if (slope < 0 && before > 0) {
        way = (wide)border_us - time_at(list, before - 1);
    } else {
        return KITHI_FOR_EVER;
    }
    wide wait = (way + pace - 1) / pace;
    return wait < KITHI_FOR_EVER ? (int64_t)wait : KITHI_FOR_EVER;
}

void kithi_span_find(const kithi_span *span, int64_t now_us, const int64_t *first, size_t stride,
                     size_t count, size_t *out_first, size_t *out_count, int64_t *until) {
    times list = {first, stride, count};
    size_t from = count_before(&list, span->from_us), to = count_before(&list, span->to_us);
    kithi_lower(until, kithi_ahead(now_us, wait_of(&list, from, span->from_us, span->from_slope)));
    kithi_lower(until, kithi_ahead(now_us, wait_of(&list, to, span->to_us, span->to_slope)));
    if (from < list.count) {
        kithi_lower(until, span->turn_us); /* what is before the window never comes back */
    }
    *out_first = from;
    *out_count = to > from ? to - from : 0;
}
