/*
 * did(a THEN b THEN NOT c): whether there are events of the customer that follow one another so.
 *
 * Step by step all ways to get there are kept, of each only the events that a later step asks for,
 * and its last one, which the next must follow. So where no WHERE looks back, a step has as many
 * ways as events.
 */
#include <stdlib.h>
#include <string.h>

#include "src/base/grow.h"
#include "src/segment/run.h"

#define TRIES 16384 /* between two pauses */

/* The events that a step may take: in its window, and let through where WHERE doesn't look back. */
typedef struct step {
    const kithi_stream *stream;
    const kithi_happening *events;
    const kithi_match *matches; /* instead of them */
    size_t count;
} step;

typedef struct way {
    const kithi_happening *events[KITHI_STEPS_MAX]; /* NULL: nobody asks for it any more */
} way;

typedef struct ways {
    way *items;
    size_t count, capacity;
} ways;

static const kithi_happening *event_at(const step *s, size_t i) {
    return s->matches != NULL ? s->matches[i].event : &s->events[i];
}

static step find_step(kithi_run *run, const kithi_stream *stream, int64_t *until) {
    kithi_span span = kithi_run_window(run, &stream->window, until);
    step s = {.stream = stream};
    const int64_t *times = NULL;
    size_t stride = 0, first, all = 0;
    if (stream->refers == 0) {
        const kithi_matches *matches = kithi_run_matches(run, stream, until);
        s.matches = matches->items;
        all = matches->count;
        times = all > 0 ? &matches->items[0].at_us : NULL;
        stride = sizeof matches->items[0];
    } else {
        kithi_happenings events;
        kithi_run_fail(run, kithi_customer_events(run->executor, stream->event_id, &events));
        s.events = events.items;
        all = run->rc == KITH_OK ? events.count : 0;
        times = all > 0 ? &events.items[0].at_us : NULL;
        stride = sizeof events.items[0];
    }
    if (all == 0) {
        return s;
    }
    kithi_span_find(&span, run->now_us, times, stride, all, &first, &s.count, until);
    s.events = s.events != NULL ? s.events + first : NULL;
    s.matches = s.matches != NULL ? s.matches + first : NULL;
    return s;
}

/* There may be as many ways as there are combinations of events: whoever waits may have enough. */
static void count_tries(kithi_run *run, size_t count) {
    run->tries += count;
    if (run->rc == KITH_OK && run->tries >= TRIES) {
        run->tries = 0;
        kithi_run_fail(run, kithi_txn_pause(run->executor->txn));
    }
}

/* Whether the event may follow a way, as far as WHERE has a say that looks back. */
static bool lets(kithi_run *run, const step *s, const way *before, size_t index,
                 const kithi_happening *event, int64_t *until) {
    if (s->stream->refers == 0) {
        return true;
    }
    count_tries(run, 1);
    run->steps = before->events;
    run->step_count = index;
    bool let = kithi_run_lets(run, s->stream, event, until);
    run->steps = NULL;
    run->step_count = 0;
    return let;
}

static bool looks_back(const kithi_node *node) {
    bool looks = node->step != KITHI_STEP_THIS;
    for (size_t i = 0; i < node->kid_count && !looks; i++) {
        looks = looks_back(node->kids[i]);
    }
    return looks;
}

/* Whether an event may follow any way at all: the parts of a WHERE that looks back which don't are
 * asked once for each event, not for each way. */
static bool may_follow(kithi_run *run, const step *s, const kithi_happening *event,
                       int64_t *until) {
    const kithi_node *where = s->stream->where;
    bool may = true;
    if (s->stream->refers == 0 || where->op != KITHI_OP_AND) {
        return true;
    }
    run->event = event;
    for (size_t i = 0; i < where->kid_count && may; i++) {
        may = looks_back(where->kids[i]) || kithi_run_condition(run, where->kids[i], until);
    }
    run->event = NULL;
    return may;
}

static bool is_in_time(const step *s, int64_t before_us, int64_t at_us) {
    return before_us < at_us &&
           (s->stream->within_us == 0 || at_us <= kithi_ahead(before_us, s->stream->within_us));
}

/* Which events of a way somebody asks for after the step `index`; the last one always. */
static unsigned asked_after(const kithi_node *node, size_t index) {
    unsigned asked = 1u << index;
    for (size_t i = index + 1; i < node->stream_count; i++) {
        asked |= node->streams[i].refers;
    }
    return asked & ((2u << index) - 1);
}

