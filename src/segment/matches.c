/* The events that a stream lets through, and what they say. */
#include <stdlib.h>

#include "src/base/grow.h"
#include "src/segment/run.h"

bool kithi_run_lets(kithi_run *run, const kithi_stream *stream, const kithi_happening *event,
                    int64_t *until) {
    if (stream->where == NULL) {
        return true;
    }
    const kithi_happening *outer = run->event;
    run->event = event;
    bool lets = kithi_run_condition(run, stream->where, until);
    run->event = outer;
    return lets;
}

typedef struct listing {
    kithi_run *run;
    const kithi_stream *stream;
    kithi_match *items;
    size_t count, capacity;
    kithi_decimal sum;
    uint32_t numbers;
} listing;

static void add_match(listing *l, const kithi_happening *event, const kithi_operand *value) {
    if (!KITHI_GROW(l->items, l->capacity, l->count + 1)) {
        kithi_run_fail(l->run, KITH_NO_MEMORY);
        return;
    }
    kithi_match *made = &l->items[l->count++];
    *made = (kithi_match){.sum = l->sum, .numbers_before = l->numbers};
    if (event == NULL) {
        return;
    }
    int64_t micros;
    made->at_us = event->at_us;
    made->event = event;
    made->value = *value;
    if (kithi_operand_summed(value, &micros)) {
        l->sum += micros;
        l->numbers++;
    }
}

static void add_event(listing *l, const kithi_happening *event) {
    const kithi_stream *stream = l->stream;
    kithi_operand time = kithi_operand_time(event->at_us, 0);
    kithi_values values;
    if (stream->property == NULL || stream->time) {
        add_match(l, event, &time);
        return;
    }
    int rc = kithi_happening_values(l->run->executor, event, stream->property_id, stream->inside,
                                    &values);
    if (rc != KITH_OK) {
        kithi_run_fail(l->run, rc);
        return;
    }
    for (size_t i = 0; i < values.count; i++) {
        add_match(l, event, kithi_values_at(&values, i));
    }
}

/* Lists what is let through at the time at hand. */
static void list_matches(kithi_run *run, const kithi_stream *stream, kithi_matches *out) {
    listing l = {.run = run, .stream = stream, .items = out->items};
    kithi_happenings events = {NULL, 0};
    kithi_operand nothing = kithi_operand_null();
    int64_t until = KITHI_FOR_EVER;
    int rc = kithi_customer_events(run->executor, stream->event_id, &events);
    if (rc != KITH_OK) {
        kithi_run_fail(run, rc);
        return;
    }
    for (size_t i = 0; run->rc == KITH_OK && i < events.count; i++) {
        if (kithi_run_lets(run, stream, &events.items[i], &until)) {
            add_event(&l, &events.items[i]);
        }
    }
    size_t count = l.count;
    add_match(&l, NULL, &nothing);
    *out = (kithi_matches){.known = run->rc == KITH_OK,
                           .from_us = until == KITHI_FOR_EVER ? INT64_MIN : run->now_us,
                           .until_us = until,
                           .items = l.items,
                           .count = run->rc == KITH_OK ? count : 0};
}

const kithi_matches *kithi_run_matches(kithi_run *run, const kithi_stream *stream, int64_t *until) {
    kithi_matches *matches = &run->matches[stream->number];
    bool holds = matches->known && matches->from_us <= run->now_us &&
                 (run->now_us < matches->until_us || matches->until_us == KITHI_FOR_EVER);
    if (!holds) {
        free(matches->items);
        *matches = (kithi_matches){.known = false};
        list_matches(run, stream, matches);
    }
    kithi_lower(until, matches->until_us);
    return matches;
}