/* Adds a way with one event more, unless it is there since `from`. */
static void add_way(kithi_run *run, ways *list, size_t from, const way *before, size_t index,
                    const kithi_happening *event, unsigned asked) {
    way made = {{NULL}};
    for (size_t i = 0; i < index; i++) {
        made.events[i] = (asked >> i & 1) != 0 ? before->events[i] : NULL;
    }
    made.events[index] = event;
    count_tries(run, list->count - from);
    for (size_t i = from; i < list->count; i++) {
        if (memcmp(&list->items[i], &made, sizeof made) == 0) {
            return;
        }
    }
    if (KITHI_GROW(list->items, list->capacity, list->count + 1)) {
        list->items[list->count++] = made;
    } else {
        kithi_run_fail(run, KITH_NO_MEMORY);
    }
}

/* How many ways end before a time; they stand in order of their last events. */
static size_t ways_before(const ways *list, size_t index, int64_t at_us) {
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list->items[middle].events[index]->at_us < at_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The ways that the step `index` makes of those before it: the latest first, as one is enough where
 * nobody asks for the events before. */
static void take_step(kithi_run *run, const kithi_node *node, const step *s, size_t index,
                      const ways *before, ways *out, int64_t *until) {
    unsigned asked = asked_after(node, index);
    bool one = asked == 1u << index;
    for (size_t i = 0; i < s->count && run->rc == KITH_OK; i++) {
        const kithi_happening *event = event_at(s, i);
        size_t from = out->count;
        size_t j =
            may_follow(run, s, event, until) ? ways_before(before, index - 1, event->at_us) : 0;
        for (; j > 0; j--) {
            const way *w = &before->items[j - 1];
            if (run->rc != KITH_OK || !is_in_time(s, w->events[index - 1]->at_us, event->at_us)) {
                break;
            }
            if (lets(run, s, w, index, event, until)) {
                add_way(run, out, from, w, index, event, asked);
            }
            if (one && out->count > from) {
                break;
            }
        }
    }
}

static void begin_ways(kithi_run *run, const kithi_node *node, const step *s, ways *out) {
    static const way none = {{NULL}};
    for (size_t i = 0; i < s->count && run->rc == KITH_OK; i++) {
        add_way(run, out, out->count, &none, 0, event_at(s, i), asked_after(node, 0));
    }
}

/* The first of a step's events after a time. */
static size_t first_after(const step *s, int64_t at_us) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (event_at(s, middle)->at_us <= at_us) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Whether an event that must not follow a way does. */
static bool is_followed(kithi_run *run, const step *s, const way *w, size_t index, int64_t *until) {
    int64_t last_us = w->events[index - 1]->at_us;
    for (size_t i = first_after(s, last_us); i < s->count && run->rc == KITH_OK; i++) {
        const kithi_happening *event = event_at(s, i);
        if (!is_in_time(s, last_us, event->at_us)) {
            return false;
        }
        if (lets(run, s, w, index, event, until)) {
            return true;
        }
    }
    return false;
}

/* THEN NOT: it holds when the time for it is over, and nothing came. */
static bool was_not_followed(kithi_run *run, const step *s, const ways *before, size_t index,
                             int64_t *until) {
    bool holds = false;
    for (size_t i = 0; i < before->count && run->rc == KITH_OK && !holds; i++) {
        const way *w = &before->items[i];
        int64_t over_us = kithi_ahead(w->events[index - 1]->at_us, s->stream->within_us);
        if (is_followed(run, s, w, index, until)) {
            continue;
        }
        holds = s->stream->within_us == 0 || run->now_us >= over_us;
        if (!holds) {
            kithi_lower(until, over_us);
        }
    }
    return holds;
}

bool kithi_run_sequence(kithi_run *run, const kithi_node *node, int64_t *until) {
    step steps[KITHI_STEPS_MAX];
    ways now = {NULL, 0, 0};
    size_t count = node->stream_count;
    bool negated = node->streams[count - 1].negated;
    for (size_t i = 0; i < count; i++) {
        steps[i] = find_step(run, &node->streams[i], until);
    }
    begin_ways(run, node, &steps[0], &now);
    for (size_t i = 1; i < count - negated && now.count > 0; i++) {
        ways next = {NULL, 0, 0};
        take_step(run, node, &steps[i], i, &now, &next, until);
        free(now.items);
        now = next;
    }
    bool holds = now.count > 0 && run->rc == KITH_OK;
    if (holds && negated) {
        holds = was_not_followed(run, &steps[count - 1], &now, count - 1, until);
    }
    free(now.items);
    return holds;
}
